#include "relay/base/bytes.h"
#include "relay/cli/cli.h"
#include "relay/crypto/crypto.h"
#include "relay/ledger/recovery.h"

#include <stdlib.h>
#include <unistd.h>

/* The recovery set: new validators after more of them are lost than the ledger bears. */

typedef struct document {
    yq_buf file, genesis_file;
    yq_genesis *genesis;
    yq_digest chain;
    yq_recovery recovery;
} document;

static void document_free(document *d)
{
    free(d->file.p);
    free(d->genesis_file.p);
    free(d->genesis);
}

static yq_status read_genesis(cli *c, document *d)
{
    yq_status status = cli_genesis(c, "genesis", &d->genesis_file);
    if (status != YQ_OK) {
        return status;
    }
    yq_slice bytes = yq_slice_of(d->genesis_file.p, d->genesis_file.n);
    d->genesis = malloc(sizeof *d->genesis);
    if (d->genesis == NULL) {
        return yq_fail(&c->why, YQ_E_MEMORY, 0, "genesis");
    }
    status = yq_genesis_decode(bytes, d->genesis, &c->why);
    if (status == YQ_OK) {
        yq_genesis_chain_hash(d->genesis, bytes, &d->chain);
    }
    return status;
}

/* The statement, and the genesis that says who may sign it. */
static yq_status read_document(cli *c, document *d)
{
    yq_status status = cli_file(c, c->positional[0], YQ_RECOVERY_SIZE_MAX, &d->file);
    if (status == YQ_OK) {
        status = yq_recovery_decode(yq_slice_of(d->file.p, d->file.n), &d->recovery, &c->why);
    }
    status = status == YQ_OK ? read_genesis(c, d) : status;
    if (status == YQ_OK && memcmp(d->chain.b, d->recovery.chain_id_hash.b, YQ_DIGEST_SIZE) != 0) {
        status = yq_fail(&c->why, YQ_E_DOMAIN, 0, "the statement is another chain's");
    }
    return status;
}

/* The whole file, or the one that was there before. */
static yq_status write_document(cli *c, const char *path, const yq_recovery *r)
{
    static uint8_t room[YQ_RECOVERY_SIZE_MAX];
    char temporary[1100];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_recovery_put(&w, r);
    if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary) {
        return cli_usage(c, "the file's name is too long");
    }
    (void)unlink(temporary);
    yq_status status = cli_write(c, temporary, yq_writer_slice(&w));
    if (status == YQ_OK && rename(temporary, path) != 0) {
        status = yq_fail(&c->why, YQ_E_IO, 0, path);
    }
    return status;
}

/* ---- what it says --------------------------------------------------------------------------- */

