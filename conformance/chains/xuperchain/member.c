#include "conformance/chains/xuperchain/xumock.h"
#include "relay/base/assert.h"

#include <stdio.h>

void yq_xum_member_make(uint8_t scheme, yq_xum_member *m, yq_slice seed, const char *name)
{
    m->key =
        yq_key_derive(scheme == YQ_XUA_SM2 ? YQ_SIG_SM2_MESSAGE : YQ_SIG_P256_DIGEST, seed, name);
    YQ_ASSERT(m->key != NULL);
    (void)yq_xua_address(scheme, yq_key_public(m->key).p, m->address);
    (void)yq_xua_key_text(scheme, yq_key_public(m->key).p, m->text);
}

size_t yq_xum_sign(uint8_t scheme, const yq_key *key, const yq_digest *digest, uint8_t *out)
{
    yq_buf der = {out, 80, 0};
    YQ_ASSERT(yq_xua_sign(scheme, key, digest, &der) == YQ_OK);
    return der.n;
}

size_t yq_xum_validator_at(uint32_t set, size_t i)
{
    size_t node = 0;
    for (; node < YQ_XUM_NODES; node++) {
        if ((set >> node & 1u) != 0 && i-- == 0) {
            break;
        }
    }
    return node;
}

uint32_t yq_xum_set_at(const yq_xum_chain *chain, uint64_t height)
{
    uint32_t set = 0;
    for (size_t i = 0; i < chain->change_n && chain->change[i].from <= height; i++) {
        set = chain->change[i].set;
    }
    return set;
}

size_t yq_xum_list(const yq_xum_chain *chain, uint32_t set, char text[YQ_XUM_LIST_MAX])
{
    size_t n = (size_t)snprintf(text, YQ_XUM_LIST_MAX, "{\"address\":[");
    for (size_t i = 0; yq_xum_validator_at(set, i) < YQ_XUM_NODES; i++) {
        const yq_xum_member *m = &chain->node[yq_xum_validator_at(set, i)];
        n += (size_t)snprintf(
            text + n, YQ_XUM_LIST_MAX - n, "%s\"%s\"", i == 0 ? "" : ",", m->address);
    }
    n += (size_t)snprintf(text + n, YQ_XUM_LIST_MAX - n, "]}");
    return n;
}
