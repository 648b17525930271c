/*
 * options: reads the sources of options in the order in which a later one wins: defaults, file,
 * environment, flags. Owns the texts in the program's struct until options_release(). Never prints
 * the value of an option: it may be a password.
 */
#include "common/options.h"

#include <argp.h>
#include <errno.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/log.h"
#include "common/options_text.h"
#include "common/options_value.h"
#include "common/secret.h"
#include "common/yaml.h"

#define KEY_BASE 256 /* argp keys of rows without a letter */

/* The options that every program has; they stand on the command line only. */
struct common {
	const char *config;
	bool check, sample, reference, version, quiet, verbose;
};

/* field, letter, type, argument, help */
#define COMMON_OPTIONS(X)                                                                      \
	X(config, 'f', OPTION_TEXT, "FILE", "Read options from this YAML file")                \
	X(check, 'n', OPTION_SWITCH, NULL,                                                     \
	  "Check the configuration without asking a server, say OK and exit")                  \
	X(sample, 0, OPTION_SWITCH, NULL, "Print a sample of the YAML file and exit")          \
	X(reference, 0, OPTION_SWITCH, NULL, "Print the options as a Markdown table and exit") \
	X(version, 'V', OPTION_SWITCH, NULL, "Print the version and exit")                     \
	X(quiet, 'q', OPTION_SWITCH, NULL, "Log warnings and errors only")                     \
	X(verbose, 'v', OPTION_SWITCH, NULL, "Log details as well")

static const struct option_row common_row[] = {
#define X(id, key, kind, arg, text) \
	{.name = #id,               \
	 .letter = key,             \
	 .type = kind,              \
	 .argument = arg,           \
	 .help = text,              \
	 .offset = offsetof(struct common, id)},
	COMMON_OPTIONS(X)
#undef X
};

/* A value of the program's own rows on the command line; it waits until the file is read. */
struct given {
	const struct option_row *row;
	const char *text; /* borrowed from argv */
};

struct reading {
	const struct options *o;
	void *target;
	struct option_list *rest;
	struct common common;
	struct given *given;
	size_t count, cap;
	bool *seen; /* by row: some source gave a value */
	struct fault *f;
};

static void apply_defaults(struct reading *r)
{
	for (size_t i = 0; i < r->o->count; i++) {
		const struct option_row *row = &r->o->row[i];
		if (row->fallback && !options_set_joined(row, r->target, row->fallback))
			BUG(row->name);
	}
}

static int node_refused(const struct yaml *y, const struct yaml_node *at,
			const struct option_row *row, struct fault *f)
{
	char *expected = options_expected(row);
	int rc = yaml_fault(y, at, f, "%s: %s", row->name, expected);

	free(expected);
	return rc;
}

static int apply_list(const struct yaml *y, const struct yaml_node *node, struct option_list *list,
		      struct fault *f)
{
	options_list_release(list);
	if (node->kind == YAML_SCALAR) {
		options_list_add(list, node->text);
		return 0;
	}
	int rc = yaml_expect(y, node, YAML_LIST, f);
	for (size_t i = 0; rc == 0 && i < node->count; i++) {
		rc = yaml_expect(y, node->value[i], YAML_SCALAR, f);
		if (rc == 0)
			options_list_add(list, node->value[i]->text);
	}
	return rc;
}

/* The file is the one that was read, or one that its owner has just put in its place. */
static int check_secrecy(const struct yaml *y, const struct yaml_node *name, struct fault *f)
{
	struct stat st;

	if (!options_is_secret(name->text) ||
	    (stat(yaml_path(y), &st) == 0 && secret_closed(&st, geteuid())))
		return 0;
	return yaml_fault(y, name, f, "%s: others than its owner can read this file (chmod 600 %s)",
			  name->text, yaml_path(y));
}

/* A reference to a file that is not there is told here, where its place is still known. */
static int check_there(const struct yaml *y, const struct yaml_node *node,
		       const struct option_row *row, struct fault *f)
{
	if (!row->reads || access(node->text, R_OK) == 0)
		return 0;
	return yaml_fault(y, node, f, "%s: %s: %s", row->name, node->text, strerrordesc_np(errno));
}

