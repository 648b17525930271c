#!/usr/bin/env python3
"""Runs every libFuzzer program of the clang build: campaign.py [SECONDS [NAME..]], 60 s each.

A target starts from its corpus, which stays as it is: what the fuzzer finds on the way is thrown
away, what makes the target fail is left in build-clang/fuzz/<name>/ and named. Add such a file to
tests/fuzz/corpus/<name>/ together with the repair.
"""
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build-clang"


def fuzz(program, seconds):
    name = program.name.removeprefix("libfuzzer_")
    kept = BUILD / "fuzz" / name
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as found:
        done = subprocess.run(
            [program, f"-max_total_time={seconds}", "-max_len=8192", "-print_final_stats=1",
             f"-artifact_prefix={kept}/", found, ROOT / "tests/fuzz/corpus" / name],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    if done.returncode != 0:
        print(done.stdout)
        print(f"{name}: FAILED, see above; the input is in {kept.relative_to(ROOT)}/")
        return False
    runs = next((line.split()[-1] for line in done.stdout.splitlines()
                 if line.startswith("stat::number_of_executed_units")), "?")
    print(f"{name}: {runs} inputs in {seconds} s, nothing found", flush=True)
    return True


def main(arguments):
    if arguments and not arguments[0].isdigit():
        sys.exit(f"usage: {sys.argv[0]} [SECONDS [NAME..]]")
    seconds = int(arguments[0]) if arguments else 60
    programs = [p for p in sorted((BUILD / "tests").glob("libfuzzer_*"))
                if not arguments[1:] or p.name.removeprefix("libfuzzer_") in arguments[1:]]
    if not programs:
        sys.exit("no fuzz program in build-clang/tests: build the preset clang first")
    results = [fuzz(program, seconds) for program in programs]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
