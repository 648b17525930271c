"""The programs one by one, as an operator runs them: broker, ops init, collect, aggregate --once, export."""
import csv
import io
import json
import re
import unittest

import source
from oracle import model
from servers import Pipeline, kafka

LABEL = {"telefon": "Telefon", "video": "Video", "skriftlig": "Skriftlig", "ej_specificerad": "Distans, ej specificerad", "fysisk": "Fysisk"}


class ByHand(source.Case):
    """One load for all tests, which change nothing."""

    @classmethod
    def setUpClass(cls):
        cls.p = kafka.KafkaPipeline() if cls.real else Pipeline()
        cls.addClassCleanup(cls.p.close)
        cls.folder = cls.p.dir / "kallor"
        cls.folder.mkdir()
        rows, cls.contacts = source.generate(seed=1, count=600)
        half = len(rows) // 2
        one = cls()
        cls.parts = [one.write([*rows[:half], source.row("FEL", KANAL="FAX")], "del-1.csv"), one.write([*rows[half:], source.row("S", POST="S")], "del-2.csv")]
        cls.rows = rows
        cls.report, _ = one.collect(*cls.parts)
        cls.p.aggregate()

    def setUp(self):
        pass

    def test_each_partition_stands_at_its_high_watermark_and_has_consumed_all(self):
        records = self.p.records()
        for number, high in enumerate(self.p.high()):
            m = self.p.meta(number)
            consumed = sum(int(n) for name, n in m.items() if name.startswith("s."))
            self.assertEqual(int(m["off"]), high)
            self.assertEqual(int(m["off"]), int(m["base"]) + consumed)
            self.assertEqual(consumed, sum(1 for r in records if r[0] == number))
            self.assertEqual((m["ahead"], m["cells"]), (m["off"], m["off"]))

    def test_every_law_of_the_balance_holds(self):
        figures = self.figures()
        source.laws(self.p, figures)
        self.assertEqual(figures["balance"]["records"], {"read": len(self.rows) + 2, "sent": len(self.rows), "not_contact": 1, "rejected": {"UNKNOWN_CODE": 1}})
        self.assertEqual(figures["balance"]["deliveries"], {"complete": 2, "open": 0, "quarantined": {}})
        self.assertEqual(figures["balance"]["contacts"]["live"], len(self.contacts))

    def test_every_cell_of_every_rule_is_the_models(self):
        for rule in model.RULES:
            for by in (*source.EVERYTHING, "period", "kanal", "enhet,alder", "forvaltning,agarform,vardniva"):
                with self.subTest(rule=rule, by=by):
                    self.assertEqual(model.exported(self.figures(by, rule)), model.cells(self.contacts, by.split(","), rule))

    def test_shares_are_the_models(self):
        distans = {cell[0]: cell[1] for cell in model.cells(self.contacts, ["period"], "distanskontakt/1")}
        besok = {cell[0]: cell[1] for cell in model.cells(self.contacts, ["period"], "besok/1")}
        for cell in self.figures("period", "andel_distans/1")["cells"]:
            n = distans.get(cell["period"], 0)
            self.assertEqual((cell["taljare"], cell["namnare"]), (n, n + besok.get(cell["period"], 0)))

    def test_periods_add_up(self):
        def antal(*period):
            return self.p.figures(*period, "--by", "kanal")["totals"]["distanskontakt/1"]["antal"]
        months = [antal("manad", f"2020-{month:02}") for month in range(1, 13)]
        self.assertEqual([antal("halvar", "2020-1"), antal("halvar", "2020-2")], [sum(months[:6]), sum(months[6:])])
        self.assertEqual([antal("ar", "2020"), antal("alla"), antal("ar", "2019")], [sum(months), sum(months), 0])

    def test_formats_give_the_same_cells(self):
        for rule, numbers, divisions in (("distanskontakt/1", ["antal"], ("period,kanal", "dag,enhet", "enhet,kanal,kon,alder")),
                                         ("andel_distans/1", ["taljare", "namnare"], ("period", "dag,enhet", "enhet,kon,alder"))):
            for by in divisions:
                with self.subTest(rule=rule, by=by):
                    self.compare_formats(by, rule, numbers)

    def compare_formats(self, by, rule, numbers):
        def export(form):
            return self.p.export("ar", "2020", "--rule", rule, "--by", by, "--format", form).stdout
        dimensions = by.split(",")
        figures = json.loads(export("json"))
        cells = [[c[d] for d in dimensions] + [c[n] for n in numbers] for c in figures["cells"]]
        head, *rows = csv.reader(io.StringIO(export("csv")))
        self.assertEqual(head, dimensions + numbers)
        self.assertEqual([row[:len(dimensions)] + list(map(int, row[len(dimensions):])) for row in rows], cells)
        excel = export("excel-csv")
        self.assertTrue(excel.startswith("\ufeff"))
        head, *rows = csv.reader(io.StringIO(excel[1:]), delimiter=";")
        self.assertEqual([row[:len(dimensions)] + list(map(int, row[len(dimensions):len(dimensions) + len(numbers)])) for row in rows], cells)
        if rule == "andel_distans/1":
            self.assertEqual([row[-1] for row in rows], [percent(c[-2], c[-1]) for c in cells])
        self.assertEqual(self.text_cells(export("text"), figures, numbers), cells)

    def text_cells(self, text, figures, numbers):
        """The table for people, read back: columns stand under their titles, two spaces apart."""
        lines = text.splitlines()
        begin = next(i for i, line in enumerate(lines) if line.startswith(("Period", "Dag", "Enhet")))
        end = next(i for i, line in enumerate(lines) if line.startswith("Summa"))
        back = {label: value for value, label in LABEL.items()}
        ages = {"0–17 år": "0-17", "18–44 år": "18-44", "45–64 år": "45-64", "65–79 år": "65-79", "80 år och äldre": "80+", "Okänd ålder": "okand"}
        sexes = {"Kvinna": "kvinna", "Man": "man", "Okänt": "okant"}
        cells = []
        for line in lines[begin + 1:end]:
            parts = re.split(r" {2,}", line.strip())
            count = len(figures["dimensions"])
            values = [{"kanal": back, "alder": ages, "kon": sexes}.get(d, {}).get(v, v) for d, v in zip(figures["dimensions"], parts)]
            cells.append(values + [int(n.replace(" ", "")) for n in parts[count:count + len(numbers)]])
        return cells

    def test_cells_are_sorted_by_their_text(self):
        for by in source.EVERYTHING:
            keys = [[c[d] for d in by.split(",")] for c in self.figures(by)["cells"]]
            self.assertEqual(keys, sorted(keys, key=lambda key: [text.encode() for text in key]))

    def test_dimensions_that_no_cube_carries(self):
        for by in ("dag,kon", "dag,alder", "kon,dag,enhet"):
            done = self.p.export("ar", "2020", "--by", by, check=64)
            self.assertEqual(done.stdout, "")
            has = {cube: set(names.split(", ")) for cube, names in re.findall(r"(\w+) has ([\w, ]+)", done.stderr)}
            both = {"period", "forvaltning", "enhet", "agarform", "vardniva", "kalla", "kanal", "form", "vardform"}
            self.assertEqual(set(has), {"dag", "manad"})
            self.assertTrue(both | {"dag"} <= has["dag"] and not has["dag"] & {"kon", "alder"}, done.stderr)
            self.assertTrue(both | {"kon", "alder"} <= has["manad"] and "dag" not in has["manad"], done.stderr)

    def test_wrong_uses(self):
        for words in (["ar", "2020", "--by", "kommun"], ["ar", "2020", "--by", "kanal,kanal"],
                      ["ar", "2020", "--rule", "andel_distans/1", "--by", "period,kanal"], ["ar", "20"], ["kvartal", "2020-1"], ["ar"], ["alla", "2020"],
                      ["ar", "2020", "--rule", "distanskontakt/9"], ["ar", "2020", "--format", "pdf"], ["manad", "2020-13"], []):
            done = self.p.export(*words, check=64)
            self.assertEqual(done.stdout, "")
            self.assertTrue(done.stderr)

    def test_counting_again_counts_nothing(self):
        before = self.p.redis.cells()
        done = self.p.aggregate()
        self.assertIn("consumed 0 now", done.stderr)
        self.assertEqual(self.p.redis.cells(), before)

    def test_a_file_is_written_whole(self):
        path = self.p.dir / "ar.json"
        shown = self.p.export("ar", "2020", "--format", "json").stdout
        self.assertEqual(self.p.export("ar", "2020", "--format", "json", "--out", path).stdout, "")
        self.assertEqual(path.read_text(), shown)
        self.p.export("ar", "2020", "--by", "dag,kon", "--out", path, check=64)
        self.assertEqual(path.read_text(), shown, "a failed export leaves what was there")

    def test_every_figure_says_whether_it_is_a_trial(self):
        """It is on the embedded broker alone."""
        self.assertEqual(any(note.startswith("trial") for note in self.figures()["notes"]), not self.real)

    def test_why_leads_from_all_contacts_to_the_rule(self):
        why = self.p.figures("ar", "2020", "--why")["why"]["distanskontakt/1"]
        kept = [c for c in self.contacts if model.is_kontakt(c)]
        self.assertEqual((why[0]["antal"], why[-1]["antal"]), (len(self.contacts), sum(map(model.is_distans, kept))))
        self.assertEqual(why[0]["antal"] - sum(line["antal"] for line in why if line["sign"] == "-"), why[-1]["antal"])
        fell = {line["text"]: line["antal"] for line in why if line["sign"] == "-"}
        outpatient = [c for c in kept if c["vardform"] == "oppen"]
        remote = [c for c in outpatient if c["kanal"] != "fysisk"]
        self.assertEqual({step: n for step, n in fell.items() if n}, {"ej avslutad": len(self.contacts) - len(kept), "sluten vård": len(kept) - len(outpatient),
                                                                      "fysisk": len(outpatient) - len(remote), "ej kvalificerad": sum(c["qualified"] == "nej" for c in remote)})


