#!/usr/bin/env python3
"""kill -9 during the load: of the aggregator, of redis-server, of both, of the collector.

  tests/faults/kill.py [--rounds N] [--seed N] [--kafka [--jobs N]]     (./run kill builds first)

One topic is loaded once and counted once undisturbed. Each round counts it again in a namespace of its own, on a private
Redis, in batches of 500, and kills when the sum of the stored offsets passes targets that the seed chooses. Whoever was
killed is started again, and at the end everything must be what it was undisturbed: not only the cells, but every key in
Redis, statistics and digests included, save the owner's token and the count of claims. In every fourth round the collector
is the victim: then a topic of its own is filled while it is counted; what is sent twice counts once.
A line for each kill; the offset at the kill lies strictly between start and end, or the round is tried anew.
"""
import argparse
import contextlib
import os
import pathlib
import random
import shutil
import socket
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import source                                                       # noqa: E402
from oracle import model                                            # noqa: E402
from servers import Pipeline, Process, Redis, program, undone_by, wait_until      # noqa: E402

CONTACTS = 26_000
BATCH = 500
TRIES = 50      # a machine that does not give this process its turn sees the load when it is over
# The collector would be through the file before the first commit is seen; so it waits for acknowledgements.
SLOWLY = ["--kafka-property", "queue.buffering.max.messages=1000", "--kafka-property", "linger.ms=50"]


class Missed(Exception):
    """The load was over, or had not begun, when the kill came."""


class Offsets:
    """The sum of the stored offsets, read on one connection as fast as Redis answers."""

    def __init__(self, path, ns, partitions=4):
        self.path, self.socket, self.file = path, None, None
        self.words = [(b"HGET", f"kp:{{{ns}.{p}}}:m".encode(), b"off") for p in range(partitions)]

    def connect(self):
        self.close()
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(self.path)
        self.file = self.socket.makefile("rb")

    def sum(self):
        if self.socket is None:
            self.connect()
        self.socket.sendall(b"".join(b"*3\r\n" + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words) for words in self.words))
        total = 0
        for _ in self.words:
            if not self.file.readline().startswith(b"$"):
                raise OSError("Redis is not ready")
            total += int(self.file.readline())
        return total

    def passes(self, target, alive, what, deadline=60):
        """Waits until the sum is above the target."""
        end = time.monotonic() + deadline
        while self.sum() <= target:
            if time.monotonic() > end or not alive():
                raise AssertionError(f"{what} did not pass offset {target}")

    def close(self):
        for thing in (self.file, self.socket):
            if thing is not None:
                thing.close()
        self.socket = self.file = None


