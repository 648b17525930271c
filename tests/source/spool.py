"""The collector's spool by hand: segments read and written as spool_record.h describes them, and streams into them."""
import contextlib
import struct
import subprocess
import zlib

import source
from servers import Process, program, wait_until

HEADER, HEAD = 80, 16
STREAM_SECONDS = 300     # for a whole stream, as for a program that runs to its end
EVENT, NOT_CONTACT, REJECTED, NOTE, BROKEN = range(1, 6)


def segments(folder):
    return sorted(folder.glob("*.spool"))


def records(path):
    """(offset, number, payload) of every record that is whole, from the beginning on."""
    data, at = path.read_bytes(), HEADER
    while at + HEAD <= len(data):
        size, number, checksum = struct.unpack_from("<IQI", data, at)
        payload = data[at + HEAD:at + HEAD + size]
        if len(payload) < size or zlib.crc32(data[at:at + 12] + payload) != checksum:
            return
        yield at, number, payload
        at += HEAD + size


def record(number, payload):
    head = struct.pack("<IQ", len(payload), number)
    return head + struct.pack("<I", zlib.crc32(head + payload)) + payload


def kinds(folder):
    """How many records of each kind wait there, as a list by kind."""
    count = [0] * 6
    for path in segments(folder):
        try:
            for *_, payload in records(path):
                count[payload[0]] += 1
        except FileNotFoundError:   # sent meanwhile
            pass
    return count


def read(folder):
    """Records of the source that wait there."""
    return sum(kinds(folder)[EVENT:REJECTED + 1])


class Case(source.Case):
    """A test with a pipeline and a spool, and streams into it."""

    def setUp(self):
        super().setUp()
        self.spool = self.p.dir / "spool"

    def options(self, *args, mapping=None):
        return ["--kafka", self.p.broker.address, "--topic", self.p.topic, "--mapping", mapping or self.mapping(), "--key", self.p.key,
                "--state", self.p.state, "--spool", self.spool, "--clock", self.clock, *args]

    def start(self, *args, mapping=None, name="collect", **kwargs):
        """A collector that reads what is written to process.stdin."""
        process = Process([program("collect"), *self.options(*args, mapping=mapping), "-"], self.p.dir / f"{name}.err",
                          stdin=subprocess.PIPE, **kwargs)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        """Killed before its pipe is closed: closing waits for whoever is still writing into it, and for a reader of what is buffered."""
        process.kill()
        with contextlib.suppress(BrokenPipeError):
            process.process.stdin.close()

    def stream(self, data, *args, check=0, mapping=None):
        """A stream to its end; the report, or None. self.p.said is what was said."""
        process = self.start("--report", self.p.dir / "report.json", *args, mapping=mapping, name=f"stream-{self.id()}")
        try:
            process.process.communicate(data, timeout=STREAM_SECONDS)
        except subprocess.TimeoutExpired:
            self.fail(f"the stream did not end within {STREAM_SECONDS} s\n{process.text()[-3000:]}")
        self.p.said = process.text()
        self.assertEqual(process.process.returncode, check, self.p.said)
        return self.p.said

    def drain(self, *args, check=0):
        """What waits is sent."""
        return self.p.collect(self.mapping(), args=self.options(*args)[6:], check=check)

    def feed(self, process, data):
        process.process.stdin.write(data)
        process.process.stdin.flush()

    def wait_spooled(self, count, process):
        wait_until(lambda: not process.alive() or read(self.spool) >= count, f"{count} records are in the spool")
        self.assertTrue(process.alive(), process.text())

    def high(self):
        return sum(self.p.broker.high(self.p.topic))
