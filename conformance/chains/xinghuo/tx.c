#include "conformance/chains/xinghuo/xmock.h"
#include "relay/base/assert.h"
#include "relay/codec/protobuf.h"

#include <stdlib.h>

#define CREATE_ACCOUNT 1u
#define PAY_COIN       7u
#define FEE_LIMIT      1000000u

/* ---- reading ---- */

/* {1 dest_address, 3 input}, or {2 contract {2 payload}, 6 init_input} */
static void read_operand(yq_cur *outer, const yq_pb_field *message, yq_xmock_tx *tx)
{
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f = {0};
    int is_create = message->number == 4;
    while (yq_pb_next_canonical(&c, &f, 0, 0)) {
        if (f.type != YQ_PB_BYTES) {
            continue; /* amounts */
        }
        if (is_create && f.number == 2) {
            yq_cur inner = yq_cur_of(f.bytes);
            int found;
            tx->payload = yq_pb_find(&inner, 2, &found);
        } else if (f.number == (is_create ? 6u : 3u)) {
            tx->input = f.bytes;
        } else if (f.number == 1) {
            tx->dest = f.bytes;
        }
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail(outer, c.status, message->at);
    }
}

static void read_operation(yq_cur *outer, const yq_pb_field *message, yq_xmock_tx *tx)
{
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f = {0};
    while (yq_pb_next_canonical(&c, &f, 0, 0)) {
        if (f.number == 1) {
            tx->type = (unsigned)(f.value < UINT8_MAX ? f.value : UINT8_MAX);
        } else if ((f.number == 4 || f.number == 10) && f.type == YQ_PB_BYTES) {
            read_operand(&c, &f, tx);
        }
    }
    if (!yq_cur_ok(&c) || (tx->type != CREATE_ACCOUNT && tx->type != PAY_COIN)) {
        yq_cur_fail(outer, YQ_E_TYPE, message->at);
    }
}

static int read_transaction(yq_xmock_tx *tx)
{
    yq_cur c = yq_cur_of(yq_slice_of(tx->blob, tx->blob_n));
    yq_pb_field f = {0};
    yq_slice source = {0};
    while (yq_pb_next_canonical(&c, &f, 0, 0)) {
        switch (f.number) {
        case 1:
            source = f.bytes;
            break;
        case 2:
            tx->nonce = f.value;
            break;
        case 4:
            read_operation(&c, &f, tx);
            break;
        case 5:
            break; /* what people note */
        case 6:
            tx->fee_limit = f.value;
            break;
        case 7:
            tx->gas_price = f.value;
            break;
        case 8:
            tx->ceil = f.value;
            break;
        default:
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        }
    }
    if (!yq_cur_ok(&c) || tx->type == 0 || source.n == 0 || source.n >= sizeof tx->source) {
        return 0;
    }
    memcpy(tx->source, source.p, source.n);
    return memchr(tx->source, '\0', source.n) == NULL;
}

yq_xmock_tx *yq_xmock_tx_read(const yq_xmock_chain *chain, uint8_t *blob, size_t n)
{
    yq_xmock_tx *tx = calloc(1, sizeof *tx);
    YQ_ASSERT(tx != NULL);
    tx->blob = blob;
    tx->blob_n = n;
    yq_hash_one(chain->hash, yq_slice_of(blob, n), tx->hash.b);
    if (n > YQ_XMOCK_BLOB_MAX || !read_transaction(tx)) {
        free(tx);
        return NULL;
    }
    return tx;
}

void yq_xmock_tx_free(yq_xmock_tx *tx)
{
    if (tx != NULL) {
        free(tx->log.data);
        free(tx->blob);
        free(tx);
    }
}

/* ---- handing in ---- */

static int is_known(const yq_xmock_chain *chain, const yq_digest *hash)
{
    for (size_t i = 0; i < chain->pool_n; i++) {
        if (yq_digest_equal(&chain->pool[i]->hash, hash)) {
            return 1;
        }
    }
    for (size_t i = 0; i < chain->ledger_n; i++) {
        for (size_t k = 0; k < chain->ledger[i]->tx_n; k++) {
            if (yq_digest_equal(&chain->ledger[i]->tx[k]->hash, hash)) {
                return 1;
            }
        }
    }
    return 0;
}

