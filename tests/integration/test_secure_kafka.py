"""Mutual TLS, SASL and ACLs against a real broker: each program with the rights of docs/operate.md, and loudly none without."""
import concurrent.futures
import contextlib
import itertools
import json
import pathlib
import socket
import ssl
import tempfile
import threading
import time
import unittest

import source
from servers import Process, Redis, kafka, program, run, secure, wait_until

PROGRAMS = ("ops init", "collect", "aggregate", "ops doctor", "dlq list", "dlq show", "dlq replay")
CLOCK = "2026-06-01T12:00:00Z"
STRANGE = (0, b"k" * 12, b"v")      # a record that is a dead letter, and can be sent again
PATIENCE = 60       # seconds in which a refusal must be told, on a busy machine; it takes two


class Site:
    """A topic, a namespace, files: all that the programs are run on."""

    numbers = itertools.count(1)

    def __init__(self, broker, folder, redis):
        self.broker, self.redis = broker, redis
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=folder))
        number = next(self.numbers)
        self.topic, self.ns = f"secure.{number}", f"n{number}"      # and users, for a right on the cluster is on all sites
        self.mapping, self.file, self.key = (self.folder / name for name in ("mapping.yaml", "a.csv", "key"))
        self.mapping.write_text(source.MAPPING, encoding="utf-8")
        self.file.write_text(source.csv(source.good(20)), encoding="utf-8")
        self.key.write_text("01" * 32 + "\n")
        self.key.chmod(0o600)
        self.open_key = self.folder / "open"
        run("dlq", "key", self.open_key, check=0)

    def words(self, name, address):
        kafka_words = ["--kafka", address, "--topic", self.topic]
        redis_words = ["--redis", self.redis.address]
        ns = ["--namespace", self.ns]
        state = ["--state", tempfile.mkdtemp(dir=self.folder)]
        return {
            "ops init": ["ops", "init", "--lab", *kafka_words, *redis_words, *ns],
            "ops doctor": ["ops", "doctor", "--lab", *kafka_words, *redis_words],
            "collect": ["collect", *kafka_words, "--mapping", self.mapping, "--key", self.key, *state, "--clock", CLOCK, self.file],
            "aggregate": ["aggregate", "--once", "--redis-timeout", 5, "--seal-key", f"{self.open_key}.pub", *kafka_words, *redis_words, *ns],
            "dlq list": ["dlq", "list", *kafka_words],
            "dlq show": ["dlq", "show", "0:0", *kafka_words],
            "dlq replay": ["dlq", "replay", "0:0", "--open-key", self.open_key, *kafka_words],
        }[name]

    def run(self, name, properties=None, address=None, args=(), check=None):
        config = ["--config", self.broker.config(properties)] if properties else []
        return run(*self.words(name, address or self.broker.tls), *config, *args, check=check, timeout=60)

    def user(self, name):
        return f"kp-{name.replace(' ', '-')}-{self.ns}"

    def as_user(self, name, **kwargs):
        return self.run(name, self.broker.certificate(self.user(name)), **kwargs)

    def start_aggregate(self):
        self.grant("aggregate", *secure.rights()["aggregate"])
        config = self.broker.config(self.broker.certificate(self.user("aggregate")))
        words = [word for word in self.words("aggregate", self.broker.tls) if word != "--once"]
        return Process([program(words[0]), *words[1:], "--config", config], self.folder / "err")

    def place(self, place):
        """Name and kind of what a right of the table is on."""
        return ("kafka-cluster", secure.CLUSTER) if place == "cluster" else (self.topic + place.removeprefix("T"), secure.TOPIC)

    def grant(self, name, *rights):
        for place, right in rights:
            self.broker.allow(self.user(name), right, *self.place(place))

    def withdraw(self, name, place, right):
        self.broker.deny(self.user(name), right, *self.place(place))

    def grant_all(self):
        for name, rights in secure.rights().items():
            self.grant(name, *rights)

    def owned(self):
        return all(self.redis.hgetall(f"kp:{{{self.ns}.{p}}}:m")["owner"] for p in range(4))

    def topics(self):
        self.broker.create_topic(self.topic)
        self.broker.create_topic(self.topic + ".dlq")

    def written(self):
        """All that a program may have changed."""
        _, _, topics = self.broker.metadata()
        ends = [self.broker.high(name) for name in (self.topic, self.topic + ".dlq") if name in topics]
        return ends, self.redis.offsets(self.ns)


