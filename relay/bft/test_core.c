#include "relay/bft/test_kit.h"

#include <criterion/criterion.h>

static yq_digest hash_of(const kit *k, const yq_header *h)
{
    yq_digest d;
    yq_header_hash(k->cfg.hash_alg, h, &d);
    return d;
}

Test(core, config_limits)
{
    yq_bft_config good = {
        .hash_alg = YQ_HASH_SM3, .view_n = 32, .env_n_max = 1, .t0_ms = 100, .version_max = 1};
    cr_assert_gt(yq_bft_footprint(&good), 0);
    yq_bft_config c = good;
    c.hash_alg = YQ_HASH_KECCAK256;
    cr_assert_eq(yq_bft_footprint(&c), 0);
    c = good;
    c.view_n = 48;
    cr_assert_eq(yq_bft_footprint(&c), 0, "a power of two");
    c.view_n = 16;
    cr_assert_eq(yq_bft_footprint(&c), 0);
    c.view_n = 2048;
    cr_assert_eq(yq_bft_footprint(&c), 0);
    c = good;
    c.env_n_max = 0;
    cr_assert_eq(yq_bft_footprint(&c), 0);
    c.env_n_max = YQ_BLOCK_ENVELOPE_N_MAX + 1;
    cr_assert_eq(yq_bft_footprint(&c), 0);
    c = good;
    c.t0_ms = 99;
    cr_assert_eq(yq_bft_footprint(&c), 0);
    c.t0_ms = 30001;
    cr_assert_eq(yq_bft_footprint(&c), 0);
    uint8_t none = 0;
    cr_assert_null(yq_bft_new(&none, &c));
}

Test(core, start_knows_its_place)
{
    for (unsigned own = 0; own <= KIT_N; own++) {
        kit *k = kit_make(own);
        cr_assert_eq(kit_start(k, NULL), YQ_OK);
        yq_bft_view v = kit_look(k);
        cr_assert_eq(v.own, own < KIT_N ? own : YQ_BFT_NOBODY);
        cr_assert_eq(v.epoch, 1);
        cr_assert_eq(v.view, 1);
        cr_assert_eq(v.n, 4);
        cr_assert_eq(v.q, 3);
        cr_assert_eq(yq_bft_may_sign(k->core, 1, 1), own < KIT_N);
        cr_assert_not(yq_bft_may_sign(k->core, 1, 0), "the final view");
        cr_assert_not(yq_bft_may_sign(k->core, 2, 1), "another epoch");
        kit_drop(k);
    }
    kit *k = kit_make(0);
    k->set.n = 0;
    cr_assert_eq(kit_start(k, NULL), YQ_E_CONFIG_INVALID);
    kit_drop(k);
}

/* Leader, votes, execution, commit: one block through. */
Test(core, one_block)
{
    kit *k = kit_make(0);
    (void)kit_start(k, NULL);
    memset(k->payload, 7, 32);
    k->payload_n = 1;
    kit_forget(k);
    kit_work(k, 1);
    cr_assert_eq(kit_sent_kind(k, YQ_BFT_MSG_PROPOSAL), 1);
    yq_vote v;
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NOTARIZE, 1, &v), 1);
    cr_assert_eq(kit_peer_votes(k, YQ_SIGNED_NOTARIZE, 1, 1, &v.h), YQ_OK);
    cr_assert_eq(kit_look(k).view, 1, "two of four are no quorum");
    cr_assert_eq(kit_peer_votes(k, YQ_SIGNED_NOTARIZE, 1, 1, &v.h), YQ_OK);
    cr_assert_eq(kit_look(k).view, 1, "one signer counts once");
    cr_assert_eq(kit_peer_votes(k, YQ_SIGNED_NOTARIZE, 1, 3, &v.h), YQ_OK);
    cr_assert_eq(kit_look(k).view, 2);
    cr_assert_eq(k->executed_n, 1);
    yq_vote f;
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_FINALIZE, 1, &f), 1);
    cr_assert_eq(f.info.height, 1);
    cr_assert_arr_eq(f.info.result_root.b, kit_result(&v.h).result_root.b, 32);
    (void)kit_peer_finalizes(k, 2, &f.info);
    cr_assert_eq(k->committed_n, 0);
    (void)kit_peer_finalizes(k, 1, &f.info);
    cr_assert_eq(k->committed_n, 1);
    cr_assert_eq(kit_look(k).height, 1);
    cr_assert_eq(kit_look(k).fin_view, 1);
    cr_assert_not(yq_bft_may_sign(k->core, 1, 1), "the SIGN rule");
    cr_assert(yq_bft_may_sign(k->core, 1, 2));
    kit_drop(k);
}

