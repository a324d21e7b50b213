/* Two networks of real nodes, from genesis to their last block. */
#include "light-clients/fabric/test_evidence.h"
#include "light-clients/fabric/test_host.h"

#include <criterion/criterion.h>

#define BLOCKS  9u
#define CHANNEL "hubch"
#define VECTORS YQ_SOURCE_DIR "/conformance/vectors/real-nodes/"

static const char *const raft = "fabric-2.5-raft";
static const char *const smartbft = "fabric-3pre-smartbft";

static const registration hubcc = {
    .name = "hubcc", .path = "/Channel/Application/Endorsement", .keys = 1000};

static yq_slice load(const char *network, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, VECTORS "%s/%s", network, name);
    FILE *f = fopen(path, "rb");
    cr_assert_not_null(f, "%s", path);
    uint8_t *p = keep(malloc(1u << 20));
    size_t n = fread(p, 1, 1u << 20, f);
    fclose(f);
    return yq_slice_of(p, n);
}

static parts load_block(const char *network, unsigned number)
{
    char name[32];
    snprintf(name, sizeof name, "b%u.block", number);
    return parts_of(load(network, name));
}

/* A client at the network's genesis. */
static client *start(const char *network, const registration *reg, size_t reg_n)
{
    client *c = client_new();
    parts genesis = parts_of(load(network, "genesis.block"));
    yq_slice anchor = layout_anchor(CHANNEL, reg, reg_n, layout_block(&genesis));
    cr_assert_eq(client_init(c, anchor), YQ_OK, "%s", c->why.text);
    return c;
}

/* A client that has followed the blocks below `to`. */
static client *follow(const char *network, unsigned to)
{
    client *c = start(network, &hubcc, 1);
    for (unsigned i = 1; i < to; i++) {
        parts b = load_block(network, i);
        cr_assert_eq(client_update(c, layout_block(&b)), YQ_OK, "block %u: %s", i, c->why.text);
    }
    return c;
}

/* The text value of the first such key behind a mark; the files nest deeper than our reader goes.
 */
static yq_slice text_of(yq_slice json, const char *mark, const char *key)
{
    const char *end = (const char *)json.p + json.n;
    const char *at = memmem(json.p, json.n, mark, strlen(mark));
    cr_assert_not_null(at, "%s", mark);
    at = memmem(at, (size_t)(end - at), key, strlen(key));
    cr_assert_not_null(at, "%s", key);
    at += strlen(key);
    at = memchr(at, ':', (size_t)(end - at));
    at = memchr(at, '"', (size_t)(end - at));
    at++;
    const char *close = memchr(at, '"', (size_t)(end - at));
    return yq_slice_of(at, (size_t)(close - at));
}

static yq_slice base64_of(yq_slice in)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    yq_writer w = room(in.n + 4);
    uint32_t held = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < in.n && in.p[i] != '='; i++) {
        held = held << 6 | (uint32_t)(strchr(digits, in.p[i]) - digits);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            yq_put_u8(&w, (uint8_t)(held >> bits));
        }
    }
    return done(&w);
}

static void check_against_json(
    const char *network, unsigned number, client *c, const yq_verified_event *event)
{
    char name[32];
    snprintf(name, sizeof name, "b%u.json", number);
    yq_slice json = load(network, name);
    parts b = load_block(network, number);
    cr_assert(yq_slice_equal(base64_of(text_of(json, "", "\"data_hash\"")), b.data_hash));
    yq_digest md;
    yq_hash_one(YQ_HASH_SHA256, b.element[0], md.b);
    cr_assert_eq(b.n, 1);
    cr_assert(yq_slice_equal(YQ_SLICE_OF(md), b.data_hash));
    if (number + 1 < BLOCKS) {
        snprintf(name, sizeof name, "b%u.json", number + 1);
        yq_slice link = base64_of(text_of(load(network, name), "", "\"previous_hash\""));
        yq_client_view view = client_describe(c);
        cr_assert(yq_slice_equal(link, YQ_SLICE_OF(view.hash)), "block %u", number);
    }
    if (event != NULL) {
        const char *mark = "\"events\": {";
        cr_assert(yq_slice_equal(event->name, text_of(json, mark, "\"event_name\"")));
        cr_assert(yq_slice_equal(event->emitter, text_of(json, mark, "\"chaincode_id\"")));
        cr_assert(yq_slice_equal(event->data, base64_of(text_of(json, mark, "\"payload\""))));
        cr_assert(yq_slice_equal(event->tx_id, text_of(json, "\"channel_header\"", "\"tx_id\"")));
    }
}

