#include "relay/hub/state.h"

#include "relay/base/assert.h"
#include "relay/crypto/crypto.h"

void yq_state_key_begin(yq_state_key *key, const char *module, uint8_t table)
{
    key->w = yq_writer_of(key->b, sizeof key->b);
    yq_put_str8(&key->w, yq_slice_text(module));
    yq_put_u8(&key->w, table);
}

void yq_state_key_str(yq_state_key *key, const char *module, uint8_t table, yq_slice name)
{
    yq_state_key_begin(key, module, table);
    yq_put_str8(&key->w, name);
}

void yq_state_key_str2(
    yq_state_key *key, const char *module, uint8_t table, yq_slice first, yq_slice second)
{
    yq_state_key_str(key, module, table, first);
    yq_put_str8(&key->w, second);
}

void yq_state_key_digest(yq_state_key *key, const char *module, uint8_t table, const yq_digest *id)
{
    yq_state_key_begin(key, module, table);
    yq_put_bytes(&key->w, id->b, sizeof id->b);
}

static yq_slice copy(yq_hub *hub, yq_slice bytes)
{
    int ok;
    yq_slice out = yq_arena_copy(&hub->arena, bytes, &ok);
    hub->exhausted |= !ok;
    return out;
}

int yq_state_load(yq_hub *hub, const yq_state_key *key, yq_slice *value)
{
    int found = 0;
    YQ_ASSERT(key->w.status == YQ_OK);
    *value = hub->kv->get(hub->kv->self, yq_state_key_slice(key), &found);
    if (!found) {
        *value = (yq_slice){0};
        return 0;
    }
    *value = copy(hub, *value);
    return !hub->exhausted;
}

int yq_state_has(yq_hub *hub, const yq_state_key *key)
{
    int found = 0;
    YQ_ASSERT(key->w.status == YQ_OK);
    (void)hub->kv->get(hub->kv->self, yq_state_key_slice(key), &found);
    return found;
}

void yq_state_store(yq_hub *hub, const yq_state_key *key, yq_slice value)
{
    if (hub->exhausted) {
        return;
    }
    YQ_ASSERT(key->w.status == YQ_OK);
    YQ_ASSERT(value.n > 0);
    YQ_ASSERT(value.n <= YQ_STATE_VALUE_MAX);
    hub->kv->put(hub->kv->self, yq_state_key_slice(key), value);
}

void yq_state_erase(yq_hub *hub, const yq_state_key *key)
{
    YQ_ASSERT(key->w.status == YQ_OK);
    hub->kv->put(hub->kv->self, yq_state_key_slice(key), (yq_slice){0});
}

uint64_t yq_state_load_u64(yq_hub *hub, const yq_state_key *key)
{
    yq_slice value;
    if (!yq_state_load(hub, key, &value)) {
        return 0;
    }
    yq_cur c = yq_cur_of(value);
    uint64_t number = yq_cur_u64(&c);
    yq_state_record_done(&c);
    return number;
}

void yq_state_store_u64(yq_hub *hub, const yq_state_key *key, uint64_t value)
{
    uint8_t b[8];
    yq_writer w = yq_writer_of(b, sizeof b);
    yq_put_u64(&w, value);
    yq_state_store(hub, key, yq_writer_slice(&w));
}

int yq_state_next(
    yq_hub *hub, const yq_state_key *prefix, yq_slice after, yq_slice *key, yq_slice *value)
{
    YQ_ASSERT(prefix->w.status == YQ_OK);
    if (!hub->kv->next(hub->kv->self, yq_state_key_slice(prefix), after, key, value)) {
        *key = *value = (yq_slice){0};
        return 0;
    }
    *key = copy(hub, *key);
    *value = copy(hub, *value);
    return !hub->exhausted;
}

void *yq_state_room(yq_hub *hub, size_t size)
{
    void *room = yq_arena_alloc(&hub->arena, size);
    hub->exhausted |= room == NULL;
    return room;
}

yq_writer yq_state_record(yq_hub *hub, size_t cap)
{
    void *room = yq_state_room(hub, cap);
    return yq_writer_of(room, room == NULL ? 0 : cap);
}

void yq_state_store_record(yq_hub *hub, const yq_state_key *key, const yq_writer *record)
{
    if (hub->exhausted) {
        return;
    }
    YQ_ASSERT(record->status == YQ_OK);
    yq_state_store(hub, key, yq_writer_slice(record));
}

