"""The export as a program: what it says of counts that are not all there yet, and what -n finds."""
import pathlib
import tempfile
import unittest

import source
from servers import run


class Behind(source.Case):
    """A delivery is complete, and a partition that holds some of it is not read: a process was lost there."""

    def home(self):
        """The partition that keeps the text of the only delivery."""
        return next(n for n in range(4) if any(field.startswith("lev.") for field in self.p.redis.hgetall(f"kp:{{kp.{n}}}:d")))

    def keys(self, partition):
        return self.p.redis.call("KEYS", f"kp:{{kp.{partition}}}:*")

    def noted(self, piece, *args):
        return [note for note in self.p.figures("ar", "2020", *args)["notes"] if piece in note]

    def test_what_is_sent_and_not_counted_yet(self):
        before = {n: [(key, self.p.redis.call("DUMP", key)) for key in self.keys(n)] for n in range(4)}
        self.collect(self.write(source.good(200)))
        self.p.aggregate()
        self.assertEqual(self.noted("ännu inte"), [])
        lost = next(n for n in range(4) if n != self.home())
        left = int(self.p.meta(lost)["s.applied"])
        self.assertGreater(left, 1)
        for key in self.keys(lost):
            self.p.redis.call("DEL", key)
        for key, dump in before[lost]:
            self.p.redis.call("RESTORE", key, 0, dump)
        figures = self.p.figures("ar", "2020")
        self.assertEqual(figures["totals"]["kontakt/1"]["antal"], 200 - left)
        self.assertEqual(self.noted("ännu inte"),
                         [f"{left} sända händelser är ännu inte räknade: siffrorna är inte fullständiga förrän aggregatorn har läst ikapp"])
        self.assertEqual(self.noted("not counted yet", "--english"),
                         [f"{left} events that were sent are not counted yet: the figures are not complete until the aggregator has caught up"])
        self.p.aggregate()
        self.assertEqual(self.noted("ännu inte"), [])
        self.assertEqual(self.p.figures("ar", "2020")["totals"]["kontakt/1"]["antal"], 200)

    def test_what_lies_before_the_beginning(self):
        self.collect(self.write(source.good(40)))
        self.p.ns = "senare"
        self.p.init("--base", "3", check=0)
        self.p.aggregate()
        figures = self.p.figures("ar", "2020")
        left = 40 - figures["totals"]["kontakt/1"]["antal"]
        self.assertEqual(self.noted("ännu inte"),
                         [f"{left} sända händelser är ännu inte räknade eller ligger före namnrymdens början och räknas aldrig"])


class Check(unittest.TestCase):
    """-n reads everything but Redis, which need not be there."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def check(self, *words, exit=0):
        done = run("export", "-n", "--redis", f"unix:{self.dir}/nobody", *words, check=exit)
        self.assertEqual(done.stdout, "")
        return done.stderr

    def table(self, text, name="tabell.csv"):
        path = self.dir / name
        path.write_text(text)
        return path

    def test_it_says_ok(self):
        org = self.table("enhet;namn;forvaltning;agarform;vardniva;fran;till\nA;n;HS;region;primarvard;2020-01-01;\n")
        said = self.check("ar", "2020", "--by", "enhet,kon", "--rule", "besok/1", "--format", "json", "--org", org)
        self.assertIn("info: OK: besok/1 of 2020", said)
        self.check("alla", "--kallor", self.table("kalla;enhet;kanal;roll;fran;till\nvas;*;*;produktion;2020-01-01;\n"))

    def test_it_says_what_is_wrong(self):
        for words, exit, says in (
                (["ar", "20"], 64, "not a period of this kind"), (["ar", "2020", "--by", "kommun"], 64, "--by"),
                (["ar", "2020", "--by", "dag,kon"], 64, "manad has"), (["ar", "2020", "--rule", "x/1"], 64, "--rule"),
                (["ar", "2020", "--rule", "andel_distans/1", "--by", "period,kanal"], 64, "kanal: not of andel_distans/1"),
                (["ar", "2020", "--format", "pdf"], 64, "--format"), (["ar", "2020", "--format", "csv", "--why"], 64, "--why"),
                (["ar", "2020", "--namespace", "Å"], 64, "--namespace"),
                (["ar", "2020", "--org", self.table("enhet;namn\nA;n\n", "org.csv")], 78, "org.csv"),
                (["ar", "2020", "--kallor", self.table("kalla;enhet;kanal;roll;fran;till\nvas;*;fax;produktion;2020-01-01;\n")], 78, ":2: kanal"),
                (["ar", "2020", "--org", self.dir / "saknas.csv"], 66, "saknas.csv")):
            with self.subTest(says=says):
                self.assertIn(says, self.check(*words, exit=exit))


if __name__ == "__main__":
    unittest.main()
