"""kill -9 and SIGSTOP at random points, on Apache Kafka: of the collector, the aggregator, redis-server and the broker.

Each round sends the same file to a topic of its own while it is counted in a private Redis, and does three things to somebody
when the sum of the stored offsets passes targets that the seed chooses: kills and starts it again, or freezes it for a
while, now and then for longer than anybody's patience. At the end every cell must be what the independent model says of the
file, every law of the balance must hold, and the delivery must be closed once.

Rounds are independent of one another, so several may run at once, each on a broker of its own: what a round does follows from
the seed and its number alone.
"""
import concurrent.futures
import contextlib
import itertools
import os
import queue
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


FREEZES = ((.05, 1), (1, 3), (5, 7))             # seconds
SHORT_FREEZES = ((.05, 1), (1, 2), (2.5, 3.5))  # still longer than the patience of PATIENCE


class Campaign:
    """A broker for each round that runs at once, the file, and what it must come to."""

    def __init__(self, seed, say=print, jobs=1, contacts=CONTACTS, freezes=FREEZES):
        self.seed, self.say, self.freezes, self.done = seed, say, freezes, []
        rows, self.contacts = source.generate(seed, contacts)
        self.rows, self.text = len(rows), source.csv(rows)
        self.cells = [model.cells(self.contacts, by.split(","), "kontakt/1") for by in source.EVERYTHING]
        self.brokers, self.idle = [], queue.SimpleQueue()
        for _ in range(jobs):
            self.brokers.append(kafka.Kafka())
            self.idle.put(self.brokers[-1])
        self.pool = concurrent.futures.ThreadPoolExecutor(jobs)
        say(f"{self.rows} records of {contacts} contacts; batches of {BATCH}")

    def rounds(self, count):
        """{number: the round's outcome to come}"""
        return {number: self.pool.submit(self.round, number) for number in range(1, count + 1)}

    def round(self, number):
        broker = self.idle.get()
        try:
            self.play(number, broker)
        finally:
            self.idle.put(broker)

    def play(self, number, broker):
        """Tried anew when the load was over before the last fault."""
        dice = random.Random(f"{self.seed} {number}")
        turns = [(how, victim) for how in ("killed", "froze") for victim in VICTIMS]
        plan = [turns[(3 * number + n) % len(turns)] for n in range(3)]
        dice.shuffle(plan)
        plan.sort(key=lambda fault: fault[1] != "collector")    # it is through the file before the others
        for _ in range(TRIES):
            try:
                with Round(self, broker, dice, ("always", "everysec")[number % 2]) as one:
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
        self.pool.shutdown(cancel_futures=True)
        for broker in self.brokers:
            broker.close()


class Round(kafka.KafkaPipeline):
    """A topic and a Redis of its own."""

    def __init__(self, campaign, broker, dice, fsync):
        super().__init__(broker, fsync=fsync)
        self.campaign, self.dice = campaign, dice
        self.offsets = Offsets(self.redis.socket, self.ns)
        self.mapping, self.file = self.dir / "mapping.yaml", self.dir / "kontakter.csv"
        self.mapping.write_text(source.MAPPING, encoding="utf-8")
        self.file.write_text(campaign.text, encoding="utf-8")
        self.begun = itertools.count(1)
        self.counting = self.sending = None

    def count(self):
        self.counting = self.start_aggregate("--batch", BATCH, "--redis-timeout", "300", *PATIENCE, name=f"aggregate-{next(self.begun)}")

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
        seconds = self.dice.uniform(*self.dice.choice(self.campaign.freezes))
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


def campaign(rounds, seed, jobs):
    """A line for each fault, and the sum of them."""
    begun = time.monotonic()
    print(f"kill -9 and SIGSTOP on Apache Kafka: {rounds} rounds, {jobs} at once, seed {seed}, {os.cpu_count()} cores")
    with contextlib.closing(Campaign(seed, lambda line: print(line, flush=True), jobs)) as all_rounds:
        for outcome in all_rounds.rounds(rounds).values():
            outcome.result()
        print(f"{rounds} rounds, {all_rounds.summary()} ({time.monotonic() - begun:.0f} s)")
