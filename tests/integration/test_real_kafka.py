"""Apache Kafka as a server for tests, and the pipeline on it: the same cells as on the embedded broker, exact through a kill."""
import contextlib
import hashlib
import io
import os
import pathlib
import re
import shutil
import socket
import tempfile
import unittest
from unittest import mock

from faults.kafka_case import SLOWLY
from oracle import model, synthea
from servers import Pipeline, ROOT, fetch_jars, kafka, librdkafka, wait_until

SAMPLE = ROOT / "collectors/vardkontakt/synthea-csv"
MAPPING = SAMPLE / "mapping.yaml"
NOW = "2079-06-06T12:00:00Z"    # the sample's last contact would be in the future
BY = ("period", "enhet", "kanal", "kon")
COPIES = 600                    # of the sample, in the load that is interrupted
KILLS = 3


def collect(pipeline, folder):
    return pipeline.collect(MAPPING, folder / "encounters.csv", args=("--clock", NOW))


def figures(pipeline):
    return pipeline.figures("alla", "--rule", "kontakt/1", "--by", ",".join(BY))


def many(folder, copies):
    """The sample's contacts `copies` times over, each time under ids of their own."""
    for joined in ("patients.csv", "organizations.csv", "providers.csv"):
        shutil.copy(SAMPLE / joined, folder)
    head, *rows = (SAMPLE / "encounters.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    with open(folder / "encounters.csv", "w", encoding="utf-8") as out:
        out.write(head)
        for copy in range(copies):
            out.writelines(re.sub(r"^[0-9a-fA-F]{8}", f"{copy:08x}", row) for row in rows)
    return folder


def parts(folder, count):
    """encounters.csv cut into files."""
    head, *rows = (folder / "encounters.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    files = [folder / f"part-{number}.csv" for number in range(count)]
    for number, file in enumerate(files):
        file.write_text(head + "".join(rows[number::count]), encoding="utf-8")
    return files


def killed_at_last(stack, process):
    stack.callback(process.kill)
    return process


def answers(address):
    host, port = address.split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


class Jars(unittest.TestCase):
    """With a Maven of our own making, which brings what the test tells it to."""

    def setUp(self):
        self.dir = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="kp-")))
        found_first = f"{self.dir}:{os.environ['PATH']}"
        self.enterContext(mock.patch.dict(os.environ, {"XDG_CACHE_HOME": str(self.dir), "PATH": found_first}))
        self.enterContext(mock.patch.object(fetch_jars, "LIST", self.dir / "list"))
        self.enterContext(contextlib.redirect_stderr(io.StringIO()))
        fetch_jars.LIST.write_text(f"# a comment\n{hashlib.sha256(b'right').hexdigest()}  a-1.jar  some.group:a:1\n")

    def maven(self, script):
        path = self.dir / "mvn"
        enter = 'for word; do case $word in -DoutputDirectory=*) cd "${word#*=}" || exit;; esac; done'
        path.write_text(f"#!/bin/sh\n{enter}\n{script}\n")
        path.chmod(0o700)

    def cached(self):
        return sorted(path.name for path in fetch_jars.cache().iterdir())

    def test_a_jar_is_fetched_once_and_again_when_it_is_damaged(self):
        for _ in range(2):
            self.maven("grep -q '<artifactId>a</artifactId><version>1</version>' pom.xml && printf right >a-1.jar")
            jar, = fetch_jars.jars()
            self.assertEqual((jar, jar.read_bytes(), self.cached()), (fetch_jars.cache() / "a-1.jar", b"right", ["a-1.jar"]))
            self.maven("exit 1")
            self.assertEqual(fetch_jars.jars(), [jar])
            jar.write_bytes(b"damaged")

    def test_another_file_than_the_pinned_one_is_never_kept(self):
        self.maven("printf wrong >a-1.jar")
        with self.assertRaisesRegex(fetch_jars.Unavailable, "some.group:a:1 is not the file that was pinned"):
            fetch_jars.jars()
        self.assertEqual(self.cached(), [])

    def test_a_registry_out_of_reach_is_told_with_mavens_words(self):
        self.maven("echo 'Connection refused'; exit 1")
        with self.assertRaisesRegex(fetch_jars.Unavailable, "Maven did not bring some.group:a:1; (.|\n)*Connection refused"):
            fetch_jars.jars()

    def test_every_line_of_the_list_is_a_jar_of_maven(self):
        fetch_jars.LIST = ROOT / "tests/servers/kafka-jars.txt"
        for digest, name, coordinates in fetch_jars.pinned():
            group, artifact, version = coordinates.split(":")
            self.assertEqual((len(bytes.fromhex(digest)), name), (32, f"{artifact}-{version}.jar"), group)


