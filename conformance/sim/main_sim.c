#include "conformance/explore/explore.h"
#include "conformance/messages/messages.h"
#include "conformance/nodes/nodes.h"
#include "conformance/sim/args.h"
#include "conformance/sim/campaign.h"
#include "conformance/sim/cases.h"
#include "conformance/sim/focused.h"
#include "conformance/twins/twins.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MUTANT_SEEDS         2048u /* at most, for each mutant */
#define MESSAGE_MUTANT_SEEDS 400u

static const char help[] =
    "yuqiao-sim: the deterministic simulator of the consensus core\n"
    "\n"
    "usage: yuqiao-sim run [--nodes N] [--byzantine N] [--seeds N] [--seed0 N] [--mutant N]\n"
    "                      [--jobs N] [--json]\n"
    "       yuqiao-sim campaign [--seconds N] [--seed0 N] [--jobs N] [--json]\n"
    "       yuqiao-sim replay SEED [--nodes N] [--byzantine N] [--mutant N] [--trace]\n"
    "       yuqiao-sim cases [--jobs N]\n"
    "       yuqiao-sim mutants [--seeds N] [--jobs N] [--json]\n"
    "       yuqiao-sim shrink SEED [--nodes N] [--byzantine N] [--mutant N] [--json]\n"
    "       yuqiao-sim kill-points | disk-faults | byzantine | clock | epochs | upgrade\n"
    "                      [--nodes N] [--byzantine N] [--seeds N] [--seed0 N] [--jobs N] "
    "[--json]\n"
    "       yuqiao-sim twins [--nodes N] [--twins N] [--views N] [--exhaustive | --seeds N]\n"
    "                        [--mutant N] [--jobs N] [--json]\n"
    "       yuqiao-sim explore [--liar N [--first N] [--views N] [--restarts] [--mutant N]]\n"
    "                          [--jobs N] [--json]\n"
    "       yuqiao-sim nodes [--seeds N | --seed0 N --seeds 1 --trace] [--jobs N] [--json]\n"
    "       yuqiao-sim messages [--seeds N | --seed0 N --seeds 1 --trace] [--mutant NAME]\n"
    "                           [--jobs N] [--json]\n"
    "       yuqiao-sim messages --mutants | --cases [--seeds N] [--jobs N] [--json]\n"
    "       yuqiao-sim twins --schedule N [--exhaustive] ... prints one of them\n"
    "\n"
    "run      runs each seed once: real cores on virtual time, network and disk; faults first,\n"
    "         then a time without faults in which progress is demanded\n"
    "campaign runs seeds on networks of 4, 7 and 10 until --seconds (60) are over, and sums up\n"
    "replay   runs one seed again; --trace prints every event and action\n"
    "shrink   leaves out of a failing seed's schedule what is not needed for it to fail\n"
    "kill-points  for each seed, a crash at every write and sync of the log and every batch of\n"
    "         the store, of each node alone and of all at once\n"
    "disk-faults, clock, epochs, upgrade: seeds with more of that kind of fault\n"
    "byzantine  each of the named behaviours of a Byzantine validator, on --seeds seeds\n"
    "nodes    whole nodes: the real ledger, pool, execution, block sync, snapshots and state sync\n"
    "         under the real core, real signatures and transactions, on a simulated network and\n"
    "         disk; a validator is replaced by one that begins from a snapshot\n"
    "messages the real state machine and the contract's model: chains with clocks of their own,\n"
    "         hostile relayers, freezes, forged events and recovery, slept epochs, ordered lanes,\n"
    "         groups, forced outcomes; then every message must come to its end. --mutants leaves\n"
    "         out each rule in turn, --cases runs the kept seeds\n"
    "cases    runs the kept seeds of bugs that were found\n"
    "mutants  removes rules of the protocol one at a time and tells whether the loss is seen\n"
    "twins    some validators exist twice; who hears whom is decided view by view: every way\n"
    "         there is (--exhaustive), or --seeds of them\n"
    "explore  every order of events on four real cores, one Byzantine, within the stated views:\n"
    "         the kept bounds, or the one of --liar (which of 0 .. 3 is Byzantine), --first and\n"
    "         --views; --restarts: honest nodes crash and come back\n"
    "\n"
    "--heal MS, --skip N,N...: the time of faults, and what is left out of it (shrink says which)\n"
    "--nodes 4 .. 16 validators (4); --byzantine at most a third of them (1); --seeds (200);\n"
    "--seed0 the first seed (1); --mutant 1 .. 21: the rule that is left out (0: none);\n"
    "--jobs processes (one a processor); --json: the result as one line of JSON\n"
    "exit code: 0 as it should be, 1 a violation or a stall (mutants: one was not seen), 2 usage\n";

static sim_options options_of(const sim_arguments *a)
{
    sim_options opt = {
        .nodes = (unsigned)a->nodes,
        .byzantine = (unsigned)a->byzantine,
        .mutant = (int)a->mutant,
        .trace = a->trace,
        .heal_ms = a->heal,
    };
    memcpy(opt.skip, a->skip, sizeof opt.skip);
    return opt;
}

