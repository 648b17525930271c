"""kill -9 and SIGSTOP at random points, on Apache Kafka: of the collector, the aggregator, redis-server and the broker.

Each round sends the same file to a topic of its own while it is counted in a private Redis, and does three things to somebody
when the sum of the stored offsets passes targets that the seed chooses: kills and starts it again, or freezes it for a
while, now and then for longer than anybody's patience. At the end every cell must be what the independent model says of the
file, every law of the balance must hold, and the delivery must be closed once.
"""
import contextlib
import itertools
import os
import random
import time

import source
from faults.kill import BATCH, Missed, Offsets, TRIES
from oracle import model
from servers import Process, kafka, program, wait_until

CONTACTS = 12_000
SLOWLY = ["--kafka-property", "queue.buffering.max.messages=500", "--kafka-property", "linger.ms=50"]
PATIENCE = ["--kafka-property", "socket.timeout.ms=2000"]
UNAVAILABLE = 69
VICTIMS = ("collector", "aggregator", "redis", "kafka")
DEADLINE = 120


class Campaign:
    """One broker for all rounds, the file, and what it must come to."""

    def __init__(self, seed, say=print):
        self.dice, self.say, self.done = random.Random(seed), say, []
        rows, self.contacts = source.generate(seed, CONTACTS)
        self.rows, self.text = len(rows), source.csv(rows)
        self.cells = [model.cells(self.contacts, by.split(","), "kontakt/1") for by in source.EVERYTHING]
        self.turns = itertools.cycle([(how, victim) for how in ("killed", "froze") for victim in VICTIMS])
        self.broker = kafka.Kafka()
        say(f"{self.rows} records of {CONTACTS} contacts; batches of {BATCH}")

    def round(self, number):
        """Tried anew when the load was over before the last fault."""
        plan = [next(self.turns) for _ in range(3)]
        self.dice.shuffle(plan)
        plan.sort(key=lambda fault: fault[1] != "collector")    # it is through the file before the others
        for _ in range(TRIES):
            try:
                with Round(self, ("always", "everysec")[number % 2]) as one:
                    faults = one.load(plan)
                    one.check()
            except Missed:
                continue
            for (how, victim), offset, seconds in faults:
                self.done.append((how, victim))
                self.say(f"round {number}: {how} {victim} at offset {offset}, 0 < {offset} < {self.rows}" + (f", for {seconds:.1f} s" if seconds else ""))
            return
        raise AssertionError(f"round {number}: the load was over before the last fault, {TRIES} times")

    def summary(self):
        of = ", ".join(f"{how} {victim} {self.done.count((how, victim))}" for how in ("killed", "froze") for victim in VICTIMS)
        return f"{len(self.done)} faults ({of}): every cell is the model's, and every law of the balance holds"

    def close(self):
        self.broker.close()


class Round(kafka.KafkaPipeline):
    """A topic and a Redis of its own."""

    def __init__(self, campaign, fsync):
        super().__init__(campaign.broker, fsync=fsync)
        self.campaign, self.dice = campaign, campaign.dice
        self.offsets = Offsets(self.redis.socket, self.ns)
        self.mapping, self.file = self.dir / "mapping.yaml", self.dir / "kontakter.csv"
        self.mapping.write_text(source.MAPPING, encoding="utf-8")
        self.file.write_text(campaign.text, encoding="utf-8")
        self.begun = itertools.count(1)
        self.counting = self.sending = None

    def count(self):
        self.counting = self.start_aggregate("--batch", BATCH, *PATIENCE, name=f"aggregate-{next(self.begun)}")

    def send(self):
        self.sending = Process([program("collect"), "--kafka", self.broker.address, "--topic", self.topic, "--mapping", self.mapping, "--key", self.key,
                                "--state", self.state, *SLOWLY, *PATIENCE, self.file], self.dir / f"collect-{next(self.begun)}.err")

    def sum(self):
        """Of the stored offsets; 0 as long as Redis does not answer."""
        with contextlib.suppress(OSError, ValueError):
            return self.offsets.sum()
        self.offsets.close()
        return 0

    def load(self, plan):
        """[((how, victim), offset, seconds frozen)]"""
        targets = sorted(self.dice.uniform(.02, .8) for _ in plan)
        faults = []
        self.count()
        self.send()
        for (how, victim), target in zip(plan, targets):
            wait_until(lambda: self.sum() > target * self.campaign.rows or not self.lives(), "the load", DEADLINE)
            offset = self.sum()
            if offset >= self.campaign.rows or (victim == "collector" and not self.sending.alive()):
                raise Missed
            faults.append(((how, victim), offset, getattr(self, how)(victim)))
        return faults

    def lives(self):
        """The aggregator must; a collector that lost patience with Kafka is started again, as its exit status asks for."""
        assert self.counting.alive(), self.counting.text()
        if not self.sending.alive() and self.sending.wait() == UNAVAILABLE:
            self.send()
        return True

    def killed(self, victim):
        {"collector": self.sending, "aggregator": self.counting, "redis": self.redis, "kafka": self.broker}[victim].kill()
        {"collector": self.send, "aggregator": self.count, "redis": self.redis.start, "kafka": self.broker.start}[victim]()
        self.offsets.close()
        return 0

    def froze(self, victim):
        frozen = {"collector": self.sending, "aggregator": self.counting, "redis": self.redis.process, "kafka": self.broker}[victim]
        seconds = self.dice.choice([self.dice.uniform(.05, 1), self.dice.uniform(1, 3), self.dice.uniform(5, 7)])
        frozen.freeze()
        time.sleep(seconds)     # the fault itself
        frozen.thaw()
        return seconds

    def sent(self):
        self.lives()
        return not self.sending.alive()

    def counted(self):
        self.lives()
        with contextlib.suppress(AssertionError):       # the controller shuts a broker that was frozen out for a moment
            return self.redis.offsets() == self.high()
        return False

    def check(self):
        wait_until(self.sent, "the file is sent", DEADLINE)
        assert self.sending.wait() == 0, self.sending.text()
        wait_until(self.counted, "everything is counted", DEADLINE)
        status = self.counting.stop()
        assert status == 0, f"the aggregator exited {status}\n{self.counting.text()}"
        self.aggregate()
        for by, cells in zip(source.EVERYTHING, self.campaign.cells):
            figures = self.figures("alla", "--rule", "kontakt/1", "--by", by)
            assert model.exported(figures) == cells, f"cells by {by} differ from the model's"
            source.laws(self, figures)
        assert figures["balance"]["records"]["read"] == self.campaign.rows, "the delivery is closed once"
        assert figures["balance"]["deliveries"] == {"complete": 1, "open": 0, "quarantined": {}}, figures["balance"]

    def __exit__(self, kind, *rest):
        for process in (self.sending, self.counting):
            if process:
                process.kill()
        self.offsets.close()
        super().__exit__(None if kind is Missed else kind, *rest)


def campaign(rounds, seed):
    """A line for each fault, and the sum of them."""
    begun = time.monotonic()
    print(f"kill -9 and SIGSTOP on Apache Kafka: {rounds} rounds, seed {seed}, {os.cpu_count()} cores")
    with contextlib.closing(Campaign(seed, lambda line: print(line, flush=True))) as all_rounds:
        for number in range(1, rounds + 1):
            all_rounds.round(number)
        print(f"{rounds} rounds, {all_rounds.summary()} ({time.monotonic() - begun:.0f} s)")
