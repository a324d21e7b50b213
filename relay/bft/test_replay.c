/* What a restart remembers. */
#include "relay/bft/test_kit.h"

#include <criterion/criterion.h>

Test(replay, a_vote_is_sent_again_and_no_other)
{
    kit *k = kit_make(1);
    (void)kit_start(k, NULL);
    yq_header one = kit_header(k, 1, &k->genesis), two = one;
    two.time_ms++;
    (void)kit_propose(k, &one, NULL, NULL);
    yq_vote before, after;
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NOTARIZE, 1, &before), 1);
    cr_assert_eq(kit_restart(k, k->record_n), YQ_OK);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NOTARIZE, 1, &after), 1);
    cr_assert_arr_eq(before.h.b, after.h.b, 32);
    (void)kit_propose(k, &two, NULL, NULL);
    cr_assert_eq(kit_records(k, YQ_BFT_REC_NOTARIZED), 1);
    /* The block that it answers for is still the first one. */
    uint8_t ask[33] = {YQ_BFT_MSG_BLOCK_REQUEST};
    memcpy(ask + 1, before.h.b, 32);
    (void)kit_receive(k, 2, yq_slice_of(ask, sizeof ask));
    cr_assert_eq(kit_sent_kind(k, YQ_BFT_MSG_BLOCK), 1);
    kit_drop(k);
}

Test(replay, a_proposal_is_the_same_again)
{
    kit *k = kit_make(0);
    (void)kit_start(k, NULL);
    k->payload_n = 1;
    kit_work(k, 1);
    cr_assert_eq(kit_sent_kind(k, YQ_BFT_MSG_PROPOSAL), 1);
    uint8_t first[YQ_HEADER_SIZE];
    for (unsigned i = 0; i < k->sent_n; i++) {
        if (k->sent[i].p[0] == YQ_BFT_MSG_PROPOSAL) {
            memcpy(first, k->sent[i].p + 1, sizeof first);
        }
    }
    k->now += 500;
    cr_assert_eq(kit_restart(k, k->record_n), YQ_OK);
    kit_work(k, 1);
    unsigned found = 0;
    for (unsigned i = 0; i < k->sent_n; i++) {
        if (k->sent[i].p[0] == YQ_BFT_MSG_PROPOSAL) {
            found++;
            cr_assert_arr_eq(k->sent[i].p + 1, first, sizeof first);
        }
    }
    cr_assert_eq(found, 1);
    cr_assert_eq(kit_records(k, YQ_BFT_REC_PROPOSED), 1);
    kit_drop(k);
}

/* Its own proposal is in the log before its vote; only the vote's record brings the bodies. */
Test(replay, bodies_of_an_own_proposal_are_asked_about)
{
    kit *k = kit_make(0);
    (void)kit_start(k, NULL);
    memset(k->payload, 7, 32);
    k->payload_n = 1;
    kit_work(k, 1);
    unsigned upto = 0;
    while (k->record[upto].p[0] != YQ_BFT_REC_PROPOSED) {
        upto++;
    }
    k->verdict = YQ_BFT_VERDICT_WAIT;
    cr_assert_eq(kit_restart(k, upto + 1), YQ_OK);
    cr_assert_eq(kit_sent_kind(k, YQ_BFT_MSG_PROPOSAL), 1);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NOTARIZE, 1, NULL), 0);
    k->verdict = YQ_BFT_VERDICT_OK;
    (void)kit_step(k, (yq_bft_event){.kind = YQ_BFT_BODY});
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NOTARIZE, 1, NULL), 1);
    kit_drop(k);
}

Test(replay, nullified_stays_unfinalized)
{
    kit *k = kit_make(1);
    (void)kit_start(k, NULL);
    kit_work(k, 1);
    kit_wait(k, 1000);
    cr_assert_eq(kit_records(k, YQ_BFT_REC_NULLIFIED), 1);
    cr_assert_eq(kit_restart(k, k->record_n), YQ_OK);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NULLIFY, 1, NULL), 1);
    yq_header h = kit_header(k, 1, &k->genesis);
    (void)kit_propose(k, &h, NULL, NULL);
    yq_digest d;
    yq_header_hash(k->cfg.hash_alg, &h, &d);
    (void)kit_peer_votes(k, YQ_SIGNED_NOTARIZE, 1, 0, &d);
    (void)kit_peer_votes(k, YQ_SIGNED_NOTARIZE, 1, 2, &d);
    cr_assert_eq(kit_look(k).view, 2);
    cr_assert_eq(kit_records(k, YQ_BFT_REC_FINALIZED), 0);
    kit_drop(k);
}

