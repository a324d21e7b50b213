#include "conformance/chains/common/http.h"
#include "conformance/chains/xinghuo/xmock.h"
#include "relay/base/assert.h"

#include <stdlib.h>

typedef struct answer {
    yq_xmock_chain *chain;
    yq_xmock_view view;
    const yq_mock_question *q;
    yq_json_out *out; /* the reply's object is open */
} answer;

static void end_with(const answer *a, unsigned code)
{
    yq_json_out_uint(a->out, "error_code", code);
    if (code == YQ_XMOCK_NOT_EXIST) {
        yq_json_out_str(a->out, "error_desc", "query result not exist");
    }
}

static int is_true(const answer *a, const char *key)
{
    const char *text = yq_mock_question_text(a->q, key);
    return text != NULL && strcmp(text, "true") == 0;
}

static void get_ledger(const answer *a)
{
    uint64_t seq = yq_mock_question_number(a->q, "seq", a->chain->ledger_n);
    const yq_xmock_ledger *ledger = yq_xmock_chain_at(a->chain, seq, a->view.is_witness);
    yq_json_out_object(a->out, "result");
    if (ledger != NULL) {
        yq_xmock_show_ledger(
            &a->view, ledger, is_true(a, "with_consvalue"), is_true(a, "with_validator"), a->out);
    }
    yq_json_out_end(a->out);
    end_with(a, ledger == NULL ? YQ_XMOCK_NOT_EXIST : YQ_XMOCK_OK);
}

static uint64_t entries_of(const yq_xmock_ledger *ledger)
{
    uint64_t n = 0;
    for (size_t i = 0; i < ledger->tx_n; i++) {
        n += ledger->tx[i]->log.topic == NULL ? 1 : 2;
    }
    return n;
}

static int digest_of(const char *text, yq_digest *out)
{
    yq_buf room = {out->b, sizeof out->b, 0};
    return yq_hex_decode(&room, text, strlen(text)) == YQ_OK && room.n == sizeof out->b;
}

static void get_history(const answer *a)
{
    const char *hash_text = yq_mock_question_text(a->q, "hash");
    uint64_t seq = yq_mock_question_number(a->q, "ledger_seq", 0), total = 0;
    const yq_xmock_ledger *ledger = yq_xmock_chain_at(a->chain, seq, a->view.is_witness);
    yq_digest hash;
    yq_json_out_object(a->out, "result");
    yq_json_out_array(a->out, "transactions");
    if (hash_text != NULL) {
        total = digest_of(hash_text, &hash) && yq_xmock_show_tx(&a->view, &hash, a->out) ? 1 : 0;
    } else if (ledger != NULL) {
        total = entries_of(ledger);
        yq_xmock_show_history(
            &a->view,
            ledger,
            yq_mock_question_number(a->q, "start", 0),
            yq_mock_question_number(a->q, "limit", 1000),
            a->out);
    }
    yq_json_out_end(a->out);
    yq_json_out_uint(a->out, "total_count", total);
    yq_json_out_end(a->out);
    end_with(a, total == 0 ? YQ_XMOCK_NOT_EXIST : YQ_XMOCK_OK);
}

static void get_account(const answer *a)
{
    const char *address = yq_mock_question_text(a->q, "address");
    address = address == NULL ? "" : address;
    const yq_xmock_account *account = yq_xmock_account_find(a->chain, address);
    const yq_xmock_contract *contract = yq_xmock_contract_find(a->chain, yq_slice_text(address));
    if (account == NULL && contract == NULL) {
        yq_json_out_null(a->out, "result");
        end_with(a, YQ_XMOCK_NOT_EXIST);
        return;
    }
    yq_json_out_object(a->out, "result");
    yq_json_out_str(a->out, "address", address);
    yq_json_out_uint(a->out, "balance", 1000000000);
    if (account != NULL && account->nonce != 0) { /* proto3 leaves zeros out */
        yq_json_out_uint(a->out, "nonce", account->nonce);
    }
    if (contract != NULL) {
        yq_json_out_object(a->out, "contract");
        yq_json_out_str(
            a->out,
            "payload",
            contract->code == YQ_XMOCK_CODE_INBOX ? YQ_XMOCK_INBOX_CODE : YQ_XMOCK_EVENTS_CODE);
        yq_json_out_end(a->out);
    }
    yq_json_out_end(a->out);
    end_with(a, YQ_XMOCK_OK);
}