class OnSecureKafka(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = secure.shared()
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="kp-"))
        cls.redis = Redis(pathlib.Path(cls.folder) / "redis")
        cls.addClassCleanup(cls.redis.kill)

    def site(self):
        return Site(self.broker, self.folder, self.redis)


@kafka.wanted
class Rights(OnSecureKafka):
    def test_the_whole_path_with_exactly_the_rights_of_the_handbook(self):
        site = self.site()
        self.assertEqual(sorted(secure.rights()), sorted(PROGRAMS), "the table of docs/operate.md has other programs")
        site.grant_all()
        site.as_user("ops init", check=0)
        site.as_user("collect", check=0)
        self.broker.put([STRANGE], site.topic)
        site.as_user("aggregate", check=0)
        self.assertEqual(site.redis.offsets(site.ns), self.broker.high(site.topic))
        figures = json.loads(run("export", "--redis", self.redis.address, "--namespace", site.ns, "alla", "--rule", "kontakt/1",
                                 "--format", "json", check=0).stdout)
        self.assertEqual((figures["totals"]["kontakt/1"]["antal"], sum(figures["balance"]["events"]["dead"].values())), (20, 1))
        self.assertIn("PB_", site.as_user("dlq list", check=0).stdout)
        self.assertIn("value 76", site.as_user("dlq show", args=["--open-key", site.open_key], check=0).stdout)
        before = sum(self.broker.high(site.topic))
        site.as_user("dlq replay", check=0)
        self.assertEqual(sum(self.broker.high(site.topic)), before + 1)
        self.assertIn(" 0 BAD", site.as_user("ops doctor", check=0).stdout)

    def test_without_any_one_of_them_a_program_says_which_and_writes_nothing(self):
        """Each on a site of its own: all are waited for at once."""
        cases = [(name, *right) for name, rights in secure.rights().items() for right in rights]
        self.assertGreater(len(cases), 15)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for case, wrong in zip(cases, pool.map(self.lacking, cases)):
                with self.subTest(case):
                    self.assertIsNone(wrong)

    def lacking(self, case):
        name, place, right = case
        site = self.site()
        if not (name == "ops init" and right == "Create"):
            site.topics()
        if name == "aggregate" or "dlq" in name:
            site.run("ops init", address=self.broker.address, check=0)
            self.broker.put([STRANGE], site.topic)
        if "dlq" in name:
            site.run("aggregate", address=self.broker.address, check=0)
        if name == "ops init" and (place, right) == ("T.dlq", "Create"):
            self.broker.create_topic(site.topic)
        site.grant(name, *(r for r in secure.rights()[name] if r != (place, right)))
        before = site.written()
        done = site.as_user(name)
        said = done.stdout + done.stderr
        if done.returncode != 78 or f"give this user the right to {right} (docs/operate.md" not in said:
            return f"exit {done.returncode}: {said}"
        return None if site.written() == before else f"wrote {site.written()} over {before}"

    def test_who_may_only_describe_is_told_of_the_right_to_write(self):
        """Asking for the topic succeeds; the producer that is refused afterwards says so itself."""
        site = self.site()
        site.topics()
        site.grant("collect", ("T", "Describe"))
        self.assertIn("the right to Write", site.as_user("collect", check=78).stderr)
        site.run("ops init", address=self.broker.address, check=0)
        self.broker.put([STRANGE], site.topic)
        site.grant("aggregate", ("T", "Read"), ("T", "DescribeConfigs"), ("T.dlq", "Describe"), ("T.dlq", "DescribeConfigs"))
        self.assertIn("the right to Write", site.as_user("aggregate", check=78).stderr)
        self.assertEqual(self.redis.offsets(site.ns), [0] * 4)

    def test_a_right_that_is_withdrawn_ends_the_one_that_runs(self):
        site = self.site()
        site.topics()
        site.run("ops init", address=self.broker.address, check=0)
        running = site.start_aggregate()
        self.addCleanup(running.kill)
        self.broker.put([(p, b"k", b"v") for p in range(4)], site.topic)
        wait_until(lambda: self.redis.offsets(site.ns) == [1] * 4, "it counts")
        site.withdraw("aggregate", "T", "Read")
        self.broker.put([(p, b"k", b"v") for p in range(4)], site.topic)
        self.assertEqual(running.wait(PATIENCE), 78)
        self.assertIn("the right to Read", running.text())

    def test_try_needs_no_more_than_its_prefix(self):
        site = self.site()
        for right in ("Create", "Delete", "Describe", "DescribeConfigs", "Read", "Write"):
            self.broker.allow("kp-try", right, "kontaktpuls-try.", pattern=secure.PREFIXED)
        config = self.broker.config(self.broker.certificate("kp-try"))
        done = run("try", "--kafka", self.broker.tls, "--config", config, "--mapping", site.mapping, "--rule", "kontakt/1", "--format", "json",
                   site.file, check=0)
        self.assertEqual(json.loads(done.stdout)["totals"]["kontakt/1"]["antal"], 20)


