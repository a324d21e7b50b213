#include "relay/base/errors.h"
#include "relay/gateway/call.h"
#include "relay/ledger/sequence.h"

/* The ledger itself: status, blocks, state, envelopes, signers, events. */

#define EVENTS_DEFAULT 100u
#define KEY_SIZE_MAX   (YQ_TARGET_SIZE_MAX / 2)

static const char *const role_name[] = {"invalid", "admin", "operator", "adapter", "gateway"};

static void put_peers(yq_emit *e, const yq_gateway_status *s)
{
    yq_emit_array(e, "peers");
    for (uint16_t i = 0; i < s->peer_n && i < YQ_VALIDATORS_MAX; i++) {
        if (i == s->core.own) {
            continue;
        }
        yq_emit_object(e, NULL);
        yq_emit_uint(e, "index", i);
        yq_emit_hex(e, "key", YQ_SLICE_OF(s->peer[i].key));
        yq_emit_bool(e, "connected", s->peer[i].connected);
        yq_emit_uint(e, "height", s->peer[i].height);
        yq_emit_end(e);
    }
    yq_emit_end(e);
}

static void put_state_sync(yq_emit *e, const yq_gateway_status *s)
{
    if (!s->syncing) {
        yq_emit_null(e, "state_sync");
        return;
    }
    yq_emit_object(e, "state_sync");
    yq_emit_uint(e, "height", s->sync.height);
    yq_emit_uint(e, "keys", s->sync.keys);
    yq_emit_uint(e, "bytes", s->sync.bytes);
    yq_emit_uint(e, "permille", s->sync.permille);
    yq_emit_end(e);
}

yq_status gateway_get_status(gateway_call *call)
{
    yq_gateway_status s;
    const gateway_facts *f = call->facts;
    const yq_view_block *tip = yq_view_tip(call->view);
    yq_emit *e = call->e;
    f->host->status(f->host->self, &s);
    yq_emit_object(e, NULL);
    yq_emit_text(e, "hub", f->identity->hub);
    gateway_digest(e, "chain_id_hash", &f->identity->chain_id_hash);
    yq_emit_str(e, "version", f->version);
    yq_emit_object(e, "node");
    if (s.core.own == YQ_BFT_NOBODY) {
        yq_emit_null(e, "index");
    } else {
        yq_emit_uint(e, "index", s.core.own);
    }
    yq_emit_str(e, "role", s.core.own == YQ_BFT_NOBODY ? "observer" : "validator");
    yq_emit_hex(e, "key", YQ_SLICE_OF(s.key));
    yq_emit_end(e);
    yq_emit_uint(e, "epoch", s.core.epoch);
    yq_emit_uint(e, "view", s.core.view);
    yq_emit_uint(e, "final_view", s.core.fin_view);
    yq_emit_uint(e, "height", tip->tip.header.height);
    yq_emit_uint(e, "blocks_from", f->blocks_from);
    put_state_sync(e, &s);
    gateway_digest(e, "tip_hash", &tip->tip.h);
    yq_emit_uint(e, "time_ms", tip->tip.header.time_ms);
    gateway_digest(e, "state_root", &tip->roots.state_root);
    gateway_digest(e, "result_root", &tip->tip.result.result_root);
    yq_emit_uint(e, "validators", s.core.n);
    yq_emit_uint(e, "quorum", s.core.q);
    put_peers(e, &s);
    yq_emit_object(e, "pool");
    yq_emit_uint(e, "envelopes", s.pool.count);
    yq_emit_uint(e, "bytes", s.pool.size);
    yq_emit_end(e);
    yq_emit_bool(e, "single_operator", f->identity->single_operator);
    yq_emit_bool(e, "halted", s.core.halted);
    yq_emit_uint(e, "recoveries", s.recoveries);
    yq_emit_uint(e, "messages", yq_hub_message_count(call->hub));
    yq_emit_uint(e, "proposals", yq_hub_proposal_count(call->hub));
    yq_emit_end(e);
    return YQ_OK;
}

yq_status gateway_get_genesis(gateway_call *call)
{
    call->is_bytes = 1;
    call->bytes = call->facts->identity->genesis;
    return YQ_OK;
}

