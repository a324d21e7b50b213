#include "conformance/chains/fabric/chain.h"
#include "relay/base/bytes.h"
#include "relay/codec/protobuf.h"

#define GROUPS    2u
#define VALUES    3u
#define POLICIES  4u
#define MOD       5u
#define SIGNATURE 1u
#define IMPLICIT  3u
#define ANY       0u
#define MAJORITY  2u
#define IDENTITY  2u

enum role {
    MEMBER = 0,
    ADMIN = 1,
    CLIENT = 2,
    PEER = 3
};

static void put_text(yq_writer *w, uint32_t number, const char *text)
{
    yq_pb_put_bytes(w, number, yq_slice_text(text));
}

static yq_slice pem_of(const yq_fbmock_member *m)
{
    return yq_slice_of(m->pem, m->pem_n);
}

/* An entry of a map of values or policies: key, and {.., mod_policy} around the content. */
typedef struct entry {
    size_t whole, element, content;
} entry;

static entry begin(yq_writer *w, const char *key)
{
    entry e = {.whole = yq_pb_begin(w)};
    put_text(w, 1, key);
    e.element = yq_pb_begin(w);
    e.content = yq_pb_begin(w);
    return e;
}

static void end(yq_writer *w, entry e, uint32_t map)
{
    yq_pb_end(w, e.content, 2);
    put_text(w, 3, "Admins");
    yq_pb_end(w, e.element, 2);
    yq_pb_end(w, e.whole, map);
}

static void put_implicit(yq_writer *w, const char *key, const char *sub, unsigned rule)
{
    entry e = begin(w, key);
    yq_pb_put_varint(w, 1, IMPLICIT);
    size_t mark = yq_pb_begin(w);
    put_text(w, 1, sub);
    if (rule != ANY) {
        yq_pb_put_varint(w, 2, rule);
    }
    yq_pb_end(w, mark, 2);
    end(w, e, POLICIES);
}

/* SignaturePolicy: so many of the first n principals. */
static void put_rule(yq_writer *w, size_t need, size_t n)
{
    size_t rule = yq_pb_begin(w), of = yq_pb_begin(w);
    yq_pb_put_varint(w, 1, need);
    for (size_t i = 0; i < n; i++) {
        size_t mark = yq_pb_begin(w);
        yq_pb_put_varint(w, 1, i);
        yq_pb_end(w, mark, 2);
    }
    yq_pb_end(w, of, 2);
    yq_pb_end(w, rule, 2);
}

static void put_role(yq_writer *w, const char *msp, unsigned role)
{
    size_t principal = yq_pb_begin(w), body = yq_pb_begin(w);
    put_text(w, 1, msp);
    if (role != MEMBER) {
        yq_pb_put_varint(w, 2, role);
    }
    yq_pb_end(w, body, 2);
    yq_pb_end(w, principal, 3);
}

/* Any one of up to two roles. */
static void put_roles(
    yq_writer *w, const char *key, const char *msp, const unsigned *role, size_t n)
{
    entry e = begin(w, key);
    yq_pb_put_varint(w, 1, SIGNATURE);
    size_t mark = yq_pb_begin(w);
    put_rule(w, 1, n);
    for (size_t i = 0; i < n; i++) {
        put_role(w, msp, role[i]);
    }
    yq_pb_end(w, mark, 2);
    end(w, e, POLICIES);
}

static void put_unit(yq_writer *w, uint32_t number, const yq_fbmock_member *ca, const char *text)
{
    size_t mark = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, pem_of(ca));
    put_text(w, 2, text);
    yq_pb_end(w, mark, number);
}

