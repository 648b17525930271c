"""The dated organisation table: a reorganisation is an edit of a table, not a recount."""
import unittest

import source
from oracle import model
from servers import wait_until

HEAD = "enhet;namn;forvaltning;agarform;vardniva;fran;till\n"


class Organisation(source.Case):
    def setUp(self):
        super().setUp()
        self.rows, self.contacts = source.generate(seed=5, count=400)
        self.collect(self.write(self.rows))
        self.p.aggregate()
        self.units = sorted({c["unit"] for c in self.contacts if c["unit"]})

    def table(self, moved=None, name="org.csv"):
        """Every unit in NSV, half of them private; `moved` goes to HS on 1 July."""
        lines = []
        for number, unit in enumerate(self.units):
            form = "privat" if number % 2 else "region"
            if unit == moved:
                lines += [f"{unit};;NSV;{form};primarvard;2020-01-01;2020-07-01", f"{unit};;HS;{form};specialiserad;2020-07-01;"]
            else:
                lines.append(f"{unit};;NSV;{form};primarvard;2019-01-01;")
        return self.write(HEAD + "\n".join(lines) + "\n", name)

    def by_month(self, org, by="period,forvaltning"):
        figures = self.p.figures("ar", "2020", "--rule", "kontakt/1", "--by", by, "--org", org)
        self.assertEqual(model.exported(figures), model.cells(self.contacts, by.split(","), "kontakt/1", model.Organisation(org)))
        return figures

    def test_a_unit_that_moves_on_the_first_of_july(self):
        running = self.p.start_aggregate()
        self.addCleanup(running.kill)
        before = self.by_month(self.table())
        unit = self.units[3]
        after = self.by_month(self.table(moved=unit))
        moved = {f"2020-{month:02}": 0 for month in range(1, 13)}
        for cell in model.cells(self.contacts, ["period"], "kontakt/1", keep=lambda c: c["unit"] == unit):
            moved[cell[0]] = cell[1]
        self.assertGreater(sum(moved[f"2020-{m:02}"] for m in range(7, 13)), 0)

        def of(figures, forvaltning):
            return {c["period"]: c["antal"] for c in figures["cells"] if c["forvaltning"] == forvaltning}
        self.assertEqual(of(before, "HS"), {})
        self.assertEqual(of(after, "HS"), {m: n for m, n in moved.items() if m >= "2020-07" and n})
        self.assertEqual(of(after, "NSV"), {m: n - (moved[m] if m >= "2020-07" else 0) for m, n in of(before, "NSV").items()})
        self.assertEqual(after["totals"], before["totals"], "the region's total does not change")
        self.assertEqual(after["snapshot"], before["snapshot"], "and nothing was counted anew")
        self.assertTrue(running.alive(), "without any restart")

    def test_ownership_and_level_by_the_table(self):
        self.by_month(self.table(moved=self.units[3]), "period,agarform,vardniva")

    def test_a_unit_that_the_table_does_not_know(self):
        self.units = self.units[2:]
        figures = self.by_month(self.table(), "forvaltning")
        known = set(self.units)
        missing = {name: n for name, n in model.cells(self.contacts, ["enhet"], "kontakt/1") if name not in known}
        self.assertEqual({u["enhet"]: u["antal"] for u in figures["unclassified"]}, missing)
        self.assertIn("(tom)", missing)
        self.assertEqual(next(c["antal"] for c in figures["cells"] if c["forvaltning"] == "OKAND"), sum(missing.values()))
        self.assertEqual(sum(c["antal"] for c in figures["cells"]), sum(map(model.is_kontakt, self.contacts)), "never dropped")

    def test_without_a_table_everything_is_unknown(self):
        figures = self.p.figures("ar", "2020", "--rule", "kontakt/1", "--by", "forvaltning")
        self.assertEqual([c["forvaltning"] for c in figures["cells"]], ["OKAND"])

    def test_a_new_unit_while_the_aggregator_runs(self):
        running = self.p.start_aggregate()
        self.addCleanup(running.kill)
        self.contacts += [source.contact(r) for r in source.good(3, ENHET="Enhet ny")]
        self.collect(self.write(source.good(3, ENHET="Enhet ny"), "ny.csv"))
        wait_until(lambda: self.p.redis.offsets() == self.p.high(), "the new ones are counted")
        self.assertIn("Enhet ny", [u["enhet"] for u in self.by_month(self.table())["unclassified"]])
        self.units.append("Enhet ny")
        self.assertNotIn("Enhet ny", [u["enhet"] for u in self.by_month(self.table())["unclassified"]])

    def test_a_byte_order_mark_and_windows_line_ends(self):
        org = self.table()
        other = self.write("\ufeff" + org.read_text().replace("\n", "\r\n"), "windows.csv")
        self.assertEqual(self.by_month(other)["cells"], self.by_month(org)["cells"])


OrganisationOnKafka = source.on_kafka(Organisation)


if __name__ == "__main__":
    unittest.main()
