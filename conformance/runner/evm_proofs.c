#include "conformance/runner/evm_files.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * Steps of a client of Ethereum whose messages carry proofs of storage: account and storage proofs
 * lie as JSON inside hex texts, the state roots that they belong to elsewhere in the same file.
 * What the steps' consensus (sync committees) shows is not verified by this hub's EVM client.
 */
#define STACK_MAX 4096u
#define ROOTS_MAX 256u
#define BYTES_MAX (4u << 20)
#define TRIES_MAX 256u
#define TEXT_MIN  500u /* shorter texts hold no message */

typedef struct search {
    evm_run *run;
    const char *name;
    yq_digest root[ROOTS_MAX];
    size_t roots;
    uint8_t contract[YQ_EVM_ADDRESS_SIZE];
    int has_contract;
    size_t rows;
} search;

typedef void (*visit)(search *s, const char *key, const yq_json *value);

typedef struct todo {
    const yq_json *value[STACK_MAX];
    size_t n;
} todo;

static void visit_child(search *s, todo *t, const char *key, const yq_json *child, visit each)
{
    each(s, key, child);
    if ((yq_json_is_array(child) || yq_json_is_object(child)) && t->n < STACK_MAX) {
        t->value[t->n++] = child;
    }
}

/* Every member of every object below value. */
static void walk(search *s, const yq_json *value, visit each)
{
    todo *t = calloc(1, sizeof *t); /* one walk may begin another */
    YQ_ASSERT(t != NULL);
    t->value[t->n++] = value;
    while (t->n > 0) {
        const yq_json *v = t->value[--t->n];
        for (size_t i = 0; yq_json_is_array(v) && i < yq_json_count(v); i++) {
            visit_child(s, t, "", yq_json_at(v, i), each);
        }
        for (const char *key = yq_json_key_next(v, NULL); key != NULL;
             key = yq_json_key_next(v, key)) {
            visit_child(s, t, key, yq_json_get(v, key), each);
        }
    }
    free(t);
}

static void note_root(search *s, const char *key, const yq_json *value)
{
    yq_buf out = {s->root[s->roots < ROOTS_MAX ? s->roots : 0].b, YQ_DIGEST_SIZE, 0};
    yq_buf address = {s->contract, sizeof s->contract, 0};
    if (strcmp(key, "state_root") == 0 && s->roots < ROOTS_MAX && yq_json_hex(value, &out) &&
        out.n == YQ_DIGEST_SIZE) {
        s->roots++;
    } else if (strcmp(key, "ibc_contract_address") == 0 && yq_json_hex(value, &address)) {
        s->has_contract = address.n == sizeof s->contract;
    }
}

/* ---- JSON inside of bytes ---- */

/* Size of the object that begins at p, or 0 when it does not end. */
static size_t object_size(yq_slice in)
{
    size_t depth = 0;
    int text = 0;
    for (size_t i = 0; i < in.n; i++) {
        uint8_t c = in.p[i];
        if (text) {
            i += c == '\\';
            text = c != '"';
        } else if (c == '"') {
            text = 1;
        } else if (c == '{') {
            depth++;
        } else if (c == '}' && --depth == 0) {
            return i + 1;
        }
    }
    return 0;
}

/* What begins as an object and is none costs a look at all that is left: so much and no more. */
static void each_object(search *s, yq_slice bytes, void (*use)(search *s, const yq_json *object))
{
    size_t tries = 0;
    for (size_t i = 0; i + 1 < bytes.n && tries < TRIES_MAX; i++) {
        yq_fault why;
        if (bytes.p[i] != '{' || bytes.p[i + 1] != '"') {
            continue;
        }
        const yq_slice rest = {bytes.p + i, bytes.n - i};
        size_t size = object_size(rest);
        yq_json *document =
            size == 0 ? NULL : yq_json_parse(yq_slice_of(rest.p, size), BYTES_MAX, &why);
        if (document != NULL) {
            use(s, yq_json_root(document));
            i += size - 1;
        } else {
            tries++;
        }
        yq_json_free(document);
    }
}

