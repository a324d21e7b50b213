#include "adapters/xinghuo/address.h"
#include "conformance/runner/kinds.h"
#include "light-clients/xinghuo/xinghuo.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/codec/protobuf.h"

#include <stdio.h>
#include <stdlib.h>

/* Signed transactions of Xinghuo as JSON: {public_key, address, vectors: [{serialization,
 * sign_data}], invalid_example}. A transaction is signed by an account; that it happened is proven
 * by nobody, so that these rows show keys, addresses and signatures only. */
#define BLOB_MAX     65536u
#define SOURCE_FIELD 1u

typedef struct xinghuo_run {
    run_report *report;
    run_client *client;
    run_workspace *space;
    const char *name;
    yq_xinghuo_member member;
    uint8_t key[64], blob[BLOB_MAX], sig[64];
    yq_slice address;
} xinghuo_run;

static yq_status address_check(const xinghuo_run *run, yq_fault *why)
{
    char text[YQ_XH_ADDRESS_SIZE];
    size_t n = yq_xh_address(run->member.suite, run->member.key, text);
    return yq_slice_equal(run->address, yq_slice_of(text, n))
               ? YQ_OK
               : yq_fail(why, YQ_E_HASH, 0, "address");
}

static yq_status signature_check(xinghuo_run *run, const yq_verifier_host *host, yq_slice blob)
{
    const yq_signature check = {
        .alg = run->member.suite == 4 ? YQ_SIG_ED25519_MESSAGE : YQ_SIG_SM2_MESSAGE,
        .key = run->member.key,
        .msg = blob,
        .sig = {run->sig, sizeof run->sig}};
    yq_status valid = YQ_E_SIG;
    yq_status status = host->check_signatures(host->self, &check, 1, &valid);
    return status == YQ_OK ? valid : status;
}

/* What the file claims is the signature; whose transaction it says to be is only told. */
static void note_source(const xinghuo_run *run, yq_slice blob, run_row *row)
{
    yq_cur c = yq_cur_of(blob);
    int found = 0;
    yq_slice source = yq_pb_find(&c, SOURCE_FIELD, &found);
    if (!found || !yq_slice_equal(source, run->address)) {
        (void)snprintf(row->note, sizeof row->note, "source_address is not the key's");
    }
}

/* Every byte of transaction and signature, changed. */
static void mutate(xinghuo_run *run, yq_slice blob, run_row *row)
{
    for (size_t i = 0; i < blob.n + sizeof run->sig; i++) {
        uint8_t *byte = i < blob.n ? run->blob + i : run->sig + (i - blob.n);
        run_call room; /* a budget of signatures for each */
        const yq_verifier_host *host = run_workspace_host(run->space, run->client, &room);
        *byte ^= 1;
        yq_status status = signature_check(run, host, blob);
        *byte ^= 1;
        row->mutations_tried++;
        row->mutations_refused += status != YQ_OK && status > -400;
        run_report_code(run->report, status, 1);
    }
}

static void transaction_row(
    xinghuo_run *run,
    const yq_json *serialization,
    const yq_json *sign_data,
    int good,
    int mutations)
{
    run_row row = {.file = run->name, .kind = "transaction", .anchor = "self"};
    run_call room;
    yq_fault why = {0};
    const yq_verifier_host *host = run_workspace_host(run->space, run->client, &room);
    yq_buf blob = {run->blob, sizeof run->blob, 0}, sig = {run->sig, sizeof run->sig, 0};
    yq_status status = YQ_E_FIELD_MISSING;
    run_row_check(&row, "address");
    run_row_check(&row, run->member.suite == 4 ? "Ed25519" : "SM2");
    if (yq_json_hex(serialization, &blob) && yq_json_hex(sign_data, &sig) &&
        sig.n == sizeof run->sig) {
        status = address_check(run, &why);
    }
    const yq_slice bytes = {blob.p, blob.n};
    if (status == YQ_OK) {
        status = signature_check(run, host, bytes);
        note_source(run, bytes, &row);
    }
    if (status == YQ_OK && good && mutations) {
        mutate(run, bytes, &row);
    }
    run_row_verdict(&row, status, &why, good);
    run_report_row(run->report, &row);
}

static void transactions(xinghuo_run *run, const yq_json *root, int mutations)
{
    const yq_json *list = yq_json_get(root, "vectors"), *bad = yq_json_get(root, "invalid_example");
    for (size_t i = 0; i < yq_json_count(list); i++) {
        const yq_json *v = yq_json_at(list, i);
        int ok = 1;
        (void)yq_json_bool(yq_json_get(v, "ok"), &ok);
        transaction_row(
            run, yq_json_get(v, "serialization"), yq_json_get(v, "sign_data"), ok, mutations);
        yq_slice own = {0}, other = {0};
        (void)yq_json_text(yq_json_get(v, "sign_data"), &own);
        if (yq_json_text(yq_json_get(bad, "sign_data"), &other) && !yq_slice_equal(own, other)) {
            transaction_row(
                run, yq_json_get(v, "serialization"), yq_json_get(bad, "sign_data"), 0, 0);
        }
    }
}

static int is_ours(const yq_json *root)
{
    yq_slice text;
    return yq_json_text(yq_json_get(root, "public_key"), &text) &&
           yq_json_text(yq_json_get(root, "address"), &text);
}

static void judge(xinghuo_run *run, const run_folder *folder, int mutations)
{
    for (size_t i = 0; i < folder->doc_n; i++) {
        const yq_json *root = folder->doc[i].root;
        yq_slice key;
        run->name = folder->doc[i].file->name;
        if (yq_json_text(yq_json_get(root, "public_key"), &key) &&
            yq_json_text(yq_json_get(root, "address"), &run->address) &&
            yq_xinghuo_key_decode(key, &run->member, run->key)) {
            transactions(run, root, mutations);
        }
    }
}

void run_xinghuo_folder(run_report *report, const run_folder *folder, int mutations)
{
    const yq_verifier *verifier = run_verifier("xinghuo");
    size_t ours = 0;
    for (size_t i = 0; i < folder->doc_n; i++) {
        ours += is_ours(folder->doc[i].root) ? 1 : 0;
    }
    if (ours == 0) {
        return;
    }
    xinghuo_run *run = calloc(1, sizeof *run);
    YQ_ASSERT(run != NULL && verifier != NULL);
    run->report = report;
    run->client = run_client_new(verifier);
    run->space = run_workspace_new();
    judge(run, folder, mutations);
    run_client_free(run->client);
    run_workspace_free(run->space);
    free(run);
}
