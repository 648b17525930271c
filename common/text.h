/*
 * text: strict reading of text. No locale, no leading spaces, no sign unless it is asked for,
 * nothing after the number. All functions are pure.
 */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include "common/base.h"
#include "common/buf.h"

/* A piece of somebody else's text, not NUL-terminated. data may be NULL when len is 0. */
struct span {
	const char *data;
	size_t len;
};

struct span span_of(const char *text);
bool span_is(struct span s, const char *text);
/* True when s begins with `prefix`; *ret_rest is what follows. */
bool span_after(struct span s, const char *prefix, struct span *ret_rest);
bool span_equal(struct span a, struct span b);
/* Without leading and trailing spaces and tabs. */
struct span span_trim(struct span s);

/* Decimal digits only, at least one, value <= max. *ret is written only on success. */
bool text_u64(struct span s, uint64_t max, uint64_t *ret) MUST_CHECK;
/* n in decimal digits, without a NUL; how many there are. Faster than snprintf() by an order. */
#define TEXT_U64_MAX 20
size_t text_put_u64(char out[TEXT_U64_MAX], uint64_t n);
/* Exactly `digits` (1-9) decimal digits at s.data[at]; false when there are fewer. */
bool text_digits(struct span s, size_t at, size_t digits, unsigned *ret) MUST_CHECK;

/* Well-formed UTF-8 (RFC 3629: no overlong forms, surrogates, nothing above U+10FFFF) and no NUL. */
bool text_utf8_valid(struct span s);
/* Bytes before the first that makes text_utf8_valid() false. */
size_t text_utf8_prefix(struct span s);
/* A control character other than tab, CR, LF: C0, DEL (and C1 as UTF-8). */
bool text_has_control(struct span s);
/* Bytes before the first control character. */
size_t text_control_prefix(struct span s);
/*
 * Appends Windows-1252 text as UTF-8; false at a byte that is undefined there (81 8D 8F 90 9D),
 * what stands before it being appended.
 */
bool text_from_cp1252(struct buf *out, struct span s) MUST_CHECK;

/* Lower-case hex, 2n digits and a NUL into out. */
void text_hex(const uint8_t *data, size_t n, char *out);
/* Exactly 2n hex digits to n bytes. */
bool text_unhex(struct span s, uint8_t *out, size_t n) MUST_CHECK;
/* ^[a-z0-9_-]{1,max}$: names of sources and namespaces. */
bool text_is_name(struct span s, size_t max);

/* Which texts a kind of name may be, and how that is said: "one of a, b", "1 to 32 of a-z". */
struct text_form {
	bool (*valid)(const char *text);
	void (*say)(struct buf *out);
};
/* A count with groups of three and a plain space between them: 155333 -> "155 333". */
void text_grouped(uint64_t n, char out[32]);

#endif
