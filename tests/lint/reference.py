#!/usr/bin/env python3
"""The reference pages in docs/reference: what prints each, and whether they have drifted.

  reference.py --write    makes them anew (./run docs)
"""
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ.get("KP_BUILD", ROOT / "build")) / "bin"

PAGES = {f"{page}.md": ["kontaktpuls-reference", page]
         for page in ("codes", "reasons", "event", "vector", "cubes", "keys")}
PAGES |= {f"options-{verb}.md": [f"kontaktpuls-{verb}", "--reference"]
          for verb in ("collect", "aggregate", "export", "broker", "try", "demo", "dlq")}
PAGES |= {f"options-mapping-{verb}.md": ["kontaktpuls-mapping", verb, "--reference"] for verb in ("init", "test")}
PAGES |= {f"options-ops-{verb}.md": ["kontaktpuls-ops", verb, "--reference"] for verb in ("init", "doctor")}


def printed(command):
    done = subprocess.run([BIN / command[0], *command[1:]], capture_output=True, text=True, check=True)
    return done.stdout


def main():
    folder = ROOT / "docs/reference"
    folder.mkdir(parents=True, exist_ok=True)
    for page, command in PAGES.items():
        (folder / page).write_text(printed(command))
    return 0


if __name__ == "__main__":
    sys.exit(main() if sys.argv[1:] == ["--write"] else 64)
