#include "conformance/sim/focused.h"

#include "conformance/sim/behaviours.h"

#include <stdio.h>
#include <string.h>

static int campaign(
    const sim_task *task, const sim_options *opt, uint64_t seed, uint64_t n, sim_campaign *out)
{
    if (!sim_campaign_run(opt, seed, n, task->processes, 0, out)) {
        (void)fprintf(stderr, "yuqiao-sim: cannot start a process\n");
        return 0;
    }
    return 1;
}

static void put_text(const char *name, const sim_campaign *c)
{
    printf(
        "%-46s %6llu schedules, %8llu states: %llu violations, %llu stalls\n",
        name,
        (unsigned long long)c->seeds,
        (unsigned long long)c->checked_states,
        (unsigned long long)c->violations,
        (unsigned long long)c->stalls);
    for (unsigned i = 0; i < c->failure_n; i++) {
        printf("  seed %llu: %s\n", (unsigned long long)c->failure[i].seed, c->failure[i].what);
    }
}

int sim_focused(const sim_task *task, sim_focus focus, const char *name)
{
    static sim_campaign c;
    sim_options opt = task->opt;
    opt.focus = focus;
    if (!sim_campaign_run(&opt, task->seed0, task->seeds, task->processes, 1, &c)) {
        (void)fprintf(stderr, "yuqiao-sim: cannot start a process\n");
        return 0;
    }
    if (task->json) {
        printf("{\"command\":\"%s\",\"schedules\":%llu,", name, (unsigned long long)c.seeds);
        sim_put_counts(&c);
        printf("}\n");
    } else {
        put_text(name, &c);
    }
    return c.violations + c.stalls == 0;
}

static void put_item(const char *name, const sim_campaign *c, int first)
{
    printf(
        "%s{\"behaviour\":\"%s\",\"schedules\":%llu,\"finalizations\":%llu,"
        "\"checked_states\":%llu,\"violations\":%llu,\"stalls\":%llu}",
        first ? "" : ",",
        name,
        (unsigned long long)c->seeds,
        (unsigned long long)c->finalizations,
        (unsigned long long)c->checked_states,
        (unsigned long long)c->violations,
        (unsigned long long)c->stalls);
}

int sim_byzantine_all(const sim_task *task)
{
    static sim_campaign c, sum;
    sim_options opt = task->opt;
    opt.focus = SIM_FOCUS_BYZANTINE;
    sum = (sim_campaign){0};
    (void)fputs(task->json ? "{\"items\":[" : "", stdout);
    for (unsigned i = 0; i < sim_behaviour_n; i++) {
        opt.behaviour = i;
        if (!campaign(task, &opt, task->seed0, task->seeds, &c)) {
            return 0;
        }
        sim_campaign_add(&sum, &c);
        if (task->json) {
            put_item(sim_behaviours[i].name, &c, i == 0);
        } else {
            put_text(sim_behaviours[i].name, &c);
        }
        (void)fflush(stdout);
    }
    if (task->json) {
        printf(
            "],\"behaviours\":%u,\"schedules\":%llu,",
            sim_behaviour_n,
            (unsigned long long)sum.seeds);
        sim_put_counts(&sum);
        printf("}\n");
    }
    return sum.violations + sum.stalls == 0;
}

/* ---- kill-points ------------------------------------------------------------------------------
 */

typedef struct sweep {
    sim_campaign sum;
    uint64_t points[SIM_POINTS], all;
} sweep;

/* One node of one seed: the run without a crash says how many points there are. */
static int sweep_node(const sim_task *task, uint64_t seed, unsigned actor, sweep *w)
{
    static sim_campaign c;
    sim_options opt = task->opt;
    opt.focus = SIM_FOCUS_KILL;
    opt.byzantine = 0;
    opt.kill_actor = actor;
    if (!campaign(task, &opt, seed, 1, &c)) {
        return 0;
    }
    uint64_t points = 0;
    for (unsigned k = 0; k < SIM_POINTS; k++) {
        w->points[k] += c.points[k];
        points += c.points[k];
    }
    w->all += points;
    opt.sweep = 1;
    for (opt.kill_all = 0; opt.kill_all < 2; opt.kill_all++) {
        if (!campaign(task, &opt, seed, points, &c)) {
            return 0;
        }
        sim_campaign_add(&w->sum, &c);
    }
    return 1;
}

static void put_sweep(const sim_task *task, const sweep *w)
{
    if (!task->json) {
        put_text("crash at every point of durability", &w->sum);
    }
    printf(
        task->json ? "{\"points\":%llu,\"kinds\":{\"log_write\":%llu,\"log_sync\":%llu,"
                     "\"store_batch\":%llu,\"store_done\":%llu},\"schedules\":%llu,"
                   : "%llu points: %llu writes of the log, %llu syncs, %llu batches under way, "
                     "%llu batches written; %llu schedules\n",
        (unsigned long long)w->all,
        (unsigned long long)w->points[SIM_POINT_WRITE],
        (unsigned long long)w->points[SIM_POINT_SYNC],
        (unsigned long long)w->points[SIM_POINT_BATCH],
        (unsigned long long)w->points[SIM_POINT_STORED],
        (unsigned long long)w->sum.seeds);
    if (task->json) {
        sim_put_counts(&w->sum);
        printf("}\n");
    }
}

