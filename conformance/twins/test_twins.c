#include "conformance/twins/twins.h"

#include <criterion/criterion.h>
#include <string.h>

static void check_all(unsigned n, uint64_t want)
{
    static uint8_t seen[4096][TWINS_INSTANCES_MAX];
    uint64_t all = twins_split_n(n);
    cr_assert_eq(all, want);
    for (uint64_t k = 0; k < all; k++) {
        uint8_t *group = seen[k];
        unsigned groups = 0;
        twins_split(n, k, group);
        for (unsigned i = 0; i < n; i++) {
            cr_assert_leq(group[i], groups, "groups are numbered by their first member");
            groups += group[i] == groups;
        }
        cr_assert(groups == 2 || groups == 3);
        for (uint64_t j = 0; j < k; j++) {
            cr_assert_neq(memcmp(seen[j], group, n), 0, "%d is %d", (int)k, (int)j);
        }
    }
}

Test(split, every_way_once)
{
    check_all(2, 1);
    check_all(3, 4);
    check_all(5, 40);
    check_all(9, 3280);
}

static const twins_options four = {.nodes = 4, .twins = 1, .views = 3, .exhaustive = 1};

Test(schedule, numbers_name_every_schedule)
{
    twins_shape one, other;
    uint64_t all = twins_schedule_n(&four);
    cr_assert_eq(all, 8 * 64000);
    cr_assert(twins_schedule(&four, all - 1, &one));
    cr_assert_not(twins_schedule(&four, all, &one));
    unsigned firsts = 0, twin = 0;
    for (uint64_t k = 0; k < 8; k++) {
        cr_assert(twins_schedule(&four, k * 64000, &one));
        cr_assert(twins_schedule(&four, k * 64000 + 1, &other));
        cr_assert_eq(one.first, other.first);
        cr_assert_eq(one.twin, other.twin);
        cr_assert_neq(memcmp(one.group, other.group, sizeof one.group), 0);
        firsts |= 1u << one.first;
        twin |= one.twin;
    }
    cr_assert_eq(firsts, 1u << 1 | 1u << 3 | 1u << 4);
    cr_assert_eq(twin, 1u | 2u | 4u, "a leader, the next one, and one of the two others");
}

Test(schedule, samples_follow_from_their_number)
{
    twins_options opt = {.nodes = 7, .twins = 2, .views = 7};
    twins_shape one, again, other;
    cr_assert_eq(twins_schedule_n(&opt), 0, "more than can be numbered");
    cr_assert(twins_schedule(&opt, 5, &one));
    cr_assert(twins_schedule(&opt, 5, &again));
    cr_assert(twins_schedule(&opt, 6, &other));
    cr_assert_eq(memcmp(&one, &again, sizeof one), 0);
    cr_assert_neq(memcmp(one.group, other.group, sizeof one.group), 0);
    cr_assert_eq(__builtin_popcount(one.twin), 2);
}

static twins_result run(int mutant, uint64_t k)
{
    twins_shape shape;
    twins_result r;
    cr_assert(twins_schedule(&four, k, &shape));
    twins *t = twins_new(4, 5, mutant, 0);
    twins_run(t, &shape, &r);
    twins_free(t);
    return r;
}

Test(scenario, the_same_number_is_the_same_run)
{
    twins_result one = run(0, 123456), again = run(0, 123456), other = run(0, 123457);
    cr_assert_eq(one.outcome, TWINS_OK);
    cr_assert_geq(one.finalizations, 1);
    cr_assert_gt(one.states, 100);
    cr_assert_eq(one.digest, again.digest);
    cr_assert_neq(one.digest, other.digest);
}

/* How many of some schedules show that a rule is gone. */
static unsigned found(int mutant)
{
    unsigned n = 0;
    twins *t = twins_new(4, 5, mutant, 0);
    for (uint64_t k = 0; k < 200; k++) {
        twins_shape shape;
        twins_result r;
        cr_assert(twins_schedule(&four, k * 2503, &shape));
        twins_run(t, &shape, &r);
        n += r.outcome != TWINS_OK;
    }
    twins_free(t);
    return n;
}

Test(scenario, missing_rules_are_seen, .timeout = 120)
{
    static const int mutant[] = {1, 9, 12, 13, 14, 18, 19};
    cr_assert_eq(found(0), 0);
    for (unsigned i = 0; i < sizeof mutant / sizeof *mutant; i++) {
        cr_assert_gt(found(mutant[i]), 0, "mutant %d", mutant[i]);
    }
}
