"""Four rounds of the kill campaign on Apache Kafka; `./run kill --kafka` runs more, and docs/kill.md records such a run."""
import unittest

from faults import kill_kafka
from servers import kafka

ROUNDS = 4


@kafka.wanted
class KillOnKafka(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.campaign = kill_kafka.Campaign(seed=2020, say=lambda line: print(line, flush=True))
        cls.addClassCleanup(cls.campaign.close)


def round_test(number):
    def test(self):
        self.campaign.round(number)
    return test


for n in range(1, ROUNDS + 1):
    setattr(KillOnKafka, f"test_round_{n:02}", round_test(n))


if __name__ == "__main__":
    unittest.main()
