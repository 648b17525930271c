"""What an export says of counts that are not all there yet."""
import unittest

import source


class Behind(source.Case):
    """A delivery is complete, and a partition that holds some of it is not read: a process was lost there."""

    def home(self):
        """The partition that keeps the text of the only delivery."""
        return next(n for n in range(4) if any(field.startswith("lev.") for field in self.p.redis.hgetall(f"kp:{{kp.{n}}}:d")))

    def keys(self, partition):
        return self.p.redis.call("KEYS", f"kp:{{kp.{partition}}}:*")

    def noted(self, piece, *args):
        return [note for note in self.p.figures("ar", "2020", *args)["notes"] if piece in note]

    def test_what_is_sent_and_not_counted_yet(self):
        before = {n: [(key, self.p.redis.call("DUMP", key)) for key in self.keys(n)] for n in range(4)}
        self.collect(self.write(source.good(200)))
        self.p.aggregate()
        self.assertEqual(self.noted("ännu inte"), [])
        lost = next(n for n in range(4) if n != self.home())
        left = int(self.p.meta(lost)["s.applied"])
        self.assertGreater(left, 1)
        for key in self.keys(lost):
            self.p.redis.call("DEL", key)
        for key, dump in before[lost]:
            self.p.redis.call("RESTORE", key, 0, dump)
        figures = self.p.figures("ar", "2020")
        self.assertEqual(figures["totals"]["kontakt/1"]["antal"], 200 - left)
        self.assertEqual(self.noted("ännu inte"),
                         [f"{left} sända händelser är ännu inte räknade: siffrorna är inte fullständiga förrän aggregatorn har läst ikapp"])
        self.assertEqual(self.noted("not counted yet", "--english"),
                         [f"{left} events that were sent are not counted yet: the figures are not complete until the aggregator has caught up"])
        self.p.aggregate()
        self.assertEqual(self.noted("ännu inte"), [])
        self.assertEqual(self.p.figures("ar", "2020")["totals"]["kontakt/1"]["antal"], 200)

    def test_what_lies_before_the_beginning(self):
        self.collect(self.write(source.good(40)))
        self.p.ns = "senare"
        self.p.init("--base", "3", check=0)
        self.p.aggregate()
        figures = self.p.figures("ar", "2020")
        left = 40 - figures["totals"]["kontakt/1"]["antal"]
        self.assertEqual(self.noted("ännu inte"),
                         [f"{left} sända händelser är ännu inte räknade eller ligger före namnrymdens början och räknas aldrig"])


if __name__ == "__main__":
    unittest.main()
