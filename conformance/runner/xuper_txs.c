#include "conformance/runner/xuper.h"
#include "relay/base/bytes.h"
#include "relay/codec/der.h"

#include <stdio.h>

/* Ids of versions 0 to 2 bind too little to prove anything to a hub: these rows show that what is
 * read here is what the chain hashed and its accounts signed. */

#define AUTOGEN 11u

static yq_status hash_of(
    xuper_run *run,
    const yq_verifier_host *host,
    const xuper_message *message,
    unsigned flags,
    yq_digest *out,
    yq_fault *why)
{
    yq_writer w = yq_writer_of(run->preimage, sizeof run->preimage);
    yq_status status = xuper_preimage(message, message->version, flags, &w, why);
    const yq_slice preimage = yq_writer_slice(&w);
    if (status == YQ_OK) {
        *out = yq_xuper_hash(host, &preimage, 1);
    }
    if (status == YQ_OK && message->version == XUPER_VERSIONS && (flags & XUPER_SIGNED) != 0) {
        yq_xuper_tx tx = {0};
        const yq_xuper_call call = {host, why, YQ_XUPER_P256};
        status = yq_xuper_tx_decode(&call, preimage, 0, &tx); /* the verifier reads it as well */
    }
    return status;
}

/* The id, of the transaction as it stands or, when the chain made it itself, as it was before it
 * was marked so: nodes of 3.x hash it before they set the mark. Out: flags. */
static yq_status check_id(
    xuper_run *run,
    const yq_verifier_host *host,
    const xuper_message *message,
    unsigned *flags,
    yq_fault *why)
{
    yq_digest id = {{0}};
    const int autogen = xuper_field(message->bytes, AUTOGEN).value != 0;
    for (unsigned more = 0; more <= (autogen ? XUPER_NO_AUTO : 0); more += XUPER_NO_AUTO) {
        *flags = XUPER_SIGNED | more;
        yq_status status = hash_of(run, host, message, *flags, &id, why);
        if (status != YQ_OK || yq_slice_equal(message->txid, YQ_SLICE_OF(id.b))) {
            return status;
        }
    }
    return yq_fail(why, YQ_E_HASH, 0, "txid");
}

/* The account's name behind the last slash: an account signs by the addresses it lists. */
static yq_slice last_part(yq_slice name)
{
    size_t at = name.n;
    while (at > 0 && name.p[at - 1] != '/') {
        at--;
    }
    return yq_slice_of(name.n == 0 ? NULL : name.p + at, name.n - at);
}

static int is_sm2(yq_slice key_text)
{
    return key_text.n > 0 && memmem(key_text.p, key_text.n, "SM2", 3) != NULL;
}

/* One signature {public key, DER}. In: name, whose it has to be, where that is an address. */
static yq_status check_sign(
    const yq_verifier_host *host,
    yq_slice sign,
    yq_slice name,
    const yq_digest *digest,
    yq_fault *why)
{
    uint8_t key[64] = {0}, sig[64];
    char address[YQ_XUPER_ADDRESS_MAX];
    const yq_slice text = xuper_field(sign, 1).bytes;
    const uint8_t scheme = is_sm2(text) ? YQ_XUPER_SM2 : YQ_XUPER_P256;
    yq_status status = yq_xuper_key_decode(scheme, text, key, why), valid = YQ_E_SIG;
    if (status == YQ_OK) {
        status = yq_der_signature_decode(xuper_field(sign, 2).bytes, 32, sig, why);
    }
    if (status != YQ_OK) {
        return status;
    }
    size_t n = yq_xuper_address(host, scheme, key, address);
    if (yq_xuper_address_valid(name) && !yq_slice_equal(name, yq_slice_of(address, n))) {
        return yq_fail(why, YQ_E_SIGNER_MISMATCH, 0, "signature of a transaction");
    }
    const yq_signature check = {
        .alg = scheme == YQ_XUPER_SM2 ? YQ_SIG_SM2_DIGEST : YQ_SIG_P256_DIGEST,
        .key = YQ_SLICE_OF(key),
        .msg = YQ_SLICE_OF(digest->b),
        .sig = YQ_SLICE_OF(sig)};
    status = host->check_signatures(host->self, &check, 1, &valid);
    status = status == YQ_OK ? valid : status;
    return status == YQ_OK ? YQ_OK : yq_fail(why, status, 0, "signature of a transaction");
}

