"""Two aggregators on one namespace, and an aggregator that is told to stop, or whose servers go away."""
import time
import unittest

import source
from oracle import model
from servers import Broker, kafka, wait_until


class Base(source.Case):
    def setUp(self):
        super().setUp()
        self.rows, self.contacts = source.generate(seed=4, count=400)

    def start(self, name, *args):
        process = self.p.start_aggregate(*args, name=name)
        self.addCleanup(process.kill)
        wait_until(lambda: "partition 3:" in process.text() or not process.alive(), f"{name} owns every partition")
        self.assertTrue(process.alive(), process.text())
        return process

    def in_time(self, running):
        begun = time.monotonic()
        self.assertEqual(running.stop(), 0)
        self.assertLess(time.monotonic() - begun, 4, "a reply of Redis may take 5 s, and is not waited for")

    def caught_up(self):
        wait_until(lambda: self.p.redis.offsets() == self.p.high(), "everything is counted")

    def right(self, rows):
        figures, _ = self.aggregate(by=source.EVERYTHING[1])
        self.assertEqual(model.exported(figures), model.cells(source.standing(rows), source.EVERYTHING[1].split(","), "kontakt/1"))


class Two(Base):
    def fenced(self, first, second):
        self.assertEqual(first.wait(), 75)
        owner = self.p.meta(0)["owner"]
        self.assertIn(f":{second.pid}", owner)
        self.assertIn(owner.split(".")[0], first.text(), "the message names the other's host and pid")

    def test_the_first_stops_and_names_the_second(self):
        first = self.start("first")
        self.collect(self.write(self.rows[:200], "a.csv"))
        self.caught_up()
        second = self.start("second")
        self.collect(self.write(self.rows[200:], "b.csv"))
        self.fenced(first, second)
        self.caught_up()
        self.assertEqual(second.stop(), 0)
        self.right(self.rows)

    def test_an_idle_one_notices_too(self):
        first = self.start("first")
        second = self.start("second")
        self.fenced(first, second)
        self.assertEqual(second.stop(), 0)

    def test_one_with_a_commit_at_hand(self):
        """The first is stopped by SIGSTOP while records wait for it, and goes on when it no longer owns anything."""
        first = self.start("first")
        first.freeze()
        self.collect(self.write(self.rows, "a.csv"))
        second = self.start("second")
        self.caught_up()
        first.thaw()
        self.fenced(first, second)
        self.assertEqual(second.stop(), 0)
        self.right(self.rows)

    def test_once_beside_a_running_one(self):
        first = self.start("first")
        self.collect(self.write(self.rows, "a.csv"))
        self.p.aggregate()
        self.assertEqual(first.wait(), 75)
        self.right(self.rows)


class Stop(Base):
    def test_sigterm_while_idle(self):
        running = self.start("one")
        self.in_time(running)

    def test_sigterm_while_redis_does_not_answer(self):
        running = self.start("one")
        self.p.redis.process.freeze()
        self.collect(self.write(self.rows, "a.csv"))
        self.in_time(running)
        self.p.redis.process.thaw()
        self.right(self.rows)

    def test_sigterm_during_a_load(self):
        self.collect(self.write(self.rows, "a.csv"))
        running = self.p.start_aggregate("--batch", "1")
        self.addCleanup(running.kill)
        wait_until(lambda: sum(self.p.redis.offsets()) > 20, "the load has begun")
        self.in_time(running)
        self.right(self.rows)


class Frozen(Base):
    """On a Kafka of its own: the warm one is never frozen."""

    def setUp(self):
        super().setUp()
        if self.real:
            self.p = self.enterContext(kafka.KafkaPipeline(self.enterContext(kafka.Kafka())))

    def test_sigterm_while_kafka_does_not_answer(self):
        running = self.start("one")
        self.p.broker.process.freeze()
        self.in_time(running)
        self.p.broker.process.thaw()


class Away(Base):
    def test_redis_comes_back(self):
        running = self.start("one")
        self.p.redis.stop()
        self.collect(self.write(self.rows, "a.csv"))
        wait_until(lambda: "trying again" in running.text(), "the aggregator says that Redis is away")
        self.p.redis.start()
        self.caught_up()
        self.assertEqual(running.stop(), 0)
        self.right(self.rows)

    def test_redis_is_slow_and_commits_come_late(self):
        """Redis stands still for longer than a reply may take: the commit may be done or not, and is never sent twice."""
        running = self.start("one", "--batch", "50")
        self.collect(self.write(self.rows[:200], "a.csv"))
        self.p.redis.process.freeze()
        self.collect(self.write(self.rows[200:], "b.csv"))
        wait_until(lambda: "trying again" in running.text(), "a reply is overdue")
        self.p.redis.process.thaw()
        self.caught_up()
        self.assertEqual(running.stop(), 0)
        self.right(self.rows)

    def test_once_gives_up_without_redis(self):
        self.collect(self.write(self.rows, "a.csv"))
        self.p.redis.stop()
        done = self.p.aggregate("--redis-timeout", "1", check=69)
        self.assertIn("redis", done.stderr.lower())
        self.p.redis.start()
        self.right(self.rows)


class Anew(Base):
    """On Kafka a topic is recreated: faults/test_kafka_faults."""

    def test_a_log_that_was_begun_anew(self):
        self.collect(self.write(self.rows, "a.csv"))
        self.aggregate()
        self.p.broker.stop()
        self.p.broker = Broker(self.p.dir / "kafka-2")
        done = self.p.aggregate(check=65)
        self.assertIn("partition 0", done.stderr)


TwoOnKafka, StopOnKafka, FrozenOnKafka, AwayOnKafka = map(source.on_kafka, (Two, Stop, Frozen, Away))


if __name__ == "__main__":
    unittest.main()
