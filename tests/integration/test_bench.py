"""The bench's generator and gate, without any measuring: what it says the cells are, the aggregator counts."""
import collections
import subprocess
import unittest

from bench.bench import Line, our_cells
from servers import BUILD, Pipeline, TOPIC

EVENTS = 5000


class Generator(unittest.TestCase):
    def test_its_cells_are_those_that_the_aggregator_counts(self):
        with Pipeline() as p:
            command = [BUILD / "tests/bench_generate", p.broker.address, TOPIC, EVENTS, 1, 0, 0]
            said = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60, check=True).stdout
            p.aggregate()
            line = Line(p.redis)
            self.assertEqual(our_cells(line, p.ns), collections.Counter(said.splitlines()))
            line.close()
            figures = p.figures()
            self.assertEqual(figures["balance"]["events"]["consumed"], EVENTS)
            for kind in ("duplicate", "stale", "applied"):
                self.assertGreater(figures["balance"]["events"][kind], 0)


if __name__ == "__main__":
    unittest.main()
