#include "light-clients/fabric/bundle.h"

#include "light-clients/fabric/header.h"
#include "relay/base/assert.h"

/* Config {1: sequence, 2: channel_group}. */
static yq_status decode_config(const yq_fabric_call *call, yq_fabric_bundle *b, yq_slice *group)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(b->config, &form);
    yq_fabric_field f;
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_uint(&w, &f, &b->sequence);
        } else if (f.number == 2) {
            yq_fabric_wire_bytes(&w, &f, group);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
    return form.ok && form.strict ? YQ_OK : yq_fabric_fail(call, YQ_E_NONCANONICAL, "Config");
}

/* Capabilities {1: map of names}. A name that is not known may change any rule. */
static yq_status read_capabilities(
    const yq_fabric_call *call, yq_fabric_bundle *b, yq_fabric_ou_rules *ou_rules)
{
    static const struct {
        const char *name;
        yq_fabric_ou_rules ou_rules;
        int by_identifier;
    } known[] = {
        {"V1_1", YQ_FABRIC_OUS_CLIENT_PEER, 0},
        {"V1_3", YQ_FABRIC_OUS_CLIENT_PEER, 0},
        {"V1_4_2", YQ_FABRIC_OUS_CLIENT_PEER, 0},
        {"V1_4_3", YQ_FABRIC_OUS_ALL, 0},
        {"V2_0", YQ_FABRIC_OUS_ALL, 0},
        {"V3_0", YQ_FABRIC_OUS_ALL, 1}};
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(yq_fabric_tree_value(&b->tree, 0, "Capabilities"), &form);
    yq_fabric_field f;
    *ou_rules = YQ_FABRIC_OUS_NONE;
    while (yq_fabric_wire_next(&w, &f)) {
        yq_slice entry, key, value;
        if (f.number != 1 || !yq_fabric_wire_item(&w, &f, &entry)) {
            continue;
        }
        yq_fabric_wire_entry(entry, &key, &value, &form);
        size_t i = 0;
        while (i < YQ_ARRAY_N(known) && !yq_slice_equal(key, yq_slice_text(known[i].name))) {
            i++;
        }
        if (i == YQ_ARRAY_N(known)) {
            return yq_fabric_fail(call, YQ_E_UNSUPPORTED, "channel capability");
        }
        *ou_rules = known[i].ou_rules > *ou_rules ? known[i].ou_rules : *ou_rules;
        b->by_identifier |= known[i].by_identifier;
    }
    return form.ok ? YQ_OK : yq_fabric_fail(call, YQ_E_CONFIG_INVALID, "capabilities");
}

/* A field of a message, the last that stands there; empty when there is none. */
static yq_slice bytes_field(yq_slice in, uint32_t number)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(in, &form);
    yq_fabric_field f;
    yq_slice out = {0};
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == number) {
            yq_fabric_wire_bytes(&w, &f, &out);
        }
    }
    return form.ok ? out : (yq_slice){0};
}

static size_t count_field(yq_slice in, uint32_t number)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(in, &form);
    yq_fabric_field f;
    size_t n = 0;
    while (yq_fabric_wire_next(&w, &f)) {
        n += f.number == number ? 1 : 0;
    }
    return n;
}

static yq_status add_msps(const yq_fabric_call *call, yq_fabric_bundle *b, uint32_t group)
{
    if (group == YQ_FABRIC_NONE) {
        return YQ_OK;
    }
    const yq_fabric_element *g = &b->tree.e[group];
    for (uint32_t i = g->child; i < g->child + g->child_n; i++) {
        if (b->tree.e[i].kind != YQ_FABRIC_GROUP) {
            continue;
        }
        yq_slice msp = yq_fabric_tree_value(&b->tree, i, "MSP");
        yq_status status = yq_fabric_members_add(call, &b->members, msp);
        if (status != YQ_OK) {
            return status;
        }
    }
    return YQ_OK;
}

/* Consenter {1: id, 2: host, 3: port, 4: msp_id, 5: identity, 6, 7: TLS certificates}. */
static int decode_consenter(yq_slice in, yq_fabric_consenter *out)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(in, &form);
    yq_fabric_field f;
    uint64_t id = 0;
    *out = (yq_fabric_consenter){0};
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_uint(&w, &f, &id);
        } else if (f.number == 4) {
            yq_fabric_wire_text(&w, &f, &out->msp_id);
        } else if (f.number == 5) {
            yq_fabric_wire_bytes(&w, &f, &out->identity);
        }
    }
    out->id = (uint32_t)id;
    return form.ok && form.strict && id <= UINT32_MAX && out->msp_id.n > 0 && out->identity.n > 0;
}

