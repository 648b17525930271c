"""The reference pages say what the tables say."""
import unittest

from lint import reference


class Reference(unittest.TestCase):
    def test_pages_have_not_drifted(self):
        for page, command in reference.PAGES.items():
            with self.subTest(page):
                stands = (reference.ROOT / "docs/reference" / page).read_text()
                self.assertEqual(stands, reference.printed(command), "run ./run docs")

    def test_there_are_no_other_pages(self):
        pages = {p.name for p in (reference.ROOT / "docs/reference").glob("*.md")}
        self.assertEqual(pages, set(reference.PAGES))
