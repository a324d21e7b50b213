/* Makes the cases of the conformance kit: yq-kit-fabric FOLDER. */
#include "light-clients/fabric/test_calls.h"
#include "relay/hub/test_kit_file.h"

/* A network as it goes on, and its file of cases. */
typedef struct story {
    test_kit k;
    net n;
} story;

static void take(story *s, const char *name, const parts *b)
{
    test_kit_step(&s->k, "update", name, layout_block(b), NULL);
    net_take(&s->n, b);
}

static void refuse(
    story *s, const char *holes, const char *name, const parts *b, const char *expect)
{
    test_kit_refused(&s->k, holes, "update", name, layout_block(b), expect);
}

static yq_slice call_tx(net *n, size_t endorser_n)
{
    tx_spec t = plain_call();
    t.endorser_n = endorser_n;
    return tx_of(n, &t);
}

static yq_slice strangers_tx(net *n)
{
    tx_spec t = plain_call();
    t.chaincode = "stranger";
    t.access_n = 0;
    t.endorser_n = 0;
    return tx_of(n, &t);
}

/* The next block, signed by whom it is asked. */
static parts signed_by_these(story *s, const orderer_spec *o, size_t o_n)
{
    yq_slice tx = strangers_tx(&s->n);
    parts b = block_next(&s->n, &tx, 1);
    b.signatures = metadata_of(&s->n, &b, s->n.config_number, o, o_n);
    return b;
}

static void refuse_signers(
    story *s,
    const char *holes,
    const char *name,
    const orderer_spec *o,
    size_t o_n,
    const char *expect)
{
    parts b = signed_by_these(s, o, o_n);
    refuse(s, holes, name, &b, expect);
}
#define REFUSE_SIGNERS(s, holes, name, expect, ...)                                                \
    refuse_signers(                                                                                \
        (s),                                                                                       \
        (holes),                                                                                   \
        (name),                                                                                    \
        (const orderer_spec[]){__VA_ARGS__},                                                       \
        sizeof((const orderer_spec[]){__VA_ARGS__}) / sizeof(orderer_spec),                        \
        (expect))

static void begin(story *s, const char *dir, const char *name, int is_bft)
{
    s->n = net_new(is_bft);
    s->n.is_lean = 1;
    const registration two[] = {
        cc, {.name = "rule", .rule = role_policy("Org2MSP", 3), .known = 1, .keys = 2}};
    parts genesis = genesis_of(&s->n);
    yq_slice block = layout_block(&genesis);
    s->k = test_kit_begin(dir, name, 0);
    test_kit_step(
        &s->k, "init", "genesis", layout_anchor(NET_CHANNEL, two, is_bft ? 1 : 2, block), NULL);
    yq_slice tx = definition_tx(&s->n, cc.path, 2);
    parts b = block_of(&s->n, &tx, 1);
    take(s, "a chaincode's definition", &b);
}

/* Block 2: transactions that succeed, are endorsed by one of two, by nobody, and a stranger's. */
static void transactions(story *s)
{
    static const uint8_t flags[] = {0, 10, 10, 0};
    yq_slice tx[] = {call_tx(&s->n, 2), call_tx(&s->n, 1), call_tx(&s->n, 0), strangers_tx(&s->n)};
    parts b = block_of(&s->n, tx, YQ_ARRAY_N(tx));
    b.flags = YQ_SLICE_OF(flags);
    yq_slice in = layout_block(&b);
    test_kit_step(&s->k, "update", "four transactions", in, NULL);
    size_t at = 1 + 8 + 1 + b.previous_hash.n + 32 + 4 + b.signatures.n + 2;
    test_kit_claim(&s->k, at, sizeof flags, "a flag says nothing: it may only not contradict");
    net_take(&s->n, &b);
    test_kit_step(&s->k, "update", "the same again", in, "E_REPLAY");
    test_kit_step(&s->k, "event", "an event", layout_proof(2, 0, tx[0]), NULL);
    test_kit_emitter(&s->k, text("cc"));
    yq_slice proof = layout_proof(2, 1, tx[1]);
    test_kit_step(&s->k, "event", "endorsed by one of two", proof, "E_ENDORSEMENT");
    proof = layout_proof(2, 2, tx[2]);
    test_kit_refused(&s->k, "17", "event", "endorsed by nobody", proof, "E_ENDORSEMENT");
    proof = layout_proof(2, 3, tx[3]);
    test_kit_refused(&s->k, "10", "event", "another chaincode's event", proof, "E_EMITTER");
    proof = layout_proof(2, 0, tx[1]);
    test_kit_refused(&s->k, "9", "event", "the proof of another leaf", proof, "E_HASH");
    yq_slice elsewhere = call_tx(&(net){.is_bft = 1, .tx_n = 77}, 2);
    proof = layout_proof(2, 0, elsewhere);
    test_kit_refused(&s->k, "11", "event", "another network's event", proof, "E_HASH");
}