class Campaign:
    """The loaded topic and the undisturbed result."""

    def __init__(self, seed, say=print):
        self.dice, self.say, self.kills = random.Random(seed), say, []
        self.pipeline = Pipeline(ns="ostord")
        self.dir = self.pipeline.dir
        self.broker = self.pipeline.broker
        with undone_by(self.close):
            self.load(seed)

    def load(self, seed):
        self.mapping, self.file = self.dir / "mapping.yaml", self.dir / "kontakter.csv"
        rows, self.contacts = source.generate(seed, CONTACTS)
        self.rows = len(rows)
        self.mapping.write_text(source.MAPPING, encoding="utf-8")
        self.file.write_text(source.csv(rows), encoding="utf-8")
        self.pipeline.collect(self.mapping, self.file)
        self.pipeline.aggregate()
        self.end = sum(self.broker.high())
        self.undisturbed = state(self.pipeline.redis, self.pipeline.ns)
        self.cells = self.export(self.pipeline)
        assert self.cells == [model.cells(self.contacts, by.split(","), "kontakt/1") for by in source.EVERYTHING], "the model agrees"
        self.pipeline.redis.stop()
        self.say(f"{self.rows} records of {CONTACTS} contacts, {self.end} events; batches of {BATCH}")

    def export(self, p):
        """All cells of both cubes; the laws hold."""
        out = []
        for by in source.EVERYTHING:
            figures = p.figures("alla", "--rule", "kontakt/1", "--by", by)
            out.append(model.exported(figures))
        source.laws(p, figures)
        return out

    def round(self, number, victims=None):
        """One round; tried anew when a kill missed the load."""
        if victims is None:
            victims = ["collector"] if number % 4 == 0 else [self.dice.choice(["aggregator", "redis", "both"]), self.dice.choice(["aggregator", "redis"])]
        fsync = ("always", "everysec")[(number + number // 4) % 2]
        for attempt in range(TRIES):
            one = Round(self, f"runda-{number}-{attempt}", fsync)
            try:
                kills = one.collector() if victims == ["collector"] else one.loaded(victims)
                one.check()
            except Missed:
                continue
            finally:
                one.close()
            for victim, offset, end in kills:
                assert 0 < offset < end, (victim, offset, end)
                self.kills.append(victim)
                self.say(f"round {number}: killed {victim} (appendfsync {fsync}) at offset {offset}, 0 < {offset} < {end}")
            return
        raise AssertionError(f"round {number}: the load was over before the kill, {TRIES} times")

    def summary(self):
        of = ", ".join(f"{name} {self.kills.count(name)}" for name in ("aggregator", "redis", "both", "collector"))
        return f"{len(self.kills)} kills ({of}): every state equals that of an undisturbed run, and every law of the balance holds"

    def close(self):
        self.pipeline.close()


class Round(Pipeline):
    """The programs on a private Redis and the campaign's broker."""

    def __init__(self, campaign, name, fsync):      # pylint: disable=super-init-not-called
        self.campaign, self.broker, self.key = campaign, campaign.broker, campaign.pipeline.key
        self.ns, self.topic, self.said = name, campaign.pipeline.topic, ""
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="kp-r-"))
        self.state = self.dir / "state"
        self.running, self.begun = None, 0
        with undone_by(lambda: shutil.rmtree(self.dir, ignore_errors=True)):
            self.redis = Redis(self.dir / "redis", fsync)
        self.offsets = Offsets(self.redis.socket, self.ns)

    def start(self):
        self.begun += 1
        self.running = self.start_aggregate("--batch", str(BATCH), name=f"aggregate-{self.begun}")

    def kill(self, victim):
        """The sum of the offsets as it stands after the kill."""
        if victim in ("aggregator", "both"):
            self.running.kill()
        if victim in ("redis", "both"):
            self.redis.kill()
            self.redis.start()
            self.offsets.close()
        offset = wait_until(lambda: self.sum_or_none(), "Redis has read its file again")
        if victim != "redis":
            self.start()
        return offset

    def sum_or_none(self):
        with contextlib.suppress(OSError, ValueError):
            return self.offsets.sum()
        self.offsets.close()
        return None

    def loaded(self, victims):
        """Kills while the campaign's topic is counted: [(victim, offset, end)]."""
        end, kills = self.campaign.end, []
        self.init(check=0)
        first = self.campaign.dice.uniform(.02, .45)
        targets = [first, self.campaign.dice.uniform(first + .1, .8)]
        self.start()
        for victim, target in zip(victims, targets):
            if self.offsets.sum() >= end:
                raise Missed
            self.offsets.passes(int(target * end), self.running.alive, "the load")
            offset = self.kill(victim)
            if offset >= end:
                raise Missed
            kills.append((victim, offset, end))
        return kills

    def collector(self):
        """Kills the collector in the middle of the file, while what it sends is counted."""
        self.topic = self.ns
        self.init(check=0)
        self.start()
        wait_until(lambda: "partition 3:" in self.running.text(), "the aggregator owns every partition")
        sending = Process([program("collect"), "--kafka", self.broker.address, "--topic", self.topic, "--mapping", self.campaign.mapping, "--key", self.key,
                           "--state", self.state, *SLOWLY, self.campaign.file], self.dir / "collect.err")
        try:
            self.offsets.passes(int(self.campaign.dice.uniform(.02, .6) * self.campaign.rows), self.running.alive, "the load")
        finally:
            sending.kill()
        if "file started" not in (self.state / "telefon.progress").read_text():
            raise Missed
        offset = self.offsets.sum()
        if offset >= self.campaign.rows:
            raise Missed
        self.collect(self.campaign.mapping, self.campaign.file)
        return [("collector", offset, self.campaign.rows)]

    def check(self):
        """Nobody else fell, and everything is what it is undisturbed."""
        wait_until(lambda: self.offsets.sum() == sum(self.broker.high(self.topic)) or not self.running.alive(), "everything is counted")
        status = self.running.stop()
        assert status == 0, f"the aggregator exited {status}\n{self.running.text()}"
        self.aggregate()
        same("cells", self.campaign.export(self), self.campaign.cells)
        if self.topic == self.campaign.pipeline.topic:
            same("state", state(self.redis, self.ns), self.campaign.undisturbed)
            return
        figures = self.figures()
        assert figures["balance"]["records"]["read"] == self.campaign.rows, "the delivery is closed once"
        assert figures["balance"]["deliveries"] == {"complete": 1, "open": 0, "quarantined": {}}, figures["balance"]

    def close(self):
        self.offsets.close()
        if self.running:
            self.running.kill()
        try:
            self.redis.stop()
        finally:
            shutil.rmtree(self.dir, ignore_errors=True)


def state(redis, ns):
    """Everything of a namespace, less what claims change: {key without its namespace: content}."""
    found = {}
    for key in redis.call("KEYS", f"kp:{{{ns}.*"):
        name = key.replace(ns, "ns", 1)
        if redis.call("TYPE", key) == "hash":
            found[name] = {k: v for k, v in redis.hgetall(key).items() if k not in ("owner", "epoch")}
        else:
            slots = int(redis.call("HGET", key.rsplit(":", 2)[0] + ":m", "n"))
            found[name] = redis.call("GETRANGE", key, 0, 32 * slots - 1)
    return found


def same(what, got, expected):
    if got != expected:
        if isinstance(got, dict):
            got, expected = [sorted(((k, v) for k, v in a.items() if b.get(k) != v), key=str)[:3] for a, b in ((got, expected), (expected, got))]
        raise AssertionError(f"{what} differ:\n{str(got)[:1500]}\nexpected\n{str(expected)[:1500]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=2020)
    parser.add_argument("--kafka", action="store_true", help="on Apache Kafka, which is killed and frozen too (kill_kafka.py)")
    parser.add_argument("--jobs", type=int, default=1, help="rounds at once, with --kafka: each needs a core and a half")
    args = parser.parse_args()
    if args.kafka:
        from faults import kill_kafka       # it imports this file
        kill_kafka.campaign(args.rounds, args.seed, args.jobs)
        return 0
    begun = time.monotonic()
    print(f"kill -9: {args.rounds} rounds, seed {args.seed}, {os.cpu_count()} cores")
    with contextlib.closing(Campaign(args.seed, lambda line: print(line, flush=True))) as campaign:
        for number in range(1, args.rounds + 1):
            campaign.round(number)
        print(f"{args.rounds} rounds, {campaign.summary()} ({time.monotonic() - begun:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
