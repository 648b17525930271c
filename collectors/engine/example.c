/*
 * example: runs a mapping and writes events down. Owns the file while it reads.
 */
#include "collectors/engine/example.h"

#include "collectors/engine/identity.h"
#include "collectors/engine/reader.h"
#include "common/civil.h"
#include "common/json.h"

static void text_of_instant(int64_t ms, char text[40])
{
	int64_t days = ms / 86400000 - (ms % 86400000 < 0);
	int64_t rest = ms - days * 86400000;
	struct civil c = civil_from_day((int32_t)(days + civil_to_day(1970, 1, 1)));

	(void)snprintf(text, 40, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", c.year, c.month, c.day,
		       (int)(rest / 3600000), (int)(rest / 60000 % 60), (int)(rest / 1000 % 60),
		       (int)(rest % 1000)); /* it fits */
}

/* A field of the event, unless it is not stated. */
static void write_field(struct json *j, const struct event_field *field, const char *at)
{
	int32_t number = -1;
	int64_t ms = EVENT_NO_TIME;
	char text[40];

	switch (field->type) {
	case EVENT_CODE:
		if (*at)
			json_key_text(
				j, field->name,
				codes_name((enum codes_list)field->max, *(const uint8_t *)at));
		break;
	case EVENT_NUM:
		memcpy(&number, at, sizeof(number));
		if (number >= 0)
			json_key_u64(j, field->name, (uint64_t)number);
		break;
	case EVENT_MS:
		memcpy(&ms, at, sizeof(ms));
		if (ms != EVENT_NO_TIME) {
			text_of_instant(ms, text);
			json_key_text(j, field->name, text);
		}
		break;
	case EVENT_TEXT:
		if (*at)
			json_key_text(j, field->name, at);
		break;
	case EVENT_BYTES: break;
	}
}

static void write_event(struct json *j, const struct event *e)
{
	size_t count;
	const struct event_field *field = event_fields(&count);
	char hex[2 * EVENT_ID_BYTES + 1];

	text_hex(e->id, sizeof(e->id), hex);
	json_key_text(j, "id", hex);
	json_key_text(j, "source", e->source);
	json_key_u64(j, "version", e->version);
	json_key_text(j, "op", codes_name(CODES_OP, e->op));
	for (size_t i = 0; i < count; i++)
		write_field(j, field + i, (const char *)&e->contact + field[i].offset);
}

static void write_line(void *of, enum mapping_outcome outcome, const struct event *e,
		       const struct mapping_result *r)
{
	struct json j;

	json_init(&j, of);
	json_object(&j, true);
	if (outcome != MAPPING_EVENT)
		json_key_u64(&j, "line", r->line);
	switch (outcome) {
	case MAPPING_EVENT: write_event(&j, e); break;
	case MAPPING_NOT_CONTACT: json_key_text(&j, "not_contact", "only"); break;
	case MAPPING_REJECTED:
		json_key_text(&j, "rejected", reason_name(r->reason));
		json_key_text(&j, "column", r->column);
		break;
	}
	json_close(&j);
	buf_addc(of, '\n');
}

static int read_all(FILE *file, const struct mapping *m, const struct mapping_context *c,
		    const char *path, example_fn *each, void *of, struct fault *f)
{
	const struct reader *reader = reader_by_name(mapping_format(m));
	void *self = reader->open(file, m);
	struct reader_item item;
	int rc = 0;

	for (;;) {
		enum reader_status status = reader->next(self, &item);
		struct mapping_result r = {
			.reason = item.reason, .column = "", .line = item.record.line};
		enum mapping_outcome outcome = MAPPING_REJECTED;
		struct event e;
		if (status == READER_BROKEN)
			rc = fault_set(f, FAULT_INPUT, "%s:%llu: %s", path,
				       (unsigned long long)item.record.line,
				       reason_name(item.reason));
		if (status > READER_BAD)
			break;
		if (status == READER_RECORD)
			outcome = mapping_eval(m, &item.record, c, NULL, &e, &r);
		each(of, outcome, &e, &r);
	}
	reader->close(self);
	return rc;
}

int example_each(struct mapping *m, const char *path, example_fn *each, void *of, struct fault *f)
{
	static const uint8_t zero_key[DIGEST_BYTES];
	const char *slash = strrchr(path, '/');
	char *folder = slash ? base_strndup(path, (size_t)(slash - path)) : base_strdup(".");
	int64_t now = civil_to_instant((struct civil){2079, 6, 6, 12, 0, 0});
	struct mapping_context c = {
		.now_ms = now, .file_name = slash ? slash + 1 : path, .file_mtime_ms = now};

	int rc = mapping_load_joins(m, NULL, folder, f);
	free(folder);
	if (rc < 0)
		return rc;
	FILE *file = fopen(path, "rbe");
	if (!file)
		return fault_errno(f, FAULT_NOINPUT, "%s", path);
	c.key = digest_mac_new(zero_key, sizeof(zero_key));
	identity_fingerprint(c.key, c.fingerprint);
	rc = read_all(file, m, &c, path, each, of, f);
	digest_mac_free(c.key);
	(void)fclose(file); /* nothing was written */
	return rc;
}

int example_lines(struct mapping *m, const char *path, struct buf *out, struct fault *f)
{
	return example_each(m, path, write_line, out, f);
}