/* The nth text of a repeated field. */
static yq_slice nth(yq_slice message, uint32_t number, size_t n)
{
    yq_cur c = yq_cur_of(message);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.number == number && n-- == 0) {
            return f.bytes;
        }
    }
    return (yq_slice){0};
}

static yq_status check_signs(
    xuper_run *run, const xuper_message *message, unsigned flags, size_t *count, yq_fault *why)
{
    run_call room; /* a budget of signatures for each transaction */
    const yq_verifier_host *host = run_workspace_host(run->space, run->client, &room);
    yq_digest digest = {{0}};
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f;
    size_t required = 0;
    yq_status status = hash_of(run, host, message, flags & ~XUPER_SIGNED, &digest, why);
    while (status == YQ_OK && yq_pb_next(&c, &f)) {
        if (f.number == 28) {
            const yq_slice initiator = xuper_field(message->bytes, 26).bytes;
            status = check_sign(host, f.bytes, last_part(initiator), &digest, why);
        } else if (f.number == 29) {
            const yq_slice signer = nth(message->bytes, 27, required++);
            status = check_sign(host, f.bytes, last_part(signer), &digest, why);
        } else {
            continue;
        }
        ++*count;
    }
    return status;
}

yq_status xuper_tx_check(
    xuper_run *run, const xuper_message *message, size_t *signatures, yq_fault *why)
{
    run_call room;
    unsigned flags;
    const yq_verifier_host *host = run_workspace_host(run->space, run->client, &room);
    yq_status status = check_id(run, host, message, &flags, why);
    return status == YQ_OK ? check_signs(run, message, flags, signatures, why) : status;
}

/* ---- rows ---- */

/* The message without what no version hashes: where it stands, when it was received, and its
 * version, in whose place the rules' own is hashed. */
static yq_slice hashed_fields(yq_slice bytes, yq_writer *w)
{
    yq_cur c = yq_cur_of(bytes);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.number != 2 && f.number != 10 && f.number != 30 && f.number != 32) {
            yq_put(w, f.whole);
        }
    }
    return yq_writer_slice(w);
}

/* Every byte of what is hashed under the rules of its version, changed. */
static void mutate(xuper_run *run, const xuper_message *message, run_row *row)
{
    yq_writer w = yq_writer_of(run->room, sizeof run->room);
    const yq_slice fields = hashed_fields(message->bytes, &w);
    yq_digest txid; /* as it stands in the message; of several versions one has it */
    memcpy(txid.b, xuper_field(fields, 1).bytes.p, sizeof txid.b);
    for (size_t i = 0; i < fields.n; i++) {
        run_call room;
        yq_fault why;
        unsigned flags;
        xuper_message changed;
        const yq_verifier_host *host = run_workspace_host(run->space, run->client, &room);
        run->room[i] ^= 1;
        yq_status status = xuper_message_read(fields, &changed, &why);
        if (status == YQ_OK && !yq_slice_equal(changed.txid, YQ_SLICE_OF(txid.b))) {
            status = YQ_E_HASH;
        }
        if (status == YQ_OK) {
            changed.version = message->version;
            changed.txid = message->txid;
            status = check_id(run, host, &changed, &flags, &why);
        }
        run->room[i] ^= 1;
        row->mutations_tried++;
        row->mutations_refused += status != YQ_OK && status > -400;
        run_report_code(run->report, status, 1);
    }
}

/* In: row with its file's name; what was found before. */
static void tx_row(
    xuper_run *run, run_row *row, xuper_message *message, yq_status status, yq_fault *why)
{
    size_t signatures = 0;
    row->kind = "transaction";
    row->anchor = row->anchor == NULL ? "none" : row->anchor;
    run_row_check(row, "id");
    if (status == YQ_OK) {
        (void)snprintf(
            row->note, sizeof row->note, "version %llu", (unsigned long long)message->version);
        status = xuper_tx_check(run, message, &signatures, why);
    }
    if (signatures > 0) {
        run_row_check(row, "signatures");
    }
    if (status == YQ_OK && run->mutations) {
        mutate(run, message, row);
    }
    run_row_verdict(row, status, why, 1);
    run_report_row(run->report, row);
}

