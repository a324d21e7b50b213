#include "adapters/fisco-bcos-3/session.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"

#include <stdio.h>

/* Types of a field's head. */
#define INT8         0u
#define INT16        1u
#define INT32        2u
#define INT64        3u
#define STRING1      6u
#define STRING4      7u
#define STRUCT_BEGIN 10u
#define STRUCT_END   11u
#define ZERO         12u
#define BYTES        13u

#define ADDRESS_TEXT_SIZE 42u

void yq_bcos3_selector(uint32_t alg, const char *signature, uint8_t selector[4])
{
    yq_digest md = {{0}};
    yq_hash_one(alg, yq_slice_text(signature), md.b);
    memcpy(selector, md.b, 4);
}

/* Older nodes read a nonce as a decimal number. */
void yq_bcos3_nonce_make(char out[YQ_BCOS3_NONCE_SIZE + 1])
{
    uint8_t drawn[YQ_BCOS3_NONCE_SIZE];
    for (size_t i = 0; i < YQ_BCOS3_NONCE_SIZE; i++) {
        do {
            yq_random(&drawn[i], 1);
        } while (drawn[i] >= 250);
        out[i] = (char)('0' + drawn[i] % 10);
    }
    if (out[0] == '0') {
        out[0] = '1';
    }
    out[YQ_BCOS3_NONCE_SIZE] = '\0';
}

/* ---- TARS; tags are below 15 ---- */

static void put_head(yq_writer *w, uint8_t tag, uint8_t type)
{
    yq_put_u8(w, (uint8_t)(tag << 4 | type));
}

/* A number in its shortest form; none that is written here is negative. */
static void put_int(yq_writer *w, uint8_t tag, uint64_t value)
{
    static const uint8_t types[] = {INT8, INT16, INT32, INT64};
    if (value == 0) {
        put_head(w, tag, ZERO);
        return;
    }
    for (size_t i = 0; i < YQ_ARRAY_N(types); i++) {
        size_t size = (size_t)1 << i;
        if (value >> (8 * size - 1) == 0) {
            put_head(w, tag, types[i]);
            yq_put_be(w, value, size);
            return;
        }
    }
}

static void put_text(yq_writer *w, uint8_t tag, yq_slice text)
{
    if (text.n == 0) {
        return; /* the default */
    }
    put_head(w, tag, text.n <= UINT8_MAX ? STRING1 : STRING4);
    yq_put_be(w, text.n, text.n <= UINT8_MAX ? 1 : 4);
    yq_put(w, text);
}

static void put_bytes(yq_writer *w, uint8_t tag, yq_slice bytes)
{
    put_head(w, tag, BYTES);
    put_head(w, 0, INT8);
    put_int(w, 0, bytes.n);
    yq_put(w, bytes);
}

/* ---- the transaction ---- */

static void address_text(const uint8_t *address, char out[ADDRESS_TEXT_SIZE + 1])
{
    out[0] = '0';
    out[1] = 'x';
    (void)yq_hex_encode(out + 2, ADDRESS_TEXT_SIZE - 1, address, 20);
}

/* What is hashed is the fields without their heads; a transaction of version 1 has no value, no
 * price and no limit of its own. */
static void hash_call(
    const yq_bcos3_profile *profile, const yq_bcos3_call_fields *fields, yq_digest *hash)
{
    char to[ADDRESS_TEXT_SIZE + 1];
    uint8_t version[4], limit[8];
    static const uint8_t gas_limit[8];
    yq_writer v = yq_writer_of(version, sizeof version), l = yq_writer_of(limit, sizeof limit);
    yq_put_u32(&v, fields->version);
    yq_put_u64(&l, fields->block_limit);
    address_text(fields->to, to);
    const yq_slice part[] = {
        yq_writer_slice(&v),
        yq_slice_text(profile->chain),
        yq_slice_text(profile->group),
        yq_writer_slice(&l),
        yq_slice_text(fields->nonce),
        yq_slice_text(to),
        fields->data,
        yq_slice_of(gas_limit, fields->version >= 1 ? sizeof gas_limit : 0),
    };
    yq_hash(yq_bcos3_hash_alg(profile), part, YQ_ARRAY_N(part), hash->b);
}

static void put_data(
    yq_writer *w, const yq_bcos3_profile *profile, const yq_bcos3_call_fields *fields)
{
    char to[ADDRESS_TEXT_SIZE + 1];
    address_text(fields->to, to);
    put_head(w, 1, STRUCT_BEGIN);
    put_int(w, 1, fields->version);
    put_text(w, 2, yq_slice_text(profile->chain));
    put_text(w, 3, yq_slice_text(profile->group));
    put_int(w, 4, fields->block_limit);
    put_text(w, 5, yq_slice_text(fields->nonce));
    put_text(w, 6, yq_slice_text(to));
    put_bytes(w, 7, fields->data);
    put_head(w, 0, STRUCT_END);
}

static void put_signature(
    yq_writer *w, const yq_bcos3_profile *profile, const yq_digest *hash, const yq_key *key)
{
    uint8_t sig[128];
    if (profile->suite == YQ_BCOS3_SUITE_SM) {
        yq_key_sign(key, yq_slice_of(hash->b, sizeof hash->b), sig);
        memcpy(sig + 64, yq_key_public(key).p, 64);
        put_bytes(w, 3, yq_slice_of(sig, 128));
    } else {
        yq_key_sign_recoverable(key, hash->b, sig);
        put_bytes(w, 3, yq_slice_of(sig, 65));
    }
}

yq_status yq_bcos3_tx_sign(
    const yq_bcos3_profile *profile,
    const yq_bcos3_call_fields *fields,
    const yq_key *key,
    yq_buf *out,
    yq_digest *hash,
    yq_fault *why)
{
    yq_writer w = {.p = out->p, .cap = out->cap, .n = out->n};
    hash_call(profile, fields, hash);
    put_data(&w, profile, fields);
    put_bytes(&w, 2, yq_slice_of(hash->b, sizeof hash->b));
    put_signature(&w, profile, hash, key);
    if (w.status != YQ_OK) {
        return yq_fail(why, w.status, 0, "transaction");
    }
    out->n = w.n;
    return YQ_OK;
}
