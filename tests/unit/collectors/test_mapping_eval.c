/*
 * mapping_eval: record x mapping -> event (rows 19, 20, 22, 25-35, 38, 39, 42 and 43 of the bad-input
 * matrix).
 */
#include "tests/unit/collectors/mapping_fixture.h"

#include "collectors/engine/identity.h"

#define START "  start: [{path: Start}, {date: 'YYYY-MM-DD HH:mm'}]\n"
#define MUST                                                                     \
	"  kanal: [{path: Kanal}, {table: {T: telefon, V: video, B: fysisk}}]\n" \
	"  vardform: {const: oppen}\n  qualified: {const: antaget}\n"            \
	"  replaces_visit: {const: antaget}\n  documented: {const: antaget}\n"
#define STATUS                                                                            \
	"  status: [{path: Status}, {table: {A: avslutad, T: tidbokad, U: uteblivet, I: " \
	"installd, M: makulerad}}]\n"
#define VERSION       "version: {time: [{path: Andrad}, {date: 'YYYY-MM-DD HH:mm'}]}\n"
#define HEAD(version) "source: vas\nformat: csv\nid: {path: Id}\n" version

/* Everything at once; each test changes a value or two of its record. */
static const char everything[] = HEAD(
	VERSION) "id-form: trimmed\nonly: {steps: [{path: Typ}, {table: {K: ja, S: nej}}], is: "
		 "ja}\nfields:\n" MUST STATUS START
		 "  end: [{path: Slut}, {date: 'YYYY-MM-DD HH:mm'}]\n"
		 "  unit: {path: Enhet}\n"
		 "  kon: [{path: Kon}, {table: {M: man, K: kvinna}}]\n"
		 "  birth_date: [{path: Fodd}, {date: YYYY-MM-DD}]\n"
		 "  birth_year: {path: Ar}\n"
		 "  municipality: {path: Kommun}\n"
		 "  protected_person: [{path: Skydd}, {table: {J: ja}}]\n"
		 "  personnummer: {path: Pnr}\n";

struct result {
	enum mapping_outcome outcome;
	struct event e;
	struct mapping_result r;
};

static struct result eval(struct mapping *m, const char *const *pair, struct buf *trace)
{
	struct mapping_context c = fixture_context();
	struct fixture_record record;
	struct result got;

	fixture_record(&record, m, pair);
	identity_fingerprint(c.key, c.fingerprint);
	memset(c.leverans_id, 7, sizeof(c.leverans_id));
	got.outcome = mapping_eval(m, &record.record, &c, trace, &got.e, &got.r);
	digest_mac_free(c.key);
	return got;
}

/* `everything` over a good record in which the values named in `change` are other ones. */
static struct result eval_changed(const char *const *change, struct buf *trace)
{
	const char *pair[] = {"Id",     "K1",
			      "Andrad", "2026-02-09 07:00",
			      "Typ",    "K",
			      "Status", "A",
			      "Start",  "2026-02-01 08:30",
			      "Slut",   "2026-02-01 08:50",
			      "Kanal",  "V",
			      "Enhet",  " Vårdcentralen ",
			      "Kon",    "K",
			      "Fodd",   "1960-02-02",
			      "Ar",     "",
			      "Kommun", "1384",
			      "Skydd",  "",
			      "Pnr",    "",
			      NULL};
	struct mapping *m = fixture_mapping(everything);

	for (; *change; change += 2)
		for (size_t i = 0; pair[i]; i += 2)
			if (strcmp(pair[i], change[0]) == 0)
				pair[i + 1] = change[1];
	struct result got = eval(m, pair, trace);
	/* What the result points to goes with the mapping. */
	static char column[64], field[64];
	(void)snprintf(column, sizeof(column), "%s", got.r.column);
	(void)snprintf(field, sizeof(field), "%s", got.r.field);
	got.r.column = column;
	got.r.field = field;
	mapping_free(m);
	return got;
}

static struct event event_changed(const char *const *change)
{
	struct result got = eval_changed(change, NULL);

	if (got.outcome != MAPPING_EVENT)
		fail_msg("%s (%s)", reason_name(got.r.reason), got.r.column);
	return got.e;
}

static const char *const nothing[] = {NULL};

