#include "conformance/chains/xinghuo/xmock.h"
#include "relay/base/assert.h"

#include <stdlib.h>

static void out_digest(yq_json_out *out, const char *key, const yq_digest *digest)
{
    yq_json_out_hex(out, key, YQ_SLICE_OF(digest->b));
}

/* ---- ledgers ---- */

static void show_header(const yq_xmock_ledger *ledger, yq_json_out *out)
{
    yq_json_out_object(out, "header");
    yq_json_out_uint(out, "seq", ledger->seq);
    out_digest(out, "hash", &ledger->hash);
    out_digest(out, "previous_hash", &ledger->previous);
    out_digest(out, "consensus_value_hash", &ledger->value);
    out_digest(out, "validators_hash", &ledger->validators);
    yq_json_out_uint(out, "close_time", ledger->time_us);
    yq_json_out_uint(out, "tx_count", ledger->tx_count);
    yq_json_out_uint(out, "version", 1003);
    yq_json_out_end(out);
}

/* The proof of the ledger before stands in the consensus header. */
static void show_value(const yq_xmock_view *v, const yq_xmock_ledger *ledger, yq_json_out *out)
{
    uint8_t room[YQ_XMOCK_PROOF_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    const yq_xmock_ledger *before = yq_xmock_chain_at(v->chain, ledger->seq - 1, v->is_witness);
    if (before != NULL) {
        yq_xmock_proof_put(v->chain, before, v->is_witness ? YQ_MOCK_HONEST : before->mode, &w);
    }
    yq_json_out_object(out, "consensus_value");
    yq_json_out_object(out, "consensus_header");
    yq_json_out_hex(out, "previous_proof", yq_writer_slice(&w));
    yq_json_out_end(out);
    yq_json_out_uint(out, "close_time", ledger->time_us);
    yq_json_out_uint(out, "ledger_seq", ledger->seq);
    yq_json_out_end(out);
}

void yq_xmock_show_ledger(
    const yq_xmock_view *v,
    const yq_xmock_ledger *ledger,
    int with_value,
    int with_validators,
    yq_json_out *out)
{
    char address[YQ_XH_ADDRESS_SIZE];
    show_header(ledger, out);
    if (with_value) {
        show_value(v, ledger, out);
    }
    if (with_validators) {
        yq_json_out_array(out, "validators");
        for (size_t i = 0; i < ledger->set.n; i++) {
            yq_xmock_validator_address(v->chain, ledger->set.first + i, address);
            yq_json_out_str(out, NULL, address);
        }
        yq_json_out_end(out);
    }
}

/* ---- transactions ---- */

static void show_result(const yq_xmock_tx *tx, const yq_digest *hash, yq_json_out *out)
{
    yq_json_out_uint(out, "actual_fee", tx->blob_n);
    yq_json_out_uint(out, "close_time", tx->time_us);
    yq_json_out_uint(out, "error_code", tx->code);
    yq_json_out_str(out, "error_desc", tx->desc);
    out_digest(out, "hash", hash);
    yq_json_out_uint(out, "ledger_seq", tx->seq);
}

static void show_operation(const yq_xmock_tx *tx, yq_json_out *out)
{
    int is_create = tx->type == 1;
    yq_json_out_uint(out, "type", tx->type);
    yq_json_out_object(out, is_create ? "create_account" : "pay_coin");
    if (is_create) {
        yq_json_out_object(out, "contract");
        yq_json_out_text(out, "payload", tx->payload);
        yq_json_out_end(out);
        yq_json_out_text(out, "init_input", tx->input);
    } else {
        yq_json_out_text(out, "dest_address", tx->dest);
        yq_json_out_text(out, "input", tx->input);
    }
    yq_json_out_end(out);
}

static void show_own(const yq_xmock_tx *tx, yq_json_out *out)
{
    char key[YQ_XH_KEY_TEXT_SIZE];
    size_t n = tx->suite == YQ_SUITE_ED25519 ? 32 : 64;
    (void)yq_xh_key_text(tx->suite, yq_slice_of(tx->key, n), key);
    yq_json_out_object(out, NULL);
    show_result(tx, &tx->hash, out);
    if (tx->log.topic != NULL) {
        yq_json_out_array(out, "contract_tx_hashes");
        out_digest(out, NULL, &tx->log.hash);
        yq_json_out_end(out);
    }
    yq_json_out_array(out, "signatures");
    yq_json_out_object(out, NULL);
    yq_json_out_str(out, "public_key", key);
    yq_json_out_hex(out, "sign_data", YQ_SLICE_OF(tx->signature));
    yq_json_out_end(out);
    yq_json_out_end(out);
    yq_json_out_object(out, "transaction");
    yq_json_out_uint(out, "fee_limit", tx->fee_limit);
    yq_json_out_uint(out, "gas_price", tx->gas_price);
    yq_json_out_uint(out, "nonce", tx->nonce);
    yq_json_out_array(out, "operations");
    yq_json_out_object(out, NULL);
    show_operation(tx, out);
    yq_json_out_end(out);
    yq_json_out_end(out);
    yq_json_out_str(out, "source_address", tx->source);
    yq_json_out_end(out);
    yq_json_out_uint(out, "tx_size", tx->blob_n);
    yq_json_out_end(out);
}

/* The transaction that the contract made to log; altered: with another data. */
static void show_log(const yq_xmock_tx *tx, int altered, yq_json_out *out)
{
    const yq_xmock_log *log = &tx->log;
    uint8_t *data = calloc(1, log->data_n + 1);
    YQ_ASSERT(data != NULL);
    yq_bytes_copy(data, log->data, log->data_n);
    data[log->data_n == 0 ? 0 : log->data_n - 1] ^= altered ? 1 : 0;
    yq_json_out_object(out, NULL);
    show_result(tx, &log->hash, out);
    yq_json_out_object(out, "transaction");
    yq_json_out_array(out, "operations");
    yq_json_out_object(out, NULL);
    yq_json_out_uint(out, "type", 8);
    yq_json_out_object(out, "log");
    yq_json_out_str(out, "topic", log->topic);
    yq_json_out_array(out, "datas");
    yq_json_out_hex(out, NULL, yq_slice_of(data, log->data_n));
    yq_json_out_end(out);
    yq_json_out_end(out);
    yq_json_out_end(out);
    yq_json_out_end(out);
    yq_json_out_str(out, "source_address", log->emitter);
    yq_json_out_end(out);
    yq_json_out_object(out, "trigger");
    yq_json_out_object(out, "transaction");
    out_digest(out, "hash", &tx->hash);
    yq_json_out_end(out);
    yq_json_out_end(out);
    yq_json_out_end(out);
    free(data);
}

static int is_altered(const yq_xmock_view *v, const yq_xmock_ledger *ledger)
{
    return !v->is_witness && ledger->mode == YQ_MOCK_ALTERED_RECEIPT;
}

void yq_xmock_show_history(
    const yq_xmock_view *v,
    const yq_xmock_ledger *ledger,
    uint64_t start,
    uint64_t limit,
    yq_json_out *out)
{
    uint64_t at = 0;
    for (size_t i = 0; i < ledger->tx_n; i++) {
        const yq_xmock_tx *tx = ledger->tx[i];
        if (at >= start && at - start < limit) {
            show_own(tx, out);
        }
        at++;
        if (tx->log.topic == NULL) {
            continue;
        }
        if (at >= start && at - start < limit) {
            show_log(tx, is_altered(v, ledger), out);
        }
        at++;
    }
}

int yq_xmock_show_tx(const yq_xmock_view *v, const yq_digest *hash, yq_json_out *out)
{
    for (uint64_t seq = 1; seq <= v->chain->ledger_n; seq++) {
        const yq_xmock_ledger *ledger = yq_xmock_chain_at(v->chain, seq, v->is_witness);
        for (size_t i = 0; i < ledger->tx_n; i++) {
            const yq_xmock_tx *tx = ledger->tx[i];
            if (yq_digest_equal(&tx->hash, hash)) {
                show_own(tx, out);
                return 1;
            }
            if (tx->log.topic != NULL && yq_digest_equal(&tx->log.hash, hash)) {
                show_log(tx, is_altered(v, ledger), out);
                return 1;
            }
        }
    }
    return 0;
}
