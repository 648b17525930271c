#!/usr/bin/env python3
"""Removes one guard at a time and looks whether the tests see it: mutants.py is the table.

  tests/faults/mutate.py [name..]     (./run mutate; a name selects every mutant whose name contains it)

Works in a copy of the tree with a build of its own, both thrown away. First the tests of the table must be green there as
it stands; then each mutant is built and its tests run. `red as expected: <guard> (<test that saw it>)`, or `NOT RED: <guard>`;
`NO VERDICT` when a test had no end in time, or failed otherwise than by an assertion and does so without the mutant as well.
Exit status 1 when one is not red, has no verdict, does not build, or when its text does not stand exactly once in its file.
"""
import argparse
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from faults.mutants import MUTANTS      # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAMS = [f"kontaktpuls-{verb}" for verb in ("collect", "aggregate", "ops", "export", "broker", "dlq", "try", "demo")] + ["kafka_tool"]
SHORT, LONG = 20, 60     # seconds that a test waits for what a mutant may never bring, and for what must come
MINUTES = 10        # for a test that takes two when nothing else runs


def misplaced(mutants=MUTANTS, root=ROOT):
    """What is wrong with the table: texts that do not stand exactly once in their file."""
    wrong = []
    for m in mutants:
        found = (root / m.file).read_text(encoding="utf-8").count(m.text)
        if found != 1:
            wrong.append(f"{m.name}: {m.file} has its text {found} times")
    return wrong


class NoVerdict(Exception):
    """A test told nothing about the guard."""


class Red(str):
    """What failed first. `asserted`: a test said so; else something broke on the way, in a setUp perhaps."""

    asserted = True


class Workshop:
    """A copy of the tree and its build."""

    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="kp-mutants-"))
        self.tree, self.build, self.tmp = self.dir / "tree", self.dir / "build", self.dir / "tmp"
        self.tmp.mkdir()
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

    def red(self, test, deadline=SHORT):
        """The first failure of the test, or None when it is green."""
        if test.startswith("unit/"):
            command, env = [self.build / "tests" / pathlib.Path(test).name], {}
        else:
            command, env = [sys.executable, "-m", "unittest", "-f", test.replace("/", ".")], {"KP_BUILD": str(self.build), "KP_DEADLINE": str(deadline)}
        status, said = self.run(list(map(str, command)), self.tree if test.startswith("unit/") else self.tree / "tests", env)
        if status is None:
            raise NoVerdict(f"{test}: no end within {MINUTES} minutes")
        if status == 0:
            return None
        failed = re.search(r"^\[  (FAILED)  \] (\w+)$" if test.startswith("unit/") else r"^(FAIL|ERROR): (\w+) ", said, re.M)
        red = Red(f"{test} {failed.group(2)}" if failed else f"{test} ended with {status}")
        red.asserted = bool(failed) and failed.group(1) != "ERROR"
        return red

    def run(self, command, folder, env):
        """(exit status, output); status None when it did not end. Nothing that it started outlives it, and what it leaves goes with the workshop."""
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                              start_new_session=True, env={**os.environ, "TMPDIR": str(self.tmp), **env}) as process:
            try:
                said, _ = process.communicate(timeout=60 * MINUTES)
                return process.returncode, said
            except subprocess.TimeoutExpired:
                return None, ""
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def green(self, tests):
        """As it stands every test must pass, or red would mean nothing."""
        self.make(tests)
        bad = [seen for seen in (self.red(test, LONG) for test in sorted(tests)) if seen]
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

    def judged(self, mutant):
        """The same; a test that failed without an assertion must be green without the mutant, or it saw something else."""
        seen = self.seen(mutant)
        if seen and not seen.asserted:
            test = seen.partition(" ")[0]
            self.make([test])
            if self.red(test, LONG):
                raise NoVerdict(f"{seen}, and so it does without the mutant")
        return seen

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
                seen = workshop.judged(m)
            except NoVerdict as why:
                bad += 1
                say(f"NO VERDICT: {m.name} ({why})")
                continue
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
