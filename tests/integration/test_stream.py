"""Streams: stdin by way of the spool to Kafka, with Kafka that is away, programs that die, disks that are full and files that are damaged."""
import json
import os
import re
import resource
import signal
import threading
import unittest
from unittest import mock

import source
from integration.test_privacy import Finder, numbers
from oracle import model
from servers import Pipeline, ROOT, run, wait_until
from servers import kafka
from source import spool

# Some four seconds for 300 records: long enough to be killed in the middle.
SLOWLY = ("--kafka-property", "queue.buffering.max.messages=4", "--kafka-property", "linger.ms=50")
IMPATIENT = ("--kafka-timeout", "500")
EVERYWHERE = "period,enhet,kanal,vardform,kalla"


class Stream(spool.Case):
    def setUp(self):
        super().setUp()
        self.rows, self.contacts = source.generate(seed=21, count=300)
        self.rows += [source.row("sum", POST="S"), source.row("bad", KANAL="FAX")]
        self.data = source.csv(self.rows).encode()

    def counted(self, complete=1, quarantined=None):
        """All of it counts, the laws hold, and so many deliveries are closed."""
        figures, _ = self.aggregate(by="period,enhet,kanal,vardform,kon,alder")
        by = ("period", "enhet", "kanal", "vardform", "kon", "alder")
        self.assertEqual(model.exported(figures), model.cells(self.contacts, by, "kontakt/1"))
        self.assertEqual(figures["balance"]["deliveries"], {"complete": complete, "open": 0, "quarantined": quarantined or {}})
        if complete == 1 and not quarantined:
            self.assertEqual(figures["balance"]["records"], {"read": len(self.rows), "sent": len(self.rows) - 2, "not_contact": 1,
                                                             "rejected": {"UNKNOWN_CODE": 1}})
        self.assertEqual(spool.segments(self.spool), [])
        return figures

    def rejects(self):
        return sorted(line.split(":", 1)[1] for path in (self.p.state / "avvisade").glob("*.txt") for line in path.read_text().splitlines())

    def spooled_with_kafka_away(self, data=None):
        """The stream is in the spool, whole, and Kafka has nothing of it."""
        self.p.broker.process.freeze()
        said = self.stream(self.data if data is None else data, *IMPATIENT, check=69)
        self.p.broker.process.thaw()
        return said


