"""A topic to which something happens: one that is counted meanwhile, and one that a collector sends to. Each belongs to a column,
Debian's librdkafka or the newest (servers/librdkafka.py).
"""
import contextlib
import ctypes

import source
from servers import kafka, librdkafka, wait_until

COLUMNS = (librdkafka.DEBIANS, librdkafka.NEWEST)
CLOCK = ("--clock", "2026-06-01T12:00:00Z")
NOBODYS = [(p, b"k", b"v") for p in range(4)]       # records that no collector sent: dead letters, if they were folded
QUICK = ("--kafka-property", "socket.timeout.ms=1000")
AGAIN = "asked again (3 of 3)"
# Some 500 records a second, so that a file lasts until it is held, also where the machine has more to do.
QUEUE = 100
SLOWLY = ("--kafka-property", f"queue.buffering.max.messages={QUEUE}", "--kafka-property", "linger.ms=200")
DEADLINE = 180      # for what takes 60 s or 90 s on a machine with nothing else to do


RD_KAFKA_PRODUCER, COPIES, NO_ERROR, ERROR_BYTES, WAIT_MS = 0, 2, 0, 512, 120000        # librdkafka's rdkafka.h


class Transaction:
    """Somebody's transaction, with these records in it, that is open until it is aborted or its broker gives it up after a quarter of an hour.

    By Debian's librdkafka, whatever reads: kafka_tool can only commit.
    """

    def __init__(self, broker, topic, records):
        self.library = ctypes.CDLL("librdkafka.so.1")
        for name, kind in (("conf_new", ctypes.c_void_p), ("new", ctypes.c_void_p), ("topic_new", ctypes.c_void_p), ("init_transactions", ctypes.c_void_p),
                           ("begin_transaction", ctypes.c_void_p), ("abort_transaction", ctypes.c_void_p), ("error_string", ctypes.c_char_p)):
            getattr(self.library, "rd_kafka_" + name).restype = kind
        self.error = ctypes.create_string_buffer(ERROR_BYTES)
        conf = ctypes.c_void_p(self.library.rd_kafka_conf_new())
        for name, value in (("bootstrap.servers", broker.address), ("transactional.id", topic + ".somebody"), ("transaction.timeout.ms", "900000")):
            status = self.library.rd_kafka_conf_set(conf, name.encode(), value.encode(), self.error, ERROR_BYTES)
            assert status == 0, self.error.value
        self.client = ctypes.c_void_p(self.library.rd_kafka_new(RD_KAFKA_PRODUCER, conf, self.error, ERROR_BYTES))
        assert self.client, self.error.value
        self.must(self.library.rd_kafka_init_transactions(self.client, WAIT_MS))
        self.must(self.library.rd_kafka_begin_transaction(self.client))
        handle = ctypes.c_void_p(self.library.rd_kafka_topic_new(self.client, topic.encode(), None))
        for partition, key, value in records:
            sent = self.library.rd_kafka_produce(handle, partition, COPIES, value, ctypes.c_size_t(len(value)), key, ctypes.c_size_t(len(key)), None)
            assert sent == 0, "produce"
        self.library.rd_kafka_topic_destroy(handle)
        # Before an abort too: librdkafka 2.0.2 aborts what was never sent in a way that Kafka 4 does not take.
        assert self.library.rd_kafka_flush(self.client, WAIT_MS) == NO_ERROR, "the records are in the log"

    def must(self, error):
        assert not error, self.library.rd_kafka_error_string(ctypes.c_void_p(error))

    def abort(self):
        self.must(self.library.rd_kafka_abort_transaction(self.client, WAIT_MS))
        self.close()

    def close(self):
        if self.client:
            self.library.rd_kafka_destroy(self.client)
        self.client = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def exact(p, contacts):
    """All is counted, and as the model counts it."""
    p.aggregate()
    for by in source.EVERYTHING:
        figures = p.figures("alla", "--rule", "kontakt/1", "--by", by)
        assert source.model.exported(figures) == source.model.cells(contacts, by.split(","), "kontakt/1"), by
    source.laws(p, figures)
    return figures