int sim_kill_points(const sim_task *task)
{
    static sweep w;
    w = (sweep){0};
    for (uint64_t seed = task->seed0; seed < task->seed0 + task->seeds; seed++) {
        for (unsigned actor = 0; actor < task->opt.nodes; actor++) {
            if (!sweep_node(task, seed, actor, &w)) {
                return 0;
            }
        }
        (void)fprintf(
            stderr,
            "\ryuqiao-sim: seed %llu, %llu schedules ",
            (unsigned long long)seed,
            (unsigned long long)w.sum.seeds);
    }
    (void)fputc('\n', stderr);
    put_sweep(task, &w);
    return w.sum.violations + w.sum.stalls == 0;
}

/* ---- shrink -----------------------------------------------------------------------------------
 */

/* Does the seed still fail in the same way? Out: how. */
static int still_fails(const sim_task *task, const sim_options *opt, sim_result *r)
{
    static sim_campaign c;
    sim_outcome before = r->outcome;
    if (!campaign(task, opt, task->seed0, 1, &c) || c.failure_n == 0 ||
        (before != SIM_OK && c.failure[0].outcome != before)) {
        return 0;
    }
    *r = c.failure[0];
    return 1;
}

static void skip(sim_options *opt, unsigned k, int on)
{
    uint64_t bit = UINT64_C(1) << k % 64;
    opt->skip[k / 64] = on ? opt->skip[k / 64] | bit : opt->skip[k / 64] & ~bit;
}

static unsigned kept(const sim_options *opt, unsigned planned)
{
    unsigned n = 0;
    for (unsigned k = 0; k < planned; k++) {
        n += (opt->skip[k / 64] >> k % 64 & 1) == 0;
    }
    return n;
}

static unsigned leave_out(const sim_task *task, sim_options *opt, unsigned planned, sim_result *r)
{
    unsigned runs = 0;
    for (unsigned k = planned; k-- > 0;) {
        skip(opt, k, 1);
        runs++;
        if (!still_fails(task, opt, r)) {
            skip(opt, k, 0);
        }
    }
    return runs;
}

/* The time of faults as short as it goes, by halves. */
static unsigned shorten(const sim_task *task, sim_options *opt, sim_result *r)
{
    unsigned runs = 0;
    uint64_t low = 500, high = 20000;
    while (high - low > 250) {
        sim_options shorter = *opt;
        shorter.heal_ms = (low + high) / 2;
        runs++;
        if (still_fails(task, &shorter, r)) {
            *opt = shorter;
            high = shorter.heal_ms;
        } else {
            low = shorter.heal_ms;
        }
    }
    return runs;
}

static void put_skip(const sim_options *opt, unsigned planned)
{
    const char *comma = "";
    for (unsigned k = 0; k < planned; k++) {
        if ((opt->skip[k / 64] >> k % 64 & 1) != 0) {
            printf("%s%u", comma, k);
            comma = ",";
        }
    }
}

int sim_shrink(const sim_task *task)
{
    sim_options opt = task->opt;
    sim_result r = {.outcome = SIM_OK};
    static sim_campaign whole;
    if (!campaign(task, &opt, task->seed0, 1, &whole) || !still_fails(task, &opt, &r)) {
        (void)fprintf(
            stderr, "yuqiao-sim: seed %llu does not fail\n", (unsigned long long)task->seed0);
        return 0;
    }
    unsigned planned = whole.planned < SIM_PLANNED_MAX ? whole.planned : SIM_PLANNED_MAX;
    unsigned runs = leave_out(task, &opt, planned, &r) + shorten(task, &opt, &r);
    runs += leave_out(task, &opt, planned, &r);
    (void)still_fails(task, &opt, &r);
    if (task->json) {
        printf(
            "{\"seed\":%llu,\"what\":\"%s\",\"planned\":%u,\"kept\":%u,\"heal_ms\":%llu,"
            "\"steps\":%llu,\"at_ms\":%llu,\"runs\":%u,\"skip\":\"",
            (unsigned long long)task->seed0,
            r.what,
            planned,
            kept(&opt, planned),
            (unsigned long long)opt.heal_ms,
            (unsigned long long)r.steps,
            (unsigned long long)r.at_ms,
            runs);
        put_skip(&opt, planned);
        printf("\"}\n");
        return 1;
    }
    printf(
        "seed %llu: %s\n%u of %u planned faults and envelopes are needed, %llu steps, it fails "
        "after %llu ms (%u runs)\nyuqiao-sim replay %llu --nodes %u --byzantine %u --mutant %d "
        "--heal %llu --skip ",
        (unsigned long long)task->seed0,
        r.what,
        kept(&opt, planned),
        planned,
        (unsigned long long)r.steps,
        (unsigned long long)r.at_ms,
        runs,
        (unsigned long long)task->seed0,
        opt.nodes,
        opt.byzantine,
        opt.mutant,
        (unsigned long long)opt.heal_ms);
    put_skip(&opt, planned);
    printf(" --trace\n");
    return 1;
}