class Ordinary(Stream):
    def test_the_cells_are_those_of_the_same_bytes_as_a_file(self):
        said = self.stream(self.data)
        self.assertIn(f"read {len(self.rows)}, sent {len(self.rows) - 2}, not contact 1, rejected 1 (UNKNOWN_CODE 1", said)
        figures, lines = self.counted(), self.rejects()
        with Pipeline() as other:
            other.collect(self.mapping(), self.write(self.data), args=("--clock", self.clock))
            other.aggregate()
            self.assertEqual(other.redis.cells(), self.p.redis.cells())
            as_file = other.figures("alla")
            self.assertEqual(as_file["balance"]["records"], figures["balance"]["records"])
            self.assertEqual(as_file["balance"]["deliveries"], figures["balance"]["deliveries"])
            listed, = (other.state / "avvisade").glob("*.txt")
            self.assertEqual([line.split(":", 1)[1] for line in listed.read_text().splitlines()], lines)

    def test_a_report_has_a_line_for_each_stretch(self):
        self.stream(self.data)
        report, = json.loads((self.p.dir / "report.json").read_text())["files"]
        self.assertEqual((report["outcome"], report["read"], report["rejected"]), ("complete", len(self.rows), {"UNKNOWN_CODE": 1}))

    def test_another_forvaltning_than_the_organisation_table_is_noted(self):
        org = self.write("enhet;namn;forvaltning;agarform;vardniva;fran;till\nEnhet A;n;NSV;region;primarvard;2000-01-01;\n", "org.csv")
        mapping = self.mapping(("  unit: {path: ENHET}\n", "  unit: {path: ENHET}\n  forvaltning: {const: HSJ}\n"))
        self.stream(source.csv([source.row(n) for n in "ab"]).encode(), "--org", org, mapping=mapping)
        self.assertIn("sent 2, not contact 0; noted FORVALTNING 2", self.p.said)

    def test_an_empty_stream_is_nothing(self):
        self.stream(b"")
        self.stream(source.csv([]).encode())
        self.assertEqual((spool.segments(self.spool), self.high()), ([], 0))

    def test_an_empty_spool_needs_no_kafka(self):
        self.p.broker.process.freeze()
        self.drain(*IMPATIENT)
        self.p.broker.process.thaw()

    def test_a_record_counts_before_the_stream_ends(self):
        process = self.start()
        self.feed(process, source.csv(self.rows[:3]).encode())
        wait_until(lambda: self.high() == 4 + 3, "openings and contacts are in Kafka")
        figures, _ = self.aggregate()
        self.assertEqual(figures["balance"]["deliveries"]["open"], 1)
        self.feed(process, "".join(source.csv(self.rows[3:]).splitlines(True)[1:]).encode())
        process.process.stdin.close()
        self.assertEqual(process.wait(), 0)
        self.counted()

    def test_what_is_not_a_stream_is_refused(self):
        by_time = self.mapping(("version: {number: {path: VERSION}}", "version: {mtime: true}"))
        file = self.write(self.rows)
        for words, mapping, why in [(["-"], None, "--spool"), ([file], None, "the only FILE is -"), (["-", file], None, "the only FILE is -"),
                                    (["-"], by_time, "version"), (["--explain", "1", "-"], None, "--explain"),
                                    (["--promise-sha256", "-"], None, "--promise")]:
            options = [o for o in self.options(mapping=mapping) if why != "--spool" or o not in ("--spool", self.spool)]
            self.assertIn(why, run("collect", *options, *words, check=64).stderr)
        self.assertFalse(self.spool.exists())

    def test_a_document_gives_what_its_file_gives(self):
        """A list, and a Bundle whose joins are in itself; nothing is kept before the document has ended."""
        bundle = ROOT / "collectors/vardkontakt/fhir-encounter/bundle.json"
        listed = self.mapping(("format: csv\ncsv: {delimiter: \";\", quote: '\"', encoding: utf-8}\n", "format: json\n"))
        for data, mapping in ((json.dumps(self.rows, ensure_ascii=False).encode(), listed), (bundle.read_bytes(), bundle.with_suffix(".yaml"))):
            with self.subTest(mapping=mapping):
                other = Pipeline()
                self.addCleanup(other.close)
                path = other.dir / "document.json"
                path.write_bytes(data)
                other.collect(mapping, path, args=("--clock", self.clock))
                other.aggregate()
                self.p.state, self.spool = self.p.dir / f"state-{len(data)}", self.p.dir / f"spool-{len(data)}"
                before = self.high()
                process = self.start(mapping=mapping, name="document")
                self.feed(process, data[:-2])
                wait_until(lambda: self.spool.exists(), "it reads")
                self.assertEqual(self.high(), before)
                self.feed(process, data[-2:])
                process.process.stdin.close()
                self.assertEqual(process.wait(), 0, process.text())
                self.p.aggregate()
                sources = {cell["kalla"] for cell in other.figures("alla", "--by", "kalla", "--rule", "kontakt/1")["cells"]}
                mine = [cell for cell in self.p.figures("alla", "--by", EVERYWHERE, "--rule", "kontakt/1")["cells"] if cell["kalla"] in sources]
                self.assertTrue(mine)
                self.assertEqual(mine, other.figures("alla", "--by", EVERYWHERE, "--rule", "kontakt/1")["cells"])

    def test_a_document_that_breaks_off_is_a_broken_stream(self):
        listed = self.mapping(("format: csv\ncsv: {delimiter: \";\", quote: '\"', encoding: utf-8}\n", "format: json\n"))
        self.stream(json.dumps(self.rows).encode()[:-20], check=65, mapping=listed)
        self.assertIn("JSON_SYNTAX at line 1", self.p.said)

    def test_one_collector_at_a_time_has_a_spool(self):
        process = self.start()
        self.feed(process, self.data)
        wait_until(lambda: self.spool.exists() and self.high() > 4, "it has the spool")
        self.p.state = self.p.dir / "another-state"
        self.stream(b"", check=69)
        self.assertIn("another collector has this spool", self.p.said)
        process.process.stdin.close()
        self.assertEqual(process.wait(), 0)

    def test_another_key_is_refused(self):
        self.spooled_with_kafka_away()
        right, self.p.key = self.p.key, self.p.make_key("annan", seed=2)
        self.drain(check=78)
        self.assertIn("every contact would be counted twice", self.p.said)
        (self.p.state / "telefon.progress").unlink()
        self.drain(check=78)
        self.assertIn("was made with the id key", self.p.said)
        (self.p.state / "telefon.progress").unlink(missing_ok=True)
        self.p.key = right
        self.drain()
        self.counted()


