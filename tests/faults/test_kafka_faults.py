"""What a real Kafka does to a log that is being counted: each row stops, named, or heals, exact (README.md of the aggregator).

All cases run at once, with Debian's librdkafka and with the newest, each in a thread with a topic and a Redis of its own: most
wait for half a minute, in which a broker that contradicts is asked again. What needs several brokers is in test_kafka_nodes.
"""
import concurrent.futures
import contextlib
import functools
import os
import pathlib
import shutil
import unittest

from faults.kafka_case import AGAIN, Case, COLUMNS, DEADLINE, NOBODYS, QUEUE, QUICK, Sending, Transaction
from servers import kafka, librdkafka, record_batch, wait_until


NO_CODEC = 7        # Kafka's attributes have three bits for it, and codecs up to 4


def recreated_shorter_while_running(column):
    with Case(column, 101) as c:
        c.count().recreate(NOBODYS)
        c.stops(AGAIN)


def recreated_longer_while_running(column):
    with Case(column, 102) as c:
        c.count().running.freeze()
        c.recreate(NOBODYS * (max(c.high()) + 50))
        c.running.thaw()
        assert c.running.wait(DEADLINE) == 65, c.running.text()
        assert "not the one that was counted" in c.running.text(), c.running.text()


def recreated_while_stopped(column):
    """Longer is seen at once; shorter is asked again."""
    with Case(column, 103) as c:
        c.aggregate()
        high = max(c.high())
        c.recreate(NOBODYS)
        c.refuses("recreated or cut short", AGAIN)
        c.broker.put(NOBODYS * high, c.topic)
        c.refuses("not the one that was counted")


def deleted_before_they_were_counted(column):
    """Records that are gone from Kafka before they were counted are never skipped."""
    with Case(column, 104) as c:
        c.aggregate()
        c.send(1)
        c.broker.delete_records(c.topic, c.high())
        c.refuses("retention took what was not counted", AGAIN)


def deleted_but_counted(column):
    """What is counted may go: the figures stand."""
    with Case(column, 105) as c:
        c.count()
        c.broker.delete_records(c.topic, [offset - 1 for offset in c.high()])
        c.send(1)
        c.heals()


def ends_of_a_log(column):
    """Asked for by time, BEGINNING is the first record that is kept, and END the one after the last."""
    broker, env = kafka.shared(), librdkafka.environment(column)
    topic = broker.fresh_topic()
    assert broker.ends(topic, env) == [(0, 0)] * 4
    broker.put([(p, b"k", b"v") for p in range(4) for _ in range(3 * p)], topic)
    assert broker.ends(topic, env) == [(0, 0), (0, 3), (0, 6), (0, 9)]
    broker.delete_records(topic, [0, 2, 6, 4])
    assert broker.ends(topic, env) == [(0, 0), (2, 3), (6, 6), (4, 9)]


def topic_deleted_while_running(column):
    with Case(column, 107) as c:
        c.count().broker.delete_topic(c.topic)
        c.stops(c.topic)


def row_85_corrupt_on_disk(column):
    """A batch whose checksum is wrong is never folded, nor is anything after it."""
    with Case(column, 108) as c:
        c.aggregate()
        before = c.redis.offsets()
        c.send(1)
        with open(c.broker.log_of(c.topic, 0), "r+b") as log:
            log.seek(-1, os.SEEK_END)
            last = log.read(1)
            log.seek(-1, os.SEEK_END)
            log.write(bytes([last[0] ^ 1]))
        c.stops_before_the_end_of_0(before, "BAD_MSG")


def row_85_unknown_codec(column):
    """A batch that is whole, and compressed in a way that the client does not know: nothing after it is folded either."""
    with Case(column, 122) as c:
        c.aggregate()
        before = c.redis.offsets()
        c.send(1)
        record_batch.recompress(c.broker.log_of(c.topic, 0), NO_CODEC)
        c.broker.put(NOBODYS, c.topic)
        c.stops_before_the_end_of_0(before, "_NOT_IMPLEMENTED", "codec 0x7")