static const char *outcome_name(sim_outcome o)
{
    return o == SIM_OK ? "ok" : (o == SIM_STALL ? "stall" : "violation");
}

static void put_json(const sim_campaign *c)
{
    char hex[65];
    (void)yq_hex_encode(hex, sizeof hex, c->digest, sizeof c->digest);
    printf("{");
    sim_put_counts(c);
    printf(
        ",\"digest\":\"%s\",\"recovery_ms\":{\"p50\":%llu,\"p99\":%llu,\"max\":%llu}}\n",
        hex,
        (unsigned long long)c->recovery_p50_ms,
        (unsigned long long)c->recovery_p99_ms,
        (unsigned long long)c->recovery_max_ms);
}

static void put_text(const sim_campaign *c)
{
    printf(
        "%llu seeds, %llu finalizations, %llu states checked: %llu violations, %llu stalls\n"
        "recovery after healing: p50 %llu ms, p99 %llu ms, longest %llu ms (seed %llu)\n",
        (unsigned long long)c->seeds,
        (unsigned long long)c->finalizations,
        (unsigned long long)c->checked_states,
        (unsigned long long)c->violations,
        (unsigned long long)c->stalls,
        (unsigned long long)c->recovery_p50_ms,
        (unsigned long long)c->recovery_p99_ms,
        (unsigned long long)c->recovery_max_ms,
        (unsigned long long)c->slowest_seed);
    for (unsigned i = 0; i < c->failure_n; i++) {
        const sim_result *r = &c->failure[i];
        printf(
            "seed %llu: %s after %llu ms: %s\n",
            (unsigned long long)r->seed,
            outcome_name(r->outcome),
            (unsigned long long)r->at_ms,
            r->what);
    }
}

static int run(const sim_arguments *a)
{
    static sim_campaign c;
    sim_options opt = options_of(a);
    if (!sim_campaign_run(&opt, a->seed0, a->seeds, (unsigned)a->jobs, 1, &c)) {
        (void)fprintf(stderr, "yuqiao-sim: cannot start a process\n");
        return SIM_EXIT_FOUND;
    }
    if (a->json) {
        put_json(&c);
    } else {
        put_text(&c);
    }
    return c.violations + c.stalls > 0 ? SIM_EXIT_FOUND : 0;
}

static int replay(const sim_arguments *a)
{
    if (!a->seed_set) {
        return sim_usage("replay needs", "a seed");
    }
    sim *s = sim_new();
    sim_result r;
    sim_options opt = options_of(a);
    sim_run(s, &opt, a->seed, &r);
    printf(
        "seed %llu: %s %s\n%llu finalizations, %llu steps, recovery %llu ms, %llu slow, digest "
        "%016llx\n",
        (unsigned long long)a->seed,
        outcome_name(r.outcome),
        r.what,
        (unsigned long long)r.finalizations,
        (unsigned long long)r.steps,
        (unsigned long long)r.recovery_ms,
        (unsigned long long)r.slow,
        (unsigned long long)r.digest);
    sim_free(s);
    return r.outcome == SIM_OK ? 0 : SIM_EXIT_FOUND;
}

static int cases(const sim_arguments *a)
{
    int bad = 0;
    for (unsigned i = 0; i < sim_case_n; i++) {
        const sim_case *k = &sim_cases[i];
        static sim_campaign c;
        sim_options opt = {.nodes = k->nodes, .byzantine = k->byzantine};
        int good = sim_campaign_run(&opt, k->seed, 1, (unsigned)a->jobs, 0, &c) &&
                   c.violations + c.stalls == 0;
        printf("%-7s %s\n", good ? "ok" : "FAILED", k->name);
        bad |= !good;
    }
    return bad ? SIM_EXIT_FOUND : 0;
}

static int run_twins(const sim_arguments *a)
{
    twins_options opt = {
        .nodes = (unsigned)a->nodes,
        .twins = (unsigned)a->twins,
        .views = (unsigned)a->views,
        .exhaustive = a->exhaustive,
        .samples = a->seeds,
        .seed0 = a->seed0,
        .mutant = (int)a->mutant,
        .json = a->json,
        .processes = (unsigned)a->jobs,
    };
    if (opt.exhaustive && twins_schedule_n(&opt) == 0) {
        return sim_usage("too many schedules for", "--exhaustive");
    }
    int good = a->schedule_set ? twins_replay(&opt, a->schedule) : twins_campaign(&opt);
    return good ? 0 : SIM_EXIT_FOUND;
}

static int run_explore(const sim_arguments *a)
{
    explore_options bound = {
        .byzantine = (unsigned)a->liar,
        .first = (unsigned)a->first,
        .views = a->views_set ? (unsigned)a->views : 2,
        .restarts = a->restarts,
        .mutant = (int)a->mutant,
        .stages_max = 4000000,
    };
    if (bound.views > 4) {
        return sim_usage("explore takes no more than 4", "--views");
    }
    int good = a->liar_set
                   ? explore_campaign(&bound, 1, 1, a->json)
                   : explore_campaign(explore_bounds, explore_bound_n, (unsigned)a->jobs, a->json);
    return good ? 0 : SIM_EXIT_FOUND;
}