class Broken(Stream):
    """A stream that breaks off as a whole: what came before stands, and is told to be of a broken delivery."""

    def test_a_header_that_is_none(self):
        self.stream(b"en kolumn\nrad\n", check=65)
        self.assertIn("HEADER_MISSING at line 1", self.p.said)
        figures, _ = self.aggregate()
        self.assertEqual(figures["balance"]["deliveries"]["quarantined"], {"HEADER_MISSING": 1})

    def test_a_quote_that_never_closes(self):
        self.stream(self.data + b'K;"' + b"x" * 100_000, check=65)
        self.counted(complete=0, quarantined={"QUOTE_EOF": 1})
        self.assertEqual(len(self.rejects()), 1)

    def test_identities_that_are_personnummer_stop_it(self):
        rows = [source.row(number) for number in numbers(seed=3, count=40)]
        self.stream(source.csv(rows).encode(), check=65)
        self.assertIn("privacy alarm", self.p.said)
        figures, _ = self.aggregate()
        self.assertEqual(figures["balance"]["deliveries"]["quarantined"], {"PNR_LEAK": 1})
        self.assertLess(figures["balance"]["contacts"]["live"], 10)

    def test_a_last_line_without_an_end_is_noted(self):
        self.stream(self.data[:-1])
        self.assertIn("noted TRUNCATED 1", self.p.said)
        self.counted()