yq_status gateway_get_block(gateway_call *call)
{
    uint64_t height;
    yq_view_block b;
    yq_emit *e = call->e;
    yq_status status = yq_number_read(call->target->part[1], UINT64_MAX, &height);
    if (status != YQ_OK) {
        return gateway_refuse(call, "height", status, "a block's height");
    }
    status = yq_view_block_at(call->view, height, &b);
    if (status != YQ_OK) {
        return gateway_refuse(call, "height", status, "block");
    }
    const yq_header *h = &b.tip.header;
    yq_emit_object(e, NULL);
    yq_emit_uint(e, "height", h->height);
    yq_emit_uint(e, "epoch", h->epoch);
    yq_emit_uint(e, "view", h->view);
    gateway_digest(e, "hash", &b.tip.h);
    gateway_digest(e, "parent", &h->parent_hash);
    yq_emit_uint(e, "time_ms", h->time_ms);
    yq_emit_uint(e, "leader", h->leader);
    yq_emit_uint(e, "envelopes", h->n_env);
    yq_emit_uint(e, "transactions", h->n_tx);
    gateway_digest(e, "result_root", &b.tip.result.result_root);
    gateway_digest(e, "state_root", &b.roots.state_root);
    gateway_roots(e, "roots", &b.roots);
    gateway_header(e, "header", h);
    gateway_cert(e, "certificate", b.has_cert, &b.cert);
    yq_emit_end(e);
    return YQ_OK;
}

yq_status gateway_get_state(gateway_call *call)
{
    uint8_t room[KEY_SIZE_MAX];
    yq_buf key = {.p = room, .cap = sizeof room};
    yq_slice text = call->target->value[YQ_PARAM_KEY], value, proof;
    const yq_view_block *block = yq_view_tip(call->view);
    static yq_view_block earlier; /* of the gateway's thread */
    uint64_t newest = block->tip.header.height, height;
    int found = 0;
    yq_emit *e = call->e;
    yq_status status = gateway_number(call, YQ_PARAM_HEIGHT, newest, UINT64_MAX, &height);
    if (status != YQ_OK) {
        return status;
    }
    status = yq_hex_decode(&key, (const char *)text.p, text.n);
    yq_slice bytes = yq_slice_of(key.p, key.n);
    if (status == YQ_OK && height == newest) {
        status = yq_view_state(call->view, bytes, &value, &found, &proof);
    } else if (status == YQ_OK) {
        block = &earlier;
        status = yq_view_state_at(call->view, height, bytes, &earlier, &value, &found, &proof);
        if (status == YQ_E_NOT_FOUND) {
            return gateway_refuse(call, "height", status, "the state of this height is not kept");
        }
    }
    if (status != YQ_OK) {
        return gateway_refuse(call, "key", status, "key");
    }
    yq_emit_object(e, NULL);
    yq_emit_uint(e, "height", height);
    yq_emit_bool(e, "present", found);
    yq_emit_hex(e, "value", value);
    yq_emit_hex(e, "proof", proof);
    gateway_roots(e, "roots", &block->roots);
    gateway_header(e, "header", &block->tip.header);
    gateway_cert(e, "certificate", block->has_cert, &block->cert);
    yq_emit_end(e);
    return YQ_OK;
}

/* The next number of a signer, out of the ledger's own table 1. */
static yq_status next_sequence(gateway_call *call, const yq_digest *id, uint64_t *next)
{
    uint8_t room[64];
    yq_writer key = yq_writer_of(room, sizeof room);
    yq_slice value, proof;
    sequence s = {0};
    int found;
    yq_put_str8(&key, yq_slice_text("ledger"));
    yq_put_u8(&key, 1);
    yq_put_bytes(&key, id->b, sizeof id->b);
    yq_status status = yq_view_state(call->view, yq_writer_slice(&key), &value, &found, &proof);
    if (status == YQ_OK) {
        status = sequence_decode(value, &s);
    }
    *next = status == YQ_OK ? s.highest + 1 : 0;
    return status;
}

yq_status gateway_get_signer(gateway_call *call)
{
    yq_digest id;
    yq_signer_view v;
    uint64_t next;
    yq_emit *e = call->e;
    yq_status status = gateway_id(call, 1, &id);
    if (status != YQ_OK) {
        return status;
    }
    if (yq_hub_signer(call->hub, &id, &v) != YQ_OK) {
        return gateway_refuse(call, "id", YQ_E_NOT_FOUND, "signer");
    }
    status = next_sequence(call, &id, &next);
    if (status != YQ_OK) {
        return gateway_refuse(call, NULL, status, "sequence");
    }
    yq_emit_object(e, NULL);
    yq_emit_uint(e, "height", yq_view_tip(call->view)->tip.header.height);
    gateway_digest(e, "id", &id);
    yq_emit_hex(e, "key", v.key);
    yq_emit_text(e, "org", v.org);
    yq_emit_str(e, "role", v.role < YQ_ARRAY_N(role_name) ? role_name[v.role] : role_name[0]);
    yq_emit_text(e, "chain", v.chain);
    yq_emit_uint(e, "next_sequence", next);
    yq_emit_end(e);
    return YQ_OK;
}

