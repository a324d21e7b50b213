/* What makes a proposal acceptable, and what the node does about those that are not. */
#include "relay/bft/test_kit.h"

#include <criterion/criterion.h>

static unsigned notarized(const kit *k, uint64_t view)
{
    return kit_sent_votes(k, YQ_SIGNED_NOTARIZE, view, NULL);
}

static unsigned nullified(const kit *k, uint64_t view)
{
    return kit_sent_votes(k, YQ_SIGNED_NULLIFY, view, NULL);
}

/* Refused for the sender's fault, or not voted for. */
typedef enum expectation {
    VOTES,
    REFUSED,
    NULLIFIES,
    WAITS,
} expectation;

static void expect(const char *what, expectation want, void (*change)(yq_header *h))
{
    kit *k = kit_make(1);
    (void)kit_start(k, NULL);
    yq_header h = kit_header(k, 1, &k->genesis);
    change(&h);
    static uint8_t digests[5 * 32];
    yq_status status = kit_propose(k, &h, NULL, digests);
    cr_assert_eq(status != YQ_OK, want == REFUSED, "%s: %d", what, (int)status);
    cr_assert_eq(notarized(k, 1), want == VOTES, "%s", what);
    cr_assert_eq(nullified(k, 1), want == NULLIFIES, "%s", what);
    kit_drop(k);
}

static void nothing(yq_header *h)
{
    (void)h;
}

static void other_chain(yq_header *h)
{
    h->chain_id_hash.b[0] ^= 1;
}

static void other_leader(yq_header *h)
{
    h->leader = 2;
}

static void other_parent(yq_header *h)
{
    h->parent_hash.b[0] ^= 1;
}

static void other_height(yq_header *h)
{
    h->height = 2;
}

static void other_version(yq_header *h)
{
    h->ver = 2;
}

static void other_result(yq_header *h)
{
    h->prev_result_root.b[0] ^= 1;
}

static void not_empty(yq_header *h)
{
    h->flags = 0;
}

static void empty_with_tx(yq_header *h)
{
    h->n_tx = 1;
}

static void suffix(yq_header *h)
{
    h->flags = YQ_BLOCK_SUFFIX;
}

static void suffix_and_end(yq_header *h)
{
    h->flags = YQ_BLOCK_SUFFIX | YQ_BLOCK_EPOCH_END;
}

static void end_without_set(yq_header *h)
{
    h->flags |= YQ_BLOCK_EPOCH_END;
}

static void before_parent(yq_header *h)
{
    h->time_ms = UINT64_C(1760000000000) - 1000;
}

static void too_late(yq_header *h)
{
    h->time_ms = UINT64_C(1760000000000) - 900;
}

static void ahead(yq_header *h)
{
    h->time_ms += 2000;
}

static void too_far_ahead(yq_header *h)
{
    h->time_ms += 2001;
}

static void end_of_time(yq_header *h)
{
    h->time_ms = UINT64_MAX;
}

static void too_many(yq_header *h)
{
    h->n_env = 5;
    h->flags = 0;
}

static void payload_without_root(yq_header *h)
{
    h->n_env = 1;
    h->n_tx = 1;
    h->flags = 0;
}

Test(valid, header_rules)
{
    expect("as it should be", VOTES, nothing);
    expect("another chain", REFUSED, other_chain);
    expect("not the leader", REFUSED, other_leader);
    expect("EMPTY is missing", REFUSED, not_empty);
    expect("transactions without envelopes", REFUSED, empty_with_tx);
    expect("SUFFIX with EPOCH_END", REFUSED, suffix_and_end);
    expect("payload root", REFUSED, payload_without_root);
    expect("more than this node takes", REFUSED, too_many);
    expect("another first parent", NULLIFIES, other_parent);
    expect("height", NULLIFIES, other_height);
    expect("result of the parent", NULLIFIES, other_result);
    expect("version", NULLIFIES, other_version);
    expect("SUFFIX without an end", NULLIFIES, suffix);
    expect("EPOCH_END without a pending set", NULLIFIES, end_without_set);
    expect("not after its parent", NULLIFIES, before_parent);
    expect("within the slack", VOTES, too_late);
    expect("2 s ahead", VOTES, ahead);
    expect("more than 2 s ahead", WAITS, too_far_ahead);
    expect("the end of time", WAITS, end_of_time);
}

