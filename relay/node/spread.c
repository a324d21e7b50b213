#include "relay/base/errors.h"
#include "relay/base/log.h"
#include "relay/node/state.h"
#include "relay/store/mem.h"

#include <inttypes.h>

/*
 * Envelopes and bodies between nodes. Who receives an envelope first gives it to all validators at
 * once; what is not in a block after a second is announced by digest; who lacks a body asks.
 */
#define FETCH_RETRY_MS       300u
#define FETCH_VALIDATE_MS    30000u
#define ANNOUNCE_EVERY_MS    200u
#define OBSERVER_DIGESTS_MAX 64u

/* ---- arrival -------------------------------------------------------------------------------- */

static yq_status submit(yq_node *n, uint32_t peer, uint64_t token, yq_slice bytes)
{
    if (bytes.n > YQ_ENVELOPE_SIZE_MAX) {
        return YQ_E_LIMIT;
    }
    job *j = job_new(JOB_ENVELOPE);
    j->peer = peer;
    j->token = token;
    job_set_bytes(j, bytes);
    if (!job_queue_put(&n->work, LANE_ENVELOPES, j)) {
        job_free(j);
        return YQ_E_BUSY;
    }
    return YQ_OK;
}

yq_status spread_submit(void *node, uint64_t token, yq_slice envelope)
{
    return submit(node, LOCAL_PEER, token, envelope);
}

/* Bytes that no honest node passes on, whatever state it is at. */
static int is_peers_fault(yq_status status)
{
    return (status <= -100 && status > -200) || status == YQ_E_BODY_MISMATCH ||
           status == YQ_E_SIG || status == YQ_E_SIG_RANGE || status == YQ_E_DOMAIN;
}

void spread_envelope_back(yq_node *n, job *j)
{
    yq_slice bytes = yq_slice_of(j->bytes, j->size);
    n->count.envelopes++;
    if (j->status == YQ_OK) {
        n->bodies_came = 1;
        if (j->fresh && (j->peer == LOCAL_PEER || n->peer[j->peer].index == PEER_OBSERVER)) {
            peers_to_validators(n, YQ_FRAME_ENVELOPE, bytes);
        }
    } else {
        n->count.envelopes_refused++;
        yq_log(
            YQ_LOG_DEBUG,
            "node",
            "envelope refused code=%s reason=\"%s\"",
            yq_status_name(j->status),
            j->why.text);
    }
    if (j->peer == LOCAL_PEER) {
        yq_gateway_submitted(n->gateway, j->token, j->status, &j->h, &j->why);
    } else if (is_peers_fault(j->status)) {
        n->count.blamed++;
        yq_net_blame(n->net, j->peer, j->status, "envelope");
    }
}

static yq_status take_announce(yq_node *n, uint32_t peer, yq_slice body)
{
    const uint8_t *digest;
    uint16_t count;
    yq_status status = yq_frame_digests_decode(body, &digest, &count, NULL);
    uint64_t now = node_now_ms();
    if (status != YQ_OK || now - n->peer[peer].announced_ms < ANNOUNCE_EVERY_MS) {
        return status;
    }
    /* What is announced counts as wanted, of which the pool remembers few. */
    if (n->peer[peer].index == PEER_OBSERVER && count > OBSERVER_DIGESTS_MAX) {
        count = OBSERVER_DIGESTS_MAX;
    }
    n->peer[peer].announced_ms = now;
    uint32_t missing[YQ_FRAME_DIGESTS_MAX];
    size_t missing_n =
        yq_pool_missing(yq_ledger_pool(n->ledger), digest, count, missing, YQ_FRAME_DIGESTS_MAX);
    if (missing_n == 0) {
        return YQ_OK;
    }
    uint8_t *room = yq_mem_alloc(YQ_FRAME_DIGESTS_SIZE);
    yq_writer w = yq_writer_of(room, YQ_FRAME_DIGESTS_SIZE);
    yq_put_u16(&w, (uint16_t)missing_n);
    for (size_t i = 0; i < missing_n; i++) {
        yq_put_bytes(&w, digest + (size_t)YQ_DIGEST_SIZE * missing[i], YQ_DIGEST_SIZE);
    }
    status = yq_net_send(n->net, peer, YQ_FRAME_FETCH, yq_writer_slice(&w));
    yq_mem_free(room);
    return status == YQ_E_MEMORY ? status : YQ_OK; /* announced again where it was lost */
}

/* ---- giving bodies -------------------------------------------------------------------------- */

static yq_status take_fetch(yq_node *n, uint32_t peer, yq_slice body)
{
    const uint8_t *digest;
    uint16_t count;
    yq_status status = yq_frame_digests_decode(body, &digest, &count, NULL);
    if (status != YQ_OK || (n->peer[peer].serving & SERVING_BODIES) != 0) {
        return status;
    }
    job *j = job_new(JOB_BODIES);
    j->peer = peer;
    j->digest_n = count;
    j->digests = yq_mem_copy(digest, (size_t)YQ_DIGEST_SIZE * count);
    if (job_queue_put(&n->work, LANE_READS, j)) {
        n->peer[peer].serving |= SERVING_BODIES;
    } else {
        job_free(j); /* it asks again, or another */
    }
    return YQ_OK;
}

void spread_bodies_back(yq_node *n, job *j)
{
    n->peer[j->peer].serving &= ~SERVING_BODIES;
    yq_cur c = yq_cur_of(yq_slice_of(j->bytes, j->size));
    while (yq_cur_left(&c) > 0) {
        yq_slice bytes = yq_cur_blob32(&c, YQ_ENVELOPE_SIZE_MAX);
        if (yq_net_send(n->net, j->peer, YQ_FRAME_ENVELOPE, bytes) != YQ_OK) {
            return;
        }
    }
}

