#include "light-clients/chainmaker/chainmaker.h"
#include "relay/codec/protobuf.h"

#define CONSENSUS_TBFT 1u

int yq_cmaker_set_new(const yq_cmaker_call *call, yq_cmaker_set *out)
{
    out->n = 0;
    out->node = call->host->scratch(call->host->self, YQ_CMAKER_NODES_MAX * sizeof *out->node);
    return out->node != NULL;
}

int yq_cmaker_set_find(const yq_cmaker_set *set, yq_slice id, size_t *place)
{
    int order = 1;
    for (*place = 0; *place < set->n; (*place)++) {
        order = yq_slice_compare(set->node[*place].id, id);
        if (order >= 0) {
            break;
        }
    }
    return *place < set->n && order == 0;
}

int yq_cmaker_set_add(yq_cmaker_set *set, const yq_cmaker_node *node)
{
    size_t place;
    if (yq_cmaker_set_find(set, node->id, &place) || set->n == YQ_CMAKER_NODES_MAX) {
        return 0;
    }
    memmove(&set->node[place + 1], &set->node[place], (set->n - place) * sizeof *set->node);
    set->node[place] = *node;
    set->n++;
    return 1;
}

size_t yq_cmaker_set_bound(const yq_cmaker_set *set)
{
    size_t n = 0;
    for (size_t i = 0; i < set->n; i++) {
        n += set->node[i].scheme != YQ_CMAKER_UNBOUND ? 1 : 0;
    }
    return n;
}

void yq_cmaker_take_set(const yq_cmaker_call *call, yq_cur *c, yq_cmaker_set *out)
{
    size_t at = c->pos, n = yq_cur_u16(c);
    if (n > YQ_CMAKER_NODES_MAX || !yq_cmaker_set_new(call, out)) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "nodes");
        out->n = 0;
        return;
    }
    for (size_t i = 0; i < n && yq_cur_ok(c); i++) {
        at = c->pos;
        yq_cmaker_node node = {.id = yq_cur_str8(c, YQ_CMAKER_NODE_MAX)};
        node.scheme = yq_cur_u8(c);
        if (node.scheme > YQ_CMAKER_SECP256K1_SHA256) {
            yq_cur_fail_field(c, YQ_E_FIELD_UNKNOWN, at, "scheme");
        }
        node.key = yq_cur_take(c, node.scheme == YQ_CMAKER_UNBOUND ? 0 : 64);
        if (!yq_cur_ok(c)) {
            return;
        }
        int order = out->n == 0 ? 1 : yq_slice_compare(node.id, out->node[out->n - 1].id);
        if (order <= 0 || node.id.n == 0) {
            yq_cur_fail_field(c, order == 0 ? YQ_E_DUP_SIGNER : YQ_E_NONCANONICAL, at, "nodes");
        }
        (void)yq_cmaker_set_add(out, &node);
    }
}

void yq_cmaker_put_set(yq_writer *w, const yq_cmaker_set *set)
{
    yq_put_u16(w, (uint16_t)set->n);
    for (size_t i = 0; i < set->n; i++) {
        yq_put_str8(w, set->node[i].id);
        yq_put_u8(w, set->node[i].scheme);
        yq_put(w, set->node[i].key);
    }
}

/* ---- the chain's configuration: only what this client needs is looked into ---- */

static yq_slice find(yq_cur *outer, yq_slice message, uint32_t field)
{
    yq_cur c = yq_cur_of(message);
    int found;
    yq_slice out = yq_pb_find(&c, field, &found);
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, 0, "chain configuration");
    }
    return out;
}

static uint64_t find_number(yq_cur *outer, yq_slice message, uint32_t field)
{
    yq_cur c = yq_cur_of(message);
    yq_pb_field f;
    uint64_t value = 0, seen = 0;
    while (yq_pb_next(&c, &f)) {
        if (f.number == field && yq_pb_once(&c, &f, YQ_PB_VARINT, &seen)) {
            value = f.value;
        }
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, 0, "chain configuration");
    }
    return value;
}

