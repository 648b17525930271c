"""try beside a service that is set up: its variables do not reach the trial, and what the trial keeps is not spoiled."""
import json
import os
import pathlib
import tempfile
import unittest

import source
from servers import run

ORGANISATION = "enhet;namn;forvaltning;agarform;vardniva;fran;till\n" + "".join(
    f"Enhet {n};Enhet {n};{'HS' if n % 2 else 'NSVH'};region;primarvard;2000-01-01;\n" for n in range(40))
# Of no use to a trial, or another figure than the one that is asked for.
SERVICE = {"GROUP": "tjanst", "INSTANCE": "a", "NAMESPACE": "drift", "SPOOL": "/nowhere/spool", "TOPIC": "annat", "BASE": "7", "RULE": "besok/1",
           "FORMAT": "excel-csv", "BY": "alder", "KALLOR": "/nowhere/kallor.csv", "SEAL_KEY": "/nowhere/nyckel", "REDIS": "unix:/nowhere"}


class Trial(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="kp-")))
        self.mapping = self.write(source.MAPPING, "mapping.yaml")
        rows, _ = source.generate(seed=6, count=100)
        self.file = self.write(source.csv(rows), "a.csv")
        self.dir = self.folder / "D"

    def write(self, text, name):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def attempt(self, *args, check=0, env=None):
        return run("try", "--mapping", self.mapping, "--dir", self.dir, *args, check=check, env=env)

    def figures(self, *args, env=None):
        return json.loads(self.attempt("--format", "json", *args, env=env).stdout)

    def test_the_variables_of_a_service_do_not_reach_it(self):
        # What try has no option for: its own variables count as its options.
        env = {**os.environ, **{f"KONTAKTPULS_{name}": value for name, value in SERVICE.items() if name not in ("RULE", "FORMAT", "BY", "KALLOR")}}
        once = self.figures("--rule", "kontakt/1", self.file, env=env)
        self.assertGreater(sum(cell["antal"] for cell in once["cells"]), 50)
        self.assertEqual(self.figures("--rule", "kontakt/1", env=env), self.figures("--rule", "kontakt/1"), "opened again, with them and without")

    def test_nor_a_demo(self):
        said = [run("demo", "--once", "--scale", "0.001", "--dir", self.folder / f"demo{i}", env=env).stdout.replace(f"demo{i}", "demo")
                for i, env in enumerate((None, {**os.environ, **{f"KONTAKTPULS_{name}": value for name, value in SERVICE.items()}}))]
        self.assertEqual(said[0], said[1])

    def test_a_registry_is_read_by_the_figures(self):
        self.figures(self.file)
        registry = self.write("kalla;enhet;kanal;roll;fran;till\nannan;*;*;produktion;2000-01-01;\n", "kallor.csv")
        said = "utan att källregistret har någon rad"
        self.assertTrue(any(said in note for note in self.figures("--kallor", registry)["notes"]))
        self.assertFalse(any(said in note for note in self.figures()["notes"]))

    def test_a_table_that_cannot_be_read_takes_nobodys_place(self):
        org = self.write(ORGANISATION, "org.csv")
        before = self.figures("--org", org, "--by", "forvaltning", self.file)
        kept = self.dir / "kallor/organisation.csv"
        self.assertEqual(kept.read_text(encoding="utf-8"), ORGANISATION)
        self.assertIn("column", self.attempt("--org", self.write("enhet;namn\nE;n\n", "fel.csv"), check=78).stderr)
        self.assertEqual(kept.read_text(encoding="utf-8"), ORGANISATION)
        self.assertEqual(self.figures("--by", "forvaltning"), before)

    def test_check_says_ok_and_starts_nothing(self):
        for name in ("try", "demo", "broker"):
            args = ("--mapping", self.mapping, self.file) if name == "try" else ()
            self.assertIn("OK", run(name, "-n", *args, check=0).stderr)
        self.assertFalse(self.dir.exists())


if __name__ == "__main__":
    unittest.main()
