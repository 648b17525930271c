"""Contacts of FHIR R4 encounters, read with the json module alone."""
import datetime
import json
import pathlib
import re

from oracle import model

STATUS = {"planned": "tidbokad", "arrived": "pagaende", "triaged": "pagaende", "in-progress": "pagaende", "onleave": "permission",
          "finished": "avslutad", "cancelled": "installd", "entered-in-error": "makulerad"}
CLASS = {"AMB": ("fysisk", "oppen"), "EMER": ("fysisk", "oppen"), "FLD": ("fysisk", "oppen"), "HH": ("fysisk", "oppen"),
         "VR": ("ej_specificerad", "oppen"), "IMP": ("fysisk", "sluten"), "ACUTE": ("fysisk", "sluten"), "NONAC": ("fysisk", "sluten")}
MEANS = {"185317003": "telefon", "63431000052109": "video", "185316007": "ej_specificerad", "58171000052102": "fysisk"}
HSA = ("urn:oid:1.2.752.129.2.1.4.1", "urn:oid:1.2.752.29.4.19")
PERSON = {"http://electronichealth.se/identifier/personnummer", "urn:oid:1.2.752.129.2.1.3.1"}


class Wrong(Exception):
    """A record that cannot be taken."""


def once(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise Wrong("a name twice")
    return dict(pairs)


def lines(path):
    """The objects of an NDJSON file, None for a line that is none."""
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if line.strip():
            try:
                yield json.loads(line, object_pairs_hook=once)
            except (ValueError, Wrong):
                yield None


class Resources:
    """Everything that can be referred to, under every name that it has."""

    def __init__(self, entries):
        self.by_name = {}
        for full, resource in entries:
            names = {f"{resource['resourceType']}/{resource.get('id')}", f"urn:uuid:{resource.get('id')}", full}
            for identifier in resource.get("identifier", []):
                names.add(f"{resource['resourceType']}?identifier={identifier.get('system')}|{identifier.get('value')}")
            for name in names - {None}:
                self.by_name[name] = resource

    def get(self, reference):
        if not reference:
            return {}
        if "?" not in reference and not reference.startswith("urn:"):
            reference = "/".join(re.sub("/_history/.*", "", reference).split("/")[-2:])
        return self.by_name.get(reference, {})


def instant(text):
    """(Swedish date, moment or None) of a dateTime."""
    if re.fullmatch(r"\d{4}-\d\d", text):
        text += "-01"
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return datetime.date.fromisoformat(text), None
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text):
        raise Wrong("date")
    moment = datetime.datetime.fromisoformat(re.sub(r"\.\d+", "", text).replace("Z", "+00:00"))
    return moment.astimezone(model.STOCKHOLM).date(), moment


def unit(encounter, resources):
    provider = encounter.get("serviceProvider", {})
    reference = provider.get("reference")
    if reference and reference.startswith("#"):
        return next(r["name"] for r in encounter["contained"] if "#" + r["id"] == reference)
    organisation = resources.get(reference)
    for system in HSA:
        for identifier in organisation.get("identifier", []):
            if identifier["system"] == system:
                return identifier["value"]
    return organisation.get("name") or provider.get("identifier", {}).get("value") or reference or ""


def person(encounter, resources, day):
    """(sex, age)"""
    subject = encounter.get("subject", {})
    patient = resources.get(subject.get("reference"))
    kon = {"female": "kvinna", "male": "man"}.get(patient.get("gender"))
    born = patient.get("birthDate")
    number = next((i["value"] for i in patient.get("identifier", []) + [subject.get("identifier", {})] if i.get("system") in PERSON), None)
    if number:
        kon = kon or ("man" if int(number[10]) % 2 else "kvinna")
        born = born or f"{number[:4]}-{number[4:6]}-{number[6:8]}"
    if not born:
        return kon or "okant", None
    if len(born) < 10:
        return kon or "okant", day.year - int(born[:4])
    return kon or "okant", model.completed_years(datetime.date.fromisoformat(born), day)


def contact(encounter, resources, kalla):
    code = encounter["class"]
    if not isinstance(code, dict) or code["code"] not in CLASS or encounter["status"] not in STATUS:
        raise Wrong("code")
    if "start" not in encounter["period"]:
        raise Wrong("no start")
    kanal, vardform = CLASS[code["code"]]
    for coding in (c for t in encounter.get("type", []) for c in t["coding"]):
        kanal = MEANS.get(coding["code"], kanal)
    day, start = instant(encounter["period"]["start"])
    if start and "end" in encounter["period"] and instant(encounter["period"]["end"])[1] < start:
        raise Wrong("ends before it begins")
    kon, age = person(encounter, resources, day)
    return {"id": encounter["id"], "day": day, "unit": unit(encounter, resources), "kanal": kanal,
            "form": "hembesok" if code["code"] == "HH" else kanal, "kalla": kalla, "status": STATUS[encounter["status"]],
            "vardform": vardform, "qualified": "antaget", "replaces": "antaget", "documented": "antaget", "kon": kon, "age": age}


def contacts(records, resources, kalla, versioned):
    """The contacts that stand, and how many records were wrong."""
    standing, wrong = {}, 0
    for record in records:
        try:
            if record is None or (versioned and "meta" not in record):
                raise Wrong("record")
            if STATUS.get(record["status"]) == "makulerad":
                standing.pop(record["id"], None)
            else:
                standing.setdefault(record["id"], contact(record, resources, kalla))
        except Wrong:
            wrong += 1
    return list(standing.values()), wrong


def bulk(folder, kalla="fhir-encounter-bulk"):
    folder = pathlib.Path(folder)
    entries = [(None, r) for kind in ("Patient", "Organization") for r in lines(folder / f"{kind}.000.ndjson")]
    return contacts(lines(folder / "Encounter.000.ndjson"), Resources(entries), kalla, versioned=False)


def bundle(path, kalla="fhir-encounter"):
    entries = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))["entry"]
    resources = Resources((e.get("fullUrl"), e["resource"]) for e in entries if "resource" in e)
    encounters = [e.get("resource") for e in entries if e.get("resource", {"resourceType": "Encounter"})["resourceType"] == "Encounter"]
    return contacts(encounters, resources, kalla, versioned=True)
