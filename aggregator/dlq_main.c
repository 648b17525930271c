/*
 * kontaktpuls-dlq: what could not be counted, for people: list, show, send again; and what a
 * collector sealed. Owns the options and the verbs.
 */
#include "aggregator/dlq_replay.h"
#include "common/civil.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/pairs.h"

#define LIST_MAX     (64 << 20) /* bytes of a collector's list */
#define TIMEOUT_MAX  3600000
#define STOP_SECONDS 1 /* whatever is cut off can be asked for, or replayed, again */

struct dlq {
	const char *kafka, *topic, *open_key, *reason;
	struct option_list properties;
	uint64_t timeout;
	/* From here on not options. */
	struct option_list all; /* properties and bootstrap.servers */
	enum reason only;
	int64_t partition, offset; /* the one letter that is asked for; -1: any */
	struct seal *seal;
	struct dlq_replay replay;
	struct row *row;
	size_t rows, rows_cap;
	uint64_t shown, unopened, count[REASONS_END];
};

/* clang-format off */
#define AT(member) .offset = offsetof(struct dlq, member)
static const struct option_row rows[] = {
	{.name = "kafka", .type = OPTION_TEXT, AT(kafka), .argument = "HOST:PORT",
	 .help = "Kafka brokers (bootstrap.servers)"},
	{.name = "kafka-property", .type = OPTION_MAP, AT(properties), .argument = "NAME=VALUE",
	 .help = "A property of librdkafka, by its own name"},
	{.name = "kafka-timeout", .type = OPTION_COUNT, AT(timeout), .argument = "MS",
	 .fallback = "30000", .min = 100, .max = TIMEOUT_MAX, .help = "How long to wait for Kafka"},
	{.name = "topic", .letter = 't', .type = OPTION_TEXT, AT(topic), .argument = "NAME",
	 .fallback = ROUTE_TOPIC, .form = &route_topic_form, .help = "Topic of the events; dead letters are in NAME" ROUTE_DLQ_SUFFIX},
	{.name = "open-key", .letter = 'k', .type = OPTION_TEXT, AT(open_key), .argument = "FILE", .reads = true,
	 .help = "Secret key that opens what is sealed"},
	{.name = "reason", .letter = 'r', .type = OPTION_TEXT, AT(reason), .argument = "REASON",
	 .help = "Only the letters of this reason"},
};
/* clang-format on */

static const struct options options = {
	.program = "kontaktpuls-dlq",
	.arguments = "list | show LETTER | replay [LETTER] | open LIST | key FILE",
	.summary = "Lists, opens and sends again what could not be counted",
	.row = rows,
	.count = ARRAY_SIZE(rows),
	.arguments_min = 1,
	.arguments_max = 2,
};

/* What the list tells of a letter. */
struct row {
	enum reason reason;
	int32_t partition, of_partition;
	int64_t offset, of_offset, time_ms;
	uint64_t bytes;
	bool sealed;
	char field[64];
};

static bool is_wanted(const struct dlq *d, const struct dlq_letter *letter)
{
	return (d->only == REASON_NONE || d->only == letter->reason) &&
	       (d->offset < 0 ||
		(d->partition == letter->record->partition && d->offset == letter->record->offset));
}

static int take_row(void *self, const struct dlq_letter *letter, struct fault *f)
{
	struct dlq *d = self;
	struct row row = {
		.reason = letter->reason,
		.partition = letter->record->partition,
		.offset = letter->record->offset,
		.time_ms = letter->record->time_ms,
		.of_partition = letter->partition,
		.of_offset = letter->offset,
		.bytes = letter->bytes,
		.sealed = letter->sealed.data != NULL,
	};

	(void)f;
	if (!is_wanted(d, letter))
		return 0;
	memcpy(row.field, letter->field, sizeof(row.field));
	d->row = base_grow(d->row, &d->rows_cap, d->rows + 1, sizeof(row));
	d->row[d->rows++] = row;
	d->count[row.reason]++;
	return 0;
}

static int compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int by_reason_and_time(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	int order = strcmp(reason_name(a->reason), reason_name(b->reason));

	order = order != 0 ? order : compare(a->time_ms, b->time_ms);
	order = order != 0 ? order : compare(a->partition, b->partition);
	return order != 0 ? order : compare(a->offset, b->offset);
}

