#include "light-clients/cometbft/cometbft.h"
#include "relay/codec/protobuf.h"

#define SIMPLE_VALIDATOR_MAX 64u
#define HASH_MAX             64u /* of the application's own hash */
#define LEAVES_N             14u
#define WRAPPED_MAX          (HASH_MAX + 8u)
#define SECONDS_MIN          INT64_C(-62135596800) /* year 1, the chain's zero time */
#define SECONDS_MAX          INT64_C(253402300799) /* year 9999 */

void yq_comet_take_version(yq_cur *c)
{
    size_t at = c->pos;
    if (yq_cur_u8(c) != YQ_COMET_LAYOUT_VERSION) {
        yq_cur_fail_field(c, YQ_E_VERSION, at, "version");
    }
}

void yq_comet_take_digest(yq_cur *c, yq_digest *out)
{
    yq_cur_copy(c, out->b, sizeof out->b);
}

/* Names a field that failed inside a message. */
static yq_status done(yq_cur *c, yq_fault *why, const char *message)
{
    if (c->bad_field == NULL) {
        c->bad_field = message;
    }
    return yq_cur_done(c, why);
}

static void copy_digest(yq_cur *c, const yq_pb_field *f, yq_digest *out, const char *name)
{
    if (!yq_pb_expect(c, f, YQ_PB_BYTES)) {
        return;
    }
    if (f->bytes.n == YQ_DIGEST_SIZE) {
        memcpy(out->b, f->bytes.p, YQ_DIGEST_SIZE);
    } else {
        yq_cur_fail_field(c, YQ_E_LEN, f->at, name);
    }
}

/* An int64 that is not negative. */
static uint64_t natural(yq_cur *c, const yq_pb_field *f, uint64_t max, const char *name)
{
    if (yq_pb_expect(c, f, YQ_PB_VARINT) && f->value > max) {
        yq_cur_fail_field(c, YQ_E_RANGE, f->at, name);
    }
    return f->value;
}

/* Timestamp {1 seconds, 2 nanos} */
static void read_time(yq_cur *outer, const yq_pb_field *message, yq_comet_time *out)
{
    if (!yq_pb_expect(outer, message, YQ_PB_BYTES)) {
        return;
    }
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f = {0};
    *out = (yq_comet_time){0};
    while (yq_pb_next_canonical(&c, &f, 0, 0)) {
        if (f.number == 1 && yq_pb_expect(&c, &f, YQ_PB_VARINT)) {
            out->seconds = (int64_t)f.value;
        } else if (f.number == 2) {
            out->nanos = (uint32_t)natural(&c, &f, 999999999, "nanos");
        } else {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        }
    }
    if (out->seconds < SECONDS_MIN || out->seconds > SECONDS_MAX) {
        yq_cur_fail(&c, YQ_E_RANGE, 0);
    }
    yq_comet_pass_on(outer, &c, message->at, "time");
}

/* PartSetHeader {1 total, 2 hash}; an empty one belongs to an empty BlockID. */
static void read_parts(yq_cur *outer, const yq_pb_field *message, int empty)
{
    if (!yq_pb_expect(outer, message, YQ_PB_BYTES)) {
        return;
    }
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f = {0};
    yq_digest hash;
    unsigned fields = 0; /* each at most once */
    while (yq_pb_next_canonical(&c, &f, 0, 0)) {
        if (f.number == 1) {
            (void)natural(&c, &f, UINT32_MAX, "total");
            fields++;
        } else if (f.number == 2) {
            copy_digest(&c, &f, &hash, "parts hash");
            fields++;
        } else {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        }
    }
    if (fields != (empty ? 0u : 2u)) {
        yq_cur_fail(&c, YQ_E_FIELD_MISSING, 0);
    }
    yq_comet_pass_on(outer, &c, message->at, "part_set_header");
}

/* BlockID {1 hash, 2 part_set_header}, the second always written. Out: hash, when it has one. */
static void read_block_id(yq_cur *outer, const yq_pb_field *message, yq_digest *hash)
{
    if (!yq_pb_expect(outer, message, YQ_PB_BYTES)) {
        return;
    }
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f = {0};
    int empty = 1, parts = 0;
    while (yq_pb_next_canonical(&c, &f, 0, YQ_PB_BIT(2))) {
        if (f.number == 1) {
            copy_digest(&c, &f, hash, "hash");
            empty = 0;
        } else if (f.number == 2) {
            read_parts(&c, &f, empty);
            parts = 1;
        } else {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        }
    }
    if (!parts) {
        yq_cur_fail(&c, YQ_E_FIELD_MISSING, 0);
    }
    yq_comet_pass_on(outer, &c, message->at, "block_id");
}

