"""Bad input in the collector's own spool: row 96 of the bad-input matrix, and what is like it."""
import unittest
from unittest import mock

import source
from source import on_kafka, spool

NOBODY = "127.0.0.1:1"


class Spool(spool.Case):
    """A stream waits in the spool, Kafka was away; then somebody writes to the segment."""

    def setUp(self):
        super().setUp()
        with mock.patch.object(self.p.broker, "address", NOBODY):
            self.stream(source.csv(source.good(10)).encode(), "--kafka-timeout", "500", check=69)
        self.segment, = spool.segments(self.spool)
        self.found = list(spool.records(self.segment))

    def rewrite(self, numbers):
        """The same records under other numbers, each whole."""
        head = self.segment.read_bytes()[:spool.HEADER]
        self.segment.write_bytes(head + b"".join(spool.record(number, self.found[i][2]) for i, number in enumerate(numbers)))

    def refused(self, reason, contacts):
        """The file is set aside, the delivery is listed, and what stood before counts."""
        before = self.segment.read_bytes()
        self.drain(check=65)
        figures, _ = self.aggregate()
        self.assertEqual(figures["balance"]["deliveries"], {"complete": 0, "open": 0, "quarantined": {reason: 1}})
        self.assertEqual(figures["totals"]["kontakt/1"]["antal"], contacts)
        self.assertIn(reason, self.p.said)
        aside, = self.spool.iterdir()
        self.assertEqual((aside.name, aside.read_bytes()), (self.segment.stem + ".bad", before))

    def test_row_96_a_number_is_left_out(self):
        self.rewrite([1, 2, 3, 4, 6, 7, 8])
        self.refused("SPOOL_SEQ", 4)

    def test_row_96_a_number_comes_twice(self):
        self.rewrite([1, 2, 3, 3, 4])
        self.refused("SPOOL_SEQ", 3)

    def test_row_96_a_number_out_of_this_world(self):
        self.rewrite([1, 2**64 - 1, 2, 3])
        self.refused("SPOOL_SEQ", 1)

    def test_row_96_the_first_is_not_the_segments(self):
        self.rewrite([2, 3, 4])
        self.refused("SPOOL_SEQ", 0)

    def test_row_96_zeros_in_the_middle_cost_what_they_cover(self):
        at, size = self.found[4][0], self.found[6][0] - self.found[4][0]
        data = bytearray(self.segment.read_bytes())
        data[at:at + size] = bytes(size)
        self.segment.write_bytes(data)
        self.refused("READ_ERROR", 8)
        self.assertIn("2 records of it are lost", self.p.said)


SpoolOnKafka = on_kafka(Spool)


if __name__ == "__main__":
    unittest.main()
