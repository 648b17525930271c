/*
 * generate: made-up events into a topic, the same for the same seed, and the contacts that stand
 * after them, from its own arrays: what every engine in the bench must come to. Knows the encoding
 * of an event and nothing of the counting.
 *
 *	bench_generate HOST:PORT TOPIC EVENTS SEED FIRST RATE
 *
 * FIRST is the number of the first contact. RATE 0: as fast as the broker takes them, and two lines
 * on stdout for each contact that stands, its cells. Otherwise so many events a second, and one line:
 * the monotonic time in ns when the first event was due.
 */
#include <inttypes.h>
#include <time.h>

#include "common/civil.h"
#include "common/kafka_out.h"
#include "proto/event_codec.h"
#include "proto/klass.h"
#include "proto/route.h"

#define UNITS    400
#define DAYS     366
#define RECENT   1000 /* corrections and repetitions are of a contact this near */
#define FLUSH_MS 60000
#define FIRST_V  2

/* All of a contact that differs. */
struct made {
	uint16_t day, unit;
	uint8_t kanal, status, kon, age, version;
	bool live;
};

struct bench {
	const char *topic;
	int partitions;
	uint64_t seed, first;
	struct kafka_out *out;
	struct made *made; /* as they stand */
	uint64_t count;
	uint32_t share[UNITS]; /* of the units, cumulative, of 2^32 */
	struct event event;
	struct buf value;
};

/* splitmix64 */
static uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static unsigned pick(struct bench *b, unsigned n)
{
	b->seed += UINT64_C(0x9e3779b97f4a7c15);
	return (unsigned)((mix(b->seed) >> 32) * n >> 32);
}

static void must(int kind, const struct fault *f)
{
	if (kind >= 0)
		return;
	(void)fprintf(stderr, "bench_generate: %s\n", f->text);
	exit(EXIT_FAILURE);
}

/* Unit number k of a Zipf distribution. */
static void share_units(struct bench *b)
{
	double all = 0, sum = 0;

	for (int k = 1; k <= UNITS; k++)
		all += 1.0 / k;
	for (int k = 1; k <= UNITS; k++) {
		sum += 1.0 / k;
		b->share[k - 1] = k == UNITS ? UINT32_MAX : (uint32_t)(sum / all * UINT32_MAX);
	}
}

static uint16_t pick_unit(struct bench *b)
{
	const uint32_t x = pick(b, UINT32_MAX);
	unsigned low = 0, high = UNITS - 1;

	while (low < high) {
		const unsigned middle = (low + high) / 2;

		if (b->share[middle] < x)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint16_t)low;
}

static struct made make(struct bench *b, uint8_t version)
{
	static const uint8_t kanal[] = {1, 1, 1, 1, 1, 2, 2, 3, 5, 5};

	return (struct made){
		.day = (uint16_t)pick(b, DAYS),
		.unit = pick_unit(b),
		.kanal = kanal[pick(b, ARRAY_SIZE(kanal))],
		.status = pick(b, 20) ? STATUS_COMPLETED : 7,
		.kon = (uint8_t)(1 + pick(b, 2)),
		.age = (uint8_t)pick(b, 96),
		.version = version,
		.live = true,
	};
}

static void fill(const struct bench *b, const struct made *m, uint64_t number, struct event *e)
{
	struct contact *c = &e->contact;
	const uint64_t id[2] = {mix(b->first + number + 1), mix(~(b->first + number))};

	event_init(e);
	memcpy(e->source, "matning", 8);
	memcpy(e->fingerprint, "\x0a\x1b\x2c\x3d", 4);
	memcpy(e->id, id, EVENT_ID_BYTES);
	e->version = m->version;
	e->version_kind = VERSION_KIND_FIELD;
	e->op = m->live ? OP_UPSERT : OP_RETRACT;
	e->produced_ms = INT64_C(1600000000000);
	memcpy(e->leverans_id, "matningmatni", EVENT_ID_BYTES);
	e->body = EVENT_CONTACT;
	c->kanal = m->kanal;
	c->form = codes_form_of_kanal(m->kanal);
	c->status = m->status;
	c->vardform = VARDFORM_OPPEN;
	c->qualified = c->replaces_visit = c->documented = JUDGEMENT_JA;
	c->day = civil_to_day(2020, 1, 1) + m->day;
	(void)snprintf(c->unit, sizeof(c->unit), "SE2321000115-E%06u", (unsigned)m->unit);
	c->kon = m->kon;
	c->age = m->age;
	c->municipality = 1384;
	c->profession = 10;
	memset(c->person_key, 7, sizeof(c->person_key));
}

