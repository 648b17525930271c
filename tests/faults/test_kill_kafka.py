"""Twenty rounds of the kill campaign on Apache Kafka, in its short form and two at once; `./run kill --kafka` runs more and longer
ones, and docs/kill.md records such a run."""
import unittest

from faults import kill_kafka
from servers import kafka

ROUNDS, JOBS, CONTACTS = 20, 2, 8000


@kafka.wanted
class KillOnKafka(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.campaign = kill_kafka.Campaign(seed=2020, say=lambda line: print(line, flush=True), jobs=JOBS, contacts=CONTACTS, freezes=kill_kafka.SHORT_FREEZES)
        cls.addClassCleanup(cls.campaign.close)
        cls.rounds = cls.campaign.rounds(ROUNDS)


def round_test(number):
    def test(self):
        self.rounds[number].result()
    return test


for n in range(1, ROUNDS + 1):
    setattr(KillOnKafka, f"test_round_{n:02}", round_test(n))


if __name__ == "__main__":
    unittest.main()