/* The order of the specification: durable, then signed, then sent. */
Test(core, nothing_is_sent_before_it_is_durable)
{
    kit *k = kit_make(1);
    (void)kit_start(k, NULL);
    kit_forget(k);
    k->hold_persist = 1;
    yq_header h = kit_header(k, 1, &k->genesis);
    cr_assert_eq(kit_propose(k, &h, NULL, NULL), YQ_OK);
    cr_assert_eq(kit_records(k, YQ_BFT_REC_NOTARIZED), 1);
    cr_assert_eq(kit_records(k, YQ_BFT_REC_BLOCK), 1);
    cr_assert_eq(k->signed_n, 0);
    k->hold_sign = 1;
    (void)kit_step(k, (yq_bft_event){.kind = YQ_BFT_PERSISTED, .seq = 2});
    cr_assert_eq(k->signed_n, 0, "seq of the vote is not reached");
    (void)kit_step(k, (yq_bft_event){.kind = YQ_BFT_PERSISTED, .seq = 1000});
    cr_assert_eq(k->signed_n, 0, "a seq that was never given");
    (void)kit_step(k, (yq_bft_event){.kind = YQ_BFT_PERSISTED, .seq = k->record_n});
    cr_assert_eq(k->signed_n, 1);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NOTARIZE, 1, NULL), 0);
    uint8_t sig[64] = {0};
    (void)kit_step(k, (yq_bft_event){.kind = YQ_BFT_SIGNED, .token = 999, .sig = sig});
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NOTARIZE, 1, NULL), 0, "not its token");
    (void)kit_step(k, (yq_bft_event){.kind = YQ_BFT_SIGNED, .token = 1, .sig = sig});
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NOTARIZE, 1, NULL), 1);
    kit_drop(k);
}

Test(core, no_work_no_timer)
{
    kit *k = kit_make(2);
    (void)kit_start(k, NULL);
    kit_wait(k, 600000);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NULLIFY, 1, NULL), 0);
    cr_assert_eq(kit_look(k).view, 1);
    kit_work(k, 1);
    kit_wait(k, 999);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NULLIFY, 1, NULL), 0);
    kit_wait(k, 1);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NULLIFY, 1, NULL), 1);
    kit_wait(k, 600);
    cr_assert_geq(kit_sent_votes(k, YQ_SIGNED_NULLIFY, 1, NULL), 2, "sent again");
    cr_assert_eq(kit_records(k, YQ_BFT_REC_NULLIFIED), 1, "decided once");
    kit_drop(k);
}

/* The timers of a view that was entered with work stop with it. */
Test(core, an_idle_view_is_not_nullified)
{
    kit *k = kit_make(2);
    (void)kit_start(k, NULL);
    kit_work(k, 1);
    kit_wait(k, 900);
    kit_work(k, 0);
    kit_wait(k, 5000);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NULLIFY, 1, NULL), 0);
    kit_work(k, 1);
    kit_wait(k, 999);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NULLIFY, 1, NULL), 0, "a whole T from the work on");
    kit_wait(k, 1);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NULLIFY, 1, NULL), 1);
    kit_drop(k);
}

/* What the pool calls work may be in the parent already, whose commit is on its way. */
Test(core, no_empty_block_for_want_of_payload)
{
    kit *k = kit_make(0);
    (void)kit_start(k, NULL);
    kit_work(k, 1);
    cr_assert_eq(kit_sent_kind(k, YQ_BFT_MSG_PROPOSAL), 0);
    k->payload_n = 1;
    kit_wait(k, 61);
    cr_assert_eq(kit_sent_kind(k, YQ_BFT_MSG_PROPOSAL), 0);
    kit_wait(k, 1);
    cr_assert_eq(kit_sent_kind(k, YQ_BFT_MSG_PROPOSAL), 1, "asked again after T/16");
    kit_drop(k);
}

