"""Nothing personal leaves the collector: seeded personnummer are looked for wherever anything is written."""
import base64
import hashlib
import pathlib
import random
import unittest

import source
from servers import Broker, run
from source import row, wire


def check_digit(nine):
    total = sum(sum(divmod(int(c) * (2 - i % 2), 10)) for i, c in enumerate(nine))
    return str(-total % 10)


def numbers(seed, count):
    """Right personnummer and samordningsnummer, as 12 digits. Made up."""
    dice = random.Random(seed)
    out = []
    for n in range(count):
        day = dice.randrange(1, 29) + (60 if n % 5 == 0 else 0)
        nine = f"{dice.randrange(30, 99)}{dice.randrange(1, 13):02}{day:02}{dice.randrange(1, 1000):03}"
        out.append("19" + nine + check_digit(nine))
    return out


def written(number):
    """The ways in which people and programs write it."""
    short = number[2:]
    return [number, short, f"{number[:8]}-{number[8:]}", f"{short[:6]}-{short[6:]}", f"{short[:6]}+{short[6:]}", f"{number[:8]} {number[8:]}"]


class Finder:
    """All forms of all numbers, to be looked for in bytes or in a number."""

    def __init__(self, list_of_numbers):
        self.plain, self.ints, self.coded = set(), set(), set()
        for number in list_of_numbers:
            for text in written(number):
                self.plain.add(text.encode())
                for raw in (text.encode(), hashlib.sha256(text.encode()).digest(), hashlib.sha1(text.encode()).digest(), hashlib.md5(text.encode()).digest()):
                    self.coded.add(raw[:12])                            # an id that is only a digest can be looked up
                    self.coded.add(raw.hex().encode()[:20])
                    self.coded.add(base64.b64encode(raw)[:16])
                self.coded.add(text.encode("utf-16-le"))
            self.ints |= {int(number), int(number[2:])}
            self.coded |= {int(n).to_bytes(8, order) for n in (number, number[2:]) for order in ("little", "big")}
        self.plain_sizes = {len(text) for text in self.plain}
        self.coded_sizes = {len(raw) for raw in self.coded}

    def find(self, value):
        """What of it stands in these bytes, this text or this number; None when nothing does."""
        if isinstance(value, int):
            return value if value in self.ints else None
        data = value.encode() if isinstance(value, str) else value
        for sizes, wanted in ((self.plain_sizes, self.plain), (self.coded_sizes, self.coded)):
            for size in sizes:
                for at in range(len(data) - size + 1):
                    if data[at:at + size] in wanted:
                        return data[at:at + size]
        return None


class Seeded(source.Case):
    @classmethod
    def setUpClass(cls):
        cls.numbers = numbers(seed=9, count=60)
        cls.finder = Finder(cls.numbers)

    def seeded_rows(self):
        """Personnummer where they may be, and where they may not."""
        rows = []
        for n, number in enumerate(self.numbers):
            form = written(number)[n % 4]
            rows.append(row(f"P{n}", PNR=form, KON=""))
        rows += [row(written(n)[i % 4], PNR=n) for i, n in enumerate(self.numbers[:12])]          # as identity, of a few
        rows += [row(f"U{i}", ENHET=f"Mottagning {written(n)[i % 6]}") for i, n in enumerate(self.numbers[12:18])]
        rows += [row(f"E{i}", ENHET=written(n)[i % 4]) for i, n in enumerate(self.numbers[18:22])]
        # Rejected rows: what is rejected must not be shown either. (Not as version: a version like 202003041212 is one out
        # of ten times a right personnummer, so the collector cannot tell; the mapping decides which column is the version.)
        rows += [row(f"R{i}", PNR=n, **{column: n}) for i, (n, column) in
                 enumerate(zip(self.numbers[22:], ["KANAL", "STATUS", "KON", "VARDFORM", "KVAL", "DATUM", "TID", "LOKAL", "FODD", "ALDER", "DELTAGARE", "POST"]))]
        return [{**r, "FRITEXT": f"Patient {self.numbers[i % 60]} ringde"} for i, r in enumerate(rows)]

    def clean(self, what, value):
        found = self.finder.find(value)
        self.assertIsNone(found, f"{what}: {found!r}")


class WithoutBroker(Seeded):
    def test_the_finder_finds(self):
        """It could not fail otherwise: each form is found in what is known to hold it."""
        for number in self.numbers[:5]:
            for text in written(number):
                self.assertIsNotNone(self.finder.find(f"a {text};"))
            self.assertIsNotNone(self.finder.find(int(number)))
            self.assertIsNotNone(self.finder.find(b"x" + hashlib.sha256(number.encode()).digest()))
            self.assertIsNotNone(self.finder.find(base64.b64encode(number.encode())))
        self.assertIsNone(self.finder.find(b"191212121212"))
        rows = source.csv(self.seeded_rows(), [*source.ROW, "FRITEXT"])
        for number in self.numbers:
            self.assertTrue(any(text in rows for text in written(number)), "every number is seeded")

    def test_explain_does_not_show_it_either(self):
        path = self.write(source.csv(self.seeded_rows(), [*source.ROW, "FRITEXT"]))
        for number in range(1, len(self.seeded_rows()) + 1):
            done = run("collect", "--mapping", self.mapping(), "--explain", number, path)
            self.clean(f"record {number}", done.stderr)
            shown = done.stdout.encode()
            pnr = self.finder.find(shown)
            self.assertIsNone(pnr, f"record {number}: {pnr}")


