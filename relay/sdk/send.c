#include "relay/sdk/send.h"

#include "relay/base/bytes.h"
#include "relay/ledger/envelope.h"

#include <stdlib.h>
#include <time.h>

#define VALID_MS (UINT64_C(10) * 60u * 1000u)
#define LOOK_MS  1000u

static uint64_t clock_ms(clockid_t id)
{
    struct timespec t;
    (void)clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

static yq_status build(
    const yq_sender *sender,
    const yq_slice *tx,
    size_t n,
    yq_buf *out,
    yq_digest *id,
    yq_fault *why)
{
    yq_api_identity hub;
    yq_status status = yq_api_identity_get(sender->http, &hub, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_envelope_plan plan = {
        .alg = hub.alg,
        .suite = hub.suite,
        .key = sender->key,
        .chain_id_hash = hub.chain_id_hash,
        .valid_until_ms = clock_ms(CLOCK_REALTIME) + VALID_MS,
    };
    yq_digest signer;
    yq_signer_id(hub.suite, yq_key_public(sender->key), &signer);
    status = yq_api_sequence(sender->http, &signer, &plan.seq, why);
    if (status == YQ_E_NOT_FOUND) {
        return yq_fail(why, YQ_E_SIGNER_UNKNOWN, 0, "this key is not registered on the hub");
    }
    if (status != YQ_OK) {
        return status;
    }
    status = yq_envelope_build(&plan, tx, n, out, id);
    return status == YQ_OK ? YQ_OK : yq_fail(why, status, 0, "envelope");
}

static yq_status wait_final(
    const yq_sender *sender, const yq_digest *envelope, yq_api_outcome *outcome, yq_fault *why)
{
    uint64_t end = clock_ms(CLOCK_MONOTONIC) + sender->time_ms;
    for (;;) {
        uint64_t now = clock_ms(CLOCK_MONOTONIC);
        if (now >= end) {
            return yq_fail(why, YQ_E_TIMEOUT, 0, "not final yet; it may still become final");
        }
        uint32_t wait = (uint32_t)(end - now < LOOK_MS ? end - now : LOOK_MS);
        yq_status status = yq_api_envelope(sender->http, envelope, wait, outcome, why);
        if (status != YQ_OK || outcome->state == YQ_API_ENVELOPE_FINAL) {
            return status;
        }
        if (outcome->state == YQ_API_ENVELOPE_EXPIRED) {
            return yq_fail(why, YQ_E_EXPIRED, 0, "it did not enter a block in time");
        }
        if (sender->waiting != NULL) {
            sender->waiting();
        }
    }
}

yq_status yq_sdk_send(
    const yq_sender *sender,
    const yq_slice *tx,
    size_t n,
    yq_digest *envelope,
    yq_api_outcome *outcome,
    yq_fault *why)
{
    size_t size = yq_envelope_size(tx, n);
    uint8_t *room = malloc(size);
    if (room == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "envelope");
    }
    outcome->n = n;
    yq_buf out = {room, size, 0};
    yq_status status = build(sender, tx, n, &out, envelope, why);
    if (status == YQ_OK) {
        status = yq_api_submit(sender->http, yq_slice_of(out.p, out.n), why);
    }
    free(room);
    return status == YQ_OK ? wait_final(sender, envelope, outcome, why) : status;
}