/* Consensus {1 block, 2 app} */
static void read_version(yq_cur *outer, const yq_pb_field *message)
{
    if (!yq_pb_expect(outer, message, YQ_PB_BYTES)) {
        return;
    }
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f = {0};
    while (yq_pb_next_canonical(&c, &f, 0, 0)) {
        if (f.number > 2) {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        }
        (void)yq_pb_expect(&c, &f, YQ_PB_VARINT);
    }
    yq_comet_pass_on(outer, &c, message->at, "version");
}

/* The hash's leaves: a message stands for itself, a plain value is wrapped as field 1 of a message
 * (empty when it is the default). */
typedef struct leaves {
    yq_slice leaf[LEAVES_N];
    uint8_t room[LEAVES_N][WRAPPED_MAX];
} leaves;

static void wrap_bytes(leaves *out, const yq_pb_field *f)
{
    yq_writer w = yq_writer_of(out->room[f->number - 1], WRAPPED_MAX);
    yq_pb_put_bytes(&w, 1, f->bytes);
    out->leaf[f->number - 1] = yq_writer_slice(&w);
}

static void wrap_number(leaves *out, const yq_pb_field *f)
{
    yq_writer w = yq_writer_of(out->room[f->number - 1], WRAPPED_MAX);
    yq_pb_put_varint(&w, 1, f->value);
    out->leaf[f->number - 1] = yq_writer_slice(&w);
}

/* Fields 6 to 14: hashes of 32 bytes, but the application's (any) and the proposer's address. */
static void read_hash(yq_cur *c, const yq_pb_field *f, yq_comet_header *out)
{
    yq_digest other;
    switch (f->number) {
    case 8:
        copy_digest(c, f, &out->validators, "validators_hash");
        break;
    case 9:
        copy_digest(c, f, &out->next_validators, "next_validators_hash");
        break;
    case 11:
        if (yq_pb_expect(c, f, YQ_PB_BYTES) && f->bytes.n > HASH_MAX) {
            yq_cur_fail_field(c, YQ_E_LIMIT, f->at, "app_hash");
        } else if (f->bytes.n == YQ_DIGEST_SIZE) {
            memcpy(out->app_root.b, f->bytes.p, YQ_DIGEST_SIZE);
        }
        break;
    case 14:
        if (yq_pb_expect(c, f, YQ_PB_BYTES) && f->bytes.n != YQ_COMET_ADDRESS_SIZE) {
            yq_cur_fail_field(c, YQ_E_LEN, f->at, "proposer_address");
        }
        break;
    default:
        copy_digest(c, f, &other, "hash");
        break;
    }
}

static void read_header_field(yq_cur *c, const yq_pb_field *f, yq_comet_header *out, leaves *list)
{
    yq_digest last;
    switch (f->number) {
    case 1:
        read_version(c, f);
        break;
    case 2:
        if (yq_pb_expect(c, f, YQ_PB_BYTES) && f->bytes.n > YQ_COMET_CHAIN_ID_MAX) {
            yq_cur_fail_field(c, YQ_E_LIMIT, f->at, "chain_id");
        }
        out->chain_id = f->bytes;
        break;
    case 3:
        out->height = natural(c, f, INT64_MAX, "height");
        break;
    case 4:
        read_time(c, f, &out->time);
        break;
    case 5:
        read_block_id(c, f, &last);
        break;
    default:
        read_hash(c, f, out);
        break;
    }
    if (f->number == 1 || f->number == 4 || f->number == 5) {
        list->leaf[f->number - 1] = f->bytes;
    } else if (f->number == 3) {
        wrap_number(list, f);
    } else {
        wrap_bytes(list, f);
    }
}

yq_status yq_comet_header_decode(const yq_comet_call *call, yq_slice raw, yq_comet_header *out)
{
    const uint64_t messages = YQ_PB_BIT(1) | YQ_PB_BIT(4) | YQ_PB_BIT(5);
    const uint64_t needed = messages | YQ_PB_BIT(2) | YQ_PB_BIT(3) | YQ_PB_BIT(8) | YQ_PB_BIT(9);
    yq_cur c = yq_cur_of(raw);
    yq_pb_field f = {0};
    uint64_t seen = 0;
    leaves list = {0};
    *out = (yq_comet_header){.raw = raw};
    while (yq_pb_next_canonical(&c, &f, 0, messages)) {
        seen |= YQ_PB_BIT(f.number);
        if (f.number <= LEAVES_N) {
            read_header_field(&c, &f, out, &list);
        } else {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        }
    }
    if ((seen & needed) != needed) {
        yq_cur_fail(&c, YQ_E_FIELD_MISSING, raw.n);
    }
    if (out->time.seconds < 0) {
        yq_cur_fail_field(&c, YQ_E_RANGE, 0, "time");
    }
    yq_status status = done(&c, call->why, "header");
    if (status == YQ_OK) {
        out->hash = yq_comet_merkle(call, list.leaf, LEAVES_N);
    }
    return status;
}

