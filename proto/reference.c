/*
 * reference: prints the reference pages of the contracts from their tables, as Markdown:
 *	kontaktpuls-reference codes|reasons|event|vector|cubes|keys
 * docs/reference/ holds what it prints; a test compares them.
 */
#include "common/civil.h"
#include "proto/cubes.h"
#include "proto/event.h"
#include "proto/klass.h"
#include "proto/reasons.h"

static void title(const char *name, const char *text)
{
	printf("# %s\n\n%s Made by `kontaktpuls-reference` from the tables in `proto/`: do not "
	       "edit.\n\n",
	       name, text);
}

static void print_codes(void)
{
	title("Codes", "Every enumeration: number on the wire and in the contact vector, name in "
		       "mappings and "
		       "files, labels, national code (SKR). 0 is \"not stated\" in every list.");
	for (unsigned list = 0; list < CODES_LISTS; list++) {
		size_t count;
		const struct code *row = codes_rows((enum codes_list)list, &count);
		printf("## `%s`: %s\n\n| number | name | Swedish | English | national "
		       "|\n|---|---|---|---|---|\n",
		       codes_list_name((enum codes_list)list),
		       codes_list_title((enum codes_list)list));
		for (size_t i = 0; i < count; i++)
			printf("| %u | `%s` | %s | %s | %s |\n", row[i].number, row[i].name,
			       row[i].sv, row[i].en, row[i].national ? row[i].national : "");
		printf("\n");
	}
}

static void print_reasons(void)
{
	static const struct {
		unsigned use;
		const char *name;
	} use[] = {
		{REASON_ROW, "row"},
		{REASON_FILE, "file"},
		{REASON_EVENT, "event"},
		{REASON_NOTE, "note"},
	};
	title("Reasons",
	      "Why something was not taken. *row*: a collector rejects one record; *file*: it "
	      "quarantines a file; *event*: the aggregator puts an event on the dead-letter "
	      "topic; *note*: taken, and counted as noted.");
	printf("| number | name | where | meaning |\n|---|---|---|---|\n");
	for (unsigned r = 1; r < REASONS_END; r++) {
		if (!reason_known(r))
			continue;
		printf("| %u | `%s` |", r, reason_name((enum reason)r));
		for (size_t i = 0; i < ARRAY_SIZE(use); i++)
			if (reason_uses((enum reason)r) & use[i].use)
				printf(" %s", use[i].name);
		printf(" | %s |\n", reason_text((enum reason)r));
	}
}

static void print_event(void)
{
	static const char *const type[] = {"code", "number", "time (ms)", "text", "bytes"};
	size_t count;
	const struct event_field *row = event_fields(&count);
	title("Fields of a contact",
	      "What a mapping can fill and an event carries (`kontakt.v1.Contact`).");
	printf("| field | type | list or limit | required | meaning |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < count; i++) {
		printf("| `%s` | %s | ", row[i].name, type[row[i].type]);
		if (row[i].type == EVENT_CODE)
			printf("`%s`", codes_list_name((enum codes_list)row[i].max));
		else if (row[i].type != EVENT_MS)
			printf("%u", row[i].max);
		printf(" | %s | %s |\n", row[i].must ? "yes" : "", row[i].text);
	}
}

static void print_vector(void)
{
	title("Contact vector",
	      "What is kept of a contact for life: 32 bytes, identity 12, version 6 (little "
	      "endian), attributes 14. The bits of the attributes:");
	printf("| field | first bit | bits | unknown | meaning |\n|---|---|---|---|---|\n");
	for (unsigned i = 0; i < VECTOR_FIELDS_END; i++) {
		const struct vector_row *row = vector_row((enum vector_field)i);
		printf("| `%s` | %u | %u | %u | %s |\n", row->name, row->offset, row->bits,
		       row->unknown, row->text);
	}
	printf("\nBit *b* of the attributes is bit *b* mod 8 of byte *b* / 8; a field's lowest bit "
	       "comes first.\n");
}

static void print_cubes(void)
{
	title("Cubes", "Counts of live contacts. Every cube also has month and unit, which stand "
		       "in its key.");
	printf("| cube | field of the hash | what for |\n|---|---|---|\n");
	for (unsigned i = 0; i < CUBES_END; i++) {
		const struct cube *cube = cubes_row((enum cubes_cube)i);
		printf("| `%s` | ", cube->name);
		for (int d = 0; d < cube->dims; d++)
			printf("%s`%s`", d ? " . " : "", cubes_dim_name(cube->dim[d]));
		printf(" | %s |\n", cube->text);
	}
	struct vector v = {0};
	vector_set(&v, VECTOR_DAY, (uint32_t)civil_to_day(2020, 3, 14));
	vector_set(&v, VECTOR_UNIT, 17);
	vector_set(&v, VECTOR_KLASS, 3);
	vector_set(&v, VECTOR_FORM, 2);
	vector_set(&v, VECTOR_KON, 2);
	vector_set(&v, VECTOR_AGE, 70);
	printf("\nA video contact of a woman of 70 on 14 March 2020, unit 17, class 3:\n\n");
	for (unsigned i = 0; i < CUBES_END; i++) {
		char key[KEYS_MAX], field[CUBES_FIELD_MAX];
		struct cubes_cell cell = cubes_cell((enum cubes_cube)i, &v);
		keys_cells(key, "kp", 0, cubes_row(cell.cube)->name, cell.yyyymm, cell.unit);
		cubes_field(field, &cell);
		printf("* `HGET %s %s`\n", key, field);
	}
}

static void print_keys(void)
{
	static const char *const meta[][2] = {
#define X(field, text) {#field, text},
		KEYS_META(X)
#undef X
#define X(upper, lower, text) {"s." #lower, text},
			KEYS_STATS(X)
#undef X
	};
	title("Keys in Redis",
	      "Everything is absolute and in place; Redis mirrors the aggregator's memory.");
	printf("| key | type | content |\n|---|---|---|\n"
	       "| `kp:{ns.N}:m` | hash | see below |\n"
	       "| `kp:{ns.N}:t:<segment>` | string | contact table: %d slots of 32 bytes, always "
	       "full length |\n"
	       "| `kp:{ns.N}:u` `:k` `:p` | hash | dictionaries: index -> unit, class, pair "
	       "`yyyymm:unit` that has cells |\n"
	       "| `kp:{ns.N}:d` | hash | `dead.<REASON>` and `note.<REASON>` counts, `lev.<id>` "
	       "deliveries, `pin.<source>` pins |\n"
	       "| `kp:{ns.N}:c:<cube>:<yyyymm>:<unit>` | hash | cells: dimensions -> count; a cell "
	       "of 0 does not exist |\n\n"
	       "ns = namespace, N = partition. A class is a text of at most %d bytes, a unit one "
	       "of 128.\n\n"
	       "| field of m | content |\n|---|---|\n",
	       KEYS_SEGMENT_SLOTS, KLASS_TEXT_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(meta); i++)
		printf("| `%s` | %s |\n", meta[i][0], meta[i][1]);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} page[] = {
		{"codes", print_codes},   {"reasons", print_reasons}, {"event", print_event},
		{"vector", print_vector}, {"cubes", print_cubes},     {"keys", print_keys},
	};
	for (size_t i = 0; argc == 2 && i < ARRAY_SIZE(page); i++)
		if (strcmp(argv[1], page[i].name) == 0) {
			page[i].print();
			return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
		}
	(void)fprintf(stderr,
		      "usage: kontaktpuls-reference codes|reasons|event|vector|cubes|keys\n");
	return 64;
}
