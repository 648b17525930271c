"""What a real Kafka does to a log that is being counted: each row stops, named, or heals, exact (README.md of the aggregator).

All cases run at once, each in a thread with a topic and a Redis of its own: most wait for half a minute, in which a broker
that contradicts is asked again, or for a minute until the log is looked at. An unclean election needs two brokers: not here;
what it leaves, a log rewritten shorter or longer, is.
"""
import concurrent.futures
import os
import shutil
import unittest

import source
from servers import kafka, wait_until

CLOCK = ("--clock", "2026-06-01T12:00:00Z")
NOBODYS = [(p, b"k", b"v") for p in range(4)]       # records that no collector sent: dead letters, if they were folded
QUICK = ("--kafka-property", "socket.timeout.ms=1000")
AGAIN = "asked again (3 of 3)"
DEADLINE = 180      # for what takes 60 s or 90 s on a machine with nothing else to do

class Case(kafka.KafkaPipeline):
    """A topic with the contacts of `seed`, counted by an aggregator that runs."""

    def __init__(self, seed, broker=None):
        super().__init__(broker)
        rows, self.contacts = source.generate(seed, 200)
        self.halves = [rows[:len(rows) // 2], rows[len(rows) // 2:]]
        self.mapping = self.dir / "mapping.yaml"
        self.mapping.write_text(source.MAPPING, encoding="utf-8")
        self.running = None
        self.send(0)

    def send(self, half):
        path = self.dir / f"del-{half}.csv"
        path.write_text(source.csv(self.halves[half]), encoding="utf-8")
        self.collect(self.mapping, path, args=CLOCK)

    def count(self):
        """An aggregator that has counted all there is, and goes on."""
        self.running = self.start_aggregate(*QUICK)
        self.caught_up()
        return self

    def caught_up(self):
        wait_until(lambda: self.redis.offsets() == self.high() or not self.running.alive(), "everything is counted", DEADLINE)
        assert self.running.alive(), self.running.text()

    def recreate(self, records):
        self.broker.delete_topic(self.topic)
        self.broker.create_topic(self.topic, 4)
        self.broker.put(records, self.topic)

    def stops(self, *words, meant=None):
        """The one that runs ends with 65 and these words; a state that nothing false was folded into stays as it was."""
        before = meant or self.redis.cells()
        status = self.running.wait(DEADLINE)
        said = self.running.text()
        assert status == 65 and all(word in said for word in words), f"exit {status}, expected {words}\n{said}"
        assert self.redis.cells() == before, "cells changed"

    def refuses(self, *words):
        """So does one that is started now."""
        before = self.redis.cells(), self.redis.offsets()
        done = self.aggregate(check=65)
        assert all(word in done.stderr for word in words), f"expected {words}\n{done.stderr}"
        assert (self.redis.cells(), self.redis.offsets()) == before, "nothing was written"

    def heals(self):
        """All is counted, exactly, by the aggregator that ran through it."""
        self.caught_up()
        assert self.running.stop() == 0, self.running.text()
        self.exact()

    def exact(self):
        self.aggregate()
        for by in source.EVERYTHING:
            figures = self.figures("alla", "--rule", "kontakt/1", "--by", by)
            assert source.model.exported(figures) == source.model.cells(self.contacts, by.split(","), "kontakt/1"), by
        source.laws(self, figures)

    def close(self):
        if self.running:
            self.running.kill()
        super().close()


def recreated_shorter_while_running():
    with Case(101) as c:
        c.count().recreate(NOBODYS)
        c.stops(AGAIN)
        c.refuses("recreated or cut short", AGAIN)


def recreated_longer_while_running():
    with Case(102) as c:
        c.count().running.freeze()
        c.recreate(NOBODYS * (max(c.high()) + 50))
        c.running.thaw()
        assert c.running.wait(DEADLINE) == 65, c.running.text()
        assert "not the one that was counted" in c.running.text(), c.running.text()


def recreated_while_stopped():
    """Longer is seen at once; shorter is asked again."""
    with Case(103) as c:
        c.aggregate()
        high = max(c.high())
        c.recreate(NOBODYS)
        c.refuses("recreated or cut short", AGAIN)
        c.broker.put(NOBODYS * high, c.topic)
        c.refuses("not the one that was counted")


def deleted_before_they_were_counted():
    """Records that are gone from Kafka before they were counted are never skipped."""
    with Case(104) as c:
        c.aggregate()
        c.send(1)
        c.broker.delete_records(c.topic, c.high())
        c.refuses("retention took what was not counted", AGAIN)


def deleted_but_counted():
    """What is counted may go: the figures stand."""
    with Case(105) as c:
        c.count()
        c.broker.delete_records(c.topic, [offset - 1 for offset in c.high()])
        c.send(1)
        c.heals()


def partitions_added():
    with Case(106) as c:
        c.count()
        c.broker.add_partitions(c.topic, 6)
        c.stops(AGAIN, "has got 6 partitions, 4 are counted")
        c.broker.add_partitions(c.topic + ".dlq", 6)
        c.refuses("6 partitions", "counts 4")


def topic_deleted_while_running():
    with Case(107) as c:
        c.count().broker.delete_topic(c.topic)
        c.stops(c.topic)


def corrupt_on_disk():
    """A batch whose checksum is wrong is never folded, nor is anything after it."""
    with Case(108) as c:
        c.aggregate()
        before = c.redis.offsets()
        c.send(1)
        with open(c.broker.log_of(c.topic, 0), "r+b") as log:
            log.seek(-1, os.SEEK_END)
            last = log.read(1)
            log.seek(-1, os.SEEK_END)
            log.write(bytes([last[0] ^ 1]))
        c.running = c.start_aggregate(*QUICK)
        assert c.running.wait(DEADLINE) == 65, c.running.text()
        assert "BAD_MSG" in c.running.text(), c.running.text()
        assert c.redis.offsets()[0] < c.high()[0] and min(n - b for n, b in zip(c.redis.offsets(), before)) >= 0


def redis_restored_from_an_older_copy():
    with Case(109) as c:
        c.count()
        files, copy = c.redis.folder / "appendonlydir", c.dir / "copy"
        shutil.copytree(files, copy)
        c.send(1)
        c.caught_up()
        c.redis.kill()
        shutil.rmtree(files)
        copy.rename(files)
        c.redis.start()
        assert c.redis.offsets() != c.high(), "the copy is older"
        c.heals()


def frozen_cut_and_rewritten():
    """One broker of its own, as it is frozen and killed: a topic heals, one is cut, one is cut and grows again."""
    with kafka.Kafka() as broker, Case(110, broker) as well, Case(111, broker) as cut, Case(112, broker) as longer:
        for c in (well, cut, longer):
            c.count()
        broker.freeze()
        wait_until(lambda: "timed out" in well.running.text(), "the aggregator misses the broker")
        broker.thaw()
        wait_until(broker.ready, "the thawed broker answers")
        well.send(1)
        well.caught_up()
        longer.running.freeze()
        high = longer.high()
        broker.kill()
        for c in (cut, longer):
            for partition in range(4):
                log = broker.log_of(c.topic, partition)
                os.truncate(log, log.stat().st_size // 3)
        broker.start()
        broker.put(NOBODYS * max(high), longer.topic)
        longer.running.thaw()
        assert longer.running.wait(DEADLINE) == 65, longer.running.text()
        assert "not the one that was counted" in longer.running.text(), longer.running.text()
        cut.stops(AGAIN, "recreated or cut short")
        well.heals()


CASES = [recreated_shorter_while_running, recreated_longer_while_running, recreated_while_stopped, deleted_before_they_were_counted,
         deleted_but_counted, partitions_added, topic_deleted_while_running, corrupt_on_disk, redis_restored_from_an_older_copy,
         frozen_cut_and_rewritten]


@kafka.wanted
class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        kafka.shared()
        pool = concurrent.futures.ThreadPoolExecutor(len(CASES))
        cls.addClassCleanup(pool.shutdown)
        cls.outcome = {case.__name__: pool.submit(case) for case in CASES}


def test_of(name):
    def test(self):
        self.outcome[name].result()
    return test


for one in CASES:
    setattr(Faults, f"test_{one.__name__}", test_of(one.__name__))


if __name__ == "__main__":
    unittest.main()
