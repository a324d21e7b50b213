#include "adapters/fisco-bcos-2/test_chain_files.h"
#include "light-clients/fisco-bcos-2/test_client.h"
#include "relay/crypto/crypto.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

typedef struct chain {
    char name[40];
    unsigned height, changes;
} chain;

/* Of the first three the node's own proofs are recorded, too. */
static chain chains[] = {
    {"fisco-2x-sm", 26, 4},
    {"fisco-2x-keccak", 26, 4},
    {"fisco-2x-sm280", 25, 4},
    {"fisco-2x-sm-multichange", 9, 11},
    {"fisco-2x-sm-onedown", 10, 0},
};

static uint8_t evidence_room[TEST_EVIDENCE_MAX], path_room[2][4096];

static size_t txs_of(const yq_json *block)
{
    return yq_json_count(yq_json_get(test_result(block), "transactions"));
}

/* All hashes of a block's objects, and the paths of one index. */
static void paths_of_block(
    const char *name, const yq_fisco2_profile *p, unsigned number, uint32_t index, yq_slice path[2])
{
    static yq_digest hash[2][64];
    static uint8_t room[1u << 20];
    yq_json *block = test_file(name, "block_%u", number);
    const yq_json *txs = yq_json_get(test_result(block), "transactions");
    size_t n = yq_json_count(txs);
    cr_assert_leq(n, 64);
    for (size_t i = 0; i < n; i++) {
        yq_json *receipt = test_file(name, "tx_%u_%zu_receipt", number, i);
        yq_buf tx_raw = {room, sizeof room, 0}, receipt_raw = {room, sizeof room, 0};
        yq_fault why;
        cr_assert_eq(yq_fisco2_tx_rlp(p, yq_json_at(txs, i), &tx_raw, &hash[0][i], &why), YQ_OK);
        cr_assert_eq(
            yq_fisco2_receipt_rlp(p, test_result(receipt), &receipt_raw, &hash[1][i], &why), YQ_OK);
        yq_json_free(receipt);
    }
    for (size_t k = 0; k < 2; k++) {
        yq_digest root, stated;
        yq_buf out = {path_room[k], sizeof path_room[k], 0}, room32 = {stated.b, 32, 0};
        cr_assert_eq(
            yq_fisco2_path_of_hashes(yq_fisco2_profile_hash(p), hash[k], n, index, &out, &root),
            YQ_OK);
        cr_assert(yq_json_hex(
            yq_json_get(test_result(block), k == 0 ? "transactionsRoot" : "receiptsRoot"),
            &room32));
        cr_assert_arr_eq(root.b, stated.b, 32, "%s block %u", name, number);
        path[k] = yq_slice_of(out.p, out.n);
    }
    yq_json_free(block);
}

/* The inclusion of one transaction; documents are kept open in doc[3]. */
static yq_fisco2_inclusion_json inclusion_of(
    const chain *c, const yq_fisco2_profile *p, unsigned number, uint32_t index, yq_json *doc[3])
{
    yq_fisco2_inclusion_json in = {0};
    doc[0] = test_file(c->name, "block_%u", number);
    doc[1] = test_file(c->name, "tx_%u_%u_receipt", number, index);
    doc[2] = NULL;
    in.tx = yq_json_at(yq_json_get(test_result(doc[0]), "transactions"), index);
    in.receipt = test_result(doc[1]);
    yq_slice path[2];
    paths_of_block(c->name, p, number, index, path);
    in.tx_path = path[0];
    in.receipt_path = path[1];
    return in;
}

/* The changes of block number, as one evidence takes them; at most 8. */
typedef struct change_list {
    yq_json *doc[8][3];
    yq_fisco2_inclusion_json in[8];
    uint8_t path[8][2][4096];
    size_t n;
} change_list;

static void changes_of(
    const chain *c, const yq_fisco2_profile *p, unsigned number, change_list *out)
{
    yq_json *block = test_file(c->name, "block_%u", number);
    const yq_json *txs = yq_json_get(test_result(block), "transactions");
    out->n = 0;
    for (uint32_t i = 0; i < yq_json_count(txs); i++) {
        if (!yq_fisco2_is_set_change(yq_json_at(txs, i))) {
            continue;
        }
        yq_fisco2_inclusion_json *in = &out->in[out->n];
        *in = inclusion_of(c, p, number, i, out->doc[out->n]);
        cr_assert(yq_fisco2_set_changed(in->receipt));
        memcpy(out->path[out->n][0], in->tx_path.p, in->tx_path.n);
        memcpy(out->path[out->n][1], in->receipt_path.p, in->receipt_path.n);
        in->tx_path.p = out->path[out->n][0];
        in->receipt_path.p = out->path[out->n][1];
        out->n++;
    }
    yq_json_free(block);
}

