"""Redis with a replica and Sentinel: whoever is primary when, the count is exact.

The fail-overs run at once, each in a thread with servers of its own: most of their time is waited for Sentinel.
"""
import concurrent.futures
import unittest

import source
from faults.kafka_case import CLOCK, SLOWLY
from servers import Process, program, secure, wait_until
from servers.sentinel import NAME, SentinelPipeline

ROWS = 6000
BATCH = ("--batch", "20")       # many commits, so that a fail-over meets some


class Case(SentinelPipeline):
    """An aggregator that runs, and rows to send it in parts."""

    def __init__(self):
        super().__init__()
        self.first, self.second = self.redis.nodes
        self.mapping = self.dir / "mapping.yaml"
        self.mapping.write_text(source.MAPPING, encoding="utf-8")
        self.rows, self.contacts = source.generate(seed=11, count=ROWS)
        self.sent, self.sending = 0, None
        self.running = self.start_aggregate(*BATCH)

    def part(self, share):
        """A file of the next part of the rows, or of what is left of them."""
        begin, self.sent = self.sent, self.sent + int(len(self.rows) * share)
        path = self.dir / f"del-{begin}.csv"
        path.write_text(source.csv(self.rows[begin:self.sent]), encoding="utf-8")
        return path

    def send(self, share):
        self.collect(self.mapping, self.part(share), args=CLOCK)

    def begin(self, share):
        """A collector that sends them slowly."""
        self.sending = Process([program("collect"), "--kafka", self.broker.address, "--topic", self.topic, "--mapping", self.mapping, "--key", self.key,
                                "--state", self.state, *CLOCK, *SLOWLY, self.part(share)], self.dir / "collect.err")

    def counted(self):
        wait_until(lambda: self.redis.offsets() == self.broker.high() or not self.running.alive(), "everything is counted")
        assert self.running.alive(), self.running.text()

    def exact(self):
        """After the rest: every cell, all laws, by the sentinels' address; and the other node is a replica with the same in it."""
        self.send(1)
        self.counted()
        assert self.running.stop() == 0, self.running.text()
        self.aggregate()
        for by in source.EVERYTHING:
            figures = self.figures("alla", "--rule", "kontakt/1", "--by", by)
            assert source.model.exported(figures) == source.model.cells(self.contacts, by.split(","), "kontakt/1"), by
        primary = self.redis.primary()
        replica, = (node for node in self.redis.nodes if node is not primary)
        wait_until(lambda: replica.info("master_link_status") == "up", "a replica")
        wait_until(lambda: replica.info("slave_repl_offset") == primary.info("master_repl_offset"), "it has caught up")
        assert replica.cells() == primary.cells()
        watched, self.redis = self.redis, primary       # asked a thousand things
        try:
            source.laws(self, figures)
        finally:
            self.redis = watched

    def close(self):
        for process in filter(None, (self.running, self.sending)):
            process.kill()
        super().close()


def the_primary_is_killed_under_load():
    with Case() as c:
        c.begin(.5)
        wait_until(lambda: sum(c.first.offsets()) > 500, "some of it is counted")
        c.first.kill()
        assert c.sending.alive(), "and some is not sent yet"
        assert c.sending.wait() == 0, c.sending.text()
        c.send(.3)
        c.redis.took_over(c.second)
        c.counted()
        assert "trying again from the last commit" in c.running.text(), c.running.text()
        c.first.start()
        c.exact()


def a_replica_that_lags_is_promoted():
    """The commits that it lacks are rolled back with everything else of theirs, and the log is read again."""
    with Case() as c:
        c.send(.3)
        c.counted()
        for sentinel in c.redis.sentinels:      # a replica that had no primary for ten times as long would never be promoted
            sentinel.call("SENTINEL", "SET", NAME, "down-after-milliseconds", 6000)
        c.second.process.freeze()
        c.first.call("CLIENT", "KILL", "TYPE", "replica")       # nothing more reaches it
        c.send(.3)
        wait_until(lambda: c.first.offsets() == c.broker.high(), "the primary alone has the commits")
        lost = c.first.offsets()
        c.first.kill()
        c.second.process.thaw()
        assert sum(c.second.offsets()) < sum(lost)
        c.redis.took_over(c.second)
        c.counted()
        c.first.start()
        c.exact()


def two_primaries_at_once():
    """What an aggregator writes into the old one, which nobody else reaches, vanishes and is counted again in the new one."""
    with Case() as c:
        c.send(.3)
        c.counted()
        c.running.freeze()
        c.first.process.freeze()
        c.redis.took_over(c.second)
        c.send(.3)
        for sentinel in c.redis.sentinels:      # or it would be told soon that it is none any more
            sentinel.process.freeze()
        c.first.process.thaw()
        c.running.thaw()
        wait_until(lambda: c.first.offsets() == c.broker.high(), "the old primary takes commits")
        assert sum(c.second.offsets()) < sum(c.first.offsets())
        for sentinel in c.redis.sentinels:
            sentinel.process.thaw()
        c.exact()


