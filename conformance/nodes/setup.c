#include "conformance/nodes/world.h"
#include "relay/base/assert.h"
#include "relay/base/writer.h"
#include "relay/hub/change.h"
#include "relay/hub/tx.h"
#include "relay/store/mem.h"

#include <stdio.h>
#include <string.h>

/* Keys, genesis and envelopes of a run. */

static int by_key(const void *a, const void *b)
{
    yq_key *const *x = a, *const *y = b;
    return memcmp(yq_key_public(*x).p, yq_key_public(*y).p, 64);
}

static yq_key *derive(const char *what, unsigned number)
{
    char name[24];
    (void)snprintf(name, sizeof name, "%s%u", what, number);
    return yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("whole nodes"), name);
}

static void make_genesis(world *w)
{
    yq_genesis *g = yq_mem_alloc(sizeof *g);
    (void)snprintf(w->org, sizeof w->org, "11410000000000000");
    w->org[17] = yq_org_code_check(w->org);
    yq_slice code = yq_slice_text(w->org);
    w->admin = derive("admin", 0);
    *g = (yq_genesis){
        .hub = yq_slice_text("whole"),
        .display = yq_slice_text("whole"),
        .alg = YQ_HASH_SM3,
        .suite = YQ_SUITE_SM2,
        .time_ms = WALL_MS,
        .single_operator = 1,
        .approvals = 1,
        .org_n = 1,
        .signer_n = 1,
        .validator_n = VALIDATORS,
        .recovery_n = RECOVERY_KEYS,
        .recovery_approvals = RECOVERY_KEYS - 1,
        .recovery_delay_ms = RECOVERY_MS,
    };
    g->org[0] = (yq_genesis_organisation){code, yq_slice_text("whole"), 1};
    g->signer[0] = (yq_genesis_signer){yq_key_public(w->admin), code, YQ_ROLE_ADMIN, {0}};
    for (unsigned i = 0; i < NODES; i++) {
        w->validator[i] = derive("validator", i);
    }
    qsort(w->validator, VALIDATORS, sizeof(yq_key *), by_key);
    for (unsigned i = 0; i < VALIDATORS; i++) {
        g->validator[i] = (yq_genesis_validator){yq_key_public(w->validator[i]), code};
    }
    for (unsigned i = 0; i < RECOVERY_KEYS; i++) {
        w->recovery[i] = derive("recovery", i);
    }
    qsort(w->recovery, RECOVERY_KEYS, sizeof(yq_key *), by_key);
    for (unsigned i = 0; i < RECOVERY_KEYS; i++) {
        g->recovery[i] = (yq_genesis_validator){yq_key_public(w->recovery[i]), code};
    }
    yq_buf out = {w->genesis, sizeof w->genesis, 0};
    YQ_ASSERT(yq_genesis_encode(g, &out, NULL) == YQ_OK);
    w->genesis_n = out.n;
    yq_genesis_chain_hash(g, yq_slice_of(out.p, out.n), &w->chain);
    w->plan_of_chain = g; /* points to the keys and the organisation */
}

/* The spare takes the place of a validator, with the proof that it has its key. */
static size_t put_change(world *w, uint8_t *room, size_t cap)
{
    uint8_t proof[YQ_PROOF_SIZE], change[512];
    yq_digest m;
    yq_slice key = yq_key_public(w->validator[SPARE]), org = yq_slice_text(w->org);
    yq_change x = {.join_n = 1, .leave_n = 1};
    x.join[0] = (yq_change_join){org, key, YQ_SLICE_OF(proof)};
    x.leave[0] = yq_key_public(w->validator[sim_below(&w->plan, VALIDATORS)]);
    yq_change_proof_digest(YQ_HASH_SM3, &w->chain, 2, org, key, &m);
    yq_key_sign(w->validator[SPARE], yq_slice_of(m.b, sizeof m.b), proof);
    yq_writer c = yq_writer_of(change, sizeof change);
    yq_change_put(&c, &x);
    YQ_ASSERT(c.status == YQ_OK);
    yq_tx tx = {.method = YQ_METHOD_VALIDATORS_CHANGE};
    tx.as.validators.change = yq_writer_slice(&c);
    tx.as.validators.reason = yq_slice_text("the machine is replaced");
    yq_buf out = {room, cap, 0};
    YQ_ASSERT(yq_tx_encode(&tx, &out) == YQ_OK);
    return out.n;
}

static size_t put_approval(uint8_t *room, size_t cap)
{
    yq_tx tx = {.method = YQ_METHOD_GOVERNANCE_VOTE};
    yq_buf out = {room, cap, 0};
    tx.as.vote.proposal = 1;
    tx.as.vote.approve = 1;
    YQ_ASSERT(yq_tx_encode(&tx, &out) == YQ_OK);
    return out.n;
}

