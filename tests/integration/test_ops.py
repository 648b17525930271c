"""ops init and doctor: topics made right, refused where a setting breaks the promise, and what doctor says of it."""
import contextlib
import json
import pathlib
import re
import stat
import subprocess
import tempfile
import unittest

import source
from oracle import model
from servers import Pipeline, Process, Redis, kafka, program, run, secure, wait_until

DURABLE = {"message.timestamp.type": "LogAppendTime", "retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete",
           "unclean.leader.election.enable": "false"}
BREAKING = {
    "message.timestamp.type": ("CreateTime", "LogAppendTime"),
    "retention.ms": ("604800000", "-1"),
    "retention.bytes": ("1000000", "-1"),
    "cleanup.policy": ("compact", "delete"),
}
REDIS_BAD = {"maxmemory-policy": ("allkeys-lru", "noeviction"), "appendonly": ("no", "yes"), "appendfsync": ("no", "everysec")}


def lines(text):
    """{(subject, name): {levels}} of a doctor's table."""
    found = {}
    for level, subject, name in re.findall(r"^(OK|WARN|BAD) +(\S+) {2,}(\S+(?: \S+)*) {2,}", text, re.M):
        found.setdefault((subject, name), set()).add(level)
    return found


class OnRedis(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory(prefix="kp-"))
        self.redis = Redis(self.folder)
        self.addCleanup(self.stop)

    def stop(self):
        with contextlib.suppress(AssertionError):
            self.redis.stop()

    def doctor(self, address, *args, check=None):
        return run("ops", "doctor", "--kafka", address, "--redis", self.redis.address, *args, check=check)


