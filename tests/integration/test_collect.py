"""The collector as a program: how it waits for Kafka and the disk, what it does with names, and what it is told by options."""
import gzip
import json
import re
import unittest

import source
from servers import Process, program, run, wait_until


class Waiting(source.Case):
    def start(self, *args, kafka=None):
        log = self.p.dir / "collect.err"
        log.unlink(missing_ok=True)
        process = Process([program("collect"), "--kafka", kafka or self.p.broker.address, "--mapping", self.mapping(), "--key", self.p.key,
                           "--state", self.p.state, "--clock", self.clock, *args], log)
        self.addCleanup(process.kill)
        return process

    def watch(self, *args):
        return self.start("--settle", "0", *args, self.folder)

    def test_a_watched_folder_waits_for_kafka_at_the_start_too(self):
        self.p.broker.process.freeze()
        process = self.watch("--kafka-timeout", "500")
        wait_until(lambda: "the first file will wait for it" in process.text() or not process.alive(), "it says that Kafka does not answer")
        self.write(source.good(3))
        self.p.broker.process.thaw()
        wait_until(lambda: (self.folder / "klart" / "kontakter.csv").exists() or not process.alive(), "the file is taken")
        self.assertEqual(process.stop(), 0)
        figures, _ = self.aggregate()
        self.assertEqual(figures["balance"]["contacts"]["live"], 3)

    def test_a_stop_while_kafka_is_waited_for(self):
        self.p.broker.process.freeze()
        process = self.watch("--kafka-timeout", "3600000")
        wait_until(lambda: (self.p.state / "telefon.lock").exists(), "it has begun")
        self.assertEqual(process.stop(), 0)

    def test_once_and_files_do_not_wait(self):
        self.p.broker.process.freeze()
        for args in (["--once", self.folder], [self.write(source.good(1), "../one.csv")]):
            self.assertEqual(self.start("--kafka-timeout", "500", *args).wait(), 69)

    def test_a_stop_is_heard_while_the_queue_is_full(self):
        process = self.watch("--kafka-property", "queue.buffering.max.messages=10", "--kafka-property", "linger.ms=50",
                             "--kafka-timeout", "3600000")
        self.write(source.good(2000))
        wait_until(lambda: sum(self.p.high()) > 4, "the delivery is begun")
        self.p.broker.process.freeze()
        self.assertEqual(process.stop(), 0)
        self.assertFalse((self.folder / "klart" / "kontakter.csv").exists(), "it was too fast for this test")
        self.p.broker.process.thaw()
        self.p.collect(self.mapping(), self.folder, args=("--clock", self.clock, "--once", "--settle", "0"))
        figures, _ = self.aggregate()
        self.assertEqual(figures["balance"]["contacts"]["live"], 2000)

    def test_a_receipt_that_cannot_be_written_is_tried_again(self):
        process = self.watch()
        wait_until(lambda: (self.folder / "klart").exists() or not process.alive(), "it watches")
        (self.folder / "klart").rmdir()
        self.write(source.good(3))
        wait_until(lambda: "a receipt cannot be written: No such file or directory; trying again" in process.text() or not process.alive(),
                   "it says that it tries again")
        (self.folder / "klart").mkdir()
        wait_until(lambda: (self.folder / "klart" / "kontakter.csv").exists() or not process.alive(), "the file is moved")
        receipt = json.loads((self.folder / "klart" / "kontakter.csv.kvitto.json").read_text())
        self.assertEqual((receipt["outcome"], receipt["sent"]), ("complete", 3))
        self.assertEqual(process.stop(), 0)

    def test_a_name_that_is_too_long_for_a_receipt_is_left(self):
        name = 250 * "a"
        self.write(source.good(2), name)
        self.write(source.good(3, first=3), "b.csv")
        process = self.watch()
        wait_until(lambda: (self.folder / "klart" / "b.csv").exists() or not process.alive(), "the file behind it is taken")
        self.assertIn("stays where it is; rename it", process.text())
        self.assertEqual(process.stop(), 0)
        self.assertTrue((self.folder / name).exists())
        once = self.watch("--once")
        self.assertEqual(once.wait(), 66, once.text())
        self.assertIn("1 files were left where they are", once.text())
        figures, _ = self.aggregate()
        self.assertEqual(figures["balance"]["contacts"]["live"], 5)

    def life_of_a_message(self, *args):
        """What librdkafka says of message.timeout.ms, of a producer that nobody answers."""
        process = self.start("-v", "--kafka-property", "debug=conf", *args, self.write(source.good(1)), kafka="127.0.0.1:1")
        said = wait_until(lambda: re.search(r"message\.timeout\.ms = (\d+)", process.text()), "librdkafka tells its configuration")
        self.assertEqual(process.stop(), 69)
        return int(said[1])

    def test_a_message_lives_longer_than_the_patience_with_kafka(self):
        self.assertGreater(self.life_of_a_message("--kafka-timeout", "3600000"), 3600000)
        self.assertGreater(self.life_of_a_message(), 30000)
        self.assertEqual(self.life_of_a_message("--kafka-property", "message.timeout.ms=7000"), 7000)


class Names(source.Case):
    def test_a_version_in_the_name_of_a_packed_file(self):
        mapping = self.mapping(("version: {number: {path: VERSION}}", r"version: {filename: '_([0-9]{8})\.csv$'}"))
        path = self.write(gzip.compress(source.csv(source.good(2)).encode()), "k_20200302.csv.gz")
        self.assertIn("20200302", run("collect", "--mapping", mapping, "--explain", "1", path, check=0).stdout)
        report, _ = self.collect(path, mapping=mapping)
        self.assertEqual((report["files"][0]["sent"], report["files"][0]["rejected"]), (2, {}))
        self.assertTrue(report["files"][0]["file"].endswith("/k_20200302.csv.gz"))

    def test_what_was_rejected_is_sent_under_another_name_once_the_mapping_is_mended(self):
        rows = source.good(3) + source.good(2, first=4, KANAL="FAX")
        path = self.write(rows, "k.csv")

        def taken(path, *changes):
            one, = self.collect(path, mapping=self.mapping(*changes))[0]["files"]
            return one["outcome"], one["reading"], one["sent"], sum(one["rejected"].values())

        self.assertEqual(taken(path), ("complete", 1, 3, 2))
        mended = ("VID: video", "VID: video, FAX: video")
        self.assertEqual(taken(path, mended), ("dup_file", 1, 0, 0))
        self.assertEqual(taken(path.rename(path.with_name("k-igen.csv")), mended), ("complete", 2, 5, 0))
        figures, _ = self.aggregate()
        self.assertEqual(figures["balance"]["contacts"]["live"], 5)


if __name__ == "__main__":
    unittest.main()
