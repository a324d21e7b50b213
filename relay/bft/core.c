#include "relay/bft/internal.h"

#ifdef YQ_MUTANTS
int yq_bft_mutant;
#endif

static int config_ok(const yq_bft_config *cfg)
{
    return (cfg->hash_alg == YQ_HASH_SM3 || cfg->hash_alg == YQ_HASH_SHA256) && cfg->view_n >= 32 &&
           cfg->view_n <= 1024 && (cfg->view_n & (cfg->view_n - 1)) == 0 && cfg->env_n_max >= 1 &&
           cfg->env_n_max <= YQ_BLOCK_ENVELOPE_N_MAX && cfg->t0_ms >= 100 &&
           cfg->t0_ms <= TIMER_MS_MAX && cfg->version_max >= YQ_BFT_VERSION &&
           cfg->version_max <= YQ_BFT_VERSION_MAX;
}

/* Hands out parts of one region; with p NULL it only counts. */
typedef struct region {
    uint8_t *p;
    size_t n;
} region;

static void *part(region *r, size_t size)
{
    size_t at = r->n;
    r->n += (size + 15) & ~(size_t)15;
    return r->p == NULL ? NULL : r->p + at;
}

static yq_bft *lay_out(region *r, const yq_bft_config *cfg)
{
    size_t digests = (size_t)YQ_DIGEST_SIZE * cfg->env_n_max;
    yq_bft *b = part(r, sizeof *b);
    slot *slots = part(r, sizeof *slots * cfg->view_n);
    if (b != NULL) {
        memset(b, 0, sizeof *b);
        b->cfg = *cfg;
        b->slots = slots;
        memset(slots, 0, sizeof *slots * cfg->view_n);
    }
    for (uint32_t i = 0; i < cfg->view_n; i++) {
        vote_n *vn = part(r, sizeof *vn * YQ_VALIDATORS_MAX);
        vote_x *vx = part(r, sizeof *vx * YQ_VALIDATORS_MAX);
        vote_f *vf = part(r, sizeof *vf * YQ_VALIDATORS_MAX);
        uint8_t *room = part(r, digests);
        if (b != NULL) {
            slots[i].vn = vn;
            slots[i].vx = vx;
            slots[i].vf = vf;
            slots[i].block.digests = room;
        }
    }
    uint8_t *proposal = part(r, YQ_PROPOSAL_SIZE_MAX);
    uint8_t *payload = part(r, digests);
    yq_digest *leaves = part(r, sizeof *leaves * cfg->env_n_max);
    uint8_t *out_bytes = part(r, YQ_BFT_OUT_SIZE);
    if (b != NULL) {
        b->proposal = proposal;
        b->payload = payload;
        b->leaves = leaves;
        b->out_bytes = out_bytes;
    }
    return b;
}

size_t yq_bft_footprint(const yq_bft_config *cfg)
{
    if (!config_ok(cfg)) {
        return 0;
    }
    region r = {0};
    (void)lay_out(&r, cfg);
    return r.n;
}

yq_bft *yq_bft_new(void *mem, const yq_bft_config *cfg)
{
    if (!config_ok(cfg)) {
        return NULL;
    }
    region r = {.p = mem};
    yq_bft *b = lay_out(&r, cfg);
    b->own = YQ_BFT_NOBODY;
    b->check_ms = UINT64_MAX;
    slots_clear(b);
    return b;
}

static yq_status on_receive(yq_bft *b, uint32_t from, yq_slice in)
{
    if (in.n == 0) {
        return YQ_E_TRUNCATED;
    }
    yq_slice body = {in.p + 1, in.n - 1};
    switch ((yq_bft_message)in.p[0]) {
    case YQ_BFT_MSG_PROPOSAL:
        return on_proposal(b, from, body);
    case YQ_BFT_MSG_VOTE:
        return on_vote(b, from, body);
    case YQ_BFT_MSG_CERT: {
        yq_status status = yq_cert_decode(body, &b->scratch.parent, NULL);
        return status == YQ_OK ? take_cert(b, &b->scratch.parent) : status;
    }
    case YQ_BFT_MSG_BLOCK:
        return on_block(b, body);
    case YQ_BFT_MSG_BLOCK_REQUEST:
    case YQ_BFT_MSG_CERTS_REQUEST:
    case YQ_BFT_MSG_STATUS:
        return on_request(b, from, (yq_bft_message)in.p[0], body);
    case YQ_BFT_MSG_INVALID:
        break;
    }
    return YQ_E_FIELD_UNKNOWN;
}