Test(core, heartbeat)
{
    kit *k = kit_make(0);
    k->cfg.heartbeat_ms = 10000;
    k->core = yq_bft_new(k->mem, &k->cfg);
    (void)kit_start(k, NULL);
    kit_wait(k, 9999);
    cr_assert_eq(kit_sent_kind(k, YQ_BFT_MSG_PROPOSAL), 0);
    kit_wait(k, 1);
    cr_assert_eq(kit_sent_kind(k, YQ_BFT_MSG_PROPOSAL), 1, "an empty block at least so often");
    kit_drop(k);
}

/* Between F and the commit nothing is due: one block a heartbeat, not two. */
Test(core, a_heartbeat_that_is_about_to_be_stored_is_enough)
{
    kit *k = kit_make(0);
    k->cfg.heartbeat_ms = 10000;
    k->core = yq_bft_new(k->mem, &k->cfg);
    (void)kit_start(k, NULL);
    k->hold_commit = 1;
    kit_wait(k, 10000);
    yq_vote own;
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NOTARIZE, 1, &own), 1);
    (void)kit_peer_votes(k, YQ_SIGNED_NOTARIZE, 1, 1, &own.h);
    (void)kit_peer_votes(k, YQ_SIGNED_NOTARIZE, 1, 2, &own.h);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_FINALIZE, 1, &own), 1);
    (void)kit_peer_finalizes(k, 1, &own.info);
    (void)kit_peer_finalizes(k, 2, &own.info);
    cr_assert_eq(kit_look(k).fin_height, 1);
    kit_wait(k, 500);
    cr_assert_eq(k->committed_n, 1, "asked for, and not done");
    cr_assert_eq(kit_sent_kind(k, YQ_BFT_MSG_PROPOSAL), 1);
    kit_drop(k);
}

/* T grows by half each window without F, from the view numbers alone. */
Test(core, timers_grow_by_windows)
{
    static const uint64_t want[] = {1000, 1500, 2250, 3375, 5062, 7593, 11389};
    kit *k = kit_make(0);
    (void)kit_start(k, NULL);
    static yq_cert x;
    for (uint64_t view = 1; view <= 28; view++) {
        cr_assert_eq(kit_look(k).timer_ms, want[(view - 1) / 4], "view %d", (int)view);
        memset(&x, 0, sizeof x);
        kit_cert(k, &x, YQ_SIGNED_NULLIFY, view);
        cr_assert_eq(kit_send_cert(k, 2, &x), YQ_OK);
        cr_assert_eq(kit_look(k).view, view + 1);
    }
    kit_drop(k);
}

/* One T in the first view of a dead leader's window, then none. */
Test(core, a_dead_leader_is_skipped_fast)
{
    kit *k = kit_make(2);
    (void)kit_start(k, NULL);
    kit_work(k, 1);
    kit_wait(k, 1000);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NULLIFY, 1, NULL), 1);
    for (uint64_t view = 1; view <= 3; view++) {
        (void)kit_peer_votes(k, YQ_SIGNED_NULLIFY, view, 1, NULL);
        (void)kit_peer_votes(k, YQ_SIGNED_NULLIFY, view, 3, NULL);
        cr_assert_eq(kit_look(k).view, view + 1);
        cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NULLIFY, view + 1, NULL), 1, "at once");
    }
    (void)kit_peer_votes(k, YQ_SIGNED_NULLIFY, 4, 1, NULL);
    (void)kit_peer_votes(k, YQ_SIGNED_NULLIFY, 4, 3, NULL);
    cr_assert_eq(kit_look(k).view, 5);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NULLIFY, 5, NULL), 0, "another leader, a new window");
    kit_drop(k);
}

