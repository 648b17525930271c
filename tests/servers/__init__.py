"""Servers and programs as objects: private directory, unix socket or free port, stopped by pid, no fixed sleeps."""
import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("KP_BUILD", ROOT / "build"))
SHARED = pathlib.Path(os.environ.get("KP_REAL_DATA") or ROOT.parent / "shared" / "data")     # real third-party inputs; used when present
TOPIC = "vardkontakt.handelse.v1"
DEADLINE = float(os.environ.get("KP_DEADLINE", "60"))


def wait_until(condition, what, deadline=DEADLINE):
    """The first true value of condition(), polled; AssertionError with `what` after the deadline."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline} s: {what}")
        time.sleep(0.005)


@contextlib.contextmanager
def undone_by(close):
    """In a constructor: when it fails, what it has begun is taken back. Nobody has the object then, to close it."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(Exception):
            close()
        raise


def program(verb):
    return str(BUILD / "bin" / (f"kontaktpuls-{verb}" if verb else "kontaktpuls"))


def run(verb, *args, check=None, timeout=300, **kwargs):
    """Runs kontaktpuls-<verb> to its end. check=N: the exit status must be N."""
    command = [program(verb), *map(str, args)]
    if "input" not in kwargs:
        kwargs["stdin"] = subprocess.DEVNULL
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, **kwargs)
    sanitizer_clean(done.stderr)
    if check is not None and done.returncode != check:
        raise AssertionError(f"{' '.join(command)}\nexit {done.returncode}, expected {check}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done


def sanitizer_clean(text):
    for word in ("AddressSanitizer", "runtime error:", "LeakSanitizer"):
        if word in text:
            raise AssertionError(text[-6000:])


class Process:
    """A program that runs until told otherwise; its stderr goes to a file that failures print."""

    def __init__(self, command, log, **kwargs):
        self.log = pathlib.Path(log)
        with open(self.log, "ab") as err:
            self.process = subprocess.Popen(list(map(str, command)), stderr=err, **{"stdin": subprocess.DEVNULL, **kwargs})

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        return self.process.poll() is None

    def signal(self, number):
        if self.alive():
            self.process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def status(self, name):
        """What the kernel says of it, by the name of a line (proc(5)); "" when it has ended."""
        with contextlib.suppress(OSError):
            for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
                if line.startswith(name + ":"):
                    return line.split(":", 1)[1].strip()
        return ""

    def catches(self, number):
        return bool(int(self.status("SigCgt") or "0", 16) >> (number - 1) & 1)

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)

    def stop(self, deadline=20):
        """SIGTERM; the exit status."""
        self.signal(signal.SIGTERM)
        try:
            status = self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not stop within {deadline} s\n{self.text()[-3000:]}")
        sanitizer_clean(self.text())
        return status

    def wait(self, deadline=DEADLINE):
        try:
            status = self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"did not end within {deadline} s\n{self.text()[-3000:]}")
        sanitizer_clean(self.text())
        return status

    def text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""


