/*
 * leverans: texts of the hash `d`. Pure.
 */
#include "proto/leverans.h"

static void add_escaped(struct buf *out, const char *text)
{
	for (const char *c = text; *c; c++) {
		if (strchr(";=%", *c) || (unsigned char)*c < 32)
			buf_addf(out, "%%%02X", (unsigned)(unsigned char)*c);
		else
			buf_addc(out, *c);
	}
}

static bool unescape(struct span s, char *out, size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t byte = (uint8_t)s.data[i];
		if (byte == '%') {
			struct span hex = {s.data + i + 1, 2};
			if (i + 2 >= s.len || !text_unhex(hex, &byte, 1))
				return false;
			i += 2;
		}
		if (n == max || !byte)
			return false;
		out[n++] = (char)byte;
	}
	out[n] = '\0';
	return true;
}

void leverans_text(const struct event *e, struct buf *out)
{
	const struct leverans *l = &e->leverans;
	buf_addf(out, "kalla=%s;fas=%s;lasning=%u;fil=", e->source,
		 codes_name(CODES_PHASE, l->phase), l->reading);
	add_escaped(out, l->name);
	buf_addf(out, ";read=%llu;sent=%llu;not_contact=%llu;reason=%s",
		 (unsigned long long)l->read, (unsigned long long)l->sent,
		 (unsigned long long)l->not_contact, reason_name((enum reason)l->reason));
	for (unsigned r = 1; r < REASONS_END; r++)
		if (l->rejected[r])
			buf_addf(out, ";rejected.%s=%llu", reason_name((enum reason)r),
				 (unsigned long long)l->rejected[r]);
}

/* The next "<key>=<value>" of *s. */
static bool take(struct span *s, struct span *ret_key, struct span *ret_value)
{
	const char *equals = s->len ? memchr(s->data, '=', s->len) : NULL;
	if (!equals)
		return false;
	*ret_key = (struct span){s->data, (size_t)(equals - s->data)};
	size_t left = s->len - ret_key->len - 1;
	const char *end = left ? memchr(equals + 1, ';', left) : NULL;
	*ret_value = (struct span){equals + 1, end ? (size_t)(end - equals - 1) : left};
	s->data = ret_value->data + ret_value->len + (end ? 1 : 0);
	s->len = left - ret_value->len - (end ? 1 : 0);
	return true;
}

static bool parse_rejected(struct span key, struct span value, struct leverans *l)
{
	static const char prefix[] = "rejected.";
	size_t skip = sizeof(prefix) - 1;
	if (key.len <= skip || memcmp(key.data, prefix, skip) != 0)
		return false;
	enum reason r = reason_by_name((struct span){key.data + skip, key.len - skip});
	return r != REASON_NONE && text_u64(value, UINT32_MAX, &l->rejected[r]);
}

static bool parse_phase(struct span value, struct leverans *l)
{
	const struct code *phase = codes_by_name(CODES_PHASE, value);
	if (phase)
		l->phase = phase->number;
	return phase != NULL;
}

static bool parse_reason(struct span value, struct leverans *l)
{
	l->reason = (uint8_t)reason_by_name(value);
	return l->reason || !value.len;
}

static bool parse_one(struct span key, struct span value, struct event *e)
{
	struct leverans *l = &e->leverans;
	uint64_t reading;
	if (span_is(key, "kalla")) {
		if (!text_is_name(value, EVENT_SOURCE_MAX))
			return false;
		memcpy(e->source, value.data, value.len);
		return true;
	}
	if (span_is(key, "fas"))
		return parse_phase(value, l);
	if (span_is(key, "lasning")) {
		bool ok = text_u64(value, UINT32_MAX, &reading);
		l->reading = ok ? (uint32_t)reading : 0;
		return ok;
	}
	if (span_is(key, "fil"))
		return unescape(value, l->name, sizeof(l->name) - 1);
	if (span_is(key, "read"))
		return text_u64(value, UINT32_MAX, &l->read);
	if (span_is(key, "sent"))
		return text_u64(value, UINT32_MAX, &l->sent);
	if (span_is(key, "not_contact"))
		return text_u64(value, UINT32_MAX, &l->not_contact);
	if (span_is(key, "reason"))
		return parse_reason(value, l);
	return parse_rejected(key, value, l);
}

/* Another order, a field twice, 007: nobody wrote that, so nobody shall read it. */
static bool is_as_written(struct span text, const struct event *e)
{
	struct buf written = {0};
	leverans_text(e, &written);
	bool same = span_is(text, buf_text(&written));
	buf_release(&written);
	return same;
}

bool leverans_parse(struct span text, struct event *ret)
{
	struct event e;
	struct span rest = text, key, value;
	event_init(&e);
	e.body = EVENT_LEVERANS;
	while (rest.len)
		if (!take(&rest, &key, &value) || !parse_one(key, value, &e))
			return false;
	if (!e.source[0] || !e.leverans.phase || !e.leverans.reading || !is_as_written(text, &e))
		return false;
	*ret = e;
	return true;
}

void leverans_pin(const struct event *e, char out[LEVERANS_PIN_MAX])
{
	char hex[9];
	text_hex(e->fingerprint, sizeof(e->fingerprint), hex);
	(void)snprintf(out, LEVERANS_PIN_MAX, "nyckel=%s;version=%s", hex,
		       codes_name(CODES_VERSION_KIND, e->version_kind));
}

void leverans_field(const uint8_t id[EVENT_ID_BYTES], char out[40])
{
	memcpy(out, "lev.", 4);
	text_hex(id, EVENT_ID_BYTES, out + 4);
}

void leverans_pin_field(const char *source, char out[40])
{
	(void)snprintf(out, 40, "pin.%s", source);
}

void leverans_note_field(enum reason r, char out[40])
{
	(void)snprintf(out, 40, "note.%s", reason_name(r));
}

void leverans_dead_field(enum reason r, char out[40])
{
	(void)snprintf(out, 40, "dead.%s", reason_name(r));
}
