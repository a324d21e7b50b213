#ifndef YQ_RELAY_BFT_TEST_KIT_H
#define YQ_RELAY_BFT_TEST_KIT_H

/* One core of four with a host that answers at once; the other three are played by the test. */
#include "relay/bft/bft.h"

#include <stdlib.h>

#define KIT_N       4
#define KIT_SENT    512
#define KIT_RECORDS 512

typedef struct kit_bytes {
    uint32_t to;
    uint8_t *p;
    size_t n;
} kit_bytes;

typedef struct kit {
    yq_bft_config cfg;
    yq_bft *core;
    void *mem;
    yq_valset set;
    yq_bft_tip genesis, tip;
    uint64_t now, timer_at, wall_skew;
    kit_bytes sent[KIT_SENT], record[KIT_RECORDS];
    unsigned sent_n, record_n, signed_n, executed_n, committed_n, synced_n, evidence_n, diverged_n;
    yq_bft_evidence evidence;
    /* How the host answers. */
    int hold_persist, hold_sign, hold_execute, hold_commit;
    yq_bft_verdict verdict;
    uint8_t payload[4 * 32];
    uint32_t payload_n;
    yq_bft_actions actions;
} kit;

static inline void kit_tag(const uint8_t *key, const yq_digest *m, uint8_t *sig)
{
    memset(sig, key[0], 32);
    memcpy(sig + 32, m->b, 32);
}

static inline yq_status kit_check(
    void *self, const yq_valset *set, uint16_t idx, const yq_digest *m, const uint8_t *sig)
{
    (void)self;
    uint8_t want[64];
    kit_tag(set->key[idx], m, want);
    return memcmp(want, sig, 64) == 0 ? YQ_OK : YQ_E_SIG;
}

static inline yq_bft_result kit_result(const yq_digest *h)
{
    yq_bft_result r = {.result_root = *h, .version = YQ_BFT_VERSION};
    r.result_root.b[0] ^= 0xff;
    return r;
}

static inline yq_status kit_step(kit *k, yq_bft_event ev);

static inline void kit_answer(kit *k, const yq_bft_action *a)
{
    yq_bft_event ev = {.kind = YQ_BFT_NO_EVENT, .h = a->h, .token = a->token};
    uint8_t sig[64];
    yq_bft_tip tip;
    switch (a->kind) {
    case YQ_BFT_PERSIST:
        ev.kind = a->sync && !k->hold_persist ? YQ_BFT_PERSISTED : YQ_BFT_NO_EVENT;
        ev.seq = a->seq;
        break;
    case YQ_BFT_SIGN:
        k->signed_n++;
        ev.kind = k->hold_sign ? YQ_BFT_NO_EVENT : YQ_BFT_SIGNED;
        kit_tag(k->cfg.own_key, &a->m, sig);
        ev.sig = sig;
        break;
    case YQ_BFT_PAYLOAD:
        ev.kind = YQ_BFT_PAYLOAD_READY;
        ev.digests = k->payload;
        ev.digest_n = ev.tx_n = k->payload_n;
        break;
    case YQ_BFT_VALIDATE:
        ev.kind = YQ_BFT_VALIDATED;
        ev.verdict = k->verdict;
        break;
    case YQ_BFT_EXECUTE:
        k->executed_n++;
        ev.kind = k->hold_execute ? YQ_BFT_NO_EVENT : YQ_BFT_EXECUTED;
        ev.result = kit_result(&a->h);
        break;
    case YQ_BFT_COMMIT:
        k->committed_n++;
        ev.kind = k->hold_commit ? YQ_BFT_NO_EVENT : YQ_BFT_COMMITTED;
        tip = (yq_bft_tip){.header = *a->header, .h = a->h, .result = a->result};
        k->tip = tip;
        ev.tip = &tip;
        ev.cert = a->cert;
        break;
    case YQ_BFT_SYNC:
        k->synced_n++;
        break;
    case YQ_BFT_EVIDENCE:
        k->evidence_n++;
        k->evidence = a->evidence;
        break;
    case YQ_BFT_DIVERGENCE:
        k->diverged_n++;
        break;
    case YQ_BFT_TIMER:
        k->timer_at = a->at_ms;
        break;
    case YQ_BFT_SEND:
    case YQ_BFT_UPGRADE:
    case YQ_BFT_LOG_DROP:
    case YQ_BFT_NO_ACTION:
        break;
    }
    if (ev.kind != YQ_BFT_NO_EVENT) {
        (void)kit_step(k, ev);
    }
}

