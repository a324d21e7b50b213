#include "light-clients/fabric/state.h"

#include "light-clients/fabric/block.h"

#define STATE_PLAIN   1u
#define STATE_DIALECT 2u
#define CHUNK_SIZE    YQ_CLIENT_RECORD_MAX

static const uint8_t magic[4] = {'Y', 'Q', 'F', 'B'};

static void check_range(yq_cur *c, size_t at, int good, const char *field)
{
    if (!good) {
        yq_cur_fail_field(c, YQ_E_RANGE, at, field);
    }
}

static void take_chaincode(yq_cur *c, yq_fabric_chaincode *out)
{
    size_t at = c->pos;
    out->name = yq_cur_str8(c, YQ_FABRIC_NAME_SIZE_MAX);
    out->kind = yq_cur_u8(c);
    out->policy = yq_cur_blob16(c, YQ_FABRIC_PATH_SIZE_MAX);
    out->flags = yq_cur_u8(c);
    out->sequence_block = yq_cur_u64(c);
    out->sequence_tx = yq_cur_u32(c);
    out->keys = yq_cur_u32(c);
    out->keys_used = yq_cur_u32(c);
    check_range(
        c,
        at,
        out->name.n > 0 && out->flags <= YQ_FABRIC_FLAGS && out->keys <= YQ_FABRIC_KEYS_MAX &&
            out->keys_used <= out->keys &&
            (out->kind == YQ_FABRIC_BY_PATH ? out->policy.n > 0
                                            : out->kind == YQ_FABRIC_BY_RULE && out->policy.n == 0),
        "chaincode");
}

static int is_known_hash(uint8_t alg)
{
    return alg == YQ_HASH_SHA256 || alg == YQ_HASH_SM3;
}

/* Of layout 2: Fabric's own dialect has layout 1. */
static void take_dialect(yq_cur *c, yq_fabric_dialect *out)
{
    size_t at = c->pos;
    out->header_hash = yq_cur_u8(c);
    out->data_hash = yq_cur_u8(c);
    out->tx_hash = yq_cur_u8(c);
    out->signing = yq_cur_u8(c);
    check_range(
        c,
        at,
        is_known_hash(out->header_hash) && is_known_hash(out->data_hash) &&
            is_known_hash(out->tx_hash) && out->signing >= YQ_FABRIC_SIGNING_PLAIN &&
            out->signing <= YQ_FABRIC_SIGNING_SM2_TWICE && !yq_fabric_is_plain(out),
        "dialect");
}

yq_status yq_fabric_state_decode(const yq_fabric_call *call, yq_slice in, yq_fabric_state *state)
{
    memset(state, 0, sizeof *state);
    yq_cur c = yq_cur_of(in);
    yq_slice head = yq_cur_take(&c, sizeof magic);
    uint8_t version = yq_cur_u8(&c);
    if ((version != STATE_PLAIN && version != STATE_DIALECT) ||
        !yq_slice_equal(head, YQ_SLICE_OF(magic))) {
        yq_cur_fail_field(&c, YQ_E_VERSION, 0, "state");
    }
    state->dialect = (yq_fabric_dialect)YQ_FABRIC_PLAIN;
    if (version == STATE_DIALECT) {
        take_dialect(&c, &state->dialect);
    }
    state->channel = yq_cur_str8(&c, YQ_FABRIC_CHANNEL_SIZE_MAX);
    state->anchor = yq_cur_u64(&c);
    state->number = yq_cur_u64(&c);
    yq_cur_copy(&c, state->hash.b, YQ_DIGEST_SIZE);
    state->config_number = yq_cur_u64(&c);
    state->config_sequence = yq_cur_u64(&c);
    state->config_size = yq_cur_u32(&c);
    state->class_ = yq_cur_u8(&c);
    state->validators = yq_cur_u16(&c);
    state->quorum = yq_cur_u16(&c);
    yq_cur_copy(&c, state->set_hash.b, YQ_DIGEST_SIZE);
    size_t at = c.pos;
    state->chaincode_n = yq_cur_u8(&c);
    check_range(
        &c,
        at,
        state->chaincode_n <= YQ_FABRIC_CHAINCODES_MAX &&
            (state->class_ == 1 || state->class_ == 2),
        "state");
    for (size_t i = 0; i < state->chaincode_n && yq_cur_ok(&c); i++) {
        take_chaincode(&c, &state->chaincode[i]);
    }
    *call->dialect = state->dialect;
    return yq_cur_done(&c, call->why);
}

