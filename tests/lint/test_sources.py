"""What the tree promises and no compiler checks: who includes whom, how long things are, what is not in it."""
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LAYERS = {
    "common": {"common"},
    "proto": {"common", "proto"},
    "collectors": {"common", "proto", "collectors"},
    "aggregator": {"common", "proto", "aggregator"},
    "exporters": {"common", "proto", "exporters"},
    "demo": {"common", "proto", "demo"},
}


def tracked(*patterns):
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.split("\n") if line and (ROOT / line).exists()]


def sources():
    return [p for p in tracked("*.c", "*.h") if p.relative_to(ROOT).parts[0] in LAYERS]


class Sources(unittest.TestCase):
    def test_stages_never_include_each_other(self):
        self.assertTrue(sources())
        for path in sources():
            layer = path.relative_to(ROOT).parts[0]
            for included in re.findall(r'^#include "([^"]+)"', path.read_text(), re.M):
                first = included.split("/")[0]
                if first in LAYERS:
                    self.assertIn(first, LAYERS[layer], f"{path.name} includes {included}")

    def test_only_the_codec_sees_generated_code(self):
        users = [p.name for p in sources() if ".pb-c.h" in p.read_text() and "#include" in p.read_text()
                 and re.search(r'#include [<"].*pb-c\.h', p.read_text())]
        self.assertEqual(users, ["event_codec.c"])

    def test_files_and_functions_are_short(self):
        for path in sources():
            lines = path.read_text().split("\n")
            self.assertLessEqual(len(lines), 450, path.name)
            begun = None
            for number, line in enumerate(lines, 1):
                if line == "{":
                    begun = number
                if line == "}" and begun:
                    self.assertLessEqual(number - begun, 61, f"{path.name}:{begun}")
                    begun = None

    def test_nothing_personal_to_a_machine(self):
        # Spelled so that this file does not find itself.
        bad = re.compile("(/" + "root/|/" + "work/|/home" + "/[a-z]|TO" + "DO|FIX" + "ME|\\bX" + "XX\\b)")
        for path in tracked():
            if path.suffix in {".hex", ".csv", ".png"} or path.name == "LICENSE":
                continue
            text = path.read_bytes().decode("utf-8", "replace")
            found = bad.search(text)
            self.assertIsNone(found, f"{path.relative_to(ROOT)}: {found and found.group()}")

    def test_c_sources_are_formatted(self):
        files = [str(p) for p in tracked("*.c", "*.h")]
        done = subprocess.run(["clang-format", "--dry-run", "-Werror", *files], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr[:3000])

    def test_shell_scripts_pass_shellcheck(self):
        scripts = [ROOT / "run", ROOT / ".ci/run"]
        done = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
