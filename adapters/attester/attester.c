#include "adapters/attester/attester.h"

#include "relay/base/errors.h"
#include "relay/base/log.h"

#include <inttypes.h>
#include <stdlib.h>

#define SIGNATURE_SIZE 64u

static yq_status find_self(yq_attester *a, yq_fault *why)
{
    static const uint16_t alg[] = {
        0, YQ_SIG_SM2_MESSAGE, YQ_SIG_P256_DIGEST, YQ_SIG_SECP256K1_DIGEST, YQ_SIG_ED25519_MESSAGE};
    const yq_atd_mapping *m = &a->reader.mapping;
    for (size_t i = 0; i < m->attester_n; i++) {
        const yq_atd_attester *at = &m->attester[i];
        if (alg[at->suite] == yq_key_alg(a->key) &&
            yq_slice_equal(yq_slice_of(at->key, at->key_n), yq_key_public(a->key))) {
            a->name = at->name;
            return YQ_OK;
        }
    }
    return yq_fail(
        why,
        YQ_E_CONFIG_INVALID,
        0,
        "key: none of the mapping's attesters; compare key and mapping");
}

yq_status yq_attester_open(
    yq_attester *a,
    const yq_adapter_host *host,
    const yq_adapter_config *config,
    yq_key *key,
    const char *dir,
    yq_fault *why)
{
    *a = (yq_attester){.key = key, .memory = {.fd = -1}, .deadline_ms = a->deadline_ms};
    yq_status status = yq_atd_reader_open(&a->reader, host, config, why);
    status = status == YQ_OK ? find_self(a, why) : status;
    return status == YQ_OK ? yq_attester_memory_open(&a->memory, dir, a->reader.chain, why)
                           : status;
}

void yq_attester_close(yq_attester *a)
{
    yq_atd_reader_close(&a->reader);
    yq_attester_memory_close(&a->memory);
    yq_key_free(a->key);
}

static void put_statement(const yq_attester *a, const char *key, yq_slice body, yq_json_out *out)
{
    uint8_t signature[SIGNATURE_SIZE];
    const yq_digest m = yq_atd_signed(a->reader.chain, a->reader.mapping.epoch, body);
    yq_key_sign(a->key, YQ_SLICE_OF(m.b), signature);
    yq_json_out_object(out, key);
    yq_json_out_hex(out, "body", body);
    yq_json_out_hex(out, "signature", YQ_SLICE_OF(signature));
    yq_json_out_end(out);
}

static yq_status put_signed(yq_attester *a, const yq_atd_record *r, yq_json_out *out, yq_fault *why)
{
    uint8_t block[YQ_ATD_BLOCK_BODY];
    yq_writer b = yq_writer_of(block, sizeof block);
    yq_writer e = yq_writer_of(malloc(YQ_ATD_EVENT_BODY_MAX), YQ_ATD_EVENT_BODY_MAX);
    yq_status status = e.p == NULL ? yq_fail(why, YQ_E_MEMORY, 0, "statement")
                                   : yq_attester_memory_keep(&a->memory, r->number, &r->hash, why);
    if (status == YQ_OK) {
        yq_atd_put_block(&b, r);
        put_statement(a, "block", yq_writer_slice(&b), out);
        if (yq_atd_record_fits(r)) {
            yq_atd_put_event(&e, r);
            put_statement(a, "event", yq_writer_slice(&e), out);
        }
        a->signed_n++;
    }
    free(e.p);
    return status;
}

static void put_refusal(
    yq_attester *a, uint64_t number, yq_status status, const yq_fault *why, yq_json_out *out)
{
    a->refused_n++;
    yq_log(
        status == YQ_E_NOT_FOUND ? YQ_LOG_INFO : YQ_LOG_WARN,
        "attester",
        "not signed record=%" PRIu64 " code=%s%s why=\"%s\"",
        number,
        yq_status_name(status),
        status == YQ_E_CONFLICT || status == YQ_E_CORRUPT ? " alarm=1" : "",
        why->text);
    yq_json_out_object(out, "refused");
    yq_json_out_str(out, "code", yq_status_name(status) + 2);
    yq_json_out_int(out, "number", status);
    yq_json_out_str(out, "message", why->text);
    yq_json_out_end(out);
}

static void put_head(const yq_attester *a, yq_json_out *out)
{
    const yq_atd_mapping *m = &a->reader.mapping;
    yq_json_out_str(out, "chain", a->reader.chain);
    yq_json_out_uint(out, "epoch", m->epoch);
    yq_json_out_hex(out, "mapping", YQ_SLICE_OF(m->sm3.b));
}

void yq_attester_answer(yq_attester *a, uint64_t number, yq_json_out *out)
{
    yq_atd_record record;
    yq_fault why = {0};
    int is_gap;
    put_head(a, out);
    yq_json_out_uint(out, "number", number);
    yq_status status = yq_atd_platform_record(
        &a->reader.platform, number, yq_web_now_ms() + a->deadline_ms, &record, &is_gap, &why);
    if (status == YQ_OK && is_gap) {
        yq_json_out_uint(out, "gap", record.number);
    } else if (status == YQ_OK) {
        status = put_signed(a, &record, out, &why);
    }
    if (status != YQ_OK) {
        put_refusal(a, number, status, &why, out);
    }
    yq_atd_record_free(&record);
}

void yq_attester_status(const yq_attester *a, yq_json_out *out)
{
    put_head(a, out);
    yq_json_out_str(out, "name", a->name);
    yq_json_out_hex(out, "key", yq_key_public(a->key));
    yq_json_out_uint(out, "signed", a->signed_n);
    yq_json_out_uint(out, "refused", a->refused_n);
}
