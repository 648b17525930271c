/*
 * standalone: runs a fuzz target without a fuzzer: every file of a corpus, then seeded mutations of
 * them, the same each time. Usage: fuzz_x CORPUS [RUNS [SEED]]. When the target aborts, the input is
 * left in crash-<run> and the way back to it is said on stderr.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/fault.h"
#include "common/text.h"
#include "tests/fuzz/fuzz.h"

#define INPUT_MAX  (1 << 20)
#define LONG_BYTES 70000 /* more than any limit of a line */
#define LONG_EVERY 64    /* runs */

struct corpus {
	struct buf *file;
	size_t count, cap;
};

static uint64_t random_state;
static struct buf input; /* what the target has now; global for the handler of SIGABRT */
static unsigned long long run;

/* xorshift64*: the same numbers everywhere. */
static uint64_t random_below(uint64_t n)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return n == 0 ? 0 : (random_state * UINT64_C(2685821657736338717) >> 11) % n;
}

static void on_abort(int number)
{
	char name[64];

	(void)number;
	(void)snprintf(name, sizeof(name), "crash-%llu", run);
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, input.data, input.len) < 0)
		perror(name);
	fprintf(stderr, "run %llu aborted; its input is in %s\n", run, name);
	/* Back to the default, which abort() falls into when this returns. */
}

static void run_target(void)
{
	/* A block of its own size, so that AddressSanitizer sees the first byte after it. */
	uint8_t *exact = base_alloc(input.len);

	if (input.len > 0)
		memcpy(exact, input.data, input.len);
	(void)LLVMFuzzerTestOneInput(exact, input.len);
	free(exact);
	run++;
}

static int read_corpus(const char *path, struct corpus *c, struct fault *f)
{
	struct dirent **entry = NULL;
	int rc = 0;

	int n = scandir(path, &entry, NULL, alphasort);
	if (n < 0)
		return fault_errno(f, FAULT_NOINPUT, "cannot read %s", path);
	for (int i = 0; i < n; i++) {
		if (rc == 0 && entry[i]->d_name[0] != '.') {
			struct buf name = {0};
			buf_addf(&name, "%s/%s", path, entry[i]->d_name);
			c->file = base_grow(c->file, &c->cap, c->count + 1, sizeof(*c->file));
			c->file[c->count] = (struct buf){0};
			rc = buf_read_file(&c->file[c->count++], name.data, INPUT_MAX, f);
			buf_release(&name);
		}
		free(entry[i]);
	}
	free(entry);
	if (rc == 0 && c->count == 0)
		rc = fault_set(f, FAULT_NOINPUT, "%s is empty", path);
	return rc;
}

/* A piece of any file of the corpus: its files are also the dictionary. */
static struct span random_piece(const struct corpus *c, size_t most)
{
	const struct buf *b = &c->file[random_below(c->count)];
	size_t at = random_below(b->len + 1);
	size_t len = random_below((b->len - at < most ? b->len - at : most) + 1);

	return (struct span){buf_text(b) + at, len};
}

/* Puts `piece` in place of `cut` bytes at `at`, `times` over. */
static void put_in_place(size_t at, size_t cut, struct span piece, size_t times)
{
	struct buf result = {0};

	buf_add(&result, input.data, at);
	for (size_t i = 0; i < times && result.len < INPUT_MAX; i++)
		buf_add(&result, piece.data, piece.len);
	buf_add(&result, input.data + at + cut, input.len - at - cut);
	buf_release(&input);
	input = result;
}

static void mutate(const struct corpus *c)
{
	static const size_t piece_max[] = {1, 1, 2, 4, 16, 1024};
	size_t at = random_below(input.len + 1);
	size_t left = input.len - at;
	struct span piece = random_piece(c, piece_max[random_below(ARRAY_SIZE(piece_max))]);

	switch (random_below(5)) {
	case 0: put_in_place(at, 0, piece, 1); break;
	case 1: put_in_place(at, piece.len < left ? piece.len : left, piece, 1); break;
	case 2:
		put_in_place(at, random_below(left < 8 ? left + 1 : 8), (struct span){"", 0}, 1);
		break;
	case 3: put_in_place(at, 0, piece, 1 + random_below(8)); break;
	case 4:
		if (left > 0)
			input.data[at] = (char)random_below(256);
		break;
	}
	if (random_below(LONG_EVERY) == 0 && piece.len > 0)
		put_in_place(at, 0, piece, LONG_BYTES / piece.len + 1);
}

static void run_mutations(const struct corpus *c, uint64_t runs)
{
	for (uint64_t i = 0; i < runs; i++) {
		const struct buf *start = &c->file[random_below(c->count)];
		buf_reset(&input);
		buf_add(&input, buf_text(start), start->len);
		for (uint64_t n = 1 + random_below(8); n > 0; n--)
			mutate(c);
		run_target();
	}
}

int main(int argc, char **argv)
{
	struct corpus c = {0};
	struct fault f = {0};
	uint64_t runs = 0, seed = 1;

	if (argc < 2 || argc > 4 || (argc > 2 && !text_u64(span_of(argv[2]), UINT32_MAX, &runs)) ||
	    (argc > 3 && !text_u64(span_of(argv[3]), UINT32_MAX, &seed))) {
		fprintf(stderr, "usage: %s CORPUS [RUNS [SEED]]\n", argv[0]);
		return 64;
	}
	if (read_corpus(argv[1], &c, &f) < 0) {
		fprintf(stderr, "%s\n", f.text);
		return fault_exit(f.kind);
	}
	if (signal(SIGABRT, on_abort) == SIG_ERR)
		BUG("no handler for SIGABRT");
	random_state = seed * 2 + 1;
	for (size_t i = 0; i < c.count; i++) {
		buf_reset(&input);
		buf_add(&input, buf_text(&c.file[i]), c.file[i].len);
		run_target();
	}
	run_mutations(&c, runs);
	printf("%llu inputs: %zu of the corpus, %llu mutations from seed %llu\n", run, c.count,
	       (unsigned long long)runs, (unsigned long long)seed);
	for (size_t i = 0; i < c.count; i++)
		buf_release(&c.file[i]);
	free(c.file);
	buf_release(&input);
	return 0;
}
