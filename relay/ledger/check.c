#include "relay/ledger/internal.h"
#include "relay/store/mem.h"

overlay *overlay_find(const yq_ledger *l, const yq_digest *h)
{
    overlay *o = l->overlays;
    while (o != NULL && !digest_equal(&o->tip.h, h)) {
        o = o->next;
    }
    return o;
}

int parent_find(const yq_ledger *l, const yq_digest *h, overlay **parent)
{
    *parent = NULL;
    if (digest_equal(&l->tip.h, h)) {
        return 1;
    }
    *parent = overlay_find(l, h);
    return *parent != NULL;
}

yq_status block_check(uint32_t alg, const yq_header *header, body *const *bodies)
{
    uint64_t n_tx = 0, size = 0, cost = 0;
    for (uint32_t i = 0; i < header->n_env; i++) {
        n_tx += bodies[i]->env.n_tx;
        size += bodies[i]->env.bytes.n;
        cost += bodies[i]->cost;
    }
    if (n_tx != header->n_tx) {
        return YQ_E_NONCANONICAL;
    }
    if (header->n_env > YQ_BLOCK_ENVELOPE_N_MAX || n_tx > YQ_BLOCK_TX_N_MAX ||
        size > YQ_BLOCK_SIZE_MAX || (header->n_env > 1 && cost > YQ_BLOCK_COST_MAX)) {
        return YQ_E_LIMIT;
    }
    uint8_t *digests = yq_mem_alloc((size_t)header->n_env * YQ_DIGEST_SIZE);
    yq_digest *scratch = yq_mem_alloc((size_t)header->n_env * sizeof *scratch), root;
    for (uint32_t i = 0; i < header->n_env; i++) {
        memcpy(digests + (size_t)i * YQ_DIGEST_SIZE, bodies[i]->env.digest.b, YQ_DIGEST_SIZE);
    }
    yq_payload_root(alg, digests, header->n_env, scratch, &root);
    yq_mem_free(digests);
    yq_mem_free(scratch);
    return digest_equal(&root, &header->payload_root) ? YQ_OK : YQ_E_BODY_MISMATCH;
}
