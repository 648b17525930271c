"""The guards, one row each: what is taken away, and the tests that must see it.

A row: name of the guard, file, the exact text (once in the file), what takes its place, tests. A test is a cmocka program
(unit/<folder>/test_x) or a unittest module (integration/test_x). Whoever changes a guard changes its row.
"""
import collections

Mutant = collections.namedtuple("Mutant", "name file text replacement tests")

LUA, PARTITION, FOLD, INGEST, LOAD = (f"aggregator/{name}" for name in ("functions.lua", "partition.c", "fold.c", "ingest.c", "load.c"))
ENGINE = "collectors/engine/"
FUNCTIONS = ["unit/aggregator/test_functions"]

MUTANTS = [
    # The fence of a commit, and what the script refuses.
    Mutant("fence: owner token", LUA, "  if m[2] ~= A[1] or A[1] == '' then return {'FENCED', m[2]} end\n", "", FUNCTIONS),
    Mutant("fence: offset", LUA, "  if m[3] ~= A[2] then return {'STATE', m[3], m[4]} end\n", "", FUNCTIONS),
    Mutant("fence: sum", LUA, "  if m[4] ~= A[3] then return {'STATE', m[3], m[4]} end\n", "", FUNCTIONS),
    Mutant("commit: conservation", LUA, "  if all ~= new - num(m[5]) then refuse('events and statistics differ') end\n", "", FUNCTIONS),
    Mutant("commit: `ahead` is raised first", LUA, "  if new > num(m[6]) then redis.call('HSET', K[1], 'ahead', A[4]) end -- first write\n", "", FUNCTIONS),
    Mutant("commit: a lost segment is not made anew", LUA, "  if len == 0 and (n > first or A[p] ~= '0') then refuse('segment lost') end", "  ", FUNCTIONS),
    Mutant("commit: dictionary texts never change", LUA, "    if old and old ~= A[i+1] then refuse('dictionary entry changed') end\n", "", FUNCTIONS),
    Mutant("commit: a cell of 0 is none", LUA, "      if num(c) == 0 then refuse('a cell of 0') end\n", "", FUNCTIONS),
    Mutant("create: never over what is there", LUA, "  if #there > 1 then return there end\n", "", FUNCTIONS),

    # The aggregator's memory against Redis and the log.
    Mutant("memory is dropped after a bad answer", PARTITION,
           "\t\tstate_settle(&p->state, c.cell_count);\n\telse\n\t\tstate_release(&p->state);", "\t\tstate_settle(&p->state, c.cell_count);",
           ["unit/aggregator/test_partition"]),
    Mutant("cells that were left out are not called complete", "aggregator/batch.c", "\tc->cells = s->deferred || count < touches ? s->settled.cells : s->off;\n",
           "\tc->cells = s->off;\n", ["unit/aggregator/test_partition"]),
    Mutant("cells that a backlog left are counted anew", PARTITION, "\t\tcount_anew(&p->state);\n", "\t\tp->state.deferred = false;\n", ["unit/aggregator/test_partition"]),
    Mutant("pairs of month and unit come with their cells", PARTITION, "\t(void)state_name_pairs(s);\n", "", ["unit/aggregator/test_partition"]),
    Mutant("cells that were left out are written at the start", PARTITION, "\tif (kind == 0 && state_owes_cells(&p->state) &&\n", "\tif (kind == 0 && p->ahead > p->state.off &&\n",
           ["unit/aggregator/test_partition"]),
    Mutant("the start excuses cells that were left out", PARTITION, "p->ahead > p->state.off || late)", "p->ahead > p->state.off)",
           ["unit/aggregator/test_partition"]),
    Mutant("probe of the record before the offset", PARTITION, "\tif (ingest_probe(r) != probe)\n", "\tif (false)\n",
           ["unit/aggregator/test_partition"]),
    Mutant("witness of a log that was exchanged meanwhile", PARTITION, "\t\t*ret = p->trusted;\n", "\t\t*ret = here(p);\n",
           ["unit/aggregator/test_partition"]),
    Mutant("a broker that contradicts is not believed at once", "aggregator/doubt.c", "\tif (f->kind != FAULT_STATE || d->doubts == DOUBTS_MAX)\n",
           "\tif (f->kind != 0)\n", ["unit/aggregator/test_doubt"]),
    Mutant("a client that fetches nothing more is given up", "aggregator/doubt.c", "\t\tif (now - w->since_ms < STALL_MS)\n",
           "\t\tif (true)\n", ["unit/aggregator/test_doubt"]),
    Mutant("whoever moved is not given up", "aggregator/doubt.c", "w->since_ms == 0 || off != w->off", "w->since_ms == 0", ["unit/aggregator/test_doubt"]),
    Mutant("who is not behind is not late", "aggregator/doubt.c", "\t\tif (off >= (uint64_t)d->high[i])\n\t\t\tcontinue;\n", "", ["unit/aggregator/test_doubt"]),
    Mutant("a doubt that is cleared is forgotten", "aggregator/doubt.c", "\t\td->doubts = 0;\n", "\t\t;\n", ["unit/aggregator/test_doubt"]),
    Mutant("a commit that takes long is no silence of the log", "aggregator/doubt.c", "\tif (now - d->turned_ms > STALL_MS)", "\tif (false)",
           ["unit/aggregator/test_doubt"]),
    Mutant("the number of partitions in every partition", PARTITION, " || meta.s != claim->partitions", "", ["unit/aggregator/test_partition"]),
    Mutant("what a script broke off is made anew only while nothing is counted", "aggregator/functions.lua", "m[1] == FMT and m[2] == m[3]", "m[1] == FMT",
           ["unit/aggregator/test_functions"]),
    Mutant("--once that is stopped says so", "aggregator/main.c", "if (kind == 0 && o->once && !run.done)", "if (false)", ["integration/test_ends"]),
    Mutant("its own commit is no silence of the log", "aggregator/session.c", "\t\t\tkind = commit(s, f);\n\t\t\theard = civil_monotonic_ms();\n",
           "\t\t\theard = civil_monotonic_ms();\n\t\t\tkind = commit(s, f);\n", ["integration/test_ends"]),
    Mutant("a replay sends what stood wrong to the right partition", "aggregator/dlq_replay.c", "if (letter->reason != REASON_WRONG_PARTITION)", "if (true)",
           ["integration/test_sealed"]),
    Mutant("a replay sends a record once", "aggregator/dlq_replay.c", "\tif (*found == one)\n", "\tif (true)\n", ["integration/test_sealed"]),
    Mutant("contiguity", INGEST, "\tif (r->offset == (int64_t)expected)\n", "\tif (r->offset >= (int64_t)expected)\n", ["unit/aggregator/test_ingest"]),
    Mutant("digest at load", LOAD, "\tif (s->sum != meta->sum)\n", "\tif (false)\n", ["unit/aggregator/test_partition"]),
    Mutant("cells against the table", LOAD, "\tif (count != value || value == 0)", "\tif (false)", ["unit/aggregator/test_partition"]),

    # What is counted.
    Mutant("version rule: the highest wins", FOLD, "\tif (e->version > vector_version(old)) {\n", "\tif (e->version != vector_version(old)) {\n",
           ["unit/aggregator/test_fold"]),
    Mutant("version rule: of equal ones the first", FOLD, "\tif (e->version > vector_version(old)) {\n", "\tif (e->version >= vector_version(old)) {\n",
           ["unit/aggregator/test_fold"]),
    Mutant("tombstone of a contact never seen", FOLD, "\tif (x.slot == CONTACTS_NONE) {\n", "\tif (x.slot == CONTACTS_NONE) {\n\t\tx.put = e->op != OP_RETRACT;\n",
           ["unit/aggregator/test_fold"]),
    Mutant("a retraction of what was never seen is noted", FOLD, "e->op == OP_RETRACT ? REASON_RETRACT_UNSEEN", "e->op == OP_RETRACT ? REASON_NONE",
           ["unit/aggregator/test_fold"]),
    Mutant("tombstone: a retracted contact does not count", "proto/vector.c", "\treturn vector_get(v, VECTOR_TOMBSTONE) == 0;\n", "\t(void)v;\n\treturn true;\n",
           ["unit/aggregator/test_fold", "unit/aggregator/test_cells", "unit/proto/test_vector"]),
    Mutant("pin: key epoch", FOLD, "\tif (pinned != NULL && strcmp(pinned, pin) != 0)\n\t\treturn fold_pin(pinned, pin);\n", "", ["unit/aggregator/test_fold"]),
    Mutant("pin: what is remembered of late events", "aggregator/memo.c", "\tmemcpy(key.fingerprint, e->fingerprint, sizeof(key.fingerprint));\n", "",
           ["unit/aggregator/test_fold"]),
    Mutant("strange headers are dead", INGEST, "\tif (r->strange)\n\t\treturn REASON_HEADERS;\n", "", ["unit/aggregator/test_ingest"]),
    Mutant("shard check", INGEST, "\tif (route_event(ret, partitions) != r->partition)\n\t\treturn REASON_WRONG_PARTITION;\n", "\t(void)partitions;\n",
           ["unit/aggregator/test_ingest"]),
    Mutant("key is the identity", INGEST, "\tif (r->key_len != EVENT_ID_BYTES || memcmp(r->key, ret->id, EVENT_ID_BYTES) != 0)\n\t\treturn REASON_KEY;\n", "",
           ["unit/aggregator/test_ingest"]),
    Mutant("a field twice is refused", "proto/wire.c", "\tif (field && field->label != PROTOBUF_C_LABEL_REPEATED && !mark(&seen, type, field))\n\t\t\treturn REASON_PB_NONCANON;\n",
           "\t(void)mark;\n\t\t(void)seen;\n", ["unit/proto/test_event_codec"]),

    Mutant("the short way leaves fields out of order to the long one", "proto/plain.c", "#undef X\n\treturn tag == TAG_NONE;\n", "#undef X\n\treturn true;\n",
           ["unit/proto/test_plain"]),
    Mutant("exporter's cut: `ahead`", "exporters/snapshot.c", "\tif (p->ahead != p->off || p->cells != p->off)\n", "\tif (p->cells != p->off)\n",
           ["unit/exporters/test_snapshot"]),
    Mutant("exporter's cut: `cells`", "exporters/snapshot.c", "\tif (p->ahead != p->off || p->cells != p->off)\n", "\tif (p->ahead != p->off)\n",
           ["unit/exporters/test_snapshot"]),
    Mutant("laws of the balance", "exporters/balance.c", "\tif (left == right)\n", "\tif (left == right || true)\n", ["unit/exporters/test_balance"]),
    Mutant("sentence and footnote add up", "exporters/sentence.c", "\tif (sum != total)\n", "\tif (false)\n", ["unit/exporters/test_sentence"]),

    # What leaves the collector.
    Mutant("personnummer in clear", "collectors/engine/mapping_put.c", "\tif (identity_leaks(text))\n\t\treturn REASON_PNR_LEAK;\n", "",
           ["unit/collectors/test_mapping_eval"]),
    Mutant("a promise that is not kept", ENGINE + "promise.c", "\ts->reason = REASON_CONTROL_TOTAL;\n", "", ["unit/collectors/test_promise"]),
    Mutant("what was sent is what was surveyed", ENGINE + "delivery.c", "\t*ret_same = err == 0 && input_same(d->input);\n", "\t*ret_same = err == 0;\n\t(void)input_same(d->input);\n",
           ["unit/collectors/test_delivery"]),
    Mutant("a line with quotes is not skimmed", "common/csv.c", " || (c->quote != NO_BYTE && memchr(at, c->quote, len)))", ")", ["unit/common/test_csv"]),
    Mutant("closed only when all is acknowledged", ENGINE + "delivery.c", "\tif (err == 0)\n\t\terr = d->s->sink->flush(d->s->sink, f);\n", "",
           ["unit/collectors/test_delivery"]),
    Mutant("a contact ahead in time", ENGINE + "mapping_eval.c", "\tif (c->day > ev->today && !may_lie_ahead(c->status))\n\t\treturn REASON_DATE_FUTURE;\n",
           "\t(void)may_lie_ahead;\n", ["unit/collectors/test_mapping_eval"]),

    # What becomes of the files of a folder.
    Mutant("watch: only what is finished is taken", ENGINE + "watch.c", "\t\tif (finished_in(w, e, civil_monotonic_ms()) == 0 && is_as_seen(w, e))\n",
           "\t\tif (is_as_seen(w, e))\n", ["unit/collectors/test_watch"]),
    Mutant("watch: only what was given is moved", ENGINE + "watch.c", "\t\terr = is_as_seen(w, w->given) ? rename_to", "\t\terr = w->given ? rename_to",
           ["unit/collectors/test_watch"]),
    Mutant("watch: another folder under its name", ENGINE + "watch.c", "\tif (named.st_dev != ours.st_dev || named.st_ino != ours.st_ino)\n", "\tif (false)\n",
           ["unit/collectors/test_watch"]),

    # Where a source stands.
    Mutant("progress: what could not be saved is not so", ENGINE + "progress.c", "\tif (err < 0)\n\t\tp->file[at] = old;\n", "", ["unit/collectors/test_delivery"]),
    Mutant("progress is pinned to the key", "collectors/engine/progress.c", "\tif (strcmp(key, p->key) != 0)\n", "\tif (false)\n", ["unit/collectors/test_progress"]),

    # What lies on the collector's disk.
    Mutant("spool: nothing is believed without its checksum", "collectors/engine/spool_record.c", "\tif (sum != number_at(head + 12, 4) ||\n", "\tif (sum == 0 ||\n",
           ["unit/collectors/test_spool"]),
    Mutant("spool: numbers follow one another", "collectors/engine/spool_record.c", "\tif (ret->number != s->next)\n\t\treturn SPOOL_ORDER;\n", "",
           ["unit/collectors/test_spool"]),
    Mutant("spool: a torn tail is cut off", "collectors/engine/spool_open.c", "\tif (status != SPOOL_TAIL)\n\t\treturn 0;\n", "\tif (told)\n\t\treturn 0;\n",
           ["unit/collectors/test_spool"]),
    Mutant("spool: a failed sync is final", "collectors/engine/spool.c", "\t\treturn die(s, \"fdatasync\", f);\n", "\t\treturn fault_errno(f, FAULT_IO, \"fdatasync\");\n",
           ["unit/collectors/test_spool"]),
    Mutant("spool: closed only when all is acknowledged", "collectors/engine/spool_send.c", "\t\tif (d->unflushed > 0)\n\t\t\terr = flush(d, f);\n\t\telse if (!end)\n",
           "\t\tif (!end)\n", ["unit/collectors/test_spool_send"]),
    Mutant("waiting for Kafka costs no processor", "common/kafka_out.c", "\t{.name = \"max.in.flight.requests.per.connection\", .value = \"1\"},\n", "",
           ["unit/common/test_kafka"]),
    Mutant("an offset that does not grow", "common/kafka_out.c", "\tif (m->offset < *next) {\n", "\tif (m->offset < 0) {\n", ["integration/test_stream"]),

    Mutant("an opening never takes the place of a closing", FOLD, "\treturn e->leverans.phase != PHASE_OPENING || ledger_get(&s->ledger, field) == NULL;\n",
           "\treturn true;\n", ["unit/aggregator/test_fold"]),
    Mutant("what a broken script reached is counted again with its cells", PARTITION, "\tdeferred = deferred && p->state.settled.off >= p->ahead;\n", "",
           ["unit/aggregator/test_partition"]),
    Mutant("a row holds up to its end, which is not included", "common/dated.c", "yyyymm < row->to", "yyyymm <= row->to", ["unit/proto/test_organisation"]),

    # From end to end.
    Mutant("a namespace of another topic is not claimed", "aggregator/session_open.c", "\tif (strcmp(of->topic, s->o->topic) != 0)\n", "\tif (false)\n",
           ["integration/test_ends"]),
    Mutant("a stop opens no session", "aggregator/main.c", "\t\tif (loop_stopping()) /* another session would claim what may be somebody else's by now */\n\t\t\treturn 0;\n", "",
           ["integration/test_ends"]),
    Mutant("a trial knows nothing of the service beside it", "demo/stage.c", "\toptions_forget_environment();\n", "", ["integration/test_trial"]),
    Mutant("an organisation table is read before it is kept", "demo/try.c", "\t\tfailed = dated_load(given, &organisation_shape, &read, f);\n", "\t\tfailed = 0;\n",
           ["integration/test_trial"]),
    Mutant("another owner is final", "aggregator/session.c", "\tif (f->kind == FAULT_FENCED && strstr(f->text, s->run->token) != NULL)\n", "\tif (f->kind == FAULT_FENCED)\n",
           ["integration/test_two_aggregators"]),
    Mutant("a primary says itself that it is one", "common/sentinel.c", "strcmp(reply->element[0]->str, \"master\") != 0", "false", ["integration/test_sentinel"]),
    Mutant("a refusal is not waited for", "common/kafka_conf.c", "\treturn t.refused ? FAULT_CONFIG : FAULT_UNAVAILABLE;\n", "\treturn FAULT_UNAVAILABLE;\n",
           ["integration/test_secure_kafka"]),
    Mutant("a password on a command line is refused", "common/options.c", "row->type == OPTION_MAP && options_is_secret(r->given[i].text)", "false",
           ["unit/common/test_options"]),
    Mutant("a secret that others may read is refused", "common/secret.c", "kind == SECRET_CLOSED && !secret_closed(&st, geteuid())", "false",
           ["unit/common/test_secret"]),
    Mutant("group: what it wants back is given back", "common/kafka_group.c", "g->standing = lost ? KAFKA_LOST : KAFKA_REVOKED;", "g->standing = KAFKA_STAYS;",
           ["integration/test_groups"]),
    Mutant("group: who has our instance replaces us", "common/kafka_group.c", "\tif (err == RD_KAFKA_RESP_ERR__FATAL) {\n", "\tif (false) {\n",
           ["integration/test_groups"]),
    Mutant("group: a member that was fenced claims again", "aggregator/membership.c", "\tif (!m->group || membership_standing(m) == KAFKA_REPLACED)\n", "\tif (m)\n",
           ["integration/test_groups"]),
    Mutant("group: a stalled member gets a new client", "aggregator/session.c", "\tif (s->doubt.stalled)\n", "\tif (false)\n",
           ["faults/test_kafka_faults"]),
    Mutant("group: two groups do not fight for ever", "aggregator/membership.c", "\tif (++m->fences == FENCES_MAX)\n", "\tif (false)\n",
           ["integration/test_groups"]),
    Mutant("group: the share of the last session is not that of this one", "aggregator/session_open.c", "\ts->at[number] = p;\n", "\ts->at[number] = s->partition;\n",
           ["integration/test_groups"]),
    Mutant("group: who stands by waits", "common/kafka_in.c", "g->told && g->count > 0 ? 0 : timeout_ms", "g->told ? 0 : timeout_ms",
           ["integration/test_groups"]),
    Mutant("group: of one namespace", "aggregator/main.c", 'buf_addf(&group, "%s.%s", o->group, o->ns);', 'buf_addf(&group, "%s", o->group);',
           ["integration/test_groups"]),
    Mutant("another key stops the aggregator", "aggregator/session.c", "\tif (s->run->clash[0] == '\\0')\n\t\treturn 0;\n", "\tif (s->run)\n\t\treturn 0;\n",
           ["integration/test_keys"]),
]

# Run whole in `./run test`; of the others only that their text is still there.
SHORT = ["contiguity", "version rule: the highest wins", "shard check"]
