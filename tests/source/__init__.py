"""A small made-up source: its rows, files of them, and what they must come to. mapping.yaml says what a row means."""
import datetime
import hashlib
import hmac
import json
import pathlib
import random
import struct
import tempfile
import unittest

from oracle import model
from servers import Pipeline, kafka

MAPPING = (pathlib.Path(__file__).parent / "mapping.yaml").read_text(encoding="utf-8")
ROW = {"POST": "K", "KONTAKT": "", "VERSION": "1", "STATUS": "Klar", "DATUM": "2020-03-04", "TID": "", "LOKAL": "",
       "KANAL": "TEL", "VARDFORM": "O", "KVAL": "J", "ENHET": "Enhet A", "DELTAGARE": "", "KON": "K", "FODD": "", "ALDER": "",
       "PNR": ""}
EVERYTHING = ("dag,enhet,kalla,kanal,form,vardform", "period,enhet,kanal,vardform,kon,alder")     # all that the cubes hold
STATUS = {"Klar": "avslutad", "Bokad": "tidbokad", "Inställd": "installd", "Utebliven": "uteblivet"}
KANAL = {"TEL": "telefon", "VID": "video", "SKR": "skriftlig", "EJ": "ej_specificerad", "BES": "fysisk"}


def row(kontakt, **columns):
    """One record, a good one unless `columns` spoil it."""
    unknown = set(columns) - set(ROW)
    assert not unknown, unknown
    return {**ROW, "KONTAKT": str(kontakt), **{name: str(value) for name, value in columns.items()}}


def good(count, first=1, **columns):
    return [row(f"G{n}", **columns) for n in range(first, first + count)]


def csv(rows, columns=tuple(ROW), delimiter=";", end="\n"):
    """Text of a file. Nothing is quoted: a test that wants quotes writes them."""
    lines = [delimiter.join(columns)] + [delimiter.join(r[name] for name in columns) for r in rows]
    return "".join(line + end for line in lines)


def generate(seed, count):
    """Rows of `count` contacts in 2020 with duplicates, corrections, retractions and conflicts, shuffled; and the contacts that stand."""
    dice = random.Random(seed)
    units = [f"Enhet {n}" for n in range(1, 25)] + [""]
    rows = []
    for n in range(count):
        first = row(f"k{seed}-{n}", DATUM=datetime.date(2020, 1, 1) + datetime.timedelta(dice.randrange(366)),
                    STATUS=dice.choices(list(STATUS), (90, 4, 3, 3))[0], KANAL=dice.choices(list(KANAL), (45, 18, 8, 1, 28))[0],
                    VARDFORM=dice.choices("OS", (97, 3))[0], KVAL=dice.choices("JNA", (80, 10, 10))[0], ENHET=dice.choice(units),
                    KON=dice.choice(["K", "M", ""]), FODD=datetime.date(1920, 1, 1) + datetime.timedelta(dice.randrange(36000)))
        rows.append(first)
        chance = dice.random()
        if chance < .03:
            rows.append(first)
        elif chance < .07:
            rows.append({**first, "VERSION": "2", "KANAL": dice.choice(list(KANAL)), "ENHET": dice.choice(units),
                         "DATUM": f"2020-{dice.randrange(1, 13):02}-15"})
        elif chance < .09:
            rows.append({**first, "VERSION": "3", "STATUS": "Makulerad"})
        elif chance < .10:
            rows.append({**first, "KANAL": "TEL" if first["KANAL"] != "TEL" else "VID"})
        elif chance < .11:
            rows.append({**first, "VERSION": "2"})
    # Near one another as in a delivery, but not always in order.
    order = sorted(range(len(rows)), key=lambda i: i + dice.random() * 60)
    rows = [rows[i] for i in order]
    return rows, standing(rows)


def standing(rows):
    """The contacts that stand after these rows: the highest version, among equal ones the first."""
    best = {}
    for r in rows:
        if r["KONTAKT"] not in best or int(r["VERSION"]) > int(best[r["KONTAKT"]]["VERSION"]):
            best[r["KONTAKT"]] = r
    return [contact(r) for r in best.values() if r["STATUS"] != "Makulerad"]


def contact(r):
    """A row as the independent model takes it (oracle/model.py)."""
    day = datetime.date.fromisoformat(r["DATUM"])
    born = datetime.date.fromisoformat(r["FODD"]) if r["FODD"] else None
    return {"id": r["KONTAKT"], "day": day, "unit": r["ENHET"].strip(), "kanal": KANAL[r["KANAL"]], "form": KANAL[r["KANAL"]],
            "kalla": "telefon", "status": STATUS[r["STATUS"]], "vardform": {"O": "oppen", "S": "sluten"}[r["VARDFORM"]],
            "qualified": {"J": "ja", "N": "nej", "A": "antaget"}[r["KVAL"]], "replaces": "ja", "documented": "ja",
            "kon": {"K": "kvinna", "M": "man", "": "okant"}[r["KON"]], "age": model.completed_years(born, day) if born else None}


def keyed(key_file, *parts):
    """HMAC-SHA-256 over length-prefixed parts, as design.md defines identities."""
    secret = bytes.fromhex(pathlib.Path(key_file).read_text().strip())
    data = [part if isinstance(part, bytes) else part.encode() for part in parts]
    return hmac.new(secret, b"".join(struct.pack("<I", len(d)) + d for d in data), hashlib.sha256).digest()


