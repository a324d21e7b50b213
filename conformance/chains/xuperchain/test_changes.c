/* Validators come and go by the list that their contract writes. */
#include "conformance/chains/xuperchain/test_drive.h"

static test_drive d;

#define SEND                                                                                       \
    "{\"do\":\"send\",\"service\":\"a\",\"dst_chain\":\"city-410100\",\"dst_service\":\"b\","      \
    "\"payload\":\"01\"}"

static void send_one(void)
{
    drive_do(&d, SEND);
    test_program_wait(&d.program, "waiting", 0);
}

/* Returns the block that has the list. */
static uint64_t change(const char *nodes)
{
    char text[96];
    uint64_t height = 0;
    (void)snprintf(text, sizeof text, "{\"do\":\"validators\",\"nodes\":[%s]}", nodes);
    yq_json *reply = test_program_control(&d.program, text);
    cr_assert(yq_json_uint(yq_json_get(yq_json_root(reply), "height"), &height));
    yq_json_free(reply);
    return height;
}

static unsigned validators(void)
{
    yq_client_view view;
    cr_assert_eq(test_client_describe(d.client, &view), YQ_OK);
    return view.validators;
}

static void begin(const char *suite, const char *const *more)
{
    drive_begin(&d, suite, more);
    d.followed = 1;
    drive_anchor(&d);
    (void)drive_follow(&d);
}

/* Joins, leaves, and others altogether. */
Test(changes, lists_are_followed, .timeout = 120)
{
    static const struct {
        const char *nodes;
        unsigned n;
    } all[] = {{"0,1,2,3,4", 5}, {"1,2,3,4", 4}, {"0,1,2,3,4,5", 6}, {"2,3,4,5", 4}};
    begin("sm", NULL);
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        (void)change(all[i].nodes);
        send_one();
        send_one();
        cr_assert_eq(drive_follow(&d), 2, "%s", all[i].nodes);
        cr_assert_eq(validators(), all[i].n, "%s", all[i].nodes);
    }
    drive_end(&d);
}

/* An adapter that is begun anew in the middle goes on. */
Test(changes, a_list_is_followed_after_a_restart, .timeout = 120)
{
    const char *endpoint = d.program.endpoint;
    begin("p256", NULL);
    uint64_t height = change("0,1,2,3,4");
    send_one();
    while (d.followed + 1 < height) {
        yq_height_evidence e;
        cr_assert_eq(drive_height(&d, ++d.followed, &e), YQ_OK);
    }
    yq_adapter_v1()->close(d.session);
    endpoint = d.program.endpoint;
    drive_open(&d, &endpoint, 1, (const char *const[]){"validators", "A", NULL});
    cr_assert_eq(drive_follow(&d), 1);
    cr_assert_eq(validators(), 5);
    drive_end(&d);
}

/* A client whose set is pinned ends where others make the blocks, and begins anew above. */
Test(changes, a_pinned_set_needs_a_new_anchor, .timeout = 120)
{
    char number[24];
    uint64_t newest = 0;
    yq_height_evidence e;
    yq_status status = YQ_OK;
    begin("sm", (const char *const[]){"list_key", "", NULL});
    uint64_t height = change("2,3,4,5");
    send_one();
    send_one();
    while (status == YQ_OK) {
        status = drive_height(&d, ++d.followed, &e);
    }
    cr_assert_eq(status, YQ_E_SIGNER_UNKNOWN);
    /* Above its own block stand one that another one may have made, and one with others' votes. */
    cr_assert(d.followed == height + 1 || d.followed == height + 2, "%" PRIu64, d.followed);
    (void)snprintf(number, sizeof number, "%" PRIu64, height + 4);
    const char *endpoint = d.program.endpoint;
    yq_adapter_v1()->close(d.session);
    drive_open(
        &d, &endpoint, 1, (const char *const[]){"list_key", "", "anchor_height", number, NULL});
    test_client_reset(d.client);
    drive_anchor(&d);
    d.followed = height + 4;
    (void)drive_follow(&d);
    cr_assert_eq(yq_adapter_v1()->latest(d.session, DEADLINE_MS, &newest, &d.why), YQ_OK);
    cr_assert_eq(d.followed, newest);
    cr_assert_eq(validators(), 4);
    drive_end(&d);
}