static void fills_an_event(void **state)
{
	struct event e = event_changed(nothing);
	const struct contact *c = &e.contact;

	(void)state;
	assert_string_equal(e.source, "vas");
	assert_int_equal(e.op, OP_UPSERT);
	assert_int_equal(e.body, EVENT_CONTACT);
	assert_int_equal(e.version_kind, VERSION_KIND_FIELD);
	assert_int_equal(e.version, civil_to_instant((struct civil){2026, 2, 9, 7, 0, 0}));
	assert_int_equal(e.produced_ms, civil_to_instant((struct civil){2026, 2, 10, 12, 0, 0}));
	assert_int_equal(e.leverans_id[11], 7);
	assert_int_not_equal(e.fingerprint[0] | e.fingerprint[1] | e.fingerprint[2], 0);
	assert_int_equal(c->kanal, KANAL_VIDEO);
	assert_int_equal(c->status, STATUS_COMPLETED);
	assert_int_equal(c->qualified, JUDGEMENT_ANTAGET);
	assert_int_equal(c->day, civil_to_day(2026, 2, 1));
	assert_int_equal(c->hour, 8);
	assert_int_equal(c->minute, 30);
	assert_int_equal(c->ended_ms - c->started_ms, 20 * 60 * 1000);
	assert_string_equal(c->unit, "Vårdcentralen");
	assert_int_equal(c->kon, KON_KVINNA);
	assert_int_equal(c->birth_year, 1960);
	assert_int_equal(c->age, 65);
	assert_int_equal(c->age_assumed, 0);
	assert_int_equal(c->municipality, 1384);
	assert_int_equal(c->decision_day, -1);
}

/* One bad value each: the reason, the field, and the column that is named. */
static const struct {
	const char *change[5];
	enum reason reason;
	const char *field, *column;
} rejected_records[] = {
	/* Row 19. */
	{{"Id", ""}, REASON_ID_MISSING, "id", "Id"},
	{{"Id", "  "}, REASON_ID_MISSING, "id", "Id"},
	{{"Id", "a\tb"}, REASON_ID_INVALID, "id", "Id"},
	{{"Id", "0123456789012345678901234567890123456789012345678901234567890123456789"
		"01234567890123456789012345678901234567890123456789012345678"},
	 REASON_ID_INVALID,
	 "id",
	 "Id"},
	/* Rows 22 and 25. */
	{{"Andrad", ""}, REASON_VERSION_MISSING, "version", "Andrad"},
	{{"Andrad", "i går"}, REASON_VERSION_INVALID, "version", "Andrad"},
	{{"Andrad", "2026-02-09 7:00"}, REASON_VERSION_INVALID, "version", "Andrad"},
	{{"Andrad", "1969-12-31 00:00"}, REASON_VERSION_INVALID, "version", "Andrad"},
	{{"Andrad", "2026-02-12 12:01"}, REASON_VERSION_FUTURE, "version", "Andrad"},
	{{"Andrad", "9999-12-31 00:00"}, REASON_VERSION_FUTURE, "version", "Andrad"},
	/* Rows 26, 27, 28 and 31. */
	{{"Start", ""}, REASON_FIELD_MISSING, "start", "Start"},
	{{"Start", "2026-02-30 08:00"}, REASON_DATE_INVALID, "start", "Start"},
	{{"Start", "1899-12-31 23:59"}, REASON_DATE_INVALID, "start", "Start"},
	{{"Start", "2079-06-07 00:00"}, REASON_DATE_INVALID, "start", "Start"},
	{{"Start", "2026-02-01 08:60"}, REASON_TIME_INVALID, "start", "Start"},
	{{"Start", "2026-02-11 00:00", "Slut", ""}, REASON_DATE_FUTURE, "start", "Start"},
	{{"Start", "2026-02-11 00:00", "Status", "U"}, REASON_DATE_FUTURE, "start", "Start"},
	{{"Slut", "2026-02-01 08:29"}, REASON_TIME_INVALID, "end", "Slut"},
	{{"Slut", "2026-02-01"}, REASON_TIME_INVALID, "end", "Slut"},
	/* Row 33. */
	{{"Fodd", "2026-02-02"}, REASON_AGE_INVALID, "birth_date", "Fodd"},
	{{"Fodd", "1900-02-01"}, REASON_AGE_INVALID, "birth_date", "Fodd"},
	{{"Fodd", "", "Pnr", "202602021236"}, REASON_AGE_INVALID, "personnummer", "Pnr"},
	{{"Fodd", "1960-02-31"}, REASON_DATE_INVALID, "birth_date", "Fodd"},
	{{"Fodd", "", "Ar", "2027"}, REASON_AGE_INVALID, "birth_year", "Ar"},
	{{"Fodd", "", "Ar", "1900"}, REASON_AGE_INVALID, "birth_year", "Ar"},
	{{"Fodd", "", "Ar", "-5"}, REASON_FIELD_INVALID, "birth_year", "Ar"},
	/* Row 35: what leaves in clear. */
	{{"Enhet", "Rum 121212-1212"}, REASON_PNR_LEAK, "unit", "Enhet"},
	{{"Enhet", "Rum\n3"}, REASON_FIELD_INVALID, "unit", "Enhet"},
	/* Row 38. */
	{{"Typ", "X"}, REASON_UNKNOWN_CODE, "only", "Typ"},
	{{"Kanal", "F"}, REASON_UNKNOWN_CODE, "kanal", "Kanal"},
	{{"Kanal", "v"}, REASON_UNKNOWN_CODE, "kanal", "Kanal"},
	{{"Kanal", ""}, REASON_FIELD_MISSING, "kanal", "Kanal"},
	{{"Status", "X"}, REASON_UNKNOWN_CODE, "status", "Status"},
	{{"Status", ""}, REASON_FIELD_MISSING, "status", "Status"},
	{{"Kon", "X"}, REASON_UNKNOWN_CODE, "kon", "Kon"},
	{{"Kommun", "9998"}, REASON_UNKNOWN_CODE, "municipality", "Kommun"},
	{{"Kommun", "Halmstad"}, REASON_FIELD_INVALID, "municipality", "Kommun"},
	/* Row 42. */
	{{"Status", "M", "Andrad", ""}, REASON_VERSION_MISSING, "version", "Andrad"},
};