static yq_status read_consenters(const yq_fabric_call *call, yq_fabric_bundle *b)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w =
        yq_fabric_wire_of(yq_fabric_tree_value(&b->tree, b->orderer, "Orderers"), &form);
    yq_fabric_field f;
    while (yq_fabric_wire_next(&w, &f)) {
        yq_slice item;
        if (f.number != 1 || !yq_fabric_wire_item(&w, &f, &item)) {
            continue;
        }
        if (b->consenter_n == YQ_FABRIC_CONSENTERS_MAX) {
            return yq_fabric_fail(call, YQ_E_LIMIT, "consenters");
        }
        yq_fabric_consenter *c = &b->consenter[b->consenter_n];
        if (!decode_consenter(item, c)) {
            return yq_fabric_fail(call, YQ_E_CONFIG_INVALID, "consenter");
        }
        for (size_t i = 0; i < b->consenter_n; i++) {
            if (b->consenter[i].id == c->id ||
                yq_slice_equal(b->consenter[i].identity, c->identity)) {
                return yq_fabric_fail(call, YQ_E_CONFIG_INVALID, "two consenters alike");
            }
        }
        b->consenter_n++;
    }
    if (!form.ok || b->consenter_n == 0) {
        return yq_fabric_fail(call, YQ_E_CONFIG_INVALID, "consenters");
    }
    return YQ_OK;
}

static yq_status read_consensus(const yq_fabric_call *call, yq_fabric_bundle *b)
{
    yq_slice consensus = yq_fabric_tree_value(&b->tree, b->orderer, "ConsensusType");
    yq_slice type = bytes_field(consensus, 1);
    if (yq_slice_equal(type, yq_slice_text("BFT"))) {
        b->class_ = YQ_FABRIC_CLASS_BFT;
        yq_status status = read_consenters(call, b);
        if (status != YQ_OK) {
            return status;
        }
        size_t n = b->consenter_n, faulty = (n - 1) / 3;
        b->validators = (uint16_t)n;
        b->quorum = (uint16_t)((n + faulty + 2) / 2);
        return YQ_OK;
    }
    if (!yq_slice_equal(type, yq_slice_text("etcdraft")) &&
        !yq_slice_equal(type, yq_slice_text("kafka")) &&
        !yq_slice_equal(type, yq_slice_text("solo"))) {
        return yq_fabric_fail(call, YQ_E_UNSUPPORTED, "consensus type");
    }
    b->class_ = YQ_FABRIC_CLASS_CFT;
    size_t n = count_field(bytes_field(consensus, 2), 1);
    b->validators = n > UINT16_MAX ? UINT16_MAX : (uint16_t)n;
    uint32_t least = yq_fabric_policy_least(&b->tree, b->block_validation);
    b->quorum = least > UINT16_MAX ? UINT16_MAX : (uint16_t)least;
    return YQ_OK;
}

/* Blocks that nobody has to sign, or by a policy that cannot be read, are none. An implicit policy
 * over groups that demand nothing shows only when nobody is asked. */
static yq_status check_demand(const yq_fabric_call *call, yq_fabric_bundle *b)
{
    static const yq_fabric_signers nobody = {.n = 0};
    const yq_fabric_question q = {
        .call = call, .tree = &b->tree, .members = &b->members, .signers = &nobody};
    int satisfied = 0;
    yq_status status = yq_fabric_policy_element(&q, b->block_validation, &satisfied);
    if (status != YQ_OK) {
        return status;
    }
    return satisfied || yq_fabric_policy_least(&b->tree, b->block_validation) == 0
               ? yq_fabric_fail(call, YQ_E_THRESHOLD_LOW, "BlockValidation")
               : YQ_OK;
}

