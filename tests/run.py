#!/usr/bin/env python3
"""Builds, then runs every test, and ends in `N passed, N failed, N skipped`.

Two kinds of tests, found by their place, never registered:
  tests/unit/<folder>/test_*.c, tests/fuzz/    cmocka programs and fuzz replays, through ctest
  tests/<folder>/test_*.py                     unittest modules; KP_BUILD names the build to test

  tests/run.py [--fast] [--preset release|asan] [--under FOLDER/] [name..]
A name selects every test whose name contains it: `unit/proto`, `e2e/`, `row_26`, and what a line `failed: ..` says. One that
begins with asan/ selects among the C programs of the asan build. A name that selects nothing is a failure.
--under leaves out what does not lie in that folder; --fast leaves out what takes long: everything but unit/ and lint/.
"""
import argparse
import faulthandler
import importlib.util
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = {"release": "build", "asan": "build-asan", "clang": "build-clang"}
FAST = ("unit/", "lint/")
TERMINATED = 128 + signal.SIGTERM
TEST_SECONDS, END_SECONDS = 15 * 60, 2 * 60     # of a Python test; and of what it leaves to clean up when it is ended
SANITIZER = {"ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0", "UBSAN_OPTIONS": "print_stacktrace=1"}


class Tally:
    """Counts, and a line for each test as it ends."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.failures = []

    def add(self, name, outcome, seconds=None, detail=""):
        word = {"passed": "ok  ", "failed": "FAIL", "skipped": "skip"}[outcome]
        setattr(self, outcome, getattr(self, outcome) + 1)
        took = f" ({seconds:.1f} s)" if seconds and seconds >= 1 else ""
        if outcome == "failed":
            self.failures.append(name)
            print(detail.rstrip())
        print(f"{word} {name}{took}{': ' + detail if outcome == 'skipped' else ''}", flush=True)

    def end(self):
        for name in self.failures:
            print(f"failed: {name}")
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        return 1 if self.failed else 0


def build(preset, tally, as_test=False):
    """Configures and builds; a failure ends the run, or is a failed test."""
    start = time.monotonic()
    print(f"building {BUILD[preset]}", flush=True)
    for command in (["cmake", "--preset", preset], ["cmake", "--build", "--preset", preset, "-j", str(os.cpu_count())]):
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            tally.add(f"build/{preset}", "failed", detail=done.stdout[-6000:])
            return False
    if as_test:
        tally.add(f"build/{preset}", "passed", time.monotonic() - start)
    return True


class Wanted:
    """Names of the command line, and which of them have met no test; without names every test is wanted. All within `under`."""

    def __init__(self, names, under=""):
        self.names, self.under, self.unmet = names, under, set(names)

    def meets(self, name, found):
        if not name.startswith(self.under):
            return False
        self.unmet.difference_update(found)
        return bool(found) or not self.names

    def program(self, name):
        return self.meets(name, [w for w in self.names if w in name])

    def test(self, name):
        """`name` is that of a test, and a name of the command line may go on: with what a subtest is about."""
        return self.meets(name, [w for w in self.names if w in name or w.startswith(name + " ")])


def run_ctest(preset, prefix, wanted, tally):
    """Each ctest is one program; its cmocka lines are the tests."""
    folder = ROOT / BUILD[preset]
    listing = subprocess.run(["ctest", "--test-dir", folder, "--show-only=json-v1"], capture_output=True, text=True, check=True)
    for test in json.loads(listing.stdout)["tests"]:
        name = prefix + test["name"]
        whole = wanted.program(name)
        named = [] if whole else [case for case in cases(test["name"]) if wanted.test(f"{name} {case}")]
        if whole or named:
            run_program(name, test["command"], tally, named, {p["name"]: p["value"] for p in test.get("properties", [])})


def cases(name):
    """What a program will call its tests; a program cannot be asked."""
    source = ROOT / "tests" / f"{name}.c"
    return re.findall(r"\bcmocka_unit_test\w*\(\s*(\w+)", source.read_text(encoding="utf-8")) if source.exists() else []


def run_program(name, command, tally, named, properties):
    """In the directory and with the variables that ctest would give it. Tells of the cases in `named` alone, of all when it is empty."""
    start = time.monotonic()
    own = dict(variable.split("=", 1) for variable in properties.get("ENVIRONMENT", []))
    try:
        done = subprocess.run(command, cwd=properties.get("WORKING_DIRECTORY", ROOT), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", timeout=300, env={**os.environ, **SANITIZER, **own})
    except subprocess.TimeoutExpired as slow:
        tally.add(name, "failed", detail=f"{slow.stdout or ''}\nno end within 300 s")
        return
    seconds = time.monotonic() - start
    told = re.findall(r"^\[\s+(OK|FAILED|SKIPPED)\s+\] (\w+)$", done.stdout, re.M)
    failed = {case for outcome, case in told if outcome == "FAILED"}
    skipped = {case for outcome, case in told if outcome == "SKIPPED"}
    told_of = re.search(r"^\[=+\] .*?(\d+) test\(s\) run", done.stdout, re.M)
    whole = int(told_of.group(1)) == len({case for _, case in told}) if told_of else not name.partition("unit/")[1]      # a replay of inputs tells of no cases
    if not whole or not told or (done.returncode and not failed):
        tally.add(name, "failed" if done.returncode or not whole else "passed", seconds, done.stdout[-6000:])
        return
    ran = dict.fromkeys(case for _, case in told)
    for case in named or ran:
        if case in failed or case not in ran:
            tally.add(f"{name} {case}", "failed", detail=done.stdout[-6000:])
        elif case in skipped:
            tally.add(f"{name} {case}", "skipped", detail=skip_reason(done.stdout, case))
        else:
            tally.add(f"{name} {case}", "passed", seconds / len(ran))


def skip_reason(output, case):
    said = re.search(rf"^skip {case}: (.*)$", output, re.M)
    return said.group(1) if said else "see the test"


def called(name, test):
    """`e2e/test_synthea Real.test_x`; a subtest adds what it is about; what comes before and after a class's tests is called as the class."""
    around = re.fullmatch(r"(?:setUp|tearDown)Class \(.*\.(\w+)\)", str(test))
    if around:
        return f"{name} {around.group(1)}"
    case = getattr(test, "test_case", test)
    about = f" {test._subDescription()}" if case is not test else ""
    return f"{name} {type(case).__name__}.{getattr(case, '_testMethodName', case)}{about}"


