/* Snapshots made by hand: contacts are added, the kit keeps both cubes, the dictionaries and the sums. */
#ifndef TESTS_UNIT_EXPORTERS_KIT_H
#define TESTS_UNIT_EXPORTERS_KIT_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <unistd.h>

#include "../dated_kit.h"
#include "exporters/registry.h"
#include "exporters/snapshot.h"
#include "proto/organisation.h"

struct kit_contact {
	const char *unit, *source;
	unsigned yyyymm, dd, form, kon, age_group;
	struct klass klass;
	int partition;
};

/* A documented telephone contact of a woman of 18-44 at HS1 on 14 March 2020; tests change what matters. */
static inline struct kit_contact kit_contact(void)
{
	return (struct kit_contact){
		.unit = "HS1",
		.source = "vas",
		.yyyymm = 202003,
		.dd = 14,
		.form = 1,
		.kon = KON_KVINNA,
		.age_group = 2,
		.klass = {.status = STATUS_COMPLETED,
			  .vardform = VARDFORM_OPPEN,
			  .qualified = JUDGEMENT_JA,
			  .replaces_visit = JUDGEMENT_JA,
			  .documented = JUDGEMENT_JA},
	};
}

static inline struct snapshot kit_snapshot(int partitions)
{
	struct snapshot s = {.ns = "kp", .topic = "t", .partitions = partitions};
	s.partition = base_zalloc((size_t)partitions, sizeof(*s.partition));
	return s;
}

static inline uint16_t kit_unit(struct snapshot_partition *p, const char *text)
{
	for (size_t i = 0; i < p->units; i++)
		if (strcmp(p->unit[i], text) == 0)
			return (uint16_t)i;
	p->unit = base_realloc(p->unit, p->units + 1, sizeof(*p->unit));
	p->unit[p->units] = base_strdup(text);
	return (uint16_t)p->units++;
}

static inline uint16_t kit_klass(struct snapshot_partition *p, const struct klass *klass)
{
	for (size_t i = 0; i < p->klasses; i++)
		if (memcmp(p->klass + i, klass, sizeof(*klass)) == 0)
			return (uint16_t)i;
	p->klass = base_realloc(p->klass, p->klasses + 1, sizeof(*p->klass));
	p->klass[p->klasses] = *klass;
	return (uint16_t)p->klasses++;
}

/* `count` contacts alike, each consumed and applied once. */
static inline void kit_add(struct snapshot *s, struct kit_contact c, uint64_t count)
{
	struct snapshot_partition *p = s->partition + c.partition;
	struct cubes_cell dag = {
		.cube = CUBES_DAG, .yyyymm = c.yyyymm, .unit = kit_unit(p, c.unit)};
	(void)snprintf(c.klass.source, sizeof(c.klass.source), "%s", c.source);
	dag.value[CUBES_DIM_KLASS] = kit_klass(p, &c.klass);
	dag.value[CUBES_DIM_FORM] = (uint16_t)c.form;
	struct cubes_cell manad = dag;
	dag.value[CUBES_DIM_DD] = (uint16_t)c.dd;
	manad.cube = CUBES_MANAD;
	manad.value[CUBES_DIM_KON] = (uint16_t)c.kon;
	manad.value[CUBES_DIM_AGE_GROUP] = (uint16_t)c.age_group;
	s->cell = base_grow(s->cell, &s->cell_cap, s->cells + 2, sizeof(*s->cell));
	s->cell[s->cells++] = (struct snapshot_cell){c.partition, dag, count};
	s->cell[s->cells++] = (struct snapshot_cell){c.partition, manad, count};
	p->live += count;
	p->n += count;
	p->off += count;
	p->stat[KEYS_STAT_APPLIED] += count;
	p->ahead = p->cells = p->off;
}

/* A closing that balances. */
static inline struct leverans *kit_delivery(struct snapshot *s, const char *id, uint64_t sent)
{
	struct snapshot_delivery d = {.source = "vas"};
	(void)snprintf(d.id, sizeof(d.id), "%s", id);
	d.leverans = (struct leverans){
		.phase = PHASE_CLOSING, .reading = 1, .read = sent, .sent = sent};
	s->delivery = base_grow(s->delivery, &s->delivery_cap, s->deliveries + 1,
				sizeof(*s->delivery));
	s->delivery[s->deliveries] = d;
	return &s->delivery[s->deliveries++].leverans;
}
#endif