class Away(Stream):
    """Kafka does not answer."""

    def test_away_for_the_whole_reading_then_back(self):
        said = self.spooled_with_kafka_away()
        self.assertIn(f"{len(self.rows)} records wait in the spool", said)
        self.assertEqual(spool.read(self.spool), len(self.rows))
        self.drain()
        self.counted()
        self.assertEqual(len(self.rejects()), 1)

    def test_the_next_stream_sends_what_waits_first(self):
        half = len(self.rows) // 2
        self.spooled_with_kafka_away(source.csv(self.rows[:half]).encode())
        self.stream(source.csv(self.rows[half:]).encode())
        self.assertIn(f"{half} records wait from an earlier run", self.p.said)
        self.counted(complete=2)

    def test_it_comes_back_while_the_stream_goes_on(self):
        self.p.broker.process.freeze()
        process = self.start(*IMPATIENT)
        self.feed(process, self.data)
        self.wait_spooled(len(self.rows), process)
        wait_until(lambda: "trying again" in process.text(), "it says that it tries again")
        self.p.broker.process.thaw()
        process.process.stdin.close()
        self.assertEqual(process.wait(), 0)
        self.counted()

    def test_a_full_spool_holds_the_stream_back_and_loses_nothing(self):
        self.rows, self.contacts = source.generate(seed=22, count=9000)
        self.rows += [source.row("sum", POST="S"), source.row("bad", KANAL="FAX")]
        self.p.broker.process.freeze()
        process = self.start("--spool-max", "1", *IMPATIENT)
        writer = threading.Thread(target=self.feed, args=(process, source.csv(self.rows).encode()))
        writer.start()
        wait_until(lambda: "the spool is full" in process.text(), "the spool is full")
        size = sum(path.stat().st_size for path in spool.segments(self.spool))
        self.assertLess(abs(size - (1 << 20)), 1 << 18)
        self.assertTrue(writer.is_alive(), "the writer has to wait")
        self.p.broker.process.thaw()
        writer.join()
        process.process.stdin.close()
        self.assertEqual(process.wait(), 0)
        self.assertIn("there is room again", process.text())
        figures = self.counted(complete=process.text().count(": complete,"))
        self.assertGreater(figures["balance"]["deliveries"]["complete"], 4)
        self.assertEqual(figures["balance"]["records"]["read"], len(self.rows))

    def test_sigterm_keeps_what_was_read_but_half_a_record(self):
        self.p.broker.process.freeze()
        process = self.start("--kafka-timeout", "60000")
        self.feed(process, self.data + b"K;half")
        self.wait_spooled(len(self.rows), process)
        self.assertEqual(process.stop(deadline=30), 0)
        self.assertIn("in the middle of a record", process.text())
        self.assertIn(f"{len(self.rows)} records wait", process.text())
        self.p.broker.process.thaw()
        self.drain()
        self.counted()