/* code, number, data and why of one result. */
static void put_outcome(yq_emit *e, const yq_result *r)
{
    gateway_code(e, "code", r->code);
    yq_emit_int(e, "number", r->code);
    yq_emit_hex(e, "data", r->data);
    yq_emit_str(e, "why", r->code == YQ_OK ? "" : yq_status_text((yq_status)r->code, "en"));
}

static yq_status result_at(
    gateway_call *call,
    uint64_t height,
    uint32_t index,
    yq_slice *leaf,
    yq_result *r,
    yq_result_proof *proof)
{
    yq_status status = yq_view_result(call->view, height, index, leaf, proof);
    if (status == YQ_OK && yq_result_decode(*leaf, r, NULL) != YQ_OK) {
        status = YQ_E_CORRUPT;
    }
    if (status == YQ_E_NOT_FOUND) {
        status = YQ_E_CORRUPT; /* the index says that it is there */
    }
    return status == YQ_OK ? YQ_OK : gateway_refuse(call, NULL, status, "result");
}

static yq_status put_results(gateway_call *call, const yq_tx_where *w)
{
    yq_emit *e = call->e;
    yq_emit_array(e, "results");
    for (uint16_t i = 0; w->stage == YQ_TX_FINAL && i < w->n_tx; i++) {
        yq_slice leaf;
        yq_result r = {0};
        yq_status status = result_at(call, w->height, w->index + i, &leaf, &r, NULL);
        if (status != YQ_OK) {
            return status;
        }
        yq_emit_object(e, NULL);
        gateway_digest(e, "transaction", &r.tx_id);
        yq_emit_uint(e, "index", i);
        put_outcome(e, &r);
        yq_emit_end(e);
    }
    yq_emit_end(e);
    return YQ_OK;
}

/* An envelope leaves the pool a moment before its block is seen: what was handed in here is pending
 * until its time is over. */
static const char *stage_name(gateway_call *call, const yq_digest *id, const yq_tx_where *w)
{
    uint64_t valid_until_ms;
    switch (w->stage) {
    case YQ_TX_FINAL:
        return "final";
    case YQ_TX_PENDING:
        return "pending";
    case YQ_TX_UNKNOWN:
        break;
    }
    if (!call->facts->recall(call->facts->recall_self, id, &valid_until_ms)) {
        return "unknown";
    }
    return valid_until_ms > yq_view_tip(call->view)->tip.header.time_ms ? "pending" : "expired";
}

yq_status gateway_get_envelope(gateway_call *call)
{
    yq_digest id;
    yq_tx_where w;
    yq_emit *e = call->e;
    yq_status status = gateway_id(call, 1, &id);
    if (status != YQ_OK) {
        return status;
    }
    status = yq_view_tx(call->view, &id, &w);
    if (status != YQ_OK) {
        return gateway_refuse(call, NULL, status, "envelope");
    }
    if (w.stage == YQ_TX_FINAL && !w.is_envelope) {
        return gateway_refuse(call, "id", YQ_E_NOT_FOUND, "this is a transaction's id");
    }
    const char *stage = stage_name(call, &id, &w);
    call->may_wait = w.stage != YQ_TX_FINAL && strcmp(stage, "expired") != 0;
    yq_emit_object(e, NULL);
    gateway_digest(e, "id", &id);
    yq_emit_str(e, "state", stage);
    if (w.stage == YQ_TX_FINAL) {
        yq_emit_uint(e, "height", w.height);
    } else {
        yq_emit_null(e, "height");
    }
    status = put_results(call, &w);
    yq_emit_end(e);
    return status;
}