void yq_state_record_done(yq_cur *c)
{
    yq_status status = yq_cur_done(c, NULL);
    YQ_ASSERT(status == YQ_OK);
}

void yq_state_begin(yq_hub *hub)
{
    yq_state_key key;
    yq_slice value;
    hub->exhausted = 0;
    hub->height = hub->time_ms = hub->quiet_until_ms = 0;
    yq_state_key_begin(&key, YQ_MODULE_SYS, YQ_TABLE_SYS_CLOCK);
    if (yq_state_load(hub, &key, &value)) {
        yq_cur c = yq_cur_of(value);
        hub->height = yq_cur_u64(&c);
        hub->time_ms = yq_cur_u64(&c);
        hub->quiet_until_ms = yq_cur_u64(&c);
        yq_state_record_done(&c);
    }
    memset(&hub->rules, 0, sizeof hub->rules);
    yq_state_key_begin(&key, YQ_MODULE_SYS, YQ_TABLE_SYS_PARAMS);
    if (yq_state_load(hub, &key, &value)) {
        yq_cur c = yq_cur_of(value);
        hub->rules.id = yq_cur_str8(&c, YQ_CHAIN_ID_SIZE_MAX);
        yq_cur_copy(&c, hub->rules.chain_id_hash.b, YQ_DIGEST_SIZE);
        hub->rules.suite = yq_cur_u8(&c);
        hub->rules.approvals = yq_cur_u16(&c);
        hub->rules.voters = yq_cur_u16(&c);
        hub->rules.delay_ms = yq_cur_u64(&c);
        hub->rules.single_operator = yq_cur_u8(&c);
        yq_state_record_done(&c);
    }
}

void yq_state_events(yq_hub *hub, size_t cap)
{
    hub->event = yq_state_room(hub, cap * sizeof *hub->event);
    hub->event_subject = yq_state_room(hub, cap * YQ_EVENT_SUBJECT_MAX);
    hub->event_n = 0;
    hub->event_cap = hub->exhausted ? 0 : cap;
}

void yq_state_tell(yq_hub *hub, yq_hub_event_kind kind, yq_slice subject, uint64_t value)
{
    /* The caps are above what the records of one event and the work of one block can say. */
    YQ_ASSERT(hub->event_n < hub->event_cap || hub->exhausted);
    YQ_ASSERT(subject.n <= YQ_EVENT_SUBJECT_MAX);
    if (hub->exhausted) {
        return;
    }
    uint8_t *room = hub->event_subject + hub->event_n * YQ_EVENT_SUBJECT_MAX;
    yq_bytes_copy(room, subject.p, subject.n);
    hub->event[hub->event_n++] =
        (yq_hub_event){.kind = (uint16_t)kind, .subject = {room, subject.n}, .value = value};
}

void yq_state_alarm(yq_hub *hub, yq_slice subject, yq_status status)
{
    yq_state_tell(hub, YQ_HUB_EVENT_ALARM, subject, (uint64_t)(-(int64_t)status));
}

static void due_key(yq_state_key *key, uint64_t due_ms, yq_due what, const yq_digest *id)
{
    yq_state_key_begin(key, YQ_MODULE_SYS, YQ_TABLE_SYS_DUE);
    yq_put_u64(&key->w, due_ms);
    yq_put_u8(&key->w, (uint8_t)what);
    yq_put_bytes(&key->w, id->b, sizeof id->b);
}

void yq_due_put(yq_hub *hub, uint64_t due_ms, yq_due what, const yq_digest *id, yq_slice whose)
{
    yq_state_key key;
    due_key(&key, due_ms, what, id);
    yq_state_store(hub, &key, whose);
}

void yq_due_drop(yq_hub *hub, uint64_t due_ms, yq_due what, const yq_digest *id)
{
    yq_state_key key;
    due_key(&key, due_ms, what, id);
    yq_state_erase(hub, &key);
}

void yq_due_put_named(yq_hub *hub, uint64_t due_ms, yq_due what, yq_slice name)
{
    yq_digest id;
    yq_hash_one(YQ_HASH_SM3, name, id.b);
    yq_due_put(hub, due_ms, what, &id, name);
}
