/*
 * try: kontaktpuls-try, raw files in, figures out: the whole path in one process tree on private
 * servers (stage.h), or on a Kafka that is there, in a directory that is kept with --dir and thrown away without. stdout is the
 * exporter's alone; what happens is told on stderr.
 */
#include <errno.h>
#include <limits.h>
#include <sysexits.h>

#include "common/atomic_file.h"
#include "common/buf.h"
#include "common/log.h"
#include "common/loop.h"
#include "demo/folder.h"
#include "demo/stage.h"
#include "proto/organisation.h"

#define ORGANISATION_MAX (16 << 20)

struct settings {
	const char *mapping, *org, *kallor, *dir, *kafka, *period, *clock;
	const char *rule, *by, *format, *forvaltning, *out;
	struct option_list with, property;
	bool why, english;
};

/* clang-format off */
#define AT(member) .offset = offsetof(struct settings, member)
static const struct option_row rows[] = {
	{.name = "mapping", .letter = 'm', .type = OPTION_TEXT, AT(mapping), .argument = "FILE", .reads = true,
	 .help = "What the records of the files mean"},
	{.name = "with", .type = OPTION_MAP, AT(with), .argument = "NAME=PATH", .reads = true,
	 .help = "Where a file is that the mapping joins; otherwise beside the first FILE"},
	{.name = "org", .type = OPTION_TEXT, AT(org), .argument = "FILE", .reads = true,
	 .help = "Dated organisation table, CSV; kept in DIR and used until another is given"},
	{.name = "kallor", .type = OPTION_TEXT, AT(kallor), .argument = "FILE", .reads = true,
	 .help = "Source registry, CSV, for the figures of this run"},
	{.name = "dir", .letter = 'd', .type = OPTION_TEXT, AT(dir), .argument = "DIR",
	 .help = "Keep everything here, and go on from what is here; otherwise a temporary directory"},
	{.name = "kafka", .type = OPTION_TEXT, AT(kafka), .argument = "HOST:PORT",
	 .help = "A Kafka instead of the embedded broker, on a topic made for this, which without --dir is removed at the end"},
	{.name = "kafka-property", .type = OPTION_MAP, AT(property), .argument = "NAME=VALUE",
	 .help = "Any property of librdkafka for that Kafka; may be repeated"},
	{.name = "period", .letter = 'p', .type = OPTION_TEXT, AT(period), .argument = "PERIOD", .fallback = "alla",
	 .help = "'manad 2020-03', 'halvar 2020-1', 'ar 2020' or alla"},
	{.name = "rule", .letter = 'r', .type = OPTION_TEXT, AT(rule), .argument = "RULE",
	 .help = "Counting rule; see kontaktpuls export --help, as for the next six"},
	{.name = "by", .letter = 'b', .type = OPTION_TEXT, AT(by), .argument = "DIMENSIONS",
	 .help = "What to divide by, with commas"},
	{.name = "format", .letter = 'F', .type = OPTION_TEXT, AT(format), .argument = "FORMAT",
	 .help = "text, csv, excel-csv or json"},
	{.name = "forvaltning", .type = OPTION_TEXT, AT(forvaltning), .argument = "NAME",
	 .help = "Only the units of this one"},
	{.name = "out", .letter = 'o', .type = OPTION_TEXT, AT(out), .argument = "FILE",
	 .help = "File to write the figures to; otherwise stdout"},
	{.name = "why", .type = OPTION_SWITCH, AT(why),
	 .help = "Also show how many contacts fall at each step to the rule"},
	{.name = "english", .type = OPTION_SWITCH, AT(english), .help = "Labels and notes in English"},
	{.name = "clock", .type = OPTION_TEXT, AT(clock), .argument = "RFC3339",
	 .help = "Take this instant for now, for tests and samples"},
};
#undef AT
/* clang-format on */

static const struct options options = {
	.program = "kontaktpuls-try",
	.arguments = "[FILE...]",
	.summary =
		"Raw files in, figures out, on private servers. With --dir it goes on from what is "
		"there: "
		"without FILE it only exports, with FILE it adds, and the same file counts once.",
	.row = rows,
	.count = ARRAY_SIZE(rows),
	.arguments_max = SIZE_MAX,
};

static int check(const struct settings *o, const struct option_list *files, struct fault *f)
{
	if (files->count > 0 && !o->mapping)
		return fault_set(f, FAULT_USAGE, "--mapping is missing: what do the files mean?");
	if (files->count == 0 && !o->dir)
		return fault_set(f, FAULT_USAGE, "FILE is missing, and no --dir to export from");
	if (o->property.count > 0 && !o->kafka)
		return fault_set(f, FAULT_USAGE, "--kafka-property means nothing without --kafka");
	return 0;
}

static void add_option(struct stage_words *w, const char *flag, const char *value)
{
	if (!value)
		return;
	stage_word(w, flag);
	stage_word(w, value);
}

