"""Figures as JSON against docs/schema/figurer-1.schema.json, by a short walk over it: what a reader may rely on, and nothing more.

The walk knows the keywords that the schema uses and refuses any other, so that none goes unchecked. It is stricter in one thing:
a member that the schema does not name is refused, for whoever adds one describes it.
"""
import copy
import json
import re
import unittest

import source
from servers import Pipeline, ROOT

SCHEMA = json.loads((ROOT / "docs/schema/figurer-1.schema.json").read_text(encoding="utf-8"))
DIMENSIONS = set(SCHEMA["properties"]["dimensions"]["items"]["enum"])       # any cell may have them
TYPES = {"object": dict, "array": list, "string": str, "integer": int}
WORDS = {"$schema", "$id", "$defs", "title", "description"}                 # for people


class Wrong(AssertionError):
    pass


def need(good, at, what):
    if not good:
        raise Wrong(f"{at}: {what}")


def fits(value, schema):
    try:
        walk(value, schema, "")
    except Wrong:
        return False
    return True


def walk(value, schema, at):
    """Wrong says where the value is not what the schema describes."""
    for word, said in schema.items():
        if word not in WORDS:
            need(word in KEYWORDS, at, f"the walk does not know the keyword {word}")
            KEYWORDS[word](value, said, at, schema)
    if isinstance(value, dict) and "properties" in schema and "additionalProperties" not in schema:
        unknown = set(value) - set(schema["properties"]) - DIMENSIONS
        need(not unknown, at, f"members that the schema does not name: {unknown}")


def each(value, kind):
    return value.items() if kind is dict and isinstance(value, dict) else enumerate(value) if kind is list and isinstance(value, list) else ()


def pointed(ref):
    place = SCHEMA
    for step in ref.removeprefix("#/").split("/"):
        place = place[step]
    return place


def of_type(value, said, at, _):
    need(isinstance(value, TYPES[said]) and not isinstance(value, bool), at, f"{value!r} is no {said}")


def properties(value, said, at, _):
    for name, one in each(value, dict):
        if name in said:
            walk(one, said[name], f"{at}/{name}")


def additional(value, said, at, schema):
    for name, one in each(value, dict):
        if name not in schema.get("properties", {}):
            walk(one, said, f"{at}/{name}")


def items(value, said, at, _):
    for number, one in each(value, list):
        walk(one, said, f"{at}/{number}")


def names(value, said, at, _):
    for name, _ in each(value, dict):
        walk(name, said, f"{at}/{name} (the name)")


KEYWORDS = {
    "type": of_type,
    "properties": properties,
    "additionalProperties": additional,
    "propertyNames": names,
    "items": items,
    "$ref": lambda value, said, at, _: walk(value, pointed(said), at),
    "required": lambda value, said, at, _: need(not isinstance(value, dict) or set(said) <= set(value), at, f"not all of {said}"),
    "const": lambda value, said, at, _: need(value == said, at, f"{value!r} is not {said!r}"),
    "enum": lambda value, said, at, _: need(value in said, at, f"{value!r} is none of {said}"),
    "pattern": lambda value, said, at, _: need(not isinstance(value, str) or re.search(said, value), at, f"{value!r} is not like {said}"),
    "minimum": lambda value, said, at, _: need(value >= said, at, f"{value} is less than {said}"),
    "minItems": lambda value, said, at, _: need(len(value) >= said, at, f"fewer than {said}"),
    "maxItems": lambda value, said, at, _: need(len(value) <= said, at, f"more than {said}"),
    "uniqueItems": lambda value, said, at, _: need(len({json.dumps(one) for one in value}) == len(value), at, "something twice"),
    "oneOf": lambda value, said, at, _: need(sum(fits(value, one) for one in said) == 1, at, f"{value!r} fits none of the forms, or several"),
    "not": lambda value, said, at, _: need(not fits(value, said), at, f"{value!r} may not have {said}"),
}