class Expired:
    """A server whose certificate has expired: no broker starts with one. Notes how each connection begins."""

    def __init__(self, broker):
        broker.authority.issue("expired", days=-1)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(broker.authority.path("expired", "pem"), broker.authority.path("expired", "key"))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.begun = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.begun.append(connection.recv(2, socket.MSG_PEEK))
                with contextlib.suppress(OSError), self.context.wrap_socket(connection, server_side=True) as s:
                    s.recv(1)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


@kafka.wanted
class Refused(OnSecureKafka):
    """Who is not let in, or lets nobody in, says so within seconds, and never goes on in clear."""

    def setUp(self):
        self.plain = self.site()
        self.plain.topics()
        self.plain.run("ops init", address=self.broker.address, check=0)

    def causes(self, expired):
        """{what is wrong: (properties, address, what must be said)}"""
        good = self.broker.certificate("kp-refused")
        other = secure.Authority(self.broker.folder / "other")
        other.issue("stranger", "kp-refused")
        self.broker.authority.issue("late", "kp-refused", days=-1)
        theirs = "certificate verify failed"
        return {
            "the broker's certificate is of another authority": ({**good, "ssl.ca.location": str(other.path("ca", "pem"))}, None, theirs),
            "the broker's certificate has another name": (good, self.broker.tls.replace("127.0.0.1", "localhost"), theirs),
            "the broker's certificate has expired": (good, expired.address, theirs),
            "no certificate": ({name: value for name, value in good.items() if name in ("security.protocol", "ssl.ca.location")}, None, "alert"),
            "a certificate of another authority": ({**good, "ssl.certificate.location": str(other.path("stranger", "pem")),
                                                    "ssl.key.location": str(other.path("stranger", "key"))}, None, "alert"),
            "a certificate that has expired": ({**good, "ssl.certificate.location": str(self.broker.authority.path("late", "pem")),
                                                "ssl.key.location": str(self.broker.authority.path("late", "key"))}, None, "alert"),
            "another password": (self.broker.password(secure.PLAIN_USER, "fel-losen"), self.broker.sasl, "Authentication failed"),
            "an unknown mechanism": ({**self.broker.password(secure.PLAIN_USER), "sasl.mechanism": "SCRAM-SHA-512"}, self.broker.sasl, "SASL mechanism"),
        }

    def test_for_every_cause(self):
        expired = Expired(self.broker)
        self.addCleanup(expired.close)
        causes = self.causes(expired)
        before = self.plain.written()
        cases = [(name, cause) for cause in causes for name in ("collect", "aggregate", "ops doctor")]
        cases += [(name, "no certificate") for name in ("ops init", "dlq list")]

        def attempt(case):
            properties, address, _ = causes[case[1]]
            begin = time.monotonic()
            return self.plain.run(case[0], properties, address), time.monotonic() - begin

        fresh = self.plain.ns
        self.plain.ns = "unused"        # an init that gets through would make it
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            for (name, cause), (done, seconds) in zip(cases, pool.map(attempt, cases)):
                with self.subTest(f"{name}: {cause}"):
                    said = done.stdout + done.stderr
                    self.assertEqual(done.returncode, 78, said)
                    self.assertIn(causes[cause][2], said)
                    self.assertIn("docs/operate.md, Kafka over TLS", said)
                    self.assertLess(seconds, PATIENCE)
                    self.assertNotIn("losen", said)
        self.plain.ns = fresh
        self.assertEqual(self.plain.written(), before)
        self.assertEqual(set(expired.begun) - {b""}, {b"\x16\x03"}, "every connection begins with TLS, if with anything")

    def test_in_clear_to_a_port_of_tls_is_69_with_the_setting_named(self):
        done = self.plain.run("collect", None, self.broker.tls, args=("--kafka-timeout", 1000), check=69)
        self.assertIn("security.protocol", done.stderr)


