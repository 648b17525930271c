/*
 * json_stream: lines, or the elements of a list in a document. Owns the text it reads and the value
 * it gave last.
 */
#include "collectors/engine/json_stream.h"

#include "collectors/engine/json_scan.h"

#define CHUNK 65536

struct json_stream {
	FILE *file;
	const struct json_shape *shape;
	struct buf text;          /* the line, or the document */
	uint64_t offset, bytes;   /* of the text in the file; no more of it is kept than needed */
	uint64_t line;            /* of text.data[counted] */
	size_t counted;           /* up to where line ends are counted */
	size_t line_from;         /* where that line begins in the text */
	uint64_t number;          /* records so far */
	json_t *held;             /* what was given last */
	struct json_scan scan;    /* before the next record */
	size_t first;             /* document: where its records begin */
	bool is_list;             /* document: otherwise it is the record */
	enum reason every_record; /* what is wrong with all of them */
	bool done, truncated;
	size_t at, have;
	char chunk[CHUNK];
};

struct json_stream *json_stream_new(FILE *file, const struct json_shape *shape)
{
	struct json_stream *s = base_zalloc(1, sizeof(*s));

	s->file = file;
	s->shape = shape;
	return s;
}

void json_stream_free(struct json_stream *s)
{
	json_decref(s->held);
	buf_release(&s->text);
	free(s);
}

static enum reader_status broken(enum reason reason, uint64_t line, struct reader_item *ret)
{
	*ret = (struct reader_item){.reason = reason, .where = "", .record.line = line};
	return READER_BROKEN;
}

static enum reader_status end(struct json_stream *s, struct reader_item *ret)
{
	s->done = true;
	if (ferror(s->file))
		return broken(REASON_READ_ERROR, s->line, ret);
	*ret = (struct reader_item){.truncated = s->truncated};
	return READER_END;
}

/* Up to the end of a line, so that the records of a slow pipe are not held back. */
static void fill(struct json_stream *s)
{
	int b = 0;

	s->at = s->have = 0;
	while (s->have < CHUNK && b != '\n') {
		b = getc_unlocked(s->file);
		if (b == EOF)
			break;
		s->chunk[s->have++] = (char)b;
	}
}

/* The next line, or all that is left. Of what is too long a little more than the limit is kept. */
static bool read_text(struct json_stream *s, bool is_line)
{
	const char *stop = NULL;

	buf_reset(&s->text);
	s->offset += s->bytes;
	s->line++;
	s->counted = s->line_from = 0;
	for (s->bytes = 0; !stop;) {
		if (s->at == s->have)
			fill(s);
		if (s->have == 0)
			break;
		const char *from = s->chunk + s->at;
		stop = is_line ? memchr(from, '\n', s->have - s->at) : NULL;
		size_t n = stop ? (size_t)(stop - from) + 1 : s->have - s->at;
		if (s->text.len <= JSON_BYTES_MAX)
			buf_add(&s->text, from, n);
		s->bytes += n;
		s->at += n;
	}
	s->truncated = is_line && (s->bytes > 0 ? !stop : s->truncated);
	s->scan = (struct json_scan){.data = buf_text(&s->text), .len = s->text.len};
	if (s->offset == 0 && strncmp(s->scan.data, "\xEF\xBB\xBF", 3) == 0)
		s->scan.at = 3; /* a mark of UTF-8 */
	return s->bytes > 0;
}

static bool is_utf16(const struct json_stream *s)
{
	return s->offset == 0 && (strncmp(s->scan.data, "\xFF\xFE", 2) == 0 ||
				  strncmp(s->scan.data, "\xFE\xFF", 2) == 0);
}

/* Nothing but white space from here on. */
static bool is_blank(struct json_stream *s)
{
	return json_scan_peek(&s->scan) == '\0' && s->scan.at == s->scan.len;
}

/* Line of a place in the text; places are asked for in their order. */
static uint64_t line_of(struct json_stream *s, size_t at)
{
	for (; s->counted < at; s->counted++)
		if (s->text.data[s->counted] == '\n') {
			s->line++;
			s->line_from = s->counted + 1;
		}
	return s->line;
}