static void send(struct bench *b, const struct made *m, uint64_t number)
{
	struct fault f = {0};
	struct event *e = &b->event;

	fill(b, m, number, e);
	buf_reset(&b->value);
	event_encode(e, &b->value);
	const struct kafka_message message = {
		.topic = b->topic,
		.partition = route_partition(e->id, b->partitions),
		.key = e->id,
		.key_len = EVENT_ID_BYTES,
		.value = b->value.data,
		.value_len = b->value.len,
	};
	must(kafka_out_send(b->out, &message, &f), &f);
}

/* 95 of 100 are new; the rest repeats, corrects, retracts, comes late or contradicts. */
static void send_next(struct bench *b)
{
	const unsigned what = b->count ? pick(b, 1000) : 1000;
	const uint64_t near = b->count < RECENT ? b->count : RECENT;
	const uint64_t number = near ? b->count - 1 - pick(b, (unsigned)near) : 0;
	struct made *old = &b->made[number], m;

	if (what >= 50) {
		b->made[b->count] = make(b, FIRST_V);
		send(b, &b->made[b->count], b->count);
		b->count++;
		return;
	}
	m = make(b, (uint8_t)(old->version + 1));
	m.live = what >= 40 || what < 30; /* 30-39 retract */
	if (what < 10)
		m = *old;
	else if (what < 15)
		m.version = 1; /* late */
	else
		*old = m;
	send(b, &m, number);
}

static void print_cells(struct bench *b)
{
	struct event *e = &b->event;
	char text[KLASS_TEXT_MAX + 1];

	for (uint64_t i = 0; i < b->count; i++) {
		if (!b->made[i].live)
			continue;
		fill(b, &b->made[i], i, e);
		const struct klass k = klass_of(e);
		const struct contact *c = &e->contact;
		const struct civil date = civil_from_day(c->day);

		klass_text(&k, text);
		printf("dag %d%02d %s %d %s %u\n", date.year, date.month, c->unit, date.day, text,
		       c->form);
		printf("manad %d%02d %s %s %u %u %u\n", date.year, date.month, c->unit, text,
		       c->form, c->kon, codes_age_group(c->age));
	}
}

static int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void send_all(struct bench *b, uint64_t events, uint64_t rate)
{
	const int64_t begin = now_ns();

	if (rate > 0) {
		printf("%" PRId64 "\n", begin);
		(void)fflush(stdout);
	}
	for (uint64_t i = 0; i < events; i++) {
		if (rate > 0) {
			const int64_t due = begin + (int64_t)(i * 1000000000 / rate);
			const struct timespec t = {due / 1000000000, due % 1000000000};

			(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		}
		send_next(b);
	}
}

int main(int argc, char **argv)
{
	static struct bench b;
	static char names[][32] = {"bootstrap.servers", "queue.buffering.max.messages", "200000"};
	struct fault f = {0};

	if (argc != 7) {
		(void)fprintf(stderr,
			      "usage: bench_generate HOST:PORT TOPIC EVENTS SEED FIRST RATE\n");
		return 64;
	}
	const uint64_t events = strtoull(argv[3], NULL, 10), rate = strtoull(argv[6], NULL, 10);
	char *item[] = {names[0], argv[1], names[1], names[2]};
	const struct option_list properties = {.item = item, .count = ARRAY_SIZE(item)};

	must(civil_init(&f), &f);
	b.topic = argv[2];
	b.seed = strtoull(argv[4], NULL, 10);
	b.first = strtoull(argv[5], NULL, 10);
	b.made = base_zalloc(events + 1, sizeof(*b.made));
	share_units(&b);
	must(kafka_out_new(&properties, &b.out, &f), &f);
	must(kafka_out_partitions(b.out, b.topic, FLUSH_MS, &b.partitions, &f), &f);
	send_all(&b, events, rate);
	must(kafka_out_flush(b.out, FLUSH_MS, &f), &f);
	if (rate == 0)
		print_cells(&b);
	kafka_out_free(b.out);
	buf_release(&b.value);
	free(b.made);
	return EXIT_SUCCESS;
}