yq_status spread_frame(yq_node *n, uint32_t peer, yq_frame_type type, yq_slice body)
{
    if (type == YQ_FRAME_ANNOUNCE) {
        return take_announce(n, peer, body);
    }
    if (type == YQ_FRAME_FETCH) {
        return take_fetch(n, peer, body);
    }
    if (submit(n, peer, 0, body) != YQ_OK) {
        n->count.envelopes_busy++; /* announced again while it waits elsewhere */
    }
    return YQ_OK;
}

/* ---- getting bodies ------------------------------------------------------------------------- */

static void fetch_drop(fetch *f)
{
    yq_mem_free(f->digests);
    *f = (fetch){0};
}

void spread_want(yq_node *n, const job *block, int execute)
{
    fetch *room = NULL;
    for (unsigned i = 0; i < FETCHES_MAX; i++) {
        fetch *f = &n->fetch[i];
        if (f->used && memcmp(f->h.b, block->h.b, YQ_DIGEST_SIZE) == 0) {
            f->execute |= execute;
            return;
        }
        if (!f->used && room == NULL) {
            room = f;
        }
    }
    if (room == NULL) {
        return; /* the core asks again */
    }
    *room = (fetch){
        .used = 1,
        .execute = execute,
        .h = block->h,
        .header = block->header,
        .digests = yq_mem_copy(block->digests, (size_t)YQ_DIGEST_SIZE * block->digest_n),
        .since_ms = node_now_ms(),
    };
    n->bodies_came = 1; /* look at it in this turn */
}

/* The leader first, then every linked validator in turn. */
static uint32_t whom_to_ask(yq_node *n, const fetch *f)
{
    for (unsigned i = 0; i < n->set.n; i++) {
        unsigned index = (f->header.leader + f->tries + i) % n->set.n;
        uint32_t slot = n->slot_of[index];
        if (slot != NOT_LINKED && yq_net_room(n->net, slot, YQ_FRAME_FETCH) > 0) {
            return slot;
        }
    }
    return NOT_LINKED;
}

static void fetch_ask(yq_node *n, fetch *f, const uint32_t *missing, size_t missing_n)
{
    uint32_t slot = whom_to_ask(n, f);
    f->tries++;
    f->next_ms = node_now_ms() + FETCH_RETRY_MS;
    if (slot == NOT_LINKED) {
        return;
    }
    n->count.fetches++;
    uint8_t *room = yq_mem_alloc(YQ_FRAME_DIGESTS_SIZE);
    yq_writer w = yq_writer_of(room, YQ_FRAME_DIGESTS_SIZE);
    yq_put_u16(&w, (uint16_t)missing_n);
    for (size_t i = 0; i < missing_n; i++) {
        yq_put_bytes(&w, f->digests + (size_t)YQ_DIGEST_SIZE * missing[i], YQ_DIGEST_SIZE);
    }
    yq_status status = yq_net_send(n->net, slot, YQ_FRAME_FETCH, yq_writer_slice(&w));
    (void)status; /* asked again after FETCH_RETRY_MS */
    yq_mem_free(room);
}

static void fetch_done(yq_node *n, fetch *f)
{
    if (f->execute) {
        job *j = job_new(JOB_EXECUTE);
        job_set_block(j, &f->h, &f->header, f->digests);
        node_execute_put(n, j);
    }
    fetch_drop(f);
    yq_bft_event ev = {.kind = YQ_BFT_BODY};
    drive_feed(n, &ev);
}

void spread_run(yq_node *n)
{
    uint32_t missing[YQ_FRAME_DIGESTS_MAX];
    uint64_t now = node_now_ms();
    n->bodies_came = 0;
    for (unsigned i = 0; i < FETCHES_MAX; i++) {
        fetch *f = &n->fetch[i];
        if (!f->used) {
            continue;
        }
        if (f->header.height <= n->height ||
            (!f->execute && now - f->since_ms > FETCH_VALIDATE_MS)) {
            fetch_drop(f);
            continue;
        }
        size_t missing_n = yq_pool_missing(
            yq_ledger_pool(n->ledger), f->digests, f->header.n_env, missing, YQ_FRAME_DIGESTS_MAX);
        if (missing_n == 0) {
            fetch_done(n, f);
        } else if (now >= f->next_ms) {
            fetch_ask(n, f, missing, missing_n);
        }
    }
}

static void announce(yq_node *n)
{
    uint8_t *room = yq_mem_alloc(YQ_FRAME_DIGESTS_SIZE);
    size_t count =
        yq_pool_announce(yq_ledger_pool(n->ledger), node_now_ms(), room + 2, YQ_FRAME_DIGESTS_MAX);
    if (count > 0) {
        room[0] = (uint8_t)(count >> 8);
        room[1] = (uint8_t)count;
        peers_to_validators(
            n, YQ_FRAME_ANNOUNCE, yq_slice_of(room, 2 + (size_t)YQ_DIGEST_SIZE * count));
    }
    yq_mem_free(room);
}

void spread_tick(yq_node *n)
{
    uint64_t now = node_now_ms();
    drive_pool(n);
    spread_run(n);
    if (now - n->announce_ms >= ANNOUNCE_EVERY_MS + 50) {
        n->announce_ms = now;
        announce(n);
    }
}

void spread_free(yq_node *n)
{
    for (unsigned i = 0; i < FETCHES_MAX; i++) {
        fetch_drop(&n->fetch[i]);
    }
}