static void one_event(story *s)
{
    yq_slice tx = call_tx(&s->n, 2);
    parts b = block_of(&s->n, &tx, 1);
    take(s, "an invocation", &b);
    test_kit_step(&s->k, "event", "an event", layout_proof(s->n.number, 0, tx), NULL);
    test_kit_emitter(&s->k, text("cc"));
}

/* An event whose name is another chaincode's, put into a good transaction's block. */
static void foreign_name(story *s)
{
    tx_spec t = plain_call();
    t.event_chaincode = "stranger";
    yq_slice tx = tx_of(&s->n, &t);
    parts b = block_of(&s->n, &tx, 1);
    take(s, "an event under another chaincode's name", &b);
    yq_slice proof = layout_proof(s->n.number, 0, tx);
    test_kit_refused(&s->k, "10", "event", "an event under another's name", proof, "E_EMITTER");
}

static void headers(story *s)
{
    yq_slice tx[] = {strangers_tx(&s->n), strangers_tx(&s->n)};
    parts good = block_of(&s->n, tx, 2), other = block_of(&s->n, tx + 1, 1), b = good;
    b.element[0] = tx[1];
    refuse(s, "7", "another transaction under the same data_hash", &b, "E_HASH");
    b = good;
    b.previous_hash = digest_of(text("x"));
    refuse(s, "7", "another previous_hash", &b, "E_PARENT");
    b = good;
    b.number++;
    refuse(s, "7", "another number", &b, "E_HEIGHT");
    b = good;
    b.signatures = other.signatures;
    refuse(s, "8", "the signatures of another block of this number", &b, "E_SIG");
    b = good;
    b.element[0] = yq_slice_of(tx[0].p, tx[0].n - 1);
    b.element[1] = JOIN(yq_slice_of(tx[0].p + tx[0].n - 1, 1), tx[1]);
    refuse(s, "13", "a byte moved over the border of two envelopes", &b, "E_NONCANONICAL");
    b = good;
    b.n = 1;
    b.element[0] = JOIN(tx[0], tx[1]);
    refuse(s, "13", "two envelopes as one", &b, "E_NONCANONICAL");
    tx_spec t = plain_call();
    t.channel = "other";
    t.endorser_n = 0;
    yq_slice elsewhere = tx_of(&s->n, &t);
    b = block_of(&s->n, &elsewhere, 1);
    refuse(s, "11", "a block of another channel of the same orderers", &b, "E_DOMAIN");
}

/* What is signed is the metadata's value, a header and the block's header, one behind another. */
static void moved_border(story *s)
{
    yq_slice tx = strangers_tx(&s->n);
    parts b = block_of(&s->n, &tx, 1);
    yq_slice value = field(b.signatures, 1, 0, NULL), item = field(b.signatures, 2, 0, NULL);
    uint32_t number = s->n.is_bft ? 3 : 1;
    yq_slice header = field(item, number, 0, NULL), sig = field(item, 2, 0, NULL);
    size_t first = header.n - pb_text(2, "nonce").n; /* its first field goes to the value */
    yq_slice rest = pb_bytes(number, yq_slice_of(header.p + first, header.n - first));
    yq_slice moved = s->n.is_bft ? JOIN(pb_bytes(2, sig), rest) : JOIN(rest, pb_bytes(2, sig));
    b.signatures = JOIN(pb_bytes(1, JOIN(value, yq_slice_of(header.p, first))), pb_bytes(2, moved));
    refuse(
        s,
        "13, 18",
        "a field moved from the signer's header to the metadata",
        &b,
        "E_NONCANONICAL");
}

static parts config_block(story *s, const update_spec *u, net *after)
{
    yq_slice element = config_element(&s->n, u, after);
    parts b = block_next(&s->n, &element, 1);
    block_sign(&s->n, &b, b.number);
    return b;
}

static void configurations(story *s)
{
    net after;
    update_spec u = good_update;
    u.admin[0][0] = NULL;
    parts b = config_block(s, &u, &after);
    refuse(s, "6", "a configuration that no administrator signed", &b, "E_SET_CHANGE");
    u = good_update;
    u.no_update = 1;
    b = config_block(s, &u, &after);
    refuse(s, "6", "a configuration without its update", &b, "E_FIELD_MISSING");
    u = good_update;
    u.theft = THEFT_POLICY;
    b = config_block(s, &u, &after);
    refuse(s, "6", "more changed than was signed", &b, "E_SET_CHANGE");
    yq_slice tx = strangers_tx(&s->n);
    parts older = block_of(&s->n, &tx, 1);
    b = config_block(s, &good_update, &after);
    test_kit_step(&s->k, "update", "a configuration", layout_block(&b), NULL);
    after.config_number = b.number;
    net_take(&after, &b);
    s->n = after;
    b = block_next(&s->n, &tx, 1);
    block_sign(&s->n, &b, 0);
    refuse(s, "12", "a block under the configuration before", &b, "E_CONFIG_SEQUENCE");
    refuse(s, "12", "another block in the new configuration's place", &older, "E_HEIGHT");
}

