"""What a source promises of its files, and files that come packed: rows 11, 13 and 18, from file to figure."""
import gzip
import hashlib
import json
import unittest

import source


class Promises(source.Case):
    def setUp(self):
        super().setUp()
        self.rows, self.contacts = source.generate(seed=13, count=40)
        self.text = source.csv(self.rows)

    def files(self, *paths, args=(), check=0):
        report = self.p.collect(self.mapping(), *paths, args=("--clock", self.clock, *args), check=check)
        return [(f["outcome"], f["reason"], f["read"]) for f in report["files"]]

    def counted(self, contacts):
        figures, _ = self.aggregate()
        self.assertEqual(figures["balance"]["contacts"]["live"], len(contacts))

    def sha(self, path, data=None):
        digest = hashlib.sha256(path.read_bytes() if data is None else data).hexdigest()
        path.with_name(path.name + ".sha256").write_text(f"{digest}  {path.name}\n")

    def test_row_13_trailer(self):
        count = len(self.rows)
        good = self.write(f"{self.text}SUMMA;{count}\n", "good.csv")
        short = self.write(f"{source.csv(self.rows[:-1])}SUMMA;{count}\n", "short.csv")
        cut = self.write(self.text, "cut.csv")
        got = self.files(good, short, cut, args=("--promise-trailer", "SUMMA;([0-9]+)"), check=65)
        self.assertEqual(got, [("complete", "", count), ("quarantined", "CONTROL_TOTAL", count - 1),
                               ("quarantined", "CONTROL_TOTAL", count)])
        self.assertIn("the trailer", self.p.said)
        self.counted(self.contacts)

    def test_row_13_sha_file(self):
        good, other, alone = (self.write(self.text + end, name) for name, end in (("good.csv", ""), ("other.csv", "\n"), ("alone.csv", "")))
        self.sha(good)
        self.sha(other, b"something else")
        got = self.files(good, other, alone, args=("--promise-sha256",), check=65)
        self.assertEqual([(outcome, reason) for outcome, reason, _ in got],
                         [("complete", ""), ("quarantined", "CONTROL_TOTAL"), ("quarantined", "CONTROL_TOTAL")])
        self.counted(self.contacts)

    def test_row_11_half_a_file_without_a_promise_is_taken_and_noted(self):
        half = source.csv(self.rows[:20])[:-1]
        taken = self.take(half)
        self.assertEqual((taken.file["outcome"], taken.notes), ("complete", {"TRUNCATED": 1}))

    def test_row_11_half_a_file_is_stopped_by_the_promise(self):
        path = self.write(self.text[:-200])
        self.sha(path, self.text.encode())
        self.assertEqual(self.files(path, args=("--promise-sha256",), check=65)[0][:2], ("quarantined", "CONTROL_TOTAL"))
        self.counted([])

    def test_a_watched_file_waits_for_its_sha_file(self):
        early = self.write(self.text, "early.csv")
        ready = self.write(gzip.compress(self.text.encode()), "ready.csv.gz")
        self.sha(ready)
        watch = ("--once", "--settle", 0, "--promise-sha256")
        self.assertEqual(self.files(self.folder, args=watch), [("complete", "", len(self.rows))])
        self.assertTrue(early.exists())
        self.assertTrue((self.folder / "klart/ready.csv.gz.sha256").exists())
        self.sha(early)
        self.assertEqual(self.files(self.folder, args=watch), [("complete", "", len(self.rows))])
        receipt = json.loads((self.folder / "klart/early.csv.kvitto.json").read_text())
        self.assertEqual(receipt["reading"], 2)         # the same content as the packed one had
        self.counted(self.contacts)

    def test_row_18_packed(self):
        rows = self.rows + [source.row("Ny", KANAL="FAX")]
        data = source.csv(rows).encode()
        path = self.write(gzip.compress(data[:100]) + gzip.compress(data[100:]), "k.csv.gz")
        report, _ = self.collect(path)
        self.assertEqual((report["files"][0]["read"], report["files"][0]["rejected"]), (len(rows), {"UNKNOWN_CODE": 1}))
        self.assertEqual(report["files"][0]["sha256"], hashlib.sha256(data).hexdigest())
        [line] = next((self.p.state / "avvisade").iterdir()).read_text().splitlines()
        words = line.split()        # the position is in what was unpacked
        offset, count = int(words[words.index("offset") + 1]), int(words[words.index("bytes") + 1])
        self.assertEqual(hashlib.sha256(data[offset:offset + count]).hexdigest(), words[-1])
        self.counted(self.contacts)

    def test_row_18_bombs_and_other_archives(self):
        packed = gzip.compress(self.text.encode())
        cases = {"bomb.csv.gz": gzip.compress(b"0" * (40 << 20)), "cut.csv.gz": packed[:-9], "tail.csv.gz": packed + b"x",
                 "plain.csv.gz": self.text.encode(), "k.zip": b"PK\x03\x04" + bytes(50), "packed.csv": packed}
        paths = [self.write(data, name) for name, data in cases.items()]
        self.assertEqual(self.files(*paths, check=65), [("quarantined", "COMPRESS", 0)] * len(cases))
        self.assertEqual([p.name for p in self.p.state.iterdir() if p.name.startswith(".uppackad")], [])
        self.counted([])

    def test_a_wrong_pattern_is_refused(self):
        self.p.collect(self.mapping(), self.write(self.text), args=("--promise-trailer", "SUMMA"), check=78)


if __name__ == "__main__":
    unittest.main()
