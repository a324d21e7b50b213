#include "conformance/core/quick_node.h"

#include "relay/base/assert.h"
#include "relay/crypto/crypto.h"

/* Answers that wait while a step's actions are read. */
#define ANSWERS_MAX 512u

typedef struct answer {
    yq_bft_event ev;
    uint8_t sig[64];
} answer;

typedef struct answers {
    answer item[ANSWERS_MAX];
    size_t head, n;
    yq_bft_tip tip; /* of the one COMMIT that is outstanding */
    yq_cert cert;
    uint8_t digest[YQ_DIGEST_SIZE];
} answers;

void quick_set(unsigned n, yq_valset *set, yq_bft_tip *genesis)
{
    *set = (yq_valset){.epoch = 1, .suite = YQ_SUITE_SM2, .n = (uint16_t)n};
    memset(set->chain_id_hash.b, 0x11, sizeof set->chain_id_hash.b);
    for (unsigned i = 0; i < n; i++) {
        memset(set->key[i], (int)i + 1, sizeof set->key[i]);
    }
    *genesis = (yq_bft_tip){.header = {.ver = 1, .chain_id_hash = set->chain_id_hash}};
    genesis->header.time_ms = QUICK_WALL_MS;
    yq_header_hash(YQ_HASH_SHA256, &genesis->header, &genesis->h);
    genesis->result = quick_result(&genesis->h);
}

yq_bft_result quick_result(const yq_digest *h)
{
    yq_bft_result r = {.result_root = *h, .version = YQ_BFT_VERSION};
    r.result_root.b[0] ^= 0xff;
    return r;
}

void quick_sign(const yq_valset *set, uint16_t idx, const yq_digest *m, uint8_t *sig)
{
    memset(sig, set->key[idx][0], 32);
    memcpy(sig + 32, m->b, 32);
}

static yq_status check(
    void *self, const yq_valset *set, uint16_t idx, const yq_digest *m, const uint8_t *sig)
{
    uint8_t want[64];
    (void)self;
    quick_sign(set, idx, m, want);
    return memcmp(want, sig, sizeof want) == 0 ? YQ_OK : YQ_E_SIG;
}

void quick_node_init(quick_node *n, uint16_t idx)
{
    memcpy(n->cfg.own_key, n->set->key[idx], sizeof n->cfg.own_key);
    n->cfg.check = check;
}

static answer *put(answers *q, yq_bft_event_kind kind)
{
    YQ_ASSERT(q->n < ANSWERS_MAX);
    answer *a = &q->item[(q->head + q->n++) % ANSWERS_MAX];
    a->ev = (yq_bft_event){.kind = kind};
    return a;
}

static void answer_commit(quick_node *n, answers *q, const yq_bft_action *a)
{
    q->tip = (yq_bft_tip){.header = *a->header, .h = a->h, .result = a->result};
    n->tip = q->tip;
    n->committed(n->self, n, &q->tip);
    answer *reply = put(q, YQ_BFT_COMMITTED);
    reply->ev.tip = &q->tip;
    if (a->cert != NULL) {
        q->cert = *a->cert;
        reply->ev.cert = &q->cert;
    }
}

static void answer_sign(quick_node *n, answers *q, const yq_bft_action *a)
{
    answer *reply = put(q, YQ_BFT_SIGNED);
    memset(reply->sig, n->cfg.own_key[0], 32);
    memcpy(reply->sig + 32, a->m.b, 32);
    reply->ev.token = a->token;
    reply->ev.sig = reply->sig;
}

static void answer_payload(const quick_node *n, answers *q, const yq_bft_action *a)
{
    yq_bft_view at;
    n->api->look(n->core, &at);
    memset(q->digest, n->payload_tag, sizeof q->digest);
    q->digest[0] = (uint8_t)at.view;
    answer *reply = put(q, YQ_BFT_PAYLOAD_READY);
    reply->ev.token = a->token;
    reply->ev.digests = q->digest;
    reply->ev.digest_n = reply->ev.tx_n = 1;
}