static void put_msp(yq_writer *w, const yq_fbmock_member *ca)
{
    entry e = begin(w, "MSP");
    size_t config = yq_pb_begin(w);
    put_text(w, 1, ca->msp);
    yq_pb_put_bytes(w, 2, pem_of(ca));
    size_t mark = yq_pb_begin(w);
    put_text(w, 1, "SHA2");
    put_text(w, 2, "SHA256");
    yq_pb_end(w, mark, 8);
    yq_pb_put_bytes(w, 9, pem_of(ca));
    mark = yq_pb_begin(w);
    yq_pb_put_varint(w, 1, 1);
    put_unit(w, 2, ca, "client");
    put_unit(w, 3, ca, "peer");
    put_unit(w, 4, ca, "admin");
    put_unit(w, 5, ca, "orderer");
    yq_pb_end(w, mark, 11);
    yq_pb_end(w, config, 2);
    end(w, e, VALUES);
}

/* A child group; its content is written between. */
static entry begin_group(yq_writer *w, const char *key)
{
    entry e = {.whole = yq_pb_begin(w)};
    put_text(w, 1, key);
    e.element = yq_pb_begin(w);
    return e;
}

static void end_group(yq_writer *w, entry e)
{
    put_text(w, MOD, "Admins");
    yq_pb_end(w, e.element, 2);
    yq_pb_end(w, e.whole, GROUPS);
}

static void put_org(yq_writer *w, const yq_fbmock_member *ca, int orders)
{
    static const unsigned admin[] = {ADMIN}, peer[] = {PEER}, member[] = {MEMBER};
    static const unsigned readers[] = {ADMIN, PEER}, writers[] = {ADMIN, CLIENT};
    entry e = begin_group(w, ca->msp);
    put_msp(w, ca);
    put_roles(w, "Admins", ca->msp, admin, 1);
    if (!orders) {
        put_roles(w, "Endorsement", ca->msp, peer, 1);
    }
    put_roles(w, "Readers", ca->msp, orders ? member : readers, orders ? 1 : 2);
    put_roles(w, "Writers", ca->msp, orders ? member : writers, orders ? 1 : 2);
    end_group(w, e);
}

static void put_capability(yq_writer *w, const char *name)
{
    entry e = begin(w, "Capabilities");
    size_t mark = yq_pb_begin(w);
    put_text(w, 1, name);
    yq_pb_put_bytes(w, 2, (yq_slice){0});
    yq_pb_end(w, mark, 1);
    end(w, e, VALUES);
}

static void put_common_policies(yq_writer *w)
{
    put_implicit(w, "Readers", "Readers", ANY);
    put_implicit(w, "Writers", "Writers", ANY);
}

static void put_application(yq_writer *w, const yq_fbmock_chain *chain)
{
    entry e = begin_group(w, "Application");
    for (size_t i = 0; i < YQ_FBMOCK_ORGS; i++) {
        put_org(w, &chain->ca[i], 0);
    }
    put_capability(w, "V2_0");
    put_implicit(w, "Admins", "Admins", MAJORITY);
    put_implicit(w, "Endorsement", "Endorsement", MAJORITY);
    put_implicit(w, "LifecycleEndorsement", "Endorsement", MAJORITY);
    put_common_policies(w);
    end_group(w, e);
}

/* BlockValidation: so many of the consenters, or any writer of the ordering organisation. */
static void put_block_validation(yq_writer *w, const yq_fbmock_chain *chain)
{
    if (!chain->is_bft) {
        put_implicit(w, "BlockValidation", "Writers", ANY);
        return;
    }
    entry e = begin(w, "BlockValidation");
    yq_pb_put_varint(w, 1, SIGNATURE);
    size_t mark = yq_pb_begin(w);
    put_rule(w, chain->quorum, chain->orderer_n);
    for (size_t i = 0; i < chain->orderer_n; i++) {
        const yq_fbmock_member *o = &chain->orderer[i];
        size_t principal = yq_pb_begin(w);
        yq_pb_put_varint(w, 1, IDENTITY);
        yq_pb_put_bytes(w, 2, yq_slice_of(o->identity, o->identity_n));
        yq_pb_end(w, principal, 3);
    }
    yq_pb_end(w, mark, 2);
    end(w, e, POLICIES);
}

