"""The table of mutants fits the sources, and a few of them are run whole; `./run mutate` runs all."""
import unittest

from faults import mutants, mutate


class Mutants(unittest.TestCase):
    def test_every_guard_stands_where_the_table_says(self):
        self.assertEqual(mutate.misplaced(), [])
        names = [m.name for m in mutants.MUTANTS]
        self.assertEqual(len(names), len(set(names)))
        for m in mutants.MUTANTS:
            self.assertTrue(m.tests, m.name)
            self.assertNotEqual(m.text, m.replacement)
            for test in m.tests:
                suffix = ".c" if test.startswith("unit/") else ".py"
                self.assertTrue((mutate.ROOT / "tests" / f"{test}{suffix}").exists(), test)

    def test_a_few_turn_red(self):
        chosen = [m for m in mutants.MUTANTS if m.name in mutants.SHORT]
        self.assertEqual(len(chosen), len(mutants.SHORT))
        lines = []
        self.assertEqual(mutate.campaign(chosen, lines.append), 0, "\n".join(lines))

    def test_a_change_that_nobody_sees_is_told(self):
        """The campaign itself can fail: a comment is no guard."""
        harmless = mutants.Mutant("a comment", "aggregator/ingest.c", "\treturn REASON_NONE;\n}\n\nuint64_t", "\treturn REASON_NONE; /* nothing */\n}\n\nuint64_t",
                                  ["unit/aggregator/test_ingest"])
        lines = []
        self.assertEqual(mutate.campaign([harmless], lines.append), 1)
        self.assertEqual(lines[0], "NOT RED: a comment")
        lost = mutants.Mutant("lost", "aggregator/ingest.c", "this stands nowhere", "", ["unit/aggregator/test_ingest"])
        self.assertEqual(mutate.campaign([lost], lines.append), 1)
        self.assertIn("0 times", lines[-1])


if __name__ == "__main__":
    unittest.main()
