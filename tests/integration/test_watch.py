"""A watched folder from a file that is put there to its receipt, with Kafka that goes away and programs that die."""
import json
import os
import unittest

import source
from faults.kafka_case import SLOWLY
from servers import Process, program, wait_until

BROKEN = b"en kolumn\nrad\n"


class Watch(source.Case):
    def setUp(self):
        super().setUp()
        self.rows, self.contacts = source.generate(seed=12, count=60)

    def put(self, data, name):
        """As a careful writer does it: under a name that is never read, then renamed."""
        half = self.write(data, name + ".part")
        return half.rename(half.with_suffix(""))

    def once(self, *args, check=0):
        return self.p.collect(self.mapping(), self.folder, args=("--clock", self.clock, "--once", "--settle", 0, *args), check=check)

    def start(self, *args):
        process = Process([program("collect"), "--kafka", self.p.broker.address, "--mapping", self.mapping(), "--key", self.p.key,
                           "--state", self.p.state, "--clock", self.clock, *args, self.folder], self.p.dir / "collect.err")
        self.addCleanup(process.kill)
        return process

    def receipt(self, name):
        """The receipt of a file, None as long as the file is not moved."""
        for folder in ("klart", "fel"):
            if (self.folder / folder / name).exists():
                return {**json.loads((self.folder / folder / f"{name}.kvitto.json").read_text()), "folder": folder}
        return None

    def wait_receipt(self, name, process):
        return wait_until(lambda: self.receipt(name) or not process.alive(), f"{name} is moved") and self.receipt(name)

    def counted(self):
        """What is in Kafka is counted, and is what was put into the folder."""
        figures, _ = self.aggregate()
        self.assertEqual(figures["balance"]["contacts"]["live"], len(self.contacts))

    def test_row_12_once_takes_what_is_finished(self):
        self.put(self.rows, "a.csv")
        self.put(BROKEN, "b.csv")
        self.write(self.rows, "c.csv.part")
        report = self.once(check=65)
        self.assertEqual([f["outcome"] for f in report["files"]], ["complete", "quarantined"])
        for entry, folder in zip(report["files"], ("klart", "fel")):
            name = os.path.basename(entry["file"])
            self.assertEqual(self.receipt(name), {**entry, "folder": folder})
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["c.csv.part", "fel", "klart"])
        self.assertEqual(report["files"][0]["read"], len(self.rows))
        self.counted()
        self.assertEqual(self.once()["files"], [])

    def test_files_come_until_it_is_told_to_stop(self):
        process = self.start("--settle", "0")
        half = len(self.rows) // 2
        self.put(self.rows[:half], "a.csv")
        self.assertEqual(self.wait_receipt("a.csv", process)["outcome"], "complete")
        self.put(BROKEN, "b.csv")
        self.assertEqual(self.wait_receipt("b.csv", process)["folder"], "fel")
        self.put(self.rows[half:], "c.csv")
        self.assertEqual(self.wait_receipt("c.csv", process)["read"], len(self.rows) - half)
        self.assertEqual(process.stop(), 0)
        self.counted()

    def test_row_12_a_file_that_is_still_written_waits(self):
        process = self.start("--settle", "5000")
        text = source.csv(self.rows)
        self.put(self.rows[:3], "other.csv")
        with open(self.folder / "slow.csv", "w", encoding="utf-8", buffering=1) as slow:
            written = 0

            def other_is_taken():
                nonlocal written
                if written < len(text) - 1000:
                    slow.write(text[written:written + 1])
                    slow.flush()
                    written += 1
                return self.receipt("other.csv")

            wait_until(other_is_taken, "the other file is taken")
            self.assertTrue((self.folder / "slow.csv").exists())
            slow.write(text[written:])
        self.assertEqual(self.wait_receipt("slow.csv", process)["read"], len(self.rows))
        self.assertEqual(process.stop(), 0)
        self.counted()

    def test_kafka_that_is_away_is_waited_for(self):
        process = self.start("--settle", "0", "--kafka-timeout", "500")
        self.put(self.rows[:1], "first.csv")
        self.wait_receipt("first.csv", process)
        self.p.broker.process.freeze()
        self.put(self.rows, "a.csv")
        wait_until(lambda: "trying again" in process.text(), "it says that it tries again")
        self.assertIsNone(self.receipt("a.csv"))
        self.p.broker.process.thaw()
        receipt = self.wait_receipt("a.csv", process)
        self.assertEqual((receipt["outcome"], receipt["reading"]), ("complete", 1))
        self.assertEqual(process.stop(), 0)
        self.counted()

    def test_killed_between_the_delivery_and_the_move(self):
        path = self.put(self.rows, "a.csv")
        self.collect(path)
        self.once()
        self.assertEqual(self.receipt("a.csv")["outcome"], "dup_file")
        self.assertFalse(path.exists())
        self.counted()

    def test_killed_in_the_middle(self):
        self.rows, self.contacts = source.generate(seed=13, count=2000)
        process = self.start("--settle", "0", *SLOWLY)
        self.put(self.rows, "a.csv")
        wait_until(lambda: sum(self.p.broker.high()) > 100 or not process.alive(), "some are sent")
        self.assertTrue(process.alive(), process.text())
        process.kill()
        self.assertLess(sum(self.p.broker.high()), len(self.rows), "some are not")
        self.assertIn("file started", (self.p.state / "telefon.progress").read_text())
        self.once()
        self.assertEqual(self.receipt("a.csv")["outcome"], "complete")
        self.counted()

    def test_two_do_not_watch_one_folder(self):
        first = self.start("--settle", "0")
        self.put(self.rows[:1], "a.csv")
        self.wait_receipt("a.csv", first)
        self.p.state = self.p.dir / "another-state"
        self.once(check=69)
        self.assertIn("another collector watches it", self.p.said)
        self.assertEqual(first.stop(), 0)

    def test_a_folder_is_alone_and_reports_with_once_only(self):
        file = self.write(self.rows, "a.csv")
        self.p.collect(self.mapping(), self.folder, file, check=64)
        self.p.collect(self.mapping(), self.folder, check=64)       # the harness asks for a report
        self.assertIn("--once", self.p.said)
        self.assertTrue(file.exists())


if __name__ == "__main__":
    unittest.main()
