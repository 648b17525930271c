"""An independent model: contacts as plain dicts, counted in the most obvious way.

It knows raw files and the organisation table. It reads no mapping, no cube table and nothing of the
C sources; where it agrees with the product, two separate readings of the rules agree.

A contact: id, day (datetime.date, Swedish), unit, kanal, form, kalla, status, vardform, qualified, replaces, documented
(ja, nej, antaget, okant), test, kon, age (int or None), and whatever the source adds.
"""
import collections
import csv
import datetime
import zoneinfo

STOCKHOLM = zoneinfo.ZoneInfo("Europe/Stockholm")
DISTANCE = ("telefon", "video", "skriftlig", "ej_specificerad")
FIRST_DAY, LAST_DAY = datetime.date(1900, 1, 1), datetime.date(2079, 6, 6)


def yes(judgement):
    return judgement in ("ja", "antaget")


def is_kontakt(c):
    return c["status"] == "avslutad" and c.get("test") != "ja"


def is_distans(c):
    return (is_kontakt(c) and c["vardform"] == "oppen" and c["kanal"] in DISTANCE
            and yes(c["qualified"]) and yes(c["replaces"]) and yes(c["documented"]))


def is_besok(c):
    return is_kontakt(c) and c["vardform"] == "oppen" and c["kanal"] == "fysisk"


RULES = {"kontakt/1": is_kontakt, "distanskontakt/1": is_distans, "besok/1": is_besok}


def age_group(age):
    if age is None:
        return "okand"
    return next(name for top, name in ((17, "0-17"), (44, "18-44"), (64, "45-64"), (79, "65-79"), (999, "80+")) if age <= top)


def completed_years(born, day):
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


class Organisation:
    """The dated table: who a unit belonged to in a month."""

    def __init__(self, path=None):
        self.rows = []
        if path:
            with open(path, encoding="utf-8-sig", newline="") as f:
                self.rows = list(csv.DictReader(f, delimiter=";"))

    def find(self, unit, day):
        first = day.replace(day=1).isoformat()
        for row in self.rows:
            if row["enhet"] == unit and row["fran"] <= first and (not row["till"] or first < row["till"]):
                return row
        return None

    def get(self, unit, day, column, unknown):
        row = self.find(unit, day)
        return row[column] if row else unknown


def dimension(contact, name, org):
    day, unit = contact["day"], contact["unit"] or "(tom)"
    if name == "period":
        return f"{day:%Y-%m}"
    if name == "dag":
        return day.isoformat()
    if name == "enhet":
        return unit
    if name == "forvaltning":
        return org.get(unit, day, "forvaltning", "OKAND")
    if name in ("agarform", "vardniva"):
        return org.get(unit, day, name, "okant")
    if name == "alder":
        return age_group(contact["age"])
    return contact[name]


def cells(contacts, by, rule, org=None, keep=lambda c: True):
    """Sorted [(values.., antal)] as an export lists them."""
    org = org or Organisation()
    count = collections.Counter()
    for c in contacts:
        if RULES[rule](c) and keep(c):
            count[tuple(dimension(c, name, org) for name in by)] += 1
    return sorted((*key, n) for key, n in count.items())


def exported(figures):
    """The same list from an export's JSON."""
    return [tuple(cell[d] for d in figures["dimensions"]) + (cell["antal"],) for cell in figures["cells"]]
