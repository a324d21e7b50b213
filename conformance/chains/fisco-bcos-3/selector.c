#include "conformance/chains/fisco-bcos-3/mock3.h"

void yq_mock3_selector(uint32_t alg, const char *signature, uint8_t selector[4])
{
    uint8_t md[YQ_DIGEST_SIZE];
    yq_hash_one(alg, yq_slice_text(signature), md);
    memcpy(selector, md, 4);
}
