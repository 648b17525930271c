/*
 * dispatch: `kontaktpuls <verb> ..` becomes `kontaktpuls-<verb> ..`, in the manner of git. Owns the
 * list of verbs and their summaries. Never reads an argument of a verb.
 */
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/child.h"
#include "common/text.h"

#define VERB_MAX 32

static const struct verb {
	const char *name;
	const char *summary;
} verb[] = {
	{"try", "raw files in, figures out, on private throw-away servers"},
	{"demo", "the same on a made-up year 2020 of Halland"},
	{"mapping", "begin a mapping from a file's columns, run a mapping's examples"},
	{"collect", "read raw files through a mapping and send contacts to Kafka"},
	{"aggregate", "fold contacts from Kafka into counts in Redis"},
	{"export", "print the figures of a month, a half-year, a year or all of them"},
	{"ops", "prepare a namespace and look after it"},
	{"dlq", "list, open and send again what could not be counted"},
	{"broker", "an in-memory Kafka for trial and tests"},
	{"reference", "print the reference pages of the contracts"},
};

static char *program_of(const char *name)
{
	struct buf program = {0};

	buf_addf(&program, "kontaktpuls-%s", name);
	return buf_detach(&program);
}

static bool is_here(const char *name)
{
	char *program = program_of(name);
	char *path = child_beside(program);
	bool here = access(path, X_OK) == 0;

	free(path);
	free(program);
	return here;
}

static void list_verbs(FILE *out)
{
	fprintf(out, "Usage: kontaktpuls VERB [ARGUMENT...]\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(verb); i++) {
		if (is_here(verb[i].name))
			fprintf(out, "  %-10s %s\n", verb[i].name, verb[i].summary);
	}
	fprintf(out, "\n`kontaktpuls VERB --help` tells the rest.\n");
}

/* Beside this program, so that a build tree uses its own, else in PATH; returns when nowhere. */
static void become(char **argv)
{
	char *program = program_of(argv[0]);
	char *path = child_beside(program);

	argv[0] = program;
	(void)execv(path, argv);
	(void)execvp(program, argv);
	free(path);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (strcmp(name, "--version") == 0) {
		printf("kontaktpuls %s\n", KP_VERSION);
		return 0;
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		list_verbs(stdout);
		return 0;
	}
	if (text_is_name(span_of(name), VERB_MAX))
		become(argv + 1);
	if (argc > 1)
		fprintf(stderr, "kontaktpuls: there is no verb '%s'\n", name);
	list_verbs(stderr);
	return EX_USAGE;
}
