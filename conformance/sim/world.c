#include "conformance/sim/sim.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

/* Signatures of the simulator: a tag that only the mixing below makes. Forging is not what is
 * tried here; who may sign what is. */
void sim_tag(const uint8_t *key, const yq_digest *m, uint8_t *sig)
{
    uint64_t word[4], k;
    memcpy(&k, key, 8);
    memcpy(word, m->b, sizeof word);
    for (unsigned i = 0; i < 4; i++) {
        k = sim_mix(k + word[i] + i);
    }
    for (unsigned i = 0; i < 8; i++) {
        uint64_t tag = sim_mix(k + i);
        memcpy(sig + (size_t)8 * i, &tag, 8);
    }
}

yq_status sim_tag_check(
    void *self, const yq_valset *set, uint16_t idx, const yq_digest *m, const uint8_t *sig)
{
    (void)self;
    if (idx >= set->n) {
        return YQ_E_SIGNER_UNKNOWN;
    }
    uint8_t want[64];
    sim_tag(set->key[idx], m, want);
    return memcmp(want, sig, sizeof want) == 0 ? YQ_OK : YQ_E_SIG;
}

void sim_envelope_digest(const sim *s, unsigned id, uint8_t *digest)
{
    for (unsigned i = 0; i < 4; i++) {
        uint64_t word = sim_mix(s->seed * 1000003 + UINT64_C(8) * id + i + 1);
        memcpy(digest + (size_t)8 * i, &word, 8);
    }
    digest[0] = (uint8_t)id;
}

static uint16_t envelope_id(const sim *s, const uint8_t *digest)
{
    uint8_t want[YQ_DIGEST_SIZE];
    sim_envelope_digest(s, digest[0], want);
    int known = digest[0] < SIM_ENVELOPES_MAX && memcmp(want, digest, sizeof want) == 0;
    return known ? digest[0] : (uint16_t)SIM_ENVELOPES_MAX;
}

/* Members of an epoch, by the order of their keys. */
static void set_make(sim *s, unsigned epoch, uint32_t members)
{
    yq_valset *set = &s->set[epoch];
    *set = (yq_valset){.epoch = epoch, .suite = YQ_SUITE_SM2};
    memcpy(set->chain_id_hash.b, &s->seed, 8);
    set->chain_id_hash.b[31] = 1;
    uint32_t left = members;
    while (left != 0) {
        unsigned best = (unsigned)__builtin_ctz(left);
        for (unsigned i = best + 1; i < s->identities; i++) {
            if ((left >> i & 1) != 0 && memcmp(s->key[i], s->key[best], 64) < 0) {
                best = i;
            }
        }
        left &= ~(UINT32_C(1) << best);
        s->who_of[epoch][set->n] = (uint16_t)best;
        s->idx_of[epoch][best] = set->n;
        memcpy(set->key[set->n++], s->key[best], 64);
    }
    for (unsigned i = 0; i < s->identities; i++) {
        if ((members >> i & 1) == 0) {
            s->idx_of[epoch][i] = UINT16_MAX;
        }
    }
    YQ_ASSERT(yq_valset_check(set) == YQ_OK);
    yq_valset_hash(s->cfg.hash_alg, set, &s->set_hash[epoch]);
}

static void genesis_make(sim *s)
{
    s->block_n = 0;
    memset(s->block_table, 0, sizeof s->block_table);
    yq_header header = {.ver = YQ_BFT_VERSION, .chain_id_hash = s->set[1].chain_id_hash};
    header.time_ms = SIM_WALL_MS - 5000;
    uint32_t idx = sim_block_add(s, &header, NULL);
    sim_block *b = &s->block[idx];
    b->base = idx;
    b->ready = 1;
    b->result.result_root.b[0] = 1;
    b->result.version = YQ_BFT_VERSION;
}

void sim_world_make(sim *s)
{
    for (unsigned i = 0; i < s->identities; i++) {
        for (unsigned k = 0; k < 8; k++) {
            uint64_t word = sim_mix(s->seed * 31 + UINT64_C(8) * i + k);
            memcpy(s->key[i] + (size_t)8 * k, &word, 8);
        }
    }
    uint32_t members = (UINT32_C(1) << s->opt.nodes) - 1;
    uint32_t all = (UINT32_C(1) << s->identities) - 1;
    unsigned last = s->epoch_blocks == 0 ? 1 : SIM_EPOCHS_MAX - 1;
    for (unsigned e = 1; e <= last; e++) {
        set_make(s, e, members);
        unsigned out = sim_below(&s->plan, s->identities);
        if (s->spare && sim_permille(&s->plan, 500) && (members >> out & 1) != 0 &&
            (s->evil_mask >> out & 1) == 0) {
            members = all & ~(UINT32_C(1) << out);
        }
    }
    genesis_make(s);
}

