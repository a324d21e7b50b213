#include "light-clients/xinghuo/xinghuo.h"
#include "relay/codec/protobuf.h"

#define COMMIT       2u
#define KEY_TEXT_MAX 136u /* b0, type, 66 and 65 bytes in hex */

static size_t key_size(uint8_t suite)
{
    return suite == 4 ? 32 : suite == 1 ? 64 : 0;
}

void yq_xinghuo_take_set(const yq_attest_call *call, yq_cur *c, yq_xinghuo_set *out)
{
    size_t begin = c->pos;
    *out = (yq_xinghuo_set){.n = yq_cur_u16(c)};
    if (out->n == 0 || out->n > YQ_XINGHUO_MEMBERS_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, begin, "validators");
    }
    out->member =
        call->host->scratch(call->host->self, YQ_XINGHUO_MEMBERS_MAX * sizeof *out->member);
    if (out->member == NULL) {
        yq_cur_fail_field(c, YQ_E_LIMIT, begin, "validators");
    }
    for (size_t i = 0; i < out->n && yq_cur_ok(c); i++) {
        size_t at = c->pos;
        yq_xinghuo_member m = {.suite = yq_cur_u8(c)};
        m.key = yq_cur_take(c, key_size(m.suite));
        if (yq_cur_ok(c) && m.key.n == 0) {
            yq_cur_fail_field(c, YQ_E_FIELD_UNKNOWN, at, "suite");
        }
        int order = i == 0 ? 1 : yq_slice_compare(m.key, out->member[i - 1].key);
        if (yq_cur_ok(c) && order <= 0) {
            yq_cur_fail_field(
                c, order == 0 ? YQ_E_DUP_SIGNER : YQ_E_NONCANONICAL, at, "validators");
        }
        out->member[i] = m;
    }
    if (yq_cur_ok(c)) {
        out->raw = yq_slice_of(c->p + begin, c->pos - begin);
    }
}

int yq_xinghuo_key_decode(yq_slice text, yq_xinghuo_member *member, uint8_t room[64])
{
    uint8_t bytes[KEY_TEXT_MAX / 2];
    yq_buf raw = {bytes, sizeof bytes, 0};
    if (text.n > KEY_TEXT_MAX || yq_hex_decode(&raw, (const char *)text.p, text.n) != YQ_OK ||
        raw.n < 3 || bytes[0] != 0xb0 || bytes[2] != 0x66) {
        return 0;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] >= 'A' && text.p[i] <= 'F') {
            return 0;
        }
    }
    if (bytes[1] == 0x65 && raw.n == 3 + 32) {
        memcpy(room, bytes + 3, 32);
        *member = (yq_xinghuo_member){4, yq_slice_of(room, 32)};
        return 1;
    }
    if (bytes[1] == 0x7a && raw.n == 3 + 65 && bytes[3] == 4) {
        memcpy(room, bytes + 4, 64);
        *member = (yq_xinghuo_member){1, yq_slice_of(room, 64)};
        return 1;
    }
    return 0;
}

/* Signature {1 public_key, 2 sign_data} */
static void read_signature(yq_cur *outer, const yq_pb_field *message, yq_xinghuo_commit *out)
{
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f = {0};
    int keyed = 0;
    while (yq_pb_next_canonical(&c, &f, 0, 0)) {
        if (f.number == 1 && yq_pb_expect(&c, &f, YQ_PB_BYTES)) {
            keyed = yq_xinghuo_key_decode(f.bytes, &out->signer, out->key);
        } else if (f.number == 2 && yq_pb_expect(&c, &f, YQ_PB_BYTES)) {
            out->signature = f.bytes;
        } else {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        }
    }
    if (yq_cur_ok(&c) && (!keyed || out->signature.n != 64)) {
        yq_cur_fail_field(&c, keyed ? YQ_E_LEN : YQ_E_KEY_POINT, 0, "signature");
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, message->at, "signature");
    }
}

/* PbftCommit {1 view_number, 2 sequence, 3 replica_id, 4 value_digest} */
static void read_commit(yq_cur *outer, const yq_pb_field *message, yq_xinghuo_commit *out)
{
    if (!yq_pb_expect(outer, message, YQ_PB_BYTES)) {
        return;
    }
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f = {0};
    while (yq_pb_next_canonical(&c, &f, 0, 0)) {
        if (f.number == 1 && yq_pb_expect(&c, &f, YQ_PB_VARINT)) {
            out->view = f.value;
        } else if (f.number == 2 && yq_pb_expect(&c, &f, YQ_PB_VARINT)) {
            out->sequence = f.value;
        } else if (f.number == 4 && yq_pb_expect(&c, &f, YQ_PB_BYTES)) {
            out->digest = f.bytes;
        } else if (f.number != 3 || !yq_pb_expect(&c, &f, YQ_PB_VARINT)) {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        }
    }
    if (yq_cur_ok(&c) && (out->digest.n != YQ_DIGEST_SIZE || out->sequence > INT64_MAX - 1)) {
        yq_cur_fail_field(&c, YQ_E_LEN, 0, "value_digest, sequence");
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, message->at, "commit");
    }
}

/* Pbft {1 round_number, 2 type, 5 commit, 9 chain_id}: what is signed. */
static void read_pbft(yq_cur *outer, const yq_pb_field *message, yq_xinghuo_commit *out)
{
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f = {0};
    uint64_t type = 0;
    out->signed_bytes = message->bytes;
    while (yq_pb_next_canonical(&c, &f, 0, 0)) {
        if (f.number == 5) {
            read_commit(&c, &f, out);
        } else if (f.number == 2 && yq_pb_expect(&c, &f, YQ_PB_VARINT)) {
            type = f.value;
        } else if (f.number == 9 && yq_pb_expect(&c, &f, YQ_PB_VARINT)) {
            out->chain_id = f.value;
        } else if (f.number != 1 || !yq_pb_expect(&c, &f, YQ_PB_VARINT)) {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        }
    }
    if (yq_cur_ok(&c) && (type != COMMIT || out->digest.n == 0)) {
        yq_cur_fail_field(&c, YQ_E_TYPE, 0, "no commit");
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, message->at, c.bad_field == NULL ? "pbft" : c.bad_field);
    }
}

