#!/usr/bin/env python3
"""How fast and how large: measured on Apache Kafka and Redis, against bare reading and against a correct Python script.

  tests/bench/bench.py [--short] [--events N] [--rounds N] [--write]      (./run bench builds first)

First the correctness gate: every engine's cells equal those of the generator's own arrays, or nothing is measured. Then rounds in
which each engine runs once, in an order that changes; medians with the smallest and largest. --write makes docs/bench.md anew.
Nothing here is a test: a slow machine fails nothing. KP_NO_KAFKA=1 uses the embedded broker and fewer events, and says so.
"""
import argparse
import collections
import os
import pathlib
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import source                                                       # noqa: E402
from servers import BUILD, ROOT, Broker, Process, Redis, program, run, wait_until      # noqa: E402

EVENTS, SHORT, EMBEDDED = 2_000_000, 200_000, 100_000
PARTITIONS, SEED = 4, 2020
ROWS = 200_000              # of the CSV file
MANY = 5_000_000            # contacts of a restart, in 1.053 times as many events
MILLION = 1_000_000         # contacts whose size in Redis is taken
ROUNDS, FEW = 7, 3
FRESH_SECONDS, FRESH_RATE, IDLE_SECONDS = 20, 1000, 10
TICK = os.sysconf("SC_CLK_TCK")
PAGE = ROOT / "docs/bench.md"

Spent = collections.namedtuple("Spent", "wall cpu rss")


class Measures:
    """Every figure by its name, all rounds of it."""

    def __init__(self):
        self.found = collections.defaultdict(list)

    def add(self, name, value):
        self.found[name].append(value)

    def median(self, name):
        return statistics.median(self.found[name])

    def has(self, name):
        return bool(self.found.get(name))

    def text(self, name, scale=1.0, form="{:.2f}"):
        """median [min .. max]"""
        values = [value * scale for value in self.found[name]]
        if len(values) == 1:
            return form.format(values[0])
        return " ".join([form.format(statistics.median(values)), f"[{form.format(min(values))} .. {form.format(max(values))}]"])

    def ratio(self, name, top, bottom):
        """Round by round, as another figure."""
        for a, b in zip(self.found[top], self.found[bottom]):
            self.add(name, a / b)