static uint32_t *table_at(sim *s, const yq_digest *h)
{
    uint32_t mask = 2 * SIM_BLOCKS_MAX - 1, i;
    memcpy(&i, h->b, sizeof i);
    for (;; i++) {
        uint32_t *at = &s->block_table[i & mask];
        if (*at == 0 || memcmp(&s->block[*at - 1].h, h, YQ_DIGEST_SIZE) == 0) {
            return at;
        }
    }
}

uint32_t sim_block_find(sim *s, const yq_digest *h)
{
    return *table_at(s, h) - 1; /* 0 becomes SIM_NONE */
}

uint32_t sim_block_add(sim *s, const yq_header *header, const uint8_t *digests)
{
    yq_digest h;
    yq_header_hash(s->cfg.hash_alg, header, &h);
    uint32_t *at = table_at(s, &h);
    if (*at != 0) {
        return *at - 1;
    }
    YQ_ASSERT(s->block_n + 1 < SIM_BLOCKS_MAX && header->n_env <= SIM_BLOCK_ENVS_MAX);
    sim_block *b = &s->block[s->block_n++];
    *at = s->block_n;
    *b = (sim_block){.header = *header, .h = h, .env_n = header->n_env, .parent = SIM_NONE};
    for (unsigned i = 0; i < header->n_env; i++) {
        memcpy(b->digest + (size_t)YQ_DIGEST_SIZE * i, digests + (size_t)YQ_DIGEST_SIZE * i, 32);
        b->env[i] = envelope_id(s, digests + (size_t)YQ_DIGEST_SIZE * i);
    }
    return *at - 1;
}

static void result_of(sim *s, sim_block *b, const sim_block *up)
{
    uint64_t word[4];
    memcpy(word, up->result.result_root.b, sizeof word);
    for (unsigned i = 0; i < 4; i++) {
        uint64_t h;
        memcpy(&h, b->h.b + (size_t)8 * i, 8);
        word[i] = sim_mix(word[i] + h + i);
    }
    memcpy(b->result.result_root.b, word, sizeof word);
    b->result.export_root.b[0] = (uint8_t)(b->header.height % 3);
    int newer = s->version_height != 0 && b->header.height + 1 >= s->version_height;
    b->result.version = newer ? YQ_BFT_VERSION_MAX : YQ_BFT_VERSION;
    int ends = (b->header.flags & YQ_BLOCK_EPOCH_END) != 0;
    uint64_t age = b->header.height - b->base_height;
    if (s->epoch_blocks != 0 && !ends && age + 1 >= s->epoch_blocks &&
        b->header.epoch + 2 < SIM_EPOCHS_MAX) {
        b->result.pending_valset_hash = s->set_hash[b->header.epoch + 1];
    }
}

/* Returns 1 when the result of a block is known: its parent's is. */
int sim_block_settle(sim *s, uint32_t idx)
{
    sim_block *b = &s->block[idx];
    if (b->ready) {
        return 1;
    }
    b->parent = sim_block_find(s, &b->header.parent_hash);
    if (b->parent == SIM_NONE || !s->block[b->parent].ready) {
        return 0;
    }
    const sim_block *up = &s->block[b->parent];
    int first = up->header.epoch != b->header.epoch;
    b->base = first ? b->parent : up->base;
    b->base_height = s->block[b->base].header.height;
    b->chain = up->chain;
    for (unsigned i = 0; i < b->env_n; i++) {
        b->repeats |= b->env[i] >= SIM_ENVELOPES_MAX || sim_envs_has(&b->chain, b->env[i]);
        if (b->env[i] < SIM_ENVELOPES_MAX) {
            sim_envs_add(&b->chain, b->env[i]);
        }
    }
    if ((b->header.flags & YQ_BLOCK_SUFFIX) != 0) {
        b->result = up->result;
    } else {
        result_of(s, b, up);
    }
    b->ready = 1;
    return 1;
}
