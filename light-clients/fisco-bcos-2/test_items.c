#include "light-clients/fisco-bcos-2/test_world.h"

TestSuite(items, .init = setup, .fini = teardown);

/* A transaction of the forms that the chain does not have. */
static yq_status tx_of(uint8_t suite, size_t to_n, size_t v_n, uint64_t v, size_t items)
{
    static const uint8_t filler[64] = {9};
    uint8_t room[512];
    yq_fisco2_tx tx;
    yq_writer out = yq_writer_of(room, sizeof room);
    size_t list = yq_rlp_list_begin(&out);
    for (size_t i = 0; i < items; i++) {
        if (i == 4) {
            yq_rlp_put_string(&out, yq_slice_of(filler, to_n));
        } else if (i == 10 && v_n > 0) {
            yq_rlp_put_string(&out, yq_slice_of(filler, v_n));
        } else {
            yq_rlp_put_uint(&out, i == 10 ? v : 5);
        }
    }
    yq_rlp_list_end(&out, list);
    const yq_fisco2_call call = {
        .host = test_client_begin(w[0].client, 0), .why = &w[0].client->why, .suite = suite};
    return yq_fisco2_tx_decode(&call, yq_writer_slice(&out), &tx);
}

Test(items, transactions)
{
    cr_assert_eq(tx_of(YQ_FISCO2_SUITE_SM, 20, 64, 0, 13), YQ_OK);
    cr_assert_eq(tx_of(YQ_FISCO2_SUITE_SM, 0, 64, 0, 13), YQ_OK);
    cr_assert_eq(tx_of(YQ_FISCO2_SUITE_SM, 19, 64, 0, 13), YQ_E_LEN);
    cr_assert_eq(tx_of(YQ_FISCO2_SUITE_SM, 21, 64, 0, 13), YQ_E_LIMIT);
    cr_assert_eq(tx_of(YQ_FISCO2_SUITE_SM, 20, 63, 0, 13), YQ_E_LEN);
    cr_assert_eq(tx_of(YQ_FISCO2_SUITE_SM, 20, 0, 27, 13), YQ_E_LEN);
    cr_assert_eq(tx_of(YQ_FISCO2_SUITE_KECCAK, 20, 0, 27, 13), YQ_OK);
    cr_assert_eq(tx_of(YQ_FISCO2_SUITE_KECCAK, 20, 0, 28, 13), YQ_OK);
    cr_assert_eq(tx_of(YQ_FISCO2_SUITE_KECCAK, 20, 0, 26, 13), YQ_E_RANGE);
    cr_assert_eq(tx_of(YQ_FISCO2_SUITE_KECCAK, 20, 0, 29, 13), YQ_E_RANGE);
    cr_assert_eq(tx_of(YQ_FISCO2_SUITE_KECCAK, 20, 64, 0, 13), YQ_E_LIMIT);
    cr_assert_eq(tx_of(YQ_FISCO2_SUITE_KECCAK, 20, 0, 27, 12), YQ_E_TRUNCATED);
    cr_assert_eq(tx_of(YQ_FISCO2_SUITE_KECCAK, 20, 0, 27, 14), YQ_E_TRAILING);
}

/* A receipt of so many items whose list of logs stands at this place. */
typedef struct receipt_form {
    size_t items, logs_at, root, address, bloom, gas_zeros;
    size_t log_items, log_address, topic, topics;
} receipt_form;

static void put_log(yq_writer *out, const receipt_form *f)
{
    static const uint8_t filler[64] = {1};
    size_t log = yq_rlp_list_begin(out);
    yq_rlp_put_string(out, yq_slice_of(filler, f->log_address));
    size_t topics = yq_rlp_list_begin(out);
    for (size_t i = 0; i < f->topics; i++) {
        yq_rlp_put_string(out, yq_slice_of(filler, f->topic));
    }
    yq_rlp_list_end(out, topics);
    for (size_t i = 2; i < f->log_items; i++) {
        yq_rlp_put_string(out, yq_slice_text("data"));
    }
    yq_rlp_list_end(out, log);
}

