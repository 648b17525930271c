"""Three nodes of Apache Kafka on one machine, each broker and controller, with the interface of kafka.Kafka.

Owns its directory and three JVMs. A node is killed, frozen and started again by its number, 1 to 3; leaders are found by asking
a node that is up. Two of the three must be up for anything to be decided.
"""
import base64
import contextlib
import itertools
import pathlib
import shutil
import tempfile
import uuid

from servers import Broker, kafka, undone_by, wait_until

NUMBERS = (1, 2, 3)
REPLICATED = {
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "share.coordinator.state.topic.replication.factor": "3",
    "broker.heartbeat.interval.ms": "200",
    "broker.session.timeout.ms": "2000",
    "controller.quorum.election.timeout.ms": "1000",
    "controller.quorum.fetch.timeout.ms": "2000",
    "controller.quorum.election.backoff.max.ms": "500",
    "replica.lag.time.max.ms": "3000",
    "auto.leader.rebalance.enable": "false",     # a leader changes when a test makes it
}


class Node(kafka.Kafka):
    def __init__(self, nodes, number, ports, voters):       # pylint: disable=super-init-not-called
        self.java, self.archive = kafka.java()
        self.number, self.cluster, self.keep = number, nodes.cluster, False
        self.dumped = self.archive.with_suffix("." + uuid.uuid4().hex)
        self.folder = nodes.folder / str(number)
        self.folder.mkdir()
        self.address = f"127.0.0.1:{ports[0]}"
        self.process, self.frozen = None, False
        self.configure(ports[1], {**REPLICATED, "node.id": str(number), "controller.quorum.voters": voters})

    def format_like(self, other):
        """Without a JVM: what another node's format wrote, with a number and a directory id of our own."""
        data, theirs = self.folder / "data", other.folder / "data"
        shutil.copytree(theirs, data)
        own = base64.urlsafe_b64encode(b"\x11" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
        lines = (theirs / "meta.properties").read_text(encoding="ascii").splitlines()
        changed = {"node.id": str(self.number), "directory.id": own}
        pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
        (data / "meta.properties").write_text("".join(f"{name}={changed.get(name, value)}\n" for name, value in pairs))

    def ready(self, topic=None, partitions=0):
        """Whether it is listed by itself."""
        assert self.process.alive(), "the JVM ended"
        try:
            brokers, cluster, _ = self.metadata()
            return self.number in brokers and cluster == self.cluster
        except OSError:
            return False

    def freeze(self):
        super().freeze()
        self.frozen = True

    def thaw(self):
        super().thaw()
        self.frozen = False


class Nodes(Broker):
    """Started and ready."""

    def __init__(self):     # pylint: disable=super-init-not-called
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kp-nodes-")).resolve()
        self.cluster, self.topics, self.keep = uuid.uuid4().hex[:22], itertools.count(1), False
        self.node = {}
        with undone_by(self.close):
            self.begin(kafka.free_ports(6))

    def begin(self, ports):
        voters = ",".join(f"{n}@127.0.0.1:{ports[n + 2]}" for n in NUMBERS)
        self.node = {n: Node(self, n, (ports[n - 1], ports[n + 2]), voters) for n in NUMBERS}
        self.address = ",".join(node.address for node in self.node.values())
        self.node[1].format()
        for n in (2, 3):
            self.node[n].format_like(self.node[1])
        for node in self.node.values():
            node.launch()
        for node in self.node.values():
            node.await_ready()
        wait_until(lambda: len(self.asked().metadata()[0]) == 3, "three nodes are listed", kafka.START_SECONDS)

    def asked(self):
        """A node that answers."""
        for node in self.node.values():
            with contextlib.suppress(AssertionError):
                if not node.frozen and node.ready():
                    return node
        raise OSError("no node answers")

    def leaders(self, topic):
        """{partition: node}, -1 where there is none; {} as long as no node answers."""
        with contextlib.suppress(OSError):
            return self.asked().metadata(topic)[2][topic]
        return {}

    def led(self, topic, *nodes):
        """Waits until every partition is led by one of these."""
        wait_until(lambda: set(self.leaders(topic).values()) and set(self.leaders(topic).values()) <= set(nodes), f"{topic} is led by {nodes}")

    def tool(self, action, topic=kafka.TOPIC, input=None):
        return self.asked().tool(action, topic, input)

    def fresh_topic(self, partitions=4, settings=None, replicas=NUMBERS):
        """A topic that nobody used, led by the first of `replicas`, with its dead-letter topic, which is on all three."""
        topic = f"{kafka.TOPIC}.{next(self.topics)}"
        for name, wanted, where in ((topic, settings or {}, replicas), (topic + ".dlq", {}, NUMBERS)):
            self.asked().begin_topic(name, partitions, wanted, where)
            self.led(name, replicas[0])
        return topic

    def kill(self, number):
        self.node[number].kill()

    def start(self, number):
        self.node[number].start()

    def freeze(self, number):
        self.node[number].freeze()

    def thaw(self, number):
        self.node[number].thaw()

    def close(self):
        for node in self.node.values():
            if node.process:
                node.kill()
        if not self.keep and not any(node.keep for node in self.node.values()):
            shutil.rmtree(self.folder, ignore_errors=True)