@kafka.wanted
class Init(OnRedis):
    def setUp(self):
        super().setUp()
        self.broker = kafka.shared()

    def init(self, topic, *args, check=None):
        return run("ops", "init", "--kafka", self.broker.address, "--redis", self.redis.address, "--topic", topic, *args, check=check)

    def fresh(self, settings=None, dlq=None):
        topic = f"ops.{next(self.broker.topics)}"
        if settings is not None:
            self.broker.create_topic(topic, 4, settings)
        if dlq is not None:
            self.broker.create_topic(topic + ".dlq", 4, dlq)
        return topic

    def test_both_topics_are_made_durable_and_are_ready(self):
        topic = self.fresh()
        self.init(topic, "--lab", "--partitions", 3, check=0)
        for name in (topic, topic + ".dlq"):
            settings = self.broker.topic_settings(name)
            self.assertEqual({key: settings[key] for key in DURABLE}, DURABLE)
            self.assertEqual(settings["min.insync.replicas"], "1")
            self.assertEqual(self.broker.high(name), [0, 0, 0])
        self.assertEqual(self.redis.offsets(partitions=3), [0, 0, 0])

    def test_one_that_is_there_and_right_is_taken_and_the_other_made(self):
        for settings, dlq in (({}, None), (None, {}), ({}, {})):
            topic = self.fresh(settings, dlq)
            self.init(topic, "--lab", "--namespace", topic.replace(".", "-"), check=0)
            self.assertEqual(self.broker.high(topic + ".dlq"), [0] * 4)

    def test_a_setting_that_breaks_the_promise_is_named_with_its_remedy(self):
        for name, (found, needed) in BREAKING.items():
            for settings, dlq, which in (({name: found}, None, ""), (None, {name: found}, ".dlq")):
                topic = self.fresh(settings, dlq)
                said = self.init(topic, "--lab", check=78).stderr
                self.assertIn(f"topic {topic}{which}: {name} is {found}, must be {needed}", said)
                self.assertIn(f"--entity-name {topic}{which} --add-config {name}={needed}", said)
                self.assertEqual(self.redis.call("DBSIZE"), 0)
                _, _, topics = self.broker.metadata()
                self.assertEqual(sum(t.startswith(topic) for t in topics), 1, "the other topic is not made either")

    def test_the_remedy_mends_it(self):
        topic = self.fresh({"retention.ms": "604800000"})
        said = self.init(topic, "--lab", check=78).stderr
        address, name, setting, value = re.search(
            r"kafka-configs\.sh --bootstrap-server (\S+) --alter --entity-type topics --entity-name (\S+) --add-config (\S+)=(\S+)$", said, re.M).groups()
        self.assertEqual(address, self.broker.address)
        self.broker.alter(name, setting, value)
        self.init(topic, "--lab", check=0)

    def test_one_replica_needs_lab(self):
        self.assertIn("only with --lab", self.init(self.fresh(), "--replication", 1, check=64).stderr)
        self.assertIn("replicas is 1, must be 2 or more", self.init(self.fresh({}), check=78).stderr)
        topic = self.fresh()
        self.assertIn("INVALID_REPLICATION_FACTOR", self.init(topic, check=78).stderr)
        self.assertEqual(self.redis.call("DBSIZE"), 0)

    def test_another_number_of_partitions_is_refused(self):
        self.assertIn("has 4 partitions, not the 8", self.init(self.fresh({}), "--lab", "--partitions", 8, check=65).stderr)

    def test_no_topic_is_made_for_a_namespace_that_is_there(self):
        self.init(self.fresh(), "--lab", check=0)
        topic = self.fresh()
        self.assertIn("is there already", self.init(topic, "--lab", check=65).stderr)
        self.assertNotIn(topic, self.broker.metadata()[2])

    def test_an_init_that_broke_off_is_finished(self):
        topic = self.fresh()
        self.init(topic, "--lab", check=0)
        lost = self.redis.hgetall("kp:{kp.3}:m")
        self.redis.call("DEL", "kp:{kp.3}:m")
        self.assertIn("NOSTATE", self.aggregate(topic, 65))
        self.assertIn("is there already", self.init(self.fresh(), "--lab", check=65).stderr, "for this topic only")
        self.assertIn("is there already", self.init(topic, "--lab", "--partitions", 8, check=65).stderr)
        self.redis.call("HSET", "kp:{kp.0}:d", "dead.KEY", 1)
        self.assertIn("is there already", self.init(topic, "--lab", check=65).stderr, "something was counted")
        self.redis.call("DEL", "kp:{kp.0}:d")
        self.init(topic, "--lab", check=0)
        self.assertEqual(self.redis.hgetall("kp:{kp.3}:m"), lost)
        self.aggregate(topic, 0)
        self.assertIn("is there already", self.init(topic, "--lab", check=65).stderr)

    def aggregate(self, topic, check):
        return run("aggregate", "--once", "--kafka", self.broker.address, "--redis", self.redis.address, "--topic", topic, check=check).stderr

    def test_a_redis_that_would_lose_counts_is_named_with_its_remedy(self):
        topic = self.fresh()
        for name in ("maxmemory-policy", "appendonly"):
            bad, good = REDIS_BAD[name]
            self.redis.call("CONFIG", "SET", name, bad)
            said = self.init(topic, "--lab", check=78).stderr
            self.assertIn(f"Redis: {name} is {bad}, must be {good}", said)
            self.assertIn(f"redis-cli CONFIG SET {name}", said)
            self.redis.call("CONFIG", "SET", name, good)
        self.assertNotIn(topic, self.broker.metadata()[2])
        self.assertEqual(self.redis.call("DBSIZE"), 0)
        self.init(topic, "--lab", check=0)

    def test_no_topic_is_made_beside_other_functions(self):
        self.redis.call("FUNCTION", "LOAD", "#!lua name=kp\nredis.register_function('kp_create', function() end)")
        topic = self.fresh()
        self.assertIn("another version", self.init(topic, "--lab", check=65).stderr)
        self.assertNotIn(topic, self.broker.metadata()[2])

    def test_no_broker_is_69(self):
        port, = kafka.free_ports(1)
        done = run("ops", "init", "--kafka", f"127.0.0.1:{port}", "--redis", self.redis.address, "--kafka-property", "socket.timeout.ms=1000",
                   check=69)
        self.assertIn("kafka", done.stderr)


@kafka.wanted
class Aggregate(unittest.TestCase):
    def test_it_does_not_start_on_a_topic_that_was_changed(self):
        with kafka.KafkaPipeline() as p:
            p.aggregate()
            for name, (found, needed) in BREAKING.items():
                p.broker.alter(p.topic, name, found)
                said = p.aggregate(check=78).stderr
                self.assertIn(f"topic {p.topic}: {name} is {found}, must be {needed}", said)
                self.assertEqual(len([line for line in said.splitlines() if "must be" in line]), 1)
                p.broker.alter(p.topic, name, needed)
                p.aggregate()

    def test_the_refused_one_takes_nothing_from_the_one_that_counts(self):
        with kafka.KafkaPipeline() as p:
            first = p.start_aggregate()
            wait_until(lambda: p.meta(3).get("owner"), "the first owns everything")
            p.broker.alter(p.topic, "retention.ms", "1000000")
            p.aggregate(check=78)
            self.assertTrue(first.alive(), first.text())
            self.assertEqual(first.stop(), 0)