static void in_texts(search *s, const yq_json *value, void (*use)(search *s, const yq_json *object))
{
    static uint8_t room[BYTES_MAX];
    yq_buf out = {room, sizeof room, 0};
    yq_slice text;
    if (yq_json_text(value, &text) && text.n > TEXT_MIN && yq_json_hex(value, &out)) {
        each_object(s, yq_slice_of(out.p, out.n), use);
    }
}

static void roots_inside(search *s, const yq_json *object)
{
    walk(s, object, note_root);
}

static void find_roots(search *s, const char *key, const yq_json *value)
{
    note_root(s, key, value);
    in_texts(s, value, roots_inside);
}

/* ---- the proofs ---- */

int evm_nodes_read(const yq_json *list, evm_nodes *out)
{
    size_t n = yq_json_count(list);
    out->used = 0;
    if (n > YQ_MPT_NODES_MAX) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        yq_buf room = {out->bytes + out->used, sizeof out->bytes - out->used, 0};
        if (!yq_json_hex(yq_json_at(list, i), &room)) {
            return 0;
        }
        out->node[i] = yq_slice_of(room.p, room.n);
        out->used += room.n;
    }
    out->proof = (yq_mpt_proof){n, out->node};
    return 1;
}

static yq_status judge(
    search *s,
    const yq_json *account,
    const yq_json *storage,
    const yq_digest *state_root,
    yq_fault *why)
{
    static evm_nodes account_nodes, storage_nodes;
    run_call room;
    const yq_evm_call call = {evm_host(s->run, &room), why, NULL};
    uint8_t slot[32], value_room[40];
    yq_buf slot_out = {slot, sizeof slot, 0}, root_out;
    yq_digest storage_root, stated;
    yq_slice rlp, given;
    int present;
    root_out = (yq_buf){stated.b, sizeof stated.b, 0};
    if (!evm_nodes_read(yq_json_get(account, "proof"), &account_nodes) ||
        !evm_nodes_read(yq_json_get(storage, "proof"), &storage_nodes) ||
        !yq_json_hex(yq_json_get(storage, "key"), &slot_out) || slot_out.n != sizeof slot ||
        !yq_json_hex(yq_json_get(account, "storage_root"), &root_out)) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "proof");
    }
    yq_status status = yq_evm_account(
        &call, state_root, s->contract, &account_nodes.proof, &storage_root, &rlp, &present);
    if (status == YQ_OK && (!present || !yq_digest_equal(&storage_root, &stated))) {
        status = yq_fail(why, YQ_E_PROOF, 0, "storage root");
    }
    if (status == YQ_OK) {
        status = yq_evm_storage(&call, &storage_root, slot, &storage_nodes.proof, &given);
    }
    yq_slice expected = {0};
    (void)evm_json_number(yq_json_get(storage, "value"), value_room, sizeof value_room, &expected);
    return status == YQ_OK && !yq_slice_equal(given, expected)
               ? yq_fail(why, YQ_E_BODY_MISMATCH, 0, "value")
               : status;
}

static void proof_row(search *s, const yq_json *object)
{
    const yq_json *account = yq_json_get(object, "account_proof");
    const yq_json *storage = yq_json_get(object, "storage_proof");
    run_row row = {.file = s->name, .kind = "storage proof", .anchor = "state root"};
    yq_fault why = {0};
    yq_status status = YQ_E_HEADER_UNKNOWN;
    if (account == NULL || storage == NULL) {
        return;
    }
    run_row_check(&row, "account proof");
    run_row_check(&row, "storage proof");
    for (size_t i = 0; i < s->roots && status != YQ_OK; i++) {
        status = judge(s, account, storage, &s->root[i], &why);
    }
    run_row_verdict(&row, status, &why, 1);
    run_report_row(s->run->report, &row);
    s->rows++;
}

static void find_proofs(search *s, const char *key, const yq_json *value)
{
    (void)key;
    in_texts(s, value, proof_row);
}

void evm_state_proofs(evm_run *run, const char *name, const yq_json *value)
{
    static search s;
    s = (search){.run = run, .name = name};
    walk(&s, value, find_roots);
    if (s.has_contract) {
        walk(&s, value, find_proofs);
    }
    if (s.rows == 0) {
        run_report_skip(
            run->report,
            name,
            "sync committees of Ethereum's beacon chain, which this client does not follow, and no "
            "proof of storage");
    }
}
