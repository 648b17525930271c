/*
 * fuzz_mapping: any bytes as a mapping. Promises that are checked: it loads, or the fault tells a place
 * in it; what loads can be used on a file of its format, and an event that comes of it is right.
 */
#include "tests/fuzz/fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "collectors/engine/mapping_eval.h"
#include "collectors/engine/reader.h"
#include "common/civil.h"

#define INTERVALS_MAX 2

static const char lines[] = "{\"resourceType\":\"Encounter\",\"id\":\"1\",\"a\":{\"b\":[{\"k\":"
			    "\"v\",\"c\":\"2020-03-04\"}]},"
			    "\"start\":\"2020-03-04T09:00:00Z\",\"n\":17,\"Kanal\":\"TEL\","
			    "\"class\":{\"code\":\"AMB\"}}\n";
static const char bundle[] =
	"{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{\"resource\":{"
	"\"resourceType\":"
	"\"Encounter\",\"id\":\"1\",\"status\":\"finished\",\"class\":{\"code\":\"AMB\"},"
	"\"subject\":{"
	"\"reference\":\"Patient/"
	"1\"},\"period\":{\"start\":\"2020-03\"}}},{\"resource\":{\"resourceType\":"
	"\"Patient\",\"id\":\"1\",\"gender\":\"female\",\"birthDate\":\"1980-02-29\"}}]}";

/* glibc makes as many states of a{9}{9}{9} as it says; who writes a mapping is trusted with that. */
static bool has_intervals(const uint8_t *data, size_t size)
{
	size_t count = 0;

	for (size_t i = 0; i + 1 < size; i++)
		count += data[i] == '{' && data[i + 1] >= '0' && data[i + 1] <= '9';
	return count > INTERVALS_MAX;
}

static int load(const uint8_t *data, size_t size, struct mapping **ret, struct fault *f)
{
	char path[64];
	int fd = memfd_create("mapping", 0);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		BUG("no file in memory");
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd); /* it fits */
	int rc = mapping_load(path, ret, f);
	close(fd);
	assert(rc == 0 || rc == FAULT_CONFIG || rc == FAULT_NOINPUT);
	if (rc == FAULT_CONFIG && strncmp(f->text, path, strlen(path)) == 0)
		assert(f->text[strlen(path)] == ':');
	return rc;
}

/* A table with every column that the mapping reads. */
static void write_csv(const struct mapping *m, struct buf *out)
{
	struct csv_dialect dialect = mapping_dialect(m);
	size_t count;
	const char *const *column = mapping_columns(m, &count);
	static const char *const cell[] = {"", "1", "2020-03-04", "TEL", "2020-03-04T09:00:00Z"};

	for (size_t row = 0; row <= ARRAY_SIZE(cell); row++) {
		for (size_t i = 0; i < count; i++) {
			if (i > 0)
				buf_addc(out, dialect.delimiter);
			buf_adds(out, row == 0 ? column[i] : cell[(row + i) % ARRAY_SIZE(cell)]);
		}
		buf_addc(out, '\n');
	}
}

static void use(const struct mapping *m, const struct buf *data)
{
	static const uint8_t key[DIGEST_BYTES];
	const struct reader *reader = reader_by_name(mapping_format(m));
	FILE *file = fmemopen(data->data, data->len, "r");
	void *self = reader->open(file, m);
	struct mapping_context c = {.now_ms = INT64_C(1600000000000),
				    .file_name = "kontakter_20200304.csv",
				    .key = digest_mac_new(key, sizeof(key))};
	struct mapping_result result;
	struct reader_item item;
	struct event e;
	struct buf trace = {0};
	const char *field;

	for (enum reader_status s = reader->next(self, &item); s <= READER_BAD;
	     s = reader->next(self, &item))
		if (s == READER_RECORD &&
		    mapping_eval(m, &item.record, &c, &trace, &e, &result) == MAPPING_EVENT)
			assert(event_check(&e, &field) == REASON_NONE);
	reader->close(self);
	(void)fclose(file);
	digest_mac_free(c.key);
	buf_release(&trace);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mapping *m = NULL;
	struct fault f = {0};
	struct buf file = {0};

	if (has_intervals(data, size) || civil_init(&f) < 0 || load(data, size, &m, &f) < 0)
		return 0;
	if (mapping_load_joins(m, NULL, "/proc/self/none", &f) == 0) {
		const char *format = mapping_format(m);
		if (strcmp(format, "csv") == 0)
			write_csv(m, &file);
		else
			buf_adds(&file, strcmp(format, "fhir-bundle") == 0 ? bundle : lines);
		use(m, &file);
	}
	buf_release(&file);
	mapping_free(m);
	return 0;
}
