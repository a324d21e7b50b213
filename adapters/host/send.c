#include "adapters/host/host.h"
#include "relay/base/errors.h"
#include "relay/base/log.h"
#include "relay/ledger/envelope.h"

#include <stdlib.h>

#define VALID_MS     600000u
#define WAIT_MS      3000u /* of one question whether it is final */
#define ATTEMPTS_MAX 12u   /* failed questions about one envelope */
#define USED_MAX     64u   /* sequence numbers that turn out to be used */

/* One envelope on its way. */
typedef struct sending {
    const yq_slice *tx;
    size_t n;
    uint8_t *room;
    yq_buf bytes;
    yq_digest id;
    uint64_t valid_until_ms;
    yq_backoff backoff;
} sending;

static yq_status learn(yq_engine *e, yq_fault *why)
{
    if (!e->has_identity) {
        yq_status status = yq_api_identity_get(e->http, &e->identity, why);
        if (status != YQ_OK) {
            return status;
        }
        yq_sig_alg alg = yq_key_alg(e->key);
        uint8_t suite = alg == YQ_SIG_SM2_MESSAGE   ? YQ_SUITE_SM2
                        : alg == YQ_SIG_P256_DIGEST ? YQ_SUITE_P256
                                                    : 0;
        if (suite != e->identity.suite) {
            return yq_fail(
                why,
                YQ_E_CONFIG_INVALID,
                0,
                "key: is of another suite than the hub's ledger; make one with yuqiao key gen");
        }
        yq_signer_id(suite, yq_key_public(e->key), &e->signer);
        e->has_identity = 1;
    }
    if (e->sequence != 0) {
        return YQ_OK;
    }
    yq_status status = yq_api_sequence(e->http, &e->signer, &e->sequence, why);
    if (status == YQ_E_NOT_FOUND) {
        return yq_fail(
            why,
            YQ_E_SIGNER_UNKNOWN,
            0,
            "key: the hub does not know it; an admin adds it to an "
            "organisation with the role adapter");
    }
    e->sequence = status == YQ_OK && e->sequence == 0 ? 1 : e->sequence;
    return status;
}

static yq_status build(yq_engine *e, sending *s, yq_fault *why)
{
    yq_status status = learn(e, why);
    if (status != YQ_OK) {
        return status;
    }
    s->valid_until_ms = yq_host_wall_ms() + VALID_MS;
    s->bytes.n = 0;
    yq_envelope_plan plan = {
        .alg = e->identity.alg,
        .suite = e->identity.suite,
        .key = e->key,
        .chain_id_hash = e->identity.chain_id_hash,
        .seq = e->sequence,
        .valid_until_ms = s->valid_until_ms,
    };
    status = yq_envelope_build(&plan, s->tx, s->n, &s->bytes, &s->id);
    return status == YQ_OK ? YQ_OK : yq_fail(why, status, 0, "envelope");
}

/* Whether the failure may heal by waiting: no verdict on the envelope. */
static int may_heal(yq_status status)
{
    return yq_status_is_fault(status) || status == YQ_E_BUSY;
}

static yq_status wait_again(yq_engine *e, sending *s, yq_status status)
{
    e->stats.hub_failures++;
    if (!yq_backoff_failed(&s->backoff, yq_host_steady_ms(), yq_host_draw())) {
        return status;
    }
    yq_http_turn(e->http);
    uint64_t now = yq_host_steady_ms();
    yq_host_sleep(s->backoff.ready_ms > now ? (uint32_t)(s->backoff.ready_ms - now) : 0);
    return yq_host_stopping() ? YQ_E_TIMEOUT : YQ_OK;
}

/* The number was used by an envelope that the hub's view did not show yet: the next one. */
static yq_status renumber(yq_engine *e, sending *s, yq_fault *why)
{
    uint64_t tried = e->sequence;
    e->sequence = 0;
    yq_status status = learn(e, why);
    if (status != YQ_OK) {
        return status;
    }
    e->sequence = e->sequence <= tried ? tried + 1 : e->sequence;
    return build(e, s, why);
}

/* Hands it in until a node takes it. */
static yq_status hand_in(yq_engine *e, sending *s, yq_fault *why)
{
    for (unsigned used = 0; used < USED_MAX;) {
        yq_status status = yq_api_submit(e->http, yq_slice_of(s->bytes.p, s->bytes.n), why);
        if (status == YQ_OK) {
            return YQ_OK;
        }
        if (status == YQ_E_REPLAY || status == YQ_E_EXPIRED) {
            used++;
            status = renumber(e, s, why);
        }
        if (status != YQ_OK && !may_heal(status)) {
            return status;
        }
        status = status == YQ_OK ? YQ_OK : wait_again(e, s, status);
        if (status != YQ_OK) {
            return status;
        }
    }
    return yq_fail(why, YQ_E_REPLAY, 0, "the hub calls every sequence number used");
}

yq_status yq_envelope_send(
    yq_engine *e, const yq_slice *tx, size_t n, yq_api_result *result, yq_fault *why)
{
    size_t size = yq_envelope_size(tx, n);
    sending s = {
        .tx = tx,
        .n = n,
        .room = malloc(size),
        .backoff = {.first_ms = 200, .most_ms = 5000, .attempts_max = ATTEMPTS_MAX},
    };
    if (s.room == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "envelope");
    }
    s.bytes = (yq_buf){.p = s.room, .cap = size};
    yq_status status = build(e, &s, why);
    int is_in = 0;
    yq_api_outcome outcome = {.state = YQ_API_ENVELOPE_UNKNOWN, .result = result, .n = n};
    while (status == YQ_OK && outcome.state != YQ_API_ENVELOPE_FINAL) {
        if (yq_host_stopping()) {
            status = yq_fail(why, YQ_E_TIMEOUT, 0, "stopping");
            break;
        }
        if (!is_in) {
            status = hand_in(e, &s, why);
            is_in = status == YQ_OK;
            continue;
        }
        status = yq_api_envelope(e->http, &s.id, WAIT_MS, &outcome, why);
        if (status == YQ_OK && outcome.state == YQ_API_ENVELOPE_EXPIRED) {
            e->sequence = 0;
            status = build(e, &s, why);
            is_in = 0;
        } else if (status == YQ_OK && outcome.state == YQ_API_ENVELOPE_UNKNOWN) {
            is_in = 0; /* that node forgot it, or has not got it: the same bytes again */
            status = wait_again(e, &s, YQ_E_TIMEOUT);
        } else if (status != YQ_OK && may_heal(status)) {
            status = wait_again(e, &s, status);
        }
    }
    if (status == YQ_OK) {
        e->sequence++;
        e->stats.envelopes++;
    } else {
        e->sequence = 0;
        e->has_identity = e->has_identity && status != YQ_E_DOMAIN; /* another ledger by now */
    }
    free(s.room);
    return status;
}