/* The chain writes its zero time beside an absent vote. */
static int is_zero_time(const yq_comet_time *time)
{
    return time->seconds == SECONDS_MIN && time->nanos == 0;
}

/* CommitSig {1 block_id_flag, 2 validator_address, 3 timestamp (always), 4 signature} */
static void read_vote(yq_cur *outer, const yq_pb_field *message, yq_comet_vote *out)
{
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f = {0};
    yq_comet_time time = {0};
    int timed = 0;
    *out = (yq_comet_vote){0};
    while (yq_pb_next_canonical(&c, &f, 0, YQ_PB_BIT(3))) {
        if (f.number == 1) {
            out->flag = (yq_comet_flag)natural(&c, &f, YQ_COMET_NIL, "block_id_flag");
        } else if (f.number == 2 && yq_pb_expect(&c, &f, YQ_PB_BYTES)) {
            out->address = f.bytes;
        } else if (f.number == 3) {
            read_time(&c, &f, &time);
            out->time = f.bytes;
            timed = 1;
        } else if (f.number == 4 && yq_pb_expect(&c, &f, YQ_PB_BYTES)) {
            out->signature = f.bytes;
        } else {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        }
    }
    if (out->flag < YQ_COMET_ABSENT || !timed) {
        yq_cur_fail(&c, YQ_E_FIELD_MISSING, 0);
    }
    if (out->flag == YQ_COMET_ABSENT) {
        if (out->address.n != 0 || out->signature.n != 0 || !is_zero_time(&time)) {
            yq_cur_fail_field(&c, YQ_E_NONCANONICAL, 0, "absent vote");
        }
    } else if (out->address.n != YQ_COMET_ADDRESS_SIZE) {
        yq_cur_fail_field(&c, YQ_E_LEN, 0, "validator_address");
    } else if (out->signature.n != 64) {
        yq_cur_fail_field(&c, YQ_E_LEN, 0, "signature");
    }
    yq_comet_pass_on(outer, &c, message->at, "vote");
}

yq_status yq_comet_commit_decode(const yq_comet_call *call, yq_slice raw, yq_comet_commit *out)
{
    yq_cur c = yq_cur_of(raw);
    yq_pb_field f = {0};
    const size_t room = YQ_COMET_MEMBERS_MAX * sizeof *out->vote;
    *out = (yq_comet_commit){.vote = call->host->scratch(call->host->self, room)};
    if (out->vote == NULL) {
        return yq_comet_fail(call, YQ_E_LIMIT, "votes");
    }
    while (yq_pb_next_canonical(&c, &f, YQ_PB_BIT(4), YQ_PB_BIT(3))) {
        if (f.number == 1) {
            out->height = natural(&c, &f, INT64_MAX, "height");
        } else if (f.number == 2) {
            out->round = natural(&c, &f, INT32_MAX, "round");
        } else if (f.number == 3) {
            read_block_id(&c, &f, &out->block_hash);
            out->block_id = f.bytes;
        } else if (f.number != 4) {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        } else if (out->n == YQ_COMET_MEMBERS_MAX) {
            yq_cur_fail_field(&c, YQ_E_LIMIT, f.at, "votes");
        } else if (yq_pb_expect(&c, &f, YQ_PB_BYTES)) {
            read_vote(&c, &f, &out->vote[out->n++]);
        }
    }
    if (out->height == 0 || out->block_id.n == 0) {
        yq_cur_fail(&c, YQ_E_FIELD_MISSING, raw.n);
    }
    return done(&c, call->why, "commit");
}

/* PublicKey, a oneof {1 ed25519, 2 secp256k1, others that are not offered}. */
static void read_key(yq_cur *outer, const yq_pb_field *message, yq_comet_member *out)
{
    if (!yq_pb_expect(outer, message, YQ_PB_BYTES)) {
        return;
    }
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f = {0};
    while (yq_pb_next_canonical(&c, &f, 0, 0)) {
        if (!yq_pb_expect(&c, &f, YQ_PB_BYTES) || out->key.n != 0) {
            yq_cur_fail(&c, YQ_E_NONCANONICAL, f.at);
        } else if (f.number == 1 && f.bytes.n == 32) {
            out->alg = YQ_SIG_ED25519_MESSAGE;
        } else if (f.number == 2 && f.bytes.n == 33) {
            out->alg = YQ_SIG_SECP256K1_DIGEST;
        } else {
            yq_cur_fail(&c, f.number <= 2 ? YQ_E_LEN : YQ_E_UNSUPPORTED, f.at);
        }
        out->key = f.bytes;
    }
    yq_comet_pass_on(outer, &c, message->at, "pub_key");
}

