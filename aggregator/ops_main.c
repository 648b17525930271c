/*
 * kontaktpuls-ops: picks the verb and tells how it ended. Owns nothing else.
 */
#include "aggregator/ops.h"
#include "common/log.h"

static const struct {
	const char *name, *text;
	int (*run)(int argc, char **argv, struct fault *f);
} verb[] = {
#define X(name, text) {#name, text, ops_##name},
	OPS_VERBS(X)
#undef X
};

static void list_verbs(FILE *out)
{
	fprintf(out, "Usage: kontaktpuls ops VERB [OPTION...]\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(verb); i++)
		fprintf(out, "  %-8s %s\n", verb[i].name, verb[i].text);
	fprintf(out, "\n`kontaktpuls ops VERB --help` tells the options of a verb.\n");
}

int main(int argc, char **argv)
{
	struct fault f = {0};
	char name[64];
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		list_verbs(stdout);
		return fflush(stdout) == 0 ? 0 : fault_exit(FAULT_IO);
	}
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(verb); i++) {
		if (strcmp(argv[1], verb[i].name) != 0)
			continue;
		(void)snprintf(name, sizeof(name), "kontaktpuls-ops %s", verb[i].name);
		argv[1] = name;
		int r = verb[i].run(argc - 1, argv + 1, &f);
		if (r < 0)
			log_error("%s", f.text);
		return fault_exit(r);
	}
	list_verbs(stderr);
	return fault_exit(FAULT_USAGE);
}