yq_status yq_fabric_bundle_decode(const yq_fabric_call *call, yq_slice config, yq_fabric_bundle *b)
{
    yq_slice group = {0};
    *b = (yq_fabric_bundle){.config = config};
    if (config.n > YQ_FABRIC_CONFIG_MAX) {
        return yq_fabric_fail(call, YQ_E_LIMIT, "Config");
    }
    yq_status status = decode_config(call, b, &group);
    if (status == YQ_OK) {
        status = yq_fabric_tree_decode(call, group, &b->tree);
    }
    yq_fabric_ou_rules ou_rules;
    if (status == YQ_OK) {
        status = read_capabilities(call, b, &ou_rules);
    }
    if (status == YQ_OK) {
        status = yq_fabric_members_begin(call, &b->members, ou_rules);
    }
    if (status != YQ_OK) {
        return status;
    }
    const yq_fabric_tree *tree = &b->tree;
    b->orderer = yq_fabric_tree_find(tree, 0, YQ_FABRIC_GROUP, yq_slice_text("Orderer"));
    b->application = yq_fabric_tree_find(tree, 0, YQ_FABRIC_GROUP, yq_slice_text("Application"));
    b->block_validation =
        yq_fabric_tree_find(tree, b->orderer, YQ_FABRIC_POLICY, yq_slice_text("BlockValidation"));
    if (b->block_validation == YQ_FABRIC_NONE) {
        return yq_fabric_fail(call, YQ_E_CONFIG_INVALID, "no orderers");
    }
    yq_slice hash = bytes_field(yq_fabric_tree_value(tree, 0, "HashingAlgorithm"), 1);
    int is_sm = call->dialect->signing != YQ_FABRIC_SIGNING_PLAIN &&
                yq_slice_equal(hash, yq_slice_text("SM3"));
    if (!is_sm && !yq_slice_equal(hash, yq_slice_text("SHA256"))) {
        return yq_fabric_fail(call, YQ_E_UNSUPPORTED, "HashingAlgorithm");
    }
    status = add_msps(call, b, b->orderer);
    if (status == YQ_OK) {
        status = add_msps(call, b, b->application);
    }
    if (status == YQ_OK) {
        status = check_demand(call, b);
    }
    return status == YQ_OK ? read_consensus(call, b) : status;
}

void yq_fabric_bundle_set_hash(
    const yq_fabric_call *call, const yq_fabric_bundle *bundle, yq_digest *hash)
{
    /* BFT: consenters in their order; else the ordering organisations' MSPs. */
    static const uint8_t tag[] = "YUQIAO-FABRIC-SET-1";
    yq_slice part[1 + 2 * YQ_FABRIC_MSP_N_MAX];
    size_t n = 0;
    part[n++] = yq_slice_of(tag, sizeof tag - 1);
    for (size_t i = 0; i < bundle->consenter_n; i++) {
        part[n++] = bundle->consenter[i].msp_id;
        part[n++] = bundle->consenter[i].identity;
    }
    const yq_fabric_element *g = &bundle->tree.e[bundle->orderer];
    for (uint32_t i = g->child; i < g->child + g->child_n && bundle->consenter_n == 0; i++) {
        if (bundle->tree.e[i].kind == YQ_FABRIC_GROUP && n + 2 <= YQ_ARRAY_N(part)) {
            part[n++] = bundle->tree.e[i].key;
            part[n++] = yq_fabric_tree_value(&bundle->tree, i, "MSP");
        }
    }
    call->host->hash(call->host->self, YQ_HASH_SM3, part, n, hash->b);
}

/* Who signed. Returns E_SIGNER_UNKNOWN for a consenter or MSP that is not there. */
static yq_status signer_of(
    const yq_fabric_call *call,
    yq_fabric_bundle *b,
    const yq_fabric_block_signature *s,
    const yq_fabric_identity **id)
{
    if (!s->by_identifier) {
        return yq_fabric_identity_of(call, &b->members, s->creator, id);
    }
    for (size_t i = 0; i < b->consenter_n && b->by_identifier; i++) {
        const yq_fabric_consenter *c = &b->consenter[i];
        if (c->id == s->identifier) {
            return yq_fabric_identity_of_parts(call, &b->members, c->msp_id, c->identity, id);
        }
    }
    return yq_fabric_fail(call, YQ_E_SIGNER_UNKNOWN, "identifier");
}

/* Resolves the signers and prepares their checks. */
static yq_status gather(
    const yq_fabric_call *call,
    yq_fabric_bundle *b,
    const yq_fabric_block *block,
    const yq_fabric_signatures *signatures,
    yq_fabric_signers *signers,
    yq_signature *job)
{
    uint8_t header[YQ_FABRIC_HEADER_BYTES_MAX];
    yq_slice header_bytes = yq_fabric_header_bytes(block, header);
    for (size_t i = 0; i < signatures->n; i++) {
        const yq_fabric_block_signature *s = &signatures->item[i];
        const yq_fabric_identity *id = NULL;
        yq_status status = signer_of(call, b, s, &id);
        if (status != YQ_OK) {
            return status;
        }
        YQ_ASSERT(id != NULL);
        if (id->status != YQ_OK) {
            return yq_fabric_fail(call, id->status, "orderer's identity");
        }
        if (!yq_fabric_signers_add(signers, id)) {
            return yq_fabric_fail(call, YQ_E_DUP_SIGNER, "orderer");
        }
        const yq_slice part[] = {signatures->value, s->signed_header, header_bytes};
        status =
            yq_fabric_signature_job(call, &id->cert, part, YQ_ARRAY_N(part), s->signature, &job[i]);
        if (status == YQ_OK && job[i].alg != YQ_SIG_ED25519_MESSAGE &&
            !yq_fabric_signature_is_exact(s->signature)) {
            status = YQ_E_NONCANONICAL;
        }
        if (status != YQ_OK) {
            return yq_fabric_fail(call, status, "orderer's signature");
        }
    }
    return YQ_OK;
}

