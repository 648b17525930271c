"""Bad input in JSON and FHIR: rows 44-60 of the bad-input matrix, each through collector, Kafka, aggregator and export.

A reader's own answers, one by one, are in unit/collectors/test_reader_json; here is what becomes of them: counted under their
reason, listed with line and path, and the good records of the same file count.
"""
import json
import unittest

import source
from badinput.test_rows import Base as Rows
from oracle import model
from servers import ROOT

NDJSON = """
source: telefon
format: ndjson
id: {path: id}
version: {number: {path: version}}
fields:
  status: [{path: status}, {table: {klar: avslutad, makulerad: makulerad}}]
  start: [{path: tid.start}, {date: "YYYY-MM-DDTHH:mm:SSfZ"}]
  end: [{path: tid.slut}, {date: "YYYY-MM-DDTHH:mm:SSfZ"}]
  kanal: [{path: kanal}, {table: {tel: telefon, video: video}}]
  vardform: {const: oppen}
  qualified: {const: ja}
  replaces_visit: {const: ja}
  documented: {const: ja}
  unit: {path: enhet}
"""
FHIR = ROOT / "collectors/vardkontakt/fhir-encounter"


def record(number, **changes):
    return {"id": f"K{number}", "version": 1, "status": "klar", "tid": {"start": "2020-03-04T09:00:00+01:00"}, "kanal": "tel",
            "enhet": "Enhet A", **changes}


def line(value):
    return (value if isinstance(value, str) else json.dumps(value)) + "\n"


def encounter(number, **changes):
    return {"resourceType": "Encounter", "id": f"e{number}", "meta": {"versionId": "a", "lastUpdated": f"2021-01-01T00:00:{number:02}Z"},
            "status": "finished", "class": {"code": "VR"}, "period": {"start": "2020-03-04T09:00:00+01:00"}, **changes}


def bundle(*resources, kind="searchset", **more):
    entries = [{"fullUrl": f"urn:uuid:{r.get('id')}", "resource": r} for r in resources]
    return json.dumps({"resourceType": "Bundle", "type": kind, "entry": entries, **more})


class Base(Rows):
    def spoiled(self, reason, *lines, where=None):
        """Each line is rejected for the reason (at this path), and what stands before and after it counts."""
        data = line(record(1)) + "".join(map(line, lines)) + line(record(2))
        taken = self.take(data, "k.ndjson", mapping=self.write(NDJSON, "mapping.yaml"))
        self.expect(taken, len(lines) + 2, {reason: len(lines)})
        self.assertEqual(len(self.rejects()), len(lines))
        for number, told in enumerate(self.rejects(), 2):
            self.assertTrue(told.startswith(f"k.ndjson:{number}: {reason} " + (f"({where})" if where else "(byte ")), told)
        return taken

    def document(self, data, mapping="json", check=0):
        text = NDJSON.replace("format: ndjson", f"format: {mapping}")
        return self.take(data, "k.json", mapping=self.write(text, "mapping.yaml"), check=check)

    def fhir(self, data, name="b.json", check=0, mapping="bundle.yaml", **kwargs):
        return self.take(data, name, mapping=FHIR / mapping, check=check, **kwargs)