/* A new key for the organisation, or a vote that is refused. */
static size_t put_tx(world *w, unsigned number, uint8_t *room, size_t cap)
{
    yq_key *key = derive("new", number);
    yq_tx tx = {.method = YQ_METHOD_ORG_KEY_ADD};
    if (sim_permille(&w->plan, 250)) {
        tx = (yq_tx){.method = YQ_METHOD_GOVERNANCE_VOTE};
        tx.as.vote.proposal = 1000 + number;
    } else {
        tx.as.org_key_add.key = yq_key_public(key);
        tx.as.org_key_add.role = YQ_ROLE_GATEWAY;
    }
    yq_buf out = {room, cap, 0};
    YQ_ASSERT(yq_tx_encode(&tx, &out) == YQ_OK);
    yq_key_free(key);
    return out.n;
}

static void make_envelope(world *w, unsigned number)
{
    static uint8_t room[4][1024];
    yq_slice tx[4];
    envelope *e = &w->env[number];
    unsigned n = number == CHANGE || number == APPROVAL ? 1 : 1 + sim_below(&w->plan, 4);
    for (unsigned i = 0; i < n; i++) {
        size_t size = number == CHANGE     ? put_change(w, room[i], sizeof room[i])
                      : number == APPROVAL ? put_approval(room[i], sizeof room[i])
                                           : put_tx(w, 4 * number + i, room[i], sizeof room[i]);
        tx[i] = yq_slice_of(room[i], size);
    }
    yq_envelope_plan plan = {
        .alg = YQ_HASH_SM3,
        .suite = YQ_SUITE_SM2,
        .key = w->admin,
        .chain_id_hash = w->chain,
        .seq = number + 1,
        .valid_until_ms = WALL_MS + 3600000,
    };
    yq_buf out = {yq_mem_alloc(8192), 8192, 0};
    yq_envelope env;
    YQ_ASSERT(yq_envelope_build(&plan, tx, n, &out, NULL) == YQ_OK);
    YQ_ASSERT(yq_envelope_decode(YQ_HASH_SM3, yq_slice_of(out.p, out.n), &env, NULL) == YQ_OK);
    *e = (envelope){.bytes = out.p, .size = out.n, .id = env.id};
}

void world_make(world *w, uint64_t seed, int trace)
{
    *w = (world){.seed = seed, .trace = trace};
    w->plan.s = sim_mix(seed * 4 + 1);
    w->net.s = sim_mix(seed * 4 + 2);
    w->host.s = sim_mix(seed * 4 + 3);
    w->heal_ms = sim_between(&w->plan, 6000, 14000);
    w->join_ms = w->heal_ms / 2 + sim_below(&w->plan, (uint32_t)w->heal_ms / 4);
    w->end_ms = w->heal_ms + BOUND_MS;
    w->votes = yq_mem_alloc(VOTES_MAX * sizeof *w->votes);
    make_genesis(w);
    for (unsigned i = 0; i < ENVELOPES + LATER; i++) {
        make_envelope(w, i);
    }
    for (unsigned i = 0; i < LOST; i++) {
        w->fresh[i] = derive("fresh", i);
    }
    w->envelope_n = ENVELOPES;
    w->drill = sim_permille(&w->plan, 600);
    w->overrules = sim_permille(&w->plan, 400);
    for (unsigned i = 0; i < NODES; i++) {
        node *n = &w->node[i];
        n->id = i;
        n->key = w->validator[i];
        n->takes = i == SPARE;
        n->world = w;
        n->book = yq_mem_alloc(sizeof *n->book);
        yq_recovery_book_init(n->book, w->plan_of_chain, &w->chain);
        (void)snprintf(n->dir, sizeof n->dir, "/node%u", i);
    }
}

void world_free(world *w)
{
    for (event *ev; (ev = event_pop(w)) != NULL;) {
        yq_mem_free(ev);
    }
    for (unsigned i = 0; i < NODES; i++) {
        node_close(&w->node[i]);
        yq_mem_free(w->node[i].memory);
        drop_whole_log(&w->node[i]);
        yq_mem_free(w->node[i].log);
        yq_mem_free(w->node[i].book);
        yq_key_free(w->validator[i]);
    }
    for (unsigned i = 0; i < ENVELOPES + LATER; i++) {
        yq_mem_free(w->env[i].bytes);
    }
    for (unsigned i = 0; i < RECOVERY_KEYS; i++) {
        yq_key_free(w->recovery[i]);
    }
    for (unsigned i = 0; i < LOST; i++) {
        yq_key_free(w->fresh[i]);
    }
    yq_mem_free(w->plan_of_chain);
    yq_key_free(w->admin);
    yq_mem_free(w->votes);
    memory_db_clear();
}