static void perform(quick_node *n, answers *q, const yq_bft_action *a)
{
    switch (a->kind) {
    case YQ_BFT_PERSIST:
        if (n->keep != NULL) {
            n->keep(n->self, n, a->bytes);
        }
        if (a->sync) {
            put(q, YQ_BFT_PERSISTED)->ev.seq = a->seq;
        }
        break;
    case YQ_BFT_SEND:
        n->send(n->self, n, a->to, a->bytes);
        break;
    case YQ_BFT_SIGN:
        answer_sign(n, q, a);
        break;
    case YQ_BFT_TIMER:
        n->timer_at = a->at_ms;
        break;
    case YQ_BFT_PAYLOAD:
        answer_payload(n, q, a);
        break;
    case YQ_BFT_VALIDATE: {
        answer *reply = put(q, YQ_BFT_VALIDATED);
        reply->ev.h = a->h;
        reply->ev.verdict = YQ_BFT_VERDICT_OK;
        break;
    }
    case YQ_BFT_EXECUTE: {
        answer *reply = put(q, YQ_BFT_EXECUTED);
        reply->ev.h = a->h;
        reply->ev.result = quick_result(&a->h);
        break;
    }
    case YQ_BFT_COMMIT:
        answer_commit(n, q, a);
        break;
    case YQ_BFT_SYNC:
        n->syncing = 1;
        n->target = *a->cert;
        break;
    case YQ_BFT_EVIDENCE:
        n->evidence_n++;
        break;
    case YQ_BFT_DIVERGENCE:
        n->diverged = 1;
        break;
    case YQ_BFT_UPGRADE:
    case YQ_BFT_LOG_DROP:
    case YQ_BFT_NO_ACTION:
        break;
    }
}

void quick_node_step(quick_node *n, yq_bft_event ev)
{
    static yq_bft_actions actions;
    static answers q;
    q.head = q.n = 0;
    ev.now_ms = n->now;
    ev.wall_ms = n->wall;
    n->status = n->api->step(n->core, &ev, &actions);
    for (;;) {
        n->steps++;
        for (size_t i = 0; i < actions.n; i++) {
            perform(n, &q, &actions.item[i]);
        }
        if (q.n == 0) {
            return;
        }
        yq_bft_event next = q.item[q.head].ev;
        uint8_t sig[64];
        if (next.sig != NULL) {
            memcpy(sig, q.item[q.head].sig, sizeof sig);
            next.sig = sig;
        }
        q.head = (q.head + 1) % ANSWERS_MAX;
        q.n--;
        next.now_ms = n->now;
        next.wall_ms = n->wall;
        (void)n->api->step(n->core, &next, &actions);
    }
}

static void make(quick_node *n)
{
    n->core = n->api->make(n->mem, &n->cfg);
    YQ_ASSERT(n->core != NULL);
    n->syncing = 0;
}

static void begin(quick_node *n)
{
    quick_node_step(
        n, (yq_bft_event){.kind = YQ_BFT_START, .tip = &n->tip, .base = n->genesis, .set = n->set});
}

void quick_node_start(quick_node *n)
{
    n->tip = *n->genesis;
    make(n);
    begin(n);
}

void quick_node_restart(quick_node *n, const yq_slice *record, size_t record_n)
{
    make(n);
    for (size_t i = 0; i < record_n; i++) {
        quick_node_step(n, (yq_bft_event){.kind = YQ_BFT_RECORD, .bytes = record[i]});
    }
    begin(n);
}

void quick_node_receive(quick_node *n, uint32_t from, yq_slice bytes)
{
    quick_node_step(n, (yq_bft_event){.kind = YQ_BFT_RECEIVE, .from = from, .bytes = bytes});
}

void quick_node_feed(quick_node *n, const yq_bft_tip *tip, size_t tip_n)
{
    const yq_cert target = n->target;
    for (size_t i = 0; i < tip_n; i++) {
        int last = memcmp(tip[i].h.b, target.info.h.b, YQ_DIGEST_SIZE) == 0;
        n->tip = tip[i];
        n->syncing = n->syncing && !last;
        n->committed(n->self, n, &tip[i]);
        quick_node_step(
            n,
            (yq_bft_event){
                .kind = YQ_BFT_COMMITTED, .tip = &tip[i], .cert = last ? &target : NULL});
    }
}
