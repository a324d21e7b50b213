/*
 * One core and whatever three peers may send it. The input is a list of steps, each a byte that
 * says what and a few that say how: raw messages, signed votes, certificates and proposals with the
 * fields of the input, timeouts and answers of the host.
 */
#include "relay/base/assert.h"
#include "relay/bft/bft.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct world {
    yq_bft *core;
    yq_valset set;
    yq_bft_tip tip;
    uint64_t now, token, seq;
    yq_digest block[8]; /* hashes that were met */
    unsigned block_n;
    yq_header executing, committing;
    yq_digest executing_h, committing_h;
    yq_bft_result result;
    int executed, committed;
} world;

static world w_;
static yq_bft_actions actions;

/* A signature is good unless its first byte is 0xff. */
static yq_status any(
    void *self, const yq_valset *set, uint16_t idx, const yq_digest *m, const uint8_t *sig64)
{
    (void)self;
    (void)m;
    YQ_ASSERT(idx < set->n);
    return sig64[0] == 0xff ? YQ_E_SIG : YQ_OK;
}

static void learn(world *w, const yq_digest *h)
{
    w->block[w->block_n++ % 8] = *h;
}

static void look_at(world *w, const yq_bft_action *a)
{
    w->seq = a->kind == YQ_BFT_PERSIST ? a->seq : w->seq;
    w->token = a->kind == YQ_BFT_SIGN || a->kind == YQ_BFT_PAYLOAD ? a->token : w->token;
    if (a->kind == YQ_BFT_EXECUTE) {
        w->executing_h = a->h;
        w->executed = 1;
    }
    if (a->kind == YQ_BFT_COMMIT) {
        w->committing = *a->header;
        w->committing_h = a->h;
        w->result = a->result;
        w->committed = 1;
    }
    if (a->header != NULL) {
        learn(w, &a->h);
    }
}

static void step(world *w, yq_bft_event ev)
{
    ev.now_ms = w->now;
    ev.wall_ms = 1000000 + w->now;
    yq_status status = yq_bft_step(w->core, &ev, &actions);
    YQ_ASSERT(status == YQ_OK || ev.kind == YQ_BFT_RECEIVE);
    YQ_ASSERT(actions.n <= YQ_BFT_ACTIONS_MAX);
    for (size_t i = 0; i < actions.n; i++) {
        look_at(w, &actions.item[i]);
    }
    yq_bft_view v;
    yq_bft_look(w->core, &v);
    YQ_ASSERT(v.epoch == 1 && v.view >= 1);
}

static void receive(world *w, uint32_t from, yq_slice bytes)
{
    step(w, (yq_bft_event){.kind = YQ_BFT_RECEIVE, .from = from, .bytes = bytes});
}

static yq_digest some_hash(world *w, uint8_t pick)
{
    return pick < 128 ? w->block[pick % 8] : (yq_digest){{pick}};
}

static yq_final_info some_info(world *w, yq_cur *c, uint64_t view, uint8_t pick)
{
    return (yq_final_info){
        .chain_id_hash = w->set.chain_id_hash,
        .epoch = 1,
        .view = view,
        .height = yq_cur_u8(c),
        .h = some_hash(w, pick),
        .result_root = {{yq_cur_u8(c)}},
    };
}

static void send_vote(world *w, yq_cur *c)
{
    uint8_t how = yq_cur_u8(c), pick = yq_cur_u8(c);
    yq_vote v = {.type = (uint8_t)(1 + how % 4), .epoch = 1 + (how >> 7), .view = yq_cur_u8(c)};
    v.signer = (uint16_t)(1 + (how >> 2) % 3);
    v.h = some_hash(w, pick);
    v.info = some_info(w, c, v.view, pick);
    v.info.epoch = v.epoch;
    v.sig[0] = yq_cur_u8(c);
    uint8_t room[1 + YQ_VOTE_SIZE_MAX];
    yq_writer out = yq_writer_of(room, sizeof room);
    yq_put_u8(&out, YQ_BFT_MSG_VOTE);
    yq_vote_put(&out, &v);
    receive(w, v.signer, yq_writer_slice(&out));
}

static void make_cert(world *w, yq_cur *c, yq_cert *cert, uint8_t type, uint64_t view)
{
    uint8_t pick = yq_cur_u8(c);
    memset(cert, 0, sizeof *cert);
    cert->type = type;
    cert->epoch = 1;
    cert->view = view;
    cert->h = some_hash(w, pick);
    cert->bitmap = 14;
    if (type == YQ_SIGNED_FINALIZE) {
        cert->info = some_info(w, c, view, pick);
        cert->h = cert->info.h;
    }
}

static void send_cert(world *w, yq_cur *c)
{
    static yq_cert cert;
    uint8_t how = yq_cur_u8(c);
    make_cert(w, c, &cert, (uint8_t)(2 + how % 3), yq_cur_u8(c));
    cert.bitmap = how >> 4;
    cert.sig[0][0] = (uint8_t)(how >> 2 == 0 ? 0xff : 1);
    uint8_t room[1 + YQ_CERT_SIZE_MAX];
    yq_writer out = yq_writer_of(room, sizeof room);
    yq_put_u8(&out, YQ_BFT_MSG_CERT);
    yq_cert_put(&out, &cert);
    receive(w, 1 + how % 3u, yq_writer_slice(&out));
}

