#ifndef YQ_LIGHT_CLIENTS_FABRIC_TEST_NET_H
#define YQ_LIGHT_CLIENTS_FABRIC_TEST_NET_H

/*
 * A Fabric network of the tests: signed blocks and transactions, each with knobs to make it wrong.
 * Written from the formats, apart from the verifier.
 */
#include "light-clients/fabric/test_config.h"

/* Payload {Header, data}. */
static inline yq_slice payload_of(
    unsigned type,
    const char *channel,
    const char *tx_id,
    yq_slice creator,
    yq_slice nonce,
    yq_slice ext,
    yq_slice data)
{
    yq_slice channel_header = JOIN(
        pb_opt(1, type),
        pb_bytes(3, pb_uint(1, 1795435200)),
        pb_text(4, channel),
        pb_text(5, tx_id),
        ext.n == 0 ? nothing : pb_bytes(7, ext));
    yq_slice signature_header =
        JOIN(creator.n == 0 ? nothing : pb_bytes(1, creator), pb_bytes(2, nonce));
    return JOIN(
        pb_bytes(1, JOIN(pb_bytes(1, channel_header), pb_bytes(2, signature_header))),
        pb_bytes(2, data));
}

static inline yq_slice hashed(uint32_t alg, yq_slice in)
{
    uint8_t md[32];
    yq_hash_one(alg, in, md);
    return copy_of(YQ_SLICE_OF(md));
}

static inline yq_slice digest_of(yq_slice in)
{
    return hashed(YQ_HASH_SHA256, in);
}

static inline yq_slice header_der(const parts *b)
{
    const uint8_t number[] = {0, (uint8_t)b->number}; /* the tests' chains are short */
    size_t skip = number[1] < 0x80; /* a leading zero keeps a set top bit positive */
    return SEQ(
        der(YQ_DER_INTEGER, yq_slice_of(number + skip, sizeof number - skip)),
        der(YQ_DER_OCTET_STRING, b->previous_hash),
        der(YQ_DER_OCTET_STRING, b->data_hash));
}

/* An orderer's signature with knobs. */
typedef struct orderer_spec {
    unsigned id;         /* key and identifier */
    unsigned identifier; /* 0: id */
    int high;            /* s in the other form */
    yq_slice tail;       /* behind the DER */
    yq_slice creator;    /* Raft: not the usual identity */
    const char *key;     /* not the usual key */
} orderer_spec;

/* value: what the orderers sign beside the header. */
static inline yq_slice metadata_over(
    const net *n, const parts *b, yq_slice value, const orderer_spec *o, size_t o_n)
{
    yq_writer w = room(CAP);
    yq_pb_put_bytes(&w, 1, value);
    for (size_t i = 0; i < o_n; i++) {
        char name[24];
        snprintf(name, sizeof name, "orderer%u", o[i].id);
        yq_slice header =
            n->is_bft
                ? JOIN(pb_uint(1, o[i].identifier ? o[i].identifier : o[i].id), pb_text(2, "nonce"))
                : JOIN(
                      pb_bytes(
                          1,
                          o[i].creator.n > 0 ? o[i].creator
                                             : identity_of("OrdererMSP", orderer_pem(o[i].id))),
                      pb_text(2, "nonce"));
        yq_slice sig = signature_of(
            o[i].key != NULL ? o[i].key : name, JOIN(value, header, header_der(b)), o[i].high);
        yq_pb_put_bytes(
            &w,
            2,
            n->is_bft ? JOIN(pb_bytes(2, JOIN(sig, o[i].tail)), pb_bytes(3, header))
                      : JOIN(pb_bytes(1, header), pb_bytes(2, JOIN(sig, o[i].tail))));
    }
    return done(&w);
}

static inline yq_slice metadata_of(
    const net *n, const parts *b, uint64_t last_config, const orderer_spec *o, size_t o_n)
{
    yq_slice value = JOIN(pb_bytes(1, pb_opt(1, last_config)), pb_bytes(2, text("m")));
    return metadata_over(n, b, value, o, o_n);
}

/* The next block of the chain, unsigned. */
static inline parts block_next(const net *n, const yq_slice *element, size_t element_n)
{
    parts b = {.number = n->number + 1, .n = element_n};
    b.previous_hash = copy_of(YQ_SLICE_OF(n->hash));
    for (size_t i = 0; i < element_n; i++) {
        b.element[i] = element[i];
    }
    b.data_hash = hashed(net_dialect.data_hash, joined(element, element_n));
    return b;
}

