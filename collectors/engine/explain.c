/*
 * explain: shows how a record becomes an event. Owns nothing between calls. Never shows an
 * identity: the id is made with a key of zeros, and is therefore left out.
 */
#include "collectors/engine/explain.h"

#include "collectors/engine/identity.h"
#include "collectors/engine/input.h"
#include "collectors/engine/mapping_eval.h"
#include "common/civil.h"

/* A field that is stated as text, in `text` or of the event; NULL for one that is not. */
static const char *text_of(const struct event_field *field, const char *at, char *text, size_t size)
{
	static const uint8_t zero[64];
	int32_t number;
	int64_t ms;

	switch (field->type) {
	case EVENT_CODE: return *at ? codes_name((enum codes_list)field->max, (uint8_t)*at) : NULL;
	case EVENT_TEXT: return *at ? at : NULL;
	case EVENT_BYTES: return memcmp(at, zero, field->max) != 0 ? "(bytes)" : NULL;
	case EVENT_MS:
		memcpy(&ms, at, sizeof(ms));
		(void)snprintf(text, size, "%lld", (long long)ms); /* it fits */
		return ms != EVENT_NO_TIME ? text : NULL;
	case EVENT_NUM:
		memcpy(&number, at, sizeof(number));
		(void)snprintf(text, size, "%d", number); /* it fits */
		return number != -1 ? text : NULL;
	}
	BUG("type of a field");
}

static void print_contact(const struct contact *c, FILE *out)
{
	size_t count;
	const struct event_field *field = event_fields(&count);

	for (size_t i = 0; i < count; i++) {
		char storage[64];
		const char *text = text_of(&field[i], (const char *)c + field[i].offset, storage,
					   sizeof(storage));
		if (text != NULL)
			fprintf(out, "  %-17s %s\n", field[i].name, text);
	}
	struct civil day = civil_from_day(c->day);
	fprintf(out, "  (day %d is %04d-%02d-%02d)\n", c->day, day.year, day.month, day.day);
}

static void print_event(const struct event *e, FILE *out)
{
	fprintf(out, "event that would be sent:\n");
	fprintf(out, "  %-17s %s\n  %-17s %s\n", "source", e->source, "op",
		codes_name(CODES_OP, e->op));
	fprintf(out, "  %-17s %llu (%s)\n", "version", (unsigned long long)e->version,
		codes_name(CODES_VERSION_KIND, e->version_kind));
	fprintf(out, "  %-17s (made with the key)\n", "id");
	if (e->op == OP_UPSERT)
		print_contact(&e->contact, out);
}

static void explain_found(const struct mapping *m, const struct record *record,
			  const struct mapping_context *context, FILE *out)
{
	struct buf trace = {0};
	struct mapping_result result;
	struct event e;
	enum mapping_outcome outcome = mapping_eval(m, record, context, &trace, &e, &result);

	fputs(buf_text(&trace), out);
	buf_release(&trace);
	if (outcome == MAPPING_EVENT)
		print_event(&e, out);
	if (outcome == MAPPING_REJECTED)
		fprintf(out, "line %llu: %s\n", (unsigned long long)result.line,
			reason_text(result.reason));
}

static int explain_item(enum reader_status status, const struct reader_item *item,
			const struct mapping *m, const struct mapping_context *context,
			const char *path, FILE *out, struct fault *f)
{
	switch (status) {
	case READER_END: return fault_set(f, FAULT_INPUT, "%s: it has no such record", path);
	case READER_BROKEN:
		return fault_set(f, FAULT_INPUT, "%s:%llu: %s%s%s: %s", path,
				 (unsigned long long)item->record.line, reason_name(item->reason),
				 item->where[0] == '\0' ? "" : " ", item->where,
				 reason_text(item->reason));
	case READER_BAD:
	case READER_RECORD: break;
	}
	fprintf(out, "record %llu, line %llu of %s\n", (unsigned long long)item->record.number,
		(unsigned long long)item->record.line, path);
	if (status == READER_RECORD)
		explain_found(m, &item->record, context, out);
	else
		fprintf(out, "rejected: %s: %s\n", reason_name(item->reason),
			reason_text(item->reason));
	return 0;
}

int explain_record(const struct reader *reader, const struct mapping *m, const char *path,
		   uint64_t number, FILE *out, struct fault *f)
{
	static const uint8_t zero_key[DIGEST_BYTES];
	enum reader_status status;
	struct reader_item item;
	struct input *in;

	int err = input_open(path, &in, f);
	if (err < 0)
		return err;
	struct mapping_context context = {
		.now_ms = civil_now_ms(),
		.file_name = in->raw_name,
		.file_mtime_ms = in->mtime_ms,
		.key = digest_mac_new(zero_key, sizeof(zero_key)),
	};
	identity_fingerprint(context.key, context.fingerprint);
	void *self = reader->open(input_rewind(in), m);
	do
		status = reader->next(self, &item);
	while ((status == READER_RECORD || status == READER_BAD) && item.record.number != number);
	err = explain_item(status, &item, m, &context, in->path, out, f);
	reader->close(self);
	digest_mac_free(context.key);
	input_close(in);
	return err;
}
