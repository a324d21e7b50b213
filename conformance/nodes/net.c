#include "conformance/nodes/world.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/store/mem.h"

#include <string.h>

/* The way of messages: late, lost, doubled, cut, with a wrong bit. */

#define DELAY_MS 40u

/* ---- sending -------------------------------------------------------------------------------- */

static void deliver(
    world *w, const node *n, unsigned to, message_kind kind, yq_slice bytes, uint64_t delay_ms)
{
    event *ev = event_new(w, EVENT_MESSAGE, to, delay_ms, bytes);
    ev->from = n->id;
    ev->a = kind;
    event_push(w, ev);
}

void send_to(world *w, const node *n, unsigned to, message_kind kind, yq_slice bytes)
{
    w->result.count.messages++;
    if (w->cut[n->id][to]) {
        w->result.count.cut++;
        return;
    }
    if (sim_below(&w->net, 100) < w->loss[n->id][to]) {
        w->result.count.lost++;
        return;
    }
    deliver(w, n, to, kind, bytes, 1 + sim_below(&w->net, DELAY_MS));
    if (!w->healed && sim_permille(&w->net, 30)) {
        w->result.count.doubled++;
        deliver(w, n, to, kind, bytes, 1 + sim_below(&w->net, 10 * DELAY_MS));
    }
}

void send_all(world *w, const node *n, message_kind kind, yq_slice bytes)
{
    for (unsigned i = 0; i < NODES; i++) {
        if (i != n->id) {
            send_to(w, n, i, kind, bytes);
        }
    }
}

/* The index of a node in a set, YQ_BFT_NOBODY: none. */
uint16_t index_in(const world *w, const yq_valset *set, unsigned id)
{
    for (uint16_t i = 0; i < set->n; i++) {
        if (memcmp(set->key[i], yq_key_public(w->node[id].key).p, 64) == 0) {
            return i;
        }
    }
    return YQ_BFT_NOBODY;
}

/* To validators, and certificates to everybody: what observers need to follow. */
void send_action(world *w, const node *n, const yq_bft_action *a)
{
    for (unsigned i = 0; i < NODES; i++) {
        uint16_t idx = index_in(w, &n->set, i);
        int is_meant =
            a->to == YQ_BFT_ALL
                ? idx != YQ_BFT_NOBODY || a->bytes.p[0] == YQ_BFT_MSG_CERT
                : (idx != YQ_BFT_NOBODY && a->to == idx) || a->to == YQ_BFT_PEER_OTHER + i;
        if (i != n->id && is_meant) {
            send_to(w, n, i, MESSAGE_CORE, a->bytes);
        }
    }
}

void want_bodies(world *w, node *n, const uint8_t *digests, uint32_t n_env)
{
    uint32_t missing[64];
    uint8_t room[64 * YQ_DIGEST_SIZE];
    yq_writer out = yq_writer_of(room, sizeof room);
    size_t some = yq_pool_missing(yq_ledger_pool(n->ledger), digests, n_env, missing, 64);
    for (size_t i = 0; i < some && i < 64; i++) {
        yq_put_bytes(&out, digests + (size_t)missing[i] * YQ_DIGEST_SIZE, YQ_DIGEST_SIZE);
    }
    if (some > 0) {
        send_to(
            w,
            n,
            (n->id + 1 + sim_below(&w->host, NODES - 1)) % NODES,
            MESSAGE_WANT,
            yq_writer_slice(&out));
    }
}

/* A peer that errs: one byte is another. Returns 1 when it does. */
static int err(world *w, uint8_t *bytes, size_t size)
{
    if (w->healed || size == 0 || !sim_permille(&w->net, 100)) {
        return 0;
    }
    bytes[sim_below(&w->net, (uint32_t)size)] ^= (uint8_t)(1u << sim_below(&w->net, 8));
    w->result.count.wrong_bytes++;
    return 1;
}

void send_answer(
    world *w, const node *n, unsigned to, message_kind kind, const uint8_t *bytes, size_t size)
{
    uint8_t *room = yq_mem_alloc(size + 1);
    yq_bytes_copy(room + 1, bytes, size);
    room[0] = (uint8_t)err(w, room + 1, size); /* so that the receiver's verdict can be judged */
    send_to(w, n, to, kind, yq_slice_of(room, size + 1));
    yq_mem_free(room);
}
