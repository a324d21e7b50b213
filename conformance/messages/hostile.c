#include "conformance/messages/world.h"
#include "relay/base/assert.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"
#include "relay/hub/commitment.h"

#include <stdlib.h>

/* Deliveries and sets that an inbox must refuse: each is made so that one rule alone stands against
 * it. */

typedef enum lie {
    LIE_QUORUM,      /* one signature short */
    LIE_SIGNATURE,   /* one is wrong */
    LIE_EPOCH,       /* by the set of an epoch that is over */
    LIE_LEDGER,      /* of another ledger */
    LIE_ROOT,        /* over another root */
    LIE_PACKET,      /* a byte of a packet */
    LIE_INDEX,       /* a packet under another's index */
    LIE_TREE,        /* in an outbox tree of the relayer's own */
    LIE_OTHER_CHAIN, /* made for another chain */
    LIES,
} lie;

typedef struct forgery {
    yq_delivery d;
    yq_delivery_packet packet[YQ_DELIVERY_PACKETS_MAX];
    uint8_t cert[YQ_CERT_SIZE_MAX], bytes[4096];
} forgery;

static int make_delivery(msim *w, uint32_t chain, forgery *f)
{
    yq_buf out = {w->delivery_room, YQ_ENVELOPE_SIZE_MAX, 0};
    yq_status status =
        w->rules->hub_delivery(&w->hub, msim_chain_id(w, chain), 0, 3, msim_slice(w->cert), &out);
    w->rules->hub_reset(&w->hub);
    return status == YQ_OK &&
           yq_delivery_decode(
               yq_slice_of(out.p, out.n), f->packet, YQ_DELIVERY_PACKETS_MAX, &f->d, NULL) == YQ_OK;
}

static void sign_lie(msim *w, lie what, forgery *f)
{
    msim_cert cert = {
        .epoch = w->epoch,
        .height = w->height + 1,
        .export_root = w->export_root,
        .chain_id_hash = msim_ledger_name(),
        .signers = what == LIE_QUORUM ? 0x6 : 0x7,
        .spoiled = what == LIE_SIGNATURE};
    cert.epoch -= what == LIE_EPOCH;
    cert.chain_id_hash.b[7] ^= what == LIE_LEDGER;
    cert.export_root.b[9] ^= what == LIE_ROOT;
    f->d.certificate = yq_slice_of(f->cert, msim_sign(w, &cert, f->cert, sizeof f->cert));
}

/* The first packet, changed, as the only leaf of a tree of our own. */
static void plant(forgery *f)
{
    yq_packet p;
    yq_digest commitment = {{0}};
    yq_buf out = {f->bytes, sizeof f->bytes, 0};
    yq_status status = yq_packet_decode(f->packet[0].packet, &p, NULL);
    YQ_ASSERT(status == YQ_OK);
    p.sequence += 1000;
    status = yq_packet_encode(&p, &out);
    YQ_ASSERT(status == YQ_OK);
    status = yq_packet_commitment(YQ_HASH_SM3, &p, &commitment);
    YQ_ASSERT(status == YQ_OK);
    yq_outbox_leaf(YQ_HASH_SM3, 0, &commitment, &f->d.outbox_root);
    f->packet[0] = (yq_delivery_packet){.packet = yq_slice_of(out.p, out.n)};
    f->d.size = 1;
    f->d.n = 1;
}

static int spoil(msim *w, lie what, forgery *f)
{
    yq_delivery_packet *first = &f->packet[0];
    switch (what) {
    case LIE_EPOCH:
        if (w->epoch < 2) {
            return 0;
        }
        break;
    case LIE_PACKET:
        YQ_ASSERT(first->packet.n <= sizeof f->bytes);
        yq_bytes_copy(f->bytes, first->packet.p, first->packet.n);
        f->bytes[first->packet.n - 1] ^= 1;
        first->packet.p = f->bytes;
        break;
    case LIE_INDEX:
        if (f->d.size < 2) {
            return 0;
        }
        first->index = first->index == 0 ? 1 : first->index - 1;
        f->d.n = 1;
        break;
    case LIE_TREE:
        plant(f);
        break;
    case LIE_QUORUM:
    case LIE_SIGNATURE:
    case LIE_LEDGER:
    case LIE_ROOT:
    case LIE_OTHER_CHAIN:
    case LIES:
        break;
    }
    sign_lie(w, what, f);
    return 1;
}

void msim_hostile_delivery(msim_chain *c)
{
    msim *w = c->world;
    static forgery f;
    static uint8_t room[1u << 18];
    lie what = (lie)sim_below(&w->rng, LIES);
    uint32_t for_whom = what == LIE_OTHER_CHAIN ? (c->number + 1) % w->chain_n : c->number;
    msim_catch_up(c);
    if (c->paused || !make_delivery(w, for_whom, &f) || !spoil(w, what, &f)) {
        return;
    }
    yq_buf out = {room, sizeof room, 0};
    f.d.packet = f.packet;
    yq_status status = yq_delivery_encode(&f.d, &out);
    YQ_ASSERT(status == YQ_OK);
    w->result.count.hostile_deliveries++;
    if (msim_deliver(c, yq_slice_of(out.p, out.n)) == YQ_OK) {
        msim_fail(w, "%s took a forged delivery (%u)", c->id, what);
    }
}

/* A set that no certificate named. */
void msim_hostile_set(msim_chain *c)
{
    msim *w = c->world;
    yq_contract_view view;
    w->rules->contract_look(c->contract, &view);
    yq_valset set = w->set[view.epoch - 1];
    set.epoch++;
    set.key[0][5] ^= 1;
    if (w->rules->contract_next_set(c->contract, &set) == YQ_OK) {
        msim_fail(w, "%s took a set that no certificate named", c->id);
    }
}
