#include "light-clients/chainmaker/chainmaker.h"
#include "relay/codec/protobuf.h"

#define MEMBER_MAX (32u << 10)

void yq_cmaker_take_version(yq_cur *c)
{
    size_t at = c->pos;
    if (yq_cur_u8(c) != YQ_CMAKER_LAYOUT_VERSION) {
        yq_cur_fail_field(c, YQ_E_VERSION, at, "version");
    }
}

void yq_cmaker_take_digest(yq_cur *c, yq_digest *out)
{
    yq_cur_copy(c, out->b, sizeof out->b);
}

static uint64_t number(yq_cur *c, const yq_pb_field *f, uint64_t max, const char *name)
{
    if (yq_pb_expect(c, f, YQ_PB_VARINT) && f->value > max) {
        yq_cur_fail_field(c, YQ_E_RANGE, f->at, name);
    }
    return f->value;
}

static yq_slice bytes(yq_cur *c, const yq_pb_field *f, size_t max, const char *name)
{
    if (yq_pb_expect(c, f, YQ_PB_BYTES) && f->bytes.n > max) {
        yq_cur_fail_field(c, YQ_E_LIMIT, f->at, name);
    }
    return yq_cur_ok(c) ? f->bytes : (yq_slice){0};
}

static void digest(yq_cur *c, const yq_pb_field *f, yq_digest *out, const char *name)
{
    if (yq_pb_expect(c, f, YQ_PB_BYTES) && f->bytes.n != YQ_DIGEST_SIZE) {
        yq_cur_fail_field(c, YQ_E_LEN, f->at, name);
    } else if (yq_cur_ok(c)) {
        memcpy(out->b, f->bytes.p, YQ_DIGEST_SIZE);
    }
}

/* Member {1 org_id, 2 member_type, 3 member_info} */
static void check_member(yq_cur *outer, const yq_pb_field *message)
{
    if (!yq_pb_expect(outer, message, YQ_PB_BYTES)) {
        return;
    }
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f = {0};
    while (yq_pb_next_canonical(&c, &f, 0, 0)) {
        if (f.number == 2) {
            (void)number(&c, &f, UINT32_MAX, "member_type");
        } else if (f.number == 1 || f.number == 3) {
            (void)bytes(&c, &f, MEMBER_MAX, "member");
        } else {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        }
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, message->at, "proposer");
    }
}

static void read_header_field(yq_cur *c, const yq_pb_field *f, yq_cmaker_header *out)
{
    yq_digest other;
    switch (f->number) {
    case 1:
        out->block_version = (uint32_t)number(c, f, UINT32_MAX, "block_version");
        break;
    case 2:
        out->is_config = number(c, f, 16, "block_type") == 1;
        break;
    case 3:
        out->chain_id = bytes(c, f, YQ_CMAKER_CHAIN_MAX, "chain_id");
        break;
    case 4:
        out->height = number(c, f, INT64_MAX, "block_height");
        break;
    case 6:
        digest(c, f, &out->parent, "pre_block_hash");
        break;
    case 7:
        out->conf_height = number(c, f, INT64_MAX, "pre_conf_height");
        break;
    case 8:
        out->tx_count = (uint32_t)number(c, f, YQ_CMAKER_TXS_MAX, "tx_count");
        break;
    case 9:
        digest(c, f, &out->tx_root, "tx_root");
        break;
    case 10:
    case 11:
        digest(c, f, &other, "dag_hash, rw_set_root");
        break;
    case 12:
        out->time_s = number(c, f, INT64_MAX / 1000, "block_timestamp");
        break;
    case 13:
        (void)bytes(c, f, MEMBER_MAX, "consensus_args");
        break;
    case 14:
        check_member(c, f);
        break;
    default: /* also block_hash (5) and signature (15): they are not hashed */
        yq_cur_fail(
            c, f->number == 5 || f->number == 15 ? YQ_E_NONCANONICAL : YQ_E_FIELD_UNKNOWN, f->at);
        break;
    }
}

yq_status yq_cmaker_header_decode(const yq_cmaker_call *call, yq_slice raw, yq_cmaker_header *out)
{
    yq_cur c = yq_cur_of(raw);
    yq_pb_field f = {0};
    *out = (yq_cmaker_header){0};
    while (yq_pb_next_canonical(&c, &f, 0, 0)) {
        read_header_field(&c, &f, out);
    }
    if (yq_cur_ok(&c) && (out->chain_id.n == 0 || out->block_version == 0)) {
        yq_cur_fail_field(&c, YQ_E_FIELD_MISSING, raw.n, "chain_id, block_version");
    }
    yq_status status = yq_cur_done(&c, call->why);
    if (status == YQ_OK) {
        out->hash = yq_cmaker_hash(call, &raw, 1);
    }
    return status;
}

