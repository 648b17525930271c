"""kontaktpuls mapping: from a file's columns to a mapping that is tested."""
import json
import pathlib
import re
import shutil
import tempfile
import unittest

from servers import ROOT, run

PLAIN = ROOT / "collectors/vardkontakt/mall-csv"


class Mapping(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kp-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def test_a_skeleton_is_filled_in_until_it_counts(self):
        data = self.folder / "kontakter.csv"
        data.write_text("Nr;Tid;Typ;Klar\n1;2020-03-04 09:30;T;J\n2;2020-03-05 10:00;V;J\n3;2020-03-06 11:00;V;N\n")
        text = run("mapping", "init", data, check=0).stdout
        mapping = self.folder / "mapping.yaml"
        mapping.write_text(text)
        told = run("collect", "--mapping", mapping, "--explain", "1", data, check=65).stderr
        self.assertIn("HEADER_MISSING", told)
        for name in ("Nr", "Tid", "Typ", "Klar"):
            self.assertIn(f"#   {{path: {name}}}\n", text)
        known = {"id": "{path: Nr}", "version": "{constant: 1}", "  start": '[{path: Tid}, {date: "YYYY-MM-DD HH:mm"}]',
                 "  kanal": "[{path: Typ}, {table: {T: telefon, V: video}}]", "  status": "[{path: Klar}, {table: {J: avslutad, N: tidbokad}}]",
                 "  vardform": "{const: oppen}", "  qualified": "{const: ja}", "  replaces_visit": "{const: ja}", "  documented": "{const: ja}"}
        for key, steps in known.items():
            text, changed = re.subn(rf"^{key}: .*$", lambda _: f"{key}: {steps}", text, flags=re.M)
            self.assertEqual(changed, 1, key)
        mapping.write_text(text)
        figures = json.loads(run("try", "--mapping", mapping, "--by", "kanal", "--format", "json", data, check=0).stdout)
        self.assertEqual({c["kanal"]: c["antal"] for c in figures["cells"]}, {"telefon": 1, "video": 1})

    def test_examples_pass_fail_and_are_written(self):
        shutil.copytree(PLAIN, self.folder, dirs_exist_ok=True)
        mapping, expected = self.folder / "mapping.yaml", self.folder / "expected.ndjson"
        right = expected.read_text()
        self.assertIn("ok   ", run("mapping", "test", mapping, check=0).stdout)
        expected.write_text(right.replace('"video"', '"telefon"', 1))
        self.assertIn("expected.ndjson:2: ", run("mapping", "test", mapping, check=65).stdout)
        expected.write_text(right + "{}\n")
        run("mapping", "test", mapping, check=65)
        run("mapping", "test", "--write", mapping, check=0)
        self.assertEqual(expected.read_text(), right)
        expected.unlink()
        run("mapping", "test", mapping, check=66)

    def test_every_shipped_example_passes(self):
        mappings = sorted(ROOT.glob("collectors/*/*/*.yaml"))
        told = run("mapping", "test", *mappings, check=0).stdout
        self.assertGreaterEqual(told.count("ok   "), 7)

    def test_wrong_use(self):
        self.assertIn("Usage", run("mapping", check=64).stderr)
        run("mapping", "init", check=64)
        run("mapping", "init", PLAIN / "README.md", check=64)
        run("mapping", "init", self.folder / "none.csv", check=66)


if __name__ == "__main__":
    unittest.main()
