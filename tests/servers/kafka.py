"""Apache Kafka, one KRaft node, with the interface of servers.Broker; and one warm broker for all tests of a run.

Owns its directory and its JVM. Talks to the broker in Kafka's own protocol where kafka_tool does not: readiness, topics,
settings. The jars are fetch_jars's.
"""
import atexit
import contextlib
import functools
import hashlib
import itertools
import os
import pathlib
import random
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import unittest
import uuid

from servers import Broker, Pipeline, Process, Redis, TOPIC, fetch_jars, program, run, undone_by, wait_until

JAVA_PACKAGE = "openjdk-17-jre-headless"
START_SECONDS, STOP_SECONDS = 90, 60
PORTS = range(20000, 29000)     # below those that the kernel hands to clients: a killed broker finds its port free
given, given_lock = set(), threading.Lock()
DURABLE = {"message.timestamp.type": "LogAppendTime", "retention.ms": "-1"}

JVM = ["-Xms128m", "-Xmx128m", "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:CICompilerCount=1",
       "-XX:ReservedCodeCacheSize=48m", "-XX:MaxDirectMemorySize=64m", "-XX:-UsePerfData", "-Djava.awt.headless=true",
       "-Dlog4j2.disableJmx=true"]

# What differs from Kafka's defaults: one node, small, and quick to notice its own death and return.
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.segment.bytes": "1048576",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.segment.bytes": "1048576",
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "num.network.threads": "2",
    "num.io.threads": "2",
    "background.threads": "1",
    "num.recovery.threads.per.data.dir": "1",
    "log.cleaner.dedupe.buffer.size": "2097152",
    "log.cleaner.backoff.ms": "500",
    "log.retention.check.interval.ms": "500",
    "log.initial.task.delay.ms": "500",
    "log.segment.delete.delay.ms": "0",
    "broker.heartbeat.interval.ms": "100",
    "broker.session.timeout.ms": "1000",        # the default lets the controller refuse a restart for 9 s
    "metadata.max.idle.interval.ms": "0",
}

LOGGING = """status=error
appender.f.type=Console
appender.f.name=F
appender.f.target=SYSTEM_ERR
appender.f.layout.type=PatternLayout
appender.f.layout.pattern=%d{HH:mm:ss.SSS} %p %c{1} %m%n
rootLogger.level=INFO
rootLogger.appenderRef.f.ref=F
"""

# Kafka's protocol: api key and a version that 4.x speaks, without compact encoding.
LIST_OFFSETS, METADATA, CREATE_TOPICS, DESCRIBE_CONFIGS, ALTER_CONFIGS = (2, 1), (3, 4), (19, 4), (32, 1), (44, 0)
DELETE_TOPICS, DELETE_RECORDS, CREATE_PARTITIONS = (20, 1), (21, 0), (37, 0)
END, TOPIC_RESOURCE = -1, 2

wanted = unittest.skipIf(os.environ.get("KP_NO_KAFKA") == "1", "KP_NO_KAFKA=1 leaves out Apache Kafka")


def text(value):
    data = value.encode()
    return struct.pack(">h", len(data)) + data


def array(items):
    return struct.pack(">i", len(items)) + b"".join(items)


