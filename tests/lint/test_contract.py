"""The contract as a text: what no parser could defend itself against."""
import re
import unittest

from servers import ROOT

PROTO = ROOT / "proto/kontakt/v1/kontakt.proto"


def inside():
    """Message -> the messages that are in it."""
    text = re.sub(r"//.*", "", PROTO.read_text(encoding="utf-8"))
    bodies = dict(re.findall(r"^message (\w+) \{(.*?)^\}", text, re.M | re.S))
    return {name: {word for word in re.findall(r"\w+", body) if word in bodies} for name, body in bodies.items()}


class Contract(unittest.TestCase):
    def test_row_91_no_message_contains_itself(self):
        contents = inside()
        self.assertIn("Contact", contents["Event"])

        def walk(name, above):
            self.assertNotIn(name, above, " in ".join([name, *above]))
            for other in contents[name]:
                walk(other, [name, *above])
        for name in contents:
            walk(name, [])


if __name__ == "__main__":
    unittest.main()
