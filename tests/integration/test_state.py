"""State in Redis that somebody changed, lost or brought back: it stops loudly, and no figure comes of it."""
import unittest

import source
from servers import Broker, wait_until


class Changed(source.Case):
    """Each change is found at the next start, named, and gone when it is undone: nothing was written meanwhile."""

    def setUp(self):
        super().setUp()
        rows, self.contacts = source.generate(seed=2, count=200)
        self.collect(self.write(rows))
        self.aggregate()
        self.redis = self.p.redis
        self.before = self.everything()

    def everything(self):
        """Every key with its content, less what a claim changes."""
        found = {}
        for key in self.redis.call("KEYS", "kp:*"):
            if self.redis.call("TYPE", key) == "hash":
                found[key] = {k: v for k, v in self.redis.hgetall(key).items() if k not in ("owner", "epoch")}
            else:
                found[key] = self.redis.call("GETRANGE", key, 0, 32 * 300)
        return found

    def key(self, part):
        """A key of partition 0."""
        return f"kp:{{{self.p.ns}.0}}:{part}"

    def stops(self, *words):
        done = self.p.aggregate(check=65)
        for word in words:
            self.assertIn(str(word), done.stderr)
        self.assertEqual(done.stdout, "")

    def goes_on(self):
        """After the change is undone."""
        self.assertEqual(self.everything(), self.before)
        self.p.aggregate()

    def field_changed(self, key, field, value, *words):
        old = self.redis.call("HGET", key, field)
        self.redis.call("HSET", key, field, value)
        self.stops(*words)
        self.redis.call("HSET" if old is not None else "HDEL", key, field, *([old] if old is not None else []))
        self.goes_on()

    def a_cell(self):
        key = sorted(self.redis.call("KEYS", self.key("c:manad:*")))[0]
        field, value = sorted(self.redis.hgetall(key).items())[0]
        return key, field, int(value)

    def test_one_cell(self):
        for by in (1, -1, 1000000):
            key, field, value = self.a_cell()
            self.redis.call("HINCRBY", key, field, by)
            self.stops(f"cell {key} field {field}: {value + by} in Redis, {value} by the contact table")
            self.redis.call("HINCRBY", key, field, -by)
            self.goes_on()

    def test_a_cell_that_is_gone(self):
        key, field, value = self.a_cell()
        self.redis.call("HDEL", key, field)
        self.stops(key, field, f"0 in Redis, {value} by")
        self.redis.call("HSET", key, field, value)
        self.goes_on()

    def test_a_cell_that_nobody_counted(self):
        key, _, _ = self.a_cell()
        self.field_changed(key, "1.24.3.6", "5", key, "1.24.3.6", "5 in Redis, 0 by")

    def test_a_cell_that_is_no_number(self):
        key, field, _ = self.a_cell()
        self.field_changed(key, field, "många", key)

    def test_all_cells_of_a_unit_and_month(self):
        key, _, _ = self.a_cell()
        self.redis.call("RENAME", key, "undan")
        self.stops(key)
        self.redis.call("RENAME", "undan", key)
        self.goes_on()

    def test_the_text_of_a_unit(self):
        self.field_changed(self.key("u"), "0", "En annan enhet", "partition 0", "digest")

    def test_the_text_of_a_class(self):
        text = self.redis.call("HGET", self.key("k"), "0")
        self.field_changed(self.key("k"), "0", text.replace("test=-", "test=ja"), "partition 0", "digest")

    def test_a_pair_of_month_and_unit(self):
        self.field_changed(self.key("p"), "0", "199901:0", "partition 0")

    def test_a_dictionary_that_lost_an_entry(self):
        old = self.redis.call("HGET", self.key("u"), "0")
        self.redis.call("HDEL", self.key("u"), "0")
        self.stops("partition 0", "lost an entry")
        self.redis.call("HSET", self.key("u"), "0", old)
        self.goes_on()

    def test_one_byte_of_a_slot(self):
        for at in (0, 12, 20, 32 * 5 + 31):
            old = self.redis.call("GETRANGE", self.key("t:0"), at, at)
            old = old if isinstance(old, bytes) else old.encode()
            self.redis.call("SETRANGE", self.key("t:0"), at, bytes([old[0] ^ 1]))
            self.stops("partition 0")
            self.redis.call("SETRANGE", self.key("t:0"), at, old)
            self.goes_on()

    def test_a_segment_that_is_gone(self):
        self.redis.call("RENAME", self.key("t:0"), "undan")
        self.stops("segment 0 of the contact table is lost")
        self.redis.call("DEL", self.key("t:0"))     # the claim rehearses a write; it must leave none
        self.redis.call("RENAME", "undan", self.key("t:0"))
        self.goes_on()

    def test_a_value_of_d(self):
        facts = self.redis.hgetall(self.key("d"))
        pin = next(field for field in facts if field.startswith("pin."))
        self.field_changed(self.key("d"), pin, facts[pin].replace("version=field", "version=mtime"), "partition 0")

    def test_the_sums_of_a_delivery(self):
        number = next(n for n in range(4) if any("fas=closing" in text for text in self.redis.hgetall(f"kp:{{kp.{n}}}:d").values()))
        key = f"kp:{{kp.{number}}}:d"
        field, text = next((f, t) for f, t in self.redis.hgetall(key).items() if "fas=closing" in t)
        self.field_changed(key, field, text.replace("read=", "read=1"), f"partition {number}")

    def test_the_number_of_partitions(self):
        """In any of them: by it a contact is judged to stand in the right one."""
        for number, words in ((0, "namespace kp counts"), (2, "partition 2 of namespace kp counts topic")):
            for value in (0, 3, 5):
                self.field_changed(f"kp:{{kp.{number}}}:m", "s", value, words)

    def test_the_number_of_slots(self):
        n = int(self.redis.call("HGET", self.key("m"), "n"))
        for value in (n - 1, n + 1, 0, 2**31):
            self.field_changed(self.key("m"), "n", value, "partition 0")

    def test_the_number_of_live_contacts(self):
        live = int(self.redis.call("HGET", self.key("m"), "live"))
        self.field_changed(self.key("m"), "live", live + 1, "partition 0")

    def test_a_statistic(self):
        applied = int(self.redis.call("HGET", self.key("m"), "s.applied"))
        self.field_changed(self.key("m"), "s.applied", applied + 1, "partition 0")

    def test_the_offset(self):
        off = int(self.redis.call("HGET", self.key("m"), "off"))
        for value in (off - 1, off + 1):
            self.field_changed(self.key("m"), "off", value, "partition 0")

    def test_the_digest(self):
        self.field_changed(self.key("m"), "sum", "0" * 16, "partition 0", "0" * 16)

    def test_the_fingerprint_of_the_last_record(self):
        self.field_changed(self.key("m"), "probe", "0" * 16, "partition 0", "not the one that was counted")

    def test_an_unknown_format(self):
        self.field_changed(self.key("m"), "fmt", "4", "format 4, this program counts in format 3")

    def test_a_cut_between_two_states_gives_no_figure(self):
        off = int(self.redis.call("HGET", self.key("m"), "off"))
        self.redis.call("HSET", self.key("m"), "ahead", off + 1)
        done = self.p.export("ar", "2020", check=65)
        self.assertEqual(done.stdout, "")
        self.assertIn("between two states", done.stderr)
        self.redis.call("HSET", self.key("m"), "ahead", off)
        self.p.export("ar", "2020", check=0)

    def test_a_balance_that_does_not_hold_gives_no_figure(self):
        key, field, value = self.a_cell()
        self.redis.call("HINCRBY", key, field, 1)
        done = self.p.export("ar", "2020", check=65)
        self.assertIn("law 4", done.stderr)
        self.redis.call("HINCRBY", key, field, -1)
        applied = self.redis.call("HGET", self.key("m"), "s.applied")
        self.redis.call("HINCRBY", self.key("m"), "s.applied", 1)
        done = self.p.export("ar", "2020", check=65)
        self.assertIn("law 2", done.stderr)
        self.assertEqual(done.stdout, "")
        self.redis.call("HSET", self.key("m"), "s.applied", applied)
        self.p.export("ar", "2020", check=0)