static void show_change(yq_json_out *out, yq_slice bytes)
{
    yq_change x;
    if (yq_change_decode(bytes, &x, NULL) != YQ_OK) {
        yq_json_out_null(out, "change");
        return;
    }
    yq_json_out_array(out, "join");
    for (size_t i = 0; i < x.join_n; i++) {
        yq_json_out_object(out, NULL);
        yq_json_out_text(out, "org", x.join[i].org);
        yq_json_out_hex(out, "key", x.join[i].key);
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
    yq_json_out_array(out, "leave");
    for (size_t i = 0; i < x.leave_n; i++) {
        yq_json_out_hex(out, NULL, x.leave[i]);
    }
    yq_json_out_end(out);
}

static void show_signers(yq_json_out *out, const document *d)
{
    yq_json_out_array(out, "signed_by");
    for (size_t i = 0; i < d->recovery.sig_n; i++) {
        size_t key = d->recovery.sig[i].key;
        yq_json_out_object(out, NULL);
        yq_json_out_uint(out, "index", key);
        if (key < d->genesis->recovery_n) {
            yq_json_out_text(out, "org", d->genesis->recovery[key].org);
            yq_json_out_hex(out, "key", d->genesis->recovery[key].key);
        }
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
}

static yq_status show(cli *c, const document *d, yq_json_out **out)
{
    yq_digest id;
    yq_fault why = {0};
    const yq_recovery *r = &d->recovery;
    yq_status complete = yq_recovery_check(d->genesis, &d->chain, r, &why);
    yq_recovery_digest(d->genesis->alg, r, &id);
    *out = yq_json_out_new(CLI_JSON_MAX);
    if (*out == NULL) {
        return yq_fail(&c->why, YQ_E_MEMORY, 0, "statement");
    }
    yq_json_out_object(*out, NULL);
    yq_json_out_hex(*out, "id", YQ_SLICE_OF(id));
    yq_json_out_uint(*out, "epoch", r->epoch);
    yq_json_out_uint(*out, "serial", r->serial);
    yq_json_out_uint(*out, "height", r->height);
    yq_json_out_hex(*out, "hash", YQ_SLICE_OF(r->h));
    yq_json_out_hex(*out, "result_root", YQ_SLICE_OF(r->result_root));
    yq_json_out_text(*out, "reason", r->reason);
    show_change(*out, r->change);
    yq_json_out_uint(*out, "approvals", d->genesis->recovery_approvals);
    yq_json_out_uint(*out, "delay_ms", d->genesis->recovery_delay_ms);
    show_signers(*out, d);
    yq_json_out_bool(*out, "complete", complete == YQ_OK);
    if (complete != YQ_OK) {
        yq_json_out_str(*out, "lacks", why.text);
    }
    yq_json_out_end(*out);
    return YQ_OK;
}

yq_status cmd_recovery_show(cli *c, yq_json_out **out)
{
    document d = {0};
    yq_status status = read_document(c, &d);
    status = status == YQ_OK ? show(c, &d, out) : status;
    document_free(&d);
    return status;
}

/* ---- preparing ------------------------------------------------------------------------------ */

static int read_digest(const yq_json *object, const char *key, yq_digest *out)
{
    yq_slice text;
    yq_buf to = {out->b, YQ_DIGEST_SIZE, 0};
    return yq_json_text(yq_json_get(object, key), &text) &&
           yq_hex_decode(&to, (const char *)text.p, text.n) == YQ_OK && to.n == YQ_DIGEST_SIZE;
}

/* The epoch that is to end, and its last certified block, as this node has them. */
static yq_status read_tip(cli *c, yq_recovery *r)
{
    yq_json *status_of;
    yq_status status = cli_hub(c);
    if (status == YQ_OK) {
        status = yq_api_ask_json(c->http, "/api/v1/status", YQ_API_TIME_MS, &status_of, &c->why);
    }
    if (status != YQ_OK) {
        return status;
    }
    int good = read_digest(status_of, "chain_id_hash", &r->chain_id_hash) &&
               yq_json_uint(yq_json_get(status_of, "epoch"), &r->epoch) &&
               yq_json_uint(yq_json_get(status_of, "height"), &r->height) &&
               read_digest(status_of, "tip_hash", &r->h) &&
               read_digest(status_of, "result_root", &r->result_root);
    yq_json_free(status_of);
    return good ? YQ_OK : yq_api_bad_form(&c->why, "status");
}

yq_status cmd_recovery_prepare(cli *c, yq_json_out **out)
{
    static uint8_t change[YQ_CHANGE_SIZE_MAX];
    document d = {0};
    uint64_t serial;
    yq_writer w = yq_writer_of(change, sizeof change);
    d.recovery.reason = yq_slice_text(cli_get(c, "reason"));
    if (d.recovery.reason.n > YQ_RECOVERY_REASON_MAX) {
        return cli_usage(c, "--reason takes up to %u bytes", YQ_RECOVERY_REASON_MAX);
    }
    yq_status status = cli_number(c, "serial", 1, UINT32_MAX, &serial);
    status = status == YQ_OK ? cli_change(c, &w) : status;
    status = status == YQ_OK ? read_tip(c, &d.recovery) : status;
    status = status == YQ_OK ? read_genesis(c, &d) : status;
    if (status == YQ_OK) {
        d.recovery.serial = (uint32_t)serial;
        d.recovery.change = yq_writer_slice(&w);
        status = write_document(c, cli_get(c, "out"), &d.recovery);
    }
    status = status == YQ_OK ? show(c, &d, out) : status;
    document_free(&d);
    return status;
}

/* ---- signing -------------------------------------------------------------------------------- */

/* In its place; one that is there already is made anew. Returns 0: not a key of the set. */
static int add_signature(document *d, const yq_key *key)
{
    yq_recovery *r = &d->recovery;
    yq_digest m;
    uint8_t index = 0;
    size_t at = 0;
    while (index < d->genesis->recovery_n &&
           !yq_slice_equal(d->genesis->recovery[index].key, yq_key_public(key))) {
        index++;
    }
    if (index == d->genesis->recovery_n) {
        return 0;
    }
    while (at < r->sig_n && r->sig[at].key < index) {
        at++;
    }
    if (at == r->sig_n || r->sig[at].key != index) {
        memmove(&r->sig[at + 1], &r->sig[at], (r->sig_n - at) * sizeof r->sig[0]);
        r->sig_n++;
    }
    yq_recovery_digest(d->genesis->alg, r, &m);
    r->sig[at].key = index;
    yq_key_sign(key, YQ_SLICE_OF(m.b), r->sig[at].sig);
    return 1;
}

yq_status cmd_recovery_sign(cli *c, yq_json_out **out)
{
    document d = {0};
    yq_key *key = NULL;
    yq_status status = read_document(c, &d);
    if (status == YQ_OK && d.recovery.sig_n == YQ_RECOVERY_KEYS_MAX) {
        status = yq_fail(&c->why, YQ_E_LIMIT, 0, "signatures");
    }
    status = status == YQ_OK ? cli_key(c, &key) : status;
    if (status == YQ_OK && !add_signature(&d, key)) {
        status = yq_fail(&c->why, YQ_E_SIGNER_UNKNOWN, 0, "not a key of the recovery set");
    }
    status = status == YQ_OK ? write_document(c, c->positional[0], &d.recovery) : status;
    status = status == YQ_OK ? show(c, &d, out) : status;
    yq_key_free(key);
    document_free(&d);
    return status;
}

/* ---- the hub -------------------------------------------------------------------------------- */

yq_status cmd_recovery_submit(cli *c, yq_json_out **out)
{
    yq_buf file;
    yq_slice reply;
    yq_status status = cli_file(c, c->positional[0], YQ_RECOVERY_SIZE_MAX, &file);
    if (status != YQ_OK) {
        return status;
    }
    yq_slice body = yq_slice_of(file.p, file.n);
    status = cli_hub(c);
    if (status == YQ_OK) {
        status = yq_api_ask(c->http, "/api/v1/recoveries", &body, YQ_API_TIME_MS, &reply, &c->why);
    }
    free(file.p);
    return status == YQ_OK ? cmd_recovery_list(c, out) : status;
}

yq_status cmd_recovery_list(cli *c, yq_json_out **out)
{
    return cli_pass(c, "/api/v1/recoveries", out);
}