def contact_id(key_file, source, identity):
    return keyed(key_file, "kontakt.id/1", source, identity)[:12]


def fingerprint(key_file):
    return keyed(key_file, "kontakt.key/1")[:4]


def partition(identity, partitions=4):
    return int.from_bytes(identity[:4], "little") % partitions


def laws(p, figures):
    """The laws of the balance, counted anew from the export and from Redis; AssertionError when one does not hold."""
    records, events, contacts = (figures["balance"][part] for part in ("records", "events", "contacts"))
    same = unittest.TestCase().assertEqual
    same(records["read"], records["sent"] + records["not_contact"] + sum(records["rejected"].values()), "law 1")
    same(events["consumed"], sum(n for name, n in events.items() if name not in ("consumed", "dead")) + sum(events["dead"].values()), "law 2")
    assert records["sent"] <= events["consumed"], "sent <= consumed"
    high, live, known, consumed = p.broker.high(p.topic), 0, 0, 0
    for number in range(len(high)):
        m = p.meta(number)
        off, base = int(m["off"]), int(m["base"])
        same(off, high[number], f"partition {number} stands at its high watermark")
        same(off - base, sum(int(n) for name, n in m.items() if name.startswith("s.")), f"law 2, partition {number}")
        for cube in ("dag", "manad"):
            keys = p.redis.call("KEYS", f"kp:{{{p.ns}.{number}}}:c:{cube}:*")
            same(sum(int(n) for key in keys for n in p.redis.hgetall(key).values()), int(m["live"]), f"law 4, partition {number}, {cube}")
        live, known, consumed = live + int(m["live"]), known + int(m["n"]), consumed + off - base
    same((consumed, live, known - live), (events["consumed"], contacts["live"], contacts["retracted"]), "law 3")
    for rule, total in figures["totals"].items():
        assert total.get("antal", 0) <= live, f"{rule} counts more than there is"


class Taken:
    """What became of one or more files: collect's report, and the figures after them."""

    def __init__(self, report, figures, stderr):
        self.files, self.figures, self.stderr = report["files"], figures, stderr
        self.file = self.files[-1]
        self.rejected, self.notes = self.file["rejected"], self.file["notes"]
        self.balance = figures["balance"]
        self.events = figures["balance"]["events"]
        self.kontakter = figures["totals"]["kontakt/1"]["antal"]

    def cells(self):
        return model.exported(self.figures)


def on_kafka(case):
    """The same tests on Apache Kafka, under the name of `case` with OnKafka behind it. `case` looks at its `real`."""
    return kafka.wanted(type(case.__name__ + "OnKafka", (case,), {"__module__": case.__module__, "real": True}))


def tried_on(real):
    """What `try` is told of its broker."""
    return ["--kafka", kafka.shared().address] if real else []


class Case(unittest.TestCase):
    """A test with a pipeline of its own, and the way from rows to figures in one call."""

    clock = "2026-06-01T12:00:00Z"
    real = False        # on Apache Kafka, else on the embedded broker

    def setUp(self):
        self.p = kafka.KafkaPipeline() if self.real else Pipeline()
        self.addCleanup(self.p.close)
        self.folder = self.p.dir / "kallor"
        self.folder.mkdir()

    def mapping(self, *changes):
        """The path of the mapping with (old, new) replaced in its text."""
        text = MAPPING
        for old, new in changes:
            assert text.count(old) == 1, f"{text.count(old)} times in the mapping: {old}"
            text = text.replace(old, new)
        with tempfile.NamedTemporaryFile("w", dir=self.p.dir, suffix=".yaml", delete=False, encoding="utf-8") as f:
            f.write(text)
        return f.name

    def write(self, data, name="kontakter.csv"):
        """A file of rows, text or bytes."""
        path = self.folder / name
        if isinstance(data, list):
            data = csv(data)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def collect(self, *files, mapping=None, check=0, clock=None, key=None, args=()):
        """(report, stderr)"""
        done = self.p.collect(mapping or self.mapping(), *files, args=("--clock", clock or self.clock, *args), key=key, check=check)
        return done, self.p.said

    def aggregate(self, check=0, by="period,enhet,kanal", rule="kontakt/1"):
        """Counts to the end; the figures, of which every law holds."""
        done = self.p.aggregate(check=check)
        figures = self.figures(by=by, rule=rule)
        laws(self.p, figures)
        return figures, done.stderr

    def figures(self, by="period,enhet,kanal", rule="kontakt/1", *args):
        return self.p.figures("alla", "--rule", rule, "--by", by, *args)

    def take(self, data, name="kontakter.csv", check=0, by="period,enhet,kanal", rule="kontakt/1", **kwargs):
        """A file all the way: written, collected, counted, exported; laws checked."""
        report, stderr = self.collect(self.write(data, name), check=check, **kwargs)
        figures, _ = self.aggregate(by=by, rule=rule)
        return Taken(report, figures, stderr)

    def dead_letters(self):
        """The JSON objects on the dead-letter topic."""
        return [json.loads(value) for _, _, _, value, _ in self.p.broker.records(self.p.topic + ".dlq")]