static void make_address(const yq_comet_call *call, yq_comet_member *m)
{
    uint8_t md[YQ_HASH_SIZE_MAX];
    call->host->hash(call->host->self, YQ_HASH_SHA256, &m->key, 1, md);
    if (m->alg == YQ_SIG_SECP256K1_DIGEST) {
        const yq_slice inner = {md, YQ_DIGEST_SIZE};
        uint8_t outer[YQ_HASH_SIZE_MAX];
        call->host->hash(call->host->self, YQ_HASH_RIPEMD160, &inner, 1, outer);
        memcpy(md, outer, YQ_COMET_ADDRESS_SIZE);
    }
    memcpy(m->address, md, YQ_COMET_ADDRESS_SIZE);
}

/* SimpleValidator {1 pub_key, 2 voting_power} */
static void read_member(const yq_comet_call *call, yq_cur *outer, yq_slice raw, yq_comet_member *m)
{
    yq_cur c = yq_cur_of(raw);
    yq_pb_field f = {0};
    *m = (yq_comet_member){0};
    while (yq_pb_next_canonical(&c, &f, 0, 0)) {
        if (f.number == 1) {
            read_key(&c, &f, m);
        } else if (f.number == 2) {
            m->power = natural(&c, &f, YQ_COMET_POWER_MAX, "voting_power");
        } else {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        }
    }
    if (m->key.n == 0 || m->power == 0) {
        yq_cur_fail(&c, YQ_E_FIELD_MISSING, raw.n);
    }
    yq_comet_pass_on(outer, &c, outer->pos - raw.n + c.bad_at, "validator");
    make_address(call, m);
}

static void refuse_twice(yq_cur *c, const yq_comet_set *set)
{
    for (size_t i = 0; i < set->n; i++) {
        for (size_t k = 0; k < i; k++) {
            if (memcmp(set->member[i].address, set->member[k].address, YQ_COMET_ADDRESS_SIZE) ==
                0) {
                yq_cur_fail_field(c, YQ_E_DUP_SIGNER, c->pos, "a validator twice");
                return;
            }
        }
    }
}

void yq_comet_take_set(const yq_comet_call *call, yq_cur *c, yq_comet_set *out)
{
    size_t at = c->pos;
    *out = (yq_comet_set){.n = yq_cur_u16(c)};
    if (out->n > YQ_COMET_MEMBERS_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "validators");
        out->n = 0;
    }
    if (out->n == 0) {
        return;
    }
    yq_slice *leaf = call->host->scratch(call->host->self, out->n * sizeof *leaf);
    out->member = call->host->scratch(call->host->self, out->n * sizeof *out->member);
    if (leaf == NULL || out->member == NULL) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "validators");
        return;
    }
    for (size_t i = 0; i < out->n && yq_cur_ok(c); i++) {
        leaf[i] = yq_cur_str8(c, SIMPLE_VALIDATOR_MAX);
        read_member(call, c, leaf[i], &out->member[i]);
        out->power += out->member[i].power;
        if (out->power > YQ_COMET_POWER_MAX) {
            yq_cur_fail_field(c, YQ_E_OVERFLOW, at, "voting power");
        }
    }
    refuse_twice(c, out);
    if (yq_cur_ok(c)) {
        out->hash = yq_comet_merkle(call, leaf, out->n);
    }
}

void yq_comet_take_step(const yq_comet_call *call, yq_cur *c, yq_comet_step *out)
{
    yq_fault why = {0};
    out->trusted_height = yq_cur_u64(c);
    yq_slice header = yq_cur_blob32(c, YQ_COMET_HEADER_MAX);
    size_t header_at = c->pos - header.n;
    yq_slice commit = yq_cur_blob32(c, YQ_COMET_COMMIT_MAX);
    size_t commit_at = c->pos - commit.n;
    const yq_comet_call inner = {call->host, &why};
    yq_status status = yq_comet_header_decode(&inner, header, &out->header);
    if (status != YQ_OK) {
        yq_cur_fail_field(c, status, header_at + why.offset, "header");
        return;
    }
    status = yq_comet_commit_decode(&inner, commit, &out->commit);
    if (status != YQ_OK) {
        yq_cur_fail_field(c, status, commit_at + why.offset, "commit");
        return;
    }
    size_t at = c->pos;
    yq_comet_take_set(call, c, &out->set);
    if (out->set.n == 0) {
        yq_cur_fail_field(c, YQ_E_FIELD_MISSING, at, "validators");
    }
    yq_comet_take_set(call, c, &out->trusted);
}
