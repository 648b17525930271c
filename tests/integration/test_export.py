"""The export as a program: the source registry, the page of a month, counts that are not all there yet, what -n finds."""
import pathlib
import re
import tempfile
import unittest

import source
from oracle import model
from servers import run


class Registry(source.Case):
    """VAS gives way to Cosmic on 1 May 2020, and both send the contacts of March to June."""

    def setUp(self):
        super().setUp()
        self.contacts = []
        for kalla, months in (("vas", range(2, 7)), ("cosmic", range(3, 8))):
            rows = [source.row(f"{kanal}{month}-{n}", DATUM=f"2020-{month:02}-{n + 1:02}", KANAL=kanal, ENHET=unit)
                    for month in months for kanal, unit in (("TEL", "Enhet A"), ("BES", "Enhet A"), ("VID", "Enhet B")) for n in range(month)]
            self.collect(self.write(rows, f"{kalla}.csv"), mapping=self.mapping(("source: telefon", f"source: {kalla}")))
            self.contacts += [{**source.contact(row), "kalla": kalla} for row in rows]
        self.p.aggregate()

    def registry(self, *rows):
        return self.write("kalla;enhet;kanal;roll;fran;till\n" + "".join(row + "\n" for row in rows), "kallor.csv")

    def year(self, *args, by="period,enhet,kanal,kalla", rule="kontakt/1"):
        return self.p.figures("ar", "2020", "--rule", rule, "--by", by, *args)

    def test_a_change_of_system_is_counted_once(self):
        both = self.year()
        registry = self.registry("vas;*;*;produktion;2015-01-01;2020-05-01", "cosmic;*;*;produktion;2020-05-01;")
        once = self.year("--kallor", registry)
        by = ["period", "enhet", "kanal", "kalla"]
        counted = [c for c in self.contacts if c["kalla"] == ("vas" if c["day"].month < 5 else "cosmic")]
        self.assertEqual(model.exported(once), model.cells(counted, by, "kontakt/1"))
        self.assertEqual(len({(c["id"], c["day"]) for c in counted}), len(counted), "no contact twice")
        self.assertEqual(once["totals"]["kontakt/1"]["antal"], len(counted))
        self.assertEqual(once["totals"]["distanskontakt/1"]["antal"], sum(map(model.is_distans, counted)))
        self.assertEqual(once["overlaps"], [])
        left = len(self.contacts) - len(counted)
        self.assertTrue(any(note.startswith(f"{left} avslutade kontakter räknas inte under någon regel: källregistrets rader för dem gäller andra månader: ")
                            for note in once["notes"]), once["notes"])
        self.assertEqual(sum(c["antal"] for c in once["undecided"]), left)
        self.assertFalse([note for note in once["notes"] if "mer än en källa" in note])
        self.assertEqual((once["snapshot"], once["balance"]), (both["snapshot"], both["balance"]), "nothing was counted anew")
        source.laws(self.p, once)

    def test_without_the_registry_both_count_and_the_overlap_is_noted(self):
        figures = self.year(rule="besok/1")
        self.assertEqual(figures["totals"]["kontakt/1"]["antal"], len(self.contacts))
        twice = [c for c in self.contacts if c["day"].month in (3, 4, 5, 6)]
        self.assertIn(f"12 gånger räknas mer än en källa för samma enhet, kanal och månad, {len(twice)} kontakter (kontakt/1), kanske samma dubbelt: "
                      "Enhet A fysisk 2020-03 (cosmic + vas), Enhet A fysisk 2020-04 (cosmic + vas), Enhet A fysisk 2020-05 (cosmic + vas) och 9 till",
                      figures["notes"])
        self.assertEqual((len(figures["overlaps"]), sum(o["antal"] for o in figures["overlaps"])), (12, len(twice)))

    def test_a_supporting_source_and_one_that_was_forgotten(self):
        figures = self.year("--kallor", self.registry("vas;*;telefon;underlag;2015-01-01;"), by="kalla,kanal")
        counted = [c for c in self.contacts if (c["kalla"], c["kanal"]) != ("vas", "telefon")]
        self.assertEqual(model.exported(figures), model.cells(counted, ["kalla", "kanal"], "kontakt/1"))
        self.assertTrue(any(note.startswith(f"{len(counted)} kontakter (kontakt/1) räknas utan att källregistret har någon rad för dem: ")
                            for note in figures["notes"]), figures["notes"])

    def test_a_registry_that_is_wrong_is_78_and_no_figure(self):
        done = self.p.export("ar", "2020", "--kallor", self.registry("vas;*;*;produktion;2020-01-15;"), check=78)
        self.assertIn("kallor.csv:2: fran", done.stderr)
        self.assertEqual(done.stdout, "")
        self.p.export("ar", "2020", "--kallor", self.folder / "saknas.csv", check=66)