class Schema(source.Case):
    """One load for all tests: two sources that overlap, a unit that no table knows, a quarantined file, dead letters and rejections."""

    @classmethod
    def setUpClass(cls):
        cls.p = Pipeline()
        cls.addClassCleanup(cls.p.close)
        cls.folder = cls.p.dir / "kallor"
        cls.folder.mkdir()
        one = cls()
        rows, contacts = source.generate(seed=31, count=400)
        spoiled = [source.row("fel", KANAL="FAX"), source.row("S", POST="S")]
        one.collect(one.write([*rows, *spoiled], "a.csv"), one.write("POST;KONTAKT\nK;1\n", "b.csv"), check=65)
        one.collect(one.write(source.good(20, ENHET="Enhet 1"), "c.csv"), mapping=one.mapping(("source: telefon", "source: vas")))
        cls.p.put([(0, b"k", b"v")])
        cls.p.aggregate()
        units = sorted({c["unit"] for c in contacts if c["unit"]})[1:]
        known = [f"{unit};;NSV;region;primarvard;2019-01-01;\n" for unit in (*units, "Enhet tyst")]
        cls.org = one.write("enhet;namn;forvaltning;agarform;vardniva;fran;till\n" + "".join(known), "org.csv")
        cls.registry = one.write("kalla;enhet;kanal;roll;fran;till\nvas;*;*;produktion;2015-01-01;2020-01-01\n", "kallor.csv")

    def setUp(self):
        pass

    def checked(self, *words, has=()):
        """Figures that are as described, and have something in the members of `has`."""
        figures = self.p.figures(*words)
        walk(figures, SCHEMA, "")
        for name in has:
            self.assertTrue(figures[name], f"{name} is empty: {words}")
        dimensions = set(figures["dimensions"])
        for cell in figures["cells"]:
            self.assertEqual(set(cell) & DIMENSIONS, dimensions)
        return figures

    def test_a_year(self):
        figures = self.checked("ar", "2020", has=("cells", "sentence", "notes", "overlaps"))
        self.assertTrue(figures["balance"]["deliveries"]["quarantined"] and figures["balance"]["records"]["rejected"] and figures["balance"]["events"]["dead"])
        self.assertEqual(figures["balance"]["deliveries"]["complete"], 2)

    def test_a_month_with_its_tables(self):
        tables = ("--org", self.org, "--kallor", self.registry)
        figures = self.checked("manad", "2020-03", *tables, has=("cells", "months", "missing", "undecided", "unclassified"))
        self.assertTrue(figures["months"][0]["kontakt/1"] and figures["months"][0]["andel_distans/1"])

    def test_the_way_to_a_rule(self):
        for rule, ways in (("distanskontakt/1", 1), ("besok/1", 1), ("kontakt/1", 1), ("andel_distans/1", 2)):
            with self.subTest(rule=rule):
                figures = self.checked("ar", "2020", "--rule", rule, "--why", "--kallor", self.registry, has=("why",))
                self.assertEqual(len(figures["why"]), ways)

    def test_shares(self):
        for period in (("ar", "2020"), ("manad", "2020-03"), ("halvar", "2020-2")):
            figures = self.checked(*period, "--rule", "andel_distans/1", "--by", "enhet,kon", has=("cells",))
            self.assertTrue(all("taljare" in cell and "antal" not in cell for cell in figures["cells"]))

    def test_other_divisions_and_nothing_at_all(self):
        for by in (*source.EVERYTHING, "roll,kalla", "agarform,vardniva"):
            self.checked("alla", "--by", by, "--english", has=("cells",))
        self.assertEqual(self.checked("ar", "2019")["cells"], [])

    def test_the_walk_sees_what_is_wrong(self):
        good = self.p.figures("ar", "2020", "--why")
        spoiled = {
            "a member is gone": lambda f: f.pop("rule"),
            "one is new": lambda f: f.update(nytt=1),
            "one of the balance": lambda f: f["balance"]["events"].pop("stale"),
            "a count as a text": lambda f: f["cells"][0].update(antal="1"),
            "a negative one": lambda f: f["balance"]["records"].update(read=-1),
            "a truth for a count": lambda f: f["cells"][-1].update(antal=True),
            "count and share in one": lambda f: f["cells"][0].update(taljare=1, namnare=1),
            "an unknown dimension": lambda f: f["dimensions"].append("kommun"),
            "a dimension twice": lambda f: f["dimensions"].append(f["dimensions"][0]),
            "another schema": lambda f: f.update(schema="kontaktpuls.figurer/2"),
            "a period": lambda f: f.update(period="2020-H3"),
            "a sign": lambda f: f["why"]["distanskontakt/1"][0].update(sign="*"),
            "a reason": lambda f: f["balance"]["records"]["rejected"].update(liten=1),
            "notes": lambda f: f.update(notes="en"),
        }
        walk(good, SCHEMA, "")
        for what, spoil in spoiled.items():
            with self.subTest(what):
                figures = copy.deepcopy(good)
                spoil(figures)
                self.assertRaises(Wrong, walk, figures, SCHEMA, "")
        self.assertRaisesRegex(Wrong, "keyword", walk, good, {"maxLength": 1}, "")


if __name__ == "__main__":
    unittest.main()