static yq_status receipt_of(const receipt_form *f)
{
    static const uint8_t filler[300] = {1}, zeros[2] = {0, 7};
    const size_t size[] = {f->root, 0, f->address, f->bloom};
    uint8_t room[1024];
    yq_fisco2_receipt r;
    yq_writer out = yq_writer_of(room, sizeof room);
    size_t list = yq_rlp_list_begin(&out);
    for (size_t i = 0; i < f->items; i++) {
        if (i == f->logs_at) {
            size_t logs = yq_rlp_list_begin(&out);
            put_log(&out, f);
            yq_rlp_list_end(&out, logs);
        } else if (i < YQ_ARRAY_N(size) && i != 1) {
            yq_rlp_put_string(&out, yq_slice_of(filler, size[i]));
        } else if (i == 6 && f->gas_zeros) {
            yq_rlp_put_string(&out, yq_slice_of(zeros, sizeof zeros));
        } else {
            yq_rlp_put_uint(&out, 5);
        }
    }
    yq_rlp_list_end(&out, list);
    const yq_fisco2_call call = {
        .host = test_client_begin(w[0].client, 0),
        .why = &w[0].client->why,
        .suite = YQ_FISCO2_SUITE_SM};
    return yq_fisco2_receipt_decode(&call, yq_writer_slice(&out), 0, &r);
}

Test(items, receipts_have_seven_items_or_eight)
{
    static const struct {
        receipt_form form;
        yq_status expected;
    } row[] = {
        {{7, 6, 32, 20, 256, 0, 3, 20, 32, 4}, YQ_OK},
        {{8, 7, 32, 20, 256, 0, 3, 20, 32, 4}, YQ_OK},
        {{6, 6, 32, 20, 256, 0, 3, 20, 32, 4}, YQ_E_TRUNCATED},
        {{6, 5, 32, 20, 256, 0, 3, 20, 32, 4}, YQ_E_TYPE},
        {{7, 7, 32, 20, 256, 0, 3, 20, 32, 4}, YQ_E_TRUNCATED},
        {{8, 6, 32, 20, 256, 0, 3, 20, 32, 4}, YQ_E_TRAILING},
        {{9, 7, 32, 20, 256, 0, 3, 20, 32, 4}, YQ_E_TRAILING},
        {{9, 8, 32, 20, 256, 0, 3, 20, 32, 4}, YQ_E_TYPE},
        {{8, 7, 32, 20, 256, 1, 3, 20, 32, 4}, YQ_E_NONCANONICAL},
        {{8, 7, 31, 20, 256, 0, 3, 20, 32, 4}, YQ_E_LEN},
        {{8, 7, 32, 19, 256, 0, 3, 20, 32, 4}, YQ_E_LEN},
        {{8, 7, 32, 20, 255, 0, 3, 20, 32, 4}, YQ_E_LEN},
        {{8, 7, 32, 20, 256, 0, 2, 20, 32, 4}, YQ_E_TRUNCATED},
        {{8, 7, 32, 20, 256, 0, 4, 20, 32, 4}, YQ_E_TRAILING},
        {{8, 7, 32, 20, 256, 0, 3, 21, 32, 4}, YQ_E_LEN},
        {{8, 7, 32, 20, 256, 0, 3, 20, 31, 4}, YQ_E_LEN},
        {{8, 7, 32, 20, 256, 0, 3, 20, 32, 0}, YQ_OK},
        {{8, 7, 32, 20, 256, 0, 3, 20, 32, 5}, YQ_E_LIMIT},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        cr_expect_eq(receipt_of(&row[i].form), row[i].expected, "row %zu", i);
    }
}

Test(items, receipts)
{
    static test_tx made;
    yq_fisco2_receipt r;
    const yq_fisco2_call call = {
        .host = test_client_begin(w[0].client, 0),
        .why = &w[0].client->why,
        .suite = YQ_FISCO2_SUITE_SM};
    test_log log[3] = {{.topics = 4}, {.topics = 0}, {.topics = 2}};
    log[2].address[0] = 7;
    for (int items = 7; items <= 8; items++) {
        test_receipt_make(3, yq_slice_text("out"), log, 3, items, &made);
        yq_slice raw = yq_slice_of(made.receipt, made.receipt_n);
        cr_assert_eq(yq_fisco2_receipt_decode(&call, raw, 2, &r), YQ_OK);
        cr_assert_eq(r.status, 3);
        cr_assert_eq(r.log_n, 3);
        cr_assert_eq(r.log.address.p[0], 7);
        cr_assert_eq(r.log.topic0.n, 32);
        raw.n--;
        cr_assert_eq(yq_fisco2_receipt_decode(&call, raw, 2, &r), YQ_E_TRUNCATED);
    }
    log[1].topics = 5;
    test_receipt_make(0, (yq_slice){0}, log, 3, 8, &made);
    cr_assert_eq(
        yq_fisco2_receipt_decode(&call, yq_slice_of(made.receipt, made.receipt_n), 0, &r),
        YQ_E_LIMIT);
}