class Privacy(Seeded):
    def setUp(self):
        super().setUp()
        self.said = []
        self.before = 0     # of the broker's log, which the warm Kafka has begun for other tests
        if self.real:
            self.before = len(self.p.broker.process.text())
        else:
            self.p.broker.stop()
            self.p.broker = Broker(self.p.dir / "kafka-kept", "--dir", self.p.dir / "kafka-dir")

    def note(self, done):
        self.said += [done.stdout, done.stderr]

    def load(self):
        columns = [*source.ROW, "FRITEXT"]
        report, stderr = self.collect(self.write(source.csv(self.seeded_rows(), columns)))
        self.said += [str(report), stderr]
        # Broken as a whole, named after a patient, of identities alone, with a header that is a record, and with quotes.
        files = [self.write(source.csv(source.good(1)) + f'K;"{self.numbers[1]};1\n', "citat.csv"), self.write(source.good(2), f"{written(self.numbers[2])[2]}.csv"),
                 self.write([row(n) for n in self.numbers], "id.csv"), self.write(source.csv(self.seeded_rows(), columns).split("\n", 1)[1], "utan.csv"),
                 self.write(f"{self.numbers[3]};{self.numbers[4]}\n", "huvud.csv"), self.write(f"POST;{self.numbers[3]};{self.numbers[3]}\n", "dubbelt.csv")]
        for path in files:
            report, stderr = self.collect(path, check=65)
            self.said += [str(report), stderr]
        self.note(self.p.aggregate())
        self.note(self.p.export("alla", "--rule", "kontakt/1", "--by", "enhet,kon,alder"))
        self.figures_json = self.p.export("alla", "--rule", "kontakt/1", "--by", "enhet", "--format", "json")
        self.note(self.figures_json)
        self.said += [self.p.broker.process.text()[self.before:], self.p.redis.process.text()]

    def at_rest(self):
        """Every file that anybody wrote, but the sources."""
        if not self.real:
            self.p.broker.stop()        # writes its records to its folder
        self.p.redis.stop()
        return [path for path in [*self.p.dir.rglob("*"), *self.logs()] if path.is_file() and self.folder not in path.parents]

    def logs(self):
        """What Kafka keeps of both topics. The files beside hold offsets and times, in 10 MB of zeros each."""
        topics = (self.p.topic, self.p.topic + ".dlq") if self.real else ()
        return [self.p.broker.log_of(topic, partition) for topic in topics for partition in range(4)]

    def test_nothing_of_a_personnummer_anywhere(self):
        self.load()
        records = [(topic, r) for topic in (self.p.topic, self.p.topic + ".dlq") for r in self.p.broker.records(topic)]
        self.assertGreater(len(records), 70)
        for topic, (p, offset, key, value, headers) in records:
            where = f"{topic}/{p}/{offset}"
            for name, part in (("key", key), ("value", value)):
                self.clean(f"{where} {name}", part or b"")
            for header in headers:
                self.clean(f"{where} header", header)
            if topic == self.p.topic:
                for leaf in wire.leaves(value):
                    self.clean(f"{where} decoded", leaf)
        for text in self.said:
            self.clean("stdout or stderr", text)
        files = self.at_rest()
        names = {path.name for path in files}
        self.assertIn("telefon.progress", names)
        self.assertTrue(any(name.endswith(".aof") for name in names) and names & {"broker.log", f"{0:020}.log"}, names)
        for path in files:
            self.clean(f"name of {path}", str(path))
            self.clean(str(path), path.read_bytes())

    def test_what_a_personnummer_tells_is_counted(self):
        rows = [row(f"P{n}", PNR=written(number)[n % 4], KON="") for n, number in enumerate(self.numbers)]
        taken = self.take(rows, by="kon")
        self.assertEqual(taken.notes, {})
        women = sum(int(number[10]) % 2 == 0 for number in self.numbers)
        self.assertEqual(taken.cells(), [("kvinna", women), ("man", len(self.numbers) - women)])

    def test_the_key_is_nowhere_but_in_its_file(self):
        self.load()
        key = pathlib.Path(self.p.key).read_text().strip()
        for path in self.at_rest():
            if path != self.p.key:
                data = path.read_bytes()
                self.assertNotIn(key.encode(), data, path)
                self.assertNotIn(bytes.fromhex(key), data, path)
        for text in self.said:
            self.assertNotIn(key, text)


PrivacyOnKafka = source.on_kafka(Privacy)


if __name__ == "__main__":
    unittest.main()