yq_status yq_fabric_state_encode(
    const yq_fabric_call *call, const yq_fabric_state *state, yq_buf *out)
{
    yq_writer w = yq_writer_of(out->p, out->cap);
    yq_put(&w, YQ_SLICE_OF(magic));
    if (yq_fabric_is_plain(&state->dialect)) {
        yq_put_u8(&w, STATE_PLAIN);
    } else {
        yq_put_u8(&w, STATE_DIALECT);
        yq_put_u8(&w, state->dialect.header_hash);
        yq_put_u8(&w, state->dialect.data_hash);
        yq_put_u8(&w, state->dialect.tx_hash);
        yq_put_u8(&w, state->dialect.signing);
    }
    yq_put_str8(&w, state->channel);
    yq_put_u64(&w, state->anchor);
    yq_put_u64(&w, state->number);
    yq_put(&w, YQ_SLICE_OF(state->hash));
    yq_put_u64(&w, state->config_number);
    yq_put_u64(&w, state->config_sequence);
    yq_put_u32(&w, state->config_size);
    yq_put_u8(&w, state->class_);
    yq_put_u16(&w, state->validators);
    yq_put_u16(&w, state->quorum);
    yq_put(&w, YQ_SLICE_OF(state->set_hash));
    yq_put_u8(&w, (uint8_t)state->chaincode_n);
    for (size_t i = 0; i < state->chaincode_n; i++) {
        const yq_fabric_chaincode *cc = &state->chaincode[i];
        yq_put_str8(&w, cc->name);
        yq_put_u8(&w, cc->kind);
        yq_put_blob16(&w, cc->kind == YQ_FABRIC_BY_PATH ? cc->policy : (yq_slice){0});
        yq_put_u8(&w, cc->flags);
        yq_put_u64(&w, cc->sequence_block);
        yq_put_u32(&w, cc->sequence_tx);
        yq_put_u32(&w, cc->keys);
        yq_put_u32(&w, cc->keys_used);
    }
    if (w.status != YQ_OK) {
        return yq_fabric_fail(call, YQ_E_LIMIT, "state");
    }
    out->n = w.n;
    return YQ_OK;
}

void yq_fabric_registration_take(yq_cur *c, yq_fabric_chaincode *out)
{
    *out = (yq_fabric_chaincode){0};
    size_t at = c->pos;
    out->name = yq_cur_str8(c, YQ_FABRIC_NAME_SIZE_MAX);
    check_range(c, at, out->name.n > 0, "chaincode");
    at = c->pos;
    out->kind = yq_cur_u8(c);
    check_range(
        c, at, out->kind == YQ_FABRIC_BY_PATH || out->kind == YQ_FABRIC_BY_RULE, "policy kind");
    at = c->pos;
    out->policy = yq_cur_blob16(
        c, out->kind == YQ_FABRIC_BY_PATH ? YQ_FABRIC_PATH_SIZE_MAX : YQ_CLIENT_RECORD_MAX);
    check_range(c, at, out->policy.n > 0, "policy");
    at = c->pos;
    uint8_t known = yq_cur_u8(c);
    out->sequence_block = yq_cur_u64(c);
    out->sequence_tx = yq_cur_u32(c);
    check_range(
        c,
        at,
        known == 1 || (known == 0 && out->sequence_block == 0 && out->sequence_tx == 0),
        "Sequence");
    out->flags = known == 1 ? YQ_FABRIC_SEQUENCE_KNOWN : 0;
    at = c->pos;
    out->keys = yq_cur_u32(c);
    check_range(c, at, out->keys > 0 && out->keys <= YQ_FABRIC_KEYS_MAX, "keys");
}

/* A record's key: a letter, numbers, a digest. */
typedef struct record_key {
    uint8_t b[1 + 8 + 4 + YQ_DIGEST_SIZE];
    yq_writer w;
} record_key;

static void key_begin(record_key *k, char letter)
{
    k->w = yq_writer_of(k->b, sizeof k->b);
    yq_put_u8(&k->w, (uint8_t)letter);
}

