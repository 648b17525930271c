/*
 * balance: the sums, and the laws that they must obey.
 */
#include "exporters/balance.h"

#include <stdarg.h>

#define AT(member) offsetof(struct balance, member)

/* clang-format off */
static const struct balance_term terms[] = {
	{"deliveries", "leveranser", "complete",    "avslutade",    AT(complete),    false},
	{"deliveries", "leveranser", "open",        "öppna",        AT(open),        false},
	{"deliveries", "leveranser", "quarantined", "i karantän",   AT(quarantined), true},
	{"records",    "rader",      "read",        "lästa",        AT(read),        false},
	{"records",    "rader",      "sent",        "sända",        AT(sent),        false},
	{"records",    "rader",      "not_contact", "ej kontakter", AT(not_contact), false},
	{"records",    "rader",      "rejected",    "avvisade",     AT(rejected),    true},
	{"events",     "händelser",  "consumed",    "lästa",        AT(consumed),    false},
	{"events",     "händelser",  "applied",     "verkställda",  AT(stat[KEYS_STAT_APPLIED]),   false},
	{"events",     "händelser",  "unchanged",   "oförändrade",  AT(stat[KEYS_STAT_UNCHANGED]), false},
	{"events",     "händelser",  "duplicate",   "dubbletter",   AT(stat[KEYS_STAT_DUPLICATE]), false},
	{"events",     "händelser",  "stale",       "inaktuella",   AT(stat[KEYS_STAT_STALE]),     false},
	{"events",     "händelser",  "conflict",    "konflikter",   AT(stat[KEYS_STAT_CONFLICT]),  false},
	{"events",     "händelser",  "leverans",    "leveranser",   AT(stat[KEYS_STAT_LEVERANS]),  false},
	{"events",     "händelser",  "control",     "styrposter",   AT(stat[KEYS_STAT_CONTROL]),   false},
	{"events",     "händelser",  "dead",        "döda",         AT(dead),        true},
	{"contacts",   "kontakter",  "live",        "levande",      AT(live),        false},
	{"contacts",   "kontakter",  "retracted",   "återtagna",    AT(retracted),   false},
};
/* clang-format on */

const struct balance_term *balance_term(size_t i)
{
	return i < ARRAY_SIZE(terms) ? terms + i : NULL;
}

const uint64_t *balance_value(const struct balance *b, const struct balance_term *t)
{
	return (const uint64_t *)((const char *)b + t->offset);
}

uint64_t balance_sum(const uint64_t by_reason[REASONS_END])
{
	uint64_t sum = 0;
	for (int r = 0; r < REASONS_END; r++)
		sum += by_reason[r];
	return sum;
}

uint64_t balance_behind(const struct balance *b)
{
	uint64_t frames = b->stat[KEYS_STAT_LEVERANS] + b->stat[KEYS_STAT_CONTROL];
	uint64_t contacts = b->consumed - frames;
	return b->sent > contacts ? b->sent - contacts : 0;
}

static void add_all(uint64_t *to, const uint64_t *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] += from[i];
}

static void add_delivery(struct balance *b, const struct leverans *l)
{
	if (l->phase == PHASE_QUARANTINED)
		b->quarantined[l->reason]++;
	if (l->phase == PHASE_OPENING)
		b->open++;
	if (l->phase != PHASE_CLOSING)
		return;
	b->complete++;
	b->read += l->read;
	b->sent += l->sent;
	b->not_contact += l->not_contact;
	add_all(b->rejected, l->rejected, REASONS_END);
}

void balance_make(const struct snapshot *s, struct balance *ret)
{
	struct balance b = {0};
	for (size_t i = 0; i < s->deliveries; i++)
		add_delivery(&b, &s->delivery[i].leverans);
	for (int i = 0; i < s->partitions; i++) {
		const struct snapshot_partition *p = s->partition + i;
		b.consumed += p->off - p->base;
		add_all(b.stat, p->stat, KEYS_STATS_END);
		add_all(b.dead, p->dead, REASONS_END);
		add_all(b.noted, p->noted, REASONS_END);
		b.live += p->live;
		b.retracted += p->n - p->live;
	}
	*ret = b;
}

static const char *const law_text[] = {
	NULL,
	"read = sent + not_contact + all rejected",
	"consumed = applied + unchanged + duplicate + stale + conflict + leverans + control + all "
	"dead",
	"live + retracted = contacts known",
	"the cells of each cube add up to live",
};

PRINTF(5, 6)
static int require(int law, uint64_t left, uint64_t right, struct fault *f, const char *where, ...)
{
	char place[96];
	va_list args;
	if (left == right)
		return 0;
	va_start(args, where);
	(void)vsnprintf(place, sizeof(place), where, args);
	va_end(args);
	return fault_set(f, FAULT_STATE,
			 "law %d of the balance (%s) does not hold in %s: %llu is not %llu; no "
			 "figure is given",
			 law, law_text[law], place, (unsigned long long)left,
			 (unsigned long long)right);
}

static int check_delivery(const struct snapshot_delivery *d, struct fault *f)
{
	const struct leverans *l = &d->leverans;
	if (l->phase != PHASE_CLOSING)
		return 0;
	return require(1, l->read, l->sent + l->not_contact + balance_sum(l->rejected), f,
		       "delivery %s of %s", d->id, d->source);
}

static int check_partition(const struct snapshot *s, int i, const uint64_t cells[CUBES_END],
			   struct fault *f)
{
	const struct snapshot_partition *p = s->partition + i;
	uint64_t dead = balance_sum(p->dead), sum = dead;
	for (int k = 0; k < KEYS_STATS_END; k++)
		sum += k == KEYS_STAT_DEAD ? 0 : p->stat[k];
	int rc = require(2, p->off - p->base, sum, f, "partition %d", i);
	if (rc == 0)
		rc = require(2, p->stat[KEYS_STAT_DEAD], dead, f,
			     "partition %d, s.dead and its reasons", i);
	/* What is retracted is what is known and not live, so the law fails when more live than are known. */
	if (rc == 0)
		rc = require(3, p->live, p->live < p->n ? p->live : p->n, f, "partition %d", i);
	for (int c = 0; c < CUBES_END && rc == 0; c++)
		rc = require(4, cells[c], p->live, f, "partition %d, cube %s", i,
			     cubes_row((enum cubes_cube)c)->name);
	return rc;
}

int balance_check(const struct snapshot *s, struct fault *f)
{
	uint64_t(*cells)[CUBES_END] = base_zalloc((size_t)s->partitions, sizeof(*cells));
	int rc = 0;
	for (size_t i = 0; i < s->cells; i++)
		cells[s->cell[i].partition][s->cell[i].at.cube] += s->cell[i].count;
	for (size_t i = 0; i < s->deliveries && rc == 0; i++)
		rc = check_delivery(s->delivery + i, f);
	for (int i = 0; i < s->partitions && rc == 0; i++)
		rc = check_partition(s, i, cells[i], f);
	free(cells);
	return rc;
}
