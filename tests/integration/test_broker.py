"""The embedded broker: it says when it would forget, and does not go on after a run whose records are lost."""
import contextlib
import pathlib
import signal
import tempfile
import unittest

import source
from servers import Broker, run

RECORD, RECORDS = 100_000, 150      # of random bytes for one partition: three times what it keeps


def fill(broker):
    """With more than it keeps. It may end before it has acknowledged all of that."""
    with open("/dev/urandom", "rb") as dice, contextlib.suppress(AssertionError):
        broker.put([(0, b"k", dice.read(RECORD)) for _ in range(RECORDS)])


class Embedded(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="kp-"))) / "kafka"
        self.broker = self.start()

    def start(self):
        broker = Broker(self.dir, "--dir", self.dir)
        self.addCleanup(broker.process.kill)
        self.addCleanup(broker.process.process.stdout.close)
        return broker

    def again(self):
        """What a start that fails says."""
        return run("broker", "--dir", self.dir, check=65).stderr

    def test_one_that_is_full_ends_and_says_so(self):
        fill(self.broker)
        self.assertEqual(self.broker.process.wait(), 74)
        self.assertIn("partition 0: full; the broker has dropped the records before", self.broker.process.text())
        self.assertFalse((self.dir / "broker.log").exists(), "half of the records are never offered as all of them")
        self.assertIn("what was sent to it is lost", self.again())

    def test_one_that_was_killed_is_not_opened_again(self):
        self.broker.put([(0, b"k", b"v")])
        self.broker.process.kill()
        for _ in range(2):
            self.assertIn("the last run was not stopped but ended, and what was sent to it is lost", self.again())

    def test_a_stop_that_meets_it_frozen_is_a_stop(self):
        """Whichever thread hears the signal: the one of the cluster would end at it, and nothing could be kept."""
        for _ in range(12):
            self.broker.put([(0, b"k", b"v")])
            before = self.broker.records()
            self.broker.process.freeze()
            self.broker.process.signal(signal.SIGTERM)
            self.broker.process.thaw()
            self.assertEqual(self.broker.process.wait(20), 0)
            self.broker = self.start()
            self.assertEqual(self.broker.records(), before)

    def test_one_that_was_stopped_offers_the_same_records(self):
        self.broker.put([(p, b"k%d" % n, b"v%d" % n) for n in range(50) for p in range(4)])
        before = sorted(self.broker.records())
        self.assertEqual(len(before), 200)
        self.assertEqual(self.broker.stop(), 0)
        self.assertEqual(sorted(self.start().records()), before)


class Full(source.Case):
    def test_a_collector_whose_broker_is_full_has_delivered_nothing(self):
        """The file stays open; a broker with room takes it, whole."""
        rows, _ = source.generate(seed=7, count=2000)
        fill(self.p.broker)
        self.assertEqual(self.p.broker.process.wait(), 74)
        done = self.p.collect(self.mapping(), self.write(rows), args=("--clock", self.clock, "--kafka-timeout", "2000"), check=69)
        self.assertNotIn("complete", done.stderr)


if __name__ == "__main__":
    unittest.main()