static inline void kit_keep(kit_bytes *list, unsigned *n, unsigned cap, yq_slice bytes, uint32_t to)
{
    if (*n == cap) {
        abort();
    }
    list[*n] = (kit_bytes){.to = to, .p = malloc(bytes.n), .n = bytes.n};
    memcpy(list[*n].p, bytes.p, bytes.n);
    ++*n;
}

/* Feeds one event and answers what the core asks, until it asks no more. */
static inline yq_status kit_step(kit *k, yq_bft_event ev)
{
    ev.now_ms = k->now;
    ev.wall_ms = UINT64_C(1760000000000) + k->now + k->wall_skew;
    yq_status status = yq_bft_step(k->core, &ev, &k->actions);
    static yq_bft_action mine[YQ_BFT_ACTIONS_MAX * 16];
    static size_t depth;
    size_t base = depth, n = k->actions.n;
    yq_header header[8];
    yq_cert *cert = calloc(8, sizeof *cert);
    size_t headers = 0, certs = 0;
    for (size_t i = 0; i < n; i++) {
        yq_bft_action *a = &k->actions.item[i];
        if (a->kind == YQ_BFT_SEND) {
            kit_keep(k->sent, &k->sent_n, KIT_SENT, a->bytes, a->to);
        } else if (a->kind == YQ_BFT_PERSIST) {
            kit_keep(k->record, &k->record_n, KIT_RECORDS, a->bytes, 0);
        }
        mine[base + i] = *a;
        if (a->kind == YQ_BFT_COMMIT && headers < 8) {
            header[headers] = *a->header;
            mine[base + i].header = &header[headers++];
            if (a->cert != NULL) {
                cert[certs] = *a->cert;
                mine[base + i].cert = &cert[certs++];
            }
        }
    }
    depth += n;
    for (size_t i = 0; i < n; i++) {
        kit_answer(k, &mine[base + i]);
    }
    depth = base;
    free(cert);
    return status;
}

/* own: this node's index; 4: an observer. */
static inline kit *kit_make(unsigned own)
{
    kit *k = calloc(1, sizeof *k);
    k->cfg = (yq_bft_config){
        .hash_alg = YQ_HASH_SM3,
        .view_n = 64,
        .env_n_max = 4,
        .t0_ms = 1000,
        .version_max = YQ_BFT_VERSION,
        .check = kit_check,
    };
    memset(k->cfg.own_key, (int)own + 1, 64);
    k->verdict = YQ_BFT_VERDICT_OK;
    k->set = (yq_valset){.epoch = 1, .suite = 1, .n = KIT_N};
    memset(k->set.chain_id_hash.b, 0x11, 32);
    for (int i = 0; i < KIT_N; i++) {
        memset(k->set.key[i], i + 1, 64);
    }
    k->genesis.header = (yq_header){.ver = 1, .chain_id_hash = k->set.chain_id_hash};
    k->genesis.header.time_ms = UINT64_C(1760000000000) - 1000;
    yq_header_hash(k->cfg.hash_alg, &k->genesis.header, &k->genesis.h);
    k->genesis.result = kit_result(&k->genesis.h);
    k->tip = k->genesis;
    k->mem = malloc(yq_bft_footprint(&k->cfg));
    k->core = yq_bft_new(k->mem, &k->cfg);
    return k;
}

