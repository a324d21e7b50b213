#include "conformance/explore/internal.h"
#include "relay/base/assert.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>

unsigned block_find(const explore *x, const yq_digest *h)
{
    for (unsigned i = 0; i < x->block_n; i++) {
        if (memcmp(x->block[i].h.b, h->b, YQ_DIGEST_SIZE) == 0) {
            return i;
        }
    }
    return NO_BLOCK;
}

unsigned block_of(explore *x, const yq_header *header, const uint8_t *digest, uint8_t parent_type)
{
    yq_digest h;
    yq_header_hash(YQ_HASH_SHA256, header, &h);
    unsigned found = block_find(x, &h);
    if (found != NO_BLOCK || header->view > x->last) {
        return found;
    }
    if (x->block_n == BLOCKS_MAX) {
        x->blocks_full = 1;
        return NO_BLOCK;
    }
    unsigned parent = block_find(x, &header->parent_hash);
    known_block *k = &x->block[x->block_n];
    *k = (known_block){
        .header = *header, .h = h, .parent = (uint8_t)parent, .parent_type = parent_type};
    if (header->n_env > 0) {
        memcpy(k->digest, digest, YQ_DIGEST_SIZE);
    }
    if (parent != NO_BLOCK) {
        k->below = x->block[parent].below;
        blocks_add(&k->below, parent);
    }
    return x->block_n++;
}

/* The block of this kind: 0 and 1 differ in their time; with payload where the parent is final. */
static unsigned make_block(explore *x, unsigned parent, uint64_t view, unsigned kind, int payload)
{
    const known_block *p = parent == NO_BLOCK ? NULL : &x->block[parent];
    const yq_digest *parent_h = p == NULL ? &x->genesis.h : &p->h;
    uint64_t parent_time = p == NULL ? x->genesis.header.time_ms : p->header.time_ms;
    uint8_t digest[YQ_DIGEST_SIZE] = {0xb5, (uint8_t)view, (uint8_t)kind};
    yq_header header = {
        .ver = YQ_BFT_VERSION,
        .chain_id_hash = x->set.chain_id_hash,
        .epoch = 1,
        .view = view,
        .height = (p == NULL ? 0 : p->header.height) + 1,
        .parent_hash = *parent_h,
        .parent_view = p == NULL ? 0 : p->header.view,
        .time_ms = parent_time + 1 + kind,
        .leader = (uint16_t)x->opt.byzantine,
        .n_env = payload ? 1 : 0,
        .n_tx = payload ? 1 : 0,
        .prev_result_root = quick_result(parent_h).result_root,
        .flags = (uint8_t)(payload ? 0 : YQ_BLOCK_EMPTY),
    };
    yq_digest room;
    yq_payload_root(YQ_HASH_SHA256, digest, header.n_env, &room, &header.payload_root);
    uint8_t type = (uint8_t)(payload ? YQ_SIGNED_FINALIZE : YQ_SIGNED_NOTARIZE);
    return block_of(x, &header, digest, p == NULL ? 0 : type);
}

blocks byzantine_on(explore *x, unsigned parent, int final)
{
    int fresh;
    uint32_t *slot = table_at(&x->children, 1 + 2 * (uint64_t)parent + (uint64_t) final, &fresh);
    blocks *set = &x->child[fresh ? x->children.n - 1 : *slot];
    if (!fresh) {
        return *set;
    }
    *slot = (uint32_t)(x->children.n - 1);
    uint64_t from = parent == NO_BLOCK ? x->opt.first : x->block[parent].header.view + 1;
    for (uint64_t v = from; v <= x->last; v++) {
        if (yq_leader(v, NODES) != x->opt.byzantine) {
            continue;
        }
        for (unsigned kind = 0; kind < (final ? 1u : 2u); kind++) {
            unsigned b = make_block(x, parent, v, kind, final || parent == NO_BLOCK);
            if (b != NO_BLOCK) {
                blocks_add(set, b);
            }
        }
    }
    return *set;
}

/* All but the node that takes it have signed. */
static void sign_cert(const explore *x, const quick_node *n, yq_cert *cert)
{
    yq_digest m;
    size_t at = 0;
    yq_cert_digest(YQ_HASH_SHA256, &x->set.chain_id_hash, cert, &m);
    for (uint16_t i = 0; i < NODES; i++) {
        if (memcmp(x->set.key[i], n->cfg.own_key, sizeof n->cfg.own_key) != 0) {
            cert->bitmap |= UINT32_C(1) << i;
            quick_sign(&x->set, i, &m, cert->sig[at++]);
        }
    }
}