class Wheel(unittest.TestCase):
    """With a pip that brings what the test tells it to."""

    def setUp(self):
        self.dir = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="kp-")))
        self.enterContext(mock.patch.dict(os.environ, {"XDG_CACHE_HOME": str(self.dir)}))
        self.enterContext(mock.patch.object(librdkafka, "PIP", [str(self.dir / "pip")]))
        self.enterContext(mock.patch.object(librdkafka, "SHA256", hashlib.sha256(b"right").hexdigest()))
        self.enterContext(contextlib.redirect_stderr(io.StringIO()))

    def pip(self, script):
        path = self.dir / "pip"
        path.write_text(f'#!/bin/sh\nwhile [ "$1" != -d ]; do shift; done\nfile=$2/{librdkafka.WHEEL}\n{script}\n')
        path.chmod(0o700)

    def test_it_is_fetched_once_and_again_when_it_is_damaged(self):
        for _ in range(2):
            self.pip('printf right >"$file"')
            wheel = librdkafka.fetched()
            self.assertEqual(wheel.read_bytes(), b"right")
            self.pip("exit 1")
            self.assertEqual(librdkafka.fetched(), wheel)
            wheel.write_bytes(b"damaged")

    def test_another_file_than_the_pinned_one_is_never_kept(self):
        self.pip('printf wrong >"$file"')
        with self.assertRaisesRegex(fetch_jars.Unavailable, "is not the file that was pinned"):
            librdkafka.fetched()
        self.assertEqual(list(fetch_jars.cache().iterdir()), [])

    def test_a_registry_out_of_reach_is_told_with_pips_words(self):
        self.pip("echo 'Connection refused'; exit 1")
        with self.assertRaisesRegex(fetch_jars.Unavailable, "pip did not bring confluent_kafka(.|\n)*Connection refused"):
            librdkafka.fetched()


@kafka.wanted
class Topic(unittest.TestCase):
    def test_a_topic_is_durable_and_has_the_partitions_asked_for(self):
        broker = kafka.shared()
        topic = broker.fresh_topic(partitions=4)
        self.assertEqual(broker.high(topic), [0, 0, 0, 0])
        settings = broker.topic_settings(topic)
        self.assertEqual((settings["message.timestamp.type"], settings["retention.ms"], settings["cleanup.policy"]),
                         ("LogAppendTime", "-1", "delete"))

    def test_a_topic_has_the_settings_asked_for(self):
        broker = kafka.shared()
        topic = broker.fresh_topic(1, {"message.timestamp.type": "CreateTime", "cleanup.policy": "compact"})
        settings = broker.topic_settings(topic)
        self.assertEqual((settings["message.timestamp.type"], settings["cleanup.policy"]), ("CreateTime", "compact"))

    def test_a_topic_that_is_there_is_refused_with_kafkas_reason(self):
        broker = kafka.shared()
        topic = broker.fresh_topic()
        with self.assertRaisesRegex(AssertionError, "already exists"):
            broker.create_topic(topic)

    def test_records_come_back_as_they_were_put(self):
        broker = kafka.shared()
        topic = broker.fresh_topic()
        records = [(0, b"k\0", b"v"), (0, None, b""), (3, b"", None), (3, b"\xff" * 1000, bytes(range(256)))]
        broker.put(records, topic)
        self.assertEqual(broker.high(topic), [2, 0, 0, 2])
        self.assertEqual(sorted((p, offset, key, value) for p, offset, key, value, _ in broker.records(topic)),
                         [(0, 0, b"k\0", b"v"), (0, 1, None, b""), (3, 0, b"", None), (3, 1, b"\xff" * 1000, bytes(range(256)))])