Test(core, the_leaders_own_nullify_ends_the_view)
{
    kit *k = kit_make(2);
    (void)kit_start(k, NULL);
    (void)kit_peer_votes(k, YQ_SIGNED_NULLIFY, 1, 1, NULL);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NULLIFY, 1, NULL), 0);
    yq_vote bad = kit_vote(k, YQ_SIGNED_NULLIFY, 1, 0);
    cr_assert_eq(kit_send_vote(k, bad), YQ_E_SIG, "checked before it is believed");
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NULLIFY, 1, NULL), 0);
    (void)kit_peer_votes(k, YQ_SIGNED_NULLIFY, 1, 0, NULL);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NULLIFY, 1, NULL), 1);
    kit_drop(k);
}

Test(core, one_notarize_a_view)
{
    kit *k = kit_make(1);
    (void)kit_start(k, NULL);
    yq_header one = kit_header(k, 1, &k->genesis), two = one;
    two.time_ms++;
    (void)kit_propose(k, &one, NULL, NULL);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NOTARIZE, 1, NULL), 1);
    cr_assert_eq(kit_propose(k, &two, NULL, NULL), YQ_OK);
    cr_assert_eq(kit_records(k, YQ_BFT_REC_NOTARIZED), 1);
    cr_assert_eq(k->evidence_n, 1);
    cr_assert_eq(k->evidence, YQ_BFT_EV_PROPOSE);
    (void)kit_propose(k, &two, NULL, NULL);
    cr_assert_eq(k->evidence_n, 1, "told once");
    kit_drop(k);
}

/* After NULLIFY of a view NOTARIZE is allowed, FINALIZE never; after FINALIZE no NULLIFY. */
Test(core, finalize_and_nullify_exclude_each_other)
{
    kit *k = kit_make(1);
    (void)kit_start(k, NULL);
    kit_work(k, 1);
    kit_wait(k, 1000);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NULLIFY, 1, NULL), 1);
    yq_header h = kit_header(k, 1, &k->genesis);
    (void)kit_propose(k, &h, NULL, NULL);
    cr_assert_eq(kit_records(k, YQ_BFT_REC_NOTARIZED), 1);
    yq_digest d = hash_of(k, &h);
    (void)kit_peer_votes(k, YQ_SIGNED_NOTARIZE, 1, 0, &d);
    (void)kit_peer_votes(k, YQ_SIGNED_NOTARIZE, 1, 2, &d);
    cr_assert_eq(kit_look(k).view, 2);
    cr_assert_eq(k->executed_n, 1);
    cr_assert_eq(kit_records(k, YQ_BFT_REC_FINALIZED), 0);
    kit_drop(k);

    k = kit_make(1);
    (void)kit_start(k, NULL);
    h = kit_header(k, 1, &k->genesis);
    (void)kit_propose(k, &h, NULL, NULL);
    d = hash_of(k, &h);
    (void)kit_peer_votes(k, YQ_SIGNED_NOTARIZE, 1, 0, &d);
    (void)kit_peer_votes(k, YQ_SIGNED_NOTARIZE, 1, 2, &d);
    cr_assert_eq(kit_records(k, YQ_BFT_REC_FINALIZED), 1);
    kit_work(k, 1);
    kit_wait(k, 60000);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NULLIFY, 1, NULL), 0);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NULLIFY, 2, NULL) > 0, 1, "only the present view");
    kit_drop(k);
}

Test(core, a_vote_comes_from_its_signer)
{
    kit *k = kit_make(1);
    (void)kit_start(k, NULL);
    yq_vote v = kit_vote(k, YQ_SIGNED_NULLIFY, 1, 2);
    kit_sign(k, &v);
    uint8_t room[1 + YQ_VOTE_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, YQ_BFT_MSG_VOTE);
    yq_vote_put(&w, &v);
    cr_assert_eq(kit_receive(k, 3, yq_writer_slice(&w)), YQ_E_SIGNER_MISMATCH);
    cr_assert_eq(kit_receive(k, 64, yq_writer_slice(&w)), YQ_E_SIGNER_MISMATCH);
    cr_assert_eq(kit_receive(k, 1, yq_writer_slice(&w)), YQ_E_SIGNER_MISMATCH, "its own index");
    cr_assert_eq(kit_receive(k, 2, yq_writer_slice(&w)), YQ_OK);
    v = kit_vote(k, YQ_SIGNED_PROPOSE, 1, 2);
    cr_assert_eq(kit_send_vote(k, v), YQ_E_SIGNER_MISMATCH, "PROPOSE is no vote");
    yq_header h = kit_header(k, 1, &k->genesis);
    yq_final_info info = kit_info(k, &h, 1);
    info.chain_id_hash.b[0] ^= 1;
    cr_assert_eq(kit_peer_finalizes(k, 2, &info), YQ_E_DOMAIN);
    cr_assert_eq(kit_look(k).dropped, 5);
    kit_drop(k);
}

