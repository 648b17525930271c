/*
 * libcsv: the only file that includes the header of libcsv, and none of ours that has csv_ names.
 * Owns the handle of the library, which stays open.
 */
#include "tests/fuzz/libcsv.h"

#include <dlfcn.h>

#include <csv.h>

struct library {
	__typeof__(csv_init) *init;
	__typeof__(csv_parse) *parse;
	__typeof__(csv_fini) *fini;
	__typeof__(csv_free) *free;
	__typeof__(csv_set_delim) *set_delim;
	__typeof__(csv_set_quote) *set_quote;
	__typeof__(csv_set_space_func) *set_space_func;
};

static void *look_up(void *handle, const char *name)
{
	void *symbol = handle ? dlsym(handle, name) : NULL;

	if (!symbol)
		BUG(dlerror());
	return symbol;
}

static const struct library *library(void)
{
	static struct library l;

	if (l.init)
		return &l;
	void *handle = dlopen(KP_LIBCSV, RTLD_NOW | RTLD_LOCAL);
	/* POSIX promises what ISO C does not: a function's address fits into a void pointer. */
	*(void **)&l.parse = look_up(handle, "csv_parse");
	*(void **)&l.fini = look_up(handle, "csv_fini");
	*(void **)&l.free = look_up(handle, "csv_free");
	*(void **)&l.set_delim = look_up(handle, "csv_set_delim");
	*(void **)&l.set_quote = look_up(handle, "csv_set_quote");
	*(void **)&l.set_space_func = look_up(handle, "csv_set_space_func");
	*(void **)&l.init = look_up(handle, "csv_init");
	return &l;
}

static void on_field(void *value, size_t len, void *out)
{
	buf_addf(out, "%zu:", len);
	buf_add(out, value, len);
	buf_addc(out, ',');
}

static void on_row(int terminator, void *out)
{
	(void)terminator;
	buf_addc(out, '\n');
}

static int is_no_space(unsigned char c)
{
	(void)c;
	return 0;
}

bool libcsv_rows(const void *data, size_t len, char delimiter, char quote, struct buf *out)
{
	const struct library *l = library();
	struct csv_parser parser;

	if (l->init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		BUG("libcsv does not start");
	l->set_delim(&parser, (unsigned char)delimiter);
	l->set_quote(&parser, (unsigned char)quote);
	l->set_space_func(&parser, is_no_space);
	bool good = l->parse(&parser, data, len, on_field, on_row, out) == len;
	good = good && l->fini(&parser, on_field, on_row, out) == 0;
	l->free(&parser);
	return good;
}
