"""The demo year: known totals, every cell against the independent model, the commands that it names, and no personnummer."""
import atexit
import functools
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import source
from oracle import halland, model
from servers import kafka, run, undone_by

ASKED = (  # every dimension and every rule, at the finest that each cube has
    ("kontakt/1", "dag,enhet,kalla,form,vardform"),
    ("kontakt/1", "period,enhet,kanal,kon,alder,form,vardform,kalla"),
    ("distanskontakt/1", "period,forvaltning,kanal,kon,alder"),
    ("besok/1", "period,forvaltning,agarform,vardniva"),
)
CLOCK = "2021-02-15T12:00:00+01:00"     # the demo's


def demo(folder, *args):
    return run("demo", "--once", "--dir", folder, *args, check=0)


def again(folder, *args, org):
    """Figures from a demo's directory by an organisation table (which try keeps for the next time), as JSON."""
    return json.loads(run("try", "--dir", folder, "--org", org, *args, "--format", "json", check=0).stdout)


@functools.cache
def year():
    """(directory above the demo's D, what it said, the model's contacts, rows and number known): once for all tests."""
    top = pathlib.Path(tempfile.mkdtemp(prefix="kp-"))
    atexit.register(shutil.rmtree, top)
    done = demo(top / "D")
    shutil.copy(top / "D/kallor/organisation.csv", top)
    return top, done, *halland.contacts(top / "D/kallor")


@functools.cache
def expected(rule, by):
    """The model's cells."""
    top, _, contacts, *_ = year()
    return model.cells(contacts, by.split(","), rule, model.Organisation(top / "organisation.csv"))


def in_2020(contact):
    return contact["day"].year == 2020