def spend(command, **kwargs):
    """Runs a program to its end: wall and CPU seconds, and its largest size in bytes."""
    begin = time.monotonic()
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(list(map(str, command)), stderr=said, stdin=kwargs.pop("stdin", subprocess.DEVNULL), **kwargs)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - begin
        said.seek(0)
        assert child.returncode == 0, f"{command}: exit {child.returncode}\n{said.read().decode(errors='replace')[-3000:]}"
    return Spent(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def cpu_of(pid):
    """Seconds of CPU that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def rss_of(pid):
    found = re.search(r"VmRSS:\s*(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024


class Line:
    """One connection to Redis, pipelined."""

    def __init__(self, redis):
        self.redis = redis
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(redis.socket)
        self.file = self.socket.makefile("rb")

    def ask(self, commands):
        out = []
        for at in range(0, len(commands), 500):
            part = commands[at:at + 500]
            self.socket.sendall(b"".join(
                b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in (str(w).encode() for w in words))
                for words in part))
            out += [self.redis.reply(self.file) for _ in part]
        return out

    def close(self):
        self.file.close()
        self.socket.close()


def our_cells(line, ns):
    """Counter of lines as the generator prints them, from what stands in Redis."""
    count = collections.Counter()
    for p in range(PARTITIONS):
        unit, klass = ({int(k): v for k, v in zip(flat[::2], flat[1::2])}
                       for flat in line.ask([("HGETALL", f"kp:{{{ns}.{p}}}:{part}") for part in "uk"]))
        keys = line.ask([("KEYS", f"kp:{{{ns}.{p}}}:c:*")])[0]
        for key, flat in zip(keys, line.ask([("HGETALL", key) for key in keys])):
            cube, month, number = key.split(":")[-3:]
            for field, n in zip(flat[::2], flat[1::2]):
                d = [int(x) for x in field.split(".")]
                place = 1 if cube == "dag" else 0
                d[place] = klass[d[place]]
                count[" ".join([cube, month, unit[int(number)], *map(str, d)])] += int(n)
    return count


def script_cells(line, name):
    count = collections.Counter()
    keys = line.ask([("KEYS", f"{name}:*")])[0]
    for key, flat in zip(keys, line.ask([("HGETALL", key) for key in keys])):
        head = " ".join(key.split(":")[1:])
        for field, n in zip(flat[::2], flat[1::2]):
            count[f"{head} {field}"] += int(n)
    return count


class Bench:
    """The servers, the topic with its events, and the measures."""

    def __init__(self, o):
        self.o, self.m = o, Measures()
        self.embedded = os.environ.get("KP_NO_KAFKA") == "1"
        self.events = o.events or (EMBEDDED if self.embedded else SHORT if o.short else EVENTS)
        self.own_size = not (o.short or o.events or self.embedded)      # measures that have a topic of another size
        self.rounds = o.rounds or (ROUNDS if self.own_size else FEW)
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="kp-bench-"))
        self.redis = Redis(self.dir / "redis")
        self.number = 0
        self.broker, self.kafka = self.start_broker(), None
        self.python = os.environ.get("KP_BENCH_PYTHON", sys.executable)
        self.notes = []
        self.dice = random.Random(SEED)

    def start_broker(self):
        if self.embedded:
            return Broker(self.dir / "kafka")
        from servers import kafka
        return kafka.Kafka()

    def say(self, text):
        print(f"bench: {text}", file=sys.stderr, flush=True)

    def fresh(self):
        """A topic and a namespace that nobody used. The embedded broker has one topic only."""
        self.number += 1
        topic = "vardkontakt.handelse.v1" if self.embedded else self.broker.fresh_topic(PARTITIONS)
        return topic, self.namespace(topic)

    def namespace(self, topic):
        self.number += 1
        ns = f"m{self.number}"
        embedded = ["--embedded"] if self.embedded else ["--partitions", PARTITIONS, "--lab"]
        run("ops", "init", *embedded, *self.servers(topic, ns), check=0)
        return ns

    def servers(self, topic, ns):
        return ["--kafka", self.broker.address, "--redis", self.redis.address, "--namespace", ns, "--topic", topic]

    def generator(self, topic, events, first=0, rate=0):
        return [BUILD / "tests/bench_generate", self.broker.address, topic, events, SEED, first, rate]

    def load(self):
        """The events, and the cells that they must come to."""
        self.topic, self.ns = self.fresh()
        path = self.dir / "expected"
        with open(path, "wb") as out:
            spent = spend(self.generator(self.topic, self.events), stdout=out)
        with open(path, encoding="utf-8") as lines:
            self.expected = collections.Counter(line.rstrip("\n") for line in lines)
        self.contacts = sum(n for line, n in self.expected.items() if line.startswith("dag "))
        self.say(f"{self.events} events in {spent.wall:.1f} s, {self.contacts} contacts stand in {len(self.expected)} cells")

    def gate(self, engine, cells):
        """No figure of an engine that counts wrong."""
        more, less = cells - self.expected, self.expected - cells
        assert cells == self.expected, f"WRONG: {engine}: {more.total()} too many, {less.total()} too few, such as {[*more][:2]}, {[*less][:2]}"

    # Engines.

    def drain(self):
        spent = spend([BUILD / "tests/bench_drain", self.broker.address, self.topic], stdout=subprocess.DEVNULL)
        self.m.add("drain.wall", spent.wall)
        self.m.add("drain.cpu", spent.cpu / self.events)

    def rebuild(self):
        """From nothing to all cells, by a daemon: the time until all is committed, and until all cells stand."""
        ns = self.namespace(self.topic)
        line = Line(self.redis)
        ask = [("HMGET", f"kp:{{{ns}.{p}}}:m", "off", "cells", "ahead") for p in range(PARTITIONS)]
        before, begin, folded = cpu_of(self.redis.process.pid), time.monotonic(), None
        with open(self.dir / "aggregate.err", "wb") as err:
            child = subprocess.Popen([program("aggregate"), *map(str, self.servers(self.topic, ns))], stderr=err, stdin=subprocess.DEVNULL)
        client = None
        while True:
            assert child.poll() is None and time.monotonic() < begin + 600, (self.dir / "aggregate.err").read_text()[-3000:]
            rows = [[int(x) for x in row] for row in line.ask(ask)]
            now = time.monotonic() - begin
            if folded is None and sum(row[0] for row in rows) == self.events:
                folded, client = now, cpu_of(child.pid)
            if sum(row[1] for row in rows) == self.events:
                break
            time.sleep(0.01)
        self.m.add("folded.wall", folded)
        self.m.add("folded.cpu", client / self.events)
        self.m.add("rebuild.wall", now)
        self.m.add("rebuild.client", cpu_of(child.pid) / self.events)
        self.m.add("rebuild.redis", (cpu_of(self.redis.process.pid) - before) / self.events)
        self.m.add("rebuild.cpu", self.m.found["rebuild.client"][-1] + self.m.found["rebuild.redis"][-1])
        wait_until(lambda: self.calm(child.pid), "idle")
        self.m.add("rebuild.rss", rss_of(child.pid))
        child.terminate()
        assert child.wait(20) == 0
        cells = our_cells(line, ns)
        self.gate("the rebuild", cells)
        self.drop(line, ns)
        line.close()

    def drop(self, line, ns):
        if ns != self.ns:
            keys = line.ask([("KEYS", f"kp:{{{ns}.*")])[0]
            for at in range(0, len(keys), 5000):
                line.ask([("DEL", *keys[at:at + 5000])])

    def script(self):
        self.number += 1
        name, line = f"skript{self.number}", Line(self.redis)
        before = cpu_of(self.redis.process.pid)
        env = {**os.environ, "PYTHONPATH": str(self.dir)}
        spent = spend([self.python, HERE / "script.py", self.broker.address, self.topic, self.redis.socket, name], env=env)
        self.m.add("script.wall", spent.wall)
        self.m.add("script.cpu", (spent.cpu + cpu_of(self.redis.process.pid) - before) / self.events)
        self.gate("the script", script_cells(line, name))
        keys = line.ask([("KEYS", f"{name}:*")])[0]
        for at in range(0, len(keys), 5000):
            line.ask([("DEL", *keys[at:at + 5000])])
        line.close()

    def script_runs(self):
        """Whether the script can run here; makes its protobuf module."""
        subprocess.run(["protoc", f"--proto_path={ROOT / 'proto'}", f"--python_out={self.dir}", "kontakt/v1/kontakt.proto"], check=True)
        done = subprocess.run([self.python, "-c", "import confluent_kafka, redis, google.protobuf"], capture_output=True, check=False)
        if done.returncode != 0:
            self.notes.append("The Python script was not run: confluent-kafka, protobuf and redis are not installed for Python.")
        return done.returncode == 0

    def compare(self):
        engines = [self.drain, self.rebuild] + ([self.script] if self.script_runs() else [])
        for number in range(self.rounds):
            self.dice.shuffle(engines)
            for engine in engines:
                engine()
            self.say(f"round {number + 1} of {self.rounds}: " + ", ".join(
                f"{name} {self.m.found[name][-1]:.2f} s" for name in ("drain.wall", "folded.wall", "rebuild.wall", "script.wall") if self.m.has(name)))
        self.m.ratio("folded.share", "drain.wall", "folded.wall")
        self.m.ratio("folded.times", "folded.cpu", "drain.cpu")
        if self.m.has("script.cpu"):
            self.m.ratio("rebuild.share", "rebuild.cpu", "script.cpu")

    # Sizes, on a Redis that holds one namespace and nothing else.

    def once(self, topic, ns):
        """Counts it to its end; how many contacts are known then."""
        line = Line(self.redis)
        spend([program("aggregate"), "--once", *self.servers(topic, ns)])
        n = sum(int(line.ask([("HGET", f"kp:{{{ns}.{p}}}:m", "n")])[0]) for p in range(PARTITIONS))
        line.close()
        return n

    def made(self, contacts):
        """A topic of its own with about so many contacts, and an empty namespace."""
        topic, ns = self.fresh()
        spend(self.generator(topic, contacts * 20 // 19), stdout=subprocess.DEVNULL)
        return topic, ns

    def sizes(self):
        topic, ns = self.made(MILLION) if self.own_size else (self.topic, self.namespace(self.topic))
        line = Line(self.redis)
        used = self.used(line)
        self.sized = n = self.once(topic, ns)
        table = cells = keys = 0
        count = 0
        for name in line.ask([("KEYS", f"kp:{{{ns}.*")])[0]:
            kind = name.split(":")[2]
            size = line.ask([("MEMORY", "USAGE", name, "SAMPLES", 0)])[0]
            if kind == "t":
                table += size
            elif kind == "c":
                own = 24 + 16 + (len(name) + 4 + 7) // 8 * 8    # entry, object, name
                cells, keys, count = cells + size - own, keys + own, count + 1
        keys += 8 * (1 << max(count - 1, 1).bit_length())       # places of the main dictionary
        whole = self.used(line) - used
        for name, value in (("all", whole), ("table", table), ("cells", cells), ("keys", keys), ("rest", whole - table - cells - keys)):
            self.m.add(f"redis.{name}", value / n)
        self.drop(line, ns)
        line.close()

    @staticmethod
    def used(line):
        return int(re.search(r"used_memory:(\d+)", line.ask([("INFO", "memory")])[0])[1])

    def aggregate(self, topic, ns):
        """A daemon whose partitions are loaded, compared and assigned."""
        log = self.dir / "aggregate-idle.err"
        log.unlink(missing_ok=True)
        p = Process([program("aggregate"), *self.servers(topic, ns)], log, stdout=subprocess.DEVNULL)
        wait_until(lambda: f"partition {PARTITIONS - 1}: offset" in p.text(), "loaded")
        return p

    def restart(self):
        """From exec to the last partition loaded, compared and assigned."""
        topic, ns = self.made(MANY) if self.own_size else (self.topic, self.ns)
        self.restarted = self.once(topic, ns)
        line = Line(self.redis)
        for _ in range(self.rounds):
            begin = time.monotonic()
            p = self.aggregate(topic, ns)
            self.m.add("restart.wall", time.monotonic() - begin)
            p.stop()
        self.drop(line, ns)
        line.close()

    def idle(self):
        """What each program costs that runs all day: size, and CPU while nothing comes."""
        folder, mapping, key = self.dir / "tom", self.dir / "mapping-idle.yaml", self.dir / "nyckel-idle"
        folder.mkdir()
        mapping.write_text(source.MAPPING, encoding="utf-8")
        key.write_text("01" * 32 + "\n")
        key.chmod(0o600)
        programs = {
            "aggregate": self.aggregate(self.topic, self.ns),
            "collect": Process([program("collect"), "--kafka", self.broker.address, "--topic", self.topic, "--mapping", mapping, "--key", key,
                                "--state", self.dir / "state-idle", folder], self.dir / "collect-idle.err"),
            "broker": Broker(self.dir / "broker-idle").process,
        }
        for name, process in programs.items():
            wait_until(lambda: self.calm(process.pid), "idle")
            before = cpu_of(process.pid)
            time.sleep(IDLE_SECONDS)
            self.m.add(f"idle.{name}.cpu", (cpu_of(process.pid) - before) / IDLE_SECONDS * 100)
            self.m.add(f"idle.{name}.rss", rss_of(process.pid) / 1e6)
            assert process.alive(), process.text()
            process.stop()

    @staticmethod
    def calm(pid):
        before = cpu_of(pid)
        time.sleep(0.5)
        return cpu_of(pid) - before <= 0.05

    def collect(self):
        """CPU of a row from CSV to Kafka, against kcat -P of the same bytes."""
        rows, _ = source.generate(SEED, ROWS if not self.o.short else ROWS // 10)
        mapping, path, key = self.dir / "mapping.yaml", self.dir / "rader.csv", self.dir / "nyckel"
        mapping.write_text(source.MAPPING, encoding="utf-8")
        path.write_text(source.csv(rows), encoding="utf-8")
        key.write_text("01" * 32 + "\n")
        key.chmod(0o600)
        kcat = shutil.which("kcat")
        if not kcat:
            self.notes.append("kcat is not installed, so the collector stands alone.")
        engines = {"collect": [program("collect"), "--kafka", self.broker.address, "--mapping", mapping, "--key", key]}
        if kcat:
            engines["kcat"] = [kcat, "-P", "-b", self.broker.address, "-l", path]
        for number in range(self.rounds):
            topic, _ = self.fresh()
            if kcat:
                spend([*engines["kcat"], "-t", topic], stdout=subprocess.DEVNULL)      # a topic is slow at first, which would be the first one's
            own = {"collect": ["--topic", topic, "--state", self.dir / f"state{number}", path], "kcat": ["-t", topic]}
            for name in self.dice.sample(sorted(engines), len(engines)):
                self.m.add(f"{name}.cpu", spend([*engines[name], *own[name]], stdout=subprocess.DEVNULL).cpu / len(rows))
        if kcat:
            self.m.ratio("collect.times", "collect.cpu", "kcat.cpu")

    def freshness(self):
        """Due time of an event to the moment when an exporter's cut holds it, at a steady rate."""
        topic, ns = self.fresh()
        count = FRESH_RATE * (1 + (FRESH_SECONDS if not self.o.short else 5))      # the first second warms up
        line = Line(self.redis)
        ask = [("HMGET", f"kp:{{{ns}.{p}}}:m", "off", "ahead", "cells") for p in range(PARTITIONS)]
        p = Process([program("aggregate"), *self.servers(topic, ns)], self.dir / "fresh.err", stdout=subprocess.DEVNULL)
        wait_until(lambda: f"partition {PARTITIONS - 1}: offset" in p.text(), "loaded")
        base = self.high(topic)
        wait_until(lambda: sum(int(row[0]) for row in line.ask(ask)) >= base, "caught up")
        first = sum(int(row[0]) for row in line.ask(ask))
        maker = subprocess.Popen(list(map(str, self.generator(topic, count, first=10**9, rate=FRESH_RATE))), stdout=subprocess.PIPE, text=True)
        begin = int(maker.stdout.readline())
        late, seen = [], 0
        while seen < count:
            rows = [[int(x) for x in row] for row in line.ask(ask)]
            now = time.monotonic_ns()
            if all(row[0] == row[1] == row[2] for row in rows):
                upto = sum(row[0] for row in rows) - first
                late += [(now - begin) / 1e6 - i * 1000 / FRESH_RATE for i in range(seen, upto)]
                seen = max(seen, upto)
            assert now < begin + 120 * 10**9, "freshness: the events did not come through"
            time.sleep(0.0005)
        maker.stdout.close()
        assert maker.wait(30) == 0
        p.stop()
        line.close()
        late = sorted(late[FRESH_RATE:])
        for name, share in (("p50", .5), ("p99", .99)):
            self.m.add(f"fresh.{name}", late[int(len(late) * share)])

    def high(self, topic):
        return sum(self.broker.high(topic))

    def run(self):
        self.load()
        self.sizes()
        self.known = self.once(self.topic, self.ns)
        self.say(f"Redis {self.m.text('redis.all')} B a contact")
        self.restart()
        self.idle()
        self.compare()
        self.collect()
        self.freshness()

    def close(self):
        self.broker.close() if hasattr(self.broker, "close") else self.broker.stop()
        self.redis.stop()
        shutil.rmtree(self.dir, ignore_errors=True)


# The page.

US, NS, PERCENT = 1e6, 1e9, 100


def table(b):
    """(measure, value, goal, met): None where there is no goal."""
    m, out = b.m, []

    def row(text, value, goal="", met=None):
        out.append((text, value, goal, met))

    row("bare librdkafka loop (`drain`), wall, s", m.text("drain.wall"))
    row("`drain`, CPU, ns an event", m.text("drain.cpu", NS, "{:.0f}"))
    row("all folded and committed, wall, s", m.text("folded.wall"))
    row("speed until then, share of `drain`", m.text("folded.share"), "≥ 0.6", m.median("folded.share") >= 0.6)
    row("client CPU until then, times `drain`", m.text("folded.times"), "≤ 2", m.median("folded.times") <= 2)
    row("rebuild with all cells, wall, s", m.text("rebuild.wall"))
    row("rebuild, client CPU, µs an event", m.text("rebuild.client", US))
    row("rebuild, Redis CPU, µs an event", m.text("rebuild.redis", US))
    row("rebuild, both, µs an event", m.text("rebuild.cpu", US), "≤ 2.5", m.median("rebuild.cpu") * US <= 2.5)
    if m.has("script.cpu"):
        row("correct Python script with Redis, CPU, µs an event", m.text("script.cpu", US))
        row("rebuild, share of the script's CPU", m.text("rebuild.share"), "≤ 0.2", m.median("rebuild.share") <= 0.2)
    row("collector, CSV to Kafka, CPU, µs a row", m.text("collect.cpu", US))
    if m.has("kcat.cpu"):
        row("`kcat -P` of the same bytes, CPU, µs a row", m.text("kcat.cpu", US))
        row("collector, times `kcat -P`", m.text("collect.times"), "≤ 2", m.median("collect.times") <= 2)
    row(f"Redis, bytes a contact, of {b.sized}", m.text("redis.all", form="{:.1f}"), "≤ 56", m.median("redis.all") <= 56)
    for name in ("table", "cells", "keys", "rest"):
        row(f"… of that {name}", m.text(f"redis.{name}", form="{:.1f}"))
    room = b.known * 64 + 64e6
    row("aggregator RSS after catch-up, MB", m.text("rebuild.rss", 1e-6, "{:.0f}"), f"≤ {room / 1e6:.0f} (64 B a contact + 64 MB)",
        m.median("rebuild.rss") <= room)
    row(f"restart to ready with {b.restarted} contacts, all cells compared, s", m.text("restart.wall"))
    row(f"produce to visible at {FRESH_RATE} events/s, p50, ms", m.text("fresh.p50", form="{:.1f}"))
    row("… p99, ms", m.text("fresh.p99", form="{:.1f}"))
    for name, text in (("aggregate", "aggregator"), ("collect", "collector that watches a folder"), ("broker", "embedded broker")):
        row(f"{text}, idle, RSS, MB", m.text(f"idle.{name}.rss", form="{:.0f}"))
        row(f"{text}, idle, CPU, % of a core", m.text(f"idle.{name}.cpu"))
    return out


def machine():
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    found = re.search(r"^model name\s*:\s*(.+)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    return f"{os.cpu_count()} cores{' of ' + found[1] if found else ''}, {memory:.0f} GiB of memory, shared"


def version(package):
    done = subprocess.run(["dpkg-query", "-W", "-f=${Version}", package], capture_output=True, text=True, check=False)
    return done.stdout or "of another source"


def page(b):
    broker = "the embedded broker" if b.embedded else "Apache Kafka, one node on the same machine"
    lines = ["# Bench", "",
             "Made by `./run bench --write`; do not edit. Times of another machine are other times: compare the ratios, which are taken",
             "round by round with everything interleaved.", "",
             f"Machine: {machine()}. Broker: {broker}. Redis on a unix socket, append-only file on.",
             f"librdkafka {version('librdkafka1')}, Redis {version('redis-server')}, gcc {version('gcc')}.", "",
             f"{b.events} events of {b.known} contacts, {PARTITIONS} partitions, 400 units, 12 months, in random order; 5 % repeat, correct, retract or",
             f"come late. Medians of {b.rounds} rounds [smallest .. largest]. Before anything counts, every cell of every engine is compared",
             "with the generator's own arrays.", "",
             "| measure | value | goal | |", "|---|---|---|---|"]
    for text, value, goal, met in table(b):
        lines.append(f"| {text} | {value} | {goal} | {'' if met is None else 'met' if met else 'not met'} |")
    lines += ["", "## Limits", "",
              "* Broker, Redis, client and measuring program share the cores, so walls are those of a busy machine.",
              "* The events are spread evenly over the year, which is the worst case for cells; deliveries in order of time touch fewer.",
              "* `drain` decodes, checks, remembers and stores nothing. Its queue in librdkafka is 64 MiB, so that it never waits; ours is 16 MiB.",
              "* The script keeps nothing durable and is fenced against nobody; it counts the same cells.",
              "* CPU of a process is read in ticks of 10 ms. Memory of keys is computed from Redis's own sizes of entry, object and name.",
              "* Restart is measured on a topic of its own, unless the run is short. The client's CPU has the start of the process in it.",
              "* The first second of the steady rate is left out of freshness: connections are made then.",
              "* An event counts as visible when off, ahead and cells agree in all partitions; which event it is follows from the sum of offsets."]
    lines += [f"* {note}" for note in b.notes]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help=f"{SHORT} events")
    parser.add_argument("--events", type=int)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--write", action="store_true", help="make docs/bench.md anew")
    bench = Bench(parser.parse_args())
    try:
        bench.run()
        text = page(bench)
    finally:
        bench.close()
    print(text, end="")
    if bench.o.write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
