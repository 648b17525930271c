#include "kit.h"

#include "proto/cubes.h"
#include "proto/klass.h"
#include "proto/leverans.h"
#include "proto/route.h"
#include "sample.h"

static void keys_go_both_ways(void **state)
{
	(void)state;
	char key[KEYS_MAX];
	struct keys_parsed p;
	keys_part(key, "halland", 3, KEYS_M);
	assert_string_equal(key, "kp:{halland.3}:m");
	assert_true(keys_parse(span_of(key), &p));
	assert_true(span_is(p.ns, "halland") && p.partition == 3 && p.part == 'm');
	keys_segment(key, "halland", 0, 2);
	assert_string_equal(key, "kp:{halland.0}:t:2");
	assert_true(keys_parse(span_of(key), &p) && p.part == 't' && p.segment == 2);
	keys_cells(key, "halland", 1, "dag", 202003, 17);
	assert_string_equal(key, "kp:{halland.1}:c:dag:202003:17");
	assert_true(keys_parse(span_of(key), &p));
	assert_true(p.part == 'c' && span_is(p.cube, "dag") && p.yyyymm == 202003 && p.unit == 17);
}

static void other_texts_are_no_keys(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"kp:",
		"kp:{a.1}",
		"kp:{a.1}:",
		"kp:{a.1}:mm",
		"kp:{a.1}:m:",
		"kp:{a.01}:m",
		"kp:{A.1}:m",
		"kp:{a.}:m",
		"kp:{a.1}:t:",
		"kp:{a.1}:t:-1",
		"kp:{a.1}:c:dag:202013:1",
		"kp:{a.1}:c:dag:20203:1",
		"kp:{a.1}:c:dag:202003:65536",
		"kp:{a.1}:c:dag:202003:01",
		"kp:{a.1}:c::202003:1",
		"kp:{a.1}:x",
		"kp:{a.1}:c:dag:202003",
		"kp{a.1}:m",
		"kp:{a.99999}:m",
	};
	struct keys_parsed p;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(keys_parse(span_of(bad[i]), &p));
}

static void pairs_go_both_ways(void **state)
{
	(void)state;
	char text[16];
	unsigned month, unit;
	keys_pair(text, 190001, 65535);
	assert_string_equal(text, "190001:65535");
	assert_true(keys_pair_parse(span_of(text), &month, &unit));
	assert_true(month == 190001 && unit == 65535);
	assert_false(keys_pair_parse(span_of("190000:1"), &month, &unit));
	assert_false(keys_pair_parse(span_of("190001"), &month, &unit));
}

static void cells_go_both_ways(void **state)
{
	(void)state;
	struct event e = sample_contact();
	struct vector v = vector_of(&e, 17, 3);
	static const char *const expect[CUBES_END] = {"3.3.2", "3.2.2.2"};
	for (unsigned i = 0; i < CUBES_END; i++) {
		char field[CUBES_FIELD_MAX];
		struct cubes_cell cell = cubes_cell((enum cubes_cube)i, &v), back, parsed;
		assert_int_equal(cell.yyyymm, 202011);
		assert_int_equal(cell.unit, 17);
		back = cubes_unpack(cubes_pack(&cell));
		assert_memory_equal(&cell, &back, sizeof(cell));
		cubes_field(field, &cell);
		assert_string_equal(field, expect[i]);
		parsed = (struct cubes_cell){
			.cube = cell.cube, .yyyymm = cell.yyyymm, .unit = cell.unit};
		assert_true(cubes_field_parse(span_of(field), &parsed));
		assert_memory_equal(&cell, &parsed, sizeof(cell));
	}
	struct cubes_cell a = cubes_cell(CUBES_DAG, &v), b = a;
	b.value[CUBES_DIM_DD] = 4;
	assert_true(cubes_pack(&a) >> CUBES_GROUP_SHIFT == cubes_pack(&b) >> CUBES_GROUP_SHIFT);
	b.unit = 18;
	assert_false(cubes_pack(&a) >> CUBES_GROUP_SHIFT == cubes_pack(&b) >> CUBES_GROUP_SHIFT);
}

static void other_texts_are_no_fields(void **state)
{
	(void)state;
	static const char *const bad[] = {"",       "1.2",      "1.2.2.2", "0.2.2",
					  "32.2.2", "1.4096.2", "1.2.5",   "01.2.2",
					  "1..2",   "1.2.2.",   "-1.2.2",  "a"};
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct cubes_cell cell = {.cube = CUBES_DAG};
		assert_false(cubes_field_parse(span_of(bad[i]), &cell));
	}
}