static void print_row(const struct row *row)
{
	struct civil c = civil_of_instant(row->time_ms);

	printf("%s\t%04d-%02d-%02d %02d:%02d:%02d\t%d:%lld\t%s\t%d:%lld\t%llu\t%s\n",
	       row->reason == REASON_NONE ? "(no letter)" : reason_name(row->reason), c.year,
	       c.month, c.day, c.hour, c.minute, c.second, row->partition, (long long)row->offset,
	       row->field, row->of_partition, (long long)row->of_offset,
	       (unsigned long long)row->bytes, row->sealed ? "sealed" : "");
}

static int list(struct dlq *d, const char *argument, struct fault *f)
{
	(void)argument;
	int kind = dlq_each(d->topic, &d->all, (int)d->timeout, take_row, d, f);
	if (kind < 0)
		return kind;
	if (d->rows > 0)
		qsort(d->row, d->rows, sizeof(*d->row), by_reason_and_time);
	printf("reason\ttime\tletter\tfield\tof\tbytes\tsealed\n");
	for (size_t i = 0; i < d->rows; i++)
		print_row(&d->row[i]);
	log_info("%zu dead letters", d->rows);
	for (size_t r = 0; r < REASONS_END; r++)
		if (d->count[r] > 0 && r != REASON_NONE)
			log_info("%llu %s: %s", (unsigned long long)d->count[r],
				 reason_name((enum reason)r), reason_text((enum reason)r));
	return 0;
}

static void print_hex(const char *name, const void *data, size_t len)
{
	char *hex = base_alloc(2 * len + 1);

	text_hex(data, len, hex);
	printf("%s %s\n", name, hex);
	free(hex);
}

static int take_shown(void *self, const struct dlq_letter *letter, struct fault *f)
{
	struct dlq *d = self;
	struct buf original = {0};
	const char *why = NULL;

	if (!is_wanted(d, letter))
		return 0;
	d->shown++;
	if (letter->reason == REASON_NONE)
		return fault_set(f, FAULT_INPUT, "it is no dead letter of ours");
	printf("reason %s: %s\nfield %s\ntopic %s\npartition %d\noffset %lld\nbytes %llu\n",
	       reason_name(letter->reason), reason_text(letter->reason), letter->field,
	       letter->topic, letter->partition, (long long)letter->offset,
	       (unsigned long long)letter->bytes);
	print_hex("sha256", letter->sha256, DIGEST_BYTES);
	if (letter->record->key != NULL)
		print_hex("key", letter->record->key, letter->record->key_len);
	if (d->seal != NULL) {
		why = dlq_original(letter, d->seal, &original);
		if (why == NULL)
			print_hex("value", original.data, original.len);
	}
	buf_release(&original);
	return why == NULL ? 0 : fault_set(f, FAULT_INPUT, "the original cannot be shown: %s", why);
}

static int show(struct dlq *d, const char *argument, struct fault *f)
{
	int kind = dlq_each(d->topic, &d->all, (int)d->timeout, take_shown, d, f);

	if (kind == 0 && d->shown == 0)
		kind = fault_set(f, FAULT_INPUT, "there is no dead letter %s", argument);
	return kind;
}

static int take_replayed(void *self, const struct dlq_letter *letter, struct fault *f)
{
	struct dlq *d = self;

	return is_wanted(d, letter) ? dlq_replay_letter(&d->replay, letter, f) : 0;
}

static int replay(struct dlq *d, const char *argument, struct fault *f)
{
	if (d->seal == NULL || (argument == NULL && d->only == REASON_NONE))
		return fault_set(f, FAULT_USAGE,
				 "replay needs --open-key, and a LETTER or --reason");
	d->replay.topic = d->topic;
	d->replay.seal = d->seal;
	int kind = dlq_replay_begin(&d->replay, &d->all, (int)d->timeout, f);
	if (kind == 0)
		kind = dlq_each(d->topic, &d->all, (int)d->timeout, take_replayed, d, f);
	return kind == 0 ? dlq_replay_end(&d->replay, (int)d->timeout, f) : kind;
}

/* One line of a collector's list: what it says in clear, then the record as it was. */
static bool open_line(const struct dlq *d, struct span line)
{
	static const char mark[] = " sealed ";
	const char *box = memmem(line.data, line.len, mark, sizeof(mark) - 1);
	struct buf original = {0};

	size_t clear = box == NULL ? line.len : (size_t)(box - line.data);
	printf("%.*s\n", (int)clear, line.data);
	if (box == NULL)
		return true; /* it was not sealed, and says nothing else */
	const char *begin = box + sizeof(mark) - 1;
	bool opened = seal_open(
		d->seal, (struct span){begin, line.len - (size_t)(begin - line.data)}, &original);
	if (opened) {
		(void)fwrite(original.data, 1, original.len, stdout);
		if (original.len == 0 || original.data[original.len - 1] != '\n')
			putchar('\n');
	}
	buf_release(&original);
	return opened;
}

