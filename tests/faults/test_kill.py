"""Ten rounds of the kill campaign (kill.py); `./run kill --rounds 40` runs more, and docs/kill.md records such a run."""
import unittest

from faults import kill

ROUNDS = 10


class Kill(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.campaign = kill.Campaign(seed=2020, say=lambda line: print(line, flush=True))
        cls.addClassCleanup(cls.campaign.close)


def round_test(number):
    def test(self):
        self.campaign.round(number)
    return test


for n in range(1, ROUNDS + 1):
    setattr(Kill, f"test_round_{n:02}", round_test(n))


if __name__ == "__main__":
    unittest.main()
