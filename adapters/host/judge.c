#include "adapters/host/host.h"
#include "relay/base/errors.h"
#include "relay/hub/methods.h"

/* Of an event, with the client beyond its height. */
static yq_host_verdict judge_event(yq_status code)
{
    static const yq_status refused[] = {
        YQ_E_STATE,
        YQ_E_EMITTER,
        YQ_E_HEIGHT,
        YQ_E_EXISTS,
        YQ_E_DOMAIN,
        YQ_E_BODY_MISMATCH,
        YQ_E_NOT_FOUND,
        YQ_E_VALSET_HASH,
        YQ_E_CONFLICT,
        YQ_E_TX_FAILED,
        YQ_E_TARGET_FORBIDDEN,
        YQ_E_LANE_ORDER,
        YQ_E_NESTED,
    };
    static const yq_status held[] = {
        YQ_E_CHAIN_FROZEN,
        YQ_E_CHAIN_INACTIVE,
        YQ_E_SIGNER_UNKNOWN,
        YQ_E_PERMISSION,
        YQ_E_BUDGET,
        YQ_E_UNSUPPORTED,
        YQ_E_METHOD_UNKNOWN,
        YQ_E_VERSION,
        YQ_E_BUSY,
        YQ_E_TRUST_EXPIRED,
        YQ_E_HEADER_UNKNOWN,
    };
    for (size_t i = 0; i < YQ_ARRAY_N(refused); i++) {
        if (code == refused[i]) {
            return YQ_HOST_REFUSED;
        }
    }
    for (size_t i = 0; i < YQ_ARRAY_N(held); i++) {
        if (code == held[i]) {
            return YQ_HOST_HOLD;
        }
    }
    return yq_status_is_fault(code) ? YQ_HOST_HOLD : YQ_HOST_PARK;
}

yq_host_verdict yq_host_judge(uint16_t method, yq_status code)
{
    if (code == YQ_OK || code == YQ_E_REPLAY) {
        return YQ_HOST_DONE;
    }
    return method == YQ_METHOD_PACKET_EVENT ? judge_event(code) : YQ_HOST_HOLD;
}
