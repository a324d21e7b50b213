#include "conformance/explore/internal.h"
#include "relay/base/assert.h"
#include "relay/bft/bft.h"

#include <stdlib.h>

#define LINE 64u

/* What a host keeps of a node beside its core. */
typedef struct host {
    uint64_t now, timer_at;
    yq_bft_tip tip;
    int syncing;
} host;

static host host_of(const quick_node *n)
{
    return (host){.now = n->now, .timer_at = n->timer_at, .tip = n->tip, .syncing = n->syncing};
}

/* ---- images: the lines of memory that differ from a new core ------------------------------------
 */

static void image_take(explore *x, local *l)
{
    quick_node *n = &x->node[l->role];
    host h = host_of(n);
    size_t lines = 0, at = sizeof h;
    for (size_t i = 0; i < x->mem_n; i += LINE) {
        lines += memcmp(x->mem + i, x->start + i, LINE) != 0;
    }
    l->image_n = sizeof h + lines * (LINE + sizeof(uint32_t));
    l->image = malloc(l->image_n);
    YQ_ASSERT(l->image != NULL);
    memcpy(l->image, &h, sizeof h);
    for (size_t i = 0; i < x->mem_n; i += LINE) {
        if (memcmp(x->mem + i, x->start + i, LINE) != 0) {
            uint32_t line = (uint32_t)(i / LINE);
            memcpy(l->image + at, &line, sizeof line);
            memcpy(l->image + at + sizeof line, x->mem + i, LINE);
            at += sizeof line + LINE;
        }
    }
}

static void image_put(explore *x, const local *l)
{
    quick_node *n = &x->node[l->role];
    host h;
    memcpy(x->mem, x->start, x->mem_n);
    memcpy(&h, l->image, sizeof h);
    for (size_t at = sizeof h; at < l->image_n; at += sizeof(uint32_t) + LINE) {
        uint32_t line;
        memcpy(&line, l->image + at, sizeof line);
        memcpy(x->mem + (size_t)line * LINE, l->image + at + sizeof line, LINE);
    }
    n->now = h.now;
    n->timer_at = h.timer_at;
    n->tip = h.tip;
    n->syncing = h.syncing;
}

/* ---- what the node does meanwhile --------------------------------------------------------------
 */

static void violation(explore *x, const char *what)
{
    if (x->local_wrong == NULL) {
        x->local_wrong = what;
    }
}

static void note_vote(explore *x, const yq_vote *v)
{
    local *l = &x->now;
    if (v->view > x->last) {
        return;
    }
    unsigned b = v->type == YQ_SIGNED_NULLIFY ? NO_BLOCK : block_find(x, &v->h);
    if (v->type == YQ_SIGNED_NULLIFY) {
        l->nullified |= UINT32_C(1) << v->view;
    } else if (b != NO_BLOCK && v->type == YQ_SIGNED_NOTARIZE) {
        blocks_add(&l->notarized, b);
    } else if (b != NO_BLOCK && v->type == YQ_SIGNED_FINALIZE) {
        blocks_add(&l->finalized, b);
    }
}

static void send(void *self, quick_node *n, uint32_t to, yq_slice bytes)
{
    static yq_block_proposal p;
    explore *x = self;
    yq_vote v;
    (void)n;
    (void)to;
    yq_slice body = {bytes.p + 1, bytes.n - 1};
    if (bytes.p[0] == YQ_BFT_MSG_VOTE && yq_vote_decode(body, &v, NULL) == YQ_OK) {
        note_vote(x, &v);
    } else if (bytes.p[0] == YQ_BFT_MSG_PROPOSAL && yq_proposal_decode(body, &p, NULL) == YQ_OK) {
        unsigned b = block_of(x, &p.header, p.digests, p.parent.type);
        if (b != NO_BLOCK) {
            blocks_add(&x->now.proposed, b);
        }
    }
}

static void committed(void *self, quick_node *n, const yq_bft_tip *tip)
{
    (void)self;
    (void)n;
    (void)tip;
}

