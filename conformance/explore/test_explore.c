#include "conformance/explore/internal.h"

#include <criterion/criterion.h>

static explore_result run(explore_options opt)
{
    static explore_result r;
    opt.stages_max = opt.stages_max == 0 ? 10000 : opt.stages_max;
    cr_assert(explore_run(&opt, &r));
    return r;
}

Test(table, keeps_many)
{
    table t = {0};
    int fresh;
    for (uint64_t k = 1; k < 5000; k++) {
        *table_at(&t, k * k, &fresh) = (uint32_t)k;
        cr_assert(fresh);
    }
    for (uint64_t k = 1; k < 5000; k++) {
        cr_assert_eq(*table_at(&t, k * k, &fresh), k);
        cr_assert_not(fresh);
    }
    cr_assert_eq(t.n, 4999);
    table_free(&t);
}

Test(explore, one_view_is_complete)
{
    explore_result r = run((explore_options){.byzantine = 0, .first = 1, .views = 1});
    cr_assert(r.complete);
    cr_assert_eq(r.violations, 0);
    cr_assert_eq(r.blocks, 2);
    /* Neither or one of two blocks is certified, final; the view is nullified or not. */
    cr_assert_geq(r.stages, 8);
    cr_assert_geq(r.deepest, 2);
}

Test(explore, a_bound_that_is_too_small_is_not_complete)
{
    explore_result r =
        run((explore_options){.byzantine = 0, .first = 1, .views = 1, .stages_max = 3});
    cr_assert_not(r.complete);
    cr_assert_eq(r.violations, 0);
}

Test(explore, an_honest_leader_and_a_change_of_leader)
{
    explore_result r = run((explore_options){.byzantine = 0, .first = 4, .views = 2});
    cr_assert(r.complete);
    cr_assert_eq(r.violations, 0);
    cr_assert_gt(r.blocks, 2, "the honest leader of view 5 proposes as well");
}

Test(explore, the_same_twice)
{
    explore_options opt = {.byzantine = 1, .first = 1, .views = 2};
    explore_result one = run(opt), two = run(opt);
    cr_assert_eq(one.stages, two.stages);
    cr_assert_eq(one.locals, two.locals);
    cr_assert_eq(one.steps, two.steps);
    cr_assert_float_eq(one.network_states, two.network_states, 0.5);
}

/* A rule is gone: it is seen, and the way there is told. */
Test(explore, missing_rules_are_seen, .timeout = 120)
{
    static const int mutant[] = {1, 12, 13, 14, 15};
    for (unsigned i = 0; i < sizeof mutant / sizeof *mutant; i++) {
        explore_result r =
            run((explore_options){.byzantine = 0, .first = 1, .views = 2, .mutant = mutant[i]});
        cr_assert_gt(r.violations, 0, "mutant %d", mutant[i]);
        cr_assert_not_null(r.what);
    }
    explore_result r = run((explore_options){.byzantine = 0, .first = 1, .views = 1, .mutant = 16});
    cr_assert_eq(r.violations, 0, "what is forgotten shows only after a restart");
    r = run((explore_options){.byzantine = 0, .first = 1, .views = 1, .restarts = 1, .mutant = 16});
    cr_assert_gt(r.violations, 0);
    r = run((explore_options){.byzantine = 0, .first = 1, .views = 2, .mutant = 15});
    cr_assert_str_eq(r.what, "a block beside a final one is certified");
    cr_assert_eq(r.path_n, 3);
    cr_assert_not_null(strstr(r.path[1], "F of #0"));
}
