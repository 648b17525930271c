"""try: one's own file on throw-away servers; a directory that is opened again; what is left when it ends."""
import json
import os
import pathlib
import signal
import stat
import subprocess
import tempfile
import unittest

import source
from oracle import model
from servers import Process, program, run, wait_until

MANY = 100_000      # contacts in a file that takes the collector long enough to be stopped in, mostly
TRIES = 20


class Try(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="kp-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "tmp").mkdir()
        self.env = {**os.environ, "TMPDIR": str(self.folder / "tmp")}
        self.mapping = self.write(source.MAPPING, "mapping.yaml")
        self.dir = self.folder / "D"

    def tearDown(self):
        self.assertEqual(self.servers(), [], "everything is stopped")
        self.assertEqual(list((self.folder / "tmp").iterdir()), [], "nothing is left in the temporary directory")

    def servers(self):
        """Command lines of processes that have anything of this test's folder in them."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(self.folder) in line:
                found.append(line)
        return found

    def write(self, data, name):
        path = self.folder / name
        path.write_text(source.csv(data) if isinstance(data, list) else data, encoding="utf-8")
        return path

    def attempt(self, *files, args=(), check=0, keep=False):
        where = ["--dir", self.dir] if keep else []
        mapping = ["--mapping", self.mapping] if files else []
        return run("try", *mapping, *where, "--rule", "kontakt/1", "--by", "period,enhet,kanal", "--format", "json", *args, *files, check=check, env=self.env)

    def figures(self, *files, **kwargs):
        figures = json.loads(self.attempt(*files, **kwargs).stdout)
        return figures["cells"], figures["balance"]

    def test_a_file_becomes_figures_and_nothing_is_left(self):
        rows, contacts = source.generate(seed=6, count=300)
        done = self.attempt(self.write(rows, "a.csv"))
        self.assertEqual(model.exported(json.loads(done.stdout)), model.cells(contacts, ["period", "enhet", "kanal"], "kontakt/1"))

    def test_shuffled_in_parts_and_each_twice_is_the_same(self):
        rows = source.good(70)
        whole, _ = self.figures(self.write(rows, "hel.csv"))
        parts = [self.write(rows[n::7], f"del-{n}-{copy}.csv") for n in range(7) for copy in "ab"]
        cells, balance = self.figures(*parts)
        self.assertEqual(cells, whole)
        self.assertEqual((balance["records"]["read"], balance["records"]["sent"]), (140, 140))
        self.assertEqual((balance["events"]["applied"], balance["events"]["duplicate"]), (70, 70))

    def test_a_kept_directory_is_opened_again(self):
        first = self.write(source.good(5), "a.csv")
        cells, _ = self.figures(first, keep=True)
        self.assertEqual(cells[0]["antal"], 5)
        self.assertEqual(self.figures(keep=True)[0], cells, "without FILE it exports")
        again, balance = self.figures(first, keep=True)
        self.assertEqual((again, balance["records"]["read"]), (cells, 5), "the same file counts once")
        more, _ = self.figures(self.write(source.good(3, 100), "b.csv"), keep=True)
        self.assertEqual(more[0]["antal"], 8)

    def test_its_key_is_its_own_and_nobody_elses_to_read(self):
        self.figures(self.write(source.good(1), "a.csv"), keep=True)
        key = self.dir / "nyckel"
        self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600)
        other = self.folder / "E"
        run("try", "--mapping", self.mapping, "--dir", other, self.folder / "a.csv", check=0, env=self.env)
        self.assertNotEqual(key.read_text(), (other / "nyckel").read_text())

    def test_a_quarantined_file_is_65_and_the_others_count(self):
        good, bad = self.write(source.good(4), "a.csv"), self.write("POST;KONTAKT\nK;1\n", "b.csv")
        done = self.attempt(good, bad, check=65)
        self.assertIn("HEADER_MISSING", done.stderr)
        figures = json.loads(done.stdout)
        self.assertEqual((figures["cells"][0]["antal"], figures["balance"]["deliveries"]["quarantined"]), (4, {"HEADER_MISSING": 1}))

    def test_rejected_records_are_no_failure(self):
        cells, balance = self.figures(self.write([*source.good(4), source.row("x", KANAL="?")], "a.csv"))
        self.assertEqual((cells[0]["antal"], balance["records"]["rejected"]), (4, {"UNKNOWN_CODE": 1}))

    def test_instead_of_an_empty_table_it_says_what_there_is(self):
        done = run("try", "--mapping", self.mapping, self.write(source.good(6, KANAL="BES"), "a.csv"), check=0, env=self.env)
        self.assertIn("0 distanskontakter; 6 kontakter, alla fysiska", done.stdout)

    def test_a_mistake_in_the_mapping_is_78_with_its_place(self):
        self.mapping = self.write(source.MAPPING.replace("id-form:", "idform:"), "fel.yaml")
        done = self.attempt(self.write(source.good(1), "a.csv"), check=78)
        self.assertRegex(done.stderr, r"fel\.yaml:\d+:\d+: .*idform")
        self.assertEqual(done.stdout, "")

    def test_a_file_that_is_not_there_is_66(self):
        self.assertEqual(self.attempt(self.folder / "saknas.csv", check=66).stdout, "")

    def test_wrong_dimensions_are_64(self):
        done = self.attempt(self.write(source.good(1), "a.csv"), args=["--by", "dag,kon"], check=64)
        self.assertIn("manad has", done.stderr)

    def test_one_process_at_a_time_has_a_directory(self):
        self.figures(self.write(source.good(1), "a.csv"), keep=True)
        one = Process([program("try"), "--dir", self.dir, "--mapping", self.mapping, self.write(source.good(MANY, 2), "b.csv")], self.folder / "err",
                      stdout=subprocess.DEVNULL, env=self.env)
        self.addCleanup(one.kill)
        wait_until(lambda: any("kontaktpuls-broker" in line for line in self.servers()) or not one.alive(), "the first has its servers")
        one.freeze()
        self.assertTrue(one.alive(), one.text())
        done = self.attempt(keep=True, check=75)
        self.assertIn("in use", done.stderr)
        one.thaw()
        self.assertEqual(one.wait(), 0)

    def test_a_stop_in_the_middle_loses_nothing(self):
        path = self.write(source.good(MANY), "a.csv")
        for number in (signal.SIGINT, signal.SIGTERM):
            one = next(filter(None, (self.stopped(path, number, attempt) for attempt in range(TRIES))), None)
            self.assertIsNotNone(one, f"{TRIES} times it was behind the middle")
            self.assertEqual(self.servers(), [])
            cells, _ = self.figures(path, keep=True)
            self.assertEqual(cells[0]["antal"], MANY)

    def stopped(self, path, number, attempt):
        """By a signal while it collects; None when the file was through before, as on a machine that does not give the test its turn."""
        self.dir = self.folder / f"{number.name}-{attempt}"
        one = Process([program("try"), "--dir", self.dir, "--mapping", self.mapping, path], self.folder / f"{self.dir.name}.err", stdout=subprocess.DEVNULL,
                      env=self.env)
        self.addCleanup(one.kill)
        wait_until(lambda: self.begun() or not one.alive(), "it collects")
        one.signal(number)
        status = one.wait()
        if "a.csv is open and will be read again: stopped" not in one.text():
            return None
        self.assertEqual(status, 69, one.text())
        return one

    def begun(self):
        """Whether a file is opened and not closed yet."""
        progress = self.dir / "samlare/telefon.progress"
        return progress.exists() and "file started" in progress.read_text()


if __name__ == "__main__":
    unittest.main()
