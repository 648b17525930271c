/* Options: the sources and who wins, every kind of mistake, the texts made from the rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/options.h"

struct target {
	const char *topic, *format;
	uint64_t batch_max;
	bool once;
	struct option_list with, kafka;
};

static const char *const formats[] = {"text", "csv", NULL};

static const struct option_row rows[] = {
	{.name = "topic",
	 .letter = 't',
	 .type = OPTION_TEXT,
	 .argument = "NAME",
	 .required = true,
	 .offset = offsetof(struct target, topic),
	 .help = "Topic of the events"},
	{.name = "format",
	 .type = OPTION_TEXT,
	 .argument = "FORMAT",
	 .fallback = "text",
	 .choice = formats,
	 .offset = offsetof(struct target, format),
	 .help = "Form a|b"},
	{.name = "batch-max",
	 .type = OPTION_COUNT,
	 .argument = "N",
	 .fallback = "1000",
	 .min = 1,
	 .max = 100000,
	 .offset = offsetof(struct target, batch_max),
	 .help = "Events of a commit"},
	{.name = "once",
	 .type = OPTION_SWITCH,
	 .offset = offsetof(struct target, once),
	 .help = "Stop at the end"},
	{.name = "with",
	 .type = OPTION_LIST,
	 .argument = "FILE",
	 .fallback = "x,y",
	 .offset = offsetof(struct target, with),
	 .help = "More files"},
	{.name = "kafka",
	 .letter = 'X',
	 .type = OPTION_MAP,
	 .argument = "bootstrap.servers=HOST:PORT",
	 .offset = offsetof(struct target, kafka),
	 .help = "A property of librdkafka"},
};

static const struct options program = {
	.program = "kontaktpuls-test",
	.arguments = "[FILE...]",
	.summary = "Test of options.",
	.row = rows,
	.count = ARRAY_SIZE(rows),
	.arguments_max = 2,
};

static struct target target;
static struct option_list rest;
static struct fault fault;
static char config[] = "/tmp/test_options.XXXXXX";

/* Reads the words of `line` as a command line; %s in it is the configuration file. */
static int read_line(const char *line)
{
	char text[512], *argv[32], *saved = NULL;
	int argc = 0;

	(void)snprintf(text, sizeof(text), "%s", line);
	for (char *word = strtok_r(text, " ", &saved); word; word = strtok_r(NULL, " ", &saved))
		argv[argc++] = strcmp(word, "%s") == 0 ? config : word;
	argv[argc] = NULL;
	target = (struct target){0};
	fault = (struct fault){0};
	return options_read(&program, argc, argv, &target, &rest, &fault);
}