static void changes_free(change_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        yq_json_free(list->doc[i][0]);
        yq_json_free(list->doc[i][1]);
    }
}

static yq_slice update_of(
    const chain *c, const yq_fisco2_profile *p, unsigned number, size_t *change_n)
{
    static change_list changes;
    yq_json *block = test_file(c->name, "block_%u", number);
    cr_assert_not_null(block);
    changes_of(c, p, number - 1, &changes);
    const yq_json *result = test_result(block);
    yq_buf out = {evidence_room, sizeof evidence_room, 0};
    yq_fault why = {0};
    cr_assert_eq(
        yq_fisco2_update_of_json(p, result, changes.in, changes.n, &out, &why),
        YQ_OK,
        "%s block %u: %s",
        c->name,
        number,
        why.text);
    *change_n = changes.n;
    changes_free(&changes);
    yq_json_free(block);
    return yq_slice_of(out.p, out.n);
}

static void start(test_client *client, const chain *c, const yq_fisco2_profile *p)
{
    yq_json *genesis = test_file(c->name, "block_0");
    yq_buf out = {evidence_room, sizeof evidence_room, 0};
    yq_fault why = {0};
    cr_assert_eq(yq_fisco2_anchor_of_json(p, test_result(genesis), &out, &why), YQ_OK);
    cr_assert_eq(test_client_init(client, yq_slice_of(out.p, out.n)), YQ_OK);
    yq_json_free(genesis);
}

/* Follows the chain to a height. */
static size_t follow(
    test_client *client, const chain *c, const yq_fisco2_profile *p, unsigned from, unsigned to)
{
    size_t changes = 0, n;
    for (unsigned number = from; number <= to; number++) {
        yq_slice evidence = update_of(c, p, number, &n);
        changes += n;
        cr_assert_eq(
            test_client_update(client, evidence),
            YQ_OK,
            "%s block %u: %d %s",
            c->name,
            number,
            client->why.status,
            client->why.text);
        cr_assert_eq(test_client_update(client, evidence), YQ_E_REPLAY);
    }
    return changes;
}

ParameterizedTestParameters(recorded, every_header_and_set_change)
{
    return cr_make_param_array(chain, chains, YQ_ARRAY_N(chains), NULL);
}

ParameterizedTest(chain *c, recorded, every_header_and_set_change)
{
    test_client *client = test_fisco2_client();
    yq_fisco2_profile p = test_profile(c->name);
    start(client, c, &p);
    cr_assert_eq(follow(client, c, &p, 1, c->height), c->changes);
    yq_client_view view = {0};
    const yq_verifier *v = yq_verifier_fisco_bcos_2();
    cr_assert_eq(
        v->describe(test_client_begin(client, 0), test_client_state(client), &view, &client->why),
        YQ_OK);
    cr_assert_eq(view.height, c->height);
    cr_assert_eq(view.grade, YQ_GRADE_LIGHT_CLIENT);
    cr_assert_gt(view.time_ms, UINT64_C(1700000000000));
    size_t n = strstr(c->name, "multichange") == NULL ? 4 : 2;
    cr_assert_eq(view.validators, n);
    cr_assert_eq(view.quorum, n == 4 ? 3 : 2);
    test_client_free(client);
}

/* The log of the JSON is what the verifier gives. */
static void check_event(
    const yq_verified_event *event, const yq_json *receipt, unsigned number, uint32_t log_idx)
{
    static uint8_t room[65536];
    const yq_json *log = yq_json_at(yq_json_get(receipt, "logs"), log_idx);
    yq_buf out = {room, sizeof room, 0};
    cr_assert_eq(event->height, number);
    cr_assert_eq(event->event_index, log_idx);
    cr_assert_eq(event->grade, YQ_GRADE_LIGHT_CLIENT);
    cr_assert(yq_json_hex(yq_json_get(log, "address"), &out));
    cr_assert(yq_slice_equal(event->emitter, yq_slice_of(room, out.n)));
    out.n = 0;
    cr_assert(yq_json_hex(yq_json_at(yq_json_get(log, "topics"), 0), &out));
    cr_assert(yq_slice_equal(event->name, yq_slice_of(room, out.n)));
    out.n = 0;
    cr_assert(yq_json_hex(yq_json_get(log, "data"), &out));
    cr_assert(yq_slice_equal(event->data, yq_slice_of(room, out.n)));
    out.n = 0;
    cr_assert(yq_json_hex(yq_json_get(receipt, "transactionHash"), &out));
    cr_assert(yq_slice_equal(event->tx_id, yq_slice_of(room, out.n)));
}

