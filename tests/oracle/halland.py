"""The made-up Halland's contacts, read from D/kallor with Python's csv module and what the pages of the sources say.

Every row ends in one of: kept, rejected (None), not a contact. It knows nothing of the mappings or the generator.
"""
import csv
import datetime
import pathlib
import re

from oracle import model

STATUS = {
    "telefon": {"Avslutad": "avslutad", "Bokad": "tidbokad", "Inställd": "installd", "Utebliven": "uteblivet",
                "Avbruten": "avbruten", "Makulerad": "makulerad"},
    "video": {"finished": "avslutad", "planned": "tidbokad", "cancelled": "installd", "no show": "uteblivet",
              "interrupted": "avbruten", "void": "makulerad"},
    "skriftlig": {"5": "avslutad", "1": "tidbokad", "2": "installd", "6": "uteblivet", "4": "avbruten", "9": "makulerad"},
}
# kind -> kanal, form, qualified, replaces
KIND = {
    "telefon": {"T1": ("telefon", "telefon", "ja", "ja"), "T2": ("telefon", "telefon", "nej", "nej"),
                "T3": ("telefon", "telefon", "ja", "nej"), "V1": ("video", "video", "ja", "ja"),
                "K1": ("skriftlig", "brev", "ja", "ja"), "B1": ("fysisk", "mottagning", "ja", "ja"),
                "B2": ("fysisk", "hembesok", "ja", "ja")},
    "video": {"video": ("video", "video", "ja", "antaget"), "video group": ("video", "video", "ja", "antaget"),
              "phone": ("telefon", "telefon", "ja", "antaget"), "visit": ("fysisk", "mottagning", "ja", "antaget")},
    "skriftlig": {"chatt": ("skriftlig", "chatt", "ja", "ja"), "meddelande": ("skriftlig", "meddelande", "ja", "ja"),
                  "formulär": ("skriftlig", "formular", "ja", "ja"), "stöd och behandling": ("skriftlig", "sob", "ja", "ja"),
                  "brev": ("skriftlig", "brev", "ja", "ja"), "fråga": ("skriftlig", "meddelande", "nej", "nej"),
                  "telefonsamtal": ("telefon", "telefon", "ja", "ja"), "besök": ("fysisk", "mottagning", "ja", "ja")},
}
FILES = {  # encoding, delimiter, columns: id version unit start person kon kind status documented
    "telefon": ("cp1252", ";", ("Kontaktnr", "Ändrad", "Vårdenhet", "Datum och tid", "Personnummer", "Kön", "Besökstyp", "Status",
                                "Journalförd")),
    "video": ("utf-8", ",", ("contact_id", "revision", "unit", "start", "patient", None, "kind", "state", "journalled")),
    "skriftlig": ("utf-8", "\t", ("ärende", "ändrad", "enhet", "inkom", "personnummer", "kön", "ärendetyp", "läge", "journalförd")),
}
YES = {"Ja": "ja", "true": "ja", "j": "ja", "Nej": "nej", "false": "nej", "n": "nej"}
SEX = {"M": "man", "K": "kvinna", "1": "man", "2": "kvinna", "": None}
AHEAD = ("tidbokad", "installd", "vantelista")


class Rejected(Exception):
    pass


def luhn(digits):
    return sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(digits)) % 10 == 0


def person(text, day):
    """(kon, born), or (None, None) for nobody and for a wrong check digit."""
    digits = re.sub(r"[-+]", "", text)
    if not digits or not luhn(digits[-10:]):
        return None, None
    if len(digits) == 12:
        born = datetime.date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    else:
        year = next(y for y in range(day.year, 0, -1) if y % 100 == int(digits[:2])
                    and (y, int(digits[2:4]), int(digits[4:6])) <= (day.year, day.month, day.day))
        if "+" in text and year + 100 > datetime.date.today().year:
            year -= 100
        born = datetime.date(year, int(digits[2:4]), int(digits[4:6]))
    return ("man" if int(digits[-2]) % 2 else "kvinna"), born