/* PbftEnv {1 pbft, 2 signature} */
static void read_env(yq_cur *outer, const yq_pb_field *message, yq_xinghuo_commit *out)
{
    if (!yq_pb_expect(outer, message, YQ_PB_BYTES)) {
        return;
    }
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f = {0};
    *out = (yq_xinghuo_commit){.view = 0};
    while (yq_pb_next_canonical(&c, &f, 0, 0)) {
        if (f.number == 1 && yq_pb_expect(&c, &f, YQ_PB_BYTES)) {
            read_pbft(&c, &f, out);
        } else if (f.number == 2 && yq_pb_expect(&c, &f, YQ_PB_BYTES)) {
            read_signature(&c, &f, out);
        } else {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        }
    }
    if (yq_cur_ok(&c) && (out->signed_bytes.n == 0 || out->signature.n == 0)) {
        yq_cur_fail(&c, YQ_E_FIELD_MISSING, 0);
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(
            outer, c.status, message->at, c.bad_field == NULL ? "commits" : c.bad_field);
    }
}

yq_status yq_xinghuo_proof_decode(const yq_attest_call *call, yq_slice raw, yq_xinghuo_proof *out)
{
    yq_cur c = yq_cur_of(raw);
    yq_pb_field f = {0};
    out->n = 0;
    out->commit =
        call->host->scratch(call->host->self, YQ_XINGHUO_MEMBERS_MAX * sizeof *out->commit);
    if (out->commit == NULL) {
        return yq_attest_fail(call, YQ_E_LIMIT, "commits");
    }
    while (yq_pb_next_canonical(&c, &f, YQ_PB_BIT(1), 0)) {
        if (f.number != 1) {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        } else if (out->n == YQ_XINGHUO_MEMBERS_MAX) {
            yq_cur_fail_field(&c, YQ_E_LIMIT, f.at, "commits");
        } else {
            read_env(&c, &f, &out->commit[out->n++]);
        }
    }
    return yq_cur_done(&c, call->why);
}

/* Everything but the signatures: one thing, by distinct pinned validators, enough of them. */
static yq_status check_commits(
    const yq_attest_call *call, const yq_xinghuo_state *state, const yq_xinghuo_proof *proof)
{
    uint8_t seen[YQ_XINGHUO_MEMBERS_MAX] = {0};
    const yq_xinghuo_set *set = &state->validators;
    if (proof->n == 0) {
        return yq_attest_fail(call, YQ_E_SIGNATURES_MISSING, "commits");
    }
    for (size_t i = 0; i < proof->n; i++) {
        const yq_xinghuo_commit *a = &proof->commit[i], *first = &proof->commit[0];
        size_t who = 0;
        if (a->chain_id != state->chain_id) {
            return yq_attest_fail(call, YQ_E_DOMAIN, "chain_id");
        }
        if (a->sequence != first->sequence || a->view != first->view ||
            !yq_slice_equal(a->digest, first->digest)) {
            return yq_attest_fail(call, YQ_E_CERT_MIXED, "commits for different things");
        }
        while (who < set->n && (set->member[who].suite != a->signer.suite ||
                                !yq_slice_equal(set->member[who].key, a->signer.key))) {
            who++;
        }
        if (who == set->n) {
            return yq_attest_fail(call, YQ_E_SIGNER_UNKNOWN, "commit of no pinned validator");
        }
        if (seen[who]) {
            return yq_attest_fail(call, YQ_E_DUP_SIGNER, "commit");
        }
        seen[who] = 1;
    }
    return proof->n >= yq_xinghuo_quorum(set->n) ? YQ_OK
                                                 : yq_attest_fail(call, YQ_E_QUORUM, "commits");
}

yq_status yq_xinghuo_proof_check(
    const yq_attest_call *call,
    const yq_xinghuo_state *state,
    const yq_xinghuo_proof *proof,
    uint64_t *sequence,
    yq_digest *digest)
{
    yq_signature sig[YQ_XINGHUO_MEMBERS_MAX];
    yq_status valid[YQ_XINGHUO_MEMBERS_MAX];
    yq_status status = check_commits(call, state, proof);
    if (status != YQ_OK) {
        return status;
    }
    for (size_t i = 0; i < proof->n; i++) {
        const yq_xinghuo_commit *a = &proof->commit[i];
        sig[i] = (yq_signature){
            .alg = a->signer.suite == 4 ? YQ_SIG_ED25519_MESSAGE : YQ_SIG_SM2_MESSAGE,
            .key = yq_slice_of(a->key, a->signer.key.n),
            .msg = a->signed_bytes,
            .sig = a->signature};
    }
    status = call->host->check_signatures(call->host->self, sig, proof->n, valid);
    for (size_t i = 0; i < proof->n && status == YQ_OK; i++) {
        status = valid[i];
    }
    if (status != YQ_OK) {
        return yq_attest_fail(call, status, "commit");
    }
    *sequence = proof->commit[0].sequence;
    memcpy(digest->b, proof->commit[0].digest.p, sizeof digest->b);
    return yq_digest_is_zero(digest) ? yq_attest_fail(call, YQ_E_ZERO_ROOT, "value_digest") : YQ_OK;
}