/* ---- transactions ---- */

/* Hands a failure of an inner message to the one around it. */
static void leave(yq_cur *inner, yq_cur *outer, const yq_pb_field *message, const char *name)
{
    if (!yq_cur_ok(inner)) {
        yq_cur_fail_field(
            outer, inner->status, message->at, inner->bad_field == NULL ? name : inner->bad_field);
    }
}

/* Payload {1 chain_id, 2 tx_type, 3 tx_id, 4 timestamp, 5 expiration_time, 6 contract_name, 7
 * method, 8 parameters, 9 sequence, 10 limit} */
static void read_payload(yq_cur *outer, const yq_pb_field *message, yq_cmaker_tx *out)
{
    if (!yq_pb_expect(outer, message, YQ_PB_BYTES)) {
        return;
    }
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f = {0};
    while (yq_pb_next_canonical(&c, &f, YQ_PB_BIT(8), YQ_PB_BIT(10))) {
        if (f.number == 1) {
            out->chain_id = bytes(&c, &f, YQ_CMAKER_CHAIN_MAX, "chain_id");
        } else if (f.number == 3) {
            out->tx_id = bytes(&c, &f, 256, "tx_id");
        } else if (f.number == 6) {
            out->contract = bytes(&c, &f, 256, "contract_name");
        } else if (f.number == 7) {
            out->method = bytes(&c, &f, 256, "method");
        } else if (f.number == 8 || f.number == 10) {
            (void)bytes(&c, &f, YQ_CMAKER_TX_MAX, "parameters");
        } else if (f.number == 2 || f.number == 4 || f.number == 5 || f.number == 9) {
            (void)number(&c, &f, UINT64_MAX, "payload");
        } else {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        }
    }
    leave(&c, outer, message, "payload");
}

/* ContractEvent {1 topic, 2 tx_id, 3 contract_name, 4 contract_version, 5 repeated event_data} */
static void read_event(yq_cur *outer, const yq_pb_field *message, yq_cmaker_event *out)
{
    if (!yq_pb_expect(outer, message, YQ_PB_BYTES)) {
        return;
    }
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f = {0};
    *out = (yq_cmaker_event){0};
    while (yq_pb_next_canonical(&c, &f, YQ_PB_BIT(5), 0)) {
        yq_slice in = bytes(&c, &f, YQ_CMAKER_TX_MAX, "event");
        if (f.number == 1) {
            out->topic = in;
        } else if (f.number == 2) {
            out->tx_id = in;
        } else if (f.number == 3) {
            out->contract = in;
        } else if (f.number == 5) {
            out->first = out->data_n == 0 ? in : out->first;
            out->data =
                out->data_n == 0 ? f.whole : yq_slice_of(out->data.p, out->data.n + f.whole.n);
            out->data_n++;
        } else if (f.number != 4) {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        }
    }
    leave(&c, outer, message, "contract_event");
}

typedef struct tx_read {
    uint64_t event_idx;
    int may_have_gas;
    yq_cmaker_tx *out;
} tx_read;

/* ContractResult {1 code, 2 result, 3 message, 4 gas_used, 5 repeated contract_event} */
static void read_contract_result(yq_cur *outer, const yq_pb_field *message, const tx_read *r)
{
    yq_cmaker_tx *out = r->out;
    if (!yq_pb_expect(outer, message, YQ_PB_BYTES)) {
        return;
    }
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f = {0};
    while (yq_pb_next_canonical(&c, &f, YQ_PB_BIT(5), 0)) {
        yq_cmaker_event event;
        if (f.number == 1) {
            out->contract_code = number(&c, &f, UINT32_MAX, "contract code");
        } else if (f.number == 2) {
            out->result = bytes(&c, &f, YQ_CMAKER_TX_MAX, "result");
        } else if (f.number == 3) {
            (void)bytes(&c, &f, YQ_CMAKER_TX_MAX, "message");
        } else if (f.number == 4 && r->may_have_gas) {
            (void)number(&c, &f, UINT64_MAX, "gas_used");
        } else if (f.number == 5 && out->event_n < YQ_CMAKER_EVENTS_MAX) {
            read_event(&c, &f, &event);
            out->event = out->event_n == r->event_idx ? event : out->event;
            out->event_n++;
        } else {
            yq_cur_fail(&c, f.number == 4 ? YQ_E_NONCANONICAL : YQ_E_FIELD_UNKNOWN, f.at);
        }
    }
    leave(&c, outer, message, "contract_result");
}