/* What waits for bodies is asked again. */
static void ask_again(yq_bft *b)
{
    slot *s = slot_find(b, b->view);
    if (s != NULL && s->block.held && s->block.check == CHECK_WAIT) {
        s->block.check = CHECK_NONE;
    }
}

static yq_status dispatch(yq_bft *b, const yq_bft_event *ev)
{
    yq_status status;
    switch (ev->kind) {
    case YQ_BFT_NO_EVENT:
    case YQ_BFT_TIMEOUT:
        return YQ_OK;
    case YQ_BFT_RECORD:
        YQ_ASSERT(!b->started);
        return on_record(b, ev->bytes);
    case YQ_BFT_START:
        YQ_ASSERT(!b->started);
        return on_start(b, ev);
    case YQ_BFT_RECEIVE:
        status = ev->from == b->own ? YQ_E_SIGNER_MISMATCH : on_receive(b, ev->from, ev->bytes);
        b->dropped += status != YQ_OK;
        return status;
    case YQ_BFT_PEER_UP:
        send_status(b, ev->from);
        return YQ_OK;
    case YQ_BFT_PERSISTED:
        on_persisted(b, ev->seq);
        return YQ_OK;
    case YQ_BFT_SIGNED:
        on_signed(b, ev->token, ev->sig);
        return YQ_OK;
    case YQ_BFT_POOL:
        b->pool_work = ev->work;
        b->payload_again_ms = 0;
        return YQ_OK;
    case YQ_BFT_PAYLOAD_READY:
        on_payload(b, ev);
        return YQ_OK;
    case YQ_BFT_VALIDATED:
        on_validated(b, &ev->h, ev->verdict);
        return YQ_OK;
    case YQ_BFT_BODY:
        ask_again(b);
        return YQ_OK;
    case YQ_BFT_EXECUTED:
        on_executed(b, &ev->h, &ev->result);
        return YQ_OK;
    case YQ_BFT_COMMITTED:
        return on_committed(b, ev);
    }
    return YQ_OK;
}

/* Everything whose condition may have become true, until nothing more follows. */
static void evaluate(yq_bft *b)
{
    for (unsigned i = 0; i < 8; i++) {
        uint64_t view = b->view, epoch = b->epoch, seq = b->persist_seq;
        resign(b);
        try_propose(b);
        try_vote(b);
        try_execute(b);
        try_finalize(b);
        try_commit(b);
        run_timers(b);
        on_persisted(b, b->durable_seq);
        if (view == b->view && epoch == b->epoch && seq == b->persist_seq) {
            return;
        }
    }
    recheck_at(b, b->now + 1);
}

yq_status yq_bft_step(yq_bft *b, const yq_bft_event *ev, yq_bft_actions *out)
{
    out->n = 0;
    b->out = out;
    b->out_n = 0;
    b->now = ev->now_ms > b->now ? ev->now_ms : b->now;
    b->wall = ev->wall_ms;
    b->entered_now = 0;
    if (!b->started && ev->kind != YQ_BFT_RECORD && ev->kind != YQ_BFT_START) {
        return YQ_OK;
    }
    if (b->now >= b->check_ms) {
        b->check_ms = UINT64_MAX;
        ask_again(b);
    }
    yq_status status = dispatch(b, ev);
    if (b->started) {
        evaluate(b);
        uint64_t at = next_time(b);
        if (at != b->timer_ms || ev->kind == YQ_BFT_TIMEOUT) {
            b->timer_ms = at;
            emit(b, YQ_BFT_TIMER)->at_ms = at;
        }
    }
    b->out = NULL;
    return status;
}

void yq_bft_look(const yq_bft *b, yq_bft_view *out)
{
    *out = (yq_bft_view){
        .epoch = b->epoch,
        .view = b->view,
        .fin_view = b->fin_view,
        .height = b->tip.header.height,
        .fin_height = b->fin.type == 0 ? 0 : b->fin.info.height,
        .tip = b->tip.h,
        .timer_ms = b->started ? timer_of(b, b->view) : 0,
        .own = b->own,
        .n = b->n,
        .q = b->q,
        .halted = b->halted,
        .dropped = b->dropped,
        .unsent = b->unsent,
    };
}
