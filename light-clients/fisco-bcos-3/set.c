#include "light-clients/fisco-bcos-3/fisco3.h"

int yq_fisco3_set_new(const yq_fisco3_call *call, yq_fisco3_set *out)
{
    out->n = 0;
    out->sealer = yq_fisco3_room(call, YQ_FISCO3_SEALERS_MAX, sizeof *out->sealer);
    return out->sealer != NULL;
}

int yq_fisco3_set_equal(const yq_fisco3_set *a, const yq_fisco3_set *b)
{
    int equal = a->n == b->n;
    for (size_t i = 0; i < a->n && equal; i++) {
        equal = a->sealer[i].weight == b->sealer[i].weight &&
                memcmp(a->sealer[i].id, b->sealer[i].id, YQ_FISCO3_ID_SIZE) == 0;
    }
    return equal;
}

int yq_fisco3_set_find(const yq_fisco3_set *set, const uint8_t *id, size_t *place)
{
    size_t i = 0;
    int order = 1;
    for (; i < set->n; i++) {
        order = memcmp(set->sealer[i].id, id, YQ_FISCO3_ID_SIZE);
        if (order >= 0) {
            break;
        }
    }
    *place = i;
    return order == 0;
}

int yq_fisco3_set_put(yq_fisco3_set *set, const uint8_t *id, uint64_t weight)
{
    size_t place;
    if (yq_fisco3_set_find(set, id, &place)) {
        int changes = set->sealer[place].weight != weight;
        set->sealer[place].weight = weight;
        return changes;
    }
    if (set->n == YQ_FISCO3_SEALERS_MAX) {
        return 0;
    }
    yq_fisco3_sealer *at = set->sealer + place;
    memmove(at + 1, at, (set->n - place) * sizeof *at);
    memcpy(at->id, id, YQ_FISCO3_ID_SIZE);
    at->weight = weight;
    set->n++;
    return 1;
}

int yq_fisco3_set_remove(yq_fisco3_set *set, const uint8_t *id)
{
    size_t place;
    if (!yq_fisco3_set_find(set, id, &place)) {
        return 0;
    }
    yq_fisco3_sealer *at = set->sealer + place;
    memmove(at, at + 1, (set->n - place - 1) * sizeof *at);
    set->n--;
    return 1;
}

yq_status yq_fisco3_set_total(const yq_fisco3_call *call, const yq_fisco3_set *set, uint64_t *total)
{
    *total = 0;
    for (size_t i = 0; i < set->n; i++) {
        uint64_t weight = set->sealer[i].weight;
        if (weight == 0) {
            return yq_fisco3_fail(call, YQ_E_RANGE, "a weight of zero");
        }
        if (weight > YQ_FISCO3_WEIGHTS_MAX - *total) {
            return yq_fisco3_fail(call, YQ_E_OVERFLOW, "weights");
        }
        *total += weight;
    }
    return YQ_OK;
}

int yq_fisco3_id_decode(yq_slice text, uint8_t *id)
{
    yq_buf out = {id, YQ_FISCO3_ID_SIZE, 0};
    return text.n == (size_t)2 * YQ_FISCO3_ID_SIZE &&
           yq_hex_decode(&out, (const char *)text.p, text.n) == YQ_OK;
}