def redis_restored_from_an_older_copy(column):
    with Case(column, 109) as c:
        c.count()
        files, copy = c.redis.folder / "appendonlydir", c.dir / "copy"
        shutil.copytree(files, copy)
        c.send(1)
        c.caught_up()
        c.redis.kill()
        shutil.rmtree(files)
        copy.rename(files)
        c.running.freeze()
        c.redis.start()
        offsets = c.redis.offsets()
        assert min(offsets) >= 0 and offsets != c.high(), "the copy is older"
        c.running.thaw()
        c.heals()


def somebodys_transaction(column):
    """Its end takes an offset and gives no record: nobody but a collector writes here, so that is a gap."""
    with Case(column, 113) as c:
        c.count().broker.put(NOBODYS, c.topic, action="commit")
        c.send(1)
        assert c.running.wait(DEADLINE) == 65, c.running.text()
        assert "gap in partition" in c.running.text(), c.running.text()
        c.refuses("gap in partition")


def somebodys_transaction_that_is_aborted(column):
    """Row 30 of Kafka's behaviours: its records are never seen, but they and its end take offsets. That is a gap."""
    with Case(column, 120) as c:
        c.count()
        with Transaction(c.broker, c.topic, NOBODYS) as one:
            one.abort()
        c.send(1)
        assert c.running.wait(DEADLINE) == 65, c.running.text()
        assert "gap in partition" in c.running.text(), c.running.text()
        c.refuses("gap in partition")


def somebodys_transaction_that_stays_open(column):
    """Row 30: it hides all that follows it, as if nothing came. The other partitions are counted; when it ends there is the gap."""
    with Case(column, 121) as c:
        c.count()
        before, high = c.redis.offsets(), c.high()
        with Transaction(c.broker, c.topic, NOBODYS[:1]) as one:
            c.send(1)
            assert c.high()[0] == high[0], "what lies behind it is hidden"
            c.caught_up()
            assert c.redis.offsets()[0] == before[0] and min(n - b for n, b in zip(c.redis.offsets()[1:], before[1:])) > 0, (before, c.redis.offsets())
            one.abort()
        assert c.running.wait(DEADLINE) == 65, c.running.text()
        assert "gap in partition 0" in c.running.text(), c.running.text()
        assert c.redis.offsets()[0] == before[0], "nothing behind the gap is counted"
        c.refuses("gap in partition 0")


def clients(process):
    """The librdkafka clients in it, each by the thread that is its own."""
    found = set()
    for thread in pathlib.Path(f"/proc/{process.pid}/task").iterdir():
        with contextlib.suppress(OSError):      # it has ended
            if (thread / "comm").read_text() == "rdk:main\n":
                found.add(thread.name)
    return found


def nothing_comes(column, seed=118, member=False):
    """The log has more, by a transaction's end, and no record comes: not waited for in silence. It may be the client, so a new one asks."""
    with Case(column, seed) as c:
        c.count(*(("--group", c.topic, "--kafka-property", "session.timeout.ms=45000") if member else ()))
        before = clients(c.running)
        c.broker.put(NOBODYS, c.topic, action="commit")
        wait_until(lambda: "and nothing comes; trying again" in c.running.text() or not c.running.alive(), "the aggregator wonders", DEADLINE)
        wait_until(lambda: c.running.text().count("partition 0: offset") == 2 or not c.running.alive(), "a new session has begun", DEADLINE)
        assert len(before) == 2, before
        wait_until(lambda: not before & clients(c.running), "every client is a new one")
        assert c.running.stop() == 0, c.running.text()


def nothing_comes_to_a_member(column):
    """The old client leaves the group, so that the new one need not wait for the end of its session."""
    nothing_comes(column, 119, member=True)


def batch_too_large(column):
    """The limit is on a whole batch, and librdkafka never splits one: the delivery fails and stays open until somebody mends it."""
    topic = kafka.shared().fresh_topic(settings={"max.message.bytes": "600"})
    with Case(column, 114, topic=topic, check=74) as c:
        assert "Message size too large" in c.said, c.said
        c.broker.alter(topic, "max.message.bytes", "1048588")
        wait_until(lambda: c.send(0, check=None) or "complete" in c.said, "the broker has heard of it")
        c.send(1)
        c.exact()