static inline void block_sign(const net *n, parts *b, uint64_t last_config)
{
    const orderer_spec usual[] = {{.id = n->first + 1}, {.id = n->first + 2}, {.id = n->first + 3}};
    b->signatures = metadata_of(n, b, last_config, usual, n->is_bft ? 3 : 1);
}

/* The chain goes on with this block. */
static inline void net_take(net *n, const parts *b)
{
    n->number = b->number;
    yq_hash_one(net_dialect.header_hash, header_der(b), n->hash.b);
}

static inline parts block_of(net *n, const yq_slice *element, size_t element_n)
{
    parts b = block_next(n, element, element_n);
    block_sign(n, &b, n->config_number);
    return b;
}

static inline parts genesis_of(net *n)
{
    yq_slice config = pb_bytes(1, config_of(n));
    yq_slice payload = payload_of(1, NET_CHANNEL, "genesis", nothing, text("n"), nothing, config);
    parts b = {.n = 1};
    b.element[0] = pb_bytes(1, payload);
    b.data_hash = hashed(net_dialect.data_hash, b.element[0]);
    net_take(n, &b);
    return b;
}

static inline yq_slice net_anchor(net *n, const registration *reg, size_t reg_n)
{
    parts genesis = genesis_of(n);
    return layout_anchor(NET_CHANNEL, reg, reg_n, layout_block(&genesis));
}

static inline client *net_client(net *n, const registration *reg, size_t reg_n)
{
    client *c = client_new();
    if (client_init(c, net_anchor(n, reg, reg_n)) != YQ_OK) {
        fprintf(stderr, "init: %d %s\n", c->why.status, c->why.text);
        abort();
    }
    return c;
}

/* Reads and writes of a transaction. */
typedef struct access_spec {
    const char *ns;
    char kind; /* 'r' read, 'w' write, 'd' delete, 'q' range query, 'm' metadata, 'e' empty write,
                  'c' a collection */
    const char *key, *value;
    int has_version;
    uint64_t block, tx;
} access_spec;

static inline yq_slice access_field(const access_spec *a)
{
    switch (a->kind) {
    case 'r':
        return pb_bytes(
            1,
            JOIN(
                pb_text(1, a->key),
                a->has_version ? pb_bytes(2, JOIN(pb_opt(1, a->block), pb_opt(2, a->tx)))
                               : nothing));
    case 'q':
        return pb_bytes(2, pb_text(1, a->key));
    case 'd':
        return pb_bytes(3, JOIN(pb_text(1, a->key), pb_uint(2, 1)));
    case 'm':
        return pb_bytes(4, pb_text(1, a->key));
    case 'e':
        return pb_bytes(3, pb_text(1, a->key));
    default:
        return pb_bytes(3, JOIN(pb_text(1, a->key), pb_text(3, a->value)));
    }
}

/* TxReadWriteSet, a namespace for each run of accesses with the same one. */
static inline yq_slice results_of(const access_spec *a, size_t n)
{
    yq_writer out = room(1u << 16);
    for (size_t i = 0; i < n;) {
        static const uint32_t field[] = {1, 2, 3, 4};
        const char *ns = a[i].ns;
        yq_writer rw = room(1u << 16);
        size_t end = i;
        int collection = 0;
        while (end < n && strcmp(a[end].ns, ns) == 0) {
            end++;
        }
        for (size_t f = 0; f < 4; f++) { /* in the order of the fields */
            for (size_t k = i; k < end; k++) {
                yq_slice one = a[k].kind == 'c' ? nothing : access_field(&a[k]);
                collection |= a[k].kind == 'c';
                if (one.n > 0 && one.p[0] >> 3 == field[f]) {
                    yq_put(&rw, one);
                }
            }
        }
        yq_pb_put_bytes(
            &out,
            2,
            JOIN(
                pb_text(1, ns),
                rw.n == 0 ? nothing : pb_bytes(2, done(&rw)),
                collection ? pb_bytes(3, pb_text(1, "coll")) : nothing));
        i = end;
    }
    return done(&out);
}

typedef struct endorser_spec {
    const char *msp, *ca, *name, *ou; /* key by name */
    int high, wrong;                  /* signature forms */
    yq_slice identity;                /* not the usual one */
    yq_slice tail;
} endorser_spec;

static const endorser_spec peer1 = {
    .msp = "Org1MSP", .ca = "ca.org1", .name = "peer1", .ou = "peer"};
static const endorser_spec peer2 = {
    .msp = "Org2MSP", .ca = "ca.org2", .name = "peer2", .ou = "peer"};