class Base(source.Case):
    def test_counting_begins_at_the_base(self):
        self.collect(self.write(source.good(40)))
        self.p.aggregate()
        self.p.ns = "senare"
        self.p.init("--base", "1", check=0)
        figures, _ = self.aggregate()
        self.assertEqual([int(self.p.meta(n)["base"]) for n in range(4)], [1] * 4)
        self.assertEqual([int(self.p.meta(n)["off"]) for n in range(4)], self.p.high())
        self.assertEqual(figures["totals"]["kontakt/1"]["antal"], 40, "what lies below the base is the four openings")

    def test_a_base_beyond_the_log_is_refused(self):
        self.p.ns = "annan"
        self.p.init("--base", "5", check=65)
        self.assertEqual(self.p.redis.call("KEYS", "kp:{annan*"), [])

    def test_a_namespace_is_made_once(self):
        before = self.p.meta(0)
        done = self.p.init(check=65)
        self.assertIn("there already", done.stderr)
        self.assertEqual(self.p.meta(0), before)

    def test_another_number_of_partitions_is_refused(self):
        self.p.ns = "annan"
        done = self.p.init("--partitions", "8", check=65)
        self.assertIn("4 partitions, not the 8", done.stderr)

    def test_another_topic_than_the_namespaces_is_refused(self):
        right = self.p.topic
        self.p.topic = self.p.broker.fresh_topic() if self.real else "annan.handelse.v1"
        self.p.put([(0, b"x", b"y")])
        done = self.p.aggregate(check=65)
        self.assertIn(f"counts topic {right}, not {self.p.topic}", done.stderr)


def percent(part, whole):
    tenths = (2000 * part + whole) // (2 * whole)
    return f"{tenths // 10},{tenths % 10}"


ByHandOnKafka, BaseOnKafka = map(source.on_kafka, (ByHand, Base))


if __name__ == "__main__":
    unittest.main()
