"""Conformance vectors of domain.md 7.11 from a file to the figures: 1, 2, 6, 7, 8, 11, 16 and 17, named after their numbers."""
import unittest

import source
from source import row


class Vectors(source.Case):
    def parts(self, telefon, video, skriftlig, ej=0, year=2020):
        rows = [row(f"{kanal}-{n}", KANAL=kanal, DATUM=f"{year}-{n % 12 + 1:02}-10")
                for kanal, count in (("TEL", telefon), ("VID", video), ("SKR", skriftlig), ("EJ", ej)) for n in range(count)]
        self.collect(self.write(rows))
        self.p.aggregate()
        return self.p.figures("ar", str(year))["sentence"]

    def test_vector_01_the_published_figure_adds_up(self):
        """102 000, 40 000 and 13 000, in hundredths."""
        self.assertEqual(self.parts(1020, 400, 130), {"text": "Under 2020 genomfördes 1 550 distanskontakter",
                                                      "footnote": "1 020 telefonkontakter, 400 videobesök, 130 skriftlig kontakt"})

    def test_vector_17_parts_that_do_not_add_up_when_rounded_alone(self):
        """102 600, 39 600 and 13 400 in hundredths: 103 + 40 + 13 is 156 and not 155; of a tie the larger part is raised."""
        self.assertEqual(self.parts(1026, 396, 134), {"text": "Under 2020 genomfördes över 1 550 distanskontakter",
                                                      "footnote": "1 030 telefonkontakter, 390 videobesök, 130 skriftlig kontakt"})

    def test_vector_17_the_demo_year_in_hundredths(self):
        self.assertEqual(self.parts(1024, 398, 133), {"text": "Under 2020 genomfördes över 1 550 distanskontakter",
                                                      "footnote": "1 020 telefonkontakter, 400 videobesök, 130 skriftlig kontakt"})

    def test_vector_17_what_is_not_specified_is_a_term_of_its_own(self):
        sentence = self.parts(12, 7, 0, 6)
        self.assertEqual(sentence["text"], "Under 2020 genomfördes 25 distanskontakter")
        self.assertEqual(sentence["footnote"], "12 telefonkontakter, 7 videobesök, 6 distanskontakter av ej specificerad form")

    def test_vector_17_one_and_none(self):
        self.assertEqual(self.parts(1, 0, 0)["text"], "Under 2020 genomfördes 1 distanskontakt")
        self.collect(self.write([row("b", KANAL="BES", DATUM="2019-05-05")], "besok.csv"))
        self.p.aggregate()
        self.assertEqual(self.p.figures("ar", "2019")["sentence"], {"text": "Under 2019 genomfördes inga distanskontakter", "footnote": ""})
        self.assertNotIn("sentence", self.p.figures("ar", "2018"), "not a single contact is no data, which is not 0")

    def test_vector_02_the_month_is_swedish(self):
        taken = self.take([row("a", TID="2020-12-31T23:30:00Z"), row("b", TID="2020-06-30T22:15:00Z"), row("c", TID="2020-06-30T21:59:00Z")], by="dag")
        self.assertEqual(taken.cells(), [("2020-06-30", 1), ("2020-07-01", 1), ("2021-01-01", 1)])

    def test_vector_06_a_correction_and_the_first_version_again(self):
        taken = self.take([row("k", VERSION=1, KANAL="VID"), row("k", VERSION=2, KANAL="TEL"), row("k", VERSION=1, KANAL="VID")], by="kanal")
        self.assertEqual(taken.cells(), [("telefon", 1)])

    def test_vector_06_a_correction_before_the_one_it_follows(self):
        taken = self.take([row("k", VERSION=1, KANAL="VID"), row("k", VERSION=3, KANAL="SKR"), row("k", VERSION=2, KANAL="TEL")], by="kanal")
        self.assertEqual(taken.cells(), [("skriftlig", 1)])
        self.assertEqual(taken.events["stale"], 1)

    def test_vector_07_a_contact_that_moves_to_another_month(self):
        before = self.take([row("k", DATUM="2020-01-31"), *source.good(4, DATUM="2020-01-10"), *source.good(2, 10, DATUM="2020-02-10")], by="period")
        self.assertEqual(before.cells(), [("2020-01", 5), ("2020-02", 2)])
        after = self.take([row("k", VERSION=2, DATUM="2020-02-01")], "rattelse.csv", by="period")
        self.assertEqual(after.cells(), [("2020-01", 4), ("2020-02", 3)])
        for month, antal in (("2020-01", 4), ("2020-02", 3)):
            self.assertEqual(self.p.figures("manad", month, "--rule", "kontakt/1")["totals"]["kontakt/1"]["antal"], antal)

    def test_vector_08_a_retraction_before_the_contact(self):
        self.take([row("k", VERSION=2, STATUS="Makulerad")])
        taken = self.take([row("k", VERSION=1)], "b.csv")
        self.assertEqual((taken.kontakter, taken.balance["contacts"]), (0, {"live": 0, "retracted": 1}))

    def test_vector_11_six_in_a_group_are_one_contact(self):
        taken = self.take([row("k", KANAL="VID", DELTAGARE=6)], by="kanal", rule="distanskontakt/1")
        self.assertEqual(taken.cells(), [("video", 1)])

    def test_vector_16_sex_by_the_sources_own_codes(self):
        """2, K and F all mean kvinna, each in its own source; elsewhere they are unknown."""
        for number, (code, other) in enumerate((("2", "K"), ("K", "F"), ("F", "2"))):
            mapping = self.mapping(("source: telefon", f"source: kalla{number}"), ("{K: kvinna, M: man}", f'{{"{code}": kvinna, "1": man}}'))
            report, _ = self.collect(self.write([row("a", KON=code), row("b", KON=other), row("c", KON="")], f"{number}.csv"), mapping=mapping)
            self.assertEqual(report["files"][0]["rejected"], {"UNKNOWN_CODE": 1})
        figures, _ = self.aggregate(by="kalla,kon")
        self.assertEqual([(c["kalla"], c["kon"], c["antal"]) for c in figures["cells"]],
                         [(f"kalla{n}", kon, 1) for n in range(3) for kon in ("kvinna", "okant")])


VectorsOnKafka = source.on_kafka(Vectors)


if __name__ == "__main__":
    unittest.main()