/* A node of before keeps its key. */
static void add_node(
    yq_cur *outer, const yq_cmaker_set *old, const yq_pb_field *f, yq_cmaker_set *out)
{
    size_t place;
    yq_cmaker_node node = {.id = f->bytes};
    if (f->type != YQ_PB_BYTES || node.id.n == 0 || node.id.n > YQ_CMAKER_NODE_MAX) {
        yq_cur_fail_field(outer, YQ_E_LEN, 0, "node_id");
        return;
    }
    if (yq_cmaker_set_find(old, node.id, &place)) {
        node = old->node[place];
    }
    if (!yq_cmaker_set_add(out, &node)) {
        yq_cur_fail_field(
            outer, out->n == YQ_CMAKER_NODES_MAX ? YQ_E_LIMIT : YQ_E_DUP_SIGNER, 0, "node_id");
    }
}

/* OrgConfig {1 org_id, 2 address, 3 repeated node_id} */
static void read_org(yq_cur *outer, yq_slice org, const yq_cmaker_set *old, yq_cmaker_set *out)
{
    yq_cur c = yq_cur_of(org);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.number == 3) {
            add_node(outer, old, &f, out);
        }
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, 0, "nodes");
    }
}

/* ConsensusConfig {1 type, 2 repeated OrgConfig} */
static void read_nodes(
    yq_cur *outer, yq_slice consensus, const yq_cmaker_set *old, yq_cmaker_set *out)
{
    yq_cur c = yq_cur_of(consensus);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.number == 2 && f.type == YQ_PB_BYTES) {
            read_org(outer, f.bytes, old, out);
        }
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, 0, "nodes");
    }
}

static const char *hash_name(uint32_t alg)
{
    return alg == YQ_HASH_SM3 ? "SM3" : alg == YQ_HASH_SHA256 ? "SHA256" : "SHA3_256";
}

/* ChainConfig {1 chain_id, 5 crypto {1 hash}, 8 consensus} */
yq_status yq_cmaker_config_apply(
    const yq_cmaker_call *call, yq_cmaker_state *state, const yq_cmaker_tx *tx)
{
    yq_cur c = yq_cur_of(tx->result);
    yq_cmaker_set next;
    if (tx->code != 0 || tx->contract_code != 0) {
        return yq_cmaker_fail(call, YQ_E_TX_FAILED, "configuration transaction");
    }
    if (!yq_slice_equal(tx->contract, yq_slice_text("CHAIN_CONFIG"))) {
        return yq_cmaker_fail(call, YQ_E_SET_CHANGE, "not the configuration contract");
    }
    if (!yq_cmaker_set_new(call, &next)) {
        return yq_cmaker_fail(call, YQ_E_LIMIT, "nodes");
    }
    yq_slice chain_id = find(&c, tx->result, 1), crypto = find(&c, tx->result, 5);
    yq_slice consensus = find(&c, tx->result, 8), hash = find(&c, crypto, 1);
    uint64_t type = find_number(&c, consensus, 1);
    read_nodes(&c, consensus, &state->set, &next);
    yq_status status = yq_cur_status(&c, call->why);
    if (status != YQ_OK) {
        return status;
    }
    if (!yq_slice_equal(chain_id, state->chain_id)) {
        return yq_cmaker_fail(call, YQ_E_DOMAIN, "configuration of another chain");
    }
    if (type != CONSENSUS_TBFT || !yq_slice_equal(hash, yq_slice_text(hash_name(call->alg)))) {
        return yq_cmaker_fail(call, YQ_E_SET_CHANGE, "another consensus or hash");
    }
    if (yq_cmaker_set_bound(&next) < yq_cmaker_quorum(next.n)) {
        return yq_cmaker_fail(call, YQ_E_SET_CHANGE, "too few nodes whose keys are bound");
    }
    state->set = next;
    return YQ_OK;
}
