/*
 * options_text: --help lines, the sample file and the reference page, all derived from option rows.
 * Owns nothing. Never says anything that does not stand in a row.
 */
#include "common/options_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/text.h"

#define PREFIX "KONTAKTPULS_"

char *options_variable(const struct option_row *row)
{
	struct buf name = {0};

	if (row->type == OPTION_MAP)
		return NULL;
	buf_adds(&name, PREFIX);
	for (const char *c = row->name; *c; c++)
		buf_addc(&name, *c == '-' ? '_' : (char)toupper((unsigned char)*c));
	return buf_detach(&name);
}

void options_forget_environment(void)
{
	for (size_t i = 0; environ && environ[i];) {
		size_t len = strcspn(environ[i], "=");
		if (strncmp(environ[i], PREFIX, strlen(PREFIX)) != 0) {
			i++;
			continue;
		}
		char *name = base_strndup(environ[i], len);
		(void)unsetenv(name); /* the next one moves up to this place */
		free(name);
	}
}

/* "1..1000", "one of a, b" or what the form says; empty when everything is allowed. */
static void add_limits(struct buf *out, const struct option_row *row)
{
	if (row->type == OPTION_COUNT)
		buf_addf(out, "%" PRIu64 "..%" PRIu64, row->min, row->max);
	if (row->form)
		row->form->say(out);
	if (!row->choice)
		return;
	buf_adds(out, "one of ");
	for (size_t i = 0; row->choice[i]; i++)
		buf_addf(out, "%s%s", i > 0 ? ", " : "", row->choice[i]);
}

char *options_expected(const struct option_row *row)
{
	static const char *const form[] = {
		[OPTION_TEXT] = "",
		[OPTION_COUNT] = "a whole number, ",
		[OPTION_SWITCH] = "true or false",
		[OPTION_LIST] = "",
		[OPTION_MAP] = "NAME=VALUE",
	};
	struct buf out = {0};

	buf_addf(&out, "expected %s", form[row->type]);
	add_limits(&out, row);
	return buf_detach(&out);
}

static void add_note(struct buf *out, const char *before, const char *text)
{
	buf_addf(out, "%s%s%s", out->len > 0 ? "; " : "", before, text);
}

char *options_help(const struct option_row *row)
{
	struct buf notes = {0}, line = {0};

	add_limits(&notes, row);
	if (row->fallback)
		add_note(&notes, "default ", row->fallback);
	if (row->required)
		add_note(&notes, "required", "");
	if (row->type == OPTION_LIST || row->type == OPTION_MAP)
		add_note(&notes, "may be repeated", "");
	buf_adds(&line, row->help);
	if (notes.len > 0)
		buf_addf(&line, " (%s)", buf_text(&notes));
	buf_release(&notes);
	return buf_detach(&line);
}

/* What a person could write: the default, else something allowed, else the argument's name. */
static void sample_value(const struct option_row *row, FILE *out)
{
	const char *argument = row->argument ? row->argument : "NAME=VALUE";
	const char *equals = strchr(argument, '=');

	if (row->type == OPTION_MAP && equals)
		fprintf(out, "\n%s  %.*s: %s", row->required ? "" : "#", (int)(equals - argument),
			argument, equals + 1);
	else if (row->type == OPTION_LIST)
		fprintf(out, " [%s]", row->fallback ? row->fallback : argument);
	else if (row->fallback)
		fprintf(out, " %s", row->fallback);
	else if (row->type == OPTION_SWITCH)
		fprintf(out, " false");
	else if (row->type == OPTION_COUNT)
		fprintf(out, " %" PRIu64, row->min);
	else
		fprintf(out, " %s", row->choice ? row->choice[0] : argument);
}

void options_sample(const struct options *o, FILE *out)
{
	fprintf(out, "# %s: %s\n", o->program, o->summary);
	fprintf(out, "# Flags win over the environment, the environment over this file.\n");
	for (size_t i = 0; i < o->count; i++) {
		const struct option_row *row = &o->row[i];
		char *help = options_help(row);
		fprintf(out, "\n# %s\n%s%s:", help, row->required ? "" : "#", row->name);
		sample_value(row, out);
		fprintf(out, "\n");
		free(help);
	}
}

/* A cell of a Markdown table: a bar would end it. */
static void cell(const char *text, FILE *out)
{
	for (; *text; text++)
		fprintf(out, "%s%c", *text == '|' ? "\\" : "", *text);
}

static void reference_row(const struct option_row *row, bool in_environment, FILE *out)
{
	char *variable = in_environment ? options_variable(row) : NULL;
	struct buf limits = {0};

	fprintf(out, "| `--%s%s%s`", row->name, row->type == OPTION_SWITCH ? "" : " ",
		row->type == OPTION_SWITCH || !row->argument ? "" : row->argument);
	if (row->letter)
		fprintf(out, ", `-%c`", row->letter);
	fprintf(out, variable ? " | `%s` | " : " | %s | ", variable ? variable : "not read");
	if (row->fallback)
		fprintf(out, "`%s`", row->fallback);
	else
		fprintf(out, "%s", row->required ? "required" : "-");
	fprintf(out, " | ");
	cell(row->help, out);
	add_limits(&limits, row);
	if (limits.len > 0)
		fprintf(out, " (%s)", buf_text(&limits));
	fprintf(out, " |\n");
	buf_release(&limits);
	free(variable);
}

void options_reference(const struct options *o, const struct option_row *common, size_t count,
		       FILE *out)
{
	fprintf(out, "## %s\n\n%s\n\n", o->program, o->summary);
	fprintf(out, "Usage: `%s [OPTION...]%s%s`\n\n", o->program, o->arguments ? " " : "",
		o->arguments ? o->arguments : "");
	fprintf(out, "| Option | Environment | Default | Meaning |\n|---|---|---|---|\n");
	for (size_t i = 0; i < o->count; i++)
		reference_row(&o->row[i], true, out);
	for (size_t i = 0; i < count; i++)
		reference_row(&common[i], false, out);
}