@kafka.wanted
class Doctor(OnRedis):
    def setUp(self):
        super().setUp()
        self.broker = kafka.shared()
        self.topic = self.broker.fresh_topic()
        self.doctor_args = (self.broker.address, "--topic", self.topic)

    def test_nothing_bad_is_0(self):
        done = self.doctor(*self.doctor_args, "--lab", check=0)
        found = lines(done.stdout)
        self.assertEqual(found[self.topic, "retention.ms"], {"OK"})
        self.assertEqual(found[self.topic + ".dlq", "cleanup.policy"], {"OK"})
        self.assertEqual(found["redis", "appendonly"], {"OK"})
        self.assertEqual(found["broker", "auto.create.topics.enable"], {"OK"})
        self.assertRegex(done.stdout, r"\n\d+ OK, \d+ WARN, 0 BAD\n$")

    def test_outside_a_laboratory_one_replica_is_bad(self):
        found = lines(self.doctor(*self.doctor_args, check=78).stdout)
        self.assertEqual(found[self.topic, "replicas"], {"BAD"})
        self.assertEqual(found[self.topic, "min.insync.replicas"], {"WARN"})
        self.assertEqual(found["redis", "connected_slaves"], {"WARN"})

    def test_each_setting_of_redis_and_its_remedy(self):
        for name, (found, needed) in REDIS_BAD.items():
            self.redis.call("CONFIG", "SET", name, found)
            done = self.doctor(*self.doctor_args, "--lab", check=78)
            self.assertEqual(lines(done.stdout)["redis", name], {"BAD"})
            self.assertIn(f'redis-cli CONFIG SET {name} "{needed}"', done.stdout)
            self.assertIn(" 1 BAD", done.stdout)
            self.redis.call("CONFIG", "SET", name, needed)
        self.redis.call("CONFIG", "SET", "save", "3600 1")
        self.assertEqual(lines(self.doctor(*self.doctor_args, "--lab", check=0).stdout)["redis", "save"], {"WARN"})

    def test_each_setting_of_a_topic(self):
        for name, (found, needed) in BREAKING.items():
            self.broker.alter(self.topic + ".dlq", name, found)
            done = self.doctor(*self.doctor_args, "--lab", check=78)
            self.assertEqual(lines(done.stdout)[self.topic + ".dlq", name], {"BAD"})
            self.assertIn(" 1 BAD", done.stdout)
            self.broker.alter(self.topic + ".dlq", name, needed)
        self.broker.alter(self.topic, "max.message.bytes", "50000")
        self.assertEqual(lines(self.doctor(*self.doctor_args, "--lab", check=0).stdout)[self.topic, "max.message.bytes"], {"WARN"})

    def test_a_topic_that_is_not_there(self):
        done = self.doctor(self.broker.address, "--topic", "no.such", "--lab", check=78)
        self.assertEqual(lines(done.stdout)["no.such", "is there"], {"BAD"})
        self.assertNotIn("no.such", self.broker.metadata()[2])

    def test_a_server_that_is_away_is_a_line_and_the_other_is_looked_at(self):
        self.redis.stop()
        done = self.doctor(*self.doctor_args, "--lab", check=69)
        found = lines(done.stdout)
        self.assertEqual((found["redis", "can be asked"], found[self.topic, "retention.ms"]), ({"BAD"}, {"OK"}))