static void bft(const char *dir)
{
    story s;
    begin(&s, dir, "smartbft", 1);
    one_event(&s);
    REFUSE_SIGNERS(
        &s, "1", "one orderer three times", "E_DUP_SIGNER", {.id = 1}, {.id = 1}, {.id = 1});
    refuse_signers(&s, "2", "no orderer", NULL, 0, "E_SIGNATURES_MISSING");
    REFUSE_SIGNERS(&s, "3", "one orderer of four", "E_QUORUM", {.id = 1});
    REFUSE_SIGNERS(&s, "3", "two orderers of four", "E_QUORUM", {.id = 1}, {.id = 2});
    REFUSE_SIGNERS(&s, "4", "an outsider", "E_SIGNER_UNKNOWN", {.id = 1}, {.id = 2}, {.id = 5});
    REFUSE_SIGNERS(
        &s,
        "4",
        "an outsider under an orderer's number",
        "E_SIG",
        {.id = 1},
        {.id = 2},
        {.id = 5, .identifier = 3});
    moved_border(&s);
    yq_slice one = call_tx(&s.n, 2), two = call_tx(&s.n, 2);
    parts a = block_of(&s.n, &one, 1), b = block_of(&s.n, &two, 1);
    test_kit_step(
        &s.k,
        "misbehaviour",
        "two blocks of one number",
        layout_pair(layout_block(&a), layout_block(&b)),
        NULL);
    test_kit_no_hole(
        &s.k,
        "14",
        "a block names hosts of orderers in its configuration only, and nobody is asked: what is "
        "judged lies in the proof");
    test_kit_end(&s.k);
}

static void missing_rules(story *s)
{
    registration unruled = cc;
    unruled.path = "/Channel/Application/None";
    net n = net_new(0);
    parts genesis = genesis_of(&n);
    test_kit_refused(
        &s->k,
        "16",
        "init",
        "a chaincode whose policy is not there",
        layout_anchor(NET_CHANNEL, &unruled, 1, layout_block(&genesis)),
        "E_ANCHOR");
    n.flaw = FLAW_NO_BLOCK_VALIDATION;
    genesis = genesis_of(&n);
    test_kit_refused(
        &s->k,
        "16",
        "init",
        "a channel without a rule for blocks",
        layout_anchor(NET_CHANNEL, &cc, 1, layout_block(&genesis)),
        "E_CONFIG_INVALID");
}

static void raft(const char *dir)
{
    story s;
    begin(&s, dir, "raft", 0);
    transactions(&s);
    foreign_name(&s);
    headers(&s);
    const cert_spec forged = {
        .name = "orderer1", .issuer = "ca.orderer", .issuer_key = "x", .ou = "orderer"};
    REFUSE_SIGNERS(
        &s,
        "5",
        "an orderer that brings a certificate of its own CA",
        "E_CERT_CHAIN",
        {.id = 1, .creator = identity_of("OrdererMSP", cert_pem(&forged))});
    REFUSE_SIGNERS(
        &s,
        "5",
        "an orderer of an organisation that only its block knows",
        "E_SIGNER_UNKNOWN",
        {.id = 1, .creator = member("NewMSP", "ca.new", "orderer1", "orderer")});
    REFUSE_SIGNERS(
        &s,
        "4",
        "a peer that signs a block",
        "E_QUORUM",
        {.id = 1, .key = "peer1", .creator = member("Org1MSP", "ca.org1", "peer1", "peer")});
    refuse_signers(&s, "2", "no orderer", NULL, 0, "E_SIGNATURES_MISSING");
    moved_border(&s);
    configurations(&s);
    missing_rules(&s);
    test_kit_end(&s.k);
}

/* A domestic fork: everything SM3, members sign SM3(message) with Z. */
static void sm(const char *dir)
{
    net_dialect =
        (yq_fabric_dialect){YQ_HASH_SM3, YQ_HASH_SM3, YQ_HASH_SM3, YQ_FABRIC_SIGNING_SM2_TWICE};
    story s = {.k = test_kit_begin(dir, "sm", 0), .n = net_new(0)};
    s.n.is_lean = 1;
    test_kit_layouts(&s.k, "{\"init\": \"init_sampled\"}");
    parts genesis = genesis_of(&s.n);
    yq_slice tx = definition_tx(&s.n, cc.path, 2);
    parts b = block_of(&s.n, &tx, 1);
    yq_slice anchor =
        layout_sampled_anchor(NET_CHANNEL, &cc, 1, layout_block(&genesis), layout_block(&b));
    test_kit_step(&s.k, "init", "genesis and a sample", anchor, NULL);
    take(&s, "a chaincode's definition", &b);
    one_event(&s);
    refuse_signers(&s, "2", "no orderer", NULL, 0, "E_SIGNATURES_MISSING");
    test_kit_end(&s.k);
}

int main(int argc, char **argv)
{
    YQ_ASSERT(argc == 2);
    bft(argv[1]);
    raft(argv[1]);
    sm(argv[1]);
    return 0;
}