class Case(kafka.KafkaPipeline):
    """A topic with the contacts of `seed`, counted by an aggregator that runs with the librdkafka of `column`."""

    def __init__(self, column, seed, broker=None, topic=None, check=0):
        super().__init__(broker, topic=topic, env=librdkafka.environment(column))
        self.column = column
        rows, self.contacts = source.generate(seed, 200)
        self.halves = [rows[:len(rows) // 2], rows[len(rows) // 2:]]
        self.mapping = self.dir / "mapping.yaml"
        self.mapping.write_text(source.MAPPING, encoding="utf-8")
        self.running = None
        self.send(0, check)

    def send(self, half, check=0):
        path = self.dir / f"del-{half}.csv"
        path.write_text(source.csv(self.halves[half]), encoding="utf-8")
        self.collect(self.mapping, path, args=CLOCK + QUICK, check=check)

    def count(self, *args):
        """An aggregator that has counted all there is, and goes on."""
        self.running = self.start_aggregate(*QUICK, *args)
        self.caught_up()
        assert librdkafka.uses(self.running, self.column), self.column
        return self

    def caught_up(self):
        try:
            wait_until(lambda: self.counted() or not self.running.alive(), "everything is counted", DEADLINE)
        except AssertionError as late:
            raise AssertionError(f"{late}: {self.redis.offsets()}\n{self.running.text()[-6000:]}") from None
        assert self.running.alive(), self.running.text()

    def counted(self):
        with contextlib.suppress(AssertionError):       # the controller shuts a broker that was frozen out for a moment
            return self.redis.offsets() == self.high()
        return False

    def recreate(self, records):
        self.broker.delete_topic(self.topic)
        self.broker.create_topic(self.topic, 4)
        self.broker.put(records, self.topic)

    def stops(self, *words, meant=None):
        """The one that runs ends with 65 and these words; a state that nothing false was folded into stays as it was."""
        before = meant or self.redis.cells()
        status = self.running.wait(DEADLINE)
        said = self.running.text()
        assert status == 65 and all(word in said for word in words), f"exit {status}, expected {words}\n{said}"
        assert self.redis.cells() == before, "cells changed"

    def stops_before_the_end_of_0(self, before, *words):
        """One that is started ends at once with 65 and these words: in partition 0 is what cannot be read. Nobody is asked again about that."""
        self.running = self.start_aggregate(*QUICK)
        assert self.running.wait(DEADLINE) == 65, self.running.text()
        said, offsets = self.running.text(), self.redis.offsets()
        assert all(word in said for word in words) and "asked again" not in said, f"expected {words}\n{said}"
        assert offsets[0] < self.high()[0] and min(n - b for n, b in zip(offsets, before)) >= 0, (before, offsets)

    def refuses(self, *words):
        """So does one that is started now."""
        before = self.redis.cells(), self.redis.offsets()
        done = self.aggregate(check=65)
        assert all(word in done.stderr for word in words), f"expected {words}\n{done.stderr}"
        assert (self.redis.cells(), self.redis.offsets()) == before, "nothing was written"

    def heals(self):
        """All is counted, exactly, by the aggregator that ran through it."""
        self.caught_up()
        assert self.running.stop() == 0, self.running.text()
        self.exact()

    def exact(self):
        exact(self, self.contacts)

    def close(self):
        if self.running:
            self.running.kill()
        super().close()


class Sending(kafka.KafkaPipeline):
    """A topic to which a collector sends one file from the folder that it watches, slowly."""

    def __init__(self, column, seed, broker=None, topic=None, count=6000, patience=60000):
        super().__init__(broker, topic=topic, env=librdkafka.environment(column))
        rows, self.contacts = source.generate(seed, count)
        self.rows, self.folder = len(rows), self.dir / "inkorg"
        self.folder.mkdir()
        (self.folder / "a.csv").write_text(source.csv(rows), encoding="utf-8")
        mapping = self.dir / "mapping.yaml"
        mapping.write_text(source.MAPPING, encoding="utf-8")
        self.collector = self.start_collect(mapping, self.folder, args=[*CLOCK, *QUICK, *SLOWLY, "--settle", "0", "--kafka-timeout", patience])
        wait_until(lambda: sum(self.high()) > 100, "the collector sends")
        assert librdkafka.uses(self.collector, column), column

    def hold(self, sent=0):
        """The collector stands still in the middle of the file, and each partition has got so many records."""
        wait_until(lambda: min(self.high()) >= sent, "the collector sends", DEADLINE)
        self.collector.freeze()
        assert not self.receipt().exists(), "the file is through already"
        return self

    def goes_on(self, more=100):
        """After hold(), by so many records."""
        before = sum(self.high())
        self.collector.thaw()
        wait_until(lambda: sum(self.high()) >= before + more, "the collector sends")

    def receipt(self):
        return self.folder / "klart/a.csv.kvitto.json"

    def says(self, *words):
        """It tries again, because of this."""
        wait_until(lambda: all(word in self.collector.text() for word in ("trying again", *words)) or not self.collector.alive(), f"{words}", DEADLINE)
        assert self.collector.alive(), self.collector.text()

    def delivers(self):
        """The whole file, once: whatever was sent twice counts once."""
        wait_until(lambda: self.receipt().exists() or not self.collector.alive(), "the file is delivered", DEADLINE)
        assert self.collector.stop() == 0, self.collector.text()
        balance = exact(self, self.contacts)["balance"]
        assert balance["records"]["read"] == self.rows, balance
        assert balance["deliveries"] == {"complete": 1, "open": 0, "quarantined": {}}, balance

    def close(self):
        self.collector.kill()
        super().close()
