#!/usr/bin/env python3
"""Removes one guard at a time and looks whether the tests see it: mutants.py is the table.

  tests/faults/mutate.py [name..]     (./run mutate; a name selects every mutant whose name contains it)

Works in a copy of the tree with a build of its own, both thrown away. First the tests of the table must be green there as
it stands; then each mutant is built and its tests run. `red as expected: <guard> (<test that saw it>)`, or `NOT RED: <guard>`;
exit status 1 when one is not red, does not build, or when its text does not stand exactly once in its file.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from faults.mutants import MUTANTS      # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAMS = [f"kontaktpuls-{verb}" for verb in ("collect", "aggregate", "ops", "export", "broker", "dlq", "try")] + ["kafka_tool"]
MINUTES = 5


def misplaced(mutants=MUTANTS, root=ROOT):
    """What is wrong with the table: texts that do not stand exactly once in their file."""
    wrong = []
    for m in mutants:
        found = (root / m.file).read_text(encoding="utf-8").count(m.text)
        if found != 1:
            wrong.append(f"{m.name}: {m.file} has its text {found} times")
    return wrong


class Workshop:
    """A copy of the tree and its build."""

    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="kp-mutants-"))
        self.tree, self.build = self.dir / "tree", self.dir / "build"
        shutil.copytree(ROOT, self.tree, ignore=shutil.ignore_patterns(".git", "build", "build-*", "__pycache__", "D"))
        self.say(["cmake", "-S", self.tree, "-B", self.build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug", "-DKP_WERROR=OFF", "-DCMAKE_C_FLAGS=-w"])

    def say(self, command):
        done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        if done.returncode:
            raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout[-3000:]}")
        return done.stdout

    def make(self, tests):
        targets = sorted({t for test in tests for t in ([pathlib.Path(test).name] if test.startswith("unit/") else PROGRAMS)})
        self.say(["ninja", "-C", self.build, f"-j{os.cpu_count()}", *targets])

    def red(self, test):
        """The first failure of the test, or None when it is green."""
        if test.startswith("unit/"):
            command, env = [self.build / "tests" / pathlib.Path(test).name], {}
        else:
            command, env = [sys.executable, "-m", "unittest", "-f", test.replace("/", ".")], {"KP_BUILD": str(self.build), "KP_DEADLINE": "20"}
        try:
            done = subprocess.run(list(map(str, command)), cwd=self.tree if test.startswith("unit/") else self.tree / "tests", stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, errors="replace", timeout=60 * MINUTES, env={**os.environ, **env})
        except subprocess.TimeoutExpired:
            return f"{test}: no end within {MINUTES} minutes"
        if done.returncode == 0:
            return None
        failed = re.search(r"^\[  FAILED  \] (\w+)$" if test.startswith("unit/") else r"^(?:FAIL|ERROR): (\w+) ", done.stdout, re.M)
        return f"{test} {failed.group(1)}" if failed else f"{test} ended with {done.returncode}"

    def green(self, tests):
        """As it stands every test must pass, or red would mean nothing."""
        self.make(tests)
        bad = [seen for seen in map(self.red, sorted(tests)) if seen]
        if bad:
            raise RuntimeError("red without any mutant: " + ", ".join(bad))

    def seen(self, mutant):
        """Which test sees that the guard is gone; None when none does."""
        path = self.tree / mutant.file
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(mutant.text, mutant.replacement), encoding="utf-8")
        try:
            self.make(mutant.tests)
            return next(filter(None, map(self.red, mutant.tests)), None)
        finally:
            path.write_text(text, encoding="utf-8")

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)


def campaign(mutants, say=print):
    """Number of mutants that are not red as expected."""
    wrong = misplaced(mutants)
    for line in wrong:
        say(f"NOT FOUND: {line}")
    if wrong:
        return len(wrong)
    bad, workshop = 0, Workshop()
    try:
        workshop.green({test for m in mutants for test in m.tests})
        for m in mutants:
            try:
                seen = workshop.seen(m)
            except RuntimeError as error:
                bad += 1
                say(f"DOES NOT BUILD: {m.name}\n{error}")
                continue
            bad += seen is None
            say(f"red as expected: {m.name} ({seen})" if seen else f"NOT RED: {m.name}")
    finally:
        workshop.close()
    say(f"{len(mutants)} mutants, {len(mutants) - bad} red as expected")
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="*")
    args = parser.parse_args()
    chosen = [m for m in MUTANTS if not args.name or any(word in m.name for word in args.name)]
    return 1 if not chosen or campaign(chosen, lambda line: print(line, flush=True)) else 0


if __name__ == "__main__":
    sys.exit(main())
