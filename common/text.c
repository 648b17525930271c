/*
 * text: strict reading and writing of small texts. Owns nothing; no locale, no I/O.
 */
#include "common/text.h"

#include "common/word.h"

struct span span_of(const char *text)
{
	return (struct span){text, strlen(text)};
}

bool span_is(struct span s, const char *text)
{
	return span_equal(s, span_of(text));
}

bool span_after(struct span s, const char *prefix, struct span *ret_rest)
{
	size_t len = strlen(prefix);

	if (s.len < len || memcmp(s.data, prefix, len) != 0)
		return false;
	*ret_rest = (struct span){s.data + len, s.len - len};
	return true;
}

bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct span span_trim(struct span s)
{
	while (s.len > 0 && is_blank(s.data[0])) {
		s.data++;
		s.len--;
	}
	while (s.len > 0 && is_blank(s.data[s.len - 1]))
		s.len--;
	return s;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool text_u64(struct span s, uint64_t max, uint64_t *ret)
{
	uint64_t n = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!is_digit(s.data[i]))
			return false;
		unsigned digit = (unsigned)(s.data[i] - '0');
		if (digit > max || n > (max - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*ret = n;
	return true;
}

size_t text_put_u64(char out[TEXT_U64_MAX], uint64_t n)
{
	char digit[TEXT_U64_MAX], *first = digit + sizeof(digit);

	do {
		*--first = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	const size_t len = (size_t)(digit + sizeof(digit) - first);

	memcpy(out, first, len);
	return len;
}

bool text_digits(struct span s, size_t at, size_t digits, unsigned *ret)
{
	unsigned n = 0;

	assert(digits > 0 && digits < 10);
	if (at > s.len || digits > s.len - at)
		return false;
	for (size_t i = at; i < at + digits; i++) {
		if (!is_digit(s.data[i]))
			return false;
		n = n * 10 + (unsigned)(s.data[i] - '0');
	}
	*ret = n;
	return true;
}

/* Bytes at the beginning that are printable ASCII, a multiple of eight. */
static size_t skip_plain(struct span s)
{
	size_t at = 0;

	while (s.len - at >= WORD_BYTES && !word_odd(word_load(s.data + at, WORD_BYTES)))
		at += WORD_BYTES;
	return at;
}

/* Length of the well-formed sequence at the start of a non-empty text, 0 when there is none. */
static size_t utf8_sequence(const uint8_t *p, size_t len)
{
	/* First bytes from `first` on need `len` bytes, the second of them within low..high. */
	static const struct {
		uint8_t first, len, low, high;
	} form[] = {
		{0xF5, 0, 0, 0},       {0xF4, 4, 0x80, 0x8F}, {0xF1, 4, 0x80, 0xBF},
		{0xF0, 4, 0x90, 0xBF}, {0xEE, 3, 0x80, 0xBF}, {0xED, 3, 0x80, 0x9F},
		{0xE1, 3, 0x80, 0xBF}, {0xE0, 3, 0xA0, 0xBF}, {0xC2, 2, 0x80, 0xBF},
		{0x80, 0, 0, 0},
	};
	size_t i = 0;

	if (p[0] < 0x80)
		return 1;
	while (p[0] < form[i].first)
		i++;
	if (form[i].len == 0 || form[i].len > len || p[1] < form[i].low || p[1] > form[i].high)
		return 0;
	for (size_t k = 2; k < form[i].len; k++)
		if ((p[k] & 0xC0) != 0x80)
			return 0;
	return form[i].len;
}

size_t text_utf8_prefix(struct span s)
{
	size_t at = skip_plain(s);

	while (at < s.len && s.data[at] != '\0') {
		size_t n = utf8_sequence((const uint8_t *)s.data + at, s.len - at);
		if (n == 0)
			break;
		at += n;
	}
	return at;
}

bool text_utf8_valid(struct span s)
{
	return text_utf8_prefix(s) == s.len;
}

size_t text_control_prefix(struct span s)
{
	const uint8_t *p = (const uint8_t *)s.data;
	size_t at = skip_plain(s);

	for (; at < s.len; at++) {
		if (p[at] < ' ' && p[at] != '\t' && p[at] != '\r' && p[at] != '\n')
			break;
		if (p[at] == 0x7F)
			break;
		if (p[at] == 0xC2 && at + 1 < s.len && p[at + 1] >= 0x80 && p[at + 1] < 0xA0)
			break;
	}
	return at;
}

bool text_has_control(struct span s)
{
	return text_control_prefix(s) < s.len;
}

/* clang-format off */
/* The bytes 80-9F of Windows-1252 as code points (unicode.org, CP1252.TXT); 0 is undefined. */
static const uint16_t cp1252_high[32] = {
	0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
	0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
	0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
	0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};
/* clang-format on */

bool text_from_cp1252(struct buf *out, struct span s)
{
	char *to = buf_room(out, 3 * s.len);
	size_t i = 0;

	for (; i < s.len; i++) {
		unsigned c = (uint8_t)s.data[i];
		if (c >= 0x80 && c < 0xA0)
			c = cp1252_high[c - 0x80];
		if (c == 0 && s.data[i] != '\0')
			break;
		if (c < 0x80) {
			*to++ = (char)c;
		} else if (c < 0x800) {
			*to++ = (char)(0xC0 | c >> 6);
			*to++ = (char)(0x80 | (c & 0x3F));
		} else {
			*to++ = (char)(0xE0 | c >> 12);
			*to++ = (char)(0x80 | (c >> 6 & 0x3F));
			*to++ = (char)(0x80 | (c & 0x3F));
		}
	}
	*to = '\0';
	out->len = (size_t)(to - out->data);
	return i == s.len;
}

void text_hex(const uint8_t *data, size_t n, char *out)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digit[data[i] >> 4];
		out[2 * i + 1] = digit[data[i] & 0xF];
	}
	out[2 * n] = '\0';
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool text_unhex(struct span s, uint8_t *out, size_t n)
{
	if (s.len != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = hex_digit(s.data[2 * i]);
		int low = hex_digit(s.data[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

bool text_is_name(struct span s, size_t max)
{
	if (s.len == 0 || s.len > max)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.data[i];
		if (!is_digit(c) && !(c >= 'a' && c <= 'z') && c != '_' && c != '-')
			return false;
	}
	return true;
}

void text_grouped(uint64_t n, char out[32])
{
	char digits[24];
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
	size_t to = 0;

	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[to++] = ' ';
		out[to++] = digits[i];
	}
	out[to] = '\0';
}