static int open_list(struct dlq *d, const char *argument, struct fault *f)
{
	struct buf text = {0};

	if (d->seal == NULL)
		return fault_set(f, FAULT_USAGE, "open needs --open-key");
	int kind = buf_read_file(&text, argument, LIST_MAX, f);
	for (size_t at = 0; kind == 0 && at < text.len;) {
		const size_t len = strcspn(text.data + at, "\n");
		d->unopened += !open_line(d, (struct span){text.data + at, len});
		at += len + 1;
	}
	if (kind == 0 && d->unopened > 0)
		kind = fault_set(f, FAULT_INPUT, "%llu records are sealed for another key",
				 (unsigned long long)d->unopened);
	buf_release(&text);
	return kind;
}

static int make_key(struct dlq *d, const char *argument, struct fault *f)
{
	(void)d;
	int kind = seal_make_keys(argument, f);
	if (kind == 0)
		log_info("%s is secret: keep it where nothing is sealed; %s.pub seals", argument,
			 argument);
	return kind;
}

static const struct verb {
	const char *name;
	int (*run)(struct dlq *d, const char *argument, struct fault *f);
	bool kafka, letter; /* what it needs, and what its argument is */
	size_t arguments_min, arguments_max;
} verbs[] = {
	{"list", list, true, false, 0, 0},     {"show", show, true, true, 1, 1},
	{"replay", replay, true, true, 0, 1},  {"open", open_list, false, false, 1, 1},
	{"key", make_key, false, false, 1, 1},
};

static const struct verb *find_verb(const struct option_list *rest)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (strcmp(verbs[i].name, rest->item[0]) == 0 &&
		    rest->count - 1 >= verbs[i].arguments_min &&
		    rest->count - 1 <= verbs[i].arguments_max)
			return &verbs[i];
	return NULL;
}

/* "2:17", where the list says that the letter stands. */
static bool read_letter(const char *text, struct dlq *d)
{
	const char *colon = strchr(text, ':');
	uint64_t partition, offset;

	if (colon == NULL ||
	    !text_u64((struct span){text, (size_t)(colon - text)}, INT32_MAX, &partition) ||
	    !text_u64(span_of(colon + 1), INT64_MAX, &offset))
		return false;
	d->partition = (int64_t)partition;
	d->offset = (int64_t)offset;
	return true;
}

static int run(struct dlq *d, const struct option_list *rest, bool check, struct fault *f)
{
	const struct verb *v = find_verb(rest);
	const char *argument = rest->count > 1 ? rest->item[1] : NULL;

	if (v == NULL)
		return fault_set(f, FAULT_USAGE, "not a verb with its arguments; see --help");
	if (v->kafka && d->kafka == NULL)
		return fault_set(f, FAULT_USAGE, "--kafka is required; see --help");
	if (v->letter && argument != NULL && !read_letter(argument, d))
		return fault_set(f, FAULT_USAGE, "%s: not a letter like 2:17", argument);
	d->only = d->reason == NULL ? REASON_NONE : reason_by_name(span_of(d->reason));
	if (d->reason != NULL && d->only == REASON_NONE)
		return fault_set(f, FAULT_USAGE, "--reason %s: there is no such reason", d->reason);
	int kind = d->open_key == NULL ? 0 : seal_read_secret(d->open_key, &d->seal, f);
	if (kind == 0 && check)
		log_info("OK: the options");
	if (kind < 0 || check)
		return kind;
	if (v->kafka) {
		pairs_add(&d->all, "bootstrap.servers", d->kafka);
		pairs_add_all(&d->all, &d->properties);
	}
	kind = v->run(d, argument, f);
	if (kind == 0 && fflush(stdout) != 0)
		kind = fault_errno(f, FAULT_IO, "cannot write");
	return kind;
}

int main(int argc, char **argv)
{
	struct dlq d = {.partition = -1, .offset = -1};
	struct option_list rest = {0};
	struct fault f = {0};

	loop_init();
	loop_limit(STOP_SECONDS, fault_exit(FAULT_UNAVAILABLE));
	int kind = options_read(&options, argc, argv, &d, &rest, &f);
	int err = kind < 0 ? kind : civil_init(&f);
	if (err == 0)
		err = run(&d, &rest, kind > 0, &f);
	if (err < 0)
		log_error("%s", f.text);
	dlq_replay_release(&d.replay);
	seal_free(d.seal);
	pairs_release(&d.all);
	free(d.row);
	options_release(&options, &d, &rest);
	return fault_exit(err);
}