@kafka.wanted
class Restarted(OnSecureKafka):
    def test_the_one_that_runs_survives_a_kill_but_not_another_certificate(self):
        """The broker is of no use afterwards."""
        secure.shared.cache_clear()
        self.addCleanup(self.broker.close)
        site = self.site()
        site.topics()
        site.run("ops init", address=self.broker.address, check=0)
        running = site.start_aggregate()
        self.addCleanup(running.kill)
        for number, certificate in enumerate((self.broker.authority, secure.Authority(self.broker.folder / "another"))):
            wait_until(lambda: self.redis.offsets(site.ns) == [number, 0, 0, 0] and site.owned(), "it counts")
            self.broker.kill()
            self.broker.show(certificate)
            self.broker.start()
            self.broker.put([STRANGE], site.topic)
        self.assertEqual(running.wait(PATIENCE), 78)
        self.assertIn("certificate verify failed", running.text())
        self.assertEqual(self.redis.offsets(site.ns), [1, 0, 0, 0])


@kafka.wanted
class Secrets(OnSecureKafka):
    """A password stands in a file that its owner reads, and nowhere else."""

    def setUp(self):
        self.plain = self.site()
        self.plain.topics()

    def test_a_password_over_tls(self):
        self.broker.allow(secure.PLAIN_USER, "Read", self.plain.topic + ".dlq")
        done = self.plain.run("dlq list", self.broker.password(secure.PLAIN_USER), self.broker.sasl, check=0)
        self.assertNotIn(secure.PASSWORD, done.stderr)

    def test_a_key_with_a_password_which_even_debugging_does_not_tell(self):
        self.broker.allow(secure.PLAIN_USER, "Read", self.plain.topic + ".dlq")
        self.broker.authority.issue("locked", secure.PLAIN_USER, password=secure.PASSWORD)
        properties = {**self.broker.certificate("locked"), "ssl.key.password": secure.PASSWORD, "debug": "all"}
        done = self.plain.run("dlq list", properties, args=["--verbose"], check=0)
        self.assertIn("ssl.key.password", done.stderr, "the configuration is told")
        self.assertNotIn(secure.PASSWORD, done.stderr)
        done = self.plain.run("dlq list", {**properties, "ssl.key.password": "fel-losen"}, args=["--verbose"], check=78)
        self.assertNotIn("losen", done.stderr)

    def test_not_on_a_command_line(self):
        for name in ("sasl.password", "ssl.key.password", "ssl.keystore.password", "ssl.key.pem", "sasl.oauthbearer.client.secret"):
            done = self.plain.run("dlq list", args=["--kafka-property", f"{name}={secure.PASSWORD}"], check=64)
            self.assertIn(f"--kafka-property {name}: everybody can read a command line", done.stderr)
            self.assertNotIn(secure.PASSWORD, done.stderr)

    def test_not_in_a_file_that_others_read(self):
        config = self.broker.config(self.broker.password(secure.PLAIN_USER), mode=0o644)
        done = self.plain.run("dlq list", args=["--config", config], check=78)
        self.assertIn(f"chmod 600 {config}", done.stderr)


if __name__ == "__main__":
    unittest.main()