Test(valid, a_header_ahead_of_the_clock_waits)
{
    kit *k = kit_make(1);
    (void)kit_start(k, NULL);
    yq_header h = kit_header(k, 1, &k->genesis);
    h.time_ms += 2300;
    (void)kit_propose(k, &h, NULL, NULL);
    kit_wait(k, 299);
    cr_assert_eq(notarized(k, 1), 0);
    kit_wait(k, 1);
    cr_assert_eq(notarized(k, 1), 1);
    kit_drop(k);
}

Test(valid, late_is_judged_once)
{
    kit *k = kit_make(1);
    (void)kit_start(k, NULL);
    k->now = 4000;
    yq_header h = kit_header(k, 1, &k->genesis);
    h.time_ms -= 3001; /* 2 s and T */
    (void)kit_propose(k, &h, NULL, NULL);
    cr_assert_eq(notarized(k, 1), 0);
    cr_assert_eq(nullified(k, 1), 1);
    kit_drop(k);
    k = kit_make(1);
    (void)kit_start(k, NULL);
    k->now = 4000;
    k->verdict = YQ_BFT_VERDICT_WAIT;
    h = kit_header(k, 1, &k->genesis);
    h.time_ms -= 3000;
    static uint8_t digest[32];
    yq_digest leaf;
    h.n_env = h.n_tx = 1;
    h.flags = 0;
    yq_payload_root(k->cfg.hash_alg, digest, 1, &leaf, &h.payload_root);
    (void)kit_propose(k, &h, NULL, digest);
    cr_assert_eq(notarized(k, 1), 0, "bodies are missing");
    k->now += 900;
    k->verdict = YQ_BFT_VERDICT_OK;
    (void)kit_step(k, (yq_bft_event){.kind = YQ_BFT_BODY});
    cr_assert_eq(notarized(k, 1), 1, "waiting for bodies does not make it late");
    kit_drop(k);
}

Test(valid, the_host_may_refuse)
{
    kit *k = kit_make(1);
    (void)kit_start(k, NULL);
    k->verdict = YQ_BFT_VERDICT_INVALID;
    yq_header h = kit_header(k, 1, &k->genesis);
    static uint8_t digest[32];
    yq_digest leaf;
    h.n_env = h.n_tx = 1;
    h.flags = 0;
    yq_payload_root(k->cfg.hash_alg, digest, 1, &leaf, &h.payload_root);
    (void)kit_propose(k, &h, NULL, digest);
    cr_assert_eq(notarized(k, 1), 0);
    cr_assert_eq(nullified(k, 1), 1);
    kit_drop(k);
}

/* Block 1 with N, on which block 2 is proposed. Out: tip of block 1, its N. */
static kit *with_first(yq_bft_tip *first, yq_cert *n)
{
    kit *k = kit_make(1);
    (void)kit_start(k, NULL);
    first->header = kit_header(k, 1, &k->genesis);
    yq_header_hash(k->cfg.hash_alg, &first->header, &first->h);
    first->result = kit_result(&first->h);
    (void)kit_propose(k, &first->header, NULL, NULL);
    memset(n, 0, sizeof *n);
    n->h = first->h;
    kit_cert(k, n, YQ_SIGNED_NOTARIZE, 1);
    return k;
}

static yq_cert cert_n, cert_f;

Test(valid, the_parent_is_certified)
{
    yq_bft_tip first;
    kit *k = with_first(&first, &cert_n);
    yq_header h = kit_header(k, 2, &first);
    h.time_ms++;
    cert_n.sig[0][0] ^= 1;
    cr_assert_eq(kit_propose(k, &h, &cert_n, NULL), YQ_E_SIG);
    cert_n.sig[0][0] ^= 1;
    yq_header foreign = h;
    foreign.parent_hash.b[0] ^= 1;
    cr_assert_eq(kit_propose(k, &foreign, &cert_n, NULL), YQ_E_PARENT);
    cr_assert_eq(kit_look(k).view, 1);
    cr_assert_eq(kit_propose(k, &h, &cert_n, NULL), YQ_OK);
    cr_assert_eq(kit_look(k).view, 2, "its certificate let us in");
    cr_assert_eq(notarized(k, 2), 1);
    kit_drop(k);
}

