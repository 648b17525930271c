/*
 * demo: kontaktpuls-demo, a made-up year of Halland from raw files to the sentence of the report, with
 * a story told on stderr. The same steps as try (stage.h); the directory is kept and named.
 */
#include <poll.h>
#include <stdarg.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/child.h"
#include "common/civil.h"
#include "common/digest.h"
#include "common/log.h"
#include "common/loop.h"
#include "demo/folder.h"
#include "demo/stage.h"
#include "demo/year_files.h"
#include "demo/year_mappings.h"
#include "demo/year_units.h"

#define FILE_MAX  (256 << 20)
#define BAR_WIDTH 40
#define MONTHS    12
#define WAIT_MS   200

struct settings {
	const char *dir, *scale;
	uint64_t seed;
	bool once, english;
};

struct demo {
	const struct settings *o;
	double scale;
	struct stage *stage;
	char *folder; /* D, absolute */
	char *organisation;
	uint64_t rows[YEAR_SOURCES];
	uint64_t expected; /* records of the step under way */
	bool bar;          /* stderr is a terminal */
};

/* clang-format off */
#define AT(member) .offset = offsetof(struct settings, member)
static const struct option_row rows[] = {
	{.name = "dir", .letter = 'd', .type = OPTION_TEXT, AT(dir), .argument = "DIR",
	 .help = "Where everything is put and kept; otherwise a new temporary directory, which is kept too"},
	{.name = "seed", .type = OPTION_COUNT, AT(seed), .argument = "N", .fallback = "2020", .max = UINT64_MAX,
	 .help = "What the made-up year follows from, and the id key with it"},
	{.name = "scale", .type = OPTION_TEXT, AT(scale), .argument = "X", .fallback = "1",
	 .help = "Size of the year, above 0 and at most 1"},
	{.name = "once", .type = OPTION_SWITCH, AT(once),
	 .help = "Stop the servers and exit; otherwise, on a terminal, they stay until Enter"},
	{.name = "english", .type = OPTION_SWITCH, AT(english), .help = "The story and the figures in English"},
};
#undef AT
/* clang-format on */

static const struct options options = {
	.program = "kontaktpuls-demo",
	.summary =
		"A made-up year 2020 of Halland, from raw files to the sentence of the report, on "
		"private servers. Takes some 20 seconds.",
	.row = rows,
	.count = ARRAY_SIZE(rows),
};

static void say(const char *format, ...) PRINTF(1, 2);
static void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
}

static void draw_bar(void *of, uint64_t done, uint64_t total)
{
	struct demo *d = of;
	uint64_t all = total ? total : d->expected;
	char bar[BAR_WIDTH + 1];

	if (!d->bar || all == 0)
		return;
	if (done > all)
		done = all;
	size_t filled = (size_t)(done * BAR_WIDTH / all);
	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', filled);
	bar[BAR_WIDTH] = '\0';
	(void)fprintf(stderr, "\r    [%s] %3d %%", bar, (int)(done * 100 / all));
	(void)fflush(stderr);
}

static void clear_bar(const struct demo *d)
{
	if (d->bar)
		(void)fputs("\r\033[K", stderr);
}

/* D/<prefix><name><suffix> */
static char *path_of(const struct demo *d, const char *prefix, const char *name, const char *suffix)
{
	struct buf path = {0};

	buf_addf(&path, "%s/%s%s%s", d->folder, prefix, name, suffix);
	return buf_detach(&path);
}

/* Writes a raw file. One that is there is another year's unless it is the same, byte for byte. */
static int put_file(const char *path, struct span text, bool keep, struct fault *f)
{
	struct buf there = {0};
	int failed = buf_read_file(&there, path, FILE_MAX, f);

	if (failed == FAULT_NOINPUT)
		failed = atomic_file_write(path, 0644, text.data, text.len, f);
	else if (failed == 0 && !keep && !span_equal(text, (struct span){there.data, there.len}))
		failed = fault_set(
			f, FAULT_CONFIG,
			"%s is of another year: take another --dir, or the same --seed and --scale",
			path);
	buf_release(&there);
	return failed;
}

static int put_source(struct demo *d, const struct year *y, enum year_source s, struct fault *f)
{
	char *file = path_of(d, "kallor/", year_files_name(s), ".csv");
	char *mapping = path_of(d, "kallor/", year_files_name(s), ".yaml");
	struct buf text = {0};

	for (size_t i = 0; i < y->rows; i++)
		d->rows[s] += y->row[i].source == s;
	year_files_write(y, s, &text);
	int failed = put_file(file, (struct span){text.data, text.len}, false, f);
	if (failed == 0)
		failed = put_file(mapping, year_mappings_text(s), true, f);
	buf_release(&text);
	free(file);
	free(mapping);
	return failed;
}

