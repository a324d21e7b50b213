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

uint8_t *body_digests(body *const *bodies, size_t n)
{
    uint8_t *digests = yq_mem_alloc(n * YQ_DIGEST_SIZE);
    for (size_t i = 0; i < n; i++) {
        memcpy(digests + i * YQ_DIGEST_SIZE, bodies[i]->env.digest.b, YQ_DIGEST_SIZE);
    }
    return digests;
}

int payload_is_of(uint32_t alg, const uint8_t *digests, const yq_header *header)
{
    yq_digest root, *scratch = yq_mem_alloc((size_t)header->n_env * sizeof *scratch);
    yq_payload_root(alg, digests, header->n_env, scratch, &root);
    yq_mem_free(scratch);
    return digest_equal(&root, &header->payload_root);
}

int cert_is_of(const yq_cert *cert, const yq_header *header, const yq_digest *h)
{
    const yq_final_info *info = &cert->info;
    int ends = (header->flags & YQ_BLOCK_EPOCH_END) != 0;
    return cert->type == YQ_SIGNED_FINALIZE && digest_equal(&info->h, h) &&
           info->height == header->height && info->time_ms == header->time_ms &&
           ends != digest_is_zero(&info->next_valset_hash);
}

int cert_names_result(const yq_cert *cert, const yq_bft_result *result)
{
    return digest_equal(&cert->info.result_root, &result->result_root) &&
           digest_equal(&cert->info.export_root, &result->export_root);
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
    uint8_t *digests = body_digests(bodies, header->n_env);
    int agrees = payload_is_of(alg, digests, header);
    yq_mem_free(digests);
    return agrees ? YQ_OK : YQ_E_BODY_MISMATCH;
}
