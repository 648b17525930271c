"""The newest librdkafka, for the programs that were built with Debian's: the second column of the tests on Apache Kafka.

It stands in a wheel of confluent-kafka, fetched once by pip as it is configured here, kept beside the jars, verified at every
use. Never installed: the programs find it by LD_LIBRARY_PATH.
"""
import atexit
import functools
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile

from servers import fetch_jars

VERSION = "2.16.1"
WHEEL = f"confluent_kafka-{VERSION}-cp311-cp311-manylinux_2_28_x86_64.whl"
SHA256 = "24f613cc81a856b6fbb2d7d11044a9aa770044eecc1f83ff84618688b056be06"
PYTHON = ["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--platform", "manylinux_2_28_x86_64"]
PIP = ["/usr/bin/python3", "-m", "pip"]
PIP_SECONDS = 300
one_asks = threading.Lock()
DEBIANS, NEWEST = "Debian's librdkafka", "the newest librdkafka"


def library():
    """The directory with the library, for this run; AssertionError: what to do. Threads may ask at once."""
    with one_asks:
        libs, why = unpacked()
    assert libs, f"{why}\nKP_NO_KAFKA=1 leaves out the tests that need Apache Kafka and its clients"
    return libs


@functools.cache
def unpacked():
    """(the directory, None) or (None, what to do), once a run: a registry out of reach is not asked again by every test."""
    try:
        wheel = fetched()
    except fetch_jars.Unavailable as why:
        return None, str(why)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kp-librdkafka-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with zipfile.ZipFile(wheel) as z:
        z.extractall(folder, [name for name in z.namelist() if ".libs/" in name])
    libs = folder / "confluent_kafka.libs"
    found, = libs.glob("librdkafka-*.so.1")
    (libs / "librdkafka.so.1").symlink_to(found.name)
    return libs, None


def fetched():
    path = fetch_jars.cache() / WHEEL
    if not fetch_jars.is_right(path, SHA256):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="fetch-", dir=path.parent) as folder:
            fetch(pathlib.Path(folder))
    return path


def fetch(folder):
    """By pip into `folder`; what has the pinned digest moves to the cache, and nothing else does."""
    if platform.machine() != "x86_64":
        raise fetch_jars.Unavailable(f"the wheel with librdkafka {VERSION} is pinned for x86_64, this is {platform.machine()}")
    print(f"fetching librdkafka {VERSION} by pip", file=sys.stderr, flush=True)
    command = [*PIP, "download", "-q", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", *PYTHON,
               "-d", folder, f"confluent-kafka=={VERSION}"]
    try:
        said = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PIP_SECONDS).stdout
    except subprocess.TimeoutExpired:
        said = f"no end within {PIP_SECONDS} s"
    if not (folder / WHEEL).exists():
        raise fetch_jars.Unavailable(f"pip did not bring {WHEEL}; is python3-pip installed, and PyPI, or the mirror in pip's settings, "
                                     f"reachable from here?\n{said[-2000:]}")
    if not fetch_jars.is_right(folder / WHEEL, SHA256):
        raise fetch_jars.Unavailable(f"{WHEEL} is not the file that was pinned: its SHA-256 is not {SHA256}. Nothing was kept.")
    os.replace(folder / WHEEL, fetch_jars.cache() / WHEEL)


def environment(column):
    """Of programs in a column of the tests: None for Debian's."""
    return {**os.environ, "LD_LIBRARY_PATH": str(library())} if column == NEWEST else None


def uses(process, column):
    """Whether a running program has loaded the library of its column."""
    maps = pathlib.Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8", errors="replace")
    return "librdkafka" in maps and (str(library()) in maps) == (column == NEWEST)
