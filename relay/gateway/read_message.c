#include "relay/gateway/call.h"
#include "relay/hub/tx.h"

/* Messages with their traces, and proposals. */

#define PAGE_DEFAULT 50u
#define SCAN_MAX     5000u /* records one request looks at; the cursor goes on from there */

static const char *const kind_name[] = {
    "invalid",
    "call",
    "ack",
    "cancel",
    "prepare",
    "commit",
    "undo",
    "query",
    "answer",
    "halt",
    "resume"};
static const char *const order_name[] = {"invalid", "unordered", "ordered"};
static const char *const status_name[] = {"none", "ok", "error", "cancelled", "refused"};

#define NAME_OF(table, i) ((i) < YQ_ARRAY_N(table) ? (table)[i] : (table)[0])

static void put_index(yq_emit *e, const char *key, uint64_t index)
{
    if (index == YQ_INDEX_NONE) {
        yq_emit_null(e, key);
    } else {
        yq_emit_uint(e, key, index);
    }
}

/* What the hub said has a name; an inbox's code is a number of the contract's own. */
static void put_code(yq_emit *e, int32_t code, int is_hubs)
{
    if (is_hubs && code < 0) {
        gateway_code(e, "code", code);
    } else {
        yq_emit_uint(e, "code", (uint32_t)code);
    }
}

/* The fields of one message; the caller opens and ends the object. */
static void put_message(yq_emit *e, const yq_message *m)
{
    gateway_digest(e, "id", &m->id);
    yq_emit_str(e, "kind", NAME_OF(kind_name, m->kind));
    yq_emit_str(e, "order", NAME_OF(order_name, m->order));
    yq_emit_str(e, "state", yq_message_state_name(m->state));
    yq_emit_str(e, "status", NAME_OF(status_name, m->status));
    put_code(e, m->code, m->status == 0 || m->index == YQ_INDEX_NONE);
    yq_emit_bool(e, "mapped", m->mapped);
    yq_emit_bool(e, "conflict", m->conflict);
    yq_emit_bool(e, "forced", m->forced);
    gateway_digest(e, "group", &m->group);
    yq_emit_text(e, "src_chain", m->src_chain);
    yq_emit_hex(e, "src_service", m->src_service);
    yq_emit_text(e, "dst_chain", m->dst_chain);
    yq_emit_hex(e, "dst_service", m->dst_service);
    yq_emit_hex(e, "sender", m->sender);
    yq_emit_uint(e, "sequence", m->sequence);
    yq_emit_uint(e, "deadline_ms", m->deadline_ms);
    yq_emit_uint(e, "accepted_ms", m->accepted_ms);
    put_index(e, "index", m->index);
    put_index(e, "cancel_index", m->cancel_index);
    put_index(e, "ack_index", m->ack_index);
    gateway_digest(e, "commitment", &m->commitment);
    gateway_digest(e, "payload_sm3", &m->payload_sm3);
    yq_emit_object(e, "source");
    yq_emit_uint(e, "height", m->source_height);
    yq_emit_hex(e, "tx_id", m->source_tx_id);
    yq_emit_uint(e, "event_index", m->source_event_index);
    yq_emit_end(e);
}

typedef struct message_filter {
    yq_slice chain;
    int by_chain;
    uint8_t state; /* 0: all */
    uint64_t limit, before;
} message_filter;

static yq_status read_filter(gateway_call *call, message_filter *f)
{
    const yq_target *t = call->target;
    *f = (message_filter){0};
    f->by_chain = (t->given & GATEWAY_BIT(YQ_PARAM_CHAIN)) != 0;
    f->chain = t->value[YQ_PARAM_CHAIN];
    if (f->by_chain && !yq_chain_id_valid(f->chain)) {
        return gateway_refuse(call, "chain", YQ_E_RANGE, "chain");
    }
    if ((t->given & GATEWAY_BIT(YQ_PARAM_STATE)) != 0) {
        f->state = YQ_MESSAGE_HELD;
        while (f->state <= YQ_MESSAGE_FORCED &&
               !yq_slice_equal(
                   t->value[YQ_PARAM_STATE], yq_slice_text(yq_message_state_name(f->state)))) {
            f->state++;
        }
        if (f->state > YQ_MESSAGE_FORCED) {
            return gateway_refuse(call, "state", YQ_E_FIELD_UNKNOWN, "state");
        }
    }
    yq_status status = gateway_number(call, YQ_PARAM_LIMIT, PAGE_DEFAULT, YQ_PAGE_MAX, &f->limit);
    if (status == YQ_OK && f->limit == 0) {
        status = gateway_refuse(call, "limit", YQ_E_RANGE, "limit");
    }
    if (status == YQ_OK && t->value[YQ_PARAM_CURSOR].n > 0) {
        status = gateway_number(call, YQ_PARAM_CURSOR, 0, UINT64_MAX, &f->before);
        if (status == YQ_OK && f->before == 0) {
            status = gateway_refuse(call, "cursor", YQ_E_RANGE, "cursor");
        }
    }
    return status;
}

static int matches(const message_filter *f, const yq_message *m)
{
    return (f->state == 0 || f->state == m->state) &&
           (!f->by_chain || yq_slice_equal(f->chain, m->src_chain) ||
            yq_slice_equal(f->chain, m->dst_chain));
}

static void put_cursor(yq_emit *e, int more, uint64_t at)
{
    char text[21] = "";
    if (more) {
        (void)yq_decimal_encode(text, at);
    }
    yq_emit_str(e, "next_cursor", text);
}

