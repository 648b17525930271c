"""Real third-party input from raw file to figure, against the independent model; and our own small files of the same shape."""
import json
import pathlib
import random
import shutil
import tempfile
import unittest

import source
from oracle import model, synthea
from servers import ROOT, SHARED, run

MAPPING = ROOT / "collectors/vardkontakt/synthea-csv/mapping.yaml"
SAMPLE = MAPPING.parent
REAL = SHARED / "synthea-csv"
BY = "period,enhet,kanal,kon"
NOW = "2079-06-06T12:00:00Z"    # the sample's last contact would be in the future


def split(folder, file, parts=7):
    """The file shuffled, in parts, each under two names."""
    head, *rows = file.read_text(encoding="utf-8").splitlines(keepends=True)
    random.Random(7).shuffle(rows)
    files = []
    for part in range(parts):
        for copy in "ab":
            path = folder / f"del-{part}-{copy}.csv"
            path.write_text(head + "".join(rows[part::parts]), encoding="utf-8")
            files.append(path)
    return files


class Base:
    real = False
    folder = SAMPLE
    extra = ("--clock", NOW)

    @classmethod
    def setUpClass(cls):
        cls.figures = cls.attempt(cls.folder / "encounters.csv")
        cls.contacts = synthea.contacts(cls.folder)

    @classmethod
    def attempt(cls, *files, by=BY):
        done = run("try", *source.tried_on(cls.real), "--mapping", MAPPING, "--rule", "kontakt/1", "--by", by, "--format", "json", *cls.extra, *files, check=0)
        return json.loads(done.stdout)

    def test_every_cell_is_the_models(self):
        self.assertEqual(model.exported(self.figures), model.cells(self.contacts, BY.split(","), "kontakt/1"))

    def test_every_dimension_is_the_models(self):
        for by in ("dag,enhet,vardform", "period,alder,kon,vardform", "kalla,form", "forvaltning"):
            with self.subTest(by):
                figures = self.attempt(self.folder / "encounters.csv", by=by)
                self.assertEqual(model.exported(figures), model.cells(self.contacts, by.split(","), "kontakt/1"))

    def test_shuffled_split_and_twice_is_the_same(self):
        with tempfile.TemporaryDirectory(prefix="kp-") as name:
            folder = pathlib.Path(name)
            for joined in ("patients.csv", "organizations.csv", "providers.csv"):
                shutil.copy(self.folder / joined, folder)
            again = self.attempt(*split(folder, self.folder / "encounters.csv"))
        self.assertEqual(json.dumps(again["cells"]), json.dumps(self.figures["cells"]))
        n = len(self.contacts)
        self.assertEqual((again["balance"]["records"]["read"], again["balance"]["records"]["sent"]), (2 * n, 2 * n))
        events = again["balance"]["events"]
        self.assertEqual((events["applied"], events["duplicate"], events["conflict"]), (n, n, 0))


class Sample(Base, unittest.TestCase):
    def test_it_reaches_from_1900_to_2079(self):
        years = {cell["period"][:4] for cell in self.figures["cells"]}
        self.assertTrue({"1900", "1928", "2079"} <= years, years)


@unittest.skipUnless(REAL.is_dir(), "the real input synthea-csv is not here (KP_REAL_DATA)")
class Real(Base, unittest.TestCase):
    folder = REAL
    extra = ()

    def test_the_figures_are_the_known_ones(self):
        cells = self.figures["cells"]
        self.assertEqual(sum(c["antal"] for c in cells), 604)
        self.assertEqual(self.figures["totals"]["kontakt/1"], {"antal": 604, "oppen": 593, "sluten": 11})
        by_sex = {kon: sum(c["antal"] for c in cells if c["kon"] == kon) for kon in ("kvinna", "man", "okant")}
        self.assertEqual(by_sex, {"kvinna": 283, "man": 321, "okant": 0})
        self.assertEqual(len({c["enhet"] for c in cells}), 51)
        self.assertEqual((cells[0]["period"][:4], cells[-1]["period"][:4]), ("1968", "2024"))

    def test_three_contacts_change_month_in_swedish_time(self):
        rows = synthea.table(REAL / "encounters.csv")
        moved = sum(1 for row in rows if row["START"][:7] != self.month_of(row))
        self.assertEqual(moved, 3)

    def month_of(self, row):
        return next(f"{c['day']:%Y-%m}" for c in [self.by_id()[row["Id"].lower()]])

    def by_id(self):
        if not hasattr(type(self), "ids"):
            rows = synthea.table(REAL / "encounters.csv")
            type(self).ids = dict(zip((r["Id"].lower() for r in rows), self.contacts))
        return self.ids


SampleOnKafka, RealOnKafka = map(source.on_kafka, (Sample, Real))


if __name__ == "__main__":
    unittest.main()