/* How many different consenters are among the signers. */
static yq_status count_consenters(
    const yq_fabric_call *call, yq_fabric_bundle *b, const yq_fabric_signers *signers, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < b->consenter_n; i++) {
        const yq_fabric_consenter *c = &b->consenter[i];
        const yq_fabric_identity *id;
        yq_status status =
            yq_fabric_identity_of_parts(call, &b->members, c->msp_id, c->identity, &id);
        if (status != YQ_OK) {
            return status;
        }
        for (size_t k = 0; k < signers->n; k++) {
            if (yq_fabric_identity_same(signers->id[k], id)) {
                ++*n;
                break;
            }
        }
    }
    return YQ_OK;
}

static yq_status check_quorum(
    const yq_fabric_call *call, yq_fabric_bundle *b, const yq_fabric_signers *signers)
{
    int satisfied = 0;
    const yq_fabric_question q = {
        .call = call, .tree = &b->tree, .members = &b->members, .signers = signers};
    yq_status status = yq_fabric_policy_element(&q, b->block_validation, &satisfied);
    if (status != YQ_OK) {
        return status;
    }
    size_t n = signers->n;
    if (b->class_ == YQ_FABRIC_CLASS_BFT) {
        status = count_consenters(call, b, signers, &n);
        if (status != YQ_OK) {
            return status;
        }
    }
    if (!satisfied || (b->class_ == YQ_FABRIC_CLASS_BFT && n < b->quorum)) {
        return yq_fabric_fail(call, YQ_E_QUORUM, "BlockValidation");
    }
    return YQ_OK;
}

yq_status yq_fabric_bundle_check_block(
    const yq_fabric_call *call,
    yq_fabric_bundle *b,
    const yq_fabric_block *block,
    uint64_t *last_config)
{
    yq_fabric_signatures *signatures = yq_fabric_room(call, 1, sizeof *signatures);
    yq_fabric_signers *signers = yq_fabric_room(call, 1, sizeof *signers);
    yq_signature *job = yq_fabric_room(call, YQ_FABRIC_SIGNATURES_MAX, sizeof *job);
    if (signatures == NULL || signers == NULL || job == NULL) {
        return yq_fabric_fail(call, YQ_E_LIMIT, "signatures");
    }
    yq_status status = yq_fabric_signatures_decode(call, block->signatures, signatures);
    if (status == YQ_OK) {
        status = gather(call, b, block, signatures, signers, job);
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_status valid[YQ_FABRIC_SIGNATURES_MAX];
    status = yq_fabric_check(call, job, signatures->n, valid);
    if (status != YQ_OK) {
        return yq_fabric_fail(call, status, "orderers' signatures");
    }
    for (size_t i = 0; i < signatures->n; i++) {
        if (valid[i] != YQ_OK) {
            return yq_fabric_fail(call, valid[i], "orderer's signature");
        }
    }
    *last_config = signatures->last_config;
    return check_quorum(call, b, signers);
}

yq_status yq_fabric_config_decode(
    const yq_fabric_call *call, yq_slice payload, yq_slice channel, yq_fabric_config_payload *out)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_payload p;
    *out = (yq_fabric_config_payload){0};
    yq_fabric_payload_decode(payload, &p, &form);
    if (!form.ok || !form.strict) {
        return yq_fabric_fail(call, YQ_E_NONCANONICAL, "payload");
    }
    if (p.type != YQ_FABRIC_TYPE_CONFIG) {
        return yq_fabric_fail(call, YQ_E_TYPE, "not a config envelope");
    }
    if (!yq_slice_equal(p.channel_id, channel)) {
        return yq_fabric_fail(call, YQ_E_DOMAIN, "channel_id");
    }
    yq_fabric_wire w = yq_fabric_wire_of(p.data, &form);
    yq_fabric_field f;
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_bytes(&w, &f, &out->config);
        } else if (f.number == 2) {
            yq_fabric_wire_bytes(&w, &f, &out->last_update);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
    if (!form.ok || !form.strict) {
        return yq_fabric_fail(call, YQ_E_NONCANONICAL, "ConfigEnvelope");
    }
    return out->config.n > 0 ? YQ_OK : yq_fabric_fail(call, YQ_E_FIELD_MISSING, "config");
}