static int get(const yq_fabric_call *call, const record_key *k, size_t size, yq_cur *value)
{
    int found = 0;
    yq_slice got = call->host->record_get(call->host->self, yq_writer_slice(&k->w), &found);
    *value = yq_cur_of(got);
    return found && (size == 0 || got.n == size);
}

static yq_status put(const yq_fabric_call *call, const record_key *k, yq_slice value)
{
    yq_status status = call->host->record_put(call->host->self, yq_writer_slice(&k->w), value);
    return status == YQ_OK ? YQ_OK : yq_fabric_fail(call, status, "record");
}

static void header_key(record_key *k, uint64_t number)
{
    key_begin(k, 'h');
    yq_put_u64(&k->w, number);
}

int yq_fabric_get_header(const yq_fabric_call *call, uint64_t number, yq_digest *hash)
{
    record_key k;
    yq_cur value;
    header_key(&k, number);
    if (!get(call, &k, YQ_DIGEST_SIZE, &value)) {
        return 0;
    }
    yq_cur_copy(&value, hash->b, YQ_DIGEST_SIZE);
    return 1;
}

yq_status yq_fabric_put_header(const yq_fabric_call *call, uint64_t number, const yq_digest *hash)
{
    record_key k;
    header_key(&k, number);
    yq_status status = put(call, &k, YQ_SLICE_OF(*hash));
    if (status == YQ_OK && number >= YQ_FABRIC_HEADERS_KEPT) {
        header_key(&k, number - YQ_FABRIC_HEADERS_KEPT);
        status = put(call, &k, (yq_slice){0});
    }
    return status;
}

static void chunk_key(record_key *k, uint32_t i)
{
    key_begin(k, 'c');
    yq_put_u16(&k->w, (uint16_t)i);
}

yq_status yq_fabric_get_config(
    const yq_fabric_call *call, const yq_fabric_state *state, yq_slice *out)
{
    uint8_t *room = yq_fabric_room(call, state->config_size, 1);
    *out = yq_slice_of(room, state->config_size);
    if (room == NULL) {
        return yq_fabric_fail(call, YQ_E_LIMIT, "Config");
    }
    for (uint32_t i = 0; (size_t)i * CHUNK_SIZE < state->config_size; i++) {
        size_t at = (size_t)i * CHUNK_SIZE;
        size_t n = state->config_size - at < CHUNK_SIZE ? state->config_size - at : CHUNK_SIZE;
        record_key k;
        yq_cur value;
        chunk_key(&k, i);
        if (!get(call, &k, n, &value)) {
            return yq_fabric_fail(call, YQ_E_STATE, "Config");
        }
        yq_bytes_copy(room + at, value.p, n);
    }
    return YQ_OK;
}

yq_status yq_fabric_put_config(const yq_fabric_call *call, yq_slice config, uint32_t old_size)
{
    for (uint32_t i = 0; (size_t)i * CHUNK_SIZE < config.n || (size_t)i * CHUNK_SIZE < old_size;
         i++) {
        size_t at = (size_t)i * CHUNK_SIZE;
        size_t n = at >= config.n ? 0 : config.n - at;
        record_key k;
        chunk_key(&k, i);
        yq_slice chunk = {0};
        if (n > 0) {
            chunk = yq_slice_of(config.p + at, n < CHUNK_SIZE ? n : CHUNK_SIZE);
        }
        yq_status status = put(call, &k, chunk);
        if (status != YQ_OK) {
            return status;
        }
    }
    return YQ_OK;
}

static void rule_key(record_key *k, size_t chaincode)
{
    key_begin(k, 'p');
    yq_put_u8(&k->w, (uint8_t)chaincode);
}

yq_status yq_fabric_get_rules(const yq_fabric_call *call, yq_fabric_state *state)
{
    for (size_t i = 0; i < state->chaincode_n; i++) {
        record_key k;
        yq_cur value;
        if (state->chaincode[i].kind != YQ_FABRIC_BY_RULE) {
            continue;
        }
        rule_key(&k, i);
        if (!get(call, &k, 0, &value)) {
            return yq_fabric_fail(call, YQ_E_STATE, "policy");
        }
        state->chaincode[i].policy = yq_slice_of(value.p, value.n);
    }
    return YQ_OK;
}

