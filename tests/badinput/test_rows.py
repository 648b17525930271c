"""Bad input in files: rows 1-42 of the bad-input matrix, each through collector, Kafka, aggregator and export.

Whatever happens to a row: it is counted under its reason, the good rows of the same file count, and every law of the
balance holds (source.Case checks them each time).
"""
import unittest

import source
from oracle import model
from source import csv, good, on_kafka, row
from servers import run

FIRST, LAST = "1900-01-01", "2079-06-06"


class Base(source.Case):
    """What a test of a file says of it."""

    def expect(self, taken, read, rejected=None, **notes):
        """So many records read, so many of each reason, all others counted."""
        rejected = rejected or {}
        self.assertEqual(taken.file["outcome"], "complete")
        self.assertEqual(taken.file["read"], read)
        self.assertEqual(taken.rejected, rejected)
        self.assertEqual(taken.balance["records"]["rejected"], rejected)
        self.assertEqual(taken.notes, notes)
        self.assertEqual(taken.kontakter, read - sum(rejected.values()))

    def quarantined(self, taken, reason):
        """Nothing of the file counts, and the file is listed under the reason."""
        self.assertEqual((taken.file["outcome"], taken.file["reason"]), ("quarantined", reason))
        self.assertEqual(taken.balance["deliveries"], {"complete": 0, "open": 0, "quarantined": {reason: 1}})
        self.assertEqual((taken.kontakter, taken.balance["records"]["sent"]), (0, 0))
        self.assertIn(reason, taken.stderr)

    def rejects(self):
        """Lines of the lists of rejected records."""
        return [line for path in sorted((self.p.state / "avvisade").glob("*.txt")) for line in path.read_text().splitlines()]


