/* Sets of addresses: ascending, each once, as many as there is room for. */
#include "light-clients/evm/test_chain.h"

#include <criterion/criterion.h>

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

TestSuite(set, .init = setup, .fini = teardown);

static const uint8_t *name(size_t k)
{
    static uint8_t address[YQ_EVM_ADDRESS_SIZE];
    address[1] = (uint8_t)(k >> 8);
    address[YQ_EVM_ADDRESS_SIZE - 1] = (uint8_t)k;
    return address;
}

static int holds(const yq_evm_set *set, const size_t *k, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (memcmp(set->address + i * YQ_EVM_ADDRESS_SIZE, name(k[i]), YQ_EVM_ADDRESS_SIZE) != 0) {
            return 0;
        }
    }
    return set->n == n;
}

Test(set, members_stand_in_order)
{
    yq_evm_set set;
    size_t place;
    cr_assert(yq_evm_set_new(&call, &set));
    cr_expect_eq(set.n, 0);
    static const size_t in[] = {5, 9, 1, 7, 300}, sorted[] = {1, 5, 7, 9, 300};
    for (size_t i = 0; i < YQ_ARRAY_N(in); i++) {
        cr_expect_not(yq_evm_set_find(&set, name(in[i]), &place));
        cr_expect(yq_evm_set_add(&set, name(in[i])));
        cr_expect_not(yq_evm_set_add(&set, name(in[i])));
        cr_expect_eq(set.n, i + 1);
    }
    cr_expect(holds(&set, sorted, 5));
    for (size_t i = 0; i < YQ_ARRAY_N(sorted); i++) {
        cr_expect(yq_evm_set_find(&set, name(sorted[i]), &place) && place == i);
        cr_expect(!yq_evm_set_find(&set, name(sorted[i] + 1), &place) && place == i + 1);
    }
    static const size_t middle[] = {1, 5, 9, 300}, first[] = {5, 9, 300}, last[] = {5, 9};
    yq_evm_set_remove(&set, name(7));
    cr_expect(holds(&set, middle, 4));
    yq_evm_set_remove(&set, name(7));
    cr_expect(holds(&set, middle, 4));
    yq_evm_set_remove(&set, name(1));
    cr_expect(holds(&set, first, 3));
    yq_evm_set_remove(&set, name(300));
    cr_expect(holds(&set, last, 2));
}

Test(set, equal_sets)
{
    yq_evm_set a, b;
    cr_assert(yq_evm_set_new(&call, &a) && yq_evm_set_new(&call, &b));
    cr_expect(yq_evm_set_equal(&a, &b));
    cr_assert(yq_evm_set_add(&a, name(1)) && yq_evm_set_add(&a, name(2)));
    yq_evm_set_copy(&b, &a);
    cr_expect(yq_evm_set_equal(&a, &b));
    yq_evm_set_remove(&b, name(2));
    cr_expect(!yq_evm_set_equal(&a, &b) && !yq_evm_set_equal(&b, &a)); /* a's beginning */
    cr_assert(yq_evm_set_add(&b, name(3)));
    cr_expect_not(yq_evm_set_equal(&a, &b));
}

Test(set, a_full_one)
{
    yq_evm_set set;
    cr_assert(yq_evm_set_new(&call, &set));
    for (size_t i = 0; i < YQ_EVM_VALIDATORS_MAX; i++) {
        cr_assert(yq_evm_set_add(&set, name(i)));
    }
    cr_expect_not(yq_evm_set_add(&set, name(1000)));
    cr_expect_eq(set.n, YQ_EVM_VALIDATORS_MAX);
}