static int run_campaign(const sim_arguments *a)
{
    return sim_campaign_for(a->seconds, a->seed0, (unsigned)a->jobs, a->json) ? 0 : SIM_EXIT_FOUND;
}

static int run_mutants(const sim_arguments *a)
{
    uint64_t seeds = a->seeds_set ? a->seeds : MUTANT_SEEDS;
    return sim_mutants_find(a->seed0, seeds, (unsigned)a->jobs, a->json) ? 0 : SIM_EXIT_FOUND;
}

/* seeds: how many where none were asked for. */
static sim_task task_of(const sim_arguments *a, uint64_t seeds)
{
    return (sim_task){
        .opt = options_of(a),
        .seed0 = a->seed0,
        .seeds = a->seeds_set ? a->seeds : seeds,
        .processes = (unsigned)a->jobs,
        .json = a->json,
    };
}

static int focused(const sim_arguments *a, sim_focus focus, const char *name)
{
    sim_task task = task_of(a, 500);
    return sim_focused(&task, focus, name) ? 0 : SIM_EXIT_FOUND;
}

static int run_disk(const sim_arguments *a)
{
    return focused(a, SIM_FOCUS_DISK, "disk-faults");
}

static int run_clock(const sim_arguments *a)
{
    return focused(a, SIM_FOCUS_CLOCK, "clock");
}

static int run_epochs(const sim_arguments *a)
{
    return focused(a, SIM_FOCUS_EPOCHS, "epochs");
}

static int run_upgrade(const sim_arguments *a)
{
    return focused(a, SIM_FOCUS_UPGRADE, "upgrade");
}

static int run_byzantine(const sim_arguments *a)
{
    if (a->byzantine == 0) {
        return sim_usage("byzantine needs at least one", "--byzantine");
    }
    sim_task task = task_of(a, 50);
    return sim_byzantine_all(&task) ? 0 : SIM_EXIT_FOUND;
}

static int run_kill_points(const sim_arguments *a)
{
    sim_task task = task_of(a, 4);
    return sim_kill_points(&task) ? 0 : SIM_EXIT_FOUND;
}

static int run_shrink(const sim_arguments *a)
{
    if (!a->seed_set) {
        return sim_usage("shrink needs", "a seed");
    }
    sim_task task = task_of(a, 1);
    task.seed0 = a->seed;
    return sim_shrink(&task) ? 0 : SIM_EXIT_FOUND;
}

static int run_nodes(const sim_arguments *a)
{
    nodes_options opt = {
        .seed0 = a->seed0,
        .seeds = a->seeds,
        .processes = (unsigned)a->jobs,
        .json = a->json,
        .trace = a->trace,
    };
    int good = a->trace ? nodes_replay(&opt) : nodes_campaign(&opt);
    return good ? 0 : SIM_EXIT_FOUND;
}

static int run_messages(const sim_arguments *a)
{
    messages_options opt = {
        .seed0 = a->seed0,
        .seeds = a->seeds,
        .processes = (unsigned)a->jobs,
        .json = a->json,
        .trace = a->trace,
        .mutant = a->rule,
    };
    if (opt.mutant != NULL && !messages_rule_exists(opt.mutant)) {
        return sim_usage("no rule has the name", opt.mutant);
    }
    if (a->cases) {
        return messages_cases(&opt) ? 0 : SIM_EXIT_FOUND;
    }
    if (a->mutants) {
        opt.seeds = a->seeds_set ? a->seeds : MESSAGE_MUTANT_SEEDS;
        return messages_mutants(&opt) ? 0 : SIM_EXIT_FOUND;
    }
    return messages_campaign(&opt) ? 0 : SIM_EXIT_FOUND;
}

static const struct {
    const char *name;
    int (*run)(const sim_arguments *a);
} commands[] = {
    {"run", run},
    {"campaign", run_campaign},
    {"replay", replay},
    {"shrink", run_shrink},
    {"cases", cases},
    {"mutants", run_mutants},
    {"kill-points", run_kill_points},
    {"disk-faults", run_disk},
    {"byzantine", run_byzantine},
    {"clock", run_clock},
    {"epochs", run_epochs},
    {"upgrade", run_upgrade},
    {"nodes", run_nodes},
    {"messages", run_messages},
    {"twins", run_twins},
    {"explore", run_explore},
};

int main(int argc, char **argv)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    sim_arguments a = {
        .nodes = 4,
        .byzantine = 1,
        .seeds = 200,
        .seconds = 60,
        .seed0 = 1,
        .twins = 1,
        .views = 3,
        .first = 1,
        .jobs = cores > 0 && cores < 256 ? (unsigned)cores : 1,
    };
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)) {
        (void)fputs(help, stdout);
        return 0;
    }
    if (argc < 2) {
        (void)fputs(help, stderr);
        return SIM_EXIT_USAGE;
    }
    for (size_t i = 0; i < YQ_ARRAY_N(commands); i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            int bad = sim_arguments_read(&a, argc, argv);
            return bad ? bad : commands[i].run(&a);
        }
    }
    return sim_usage("unknown command", argv[1]);
}
