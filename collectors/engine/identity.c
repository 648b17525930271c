/*
 * identity: reading personnummer and making contact ids. Pure; every copy of a number is wiped
 * before it is left.
 */
#include "collectors/engine/identity.h"

#include "common/civil.h"

#define TAIL            4 /* birth number and check digit */
#define SAMORDNING_DAYS 60
#define FIRST_YEAR      1800
#define PARTING_MAX     7 /* bytes: word processors put a long dash between two hard spaces */

/* A number taken apart. */
struct digits {
	uint8_t at[12]; /* from the right end; the century's two are 0 when not given */
	bool century, plus, letters;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* 6 or 8 digits, perhaps - or +, then four digits, of which some may be letters. */
static bool take_apart(struct span s, struct digits *ret)
{
	size_t head = s.len > TAIL ? s.len - TAIL : 0;
	struct digits d = {0};

	if (head > 0 && (s.data[head - 1] == '-' || s.data[head - 1] == '+')) {
		head--;
		d.plus = s.data[head] == '+';
	}
	if (head != 6 && head != 8)
		return false;
	d.century = head == 8;
	for (size_t i = 0; i < head; i++) {
		if (!is_digit(s.data[i]))
			return false;
		d.at[8 - head + i] = (uint8_t)(s.data[i] - '0');
	}
	for (size_t i = 0; i < TAIL; i++) {
		char c = s.data[s.len - TAIL + i];
		if (!is_digit(c) && !is_letter(c))
			return false;
		d.letters |= is_letter(c);
		d.at[8 + i] = is_digit(c) ? (uint8_t)(c - '0') : 0;
	}
	*ret = d;
	return true;
}

/* Modulus 10 with weights 2 and 1 over the last ten digits; birth numbers begin at 001. */
static bool is_checked(const struct digits *d)
{
	unsigned sum = 0;

	for (size_t i = 2; i < sizeof(d->at); i++) {
		unsigned product = d->at[i] * (i % 2 == 0 ? 2u : 1u);
		sum += product / 10 + product % 10;
	}
	return sum % 10 == 0 && d->at[8] + d->at[9] + d->at[10] > 0;
}

static unsigned pair(const struct digits *d, size_t i)
{
	return d->at[i] * 10u + d->at[i + 1];
}

/* The latest year of the pair that is at most `year` and puts the birth at most on `day`. */
static bool date_of_birth(const struct digits *d, int year, int32_t day, int32_t *ret)
{
	int month = (int)pair(d, 4);
	int date = (int)pair(d, 6);
	int step = d->century ? 10000 : 100;
	int y = (int)(d->century ? pair(d, 0) * 100 + pair(d, 2) : pair(d, 2));

	if (date > SAMORDNING_DAYS)
		date -= SAMORDNING_DAYS;
	y += (year - y) / step * step;
	for (; y >= FIRST_YEAR; y -= step) {
		if (y > year || !civil_exists(y, month, date) || civil_to_day(y, month, date) > day)
			continue;
		*ret = civil_to_day(y, month, date);
		return true;
	}
	return false;
}

static bool find_birth(const struct digits *d, int32_t contact_day, int32_t today, int32_t *ret)
{
	if (d->century)
		return date_of_birth(d, 2099, INT32_MAX, ret);
	if (d->plus)
		return date_of_birth(d, civil_from_day(today).year - 100, INT32_MAX, ret);
	return date_of_birth(d, civil_from_day(contact_day).year, contact_day, ret);
}

struct identity identity_read(struct span text, int32_t contact_day, int32_t today)
{
	struct identity none = {.kind = IDENTITY_NONE, .kon = KON_OKANT};
	struct identity got = none;
	struct digits d;

