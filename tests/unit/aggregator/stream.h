/*
 * stream: random logs of one partition, the same for the same seed, and a model of what they must
 * add up to: arrays, linear search and texts, nothing of what the aggregator is made of.
 */
#ifndef TESTS_UNIT_AGGREGATOR_STREAM_H
#define TESTS_UNIT_AGGREGATOR_STREAM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aggregator/fold.h"
#include "common/civil.h"
#include "proto/cubes.h"
#include "proto/leverans.h"
#include "proto/route.h"

#define STREAM_PARTITIONS 4
#define STREAM_PARTITION  2

/* splitmix64 */
static inline uint64_t stream_random(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline unsigned stream_pick(uint64_t *seed, unsigned n)
{
	return (unsigned)(stream_random(seed) % n);
}

/* Identity number k, which belongs to STREAM_PARTITION. */
static inline void stream_id(unsigned k, uint8_t id[EVENT_ID_BYTES])
{
	memset(id, 0, EVENT_ID_BYTES);
	id[0] = STREAM_PARTITION;
	id[4] = (uint8_t)k;
	id[5] = (uint8_t)(k >> 8);
	id[6] = (uint8_t)(k >> 16);
	assert_int_equal(route_partition(id, STREAM_PARTITIONS), STREAM_PARTITION);
}

/* A contact of source "vas", number k, that passes event_check(). */
static inline struct event stream_contact(unsigned k, uint64_t version)
{
	struct event e;
	event_init(&e);
	memcpy(e.source, "vas", 4);
	memcpy(e.fingerprint, "\x0a\x1b\x2c\x3d", 4);
	stream_id(k, e.id);
	e.version = version;
	e.version_kind = VERSION_KIND_FIELD;
	e.op = OP_UPSERT;
	e.body = EVENT_CONTACT;
	struct contact *c = &e.contact;
	c->kanal = KANAL_TELEFON;
	c->status = STATUS_COMPLETED;
	c->vardform = VARDFORM_OPPEN;
	c->qualified = c->replaces_visit = c->documented = JUDGEMENT_JA;
	c->day = civil_to_day(2020, 3, 14);
	c->kon = KON_KVINNA;
	memcpy(c->unit, "Kungsbacka", 11);
	return e;
}

static inline struct event stream_leverans(unsigned k, uint8_t phase)
{
	struct event e = stream_contact(k, 0);
	e.body = EVENT_LEVERANS;
	e.leverans.phase = phase;
	e.leverans.partition = phase == PHASE_OPENING ? STREAM_PARTITION : -1;
	e.leverans.reading = 1;
	memcpy(e.leverans.name, "a.csv", 6);
	if (phase == PHASE_QUARANTINED)
		e.leverans.reason = REASON_QUOTE_EOF;
	return e;
}

/* One record: an event, or (refused != 0) one that ingest_event() has refused for that reason. */
struct stream_record {
	struct event e;
	enum reason refused;
};

/* Few contacts, few versions, few attributes: ties, stale ones and repetitions abound. */
static inline struct stream_record stream_next(uint64_t *seed, unsigned contacts)
{
	static const enum reason refused[] = {REASON_KEY, REASON_NULL_VALUE, REASON_PB_SYNTAX};
	static const uint8_t phase[] = {PHASE_OPENING, PHASE_CLOSING, PHASE_QUARANTINED};
	const unsigned what = stream_pick(seed, 100);
	struct stream_record r = {
		.e = stream_contact(stream_pick(seed, contacts), stream_pick(seed, 6))};
	struct contact *c = &r.e.contact;

	c->day = civil_to_day(2020, 2, 26) + (int32_t)stream_pick(seed, 8);
	c->kanal = (uint8_t)(1 + stream_pick(seed, 3));
	c->kon = (uint8_t)(1 + stream_pick(seed, 2));
	c->age = stream_pick(seed, 2) ? 40 : -1;
	c->status = stream_pick(seed, 8) ? STATUS_COMPLETED : 7;
	(void)snprintf(c->unit, sizeof(c->unit), "%.*s", stream_pick(seed, 10) ? 2 : 0,
		       stream_pick(seed, 2) ? "u1" : "u2");
	if (what < 15)
		r.e.op = OP_RETRACT;
	else if (what < 20)
		r.refused = refused[stream_pick(seed, 3)];
	else if (what < 24)
		r.e = stream_leverans(stream_pick(seed, 5), phase[stream_pick(seed, 3)]);
	else if (what < 26)
		memcpy(r.e.fingerprint, "\xff\xff\xff\xff", 4);
	return r;
}

/* The model. */
struct model_contact {
	uint8_t id[EVENT_ID_BYTES];
	uint64_t version;
	bool live;
	char text[256]; /* attributes; "" for a retracted one */
	struct contact c;
};

struct model_delivery {
	uint8_t id[EVENT_ID_BYTES];
	uint8_t phase;
};

struct model {
	struct model_contact contact[1024];
	size_t contacts;
	struct model_delivery delivery[64];
	size_t deliveries;
	uint64_t stats[KEYS_STATS_END], dead[REASONS_END];
	uint64_t written; /* times that the table changed */
	uint8_t pinned;   /* first byte of the fingerprint that came first; 0: none yet */
};

static inline void model_die(struct model *m, enum reason r)
{
	m->stats[KEYS_STAT_DEAD]++;
	m->dead[r]++;
}

static inline void model_leverans(struct model *m, const struct event *e)
{
	size_t i = 0;

	m->stats[KEYS_STAT_LEVERANS]++;
	while (i < m->deliveries && memcmp(m->delivery[i].id, e->id, EVENT_ID_BYTES) != 0)
		i++;
	if (i == m->deliveries) {
		memcpy(m->delivery[i].id, e->id, EVENT_ID_BYTES);
		m->delivery[m->deliveries++].phase = e->leverans.phase;
	} else if (e->leverans.phase != PHASE_OPENING) {
		m->delivery[i].phase = e->leverans.phase;
	}
}

static inline void model_contact(struct model *m, const struct event *e)
{
	struct model_contact new = {
		.version = e->version, .live = e->op == OP_UPSERT, .c = e->contact};
	size_t i = 0;

	memcpy(new.id, e->id, EVENT_ID_BYTES);
	if (new.live)
		(void)snprintf(new.text, sizeof(new.text), "%d|%s|%u|%u|%u|%d", new.c.day,
			       new.c.unit, new.c.kanal, new.c.kon, new.c.status, new.c.age);
	while (i < m->contacts && memcmp(m->contact[i].id, e->id, EVENT_ID_BYTES) != 0)
		i++;
	struct model_contact *old = &m->contact[i];
	const bool known = i < m->contacts, same = known && strcmp(old->text, new.text) == 0;

	if (known && old->version > new.version) {
		m->stats[KEYS_STAT_STALE]++;
		return;
	}
	if (known && old->version == new.version) {
		m->stats[same ? KEYS_STAT_DUPLICATE : KEYS_STAT_CONFLICT]++;
		return;
	}
	m->stats[same ? KEYS_STAT_UNCHANGED : KEYS_STAT_APPLIED]++;
	m->written++;
	m->contacts += !known;
	*old = new;
}

static inline void model_take(struct model *m, const struct stream_record *r)
{
	if (r->refused != REASON_NONE) {
		model_die(m, r->refused);
	} else if (m->pinned != 0 && r->e.fingerprint[0] != m->pinned) {
		model_die(m, REASON_KEY_EPOCH);
	} else {
		m->pinned = r->e.fingerprint[0];
		if (r->e.body == EVENT_LEVERANS)
			model_leverans(m, &r->e);
		else
			model_contact(m, &r->e);
	}
}

/* Folds a record as partition_take() does. */
static inline struct fold_effects stream_fold(struct state *s, const struct stream_record *r)
{
	const struct fold_effects x = r->refused != REASON_NONE ? fold_dead(r->refused, "")
								: fold(s, &r->e);

	fold_apply(s, &r->e, &x, s->off);
	return x;
}

/* How many live contacts of the model stand in a cell of the state. */
static inline uint64_t model_cell(const struct model *m, const struct state *s, uint64_t packed)
{
	const struct cubes_cell cell = cubes_unpack(packed);
	struct klass k;
	uint64_t count = 0;

	assert_true(klass_parse(span_of(s->klasses.text[cell.value[CUBES_DIM_KLASS]]), &k));
	for (size_t i = 0; i < m->contacts; i++) {
		const struct contact *c = &m->contact[i].c;
		const char *unit = c->unit[0] ? c->unit : "(tom)";
		const struct civil date = civil_from_day(c->day);
		bool in = m->contact[i].live && strcmp(unit, s->units.text[cell.unit]) == 0 &&
			  k.status == c->status &&
			  codes_form_of_kanal(c->kanal) == cell.value[CUBES_DIM_FORM] &&
			  (unsigned)(date.year * 100 + date.month) == cell.yyyymm;
		if (cell.cube == CUBES_DAG)
			in = in && date.day == cell.value[CUBES_DIM_DD];
		else
			in = in && c->kon == cell.value[CUBES_DIM_KON] &&
			     (c->age == 40 ? 2 : AGE_GROUP_UNKNOWN) ==
				     cell.value[CUBES_DIM_AGE_GROUP];
		count += in;
	}
	return count;
}

/* Every cell is what the model says, and those of each cube add up to `live`. */
static inline void model_check_cells(const struct model *m, const struct state *s, uint64_t live)
{
	uint64_t of_cube[CUBES_END] = {0};

	for (size_t i = 0; i < s->cells.count; i++) {
		assert_int_equal(s->cells.entry[i].count, model_cell(m, s, s->cells.entry[i].cell));
		of_cube[cubes_unpack(s->cells.entry[i].cell).cube] += s->cells.entry[i].count;
	}
	for (int cube = 0; cube < CUBES_END; cube++)
		assert_int_equal(of_cube[cube], live);
}

/* Everything that the state says is what the model says, and every invariant holds. */
static inline void model_check(const struct model *m, const struct state *s)
{
	uint64_t live = 0, all = 0;

	assert_int_equal(s->contacts.count, m->contacts);
	for (size_t i = 0; i < m->contacts; i++) {
		const uint32_t slot = contacts_find(&s->contacts, m->contact[i].id);
		assert_int_not_equal(slot, CONTACTS_NONE);
		const struct vector *v = &s->contacts.slot[slot];
		assert_int_equal(vector_version(v), m->contact[i].version);
		assert_int_equal(vector_live(v), m->contact[i].live);
		live += m->contact[i].live;
	}
	assert_int_equal(s->live, live);
	if (!s->deferred)
		model_check_cells(m, s, live);
	for (int i = 0; i < KEYS_STATS_END; i++) {
		assert_int_equal(s->stats[i], m->stats[i]);
		all += s->stats[i];
	}
	assert_int_equal(all, s->off - s->base);
	assert_memory_equal(s->dead, m->dead, sizeof(m->dead));
	for (size_t i = 0; i < m->deliveries; i++) {
		char field[40];
		struct event e;
		leverans_field(m->delivery[i].id, field);
		assert_non_null(ledger_get(&s->ledger, field));
		assert_true(leverans_parse(span_of(ledger_get(&s->ledger, field)), &e));
		assert_int_equal(e.leverans.phase, m->delivery[i].phase);
	}
	assert_int_equal(s->sum, state_digest(s));
}

#endif
