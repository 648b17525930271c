/*
 * partition: claim, load, compare, fold, commit. Owns the state in memory; the connection and the
 * consumer are the session's.
 */
#include "aggregator/partition.h"

#include <inttypes.h>

#include "aggregator/ingest.h"
#include "aggregator/load.h"
#include "proto/leverans.h"

#define CELLS_AT_ONCE 50000 /* cells in one commit: Redis does nothing else meanwhile */

/* What the faults of a log begin with. */
static int where(const struct partition *p, struct fault *f)
{
	return fault_prefix(f, "topic %s, partition %d, offset %" PRIu64, p->topic,
			    p->state.partition, p->state.off);
}

static int check_cells(struct partition *p, struct store *store, struct load_compared *found,
		       struct fault *f)
{
	const bool late = p->state.settled.cells < p->state.off;
	const int kind = load_compare(store, p->ns, p->token, &p->state, found, f);

	if (kind < 0 || found->differing == 0 || p->ahead > p->state.off || late)
		return kind;
	return fault_set(f, FAULT_STATE,
			 "%s (%" PRIu64 " cells differ; no broken script explains it)",
			 found->first, found->differing);
}

/* Cells that a broken script left wrong, or commits left out, are written as the table gives them; no offset moves. */
static int heal(struct partition *p, struct store *store, struct fault *f)
{
	struct load_compared found;
	struct batch b = {0};
	int kind = check_cells(p, store, &found, f);

	if (kind == 0 && state_owes_cells(&p->state) &&
	    partition_commit(p, store, &b, false, f) != STORE_OK)
		kind = f->kind;
	p->healed = found.differing;
	batch_release(&b);
	return kind;
}

int partition_open(struct partition *p, struct store *store, int number,
		   const struct partition_claim *claim, struct fault *f)
{
	struct store_meta meta = {0};

	*p = (struct partition){.ns = claim->ns, .topic = claim->topic};
	memcpy(p->token, claim->token, sizeof(p->token));
	int kind = store_claim(store, number, p->token, &meta, f);

	if (kind < 0)
		return kind;
	if (strcmp(meta.topic, p->topic) != 0 || meta.s != claim->partitions)
		return fault_set(f, FAULT_STATE,
				 "partition %d of namespace %s counts topic %s of %d partitions, "
				 "not %s of %d",
				 number, p->ns, meta.topic, meta.s, p->topic, claim->partitions);
	state_init(&p->state, number, meta.s, meta.base, claim->seed);
	p->ahead = meta.ahead;
	kind = load_state(store, &meta, &p->state, f);
	partition_doubt(p);
	partition_trust(p);
	return kind == 0 ? heal(p, store, f) : kind;
}

void partition_release(struct partition *p)
{
	state_release(&p->state);
	*p = (struct partition){0};
}

uint64_t partition_start(const struct partition *p)
{
	return p->proven ? p->state.off : p->state.off - 1;
}

int partition_judge(const struct partition *p, int64_t low, int64_t high, struct fault *f)
{
	const uint64_t off = p->state.off, start = partition_start(p);
	const uint64_t end = p->ahead > off ? p->ahead : off;

	if (low >= 0 && (uint64_t)low <= start && high >= 0 && (uint64_t)high >= end)
		return 0;
	(void)fault_set(
		f, FAULT_STATE,
		"the log holds the offsets from %" PRId64 " up to %" PRId64
		", but what was counted needs %" PRIu64 " to %" PRIu64
		": the topic was recreated or cut short, or retention took what was not counted",
		low, high, start, end);
	return where(p, f);
}

void partition_doubt(struct partition *p)
{
	p->proven = p->state.off == p->state.base;
}

static int prove(const struct kafka_record *r, uint64_t probe, struct fault *f)
{
	if (ingest_probe(r) != probe)
		return fault_set(
			f, FAULT_STATE,
			"the record at offset %" PRId64
			" is not the one that was counted: the topic was recreated or rewritten",
			r->offset);
	return 0;
}

static struct partition_anchor here(const struct partition *p)
{
	return (struct partition_anchor){p->state.off, p->state.probe};
}

bool partition_witness(const struct partition *p, enum partition_witness which, int64_t low,
		       struct partition_anchor *ret)
{
	const uint64_t first = p->state.base > (uint64_t)low ? p->state.base : (uint64_t)low;
	const int n = (int)which - PARTITION_LAST;

