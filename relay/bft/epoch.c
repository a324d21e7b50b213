#include "relay/bft/internal.h"

void set_members(yq_bft *b, const yq_valset *set)
{
    b->set = *set;
    b->epoch = set->epoch;
    b->n = set->n;
    b->q = yq_quorum(set->n);
    b->f = yq_fault_max(set->n);
    b->own = YQ_BFT_NOBODY;
    size_t size = yq_suite_key_size(set->suite);
    for (uint16_t i = 0; i < set->n; i++) {
        if (memcmp(set->key[i], b->cfg.own_key, size) == 0) {
            b->own = i;
        }
    }
}

void clear_epoch(yq_bft *b)
{
    slots_clear(b);
    memset(b->job, 0, sizeof b->job);
    memset(b->repair_ms, 0, sizeof b->repair_ms);
    memset(b->answer_ms, 0, sizeof b->answer_ms);
    memset(b->claim_ms, 0, sizeof b->claim_ms);
    b->fin.type = 0;
    b->view = b->fin_view = 0;
    b->proposal_view = b->payload_token = b->resign_view = 0;
    b->payload_ready = b->fetching = 0;
    b->mutant_k = 0;
}

void set_epoch(yq_bft *b, const yq_valset *set)
{
    clear_epoch(b);
    set_members(b, set);
}
