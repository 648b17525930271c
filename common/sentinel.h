/*
 * sentinel: the connection to a Redis primary whose place Redis Sentinel knows. An address is
 * "sentinel:NAME@HOST:PORT,HOST:PORT,..": the name under which the sentinels watch it, and where they
 * are. Nobody else than redis_connect() needs it.
 *
 * Source: https://redis.io/docs/reference/sentinel-clients/
 */
#ifndef COMMON_SENTINEL_H
#define COMMON_SENTINEL_H

#include "common/redis.h"

bool sentinel_is_address(const char *address);
/*
 * Asks one sentinel after another until one names a primary that says itself (ROLE) that it is one. As
 * redis_connect(); the secret is also shown to a sentinel that asks for one. FAULT_UNAVAILABLE as
 * long as waiting may help: no sentinel, or none that knows a primary that answers. FAULT_CONFIG when
 * every sentinel refuses us or does not know the name.
 */
int sentinel_connect(const char *address, const char *secret_path, int timeout_ms,
		     struct redis **ret, struct fault *f) MUST_CHECK;

#endif