class Killed(Stream):
    def kill_at(self, process, condition, what):
        wait_until(lambda: condition() or not process.alive(), what)
        self.assertTrue(process.alive(), process.text())
        process.kill()

    def test_while_reading(self):
        self.p.broker.process.freeze()
        process = self.start()
        self.feed(process, self.data[:len(self.data) // 2])
        self.kill_at(process, lambda: spool.read(self.spool) > 100, "half is read")
        self.p.broker.process.thaw()
        self.stream(self.data)          # the sender of a stream does not know what has come through: it sends all of it again
        self.counted(complete=2)

    def test_while_sending(self):
        process = self.start(*SLOWLY)
        self.feed(process, self.data)
        self.kill_at(process, lambda: 4 + 30 < self.high(), "some are sent")
        self.assertLess(self.high(), 4 + len(self.rows) - 2)
        self.drain()
        self.counted()

    def test_before_closing(self):
        process = self.start()          # the stream does not end, so the delivery stays open
        self.feed(process, self.data)
        self.kill_at(process, lambda: self.high() == 4 + len(self.rows) - 2, "all are acknowledged")
        self.drain()
        self.counted()

    def test_again_and_again(self):
        """Whenever: the end is the same, and the delivery is closed once."""
        self.spooled_with_kafka_away()
        for step in range(8):
            process = self.start(*SLOWLY, name=f"again-{step}")
            before = self.high()
            wait_until(lambda: self.high() > before + 5 * step or not spool.segments(self.spool), "it goes on")
            process.kill()
        self.drain()
        self.counted()


class Damaged(Stream):
    """The spool is not what was written."""

    def setUp(self):
        super().setUp()
        self.spooled_with_kafka_away()
        self.segment, = spool.segments(self.spool)
        self.found = list(spool.records(self.segment))

    def spoil(self, at, data):
        with open(self.segment, "r+b") as f:
            f.seek(at)
            f.write(data)

    def without(self, number):
        """What the contacts are when that record never was."""
        rows = self.rows[:number - 1] + self.rows[number:]
        self.contacts = source.standing([r for r in rows if r["POST"] == "K" and r["KANAL"] != "FAX"])

    def test_half_a_record_at_the_end_is_cut_off(self):
        with open(self.segment, "ab") as f:
            f.write(spool.record(len(self.found) + 1, bytes([spool.NOT_CONTACT, 0]))[:-1])
        size = self.segment.stat().st_size
        self.drain()
        self.assertIn(f"17 bytes from offset {size - 17} on", self.p.said)
        self.counted()

    def test_a_flipped_byte_costs_its_record_and_is_loud(self):
        at, number, payload = [r for r in self.found if r[2][0] == spool.EVENT][50]
        self.spoil(at + spool.HEAD + 20, bytes([payload[20] ^ 1]))
        self.drain(check=65)
        self.assertIn("1 records of it are lost", self.p.said)
        self.assertIn("READ_ERROR", self.p.said)
        self.without(number)
        self.counted(complete=0, quarantined={"READ_ERROR": 1})
        self.assertEqual([p.name for p in self.spool.iterdir()], ["00000000000000000001.bad"])
        self.stream(b"")
        self.assertIn("wait for somebody", self.p.said)

    def test_a_header_that_is_damaged_sends_nothing(self):
        self.spoil(30, b"\xff\xff")
        self.drain(check=65)
        self.assertIn("damaged from its first byte", self.p.said)
        self.assertEqual((self.high(), [p.name for p in self.spool.iterdir()]), (0, ["00000000000000000001.bad"]))

    def test_a_segment_that_lacks_its_end_is_seen_by_the_next(self):
        self.p.broker.process.freeze()
        self.stream(source.csv(self.rows).encode(), *IMPATIENT, check=69)
        self.p.broker.process.thaw()
        at, _, payload = self.found[-1]
        os.truncate(self.segment, at)
        self.drain(check=65)
        self.assertIn("1 records of it are lost", self.p.said)
        self.counted(complete=1, quarantined={"READ_ERROR": 1})


class Disk(Stream):
    """A disk that is full, by a limit on the size of files."""

    def limited(self, *args):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))

        return self.start(*args, preexec_fn=limit)

    def test_it_is_waited_for(self):
        process = self.limited()
        self.feed(process, self.data)
        wait_until(lambda: "reading waits" in process.text(), "it says that it waits")
        before = list(spool.records(spool.segments(self.spool)[0]))
        self.assertLess(len(before), len(self.rows))
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        process.process.stdin.close()
        self.assertEqual(process.wait(), 0)
        self.counted()

    def test_with_once_it_is_not(self):
        process = self.limited("--once")
        self.feed(process, self.data)
        self.assertEqual(process.wait(), 74)
        self.assertIn("cannot be written", process.text())
        kept = sum(spool.HEAD + len(payload) for _, _, payload in spool.records(spool.segments(self.spool)[0]))
        self.assertEqual(spool.segments(self.spool)[0].stat().st_size, spool.HEADER + kept, "half a group is taken back")
        self.stream(self.data)
        self.counted(complete=2 if kept else 1)


class Privacy(Stream):
    def test_no_personnummer_is_in_the_spool(self):
        seeded = numbers(seed=4, count=60)
        finder = Finder(seeded)
        rows = [source.row(f"p{n}", PNR=number, **({"KANAL": "FAX"} if n % 3 == 0 else {"ENHET": number} if n % 7 == 0 else {}))
                for n, number in enumerate(seeded)]
        self.spooled_with_kafka_away(source.csv(rows).encode())
        self.assertGreater(spool.kinds(self.spool)[spool.REJECTED], 20)
        for path in self.spool.iterdir():
            self.assertIsNone(finder.find(path.read_bytes()))
        self.drain()
        for path in self.p.dir.rglob("*"):
            if path.is_file() and self.p.state in path.parents:
                self.assertIsNone(finder.find(path.read_bytes()), path)

    def test_originals_are_sealed_before_they_are_spooled(self):
        secret = self.p.dir / "open.key"
        run("dlq", "key", secret, check=0)
        data = source.csv([source.row("Klar1"), source.row("Hemlig2", KANAL="FAX")])
        self.p.broker.process.freeze()
        self.stream(data.encode(), *IMPATIENT, "--seal-key", secret.with_name("open.key.pub"), check=69)
        self.p.broker.process.thaw()
        self.assertNotIn(b"Hemlig", spool.segments(self.spool)[0].read_bytes())
        self.drain()
        found, = (self.p.state / "avvisade").iterdir()
        opened = run("dlq", "--kafka", self.p.broker.address, "--topic", self.p.topic, "--open-key", secret, "open", found, check=0).stdout
        self.assertIn(data.splitlines()[2], opened)


