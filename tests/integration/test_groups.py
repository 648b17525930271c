"""Aggregators that share the partitions as members of a consumer group: they come, go, die and freeze, and the cells are the model's.

With Debian's librdkafka, and what Kafka's group does to a member with the newest one too.
Prints how long partitions had nobody; KP_SESSION_MS is the session timeout of the members (3000), ten times their heartbeat.
"""
import concurrent.futures
import contextlib
import functools
import os
import pathlib
import random
import struct
import subprocess
import time
import unittest

import source
from oracle import model
from servers import BUILD, DEADLINE, Process, kafka, librdkafka, relay, wait_until

CLOCK = ("--clock", "2026-06-01T12:00:00Z")
SESSION_MS = int(os.environ.get("KP_SESSION_MS", "3000"))
QUICK = [word for name, value in (("session.timeout.ms", SESSION_MS), ("heartbeat.interval.ms", SESSION_MS // 10)) for word in ("--kafka-property", f"{name}={value}")]
STALLING = ("--kafka-property", "max.poll.interval.ms=1500", "--kafka-property", "session.timeout.ms=1500")     # together below the 5 s that a reply may take
SLOWLY = ("--kafka-property", "queue.buffering.max.messages=200", "--kafka-property", "linger.ms=50")
LONG = ("--kafka-property", "session.timeout.ms=45000")      # nobody's session ends while a test goes on
CONTACTS = 6000
BATCH = 100
CREATE_ACLS, GROUP_RESOURCE, LITERAL, READ, DENY = (30, 1), 3, 3, 3, 2      # Kafka's protocol
STORM_SECONDS = 10
AT_ONCE = 6     # most wait for a session to end, some for half a minute


class Case(kafka.KafkaPipeline):
    """A topic, a Redis, the contacts of `seed`, and members by name, all with the librdkafka of `column`."""

    def __init__(self, column, seed, count=CONTACTS, broker=None):
        super().__init__(broker, env=librdkafka.environment(column))
        self.column = column
        self.rows, self.contacts = source.generate(seed, count)
        self.mapping = self.dir / "mapping.yaml"
        self.mapping.write_text(source.MAPPING, encoding="utf-8")
        self.members, self.sending, self.begun = {}, None, 0

    def file(self, rows):
        self.begun += 1
        path = self.dir / f"del-{self.begun}.csv"
        path.write_text(source.csv(rows), encoding="utf-8")
        return path

    def send(self, rows=None):
        self.collect(self.mapping, self.file(self.rows if rows is None else rows), args=CLOCK)

    def load(self, rows=None):
        """Sends everything, slowly, while the test goes on; returns when the first of it is counted."""
        before = sum(self.redis.offsets())
        self.sending = self.start_collect(self.mapping, self.file(self.rows if rows is None else rows), args=(*CLOCK, "--kafka-timeout", "300000", *SLOWLY))
        wait_until(lambda: sum(self.redis.offsets()) > before + len(self.rows) / 20, "the load has begun")
        return self

    def join(self, name, *args, group="", redis=None):
        """Of the topic's own group, another one, or None; by way of another address of Redis than its own."""
        self.begun += 1
        grouped = [] if group is None else ["--group", group or self.topic, *QUICK]
        process = self.start_aggregate(*grouped, "--batch", BATCH, *args, name=f"{name}-{self.begun}", redis=redis)
        self.members[name] = process
        return process

    def owners(self):
        """The process that claimed each partition last."""
        tokens = [self.meta(partition).get("owner", "") for partition in range(self.partitions)]
        return [int(token.split(":")[1]) if token else 0 for token in tokens]

    def shared_by(self, *names):
        """Returns when these members have claimed the partitions, one as many as another or one more."""
        fair = range(self.partitions // len(names), -(-self.partitions // len(names)) + 1)

        def shared():
            owners = self.owners()
            return sum(owners.count(self.members[name].pid) for name in names) == self.partitions and all(
                owners.count(self.members[name].pid) in fair for name in names)

        wait_until(lambda: shared() or not all(self.members[name].alive() for name in names), f"{names} share the partitions")
        assert all(self.members[name].alive() for name in names), "\n".join(self.members[name].text() for name in names)
        assert all(librdkafka.uses(self.members[name], self.column) for name in names), self.column

    def says(self, name, words):
        wait_until(lambda: words in self.members[name].text() or not self.members[name].alive(), f"{name} says {words}")
        assert words in self.members[name].text(), self.members[name].text()

    def partings(self, name):
        """How often it has told that it parted from partitions: lost them, or gives them back."""
        text = self.members[name].text()
        return text.count("has lost") + text.count("gives back")

    def parts(self, name, before):
        """Once more than before. Which of the two it says when its session has ended depends on when librdkafka tells it; neither commits anything false."""
        wait_until(lambda: self.partings(name) > before or not self.members[name].alive(), f"{name} parts from its partitions")
        assert self.members[name].alive(), self.members[name].text()

    def stop(self, name):
        begun = time.monotonic()
        process = self.members[name]
        status, seconds = process.stop(), time.monotonic() - begun
        del self.members[name]
        assert (status, seconds < 4) == (0, True), f"{name}: exit {status} after {seconds:.1f} s\n{process.text()}"

    def kill(self, name):
        self.members.pop(name).kill()

    def ends(self, name, status, *words, deadline=DEADLINE):
        process = self.members[name]
        found = process.wait(deadline)
        del self.members[name]
        assert found == status and all(word in process.text() for word in words), f"{name}: exit {found}, expected {status} and {words}\n{process.text()}"

    def counted(self):
        if self.sending:
            assert self.sending.wait() == 0, self.sending.text()
        wait_until(lambda: self.redis.offsets() == self.high() or not any(m.alive() for m in self.members.values()), "everything is counted")

    def exact(self):
        """The members count to the end and stop, cleanly; then every cell is the model's and every law holds."""
        self.counted()
        for name in list(self.members):
            self.stop(name)
        self.aggregate()
        for by in source.EVERYTHING:
            figures = self.figures("alla", "--rule", "kontakt/1", "--by", by)
            assert model.exported(figures) == model.cells(self.contacts, by.split(","), "kontakt/1"), f"cells by {by} differ from the model's"
        source.laws(self, figures)

    def close(self):
        for process in [*self.members.values(), self.sending]:
            if process:
                process.kill()
        super().close()


def nobody_for(since, what, column):
    seconds = time.monotonic() - since
    print(f"partitions had nobody for {seconds:.1f} s: {what}, {column}", flush=True)
    return seconds


def cpu_seconds(process):
    """utime and stime of proc(5)."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def kind(static):
    return "static" if static else "dynamic"


def named(name, static):
    return ("--instance", name) if static else ()


def one_two_three_and_one_too_many(column):
    with Case(column, 201) as c:
        c.join("a")
        c.shared_by("a")
        c.load()
        for name in "bcd":
            c.join(name)
            c.shared_by(*c.members)
        c.join("e")
        idle = wait_until(lambda: next((name for name, m in c.members.items() if "stands by" in m.text()), None), "one of five stands by")
        since, before = time.monotonic(), cpu_seconds(c.members[idle])
        c.kill(next(name for name in c.members if name != idle))
        c.shared_by(*c.members)
        assert cpu_seconds(c.members[idle]) - before < (time.monotonic() - since) / 4, "it waits, it does not run"
        c.exact()


def killed_under_load(static, column):
    with Case(column, 211 + static) as c:
        for name in "abc":
            c.join(name, *named(name, static))
        c.shared_by("a", "b", "c")
        c.load()
        since = time.monotonic()
        c.kill("b")
        c.shared_by("a", "c")
        nobody_for(since, f"{kind(static)}, killed", column)
        c.exact()


def frozen_under_load(static, column):
    """For longer than its session: it finds that it has lost everything, drops it, and joins again."""
    with Case(column, 221 + static) as c:
        for name in "ab":
            c.join(name, *named(name, static))
        c.shared_by("a", "b")
        c.load()
        since, before = time.monotonic(), c.partings("a")
        c.members["a"].freeze()
        c.shared_by("b")
        nobody_for(since, f"{kind(static)}, frozen", column)
        c.members["a"].thaw()
        c.parts("a", before)
        c.shared_by("a", "b")
        c.exact()


def stopped_under_load(static, column):
    """A dynamic member leaves, a static one keeps its place until its session ends."""
    with Case(column, 231 + static) as c:
        for name in "ab":
            c.join(name, *named(name, static), *(() if static else LONG))
        c.shared_by("a", "b")
        c.load()
        since = time.monotonic()
        c.stop("a")
        c.shared_by("b")
        seconds = nobody_for(since, f"{kind(static)}, stopped", column)
        assert static or seconds < 30, seconds
        c.exact()


def stalled_under_load(static, column):
    """Row 10: the program waits for Redis for longer than max.poll.interval.ms while its client goes on. Others take over, and the cells are right whatever of its commit still reaches Redis."""
    with Case(column, 236 + static) as c, relay.Relay(c.redis) as slow:
        c.join("a", *STALLING, *named("a", static), redis=slow)
        c.join("b", *STALLING, *named("b", static))
        c.shared_by("a", "b")
        c.load()
        since, before = time.monotonic(), c.partings("a")
        slow.freeze()
        c.says("a", "MAXPOLL")
        c.shared_by("b")
        nobody_for(since, f"{kind(static)}, stalled", column)
        slow.thaw()
        c.parts("a", before)
        c.shared_by("a", "b")
        c.exact()


def static_and_back(column):
    """It has its partitions again, and nobody else is disturbed."""
    with Case(column, 241) as c:
        for name in "ab":
            c.join(name, "--instance", name, *LONG)
        c.shared_by("a", "b")
        before, died = c.owners(), c.members["a"].pid
        c.load()
        since = time.monotonic()
        c.kill("a")
        back = c.join("a", "--instance", "a", *LONG)
        c.shared_by("a", "b")
        nobody_for(since, "static, killed and started again at once", column)
        assert c.owners() == [back.pid if pid == died else pid for pid in before], (before, c.owners())
        assert c.members["b"].text().count("has got") <= 2, c.members["b"].text()
        c.exact()


def two_with_one_instance(column):
    """The later one counts."""
    with Case(column, 251) as c:
        c.join("first", "--instance", "x")
        c.shared_by("first")
        c.load()
        c.join("second", "--instance", "x")
        c.ends("first", 75, "another process joined as instance x")
        c.shared_by("second")
        c.exact()


def frozen_and_replaced(column):
    """Row 9: another takes its name while it is frozen. It is fenced at its first heartbeat, and what it held is not committed."""
    with Case(column, 256) as c:
        for name in "ab":
            c.join(name, "--instance", name, *LONG)
        c.shared_by("a", "b")
        c.load()
        c.members["a"].freeze()
        c.join("other", "--instance", "a", *LONG)
        c.shared_by("other", "b")
        c.members["a"].thaw()
        c.ends("a", 75, "another process joined as instance a")
        c.exact()


def frozen_for_longer_and_replaced(column):
    """Row 9, when its session has ended too: mostly its client joins anew before it hears so, and then it is the later one. One has to leave."""
    with Case(column, 257) as c:
        for name in "ab":
            c.join(name, "--instance", name)
        c.shared_by("a", "b")
        c.load()
        c.members["a"].freeze()
        c.shared_by("b")
        c.join("other", "--instance", "a")
        c.shared_by("other", "b")
        c.members["a"].thaw()
        gone = wait_until(lambda: next((name for name in ("a", "other") if not c.members[name].alive()), None), "one of the two leaves")
        c.ends(gone, 75, "another process joined as instance a")
        c.exact()


def partitions_added(column):
    """Row 11: the group shares out what no namespace counts. Every member stops, and nothing false is counted."""
    with Case(column, 296, 100) as c:
        for name in "ab":
            c.join(name, "--kafka-property", "topic.metadata.refresh.interval.ms=500")
        c.shared_by("a", "b")
        c.send()
        c.counted()
        before = c.redis.cells(), c.redis.offsets()
        c.broker.add_partitions(c.topic, 6)
        for name in "ab":
            c.ends(name, 65, c.topic, "6 partitions", deadline=120)
        assert (c.redis.cells(), c.redis.offsets()) == before


def coordinator_frozen_and_killed():
    """Row 33: sessions end while it is frozen, and after a kill the group is read from its log. Both columns share a broker of their own.

    One member is static: librdkafka, whose session ended, sometimes fences itself then, and a new client must take its place.
    """
    with contextlib.ExitStack() as stack:
        broker = stack.enter_context(kafka.Kafka())
        cases = [stack.enter_context(Case(column, 321, broker=broker)) for column in (librdkafka.DEBIANS, librdkafka.NEWEST)]
        for c in cases:
            c.join("a", *named("a", True))
            c.join("b")
            c.shared_by("a", "b")
            c.load(c.rows[:CONTACTS // 2])
        before = [(c, name, c.partings(name)) for c in cases for name in "ab"]
        broker.freeze()
        for c in cases:
            for name in "ab":
                c.says(name, "SESSTMOUT")       # what it has lost it says when it waits for nothing else
        broker.thaw()
        for c, name, count in before:
            c.parts(name, count)
        for c in cases:
            c.join("c")
            c.shared_by("a", "b", "c")
            c.counted()
            c.load(c.rows[CONTACTS // 2:])
        broker.kill()
        broker.start()
        for c in cases:
            c.join("d")
            c.shared_by("a", "b", "c", "d")
            c.exact()


def two_groups(column):
    """They do not take it from each other for ever."""
    with Case(column, 261) as c:
        c.join("a")
        c.shared_by("a")
        c.load()
        c.join("b", group=c.topic + ".andra")
        wait_until(lambda: not all(m.alive() for m in c.members.values()), "one of them gives in")
        gone = next(name for name, m in c.members.items() if not m.alive())
        other = c.members["ab".replace(gone, "")]
        c.ends(gone, 75, "another group", f":{other.pid}:")
        c.exact()       # also where both gave in at once


def one_without_a_group(column):
    """It gives way."""
    with Case(column, 271) as c:
        c.join("a")
        c.shared_by("a")
        c.load()
        c.join("alone", group=None)
        c.ends("alone", 75, "another process owns it now", f":{c.members['a'].pid}:")
        c.shared_by("a")
        c.exact()


def a_rebuild_beside(column):
    """Another namespace on the same topic, with the same group name: both have every partition."""
    with Case(column, 276, 100) as c:
        c.send()
        c.join("a")
        c.shared_by("a")
        live, c.ns = c.ns, "ny"
        c.init(check=0)
        c.join("b")
        c.shared_by("b")
        c.ns = live
        c.shared_by("a")
        c.exact()


def without_redis(column):
    """One that does not reach Redis leaves its place to others."""
    with Case(column, 281, 100) as c:
        c.join("a", "--redis-timeout", "1")
        c.shared_by("a")
        c.redis.stop()
        c.ends("a", 69, "redis")
        c.redis.start()
        c.send()
        c.join("b")
        c.exact()


def a_topic_that_disappears(column):
    with Case(column, 291, 100) as c:
        c.join("a", "--kafka-property", "topic.metadata.refresh.interval.ms=500")
        c.shared_by("a")
        c.broker.delete_topic(c.topic)
        c.ends("a", 65, "asked again (3 of 3)", c.topic, deadline=120)


def refused(column):
    """What does not go with a group, and what the group does not take."""
    with Case(column, 301, 10) as c:
        for status, word, args in ((64, "--once", ["--once", "--group", "g"]), (64, "--group", ["--instance", "i"]),
                                   (78, "group.id: not to be set", ["--group", "g", "--kafka-property", "group.id=other"]),
                                   (78, "Invalid session timeout", ["--group", "g", *QUICK, "--kafka-property", "session.timeout.ms=900"])):
            c.join("a", *args, group=None)
            c.ends("a", status, word)


def another_strategy(column):
    """Row 4: who has the group already shares it out in another way. The group never takes this member, and nothing was claimed."""
    with Case(column, 306, 10) as c:
        group = f"{c.topic}.{c.ns}"
        other = Process([BUILD / "tests/kafka_tool", c.broker.address, "member", c.topic], c.dir / "other.err", stdout=subprocess.PIPE, text=True,
                        env={**os.environ, **(c.env or {}), "KP_GROUP": group})
        try:
            assert other.process.stdout.readline() == "joined\n", other.text()
            c.join("a")
            c.ends("a", 78, f"group {group} does not take this member", "nconsistent group protocol")
            assert c.meta(0)["owner"] == "", "it claimed a partition"
        finally:
            other.kill()
            other.process.stdout.close()


def without_the_right(column):
    """A broker of its own, that denies one group."""
    settings = {"authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer", "allow.everyone.if.no.acl.found": "true"}
    with kafka.Kafka(settings=settings) as broker, Case(column, 311, 10, broker) as c:
        group = f"{c.topic}.{c.ns}"
        acl = (struct.pack(">b", GROUP_RESOURCE) + kafka.text(group) + struct.pack(">b", LITERAL) + kafka.text("User:ANONYMOUS") + kafka.text("*")
               + struct.pack(">bb", READ, DENY))
        answer = kafka.ask(broker.address, CREATE_ACLS, kafka.array([acl]))
        answer.take("i")    # throttle
        broker.accepted((c.topic, error) for error, _ in answer.array(lambda: answer.take("h", "s")))
        c.join("a")
        c.ends("a", 78, f"group {group} does not take this member", "Group authorization failed")
        c.send()
        c.join("b", group=c.topic + ".andra")
        c.exact()


def storm(column):
    """Every second or so somebody joins, stops, dies, freezes or comes back, while files are sent and counted."""
    with Case(column, 2020, 4 * CONTACTS) as c:
        Storm(c, random.Random(2020)).blow()
        c.exact()


class Storm:
    """Members of one group, half of them static. What the dice say is the same in every run, when it happens is not."""

    def __init__(self, case, dice):
        self.case, self.dice = case, dice
        self.names, self.frozen, self.dead, self.done = iter(range(1000)), set(), [], []

    def blow(self):
        pool = concurrent.futures.ThreadPoolExecutor(1)
        sender = pool.submit(self.send)
        try:
            self.join()
            end = time.monotonic() + STORM_SECONDS
            while time.monotonic() < end:
                self.act()
                time.sleep(self.dice.uniform(.2, 1.2))      # the weather itself
        finally:
            for name in self.frozen:
                self.case.members[name].thaw()
            pool.shutdown()
        sender.result()
        self.join()
        print(f"storm: {', '.join(self.done)}", flush=True)

    def send(self):
        rows, parts = self.case.rows, 2 * STORM_SECONDS
        for part in range(parts):
            with contextlib.suppress(FileNotFoundError):    # the test has ended before
                self.case.send(rows[part * len(rows) // parts:(part + 1) * len(rows) // parts])

    def act(self):
        running = [name for name in self.case.members if name not in self.frozen]
        acts = [self.join] if len(self.case.members) < 5 else []
        acts += [self.back] if self.dead else []
        acts += [self.thaw] if self.frozen else []
        acts += [self.stop, self.kill, self.freeze] if len(running) > 1 else []
        self.dice.choice(acts)(*([self.dice.choice(running)] if acts and running else []))

    def join(self, _=None):
        number = next(self.names)
        self.start(f"m{number}", number % 2 == 1)

    def start(self, name, static):
        self.case.join(name, *named(name, static))
        self.done.append(f"{name} joins")

    def back(self, _=None):
        name = self.dead.pop(0)
        self.start(name, True)

    def stop(self, name):
        self.case.stop(name)
        self.done.append(f"{name} stops")

    def kill(self, name):
        self.case.kill(name)
        self.done.append(f"{name} dies")
        if int(name[1:]) % 2:
            self.dead.append(name)

    def freeze(self, name):
        self.case.members[name].freeze()
        self.frozen.add(name)
        self.done.append(f"{name} freezes")

    def thaw(self, _=None):
        name = min(self.frozen)
        self.frozen.remove(name)
        self.case.members[name].thaw()
        self.done.append(f"{name} thaws")


def of_both_kinds(*cases):
    return {f"{case.__name__}_{kind(static)}": functools.partial(case, static) for case in cases for static in (False, True)}


def by_name(*cases):
    return {case.__name__: case for case in cases}


# What Kafka's group does to its members, in which the client has its part; and what only the programs and Redis have a part in.
WITH_BOTH = {**by_name(partitions_added), **of_both_kinds(killed_under_load, frozen_under_load, stalled_under_load, stopped_under_load),
             **by_name(static_and_back, two_with_one_instance, frozen_and_replaced, frozen_for_longer_and_replaced, another_strategy)}
WITH_DEBIANS = by_name(storm, a_topic_that_disappears, one_two_three_and_one_too_many, two_groups, one_without_a_group, a_rebuild_beside, without_redis,
                       refused, without_the_right)
LONGEST = ("storm", "a_topic_that_disappears", "partitions_added")      # begun first


@functools.cache
def begun():
    """Every case of every column, a few at once: {(name, column): its outcome}."""
    kafka.shared()
    pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
    outcome = {"coordinator_frozen_and_killed": pool.submit(coordinator_frozen_and_killed)}
    cases = [(name, librdkafka.DEBIANS, case) for name, case in {**WITH_DEBIANS, **WITH_BOTH}.items()]
    cases += [(name, librdkafka.NEWEST, case) for name, case in WITH_BOTH.items()]
    cases.sort(key=lambda one: one[0] not in LONGEST)
    return outcome | {(name, column): pool.submit(case, column) for name, column, case in cases}


@kafka.wanted
class Groups(unittest.TestCase):
    column = librdkafka.DEBIANS

    def test_coordinator_frozen_and_killed(self):
        begun()["coordinator_frozen_and_killed"].result()


@kafka.wanted
class GroupsWithTheNewestLibrdkafka(unittest.TestCase):
    column = librdkafka.NEWEST


def test_of(name):
    def test(self):
        begun()[name, self.column].result()
    return test


for one in (*WITH_DEBIANS, *WITH_BOTH):
    setattr(Groups, f"test_{one}", test_of(one))
for one in WITH_BOTH:
    setattr(GroupsWithTheNewestLibrdkafka, f"test_{one}", test_of(one))


if __name__ == "__main__":
    unittest.main()