static void write_config(const char *text)
{
	FILE *file = fopen(config, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void assert_list(const struct option_list *list, const char *joined)
{
	struct buf text = {0};

	for (size_t i = 0; i < list->count; i++)
		buf_addf(&text, "%s%s", i > 0 ? " " : "", list->item[i]);
	assert_string_equal(buf_text(&text), joined);
	buf_release(&text);
}

static int make_config(void **state)
{
	int fd = mkstemp(config);

	(void)state;
	return fd >= 0 ? close(fd) : -1;
}

static int remove_config(void **state)
{
	(void)state;
	return unlink(config);
}

/* After each test: nothing stays behind for the next one. */
static int clean(void **state)
{
	static const char *const variable[] = {"KONTAKTPULS_TOPIC",     "KONTAKTPULS_FORMAT",
					       "KONTAKTPULS_BATCH_MAX", "KONTAKTPULS_ONCE",
					       "KONTAKTPULS_WITH",      "KONTAKTPULS_KAFKA"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(variable); i++)
		(void)unsetenv(variable[i]);
	options_release(&program, &target, &rest);
	return 0;
}

static void defaults_hold(void **state)
{
	(void)state;
	assert_int_equal(read_line("p -t kontakt"), 0);
	assert_string_equal(target.topic, "kontakt");
	assert_string_equal(target.format, "text");
	assert_int_equal(target.batch_max, 1000);
	assert_false(target.once);
	assert_list(&target.with, "x y");
	assert_list(&target.kafka, "");
	assert_list(&rest, "");
}

static void flags_are_read(void **state)
{
	(void)state;
	assert_int_equal(
		read_line("p one --topic=t --format csv --batch-max 7 --once --with a --with b,c"
			  " -X a=1 -X b=x=y --kafka a=2 -- --two"),
		0);
	assert_string_equal(target.topic, "t");
	assert_string_equal(target.format, "csv");
	assert_int_equal(target.batch_max, 7);
	assert_true(target.once);
	assert_list(&target.with, "a b,c");
	assert_list(&target.kafka, "a 2 b x=y");
	assert_list(&rest, "one --two");
}

static void file_is_read(void **state)
{
	(void)state;
	write_config("topic: from-file\nbatch-max: 5\nonce: true\nwith: [a, 'b c']\nformat: ~\n"
		     "kafka:\n  bootstrap.servers: h:1\n  linger.ms: 7\n");
	assert_int_equal(read_line("p --config %s"), 0);
	assert_string_equal(target.topic, "from-file");
	assert_string_equal(target.format, "text");
	assert_int_equal(target.batch_max, 5);
	assert_true(target.once);
	assert_list(&target.with, "a b c");
	assert_list(&target.kafka, "bootstrap.servers h:1 linger.ms 7");
}

static void environment_wins_over_the_file_and_flags_over_both(void **state)
{
	(void)state;
	write_config("topic: file\nbatch-max: 5\nwith: file\nkafka: {a: file, b: file}\n");
	assert_int_equal(setenv("KONTAKTPULS_TOPIC", "env", 1), 0);
	assert_int_equal(setenv("KONTAKTPULS_BATCH_MAX", "6", 1), 0);
	assert_int_equal(setenv("KONTAKTPULS_WITH", "e,f", 1), 0);
	assert_int_equal(setenv("KONTAKTPULS_ONCE", "true", 1), 0);
	assert_int_equal(setenv("KONTAKTPULS_FORMAT", "", 1), 0);
	assert_int_equal(setenv("KONTAKTPULS_KAFKA", "a=env", 1), 0);
	assert_int_equal(read_line("p -f %s"), 0);
	assert_string_equal(target.topic, "env");
	assert_string_equal(target.format, "text");
	assert_int_equal(target.batch_max, 6);
	assert_true(target.once);
	assert_list(&target.with, "e f");
	assert_list(&target.kafka, "a file b file");
	options_release(&program, &target, &rest);

	assert_int_equal(read_line("p -f %s -t flag --batch-max=7 --with g -X a=flag"), 0);
	assert_string_equal(target.topic, "flag");
	assert_int_equal(target.batch_max, 7);
	assert_list(&target.with, "g");
	assert_list(&target.kafka, "a flag b file");
}

static void mistakes_in_the_file_have_a_place(void **state)
{
	static const struct {
		const char *text, *fault;
	} row[] = {
		{"topic: a\ntimout: 1\n",
		 ":2:1: unknown key 'timout'; known: topic, format, batch-max, "
		 "once, with, kafka"},
		{"batch-max: 0\n", ":1:12: batch-max: expected a whole number, 1..100000"},
		{"batch-max: 1e3\n", ":1:12: batch-max: expected a whole number, 1..100000"},
		{"format: pdf\n", ":1:9: format: expected one of text, csv"},
		{"once: ja\n", ":1:7: once: expected true or false"},
		{"topic: [a]\n", ":1:8: expected text, found a list"},
		{"with: {a: b}\n", ":1:7: expected a list, found a map"},
		{"with: [[a]]\n", ":1:8: expected text, found a list"},
		{"kafka: a=b\n", ":1:8: expected a map, found text"},
		{"kafka: {a: [b]}\n", ":1:12: expected text, found a list"},
		{"- topic\n", ":1:1: expected a map, found a list"},
		{"config: x\n",
		 ":1:1: unknown key 'config'; known: topic, format, batch-max, once, with, "
		 "kafka"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		write_config(row[i].text);
		assert_int_equal(read_line("p -t t -f %s"), FAULT_CONFIG);
		assert_memory_equal(fault.text, config, strlen(config));
		assert_string_equal(fault.text + strlen(config), row[i].fault);
		assert_null(target.topic);
	}
	assert_int_equal(read_line("p -t t -f /nonexistent"), FAULT_NOINPUT);
}

static void mistakes_elsewhere_are_named(void **state)
{
	static const struct {
		const char *line, *variable;
		int kind;
		const char *fault;
	} row[] = {
		{"p", NULL, FAULT_USAGE, "--topic is required: Topic of the events"},
		{"p -t t --batch-max 100001", NULL, FAULT_USAGE,
		 "--batch-max: expected a whole number, 1..100000"},
		{"p -t t --batch-max=-1", NULL, FAULT_USAGE,
		 "--batch-max: expected a whole number, 1..100000"},
		{"p -t t --format x", NULL, FAULT_USAGE, "--format: expected one of text, csv"},
		{"p -t t --kafka secret", NULL, FAULT_USAGE, "--kafka: expected NAME=VALUE"},
		{"p -t t --kafka =secret", NULL, FAULT_USAGE, "--kafka: expected NAME=VALUE"},
		{"p -t t a b c", NULL, FAULT_USAGE, "unexpected argument 'c'; see --help"},
		{"p -t t", "KONTAKTPULS_BATCH_MAX", FAULT_CONFIG,
		 "KONTAKTPULS_BATCH_MAX: expected a whole number, 1..100000"},
		{"p -t t", "KONTAKTPULS_ONCE", FAULT_CONFIG,
		 "KONTAKTPULS_ONCE: expected true or false"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		if (row[i].variable)
			assert_int_equal(setenv(row[i].variable, "bad", 1), 0);
		assert_int_equal(read_line(row[i].line), row[i].kind);
		assert_string_equal(fault.text, row[i].fault);
		if (row[i].variable)
			assert_int_equal(unsetenv(row[i].variable), 0);
	}
}

static void secrets_stand_in_files_of_one_reader(void **state)
{
	static const char *const secret[] = {"sasl.password", "ssl.key.pem", "a.secret.b"};
	char line[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(secret); i++) {
		(void)snprintf(line, sizeof(line), "p -t t --kafka %s=hemligt", secret[i]);
		assert_int_equal(read_line(line), FAULT_USAGE);
		assert_non_null(strstr(fault.text, secret[i]));
		assert_null(strstr(fault.text, "hemligt"));
		(void)snprintf(line, sizeof(line), "kafka: {%s: hemligt}\n", secret[i]);
		write_config(line);
		for (mode_t other = 1; other < 0100; other <<= 1) {
			assert_int_equal(chmod(config, 0600 | other), 0);
			assert_int_equal(read_line("p -t t -f %s"), FAULT_CONFIG);
			assert_non_null(strstr(fault.text, "chmod 600"));
			assert_null(strstr(fault.text, "hemligt"));
		}
		assert_int_equal(chmod(config, 0600), 0);
		assert_int_equal(read_line("p -t t -f %s"), 0);
		assert_string_equal(target.kafka.item[1], "hemligt");
		options_release(&program, &target, &rest);
	}
	assert_int_equal(read_line("p -t t --kafka linger.ms=secret"), 0);
}

static void too_few_arguments_are_named(void **state)
{
	struct options strict = program;
	char name[] = "p", flag[] = "-tt";
	char *argv[] = {name, flag, NULL};

	(void)state;
	strict.arguments = "FILE";
	strict.arguments_min = 1;
	assert_int_equal(options_read(&strict, 2, argv, &target, &rest, &fault), FAULT_USAGE);
	assert_string_equal(fault.text, "FILE is missing; see --help");
}

static void check_reads_everything(void **state)
{
	(void)state;
	write_config("batch-max: 5\n");
	assert_int_equal(read_line("p -n -t t -f %s -q"), 1);
	assert_int_equal(target.batch_max, 5);
	options_release(&program, &target, &rest);
	write_config("batch-max: x\n");
	assert_int_equal(read_line("p --check -t t -f %s -v"), FAULT_CONFIG);
}

/* What is printed, and the exit status, of a process that reads `line`. */
static int run(const char *line, struct buf *output)
{
	int ends[2], status = -1;

	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		(void)dup2(ends[1], STDOUT_FILENO);
		(void)dup2(ends[1], STDERR_FILENO);
		_exit(100 + read_line(line));
	}
	(void)close(ends[1]);
	for (ssize_t n = 1; n > 0;) {
		n = read(ends[0], buf_room(output, 4096), 4096);
		output->len += n > 0 ? (size_t)n : 0;
	}
	*buf_room(output, 0) = '\0';
	(void)close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void unknown_flags_end_the_program(void **state)
{
	struct buf out = {0};

	(void)state;
	assert_int_equal(run("p --timout 3", &out), 64);
	assert_non_null(strstr(buf_text(&out), "--timout"));
	buf_reset(&out);
	assert_int_equal(run("p --batch-max", &out), 64);
	buf_reset(&out);
	assert_int_equal(run("p --version", &out), 0);
	assert_string_equal(buf_text(&out), "kontaktpuls-test " KP_VERSION "\n");
	buf_release(&out);
}

static void help_tells_limits_and_defaults(void **state)
{
	struct buf out = {0};

	(void)state;
	assert_int_equal(run("p --help", &out), 0);
	assert_non_null(strstr(buf_text(&out), "[FILE...]"));
	assert_non_null(strstr(buf_text(&out), "Test of options."));
	assert_non_null(strstr(buf_text(&out), "-t, --topic=NAME"));
	assert_non_null(strstr(buf_text(&out), "(required)"));
	assert_non_null(strstr(buf_text(&out), "--sample"));
	for (char *c = out.data; *c; c++)
		*c = *c == '\n' || *c == '\t' ? ' ' : *c;
	assert_non_null(strstr(buf_text(&out), "1..100000; default 1000"));
	buf_release(&out);
}

/* The sample is a configuration that can be read, as it stands and with every key switched on. */
static void sample_can_be_read(void **state)
{
	struct buf out = {0}, all = {0};

	(void)state;
	assert_int_equal(run("p --sample", &out), 0);
	assert_string_equal(buf_text(&out),
			    "# kontaktpuls-test: Test of options.\n"
			    "# Flags win over the environment, the environment over this file.\n"
			    "\n# Topic of the events (required)\ntopic: NAME\n"
			    "\n# Form a|b (one of text, csv; default text)\n#format: text\n"
			    "\n# Events of a commit (1..100000; default 1000)\n#batch-max: 1000\n"
			    "\n# Stop at the end\n#once: false\n"
			    "\n# More files (default x,y; may be repeated)\n#with: [x,y]\n"
			    "\n# A property of librdkafka (may be repeated)\n#kafka:\n"
			    "#  bootstrap.servers: HOST:PORT\n");
	write_config(buf_text(&out));
	assert_int_equal(read_line("p -f %s"), 0);
	options_release(&program, &target, &rest);
	for (size_t i = 0; i < out.len; i++) {
		bool comment = out.data[i] == '#' && out.data[i + 1] == ' ' &&
			       out.data[i + 2] != ' ';
		if (out.data[i] != '#' || comment)
			buf_addc(&all, out.data[i]);
	}
	write_config(buf_text(&all));
	assert_int_equal(read_line("p -f %s"), 0);
	assert_list(&target.with, "x y");
	assert_list(&target.kafka, "bootstrap.servers HOST:PORT");
	buf_release(&out);
	buf_release(&all);
}

static void reference_is_a_table(void **state)
{
	struct buf out = {0};

	(void)state;
	assert_int_equal(run("p --reference", &out), 0);
	const char *text = buf_text(&out);
	assert_int_equal(strncmp(text, "## kontaktpuls-test\n\nTest of options.\n\n", 39), 0);
	assert_non_null(strstr(
		text, "\n| Option | Environment | Default | Meaning |\n|---|---|---|---|\n"));
	assert_non_null(strstr(text, "\n| `--topic NAME`, `-t` | `KONTAKTPULS_TOPIC` | required | "
				     "Topic of the events |\n"));
	assert_non_null(strstr(text,
			       "| `--format FORMAT` | `KONTAKTPULS_FORMAT` | `text` | Form a\\|b "
			       "(one of text, csv) |\n"));
	assert_non_null(strstr(text,
			       "| `--kafka bootstrap.servers=HOST:PORT`, `-X` | not read | - | "
			       "A property of librdkafka |\n"));
	assert_non_null(strstr(text, "| `--config FILE`, `-f` | not read | - | "));
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(defaults_hold, clean),
		cmocka_unit_test_teardown(flags_are_read, clean),
		cmocka_unit_test_teardown(file_is_read, clean),
		cmocka_unit_test_teardown(environment_wins_over_the_file_and_flags_over_both,
					  clean),
		cmocka_unit_test_teardown(mistakes_in_the_file_have_a_place, clean),
		cmocka_unit_test_teardown(mistakes_elsewhere_are_named, clean),
		cmocka_unit_test_teardown(secrets_stand_in_files_of_one_reader, clean),
		cmocka_unit_test_teardown(too_few_arguments_are_named, clean),
		cmocka_unit_test_teardown(check_reads_everything, clean),
		cmocka_unit_test_teardown(unknown_flags_end_the_program, clean),
		cmocka_unit_test_teardown(help_tells_limits_and_defaults, clean),
		cmocka_unit_test_teardown(sample_can_be_read, clean),
		cmocka_unit_test_teardown(reference_is_a_table, clean),
	};

	return cmocka_run_group_tests(tests, make_config, remove_config);
}