def moment(text, source):
    try:
        if source == "telefon":
            return datetime.datetime.strptime(text, "%d.%m.%Y %H:%M")
        if source == "skriftlig":
            return datetime.datetime.strptime(text, "%Y-%m-%d %H:%M:%S")
        at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise Rejected(text) from error
    return at.astimezone(model.STOCKHOLM)


def version(text, source):
    if not text:
        raise Rejected("no version")
    if source == "video":
        if not text.isdigit():
            raise Rejected(text)
        return int(text)
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=model.STOCKHOLM).timestamp()
    except ValueError as error:
        raise Rejected(text) from error


def contact(row, source):
    """(id, version, contact or None when it is taken back)."""
    key, changed, unit, start, pnr, kon, kind, status, documented = row
    if not key.strip() or len(key.encode()) > 128:
        raise Rejected("id")
    number = version(changed, source)
    status = STATUS[source].get(status)
    if status is None:
        raise Rejected("status")
    if status == "makulerad":
        return key, number, None
    if kind not in KIND[source]:
        raise Rejected("kind")
    if re.fullmatch(r"\d{8}-?\d{4}", unit):
        raise Rejected("a personnummer for a unit")
    day = moment(start, source).date()
    if day > datetime.date.today() and status not in AHEAD:
        raise Rejected("future")
    kanal, form, qualified, replaces = KIND[source][kind]
    told, born = person(pnr, day)
    age = model.completed_years(born, day) if born else None
    if age is not None and not 0 <= age <= 125:
        raise Rejected("age")
    return key, number, {
        "day": day, "unit": unit, "kanal": kanal, "form": form, "kalla": f"{source}-halland", "status": status,
        "vardform": "oppen", "qualified": qualified, "replaces": replaces, "documented": YES[documented],
        "kon": SEX[kon] or told or "okant", "age": age,
    }


def rows(path, encoding, delimiter):
    """Lists of texts, or None for a line that is no row. No value of these files holds a line end."""
    header = None
    for line in path.read_bytes().split(b"\n")[:-1]:
        try:
            text = line.removesuffix(b"\r").decode(encoding)
            row = next(csv.reader([text], delimiter=delimiter, strict=True))
        except (UnicodeDecodeError, csv.Error):
            yield None
            continue
        if header is None:
            header = row
        if len(row) != len(header) or re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text):
            yield None
        else:
            yield row


def read(folder, source):
    """(contacts by id, counts of rows) of one file: the highest version stands, the first of equals."""
    encoding, delimiter, columns = FILES[source]
    stands, count = {}, {"read": 0, "sent": 0, "not_contact": 0, "rejected": 0}
    lines = rows(pathlib.Path(folder) / f"{source}.csv", encoding, delimiter)
    header = next(lines)
    at = [header.index(c) if c else None for c in columns]
    inpatient = header.index("Vårdform") if "Vårdform" in header else None
    for row in lines:
        count["read"] += 1
        try:
            if row is None:
                raise Rejected("structure")
            values = [row[i] if i is not None else "" for i in at]
            if source == "telefon" and values[6] == "S0":
                count["not_contact"] += 1
                continue
            key, number, c = contact(values, source)
        except Rejected:
            count["rejected"] += 1
            continue
        if c and inpatient is not None and row[inpatient] == "Sluten":
            c["vardform"] = "sluten"
        count["sent"] += 1
        if key not in stands or stands[key][0] < number:
            stands[key] = (number, c)
    return stands, count


def contacts(folder):
    """All that stand and were not taken back, and the sums of the rows."""
    out, total, known = [], {}, 0
    for source in FILES:
        stands, count = read(folder, source)
        known += len(stands)
        out += [c for _, c in stands.values() if c]
        for name, n in count.items():
            total[name] = total.get(name, 0) + n
    return out, total, known
