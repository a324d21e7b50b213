#include "conformance/chains/fisco-bcos-3/mock3.h"
#include "relay/base/assert.h"
#include "relay/base/cursor.h"
#include "relay/codec/abi.h"

#include <stdlib.h>

#define ID_TEXT_SIZE 128u
#define WORD_SIZE    32u

const uint8_t yq_mock3_consensus_address[20] = {[18] = 0x10, [19] = 0x03};

typedef enum action {
    ADD = 0,
    TAKE_AWAY = 1,
    WEIGH = 2,
} action;

static const struct {
    const char *signature;
    size_t words;
    action what;
} methods[] = {
    {"addSealer(string,uint256)", 2, ADD},
    {"addSealer(string,uint256,uint256)", 3, ADD},
    {"addObserver(string)", 1, TAKE_AWAY},
    {"remove(string)", 1, TAKE_AWAY},
    {"setWeight(string,uint256)", 2, WEIGH},
};

void yq_mock3_consensus_call(
    const yq_mock3_chain *chain,
    const char *signature,
    size_t node,
    size_t numbers,
    uint64_t weight,
    yq_buf *data)
{
    char id[ID_TEXT_SIZE + 1];
    uint8_t selector[4];
    yq_mock3_selector(chain->alg, signature, selector);
    (void)yq_hex_encode(id, sizeof id, yq_key_public(chain->node[node]).p, YQ_MOCK3_ID_SIZE);
    yq_writer w = yq_writer_of(data->p, data->cap);
    yq_put_bytes(&w, selector, sizeof selector);
    yq_abi_put_uint(&w, WORD_SIZE * (1 + numbers));
    for (size_t i = 0; i < numbers; i++) {
        yq_abi_put_uint(&w, weight);
    }
    yq_abi_put_tail(&w, yq_slice_text(id));
    YQ_ASSERT(w.status == YQ_OK);
    data->n = w.n;
}

/* The place of the node that a call speaks of, YQ_MOCK3_NODES when it is none. */
static size_t find_node(const yq_mock3_chain *chain, yq_slice text)
{
    uint8_t id[YQ_MOCK3_ID_SIZE];
    yq_buf out = {id, sizeof id, 0};
    size_t at = 0;
    if (text.n != ID_TEXT_SIZE || yq_hex_decode(&out, (const char *)text.p, text.n) != YQ_OK) {
        return YQ_MOCK3_NODES;
    }
    while (at < YQ_MOCK3_NODES && memcmp(yq_key_public(chain->node[at]).p, id, sizeof id) != 0) {
        at++;
    }
    return at;
}

static size_t sealers(const yq_mock3_chain *chain)
{
    size_t n = 0;
    for (size_t i = 0; i < YQ_MOCK3_NODES; i++) {
        n += chain->weight[i] != 0;
    }
    return n;
}

/* Returns 0 when the contract does not do it: the last sealer stays, a weight is positive. */
static int apply(yq_mock3_chain *chain, action what, size_t node, uint64_t weight)
{
    int is_sealer = chain->weight[node] != 0;
    switch (what) {
    case ADD:
        if (weight == 0) {
            return 0;
        }
        chain->weight[node] = weight;
        return 1;
    case TAKE_AWAY:
        if (is_sealer && sealers(chain) == 1) {
            return 0;
        }
        chain->weight[node] = 0;
        return 1;
    case WEIGH:
        if (!is_sealer || weight == 0) {
            return 0;
        }
        chain->weight[node] = weight;
        return 1;
    }
    return 0;
}

static int run(yq_mock3_chain *chain, yq_slice data)
{
    for (size_t i = 0; i < YQ_ARRAY_N(methods) && data.n > 4; i++) {
        uint8_t selector[4];
        yq_mock3_selector(chain->alg, methods[i].signature, selector);
        if (memcmp(data.p, selector, sizeof selector) != 0) {
            continue;
        }
        yq_cur c = yq_cur_of(yq_slice_of(data.p + 4, data.n - 4));
        yq_slice id = yq_abi_dynamic(&c, 0, ID_TEXT_SIZE);
        uint64_t weight = methods[i].words > 1 ? yq_abi_uint(&c, 1) : 0;
        size_t node = yq_cur_ok(&c) ? find_node(chain, id) : YQ_MOCK3_NODES;
        return node < YQ_MOCK3_NODES && apply(chain, methods[i].what, node, weight);
    }
    return 0;
}

/* int32 0 when it has done something. */
void yq_mock3_consensus_run(yq_mock3_chain *chain, yq_mock3_tx *tx)
{
    if (!run(chain, tx->data)) {
        tx->status = YQ_MOCK3_STATUS_PRECOMPILED;
        return;
    }
    tx->output = calloc(1, WORD_SIZE);
    YQ_ASSERT(tx->output != NULL);
    tx->output_n = WORD_SIZE;
}
