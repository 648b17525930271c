/*
 * cubes: the cube table and what follows from it. Pure.
 */
#include "proto/cubes.h"

#include "common/civil.h"

static const struct cube table[CUBES_END] = {
	[CUBES_DAG] = {"dag",
		       {CUBES_DIM_DD, CUBES_DIM_KLASS, CUBES_DIM_FORM},
		       3,
		       "every day: what happened when, by class and form"},
	[CUBES_MANAD] = {"manad",
			 {CUBES_DIM_KLASS, CUBES_DIM_FORM, CUBES_DIM_KON, CUBES_DIM_AGE_GROUP},
			 4,
			 "every month: by class, form, sex and age group"},
};

/* Bits of each dimension in a packed cell; a cube's dimensions must fit below CUBES_GROUP_SHIFT. */
static const struct {
	const char *name;
	unsigned bits;
} dims[CUBES_DIMS_END] = {
	[CUBES_DIM_DD] = {"dd", 5},
	[CUBES_DIM_KLASS] = {"klass", 12},
	[CUBES_DIM_FORM] = {"form", 6},
	[CUBES_DIM_KON] = {"kon", 2},
	[CUBES_DIM_AGE_GROUP] = {"age_group", 3},
};

const struct cube *cubes_row(enum cubes_cube cube)
{
	assert(cube < CUBES_END);
	return table + cube;
}

const char *cubes_dim_name(enum cubes_dim dim)
{
	assert(dim < CUBES_DIMS_END);
	return dims[dim].name;
}

struct cubes_cell cubes_cell(enum cubes_cube cube, const struct vector *v)
{
	struct civil date = civil_from_day((int32_t)vector_get(v, VECTOR_DAY));
	const uint16_t all[CUBES_DIMS_END] = {
		[CUBES_DIM_DD] = (uint16_t)date.day,
		[CUBES_DIM_KLASS] = (uint16_t)vector_get(v, VECTOR_KLASS),
		[CUBES_DIM_FORM] = (uint16_t)vector_get(v, VECTOR_FORM),
		[CUBES_DIM_KON] = (uint16_t)vector_get(v, VECTOR_KON),
		[CUBES_DIM_AGE_GROUP] = codes_age_group(vector_age(v)),
	};
	struct cubes_cell cell = {
		.cube = cube,
		.yyyymm = (unsigned)(date.year * 100 + date.month),
		.unit = (uint16_t)vector_get(v, VECTOR_UNIT),
	};
	assert(vector_live(v));
	for (int i = 0; i < table[cube].dims; i++)
		cell.value[table[cube].dim[i]] = all[table[cube].dim[i]];
	return cell;
}

/* cube 2 | months since 1900-01 12 | unit 16 | 4 unused | dimensions, the first highest, 30 */
uint64_t cubes_pack(const struct cubes_cell *cell)
{
	const struct cube *cube = cubes_row(cell->cube);
	unsigned month = (cell->yyyymm / 100 - 1900) * 12 + cell->yyyymm % 100 - 1;
	uint64_t packed = ((uint64_t)cell->cube << 12 | month) << 16 | cell->unit;
	uint64_t low = 0;
	for (int i = 0; i < cube->dims; i++)
		low = low << dims[cube->dim[i]].bits | cell->value[cube->dim[i]];
	assert(low < UINT64_C(1) << CUBES_GROUP_SHIFT && month < 4096);
	return packed << CUBES_GROUP_SHIFT | low;
}

struct cubes_cell cubes_unpack(uint64_t packed)
{
	unsigned month = (unsigned)(packed >> (CUBES_GROUP_SHIFT + 16)) & 4095;
	struct cubes_cell cell = {
		.cube = (enum cubes_cube)(packed >> (CUBES_GROUP_SHIFT + 28)),
		.yyyymm = civil_month_yyyymm(month),
		.unit = (uint16_t)(packed >> CUBES_GROUP_SHIFT),
	};
	const struct cube *cube = cubes_row(cell.cube);
	for (int i = cube->dims - 1; i >= 0; i--) {
		unsigned bits = dims[cube->dim[i]].bits;
		cell.value[cube->dim[i]] = (uint16_t)(packed & ((UINT64_C(1) << bits) - 1));
		packed >>= bits;
	}
	return cell;
}

_Static_assert(CUBES_FIELD_MAX >= CUBES_DIMS_END * sizeof("65535") + TEXT_U64_MAX,
	       "room for every dimension");
void cubes_field(char out[CUBES_FIELD_MAX], const struct cubes_cell *cell)
{
	const struct cube *cube = cubes_row(cell->cube);
	char *at = out;
	for (int i = 0; i < cube->dims; i++) {
		if (i > 0)
			*at++ = '.';
		at += text_put_u64(at, cell->value[cube->dim[i]]);
	}
	*at = '\0';
}

/* Whether a dimension can have this value at all. */
static bool value_valid(enum cubes_dim dim, unsigned value)
{
	switch (dim) {
	case CUBES_DIM_DD: return value >= 1 && value <= 31;
	case CUBES_DIM_KLASS: return value < KEYS_KLASSES_MAX;
	case CUBES_DIM_FORM: return codes_by_number(CODES_FORM, value) != NULL;
	case CUBES_DIM_KON: return codes_by_number(CODES_KON, value) != NULL;
	case CUBES_DIM_AGE_GROUP: return codes_by_number(CODES_AGE_GROUP, value) != NULL;
	case CUBES_DIMS_END: break;
	}
	return false;
}

bool cubes_field_parse(struct span field, struct cubes_cell *cell)
{
	const struct cube *cube = cubes_row(cell->cube);
	uint16_t value[CUBES_DIMS_END] = {0};
	for (int i = 0; i < cube->dims; i++) {
		bool last = i + 1 == cube->dims;
		const char *dot = field.len ? memchr(field.data, '.', field.len) : NULL;
		if ((dot == NULL) != last)
			return false;
		struct span digits = {field.data, dot ? (size_t)(dot - field.data) : field.len};
		uint64_t n;
		if (!text_u64(digits, UINT16_MAX, &n) ||
		    (digits.len > 1 && digits.data[0] == '0') ||
		    !value_valid(cube->dim[i], (unsigned)n))
			return false;
		value[cube->dim[i]] = (uint16_t)n;
		field.data += digits.len + (dot ? 1 : 0);
		field.len -= digits.len + (dot ? 1 : 0);
	}
	memcpy(cell->value, value, sizeof(value));
	return true;
}