static inline yq_status kit_start(kit *k, const yq_cert *cert)
{
    return kit_step(
        k,
        (yq_bft_event){
            .kind = YQ_BFT_START,
            .tip = &k->tip,
            .base = &k->genesis,
            .set = &k->set,
            .cert = cert});
}

static inline void kit_forget(kit *k)
{
    for (unsigned i = 0; i < k->sent_n; i++) {
        free(k->sent[i].p);
    }
    k->sent_n = k->signed_n = 0;
}

static inline void kit_drop(kit *k)
{
    kit_forget(k);
    for (unsigned i = 0; i < k->record_n; i++) {
        free(k->record[i].p);
    }
    free(k->mem);
    free(k);
}

/* The same node again, with the first n of its records. */
static inline yq_status kit_restart(kit *k, unsigned n)
{
    kit_forget(k);
    memset(k->mem, 0xa5, yq_bft_footprint(&k->cfg));
    k->core = yq_bft_new(k->mem, &k->cfg);
    unsigned all = k->record_n;
    yq_status status = YQ_OK;
    for (unsigned i = 0; i < n && i < all && status == YQ_OK; i++) {
        status = kit_step(
            k, (yq_bft_event){.kind = YQ_BFT_RECORD, .bytes = {k->record[i].p, k->record[i].n}});
    }
    return status == YQ_OK ? kit_start(k, NULL) : status;
}

static inline yq_status kit_receive(kit *k, uint32_t from, yq_slice bytes)
{
    return kit_step(k, (yq_bft_event){.kind = YQ_BFT_RECEIVE, .from = from, .bytes = bytes});
}

static inline void kit_sign(const kit *k, yq_vote *v)
{
    yq_digest m;
    yq_vote_digest(k->cfg.hash_alg, &k->set.chain_id_hash, v, &m);
    kit_tag(k->set.key[v->signer], &m, v->sig);
}

static inline yq_vote kit_vote(const kit *k, uint8_t type, uint64_t view, uint16_t signer)
{
    (void)k;
    return (yq_vote){.type = type, .epoch = 1, .view = view, .signer = signer};
}

static inline yq_status kit_send_vote(kit *k, yq_vote v)
{
    uint8_t room[1 + YQ_VOTE_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, YQ_BFT_MSG_VOTE);
    yq_vote_put(&w, &v);
    return kit_receive(k, v.signer, yq_writer_slice(&w));
}

/* A signed vote of a peer. h: of NOTARIZE. */
static inline yq_status kit_peer_votes(
    kit *k, uint8_t type, uint64_t view, uint16_t signer, const yq_digest *h)
{
    yq_vote v = kit_vote(k, type, view, signer);
    if (h != NULL) {
        v.h = *h;
    }
    kit_sign(k, &v);
    return kit_send_vote(k, v);
}

static inline yq_final_info kit_info(const kit *k, const yq_header *header, uint64_t view)
{
    yq_digest h;
    yq_header_hash(k->cfg.hash_alg, header, &h);
    return (yq_final_info){
        .chain_id_hash = k->set.chain_id_hash,
        .epoch = 1,
        .view = view,
        .height = header->height,
        .h = h,
        .result_root = kit_result(&h).result_root,
        .time_ms = header->time_ms,
    };
}

static inline yq_status kit_peer_finalizes(kit *k, uint16_t signer, const yq_final_info *info)
{
    yq_vote v = kit_vote(k, YQ_SIGNED_FINALIZE, info->view, signer);
    v.info = *info;
    v.h = info->h;
    kit_sign(k, &v);
    return kit_send_vote(k, v);
}

/* A certificate of validators 0, 1 and 2. */
static inline void kit_cert(const kit *k, yq_cert *c, uint8_t type, uint64_t view)
{
    c->type = type;
    c->epoch = 1;
    c->view = view;
    c->bitmap = 7;
    yq_digest m;
    yq_cert_digest(k->cfg.hash_alg, &k->set.chain_id_hash, c, &m);
    for (unsigned i = 0; i < 3; i++) {
        kit_tag(k->set.key[i], &m, c->sig[i]);
    }
}

