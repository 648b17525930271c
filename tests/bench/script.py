#!/usr/bin/env python3
"""The alternative: the script that a careful person would write instead of Kontaktpuls, and that counts right.

  script.py HOST:PORT TOPIC REDIS_SOCKET NAME      reads the topic to its end; the cells into hashes NAME:<cube>:<yyyymm>:<unit>

confluent-kafka, protobuf and redis-py, each used the fast way: batches, dicts, one pipeline. It keeps nothing durable between runs,
is fenced against nobody, and refuses nothing but what is no event; what it counts is exact: the highest version of a contact stands,
of equal ones the first, and a retraction removes. kontakt_pb2 is protoc's; the bench makes it.
"""
import collections
import datetime
import sys

import confluent_kafka
import redis

from kontakt.v1 import kontakt_pb2

RETRACT = 2
EPOCH = datetime.date(1900, 1, 1)      # as the event counts days
NAMES = {"status": {4: "avslutad", 7: "uteblivet"}, "vardform": {1: "oppen", 2: "sluten"}, "judgement": {1: "ja", 2: "nej", 3: "antaget", 4: "okant"}}


def age_group(age):
    return 1 + sum(age > limit for limit in (17, 44, 64, 79))


def klass(source, contact):
    judgement = NAMES["judgement"]
    return (f"kalla={source};status={NAMES['status'][contact.status]};vardform={NAMES['vardform'][contact.vardform]};"
            f"kvalificerad={judgement[contact.qualified]};ersatter={judgement[contact.replaces_visit]};"
            f"dokumenterad={judgement[contact.documented]};test=-;utomlans=-")


def consumer(address, topic):
    c = confluent_kafka.Consumer({"bootstrap.servers": address, "group.id": "script", "enable.auto.commit": False,
                                  "auto.offset.reset": "error", "queued.min.messages": 10000000, "queued.max.messages.kbytes": 65536})
    partitions, left = [], 0
    for number in c.list_topics(topic, timeout=20).topics[topic].partitions:
        low, high = c.get_watermark_offsets(confluent_kafka.TopicPartition(topic, number), timeout=20)
        partitions.append(confluent_kafka.TopicPartition(topic, number, low))
        left += high - low
    c.assign(partitions)
    return c, left


def standing(c, left):
    """{identity: (version, contact's fields or None)}."""
    contacts, klasses = {}, {}
    event = kontakt_pb2.Event()
    while left > 0:
        for message in c.consume(10000, timeout=1):
            left -= 1
            event.ParseFromString(message.value())
            old = contacts.get(event.id)
            if old is not None and old[0] >= event.version:
                continue
            if event.op == RETRACT:
                contacts[event.id] = event.version, None
                continue
            contact = event.contact
            kind = event.source, contact.status, contact.vardform, contact.qualified, contact.replaces_visit, contact.documented
            text = klasses.get(kind)
            if text is None:
                text = klasses[kind] = klass(event.source.decode(), contact)
            contacts[event.id] = event.version, (contact.day, contact.unit, text, contact.form, contact.kon, contact.age)
    return contacts


def cells(contacts):
    """{key: {field: count}}."""
    count = collections.Counter(fields for _, fields in contacts.values() if fields is not None)
    days = {day: EPOCH + datetime.timedelta(day) for day in {fields[0] for fields in count}}
    out = collections.defaultdict(collections.Counter)
    for (day, unit, text, form, kon, age), n in count.items():
        date, name = days[day], unit.decode()
        month = f"{date.year}{date.month:02}"
        out[f"dag:{month}:{name}"][f"{date.day} {text} {form}"] += n
        out[f"manad:{month}:{name}"][f"{text} {form} {kon} {age_group(age)}"] += n
    return out


def main(address, topic, path, name):
    c, left = consumer(address, topic)
    found = cells(standing(c, left))
    c.close()
    pipe = redis.Redis(unix_socket_path=path).pipeline(transaction=False)
    for number, (key, fields) in enumerate(found.items()):
        pipe.hset(f"{name}:{key}", mapping=fields)
        if number % 1000 == 999:
            pipe.execute()
    pipe.execute()


if __name__ == "__main__":
    main(*sys.argv[1:])
