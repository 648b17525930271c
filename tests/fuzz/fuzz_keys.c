/*
 * fuzz_keys: any text as what stands in Redis: a key, a pair, a class, a delivery, a cell's field. Promise
 * that is checked: what is read is exactly what would be written, so that no two texts mean the same.
 */
#include "tests/fuzz/fuzz.h"

#include "proto/cubes.h"
#include "proto/keys.h"
#include "proto/klass.h"
#include "proto/leverans.h"

static void check_key(struct span text)
{
	struct keys_parsed p;
	char key[KEYS_MAX], ns[64], cube[64];

	if (!keys_parse(text, &p))
		return;
	assert(p.ns.len < sizeof(ns) && p.cube.len < sizeof(cube));
	(void)snprintf(ns, sizeof(ns), "%.*s", (int)p.ns.len, p.ns.data);
	switch (p.part) {
	case 't': keys_segment(key, ns, p.partition, p.segment); break;
	case 'c':
		(void)snprintf(cube, sizeof(cube), "%.*s", (int)p.cube.len, p.cube.data);
		keys_cells(key, ns, p.partition, cube, p.yyyymm, p.unit);
		break;
	default: keys_part(key, ns, p.partition, (enum keys_part)p.part); break;
	}
	assert(span_is(text, key));
}

static void check_pair(struct span text)
{
	unsigned yyyymm, unit;
	char pair[16];

	if (!keys_pair_parse(text, &yyyymm, &unit))
		return;
	keys_pair(pair, yyyymm, unit);
	assert(span_is(text, pair));
}

static void check_klass(struct span text)
{
	struct klass k;
	char klass[KLASS_TEXT_MAX + 1];

	if (!klass_parse(text, &k))
		return;
	klass_text(&k, klass);
	assert(span_is(text, klass));
}

static void check_leverans(struct span text)
{
	struct event e;
	struct buf written = {0};

	if (!leverans_parse(text, &e))
		return;
	leverans_text(&e, &written);
	assert(span_is(text, buf_text(&written)));
	buf_release(&written);
}

static void check_field(struct span text)
{
	for (enum cubes_cube cube = 0; cube < CUBES_END; cube++) {
		struct cubes_cell cell = {.cube = cube, .yyyymm = 202003, .unit = 17};
		char field[CUBES_FIELD_MAX];

		if (!cubes_field_parse(text, &cell))
			continue;
		cubes_field(field, &cell);
		assert(span_is(text, field));
		const struct cubes_cell back = cubes_unpack(cubes_pack(&cell));
		assert(memcmp(&back, &cell, sizeof(cell)) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span text = {(const char *)data, size};

	check_key(text);
	check_pair(text);
	check_klass(text);
	check_leverans(text);
	check_field(text);
	return 0;
}