class Lost(source.Case):
    def setUp(self):
        super().setUp()
        self.collect(self.write(source.good(20)))
        self.aggregate()

    def nothing_comes(self):
        for done in (self.p.aggregate(check=65), self.p.export("ar", "2020", check=65), self.p.export("alla", "--format", "json", check=65)):
            self.assertIn("NOSTATE", done.stderr)
            self.assertEqual(done.stdout, "")
        self.assertEqual(self.p.redis.call("KEYS", "*"), [], "nobody makes state anew by itself")

    def test_flushall(self):
        self.p.redis.call("FLUSHALL")
        self.nothing_comes()

    def test_a_new_empty_redis(self):
        self.p.redis.stop()
        for path in (self.p.redis.folder / "appendonlydir").iterdir():
            path.unlink()
        self.p.redis.start()
        self.nothing_comes()

    def test_flushall_while_the_aggregator_runs(self):
        running = self.p.start_aggregate()
        self.addCleanup(running.kill)
        wait_until(lambda: "partition 3:" in running.text(), "the aggregator runs")
        self.p.redis.call("FLUSHALL")
        self.collect(self.write(source.good(20, 100), "b.csv"))
        self.assertEqual(running.wait(), 65)
        self.assertIn("NOSTATE", running.text())
        self.nothing_comes()

    def test_another_namespace_is_nostate(self):
        self.p.ns = "annan"
        for done in (self.p.aggregate(check=65), self.p.export("ar", "2020", check=65)):
            self.assertIn("NOSTATE", done.stderr)
            self.assertEqual(done.stdout, "")

    def test_no_redis_at_all(self):
        self.p.redis.stop()
        done = self.p.export("ar", "2020", check=69)
        self.assertEqual(done.stdout, "")
        self.p.redis.start()