/* A record that cannot be parsed, which shows behind byte `at`. */
static enum reader_status bad(struct json_stream *s, enum reason reason, size_t at,
			      struct reader_item *ret)
{
	at -= at > 0;
	ret->reason = reason;
	ret->record.line = line_of(s, at);
	/* Never by walking back: a document of bad records may be one line. */
	ret->byte = at < s->line_from ? 1 : (unsigned)(at - s->line_from) + 1;
	return READER_BAD;
}

/* The record that stands there in the text. */
static enum reader_status take(struct json_stream *s, const struct json_extent *e,
			       struct reader_item *ret, json_t **ret_root, json_t **ret_entry)
{
	bool is_bundle = s->shape->format == FORMAT_BUNDLE;
	enum reason reason = REASON_LIMIT;
	size_t at = 1;

	*ret = (struct reader_item){.record = {.number = ++s->number,
					       .line = line_of(s, e->at),
					       .offset = s->offset + e->at,
					       .bytes = e->len}};
	json_decref(s->held);
	s->held = NULL;
	if (json_extent_is_small(e))
		s->held = json_value_parse((struct span){s->scan.data + e->at, e->len}, &reason,
					   &at);
	if (!s->held)
		return bad(s, reason, e->at + at, ret);
	*ret_entry = s->held;
	*ret_root = is_bundle ? json_object_get(s->held, "resource") : s->held;
	ret->reason = s->every_record;
	if (!json_is_object(*ret_root))
		ret->reason = is_bundle ? REASON_FHIR_BUNDLE : REASON_SCHEMA;
	return ret->reason == REASON_NONE ? READER_RECORD : READER_BAD;
}

/* All of the text from here on as one record; the parser will find what is wrong with it. */
static enum reader_status take_rest(struct json_stream *s, struct reader_item *ret,
				    json_t **ret_root, json_t **ret_entry)
{
	struct json_extent e;

	if (!json_scan_value(&s->scan, &e) || !is_blank(s))
		s->scan.at = s->scan.len;
	e.len = s->bytes > s->text.len ? SIZE_MAX : s->scan.at - e.at;
	return take(s, &e, ret, ret_root, ret_entry);
}

static enum reader_status next_line(struct json_stream *s, struct reader_item *ret,
				    json_t **ret_root, json_t **ret_entry)
{
	do {
		if (!read_text(s, true))
			return end(s, ret);
		if (is_utf16(s))
			return broken(REASON_ENCODING, 1, ret);
	} while (is_blank(s));
	enum reader_status status = take_rest(s, ret, ret_root, ret_entry);
	ret->record.offset = s->offset;
	ret->record.bytes = s->bytes;
	return status;
}

/* Where the list of records begins; false when it is not there. */
static bool find_list(struct json_stream *s)
{
	const struct path *path = &s->shape->records;
	bool found = true;

	if (s->shape->format == FORMAT_BUNDLE)
		found = json_scan_member(&s->scan, "entry");
	for (size_t i = 0; i < path->count && found; i++)
		found = json_scan_member(&s->scan, path->part[i].name);
	return found && json_scan_peek(&s->scan) == '[';
}

/* The document with nothing in the list of its records, strictly parsed; NULL after saying why. */
static json_t *parse_around(struct json_stream *s, const struct json_extent *list,
			    enum reason *ret_reason, uint64_t *ret_line)
{
	size_t after = list->at + list->len, at = 0, start = 0;
	struct json_extent all;
	struct buf around = {0};
	json_t *value = NULL;

	if (strncmp(s->scan.data, "\xEF\xBB\xBF", 3) == 0)
		start = 3;
	buf_add(&around, s->scan.data + start, list->at - start);
	if (list->len > 0)
		buf_adds(&around, "[]");
	buf_add(&around, s->scan.data + after, s->text.len - after);
	struct json_scan scan = {.data = buf_text(&around), .len = around.len};
	*ret_reason = REASON_LIMIT;
	bool is_whole = json_scan_value(&scan, &all);
	if (!is_whole)
		all.len = 0; /* what is wrong with it the parser will say */
	if (json_extent_is_small(&all))
		value = json_value_parse((struct span){scan.data, scan.len}, ret_reason, &at);
	at += start;
	if (at > list->at)
		at += list->len;
	*ret_line = value ? 0 : line_of(s, at < s->text.len ? at : s->text.len);
	buf_release(&around);
	return value;
}