class Json(Base):
    def test_row_44_truncated_garbage_two_documents(self):
        self.spoiled("JSON_SYNTAX", '{"id": "X", "kanal": ', '{"id": "X"} x', json.dumps(record(8)) + json.dumps(record(9)), "{")

    def test_row_44_a_document_that_is_cut_off_changes_nothing(self):
        data = json.dumps([record(n) for n in range(5)])
        self.quarantined(self.document(data[:-40], check=65), "JSON_SYNTAX")

    def test_row_44_a_document_with_one_bad_element(self):
        taken = self.document("[\n" + line(record(1)) + ',{"id": 01}\n,' + line(record(2)) + "]")
        self.expect(taken, 3, {"JSON_NUMBER": 1})
        self.assertTrue(self.rejects()[0].startswith("k.json:3: JSON_NUMBER (byte "), self.rejects())

    def test_row_45_duplicate_keys(self):
        self.spoiled("JSON_DUPKEY", '{"id": "X", "kanal": "tel", "kanal": "video"}', '{"id": "X", "tid": {"start": 1, "start": 1}}')

    def test_row_46_limits(self):
        self.spoiled("LIMIT", "[" * 10_000, '{"id": [' + "0," * 1_000_000 + "0]}", '{"enhet": "' + "x" * (16 << 20) + '"}')

    def test_row_46_a_document_above_the_limit(self):
        self.quarantined(self.document('[{"x": "' + "x" * (9 << 20) + '"}]', check=65), "LIMIT")

    def test_row_47_numbers_that_are_none(self):
        self.spoiled("JSON_NUMBER", *(json.dumps(record(9)).replace('"version": 1', f'"version": {number}')
                                      for number in ("1e400", "NaN", "-Infinity", "01", "+1", "18446744073709551616")))

    def test_row_47_decimals_where_a_number_is_read(self):
        self.spoiled("JSON_NUMBER", *(json.dumps(record(9)).replace('"version": 1', f'"version": {number}')
                                      for number in ("1.0", "1e0", "-0.0")), where="version")

    def test_row_47_large_numbers_are_exact(self):
        mapping = self.write(NDJSON.replace("{number: {path: version}}", "{constant: 1}"), "mapping.yaml")
        taken = self.take(line(record(1, id=2**53)) + line(record(1, id=2**53 + 1)), "k.ndjson", mapping=mapping)
        self.assertEqual((taken.rejected, taken.kontakter), ({}, 2))

    def test_row_48_encoding(self):
        self.spoiled("ENCODING", '{"id": "\\ud800"}', '{"id": "\\u0000"}')
        taken = self.take(line(record(3)).encode() + b'{"id": "\xc0\xaf"}\n{"id": "\xe5"}\n', "l.ndjson", mapping=self.folder / "mapping.yaml")
        self.assertEqual((taken.rejected, taken.kontakter), ({"ENCODING": 2}, 3))

    def test_row_49_null_missing_empty(self):
        self.spoiled("SCHEMA", record(9, enhet=None), where="enhet")
        missing = record(3)
        del missing["enhet"]
        taken = self.take(line(missing) + line(record(4, enhet="")), "l.ndjson", mapping=self.folder / "mapping.yaml")
        self.assertEqual((taken.rejected, taken.cells()[0]), ({}, ("2020-03", "(tom)", "telefon", 2)))

    def test_row_49_null_where_the_mapping_allows_it(self):
        mapping = self.write(NDJSON.replace("format: ndjson", "format: ndjson\njson: {null: blank}"), "mapping.yaml")
        taken = self.take(line(record(1, enhet=None)) + line(record(2, kanal=None)), "k.ndjson", mapping=mapping)
        self.assertEqual((taken.rejected, taken.kontakter), ({"FIELD_MISSING": 1}, 1))

    def test_row_50_wrong_type(self):
        self.spoiled("SCHEMA", record(9, enhet={"namn": "A"}), record(9, enhet=["A"]), where="enhet")

    def test_row_50_no_object(self):
        taken = self.take(line(record(1)) + "[]\n", "k.ndjson", mapping=self.write(NDJSON, "mapping.yaml"))
        self.expect(taken, 2, {"SCHEMA": 1})

    def test_row_50_unknown_fields_are_noted(self):
        taken = self.take(line(record(1, nytt=1)) + line(record(2, annat={"x": None})), "k.ndjson", mapping=self.write(NDJSON, "mapping.yaml"))
        self.expect(taken, 2)
        self.assertIn("2 columns that the mapping does not read", taken.stderr)

    def test_row_51_one_bad_line_of_a_thousand(self):
        lines = [line(record(n)) for n in range(1000)]
        lines[499] = lines[499][:30] + "\n"
        taken = self.take("".join(lines), "k.ndjson", mapping=self.write(NDJSON, "mapping.yaml"))
        self.expect(taken, 1000, {"JSON_SYNTAX": 1})
        self.assertTrue(self.rejects()[0].startswith("k.ndjson:500: JSON_SYNTAX "), self.rejects())

    def test_a_personnummer_in_a_text_is_not_sent(self):
        taken = self.spoiled("PNR_LEAK", record(9, enhet="Mottagning 19121212-1212"), where="enhet")
        self.assertIn("privacy alarm", taken.stderr)


JsonOnKafka = source.on_kafka(Json)