def frozen_cut_and_rewritten():
    """One broker of its own for both columns, as it is frozen and killed, and logs are cut, lost and widened, under both programs."""
    with contextlib.ExitStack() as stack:
        broker = stack.enter_context(kafka.Kafka())
        well, cut, longer, wider = ([stack.enter_context(Case(column, seed, broker)).count() for column in COLUMNS] for seed in (110, 111, 112, 106))
        impatient = [stack.enter_context(Sending(column, 115, broker, patience=2000)).hold() for column in COLUMNS]
        for c in wider:
            broker.add_partitions(c.topic, 6)       # looked at two seconds after the connection broke, or else within a minute
        frozen_for_longer_than_the_patience(broker, well, impatient)
        tail = [stack.enter_context(Sending(column, 116, broker)).hold(2 * QUEUE + 1) for column in COLUMNS]
        lost = [stack.enter_context(Sending(column, 117, broker)).hold() for column in COLUMNS]
        for c in longer:
            c.running.freeze()
        high = max(max(c.high()) for c in longer)
        broker.kill()
        for c in (*cut, *longer):
            for partition in range(4):
                log = broker.log_of(c.topic, partition)
                os.truncate(log, log.stat().st_size // 3)
        for c in tail:
            for partition in range(4):      # one batch of three or more stays: of an empty log the broker knows no producer
                log = broker.log_of(c.topic, partition)
                os.truncate(log, record_batch.batches(log.read_bytes())[1])
        for c in lost:
            for partition in range(4):
                shutil.rmtree(broker.log_of(c.topic, partition).parent)
        broker.start()
        for c in (*tail, *lost):
            c.collector.thaw()
        for c in longer:
            broker.put(NOBODYS * high, c.topic)
            c.running.thaw()
        for c in lost:
            c.says("Kafka lost what it had acknowledged")
        for c in tail:
            c.says("sequence")
        for c in longer:
            assert c.running.wait(DEADLINE) == 65, c.running.text()
            assert "not the one that was counted" in c.running.text(), c.running.text()
        for c in cut:
            c.stops(AGAIN, "recreated or cut short")
        for c in wider:
            c.stops("6 partitions")
            broker.add_partitions(c.topic + ".dlq", 6)
            c.refuses("6 partitions", "counts 4")
        for c in well:
            c.heals()
        for c in (*impatient, *tail, *lost):
            c.delivers()


def frozen_for_longer_than_the_patience(broker, counting, sending):
    """What a broker did with the requests that it got before it froze comes to light when it wakes."""
    broker.freeze()
    missed = [c.running.text().lower().count("timed out") for c in counting]
    for c, before in zip(counting, missed):
        wait_until(lambda: c.running.text().lower().count("timed out") > before, "the aggregator misses the broker")
    for c in sending:
        c.collector.thaw()
        c.says("no acknowledgement")
    broker.thaw()
    wait_until(broker.ready, "the thawed broker answers")
    for c in counting:
        c.send(1)
        c.caught_up()


CASES = [recreated_shorter_while_running, recreated_longer_while_running, recreated_while_stopped, deleted_before_they_were_counted,
         deleted_but_counted, topic_deleted_while_running, row_85_corrupt_on_disk, row_85_unknown_codec, redis_restored_from_an_older_copy,
         somebodys_transaction, somebodys_transaction_that_is_aborted, somebodys_transaction_that_stays_open, nothing_comes, nothing_comes_to_a_member, batch_too_large, ends_of_a_log]


@functools.cache
def begun():
    """Every case in every column, all at once: {(name, column): its outcome}."""
    kafka.shared()
    pool = concurrent.futures.ThreadPoolExecutor(len(CASES) * len(COLUMNS) + 1)
    outcome = {(case.__name__, column): pool.submit(case, column) for column in COLUMNS for case in CASES}
    outcome["frozen_cut_and_rewritten"] = pool.submit(frozen_cut_and_rewritten)
    return outcome


@kafka.wanted
class Faults(unittest.TestCase):
    column = librdkafka.DEBIANS

    def test_frozen_cut_and_rewritten(self):
        begun()["frozen_cut_and_rewritten"].result()


@kafka.wanted
class FaultsWithTheNewestLibrdkafka(unittest.TestCase):
    column = librdkafka.NEWEST


def test_of(name):
    def test(self):
        begun()[name, self.column].result()
    return test


for one in CASES:
    for columns in (Faults, FaultsWithTheNewestLibrdkafka):
        setattr(columns, f"test_{one.__name__}", test_of(one.__name__))
del columns     # it would be found as a class of tests


if __name__ == "__main__":
    unittest.main()