	if (which == PARTITION_TRUSTED)
		*ret = p->trusted;
	else
		*ret = n < p->breaks ? p->broke[n] : here(p);
	return ret->off > first && (n <= 0 || n < p->breaks);
}

int partition_hear(const struct partition *p, const struct partition_anchor *witness,
		   const struct kafka_record *r, struct fault *f)
{
	int kind = ingest_contiguous(r, witness->off - 1, f);

	if (kind == 0)
		kind = prove(r, witness->probe, f);
	return kind < 0 ? where(p, f) : 0;
}

void partition_shaken(struct partition *p)
{
	if (p->breaks > 0 && p->broke[p->breaks - 1].off == p->state.off)
		return;
	if (p->breaks < PARTITION_BREAKS)
		p->breaks++;
	p->broke[p->breaks - 1] = here(p);
}

void partition_trust(struct partition *p)
{
	p->trusted = here(p);
	p->breaks = 0;
}

/* Another key would count a source twice, so a person must see it: which source, which pins. */
static void note_clash(struct partition *p, const struct event *e, enum reason reason)
{
	char field[40], pin[LEVERANS_PIN_MAX];

	if ((reason != REASON_KEY_EPOCH && reason != REASON_VERSION_KIND) || p->clash[0] != '\0')
		return;
	leverans_pin_field(e->source, field);
	leverans_pin(e, pin);
	(void)snprintf(p->clash, sizeof(p->clash),
		       "%s: source %s is pinned to %s, its events now say %s", reason_name(reason),
		       e->source, ledger_get(&p->state.ledger, field), pin);
}

void partition_expect(const struct partition *p, const struct kafka_record *r)
{
	if (r->value != NULL)
		__builtin_prefetch(r->value);
	if (r->key != NULL && r->key_len == EVENT_ID_BYTES)
		contacts_expect(&p->state.contacts, r->key);
}

int partition_take(struct partition *p, const struct kafka_record *r, struct event *e,
		   struct fold_effects *ret, struct fault *f)
{
	int kind = ingest_contiguous(r, partition_start(p), f);

	if (kind == 0 && !p->proven) {
		kind = prove(r, p->state.probe, f);
		p->proven = kind == 0;
		return kind < 0 ? where(p, f) : 0;
	}
	if (kind < 0)
		return where(p, f);

	const char *field;
	const enum reason reason = ingest_event(r, p->state.partitions, e, &field);

	*ret = reason == REASON_NONE ? fold(&p->state, e) : fold_dead(reason, field);
	note_clash(p, e, ret->reason);
	fold_apply(&p->state, e, ret, ingest_probe(r));
	if (p->trusted.off <= p->state.base)
		p->trusted = here(p);
	return 1;
}

bool partition_owes(const struct partition *p, bool deferred)
{
	return p->state.off > p->state.settled.off || (!deferred && state_owes_cells(&p->state));
}

static enum store_answer commit_once(struct partition *p, struct store *store, struct batch *b,
				     size_t cells, struct fault *f)
{
	const struct store_commit c = batch_commit(b, &p->state, p->token, cells);
	const enum store_answer answer = store_commit(store, p->state.partition, &c, f);

	if (answer == STORE_OK)
		state_settle(&p->state, c.cell_count);
	else
		state_release(&p->state); /* Only a load can tell what stands in Redis now. */
	return answer;
}

/* The backlog is done: now its cells, and the pairs that lead to them. */
static void count_anew(struct state *s)
{
	state_recount(s);
	(void)state_name_pairs(s);
}

enum store_answer partition_commit(struct partition *p, struct store *store, struct batch *b,
				   bool deferred, struct fault *f)
{
	/* What a broken script wrote is found again only by writing the same cells again. */
	deferred = deferred && p->state.settled.off >= p->ahead;
	if (deferred)
		state_defer(&p->state);
	else if (p->state.deferred)
		count_anew(&p->state);
	if (!deferred && p->state.cells.touches > CELLS_AT_ONCE)
		cells_sort(&p->state.cells);

	enum store_answer answer = commit_once(p, store, b, CELLS_AT_ONCE, f);

	while (answer == STORE_OK && !deferred && state_owes_cells(&p->state))
		answer = commit_once(p, store, b, CELLS_AT_ONCE, f);
	return answer;
}

int partition_verify(struct partition *p, struct store *store, struct fault *f)
{
	struct load_compared found;

	return check_cells(p, store, &found, f);
}