static int apply_map(const struct yaml *y, const struct yaml_node *node,
		     const struct option_row *row, struct option_list *map, struct fault *f)
{
	int rc = yaml_expect(y, node, YAML_MAP, f);

	for (size_t i = 0; rc == 0 && i < node->count; i++) {
		rc = yaml_expect(y, node->value[i], YAML_SCALAR, f);
		if (rc == 0)
			rc = check_secrecy(y, node->key[i], f);
		if (rc == 0)
			rc = check_there(y, node->value[i], row, f);
		if (rc == 0)
			options_map_set(map, node->key[i]->text, node->value[i]->text);
	}
	return rc;
}

static int apply_node(struct reading *r, const struct yaml *y, const struct yaml_node *node,
		      const struct option_row *row)
{
	bool plain = node->kind == YAML_SCALAR && !node->quoted;

	if (plain && (node->text[0] == '\0' || strcmp(node->text, "~") == 0))
		return 0;
	r->seen[row - r->o->row] = true;
	if (row->type == OPTION_LIST)
		return apply_list(y, node, options_field(row, r->target), r->f);
	if (row->type == OPTION_MAP)
		return apply_map(y, node, row, options_field(row, r->target), r->f);
	int rc = yaml_expect(y, node, YAML_SCALAR, r->f);
	if (rc == 0 && !options_set(row, r->target, node->text))
		rc = node_refused(y, node, row, r->f);
	return rc == 0 ? check_there(y, node, row, r->f) : rc;
}

static int apply_file(struct reading *r)
{
	struct yaml *y = NULL;

	if (!r->common.config)
		return 0;
	int rc = yaml_load(r->common.config, &y, r->f);
	if (rc < 0)
		return rc;
	const char **name = base_zalloc(r->o->count + 1, sizeof(char *));
	for (size_t i = 0; i < r->o->count; i++)
		name[i] = r->o->row[i].name;
	const struct yaml_node *root = yaml_root(y);
	rc = yaml_map_check(y, root, name, r->f);
	for (size_t i = 0; rc == 0 && i < r->o->count; i++) {
		const struct yaml_node *node = yaml_get(root, name[i]);
		if (node)
			rc = apply_node(r, y, node, &r->o->row[i]);
	}
	free(name);
	yaml_unload(y);
	return rc;
}

static int refused(const struct option_row *row, int kind, const char *dashes, const char *source,
		   struct fault *f)
{
	char *expected = options_expected(row);
	int rc = fault_set(f, kind, "%s%s: %s", dashes, source, expected);

	free(expected);
	return rc;
}

/* An empty variable counts as none: a container cannot leave one out. */
static int apply_environment(struct reading *r)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < r->o->count; i++) {
		const struct option_row *row = &r->o->row[i];
		char *variable = options_variable(row);
		const char *text = variable ? getenv(variable) : NULL;
		if (text && *text) {
			r->seen[i] = true;
			if (!options_set_joined(row, r->target, text))
				rc = refused(row, FAULT_CONFIG, "", variable, r->f);
		}
		free(variable);
	}
	return rc;
}

static int apply_flags(struct reading *r)
{
	bool *cleared = base_zalloc(r->o->count, sizeof(bool));
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < r->count; i++) {
		const struct option_row *row = r->given[i].row;
		size_t index = (size_t)(row - r->o->row);
		if (row->type == OPTION_LIST && !cleared[index])
			options_list_release(options_field(row, r->target));
		cleared[index] = true;
		r->seen[index] = true;
		if (!options_set(row, r->target, r->given[i].text))
			rc = refused(row, FAULT_USAGE, "--", row->name, r->f);
		else if (row->type == OPTION_MAP && options_is_secret(r->given[i].text))
			rc = fault_set(r->f, FAULT_USAGE,
				       "--%s %.*s: everybody can read a command line: put it "
				       "under `%s:` in a file of mode 0600, and name that with "
				       "--config",
				       row->name, (int)strcspn(r->given[i].text, "="),
				       r->given[i].text, row->name);
	}
	free(cleared);
	return rc;
}

static int check_required(const struct reading *r)
{
	for (size_t i = 0; i < r->o->count; i++) {
		if (r->o->row[i].required && !r->seen[i])
			return fault_set(r->f, FAULT_USAGE, "--%s is required: %s",
					 r->o->row[i].name, r->o->row[i].help);
	}
	return 0;
}

static const struct option_row *row_at(const struct options *o, size_t i)
{
	return i < o->count ? &o->row[i] : &common_row[i - o->count];
}

static int key_of(const struct option_row *row, size_t i)
{
	return row->letter ? row->letter : KEY_BASE + (int)i;
}

