"""Bad input in Kafka: rows 76-92 of the bad-input matrix, as raw records that no collector of ours would send.

Each goes to the dead letters under its reason, by coordinates only, and the good record after it counts.
"""
import hashlib
import json
import unittest

import source
from source import wire

FORGED = 7      # version kind etc. that no list has


class Records(source.Case):
    def setUp(self):
        super().setUp()
        self.key = self.p.key
        self.sent = 0

    def good(self, name="god", **changes):
        return wire.event(self.key, name, **changes)

    def put(self, *records):
        """Sends the records, then a good one into every partition."""
        after = []
        for number in range(4):
            name = next(n for n in (f"{self.sent}-{i}" for i in range(1000)) if source.partition(self.good(n)[wire.ID]) == number)
            after.append(wire.record(self.good(name)))
        self.sent += 1
        self.p.put([*records, *after])
        return len(after)

    def dead(self, expected, *records, field=None):
        """All of the records die of one reason; their letters tell where they are and nothing of what they say."""
        live = self.put(*records)
        figures, _ = self.aggregate(by="kalla")
        events = figures["balance"]["events"]
        self.assertEqual(events["dead"], {expected: len(records)})
        self.assertEqual((events["applied"], figures["totals"]["kontakt/1"]["antal"]), (live, live))
        letters = self.p.broker.records(self.p.topic + ".dlq")
        self.assertEqual(len(letters), len(records))
        where = {(p, offset): value for p, offset, _, value, _ in self.p.records()}
        for p, _, _, raw, _ in letters:
            letter = json.loads(raw)
            self.assertEqual((letter["reason"], letter["topic"], letter["partition"]), (expected, self.p.topic, p))
            value = where[p, letter["offset"]]
            self.assertEqual(letter["bytes"], len(value or b""))
            self.assertEqual(letter["sha256"], hashlib.sha256(value or b"").hexdigest())
            if field is not None:
                self.assertEqual(letter["field"], field)
            if value and len(value) > 16:
                self.assertNotIn(value[:16], raw)
        return figures

    def test_the_bytes_made_here_are_those_of_the_collector(self):
        self.collect(self.write(source.good(3)))
        for p, _, key, value, _ in self.p.records():
            self.assertEqual(wire.message(wire.decode(value)), value)
            fields = dict(wire.decode(value))
            self.assertEqual(key, fields[wire.ID])
            if wire.CONTACT in fields:
                self.assertEqual(p, source.partition(key))
                self.assertIn(key, [source.contact_id(self.key, "telefon", f"G{n}") for n in (1, 2, 3)])

    def test_row_76_null_value(self):
        self.p.put([wire.record(self.good("N"))])
        self.aggregate(by="kalla")
        p, key, _ = wire.record(self.good("N"))
        self.p.put([(p, key, None)])
        figures, _ = self.aggregate(by="kalla")
        self.assertEqual(figures["balance"]["events"]["dead"], {"NULL_VALUE": 1})
        self.assertEqual(figures["balance"]["contacts"], {"live": 1, "retracted": 0}, "it is no retraction")

    def test_row_76_null_value_and_null_key(self):
        self.dead("NULL_VALUE", (2, None, None), (0, b"nyckel", None))

    def test_row_77_empty_value(self):
        p, key, _ = wire.record(self.good())
        self.dead("EMPTY_VALUE", (p, key, b""), (1, None, b""))

    def test_row_78_key(self):
        p, key, value = wire.record(self.good())
        self.dead("KEY", (p, None, value), (p, b"", value), (p, key[:11], value), (p, key + b"\0", value), (p, bytes(12), value), (p, key.hex().encode(), value))

    def test_row_79_wrong_partition(self):
        p, key, value = wire.record(self.good())
        self.dead("WRONG_PARTITION", *(((p + i) % 4, key, value) for i in (1, 2, 3)))

    def test_row_80_value_above_the_limit(self):
        p, key, value = wire.record(self.good())
        padding = [(wire.field(100 + n, b"x" * 8000)) for n in range(3)]
        self.dead("LIMIT", (p, key, value + b"".join(padding)), (p, key, b"\x08" * 16385), (p, key, bytes(900_000)))

    def test_row_80_value_just_below_it(self):
        p, key, value = wire.record(self.good())
        rest = 16384 - len(value) - len(wire.field(100, b"x" * 16000)) + 16000
        self.put((p, key, value + wire.field(100, b"x" * rest)))
        figures, _ = self.aggregate(by="kalla")
        self.assertEqual((figures["balance"]["events"]["dead"], figures["totals"]["kontakt/1"]["antal"]), ({}, 5))

    def test_row_81_not_our_event(self):
        p, key, value = wire.record(self.good())
        _, _, newer = wire.record(self.good(SCHEMA=2))
        _, _, none = wire.record(self.good(SCHEMA=None))
        self.dead("SCHEMA_VERSION", (p, key, newer), (p, key, none), (p, key, b'{"schema": 1, "id": "19121212-1212"}'), (p, key, b"\0\0\0\0\1" + value),
                  (p, key, b"<kontakt/>"), (p, key, b"[1]"))

    def test_row_81_another_key_of_the_source(self):
        self.p.put([wire.record(self.good("A"))])
        self.aggregate(by="kalla")
        other = self.p.make_key("annan", seed=2)
        name = next(n for n in (str(i) for i in range(100))
                    if source.partition(wire.event(other, n)[wire.ID]) == source.partition(self.good("A")[wire.ID]))
        self.p.put([wire.record(wire.event(other, name))])
        done = self.p.aggregate(check=65)
        for key in (self.key, other):
            self.assertIn(source.fingerprint(key).hex(), done.stderr)
        figures = self.figures()
        source.laws(self.p, figures)
        self.assertEqual((figures["balance"]["events"]["dead"], figures["totals"]["kontakt/1"]["antal"]), ({"KEY_EPOCH": 1}, 1))

    def test_row_83_control_record(self):
        self.dead("FORGED_CONTROL", wire.record(self.good(CONTACT=None, CONTROL={})))

    def test_row_82_headers(self):
        fields = [self.good(f"H{n}") for n in range(4)]
        strange = ([(b"n%d" % n, b"") for n in range(33)], [(b"stor", b"x" * 4093)], [(b"en", b"1"), (b"en", b"2")], [(b"\xff", b"")])
        self.dead("HEADERS", *((*wire.record(f), 0, *headers) for f, headers in zip(fields, strange)))

    def test_row_82_headers_that_others_may_add(self):
        fields = [self.good(f"H{n}") for n in range(3)]
        usual = ([(b"n%d" % n, b"") for n in range(32)], [(b"stor", b"x" * 4092)], [("spår".encode(), b"\xff\0")])
        self.p.put([(*wire.record(f), 0, *headers) for f, headers in zip(fields, usual)])
        figures, _ = self.aggregate()
        self.assertEqual(figures["totals"]["kontakt/1"]["antal"], 3)

    def test_row_84_timestamps_are_ignored(self):
        records = []
        for number, time in enumerate((-1, 1, 4102444800000, 253402300799000)):     # none, 1970, 2100, 9999
            records.append((*wire.record(self.good(f"T{number}")), time))
        self.p.put(records)
        figures, _ = self.aggregate(by="dag")
        self.assertEqual(figures["cells"], [{"dag": "2020-03-04", "antal": 4}])

    def test_row_86_not_well_formed(self):
        p, key, value = wire.record(self.good())
        bad = [value[:-1], value[:5], value + wire.tag(100, 0), value + wire.tag(100, 2) + wire.varint(10) + b"short",     # cut off; length beyond the end
               value + b"\0\0", value + b"\x02\x01x",                                                            # field 0
               value + wire.tag(100, 3) + wire.tag(100, 4), value + wire.tag(100, 4),                              # groups
               value + wire.tag(100, 6), value + wire.tag(100, 7),                                                 # no such wire types
               value + wire.tag(100, 0) + b"\xff" * 10 + b"\x01",                                                  # a varint of 11 bytes
               value + wire.tag(100, 1) + b"1234567", value + wire.tag(100, 5) + b"123",
               wire.message([(n, v) for n, v in self.good().items() if n != wire.VERSION]) + wire.field(wire.VERSION, b"1")]   # wire type of another field
        self.dead("PB_SYNTAX", *((p, key, data) for data in bad))

    def test_row_86_body_cut_off(self):
        fields = self.good()
        fields[wire.CONTACT] = wire.message(fields[wire.CONTACT])[:-1]
        self.dead("PB_SYNTAX", wire.record(fields))

    def test_row_87_numbers_that_overflow(self):
        p, key, value = wire.record(self.good())
        without = wire.message([(n, v) for n, v in self.good().items() if n != wire.VERSION])
        body = wire.contact(DAY=1 << 32)
        self.dead("PB_RANGE", (p, key, without + wire.tag(wire.VERSION, 0) + b"\xff" * 9 + b"\x7f"), (p, key, value + wire.tag(100, 0) + b"\x80" * 9 + b"\x02"),
                  wire.record(self.good(BODY=body)), wire.record(self.good(OP=(1 << 32) + 1)))

    def test_row_88_texts(self):
        self.dead("ENCODING", *(wire.record(self.good(str(n), BODY=wire.contact(UNIT=unit))) for n, unit in enumerate((b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"En\0het"))))

    def test_row_89_fields_twice(self):
        fields = self.good()
        pairs = list(fields.items())
        twice = [[*pairs, pair] for pair in pairs]
        body = [*wire.contact().items(), (wire.KANAL, 2)]
        records = [wire.record(fields, wire.message(p)) for p in twice]
        records.append(wire.record(self.good(BODY=body)))
        self.dead("PB_NONCANON", *records)

    def test_row_89_two_bodies(self):
        self.dead("PB_NONCANON", wire.record(self.good(CONTROL={})), wire.record(self.good(LEVERANS={1: 1})))

    def test_row_89_another_order_and_32_unknown_fields(self):
        fields = self.good("B")
        unknown = [(1000 + n, n) for n in range(32)]
        records = [wire.record(self.good("A"), wire.message(reversed(self.good("A").items()))), wire.record(fields, wire.message([*unknown, *fields.items()]))]
        live = self.put(*records)
        figures, _ = self.aggregate(by="kalla")
        self.assertEqual((figures["balance"]["events"]["dead"], figures["totals"]["kontakt/1"]["antal"]), ({}, live + 2))

    def test_row_89_more_unknown_fields(self):
        fields = self.good()
        deep = self.good(BODY=[*wire.contact().items(), *((1000 + n, b"") for n in range(33))])
        self.dead("LIMIT", wire.record(fields, wire.message([*fields.items(), *((1000 + n, n) for n in range(33))])), wire.record(deep))

    def test_row_90_a_megabyte_of_unknown_fields(self):
        p, key, value = wire.record(self.good())
        self.dead("LIMIT", (p, key, value + (wire.tag(100, 0) + wire.varint(1)) * 250_000))

    def test_row_92_unknown_codes(self):
        bodies = [wire.contact(**{name: 31}) for name in ("KANAL", "STATUS", "VARDFORM", "QUALIFIED", "REPLACES", "DOCUMENTED", "KON")]
        bodies.append(wire.contact(KANAL=256))
        records = [wire.record(self.good(str(n), BODY=body)) for n, body in enumerate(bodies)]
        records += [wire.record(self.good("op", OP=FORGED)), wire.record(self.good("kind", VERSION_KIND=FORGED))]
        self.dead("UNKNOWN_CODE", *records)

    def test_fields_that_must_be_there(self):
        bodies = [wire.contact(**{name: None}) for name in ("KANAL", "STATUS", "VARDFORM", "QUALIFIED", "DAY", "KON")]
        records = [wire.record(self.good(str(n), BODY=body)) for n, body in enumerate(bodies)]
        records += [wire.record(self.good(name, **{name: None})) for name in ("FINGERPRINT", "VERSION", "VERSION_KIND", "OP", "CONTACT")]
        p, key, _ = wire.record(self.good())
        records.append((p, key, wire.message(self.good(ID=None))))
        self.dead("FIELD_MISSING", *records)

    def test_fields_out_of_range(self):
        self.dead("FIELD_INVALID", wire.record(self.good("v", VERSION=1 << 48)), wire.record(self.good("d", BODY=wire.contact(DAY=65536))),
                  wire.record(self.good("u", BODY=wire.contact(UNIT=b"x" * 129))), wire.record(self.good("n", BODY=wire.contact(UNIT=b"En\nhet"))),
                  wire.record(self.good("f", FINGERPRINT=b"123")), wire.record(self.good("s", SOURCE=b"Stor Bokstav")))

    def test_everything_at_once_and_nothing_lost(self):
        p, key, value = wire.record(self.good())
        self.put((0, None, None), (1, key, b""), (p, b"", value), ((p + 1) % 4, key, value), (p, key, b"\x08" * 20000), (p, key, b"{}"),
                 (p, key, value[:-1]), (p, key, value + value), (p, key, value), (p, key, value))
        figures, _ = self.aggregate(by="kalla")
        events = figures["balance"]["events"]
        self.assertEqual(events["dead"], {"NULL_VALUE": 1, "EMPTY_VALUE": 1, "KEY": 1, "WRONG_PARTITION": 1, "LIMIT": 1, "SCHEMA_VERSION": 1, "PB_SYNTAX": 1, "PB_NONCANON": 1})
        self.assertEqual((events["applied"], events["duplicate"], events["consumed"]), (5, 1, 14))


RecordsOnKafka = source.on_kafka(Records)


if __name__ == "__main__":
    unittest.main()
