#include "light-clients/fisco-bcos-2/fisco.h"

int yq_fisco2_set_new(const yq_fisco2_call *call, yq_fisco2_set *out)
{
    out->n = 0;
    out->id =
        call->host->scratch(call->host->self, (size_t)YQ_FISCO2_ID_SIZE * YQ_FISCO2_SEALERS_MAX);
    return out->id != NULL;
}

int yq_fisco2_set_equal(const yq_fisco2_set *a, const yq_fisco2_set *b)
{
    return a->n == b->n && memcmp(a->id, b->id, a->n * YQ_FISCO2_ID_SIZE) == 0;
}

int yq_fisco2_set_find(const yq_fisco2_set *set, const uint8_t *id, size_t *place)
{
    size_t i = 0;
    int order = 1;
    for (; i < set->n; i++) {
        order = memcmp(set->id + i * YQ_FISCO2_ID_SIZE, id, YQ_FISCO2_ID_SIZE);
        if (order >= 0) {
            break;
        }
    }
    *place = i;
    return order == 0;
}

int yq_fisco2_set_add(yq_fisco2_set *set, const uint8_t *id)
{
    size_t place;
    if (yq_fisco2_set_find(set, id, &place)) {
        return 1;
    }
    if (set->n == YQ_FISCO2_SEALERS_MAX) {
        return 0;
    }
    uint8_t *at = set->id + place * YQ_FISCO2_ID_SIZE;
    memmove(at + YQ_FISCO2_ID_SIZE, at, (set->n - place) * YQ_FISCO2_ID_SIZE);
    memcpy(at, id, YQ_FISCO2_ID_SIZE);
    set->n++;
    return 1;
}

void yq_fisco2_set_remove(yq_fisco2_set *set, const uint8_t *id)
{
    size_t place;
    if (!yq_fisco2_set_find(set, id, &place)) {
        return;
    }
    uint8_t *at = set->id + place * YQ_FISCO2_ID_SIZE;
    memmove(at, at + YQ_FISCO2_ID_SIZE, (set->n - place - 1) * YQ_FISCO2_ID_SIZE);
    set->n--;
}

int yq_fisco2_id_decode(yq_slice text, uint8_t *id)
{
    yq_buf out = {id, YQ_FISCO2_ID_SIZE, 0};
    return text.n == (size_t)2 * YQ_FISCO2_ID_SIZE &&
           yq_hex_decode(&out, (const char *)text.p, text.n) == YQ_OK;
}