class Files(Base):
    """What is wrong with a file as a file."""

    def test_row_01_empty_file(self):
        self.expect(self.take(b""), 0, EMPTY_BATCH=1)

    def test_row_01_header_only(self):
        self.expect(self.take([]), 0, EMPTY_BATCH=1)

    def test_row_02_header_missing(self):
        taken = self.take(csv(good(3), [name for name in source.ROW if name != "KANAL"]), check=65)
        self.quarantined(taken, "HEADER_MISSING")
        self.assertIn("KANAL", taken.stderr)

    def test_row_02_no_header_at_all(self):
        taken = self.take(csv(good(3)).split("\n", 1)[1], check=65)
        self.quarantined(taken, "HEADER_MISSING")
        self.assertNotIn("Enhet A", taken.stderr)        # the first record is no header and must not be shown as one

    def test_row_02_unknown_column(self):
        rows = [{**r, "ANNAT": "x"} for r in good(3)]
        taken = self.take(csv(rows, [*source.ROW, "ANNAT"]))
        self.expect(taken, 3)
        self.assertIn("1 columns that the mapping does not read", taken.stderr)

    def test_row_02_duplicated_column(self):
        taken = self.take(csv(good(3), [*source.ROW, "KANAL"]), check=65)
        self.quarantined(taken, "HEADER_DUPLICATE")
        self.assertIn("KANAL", taken.stderr)

    def test_row_02_reordered_columns(self):
        taken = self.take(csv(good(3), sorted(source.ROW, reverse=True)))
        self.expect(taken, 3)
        self.assertEqual(taken.cells(), [("2020-03", "Enhet A", "telefon", 3)])

    def test_row_03_byte_order_mark(self):
        self.expect(self.take("\ufeff" + csv(good(3))), 3)

    def test_row_04_latin_1_where_utf_8_is_declared(self):
        data = csv(good(2)).encode() + csv([row("L", ENHET="Vård å")], (), "").encode() \
            + csv([row("L", ENHET="Vård å")]).split("\n", 1)[1].encode("latin-1")
        self.expect(self.take(data), 3, {"ENCODING": 1})

    def test_row_04_windows_1252_where_it_is_declared(self):
        data = csv([row("L", ENHET="Vård å – 1", STATUS="Klar")]).encode("cp1252")
        taken = self.take(data, mapping=self.mapping(("encoding: utf-8", "encoding: cp1252")))
        self.expect(taken, 1)
        self.assertEqual(taken.cells(), [("2020-03", "Vård å – 1", "telefon", 1)])

    def test_row_05_utf_16(self):
        self.quarantined(self.take(csv(good(3)).encode("utf-16"), check=65), "ENCODING")

    def test_row_06_delimiter_is_never_guessed(self):
        for delimiter in ",\t|":
            with self.subTest(delimiter):
                report, stderr = self.collect(self.write(csv(good(3), delimiter=delimiter), f"{ord(delimiter)}.csv"), check=65)
                self.assertEqual((report["files"][0]["outcome"], report["files"][0]["reason"]), ("quarantined", "DELIMITER"))
        figures, _ = self.aggregate()
        self.assertEqual(figures["balance"]["deliveries"]["quarantined"], {"DELIMITER": 3})
        self.assertEqual(figures["totals"]["kontakt/1"]["antal"], 0)

    def test_row_06_delimiter_by_the_mapping(self):
        for number, (name, delimiter) in enumerate([(",", ","), ("tab", "\t"), ("|", "|")], 1):
            mapping = self.mapping(('delimiter: ";"', f'delimiter: "{name}"'))
            taken = self.take(csv(good(3, 10 * number), delimiter=delimiter), f"{number}.csv", mapping=mapping)
            self.assertEqual(taken.kontakter, 3 * number)

    def test_row_07_line_ends(self):
        head, a, b, c = csv([*good(2), row("CR", ENHET="En\rhet")]).split("\n")[:4]
        self.expect(self.take(f"{head}\r\n{a}\r\n{b}\n{c}\n{csv(good(1, 9)).split(chr(10))[1]}\r\n"), 4, {"LINE_END": 1})
        self.assertIn(":4: LINE_END", self.rejects()[0])

    def test_row_08_quotes(self):
        taken = self.take(csv([row("Q1", ENHET='"En\nhet; A"'), row("Q2", ENHET='"Enhet ""B"""'), row("Q3", ENHET='Enhet "C"'), *good(1)]))
        # A line end is no part of a unit's name: that record is rejected for what it says, not for how it is quoted.
        self.assertEqual(taken.rejected, {"QUOTE": 1, "FIELD_INVALID": 1})
        self.assertEqual(taken.cells(), [("2020-03", 'Enhet "B"', "telefon", 1), ("2020-03", "Enhet A", "telefon", 1)])

    def test_row_08_quoted_delimiter_and_line_end_in_a_column_that_is_not_sent(self):
        taken = self.take(csv([row("Q1", ENHET='"Enhet; A"'), row('"Q\n2"', ENHET="B")]))
        self.assertEqual(taken.rejected, {"ID_INVALID": 1})
        rows = [{**row("Q3"), "ANNAT": '"rad 1\nrad ""2"" ; 3"'}, {**row("Q4"), "ANNAT": ""}]
        taken = self.take(csv(rows, [*source.ROW, "ANNAT"]), "b.csv")
        self.assertEqual((taken.file["read"], taken.rejected, taken.kontakter), (2, {}, 3))

    def test_row_09_unterminated_quote(self):
        taken = self.take(csv([*good(5), row("U", ENHET='"Enhet'), *good(5, 20)]), check=65)
        self.quarantined(taken, "QUOTE_EOF")
        self.assertIn("at line 7", taken.stderr)

    def test_row_10_columns(self):
        lines = csv(good(4)).splitlines()
        lines[1] += ";"
        lines[2] = lines[2].rsplit(";", 1)[0]
        self.expect(self.take("\n".join(lines) + "\n"), 4, {"COLUMNS": 2})
        self.assertEqual([line.split(" offset ")[0] for line in self.rejects()],
                         ["kontakter.csv:2: COLUMNS", "kontakter.csv:3: COLUMNS"])

    def test_row_11_last_line_without_an_end(self):
        self.expect(self.take(csv(good(3)).rstrip("\n")), 3, TRUNCATED=1)

    def test_row_14_same_file_again(self):
        self.take(good(3))
        before = self.p.high()
        taken = self.take(good(3))
        self.assertEqual((taken.file["outcome"], taken.notes), ("dup_file", {"DUP_FILE": 1}))
        self.assertEqual(self.p.high(), before, "nothing is sent")
        self.assertEqual(taken.kontakter, 3)

    def test_row_14_same_content_under_another_name(self):
        self.take(good(3))
        taken = self.take(good(3), "kopia.csv")
        self.assertEqual((taken.file["outcome"], taken.file["reading"], taken.file["sent"]), ("complete", 2, 3))
        self.assertEqual((taken.kontakter, taken.events["applied"], taken.events["duplicate"]), (3, 3, 3))

    def test_row_14_other_content_under_the_same_name(self):
        self.take(good(3))
        taken = self.take([row("G1", VERSION=2, KANAL="VID"), *good(3, 2)])
        self.assertEqual((taken.file["outcome"], taken.file["reading"]), ("complete", 1))
        self.assertEqual(taken.cells(), [("2020-03", "Enhet A", "telefon", 3), ("2020-03", "Enhet A", "video", 1)])

    def test_row_15_control_characters(self):
        self.expect(self.take([row("C1", ENHET="En\0het"), row("C2", ENHET="En\x01het"), row("C3", ENHET="En\x7fhet"), *good(2)]),
                    5, {"CONTROL_CHAR": 3})

    def test_row_16_line_too_long(self):
        self.expect(self.take([row("L1", ENHET="x" * 70_000), row("L2", ENHET="y" * (16 << 20)), *good(2)]), 4, {"LINE_TOO_LONG": 2})