class TookTooLong(Exception):
    """Raised in the middle of a test, so that it fails, cleans up, and the others run."""


def took_too_long(*_):
    faulthandler.dump_traceback(file=sys.__stderr__)
    raise TookTooLong(f"no end within {TEST_SECONDS} s; where every thread stood is on stderr")


def limit_time():
    """Begins anew with each test, and with what a class does before and after its tests. Code that no exception reaches ends the run."""
    signal.signal(signal.SIGALRM, took_too_long)
    signal.alarm(TEST_SECONDS)
    faulthandler.dump_traceback_later(TEST_SECONDS + END_SECONDS, exit=True, file=sys.__stderr__)


def no_limit():
    signal.alarm(0)
    faulthandler.cancel_dump_traceback_later()


class Result(unittest.TestResult):
    def __init__(self, tally, name):
        super().__init__()
        self.tally, self.name, self.begun, self.bad = tally, name, 0, False

    def called(self, test):
        return called(self.name, test)

    def startTest(self, test):
        super().startTest(test)
        self.begun, self.bad = time.monotonic(), False
        limit_time()

    def stopTest(self, test):
        super().stopTest(test)
        limit_time()

    def seconds(self):
        return time.monotonic() - self.begun if self.begun else None    # none has begun when setUpClass fails

    def addSuccess(self, test):
        if not self.bad:
            self.tally.add(self.called(test), "passed", self.seconds())

    def fail(self, test, err):
        if err[0] is SystemExit:    # SIGTERM in the middle of a test, which cleans up: the last one
            self.stop()
        self.bad = True
        self.tally.add(self.called(test), "failed", self.seconds(), self._exc_info_to_string(err, test))

    addError = addFailure = fail

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.fail(subtest, err)
            self.bad = True

    def addSkip(self, test, reason):
        self.tally.add(self.called(test), "skipped", detail=reason)


def run_unittests(wanted, fast, tally):
    sys.path.insert(0, str(ROOT / "tests"))
    for path in sorted(ROOT.glob("tests/*/test_*.py")):
        name = f"{path.parent.name}/{path.stem}"
        if fast and not name.startswith(FAST) or not name.startswith(wanted.under):
            continue
        if wanted.names and not any(w in name or w.startswith(name.split("/")[0] + "/") or "/" not in w for w in wanted.names):
            continue
        spec = importlib.util.spec_from_file_location(name.replace("/", "_"), path)
        module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except Exception as error:  # a module that does not load is a failed test
            tally.add(name, "failed", detail=repr(error))
            continue
        suite = unittest.TestSuite()
        for test in flatten(unittest.defaultTestLoader.loadTestsFromModule(module)):
            if wanted.test(called(name, test)):
                suite.addTest(test)
        limit_time()
        result = Result(tally, name)
        suite.run(result)
        no_limit()
        if result.shouldStop:
            sys.exit(TERMINATED)


def flatten(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        else:
            yield item


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--preset", choices=["release", "asan"], default="release")
    parser.add_argument("--under", metavar="FOLDER/", default="")
    parser.add_argument("name", nargs="*")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))      # by the way that stops what runs: the shared broker is atexit's
    tally = Tally()
    os.environ["KP_BUILD"] = str(ROOT / BUILD[args.preset])
    os.environ.update(SANITIZER)
    everything = not args.fast and not args.name and not args.under and args.preset == "release"
    in_asan = Wanted([w for w in args.name if w.startswith("asan/")])
    others = Wanted([w for w in args.name if w not in in_asan.names], args.under)
    unmet = set()
    if (others.names or not in_asan.names) and build(args.preset, tally):
        run_ctest(args.preset, "", others, tally)
        run_unittests(others, args.fast, tally)
        unmet |= others.unmet
    if (everything or in_asan.names) and build("asan", tally):
        run_ctest("asan", "asan/", in_asan, tally)
        unmet |= in_asan.unmet
    if everything:
        build("clang", tally, as_test=True)
    among = (" of --fast" if args.fast else "") + (f" under {args.under}" if args.under else "")
    for name in sorted(unmet):
        tally.add(name, "failed", detail=f"no test{among} has {name!r} in its name")
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
