"""Three nodes of Kafka: leaders that die, that no longer lead and do not know it, and that were not in sync.

Each test is one scene on the same nodes, played at once for Debian's librdkafka and for the newest, each with topics and a
Redis of its own. What one broker can do to a log is in test_kafka_faults.
"""
import contextlib
import unittest

from faults.kafka_case import AGAIN, Case, COLUMNS, DEADLINE, NOBODYS, QUICK, Sending
from servers import kafka, kafka_nodes, librdkafka, wait_until

ALONE = {"min.insync.replicas": "1"}
UNCLEAN = {"unclean.leader.election.enable": "true", **ALONE}
SHORT_QUEUE = ("--kafka-property", "queue.buffering.max.messages=10")
# Whoever asks so often asks a leader of yesterday too.
SHORT_REFRESH = ("--kafka-property", "topic.metadata.refresh.interval.ms=100", "--kafka-property", "reconnect.backoff.max.ms=100")
SESSION = ("--kafka-property", "session.timeout.ms=3000", "--kafka-property", "heartbeat.interval.ms=300")
OFFSETS = "__consumer_offsets"      # whoever leads its only partition is the coordinator of every group
DOUBT = "a broker that no longer leads would say so too"


@kafka.wanted
class Nodes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        librdkafka.library()
        cls.nodes = kafka_nodes.Nodes()
        cls.addClassCleanup(cls.nodes.close)

    def setUp(self):
        self.stack = self.enterContext(contextlib.ExitStack())

    def topics(self, replicas=kafka_nodes.NUMBERS, settings=None):
        """One for each column, led by the first of `replicas`."""
        return [self.nodes.fresh_topic(4, settings, replicas) for _ in COLUMNS]

    def both(self, make, seed, topics, **kwargs):
        return [self.stack.enter_context(make(column, seed, self.nodes, topic=topic, **kwargs)) for column, topic in zip(COLUMNS, topics)]

    def held(self, seed, topics, **kwargs):
        """Collectors, each of which stands still before the next one begins."""
        return [self.stack.enter_context(Sending(column, seed, self.nodes, topic=topic, **kwargs)).hold() for column, topic in zip(COLUMNS, topics)]

    def test_1_a_leader_is_killed_under_load(self):
        cases = self.held(201, self.topics())
        counting = [c.start_aggregate("--batch", "50", *QUICK) for c in cases]
        for c in cases:
            c.goes_on()
        self.nodes.kill(1)
        for c in cases:
            self.assertFalse(c.receipt().exists(), "the leader died in the middle of the file")
        for c in cases:
            self.nodes.led(c.topic, 2, 3)
        self.nodes.start(1)
        for c, aggregate in zip(cases, counting):
            wait_until(c.receipt().exists, "the file is delivered", DEADLINE)
            wait_until(lambda: c.redis.offsets() == c.high() or not aggregate.alive(), "everything is counted", DEADLINE)
            self.assertEqual(aggregate.stop(), 0, aggregate.text())
            self.assertNotIn("trying again", c.collector.text(), "nothing is sent twice")
            c.delivers()

    def test_2_a_leader_that_no_longer_leads_denies_records_that_others_hold(self):
        cases = [c.count(*SHORT_REFRESH) for c in self.both(Case, 202, self.topics((1, 2, 3)))]
        for leader, others in 5 * ((1, (2, 3)), (2, (1, 3))):
            if DOUBT not in cases[0].running.text():
                self.deposed(leader, others, cases)
        self.assertIn(DOUBT, cases[0].running.text(), "librdkafka 2.0.2 goes back to the leader that was")
        self.assertNotIn(DOUBT, cases[1].running.text(), "the newest knows better")
        for c in cases:
            c.send(1)
            c.heals()

    def deposed(self, leader, others, cases):
        """Frozen until others lead, and have records that it has not; then awake."""
        self.nodes.freeze(leader)
        for c in cases:
            self.nodes.led(c.topic, *others)
            c.broker.put(NOBODYS * 10, c.topic)
        for c in cases:
            c.caught_up()
        self.nodes.thaw(leader)
        wait_until(lambda: self.knows(leader, cases[0].topic, others), "it knows that it was deposed")
        for c in cases:
            c.broker.put(NOBODYS, c.topic)
            c.caught_up()

    def knows(self, node, topic, leaders):
        with contextlib.suppress(OSError):
            return set(self.nodes.node[node].metadata(topic)[2][topic].values()) <= set(leaders)
        return False

    def test_3_a_leader_that_was_not_in_sync(self):
        """2 misses what 1 takes alone, and leads when 1 is dead: what was acknowledged, and counted, is gone.

        More dead letters than a client's queue holds, which 1 does not take alone, are waited for no longer than for any answer of
        Kafka, and not counted before they are safe.
        """
        shorter, longer = ([c.count() for c in self.both(Case, seed, self.topics((1, 2), UNCLEAN))] for seed in (203, 204))
        known = self.held(205, self.topics((1, 2), UNCLEAN))
        waiting = self.held(206, self.topics((1, 2), {"min.insync.replicas": "2"}), patience=2000)
        undelivered = [c.count(*SHORT_QUEUE) for c in self.both(Case, 209, self.topics((1, 2), ALONE))]
        for c in undelivered:
            self.nodes.node[1].alter(c.topic + ".dlq", "min.insync.replicas", "3")     # it is on all three
        topics = self.topics((1, 2), UNCLEAN)
        self.nodes.kill(2)
        for c in (*shorter, *longer):
            c.send(1)
            c.caught_up()       # so 2 is no longer waited for
        for c in undelivered:
            before = c.redis.offsets()
            c.broker.put(NOBODYS * 20, c.topic)
            wait_until(lambda: "no acknowledgement for 10000 ms; trying again" in c.running.text() or not c.running.alive(), "the letters are not taken", DEADLINE)
            self.assertEqual(c.redis.offsets(), before)
        unknown = self.held(207, topics)
        for c in known:
            c.goes_on()
            c.hold()
        for c in waiting:
            c.collector.thaw()
            c.says("no acknowledgement")
        for c in longer:
            c.running.freeze()
        high = max(max(c.high()) for c in longer)
        self.nodes.kill(1)
        self.nodes.start(2)
        for c in (*shorter, *longer, *known, *unknown):
            self.nodes.led(c.topic, 2)
        for c in longer:
            self.nodes.put(NOBODYS * high, c.topic)
            c.running.thaw()
        for c in (*known, *unknown):
            c.collector.thaw()
        for c in longer:
            self.assertEqual(c.running.wait(DEADLINE), 65, c.running.text())
            self.assertIn("not the one that was counted", c.running.text())
        for c in known:
            c.says("sequence")
        for c in unknown:
            c.says("Kafka lost what it had acknowledged")
        self.nodes.start(1)
        for c in shorter:
            c.stops(AGAIN, f"topic {c.topic}, partition ", ", offset ", "recreated or cut short")
        for c in (*known, *unknown, *waiting):
            c.delivers()
        for c in undelivered:
            c.send(1)
            c.heals()

    def test_4_the_coordinator_of_a_group_is_frozen_and_the_next_one_killed(self):
        """Row 33 of Kafka's behaviours: the group goes on with another one, and members join meanwhile."""
        cases = [c.count("--group", c.topic, *SESSION) for c in self.both(Case, 208, self.topics())]
        members = {c: [c.running] for c in cases}
        self.joined(members)
        frozen = self.coordinator()
        self.nodes.freeze(frozen)
        self.nodes.led(OFFSETS, *set(kafka_nodes.NUMBERS) - {frozen})
        for c in cases:
            c.send(1)
            c.caught_up()
        self.joined(members)
        self.nodes.thaw(frozen)
        wait_until(self.nodes.node[frozen].ready, "it is listed again", kafka.START_SECONDS)
        killed = self.coordinator()
        self.nodes.kill(killed)
        self.nodes.led(OFFSETS, *set(kafka_nodes.NUMBERS) - {killed})
        self.joined(members)
        self.nodes.start(killed)
        for c in cases:
            c.caught_up()
            for member in members[c][1:]:
                self.assertEqual(member.stop(), 0, member.text())
            c.heals()

    def coordinator(self):
        node, = self.nodes.leaders(OFFSETS).values()
        return node

    def joined(self, members):
        """One member more in each group, that has got partitions."""
        for c, running in members.items():
            new = c.start_aggregate(*QUICK, "--group", c.topic, *SESSION, name=f"member-{len(running)}")
            self.addCleanup(new.kill)
            running.append(new)
        for running in members.values():
            wait_until(lambda: "has got" in running[-1].text() or not all(m.alive() for m in running), "the group takes a member in", DEADLINE)
            for m in running:
                self.assertTrue(m.alive(), m.text())


if __name__ == "__main__":
    unittest.main()
