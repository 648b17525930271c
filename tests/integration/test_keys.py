"""Identities and the keys they are made with: another key, or another kind of version, for a source that is known."""
import pathlib
import shutil
import unittest

import source
from source import wire


class Keys(source.Case):
    def setUp(self):
        super().setUp()
        self.collect(self.write(source.good(30)))
        self.aggregate()
        self.other = self.p.make_key("annan", seed=2)
        self.cells = self.p.redis.cells()

    def both(self, text):
        for key in (self.p.key, self.other):
            self.assertIn(source.fingerprint(key).hex(), text)

    def test_identities_are_those_of_the_definition(self):
        records = [(p, key, dict(wire.decode(value))) for p, _, key, value, _ in self.p.records()]
        contacts = [(p, key, fields) for p, key, fields in records if wire.CONTACT in fields]
        self.assertEqual({key for _, key, _ in contacts}, {source.contact_id(self.p.key, "telefon", f"G{n}") for n in range(1, 31)})
        for p, key, fields in records:
            self.assertEqual((fields[wire.ID], fields[wire.FINGERPRINT]), (key, source.fingerprint(self.p.key)))
        for p, key, _ in contacts:
            self.assertEqual(p, source.partition(key))

    def test_another_key_is_refused_by_the_collector(self):
        before = self.p.high()
        _, stderr = self.collect(self.write(source.good(30), "b.csv"), key=self.other, check=78)
        self.both(stderr)
        self.assertEqual(self.p.high(), before, "nothing is sent")

    def test_another_key_is_refused_by_the_aggregator_when_progress_is_gone(self):
        shutil.rmtree(self.p.state)
        path = self.write(source.good(30))
        self.collect(path, key=self.other)
        done = self.p.aggregate(check=65)
        self.both(done.stderr)
        self.assertIn("KEY_EPOCH", done.stderr)
        self.assertIn("telefon", done.stderr)
        self.assertEqual(self.p.redis.cells(), self.cells, "nothing is counted twice")
        figures = self.figures()
        source.laws(self.p, figures)
        self.assertEqual(figures["balance"]["events"]["dead"], {"KEY_EPOCH": 30 + 5})
        self.assertEqual({letter["reason"] for letter in self.dead_letters()}, {"KEY_EPOCH"})
        # With the right key again the source goes on where it was.
        shutil.rmtree(self.p.state)
        self.collect(path)
        figures, _ = self.aggregate()
        self.assertEqual((figures["totals"]["kontakt/1"]["antal"], figures["balance"]["events"]["duplicate"]), (30, 30))

    def test_a_running_aggregator_stops_at_another_key(self):
        running = self.p.start_aggregate()
        self.addCleanup(running.kill)
        shutil.rmtree(self.p.state)
        self.collect(self.write(source.good(30)), key=self.other)
        self.assertEqual(running.wait(), 65)
        self.both(running.text())
        # What was still to come of the delivery may stop the next start too; each start counts it as dead and goes on.
        self.p.aggregate(check=None)
        self.p.aggregate()
        self.assertEqual(self.p.redis.cells(), self.cells)

    def test_another_kind_of_version(self):
        mapping = self.mapping(("{number: {path: VERSION}}", "{constant: 7}"))
        _, stderr = self.collect(self.write(source.good(3), "b.csv"), mapping=mapping, check=78)
        self.assertIn("constant", stderr)
        self.assertIn("field", stderr)
        shutil.rmtree(self.p.state)
        self.collect(self.write(source.good(3), "b.csv"), mapping=mapping)
        done = self.p.aggregate(check=65)
        self.assertIn("VERSION_KIND", done.stderr)
        self.assertEqual(self.p.redis.cells(), self.cells)
        figures = self.figures()
        source.laws(self.p, figures)
        self.assertEqual(figures["balance"]["events"]["dead"], {"VERSION_KIND": 3 + 5})

    def test_another_source_has_a_pin_of_its_own(self):
        mapping = self.mapping(("source: telefon", "source: video"))
        self.collect(self.write(source.good(30), "b.csv"), mapping=mapping, key=self.other)
        figures, _ = self.aggregate(by="kalla")
        self.assertEqual([(c["kalla"], c["antal"]) for c in figures["cells"]], [("telefon", 30), ("video", 30)])

    def test_a_file_that_others_may_read_is_no_key(self):
        for mode in (0o640, 0o604, 0o644):
            pathlib.Path(self.other).chmod(mode)
            _, stderr = self.collect(self.write(source.good(1), "b.csv"), key=self.other, check=78)
            self.assertIn(str(self.other), stderr)

    def test_progress_that_somebody_changed(self):
        (progress,) = self.p.state.glob("*.progress")
        progress.write_text(progress.read_text().replace("version_kind field", "version_kind fiel"))
        _, stderr = self.collect(self.write(source.good(1), "b.csv"), check=65)
        self.assertIn(f"{progress} is damaged", stderr)


KeysOnKafka = source.on_kafka(Keys)


if __name__ == "__main__":
    unittest.main()