/* ---- submitTransaction ---- */

static const char *word_of(unsigned code)
{
    switch (code) {
    case YQ_XMOCK_OK:
        return "";
    case YQ_XMOCK_ALREADY_EXIST:
        return "transaction already exists";
    case YQ_XMOCK_NOT_EXIST:
        return "the source account does not exist";
    case YQ_XMOCK_BAD_SIGNATURE:
        return "the signature is invalid";
    case YQ_XMOCK_BAD_SEQUENCE:
        return "bad sequence of the account";
    case YQ_XMOCK_LATE:
        return "ceil ledger seq is over";
    default:
        return "invalid parameter";
    }
}

/* Out: hash, when the blob is a transaction. */
static unsigned submit_item(const answer *a, const yq_json *item, yq_digest *hash)
{
    yq_slice text, key;
    uint8_t signature[65];
    yq_buf sign_data = {signature, sizeof signature, 0};
    const yq_json *one = yq_json_at(yq_json_get(item, "signatures"), 0);
    const yq_json *blob = yq_json_get(item, "transaction_blob");
    if (!yq_json_text(blob, &text) || !yq_json_text(yq_json_get(one, "public_key"), &key) ||
        !yq_json_hex(yq_json_get(one, "sign_data"), &sign_data)) {
        return YQ_XMOCK_INVALID;
    }
    yq_buf raw = {malloc(text.n / 2 + 1), text.n / 2 + 1, 0};
    YQ_ASSERT(raw.p != NULL);
    yq_xmock_tx *tx = yq_json_hex(blob, &raw) ? yq_xmock_tx_read(a->chain, raw.p, raw.n) : NULL;
    if (tx == NULL) {
        free(raw.p);
        return YQ_XMOCK_INVALID;
    }
    *hash = tx->hash;
    unsigned code = yq_xmock_submit(a->chain, tx, key, yq_slice_of(signature, sign_data.n));
    if (code != YQ_XMOCK_OK) {
        yq_xmock_tx_free(tx);
    }
    return code;
}

static void submit(const answer *a)
{
    yq_json *document = yq_json_parse(a->q->body, YQ_XMOCK_REQUEST_MAX, NULL);
    const yq_json *items = document == NULL ? NULL : yq_json_get(yq_json_root(document), "items");
    uint64_t taken = 0;
    yq_json_out_array(a->out, "results");
    for (size_t i = 0; i < yq_json_count(items); i++) {
        yq_digest hash = {{0}};
        unsigned code = submit_item(a, yq_json_at(items, i), &hash);
        taken += code == YQ_XMOCK_OK ? 1 : 0;
        yq_json_out_object(a->out, NULL);
        yq_json_out_uint(a->out, "error_code", code);
        yq_json_out_str(a->out, "error_desc", word_of(code));
        yq_json_out_hex(a->out, "hash", YQ_SLICE_OF(hash.b));
        yq_json_out_end(a->out);
    }
    yq_json_out_end(a->out);
    yq_json_out_uint(a->out, "success_count", taken);
    yq_json_free(document);
}

yq_json_out *yq_xmock_answer(yq_xmock_chain *chain, int is_witness, const yq_mock_question *q)
{
    static const struct {
        const char *path;
        int is_post;
        void (*run)(const answer *a);
    } routes[] = {
        {"/getLedger", 0, get_ledger},
        {"/getTransactionHistory", 0, get_history},
        {"/getAccountBase", 0, get_account},
        {"/submitTransaction", 1, submit}};
    for (size_t i = 0; i < YQ_ARRAY_N(routes); i++) {
        if (strcmp(q->path, routes[i].path) != 0 || q->is_post != routes[i].is_post) {
            continue;
        }
        const answer a = {chain, {chain, is_witness}, q, yq_json_out_new(YQ_XMOCK_REPLY_MAX)};
        YQ_ASSERT(a.out != NULL);
        yq_json_out_object(a.out, NULL);
        routes[i].run(&a);
        yq_json_out_end(a.out);
        return a.out;
    }
    return NULL;
}