static void put_proof(yq_emit *e, const yq_result_proof *proof)
{
    uint8_t room[17 + YQ_PROOF_DEPTH_MAX * YQ_DIGEST_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_result_proof_put(&w, proof);
    yq_emit_hex(e, "proof", yq_writer_slice(&w));
}

/* The envelope of a transaction: the one of the block whose transactions are around the index. */
static yq_status envelope_of(
    gateway_call *call, const yq_view_block *b, uint32_t index, yq_digest *id, uint32_t *at)
{
    uint32_t first = 1;
    for (uint32_t i = 0; i < b->tip.header.n_env; i++) {
        yq_slice bytes;
        yq_envelope env;
        yq_status status = yq_view_body_at(call->view, b->tip.header.height, i, &bytes);
        if (status != YQ_OK ||
            yq_envelope_decode(call->facts->identity->alg, bytes, &env, NULL) != YQ_OK) {
            return gateway_refuse(call, NULL, YQ_E_CORRUPT, "envelope");
        }
        if (index < first + env.n_tx) {
            *id = env.id;
            *at = index - first;
            return YQ_OK;
        }
        first += env.n_tx;
    }
    return gateway_refuse(call, NULL, YQ_E_CORRUPT, "envelope");
}

yq_status gateway_get_transaction(gateway_call *call)
{
    yq_digest id, envelope;
    yq_tx_where w;
    yq_view_block b;
    yq_slice leaf;
    yq_result r = {0};
    yq_result_proof proof;
    uint32_t at = 0;
    yq_emit *e = call->e;
    yq_status status = gateway_id(call, 1, &id);
    if (status == YQ_OK) {
        status = yq_view_tx(call->view, &id, &w);
        if (status == YQ_OK && (w.stage != YQ_TX_FINAL || w.is_envelope)) {
            status = gateway_refuse(call, "id", YQ_E_NOT_FOUND, "no final transaction");
        }
    }
    if (status == YQ_OK) {
        status = yq_view_block_at(call->view, w.height, &b);
    }
    if (status == YQ_OK) {
        status = envelope_of(call, &b, w.index, &envelope, &at);
    }
    if (status == YQ_OK) {
        status = result_at(call, w.height, w.index, &leaf, &r, &proof);
    }
    if (status != YQ_OK) {
        return call->why.status == status ? status
                                          : gateway_refuse(call, NULL, status, "transaction");
    }
    yq_emit_object(e, NULL);
    gateway_digest(e, "id", &id);
    gateway_digest(e, "envelope", &envelope);
    yq_emit_uint(e, "index", at);
    yq_emit_str(e, "state", "final");
    yq_emit_uint(e, "height", w.height);
    put_outcome(e, &r);
    yq_emit_hex(e, "result", leaf);
    put_proof(e, &proof);
    gateway_roots(e, "roots", &b.roots);
    yq_emit_end(e);
    return YQ_OK;
}

static const char *event_name(uint16_t kind)
{
    static const char *const name[] = {
        "invalid",
        "org",
        "proposal",
        "chain",
        "client",
        "service",
        "lane",
        "message",
        "alarm",
        "outbox",
        "inbox"};
    return kind < YQ_ARRAY_N(name) ? name[kind] : name[0];
}

yq_status gateway_get_events(gateway_call *call)
{
    uint64_t height, index, limit;
    yq_emit *e = call->e;
    yq_view_event event[YQ_PAGE_MAX];
    yq_status status = gateway_number(call, YQ_PARAM_HEIGHT, 0, UINT64_MAX, &height);
    if (status == YQ_OK) {
        status = gateway_number(call, YQ_PARAM_INDEX, 0, UINT32_MAX, &index);
    }
    if (status == YQ_OK) {
        status = gateway_number(call, YQ_PARAM_LIMIT, EVENTS_DEFAULT, YQ_PAGE_MAX, &limit);
    }
    if (status == YQ_OK && limit == 0) {
        status = gateway_refuse(call, "limit", YQ_E_RANGE, "limit");
    }
    if (status != YQ_OK) {
        return status;
    }
    size_t n = yq_view_events(call->view, height, (uint32_t)index, event, (size_t)limit);
    call->may_wait = n == 0;
    yq_emit_object(e, NULL);
    yq_emit_array(e, "items");
    for (size_t i = 0; i < n; i++) {
        yq_emit_object(e, NULL);
        yq_emit_uint(e, "height", event[i].height);
        yq_emit_uint(e, "index", event[i].event);
        yq_emit_uint(e, "result", event[i].index);
        yq_emit_str(e, "kind", event_name(event[i].what.kind));
        yq_emit_hex(e, "subject", event[i].what.subject);
        yq_emit_uint(e, "value", event[i].what.value);
        yq_emit_end(e);
    }
    yq_emit_end(e);
    yq_emit_object(e, "next");
    yq_emit_uint(e, "height", n == 0 ? height : event[n - 1].height);
    yq_emit_uint(e, "index", n == 0 ? index : (uint64_t)event[n - 1].event + 1);
    yq_emit_end(e);
    yq_emit_end(e);
    return YQ_OK;
}