/* What of a Bundle concerns all of it. */
static enum reason judge_bundle(struct json_stream *s, const json_t *bundle, bool has_list)
{
	static const char *const types[] = {"message", "transaction", "collection", "searchset"};
	const json_t *link = json_object_get(bundle, "link");
	const char *type = json_value_member(bundle, "type");

	if (strcmp(json_value_member(bundle, "resourceType"), "Bundle") != 0 ||
	    (!has_list && json_object_get(bundle, "entry")))
		return REASON_FHIR_BUNDLE;
	for (size_t i = 0; i < json_array_size(link); i++)
		if (strcmp(json_value_member(json_array_get(link, i), "relation"), "next") == 0)
			return REASON_INCOMPLETE;
	s->every_record = REASON_FHIR_BUNDLE;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(type, types[i]) == 0)
			s->every_record = REASON_NONE;
	return REASON_NONE;
}

/* RECORD when there may be records. */
static enum reader_status read_document(struct json_stream *s, struct reader_item *ret)
{
	struct json_extent list = {0};
	enum reason reason;
	uint64_t line;

	if (!read_text(s, false))
		return end(s, ret);
	list.at = s->text.len;
	if (is_blank(s))
		return end(s, ret);
	if (is_utf16(s) || s->bytes > JSON_BYTES_MAX)
		return broken(is_utf16(s) ? REASON_ENCODING : REASON_LIMIT, 1, ret);
	s->is_list = s->shape->format == FORMAT_BUNDLE || s->shape->records.count > 0 ||
		     json_scan_peek(&s->scan) == '[';
	if (!s->is_list)
		return READER_RECORD;
	bool found = find_list(s);
	if (found && !json_scan_value(&s->scan, &list))
		return broken(REASON_JSON_SYNTAX, line_of(s, s->text.len), ret);
	if (found)
		s->first = s->scan.at = list.at + 1;
	json_t *around = parse_around(s, &list, &reason, &line);
	if (!around)
		return broken(reason, line, ret);
	if (s->shape->format == FORMAT_BUNDLE)
		reason = judge_bundle(s, around, found);
	else if (!found)
		reason = REASON_SCHEMA;
	json_decref(around);
	if (reason != REASON_NONE)
		return broken(reason, 1, ret);
	return found ? READER_RECORD : end(s, ret);
}

static enum reader_status next_element(struct json_stream *s, struct reader_item *ret,
				       json_t **ret_root, json_t **ret_entry)
{
	struct json_extent e;
	bool is_first = s->scan.at == s->first;

	if (json_scan_skip(&s->scan, ']'))
		return end(s, ret);
	if ((!is_first && !json_scan_skip(&s->scan, ',')) || !json_scan_value(&s->scan, &e))
		return broken(REASON_JSON_SYNTAX, line_of(s, s->scan.at), ret);
	return take(s, &e, ret, ret_root, ret_entry);
}

enum reader_status json_stream_next(struct json_stream *s, struct reader_item *ret,
				    json_t **ret_root, json_t **ret_entry)
{
	if (s->done)
		return end(s, ret);
	if (s->shape->format == FORMAT_NDJSON)
		return next_line(s, ret, ret_root, ret_entry);
	if (s->line == 0) {
		enum reader_status status = read_document(s, ret);
		if (status != READER_RECORD)
			return status;
	}
	if (s->is_list)
		return next_element(s, ret, ret_root, ret_entry);
	s->done = true;
	return take_rest(s, ret, ret_root, ret_entry);
}

void json_stream_rewind(struct json_stream *s)
{
	s->scan.at = s->first;
	s->done = s->first == 0;
	s->number = 0;
	s->counted = s->line_from = 0;
	s->line = 1;
}
