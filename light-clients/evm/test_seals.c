/* Committed seals by themselves: whose they are, and how many are enough. */
#include "light-clients/evm/test_chain.h"
#include "light-clients/evm/test_hex.h"

#include <criterion/criterion.h>

#define BYTES_32 "0202020202020202020202020202020202020202020202020202020202020202"

static test_client *client;
static yq_evm_call call;

static void setup(void)
{
    client = test_client_new(yq_verifier_evm());
    call = (yq_evm_call){.host = test_client_begin(client, 1), .why = &client->why};
}

static void teardown(void)
{
    test_client_free(client);
}

TestSuite(seals, .init = setup, .fini = teardown);

static yq_status check_seals(const yq_evm_set *set, const yq_digest *md, yq_slice seals)
{
    const yq_evm_sealed given = {.seal_hash = *md, .seals = seals};
    return yq_evm_seals_check(&call, set, &given);
}

Test(seals, two_thirds_of_the_set)
{
    test_chain *c = test_chain_new(YQ_EVM_QBFT, 1);
    const yq_digest md = test_digest("seal");
    static uint8_t room[2048];
    yq_evm_set set;
    cr_assert(yq_evm_set_new(&call, &set));
    for (size_t n = 1; n <= TEST_KEYS; n++) {
        cr_assert(yq_evm_set_add(&set, c->account[n - 1].address));
        for (size_t k = 0; k <= n; k++) {
            yq_writer w = yq_writer_of(room, sizeof room);
            size_t mark = yq_rlp_list_begin(&w);
            for (size_t i = n - k; i < n; i++) {
                uint8_t sig[65];
                test_sign(c, i, &md, sig);
                yq_rlp_put_string(&w, YQ_SLICE_OF(sig));
            }
            yq_rlp_list_end(&w, mark);
            client->call.signatures_left = 1000;
            yq_status expected = k == 0          ? YQ_E_SIGNATURES_MISSING
                                 : 3 * k < 2 * n ? YQ_E_QUORUM
                                                 : YQ_OK;
            cr_expect_eq(check_seals(&set, &md, yq_writer_slice(&w)), expected, "%zu of %zu", k, n);
        }
    }
    test_chain_free(c);
}

Test(seals, seals_that_are_none)
{
    static const struct {
        const char *hex;
        yq_status status;
    } row[] = {
        {"c0", YQ_E_SIGNATURES_MISSING},
        {"80", YQ_E_TYPE},
        {"c1c0", YQ_E_TYPE},
        {"c101", YQ_E_LEN},
        {"f842b840" BYTES_32 BYTES_32, YQ_E_LEN},
        {"f843b841" BYTES_32 BYTES_32 "02", YQ_E_SIG_RANGE},
        {"f843b841" BYTES_32 BYTES_32 "ff", YQ_E_SIG_RANGE},
        {"f843b841" BYTES_32 BYTES_32 "00", YQ_E_SIGNER_UNKNOWN},
    };
    const yq_digest md = test_digest("seal");
    uint8_t room[256];
    yq_evm_set set;
    cr_assert(yq_evm_set_new(&call, &set));
    cr_assert(yq_evm_set_add(&set, (const uint8_t *)"nobody is called this"));
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_writer w = yq_writer_of(room, sizeof room);
        test_hex_put(&w, row[i].hex);
        yq_status status = check_seals(&set, &md, yq_writer_slice(&w));
        cr_expect_eq(status, row[i].status, "row %zu: %d", i, status);
    }
}

/* s may be half the group's order, and not one more: somebody is found for either. */
Test(seals, the_highest_low_s)
{
    const yq_digest md = test_digest("seal");
    for (uint8_t more = 0; more < 2; more++) {
        uint8_t room[128], address[20];
        yq_evm_set set;
        cr_assert(yq_evm_set_new(&call, &set));
        yq_writer w = yq_writer_of(room, sizeof room);
        test_hex_put(&w, "f843b841" BYTES_32);
        test_hex_put(&w, "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");
        room[w.n - 1] = (uint8_t)(room[w.n - 1] + more);
        yq_put_u8(&w, 0);
        cr_assert_eq(yq_evm_signer(&call, &md, yq_slice_of(room + 4, 65), address), YQ_OK);
        cr_assert(yq_evm_set_add(&set, address));
        cr_expect_eq(check_seals(&set, &md, yq_writer_slice(&w)), more ? YQ_E_SIG_HIGH_S : YQ_OK);
    }
}