FilesOnKafka = on_kafka(Files)


class Rows(Base):
    """What is wrong with a record."""

    def spoiled(self, reason, *rows, column=None, keep=2, **kwargs):
        """Every one of the rows is rejected for this reason (at this column), and the good ones beside them count."""
        taken = self.take([*rows[:1], *good(keep), *rows[1:]], **kwargs)
        self.expect(taken, len(rows) + keep, {reason: len(rows)})
        self.assertEqual(len(self.rejects()), len(rows))
        for line in self.rejects():
            self.assertIn(f": {reason}" + (f" ({column})" if column else ""), line)
        return taken

    def test_row_19_id_missing(self):
        self.spoiled("ID_MISSING", row(""), row("   "), column="KONTAKT")

    def test_row_19_id_too_long(self):
        taken = self.take([row("x" * 129), row("x" * 128), row("å" * 64), row("å" * 65)])
        self.expect(taken, 4, {"ID_INVALID": 2})

    def test_row_22_version_missing(self):
        self.spoiled("VERSION_MISSING", row("V1", VERSION=""), row("V2", VERSION=" "), column="VERSION")

    def test_row_22_version_missing_in_the_file_name(self):
        mapping = self.mapping(("{number: {path: VERSION}}", r"{filename: '_([0-9]{8})\.csv$'}"))
        taken = self.take(good(2), "utan-datum.csv", mapping=mapping)
        self.assertEqual(taken.rejected, {"VERSION_MISSING": 2})
        taken = self.take(good(2), "kontakter_20200401.csv", mapping=mapping)
        self.assertEqual((taken.rejected, taken.kontakter), ({}, 2))

    def test_row_22_version_that_is_none(self):
        self.spoiled("VERSION_INVALID", row("V1", VERSION="ett"), row("V2", VERSION="-1"), row("V3", VERSION="1.5"), column="VERSION")

    def test_row_23_same_version_other_content(self):
        taken = self.take([row("A"), row("A", KANAL="VID"), *good(1)])
        self.assertEqual((taken.events["conflict"], taken.events["applied"]), (1, 2))
        self.assertEqual(taken.cells(), [("2020-03", "Enhet A", "telefon", 2)], "the first stands")
        self.assertEqual([letter["reason"] for letter in self.dead_letters()], ["VERSION_CONFLICT"])

    def test_row_24_lower_version(self):
        taken = self.take([row("A", VERSION=5, KANAL="VID"), row("A", VERSION=4), *good(1)])
        self.assertEqual((taken.events["stale"], taken.events["applied"]), (1, 2))
        self.assertEqual([cell[2:] for cell in taken.cells()], [("telefon", 1), ("video", 1)])
        self.assertEqual(self.dead_letters(), [])

    def test_row_25_version_above_48_bits(self):
        taken = self.spoiled("VERSION_FUTURE", row("A", VERSION=2**48), row("A", VERSION=2**64 - 1), row("A", VERSION=2**48 + 7), column="VERSION")
        self.assertEqual(taken.kontakter, 2)
        taken = self.take([row("A", VERSION=2**48 - 1)], "b.csv")
        self.assertEqual((taken.rejected, taken.kontakter), ({}, 3), "the contact is not poisoned, and the highest version is one")

    def test_row_25_changed_in_the_future(self):
        mapping = self.mapping(("version: {number: {path: VERSION}}", 'version: {time: [{path: VERSION}, {date: "YYYY-MM-DD HH:mm"}]}'))
        taken = self.take([row("A", VERSION="9999-12-31 23:59"), row("B", VERSION="2026-06-03 14:01"),
                           row("C", VERSION="2026-06-03 13:59"), row("D", VERSION="2020-03-05 12:00")], mapping=mapping)
        self.assertEqual(taken.rejected, {"VERSION_FUTURE": 2})     # the clock is 2026-06-01 14:00 in Sweden
        self.assertEqual(taken.kontakter, 2)
        taken = self.take([row("A", VERSION="2020-03-05 12:00")], "b.csv", mapping=mapping)
        self.assertEqual(taken.kontakter, 3, "the contact is not poisoned")

    def test_row_26_dates_that_are_none(self):
        dates = ["2026-02-30", "2026-13-01", "0000-00-00", "26-01-02", "01/02/2026", "46024", "2025-02-29", "2026-1-2", "20260102", "i dag"]
        self.spoiled("DATE_INVALID", *(row(f"D{n}", DATUM=date) for n, date in enumerate(dates)), column="DATUM")

    def test_row_26_no_date(self):
        self.spoiled("FIELD_MISSING", row("D", DATUM=""), column="DATUM")

    def test_row_27_contact_in_the_future(self):
        self.spoiled("DATE_FUTURE", row("F1", DATUM="2026-06-02"), row("F2", DATUM="2027-01-01", STATUS="Utebliven"), column="DATUM")

    def test_row_27_booked_visit_in_the_future(self):
        taken = self.take([row("F1", DATUM="2026-06-02", STATUS="Bokad"), row("F2", DATUM="2026-06-01"), row("F3", DATUM="2026-07-01", STATUS="Inställd")])
        self.assertEqual((taken.rejected, taken.balance["contacts"]["live"], taken.kontakter), ({}, 3, 1))

    def test_row_28_before_1900_and_after_2079(self):
        self.clock = "2100-01-01T00:00:00Z"
        taken = self.spoiled("DATE_INVALID", row("H1", DATUM="1899-12-31"), row("H2", DATUM="2079-06-07"), row("H3", DATUM="1800-01-01"),
                             row("H4", DATUM="2099-01-01"), column="DATUM")
        self.assertEqual(taken.kontakter, 2)
        taken = self.take([row("E1", DATUM=FIRST), row("E2", DATUM=LAST)], "b.csv", by="dag")
        self.assertEqual((taken.rejected, [cell[0] for cell in taken.cells()]), ({}, [FIRST, "2020-03-04", LAST]))

    def test_row_29_instant_at_the_edge_of_a_month(self):
        taken = self.take([row("Z1", TID="2026-01-31T23:30:00Z"), row("Z2", TID="2026-01-31T22:59:59.123456789Z"),
                           row("Z3", TID="2025-12-31T18:00:00-05:00"), row("Z4", TID="2026-02-01T00:30:00+0100")], by="dag")
        self.assertEqual(taken.cells(), [("2026-01-01", 1), ("2026-01-31", 1), ("2026-02-01", 2)])

    def test_row_30_time_without_a_zone(self):
        taken = self.take([row("S1", LOKAL="2026-01-31 23:30"), row("S2", LOKAL="2020-10-25 02:30"), row("S3", LOKAL="2020-03-29 02:30"),
                           row("S4", LOKAL="2026-02-01 00:00")], by="dag")
        self.assertEqual(taken.cells(), [("2020-03-29", 1), ("2020-10-25", 1), ("2026-01-31", 1), ("2026-02-01", 1)])

    def test_row_32_sex_blank(self):
        taken = self.take([row("K1", KON=""), row("K2", KON=" "), row("K3", KON="M")], by="kon")
        self.assertEqual((taken.rejected, taken.cells()), ({}, [("man", 1), ("okant", 2)]))

    def test_row_33_ages_that_are_none(self):
        self.spoiled("AGE_INVALID", row("A1", ALDER="-1"), row("A2", ALDER="126"), row("A3", FODD="2020-03-05"), row("A4", FODD="1894-03-04"),
                     row("A5", ALDER="ung"))

    def test_row_33_age_unknown_and_edges(self):
        taken = self.take([row("A1"), row("A2", ALDER="0"), row("A3", ALDER="125"), row("A4", FODD="2020-03-04"), row("A5", FODD="1894-03-05"),
                           row("A6", FODD="2002-03-04"), row("A7", FODD="2002-03-05")], by="alder")
        self.assertEqual(taken.cells(), [("0-17", 3), ("18-44", 1), ("80+", 2), ("okand", 1)])

    def test_row_34_personnummer(self):
        right = ["19121212-1212", "191212121212", "121212+1212", "1212121212", "121212-1212", "201212721219", "20121272-1219"]
        rows = [row(f"P{n}", PNR=number, KON="", DATUM="2020-03-04") for n, number in enumerate(right)]
        rows += [row("R1", PNR="19560814-R12A", KON=""), row("R2", PNR="560814-TF12", KON="K")]     # reserve numbers tell no sex
        rows += [row("F1", PNR="19121212-1213", KON=""), row("F2", PNR="nummer", KON="")]           # wrong digit, no number
        taken = self.take(rows, by="kon,alder")
        self.assertEqual(taken.rejected, {})
        self.assertEqual(taken.notes, {"PNR_INVALID": 2})
        self.assertEqual(taken.kontakter, len(rows), "the contact still counts")
        # 121212 without a century: the latest birth that is not after the contact, so 2012; with +, a hundred years before.
        self.assertEqual(taken.cells(), sorted([("man", "80+", 3), ("man", "0-17", 4), ("okant", "45-64", 1), ("kvinna", "45-64", 1), ("okant", "okand", 2)]))

    def test_row_35_personnummer_in_a_unit(self):
        taken = self.spoiled("PNR_LEAK", row("L1", ENHET="Mottagning 19121212-1212"), row("L2", ENHET="121212-1212"), column="ENHET")
        self.assertIn("privacy alarm", taken.stderr)

    def test_row_35_personnummer_in_the_file_name(self):
        taken = self.take(good(3), "patient-19121212-1212.csv", check=65)
        self.quarantined(taken, "PNR_LEAK")
        self.assertIn("privacy alarm", taken.stderr)
        self.assertNotIn("1212-1212", taken.stderr + taken.file["file"])

    def test_row_35_personnummer_as_identities(self):
        numbers = list(personnummer())[:8]
        stopped = self.take([*(row(number) for number in numbers), *good(22)], check=65)
        self.quarantined(stopped, "PNR_LEAK")

    def test_row_35_some_identities_look_like_one(self):
        numbers = list(personnummer())[:4]
        taken = self.take([*(row(number) for number in numbers), *good(26)])
        self.assertEqual((taken.file["outcome"], taken.kontakter), ("complete", 30))

    def test_row_36_unit_unknown_closed_and_blank(self):
        table = "enhet;namn;forvaltning;agarform;vardniva;fran;till\n"
        org = self.write(table + "Enhet A;A;NSV;region;primarvard;2020-01-01;\nEnhet B;B;NSV;region;primarvard;2019-01-01;2020-03-01\n", "org.csv")
        self.take([row("U1"), row("U2", ENHET="Enhet B"), row("U3", ENHET="Okänd"), row("U4", ENHET=""), row("U5", ENHET="  ")])
        figures = self.figures("forvaltning", "kontakt/1", "--org", org)
        self.assertEqual(model.exported(figures), [("NSV", 1), ("OKAND", 4)])
        self.assertEqual(figures["unclassified"], [{"enhet": "(tom)", "antal": 2}, {"enhet": "Enhet B", "antal": 1}, {"enhet": "Okänd", "antal": 1}])
        self.write(org.read_text() + "Enhet B;B;HS;region;primarvard;2020-03-01;\nOkänd;C;HS;privat;primarvard;2020-03-01;2020-04-01\n", "org.csv")
        figures = self.figures("forvaltning", "kontakt/1", "--org", org)
        self.assertEqual(model.exported(figures), [("HS", 2), ("NSV", 1), ("OKAND", 2)])
        self.assertEqual([u["enhet"] for u in figures["unclassified"]], ["(tom)"])

    def test_row_36_two_rows_valid_at_once(self):
        org = self.write("enhet;namn;forvaltning;agarform;vardniva;fran;till\nEnhet A;A;NSV;region;primarvard;2020-01-01;2020-07-01\n"
                         "Enhet B;B;NSV;region;primarvard;2020-01-01;\nEnhet A;A;HS;region;primarvard;2020-06-01;\n", "org.csv")
        self.take(good(2))
        done = self.p.export("alla", "--org", org, check=78)
        self.assertIn("org.csv: lines 2 and 4 give one unit two rows for 2020-06", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_row_38_unknown_codes(self):
        for number, column in enumerate(["KANAL", "STATUS", "KON", "VARDFORM", "KVAL"]):
            with self.subTest(column):
                report, _ = self.collect(self.write([row("X", **{column: "?"}), row("Y", **{column: "klar"}), *good(1, number)], f"{column}.csv"))
                self.assertEqual(report["files"][0]["rejected"], {"UNKNOWN_CODE": 2})
                self.assertTrue(any(line.startswith(f"{column}.csv:2: UNKNOWN_CODE ({column})") for line in self.rejects()), self.rejects())
        figures, _ = self.aggregate()
        self.assertEqual((figures["balance"]["records"]["rejected"], figures["totals"]["kontakt/1"]["antal"]), ({"UNKNOWN_CODE": 10}, 5))

    def test_row_20_the_same_identity_written_in_two_ways(self):
        rows = [row("ab1"), row(" ab1 "), row("AB1")]
        taken = self.take(rows)                                     # id-form: trimmed
        self.assertEqual((taken.events["duplicate"], taken.kontakter), (1, 2))

    def test_row_20_upper_and_lower_case_are_one_where_the_mapping_says_so(self):
        taken = self.take([row("ab1"), row(" ab1 "), row("AB1")], mapping=self.mapping(("id-form: trimmed", "id-form: upper")))
        self.assertEqual((taken.events["duplicate"], taken.kontakter), (2, 1))

    def test_row_31_times_of_day_at_their_ends(self):
        rows = [row("L1", TID="2016-12-31T22:59:60Z", DATUM=""), row("L2", TID="2020-03-04T10:00:00.123456789Z", DATUM=""),
                row("L3", LOKAL="2020-02-29 24:00", DATUM=""), row("L4", LOKAL="2020-02-29 24:01", DATUM=""), row("L5", LOKAL="2020-02-29 10:60", DATUM="")]
        taken = self.take(rows, by="dag")
        self.assertEqual(taken.rejected, {"TIME_INVALID": 2})
        self.assertEqual(taken.figures["cells"], [{"dag": day, "antal": 1} for day in ("2016-12-31", "2020-03-01", "2020-03-04")])

    def test_row_37_the_organisation_table_decides(self):
        mapping = self.mapping(("  unit: {path: ENHET}\n", "  unit: {path: ENHET}\n  forvaltning: {const: HSJ}\n"))
        org = self.p.dir / "organisation.csv"
        org.write_text("enhet;namn;forvaltning;agarform;vardniva;fran;till\nEnhet A;Enhet A;NSV;region;primarvard;2000-01-01;\n")
        taken = self.take(good(2), mapping=mapping, args=("--org", org))
        self.assertEqual((taken.rejected, taken.notes), ({}, {"FORVALTNING": 2}))
        figures = self.figures("forvaltning", "kontakt/1", "--org", org)
        self.assertEqual(figures["cells"], [{"forvaltning": "NSV", "antal": 2}])

    def test_row_39_status(self):
        taken = self.take([row("S1", STATUS="Makulerad"), row("S2", STATUS="Inställd"), row("S3", STATUS="Utebliven"), row("S4", STATUS="Bokad"), *good(2)])
        self.assertEqual((taken.rejected, taken.kontakter), ({}, 2))
        self.assertEqual(taken.balance["contacts"], {"live": 5, "retracted": 1})

    def test_row_40_retraction_of_what_was_never_seen(self):
        taken = self.take([row("R", VERSION=2, STATUS="Makulerad"), row("R", VERSION=1), *good(1)])
        self.assertEqual((taken.events["applied"], taken.events["stale"], taken.kontakter), (2, 1, 1))
        noted = [note for note in self.figures("period", "kontakt/1")["notes"] if note.startswith("1 återtagande i hela namnrymden gällde en kontakt som inte hade setts")]
        self.assertEqual(len(noted), 1)
        self.assertEqual(taken.balance["contacts"], {"live": 1, "retracted": 1})

    def test_row_41_retracted_and_taken_up_again(self):
        taken = self.take([row("R", VERSION=1), row("R", VERSION=2, STATUS="Makulerad"), row("R", VERSION=3, KANAL="VID")])
        self.assertEqual((taken.cells(), taken.balance["contacts"]), ([("2020-03", "Enhet A", "video", 1)], {"live": 1, "retracted": 0}))

    def test_row_42_retraction_without_a_version(self):
        self.spoiled("VERSION_MISSING", row("G1", VERSION="", STATUS="Makulerad"), column="VERSION")

    def test_retraction_needs_identity_and_version_only(self):
        blank = {name: "" for name in source.ROW}
        taken = self.take([*good(2), {**blank, "POST": "K", "KONTAKT": "G1", "VERSION": "2", "STATUS": "Makulerad", "DATUM": "trasigt"}])
        self.assertEqual((taken.rejected, taken.kontakter), ({}, 1))

    def test_records_that_are_no_contacts(self):
        taken = self.take([row("S", POST="S", DATUM="trasigt"), *good(2)])
        self.assertEqual((taken.file["not_contact"], taken.rejected, taken.kontakter), (1, {}, 2))

    def test_a_list_of_rejects_shows_nothing_of_the_record(self):
        self.take([row("HEMLIGT-ID", KANAL="HEMLIG-KANAL", ENHET="Hemlig enhet"), *good(1)])
        (line,) = self.rejects()
        self.assertRegex(line, r"^kontakter\.csv:2: UNKNOWN_CODE \(KANAL\) offset \d+ bytes \d+ sha256 [0-9a-f]{64}$")

    def test_explain_shows_why_a_record_is_rejected(self):
        path = self.write([*good(1), row("X", KANAL="FAX")])
        done = run("collect", "--mapping", self.mapping(), "--explain", "2", path)
        self.assertIn("UNKNOWN_CODE (KANAL)", done.stdout)

    def test_explain_shows_what_would_be_noted(self):
        mapping = self.mapping(("  unit: {path: ENHET}\n", "  unit: {path: ENHET}\n  forvaltning: {const: HSJ}\n"))
        org = self.write("enhet;namn;forvaltning;agarform;vardniva;fran;till\nEnhet A;A;NSV;region;primarvard;2000-01-01;\n"
                         "Enhet B;B;HSJ;region;primarvard;2000-01-01;\n", "org.csv")
        path = self.write([row("A"), row("B", ENHET="Enhet B")])
        told = [run("collect", "--mapping", mapping, "--org", org, "--explain", n, path, check=0).stdout for n in (1, 2)]
        self.assertIn("noted: FORVALTNING: ", told[0])
        self.assertNotIn("noted", told[1])


RowsOnKafka = on_kafka(Rows)


def personnummer():
    """Right ones, made up."""
    for number in range(1, 1000):
        text = f"400101{number:03}"
        total = sum(sum(divmod(int(c) * (2 - i % 2), 10)) for i, c in enumerate(text))
        yield f"19{text}{-total % 10}"


if __name__ == "__main__":
    unittest.main()