@kafka.wanted
class Server(unittest.TestCase):
    def test_it_keeps_its_records_through_freeze_stop_and_kill(self):
        with kafka.Kafka() as broker:
            broker.create_topic()
            broker.put([(p, b"key", b"first") for p in range(4)])
            broker.freeze()
            with self.assertRaises(OSError):
                kafka.ask(broker.address, kafka.METADATA, b"\xff\xff\xff\xff\0", seconds=0.3)
            broker.thaw()
            wait_until(broker.ready, "the thawed broker answers")
            self.assertEqual(broker.stop(), 143)
            self.assertFalse(answers(broker.address))
            broker.start()
            broker.put([(p, b"key", b"second") for p in range(4)])
            broker.kill()
            self.assertFalse(answers(broker.address))
            broker.start()
            self.assertEqual([value for *_, value, _ in sorted(broker.records())], [b"first", b"second"] * 4)

    def test_a_broker_that_cannot_start_tells_why_and_keeps_its_log(self):
        with self.assertRaisesRegex(AssertionError, "the JVM ended(.|\n)*none.such(.|\n)*the whole log: ") as raised:
            kafka.Kafka(settings={"authorizer.class.name": "none.such"})
        log = pathlib.Path(str(raised.exception).rsplit("the whole log: ", 1)[1])
        self.assertIn("none.such", log.read_text())
        shutil.rmtree(log.parent)


@kafka.wanted
class PipelineOnKafka(unittest.TestCase):
    """With Debian's librdkafka and with the newest, at once."""

    def columns(self, stack, broker=None):
        return [stack.enter_context(kafka.KafkaPipeline(broker, env=librdkafka.environment(column))) for column in (librdkafka.DEBIANS, librdkafka.NEWEST)]

    def test_the_cells_are_those_of_the_embedded_broker_and_of_the_model(self):
        with Pipeline() as trial, contextlib.ExitStack() as stack:
            columns = self.columns(stack)
            for pipeline in (trial, *columns):
                collect(pipeline, SAMPLE)
                pipeline.aggregate()
            for real in columns:
                self.assertEqual(real.high(), trial.broker.high())
                self.assertEqual(real.redis.offsets(), real.high())
                self.assertEqual(real.redis.cells(), trial.redis.cells())
                self.assertEqual(real.broker.high(real.topic + ".dlq"), [0, 0, 0, 0])
                counted = figures(real)
                self.assertEqual(counted["cells"], figures(trial)["cells"])
                self.assertEqual(model.exported(counted), model.cells(synthea.contacts(SAMPLE), BY, "kontakt/1"))

    def test_the_cells_are_exact_when_kafka_is_killed_under_collector_and_aggregator(self):
        with contextlib.ExitStack() as stack:
            broker = stack.enter_context(kafka.Kafka())
            columns = self.columns(stack, broker)
            folder = many(pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kp-"))), COPIES)
            counting = [killed_at_last(stack, p.start_aggregate("--batch", "50")) for p in columns]
            for file in parts(folder, KILLS):
                before = [sum(p.redis.offsets()) for p in columns]
                collectors = [killed_at_last(stack, p.start_collect(MAPPING, file, args=("--clock", NOW, "--kafka-timeout", "300000", *SLOWLY))) for p in columns]
                for p, counted, collector in zip(columns, before, collectors):
                    wait_until(lambda: sum(p.redis.offsets()) > counted + 50, "the aggregator counts contacts of this file")
                    collector.freeze()      # or it would be through before the other one is looked at
                for collector in collectors:
                    collector.thaw()
                broker.kill()
                for collector, aggregate in zip(collectors, counting):
                    self.assertTrue(collector.alive() and aggregate.alive(), collector.text() + aggregate.text())
                broker.start()
                for collector in collectors:
                    self.assertEqual(collector.wait(), 0, collector.text())
            contacts = synthea.contacts(folder)
            cells = model.cells(contacts, BY, "kontakt/1")
            for p, aggregate in zip(columns, counting):
                wait_until(lambda: p.redis.offsets() == p.high() or not aggregate.alive(), "the aggregator reaches the end")
                self.assertEqual(aggregate.stop(), 0, aggregate.text())
                counted = figures(p)
                self.assertEqual(model.exported(counted), cells)
                events = counted["balance"]["events"]
                self.assertEqual((events["applied"], events["conflict"]), (len(contacts), 0))


if __name__ == "__main__":
    unittest.main()
