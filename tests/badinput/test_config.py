"""Bad configuration and mapping files: each mistake is told with file, line and column, exit status 78, nothing read or sent."""
import os
import pathlib
import re
import tempfile
import unittest

import source
from servers import run

PROGRAMS = ("collect", "aggregate", "export", "broker", "try", "demo", "ops init", "ops doctor", "dlq", "mapping test")
# Options that name a file which is read.
READ = [("export", "org"), ("export", "kallor"), ("export", "redis-secret"), ("collect", "mapping"), ("collect", "key"), ("collect", "org"),
        ("collect", "seal-key"), ("collect", "with"),
        ("dlq", "open-key"), ("aggregate", "redis-secret"), ("aggregate", "seal-key"), ("ops init", "redis-secret"), ("ops doctor", "redis-secret"),
        ("try", "mapping"), ("try", "org"), ("try", "kallor"), ("try", "with")]


class Base(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="kp-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, text, name):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def refused(self, done, path, line, column, *words):
        """78, and file:line:column with the words on stderr; nothing on stdout."""
        self.assertEqual((done.returncode, done.stdout), (78, ""), done.stderr)
        self.assertIn(f"{path}:{line}:{column}: ", done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)


class Mapping(Base):
    def spoiled(self, old, new):
        """(path, line, column) of the mapping with `old` replaced; the place is that of `new`, or of | in it."""
        self.assertEqual(source.MAPPING.count(old), 1, old)
        text = source.MAPPING.replace(old, new)
        at = text.index(new) + max(new.find("|"), 0)
        text = text.replace("|", "")
        line, column = text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1
        return self.write(text, "mapping.yaml"), line, column

    def wrong(self, old, new, *words):
        path, line, column = self.spoiled(old, new)
        done = run("collect", "-n", "--mapping", path)
        self.refused(done, path, line, column, *words)
        # The same without -n: nothing is asked of anybody before the mapping is right.
        self.refused(run("collect", "--mapping", path, self.write("", "tom.csv")), path, line, column)

    def test_the_mapping_itself_is_right(self):
        run("collect", "-n", "--mapping", self.write(source.MAPPING, "m.yaml"), check=0)

    def test_unknown_keys(self):
        self.wrong("id-form: trimmed", "|idform: trimmed", "idform")
        self.wrong("{path: POST, is: K}", "{|paht: POST, is: K}", "paht")
        self.wrong("participants: {path: DELTAGARE}", "|deltagare: {path: DELTAGARE}", "unknown field 'deltagare'")
        self.wrong("age: {path: ALDER}", "age: {|kolumn: ALDER}", "kolumn")
        self.wrong('quote: \'"\',', "|quot: '\"',", "quot")

    def test_wrong_types(self):
        self.wrong("version: {number: {path: VERSION}}", "version: |1", "map")
        self.wrong("unit: {path: ENHET}", "unit: {path: |[ENHET]}")
        self.wrong("unit: {path: ENHET}", "unit: |ENHET")
        self.wrong("source: telefon", "source: |{namn: telefon}")
        self.wrong("version: {number: {path: VERSION}}", "version: {constant: |ett}", "whole number")

    def test_duplicate_keys(self):
        self.wrong("age: {path: ALDER}", "age: {path: ALDER}\n  |age: {path: ALDER}", "age")
        self.wrong("id-form: trimmed", "id-form: trimmed\n|id-form: upper", "id-form")
        self.wrong("TEL: telefon, VID: video", "TEL: telefon, |TEL: video", "TEL")

    def test_bad_references(self):
        self.wrong("{path: KANAL}, {table: kanal}", "{path: KANAL}, {table: |kanaler}", "kanaler")
        self.wrong("unit: {path: ENHET}", "unit: [{path: ENHET}, {join: {in: |enheter, get: NAMN}}]", "enheter")
        self.wrong("documented: {const: ja}", "documented: {const: |kanske}", "kanske")

    def test_a_code_that_the_field_does_not_have_is_told_where_the_table_is_used(self):
        path = self.write(source.MAPPING.replace("TEL: telefon,", "TEL: telefonen,"), "mapping.yaml")
        lines = source.MAPPING.splitlines()
        line = next(n for n, text in enumerate(lines, 1) if "{table: kanal}" in text)
        self.refused(run("collect", "-n", "--mapping", path), path, line, lines[line - 1].index("{table: kanal}") + len("{table: ") + 1, "telefonen")

    def test_bad_values(self):
        self.wrong("source: telefon", "source: |Telefon Väst", "source")
        self.wrong("encoding: utf-8", "encoding: |latin-1", "latin-1")
        self.wrong("format: csv", "format: |parquet", "parquet")
        self.wrong("id-form: trimmed", "id-form: |lowercase")
        self.wrong("[{path: FODD}, {date: YYYY-MM-DD}]", "[{path: FODD}, {date: |YY-MM-DD}]", "YY-MM-DD")
        self.wrong("unit: {path: ENHET}", "unit: [{path: ENHET}, {re: |'(a)(b)'}]", "group")

    def test_fields_that_are_missing_or_not_mapped(self):
        self.wrong("age: {path: ALDER}", "|hour: {path: ALDER}", "hour")

    def test_a_field_that_must_be_there(self):
        path = self.write(source.MAPPING.replace("  documented: {const: ja}\n", ""), "mapping.yaml")
        done = run("collect", "-n", "--mapping", path, check=78)
        self.assertRegex(done.stderr, rf"{re.escape(str(path))}:\d+:\d+: .*documented")

    def test_no_yaml(self):
        path = self.write("source: telefon\n  id: [\n", "mapping.yaml")
        done = run("collect", "-n", "--mapping", path, check=78)
        self.assertRegex(done.stderr, rf"{re.escape(str(path))}:\d+:\d+: ")

    def test_aliases_cannot_blow_it_up(self):
        lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"] + [f"{b}: &{b} [{', '.join(['*' + a] * 10)}]" for a, b in zip("abcdefgh", "bcdefghi")]
        path = self.write("\n".join(lines) + "\n", "mapping.yaml")
        done = run("collect", "-n", "--mapping", path, check=78, timeout=20)
        self.assertRegex(done.stderr, rf"{re.escape(str(path))}:\d+:\d+: ")

    def test_no_such_file(self):
        done = run("collect", "-n", "--mapping", self.folder / "saknas.yaml")
        self.assertEqual(done.returncode, 66)
        self.assertIn("saknas.yaml", done.stderr)


class Tables(Base):
    """Files that a mapping or an export reads beside the records."""

    def test_code_table_in_a_file(self):
        mapping = source.MAPPING.replace("kanal: {codes: {TEL: telefon, VID: video, SKR: skriftlig, EJ: ej_specificerad, BES: fysisk}}",
                                         'kanal: {file: kanaler.csv, key: KOD, value: KANAL}')
        path = self.write(mapping, "mapping.yaml")
        for text, place, word in (("KOD;KANAL\nTEL;telefon\nTEL;video\n", ":3", "second time"), ("KOD;NAMN\nTEL;telefon\n", ":1", "KANAL"),
                                  ("KOD;KANAL\nTEL;telefon;video\n", ":2", "")):
            table = self.write(text, "kanaler.csv")
            done = run("collect", "-n", "--mapping", path)
            self.assertEqual(done.returncode, 78, done.stderr)
            self.assertIn(f"{table}{place}", done.stderr)
            self.assertIn(word, done.stderr)
        self.write("KOD;KANAL\nTEL;telefon\n", "kanaler.csv")
        run("collect", "-n", "--mapping", path, check=0)

    def test_organisation_table(self):
        head = "enhet;namn;forvaltning;agarform;vardniva;fran;till\n"
        for text, place, word in ((head + "A;A;NSV;region;primarvard;2020-01-02;\n", ":2", "fran"),
                                  (head + "A;A;NSV;region;primarvard;2020-01-01;2020-01-01\n", ":2", "till"),
                                  (head + "A;A;NSV;staten;primarvard;2020-01-01;\n", ":2", "agarform"),
                                  (head + "A;A;;region;primarvard;2020-01-01;\n", ":2", "forvaltning"),
                                  ("enhet;namn\nA;A\n", ":1", "the column is missing")):
            path = self.write(text, "org.csv")
            done = run("export", "alla", "--redis", f"unix:{self.folder}/ingen", "--org", path)
            self.assertEqual((done.returncode, done.stdout), (78, ""), done.stderr)
            self.assertIn(f"{path}{place}: {word}" if place != ":1" else f"{path}:1", done.stderr)
            self.assertIn(word, done.stderr)


class Configuration(Base):
    def test_unknown_key(self):
        for verb in PROGRAMS:
            with self.subTest(verb):
                path = self.write("# ett\n  \nnamnrymd: kp\n", "kp.yaml")
                self.refused(run(*verb.split(), "-n", "--config", path, *self.needed(verb)), path, 3, 1, "namnrymd")

    def test_wrong_type(self):
        path = self.write("redis: unix:/r\nkafka: a:1\nbatch: tusen\n", "kp.yaml")
        self.refused(run("aggregate", "-n", "--config", path), path, 3, 8, "batch")
        path = self.write("redis: unix:/r\nkafka: a:1\nonce: [ja]\n", "kp.yaml")
        self.refused(run("aggregate", "-n", "--config", path), path, 3, 7, "list")
        path = self.write("redis: {adress: unix:/r}\n", "kp.yaml")
        self.refused(run("aggregate", "-n", "--config", path), path, 1, 8, "map")

    def test_bad_references(self):
        """Of every option that names a file to be read."""
        for verb, name in READ:
            with self.subTest(verb, option=name):
                value = "{patienter: saknas}" if name == "with" else "saknas"
                path = self.write(f"# ett\n{name}: {value}\n", "kp.yaml")
                column = f"{name}: {value}".index("saknas") + 1
                self.refused(run(*verb.split(), "-n", "--config", path, *self.needed(verb)), path, 2, column, name, "No such file")

    def test_out_of_range(self):
        path = self.write("batch: 0\n", "kp.yaml")
        self.refused(run("aggregate", "-n", "--config", path), path, 1, 8, "batch")

    def test_duplicate_key(self):
        path = self.write("batch: 1\nredis: unix:/r\nbatch: 2\n", "kp.yaml")
        self.refused(run("aggregate", "-n", "--config", path), path, 3, 1, "batch")

    def test_bad_property_of_kafka(self):
        path = self.write(source.MAPPING, "m.yaml")
        key = self.write("01" * 32 + "\n", "nyckel")
        key.chmod(0o600)
        done = run("collect", "--mapping", path, "--key", key, "--state", self.folder / "state", "--kafka", "127.0.0.1:1",
                   "--kafka-property", "no.such.property=1", self.write(source.csv(source.good(1)), "a.csv"))
        self.assertEqual(done.returncode, 78, done.stderr)
        self.assertIn("no.such.property", done.stderr)

    def test_bad_environment(self):
        done = run("aggregate", "-n", "--redis", "unix:/r", "--kafka", "a:1", env={**os.environ, "KONTAKTPULS_BATCH": "tusen"})
        self.assertEqual(done.returncode, 78, done.stderr)
        self.assertIn("KONTAKTPULS_BATCH", done.stderr)

    def test_right_configuration(self):
        path = self.write("redis: unix:/r\nkafka: a:1\nbatch: 17\n", "kp.yaml")
        run("aggregate", "-n", "--config", path, check=0)

    def test_a_secret_is_never_shown(self):
        key = self.write("hemlig-nyckel\n", "nyckel")
        key.chmod(0o600)
        done = run("collect", "-n", "--mapping", self.write(source.MAPPING, "m.yaml"), "--key", key)
        self.assertEqual(done.returncode, 78)
        self.assertNotIn("hemlig", done.stdout + done.stderr)

    def test_a_key_that_others_can_read(self):
        key = self.write("01" * 32 + "\n", "nyckel")
        key.chmod(0o644)
        done = run("collect", "-n", "--mapping", self.write(source.MAPPING, "m.yaml"), "--key", key)
        self.assertEqual(done.returncode, 78)
        self.assertIn(str(key), done.stderr)

    def needed(self, verb):
        return {"export": ["alla"], "dlq": ["list"], "mapping test": ["m.yaml"]}.get(verb, [])


if __name__ == "__main__":
    unittest.main()