static void rejects(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rejected_records); i++) {
		struct result got = eval_changed(rejected_records[i].change, NULL);
		if (got.outcome != MAPPING_REJECTED || got.r.reason != rejected_records[i].reason ||
		    strcmp(got.r.field, rejected_records[i].field) != 0 ||
		    strcmp(got.r.column, rejected_records[i].column) != 0)
			fail_msg("row %zu: %s %s (%s)", i, reason_name(got.r.reason), got.r.field,
				 got.r.column);
		assert_int_equal(got.r.line, 7);
	}
}

static void takes(void **state)
{
	static const char *const rows[][7] = {
		{"Andrad", "2026-02-12 11:59"},
		{"Start", "1900-01-01 00:00", "Fodd", "1875-01-01"},
		{"Start", "2026-02-10 23:59", "Slut", ""},
		{"Fodd", "2026-02-01"},
		{"Fodd", "1901-01-01", "Kommun", "0"},
		{"Enhet", ""},
		/* Row 27: booked, or cancelled in advance. */
		{"Start", "2030-01-01 10:00", "Slut", "", "Status", "T"},
		{"Start", "2030-01-01 10:00", "Slut", "", "Status", "I"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		(void)event_changed(rows[i]);
}

/* Row 20: the declared form makes one contact of two ways of writing. */
static void canonical_ids(void **state)
{
	static const char *const forms[] = {"as-is", "trimmed", "upper", "lower"};
	static const char *const ids[][2] = {{"ab-1", " ab-1 "}, {"ab-1", "AB-1"}};
	static const bool same[][2] = {{false, false}, {true, false}, {true, true}, {true, true}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct buf text = {0};
		buf_addf(&text, HEAD("version: {constant: 1}\n") "id-form: %s\n", forms[i]);
		buf_adds(&text, "fields:\n" MUST "  status: {const: avslutad}\n" START);
		struct mapping *m = fixture_mapping(buf_text(&text));
		for (size_t k = 0; k < 2; k++) {
			uint8_t id[2][EVENT_ID_BYTES];
			for (size_t n = 0; n < 2; n++) {
				const char *pair[] = {
					"Id",    ids[k][n], "Start", "2026-01-01 10:00",
					"Kanal", "T",       NULL};
				memcpy(id[n], eval(m, pair, NULL).e.id, EVENT_ID_BYTES);
			}
			assert_int_equal(memcmp(id[0], id[1], EVENT_ID_BYTES) == 0, same[i][k]);
		}
		mapping_free(m);
		buf_release(&text);
	}
}

static void versions(void **state)
{
	static const struct {
		const char *version, *text;
		uint8_t kind;
		enum reason reason;
		uint64_t number;
	} rows[] = {
		{"version: {constant: 3}\n", "", VERSION_KIND_CONSTANT, REASON_NONE, 3},
		{"version: {filename: '_([0-9]+)[.]csv$'}\n", "", VERSION_KIND_FILENAME,
		 REASON_NONE, 20260209},
		{"version: {filename: '_([0-9]+)[.]txt$'}\n", "", VERSION_KIND_FILENAME,
		 REASON_VERSION_MISSING, 0},
		{"version: {mtime: true}\n", "", VERSION_KIND_MTIME, REASON_NONE, 1770620400000},
		{"version: {number: {path: V}}\n", " 42 ", VERSION_KIND_FIELD, REASON_NONE, 42},
		{"version: {number: {path: V}}\n", "281474976710655", VERSION_KIND_FIELD,
		 REASON_NONE, EVENT_VERSION_MAX},
		{"version: {number: {path: V}}\n", "281474976710656", VERSION_KIND_FIELD,
		 REASON_VERSION_FUTURE, 0},
		{"version: {number: {path: V}}\n", "99999999999999999999999", VERSION_KIND_FIELD,
		 REASON_VERSION_INVALID, 0},
		{"version: {number: {path: V}}\n", "1.0", VERSION_KIND_FIELD,
		 REASON_VERSION_INVALID, 0},
		{"version: {number: {path: V}}\n", "-1", VERSION_KIND_FIELD, REASON_VERSION_INVALID,
		 0},
		{"version: {number: {path: V}}\n", "", VERSION_KIND_FIELD, REASON_VERSION_MISSING,
		 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct buf text = {0};
		buf_addf(&text, HEAD("%s"), rows[i].version);
		buf_adds(&text, "fields:\n" MUST "  status: {const: avslutad}\n" START);
		struct mapping *m = fixture_mapping(buf_text(&text));
		const char *pair[] = {"Id", "1",          "Start", "2026-01-01 10:00", "Kanal", "T",
				      "V",  rows[i].text, NULL};
		struct result got = eval(m, pair, NULL);
		assert_int_equal(got.r.reason, rows[i].reason);
		if (rows[i].reason == REASON_NONE) {
			assert_int_equal(got.e.version_kind, rows[i].kind);
			assert_int_equal(got.e.version, rows[i].number);
		}
		mapping_free(m);
		buf_release(&text);
	}
}

static void only_contacts(void **state)
{
	static const char *const other[] = {"Typ", "S", "Id", "", "Start", "nonsense", NULL};

	(void)state;
	assert_int_equal(eval_changed(other, NULL).outcome, MAPPING_NOT_CONTACT);
}

/* Row 39: nothing but identity and version matters then. */
static void retracts(void **state)
{
	static const char *const change[] = {"Status", "M",     "Start",       "",  "Kanal",
					     "?",      "Enhet", "121212-1212", NULL};
	struct event e = event_changed(change), same = event_changed(nothing), empty;

	(void)state;
	event_init(&empty);
	assert_int_equal(e.op, OP_RETRACT);
	assert_memory_equal(e.id, same.id, sizeof(e.id));
	assert_int_equal(e.version, same.version);
	empty = e;
	event_init(&e);
	assert_memory_equal(&empty.contact, &e.contact, sizeof(e.contact));
}

/* What was a contact is taken back, also when the source has blanked, or changed, what told so. */
static void only_lets_a_retraction_through(void **state)
{
	static const char *const back[] = {"Status", "M", "Typ", "S", NULL};
	static const char *const other[] = {"Status", "?", "Typ", "S", NULL};
	struct event e = event_changed(back), same = event_changed(nothing);

	(void)state;
	assert_int_equal(e.op, OP_RETRACT);
	assert_memory_equal(e.id, same.id, sizeof(same.id));
	assert_int_equal(eval_changed(other, NULL).outcome, MAPPING_NOT_CONTACT);
}

static void ages(void **state)
{
	static const struct {
		const char *day, *birth, *year;
		int age;
		uint8_t assumed;
	} rows[] = {
		{"2026-02-01", "2008-02-01", "", 18, 0},
		{"2026-01-31", "2008-02-01", "", 17, 0},
		{"2026-02-01", "2026-02-01", "", 0, 0},
		/* Born on 29 February: a year is complete on 1 March where there is no such day. */
		{"2021-02-28", "2000-02-29", "", 20, 0},
		{"2021-03-01", "2000-02-29", "", 21, 0},
		{"2020-02-29", "2000-02-29", "", 20, 0},
		/* The date is believed before the year. */
		{"2026-02-01", "2008-12-31", "2008", 17, 0},
		{"2026-02-01", "", "2008", 18, YES_NO_JA},
		{"2026-02-01", "", "1901", 125, YES_NO_JA},
		{"2026-02-01", "", "", -1, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char start[32];
		(void)snprintf(start, sizeof(start), "%s 10:00", rows[i].day);
		const char *const change[] = {"Start",       start, "Slut",       "",  "Fodd",
					      rows[i].birth, "Ar",  rows[i].year, NULL};
		struct event e = event_changed(change);
		assert_int_equal(e.contact.age, rows[i].age);
		assert_int_equal(e.contact.age_assumed, rows[i].assumed);
	}
}

/* Rows 32 and 34. */
static void persons(void **state)
{
	static const struct {
		const char *pnr, *kon, *birth;
		uint8_t expected;
		int age;
		bool invalid;
	} rows[] = {
		{"", "", "", KON_OKANT, -1, false},
		{"640823-3226", "", "", KON_KVINNA, 61, false},
		{"640823-3226", "M", "1990-01-01", KON_MAN, 36, false},
		{"640823-3225", "", "", KON_OKANT, -1, true},
		{"640823-3225", "K", "1990-01-01", KON_KVINNA, 36, true},
		{"19900101-R12B", "", "", KON_OKANT, 36, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *const change[] = {"Pnr",  rows[i].pnr,   "Kon", rows[i].kon,
					      "Fodd", rows[i].birth, NULL};
		struct result got = eval_changed(change, NULL);
		assert_int_equal(got.outcome, MAPPING_EVENT);
		assert_int_equal(got.e.contact.kon, rows[i].expected);
		assert_int_equal(got.e.contact.age, rows[i].age);
		assert_int_equal(got.r.pnr_invalid, rows[i].invalid);
	}
}

static void ids_like_personnummer_are_told(void **state)
{
	static const char *const like[] = {"Id", "191212121212", NULL};

	(void)state;
	assert_true(eval_changed(like, NULL).r.id_like_pnr);
	assert_false(eval_changed(nothing, NULL).r.id_like_pnr);
}

/* Row 43. */
static void protected_persons_lose_their_municipality(void **state)
{
	static const char *const change[] = {"Skydd", "J", NULL};
	struct event e = event_changed(change);

	(void)state;
	assert_int_equal(e.contact.protected_person, YES_NO_JA);
	assert_int_equal(e.contact.municipality, -1);
}

static void steps_in_a_row(void **state)
{
	char *codes = fixture_file("Kod,Namn,Del\n1,Ett,A\n2,,A\n");
	struct buf text = {0};
	char name[] = "enheter";
	char *item[] = {name, codes};
	struct option_list with = {.item = item, .count = 2};
	struct fault f = {0};

	(void)state;
	buf_adds(&text,
		 HEAD("version: {constant: 1}\n") "joins: {enheter: {file: x.csv, key: Kod}}\n"
						  "fields:\n" MUST
						  "  status: {const: avslutad}\n" START
						  "  unit:\n    first_of:\n"
						  "      - [{path: A}, {join: {in: enheter, get: "
						  "Namn}}]\n"
						  "      - [{path: B}, {re: '^enhet ([0-9]+)$'}]\n"
						  "      - {when: {steps: [{path: A}, {join: {in: "
						  "enheter, get: Del}}], in: [A, B], then: {const: "
						  "del}}}\n"
						  "  caregiver: [{path: A}, {when: {steps: {re: "
						  "'^([0-9])$'}, is: '', then: {const: lang}, "
						  "else: {re: '(.)'}}}]\n");
	struct mapping *m = fixture_mapping(buf_text(&text));
	assert_int_equal(mapping_load_joins(m, &with, ".", &f), 0);
	static const char *const rows[][4] = {
		{"1", "enhet 7", "Ett", "1"}, {"2", "enhet 7", "7", "2"},
		{"2", "enhet x", "del", "2"}, {"3", "enhet x", "", "3"},
		{"", "", "", "lang"},         {"12", "", "", "lang"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *pair[] = {"Id", "1",        "Start", "2026-01-01 10:00", "Kanal", "T",
				      "A",  rows[i][0], "B",     rows[i][1],         NULL};
		struct result got = eval(m, pair, NULL);
		assert_int_equal(got.outcome, MAPPING_EVENT);
		assert_string_equal(got.e.contact.unit, rows[i][2]);
		assert_string_equal(got.e.contact.caregiver, rows[i][3]);
	}
	mapping_free(m);
	buf_release(&text);
	unlink(codes);
	free(codes);
}

static void explains_without_identity(void **state)
{
	static const char *const change[] = {"Pnr",   "640823-3225",     "Id", "191212121212",
					     "Enhet", "Rum 640823 3225", NULL};
	static const char *const bad[] = {"Kanal", "?", NULL};
	static const char *const secret[] = {"3225", "1212", "1960"};
	struct buf trace = {0};

	(void)state;
	assert_int_equal(eval_changed(change, &trace).outcome, MAPPING_EVENT);
	assert_non_null(strstr(buf_text(&trace), "personnummer\n  path Pnr"));
	assert_non_null(strstr(buf_text(&trace), "-> (identity, 11 characters)\n"));
	assert_non_null(strstr(buf_text(&trace), "-> 2026-02-01 08:30 in Sweden\n"));
	for (size_t i = 0; i < ARRAY_SIZE(secret); i++)
		if (strstr(buf_text(&trace), secret[i]))
			fail_msg("'%s' stands in:\n%s", secret[i], buf_text(&trace));
	buf_reset(&trace);
	assert_int_equal(eval_changed(bad, &trace).outcome, MAPPING_REJECTED);
	assert_non_null(
		strstr(buf_text(&trace), "-> UNKNOWN_CODE\n=> rejected: UNKNOWN_CODE (Kanal)\n"));
	buf_release(&trace);
}

/* An explained record is evaluated without what is remembered of those before it. */
static void what_is_remembered_changes_nothing(void **state)
{
	static const char *const text[] = {"A",
					   "T",
					   "M",
					   "V",
					   "B",
					   "K",
					   "J",
					   "",
					   " ",
					   "?",
					   "a longer text than is remembered",
					   "A ",
					   " A",
					   "AA"};
	struct mapping *m = fixture_mapping(
		HEAD(VERSION) "fields:\n" MUST STATUS START
			      "  kon: [{path: Kon}, {table: {M: man, K: kvinna}}]\n"
			      "  booking: {when: {path: Kon, in: [K, A], then: {const: sjalv}, "
			      "else: {const: bokad}}}\n"
			      "  guarantee: {first_of: [[{path: Skydd}, {table: {J: ja}}], {const: "
			      "nej}]}\n"
			      "  deviation: {when: {path: Kanal, is: V, then: {path: Kon}}}\n");
	unsigned events = 0, pick = 1;
	struct buf trace = {0};

	(void)state;
	for (int round = 0; round < 4000; round++) {
		const char *some[4];
		for (size_t i = 0; i < ARRAY_SIZE(some); i++) {
			pick = pick * 1103515245 + 12345;
			some[i] = text[(pick >> 16) % ARRAY_SIZE(text)];
		}
		const char *pair[] = {"Id",     "K1",
				      "Andrad", "2026-02-09 07:00",
				      "Start",  "2026-02-01 08:30",
				      "Status", some[0],
				      "Kanal",  some[1],
				      "Kon",    some[2],
				      "Skydd",  some[3],
				      NULL};
		struct result quick = eval(m, pair, NULL), slow = eval(m, pair, &trace);
		assert_int_equal(quick.outcome, slow.outcome);
		assert_int_equal(quick.r.reason, slow.r.reason);
		assert_string_equal(quick.r.column, slow.r.column);
		if (quick.outcome == MAPPING_EVENT)
			assert_true(event_equal(&quick.e, &slow.e));
		events += quick.outcome == MAPPING_EVENT;
		buf_reset(&trace);
	}
	assert_in_range(events, 50, 3900);
	mapping_free(m);
	buf_release(&trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_an_event),
		cmocka_unit_test(rejects),
		cmocka_unit_test(takes),
		cmocka_unit_test(canonical_ids),
		cmocka_unit_test(versions),
		cmocka_unit_test(only_contacts),
		cmocka_unit_test(only_lets_a_retraction_through),
		cmocka_unit_test(retracts),
		cmocka_unit_test(ages),
		cmocka_unit_test(persons),
		cmocka_unit_test(ids_like_personnummer_are_told),
		cmocka_unit_test(protected_persons_lose_their_municipality),
		cmocka_unit_test(steps_in_a_row),
		cmocka_unit_test(explains_without_identity),
		cmocka_unit_test(what_is_remembered_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