/* A block of the folder that lists the transaction, when the one that it names is there. */
static yq_status check_block(const xuper_run *run, const yq_json *tx, run_row *row, yq_fault *why)
{
    yq_digest named = {{0}};
    const yq_slice txid = xuper_text(tx, "txid");
    if (!xuper_digest(yq_json_get(tx, "blockid"), &named)) {
        return YQ_OK;
    }
    for (size_t i = 0; i < run->n; i++) {
        const yq_json *txs = yq_json_get(run->block[i].json, "transactions");
        if (!yq_digest_equal(&run->block[i].id, &named)) {
            continue;
        }
        for (size_t k = 0; k < yq_json_count(txs); k++) {
            if (yq_slice_equal(txid, xuper_text(yq_json_at(txs, k), "txid"))) {
                row->anchor = "self";
                run_row_check(row, "in its block");
                return YQ_OK;
            }
        }
        return yq_fail(why, YQ_E_BODY_MISMATCH, 0, "its block does not list it");
    }
    return YQ_OK;
}

void xuper_tx_doc(xuper_run *run, const char *name, const yq_json *tx)
{
    run_row row = {.file = name};
    xuper_message message = {.version = 0};
    yq_fault why = {0};
    size_t signatures = 0;
    yq_writer w = yq_writer_of(run->message, sizeof run->message);
    yq_status status = YQ_E_TYPE;
    if (xuper_message_of_json(tx, &w)) {
        status = xuper_message_read(yq_writer_slice(&w), &message, &why);
    }
    if (status == YQ_OK && xuper_lost_bytes(tx) &&
        xuper_tx_check(run, &message, &signatures, &why) == YQ_E_HASH) {
        run_report_skip(run->report, name, xuper_lost);
        return;
    }
    if (status == YQ_OK) {
        status = check_block(run, tx, &row, &why);
    }
    tx_row(run, &row, &message, status, &why);
}

int xuper_tx_bytes(xuper_run *run, const char *name, yq_slice bytes)
{
    run_row row = {.file = name};
    yq_fault why = {0};
    xuper_message message;
    if (xuper_message_read(bytes, &message, &why) != YQ_OK) {
        return 0;
    }
    tx_row(run, &row, &message, YQ_OK, &why);
    return 1;
}

/* One transaction under the rules of several versions: {"1": id, ...}. It is signed under one. */
static void sample_row(
    xuper_run *run,
    const char *name,
    const xuper_message *own,
    uint64_t version,
    const yq_digest *id)
{
    run_row row = {.file = name};
    yq_fault why = {0};
    xuper_message message = *own;
    if (version == own->version && yq_slice_equal(own->txid, YQ_SLICE_OF(id->b))) {
        tx_row(run, &row, &message, YQ_OK, &why);
        return;
    }
    run_call room;
    unsigned flags;
    const yq_verifier_host *host = run_workspace_host(run->space, run->client, &room);
    message.version = version;
    message.txid = YQ_SLICE_OF(id->b);
    row.kind = "transaction";
    row.anchor = "none";
    run_row_check(&row, "id");
    (void)snprintf(row.note, sizeof row.note, "version %llu", (unsigned long long)version);
    yq_status status = check_id(run, host, &message, &flags, &why);
    if (status == YQ_OK && run->mutations) {
        mutate(run, &message, &row);
    }
    run_row_verdict(&row, status, &why, 1);
    run_report_row(run->report, &row);
}

void xuper_tx_sample(xuper_run *run, const char *name, const yq_json *sample)
{
    static const char *const versions[] = {"0", "1", "2", "3"};
    const yq_json *expect = yq_json_get(sample, "expect");
    yq_buf out = {run->message, sizeof run->message, 0};
    xuper_message message;
    yq_fault why = {0};
    if (!yq_json_hex(yq_json_get(sample, "tx_pb_hex"), &out)) {
        return;
    }
    yq_status status = xuper_message_read(yq_slice_of(out.p, out.n), &message, &why);
    if (status != YQ_OK) {
        run_row row = {.file = name};
        tx_row(run, &row, &message, status, &why);
        return;
    }
    for (size_t v = 0; v < YQ_ARRAY_N(versions); v++) {
        yq_digest id;
        if (xuper_digest(yq_json_get(expect, versions[v]), &id)) {
            sample_row(run, name, &message, v, &id);
        }
    }
}