static yq_cert cert;

Test(replay, the_final_view_comes_from_the_stored_certificate)
{
    kit *k = kit_make(1);
    (void)kit_start(k, NULL);
    yq_header h = kit_header(k, 1, &k->genesis);
    (void)kit_propose(k, &h, NULL, NULL);
    memset(&cert, 0, sizeof cert);
    cert.info = kit_info(k, &h, 1);
    cert.h = cert.info.h;
    kit_cert(k, &cert, YQ_SIGNED_FINALIZE, 1);
    cr_assert_eq(kit_look(k).view, 1);
    cr_assert_eq(kit_send_cert(k, 2, &cert), YQ_OK);
    cr_assert_eq(kit_look(k).fin_view, 1);
    k->tip = k->genesis; /* as if the commit were lost and the log not */
    cr_assert_eq(kit_restart(k, k->record_n), YQ_OK);
    cr_assert_eq(kit_look(k).fin_view, 1);
    cr_assert_eq(kit_look(k).view, 2);
    cr_assert_not(yq_bft_may_sign(k->core, 1, 1));
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NOTARIZE, 1, NULL), 0, "nothing at the final view");
    kit_drop(k);
}

/* A block below F has no certificate of its own: it is stored only once that F is durable. */
Test(replay, f_is_durable_before_what_stands_on_it)
{
    kit *k = kit_make(1);
    (void)kit_start(k, NULL);
    yq_bft_tip first = {.header = kit_header(k, 1, &k->genesis)};
    yq_header_hash(k->cfg.hash_alg, &first.header, &first.h);
    first.result = kit_result(&first.h);
    (void)kit_propose(k, &first.header, NULL, NULL);
    memset(&cert, 0, sizeof cert);
    cert.h = first.h;
    kit_cert(k, &cert, YQ_SIGNED_NOTARIZE, 1);
    yq_header second = kit_header(k, 2, &first);
    second.time_ms++;
    (void)kit_propose(k, &second, &cert, NULL);
    memset(&cert, 0, sizeof cert);
    yq_header_hash(k->cfg.hash_alg, &second, &cert.h);
    kit_cert(k, &cert, YQ_SIGNED_NOTARIZE, 2);
    (void)kit_send_cert(k, 0, &cert);
    cr_assert_eq(k->executed_n, 2);
    k->hold_persist = 1;
    memset(&cert, 0, sizeof cert);
    cert.info = kit_info(k, &second, 2);
    cert.h = cert.info.h;
    kit_cert(k, &cert, YQ_SIGNED_FINALIZE, 2);
    (void)kit_send_cert(k, 0, &cert);
    cr_assert_eq(kit_look(k).fin_view, 2);
    cr_assert_eq(k->committed_n, 0);
    (void)kit_step(k, (yq_bft_event){.kind = YQ_BFT_PERSISTED, .seq = k->record_n});
    cr_assert_eq(k->committed_n, 2);
    kit_drop(k);
}

Test(replay, a_damaged_log_is_refused)
{
    kit *k = kit_make(1);
    (void)kit_start(k, NULL);
    yq_header h = kit_header(k, 1, &k->genesis);
    (void)kit_propose(k, &h, NULL, NULL);
    for (unsigned r = 0; r < k->record_n; r++) {
        for (size_t n = 0; n < k->record[r].n; n++) {
            yq_bft *fresh = yq_bft_new(k->mem, &k->cfg);
            yq_bft_event ev = {.kind = YQ_BFT_RECORD, .bytes = {k->record[r].p, n}};
            cr_assert_neq(
                yq_bft_step(fresh, &ev, &k->actions), YQ_OK, "record %u cut at %zu", r, n);
        }
        uint8_t type = k->record[r].p[0];
        k->record[r].p[0] = 99;
        yq_bft *fresh = yq_bft_new(k->mem, &k->cfg);
        yq_bft_event ev = {.kind = YQ_BFT_RECORD, .bytes = {k->record[r].p, k->record[r].n}};
        cr_assert_eq(yq_bft_step(fresh, &ev, &k->actions), YQ_E_CORRUPT);
        k->record[r].p[0] = type;
    }
    kit_drop(k);
}

