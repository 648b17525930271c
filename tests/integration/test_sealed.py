"""Sealed originals: what a collector rejected and what the aggregator could not count, opened only with the secret key; replay."""
import hashlib
import unittest

import source
from servers import run

LETTER = "reason\ttime\tletter\tfield\tof\tbytes\tsealed"


class Sealed(source.Case):
    def setUp(self):
        super().setUp()
        self.secret = self.p.dir / "open.key"
        run("dlq", "key", self.secret, check=0)
        self.public = self.secret.with_name("open.key.pub")

    def dlq(self, *args, check=0, key=True):
        more = ("--open-key", self.secret) if key else ()
        return run("dlq", "--kafka", self.p.broker.address, "--topic", self.p.topic, *more, *args, check=check)

    def letters(self, *args):
        """The list as dicts."""
        head, *lines = self.dlq("list", *args, key=False).stdout.splitlines()
        self.assertEqual(head, LETTER)
        return [dict(zip(head.split("\t"), line.split("\t"))) for line in lines]

    def test_rejected_records(self):
        rows = [source.row("Hemlig1", KANAL="FAX"), source.row("Klar2"), source.row("Hemlig3", DATUM="2020-13-01")]
        path = self.write(rows)
        raw = path.read_bytes().splitlines(keepends=True)
        self.p.collect(self.mapping(), path, args=("--clock", self.clock, "--seal-key", self.public))
        [found] = (self.p.state / "avvisade").iterdir()
        self.assertNotIn("Hemlig", found.read_text())
        self.assertEqual(found.read_text().count(" sealed "), 2)
        opened = self.dlq("open", found).stdout
        clear = [line.split(" sealed ")[0] + "\n" for line in found.read_text().splitlines()]
        self.assertEqual(opened, clear[0] + raw[1].decode() + clear[1] + raw[3].decode())

    def test_only_the_secret_key_opens(self):
        other = self.p.dir / "other.key"
        run("dlq", "key", other, check=0)
        run("dlq", "key", other, check=74)      # never over a key
        path = self.write([source.row("Hemlig1", KANAL="FAX")])
        self.p.collect(self.mapping(), path, args=("--clock", self.clock, "--seal-key", self.public))
        [found] = (self.p.state / "avvisade").iterdir()
        self.assertNotIn("Hemlig", run("dlq", "open", found, "--open-key", other, check=65).stdout)
        run("dlq", "open", found, "--open-key", self.public, check=78)      # others can read it: it is no secret
        run("dlq", "open", found, check=64)

    def test_without_a_key_nothing_is_sealed(self):
        path = self.write([source.row("Hemlig1", KANAL="FAX")])
        self.collect(path)
        [found] = (self.p.state / "avvisade").iterdir()
        self.assertNotIn("sealed", found.read_text())
        self.assertEqual(self.dlq("open", found).stdout, found.read_text())

    def test_a_key_that_is_none_stops_before_anything_is_sent(self):
        bad = self.p.dir / "bad.pub"
        bad.write_text("00" * 32)
        self.p.collect(self.mapping(), self.write([source.row("a")]), args=("--seal-key", bad), check=78)
        self.p.aggregate("--seal-key", bad, check=78)
        self.assertEqual(sum(self.p.broker.high()), 0)

    def dead(self):
        """A contact, a conflict with it, and junk; counted, so that the last two are dead letters."""
        self.collect(self.write([source.row("a"), source.row("b")], "first.csv"))
        self.collect(self.write([source.row("a", KANAL="VID")], "second.csv"))
        self.p.broker.put([(1, b"junk", b"\xff\xff\xff"), (2, None, b"")])
        self.p.aggregate("--seal-key", self.public)

    def test_list_and_show(self):
        self.assertEqual(self.letters(), [])
        self.dead()
        letters = self.letters()
        self.assertEqual([letter["reason"] for letter in letters], ["EMPTY_VALUE", "PB_SYNTAX", "VERSION_CONFLICT"])
        self.assertEqual([letter["sealed"] for letter in letters], ["", "sealed", "sealed"])
        self.assertEqual([letter["reason"] for letter in self.letters("--reason", "PB_SYNTAX")], ["PB_SYNTAX"])
        records = {(p, offset): value for p, offset, _, value, _ in self.p.broker.records()}
        for letter in letters[1:]:
            partition, offset = map(int, letter["of"].split(":"))
            original = records[partition, offset]
            said = dict(line.split(" ", 1) for line in self.dlq("show", letter["letter"]).stdout.splitlines())
            self.assertEqual(said["value"], original.hex())
            self.assertEqual(said["sha256"], hashlib.sha256(original).hexdigest())
            self.assertEqual((int(said["partition"]), int(said["offset"])), (partition, offset))
            self.assertNotIn("value", self.dlq("show", letter["letter"], key=False).stdout)
        self.assertIn("not sealed", self.dlq("show", letters[0]["letter"], check=65).stderr)
        self.assertIn("no dead letter 3:99", self.dlq("show", "3:99", check=65).stderr)

    def test_replay(self):
        """Sent again as it was: the same key, value and version, in its partition. So it is judged as before, and nothing is counted twice."""
        self.dead()
        figures = self.figures()
        [letter] = self.letters("--reason", "VERSION_CONFLICT")
        partition, offset = map(int, letter["of"].split(":"))
        before = self.p.broker.records()
        [original] = [r for r in before if r[:2] == (partition, offset)]
        for args in ((letter["letter"],), ("--reason", "VERSION_CONFLICT")):
            self.assertIn("1 records sent again", self.dlq("replay", *args).stderr)
        after = self.p.broker.records()
        added = [r for r in after if r not in before]
        self.assertEqual([(r[0], r[2], r[3]) for r in added], [(partition, original[2], original[3])] * 2)
        self.assertTrue(all("replay-of" in str(r[4]) for r in added), added)
        self.p.aggregate("--seal-key", self.public)
        self.assertEqual(self.figures()["cells"], figures["cells"])
        self.assertEqual(len(self.letters("--reason", "VERSION_CONFLICT")), 3)

    def test_what_stood_in_the_wrong_partition_goes_to_the_right_one(self):
        self.collect(self.write([source.row("a")]))
        identity = source.contact_id(self.p.key, "telefon", "a")
        [(home, value)] = [(p, value) for p, _, key, value, _ in self.p.broker.records() if key == identity]
        kept = self.p.broker.high()
        self.p.broker.put([((home + 1) % 4, identity, value)])
        self.p.aggregate("--seal-key", self.public)
        for again in range(2):
            self.assertIn("1 records sent again", self.dlq("replay", "--reason", "WRONG_PARTITION").stderr)
            self.p.aggregate("--seal-key", self.public)
            self.assertEqual(self.p.broker.high()[home], kept[home] + again + 1)
        self.assertEqual(len(self.letters()), 1, "no letter became another")

    def test_a_record_with_many_letters_is_sent_once(self):
        self.dead()
        for letters in (1, 2, 3):
            self.assertEqual(len(self.letters("--reason", "VERSION_CONFLICT")), letters)
            self.assertIn(f"1 records sent again, {letters - 1} letters of the same", self.dlq("replay", "--reason", "VERSION_CONFLICT").stderr)
            self.p.aggregate("--seal-key", self.public)

    def test_what_cannot_be_replayed_is_left_and_told(self):
        self.dead()
        before = self.p.broker.high()
        self.assertIn("had no key of ours", self.dlq("replay", "--reason", "PB_SYNTAX", check=65).stderr)
        self.dlq("replay", check=64)
        self.dlq("replay", "--reason", "VERSION_CONFLICT", key=False, check=64)
        self.dlq("replay", "--reason", "NO_SUCH", check=64)
        self.dlq("replay", "0:999", check=65)
        other = self.p.dir / "other.key"
        run("dlq", "key", other, check=0)
        done = run("dlq", "replay", "--kafka", self.p.broker.address, "--reason", "VERSION_CONFLICT", "--open-key", other, check=65)
        self.assertIn("sealed for another key", done.stderr)
        self.assertEqual(self.p.broker.high(), before)

    def test_a_record_that_is_no_letter_is_listed_as_such(self):
        self.p.broker.put([(0, None, b"junk"), (0, None, None), (1, None, b'{"reason": "NO_SUCH"}')], topic=self.p.topic + ".dlq")
        self.assertEqual([letter["reason"] for letter in self.letters()], ["(no letter)"] * 3)
        self.dlq("show", "0:0", check=65)


if __name__ == "__main__":
    unittest.main()
