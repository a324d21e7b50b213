#include "light-clients/fabric/tx.h"

/* Version {1: block_num, 2: tx_num}. */
static void decode_version(yq_slice in, yq_fabric_access *out, yq_fabric_form *form)
{
    yq_fabric_wire w = yq_fabric_wire_of(in, form);
    yq_fabric_field f;
    out->has_version = 1;
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_uint(&w, &f, &out->block);
        } else if (f.number == 2) {
            yq_fabric_wire_uint(&w, &f, &out->tx);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
}

/* KVRead {1: key, 2: version}. */
static void decode_read(yq_slice in, yq_fabric_access *out, yq_fabric_form *form)
{
    yq_fabric_wire w = yq_fabric_wire_of(in, form);
    yq_fabric_field f;
    while (yq_fabric_wire_next(&w, &f)) {
        yq_slice body;
        if (f.number == 1) {
            yq_fabric_wire_text(&w, &f, &out->key);
        } else if (f.number == 2 && yq_fabric_wire_bytes(&w, &f, &body)) {
            decode_version(body, out, form);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
}

/* KVWrite {1: key, 2: is_delete, 3: value}; KVMetadataWrite {1: key, 2: entries}. */
static void decode_write(yq_slice in, yq_fabric_access *out, yq_fabric_form *form)
{
    yq_fabric_wire w = yq_fabric_wire_of(in, form);
    yq_fabric_field f;
    uint64_t is_delete = 0;
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_text(&w, &f, &out->key);
        } else if (out->kind == YQ_FABRIC_METADATA) {
            continue; /* nothing of it is used: its presence decides */
        } else if (f.number == 2) {
            yq_fabric_wire_uint(&w, &f, &is_delete);
        } else if (f.number == 3) {
            yq_fabric_wire_bytes(&w, &f, &out->value);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
    if (is_delete > 1) {
        form->strict = 0;
    }
    out->is_delete = is_delete != 0;
    out->is_empty = out->value.n == 0;
}

int yq_fabric_access_next(yq_fabric_wire *w, yq_fabric_access *out)
{
    yq_fabric_field f;
    while (yq_fabric_wire_next(w, &f)) {
        yq_slice body;
        *out = (yq_fabric_access){0};
        if (f.number < YQ_FABRIC_READ || f.number > YQ_FABRIC_METADATA ||
            !yq_fabric_wire_item(w, &f, &body)) {
            yq_fabric_wire_unknown(w);
            continue;
        }
        out->kind = (uint8_t)f.number;
        if (out->kind == YQ_FABRIC_READ) {
            decode_read(body, out, w->form);
        } else if (out->kind != YQ_FABRIC_RANGE) {
            decode_write(body, out, w->form);
        }
        return w->form->ok;
    }
    return 0;
}

int yq_fabric_namespace_next(yq_fabric_wire *w, yq_fabric_namespace *out)
{
    yq_fabric_field f;
    while (yq_fabric_wire_next(w, &f)) {
        uint64_t model = 0;
        yq_slice body, collection;
        if (f.number == 1) {
            yq_fabric_wire_uint(w, &f, &model);
        } else if (f.number != 2) {
            yq_fabric_wire_unknown(w);
        }
        if (f.number != 2 || !yq_fabric_wire_item(w, &f, &body)) {
            continue;
        }
        *out = (yq_fabric_namespace){0};
        yq_fabric_wire inner = yq_fabric_wire_of(body, w->form);
        while (yq_fabric_wire_next(&inner, &f)) {
            if (f.number == 1) {
                yq_fabric_wire_text(&inner, &f, &out->name);
            } else if (f.number == 2) {
                yq_fabric_wire_bytes(&inner, &f, &out->rwset);
            } else if (f.number == 3 && yq_fabric_wire_item(&inner, &f, &collection)) {
                out->collection_n++;
            } else {
                yq_fabric_wire_unknown(&inner);
            }
        }
        return w->form->ok;
    }
    return 0;
}

/* Response {1: status, 2: message, 3: payload}. */
static void decode_response(yq_slice in, yq_fabric_tx *tx)
{
    yq_fabric_wire w = yq_fabric_wire_of(in, &tx->form);
    yq_fabric_field f;
    yq_slice ignored;
    tx->has_response = 1;
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_uint(&w, &f, &tx->response_status);
        } else if (f.number == 2) {
            yq_fabric_wire_text(&w, &f, &ignored);
        } else if (f.number == 3) {
            yq_fabric_wire_bytes(&w, &f, &ignored);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
}

/* ChaincodeID {1: path, 2: name, 3: version}. */
static void decode_chaincode_id(
    yq_slice in, yq_slice *name, yq_slice *version, yq_fabric_form *form)
{
    yq_fabric_wire w = yq_fabric_wire_of(in, form);
    yq_fabric_field f;
    yq_slice path;
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_text(&w, &f, &path);
        } else if (f.number == 2) {
            yq_fabric_wire_text(&w, &f, name);
        } else if (f.number == 3) {
            yq_fabric_wire_text(&w, &f, version);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
}

/* ChaincodeAction {1: results, 2: events, 3: response, 4: chaincode_id}. */
static void decode_chaincode_action(yq_slice in, yq_fabric_tx *tx)
{
    yq_fabric_wire w = yq_fabric_wire_of(in, &tx->form);
    yq_fabric_field f;
    while (yq_fabric_wire_next(&w, &f)) {
        yq_slice body;
        if (f.number == 1) {
            yq_fabric_wire_bytes(&w, &f, &tx->results);
        } else if (f.number == 2) {
            tx->has_events |= yq_fabric_wire_bytes(&w, &f, &tx->events);
        } else if (f.number == 3 && yq_fabric_wire_bytes(&w, &f, &body)) {
            decode_response(body, tx);
        } else if (f.number == 4 && yq_fabric_wire_bytes(&w, &f, &body)) {
            decode_chaincode_id(body, &tx->chaincode, &tx->chaincode_version, &tx->form);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
}

/* ProposalResponsePayload {1: proposal_hash, 2: extension}. */
static void decode_response_payload(yq_fabric_tx *tx)
{
    yq_fabric_wire w = yq_fabric_wire_of(tx->response_payload, &tx->form);
    yq_fabric_field f;
    yq_slice extension = {0};
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_bytes(&w, &f, &tx->proposal_hash);
        } else if (f.number == 2) {
            yq_fabric_wire_bytes(&w, &f, &extension);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
    decode_chaincode_action(extension, tx);
}

static void decode_endorsement(yq_slice in, yq_fabric_tx *tx)
{
    yq_fabric_wire w = yq_fabric_wire_of(in, &tx->form);
    yq_fabric_field f;
    yq_fabric_endorsement e = {0};
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_bytes(&w, &f, &e.endorser);
        } else if (f.number == 2) {
            yq_fabric_wire_bytes(&w, &f, &e.signature);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
    if (tx->endorsement_n < YQ_FABRIC_ENDORSEMENTS_MAX) {
        tx->endorsement[tx->endorsement_n] = e;
    }
    tx->endorsement_n++;
}

/* ChaincodeEndorsedAction {1: proposal_response_payload, 2: repeated Endorsement}. */
static void decode_endorsed(yq_slice in, yq_fabric_tx *tx)
{
    yq_fabric_wire w = yq_fabric_wire_of(in, &tx->form);
    yq_fabric_field f;
    while (yq_fabric_wire_next(&w, &f)) {
        yq_slice item;
        if (f.number == 1) {
            yq_fabric_wire_bytes(&w, &f, &tx->response_payload);
        } else if (f.number == 2 && yq_fabric_wire_item(&w, &f, &item)) {
            decode_endorsement(item, tx);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
}

/* TransactionAction {1: header, 2: payload}; payload: ChaincodeActionPayload
 * {1: chaincode_proposal_payload, 2: action}. */
static void decode_action(yq_slice in, yq_fabric_tx *tx)
{
    yq_fabric_wire w = yq_fabric_wire_of(in, &tx->form);
    yq_fabric_field f;
    yq_slice payload = {0};
    tx->action_header = (yq_slice){0};
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_bytes(&w, &f, &tx->action_header);
        } else if (f.number == 2) {
            yq_fabric_wire_bytes(&w, &f, &payload);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
    w = yq_fabric_wire_of(payload, &tx->form);
    while (yq_fabric_wire_next(&w, &f)) {
        yq_slice body;
        if (f.number == 1) {
            yq_fabric_wire_bytes(&w, &f, &tx->proposal_payload);
        } else if (f.number == 2 && yq_fabric_wire_bytes(&w, &f, &body)) {
            decode_endorsed(body, tx);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
}

static void decode_action_header(yq_fabric_tx *tx)
{
    yq_fabric_wire w = yq_fabric_wire_of(tx->action_header, &tx->form);
    yq_fabric_field f;
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_bytes(&w, &f, &tx->action_creator);
        } else if (f.number == 2) {
            yq_fabric_wire_bytes(&w, &f, &tx->action_nonce);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
}

/* Visits every key once, so that the form is that of the whole. */
static void check_results(yq_fabric_tx *tx)
{
    yq_fabric_wire w = yq_fabric_wire_of(tx->results, &tx->form);
    yq_fabric_namespace ns;
    while (yq_fabric_namespace_next(&w, &ns)) {
        yq_fabric_wire inner = yq_fabric_wire_of(ns.rwset, &tx->form);
        yq_fabric_access access;
        while (yq_fabric_access_next(&inner, &access)) {
        }
    }
}

/* ChaincodeHeaderExtension {1: payload_visibility, 2: chaincode_id}. */
static void decode_extension(yq_fabric_tx *tx)
{
    yq_fabric_wire w = yq_fabric_wire_of(tx->head.extension, &tx->form);
    yq_fabric_field f;
    yq_slice body, version;
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 2 && yq_fabric_wire_bytes(&w, &f, &body)) {
            decode_chaincode_id(body, &tx->header_chaincode, &version, &tx->form);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
}

void yq_fabric_tx_decode(yq_slice payload, yq_fabric_tx *tx)
{
    memset(tx, 0, sizeof *tx);
    tx->form = (yq_fabric_form){1, 1};
    yq_fabric_payload_decode(payload, &tx->head, &tx->form);
    decode_extension(tx);
    yq_fabric_wire w = yq_fabric_wire_of(tx->head.data, &tx->form);
    yq_fabric_field f;
    while (yq_fabric_wire_next(&w, &f)) {
        yq_slice item;
        if (f.number == 1 && yq_fabric_wire_item(&w, &f, &item)) {
            tx->action_n++;
            decode_action(item, tx);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
    decode_action_header(tx);
    decode_response_payload(tx);
    check_results(tx);
}

void yq_fabric_event_decode(yq_slice in, yq_fabric_event *event, yq_fabric_form *form)
{
    yq_fabric_wire w = yq_fabric_wire_of(in, form);
    yq_fabric_field f;
    *event = (yq_fabric_event){0};
    while (yq_fabric_wire_next(&w, &f)) {
        switch (f.number) {
        case 1:
            yq_fabric_wire_text(&w, &f, &event->chaincode);
            break;
        case 2:
            yq_fabric_wire_text(&w, &f, &event->tx_id);
            break;
        case 3:
            yq_fabric_wire_text(&w, &f, &event->name);
            break;
        case 4:
            yq_fabric_wire_bytes(&w, &f, &event->payload);
            break;
        default:
            yq_fabric_wire_unknown(&w);
        }
    }
}
