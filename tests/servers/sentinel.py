"""A Redis primary, its replica and three sentinels, quick to fail over; and the pipeline on them, by the sentinels' address.

Owns their directories and processes. Sentinel's own periods are shortened (SENTINEL DEBUG), so that a fail-over takes a second
or two, and an old primary that comes back is made a replica after two.
"""
import contextlib
import pathlib
import tempfile

from servers import Broker, Pipeline, Process, Redis, undone_by, wait_until
from servers.kafka import free_ports

NAME = "kp"
QUORUM = 2
PERIODS = {"info-period": 200, "ping-period": 100, "ask-period": 100, "publish-period": 500, "election-timeout": 1000}


class Node(Redis):
    """redis-server on a port as well, for its replica and the sentinels."""

    def __init__(self, folder, port, *settings):
        self.port = port
        super().__init__(folder, settings=("--port", port, "--bind", "127.0.0.1", "--repl-diskless-sync-delay", 0,
                                           "--repl-ping-replica-period", 1, *settings))

    def info(self, name):
        """One value of INFO replication; None when nobody answers."""
        with contextlib.suppress(OSError, AssertionError):
            for line in self.call("INFO", "replication").splitlines():
                key, _, value = line.partition(":")
                if key == name:
                    return value
        return None


class Sentinel(Redis):
    """One sentinel of the primary at `port`, on a unix socket and a port."""

    def __init__(self, folder, port, watched):
        self.port = port
        self.config = pathlib.Path(folder) / "conf"
        self.config.parent.mkdir()
        self.config.write_text(f"sentinel monitor {NAME} 127.0.0.1 {watched} {QUORUM}\n"
                               f"sentinel down-after-milliseconds {NAME} 500\nsentinel failover-timeout {NAME} 2000\n")
        super().__init__(folder)

    def start(self):
        command = ["redis-server", self.config, "--sentinel", "--port", self.port, "--bind", "127.0.0.1", "--unixsocket", self.socket,
                   "--dir", self.folder, "--logfile", self.folder / "log"]
        self.process = Process(command, self.folder / "err")
        with undone_by(self.process.kill):
            wait_until(self.ping, "redis-sentinel answers")
            self.call("SENTINEL", "DEBUG", *(word for pair in PERIODS.items() for word in pair))

    def sees(self):
        """What it says of the primary: {name: text}."""
        flat = self.call("SENTINEL", "MASTER", NAME)
        return dict(zip(flat[::2], flat[1::2]))


class Watched(Redis):
    """All five, with the interface of one Redis: that of the primary that the sentinels name."""

    def __init__(self, folder, *settings):
        self.folder = pathlib.Path(folder)
        self.nodes, self.sentinels = [], []
        ports = free_ports(5)
        with undone_by(self.close):
            self.nodes.append(Node(self.folder / "a", ports[0], *settings))
            self.nodes.append(Node(self.folder / "b", ports[1], "--replicaof", "127.0.0.1", ports[0], *settings))
            wait_until(lambda: self.nodes[1].info("master_link_status") == "up", "the replica has its copy")
            for n, port in enumerate(ports[2:]):
                self.sentinels.append(Sentinel(self.folder / f"s{n}", port, ports[0]))
            wait_until(self.ready, "the sentinels know each other and the replica")

    @property
    def address(self):
        return f"sentinel:{NAME}@" + ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in self.sentinels)

    def ready(self):
        return all((one.get("num-other-sentinels"), one.get("num-slaves"), one["flags"]) == ("2", "1", "master")
                   for one in map(Sentinel.sees, self.sentinels))

    def named(self, sentinel):
        """The node that the sentinel names."""
        port = int(sentinel.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME)[1])
        return next(node for node in self.nodes if node.port == port)

    def primary(self):
        return self.named(self.sentinels[0])

    def took_over(self, node):
        wait_until(lambda: node.info("role") == "master" and all(self.named(one) is node for one in self.sentinels), "a fail-over")

    def call(self, *words):
        return self.primary().call(*words)

    def offsets(self, *args):
        return self.primary().offsets(*args)

    def close(self):
        for one in (*self.sentinels, *self.nodes):
            one.process.thaw()
            one.kill()


class SentinelPipeline(Pipeline):
    """On the embedded broker."""

    def __init__(self):
        self.ns, self.topic, self.said = "kp", "vardkontakt.handelse.v1", ""
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="kp-"))
        self.state = self.dir / "state"
        self.broker = self.redis = None
        with undone_by(lambda: SentinelPipeline.close(self)):
            self.broker = Broker(self.dir / "kafka")
            self.redis = Watched(self.dir / "r")
            self.key = self.make_key("nyckel")
            self.init(check=0)
            # A primary sends a new replica nothing until it has heard from it, up to a second after its copy is there.
            wait_until(lambda: self.redis.nodes[1].offsets() == [0] * 4, "the replica has the namespace")

    def close(self):
        if self.redis:
            self.redis.close()
        self.redis = None       # the base stops what is one server
        super().close()