static void keep(void *self, quick_node *n, yq_slice record)
{
    explore *x = self;
    uint32_t size = (uint32_t)record.n;
    (void)n;
    if (x->log_n + sizeof size + size > x->log_cap) {
        x->log_cap = 2 * x->log_cap + sizeof size + size;
        x->log = realloc(x->log, x->log_cap);
        YQ_ASSERT(x->log != NULL);
    }
    memcpy(x->log + x->log_n, &size, sizeof size);
    memcpy(x->log + x->log_n + sizeof size, record.p, size);
    x->log_n += sizeof size + size;
}

/* ---- states -------------------------------------------------------------------------------------
 */

static void mark_sent(const explore *x, local *l)
{
    const blocks *set[] = {&l->notarized, &l->finalized, &l->proposed};
    mark_core(x, &x->node[l->role], l->mark);
    for (unsigned k = 0; k < 3; k++) {
        for (unsigned i = 0; i < 3; i++) {
            l->mark[0] = l->mark[0] * 31 + set[k]->w[i];
            l->mark[1] = (l->mark[1] ^ set[k]->w[i]) * UINT64_C(0x9ddfea08eb382d69);
        }
    }
    l->mark[0] = (l->mark[0] * 31 + l->nullified) * 2 + l->role;
    l->mark[0] += l->mark[0] == 0;
}

static unsigned per_view(const explore *x, const blocks *set, uint64_t view)
{
    unsigned n = 0;
    for (unsigned b = 0; b < x->block_n; b++) {
        n += blocks_has(set, b) && x->block[b].header.view == view;
    }
    return n;
}

/* What an honest node never says, over crashes as well. */
static void check_local(explore *x, const local *l)
{
    for (uint64_t v = 1; v <= x->last; v++) {
        unsigned f = per_view(x, &l->finalized, v);
        if (per_view(x, &l->notarized, v) > 1) {
            violation(x, "two NOTARIZE of one node in a view");
        }
        if (f > 1 || (f == 1 && (l->nullified >> v & 1) != 0)) {
            violation(x, "FINALIZE and another vote of one node in a view");
        }
    }
    if (x->node[l->role].diverged) {
        violation(x, "a node says that results differ");
    }
}

/* The state that x->now and the node's memory hold: the known one that equals it, or a new one. */
static uint32_t intern(explore *x)
{
    local *l = &x->now;
    int fresh;
    yq_bft_view at;
    quick_node *n = &x->node[l->role];
    n->api->look(n->core, &at);
    l->past = at.view > x->last;
    l->want = (uint8_t)wanted_block(x, n);
    l->mark[0] = l->mark[1] = 0;
    mark_sent(x, l);
    uint32_t *id = table_at(&x->known, l->mark[0], &fresh);
    if (!fresh) {
        YQ_ASSERT(x->local[*id].mark[1] == l->mark[1]);
        return *id;
    }
    check_local(x, l);
    if (x->local_n == x->local_cap) {
        x->local_cap = x->local_cap == 0 ? 1024 : 2 * x->local_cap;
        x->local = realloc(x->local, x->local_cap * sizeof *x->local);
        YQ_ASSERT(x->local != NULL);
    }
    *id = (uint32_t)x->local_n;
    drop_scratch(n);
    image_take(x, l);
    l->record_n = x->log_n;
    l->record = malloc(x->log_n + 1);
    YQ_ASSERT(l->record != NULL);
    yq_bytes_copy(l->record, x->log, x->log_n);
    x->local[x->local_n++] = *l;
    return *id;
}

static void mark_of(explore *x, role r, uint64_t *mark)
{
    mark[0] = mark[1] = 0;
    mark_core(x, &x->node[r], mark);
}

/* Lets timers run out until that changes something. */
static void time_out(explore *x, quick_node *n, role r)
{
    uint64_t before[2], after[2];
    mark_of(x, r, before);
    for (unsigned i = 0; i < 64 && n->timer_at != UINT64_MAX; i++) {
        n->now = n->timer_at > n->now ? n->timer_at : n->now;
        n->timer_at = UINT64_MAX;
        quick_node_step(n, (yq_bft_event){.kind = YQ_BFT_TIMEOUT});
        mark_of(x, r, after);
        if (memcmp(before, after, sizeof before) != 0) {
            return;
        }
    }
}

static void pool_has_work(quick_node *n)
{
    quick_node_step(n, (yq_bft_event){.kind = YQ_BFT_POOL, .work = 1});
}

