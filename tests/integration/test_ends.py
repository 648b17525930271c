"""How an aggregator ends: it takes nothing from a better one, gives up what cannot be, and waits for nobody once it is told to stop."""
import signal
import socket
import subprocess
import time
import unittest

from integration.test_two_aggregators import Base
from servers import Process, program, relay, run, wait_until


class Rightful(Base):
    def counts(self, running):
        """What runs still owns everything."""
        self.collect(self.write(self.rows, "a.csv"))
        wait_until(lambda: self.p.redis.offsets() == self.p.high() or not running.alive(), "everything is counted")
        self.assertEqual(running.stop(), 0, running.text())

    def test_one_for_another_topic_takes_nothing(self):
        running = self.start("one")
        said = run("aggregate", "--once", *self.p.servers()[:-1], "vardkontakt.annan.v1", check=65).stderr
        self.assertIn("namespace kp counts topic vardkontakt.handelse.v1, not vardkontakt.annan.v1", said)
        self.counts(running)

    def test_one_that_waits_for_redis_takes_nothing_when_it_is_stopped(self):
        """Its pause is long when Redis is back and another counts; a stop ends the pause."""
        first = self.start("first")
        self.p.redis.stop()
        wait_until(lambda: first.text().count("trying again") >= 7, "pauses of some seconds")
        first.freeze()
        self.p.redis.start()
        second = self.start("second")
        first.signal(signal.SIGTERM)
        first.thaw()
        self.assertEqual(first.wait(), 0)
        self.counts(second)


class Stops(Base):
    def test_asking_again_and_again_does_not_postpone_the_end(self):
        running = self.start("one")
        self.p.redis.process.freeze()
        self.collect(self.write(self.rows, "a.csv"))
        until = time.monotonic() + 30
        while running.alive() and time.monotonic() < until:
            running.signal(signal.SIGTERM)
            try:
                running.process.wait(0.5)
            except subprocess.TimeoutExpired:
                pass
        self.p.redis.process.thaw()
        self.assertEqual(running.process.poll(), 0)

    def test_dlq_waits_for_no_broker(self):
        self.p.broker.process.freeze()
        listing = Process([program("dlq"), "--kafka", self.p.broker.address, "list"], self.p.dir / "dlq.err", stdout=subprocess.DEVNULL)
        self.addCleanup(listing.kill)
        wait_until(lambda: listing.catches(signal.SIGTERM), "it hears signals")
        listing.signal(signal.SIGTERM)
        self.assertEqual(listing.wait(), 69)
        self.p.broker.process.thaw()


class GivesUp(Base):
    def test_once_ends_when_a_dead_letter_is_refused(self):
        secret = self.p.dir / "hemlig"
        run("dlq", "key", secret, check=0)
        self.p.put([(0, b"k", b"v" * 900)])
        done = self.p.aggregate("--seal-key", f"{secret}.pub", "--kafka-property", "message.max.bytes=1000", "--redis-timeout", "1", check=None)
        self.assertEqual(done.returncode, 74, done.stderr)
        self.assertEqual(self.p.redis.offsets(), [0] * 4)
        self.p.aggregate()

    def test_a_redis_without_room_for_a_connection_passes(self):
        with socket.socket(socket.AF_UNIX) as held:
            held.connect(self.p.redis.socket)
            held.sendall(b"CONFIG SET maxclients 1\r\n")
            self.assertEqual(held.recv(100), b"+OK\r\n")
            done = self.p.aggregate("--redis-timeout", "1", check=69)
            self.assertIn("max number of clients", done.stderr)
            held.sendall(b"CONFIG SET maxclients 1000\r\n")
            self.assertEqual(held.recv(100), b"+OK\r\n")
        self.p.aggregate()


    def test_what_its_own_commit_takes_is_not_nothing_comes(self):
        self.collect(self.write(self.rows, "a.csv"))
        with relay.Relay(self.p.redis, at="kp_commit") as slow:
            words = ["--kafka", self.p.broker.address, "--redis", slow.address, "--topic", self.p.topic]
            once = Process([program("aggregate"), *words, "--once", "--redis-timeout", "1"], self.p.dir / "once.err")
            self.addCleanup(once.kill)
            wait_until(lambda: slow.frozen() or not once.alive(), "it commits")
            longer = time.monotonic() + 2
            wait_until(lambda: time.monotonic() > longer, "longer than its patience with what comes")
            slow.thaw()
            self.assertEqual(once.wait(), 0, once.text())
        self.assertNotIn("trying again", once.text())
        self.right(self.rows)

    def test_once_that_is_stopped_does_not_say_that_all_is_counted(self):
        self.collect(self.write(self.rows, "a.csv"))
        self.p.broker.process.freeze()
        once = self.p.start_aggregate("--once", name="once")
        self.addCleanup(once.kill)
        wait_until(lambda: once.catches(signal.SIGTERM), "it hears signals")
        self.assertEqual(once.stop(), 69, once.text())
        self.p.broker.process.thaw()
        self.assertEqual(self.p.redis.offsets(), [0] * 4)
        self.p.redis.stop()
        waiting = self.p.start_aggregate("--once", name="waiting")
        self.addCleanup(waiting.kill)
        wait_until(lambda: "trying again" in waiting.text(), "it misses Redis")
        self.assertEqual(waiting.stop(), 69, waiting.text())
        self.assertIn("stopped before", waiting.text())
        self.p.redis.start()


class Healed(Base):
    def test_reasons_of_the_dead_after_a_script_that_broke_at_its_last_write(self):
        """A reason that falls to nothing on the way is written too: the next start finds that they add up."""
        facts = "kp:{kp.0}:d"
        self.p.put([(0, b"k", None)])
        self.p.aggregate()
        self.assertEqual(self.p.redis.hgetall(facts)["dead.NULL_VALUE"], "1")
        # The next record is counted in d, and the script broke before m.
        self.p.put([(0, b"k", b"")])
        self.p.redis.call("HSET", facts, "dead.EMPTY_VALUE", "1")
        self.p.redis.call("HSET", "kp:{kp.0}:m", "ahead", "2")
        for _ in range(2):
            self.p.aggregate()
            dead = {name: n for name, n in self.p.redis.hgetall(facts).items() if name.startswith("dead.")}
            self.assertEqual(sum(map(int, dead.values())), 2, dead)


if __name__ == "__main__":
    unittest.main()