class Event(spool.Case):
    """Any program can be a source: our own event as NDJSON."""

    folder_of = ROOT / "collectors/vardkontakt/event-ndjson"

    def test_each_line_is_a_contact_before_the_next_is_written(self):
        process = self.start(mapping=self.folder_of / "mapping.yaml")
        for n in range(1, 6):
            line = {"id": f"c{n}", "version": 1, "status": "avslutad", "kanal": "video", "vardform": "oppen", "qualified": "ja",
                    "replaces_visit": "ja", "documented": "ja", "started_ms": f"2020-03-0{n}T08:30:00.000Z", "unit": "Enhet A"}
            self.feed(process, json.dumps(line).encode() + b"\n")
            wait_until(lambda: self.high() == 4 + n, f"contact {n} is in Kafka")
        process.process.stdin.close()
        self.assertEqual(process.wait(), 0)
        figures, _ = self.aggregate()
        self.assertEqual(model.exported(figures), [("2020-03", "Enhet A", "video", 5)])

    def test_every_field_of_the_event_is_read_or_worked_out(self):
        fields = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/reference/event.md").read_text(), re.M)
        read = re.findall(r"path: (\w+)", (self.folder_of / "mapping.yaml").read_text())
        self.assertEqual(set(fields) - set(read), {"hour", "minute", "age_assumed", "person_key"})
        self.assertEqual(set(read) - set(fields), {"id", "version", "op"})


@kafka.wanted
class Real(Stream):
    """On Apache Kafka, which may lose what it has acknowledged."""

    def setUp(self):
        with mock.patch.object(source, "Pipeline", kafka.KafkaPipeline):
            super().setUp()

    def test_the_cells_are_exact(self):
        self.stream(self.data)
        self.counted()

    def test_a_topic_that_was_made_anew_gets_everything_of_the_open_delivery_again(self):
        half = len(self.rows) // 2
        process = self.start()
        self.feed(process, source.csv(self.rows[:half]).encode())
        wait_until(lambda: self.high() == 4 + half, "half is in Kafka")
        self.p.broker.delete_topic(self.p.topic)
        self.p.broker.create_topic(self.p.topic, 4)
        self.feed(process, "".join(source.csv(self.rows[half:]).splitlines(True)[1:]).encode())
        process.process.stdin.close()
        self.assertEqual(process.wait(), 0)
        self.assertIn("lost what it had acknowledged", process.text())
        self.counted()


@kafka.wanted
class RealAway(Stream):
    def setUp(self):
        self.broker = self.enterContext(kafka.Kafka())
        with mock.patch.object(source, "Pipeline", lambda: kafka.KafkaPipeline(self.broker)):
            super().setUp()

    def test_a_broker_that_is_killed_and_comes_back_gets_all_of_it(self):
        half = len(self.rows) // 2
        process = self.start("--kafka-timeout", "300000")
        self.feed(process, source.csv(self.rows[:half]).encode())
        wait_until(lambda: self.high() == 4 + half, "half is in Kafka")
        self.broker.kill()
        self.feed(process, "".join(source.csv(self.rows[half:]).splitlines(True)[1:]).encode())
        self.wait_spooled(len(self.rows), process)
        process.process.stdin.close()
        self.broker.start()
        self.assertEqual(process.wait(), 0, process.text())
        self.counted()


if __name__ == "__main__":
    unittest.main()
