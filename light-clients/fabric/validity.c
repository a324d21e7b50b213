#include "light-clients/fabric/validity.h"

#include "light-clients/fabric/judge.h"

#define PLUGIN "vscc"

typedef struct walk {
    const yq_fabric_call *call;
    yq_fabric_bundle *bundle;
    yq_fabric_state *state;
    const yq_fabric_block *block;
    yq_fabric_tx *tx; /* reused for each transaction, as is the next */
    yq_fabric_signing *signing;
    uint8_t *is_valid; /* of the block's transactions so far */
} walk;

/* Notes the first place of an id. Out: *elsewhere is 1 and *first set when that is another. */
static yq_status note_place(
    walk *w, uint32_t index, const yq_fabric_payload *head, yq_fabric_place *first, int *elsewhere)
{
    *elsewhere = 0;
    if (head->tx_id.n == 0) {
        return YQ_OK;
    }
    *elsewhere = yq_fabric_get_place(w->call, head->tx_id, first);
    if (*elsewhere) {
        return YQ_OK;
    }
    const yq_fabric_place here = {
        .number = w->block->number, .index = index, .strict = head->channel_form.strict};
    return yq_fabric_put_place(w->call, head->tx_id, &here);
}

static yq_status put_key(
    walk *w, uint32_t at, const yq_fabric_access *a, const yq_fabric_case *c, uint32_t index)
{
    yq_fabric_chaincode *cc = &w->state->chaincode[at];
    yq_fabric_writer writer;
    if (!yq_fabric_get_writer(w->call, at, a->key, &writer)) {
        if (cc->keys_used == cc->keys) {
            cc->flags |= YQ_FABRIC_KEYS_OVERFLOW;
            return YQ_OK;
        }
        cc->keys_used++;
    }
    writer = (yq_fabric_writer){
        .number = w->block->number,
        .index = index,
        .is_proven = c->status == YQ_OK && c->own == at && (a->is_delete || !a->is_empty),
        .is_delete = a->is_delete};
    return yq_fabric_put_writer(w->call, at, a->key, &writer);
}

/* ApplicationPolicy {1: signature_policy, 2: channel_config_policy_reference}. */
static int is_registered_policy(const yq_fabric_chaincode *cc, yq_slice in)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(in, &form);
    yq_fabric_field f;
    yq_slice rule = {0}, path = {0};
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_bytes(&w, &f, &rule);
        } else if (f.number == 2) {
            yq_fabric_wire_text(&w, &f, &path);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
    int is_path = cc->kind == YQ_FABRIC_BY_PATH;
    return form.ok && form.strict && (rule.n == 0) == is_path && (path.n > 0) == is_path &&
           yq_slice_equal(is_path ? path : rule, cc->policy);
}

/* StateData {2: bytes} of ChaincodeValidationInfo {1: plugin, 2: parameter}. */
static int is_registered_validation(const yq_fabric_chaincode *cc, yq_slice value)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(value, &form);
    yq_fabric_field f;
    yq_slice info = {0}, plugin = {0}, parameter = {0};
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number != 2 || !yq_fabric_wire_bytes(&w, &f, &info)) {
            yq_fabric_wire_unknown(&w);
        }
    }
    w = yq_fabric_wire_of(info, &form);
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_text(&w, &f, &plugin);
        } else if (f.number == 2) {
            yq_fabric_wire_bytes(&w, &f, &parameter);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
    return form.ok && form.strict && yq_slice_equal(plugin, yq_slice_text(PLUGIN)) &&
           is_registered_policy(cc, parameter);
}

static void redefine(walk *w, const yq_fabric_access *a, uint32_t index)
{
    uint32_t at;
    yq_fabric_definition_key key = yq_fabric_definition_key_of(w->state, a->key, &at);
    if (key == YQ_FABRIC_DEFINITION_OTHER) {
        return;
    }
    yq_fabric_chaincode *cc = &w->state->chaincode[at];
    if (a->kind == YQ_FABRIC_METADATA || a->is_delete) {
        cc->flags |= YQ_FABRIC_POLICY_CHANGED;
    } else if (key == YQ_FABRIC_DEFINITION_VALIDATION) {
        cc->flags |= is_registered_validation(cc, a->value) ? 0 : YQ_FABRIC_POLICY_CHANGED;
    } else {
        cc->flags |= YQ_FABRIC_SEQUENCE_KNOWN;
        cc->sequence_block = w->block->number;
        cc->sequence_tx = index;
    }
}

/* What a transaction that may be valid does to what is followed. */
static yq_status apply(walk *w, const yq_fabric_case *c, uint32_t index)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire wire = yq_fabric_wire_of(c->tx->results, &form);
    yq_fabric_namespace ns;
    while (yq_fabric_namespace_next(&wire, &ns)) {
        uint32_t at = yq_fabric_chaincode_of(w->state, ns.name);
        int lifecycle = yq_slice_equal(ns.name, yq_slice_text(YQ_FABRIC_LIFECYCLE));
        if (at == YQ_FABRIC_NO_CHAINCODE && !lifecycle) {
            continue;
        }
        yq_fabric_wire inner = yq_fabric_wire_of(ns.rwset, &form);
        yq_fabric_access a;
        while (yq_fabric_access_next(&inner, &a)) {
            yq_status status = YQ_OK;
            int is_write = a.kind == YQ_FABRIC_WRITE || a.kind == YQ_FABRIC_METADATA;
            if (lifecycle && is_write) {
                redefine(w, &a, index);
            } else if (a.kind == YQ_FABRIC_WRITE) {
                status = put_key(w, at, &a, c, index);
            } else if (a.kind == YQ_FABRIC_METADATA) {
                w->state->chaincode[at].flags |= YQ_FABRIC_KEY_POLICIES;
            }
            if (status != YQ_OK) {
                return status;
            }
        }
    }
    return YQ_OK;
}

