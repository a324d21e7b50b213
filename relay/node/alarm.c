#include "relay/base/log.h"
#include "relay/node/advice.h"
#include "relay/node/state.h"

#include <inttypes.h>

void drive_diverged(yq_node *n, const char *text)
{
    n->diverged = 1;
    yq_log(
        YQ_LOG_ERROR,
        "node",
        "this node's state differs from the certified one: it signs nothing more and goes on "
        "serving; keep its data for inspection, then set up a new home code=E_STATE_DIVERGENCE "
        "reason=\"%s\"",
        text);
}

/* Looks for own signatures that are not this process's. */
void drive_twin(yq_node *n, const yq_cert *cert)
{
    uint32_t alg = yq_ledger_identity_of(n->ledger)->alg;
    if (n->twin || n->guard == NULL || !twin_proves(&n->watch, cert, alg, &n->set, n->own_index)) {
        return;
    }
    n->twin = 1;
    const node_advice *advice = node_advice_of(YQ_E_TWIN_KEY);
    yq_log(
        YQ_LOG_ERROR,
        "node",
        "somebody else signs with this node's key: it signs nothing more and goes on serving "
        "code=E_TWIN_KEY epoch=%" PRIu64 " view=%" PRIu64 " todo=\"%s\" todo_zh=\"%s\"",
        cert->epoch,
        cert->view,
        advice->en,
        advice->zh);
}