/* A vote with a bad signature counts for nothing, and its signer's next one does. */
Test(core, bad_signatures_make_no_certificate)
{
    kit *k = kit_make(1);
    (void)kit_start(k, NULL);
    yq_vote bad = kit_vote(k, YQ_SIGNED_NULLIFY, 1, 2);
    cr_assert_eq(kit_send_vote(k, bad), YQ_OK, "votes are counted before they are checked");
    (void)kit_peer_votes(k, YQ_SIGNED_NULLIFY, 1, 3, NULL);
    kit_work(k, 1);
    kit_wait(k, 1000);
    cr_assert_eq(kit_look(k).view, 1);
    (void)kit_peer_votes(k, YQ_SIGNED_NULLIFY, 1, 2, NULL);
    cr_assert_eq(kit_look(k).view, 2);
    kit_drop(k);
}

Test(core, certificates_are_checked)
{
    kit *k = kit_make(3);
    (void)kit_start(k, NULL);
    static yq_cert c;
    kit_cert(k, &c, YQ_SIGNED_NULLIFY, 1);
    c.sig[1][3] ^= 1;
    cr_assert_eq(kit_send_cert(k, 2, &c), YQ_E_SIG);
    kit_cert(k, &c, YQ_SIGNED_NULLIFY, 1);
    c.bitmap = 3;
    cr_assert_eq(kit_send_cert(k, 2, &c), YQ_E_QUORUM);
    cr_assert_eq(kit_look(k).view, 1);
    kit_cert(k, &c, YQ_SIGNED_NULLIFY, 1);
    c.epoch = 2;
    cr_assert_eq(kit_send_cert(k, 2, &c), YQ_OK, "another epoch's is not ours to judge");
    cr_assert_eq(kit_look(k).view, 1);
    kit_cert(k, &c, YQ_SIGNED_NULLIFY, 1);
    cr_assert_eq(kit_send_cert(k, 64, &c), YQ_OK, "anybody may bring one");
    cr_assert_eq(kit_look(k).view, 2);
    cr_assert_eq(kit_records(k, YQ_BFT_REC_CERT), 1);
    kit_drop(k);
}

Test(core, divergence_stops_the_votes)
{
    kit *k = kit_make(1);
    (void)kit_start(k, NULL);
    yq_header h = kit_header(k, 1, &k->genesis);
    (void)kit_propose(k, &h, NULL, NULL);
    yq_digest d = hash_of(k, &h);
    (void)kit_peer_votes(k, YQ_SIGNED_NOTARIZE, 1, 0, &d);
    (void)kit_peer_votes(k, YQ_SIGNED_NOTARIZE, 1, 2, &d);
    yq_final_info info = kit_info(k, &h, 1);
    info.result_root.b[9] ^= 1;
    (void)kit_peer_finalizes(k, 2, &info);
    cr_assert_eq(k->diverged_n, 0, "one may lie");
    (void)kit_peer_finalizes(k, 3, &info);
    cr_assert_eq(k->diverged_n, 1, "two of four cannot both");
    cr_assert_eq(kit_look(k).halted, 1);
    cr_assert_not(yq_bft_may_sign(k->core, 1, 2));
    kit_drop(k);
}

