"""The reference pages say what the tables say."""
import unittest

from lint import reference


class Reference(unittest.TestCase):
    def test_pages_have_not_drifted(self):
        folder = reference.ROOT / "docs/reference"
        drifted = [page for page, command in reference.PAGES.items()
                   if not (folder / page).exists() or (folder / page).read_text() != reference.printed(command)]
        self.assertEqual(drifted, [], "./run docs makes them anew")

    def test_there_are_no_other_pages(self):
        pages = {p.name for p in (reference.ROOT / "docs/reference").glob("*.md")}
        self.assertEqual(pages, set(reference.PAGES))