@kafka.wanted
class Try(unittest.TestCase):
    """try --kafka: the same figures as on the embedded broker, on a topic of its own."""

    def setUp(self):
        self.broker = kafka.shared()
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="kp-")))
        self.mapping = self.write(source.MAPPING, "mapping.yaml")
        self.dir = self.folder / "D"

    def write(self, data, name):
        path = self.folder / name
        path.write_text(source.csv(data) if isinstance(data, list) else data, encoding="utf-8")
        return path

    def attempt(self, *files, args=(), check=0):
        mapping = ["--mapping", self.mapping] if files else []
        return run("try", *mapping, "--rule", "kontakt/1", "--by", "period,enhet,kanal", "--format", "json", *args, *files, check=check)

    def topics(self):
        return {name for name in self.broker.metadata()[2] if name.startswith("kontaktpuls-try.")}

    def test_the_figures_are_right_and_no_topic_is_left(self):
        rows, contacts = source.generate(seed=6, count=300)
        before = self.topics()
        done = self.attempt(self.write(rows, "a.csv"), args=["--kafka", self.broker.address])
        figures = json.loads(done.stdout)
        self.assertEqual(model.exported(figures), model.cells(contacts, ["period", "enhet", "kanal"], "kontakt/1"))
        self.assertNotIn("provmäklare", done.stdout, "no figure of the embedded broker")
        self.assertIn("topic kontaktpuls-try.", done.stderr)
        wait_until(lambda: self.topics() <= before, "Kafka has removed the topics")

    def test_a_kept_directory_is_opened_again_on_the_same_topic(self):
        there = ["--dir", self.dir, "--kafka", self.broker.address, "--kafka-property", "client.id=mine"]
        first = json.loads(self.attempt(self.write(source.good(5), "a.csv"), args=there).stdout)
        self.assertEqual(first["cells"][0]["antal"], 5)
        topic = (self.dir / "kafka/topic").read_text()
        self.assertEqual(sum(self.broker.high(topic)), 5 + 4 + 1, "contacts, openings, one closing")
        more = json.loads(self.attempt(self.write(source.good(3, 100), "b.csv"), args=there).stdout)
        self.assertEqual(more["cells"][0]["antal"], 8)
        self.assertEqual(json.loads(self.attempt(args=there).stdout)["cells"], more["cells"])
        self.assertIn(topic, self.attempt(args=["--dir", self.dir], check=78).stderr)
        self.assertEqual([path.name for path in (self.dir / "kafka").iterdir()], ["topic"], "no property is kept")

    def test_properties_reach_the_programs_and_no_command_line(self):
        secret, told = 'hemligt: "citat" \'#', {}
        for attempt in range(20):       # programs that live for a moment are seen in passing
            self.look_at_programs(secret, attempt, told)
            if len(told) >= 2:
                break
        self.assertFalse(told["kontaktpuls-collect"] or told["kontaktpuls-aggregate"])

    def look_at_programs(self, secret, attempt, told):
        """Tells of every program that has the file of properties whether its command line has what is in it."""
        args = ["--dir", self.dir, "--kafka", self.broker.address, "--kafka-property", f"client.id={secret}"]
        path = self.write(source.good(20000, 20000 * attempt), f"{attempt}.csv")
        one = Process([program("try"), *args, "--mapping", self.mapping, path], self.folder / f"{attempt}.err", stdout=subprocess.DEVNULL)
        self.addCleanup(one.kill)
        config = self.dir / "kafka/egenskaper.yaml"

        def ended():
            with contextlib.suppress(FileNotFoundError):
                self.assertEqual(stat.S_IMODE(config.stat().st_mode), 0o600)
            for line in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    words = line.read_bytes()
                    if str(config).encode() in words:
                        told[pathlib.Path(words.split(b"\0")[0].decode()).name] = secret.encode() in words
            return not one.alive()

        wait_until(ended, "try ends", 300)
        self.assertEqual(one.wait(), 0, one.text())
        self.assertFalse(config.exists())

    def test_a_directory_of_the_embedded_broker_stays_there(self):
        self.attempt(self.write(source.good(5), "a.csv"), args=["--dir", self.dir])
        before = self.topics()
        said = self.attempt(args=["--dir", self.dir, "--kafka", self.broker.address], check=78).stderr
        self.assertIn("stand in its embedded broker", said)
        wait_until(lambda: self.topics() <= before, "Kafka has removed the topics")

    def test_no_broker_is_69(self):
        port, = kafka.free_ports(1)
        self.attempt(self.write(source.good(1), "a.csv"), args=["--kafka", f"127.0.0.1:{port}"], check=69)

    def test_properties_need_a_kafka(self):
        self.attempt(self.write(source.good(1), "a.csv"), args=["--kafka-property", "client.id=mine"], check=64)