Test(core, conflicting_votes_are_evidence)
{
    kit *k = kit_make(1);
    (void)kit_start(k, NULL);
    yq_header h = kit_header(k, 1, &k->genesis);
    yq_digest one = hash_of(k, &h), two = one;
    two.b[0] ^= 1;
    (void)kit_peer_votes(k, YQ_SIGNED_NOTARIZE, 1, 2, &one);
    (void)kit_peer_votes(k, YQ_SIGNED_NOTARIZE, 1, 2, &two);
    cr_assert_eq(k->evidence, YQ_BFT_EV_NOTARIZE);
    yq_final_info info = kit_info(k, &h, 1);
    (void)kit_peer_votes(k, YQ_SIGNED_NULLIFY, 1, 3, NULL);
    (void)kit_peer_finalizes(k, 3, &info);
    cr_assert_eq(k->evidence_n, 2);
    cr_assert_eq(k->evidence, YQ_BFT_EV_CONFLICT);
    (void)kit_peer_finalizes(k, 0, &info);
    info.height++;
    (void)kit_peer_finalizes(k, 0, &info);
    cr_assert_eq(k->evidence_n, 3);
    cr_assert_eq(k->evidence, YQ_BFT_EV_FINALIZE);
    kit_drop(k);
}

/* Who speaks of an old view gets what lets it go on, and not more often than it may. */
Test(core, laggards_are_answered)
{
    kit *k = kit_make(1);
    (void)kit_start(k, NULL);
    static yq_cert x;
    for (uint64_t view = 1; view <= 5; view++) {
        memset(&x, 0, sizeof x);
        kit_cert(k, &x, YQ_SIGNED_NULLIFY, view);
        (void)kit_send_cert(k, 0, &x);
    }
    kit_forget(k);
    k->now = 5000;
    (void)kit_peer_votes(k, YQ_SIGNED_NULLIFY, 2, 3, NULL);
    cr_assert_eq(kit_sent_kind(k, YQ_BFT_MSG_CERT), 2, "X of view 2 and what let us into view 6");
    (void)kit_peer_votes(k, YQ_SIGNED_NULLIFY, 2, 3, NULL);
    cr_assert_eq(kit_sent_kind(k, YQ_BFT_MSG_CERT), 2);
    (void)kit_peer_votes(k, YQ_SIGNED_NULLIFY, 2, 2, NULL);
    cr_assert_eq(kit_sent_kind(k, YQ_BFT_MSG_CERT), 4, "each peer has its own meter");
    k->now += 2000;
    (void)kit_peer_votes(k, YQ_SIGNED_NULLIFY, 2, 3, NULL);
    cr_assert_eq(kit_sent_kind(k, YQ_BFT_MSG_CERT), 6);
    uint8_t request[] = {YQ_BFT_MSG_CERTS_REQUEST,
                         0,
                         0,
                         0,
                         0,
                         0,
                         0,
                         0,
                         1,
                         0,
                         0,
                         0,
                         0,
                         0,
                         0,
                         0,
                         2,
                         0,
                         0,
                         0,
                         0,
                         0,
                         0,
                         0,
                         4};
    (void)kit_receive(k, 3, yq_slice_of(request, sizeof request));
    cr_assert_eq(kit_sent_kind(k, YQ_BFT_MSG_CERT), 9, "views 2 to 4");
    kit_drop(k);
}

Test(core, damaged_messages)
{
    kit *k = kit_make(1);
    (void)kit_start(k, NULL);
    cr_assert_eq(kit_receive(k, 2, (yq_slice){0}), YQ_E_TRUNCATED);
    uint8_t room[2] = {0, 0};
    cr_assert_eq(kit_receive(k, 2, yq_slice_of(room, 1)), YQ_E_FIELD_UNKNOWN);
    room[0] = 8;
    cr_assert_eq(kit_receive(k, 2, yq_slice_of(room, 1)), YQ_E_FIELD_UNKNOWN);
    for (uint8_t kind = YQ_BFT_MSG_PROPOSAL; kind <= YQ_BFT_MSG_STATUS; kind++) {
        room[0] = kind;
        cr_assert_neq(kit_receive(k, 2, yq_slice_of(room, 1)), YQ_OK, "kind %d", kind);
    }
    kit_drop(k);
}