class Restored(source.Case):
    """An older copy of everything in Redis: counting goes on at the offset that it says."""

    def test_an_older_copy_catches_up(self):
        rows, contacts = source.generate(seed=3, count=300)
        self.collect(self.write(rows[:150], "a.csv"))
        self.aggregate()
        redis = self.p.redis
        copy = {key: redis.call("DUMP", key) for key in redis.call("KEYS", "kp:*")}
        self.collect(self.write(rows[150:], "b.csv"))
        self.aggregate()
        right = redis.cells()
        for key in redis.call("KEYS", "kp:*"):
            redis.call("DEL", key)
        for key, data in copy.items():
            redis.call("RESTORE", key, 0, data)
        self.assertNotEqual(redis.cells(), right)
        self.aggregate()
        self.assertEqual(redis.cells(), right)


class OlderLog(source.Case):
    """The other way round: Redis has counted what the log does not hold. On Kafka: recreated_while_stopped of faults/test_kafka_faults."""

    def test_an_older_log_is_refused(self):
        self.collect(self.write(source.good(20)))
        self.aggregate()
        self.p.broker.stop()
        self.p.broker = Broker(self.p.dir / "kafka-2")
        self.p.broker.put([(0, b"k", b"v")])
        done = self.p.aggregate(check=65)
        self.assertIn("recreated or cut short", done.stderr)
        # As long as before, but another one: the record before the offset is not the one that was counted.
        self.p.broker.put([(n, b"k", b"v") for n in range(4) for _ in range(40)])
        done = self.p.aggregate(check=65)
        self.assertIn("not the one that was counted", done.stderr)


ChangedOnKafka, LostOnKafka, RestoredOnKafka = map(source.on_kafka, (Changed, Lost, Restored))


if __name__ == "__main__":
    unittest.main()