static void prove_all(const char *network, uint8_t grade)
{
    client *c = start(network, &hubcc, 1);
    unsigned proven = 0;
    for (unsigned i = 1; i < BLOCKS; i++) {
        parts b = load_block(network, i);
        cr_assert_eq(client_update(c, layout_block(&b)), YQ_OK, "block %u: %s", i, c->why.text);
        cr_assert_eq(client_update(c, layout_block(&b)), YQ_E_REPLAY);
        check_against_json(network, i, c, NULL);
        yq_verified_event event;
        yq_status status = client_event(c, layout_proof(i, 0, b.element[0]), &event);
        if (i <= 2) { /* the chaincode's definition */
            cr_assert_eq(status, YQ_E_EMITTER);
            continue;
        }
        cr_assert_eq(status, YQ_OK, "block %u: %s", i, c->why.text);
        cr_assert_eq(event.height, i);
        cr_assert_eq(event.event_index, 0);
        cr_assert_eq(event.grade, grade);
        cr_assert(yq_slice_equal(event.name, yq_slice_text("CrossChainSend")));
        cr_assert(yq_slice_equal(event.bytes, event.data));
        check_against_json(network, i, c, &event);
        proven++;
    }
    cr_assert_eq(proven, 6);
    client_free(c);
}

Test(recorded, raft_is_followed_and_its_events_proven)
{
    prove_all(raft, YQ_GRADE_ENDORSED);
}

Test(recorded, smartbft_is_followed_and_its_events_proven)
{
    prove_all(smartbft, YQ_GRADE_LIGHT_CLIENT);
}

Test(recorded, views)
{
    client *c = follow(smartbft, BLOCKS);
    yq_client_view view = client_describe(c);
    cr_assert_eq(view.height, 8);
    cr_assert_eq(view.validators, 4);
    cr_assert_eq(view.quorum, 3);
    cr_assert_eq(view.grade, YQ_GRADE_LIGHT_CLIENT);
    cr_assert(strlen(view.note) > 20);
    cr_assert(!yq_bytes_are_zero(view.set_hash, sizeof view.set_hash));
    client_free(c);
    c = follow(raft, BLOCKS);
    view = client_describe(c);
    cr_assert_eq(view.validators, 1);
    cr_assert_eq(view.quorum, 1);
    cr_assert_eq(view.grade, YQ_GRADE_ENDORSED);
    client_free(c);
}

/* Every byte of an update is covered by a hash, a signature or the layout. */
static void mutate_update(const char *network, unsigned number)
{
    static const uint8_t flip[] = {0x01, 0x20, 0x80};
    client *c = follow(network, number);
    parts b = load_block(network, number);
    yq_slice good = layout_block(&b);
    uint8_t *bad = keep(malloc(good.n));
    for (size_t i = 0; i < good.n; i++) {
        for (size_t k = 0; k < sizeof flip; k++) {
            memcpy(bad, good.p, good.n);
            bad[i] ^= flip[k];
            yq_status status = client_try(c, yq_slice_of(bad, good.n), 0);
            cr_assert_neq(status, YQ_OK, "byte %zu ^ %02x was taken", i, flip[k]);
            cr_assert(status > -400, "byte %zu: a fault", i);
        }
    }
    for (size_t n = 0; n < good.n; n += 7) {
        cr_assert_neq(client_try(c, yq_slice_of(good.p, n), 0), YQ_OK);
    }
    cr_assert_eq(client_try(c, good, 0), YQ_OK);
    client_free(c);
}

Test(recorded, no_byte_of_a_raft_block_can_change, .timeout = 120)
{
    mutate_update(raft, 5);
}

Test(recorded, no_byte_of_a_smartbft_block_can_change, .timeout = 120)
{
    mutate_update(smartbft, 5);
}

static void mutate_proof(const char *network)
{
    client *c = follow(network, BLOCKS);
    parts b = load_block(network, 4);
    yq_slice good = layout_proof(4, 0, b.element[0]);
    uint8_t *bad = keep(malloc(good.n));
    yq_verified_event event;
    for (size_t i = 0; i < good.n; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(bad, good.p, good.n);
            bad[i] = (uint8_t)(bad[i] ^ 1u << bit);
            cr_assert_neq(client_event(c, yq_slice_of(bad, good.n), &event), YQ_OK);
        }
    }
    for (size_t n = 0; n < good.n; n++) {
        cr_assert_neq(client_event(c, yq_slice_of(good.p, n), &event), YQ_OK);
    }
    cr_assert_eq(client_event(c, good, &event), YQ_OK);
    client_free(c);
}