def a_primary_without_the_replica_that_it_needs():
    """min-replicas-to-write: it refuses commits, the aggregator waits, and goes on when the replica is back."""
    with Case() as c:
        c.send(.3)
        c.counted()
        c.first.call("CONFIG", "SET", "min-replicas-max-lag", 1, "min-replicas-to-write", 1)
        c.second.process.freeze()
        wait_until(lambda: c.first.info("min_slaves_good_slaves") == "0", "the replica is missed")
        before = c.first.offsets()
        c.send(.3)
        wait_until(lambda: "NOREPLICAS" in c.running.text(), "the primary refuses")
        assert c.first.offsets() == before
        c.second.process.thaw()
        c.counted()
        c.exact()


CASES = [the_primary_is_killed_under_load, a_replica_that_lags_is_promoted, two_primaries_at_once,
         a_primary_without_the_replica_that_it_needs]


class Failover(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        pool = concurrent.futures.ThreadPoolExecutor(len(CASES))
        cls.addClassCleanup(pool.shutdown)
        cls.outcome = {case.__name__: pool.submit(case) for case in CASES}


def test_of(name):
    def test(self):
        self.outcome[name].result()
    return test


for one in CASES:
    setattr(Failover, f"test_{one.__name__}", test_of(one.__name__))


class Address(unittest.TestCase):
    """What is asked of whom, and what is said when it fails."""

    def setUp(self):
        self.p = SentinelPipeline()
        self.addCleanup(self.p.close)
        self.redis = self.p.redis
        self.first, self.second = self.redis.nodes

    def export(self, *args, check, address=None):
        where = ["--redis", address] if address else []
        return self.p.export("alla", *where, *args, check=check).stderr

    def secret(self, text):
        path = self.p.dir / "secret"
        path.write_text(text + "\n")
        path.chmod(0o600)
        return ["--redis-secret", path]

    def test_the_users_of_the_handbook_and_sentinels_that_ask_for_a_password(self):
        for name, rules in secure.redis_users("s3cret").items():
            self.first.call("ACL", "SETUSER", name, *rules)
        self.export(*self.secret("kp-export s3cret"), check=0)
        self.p.aggregate(*self.secret("kp-aggregate s3cret"))
        for sentinel in self.redis.sentinels:
            sentinel.call("ACL", "SETUSER", "kp-export", "on", ">s3cret", "-@all", "+sentinel|get-master-addr-by-name")
            sentinel.call("ACL", "SETUSER", "default", "off")
        self.export(*self.secret("kp-export s3cret"), check=0)
        self.assertIn("NOAUTH", self.export(check=78))
        self.assertIn("WRONGPASS", self.export(*self.secret("kp-export fel"), check=78))
        self.first.call("ACL", "SETUSER", "kp-export", "-role")
        self.assertRegex(self.export(*self.secret("kp-export s3cret"), check=78), "NOPERM .*'role'")

    def test_whoever_answers_is_asked(self):
        dead, *others = self.redis.sentinels
        dead.kill()
        self.export(check=0)
        others[0].process.freeze()
        self.export(check=0)
        others[0].process.thaw()
        for sentinel in others:
            sentinel.kill()
        said = self.export(check=69)
        for sentinel in self.redis.sentinels:
            self.assertIn(f"127.0.0.1:{sentinel.port}: Connection refused", said)
        self.assertIn(f"sentinel:{NAME}@", said)

    def test_a_name_that_no_sentinel_knows(self):
        address = self.redis.address.replace(f":{NAME}@", ":annan@")
        self.assertIn("knows no primary of that name", self.export(address=address, check=78))
        self.redis.sentinels[0].kill()
        self.export(address=address, check=69)      # that one may know it

    def test_a_node_that_is_no_sentinel_or_no_primary(self):
        self.assertIn("unknown command", self.export(address=f"sentinel:{NAME}@127.0.0.1:{self.first.port}", check=78))
        for sentinel in self.redis.sentinels:       # none mends it meanwhile
            sentinel.call("SENTINEL", "SET", NAME, "down-after-milliseconds", 600000)
        self.second.call("REPLICAOF", "NO", "ONE")
        self.first.call("REPLICAOF", "127.0.0.1", self.second.port)
        said = self.export(check=69)
        self.assertIn(f"names 127.0.0.1:{self.first.port}: redis 127.0.0.1:{self.first.port}: it is no primary, or not yet", said)


if __name__ == "__main__":
    unittest.main()