static int put_year(struct demo *d, struct fault *f)
{
	struct year y;
	struct buf table = {0};
	char *kallor = path_of(d, "", "kallor", "");
	int failed = folder_make(kallor, f);

	year_make(d->o->seed, d->scale, &y);
	for (enum year_source s = 0; s < YEAR_SOURCES && failed == 0; s++)
		failed = put_source(d, &y, s, f);
	year_units_table(&table);
	/* The table may be edited: that is how a reorganisation is made. */
	if (failed == 0)
		failed = put_file(d->organisation, (struct span){table.data, table.len}, true, f);
	buf_release(&table);
	year_release(&y);
	free(kallor);
	return failed;
}

static int collect(struct demo *d, enum year_source s, int *ret_status, struct fault *f)
{
	char *file = path_of(d, "kallor/", year_files_name(s), ".csv");
	char *mapping = path_of(d, "kallor/", year_files_name(s), ".yaml");
	const char *const word[] = {"--mapping", mapping, "--clock", YEAR_CLOCK, "--", file};
	struct stage_words w = {0};
	char count[32];

	text_grouped(d->rows[s], count);
	say(d->o->english ? "  %s: %s rows" : "  %s: %s rader", year_files_name(s), count);
	for (size_t i = 0; i < ARRAY_SIZE(word); i++)
		stage_word(&w, word[i]);
	d->expected = d->rows[s];
	int failed = stage_collect(d->stage, &w, true, (struct stage_watch){draw_bar, d},
				   ret_status, f);
	clear_bar(d);
	stage_words_release(&w);
	free(file);
	free(mapping);
	return failed;
}

static int export(struct demo *d, const char *period, const char *value, const char *out,
		  const char *by, int *ret_status, struct fault *f)
{
	const char *const word[] = {"--org",
				    d->organisation,
				    out ? "--out" : "--by",
				    out ? out : by,
				    "--format",
				    out ? "json" : "text",
				    period,
				    value};
	struct stage_words w = {0};

	for (size_t i = 0; i < ARRAY_SIZE(word); i++)
		stage_word(&w, word[i]);
	if (d->o->english)
		stage_word(&w, "--english");
	int failed = stage_export(d->stage, &w, ret_status, f);
	stage_words_release(&w);
	return failed;
}

/* The year and its months as files, with the default --by. */
static int export_files(struct demo *d, int *ret_status, struct fault *f)
{
	char *figurer = path_of(d, "", "figurer", "");
	int failed = folder_make(figurer, f);

	free(figurer);
	for (int month = 0; month <= MONTHS && failed == 0 && *ret_status == 0; month++) {
		char period[16];
		(void)snprintf(period, sizeof(period), month ? "2020-%02d" : "2020", month);
		char *out = path_of(d, month ? "figurer/manad-" : "figurer/ar-", period, ".json");
		failed = export(d, month ? "manad" : "ar", period, out, NULL, ret_status, f);
		free(out);
		draw_bar(d, (uint64_t)month, MONTHS);
	}
	clear_bar(d);
	return failed;
}

/* A word as a shell reads it. */
static void add_shell_word(struct buf *out, const char *word)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:";

	if (word[strspn(word, plain)] == '\0') {
		buf_adds(out, word);
		return;
	}
	buf_addc(out, '\'');
	for (; *word; word++)
		buf_adds(out, *word == '\'' ? "'\\''" : (const char[]){*word, '\0'});
	buf_addc(out, '\'');
}

/* The dispatcher of this build, as a shell reads it. */
static void add_program(struct buf *out)
{
	char *program = child_beside("kontaktpuls");

	add_shell_word(out, program);
	free(program);
}

static void show_commands(const struct demo *d)
{
	static const char *const rest[] = {
		"--period 'manad 2020-07'",
		"--period 'ar 2020' --by kanal,kon,alder",
		"--period 'ar 2020' --why",
	};
	struct buf command = {0};

	add_program(&command);
	buf_adds(&command, " try --dir ");
	add_shell_word(&command, d->folder);
	printf("%s\n", d->o->english ? "\nTry next:" : "\nPröva sedan:");
	for (size_t i = 0; i < ARRAY_SIZE(rest); i++)
		printf("  %s %s\n", buf_text(&command), rest[i]);
	(void)fflush(stdout);
	buf_release(&command);
}

/* Keeps the servers until Enter, Ctrl-C or the end of the input. */
static void wait_for_enter(const struct demo *d)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	struct buf command = {0};

	add_program(&command);
	buf_adds(&command, " export --redis ");
	add_shell_word(&command, stage_redis(d->stage));
	buf_adds(&command, " --org ");
	add_shell_word(&command, d->organisation);
	say(d->o->english ? "\nThe servers stay up until you press Enter; the commands above work "
			    "then. Until then:"
			  : "\nServrarna är uppe tills du trycker Enter; kommandona ovan går "
			    "sedan. Till dess:");
	say("  %s alla", buf_text(&command));
	buf_release(&command);
	while (!loop_stopping() && poll(&in, 1, WAIT_MS) == 0)
		;
}

