#include "adapters/xinghuo/wire.h"

static int digest_of(const yq_json *header, const char *key, yq_digest *out)
{
    yq_buf room = {out->b, sizeof out->b, 0};
    return yq_json_hex(yq_json_get(header, key), &room) && room.n == sizeof out->b;
}

yq_status yq_xha_header_read(const yq_json *result, yq_xha_header *header, yq_fault *why)
{
    const yq_json *from = yq_json_get(result, "header");
    uint64_t micros = 0;
    *header = (yq_xha_header){0};
    if (!yq_json_quantity(yq_json_get(from, "seq"), &header->seq) || header->seq == 0 ||
        header->seq > INT64_MAX - 1) {
        return yq_fail(why, YQ_E_PEER, 0, "getLedger: header.seq");
    }
    if (!yq_json_quantity(yq_json_get(from, "close_time"), &micros)) {
        return yq_fail(why, YQ_E_PEER, 0, "getLedger: header.close_time");
    }
    header->time_ms = micros / 1000;
    const struct {
        const char *key, *text;
        yq_digest *out;
    } digests[] = {
        {"hash", "getLedger: header.hash", &header->hash},
        {"consensus_value_hash", "getLedger: header.consensus_value_hash", &header->value},
        {"validators_hash", "getLedger: header.validators_hash", &header->validators}};
    for (size_t i = 0; i < YQ_ARRAY_N(digests); i++) {
        if (!digest_of(from, digests[i].key, digests[i].out)) {
            return yq_fail(why, YQ_E_PEER, 0, digests[i].text);
        }
    }
    return YQ_OK;
}

yq_status yq_xha_proof_read(const yq_json *result, yq_buf *proof, yq_fault *why)
{
    const yq_json *value = yq_json_get(result, "consensus_value");
    const yq_json *header = yq_json_get(value, "consensus_header");
    const yq_json *text = yq_json_get(header == NULL ? value : header, "previous_proof");
    proof->n = 0;
    return yq_json_hex(text, proof) && proof->n > 0
               ? YQ_OK
               : yq_fail(why, YQ_E_PEER, 0, "getLedger: previous_proof");
}