static inline yq_status kit_send_cert(kit *k, uint32_t from, const yq_cert *c)
{
    uint8_t room[1 + YQ_CERT_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, YQ_BFT_MSG_CERT);
    yq_cert_put(&w, c);
    return kit_receive(k, from, yq_writer_slice(&w));
}

/* An EMPTY header for view on a parent tip. */
static inline yq_header kit_header(const kit *k, uint64_t view, const yq_bft_tip *parent)
{
    return (yq_header){
        .ver = 1,
        .chain_id_hash = k->set.chain_id_hash,
        .epoch = 1,
        .view = view,
        .height = parent->header.height + 1,
        .parent_hash = parent->h,
        .parent_view = parent->header.view,
        .time_ms = UINT64_C(1760000000000) + k->now,
        .leader = yq_leader(view, KIT_N),
        .prev_result_root = parent->result.result_root,
        .flags = YQ_BLOCK_EMPTY,
    };
}

/* Sends a proposal without nullifications; parent: its certificate, or NULL at an epoch's start. */
static inline yq_status kit_propose(
    kit *k, const yq_header *header, const yq_cert *parent, const uint8_t *digests)
{
    static yq_block_proposal p;
    static uint8_t room[YQ_BFT_MESSAGE_SIZE_MAX];
    p.header = *header;
    p.digests = digests;
    p.nullif_n = 0;
    if (parent != NULL) {
        p.parent = *parent;
    }
    yq_vote v = kit_vote(k, YQ_SIGNED_PROPOSE, header->view, header->leader);
    yq_header_hash(k->cfg.hash_alg, header, &v.h);
    kit_sign(k, &v);
    memcpy(p.sig, v.sig, 64);
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, YQ_BFT_MSG_PROPOSAL);
    yq_proposal_put(&w, &p);
    return kit_receive(k, header->leader, yq_writer_slice(&w));
}

/* Lets time pass, with the timeouts that fall into it. */
static inline void kit_wait(kit *k, uint64_t ms)
{
    uint64_t until = k->now + ms;
    while (k->timer_at <= until && k->timer_at > 0) {
        k->now = k->timer_at > k->now ? k->timer_at : k->now;
        k->timer_at = UINT64_MAX;
        (void)kit_step(k, (yq_bft_event){.kind = YQ_BFT_TIMEOUT});
    }
    k->now = until;
}

static inline void kit_work(kit *k, int work)
{
    (void)kit_step(k, (yq_bft_event){.kind = YQ_BFT_POOL, .work = work});
}

/* How many votes of a type for a view it sent. Out: the last one, if out is not NULL. */
static inline unsigned kit_sent_votes(const kit *k, uint8_t type, uint64_t view, yq_vote *out)
{
    unsigned count = 0;
    for (unsigned i = 0; i < k->sent_n; i++) {
        yq_vote v;
        yq_slice body = {k->sent[i].p + 1, k->sent[i].n - 1};
        if (k->sent[i].p[0] == YQ_BFT_MSG_VOTE && yq_vote_decode(body, &v, NULL) == YQ_OK &&
            v.type == type && v.view == view) {
            count++;
            if (out != NULL) {
                *out = v;
            }
        }
    }
    return count;
}

static inline unsigned kit_sent_kind(const kit *k, yq_bft_message kind)
{
    unsigned count = 0;
    for (unsigned i = 0; i < k->sent_n; i++) {
        count += k->sent[i].p[0] == kind;
    }
    return count;
}

static inline unsigned kit_records(const kit *k, yq_bft_record type)
{
    unsigned count = 0;
    for (unsigned i = 0; i < k->record_n; i++) {
        count += k->record[i].p[0] == type;
    }
    return count;
}

static inline yq_bft_view kit_look(const kit *k)
{
    yq_bft_view v;
    yq_bft_look(k->core, &v);
    return v;
}

#endif /* YQ_RELAY_BFT_TEST_KIT_H */