	if (!take_apart(span_trim(text), &d))
		return none;
	if (find_birth(&d, contact_day, today, &got.birth_day)) {
		if (d.letters)
			got.kind = IDENTITY_RESERVNUMMER;
		else if (is_checked(&d))
			got.kind = pair(&d, 6) > SAMORDNING_DAYS ? IDENTITY_SAMORDNINGSNUMMER
								 : IDENTITY_PERSONNUMMER;
		if (!d.letters)
			got.kon = d.at[10] % 2 == 0 ? KON_KVINNA : KON_MAN;
	}
	explicit_bzero(&d, sizeof(d));
	return got.kind == IDENTITY_NONE ? none : got;
}

static bool is_any(const struct digits *d)
{
	(void)d;
	return true;
}

static bool is_right(const struct digits *d)
{
	int32_t birth;

	/* Far ahead: every century that could be meant. */
	return is_checked(d) && date_of_birth(d, 2099, INT32_MAX, &birth);
}

static size_t digits_from(struct span s, size_t at)
{
	size_t end = at;

	while (end < s.len && is_digit(s.data[end]))
		end++;
	return end - at;
}

/* As any number of a person has. Most texts are told by their length. */
static bool has_ten_digits(struct span s)
{
	size_t digits = 0;

	for (size_t i = 0; i < s.len && digits + (s.len - i) >= 10 && digits < 10; i++)
		digits += is_digit(s.data[i]);
	return digits >= 10;
}

/* The bytes of a space or a dash at `at`, 0 when there is none; what it is as - + or a space in *ret. */
static size_t mark_at(struct span s, size_t at, char *ret)
{
	static const struct {
		const char *bytes;
		char is;
	} mark[] = {
		{" ", ' '},      {"-", '-'},      {"+", '+'},      {"\u00a0", ' '},
		{"\u2010", '-'}, {"\u2011", '-'}, {"\u2012", '-'}, {"\u2013", '-'},
		{"\u2014", '-'}, {"\u2015", '-'}, {"\u2212", '-'},
	};

	for (size_t i = 0; i < ARRAY_SIZE(mark); i++) {
		const size_t len = strlen(mark[i].bytes);

		*ret = mark[i].is;
		if (s.len - at >= len && memcmp(s.data + at, mark[i].bytes, len) == 0)
			return len;
	}
	return 0;
}

/* The bytes between the two parts of a number: a dash or +, spaces around it, or spaces alone. At most PARTING_MAX. */
static size_t parting_at(struct span s, size_t at, char *ret)
{
	size_t n = 0, len;
	bool dash = false;
	char c;

	*ret = '-';
	for (; n <= PARTING_MAX && (len = mark_at(s, at + n, &c)) > 0 && !(dash && c != ' ');
	     n += len) {
		dash |= c != ' ';
		*ret = c != ' ' ? c : *ret;
	}
	return n <= PARTING_MAX ? n : 0;
}

/* Whether a number that stands by itself among other characters passes the test. */
static bool any_number(struct span s, bool (*test)(const struct digits *d))
{
	bool found = false;

	for (size_t i = 0; i < s.len && !found; i++) {
		const size_t run = digits_from(s, i);
		char copy[8 + 1 + TAIL], parting;
		size_t len = run;

		if (run == 0)
			continue;
		memcpy(copy, s.data + i, run < sizeof(copy) ? run : 0);
		const size_t gap = run == 6 || run == 8 ? parting_at(s, i + run, &parting) : 0;
		if (gap > 0 && digits_from(s, i + run + gap) == TAIL) {
			copy[run] = parting;
			memcpy(copy + run + 1, s.data + i + run + gap, TAIL);
			len = run + 1 + TAIL;
		}
		struct digits d = {0};
		if (len >= 10 && len <= sizeof(copy) && run < sizeof(copy))
			found = take_apart((struct span){copy, len}, &d) && test(&d);
		explicit_bzero(copy, sizeof(copy));
		explicit_bzero(&d, sizeof(d));
		i += run;
	}
	return found;
}

bool identity_leaks(struct span text)
{
	return has_ten_digits(text) && any_number(text, is_right);
}

bool identity_resembles(struct span text)
{
	return has_ten_digits(text) && any_number(text, is_any);
}

void identity_contact_id(struct digest_mac *key, const char *source, struct span id,
			 uint8_t ret[EVENT_ID_BYTES])
{
	const struct span part[] = {span_of("kontakt.id/1"), span_of(source), id};
	uint8_t mac[DIGEST_BYTES];

	digest_mac_parts(key, part, ARRAY_SIZE(part), mac);
	memcpy(ret, mac, EVENT_ID_BYTES);
}

void identity_fingerprint(struct digest_mac *key, uint8_t ret[4])
{
	const struct span part[] = {span_of("kontakt.key/1")};
	uint8_t mac[DIGEST_BYTES];

	digest_mac_parts(key, part, ARRAY_SIZE(part), mac);
	memcpy(ret, mac, 4);
}
