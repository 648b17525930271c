/*
 * fuzz_options: any bytes as a configuration file. Promises that are checked: it is read, or the fault tells
 * a place in it; what was read lies within what the rows allow, and all of it can be given back.
 */
#include "tests/fuzz/fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "common/options.h"

struct target {
	const char *topic, *format;
	uint64_t batch;
	bool once;
	struct option_list with, kafka;
};

static const char *const formats[] = {"text", "csv", NULL};

#define ROW(field, kind) .offset = offsetof(struct target, field), .type = OPTION_##kind

/* clang-format off */
static const struct option_row rows[] = {
	{.name = "topic", ROW(topic, TEXT), .argument = "NAME", .fallback = "t", .help = "A text"},
	{.name = "format", ROW(format, TEXT), .argument = "FORMAT", .fallback = "text", .choice = formats, .help = "A choice"},
	{.name = "batch", ROW(batch, COUNT), .argument = "N", .fallback = "10", .min = 1, .max = 1000, .help = "A number"},
	{.name = "once", ROW(once, SWITCH), .help = "A switch"},
	{.name = "with", ROW(with, LIST), .argument = "FILE", .help = "A list"},
	{.name = "kafka", ROW(kafka, MAP), .argument = "NAME=VALUE", .help = "A map"},
};
/* clang-format on */

static const struct options program = {
	.program = "kontaktpuls-fuzz",
	.summary = "Target of a fuzzer.",
	.row = rows,
	.count = ARRAY_SIZE(rows),
};

static void check(const struct target *t)
{
	assert(t->batch >= 1 && t->batch <= 1000);
	assert(strcmp(t->format, "text") == 0 || strcmp(t->format, "csv") == 0);
	assert(t->kafka.count % 2 == 0);
	for (size_t i = 0; i < t->with.count; i++)
		assert(t->with.item[i] != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64], name[] = "kontaktpuls-fuzz", flag[] = "--config", quiet[] = "--quiet";
	char *argv[] = {name, quiet, flag, path, NULL};
	struct target t = {0};
	struct option_list rest = {0};
	struct fault f = {0};
	int fd = memfd_create("options", 0);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		BUG("no file in memory");
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	const int kind = options_read(&program, 4, argv, &t, &rest, &f);
	(void)close(fd);
	if (kind == 0)
		check(&t);
	else
		assert(kind == FAULT_CONFIG && strncmp(f.text, path, strlen(path)) == 0 &&
		       f.text[strlen(path)] == ':');
	options_release(&program, &t, &rest);
	return 0;
}
