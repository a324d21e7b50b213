#include "adapters/chainmaker/wire.h"
#include "relay/base/bytes.h"
#include "relay/codec/protobuf.h"

static yq_slice find(yq_cur *outer, yq_slice in, uint32_t number)
{
    yq_cur c = yq_cur_of(in);
    int found;
    yq_slice out = yq_pb_find(&c, number, &found);
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, 0, "chain configuration");
    }
    return out;
}

/* Keeps them ascending. */
static void add_node(yq_cur *outer, yq_slice id, yq_cma_config *out)
{
    size_t at = out->node_n;
    if (id.n == 0 || id.n > YQ_CMA_NODE_MAX || at == YQ_CMA_NODES_MAX) {
        yq_cur_fail_field(outer, YQ_E_LIMIT, 0, "node_id");
        return;
    }
    while (at > 0 && yq_slice_compare(out->node[at - 1], id) > 0) {
        at--;
    }
    if (at > 0 && yq_slice_equal(out->node[at - 1], id)) {
        yq_cur_fail_field(outer, YQ_E_DUP_SIGNER, 0, "node_id");
        return;
    }
    memmove(&out->node[at + 1], &out->node[at], (out->node_n - at) * sizeof out->node[0]);
    out->node[at] = id;
    out->node_n++;
}

/* OrgConfig {1 org_id, 2 address, 3 repeated node_id} */
static void read_org(yq_cur *outer, yq_slice org, yq_cma_config *out)
{
    yq_cur c = yq_cur_of(org);
    yq_pb_field f;
    while (yq_pb_next(&c, &f) && yq_cur_ok(outer)) {
        if (f.number == 3 && f.type == YQ_PB_BYTES) {
            add_node(outer, f.bytes, out);
        }
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, 0, "nodes");
    }
}

/* ConsensusConfig {1 type, 2 repeated OrgConfig} */
static void read_consensus(yq_cur *outer, yq_slice consensus, yq_cma_config *out)
{
    yq_cur c = yq_cur_of(consensus);
    yq_pb_field f;
    while (yq_pb_next(&c, &f) && yq_cur_ok(outer)) {
        if (f.number == 1 && f.type == YQ_PB_VARINT) {
            out->consensus = f.value > UINT32_MAX ? UINT32_MAX : (uint32_t)f.value;
        } else if (f.number == 2 && f.type == YQ_PB_BYTES) {
            read_org(outer, f.bytes, out);
        }
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, 0, "consensus");
    }
}

yq_status yq_cma_config_decode(yq_slice in, yq_cma_config *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    *out = (yq_cma_config){0};
    out->chain_id = find(&c, in, 1);
    out->auth_type = find(&c, in, 3);
    out->hash = find(&c, find(&c, in, 5), 1);
    read_consensus(&c, find(&c, in, 8), out);
    if (yq_cur_ok(&c) && (out->chain_id.n == 0 || out->node_n == 0)) {
        yq_cur_fail_field(&c, YQ_E_FIELD_MISSING, 0, "chain_id, nodes");
    }
    return yq_cur_status(&c, why);
}
