"""Protobuf by hand: events as bytes, and bytes as fields. Knows the wire format and the numbers of kontakt.proto, nothing else."""
import source

SCHEMA, SOURCE, FINGERPRINT, ID, VERSION, VERSION_KIND, OP, PRODUCED, LEVERANS_ID, CONTACT, LEVERANS, CONTROL = (
    1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 18)
KANAL, STATUS, VARDFORM, QUALIFIED, REPLACES, DOCUMENTED, DAY, UNIT, KON = 1, 3, 4, 5, 6, 7, 10, 19, 40
UPSERT, RETRACT = 1, 2


def varint(n):
    out = b""
    n &= (1 << 64) - 1
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def tag(number, wire):
    return varint(number << 3 | wire)


def field(number, value):
    """int -> varint; bytes -> as they are; dict or list of pairs -> a message."""
    if isinstance(value, int):
        return tag(number, 0) + varint(value)
    if not isinstance(value, bytes):
        value = message(value)
    return tag(number, 2) + varint(len(value)) + value


def message(fields):
    pairs = fields.items() if isinstance(fields, dict) else fields
    return b"".join(field(number, value) for number, value in pairs)


def contact(**changes):
    """A counted telephone contact on 2020-03-04 (day 43892); changes by the field's name here, None leaves one out."""
    body = {"KANAL": 1, "STATUS": 4, "VARDFORM": 1, "QUALIFIED": 1, "REPLACES": 1, "DOCUMENTED": 1, "DAY": 43892, "UNIT": b"Enhet A",
            "KON": 2, **changes}
    return {globals()[name]: value for name, value in body.items() if value is not None}


def event(key_file, name, **changes):
    """Fields of an event of source `prov` about the contact `name`; changes as in contact(), and BODY for the contact's fields."""
    body = changes.pop("BODY", contact())
    envelope = {"SCHEMA": 1, "SOURCE": b"prov", "FINGERPRINT": source.fingerprint(key_file),
                "ID": source.contact_id(key_file, "prov", name), "VERSION": 1, "VERSION_KIND": 1, "OP": UPSERT, "CONTACT": body, **changes}
    return {globals()[key]: value for key, value in envelope.items() if value is not None}


def record(fields, data=None, partitions=4):
    """(partition, key, value) as a collector sends it; `data` in place of the encoded fields."""
    identity = fields[ID]
    return source.partition(identity, partitions), identity, message(fields) if data is None else data


def decode(data):
    """[(number, value)]: int for varints, bytes otherwise; ValueError when it is no protobuf."""
    out, at = [], 0

    def take():
        nonlocal at
        n = shift = 0
        while True:
            if at >= len(data) or shift > 63:
                raise ValueError("varint")
            n |= (data[at] & 127) << shift
            at += 1
            if data[at - 1] < 128:
                return n
            shift += 7

    while at < len(data):
        head = take()
        if head & 7 == 0:
            out.append((head >> 3, take()))
            continue
        size = {1: 8, 5: 4}.get(head & 7) or (take() if head & 7 == 2 else None)
        if size is None or at + size > len(data) or head >> 3 == 0:
            raise ValueError("length or wire type")
        out.append((head >> 3, data[at:at + size]))
        at += size
    return out


def leaves(data):
    """Every number and every piece of bytes in a message, however deep."""
    for _, value in decode(data):
        yield value
        if isinstance(value, bytes) and value:
            try:
                yield from leaves(value)
            except ValueError:
                pass
