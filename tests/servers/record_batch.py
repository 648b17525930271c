"""The batches of records in a log file of Kafka, version 2 of their format (Kafka's documentation, "Record Batch")."""
import struct

# Where the parts of a batch are.
LENGTH_AT, LENGTH_END, CRC_AT, ATTRIBUTES_AT = 8, 12, 17, 21


def crc32c(data):
    """Castagnoli's, RFC 3720, bit by bit."""
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def batches(data):
    """Where the batches of a log begin, and where the last one ends."""
    at = [0]
    while at[-1] < len(data):
        at.append(at[-1] + LENGTH_END + struct.unpack_from(">i", data, at[-1] + LENGTH_AT)[0])
    return at


def recompress(log, codec):
    """The last batch of a log file says that it is compressed by `codec`, and its checksum is right."""
    data = bytearray(log.read_bytes())
    at, following = batches(data)[-2:]
    data[at + ATTRIBUTES_AT + 1] = data[at + ATTRIBUTES_AT + 1] & ~7 | codec
    struct.pack_into(">I", data, at + CRC_AT, crc32c(data[at + ATTRIBUTES_AT:following]))
    with open(log, "r+b") as file:      # the broker has it open
        file.write(data)