static yq_status anchor_at(uint64_t height, const char *const *with)
{
    char number[24];
    yq_slice anchor;
    const char *endpoint = d.program.endpoint;
    (void)snprintf(number, sizeof number, "%" PRIu64, height);
    const char *const more[] = {
        "anchor_height",
        number,
        with == NULL ? NULL : with[0],
        with == NULL ? NULL : with[1],
        NULL};
    yq_adapter_v1()->close(d.session);
    drive_open(&d, &endpoint, 1, more);
    yq_status status = yq_adapter_v1()->anchor(d.session, DEADLINE_MS, &anchor, &d.why);
    if (status == YQ_OK) {
        test_client_reset(d.client);
        d.client->now_ms = wall_ms(NULL);
        cr_assert_eq(test_client_init(d.client, anchor), YQ_OK);
        d.followed = height;
        cr_assert_eq(drive_follow(&d) > 0, 1);
    }
    return status;
}

/* The nodes tell of now: what was before has to be stated. */
Test(changes, an_anchor_is_of_its_own_validators, .timeout = 120)
{
    char first[512];
    begin("sm", NULL);
    uint64_t height = change("2,3,4,5");
    send_one();
    send_one();
    (void)snprintf(first, sizeof first, "%s,%s,%s,%s", d.node[0], d.node[1], d.node[2], d.node[3]);
    cr_assert_eq(anchor_at(1, NULL), YQ_E_ANCHOR);
    cr_assert_not_null(strstr(d.why.text, "set validators"), "%s", d.why.text);
    cr_assert_eq(anchor_at(1, (const char *const[]){"validators", first}), YQ_OK, "%s", d.why.text);
    cr_assert_eq(validators(), 4);
    cr_assert_eq(anchor_at(height - 1, (const char *const[]){"validators", first}), YQ_OK);
    for (uint64_t h = height; h < height + 4; h++) {
        cr_assert_eq(anchor_at(h, NULL), YQ_E_ANCHOR, "%" PRIu64, h - height);
        cr_assert_eq(anchor_at(h, (const char *const[]){"validators", first}), YQ_E_ANCHOR);
    }
    cr_assert_eq(anchor_at(height + 4, NULL), YQ_OK, "%s", d.why.text);
    drive_end(&d);
}

/* All six but one. */
static yq_status anchor_without(uint64_t height, uint64_t missing)
{
    char list[512];
    size_t n = 0;
    for (size_t i = 0; i < 6; i++) {
        if (i != missing % 6) {
            n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", n == 0 ? "" : ",", d.node[i]);
        }
    }
    return anchor_at(height, (const char *const[]){"validators", list});
}

/* Above the newest block but one stands only who made a block; four blocks have votes as well. */
Test(changes, makers_and_voters_are_looked_at, .timeout = 120)
{
    begin("sm", NULL);
    uint64_t height = change("0,1,2,3,4,5") + 4;
    send_one();
    send_one();
    uint64_t newest = test_program_number(&d.program, "{\"do\":\"status\"}", "height");
    cr_assert_geq(newest, height + 4);
    cr_assert_eq(anchor_without(height, height), YQ_E_ANCHOR);
    cr_assert_not_null(strstr(d.why.text, "no validator voted"), "%s", d.why.text);
    cr_assert_eq(anchor_without(newest - 1, newest), YQ_E_ANCHOR);
    cr_assert_not_null(strstr(d.why.text, "no validator made"), "%s", d.why.text);
    drive_end(&d);
}