/* Consenter; of raft, without the fields 1, 4 and 5 and with others in their place. */
static void put_consenter(yq_writer *w, const yq_fbmock_chain *chain, size_t i)
{
    const yq_fbmock_member *o = &chain->orderer[i];
    uint32_t base = chain->is_bft ? 1 : 0, tls = chain->is_bft ? 6 : 3;
    size_t mark = yq_pb_begin(w);
    if (chain->is_bft) {
        yq_pb_put_varint(w, 1, i + 1);
    }
    put_text(w, base + 1, "127.0.0.1");
    yq_pb_put_varint(w, base + 2, 7050 + i);
    if (chain->is_bft) {
        put_text(w, 4, o->msp);
        yq_pb_put_bytes(w, 5, pem_of(o));
    }
    yq_pb_put_bytes(w, tls, pem_of(o));
    yq_pb_put_bytes(w, tls + 1, pem_of(o));
    yq_pb_end(w, mark, 1);
}

static void put_consensus(yq_writer *w, const yq_fbmock_chain *chain)
{
    entry e = begin(w, "ConsensusType");
    put_text(w, 1, chain->is_bft ? "BFT" : "etcdraft");
    if (!chain->is_bft) {
        size_t mark = yq_pb_begin(w);
        put_consenter(w, chain, 0);
        yq_pb_end(w, mark, 2);
    }
    end(w, e, VALUES);
    if (chain->is_bft) {
        e = begin(w, "Orderers");
        for (size_t i = 0; i < chain->orderer_n; i++) {
            put_consenter(w, chain, i);
        }
        end(w, e, VALUES);
    }
}

static void put_orderer(yq_writer *w, const yq_fbmock_chain *chain)
{
    entry group = begin_group(w, "Orderer");
    put_org(w, &chain->orderer_ca, 1);
    entry e = begin(w, "BatchSize");
    yq_pb_put_varint(w, 1, YQ_FBMOCK_BLOCK_TXS);
    yq_pb_put_varint(w, 2, 800u << 10);
    yq_pb_put_varint(w, 3, 512u << 10);
    end(w, e, VALUES);
    e = begin(w, "BatchTimeout");
    put_text(w, 1, "500ms");
    end(w, e, VALUES);
    put_capability(w, "V2_0");
    put_consensus(w, chain);
    put_implicit(w, "Admins", "Admins", MAJORITY);
    put_block_validation(w, chain);
    put_common_policies(w);
    end_group(w, group);
}

static void put_channel_group(yq_writer *w, const yq_fbmock_chain *chain)
{
    put_application(w, chain);
    put_orderer(w, chain);
    entry e = begin(w, "BlockDataHashingStructure");
    yq_pb_put_varint(w, 1, UINT32_MAX);
    end(w, e, VALUES);
    put_capability(w, chain->is_bft ? "V3_0" : "V2_0");
    e = begin(w, "HashingAlgorithm");
    put_text(w, 1, "SHA256");
    end(w, e, VALUES);
    put_implicit(w, "Admins", "Admins", MAJORITY);
    put_common_policies(w);
    put_text(w, MOD, "Admins");
}

void yq_fbmock_put_genesis(const yq_fbmock_chain *chain, yq_writer *w)
{
    char tx_id[YQ_FBMOCK_TX_ID_SIZE];
    size_t payload = yq_pb_begin(w), header = yq_pb_begin(w), mark = yq_pb_begin(w);
    yq_fbmock_tx_id(chain, 0, tx_id);
    yq_pb_put_varint(w, 1, 1);
    yq_pb_put_varint(w, 2, 1);
    put_text(w, 4, chain->channel);
    put_text(w, 5, tx_id);
    yq_pb_end(w, mark, 1);
    mark = yq_pb_begin(w);
    yq_pb_put_bytes(w, 2, yq_slice_of(chain->seed, 24));
    yq_pb_end(w, mark, 2);
    yq_pb_end(w, header, 1);
    size_t data = yq_pb_begin(w), config = yq_pb_begin(w), group = yq_pb_begin(w);
    put_channel_group(w, chain);
    yq_pb_end(w, group, 2);
    yq_pb_end(w, config, 1);
    yq_pb_end(w, data, 2);
    yq_pb_end(w, payload, 1);
}