class Redis:
    """redis-server on a unix socket, AOF on, nothing else but what `settings` adds: words of its command line."""

    def __init__(self, folder, fsync="everysec", settings=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.socket = str(self.folder / "s")
        assert len(self.socket) < 100, "a socket path has 107 bytes at most"
        self.fsync, self.settings = fsync, settings
        self.process = None
        self.start()

    @property
    def address(self):
        return "unix:" + self.socket

    def start(self):
        command = ["redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", str(self.folder), "--save", "",
                   "--appendonly", "yes", "--appendfsync", self.fsync, "--daemonize", "no",
                   "--logfile", str(self.folder / "log"), *self.settings]
        self.process = Process(command, self.folder / "err", stdout=subprocess.DEVNULL)
        with undone_by(self.process.kill):
            wait_until(self.ping, "redis-server answers")

    def ping(self):
        try:
            return self.call("PING") == "PONG"
        except (OSError, AssertionError):
            return False

    def call(self, *words):
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as s:
            s.settimeout(20)
            s.connect(self.socket)
            s.sendall(b"*%d\r\n" % len(words) + b"".join(
                b"$%d\r\n%s\r\n" % (len(w), w) for w in (str(w).encode() if not isinstance(w, bytes) else w for w in words)))
            with s.makefile("rb") as f:
                return self.reply(f)

    def reply(self, f):
        line = f.readline()
        if not line.endswith(b"\r\n"):
            raise OSError("connection closed")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            raise AssertionError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            if rest == b"-1":
                return None
            data = f.read(int(rest) + 2)[:-2]
            try:
                return data.decode()
            except UnicodeDecodeError:
                return data
        return None if rest == b"-1" else [self.reply(f) for _ in range(int(rest))]

    def hgetall(self, key):
        flat = self.call("HGETALL", key)
        return dict(zip(flat[::2], flat[1::2]))

    def offsets(self, ns="kp", partitions=4):
        """Stored offset of each partition; -1 where there is no state, or no server."""
        try:
            return [int(self.call("HGET", f"kp:{{{ns}.{p}}}:m", "off") or -1) for p in range(partitions)]
        except (OSError, AssertionError):
            return [-1] * partitions

    def cells(self):
        """Every cell of every partition, as one dict: (key, field) -> count."""
        found = {}
        for key in sorted(self.call("KEYS", "kp:*:c:*")):
            for field, count in self.hgetall(key).items():
                found[key, field] = int(count)
        return found

    def kill(self):
        self.process.kill()

    def stop(self):
        return self.process.stop()


class Broker:
    """The embedded broker."""

    def __init__(self, folder, *args):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process = Process([program("broker"), *args], self.folder / "err", stdout=subprocess.PIPE, text=True)
        said = self.process.process.stdout
        with undone_by(self.process.kill):
            spoke, _, _ = select.select([said], [], [], DEADLINE)
            line = said.readline() if spoke else f"nothing within {DEADLINE} s"
            assert line.startswith("kafka "), (line, self.process.text())
        self.address = line.split()[1]

    def tool(self, action, topic=TOPIC, input=None, env=None):
        done = subprocess.run([str(BUILD / "tests/kafka_tool"), self.address, action, topic], input=input, capture_output=True,
                              text=True, errors="replace", timeout=120, env=env)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ends(self, topic=TOPIC, env=None):
        """[(low, high)] by partition, as an aggregator asks for them."""
        return [tuple(map(int, line.split()[1:])) for line in self.tool("ends", topic, env=env).splitlines()]

    def high(self, topic=TOPIC):
        return [int(line.split()[2]) for line in self.tool("marks", topic).splitlines()]

    def records(self, topic=TOPIC):
        """(partition, offset, key, value, headers) of every record; None for null."""
        out = []
        for line in self.tool("dump", topic).splitlines():
            p, offset, key, value, *headers = line.split(" ")
            out.append((int(p), int(offset), unhex(key), unhex(value), headers))
        return out

    def put(self, records, topic=TOPIC, action="put"):
        """[(partition, key, value[, timestamp in ms[, (name, value) ..]])], bytes or None. "commit" puts them in one transaction."""
        self.tool(action, topic, "".join(" ".join([str(p), tohex(k), tohex(v), *map(str, time[:1]), *(f"{tohex(n)}={tohex(x)}" for n, x in time[1:])]) + "\n"
                                        for p, k, v, *time in records))

    def stop(self):
        self.process.process.stdout.close()
        return self.process.stop()


def unhex(text):
    return None if text == "-" else b"" if text == '""' else bytes.fromhex(text)


def tohex(data):
    return "-" if data is None else '""' if data == b"" else data.hex()


class Pipeline:
    """Broker, Redis, key and namespace in a directory of their own, and the programs on them."""

    env = None      # of the programs; None: ours

    def __init__(self, ns="kp", fsync="everysec", init=True, topic=TOPIC):
        self.ns, self.topic = ns, topic
        self.said = ""      # what the last collect wrote on stderr
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="kp-"))
        self.state = self.dir / "state"
        self.broker = self.redis = None
        with undone_by(lambda: Pipeline.close(self)):
            self.broker = Broker(self.dir / "kafka")
            self.redis = Redis(self.dir / "redis", fsync)
            self.key = self.make_key("nyckel")
            if init:
                self.init(check=0)

    def make_key(self, name, seed=1):
        path = self.dir / name
        path.write_text(f"{seed:02x}" * 32 + "\n")
        path.chmod(0o600)
        return path

    def servers(self, redis=None):
        return ["--kafka", self.broker.address, "--redis", (redis or self.redis).address, "--namespace", self.ns, "--topic", self.topic]

    def init(self, *args, check=None):
        return run("ops", "init", "--embedded", *self.servers(), *args, check=check, env=self.env)

    def collect(self, mapping, *files, args=(), key=None, check=0):
        """The report of one run of collect."""
        report = self.dir / "report.json"
        report.unlink(missing_ok=True)
        done = run("collect", "--kafka", self.broker.address, "--topic", self.topic, "--mapping", mapping, "--key", key or self.key,
                   "--state", self.state, "--report", report, *args, *files, check=check, env=self.env)
        self.said = done.stderr
        return json.loads(report.read_text()) if report.exists() else done

    def aggregate(self, *args, check=0):
        return run("aggregate", "--once", *self.servers(), *args, check=check, env=self.env)

    def start_aggregate(self, *args, name="aggregate", redis=None):
        return Process([program("aggregate"), *self.servers(redis), *args], self.dir / f"{name}.err", stdout=subprocess.DEVNULL, env=self.env)

    def export(self, *args, check=0):
        return run("export", "--redis", self.redis.address, "--namespace", self.ns, *args, check=check)

    def figures(self, *args, check=0):
        return json.loads(self.export(*(args or ("alla",)), "--format", "json", check=check).stdout)

    def high(self):
        return self.broker.high(self.topic)

    def records(self):
        return self.broker.records(self.topic)

    def put(self, records):
        self.broker.put(records, self.topic)

    def meta(self, partition):
        return self.redis.hgetall(f"kp:{{{self.ns}.{partition}}}:m")

    def close(self):
        """Both servers and the directory, whatever one of them says; then the first thing that was wrong."""
        wrong = []
        for server in filter(None, (self.broker, self.redis)):
            try:
                server.process.thaw()
                server.stop()
            except Exception as error:      # pylint: disable=broad-except
                wrong.append(error)
        shutil.rmtree(self.dir, ignore_errors=True)
        if wrong:
            raise wrong[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