/* Everything that the states up to id have put into the log. Returns how many records. */
static size_t log_of(const explore *x, uint32_t id, yq_slice *out, size_t cap)
{
    uint32_t path[512] = {0};
    size_t depth = 0, n = 0;
    for (uint32_t at = id; at != UINT32_MAX; at = x->local[at].before) {
        YQ_ASSERT(depth < sizeof path / sizeof *path);
        path[depth++] = at;
    }
    while (depth-- > 0) {
        const local *l = &x->local[path[depth]];
        for (size_t at = 0; at < l->record_n;) {
            uint32_t size;
            memcpy(&size, l->record + at, sizeof size);
            YQ_ASSERT(n < cap);
            out[n++] = (yq_slice){l->record + at + sizeof size, size};
            at += sizeof size + size;
        }
    }
    return n;
}

static void restart(explore *x, quick_node *n, uint32_t id)
{
    static yq_slice record[4096];
    size_t count = log_of(x, id, record, sizeof record / sizeof *record);
    n->timer_at = UINT64_MAX;
    quick_node_restart(n, record, count);
    pool_has_work(n);
}

uint32_t local_next(explore *x, uint32_t id, uint32_t event)
{
    int fresh;
    uint32_t *to = table_at(&x->next, (uint64_t)id << 16 | event | UINT64_C(1) << 63, &fresh);
    if (!fresh) {
        return *to;
    }
    x->now = x->local[id];
    x->now.before = id;
    x->now.event = event;
    x->log_n = 0;
    image_put(x, &x->local[id]);
    role r = (role)x->now.role;
    quick_node *n = &x->node[r];
    uint64_t steps = n->steps;
    n->diverged = 0;
    if (event >> 8 == EVENT_TIMEOUT) {
        time_out(x, n, r);
    } else if (event >> 8 == EVENT_RESTART) {
        restart(x, n, id);
    } else {
        event_give(x, n, event);
    }
    x->out->steps += n->steps - steps;
    uint32_t found = intern(x);
    *table_at(&x->next, (uint64_t)id << 16 | event | UINT64_C(1) << 63, &fresh) = found;
    return found;
}

static void make_node(explore *x, role r)
{
    quick_node *n = &x->node[r];
    unsigned leader = yq_leader(x->last, NODES);
    unsigned other = 0;
    while (other == leader || other == x->opt.byzantine) {
        other++;
    }
    n->api = x->opt.mutant != 0 ? &sim_core_mutant : &sim_core_product;
    n->cfg = (yq_bft_config){
        .hash_alg = YQ_HASH_SHA256,
        .view_n = 32,
        .env_n_max = 1,
        .t0_ms = 1000,
        .version_max = YQ_BFT_VERSION,
    };
    n->set = &x->set;
    n->genesis = &x->genesis;
    n->payload_tag = 0x77;
    n->send = send;
    n->committed = committed;
    n->keep = keep;
    n->self = x;
    n->wall = QUICK_WALL_MS + 100;
    quick_node_init(n, (uint16_t)(r == ROLE_LEADER ? leader : other));
    if (x->mem == NULL) {
        x->mem_n = (n->api->footprint(&n->cfg) + LINE - 1) / LINE * LINE;
        x->mem = calloc(1, x->mem_n);
        x->start = calloc(1, x->mem_n);
        YQ_ASSERT(x->mem != NULL && x->start != NULL);
    }
    n->mem = x->mem;
}

uint32_t local_first(explore *x, role r)
{
    make_node(x, r);
    quick_node *n = &x->node[r];
    x->now = (local){.role = (uint8_t)r, .before = UINT32_MAX};
    x->log_n = 0;
    n->now = 0;
    n->timer_at = UINT64_MAX;
    quick_node_start(n);
    pool_has_work(n);
    for (unsigned v = 1; v < x->opt.first; v++) {
        time_out(x, n, r);
        event_give(x, n, event_of(EVENT_X, v));
    }
    return intern(x);
}

void locals_free(explore *x)
{
    for (size_t i = 0; i < x->local_n; i++) {
        free(x->local[i].image);
        free(x->local[i].record);
    }
    free(x->local);
    free(x->log);
    free(x->mem);
    free(x->start);
    table_free(&x->known);
    table_free(&x->next);
    table_free(&x->children);
}
