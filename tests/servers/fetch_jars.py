#!/usr/bin/env python3
"""The jars of kafka-jars.txt: fetched once by Maven as it is configured here, kept in the user's cache, verified at every use.

Owns kontaktpuls/kafka/ in the cache. Never asks the network for a jar that is there and right.
"""
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

LIST = pathlib.Path(__file__).with_name("kafka-jars.txt")
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
MAVEN_SECONDS = 600     # less than a test may take
DEPENDENCY = """<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version>
<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>
"""
POM = """<project><modelVersion>4.0.0</modelVersion>
<groupId>kontaktpuls</groupId><artifactId>kafka-jars</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
{}</dependencies></project>
"""


class Unavailable(Exception):
    """The jars are not here and could not be fetched; says what to do."""


def pinned():
    """[(SHA-256, file, coordinates)]"""
    lines = LIST.read_text(encoding="ascii").splitlines()
    return [tuple(line.split()) for line in lines if line and not line.startswith("#")]


def cache():
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "kontaktpuls" / "kafka"


def is_right(path, digest):
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def jars():
    """Paths of all jars, verified, in the order of the list; fetches what is missing or damaged."""
    folder = cache()
    missing = [row for row in pinned() if not is_right(folder / row[1], row[0])]
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="fetch-", dir=folder) as fetched:
            fetch(missing, pathlib.Path(fetched))
    return [folder / name for _, name, _ in pinned()]


def fetch(rows, folder):
    """By Maven into `folder`; what has the pinned digest moves to the cache, and nothing else does."""
    print(f"fetching {len(rows)} jars of Apache Kafka by Maven", file=sys.stderr, flush=True)
    said = maven(rows, folder)
    for digest, name, coordinates in rows:
        if not (folder / name).exists():
            raise Unavailable(f"Maven did not bring {coordinates}; is Maven Central, or the mirror in Maven's settings, "
                              f"reachable from here?\n{said[-2000:]}")
        if not is_right(folder / name, digest):
            raise Unavailable(f"{coordinates} is not the file that was pinned: its SHA-256 is not {digest}. Nothing was kept.")
    for _, name, _ in rows:
        os.replace(folder / name, cache() / name)


def maven(rows, folder):
    """What Maven said. Its exit status tells less than the files it brought."""
    if not shutil.which("mvn"):
        raise Unavailable("the jars of Apache Kafka are not in the cache, and there is no Maven to fetch them: "
                          "apt-get install maven")
    pom = folder / "pom.xml"
    pom.write_text(POM.format("".join(DEPENDENCY.format(*coordinates.split(":")) for _, _, coordinates in rows)))
    command = ["mvn", "-B", "-q", "-f", pom, PLUGIN, "-DincludeScope=runtime", f"-DoutputDirectory={folder}"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=MAVEN_SECONDS)
    except subprocess.TimeoutExpired:
        return f"no end within {MAVEN_SECONDS} s"
    return done.stdout


def main():
    try:
        jars()
    except Unavailable as why:
        print(f"fetch_jars: {why}", file=sys.stderr)
        return 69
    print(cache())
    return 0


if __name__ == "__main__":
    sys.exit(main())
