#include "kit.h"

#include "exporters/balance.h"

static struct snapshot balanced(void)
{
	struct snapshot s = kit_snapshot(2);
	struct kit_contact c = kit_contact();
	kit_add(&s, c, 7);
	c.partition = 1;
	kit_add(&s, c, 3);
	struct leverans *l = kit_delivery(&s, "aa", 10);
	l->read = 14;
	l->not_contact = 1;
	l->rejected[REASON_QUOTE] = 2;
	l->rejected[REASON_DATE_INVALID] = 1;
	kit_delivery(&s, "bb", 5)->phase = PHASE_OPENING;
	l = kit_delivery(&s, "cc", 5);
	l->phase = PHASE_QUARANTINED;
	l->reason = REASON_QUOTE_EOF;
	/* Partition 1 also saw a retraction, a duplicate and two dead records. */
	s.partition[1].n++;
	s.partition[1].stat[KEYS_STAT_APPLIED]++;
	s.partition[1].stat[KEYS_STAT_DUPLICATE] = 1;
	s.partition[1].stat[KEYS_STAT_DEAD] = 2;
	s.partition[1].dead[REASON_KEY] = 2;
	s.partition[1].base = 100;
	s.partition[1].off = 100 + 3 + 4;
	return s;
}

static void sums_are_of_the_whole_namespace(void **state)
{
	(void)state;
	struct snapshot s = balanced();
	struct balance b;
	struct fault f;
	assert_int_equal(balance_check(&s, &f), 0);
	balance_make(&s, &b);
	assert_int_equal(b.complete, 1);
	assert_int_equal(b.open, 1);
	assert_int_equal(b.quarantined[REASON_QUOTE_EOF], 1);
	/* Of the complete delivery alone. */
	assert_int_equal(b.read, 14);
	assert_int_equal(b.sent, 10);
	assert_int_equal(balance_sum(b.rejected), 3);
	assert_int_equal(b.consumed, 14);
	assert_int_equal(b.stat[KEYS_STAT_APPLIED], 11);
	assert_int_equal(b.dead[REASON_KEY], 2);
	assert_int_equal(b.live, 10);
	assert_int_equal(b.retracted, 1);
	snapshot_release(&s);
}

static void breaks(void (*damage)(struct snapshot *s), const char *law, const char *numbers)
{
	struct snapshot s = balanced();
	struct fault f;
	damage(&s);
	assert_int_equal(balance_check(&s, &f), FAULT_STATE);
	if (!strstr(f.text, law) || !strstr(f.text, numbers))
		fail_msg("%s, %s: %s", law, numbers, f.text);
	snapshot_release(&s);
}

static void lose_a_record(struct snapshot *s)
{
	s->delivery[0].leverans.read++;
}

static void lose_an_event(struct snapshot *s)
{
	s->partition[1].stat[KEYS_STAT_DUPLICATE] = 0;
}

static void dead_without_a_reason(struct snapshot *s)
{
	s->partition[1].dead[REASON_KEY]--;
	s->partition[1].stat[KEYS_STAT_DUPLICATE]++;
}

static void start_after_the_end(struct snapshot *s)
{
	s->partition[1].base = 1000;
}

static void more_live_than_known(struct snapshot *s)
{
	s->partition[0].n = 6;
}

static void change_one_cell_of_dag(struct snapshot *s)
{
	s->cell[0].count++;
}

static void change_one_cell_of_manad(struct snapshot *s)
{
	s->cell[3].count--;
}

static void each_law_is_enforced_and_named(void **state)
{
	(void)state;
	breaks(lose_a_record, "law 1", "delivery aa of vas: 15 is not 14");
	breaks(lose_an_event, "law 2", "partition 1: 7 is not 6");
	breaks(dead_without_a_reason, "law 2", "s.dead and its reasons: 2 is not 1");
	breaks(start_after_the_end, "law 2", "partition 1");
	breaks(more_live_than_known, "law 3", "partition 0: 7 is not 6");
	breaks(change_one_cell_of_dag, "law 4", "partition 0, cube dag: 8 is not 7");
	breaks(change_one_cell_of_manad, "law 4", "partition 1, cube manad: 2 is not 3");
}

static void the_table_reaches_every_sum(void **state)
{
	(void)state;
	struct balance b = {.complete = 1, .retracted = 3};
	const struct balance_term *t;
	b.rejected[REASON_QUOTE] = 2;
	uint64_t seen = 0;
	for (size_t i = 0; (t = balance_term(i)) != NULL; i++)
		seen += t->by_reason ? balance_sum(balance_value(&b, t)) : *balance_value(&b, t);
	assert_int_equal(seen, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_of_the_whole_namespace),
		cmocka_unit_test(each_law_is_enforced_and_named),
		cmocka_unit_test(the_table_reaches_every_sum),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