class Year(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top, cls.done, cls.contacts, cls.rows, cls.known = year()
        cls.dir = cls.top / "D"
        cls.year = json.loads((cls.dir / "figurer/ar-2020.json").read_text())
        cls.table = cls.top / "organisation.csv"
        cls.org = model.Organisation(cls.table)

    def test_totals_are_hallands(self):
        total = self.year["totals"]["distanskontakt/1"]
        self.assertEqual([total[k] for k in ("antal", "telefon", "video", "skriftlig", "ej_specificerad")],
                         [155333, 102318, 39911, 13104, 0])

    def test_it_prints_the_sentence_and_its_footnote(self):
        self.assertIn("Under 2020 genomfördes över 155 000 distanskontakter", self.done.stdout)
        self.assertIn("102 000 telefonkontakter, 40 000 videobesök, 13 000 skriftlig kontakt", self.done.stdout)

    def test_every_law_of_the_balance_holds(self):
        check_laws(self, self.year)
        records = self.year["balance"]["records"]
        self.assertEqual({k: records[k] for k in ("read", "sent", "not_contact")}, {k: self.rows[k] for k in ("read", "sent", "not_contact")})
        self.assertEqual(sum(records["rejected"].values()), self.rows["rejected"])
        self.assertGreaterEqual(len(records["rejected"]), 8)
        contacts = self.year["balance"]["contacts"]
        self.assertEqual((contacts["live"], contacts["live"] + contacts["retracted"]), (len(self.contacts), self.known))

    def test_every_cell_is_the_models(self):
        for rule, by in ASKED:
            with self.subTest(f"{rule} by {by}"):
                figures = again(self.dir, "--rule", rule, "--by", by, org=self.table)
                self.assertEqual(model.exported(figures), expected(rule, by))

    def test_the_files_of_the_year_and_its_months(self):
        by = ("period", "forvaltning", "kanal")
        expect = model.cells(self.contacts, by, "distanskontakt/1", self.org, in_2020)
        self.assertEqual(model.exported(self.year), expect)
        months = [json.loads((self.dir / f"figurer/manad-2020-{m:02}.json").read_text()) for m in range(1, 13)]
        self.assertEqual([cell for month in months for cell in model.exported(month)], expect)

    def test_a_unit_moves_in_july_when_the_table_says_so(self):
        table = pathlib.Path(self.table).read_text(encoding="utf-8").splitlines()
        unit = next(row.split(";")[0] for row in table[1:] if row.split(";")[2] == "NSV" and not row.split(";")[6]
                    and self.count(row.split(";")[0]) > 100)
        moved = self.top / "flyttad.csv"
        moved.write_text("\n".join(line for row in table for line in self.move(row, unit)) + "\n", encoding="utf-8")
        before, after = self.year, again(self.dir, "--period", "ar 2020", org=moved)
        self.assertEqual(before["totals"], after["totals"])
        org = model.Organisation(moved)
        self.assertEqual(model.exported(after), model.cells(self.contacts, ("period", "forvaltning", "kanal"), "distanskontakt/1", org, in_2020))
        halves = [[c for c in f["cells"] if (c["period"] < "2020-07") == first] for first in (True, False) for f in (before, after)]
        self.assertEqual(halves[0], halves[1])
        self.assertNotEqual(halves[2], halves[3])

    def count(self, unit):
        return sum(1 for c in self.contacts if c["unit"] == unit and c["day"].month > 6 and model.is_distans(c))

    @staticmethod
    def move(row, unit):
        cells = row.split(";")
        if cells[0] != unit:
            return [row]
        return [";".join(cells[:6] + ["2020-07-01"]), ";".join(cells[:2] + ["PSY"] + cells[3:5] + ["2020-07-01", ""])]

    def test_the_commands_that_it_names_work(self):
        commands = re.findall(r"^\s+(\S*kontaktpuls try .*)$", self.done.stdout, re.M)
        self.assertEqual(len(commands), 3)
        for command in commands:
            done = subprocess.run(command, shell=True, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("Balans", done.stdout)

    def test_no_personnummer_is_anywhere_but_in_the_sources(self):
        number = re.compile(rb"(?<![\dA-Z])(?:\d\d)?(\d{6})[-+]?(\d{4})(?!\d)")
        seeded = {a + b for path in (self.dir / "kallor").glob("*.csv") for a, b in number.findall(path.read_bytes())
                  if halland.luhn((a + b).decode())}
        self.assertGreater(len(seeded), 100000)
        places = [p for p in self.dir.rglob("*") if p.is_file() and "kallor" not in p.parts]
        self.assertTrue(any("appendonly" in str(p) for p in places))
        for path in places:
            found = {a + b for a, b in number.findall(path.read_bytes())} & seeded
            self.assertEqual(found, set(), path)
        said = (self.done.stdout + self.done.stderr).encode()
        self.assertEqual({a + b for a, b in number.findall(said)} & seeded, set())

    def test_the_same_files_again_change_nothing(self):
        kallor = self.dir / "kallor"
        figures = again(self.dir, "--mapping", kallor / "video.yaml", "--period", "ar 2020",
                        kallor / "video.csv",
                        org=self.table)
        self.assertEqual(figures["cells"], self.year["cells"])
        self.assertEqual(figures["balance"], self.year["balance"])


def check_laws(test, figures):
    balance = figures["balance"]
    records, events = balance["records"], balance["events"]
    test.assertEqual(records["read"], records["sent"] + records["not_contact"] + sum(records["rejected"].values()))
    names = ("applied", "unchanged", "duplicate", "stale", "conflict", "leverans", "control")
    test.assertEqual(events["consumed"], sum(events[n] for n in names) + sum(events["dead"].values()))
    test.assertLessEqual(records["sent"], events["consumed"])
    test.assertEqual(balance["deliveries"]["open"], 0)
    test.assertLessEqual(figures["totals"]["kontakt/1"]["antal"], balance["contacts"]["live"])


class Counted(kafka.KafkaPipeline):
    """The demo is made of its embedded broker; its raw files and mappings are not, and are counted here by hand, on Apache Kafka."""

    def __init__(self, kallor):
        super().__init__()
        with undone_by(self.undo):
            for name in ("telefon", "video", "skriftlig"):
                self.collect(kallor / f"{name}.yaml", kallor / f"{name}.csv", args=("--clock", CLOCK))
            self.aggregate()


@kafka.wanted
class YearOnKafka(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        top, _, cls.contacts, cls.rows, cls.known = year()
        cls.table = top / "organisation.csv"
        cls.p = cls.enterClassContext(Counted(top / "D/kallor"))

    def test_every_cell_is_the_models(self):
        for rule, by in ASKED:
            with self.subTest(f"{rule} by {by}"):
                figures = self.p.figures("alla", "--org", self.table, "--rule", rule, "--by", by)
                self.assertEqual(model.exported(figures), expected(rule, by))

    def test_totals_are_hallands_and_every_law_holds(self):
        figures = self.p.figures("ar", "2020", "--org", self.table)
        total, balance = figures["totals"]["distanskontakt/1"], figures["balance"]
        self.assertEqual([total[k] for k in ("antal", "telefon", "video", "skriftlig")], [155333, 102318, 39911, 13104])
        source.laws(self.p, figures)
        self.assertEqual({k: balance["records"][k] for k in ("read", "sent", "not_contact")}, {k: self.rows[k] for k in ("read", "sent", "not_contact")})
        self.assertEqual((balance["contacts"]["live"], balance["contacts"]["live"] + balance["contacts"]["retracted"]), (len(self.contacts), self.known))
        self.assertEqual(balance["deliveries"], {"complete": 3, "open": 0, "quarantined": {}})


class Small(unittest.TestCase):
    """Another seed, a hundredth of the size."""

    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="kp-")))
        cls.done = demo(cls.dir, "--seed", "7", "--scale", "0.01")
        cls.table = cls.dir / "kallor/organisation.csv"

    def test_other_cells_and_a_sentence_from_them(self):
        self.check(json.loads((self.dir / "figurer/ar-2020.json").read_text()), self.done.stdout)

    @kafka.wanted
    def test_the_same_on_kafka(self):
        with Counted(self.dir / "kallor") as p:
            asked = ("ar", "2020", "--org", self.table)
            self.check(p.figures(*asked), p.export(*asked).stdout)

    def check(self, year, text):
        contacts, _, _ = halland.contacts(self.dir / "kallor")
        org = model.Organisation(self.table)
        check_laws(self, year)
        self.assertEqual(model.exported(year), model.cells(contacts, ("period", "forvaltning", "kanal"), "distanskontakt/1", org, in_2020))
        total = year["totals"]["distanskontakt/1"]
        self.assertEqual([total[k] for k in ("telefon", "video", "skriftlig")], [1023, 399, 131])
        said = re.search(r"Under 2020 genomfördes (över )?([\d ]+) distanskontakter\S*\n\S* ?(.*)", text)
        rounded = [int(n.replace(" ", "")) for n in re.findall(r"\d[\d ]*\d|\d", said[3])]
        self.assertEqual(sum(rounded), int(said[2].replace(" ", "")))
        self.assertLessEqual(sum(rounded), total["antal"])

    def test_the_same_seed_is_the_same_year(self):
        files = []
        for _ in range(2):
            with tempfile.TemporaryDirectory(prefix="kp-") as name:
                demo(name, "--scale", "0.01")
                files.append({p.name: p.read_bytes() for p in pathlib.Path(name, "kallor").glob("*.csv")})
        self.assertEqual(files[0], files[1])


if __name__ == "__main__":
    unittest.main()