yq_status yq_fabric_put_rule(const yq_fabric_call *call, size_t chaincode, yq_slice rule)
{
    record_key k;
    rule_key(&k, chaincode);
    return put(call, &k, rule);
}

static void place_key(const yq_fabric_call *call, yq_slice tx_id, record_key *k)
{
    yq_digest md = yq_fabric_sha256_of(call, tx_id);
    key_begin(k, 't');
    yq_put(&k->w, YQ_SLICE_OF(md));
}

int yq_fabric_get_place(const yq_fabric_call *call, yq_slice tx_id, yq_fabric_place *out)
{
    record_key k;
    yq_cur value;
    place_key(call, tx_id, &k);
    if (!get(call, &k, 13, &value)) {
        return 0;
    }
    out->number = yq_cur_u64(&value);
    out->index = yq_cur_u32(&value);
    out->strict = yq_cur_u8(&value);
    return 1;
}

yq_status yq_fabric_put_place(const yq_fabric_call *call, yq_slice tx_id, const yq_fabric_place *in)
{
    uint8_t value[13];
    yq_writer w = yq_writer_of(value, sizeof value);
    yq_put_u64(&w, in->number);
    yq_put_u32(&w, in->index);
    yq_put_u8(&w, in->strict != 0);
    record_key k;
    place_key(call, tx_id, &k);
    return put(call, &k, yq_writer_slice(&w));
}

static void verdict_key(record_key *k, uint64_t number, uint32_t index)
{
    key_begin(k, 'x');
    yq_put_u64(&k->w, number);
    yq_put_u32(&k->w, index);
}

int yq_fabric_get_verdict(
    const yq_fabric_call *call, uint64_t number, uint32_t index, yq_fabric_verdict *out)
{
    record_key k;
    yq_cur value;
    verdict_key(&k, number, index);
    if (!get(call, &k, YQ_DIGEST_SIZE + 4, &value)) {
        return 0;
    }
    yq_cur_copy(&value, out->envelope.b, YQ_DIGEST_SIZE);
    out->status = (int32_t)yq_cur_u32(&value);
    return 1;
}

yq_status yq_fabric_put_verdict(
    const yq_fabric_call *call, uint64_t number, uint32_t index, const yq_fabric_verdict *in)
{
    uint8_t value[YQ_DIGEST_SIZE + 4];
    yq_writer w = yq_writer_of(value, sizeof value);
    yq_put(&w, YQ_SLICE_OF(in->envelope));
    yq_put_u32(&w, (uint32_t)in->status);
    record_key k;
    verdict_key(&k, number, index);
    return put(call, &k, yq_writer_slice(&w));
}

static void writer_key(const yq_fabric_call *call, size_t chaincode, yq_slice key, record_key *k)
{
    yq_digest md = yq_fabric_sha256_of(call, key);
    key_begin(k, 'k');
    yq_put_u8(&k->w, (uint8_t)chaincode);
    yq_put(&k->w, YQ_SLICE_OF(md));
}

int yq_fabric_get_writer(
    const yq_fabric_call *call, size_t chaincode, yq_slice key, yq_fabric_writer *out)
{
    record_key k;
    yq_cur value;
    writer_key(call, chaincode, key, &k);
    if (!get(call, &k, 13, &value)) {
        return 0;
    }
    out->number = yq_cur_u64(&value);
    out->index = yq_cur_u32(&value);
    uint8_t flags = yq_cur_u8(&value);
    out->is_proven = flags & 1;
    out->is_delete = flags >> 1 & 1;
    return 1;
}

yq_status yq_fabric_put_writer(
    const yq_fabric_call *call, size_t chaincode, yq_slice key, const yq_fabric_writer *in)
{
    uint8_t value[13];
    yq_writer w = yq_writer_of(value, sizeof value);
    yq_put_u64(&w, in->number);
    yq_put_u32(&w, in->index);
    yq_put_u8(&w, (uint8_t)((in->is_proven ? 1 : 0) | (in->is_delete ? 2 : 0)));
    record_key k;
    writer_key(call, chaincode, key, &k);
    return put(call, &k, yq_writer_slice(&w));
}
