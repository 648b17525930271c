"""FHIR encounters from raw file to figure, against the independent model: a public bulk export, and our own small files."""
import json
import pathlib
import random
import re
import shutil
import tempfile
import unittest

import source
from oracle import fhir, model
from servers import ROOT, SHARED, run

FOLDER = ROOT / "collectors/vardkontakt/fhir-encounter"
REAL = SHARED / "fhir-bulk"
DIMENSIONS = ("period,enhet,kanal,kon", "dag,enhet,vardform", "period,alder,kon,vardform", "kalla,form")


class Base:
    real = False
    mapping = "mapping.yaml"
    file = FOLDER / "Encounter.000.ndjson"

    @classmethod
    def setUpClass(cls):
        cls.figures = cls.attempt(cls.file)
        cls.contacts, cls.wrong = cls.model()

    @classmethod
    def attempt(cls, *files, by=DIMENSIONS[0], rule="kontakt/1"):
        done = run("try", *source.tried_on(cls.real), "--mapping", FOLDER / cls.mapping, "--rule", rule, "--by", by, "--format", "json", *files, check=0)
        return json.loads(done.stdout)

    @classmethod
    def model(cls):
        return fhir.bulk(cls.file.parent)

    def test_every_dimension_is_the_models(self):
        self.assertTrue(self.contacts)
        for by in DIMENSIONS:
            with self.subTest(by):
                figures = self.figures if by == DIMENSIONS[0] else self.attempt(self.file, by=by)
                self.assertEqual(model.exported(figures), model.cells(self.contacts, by.split(","), "kontakt/1"))

    def test_distance_is_the_models(self):
        figures = self.attempt(self.file, rule="distanskontakt/1")
        self.assertEqual(model.exported(figures), model.cells(self.contacts, DIMENSIONS[0].split(","), "distanskontakt/1"))

    def test_the_rejected_are_the_models(self):
        self.assertEqual(sum(self.figures["balance"]["records"]["rejected"].values()), self.wrong)


class Sample(Base, unittest.TestCase):
    """NDJSON with files beside it."""


class Bundle(Base, unittest.TestCase):
    """One document, whose entries refer to one another."""

    mapping = "bundle.yaml"
    file = FOLDER / "bundle.json"

    @classmethod
    def model(cls):
        return fhir.bundle(cls.file)

    def test_both_mappings_have_the_same_fields(self):
        bulk, bundle = ((FOLDER / name).read_text(encoding="utf-8") for name in ("mapping.yaml", "bundle.yaml"))
        self.assertEqual(bulk[bulk.index("only:"):], bundle[bundle.index("only:"):])


@unittest.skipUnless(REAL.is_dir(), "the real input fhir-bulk is not here (KP_REAL_DATA)")
class Real(Base, unittest.TestCase):
    file = REAL / "Encounter.000.ndjson"

    def test_the_figures_are_the_known_ones(self):
        self.assertEqual(self.figures["totals"]["kontakt/1"], {"antal": 1215, "oppen": 1166, "sluten": 49})
        cells = self.figures["cells"]
        self.assertEqual([(c["period"], c["antal"]) for c in cells if c["kanal"] != "fysisk"], [("2020-06", 1)])
        self.assertEqual(sum(c["antal"] for c in cells if c["kon"] == "kvinna"), 1132)
        self.assertEqual(sum(c["antal"] for c in cells if c["kon"] == "man"), 83)
        self.assertEqual((cells[0]["period"][:4], cells[-1]["period"][:4]), ("1928", "2023"))
        forms = self.attempt(self.file, by="form")["cells"]
        self.assertEqual({c["form"]: c["antal"] for c in forms}, {"fysisk": 1205, "hembesok": 9, "ej_specificerad": 1})

    def test_21_contacts_change_month_in_swedish_time(self):
        starts = {e["id"]: e["period"]["start"][:7] for e in fhir.lines(self.file)}
        self.assertEqual(sum(f"{c['day']:%Y-%m}" != starts[c["id"]] for c in self.contacts), 21)

    def test_shuffled_split_and_twice_is_the_same(self):
        lines = self.file.read_text(encoding="utf-8").splitlines(keepends=True)
        random.Random(7).shuffle(lines)
        with tempfile.TemporaryDirectory(prefix="kp-") as name:
            folder, files = pathlib.Path(name), []
            for kind in ("Patient", "Organization", "PractitionerRole"):
                shutil.copy(REAL / f"{kind}.000.ndjson", folder)
            for part in range(5):
                for copy in "ab":
                    files.append(folder / f"del-{part}-{copy}.ndjson")
                    files[-1].write_text("".join(lines[part::5]), encoding="utf-8")
            again = self.attempt(*files)
        self.assertEqual(json.dumps(again["cells"]), json.dumps(self.figures["cells"]))
        events = again["balance"]["events"]
        self.assertEqual((events["applied"], events["duplicate"], events["conflict"]), (1215, 1215, 0))

    def test_a_damaged_line_takes_no_other_with_it(self):
        lines = self.file.read_text(encoding="utf-8").splitlines(keepends=True)
        lines[600] = re.sub('"status":"finished"', '"status":"finished","status":"finished"', lines[600])
        lines[800] = lines[800][: len(lines[800]) // 2] + "\n"
        with tempfile.TemporaryDirectory(prefix="kp-") as name:
            folder = pathlib.Path(name)
            for kind in ("Patient", "Organization", "PractitionerRole"):
                shutil.copy(REAL / f"{kind}.000.ndjson", folder)
            (folder / "Encounter.000.ndjson").write_text("".join(lines), encoding="utf-8")
            figures = self.attempt(folder / "Encounter.000.ndjson")
        self.assertEqual(figures["balance"]["records"]["rejected"], {"JSON_DUPKEY": 1, "JSON_SYNTAX": 1})
        self.assertEqual(figures["totals"]["kontakt/1"]["antal"], 1213)


SampleOnKafka, BundleOnKafka, RealOnKafka = map(source.on_kafka, (Sample, Bundle, Real))


if __name__ == "__main__":
    unittest.main()
