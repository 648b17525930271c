/*
 * wire: whether protobuf bytes mean the same to every reader. protobuf-c accepts a known field
 * twice and two members of a oneof (last wins) and a varint whose high bits overflow its type;
 * this scan, driven by the message descriptor, refuses them before anything is allocated.
 * Source: protobuf encoding specification; "last one wins" is what we do not want.
 */
#ifndef PROTO_WIRE_H
#define PROTO_WIRE_H

#include <protobuf-c/protobuf-c.h>

#include "proto/reasons.h"

#define WIRE_UNKNOWN_MAX 32
#define WIRE_DEPTH_MAX   4

/*
 * REASON_NONE, PB_SYNTAX (truncated, tag 0, group, wrong wire type, varint over 10 bytes), PB_RANGE (a varint
 * that does not fit its field's type), PB_NONCANON (a singular field twice, two members of a oneof), LIMIT (unknown
 * fields, depth).
 */
enum reason wire_check(const ProtobufCMessageDescriptor *type, const uint8_t *data, size_t len);

#endif