/* D = 1: a payload block needs a final parent. */
Test(valid, payload_only_on_what_is_final)
{
    yq_bft_tip first;
    kit *k = with_first(&first, &cert_n);
    static uint8_t digest[32];
    yq_digest leaf;
    yq_header h = kit_header(k, 2, &first);
    h.time_ms++;
    h.n_env = h.n_tx = 1;
    h.flags = 0;
    yq_payload_root(k->cfg.hash_alg, digest, 1, &leaf, &h.payload_root);
    (void)kit_propose(k, &h, &cert_n, digest);
    cr_assert_eq(notarized(k, 2), 0);
    cr_assert_eq(nullified(k, 2), 1);
    kit_drop(k);

    k = with_first(&first, &cert_n);
    memset(&cert_f, 0, sizeof cert_f);
    cert_f.info = kit_info(k, &first.header, 1);
    cert_f.h = first.h;
    kit_cert(k, &cert_f, YQ_SIGNED_FINALIZE, 1);
    (void)kit_propose(k, &h, &cert_f, digest);
    cr_assert_eq(kit_look(k).height, 1);
    cr_assert_eq(notarized(k, 2), 1);
    kit_drop(k);
}

/* Every view between a proposal and its parent is nullified: this stands for a lock. */
Test(valid, no_gap_without_nullifications)
{
    yq_bft_tip first;
    kit *k = with_first(&first, &cert_n);
    yq_header h = kit_header(k, 3, &k->genesis);
    h.leader = 0;
    cr_assert_eq(kit_propose(k, &h, NULL, NULL), YQ_OK);
    static yq_cert x;
    memset(&x, 0, sizeof x);
    kit_cert(k, &x, YQ_SIGNED_NULLIFY, 2);
    (void)kit_send_cert(k, 0, &x);
    cr_assert_eq(kit_look(k).view, 3);
    cr_assert_eq(notarized(k, 3), 0, "view 1 is not nullified");
    cr_assert_gt(kit_sent_kind(k, YQ_BFT_MSG_CERTS_REQUEST), 0);
    memset(&x, 0, sizeof x);
    kit_cert(k, &x, YQ_SIGNED_NULLIFY, 1);
    (void)kit_send_cert(k, 0, &x);
    cr_assert_eq(notarized(k, 3), 1);
    kit_drop(k);
}

/* A notarized block that never came is asked for until somebody brings it. */
Test(valid, a_notarized_block_is_fetched)
{
    kit *k = kit_make(1);
    (void)kit_start(k, NULL);
    yq_header h = kit_header(k, 1, &k->genesis);
    yq_digest d;
    yq_header_hash(k->cfg.hash_alg, &h, &d);
    memset(&cert_n, 0, sizeof cert_n);
    cert_n.h = d;
    kit_cert(k, &cert_n, YQ_SIGNED_NOTARIZE, 1);
    (void)kit_send_cert(k, 2, &cert_n);
    cr_assert_eq(kit_look(k).view, 2);
    cr_assert_eq(kit_sent_kind(k, YQ_BFT_MSG_BLOCK_REQUEST), 1);
    kit_wait(k, 1000);
    uint32_t asked = 0;
    for (unsigned i = 0; i < k->sent_n; i++) {
        asked |= k->sent[i].p[0] == YQ_BFT_MSG_BLOCK_REQUEST ? 1u << k->sent[i].to : 0;
    }
    cr_assert_eq(asked, 0xd, "all the others in turn");
    uint8_t room[1 + YQ_HEADER_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, YQ_BFT_MSG_BLOCK);
    yq_header other = h;
    other.time_ms++;
    yq_header_put(&w, &other);
    cr_assert_eq(kit_receive(k, 3, yq_writer_slice(&w)), YQ_OK);
    cr_assert_eq(k->executed_n, 0, "another block is not taken");
    w.n = 1;
    yq_header_put(&w, &h);
    cr_assert_eq(kit_receive(k, 3, yq_writer_slice(&w)), YQ_OK);
    cr_assert_eq(k->executed_n, 1);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_FINALIZE, 1, NULL), 1);
    uint8_t ask[33] = {YQ_BFT_MSG_BLOCK_REQUEST};
    memcpy(ask + 1, d.b, 32);
    (void)kit_receive(k, 0, yq_slice_of(ask, sizeof ask));
    cr_assert_eq(kit_sent_kind(k, YQ_BFT_MSG_BLOCK), 1, "and given on");
    kit_drop(k);
}
