"""Contacts of Synthea's CSV files, read with the csv module alone."""
import csv
import datetime
import pathlib

from oracle import model

INPATIENT = {"inpatient"}


def table(path):
    with open(path, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def contacts(folder, now=None):
    folder = pathlib.Path(folder)
    name = {row["Id"]: row["NAME"] for row in table(folder / "organizations.csv")}
    patient = {row["Id"]: row for row in table(folder / "patients.csv")}
    out = {}
    for row in table(folder / "encounters.csv"):
        start = datetime.datetime.fromisoformat(row["START"].replace("Z", "+00:00")).astimezone(model.STOCKHOLM)
        who = patient.get(row["PATIENT"], {})
        born = who.get("BIRTHDATE")
        out.setdefault(row["Id"].lower(), {
            "day": start.date(), "unit": name.get(row["ORGANIZATION"], ""), "kanal": "fysisk", "form": "fysisk", "kalla": "synthea",
            "status": "avslutad", "vardform": "sluten" if row["ENCOUNTERCLASS"] in INPATIENT else "oppen",
            "qualified": "antaget", "replaces": "antaget", "documented": "antaget",
            "kon": {"F": "kvinna", "M": "man"}.get(who.get("GENDER"), "okant"),
            "age": model.completed_years(datetime.date.fromisoformat(born), start.date()) if born else None,
        })
    return list(out.values())
