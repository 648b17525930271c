/*
 * reader_json: JSON documents, NDJSON and FHIR Bundles. A record's fields are the paths that the
 * mapping reads. What cannot be read as a text is the matter of who reads it (record.h). Fills the
 * joins whose rows are entries of the Bundle itself.
 */
#include "collectors/engine/join.h"
#include "collectors/engine/json_stream.h"

#define UNREAD_MAX 256

struct json_reader {
	const struct mapping *mapping;
	struct json_stream *stream;
	struct record_field *field;
	struct json_text *text;
	size_t fields;
	bool begun;
	char *unread[UNREAD_MAX]; /* names of the records that no path begins with */
	size_t unread_count;
};

static void *reader_open(FILE *file, const struct mapping *m)
{
	struct json_reader *r = base_zalloc(1, sizeof(*r));

	(void)mapping_columns(m, &r->fields);
	r->mapping = m;
	r->stream = json_stream_new(file, mapping_shape(m));
	r->field = base_zalloc(r->fields + 1, sizeof(*r->field));
	r->text = base_zalloc(r->fields + 1, sizeof(*r->text));
	return r;
}

static void reader_close(void *self)
{
	struct json_reader *r = self;

	for (size_t i = 0; i < r->unread_count; i++)
		free(r->unread[i]);
	json_stream_free(r->stream);
	free(r->field);
	free(r->text);
	free(r);
}

static bool is_known(const struct json_reader *r, const char *name)
{
	const struct path *path = mapping_paths(r->mapping);

	for (size_t i = 0; i < r->fields; i++)
		if (strcmp(path[i].part->name, name) == 0)
			return true;
	for (size_t i = 0; i < r->unread_count; i++)
		if (strcmp(r->unread[i], name) == 0)
			return true;
	return false;
}

static void note_unread(struct json_reader *r, json_t *root)
{
	for (void *i = json_object_iter(root); i; i = json_object_iter_next(root, i)) {
		const char *name = json_object_iter_key(i);
		if (r->unread_count < UNREAD_MAX && !is_known(r, name))
			r->unread[r->unread_count++] = base_strdup(name);
	}
}

/* Reads a Bundle for its own joins. RECORD: go on from its beginning. */
static enum reader_status fill_joins(struct json_reader *r, struct reader_item *ret)
{
	json_t *root, *entry;
	enum reader_status status = READER_RECORD;
	size_t joins, own = 0;
	struct join *join = mapping_joins(r->mapping, &joins);

	for (size_t i = 0; i < joins; i++) {
		if (!join[i].file)
			join_begin(&join[i]);
		own += !join[i].file;
	}
	while (own > 0 && status <= READER_BAD) {
		status = json_stream_next(r->stream, ret, &root, &entry);
		for (size_t i = 0; i < joins && status == READER_RECORD; i++) {
			if (!join[i].file)
				ret->reason = join_row(&join[i], entry, root, &ret->where);
			if (ret->reason != REASON_NONE)
				status = READER_BROKEN;
		}
	}
	for (size_t i = 0; i < joins; i++)
		if (!join[i].file)
			join_end(&join[i]);
	if (own > 0)
		json_stream_rewind(r->stream);
	return status == READER_BROKEN ? READER_BROKEN : READER_RECORD;
}

static enum reader_status next_record(void *self, struct reader_item *ret)
{
	struct json_reader *r = self;
	const struct path *path = mapping_paths(r->mapping);
	json_t *root, *entry;

	if (!r->begun) {
		r->begun = true;
		enum reader_status joined = fill_joins(r, ret);
		if (joined == READER_BROKEN)
			return joined;
	}
	enum reader_status status = json_stream_next(r->stream, ret, &root, &entry);
	ret->unread = r->unread_count;
	if (status != READER_RECORD)
		return status;
	note_unread(r, root);
	for (size_t i = 0; i < r->fields; i++) {
		struct record_field *field = &r->field[i];
		field->reason = json_value_text(
			root, &path[i], mapping_shape(r->mapping)->null_is_blank, &r->text[i]);
		field->text = r->text[i].text;
		field->line = ret->record.line;
	}
	ret->record.field = r->field;
	ret->record.count = r->fields;
	return READER_RECORD;
}

const struct reader reader_json = {"json", reader_open, next_record, NULL, reader_close};
const struct reader reader_ndjson = {"ndjson", reader_open, next_record, NULL, reader_close};
const struct reader reader_bundle = {"fhir-bundle", reader_open, next_record, NULL, reader_close};
