/*
 * cubes: the cube table. A cell is a function of a contact's vector alone, so a new cube is one
 * row here, and any cube can be counted anew from the contact table. A cell is named by one
 * 64-bit number in memory, and by key and field in Redis:
 *	kp:{ns.N}:c:dag:202003:17      field "14.3.2"      day of month . klass . form
 *	kp:{ns.N}:c:manad:202003:17    field "3.2.2.4"     klass . form . kon . age group
 */
#ifndef PROTO_CUBES_H
#define PROTO_CUBES_H

#include "common/text.h"
#include "proto/keys.h"
#include "proto/vector.h"

enum cubes_cube { CUBES_DAG, CUBES_MANAD, CUBES_END };

/* Dimensions of a cell beside cube, month and unit. */
enum cubes_dim {
	CUBES_DIM_DD,
	CUBES_DIM_KLASS,
	CUBES_DIM_FORM,
	CUBES_DIM_KON,
	CUBES_DIM_AGE_GROUP,
	CUBES_DIMS_END
};

#define CUBES_DIMS_MAX  4
#define CUBES_FIELD_MAX 56

struct cube {
	const char *name;
	enum cubes_dim dim[CUBES_DIMS_MAX]; /* in the order of the field's text */
	int dims;
	const char *text;
};
const struct cube *cubes_row(enum cubes_cube cube);
/* "dd", "klass", "form", "kon", "age_group" */
const char *cubes_dim_name(enum cubes_dim dim);

struct cubes_cell {
	enum cubes_cube cube;
	unsigned yyyymm;
	uint16_t unit;
	uint16_t value[CUBES_DIMS_END]; /* 0 for a dimension that the cube has not */
};

/* Cell of a live vector in a cube. */
struct cubes_cell cubes_cell(enum cubes_cube cube, const struct vector *v);
/* The same as one number, and back. Cells of the same cube, month and unit have the same number above bit 30 (cubes_group). */
uint64_t cubes_pack(const struct cubes_cell *cell);
struct cubes_cell cubes_unpack(uint64_t packed);
#define CUBES_GROUP_SHIFT 30
/* Field of the cell in its hash, and back (cube, yyyymm and unit of *cell must be set; value[] is filled). */
void cubes_field(char out[CUBES_FIELD_MAX], const struct cubes_cell *cell);
bool cubes_field_parse(struct span field, struct cubes_cell *cell) MUST_CHECK;

#endif