class WithoutKafka(OnRedis):
    def test_the_embedded_broker_cannot_be_asked(self):
        with Pipeline(init=False) as p:
            done = self.doctor(p.broker.address, check=78)
            self.assertEqual(lines(done.stdout)["redis", "appendonly"], {"OK"})
            self.assertRegex(done.stdout, r"BAD +vardkontakt.handelse.v1 +can be asked +.*is it the embedded one")
            done = run("ops", "init", *p.servers(), "--kafka-property", "socket.timeout.ms=1000", check=78)
            self.assertIn("is it the embedded one", done.stderr)
            self.assertEqual(p.redis.call("DBSIZE"), 0)

    def test_no_broker_at_all(self):
        port, = kafka.free_ports(1)
        done = self.doctor(f"127.0.0.1:{port}", "--kafka-property", "socket.timeout.ms=1000", check=69)
        self.assertEqual(lines(done.stdout)["redis", "appendonly"], {"OK"})


class Rights(unittest.TestCase):
    """The ACL lines of docs/operate.md are enough, and no more than enough."""

    def setUp(self):
        self.p = self.enterContext(Pipeline(init=False))
        self.secret, self.commands = {}, {}
        for name, rules in secure.redis_users("s3cret").items():
            self.p.redis.call("ACL", "SETUSER", name, *rules)
            # `role` is for addresses of sentinels: test_sentinel.
            self.commands[name] = [rule[1:] for rule in rules if rule[0] == "+" and rule != "+role"]
            self.secret[name] = self.p.dir / name
            self.secret[name].write_text(f"{name} s3cret\n")
            self.secret[name].chmod(0o600)
        self.mapping = self.p.dir / "mapping.yaml"
        self.mapping.write_text(source.MAPPING, encoding="utf-8")

    def user(self, name):
        return ["--redis-secret", self.secret[name]]

    def collect(self, round):
        path = self.p.dir / f"{round}.csv"
        path.write_text(source.csv(source.good(50, 50 * round)), encoding="utf-8")
        self.p.collect(self.mapping, path)

    def doctor(self):
        return run("ops", "doctor", "--kafka", self.p.broker.address, "--redis", self.p.redis.address, *self.user("kp-ops"))

    @contextlib.contextmanager
    def without(self, name, command):
        with self.subTest(f"{name} without {command}"):
            self.p.redis.call("ACL", "SETUSER", name, f"-{command}")
            yield
        self.p.redis.call("ACL", "SETUSER", name, f"+{command}")

    def refused(self, done):
        self.assertEqual((done.returncode, done.stdout), (78, ""), done.stderr)
        self.assertRegex(done.stderr, "NOPERM .* '|a right of the user in Redis is missing")

    def test_each_program_with_its_user(self):
        p = self.p
        self.assertEqual(sorted(self.secret), ["kp-aggregate", "kp-export", "kp-ops"])
        p.init(*self.user("kp-ops"), check=0)
        for round in range(3):
            self.collect(round)
            p.aggregate(*self.user("kp-aggregate"))
        self.assertEqual(p.figures("alla", "--rule", "kontakt/1", *self.user("kp-export"))["totals"]["kontakt/1"]["antal"], 150)
        self.assertEqual(lines(self.doctor().stdout)["redis", "role"], {"OK"})

    def test_without_any_one_of_them_nothing_is_written(self):
        p = self.p
        for command in self.commands["kp-ops"]:
            with self.without("kp-ops", command):
                if command in ("info", "config|get"):
                    self.assertRegex(self.doctor().stdout, r"BAD +redis +can be asked .*NOPERM")
                    continue
                self.refused(p.init(*self.user("kp-ops")))
                self.assertEqual(p.redis.call("DBSIZE"), 0)
                p.redis.call("FUNCTION", "FLUSH")
        p.init(check=0)
        for round in range(2):
            self.collect(round)
            if round == 0:
                p.aggregate()
        before = p.redis.offsets(), p.redis.cells()
        for command in self.commands["kp-aggregate"]:
            with self.without("kp-aggregate", command):
                self.refused(p.aggregate(*self.user("kp-aggregate"), check=None))
                self.assertEqual((p.redis.offsets(), p.redis.cells()), before)
        p.aggregate()
        for command in self.commands["kp-export"]:
            with self.without("kp-export", command):
                self.refused(p.export("alla", *self.user("kp-export"), check=None))