class Month(source.Case):
    """The page of a month for people, from files to the terminal."""

    def setUp(self):
        super().setUp()
        rows = []
        for unit, month, counts in (("Enhet A", "2020-10", {"TEL": 20, "VID": 5, "BES": 15}), ("Enhet B", "2020-10", {"TEL": 12}),
                                    ("Enhet A", "2020-09", {"TEL": 10, "BES": 10}), ("Enhet B", "2020-09", {"SKR": 3}),
                                    ("Enhet C", "2020-09", {"TEL": 2}), ("Enhet A", "2019-10", {"TEL": 8})):
            rows += [source.row(f"{unit}{month}{kanal}{n}", ENHET=unit, DATUM=f"{month}-01", KANAL=kanal)
                     for kanal, count in counts.items() for n in range(count)]
        self.collect(self.write(rows))
        self.p.aggregate()
        self.org = self.write("enhet;namn;forvaltning;agarform;vardniva;fran;till\n"
                              "Enhet A;;HS;region;specialiserad;2019-01-01;\n"
                              "Enhet B;;NSV;region;primarvard;2019-01-01;\n"
                              "Enhet C;;NSV;region;primarvard;2019-01-01;\n"
                              "Enhet D;;NSV;region;primarvard;2019-01-01;2020-10-01\n", "org.csv")

    def page(self, *args):
        """The words of each line, which stand two spaces or more apart; and the text."""
        text = self.p.export("manad", "2020-10", "--format", "text", "--org", self.org, *args).stdout
        return [re.split(r" {2,}", line.strip()) for line in text.splitlines()], text

    def test_in_swedish(self):
        lines, text = self.page()
        self.assertTrue(text.startswith("Distanskontakter, 2020-10\nregel distanskontakt/1, version live, läge kp:"), text)
        self.assertEqual(lines[3:11], [
            ["2020-10", "2020-09", "ändring", "%", "2019-10", "ändring", "%"],
            ["Distanskontakter", "37", "15", "+22", "+146,7", "8", "+29", "."],
            ["Telefon", "32", "12", "+20", "+166,7", "8", "+24", "."],
            ["Video", "5", "0", "+5", ".", "0", "+5", "."],
            ["Skriftlig", "0", "3", "−3", ".", "0", "0", "."],
            ["Ospecificerad", "0", "0", "0", ".", "0", "0", "."],
            ["Besök", "15", "10", "+5", "+50,0", "0", "+15", "."],
            ["Andel distans", "71,2 %", "60,0 %", "+11,2 p.e.", ".", "100,0 %", "−28,8 p.e.", "."]])
        self.assertEqual(lines[12:15], [
            ["Förvaltning", "Distans", "fg mån", "fg år", "Besök", "fg mån", "fg år", "Andel"],
            ["HS", "25", "+150,0 %", ".", "15", "+50,0 %", ".", "62,5 %"],
            ["NSV", "12", ".", "..", "0", ".", "..", "100,0 %"]])
        self.assertIn("\nBalans (hela namnrymden; alla lagar håller)\nAtt veta\n", text)
        self.assertIn("\n  - 1 av 3 enheter har ingen räknad kontakt (kontakt/1) i månaden: Enhet C\n", text)

    def test_of_one_forvaltning(self):
        """All but the balance is its own, by the months in which a unit was its own."""
        lines, text = self.page("--forvaltning", "HS")
        self.assertTrue(text.startswith("Distanskontakter, 2020-10, HS\nregel "), text)
        self.assertEqual(lines[4:6], [["Distanskontakter", "25", "10", "+15", "+150,0", "8", "+17", "."],
                                      ["Telefon", "20", "10", "+10", "+100,0", "8", "+12", "."]])
        self.assertEqual(lines[9][:3], ["Besök", "15", "10"])
        self.assertEqual([line[0] for line in lines[12:15]], ["Förvaltning", "HS", ""])
        self.assertNotIn("har ingen räknad kontakt", text)
        self.assertIn("\n  - bara förvaltningen HS räknas, ", text)
        _, text = self.page("--forvaltning", "NSV")
        self.assertIn("\n  - 1 av 2 enheter har ingen räknad kontakt (kontakt/1) i månaden: Enhet C\n", text)
        for by in ("enhet,kanal", "period"):
            whole, mine = (self.p.figures("alla", "--rule", "kontakt/1", "--by", f"forvaltning,{by}", "--org", self.org, *args)
                           for args in ((), ("--forvaltning", "NSV")))
            self.assertEqual(mine["cells"], [cell for cell in whole["cells"] if cell["forvaltning"] == "NSV"])
            self.assertEqual((mine["forvaltning"], mine["balance"]), ("NSV", whole["balance"]))
        self.assertNotIn("sentence", self.p.figures("ar", "2020", "--org", self.org, "--forvaltning", "NSV"))

    def test_a_forvaltning_that_nobody_has(self):
        self.assertIn("--org", self.p.export("manad", "2020-10", "--forvaltning", "HS", check=64).stderr)
        self.assertIn("none of that name", self.p.export("manad", "2020-10", "--forvaltning", "HSS", "--org", self.org, check=64).stderr)

    def test_a_unit_that_moves_away_is_not_missed_where_it_was(self):
        moved = self.org.read_text(encoding="utf-8").replace("Enhet C;;NSV;region;primarvard;2019-01-01;",
                                                             "Enhet C;;NSV;region;primarvard;2019-01-01;2020-10-01\nEnhet C;;HS;region;primarvard;2020-10-01;")
        self.org.write_text(moved, encoding="utf-8")
        self.assertNotIn("Enhet C", self.page("--forvaltning", "NSV")[1])
        self.assertIn("har ingen räknad kontakt (kontakt/1) i månaden: Enhet C", self.page("--forvaltning", "HS")[1])

    def test_in_english(self):
        lines, text = self.page("--english")
        self.assertTrue(text.startswith("Remote contacts, 2020-10\nrule distanskontakt/1, revision live, snapshot kp:"), text)
        self.assertEqual(lines[3][2], "change")
        self.assertEqual(lines[4], ["Remote contacts", "37", "15", "+22", "+146.7", "8", "+29", "."])
        self.assertEqual(lines[9:11], [["Visits", "15", "10", "+5", "+50.0", "0", "+15", "."],
                                       ["Share remote", "71.2 %", "60.0 %", "+11.2 p.p.", ".", "100.0 %", "−28.8 p.p.", "."]])
        self.assertEqual(lines[12], ["Förvaltning", "Remote", "vs month", "vs year", "Visits", "vs month", "vs year", "Share"])
        self.assertIn("\nBalance (the whole namespace; every law holds)\nNotes\n", text)
        self.assertIn("\n  - no counted contact (kontakt/1) in the month from 1 of 3 units: Enhet C\n", text)
        self.assertNotIn("kontakt ", text)


class Deliveries(source.Case):
    def notes(self, *args):
        return [note for note in self.p.figures("ar", "2020", *args)["notes"] if "karantän" in note or "quarantined" in note]

    def test_one_in_quarantine_is_named_and_a_personnummer_in_its_name_is_not(self):
        broken = "POST;KONTAKT\nK;1\n"
        self.collect(self.write(source.good(3)))
        self.p.aggregate()
        self.assertEqual(self.notes(), [])
        self.collect(self.write(broken, "trasig.csv"), check=65)
        self.p.aggregate()
        self.assertEqual(self.notes(), ["0 leveranser är öppna och 1 i karantän, och det som de rymmer kan saknas: telefon trasig.csv (HEADER_MISSING)"])
        self.collect(self.write(broken, "19121212-1212.csv"), check=65)
        self.p.aggregate()
        note, = self.notes("--english")
        self.assertTrue(note.startswith("0 deliveries are open and 2 quarantined, and what they hold may be missing: "), note)
        self.assertIn("telefon (name withheld) (", note)
        self.assertNotIn("1212", note)


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
