#include "conformance/runner/evm_files.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>
#include <stdlib.h>

#define ENTRIES_MAX 4096u
#define BYTES_MAX   (4u << 20)

typedef struct builder {
    yq_trie_entry entry[ENTRIES_MAX];
    size_t n;
    uint8_t bytes[BYTES_MAX];
    size_t used;
} builder;

static int text_of(builder *b, const yq_json *value, yq_slice *out)
{
    yq_slice text;
    yq_buf room = {b->bytes + b->used, sizeof b->bytes - b->used, 0};
    if (!yq_json_text(value, &text) || !evm_text_bytes(text, &room)) {
        return 0;
    }
    b->used += room.n;
    *out = yq_slice_of(room.p, room.n);
    return 1;
}

/* Sets, replaces or (value null) deletes, as the case goes on. */
static int apply(builder *b, int secure, yq_slice key, const yq_json *value)
{
    yq_slice held = {0};
    if (secure) {
        uint8_t *md = b->bytes + b->used;
        if (sizeof b->bytes - b->used < YQ_DIGEST_SIZE) {
            return 0;
        }
        yq_hash_one(YQ_HASH_KECCAK256, key, md);
        b->used += YQ_DIGEST_SIZE;
        key = yq_slice_of(md, YQ_DIGEST_SIZE);
    }
    if (!yq_json_is_null(value) && !text_of(b, value, &held)) {
        return 0;
    }
    size_t at = 0;
    while (at < b->n && yq_slice_compare(b->entry[at].key, key) < 0) {
        at++;
    }
    int there = at < b->n && yq_slice_equal(b->entry[at].key, key);
    if (held.n == 0) {
        if (there) {
            b->n--;
            memmove(&b->entry[at], &b->entry[at + 1], (b->n - at) * sizeof *b->entry);
        }
        return 1;
    }
    if (!there) {
        if (b->n == ENTRIES_MAX) {
            return 0;
        }
        memmove(&b->entry[at + 1], &b->entry[at], (b->n - at) * sizeof *b->entry);
        b->n++;
    }
    b->entry[at] = (yq_trie_entry){key, held};
    return 1;
}

/* A list of [key, value]. */
static int read_list(builder *b, int secure, const yq_json *in)
{
    for (size_t i = 0; i < yq_json_count(in); i++) {
        const yq_json *pair = yq_json_at(in, i);
        yq_slice key;
        if (!text_of(b, yq_json_at(pair, 0), &key) || !apply(b, secure, key, yq_json_at(pair, 1))) {
            return 0;
        }
    }
    return 1;
}

/* A list, or an object. */
static int read_case(builder *b, int secure, const yq_json *in)
{
    b->n = b->used = 0;
    if (yq_json_is_array(in)) {
        return read_list(b, secure, in);
    }
    for (const char *name = yq_json_key_next(in, NULL); name != NULL;
         name = yq_json_key_next(in, name)) {
        yq_buf room = {b->bytes + b->used, sizeof b->bytes - b->used, 0};
        if (!evm_text_bytes(yq_slice_text(name), &room)) {
            return 0;
        }
        b->used += room.n;
        if (!apply(b, secure, yq_slice_of(room.p, room.n), yq_json_get(in, name))) {
            return 0;
        }
    }
    return 1;
}

/* Every key's proof leads to its value, and a longer or shorter key's to nothing. */
static yq_status check_proofs(evm_run *run, const builder *b, const yq_digest *root, yq_fault *why)
{
    for (size_t i = 0; i < b->n; i++) {
        run_call room;
        const yq_verifier_host *host = evm_host(run, &room);
        yq_trie_proof p;
        yq_slice value;
        int present;
        if (b->entry[i].key.n == 0 || b->entry[i].key.n > YQ_MPT_KEY_MAX) {
            continue;
        }
        yq_status status = yq_trie_build(host, &run->arena, b->entry, b->n, b->entry[i].key, &p);
        const yq_mpt_proof proof = {p.n, p.node};
        if (status == YQ_OK) {
            status = yq_mpt_check(host, root, b->entry[i].key, &proof, &value, &present, why);
        }
        if (status == YQ_OK && (!present || !yq_slice_equal(value, b->entry[i].value))) {
            status = yq_fail(why, YQ_E_BODY_MISMATCH, 0, "value");
        }
        if (status != YQ_OK) {
            return status;
        }
    }
    return YQ_OK;
}

/* The trie of the case, with its keys as they stand or hashed. */
static yq_status judge(
    evm_run *run, builder *b, int secure, const yq_json *c, const yq_digest *stated, yq_fault *why)
{
    run_call room;
    yq_trie_proof p;
    if (!read_case(b, secure, yq_json_get(c, "in"))) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "in");
    }
    const yq_verifier_host *host = evm_host(run, &room);
    yq_status status = yq_trie_build(host, &run->arena, b->entry, b->n, (yq_slice){0}, &p);
    if (status == YQ_OK && !yq_digest_equal(&p.root, stated)) {
        status = yq_fail(why, YQ_E_PROOF, 0, "root");
    }
    return status;
}

/* Whether keys are hashed no case says: its root has only one reading. */
static void one(evm_run *run, builder *b, const char *name, const char *key, const yq_json *c)
{
    run_row row = {.file = name, .kind = "trie", .anchor = "root"};
    yq_digest root;
    yq_buf stated = {root.b, sizeof root.b, 0};
    yq_fault why = {0};
    yq_status status = YQ_E_FIELD_MISSING;
    int secure = 0;
    (void)snprintf(row.note, sizeof row.note, "%s", key);
    if (yq_json_hex(yq_json_get(c, "root"), &stated) && stated.n == YQ_DIGEST_SIZE) {
        status = judge(run, b, 0, c, &root, &why);
        secure = status == YQ_E_PROOF;
        status = secure ? judge(run, b, 1, c, &root, &why) : status;
    }
    run_row_check(&row, secure ? "root over hashed keys" : "root");
    if (status == YQ_OK) {
        run_row_check(&row, "proofs");
        status = check_proofs(run, b, &root, &why);
    }
    run_row_verdict(&row, status, &why, 1);
    run_report_row(run->report, &row);
}

void evm_tries(evm_run *run, const char *name, const yq_json *value)
{
    static builder b;
    for (const char *key = yq_json_key_next(value, NULL); key != NULL;
         key = yq_json_key_next(value, key)) {
        if (yq_json_is_object(yq_json_get(value, key))) {
            one(run, &b, name, key, yq_json_get(value, key));
        }
    }
}
