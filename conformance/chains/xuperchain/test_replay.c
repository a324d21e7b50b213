/* Recorded chains, as their nodes would serve them. */
#include "conformance/chains/xuperchain/test_drive.h"

static test_drive d;

#define VECTORS YQ_SOURCE_DIR "/conformance/vectors/real-nodes/"

static void begin(const char *folder, const char *const *more)
{
    d = (test_drive){.suite = "sm"};
    const char *const option[] = {
        "--framework", TEST_FRAMEWORK, "--chain", TEST_CHAIN, "--replay", folder, "--json", NULL};
    test_program_start(&d.program, option);
    d.client = test_client_new(TEST_VERIFIER);
    const char *endpoint = d.program.endpoint;
    drive_open(&d, &endpoint, 1, more);
}

static void end(void)
{
    yq_adapter_v1()->close(d.session);
    release();
    test_client_free(d.client);
    cr_assert_eq(test_program_stop(&d.program), 0);
}

/* Four nodes: every block up to the last that is certified, through the light client. */
Test(replay, a_chain_of_four_nodes_is_followed, .timeout = 120)
{
    begin(
        VECTORS "xuper-sm2-bft4",
        (const char *const[]){"list_key", "", "inbox", "", "key_file", "", NULL});
    drive_check(&d, "certificates", 1);
    drive_check(&d, "validators", 1);
    drive_check(&d, "time", 1);
    drive_anchor(&d);
    d.followed = 1;
    cr_assert_eq(drive_follow(&d), 0, "transactions of version 1 prove nothing");
    cr_assert_eq(d.followed, 43 - 3);
    end();
}

/* One node without chained BFT: nothing certifies a block. */
Test(replay, a_chain_of_one_node_is_named, .timeout = 120)
{
    yq_height_evidence e;
    begin(
        VECTORS "xuper-sm2-single",
        (const char *const[]){"list_key", "", "inbox", "", "key_file", "", NULL});
    drive_check(&d, "certificates", 0);
    drive_check(&d, "validators", 0);
    cr_assert_eq(yq_adapter_v1()->evidence(d.session, 2, DEADLINE_MS, &e, &d.why), YQ_E_NOT_FOUND);
    end();
}

Test(replay, a_recorded_chain_makes_nothing, .timeout = 60)
{
    long code = 0;
    begin(
        VECTORS "xuper-sm2-bft4",
        (const char *const[]){"list_key", "", "inbox", "", "key_file", "", NULL});
    static const char *const command[] = {
        "{\"do\":\"emit\",\"payload\":\"00\"}",
        "{\"do\":\"hostile\",\"mode\":\"forged-signature\"}",
        "{\"do\":\"validators\",\"nodes\":[0,1,2,3]}",
        "{\"do\":\"identity\",\"key_file\":\"nothing\"}",
        "{\"do\":\"fail\"}"};
    for (size_t i = 0; i < YQ_ARRAY_N(command); i++) {
        yq_json_free(test_program_post(&d.program, d.program.control, command[i], &code));
        cr_assert_eq(code, 400, "%s", command[i]);
    }
    end();
}