static int collect(struct stage *s, const struct settings *o, const char *org,
		   const struct option_list *files, int *ret_status, struct fault *f)
{
	struct stage_words w = {0};

	add_option(&w, "--mapping", o->mapping);
	add_option(&w, "--clock", o->clock);
	add_option(&w, "--org", org);
	for (size_t i = 0; i + 1 < o->with.count; i += 2) {
		struct buf pair = {0};
		buf_addf(&pair, "%s=%s", o->with.item[i], o->with.item[i + 1]);
		add_option(&w, "--with", buf_text(&pair));
		buf_release(&pair);
	}
	stage_word(&w, "--");
	for (size_t i = 0; i < files->count; i++)
		stage_word(&w, files->item[i]);
	int failed = stage_collect(s, &w, false, (struct stage_watch){0}, ret_status, f);
	stage_words_release(&w);
	return failed;
}

/* DIR/kallor/organisation.csv after what is given was copied there; NULL when there is none. */
static int organisation(const struct stage *s, const char *given, char **ret, struct fault *f)
{
	struct buf path = {0}, table = {0};
	struct dated *read = NULL;
	char from[PATH_MAX], to[PATH_MAX];
	int failed = 0;

	buf_addf(&path, "%s/kallor", stage_dir(s));
	if (given)
		failed = folder_make(buf_text(&path), f);
	buf_adds(&path, "/organisation.csv");
	bool there = realpath(buf_text(&path), to) != NULL;
	bool same = there && given && realpath(given, from) && strcmp(from, to) == 0;
	/* One that cannot be read does not take the place of one that could. */
	if (failed == 0 && given && !same)
		failed = dated_load(given, &organisation_shape, &read, f);
	dated_free(read);
	if (failed == 0 && given && !same) {
		failed = buf_read_file(&table, given, ORGANISATION_MAX, f);
		if (failed == 0)
			failed = atomic_file_write(buf_text(&path), 0644, table.data, table.len, f);
		buf_release(&table);
	}
	*ret = failed == 0 && (given || there) ? buf_detach(&path) : NULL;
	buf_release(&path);
	return failed;
}

static int export(struct stage *s, const struct settings *o, const char *org, int *ret_status,
		  struct fault *f)
{
	const char *space = strchr(o->period, ' ');
	struct stage_words w = {0};

	add_option(&w, "--rule", o->rule);
	add_option(&w, "--by", o->by);
	add_option(&w, "--format", o->format);
	add_option(&w, "--forvaltning", o->forvaltning);
	add_option(&w, "--out", o->out);
	add_option(&w, "--org", org);
	add_option(&w, "--kallor", o->kallor);
	if (o->why)
		stage_word(&w, "--why");
	if (o->english)
		stage_word(&w, "--english");
	stage_word(&w, "--");
	char *kind = base_strndup(o->period,
				  space ? (size_t)(space - o->period) : strlen(o->period));
	stage_word(&w, kind);
	if (space)
		stage_word(&w, space + 1);
	free(kind);
	int failed = stage_export(s, &w, ret_status, f);
	stage_words_release(&w);
	return failed;
}

/* The steps, as long as each ends well; a quarantined file is said at the end. */
static int play(struct stage *s, const struct settings *o, const struct option_list *files,
		int *ret_status, struct fault *f)
{
	char *org = NULL;
	int collected = 0;
	int failed = organisation(s, o->org, &org, f);

	if (failed == 0)
		failed = stage_up(s, f);
	if (failed == 0 && files->count > 0) {
		log_info("servers are up in %s, topic %s; collecting", stage_dir(s),
			 stage_topic(s));
		failed = collect(s, o, org, files, &collected, f);
	}
	*ret_status = collected == EX_DATAERR ? 0 : collected;
	if (failed == 0 && *ret_status == 0 && (files->count > 0 || stage_is_behind(s))) {
		log_info("counting");
		failed = stage_aggregate(s, (struct stage_watch){0}, ret_status, f);
	}
	if (failed == 0 && *ret_status == 0)
		failed = export(s, o, org, ret_status, f);
	if (*ret_status == 0)
		*ret_status = collected;
	free(org);
	return failed;
}

static int run(const struct settings *o, const struct option_list *files, int *ret_status,
	       struct fault *f)
{
	struct stage *s = NULL;
	struct fault late;
	char *temporary = NULL;
	int failed = check(o, files, f);

	if (failed == 0 && !o->dir)
		failed = folder_temporary(&temporary, f);
	if (failed == 0)
		failed = stage_open(o->dir ? o->dir : temporary, NULL, &s, f);
	if (failed == 0 && o->kafka)
		failed = stage_use_kafka(s, o->kafka, &o->property, o->dir != NULL, f);
	if (failed == 0)
		failed = play(s, o, files, ret_status, f);
	const int stop = s ? stage_free(s, &late) : 0;
	if (stop < 0 && o->kafka)
		log_warning("%s", late.text);
	else if (stop < 0 && failed == 0 && !temporary)
		failed = fault_set(f, stop, "%s", late.text);
	if (temporary)
		folder_remove(temporary);
	free(temporary);
	return failed;
}

int main(int argc, char **argv)
{
	struct settings o = {0};
	struct option_list files = {0};
	struct fault f = {0};
	int status = 0;

	loop_init();
	int failed = options_read(&options, argc, argv, &o, &files, &f);
	const bool checked = failed > 0;
	if (failed == 0)
		failed = run(&o, &files, &status, &f);
	else if (failed > 0)
		failed = check(&o, &files, &f);
	if (failed == 0 && checked)
		log_info("OK: the options");
	if (failed < 0)
		log_error("%s", f.text);
	options_release(&options, &o, &files);
	return failed < 0 ? fault_exit(failed) : status;
}