/* b0, 65 or 7a, 66, the raw key: of the account that the transaction names. */
static int take_key(yq_xmock_tx *tx, yq_slice text)
{
    uint8_t raw[3 + 65];
    char address[YQ_XH_ADDRESS_SIZE];
    yq_buf room = {raw, sizeof raw, 0};
    if (yq_hex_decode(&room, (const char *)text.p, text.n) != YQ_OK || room.n < 3 ||
        raw[0] != 0xb0 || raw[2] != 0x66) {
        return 0;
    }
    tx->suite = raw[1] == 0x65 ? YQ_SUITE_ED25519 : YQ_SUITE_SM2;
    size_t head = tx->suite == YQ_SUITE_ED25519 ? 3 : 4, n = head == 3 ? 32 : 64;
    if (room.n != head + n) {
        return 0;
    }
    memcpy(tx->key, raw + head, n);
    (void)yq_xh_address(tx->suite, yq_slice_of(tx->key, n), address);
    return strcmp(address, tx->source) == 0;
}

static int take_signature(yq_xmock_tx *tx, yq_slice signature)
{
    const int is_ed = tx->suite == YQ_SUITE_ED25519;
    const yq_signature sig = {
        .alg = is_ed ? YQ_SIG_ED25519_MESSAGE : YQ_SIG_SM2_MESSAGE,
        .key = yq_slice_of(tx->key, is_ed ? 32 : 64),
        .msg = yq_slice_of(tx->blob, tx->blob_n),
        .sig = signature};
    if (signature.n != sizeof tx->signature || yq_signature_check(&sig) != YQ_OK) {
        return 0;
    }
    memcpy(tx->signature, signature.p, sizeof tx->signature);
    return 1;
}

unsigned yq_xmock_submit(
    yq_xmock_chain *chain, yq_xmock_tx *tx, yq_slice key_text, yq_slice signature)
{
    if (!take_key(tx, key_text) || !take_signature(tx, signature)) {
        return YQ_XMOCK_BAD_SIGNATURE;
    }
    if (is_known(chain, &tx->hash)) {
        return YQ_XMOCK_ALREADY_EXIST;
    }
    if (yq_xmock_account_find(chain, tx->source) == NULL) {
        return YQ_XMOCK_NOT_EXIST;
    }
    yq_xmock_account *account = yq_xmock_account_of(chain, tx->source);
    if (tx->nonce != account->nonce + account->waiting + 1) {
        return YQ_XMOCK_BAD_SEQUENCE;
    }
    if (tx->ceil != 0 && tx->ceil <= chain->ledger_n) {
        return YQ_XMOCK_LATE;
    }
    if (chain->pool_n >= YQ_XMOCK_POOL_MAX) {
        return YQ_XMOCK_INVALID;
    }
    account->waiting++;
    chain->pool = yq_xmock_grow(chain->pool, &chain->pool_n, sizeof(yq_xmock_tx *));
    chain->pool[chain->pool_n - 1] = tx;
    return YQ_XMOCK_OK;
}

yq_xmock_tx *yq_xmock_send(
    yq_xmock_chain *chain, yq_slice dest, const char *payload, yq_slice input)
{
    char source[YQ_XH_ADDRESS_SIZE], text[YQ_XH_KEY_TEXT_SIZE];
    uint8_t signature[64];
    size_t cap = input.n + 512, n;
    yq_writer w = yq_writer_of(malloc(cap), cap);
    YQ_ASSERT(w.p != NULL);
    n = yq_xh_address(chain->suite, yq_key_public(chain->owner), source);
    const yq_xmock_account *account = yq_xmock_account_of(chain, source);
    yq_pb_put_bytes(&w, 1, yq_slice_of(source, n));
    yq_pb_put_varint(&w, 2, account->nonce + account->waiting + 1);
    size_t operation = yq_pb_begin(&w);
    yq_pb_put_varint(&w, 1, dest.n == 0 ? CREATE_ACCOUNT : PAY_COIN);
    size_t operand = yq_pb_begin(&w);
    if (dest.n == 0) {
        size_t contract = yq_pb_begin(&w);
        yq_pb_put_bytes(&w, 2, yq_slice_text(payload));
        yq_pb_end(&w, contract, 2);
        yq_pb_put_bytes(&w, 6, input);
    } else {
        yq_pb_put_bytes(&w, 1, dest);
        yq_pb_put_bytes(&w, 3, input);
    }
    yq_pb_end(&w, operand, dest.n == 0 ? 4 : 10);
    yq_pb_end(&w, operation, 4);
    yq_pb_put_varint(&w, 6, FEE_LIMIT);
    yq_pb_put_varint(&w, 7, 1);
    YQ_ASSERT(w.status == YQ_OK);
    yq_key_sign(chain->owner, yq_writer_slice(&w), signature);
    n = yq_xh_key_text(chain->suite, yq_key_public(chain->owner), text);
    yq_xmock_tx *tx = yq_xmock_tx_read(chain, w.p, w.n);
    YQ_ASSERT(tx != NULL);
    unsigned code = yq_xmock_submit(chain, tx, yq_slice_of(text, n), YQ_SLICE_OF(signature));
    YQ_ASSERT(code == YQ_XMOCK_OK);
    return tx;
}
