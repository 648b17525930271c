/*
 * fuzz_json: records of JSON under any bytes, through reader and mapping. The first byte chooses the
 * mapping, the rest is the file. Promises that are checked: every answer has its own stretch of the file, in
 * order; a second reading gives the same answers; texts are UTF-8 without control characters; a
 * record reads the same alone and out of a file; an event that comes of one is right.
 */
#include "tests/fuzz/fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "collectors/engine/mapping_eval.h"
#include "collectors/engine/reader.h"
#include "common/civil.h"

#define FIELDS                                                                             \
	"id: {path: id}\nversion: {number: {path: 'v[0].n'}}\nfields:\n"                   \
	"  kanal: {path: 'a[*].kanal'}\n  status: {const: avslutad}\n"                     \
	"  vardform: {const: oppen}\n  qualified: {const: ja}\n  replaces_visit: {const: " \
	"ja}\n  documented: {const: ja}\n  unit: {path: 'a[k=u].x.y'}\n"                   \
	"  start: [{path: start}, {date: 'YYYY-MM-DDTHH:mm:SSfZ'}]\n"
#define JOINED                                                                 \
	"  kon: [{path: who.reference}, {join: {in: patients, get: gender}}, " \
	"{table: {female: kvinna, male: man}}]\n"

static const char *const texts[] = {
	"source: s\nformat: ndjson\n" FIELDS,
	"source: s\nformat: json\njson: {null: blank}\n" FIELDS,
	"source: s\nformat: json\njson: {records: a.b}\n" FIELDS,
	"source: s\nformat: fhir-bundle\njoins: {patients: {resource: Patient, about: "
	"link.other}}\n" FIELDS JOINED,
};

/* Read once and kept. */
static const struct mapping *mapping_of(size_t which)
{
	static struct mapping *mapping[ARRAY_SIZE(texts)];
	struct fault f;
	char path[64];

	if (mapping[which])
		return mapping[which];
	int fd = memfd_create("mapping", 0);
	size_t len = strlen(texts[which]);
	if (fd < 0 || write(fd, texts[which], len) != (ssize_t)len || civil_init(&f) < 0)
		BUG("no mapping in memory");
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd); /* it fits */
	if (mapping_load(path, &mapping[which], &f) < 0)
		BUG(f.text);
	close(fd);
	return mapping[which];
}

static FILE *open_memory(const char *data, size_t len)
{
	FILE *file = len > 0 ? fmemopen((void *)(uintptr_t)data, len, "r")
			     : fopen("/dev/null", "r");

	if (!file)
		BUG("no file in memory");
	return file;
}

/* Texts and reasons of a record's fields. */
static void write_fields(const struct record *r, struct buf *out)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct record_field *field = &r->field[i];
		struct span text = field->text;
		if (field->reason != REASON_NONE)
			assert(text.len == 0);
		assert(text_utf8_valid(text) && !text_has_control(text));
		buf_addf(out, "%s|", reason_name(field->reason));
		buf_add(out, text.data, text.len);
		buf_addc(out, '\n');
	}
}

static void write_event(const struct mapping *m, const struct record *r, struct buf *out)
{
	static const uint8_t key[DIGEST_BYTES];
	static struct digest_mac *mac;
	struct mapping_result result;
	struct event e;
	const char *field;

	mac = mac ? mac : digest_mac_new(key, sizeof(key));
	struct mapping_context c = {.now_ms = INT64_C(1600000000000), .file_name = "f", .key = mac};
	enum mapping_outcome outcome = mapping_eval(m, r, &c, NULL, &e, &result);
	if (outcome == MAPPING_EVENT)
		assert(event_check(&e, &field) == REASON_NONE);
	else if (outcome == MAPPING_REJECTED)
		assert(reason_uses(result.reason) & REASON_ROW);
	buf_addf(out, "%d %s\n", outcome, reason_name(result.reason));
}

/* What the reader answers, and that it makes sense. */
static void read_all(const struct mapping *m, const char *data, size_t len, struct buf *out)
{
	const struct reader *reader = reader_by_name(mapping_format(m));
	FILE *file = open_memory(data, len);
	void *self = reader->open(file, m);
	struct reader_item item;
	enum reader_status status;
	uint64_t end = 0, number = 0, line = 1;

	do {
		status = reader->next(self, &item);
		buf_addf(out, "%d %s %llu %u\n", status, reason_name(item.reason),
			 (unsigned long long)item.record.line, item.byte);
		if (status == READER_BROKEN)
			assert(reason_uses(item.reason) & REASON_FILE);
		if (status > READER_BAD)
			break;
		assert(item.record.number == ++number);
		assert(item.record.offset >= end && item.record.line >= line);
		end = item.record.offset + item.record.bytes;
		line = item.record.line;
		assert(end <= len);
		if (status == READER_BAD) {
			assert(reason_uses(item.reason) & REASON_ROW);
			continue;
		}
		write_fields(&item.record, out);
		write_event(m, &item.record, out);
	} while (true);
	reader->close(self);
	(void)fclose(file);
}

/* Every record of a list or of lines is the same record when its stretch is the whole document. */
static void read_each_alone(const struct mapping *m, const char *data, size_t len)
{
	const struct reader *reader = reader_by_name(mapping_format(m));
	FILE *file = open_memory(data, len);
	void *self = reader->open(file, m);
	struct reader_item item;
	struct buf among = {0}, alone = {0};

	for (enum reader_status s = reader->next(self, &item); s <= READER_BAD;
	     s = reader->next(self, &item)) {
		struct reader_item single;
		if (s != READER_RECORD)
			continue;
		FILE *part = open_memory(data + item.record.offset, item.record.bytes);
		void *other = reader->open(part, m);
		buf_reset(&among);
		buf_reset(&alone);
		write_fields(&item.record, &among);
		assert(reader->next(other, &single) == READER_RECORD);
		write_fields(&single.record, &alone);
		assert(among.len == alone.len && memcmp(among.data, alone.data, alone.len) == 0);
		reader->close(other);
		(void)fclose(part);
	}
	reader->close(self);
	(void)fclose(file);
	buf_release(&among);
	buf_release(&alone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf first = {0}, second = {0};

	if (size == 0)
		return 0;
	size_t which = data[0] & 3;
	const struct mapping *m = mapping_of(which);
	const char *text = (const char *)data + 1;
	read_all(m, text, size - 1, &first);
	read_all(m, text, size - 1, &second);
	assert(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
	if (which < 2)
		read_each_alone(m, text, size - 1);
	buf_release(&first);
	buf_release(&second);
	return 0;
}