Test(recorded, no_byte_of_a_proof_can_change, .timeout = 120)
{
    mutate_proof(raft);
    mutate_proof(smartbft);
}

Test(recorded, no_byte_of_the_anchors_block_can_change, .timeout = 120)
{
    parts genesis = parts_of(load(smartbft, "genesis.block"));
    yq_slice block = layout_block(&genesis);
    yq_slice good = layout_anchor(CHANNEL, &hubcc, 1, block);
    size_t free_n =
        4 + genesis.signatures.n + 2; /* signatures and flags of an anchor are not used */
    size_t at = good.n - block.n, uncovered = at + 1 + 8 + 1 + 32;
    uint8_t *bad = keep(malloc(good.n));
    client *c = client_new();
    for (size_t i = at; i < good.n; i += i < at + 200 ? 1 : 13) {
        memcpy(bad, good.p, good.n);
        bad[i] ^= 0x11;
        yq_status status = client_init(c, yq_slice_of(bad, good.n));
        int is_free = i >= uncovered && i < uncovered + free_n;
        cr_assert(is_free || status != YQ_OK, "byte %zu", i);
    }
    client_free(c);
}

Test(recorded, proofs_need_what_was_followed)
{
    client *c = follow(raft, 5);
    parts b4 = load_block(raft, 4), b5 = load_block(raft, 5), other = load_block(smartbft, 4);
    yq_verified_event event;
    cr_assert_eq(client_event(c, layout_proof(4, 0, b4.element[0]), &event), YQ_OK);
    cr_assert_eq(client_event(c, layout_proof(5, 0, b5.element[0]), &event), YQ_E_HEADER_UNKNOWN);
    cr_assert_eq(client_event(c, layout_proof(0, 0, b4.element[0]), &event), YQ_E_HEADER_UNKNOWN);
    cr_assert_eq(client_event(c, layout_proof(3, 0, b4.element[0]), &event), YQ_E_HASH);
    cr_assert_eq(client_event(c, layout_proof(4, 1, b4.element[0]), &event), YQ_E_EMITTER);
    cr_assert_eq(client_event(c, layout_proof(4, 0, other.element[0]), &event), YQ_E_HASH);
    client_free(c);
}

Test(recorded, order_and_links)
{
    client *c = follow(raft, 4);
    parts b4 = load_block(raft, 4), b5 = load_block(raft, 5), other = load_block(smartbft, 4);
    cr_assert_eq(client_update(c, layout_block(&b5)), YQ_E_HEIGHT);
    cr_assert_eq(client_update(c, layout_block(&other)), YQ_E_PARENT);
    other.previous_hash = b4.previous_hash;
    cr_assert_eq(client_update(c, layout_block(&other)), YQ_E_SIGNER_UNKNOWN);
    cr_assert_eq(client_update(c, layout_block(&b4)), YQ_OK);
    client_free(c);
}

Test(recorded, an_unregistered_chaincode_proves_nothing)
{
    const registration reg = {
        .name = "other", .path = "/Channel/Application/Endorsement", .keys = 10};
    client *c = start(raft, &reg, 1);
    parts b = {0};
    for (unsigned i = 1; i <= 3; i++) {
        b = load_block(raft, i);
        cr_assert_eq(client_update(c, layout_block(&b)), YQ_OK);
    }
    yq_verified_event event;
    cr_assert_eq(client_event(c, layout_proof(3, 0, b.element[0]), &event), YQ_E_EMITTER);
    client_free(c);
}

Test(recorded, flags_that_contradict_refuse_the_block)
{
    client *c = follow(raft, 3);
    parts b = load_block(raft, 3);
    static const uint8_t valid[] = {0}, conflict[] = {11}, two[] = {0, 0};
    b.flags = YQ_SLICE_OF(conflict);
    cr_assert_eq(client_try(c, layout_block(&b), 0), YQ_E_CONFLICT);
    b.flags = YQ_SLICE_OF(two);
    cr_assert_eq(client_try(c, layout_block(&b), 0), YQ_E_LEN);
    b.flags = YQ_SLICE_OF(valid);
    cr_assert_eq(client_try(c, layout_block(&b), 0), YQ_OK);
    client_free(c);
}