static yq_slice event_of(
    const yq_fisco2_profile *p,
    unsigned number,
    const yq_fisco2_inclusion_json *in,
    uint32_t log_idx)
{
    yq_buf out = {evidence_room, sizeof evidence_room, 0};
    yq_fault why = {0};
    cr_assert_eq(
        yq_fisco2_event_of_json(p, number, in, log_idx, &out, &why), YQ_OK, "%s", why.text);
    return yq_slice_of(out.p, out.n);
}

/* Every transaction of a block with the node's own proofs. Returns the number of events. */
static size_t check_block(test_client *client, const chain *c, unsigned number)
{
    yq_fisco2_profile p = test_profile(c->name);
    yq_json *block = test_file(c->name, "block_%u", number);
    size_t n = txs_of(block), events = 0;
    for (uint32_t i = 0; i < n; i++) {
        yq_json *tx = test_file(c->name, "tx_%u_%u_proof", number, i);
        yq_json *receipt = test_file(c->name, "tx_%u_%u_receipt_proof", number, i);
        const yq_fisco2_inclusion_json in = {
            .tx = yq_json_get(test_result(tx), "transaction"),
            .tx_proof = yq_json_get(test_result(tx), "txProof"),
            .receipt = yq_json_get(test_result(receipt), "transactionReceipt"),
            .receipt_proof = yq_json_get(test_result(receipt), "receiptProof"),
        };
        size_t log_n = yq_json_count(yq_json_get(in.receipt, "logs"));
        uint64_t status = 0;
        cr_assert(yq_json_quantity(yq_json_get(in.receipt, "status"), &status));
        yq_verified_event event;
        for (uint32_t k = 0; k < log_n; k++) {
            cr_assert_eq(test_client_event(client, event_of(&p, number, &in, k), &event), YQ_OK);
            check_event(&event, in.receipt, number, k);
            events++;
        }
        yq_slice past = event_of(&p, number, &in, (uint32_t)log_n);
        cr_assert_eq(
            test_client_event(client, past, &event),
            status == 0 ? YQ_E_EVENT_UNPROVEN : YQ_E_TX_FAILED);
        /* The node's path is the one that the block's hashes give. */
        yq_slice path[2];
        paths_of_block(c->name, &p, number, i, path);
        uint8_t room[4096];
        yq_buf out = {room, sizeof room, 0};
        cr_assert_eq(yq_fisco2_path_of_json(in.tx_proof, i, &out, NULL), YQ_OK);
        cr_assert(yq_slice_equal(yq_slice_of(room, out.n), path[0]));
        yq_json_free(tx);
        yq_json_free(receipt);
    }
    yq_json_free(block);
    return events;
}

ParameterizedTestParameters(recorded, every_event)
{
    return cr_make_param_array(chain, chains, 3, NULL);
}

ParameterizedTest(chain *c, recorded, every_event)
{
    test_client *client = test_fisco2_client();
    yq_fisco2_profile p = test_profile(c->name);
    size_t events = 0;
    start(client, c, &p);
    (void)follow(client, c, &p, 1, c->height);
    for (unsigned number = 1; number <= c->height; number++) {
        events += check_block(client, c, number);
    }
    cr_assert_geq(events, 63, "%zu", events);
    test_client_free(client);
}

ParameterizedTestParameters(recorded, a_client_begins_anywhere)
{
    return cr_make_param_array(chain, chains, YQ_ARRAY_N(chains), NULL);
}

ParameterizedTest(chain *c, recorded, a_client_begins_anywhere)
{
    yq_fisco2_profile p = test_profile(c->name);
    for (unsigned number = 1; number < c->height; number++) {
        test_client *client = test_fisco2_client();
        yq_json *block = test_file(c->name, "block_%u", number);
        yq_buf out = {evidence_room, sizeof evidence_room, 0};
        cr_assert_eq(yq_fisco2_anchor_of_json(&p, test_result(block), &out, NULL), YQ_OK);
        cr_assert_eq(test_client_init(client, yq_slice_of(out.p, out.n)), YQ_OK);
        (void)follow(client, c, &p, number + 1, number + 1);
        yq_json_free(block);
        test_client_free(client);
    }
}