yq_status gateway_get_messages(gateway_call *call)
{
    message_filter f;
    yq_message m;
    yq_emit *e = call->e;
    yq_status status = read_filter(call, &f);
    if (status != YQ_OK) {
        return status;
    }
    yq_emit_object(e, NULL);
    yq_emit_uint(e, "height", yq_view_tip(call->view)->tip.header.height);
    yq_emit_array(e, "items");
    uint64_t n = 0, seen = 0;
    int more = 1;
    while (n < f.limit && seen < SCAN_MAX) {
        more = yq_hub_message_before(call->hub, f.before, &m);
        if (!more) {
            break;
        }
        seen++;
        f.before = m.arrival;
        if (matches(&f, &m)) {
            yq_emit_object(e, NULL);
            put_message(e, &m);
            yq_emit_end(e);
            n++;
        }
        yq_view_reset(call->view);
    }
    more = more && f.before > 1 && yq_hub_message_before(call->hub, f.before, &m);
    yq_emit_end(e);
    put_cursor(e, more, f.before);
    yq_emit_end(e);
    return YQ_OK;
}

yq_status gateway_get_message(gateway_call *call)
{
    yq_digest id;
    yq_message m;
    yq_emit *e = call->e;
    yq_status status = gateway_id(call, 1, &id);
    if (status != YQ_OK) {
        return status;
    }
    status = yq_hub_message(call->hub, &id, &m);
    if (status != YQ_OK) {
        return gateway_refuse(call, "id", status, "message");
    }
    yq_emit_object(e, NULL);
    yq_emit_uint(e, "height", yq_view_tip(call->view)->tip.header.height);
    put_message(e, &m);
    yq_emit_array(e, "trace");
    for (uint32_t i = 0; i < m.trace_n && status == YQ_OK; i++) {
        yq_trace t;
        status = yq_hub_trace(call->hub, &id, i, &t);
        if (status != YQ_OK) {
            return gateway_refuse(call, NULL, YQ_E_CORRUPT, "trace");
        }
        yq_emit_object(e, NULL);
        yq_emit_str(e, "step", yq_trace_step_name(t.step));
        yq_emit_uint(e, "height", t.height);
        yq_emit_uint(e, "time_ms", t.time_ms);
        gateway_digest(e, "hash", &t.hash);
        put_index(e, "foreign_height", t.foreign_height);
        yq_emit_hex(e, "proof", t.proof);
        put_code(e, t.code, t.step == YQ_STEP_HELD || t.step == YQ_STEP_REFUSED);
        yq_emit_end(e);
    }
    yq_emit_end(e);
    yq_emit_end(e);
    return YQ_OK;
}

static void put_proposal(yq_emit *e, const yq_proposal *p)
{
    yq_emit_uint(e, "number", p->number);
    yq_emit_str(e, "method", yq_method_name(p->method));
    yq_emit_str(e, "state", yq_proposal_state_name(p->state));
    gateway_digest(e, "proposer", &p->proposer);
    yq_emit_text(e, "org", p->org);
    yq_emit_text(e, "subject", p->subject);
    yq_emit_uint(e, "created_ms", p->created_ms);
    yq_emit_uint(e, "due_ms", p->due_ms);
    yq_emit_uint(e, "approvals", p->approvals);
    yq_emit_uint(e, "rejections", p->rejections);
    yq_emit_uint(e, "needed", p->needed);
    gateway_code(e, "code", p->status);
}

yq_status gateway_get_proposals(gateway_call *call)
{
    uint64_t limit, number = 0, count = yq_hub_proposal_count(call->hub), n = 0;
    yq_proposal p;
    yq_emit *e = call->e;
    yq_status status = gateway_number(call, YQ_PARAM_LIMIT, PAGE_DEFAULT, YQ_PAGE_MAX, &limit);
    if (status == YQ_OK && limit == 0) {
        status = gateway_refuse(call, "limit", YQ_E_RANGE, "limit");
    }
    if (status == YQ_OK && call->target->value[YQ_PARAM_CURSOR].n > 0) {
        status = gateway_number(call, YQ_PARAM_CURSOR, 0, UINT64_MAX, &number);
    }
    if (status != YQ_OK) {
        return status;
    }
    number = number == 0 || number > count ? count : number - 1;
    yq_emit_object(e, NULL);
    yq_emit_uint(e, "height", yq_view_tip(call->view)->tip.header.height);
    yq_emit_array(e, "items");
    for (; number > 0 && n < limit; number--, n++) {
        if (yq_hub_proposal(call->hub, number, &p) != YQ_OK) {
            return gateway_refuse(call, NULL, YQ_E_CORRUPT, "proposal");
        }
        yq_emit_object(e, NULL);
        put_proposal(e, &p);
        yq_emit_end(e);
        yq_view_reset(call->view);
    }
    yq_emit_end(e);
    put_cursor(e, number > 0, number + 1);
    yq_emit_end(e);
    return YQ_OK;
}

yq_status gateway_get_proposal(gateway_call *call)
{
    uint64_t number;
    yq_proposal p;
    yq_status status = yq_number_read(call->target->part[1], UINT64_MAX, &number);
    if (status != YQ_OK) {
        return gateway_refuse(call, "number", status, "a proposal's number");
    }
    status = yq_hub_proposal(call->hub, number, &p);
    if (status != YQ_OK) {
        return gateway_refuse(call, "number", status, "proposal");
    }
    yq_emit_object(call->e, NULL);
    yq_emit_uint(call->e, "height", yq_view_tip(call->view)->tip.header.height);
    put_proposal(call->e, &p);
    yq_emit_end(call->e);
    return YQ_OK;
}