typedef struct tx_spec {
    const char *chaincode;        /* called */
    const char *header_chaincode; /* NULL: chaincode */
    const access_spec *access;
    size_t access_n;
    endorser_spec endorser[6];
    size_t endorser_n;
    const char *event, *payload; /* NULL: no event */
    const char *event_chaincode, *event_tx_id;
    unsigned status;     /* 0: 200 */
    const char *channel; /* NULL: the usual one */
    const char *nonce;   /* NULL: a new one */
    int bad_tx_id, bad_proposal, bad_creator;
    unsigned type;  /* 0: of a transaction */
    unsigned epoch; /* 0 is right */
    int no_creator;
    yq_slice extra; /* behind the last field of the Transaction */
    unsigned actions;
} tx_spec;

static inline yq_slice endorsements_of(const tx_spec *t, yq_slice response_payload)
{
    yq_writer w = room(1u << 16);
    for (size_t i = 0; i < t->endorser_n; i++) {
        const endorser_spec *e = &t->endorser[i];
        yq_slice id = e->identity.n > 0 ? e->identity : member(e->msp, e->ca, e->name, e->ou);
        yq_slice sig = signature_of(
            e->name, JOIN(response_payload, id, e->wrong ? text("x") : nothing), e->high);
        yq_pb_put_bytes(&w, 2, JOIN(pb_bytes(1, id), pb_bytes(2, JOIN(sig, e->tail))));
    }
    return done(&w);
}

/* The envelope of a transaction, as an element of a block. */
static inline yq_slice tx_of(net *n, const tx_spec *t)
{
    char nonce[32], id[65];
    snprintf(nonce, sizeof nonce, "nonce-%u", n->tx_n++);
    yq_slice creator = nothing;
    if (!t->no_creator) {
        creator = member("Org1MSP", "ca.org1", "user1", "client");
    }
    yq_slice nonce_bytes = text(t->nonce != NULL ? t->nonce : nonce);
    yq_slice md = hashed(net_dialect.tx_hash, JOIN(nonce_bytes, creator));
    yq_hex_encode(id, sizeof id, md.p, md.n);
    if (t->bad_tx_id) {
        id[0] = id[0] == '0' ? '1' : '0';
    }
    const char *header_cc = t->header_chaincode != NULL ? t->header_chaincode : t->chaincode;
    yq_slice ext = pb_bytes(2, pb_text(2, header_cc));
    const char *channel = t->channel != NULL ? t->channel : NET_CHANNEL;
    yq_slice channel_header = JOIN(
        pb_uint(1, t->type == 0 ? 3 : t->type),
        pb_bytes(3, pb_uint(1, 1795435200)),
        pb_text(4, channel),
        pb_text(5, id),
        pb_opt(6, t->epoch),
        pb_bytes(7, ext));
    yq_slice signature_header = JOIN(pb_bytes(1, creator), pb_bytes(2, nonce_bytes));
    yq_slice proposal = text("proposal");
    yq_slice hash = hashed(net_dialect.tx_hash, JOIN(channel_header, signature_header, proposal));
    yq_slice event = {0};
    if (t->event != NULL) {
        event = JOIN(
            pb_text(1, t->event_chaincode != NULL ? t->event_chaincode : t->chaincode),
            pb_text(2, t->event_tx_id != NULL ? t->event_tx_id : id),
            pb_text(3, t->event),
            pb_text(4, t->payload));
    }
    yq_slice action = JOIN(
        pb_bytes(1, results_of(t->access, t->access_n)),
        event.n > 0 ? pb_bytes(2, event) : nothing,
        pb_bytes(3, pb_uint(1, t->status == 0 ? 200 : t->status)),
        pb_bytes(4, JOIN(pb_text(2, t->chaincode), pb_text(3, "1"))));
    yq_slice response =
        JOIN(pb_bytes(1, t->bad_proposal ? digest_of(text("x")) : hash), pb_bytes(2, action));
    yq_slice endorsed = JOIN(pb_bytes(1, response), endorsements_of(t, response));
    yq_slice one = pb_bytes(
        1,
        JOIN(
            pb_bytes(1, signature_header),
            pb_bytes(2, JOIN(pb_bytes(1, proposal), pb_bytes(2, endorsed)))));
    yq_slice data = JOIN(one, t->actions > 1 ? one : nothing, t->extra);
    yq_slice payload = JOIN(
        pb_bytes(1, JOIN(pb_bytes(1, channel_header), pb_bytes(2, signature_header))),
        pb_bytes(2, data));
    yq_slice sig = signature_of(t->bad_creator ? "other" : "user1", payload, 0);
    return JOIN(pb_bytes(1, payload), pb_bytes(2, sig));
}

#endif /* YQ_LIGHT_CLIENTS_FABRIC_TEST_NET_H */