static void make_cert(
    const explore *x, const quick_node *n, uint8_t type, unsigned which, yq_cert *cert)
{
    *cert = (yq_cert){.type = type, .epoch = 1, .view = which};
    if (type != YQ_SIGNED_NULLIFY) {
        const known_block *k = &x->block[which];
        cert->view = k->header.view;
        cert->h = k->h;
        cert->info = (yq_final_info){
            .chain_id_hash = x->set.chain_id_hash,
            .epoch = 1,
            .view = k->header.view,
            .height = k->header.height,
            .h = k->h,
            .result_root = quick_result(&k->h).result_root,
            .time_ms = k->header.time_ms,
        };
    }
    sign_cert(x, n, cert);
}

static void put_proposal(const explore *x, const quick_node *n, unsigned which, yq_writer *w)
{
    static yq_block_proposal p;
    const known_block *k = &x->block[which];
    p = (yq_block_proposal){.header = k->header, .digests = k->digest};
    if (k->parent != NO_BLOCK) {
        make_cert(x, n, k->parent_type, k->parent, &p.parent);
    }
    yq_digest m;
    yq_vote vote = {.type = YQ_SIGNED_PROPOSE, .epoch = 1, .view = k->header.view, .h = k->h};
    yq_vote_digest(YQ_HASH_SHA256, &x->set.chain_id_hash, &vote, &m);
    quick_sign(&x->set, k->header.leader, &m, p.sig);
    yq_put_u8(w, YQ_BFT_MSG_PROPOSAL);
    yq_proposal_put(w, &p);
}

/* Who a message comes from: a validator that is not the node. */
static uint32_t sender(const explore *x, const quick_node *n)
{
    return memcmp(x->set.key[0], n->cfg.own_key, sizeof n->cfg.own_key) == 0 ? 1 : 0;
}

void event_give(explore *x, quick_node *n, uint32_t event)
{
    static uint8_t room[YQ_BFT_MESSAGE_SIZE_MAX];
    static yq_cert cert;
    yq_writer w = yq_writer_of(room, sizeof room);
    unsigned which = event & 0xff;
    uint32_t from = sender(x, n);
    event_kind kind = (event_kind)(event >> 8);
    if (kind == EVENT_PROPOSAL) {
        put_proposal(x, n, which, &w);
        from = x->block[which].header.leader;
    } else if (kind == EVENT_BLOCK) {
        yq_put_u8(&w, YQ_BFT_MSG_BLOCK);
        yq_header_put(&w, &x->block[which].header);
        yq_put_bytes(
            &w, x->block[which].digest, (size_t)YQ_DIGEST_SIZE * x->block[which].header.n_env);
    } else {
        uint8_t type = kind == EVENT_N   ? YQ_SIGNED_NOTARIZE
                       : kind == EVENT_F ? YQ_SIGNED_FINALIZE
                                         : YQ_SIGNED_NULLIFY;
        make_cert(x, n, type, which, &cert);
        yq_put_u8(&w, YQ_BFT_MSG_CERT);
        yq_cert_put(&w, &cert);
    }
    YQ_ASSERT(w.status == YQ_OK);
    quick_node_receive(n, from, yq_writer_slice(&w));
}

void event_name(const explore *x, uint32_t event, char *out, size_t cap)
{
    static const char *const name[] = {"proposal", "block", "N", "F", "X", "timeout", "restart"};
    event_kind kind = (event_kind)(event >> 8);
    unsigned which = event & 0xff;
    if (kind == EVENT_X) {
        (void)snprintf(out, cap, "X of view %u", which);
    } else if (kind == EVENT_TIMEOUT || kind == EVENT_RESTART) {
        (void)snprintf(out, cap, "%s", name[kind]);
    } else {
        const known_block *k = &x->block[which];
        char parent[24] = "the genesis";
        if (k->parent != NO_BLOCK) {
            (void)snprintf(parent, sizeof parent, "#%u", k->parent);
        }
        (void)snprintf(
            out,
            cap,
            "%s of #%u (view %llu on %s)",
            name[kind],
            which,
            (unsigned long long)k->header.view,
            parent);
    }
}