static void take_flag(struct reading *r, const struct option_row *row, bool is_common,
		      const char *text)
{
	if (is_common) {
		if (!options_set(row, &r->common, text))
			BUG("a common option that refuses its value");
		return;
	}
	r->given = base_grow(r->given, &r->cap, r->count + 1, sizeof(*r->given));
	r->given[r->count++] = (struct given){.row = row, .text = text};
}

/* Called by argp for each flag, each argument and at the end. */
static error_t parse_one(int key, char *text, struct argp_state *state)
{
	struct reading *r = state->input;
	const struct options *o = r->o;

	if (key == ARGP_KEY_ARG) {
		options_list_add(r->rest, text);
		return 0;
	}
	for (size_t i = 0; i < o->count + ARRAY_SIZE(common_row); i++) {
		const struct option_row *row = row_at(o, i);
		if (key_of(row, i) != key)
			continue;
		take_flag(r, row, i >= o->count, text ? text : "true");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* Wrong flags end the program here, with argp's message and exit status 64. */
static void parse_flags(struct reading *r, int argc, char **argv)
{
	const struct options *o = r->o;
	size_t count = o->count + ARRAY_SIZE(common_row);
	struct argp_option *option = base_zalloc(count + 1, sizeof(*option));
	char **help = base_zalloc(count, sizeof(char *));

	for (size_t i = 0; i < count; i++) {
		const struct option_row *row = row_at(o, i);
		help[i] = options_help(row);
		option[i] = (struct argp_option){
			.name = row->name,
			.key = key_of(row, i),
			.arg = row->type == OPTION_SWITCH ? NULL : row->argument,
			.doc = help[i],
			.group = i < o->count ? 1 : 2,
		};
		assert(row->type == OPTION_SWITCH || row->argument);
	}
	const struct argp argp = {.options = option,
				  .parser = parse_one,
				  .args_doc = o->arguments,
				  .doc = o->summary};
	argp_err_exit_status = EX_USAGE;
	error_t rc = argp_parse(&argp, argc, argv, 0, NULL, r);
	assert(rc == 0);
	for (size_t i = 0; i < count; i++)
		free(help[i]);
	free(help);
	free(option);
}

static int check_arguments(const struct reading *r)
{
	const struct options *o = r->o;
	size_t count = r->rest->count;

	if (count < o->arguments_min)
		return fault_set(r->f, FAULT_USAGE, "%s is missing; see --help",
				 o->arguments ? o->arguments : "an argument");
	if (count > o->arguments_max)
		return fault_set(r->f, FAULT_USAGE, "unexpected argument '%s'; see --help",
				 r->rest->item[o->arguments_max]);
	return 0;
}

/* What was asked for instead of work: prints it and ends the program. */
static void answer(const struct reading *r)
{
	const struct common *c = &r->common;

	if (!c->version && !c->sample && !c->reference)
		return;
	if (c->version)
		printf("%s %s\n", r->o->program, KP_VERSION);
	else if (c->sample)
		options_sample(r->o, stdout);
	else
		options_reference(r->o, common_row, ARRAY_SIZE(common_row), stdout);
	exit(fflush(stdout) == 0 ? 0 : EX_IOERR);
}

static int read_sources(struct reading *r)
{
	int rc = check_arguments(r);

	if (rc == 0)
		rc = apply_file(r);
	if (rc == 0)
		rc = apply_environment(r);
	if (rc == 0)
		rc = apply_flags(r);
	if (rc == 0)
		rc = check_required(r);
	return rc;
}

int options_read(const struct options *o, int argc, char **argv, void *target,
		 struct option_list *rest, struct fault *f)
{
	struct reading r = {.o = o, .target = target, .rest = rest, .f = f};

	log_open(o->program, LOG_LEVEL_INFO);
	*rest = (struct option_list){0};
	r.seen = base_zalloc(o->count, sizeof(bool));
	apply_defaults(&r);
	parse_flags(&r, argc, argv);
	answer(&r);
	if (r.common.verbose)
		log_open(o->program, LOG_LEVEL_DEBUG);
	else if (r.common.quiet)
		log_open(o->program, LOG_LEVEL_WARNING);
	int rc = read_sources(&r);
	if (rc == 0 && r.common.check)
		rc = 1;
	if (rc < 0)
		options_release(o, target, rest);
	options_release_rows(common_row, ARRAY_SIZE(common_row), &r.common);
	free(r.given);
	free(r.seen);
	return rc;
}

void options_release(const struct options *o, void *target, struct option_list *rest)
{
	options_release_rows(o->row, o->count, target);
	options_list_release(rest);
}