Test(replay, a_log_ahead_of_the_state_is_refused)
{
    kit *k = kit_make(1);
    uint8_t record[17] = {YQ_BFT_REC_EPOCH, 0, 0, 0, 0, 0, 0, 0, 2};
    yq_bft_event ev = {.kind = YQ_BFT_RECORD, .bytes = {record, sizeof record}};
    cr_assert_eq(yq_bft_step(k->core, &ev, &k->actions), YQ_OK);
    cr_assert_eq(kit_start(k, NULL), YQ_E_CORRUPT);
    kit_drop(k);

    /* A vote so far up that its final view must have been higher, and no F to show for it. */
    k = kit_make(1);
    uint8_t far[17] = {YQ_BFT_REC_NULLIFIED, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 100};
    ev.bytes = yq_slice_of(far, sizeof far);
    cr_assert_eq(yq_bft_step(k->core, &ev, &k->actions), YQ_OK);
    cr_assert_eq(kit_start(k, NULL), YQ_E_CORRUPT);
    kit_drop(k);
}

/* Certificates that ended older epochs are read back and given to those who stayed behind. */
static void laggards_hear_of_the_end(int next)
{
    kit *k = kit_make(1);
    yq_header h = kit_header(k, 1, &k->genesis);
    memset(&cert, 0, sizeof cert);
    cert.info = kit_info(k, &h, 1);
    cert.h = cert.info.h;
    memset(cert.info.next_valset_hash.b, next, 32);
    kit_cert(k, &cert, YQ_SIGNED_FINALIZE, 1);
    uint8_t room[17 + YQ_CERT_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, YQ_BFT_REC_CERT);
    yq_put_u64(&w, 1);
    yq_put_u64(&w, 1);
    yq_cert_put(&w, &cert);
    yq_bft_event ev = {.kind = YQ_BFT_RECORD, .bytes = yq_writer_slice(&w)};
    cr_assert_eq(yq_bft_step(k->core, &ev, &k->actions), YQ_OK);
    k->set.epoch = 5;
    k->tip.header.epoch = 4;
    cr_assert_eq(kit_start(k, NULL), YQ_OK);
    kit_forget(k);
    cr_assert_eq(kit_look(k).epoch, 5);
    cr_assert_eq(kit_look(k).fin_view, 0, "another epoch's final view");
    (void)kit_peer_votes(k, YQ_SIGNED_NULLIFY, 1, 3, NULL);
    cr_assert_eq(kit_sent_kind(k, YQ_BFT_MSG_CERT), 1);
    kit_drop(k);
}

Test(replay, ends_of_epochs_help_laggards)
{
    laggards_hear_of_the_end(9);
    laggards_hear_of_the_end(0); /* a recovery ended it: of that its certificate says nothing */
}

/* A recovery ends the epoch below a block that was voted for: nothing of it is signed any more. */
Test(replay, an_epoch_that_a_recovery_ended_is_signed_no_more)
{
    kit *k = kit_make(0);
    yq_vote own;
    (void)kit_start(k, NULL);
    k->payload_n = 1;
    kit_work(k, 1);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NOTARIZE, 1, &own), 1);
    cr_assert_eq(own.epoch, 1);
    k->set.epoch = 2;
    cr_assert_eq(kit_restart(k, k->record_n), YQ_OK);
    yq_bft_view at = kit_look(k);
    cr_assert_eq(at.epoch, 2);
    cr_assert_eq(at.view, 1);
    cr_assert_eq(at.fin_height, 0);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NOTARIZE, 1, &own), 0, "not sent again");
    cr_assert_not(yq_bft_may_sign(k->core, 1, 1));
    cr_assert(yq_bft_may_sign(k->core, 2, 1));
    kit_work(k, 1);
    cr_assert_eq(kit_sent_votes(k, YQ_SIGNED_NOTARIZE, 1, &own), 1, "the new epoch's view 1");
    cr_assert_eq(own.epoch, 2);
    kit_drop(k);
}