class Answer:
    """Reads a response from its beginning. Forms are struct's, big-endian, and `s`, a text or None."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, *forms):
        """One value, or a list of as many as forms."""
        values = [self.text() if form == "s" else self.number(form) for form in forms]
        return values if len(forms) > 1 else values[0]

    def number(self, form):
        value, = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(form)
        return value

    def text(self):
        size = self.number("h")
        self.at += max(size, 0)
        return None if size < 0 else self.data[self.at - size:self.at].decode()

    def array(self, read):
        return [read() for _ in range(self.number("i"))]


def ask(address, api, body, seconds=10):
    """One request on a connection of its own. OSError: no broker, or none that answers in time."""
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=seconds) as s, s.makefile("rb") as f:
        request = struct.pack(">hhi", *api, 1) + text("kp-tests") + body
        s.sendall(struct.pack(">i", len(request)) + request)
        size = f.read(4)
        data = f.read(struct.unpack(">i", size)[0]) if len(size) == 4 else b""
    if len(data) < 4:
        raise OSError("connection closed")
    answer = Answer(data)
    answer.take("i")    # correlation id
    return answer


class Kafka(Broker):
    """Started and ready, in a directory of its own. `settings` are added to server.properties."""

    def __init__(self, folder=None, settings=None):
        self.java, self.archive = java()
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="kp-kafka-")).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.cluster = uuid.uuid4().hex[:22]
        self.dumped = self.archive.with_suffix("." + self.cluster)
        self.topics = itertools.count(1)
        self.keep = False       # the directory with the log, after close()
        self.process = None
        port, controller = free_ports(2)
        self.address = f"127.0.0.1:{port}"
        with undone_by(self.close):
            self.configure(controller, settings or {})
            self.format()
            self.start()

    def configure(self, controller, settings):
        own = {
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.address}",
            "log.dirs": self.folder / "data",
        }
        lines = [f"{name}={value}\n" for name, value in {**SETTINGS, **own, **settings}.items()]
        (self.folder / "server.properties").write_text("".join(lines))
        (self.folder / "log4j2.properties").write_text(LOGGING)

    def command(self, *words):
        own = [f"-Dlog4j2.configurationFile=file:{self.folder / 'log4j2.properties'}",
               f"-Djava.io.tmpdir={self.folder}"]      # a JVM that is killed leaves its copy of liblz4 there
        sharing = [f"-XX:SharedArchiveFile={self.archive}"] if self.archive.exists() else []
        return [*self.java, *own, *sharing, *words, self.folder / "server.properties"]

    def format(self):
        command = self.command("kafka.tools.StorageTool", "format", "-t", self.cluster, "-c")
        done = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS)
        said = done.stdout[-2000:] + done.stderr[-2000:]
        assert done.returncode == 0, f"Kafka's format, which needs Java 17: exit {done.returncode}\n{said}"

    def start(self):
        """After a stop or a kill: same address, same records."""
        self.launch()
        self.await_ready()

    def launch(self):
        dump = [] if self.archive.exists() else [f"-XX:ArchiveClassesAtExit={self.dumped}"]
        self.process = Process(self.command(*dump, "kafka.Kafka"), self.folder / "log", stdout=subprocess.DEVNULL)

    def await_ready(self):
        try:
            wait_until(self.ready, "Apache Kafka answers, and every partition has a leader", START_SECONDS)
        except AssertionError as late:
            self.kill()
            self.keep = True
            raise AssertionError(f"{late}\n{self.process.text()[-4000:]}\nthe whole log: {self.process.log}") from None

    def ready(self, topic=None, partitions=0):
        """Whether this very cluster answers, and leads every partition: of all topics, or of the one named, which has so many."""
        assert self.process.alive(), "the JVM ended"
        try:
            brokers, cluster, topics = self.metadata(topic)
            return (len(brokers) == 1 and cluster == self.cluster and (not topic or len(topics[topic]) == partitions)
                    and not any(self.leaderless(topics)))
        except OSError:
            return False

    def metadata(self, topic=None):
        """{id of a broker}, cluster id, and {topic: {partition: leader}}, of all topics unless one is named."""
        answer = ask(self.address, METADATA, (array([text(topic)]) if topic else struct.pack(">i", -1)) + b"\0")
        answer.take("i")    # throttle
        brokers = answer.array(lambda: answer.take("i", "s", "i", "s"))             # id, host, port, rack
        cluster, _ = answer.take("s", "i")                                          # and controller

        def partition():
            _, index, leader = answer.take("h", "i", "i")                           # after an error
            answer.array(lambda: answer.take("i"))                                  # replicas
            answer.array(lambda: answer.take("i"))                                  # in sync
            return index, leader

        topics = answer.array(lambda: (answer.take("h", "s", "b"), answer.array(partition)))
        return {number for number, *_ in brokers}, cluster, {name: dict(found) for (_, name, _), found in topics}

    def leaderless(self, topics):
        """Error codes of asking every partition for its end: metadata names a leader before it leads."""
        wanted = [text(name) + array([struct.pack(">iq", p, END) for p in found]) for name, found in topics.items()]
        answer = ask(self.address, LIST_OFFSETS, struct.pack(">i", -1) + array(wanted))
        found = answer.array(lambda: (answer.take("s"), answer.array(lambda: answer.take("i", "h", "q", "q"))))
        return [error for _, partitions in found for _, error, _, _ in partitions]

    def create_topic(self, topic=TOPIC, partitions=4, settings=None, replicas=()):
        """Durable unless `settings` says otherwise; `replicas` names the nodes of every partition. Returns when it has its leaders."""
        self.begin_topic(topic, partitions, settings or {}, replicas)
        wait_until(lambda: self.ready(topic, partitions), f"{topic} has its leaders")
        return topic

    def begin_topic(self, topic, partitions, settings, replicas=()):
        configs = [text(name) + text(value) for name, value in {**DURABLE, **settings}.items()]
        count = (-1, -1) if replicas else (partitions, 1)
        placed = [struct.pack(">i", p) + array([struct.pack(">i", node) for node in replicas]) for p in range(partitions if replicas else 0)]
        wanted = text(topic) + struct.pack(">ih", *count) + array(placed) + array(configs)
        answer = ask(self.address, CREATE_TOPICS, array([wanted]) + struct.pack(">ib", 10000, 0))
        answer.take("i")    # throttle
        (name, error, why), = answer.array(lambda: answer.take("s", "h", "s"))
        assert error == 0, f"{name}: error {error}: {why}"

    def topic_settings(self, topic=TOPIC):
        """All settings in force, defaults included, as texts."""
        resource = struct.pack(">b", TOPIC_RESOURCE) + text(topic) + struct.pack(">i", -1)
        answer = ask(self.address, DESCRIBE_CONFIGS, array([resource]) + b"\0")

        def entry():
            name, value, *_ = answer.take("s", "s", "b", "b", "b")                  # read only, source, sensitive
            answer.array(lambda: answer.take("s", "s", "b"))                        # synonyms
            return name, value

        answer.take("i")    # throttle
        ((error, why, *_), found), = answer.array(lambda: (answer.take("h", "s", "b", "s"), answer.array(entry)))
        assert error == 0, f"{topic}: error {error}: {why}"
        return dict(found)

    def alter(self, topic, name, value):
        """Sets one setting of a topic."""
        resource = struct.pack(">b", TOPIC_RESOURCE) + text(topic) + array([text(name) + b"\0" + text(value)])
        answer = ask(self.address, ALTER_CONFIGS, array([resource]) + b"\0")
        answer.take("i")    # throttle
        (error, why, *_), = answer.array(lambda: answer.take("h", "s", "b", "s"))
        assert error == 0, f"{topic}: {name}={value}: error {error}: {why}"

    def delete_topic(self, topic):
        """Returns when nobody knows it any more."""
        answer = ask(self.address, DELETE_TOPICS, array([text(topic)]) + struct.pack(">i", 10000))
        answer.take("i")    # throttle
        self.accepted(answer.array(lambda: answer.take("s", "h")))
        wait_until(lambda: topic not in self.metadata()[2], f"{topic} is gone")

    def delete_records(self, topic, before):
        """Every partition begins at before[partition] then."""
        wanted = text(topic) + array([struct.pack(">iq", p, offset) for p, offset in enumerate(before)])
        answer = ask(self.address, DELETE_RECORDS, array([wanted]) + struct.pack(">i", 10000))
        answer.take("i")    # throttle
        (_, found), = answer.array(lambda: (answer.take("s"), answer.array(lambda: answer.take("i", "q", "h"))))
        self.accepted((f"{topic} {partition}", error) for partition, _, error in found)

    def add_partitions(self, topic, count):
        """Until there are `count`."""
        answer = ask(self.address, CREATE_PARTITIONS, array([text(topic) + struct.pack(">ii", count, -1)]) + struct.pack(">ib", 10000, 0))
        answer.take("i")    # throttle
        self.accepted((name, error) for name, error, _ in answer.array(lambda: answer.take("s", "h", "s")))
        wait_until(lambda: self.ready(topic, count), f"{topic} has {count} leaders")

    def accepted(self, outcomes):
        for name, error in outcomes:
            assert error == 0, f"{name}: error {error}"

    def log_of(self, topic, partition):
        """The file with the records, as long as it is the first."""
        return self.folder / "data" / f"{topic}-{partition}" / f"{0:020}.log"

    def fresh_topic(self, partitions=4, settings=None, replicas=()):
        """A topic that nobody used, with its dead-letter topic."""
        topic = f"{TOPIC}.{next(self.topics)}"
        self.begin_topic(topic + ".dlq", partitions, {}, replicas)
        self.create_topic(topic, partitions, settings, replicas)
        wait_until(lambda: self.ready(topic + ".dlq", partitions), f"{topic}.dlq has its leaders")
        return topic

    def kill(self):
        self.process.kill()

    def freeze(self):
        self.process.freeze()

    def thaw(self):
        self.process.thaw()

    def stop(self):
        """The exit status: 143, for SIGTERM. The first broker on a machine leaves the archive that speeds up the others."""
        status = self.process.stop(STOP_SECONDS)
        if self.dumped.exists():
            os.replace(self.dumped, self.archive)
        return status

    def close(self):
        if self.process:
            self.thaw()
            with contextlib.suppress(AssertionError):
                self.stop()
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.keep = self.keep or kind is not None
        self.close()


@functools.cache
def found():
    """(class path, None) or (None, what to do), once a run: a registry out of reach is not asked again by every test."""
    if not shutil.which("java"):
        return None, f"Apache Kafka needs Java 17: apt-get install {JAVA_PACKAGE}"
    try:
        return ":".join(map(str, fetch_jars.jars())), None
    except fetch_jars.Unavailable as why:
        return None, str(why)


def java():
    """The command before its main class, and where its archive of parsed classes is or will be."""
    path, why = found()
    assert path, f"{why}\nKP_NO_KAFKA=1 leaves out the tests that need Apache Kafka"
    binary = pathlib.Path(shutil.which("java")).resolve()
    made_for = f"{binary} {binary.stat().st_mtime_ns} {path}"
    name = f"classes-{hashlib.sha256(made_for.encode()).hexdigest()[:12]}.jsa"
    return [binary, *JVM, "-cp", path], fetch_jars.cache() / name


def free_ports(count):
    """Ports of 127.0.0.1 that nobody listens to now, and that nobody else was given before."""
    with contextlib.ExitStack() as stack:
        taken = []
        while len(taken) < count:
            port, s = random.choice(PORTS), stack.enter_context(socket.socket())
            with contextlib.suppress(OSError), given_lock:
                s.bind(("127.0.0.1", port))
                if port not in given:
                    given.add(port)
                    taken.append(port)
        return taken


@functools.cache
def shared():
    """The warm broker of this run, for tests that neither kill nor freeze it."""
    broker = Kafka(settings={"broker.session.timeout.ms": "9000"})      # Kafka's default: it never returns from the dead
    atexit.register(broker.close)
    return broker


class KafkaPipeline(Pipeline):
    """A pipeline on Apache Kafka, the warm one unless another is given, with topics of its own."""

    def __init__(self, broker=None, ns="kp", fsync="everysec", init=True, partitions=4, topic=None, env=None):
        self.broker, self.env = broker or shared(), env
        self.ns, self.partitions = ns, partitions
        self.topic = topic or self.broker.fresh_topic(partitions)
        self.said, self.keep = "", False
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="kp-"))
        self.state, self.redis = self.dir / "state", None
        with undone_by(self.undo):
            self.redis = Redis(self.dir / "redis", fsync)
            self.key = self.make_key("nyckel")
            if init:
                self.init(check=0)

    def init(self, *args, check=None):
        return run("ops", "init", "--lab", "--partitions", self.partitions, *self.servers(), *args, check=check, env=self.env)

    def high(self):
        """Asked again while a partition has no leader."""
        return wait_until(self.high_now, f"{self.topic} tells its ends")

    def high_now(self):
        """None while one has none."""
        with contextlib.suppress(AssertionError):
            return super().high()
        return None

    def start_collect(self, mapping, *files, args=(), name="collect"):
        return Process([program("collect"), "--kafka", self.broker.address, "--topic", self.topic, "--mapping", mapping,
                        "--key", self.key, "--state", self.state, *args, *files], self.dir / f"{name}.err", env=self.env)

    def close(self):
        """The broker is another's."""
        try:
            if self.redis:
                self.redis.process.thaw()
                self.redis.stop()
        finally:
            if not self.keep:
                shutil.rmtree(self.dir, ignore_errors=True)

    def undo(self):
        """Of this class alone: a class that is made of it is not there yet."""
        self.keep_it()
        KafkaPipeline.close(self)

    def keep_it(self):
        self.keep = self.broker.keep = True
        print(f"kept for the failure: {self.dir} and {self.broker.folder}", flush=True)

    def __exit__(self, kind, *_):
        if kind is not None:
            self.keep_it()
        self.close()