/* A validity flag is unsigned; one that contradicts what was shown is a lie of whoever brought it.
 */
static yq_status check_flag(const walk *w, const yq_fabric_case *c, uint32_t index)
{
    if (w->block->flags.n == 0) {
        return YQ_OK;
    }
    int says_valid = w->block->flags.p[index] == 0;
    int is_valid = c->status == YQ_OK && c->own != YQ_FABRIC_NO_CHAINCODE;
    if ((is_valid && !says_valid) || (c->surely_invalid && says_valid)) {
        return yq_fabric_fail(w->call, YQ_E_CONFLICT, "transaction flag");
    }
    return YQ_OK;
}

static yq_status judge_case(
    walk *w, yq_fabric_case *c, uint32_t index, const yq_fabric_place *first)
{
    if (first != NULL) {
        int is_certain =
            first->strict && (first->number < w->block->number || w->is_valid[first->index]);
        yq_fabric_spoil(c, YQ_E_VALIDITY_UNPROVEN, is_certain);
    }
    if (!c->surely_invalid) {
        yq_fabric_case_judge(c);
    }
    w->is_valid[index] = c->status == YQ_OK && c->own != YQ_FABRIC_NO_CHAINCODE;
    yq_status status = check_flag(w, c, index);
    if (status == YQ_OK && !c->surely_invalid) {
        status = apply(w, c, index);
    }
    if (status == YQ_OK && c->own != YQ_FABRIC_NO_CHAINCODE) {
        const yq_fabric_verdict verdict = {
            .envelope = yq_fabric_sha256_of(w->call, w->block->element[index]),
            .status = c->status};
        status = yq_fabric_put_verdict(w->call, w->block->number, index, &verdict);
    }
    return status;
}

static yq_status follow_one(walk *w, uint32_t index)
{
    yq_fabric_payload head;
    yq_fabric_form form;
    yq_fabric_place first;
    int elsewhere = 0;
    yq_fabric_case c = {
        .call = w->call,
        .bundle = w->bundle,
        .state = w->state,
        .tx = w->tx,
        .signing = w->signing,
        .envelope = yq_fabric_envelope_of(w->block->element[index]),
        .status = YQ_OK};
    yq_fabric_payload_decode(c.envelope.payload, &head, &form);
    if (!head.channel_form.ok) {
        return YQ_OK; /* nobody can read it: it has no id and changes nothing */
    }
    if (!yq_slice_equal(head.channel_id, w->state->channel)) {
        return yq_fabric_fail(w->call, YQ_E_DOMAIN, "channel_id");
    }
    if (head.type == YQ_FABRIC_TYPE_CONFIG && w->block->n > 1) {
        return yq_fabric_fail(w->call, YQ_E_SET_CHANGE, "configuration among transactions");
    }
    yq_status status = note_place(w, index, &head, &first, &elsewhere);
    if (status != YQ_OK || head.type != YQ_FABRIC_TYPE_ENDORSER) {
        return status;
    }
    yq_fabric_tx_decode(c.envelope.payload, w->tx);
    if (!w->tx->form.ok) {
        return YQ_OK;
    }
    yq_fabric_case_touch(&c);
    if (c.own == YQ_FABRIC_NO_CHAINCODE && c.written == 0 && c.redefined == 0) {
        return YQ_OK;
    }
    return judge_case(w, &c, index, elsewhere ? &first : NULL);
}

yq_status yq_fabric_follow(
    const yq_fabric_call *call,
    yq_fabric_bundle *bundle,
    yq_fabric_state *state,
    const yq_fabric_block *block)
{
    walk w = {.call = call, .bundle = bundle, .state = state, .block = block};
    if (block->flags.n != 0 && block->flags.n != block->n) {
        return yq_fabric_fail(call, YQ_E_LEN, "transaction flags");
    }
    w.tx = yq_fabric_room(call, 1, sizeof *w.tx);
    w.signing = yq_fabric_room(call, 1, sizeof *w.signing);
    w.is_valid = yq_fabric_room(call, block->n, 1);
    if (w.tx == NULL || w.signing == NULL || w.is_valid == NULL) {
        return yq_fabric_fail(call, YQ_E_LIMIT, "transactions");
    }
    for (uint32_t i = 0; i < block->n; i++) {
        yq_status status = follow_one(&w, i);
        if (status != YQ_OK) {
            return status;
        }
    }
    return YQ_OK;
}

yq_status yq_fabric_event_of(
    const yq_fabric_call *call, yq_slice element, yq_fabric_event *event, yq_slice *tx_id)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_tx *tx = yq_fabric_room(call, 1, sizeof *tx);
    if (tx == NULL) {
        return yq_fabric_fail(call, YQ_E_LIMIT, "transaction");
    }
    yq_fabric_tx_decode(yq_fabric_envelope_of(element).payload, tx);
    if (tx->events.n == 0) {
        return yq_fabric_fail(call, YQ_E_EVENT_UNPROVEN, "no event");
    }
    yq_fabric_event_decode(tx->events, event, &form);
    *tx_id = tx->head.tx_id;
    return form.ok && form.strict ? YQ_OK
                                  : yq_fabric_fail(call, YQ_E_NONCANONICAL, "ChaincodeEvent");
}