static void klass_is_canonical(void **state)
{
	(void)state;
	struct event e = sample_contact();
	struct klass k = klass_of(&e), back;
	char text[KLASS_TEXT_MAX + 1], again[KLASS_TEXT_MAX + 1];
	klass_text(&k, text);
	assert_string_equal(text,
			    "kalla=vas;status=avslutad;vardform=oppen;kvalificerad=ja;ersatter=ja;"
			    "dokumenterad=antaget;test=nej;utomlans=-");
	assert_true(klass_parse(span_of(text), &back));
	klass_text(&back, again);
	assert_string_equal(text, again);
	static const char *const bad[] = {
		"",
		"kalla=vas",
		"kalla=;status=avslutad;vardform=oppen;kvalificerad=ja;ersatter=ja;dokumenterad=ja;"
		"test=nej;utomlans=-",
		"status=avslutad;kalla=vas;vardform=oppen;kvalificerad=ja;ersatter=ja;dokumenterad="
		"ja;test=nej;utomlans=-",
		"kalla=vas;status=klar;vardform=oppen;kvalificerad=ja;ersatter=ja;dokumenterad=ja;"
		"test=nej;utomlans=-",
		"kalla=vas;status=avslutad;vardform=oppen;kvalificerad=ja;ersatter=ja;dokumenterad="
		"ja;test=nej;utomlans=-;x=1",
	};
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(klass_parse(span_of(bad[i]), &back));
}

/* The longest of everything still fits. */
static void klass_has_room_for_the_longest(void **state)
{
	(void)state;
	struct klass k = {.status = 9,
			  .vardform = 2,
			  .qualified = 3,
			  .replaces_visit = 3,
			  .documented = 3,
			  .test = 2,
			  .out_of_county = 2};
	char text[KLASS_TEXT_MAX + 1];
	memset(k.source, 'x', EVENT_SOURCE_MAX);
	klass_text(&k, text);
	assert_true(strlen(text) <= KLASS_TEXT_MAX);
	assert_true(klass_parse(span_of(text), &k));
}

static void deliveries_go_both_ways(void **state)
{
	(void)state;
	struct event e = sample_closing(), back;
	struct buf text = {0};
	leverans_text(&e, &text);
	assert_string_equal(
		buf_text(&text),
		"kalla=vas;fas=closing;lasning=2;fil=a%3Bb%3Dc%25.csv;read=10;sent=6;not_contact=1;"
		"reason=;rejected.QUOTE=2;rejected.UNKNOWN_CODE=1");
	assert_true(leverans_parse((struct span){text.data, text.len}, &back));
	assert_string_equal(back.source, "vas");
	assert_string_equal(back.leverans.name, e.leverans.name);
	assert_memory_equal(back.leverans.rejected, e.leverans.rejected,
			    sizeof(e.leverans.rejected));
	assert_false(
		leverans_parse(span_of("kalla=vas;fas=closing;lasning=1;rejected.NO=1"), &back));
	assert_false(leverans_parse(span_of("kalla=vas;fas=closing"), &back));
	char pin[LEVERANS_PIN_MAX];
	leverans_pin(&e, pin);
	assert_string_equal(pin, "nyckel=0a1b2c3d;version=field");
	buf_release(&text);
}

static void a_partition_is_the_first_four_bytes(void **state)
{
	(void)state;
	const uint8_t id[EVENT_ID_BYTES] = {0x05, 0x00, 0x00, 0x80, 0xff};
	assert_int_equal(route_partition(id, 4), 1);
	assert_int_equal(route_partition(id, 7), (int)(0x80000005u % 7));
	struct event opening = sample_closing();
	opening.leverans.phase = PHASE_OPENING;
	opening.leverans.partition = 3;
	assert_int_equal(route_event(&opening, 4), 3);
	assert_int_equal(route_event(&opening, 3), -1);
	char dlq[ROUTE_TOPIC_MAX + 8];
	route_dlq(ROUTE_TOPIC, dlq);
	assert_string_equal(dlq, "vardkontakt.handelse.v1.dlq");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_go_both_ways),
		cmocka_unit_test(other_texts_are_no_keys),
		cmocka_unit_test(pairs_go_both_ways),
		cmocka_unit_test(cells_go_both_ways),
		cmocka_unit_test(other_texts_are_no_fields),
		cmocka_unit_test(klass_is_canonical),
		cmocka_unit_test(klass_has_room_for_the_longest),
		cmocka_unit_test(deliveries_go_both_ways),
		cmocka_unit_test(a_partition_is_the_first_four_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
