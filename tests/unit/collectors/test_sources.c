/*
 * sources: every shipped mapping over its own sample gives the events beside it, byte for byte
 * (KP_UPDATE=1 writes them anew), and Synthea's own export gives the figures that are known of it.
 */
#include "tests/unit/collectors/mapping_fixture.h"

#include <glob.h>

#include "collectors/engine/identity.h"
#include "collectors/engine/reader.h"
#include "common/json.h"

#define REAL "/../shared/data/synthea-csv/encounters.csv"

static struct mapping *load(const char *path, const char *folder)
{
	struct mapping *m = NULL;
	struct fault f = {0};

	if (mapping_load(path, &m, &f) < 0 || mapping_load_joins(m, NULL, folder, &f) < 0)
		fail_msg("%s", f.text);
	return m;
}

static void text_of_instant(int64_t ms, char text[40])
{
	int64_t days = ms / 86400000 - (ms % 86400000 < 0);
	int64_t rest = ms - days * 86400000;
	struct civil c = civil_from_day((int32_t)(days + civil_to_day(1970, 1, 1)));

	(void)snprintf(text, 40, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", c.year, c.month, c.day,
		       (int)(rest / 3600000), (int)(rest / 60000 % 60), (int)(rest / 1000 % 60),
		       (int)(rest % 1000));
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

static void write_event(struct buf *out, const struct event *e)
{
	size_t count;
	const struct event_field *field = event_fields(&count);
	char hex[2 * EVENT_ID_BYTES + 1];
	struct json j;

	json_init(&j, out);
	json_object(&j, true);
	text_hex(e->id, sizeof(e->id), hex);
	json_key_text(&j, "id", hex);
	json_key_text(&j, "source", e->source);
	json_key_u64(&j, "version", e->version);
	json_key_text(&j, "op", codes_name(CODES_OP, e->op));
	for (size_t i = 0; i < count; i++)
		write_field(&j, field + i, (const char *)&e->contact + field[i].offset);
	json_close(&j);
	buf_addc(out, '\n');
}

static void write_outcome(struct buf *out, enum mapping_outcome outcome, const struct event *e,
			  const struct mapping_result *r)
{
	struct json j;

	if (outcome == MAPPING_EVENT) {
		write_event(out, e);
		return;
	}
	json_init(&j, out);
	json_object(&j, true);
	json_key_u64(&j, "line", r->line);
	if (outcome == MAPPING_REJECTED) {
		json_key_text(&j, "rejected", reason_name(r->reason));
		json_key_text(&j, "column", r->column);
	} else {
		json_key_text(&j, "not_contact", "only");
	}
	json_close(&j);
	buf_addc(out, '\n');
}

typedef void each_fn(void *of, enum mapping_outcome outcome, const struct event *e,
		     const struct mapping_result *r);

/* Every record of a file through the mapping, at the last noon that an event can have. */
static void each_record(const struct mapping *m, const char *path, each_fn *each, void *of)
{
	struct mapping_context c = fixture_context();
	FILE *file = fopen(path, "rb");
	struct reader_item item;

	assert_non_null(file);
	c.now_ms = civil_to_instant((struct civil){2079, 6, 6, 12, 0, 0});
	identity_fingerprint(c.key, c.fingerprint);
	void *reader = reader_csv.open(file, m);
	while (reader_csv.next(reader, &item) != READER_END) {
		struct event e;
		struct mapping_result r;
		assert_int_equal(item.reason, REASON_NONE);
		enum mapping_outcome outcome = mapping_eval(m, &item.record, &c, NULL, &e, &r);
		each(of, outcome, &e, &r);
	}
	reader_csv.close(reader);
	(void)fclose(file);
	digest_mac_free(c.key);
}

static void append(void *of, enum mapping_outcome outcome, const struct event *e,
		   const struct mapping_result *r)
{
	write_outcome(of, outcome, e, r);
}

/* A folder's sample gives its expected.ndjson. */
static void check_sample(const char *mapping, const char *sample)
{
	char *folder = base_strndup(mapping, (size_t)(strrchr(mapping, '/') - mapping));
	struct buf got = {0}, expected = {0}, path = {0};
	struct fault f = {0};
	struct mapping *m = load(mapping, folder);

	buf_addf(&path, "%s/%s", folder, sample);
	each_record(m, buf_text(&path), append, &got);
	buf_reset(&path);
	buf_addf(&path, "%s/expected.ndjson", folder);
	if (getenv("KP_UPDATE")) {
		FILE *out = fopen(buf_text(&path), "wb");
		assert_non_null(out);
		assert_int_equal(fwrite(got.data, 1, got.len, out), got.len);
		assert_int_equal(fclose(out), 0);
	}
	assert_int_equal(buf_read_file(&expected, buf_text(&path), 1 << 20, &f), 0);
	assert_string_equal(buf_text(&got), buf_text(&expected));
	mapping_free(m);
	buf_release(&got);
	buf_release(&expected);
	buf_release(&path);
	free(folder);
}

static void samples_give_the_expected_events(void **state)
{
	static const struct {
		const char *mapping, *sample;
	} sources[] = {
		{KP_SOURCE_DIR "/collectors/vardkontakt/synthea-csv/mapping.yaml",
		 "encounters.csv"},
	};
	glob_t found;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		check_sample(sources[i].mapping, sources[i].sample);
	/* None is forgotten here. */
	assert_int_equal(glob(KP_SOURCE_DIR "/collectors/*/*/expected.ndjson", 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, ARRAY_SIZE(sources));
	globfree(&found);
}

static void every_shipped_mapping_loads(void **state)
{
	glob_t found;

	(void)state;
	assert_int_equal(glob(KP_SOURCE_DIR "/collectors/*/*/mapping.yaml", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct mapping *m = NULL;
		struct fault f = {0};
		if (mapping_load(found.gl_pathv[i], &m, &f) < 0)
			fail_msg("%s", f.text);
		mapping_free(m);
	}
	globfree(&found);
}

/* What is known of Synthea's export. */
struct figures {
	unsigned contacts, oppen, sluten, women, men, moved, units, other;
	char unit[64][129];
	int first, last;
};

static void add(void *of, enum mapping_outcome outcome, const struct event *e,
		const struct mapping_result *r)
{
	struct figures *n = of;
	const struct contact *c = &e->contact;
	unsigned u = 0;

	(void)r;
	if (outcome != MAPPING_EVENT || c->kanal != KANAL_FYSISK || c->status != STATUS_COMPLETED ||
	    c->qualified != JUDGEMENT_ANTAGET || e->version != 1 || c->age < 0) {
		n->other++;
		return;
	}
	n->contacts++;
	n->oppen += c->vardform == VARDFORM_OPPEN;
	n->sluten += c->vardform == VARDFORM_SLUTEN;
	n->women += c->kon == KON_KVINNA;
	n->men += c->kon == KON_MAN;
	int32_t utc = (int32_t)(c->started_ms / 86400000 - (c->started_ms % 86400000 < 0)) +
		      civil_to_day(1970, 1, 1);
	n->moved += civil_yyyymm(utc) != civil_yyyymm(c->day);
	int year = civil_from_day(c->day).year;
	n->first = n->first == 0 || year < n->first ? year : n->first;
	n->last = year > n->last ? year : n->last;
	while (u < n->units && strcmp(n->unit[u], c->unit) != 0)
		u++;
	if (u == n->units && n->units < ARRAY_SIZE(n->unit))
		memcpy(n->unit[n->units++], c->unit, sizeof(c->unit));
}

static void real_export_gives_the_known_figures(void **state)
{
	static const char path[] = KP_SOURCE_DIR REAL;
	struct figures n = {0};

	(void)state;
	if (access(path, R_OK) != 0) {
		print_message("no %s: skipped\n", path);
		skip();
	}
	struct mapping *m = load(KP_SOURCE_DIR "/collectors/vardkontakt/synthea-csv/mapping.yaml",
				 KP_SOURCE_DIR "/../shared/data/synthea-csv");
	each_record(m, path, add, &n);
	mapping_free(m);
	assert_int_equal(n.other, 0);
	assert_int_equal(n.contacts, 604);
	assert_int_equal(n.oppen, 593);
	assert_int_equal(n.sluten, 11);
	assert_int_equal(n.women, 283);
	assert_int_equal(n.men, 321);
	assert_int_equal(n.units, 51);
	assert_int_equal(n.moved, 3);
	assert_int_equal(n.first, 1968);
	assert_int_equal(n.last, 2024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_give_the_expected_events),
		cmocka_unit_test(every_shipped_mapping_loads),
		cmocka_unit_test(real_export_gives_the_known_figures),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