/* Result {1 code, 2 contract_result, 3 rw_set_hash, 4 message} */
static void read_result(yq_cur *outer, const yq_pb_field *message, const tx_read *r)
{
    if (!yq_pb_expect(outer, message, YQ_PB_BYTES)) {
        return;
    }
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f = {0};
    while (yq_pb_next_canonical(&c, &f, 0, YQ_PB_BIT(2))) {
        if (f.number == 1) {
            r->out->code = number(&c, &f, UINT32_MAX, "code");
        } else if (f.number == 2) {
            read_contract_result(&c, &f, r);
        } else if (f.number == 3 || f.number == 4) {
            (void)bytes(&c, &f, YQ_CMAKER_TX_MAX, "result");
        } else {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        }
    }
    leave(&c, outer, message, "result");
}

yq_status yq_cmaker_tx_decode(
    const yq_cmaker_call *call,
    yq_slice raw,
    uint32_t block_version,
    uint64_t event_idx,
    yq_cmaker_tx *out)
{
    yq_cur c = yq_cur_of(raw);
    yq_pb_field f = {0};
    const tx_read r = {event_idx, block_version < YQ_CMAKER_NO_GAS, out};
    int seen = 0;
    *out = (yq_cmaker_tx){0};
    while (yq_pb_next_canonical(&c, &f, YQ_PB_BIT(3), YQ_PB_BIT(1) | YQ_PB_BIT(2) | YQ_PB_BIT(4))) {
        if (f.number == 1) {
            read_payload(&c, &f, out);
            seen |= 1;
        } else if (f.number == 4) {
            read_result(&c, &f, &r);
            seen |= 2;
        } else if (f.number == 2 || f.number == 3 || f.number == 5) {
            (void)bytes(&c, &f, YQ_CMAKER_TX_MAX, "sender, endorsers, payer");
        } else {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        }
    }
    if (yq_cur_ok(&c) && (seen != 3 || out->tx_id.n == 0)) {
        yq_cur_fail_field(&c, YQ_E_FIELD_MISSING, raw.n, "payload, result");
    }
    yq_status status = yq_cur_done(&c, call->why);
    if (status == YQ_OK) {
        out->leaf = yq_cmaker_hash(call, &raw, 1);
    }
    return status;
}

/* ---- parts of an evidence ---- */

void yq_cmaker_take_votes(const yq_cmaker_call *call, yq_cur *c, yq_cmaker_votes *out)
{
    const yq_verifier_host *host = call->host;
    *out = (yq_cmaker_votes){.round = yq_cur_u32(c)};
    size_t at = c->pos;
    out->n = yq_cur_u16(c);
    if (out->n > YQ_CMAKER_NODES_MAX || out->round > INT32_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "votes");
    }
    if (!yq_cur_ok(c)) {
        out->n = 0;
        return;
    }
    out->node = host->scratch(host->self, YQ_CMAKER_NODES_MAX * sizeof *out->node);
    out->invalid = host->scratch(host->self, YQ_CMAKER_NODES_MAX * sizeof *out->invalid);
    out->signature = host->scratch(host->self, YQ_CMAKER_NODES_MAX * sizeof *out->signature);
    if (out->node == NULL || out->invalid == NULL || out->signature == NULL) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "votes");
        return;
    }
    for (size_t i = 0; i < out->n; i++) {
        out->node[i] = yq_cur_u16(c);
        out->invalid[i] = yq_cur_blob16(c, YQ_CMAKER_INVALID_MAX);
        out->signature[i] = yq_cur_take(c, 64);
    }
}

void yq_cmaker_take_path(yq_cur *c, yq_cmaker_path *out)
{
    size_t at = c->pos;
    *out = (yq_cmaker_path){.index = yq_cur_u32(c)};
    out->n = yq_cur_u8(c);
    if (out->n > YQ_CMAKER_LEVELS_MAX) {
        yq_cur_fail_field(c, YQ_E_PROOF_DEPTH, at, "path");
    }
    out->nodes = yq_cur_take(c, out->n * YQ_DIGEST_SIZE);
}
