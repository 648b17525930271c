/*
 * options: one table of rows per program gives the flags (argp), the environment, the YAML file,
 * --help, the sample file (--sample) and the reference page (--reference). Precedence: flags,
 * environment (KONTAKTPULS_<NAME>), file (--config FILE), default.
 *
 * Every program also has: -f/--config FILE; -n/--check (ask no server, say OK, exit 0);
 * --sample; --reference (Markdown table); --version; -q/--quiet and -v/--verbose.
 *
 * YAML: the keys are the names; `~` and nothing are no value. A row of type OPTION_MAP takes a map
 * of free scalar keys (`kafka:` with librdkafka's own property names), --<name> NAME=VALUE on the
 * command line adds to it or overrides, and the environment is not read. A name of its that says
 * password, secret or key.pem is refused on the command line, and in a file that others can read. A list from a later source
 * replaces the earlier one; in the environment and in a default its items stand between commas.
 *
 * An unknown key, a bad value or a file that is not there is FAULT_CONFIG with line and column, or with the variable's name;
 * on the command line it is FAULT_USAGE. An unknown flag ends the program with exit status 64.
 */
#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

#include "common/base.h"
#include "common/fault.h"

enum option_type {
	OPTION_TEXT,   /* const char *                        */
	OPTION_COUNT,  /* uint64_t within min..max             */
	OPTION_SWITCH, /* bool; no argument on the command line */
	OPTION_LIST,   /* struct option_list; the flag may be repeated; a YAML list or one text */
	OPTION_MAP, /* struct option_list of NAME, VALUE alternating; flag --<name> NAME=VALUE repeated */
};

struct option_list {
	char **item;
	size_t count;
};

struct option_row {
	const char *name; /* "batch-max": flag --batch-max, key batch-max, KONTAKTPULS_BATCH_MAX */
	char letter;      /* short flag or 0 */
	enum option_type type;
	size_t offset;             /* offsetof() of the target in the program's own struct */
	const char *fallback;      /* default as text, or NULL: NULL / 0 / false / empty */
	const char *argument;      /* name of the argument in --help: "FILE"; of all but switches */
	uint64_t min, max;         /* OPTION_COUNT */
	const char *const *choice; /* OPTION_TEXT: NULL-terminated list of allowed texts, or NULL */
	const struct text_form *form; /* OPTION_TEXT: what it must be, or NULL */
	bool reads;                   /* texts and values of a map: a file that the program reads */
	bool required;                /* FAULT_USAGE when no source gave it */
	const char *help;             /* one sentence, English */
};

struct options {
	const char *program;   /* "kontaktpuls-collect" */
	const char *arguments; /* "FILE..." or NULL when it takes none */
	const char *summary;   /* one sentence for --help */
	const struct option_row *row;
	size_t count;
	size_t arguments_min, arguments_max; /* SIZE_MAX: any number */
};

/*
 * Fills `target` (a zeroed struct of the caller) and *rest with the arguments that are not
 * options. --help, --sample, --reference and --version print to stdout and exit 0 by
 * themselves. Returns 0; 1 after --check (everything is fine: say so and leave); a fault otherwise.
 * Opens the log (log_open) by -q and -v. Texts live until options_release().
 */
int options_read(const struct options *o, int argc, char **argv, void *target,
		 struct option_list *rest, struct fault *f) MUST_CHECK;
void options_release(const struct options *o, void *target, struct option_list *rest);
/*
 * Takes the variables of all programs (KONTAKTPULS_*) out of this process's environment: what it starts
 * from now on has the options that it is given, and no others.
 */
void options_forget_environment(void);

#endif
