#include "light-clients/evm/evm.h"

int yq_evm_set_new(const yq_evm_call *call, yq_evm_set *out)
{
    out->n = 0;
    out->address =
        call->host->scratch(call->host->self, (size_t)YQ_EVM_ADDRESS_SIZE * YQ_EVM_VALIDATORS_MAX);
    return out->address != NULL;
}

void yq_evm_set_copy(yq_evm_set *to, const yq_evm_set *from)
{
    to->n = from->n;
    yq_bytes_copy(to->address, from->address, from->n * YQ_EVM_ADDRESS_SIZE);
}

int yq_evm_set_equal(const yq_evm_set *a, const yq_evm_set *b)
{
    return a->n == b->n && memcmp(a->address, b->address, a->n * YQ_EVM_ADDRESS_SIZE) == 0;
}

int yq_evm_set_find(const yq_evm_set *set, const uint8_t *address, size_t *place)
{
    int order = 1;
    for (*place = 0; *place < set->n; (*place)++) {
        order = memcmp(set->address + *place * YQ_EVM_ADDRESS_SIZE, address, YQ_EVM_ADDRESS_SIZE);
        if (order >= 0) {
            break;
        }
    }
    return order == 0;
}

int yq_evm_set_add(yq_evm_set *set, const uint8_t *address)
{
    size_t place;
    if (yq_evm_set_find(set, address, &place) || set->n == YQ_EVM_VALIDATORS_MAX) {
        return 0;
    }
    uint8_t *at = set->address + place * YQ_EVM_ADDRESS_SIZE;
    memmove(at + YQ_EVM_ADDRESS_SIZE, at, (set->n - place) * YQ_EVM_ADDRESS_SIZE);
    memcpy(at, address, YQ_EVM_ADDRESS_SIZE);
    set->n++;
    return 1;
}

void yq_evm_set_remove(yq_evm_set *set, const uint8_t *address)
{
    size_t place;
    if (!yq_evm_set_find(set, address, &place)) {
        return;
    }
    uint8_t *at = set->address + place * YQ_EVM_ADDRESS_SIZE;
    set->n--;
    memmove(at, at + YQ_EVM_ADDRESS_SIZE, (set->n - place) * YQ_EVM_ADDRESS_SIZE);
}