static void send_proposal(world *w, yq_cur *c)
{
    static yq_block_proposal p;
    static uint8_t room[YQ_BFT_MESSAGE_SIZE_MAX];
    uint8_t how = yq_cur_u8(c), pick = yq_cur_u8(c);
    uint64_t view = yq_cur_u8(c);
    p.header = (yq_header){
        .ver = 1,
        .chain_id_hash = w->set.chain_id_hash,
        .epoch = 1,
        .view = view,
        .height = yq_cur_u8(c),
        .parent_hash = some_hash(w, pick),
        .parent_view = how % 4 == 0 ? 0 : yq_cur_u8(c),
        .time_ms = 1000000 + w->now + yq_cur_u8(c),
        .leader = view > 0 ? yq_leader(view, 4) : 0,
        .prev_result_root = {{yq_cur_u8(c)}},
        .flags = yq_cur_u8(c) & 7,
    };
    if (how % 4 == 0) {
        p.header.parent_hash = w->tip.h;
    }
    yq_digest h;
    yq_header_hash(YQ_HASH_SHA256, &p.header, &h);
    learn(w, &h);
    if (p.header.parent_view > 0) {
        uint8_t type = how % 2 == 0 ? YQ_SIGNED_NOTARIZE : YQ_SIGNED_FINALIZE;
        make_cert(w, c, &p.parent, type, p.header.parent_view);
        p.parent.h = p.parent.info.h = p.header.parent_hash;
    }
    p.nullif_n = 0;
    for (uint64_t v = view; v > 1 && p.nullif_n < (how >> 4); v--) {
        make_cert(w, c, &p.nullif[p.nullif_n++], YQ_SIGNED_NULLIFY, v - 1);
    }
    yq_writer out = yq_writer_of(room, sizeof room);
    yq_put_u8(&out, YQ_BFT_MSG_PROPOSAL);
    yq_proposal_put(&out, &p);
    receive(w, p.header.leader, yq_writer_slice(&out));
}

static void answer(world *w, uint8_t how)
{
    uint8_t sig[64] = {1};
    if (how % 8 == 0) {
        step(w, (yq_bft_event){.kind = YQ_BFT_PERSISTED, .seq = w->seq});
    } else if (how % 8 == 1) {
        step(w, (yq_bft_event){.kind = YQ_BFT_SIGNED, .token = w->token - (how >> 6), .sig = sig});
    } else if (how % 8 == 2) {
        step(w, (yq_bft_event){.kind = YQ_BFT_PAYLOAD_READY, .token = w->token});
    } else if (how % 8 == 3 && w->executed) {
        yq_bft_result r = {.result_root = {{(uint8_t)(how >> 3)}}, .version = YQ_BFT_VERSION};
        step(w, (yq_bft_event){.kind = YQ_BFT_EXECUTED, .h = w->executing_h, .result = r});
    } else if (how % 8 == 4 && w->committed) {
        yq_bft_tip tip = {.header = w->committing, .h = w->committing_h, .result = w->result};
        w->committed = 0;
        if ((tip.header.flags & YQ_BLOCK_EPOCH_END) == 0) {
            step(w, (yq_bft_event){.kind = YQ_BFT_COMMITTED, .tip = &tip});
        }
    } else if (how % 8 == 5) {
        step(w, (yq_bft_event){.kind = YQ_BFT_POOL, .work = how >> 7});
    } else {
        w->now += (uint64_t)how * 20;
        step(w, (yq_bft_event){.kind = YQ_BFT_TIMEOUT});
    }
}

static void start(world *w)
{
    static void *mem;
    yq_bft_config cfg = {
        .hash_alg = YQ_HASH_SHA256,
        .view_n = 32,
        .env_n_max = 2,
        .t0_ms = 1000,
        .version_max = YQ_BFT_VERSION,
        .heartbeat_ms = 10000,
        .check = any,
    };
    memset(cfg.own_key, 1, sizeof cfg.own_key);
    if (mem == NULL) {
        mem = malloc(yq_bft_footprint(&cfg));
        YQ_ASSERT(mem != NULL);
    }
    *w = (world){.core = yq_bft_new(mem, &cfg), .set = {.epoch = 1, .suite = 1, .n = 4}};
    for (int i = 0; i < 4; i++) {
        memset(w->set.key[i], i + 1, 64);
    }
    w->tip.header = (yq_header){.ver = 1, .time_ms = 900000};
    w->tip.result.version = YQ_BFT_VERSION;
    yq_header_hash(YQ_HASH_SHA256, &w->tip.header, &w->tip.h);
    learn(w, &w->tip.h);
    step(w, (yq_bft_event){.kind = YQ_BFT_START, .tip = &w->tip, .base = &w->tip, .set = &w->set});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    world *w = &w_;
    start(w);
    yq_cur c = yq_cur_of(yq_slice_of(data, size));
    while (yq_cur_left(&c) > 0) {
        uint8_t what = yq_cur_u8(&c);
        switch (what % 8) {
        case 0:
            receive(w, what >> 4, yq_cur_str8(&c, UINT8_MAX));
            break;
        case 1:
        case 2:
            send_vote(w, &c);
            break;
        case 3:
            send_cert(w, &c);
            break;
        case 4:
        case 5:
            send_proposal(w, &c);
            break;
        default:
            answer(w, yq_cur_u8(&c));
            break;
        }
    }
    return 0;
}