class Fhir(Base):
    def test_row_52_bundle_of_another_type(self):
        taken = self.fhir(bundle(encounter(1), encounter(2), kind="history"))
        self.expect(taken, 2, {"FHIR_BUNDLE": 2})

    def test_row_52_entry_without_a_resource(self):
        data = json.loads(bundle(encounter(1), encounter(2)))
        data["entry"].insert(1, {"fullUrl": "urn:uuid:x", "response": {"status": "404"}})
        self.expect(self.fhir(json.dumps(data)), 3, {"FHIR_BUNDLE": 1})

    def test_row_52_no_bundle(self):
        self.quarantined(self.fhir(json.dumps(encounter(1)), check=65), "FHIR_BUNDLE")

    def test_row_53_periods(self):
        taken = self.fhir(bundle(encounter(1), encounter(2, period={}), encounter(3, period={"end": "2020-03-04"}),
                                 encounter(4, period={"start": "2020-03-04T09:00:00Z", "end": "2020-03-04T08:59:59Z"}),
                                 encounter(5, period={"start": "4 mars 2020"})))
        self.expect(taken, 5, {"FIELD_MISSING": 2, "TIME_INVALID": 1, "DATE_INVALID": 1})

    def test_row_54_a_month_and_a_day(self):
        taken = self.fhir(bundle(encounter(1, period={"start": "2020-01"}), encounter(2, period={"start": "2020-01-31"}),
                                 encounter(3, period={"start": "2020"}), encounter(4, period={"start": "2020-13"})), by="period")
        self.assertEqual((taken.rejected, taken.cells()), ({"DATE_INVALID": 2}, [("2020-01", 2)]))

    def test_row_55_status(self):
        taken = self.fhir(bundle(encounter(1), encounter(2, status="cancelled"), encounter(3, status="planned"), encounter(4), kind="collection"))
        self.assertEqual((taken.rejected, taken.kontakter), ({}, 2))
        changed = {"lastUpdated": "2021-01-02T00:00:00Z"}
        taken = self.fhir(bundle(encounter(4, status="entered-in-error", meta=changed)), "c.json")
        self.assertEqual((taken.kontakter, taken.balance["contacts"]), (1, {"live": 3, "retracted": 1}))

    def test_row_56_last_updated_is_the_version(self):
        newer = encounter(1, meta={"versionId": "abc", "lastUpdated": "2021-03-01T00:00:00.5+01:00"}, period={"start": "2020-05-01"})
        self.fhir(bundle(newer))
        taken = self.fhir(bundle(encounter(1, meta={"versionId": "9", "lastUpdated": "2021-02-28T23:00:00.499Z"})), "c.json", by="period")
        self.assertEqual((taken.events["stale"], taken.cells()), (1, [("2020-05", 1)]))
        taken = self.fhir(bundle(encounter(2, meta={"versionId": "1"})), "d.json")
        self.assertEqual(taken.rejected, {"VERSION_MISSING": 1})

    def test_row_57_references_to_the_unit(self):
        organisations = [{"resourceType": "Organization", "id": "1", "name": "Ett", "identifier": [{"system": "s", "value": "v"}]}]
        wanted = {"Organization/1": "Ett", "https://x.se/fhir/Organization/1/_history/2": "Ett", "Organization?identifier=s|v": "Ett",
                  "urn:uuid:1": "Ett", "Organization/2": "Organization/2", "urn:uuid:2": "urn:uuid:2", "#o": "Posten"}
        encounters = [encounter(n, serviceProvider={"reference": reference}, contained=[{"resourceType": "Organization", "id": "o", "name": "Posten"}])
                      for n, reference in enumerate(wanted)]
        encounters.append(encounter(20, serviceProvider={"identifier": {"system": "s", "value": "logisk"}}))
        taken = self.fhir(bundle(*encounters, *organisations), by="enhet")
        self.assertEqual(taken.cells(), sorted([("Ett", 4), ("Organization/2", 1), ("urn:uuid:2", 1), ("Posten", 1), ("logisk", 1)]))
        self.assertEqual(model.exported(self.figures("forvaltning")), [("OKAND", 8)])

    def test_row_58_identifiers_of_persons(self):
        pnr, snr = "191212121212", "197010632391"
        systems = ["https://x.se/patient", "urn:oid:1.2.752.74.9.1", "urn:oid:1.2.752.129.2.1.3.3", "urn:oid:1.2.752.129.2.1.3.1"]
        patient = {"resourceType": "Patient", "id": "p", "identifier": [{"system": s, "value": v} for s, v in zip(systems, ["77", "19560814R12A", snr, pnr])]}
        taken = self.fhir(bundle(encounter(1, subject={"reference": "Patient/p"}), patient), by="kon,alder")
        self.assertEqual((taken.rejected, taken.cells()), ({}, [("man", "80+", 1)]))
        for _, _, key, value, _ in self.p.records():
            for number in (pnr, snr, "19560814R12A"):
                self.assertNotIn(number.encode(), value + (key or b""))
        self.assertNotIn(pnr, taken.stderr)

    def test_row_59_a_page_of_several(self):
        taken = self.fhir(bundle(encounter(1), link=[{"relation": "self", "url": "x"}, {"relation": "next", "url": "y"}]), check=65)
        self.quarantined(taken, "INCOMPLETE")

    def test_row_60_r5(self):
        r5 = encounter(2, **{"class": [{"coding": [{"code": "VR"}]}], "actualPeriod": {"start": "2020-03-04"}})
        self.expect(self.fhir(bundle(encounter(1), r5)), 2, {"FHIR_VERSION": 1})


FhirOnKafka = source.on_kafka(Fhir)


if __name__ == "__main__":
    unittest.main()