/* getBlockHeaderByNumber says the same as getBlockByNumber, with numbers written otherwise. */
Test(recorded, headers_and_blocks_agree)
{
    for (size_t i = 0; i < 3; i++) {
        yq_fisco2_profile p = test_profile(chains[i].name);
        yq_json *client = test_file(chains[i].name, "client_version");
        yq_fisco2_profile read;
        cr_assert_eq(yq_fisco2_profile_of(test_result(client), 1, &read, NULL), YQ_OK);
        cr_assert_eq(read.suite, p.suite);
        cr_assert_eq(read.receipt_items, p.receipt_items);
        cr_assert_eq(read.chain_id, 1);
        yq_json_free(client);
        for (unsigned number = 0; number <= chains[i].height; number++) {
            static uint8_t room[2][YQ_FISCO2_HEADER_MAX];
            yq_buf out[2] = {{room[0], sizeof room[0], 0}, {room[1], sizeof room[1], 0}};
            yq_json *block = test_file(chains[i].name, "block_%u", number);
            yq_json *header = test_file(chains[i].name, "header_%u", number);
            yq_digest hash;
            cr_assert_eq(yq_fisco2_header_rlp(&p, test_result(block), &out[0], &hash, NULL), YQ_OK);
            cr_assert_eq(
                yq_fisco2_header_rlp(&p, test_result(header), &out[1], &hash, NULL), YQ_OK);
            cr_assert_eq(out[0].n, out[1].n);
            cr_assert_arr_eq(room[0], room[1], out[0].n);
            cr_assert_eq(yq_fisco2_suite_of(test_result(block)), p.suite);
            yq_json_free(block);
            yq_json_free(header);
        }
    }
}

/* No byte of an evidence may change without the verdict. */
static void mutate_all(
    test_client *client,
    yq_slice evidence,
    size_t step,
    yq_status (*judge)(test_client *, yq_slice))
{
    uint8_t *copy = malloc(evidence.n);
    memcpy(copy, evidence.p, evidence.n);
    for (size_t i = 0; i < evidence.n; i += step) {
        for (unsigned bit = 0; bit < 8; bit += 7) {
            copy[i] ^= (uint8_t)(1u << bit);
            yq_status status = judge(client, yq_slice_of(copy, evidence.n));
            cr_assert(
                status < 0 && status > -400,
                "byte %zu bit %u of %zu: %d",
                i,
                bit,
                evidence.n,
                status);
            copy[i] ^= (uint8_t)(1u << bit);
        }
    }
    for (size_t n = 0; n < evidence.n; n += step) {
        yq_status status = judge(client, yq_slice_of(copy, n));
        cr_assert(status < 0 && status > -400, "cut to %zu", n);
    }
    uint8_t *longer = calloc(1, evidence.n + 1);
    memcpy(longer, copy, evidence.n);
    cr_assert_eq(judge(client, yq_slice_of(longer, evidence.n + 1)), YQ_E_TRAILING);
    cr_assert_eq(judge(client, evidence), YQ_OK);
    free(longer);
    free(copy);
}

static yq_status judge_event(test_client *client, yq_slice proof)
{
    yq_verified_event event;
    return test_client_event(client, proof, &event);
}

static yq_status judge_update(test_client *client, yq_slice evidence)
{
    static uint8_t before[YQ_FISCO2_STATE_MAX];
    size_t before_n = client->state_n;
    memcpy(before, client->state, before_n);
    yq_status status = test_client_update(client, evidence);
    memcpy(client->state, before, before_n);
    client->state_n = before_n;
    return status;
}

ParameterizedTestParameters(recorded, no_byte_of_an_event_proof_may_change)
{
    return cr_make_param_array(chain, chains, 3, NULL);
}

ParameterizedTest(chain *c, recorded, no_byte_of_an_event_proof_may_change)
{
    test_client *client = test_fisco2_client();
    yq_fisco2_profile p = test_profile(c->name);
    unsigned number = strstr(c->name, "280") == NULL ? 11 : 10;
    yq_json *doc[3];
    start(client, c, &p);
    (void)follow(client, c, &p, 1, number);
    yq_fisco2_inclusion_json in = inclusion_of(c, &p, number, 21, doc);
    yq_slice proof = event_of(&p, number, &in, 0);
    static uint8_t copy[65536];
    cr_assert_lt(proof.n, sizeof copy);
    memcpy(copy, proof.p, proof.n);
    mutate_all(client, yq_slice_of(copy, proof.n), 1, judge_event);
    yq_json_free(doc[0]);
    yq_json_free(doc[1]);
    test_client_free(client);
}

ParameterizedTestParameters(recorded, no_byte_of_an_update_may_change)
{
    return cr_make_param_array(chain, chains, 4, NULL);
}

ParameterizedTest(chain *c, recorded, no_byte_of_an_update_may_change)
{
    test_client *client = test_fisco2_client();
    yq_fisco2_profile p = test_profile(c->name);
    /* The first header after a change: the evidence carries every part that there is. */
    unsigned number = strstr(c->name, "280") != NULL           ? 12
                      : strstr(c->name, "multichange") != NULL ? 3
                                                               : 13;
    size_t n;
    start(client, c, &p);
    (void)follow(client, c, &p, 1, number - 1);
    yq_slice evidence = update_of(c, &p, number, &n);
    cr_assert_gt(n, 0);
    static uint8_t copy[65536];
    cr_assert_lt(evidence.n, sizeof copy);
    memcpy(copy, evidence.p, evidence.n);
    mutate_all(client, yq_slice_of(copy, evidence.n), 1, judge_update);
    test_client_free(client);
}