static int tell_story(struct demo *d, int *ret_status, struct fault *f)
{
	bool en = d->o->english;

	say(en ? "A made-up Halland 2020, from raw files to figures. Everything is in %s"
	       : "Ett påhittat Halland 2020, från råfiler till siffror. Allt ligger i %s",
	    d->folder);
	say(en ? "1. Three systems deliver their rows, and there is a table of %u units (kallor/)"
	       : "1. Tre system lämnar sina rader, och det finns en tabell över %u enheter "
		 "(kallor/)",
	    year_units_count());
	int failed = put_year(d, f);
	if (failed)
		return failed;
	say(en ? "2. A Kafka in memory and a Redis of our own start"
	       : "2. En Kafka i minnet och en egen Redis startar");
	failed = stage_up(d->stage, f);
	if (failed)
		return failed;
	say(en ? "3. The collector makes an event of each contact; no personnummer goes further"
	       : "3. Insamlaren gör en händelse av varje kontakt; inget personnummer går vidare");
	for (enum year_source s = 0; s < YEAR_SOURCES && failed == 0 && *ret_status == 0; s++)
		failed = collect(d, s, ret_status, f);
	if (failed || *ret_status != 0)
		return failed;
	say(en ? "4. The aggregator counts: corrections move, copies count once, retracted ones "
		 "not at all"
	       : "4. Räknaren räknar: rättelser flyttar, dubbletter räknas en gång, makulerade "
		 "inte alls");
	failed = stage_aggregate(d->stage, (struct stage_watch){draw_bar, d}, ret_status, f);
	clear_bar(d);
	if (failed || *ret_status != 0)
		return failed;
	say(en ? "5. The year and its months become files (figurer/)"
	       : "5. Året och dess månader blir filer (figurer/)");
	failed = export_files(d, ret_status, f);
	if (failed || *ret_status != 0)
		return failed;
	say(en ? "6. The year by förvaltning and channel, and whether everything adds up\n"
	       : "6. Året efter förvaltning och kanal, och om allt går jämnt ut\n");
	return export(d, "ar", "2020", NULL, "forvaltning,kanal", ret_status, f);
}

static int parse_scale(const char *text, double *ret, struct fault *f)
{
	char *end;
	double scale = strtod(text, &end);

	if (end == text || *end || !(scale > 0 && scale <= 1))
		return fault_set(f, FAULT_USAGE,
				 "--scale: a number above 0 and at most 1, like 0.01");
	*ret = scale;
	return 0;
}

static int open_demo(struct demo *d, struct fault *f)
{
	char *temporary = NULL, seed[64];
	uint8_t key[DIGEST_BYTES];
	int length = snprintf(seed, sizeof(seed), "kontaktpuls.demo/1 %llu",
			      (unsigned long long)d->o->seed);
	int failed = d->o->dir ? 0 : folder_temporary(&temporary, f);

	digest_sha256(seed, (size_t)length, key);
	if (failed == 0)
		failed = stage_open(d->o->dir ? d->o->dir : temporary, key, &d->stage, f);
	free(temporary);
	if (failed)
		return failed;
	d->folder = base_strdup(stage_dir(d->stage));
	d->organisation = path_of(d, "kallor/", "organisation", ".csv");
	return 0;
}

static int run(const struct settings *o, int *ret_status, struct fault *f)
{
	struct demo d = {.o = o, .bar = isatty(STDERR_FILENO)};
	struct fault late;
	int failed = parse_scale(o->scale, &d.scale, f);

	if (failed == 0)
		failed = civil_init(f);
	if (failed == 0)
		failed = open_demo(&d, f);
	if (failed)
		return failed;
	failed = tell_story(&d, ret_status, f);
	if (failed == 0 && *ret_status == 0) {
		show_commands(&d);
		if (!o->once && isatty(STDIN_FILENO))
			wait_for_enter(&d);
	}
	if (stage_free(d.stage, &late) < 0 && failed == 0) {
		*f = late;
		failed = late.kind;
	}
	free(d.folder);
	free(d.organisation);
	return failed;
}

int main(int argc, char **argv)
{
	struct settings o = {0};
	struct option_list rest = {0};
	struct fault f = {0};
	int status = 0;

	loop_init();
	int failed = options_read(&options, argc, argv, &o, &rest, &f);
	if (failed == 0)
		failed = run(&o, &status, &f);
	else if (failed > 0)
		log_info("OK: the options");
	if (failed < 0)
		log_error("%s", f.text);
	options_release(&options, &o, &rest);
	return failed < 0 ? fault_exit(failed) : status;
}
