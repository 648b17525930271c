/*
 * kontaktpuls-mapping: the verbs of who writes a mapping. init makes a skeleton from a file; test
 * runs a mapping's own examples. Only this file prints.
 */
#include "collectors/engine/example.h"
#include "collectors/engine/skeleton.h"
#include "common/atomic_file.h"
#include "common/civil.h"
#include "common/log.h"
#include "common/options.h"

struct settings {
	const char *format;
	bool write;
};

static int init(const struct settings *set, const struct option_list *files, struct fault *f)
{
	struct buf out = {0};
	int rc = skeleton_write(files->item[0], set->format, &out, f);

	if (rc == 0 && (fputs(buf_text(&out), stdout) < 0 || fflush(stdout) != 0))
		rc = fault_errno(f, FAULT_IO, "writing");
	buf_release(&out);
	return rc;
}

/* Number of the first line that differs, 0 for none. */
static size_t first_difference(const char *got, const char *expected)
{
	size_t line = 1;

	for (; *got == *expected; got++, expected++) {
		if (*got == '\0')
			return 0;
		line += *got == '\n';
	}
	return line;
}

static int compare(const char *sample, const struct buf *got, const char *path, bool *ret_same,
		   struct fault *f)
{
	struct buf expected = {0};
	int rc = buf_read_file(&expected, path, 64 << 20, f);

	if (rc == 0) {
		size_t line = first_difference(buf_text(got), buf_text(&expected));
		*ret_same &= line == 0;
		if (line == 0)
			printf("ok   %s\n", sample);
		else
			printf("FAIL %s: %s:%zu: not what the mapping gives\n", sample, path, line);
	}
	buf_release(&expected);
	return rc;
}

static int test_one(const char *path, bool write, bool *ret_same, struct fault *f)
{
	struct mapping *m = NULL;
	const char *slash = strrchr(path, '/');
	int folder = slash ? (int)(slash - path) + 1 : 0;
	size_t texts = 0;
	int rc = mapping_load(path, &m, f);

	if (rc < 0)
		return rc;
	const char *const *example = mapping_examples(m, &texts);
	if (texts == 0)
		printf("none %s: it names no examples\n", path);
	for (size_t i = 0; i < texts && rc == 0; i += 2) {
		struct buf sample = {0}, expected = {0}, got = {0};
		buf_addf(&sample, "%.*s%s", folder, path, example[i]);
		buf_addf(&expected, "%.*s%s", folder, path, example[i + 1]);
		rc = example_lines(m, buf_text(&sample), &got, f);
		if (rc == 0 && write)
			rc = atomic_file_write(buf_text(&expected), 0644, buf_text(&got), got.len,
					       f);
		if (rc == 0)
			rc = compare(buf_text(&sample), &got, buf_text(&expected), ret_same, f);
		buf_release(&sample);
		buf_release(&expected);
		buf_release(&got);
	}
	mapping_free(m);
	return rc;
}

static int test(const struct settings *set, const struct option_list *files, struct fault *f)
{
	bool same = true;
	int rc = civil_init(f);

	for (size_t i = 0; i < files->count && rc == 0; i++)
		rc = test_one(files->item[i], set->write, &same, f);
	if (rc == 0 && !same)
		rc = fault_set(f, FAULT_INPUT, "a mapping does not give what is expected of it");
	return rc;
}

/* clang-format off */
static const struct option_row init_rows[] = {
	{.name = "format", .type = OPTION_TEXT, .offset = offsetof(struct settings, format),
	 .argument = "FORMAT", .help = "csv, json, ndjson or fhir-bundle; otherwise the file's name tells"},
};
static const struct option_row test_rows[] = {
	{.name = "write", .type = OPTION_SWITCH, .offset = offsetof(struct settings, write),
	 .help = "Write what the mapping gives as what is expected, to be looked at before it is kept"},
};
static const struct verb {
	const char *name;
	struct options options;
	int (*run)(const struct settings *set, const struct option_list *files, struct fault *f);
} verbs[] = {
	{"init", {.program = "kontaktpuls-mapping init", .arguments = "FILE",
		  .summary = "Writes the skeleton of a mapping for a file with these columns",
		  .row = init_rows, .count = ARRAY_SIZE(init_rows),
		  .arguments_min = 1, .arguments_max = 1}, init},
	{"test", {.program = "kontaktpuls-mapping test", .arguments = "MAPPING...",
		  .summary = "Runs the examples of mappings and compares what they give",
		  .row = test_rows, .count = ARRAY_SIZE(test_rows),
		  .arguments_min = 1, .arguments_max = SIZE_MAX}, test},
};
/* clang-format on */

static void list_verbs(FILE *out)
{
	fprintf(out, "Usage: kontaktpuls mapping VERB [OPTION...] FILE\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(out, "  %-6s %s\n", verbs[i].name, verbs[i].options.summary);
	fprintf(out, "\n`kontaktpuls mapping VERB --help` tells the options of a verb.\n");
}

static int run_verb(const struct verb *verb, int argc, char **argv, struct fault *f)
{
	struct settings set = {0};
	struct option_list files = {0};
	int rc = options_read(&verb->options, argc, argv, &set, &files, f);

	if (rc == 0)
		rc = verb->run(&set, &files, f);
	else if (rc > 0)
		log_info("OK: the options");
	options_release(&verb->options, &set, &files);
	return rc < 0 ? rc : 0;
}

int main(int argc, char **argv)
{
	struct fault f = {0};
	char name[64];

	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		list_verbs(stdout);
		return fflush(stdout) == 0 ? 0 : fault_exit(FAULT_IO);
	}
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(argv[1], verbs[i].name) != 0)
			continue;
		(void)snprintf(name, sizeof(name), "%s", verbs[i].options.program);
		argv[1] = name;
		int rc = run_verb(&verbs[i], argc - 1, argv + 1, &f);
		if (rc < 0)
			log_error("%s", f.text);
		return fault_exit(rc);
	}
	list_verbs(stderr);
	return fault_exit(FAULT_USAGE);
}
