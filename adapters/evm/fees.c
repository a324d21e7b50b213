#include "adapters/evm/fields.h"
#include "adapters/evm/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdio.h>

#define HISTORY "[\"0x5\",\"latest\",[50]]"

/* What the latest block says. */
typedef struct latest {
    int has_base;
    uint64_t base, gas_limit;
} latest;

static yq_status read_latest(yq_evma_session *s, uint64_t until_ms, latest *out, yq_fault *why)
{
    yq_json *reply = NULL;
    *out = (latest){0};
    yq_status status = yq_jsonrpc_ask_any(
        &s->rpc, "eth_getBlockByNumber", "[\"latest\",false]", until_ms, &reply, why);
    if (status != YQ_OK) {
        return status;
    }
    const yq_json *block = yq_jsonrpc_result(reply);
    out->has_base = yq_evma_has(block, "baseFeePerGas");
    if (!yq_json_quantity(yq_json_get(block, "gasLimit"), &out->gas_limit) ||
        (out->has_base && !yq_json_quantity(yq_json_get(block, "baseFeePerGas"), &out->base))) {
        status = yq_fail(why, YQ_E_PEER, 0, "latest block: gasLimit, baseFeePerGas");
    }
    yq_json_free(reply);
    return status;
}

/* The greatest of what half of the last blocks' gas paid on top. Returns 0 where there is none. */
static uint64_t tip_of(const yq_json *history)
{
    const yq_json *reward = yq_json_get(history, "reward");
    uint64_t tip = 0;
    for (size_t i = 0; i < yq_json_count(reward); i++) {
        uint64_t one;
        if (yq_json_quantity(yq_json_at(yq_json_at(reward, i), 0), &one) && one > tip) {
            tip = one;
        }
    }
    return tip;
}

/* A node without the method has no market either: no tip. */
static yq_status read_tip(yq_evma_session *s, uint64_t until_ms, uint64_t *tip, yq_fault *why)
{
    yq_json *reply = NULL;
    *tip = 0;
    yq_status status =
        yq_jsonrpc_ask_any(&s->rpc, "eth_feeHistory", HISTORY, until_ms, &reply, why);
    if (status == YQ_E_PEER && s->rpc.code == YQ_JSONRPC_NO_METHOD) {
        return YQ_OK;
    }
    if (status == YQ_OK) {
        *tip = tip_of(yq_jsonrpc_result(reply));
    }
    yq_json_free(reply);
    return status;
}

static yq_status read_price(yq_evma_session *s, uint64_t until_ms, uint64_t *price, yq_fault *why)
{
    yq_json *reply = NULL;
    yq_status status = yq_jsonrpc_ask_any(&s->rpc, "eth_gasPrice", "[]", until_ms, &reply, why);
    if (status == YQ_OK && !yq_json_quantity(yq_jsonrpc_result(reply), price)) {
        status = yq_fail(why, YQ_E_PEER, 0, "eth_gasPrice: no number");
    }
    yq_json_free(reply);
    return status;
}

/* A node that names a price would otherwise decide what the account spends. */
static yq_status check_price(const yq_evma_session *s, uint64_t price, yq_fault *why)
{
    if (price <= s->fee_max) {
        return YQ_OK;
    }
    char text[96];
    (void)snprintf(text, sizeof text, "the price of gas is %" PRIu64 " wei, above fee_max", price);
    return yq_fail(why, YQ_E_LIMIT, 0, text);
}

yq_status yq_evma_fees_get(yq_evma_session *s, uint64_t until_ms, yq_evma_fees *out, yq_fault *why)
{
    latest block;
    *out = (yq_evma_fees){0};
    yq_status status = read_latest(s, until_ms, &block, why);
    if (status != YQ_OK) {
        return status;
    }
    out->gas_limit = s->gas_limit < block.gas_limit ? s->gas_limit : block.gas_limit;
    out->eip1559 =
        s->price == YQ_EVMA_PRICE_EIP1559 || (s->price == YQ_EVMA_PRICE_AUTO && block.has_base);
    if (!out->eip1559) {
        status = read_price(s, until_ms, &out->gas_price, why);
        return status == YQ_OK ? check_price(s, out->gas_price, why) : status;
    }
    status = read_tip(s, until_ms, &out->tip, why);
    if (status == YQ_OK) {
        status = check_price(s, out->tip, why);
    }
    if (status == YQ_OK) {
        status = check_price(s, block.base, why);
    }
    if (status == YQ_OK) { /* the base may rise before the block comes */
        uint64_t twice = block.base <= s->fee_max - block.base ? 2 * block.base : s->fee_max;
        out->fee_cap = out->tip <= s->fee_max - twice ? twice + out->tip : s->fee_max;
    }
    return status;
}
