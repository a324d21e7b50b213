/* What a seed means: the network, the faults and when they happen. */
#include "conformance/sim/behaviours.h"
#include "conformance/sim/focus.h"

#include <string.h>

static void plan_event(sim *s, sim_event_kind kind, uint64_t at, unsigned actor, uint64_t a)
{
    sim_push(s, (sim_event){.at = at, .kind = kind, .actor = actor, .a = a});
}

/* A fault or an envelope: it has a number, by which a shorter schedule leaves it out. */
static int is_skipped(sim *s)
{
    unsigned k = s->planned++;
    return k < SIM_PLANNED_MAX && (s->opt.skip[k / 64] >> k % 64 & 1) != 0;
}

static void plan_fault(sim *s, sim_event_kind kind, uint64_t at, unsigned actor, uint64_t a)
{
    if (!is_skipped(s)) {
        plan_event(s, kind, at, actor, a);
    }
}

static uint32_t one_of(sim *s, const uint32_t *choice, uint32_t n)
{
    return choice[sim_below(&s->plan, n)];
}

static void plan_config(sim *s)
{
    static const uint32_t t0[] = {500, 1000, 1000};
    static const uint32_t heartbeat[] = {0, 0, 3000, 10000};
    static const uint32_t exec[] = {5, 30, 30, 200};
    static const uint32_t fsync[] = {2, 8, 30};
    s->cfg = (yq_bft_config){
        .hash_alg = sim_permille(&s->plan, 500) ? YQ_HASH_SM3 : YQ_HASH_SHA256,
        .view_n = 128,
        .env_n_max = SIM_BLOCK_ENVS_MAX,
        .t0_ms = one_of(s, t0, 3),
        .heartbeat_ms = one_of(s, heartbeat, 4),
        .version_max = YQ_BFT_VERSION_MAX,
        .check = sim_tag_check,
    };
    s->exec_ms_max = one_of(s, exec, 4);
    s->fsync_ms_max = one_of(s, fsync, 3);
    s->heal_ms = sim_between(&s->plan, 6000, 20000);
    s->bound_ms = 180000;
    s->epoch_blocks = sim_permille(&s->plan, 400) ? sim_between(&s->plan, 2, 7) : 0;
    s->version_height = sim_permille(&s->plan, 200) ? sim_between(&s->plan, 2, 9) : 0;
    s->spare = s->epoch_blocks != 0 && sim_permille(&s->plan, 400);
    s->byzantine_stays = sim_permille(&s->plan, 300);
    s->lossy = sim_below(&s->plan, 10);
    s->delay_ms_max = sim_permille(&s->plan, 500) ? 200 : 2500;
}

/* A pattern that a notarized block meets when its leader wants others to lack it. */
static void withhold_block(sim *s, unsigned victim)
{
    static const sim_class kept_back[] = {SIM_PROPOSAL, SIM_BLOCK, SIM_SYNC, SIM_BODY};
    static const sim_class from_all[] = {SIM_VOTE_F, SIM_CERT_F, SIM_VOTE_X};
    for (unsigned i = 0; i < 4; i++) {
        s->withheld[kept_back[i]][victim] = 1;
    }
    for (unsigned i = 0; i < 3; i++) {
        memset(s->withheld[from_all[i]], 1, sizeof s->withheld[from_all[i]]);
    }
}

/* Some runs have a validator whose log rots instead of a Byzantine one: the same budget of f. */
static unsigned plan_rot(sim *s)
{
    s->rot_who = SIM_NONE;
    if (s->behaviour != NULL) {
        return s->opt.byzantine;
    }
    if (s->opt.byzantine == 0 || !sim_permille(&s->plan, 120)) {
        return s->opt.byzantine;
    }
    s->rot_who = sim_below(&s->plan, s->opt.nodes);
    return s->opt.byzantine - 1;
}

/* The behaviour's classes from one half of the others. */
static void withhold_classes(sim *s, uint32_t classes)
{
    uint32_t half = (uint32_t)sim_draw(&s->plan);
    for (unsigned c = 0; c < SIM_CLASSES; c++) {
        for (unsigned to = 0; to < s->identities; to++) {
            s->withheld[c][to] = (uint8_t)(classes >> c & half >> to & 1);
        }
    }
}

static void plan_byzantine(sim *s)
{
    memset(s->withheld, 0, sizeof s->withheld);
    s->evil_mask = 0;
    s->behaviour = s->opt.focus == SIM_FOCUS_BYZANTINE ? &sim_behaviours[s->opt.behaviour] : NULL;
    unsigned evil = plan_rot(s);
    for (unsigned k = 0; k < evil; k++) {
        unsigned who;
        do {
            who = sim_below(&s->plan, s->opt.nodes);
        } while ((s->evil_mask >> who & 1) != 0 || who == s->rot_who);
        s->evil_mask |= UINT32_C(1) << who;
        s->style[who] =
            s->behaviour != NULL ? s->behaviour->style : (sim_style)sim_below(&s->plan, SIM_STYLES);
        plan_event(s, SIM_EV_BYZANTINE, 5, who, 0);
    }
    if (s->behaviour != NULL && s->behaviour->withheld != 0) {
        withhold_classes(s, s->behaviour->withheld);
        return;
    }
    if (sim_permille(&s->plan, 400)) {
        withhold_block(s, sim_below(&s->plan, s->opt.nodes));
        return;
    }
    for (unsigned c = 0; c < SIM_CLASSES; c++) {
        for (unsigned to = 0; to < s->identities; to++) {
            s->withheld[c][to] = (uint8_t)sim_permille(&s->plan, 250);
        }
    }
}

static void plan_actors(sim *s)
{
    s->actors = 0;
    for (unsigned who = 0; who < s->identities; who++) {
        int evil = (s->evil_mask >> who & 1) != 0;
        int twins = evil && (s->style[who] == SIM_TWINS || s->style[who] == SIM_TWINS_CHAOS);
        for (int t = 0; t <= twins; t++) {
            sim_actor *a = &s->actor[s->actors];
            a->id = s->actors++;
            a->who = who;
            a->byzantine = evil;
            a->skew_ms = (int64_t)sim_below(&s->plan, 801) - 400;
            a->version = s->version_height != 0 ? YQ_BFT_VERSION : YQ_BFT_VERSION_MAX;
        }
    }
}

/* A rolling upgrade: one program after another is replaced, some only after the activation. */
static void plan_upgrade(sim *s)
{
    for (unsigned i = 0; s->version_height != 0 && i < s->actors; i++) {
        uint64_t at = sim_between(&s->plan, 200, (uint32_t)s->heal_ms - 200);
        plan_fault(s, SIM_EV_UPGRADE, at, i, 0);
    }
}

static unsigned honest_actor(sim *s, sim_rng *r)
{
    for (;;) {
        unsigned i = sim_below(r, s->actors);
        if (!s->actor[i].byzantine) {
            return i;
        }
    }
}

static void plan_crashes(sim *s)
{
    uint32_t latest = (uint32_t)s->heal_ms - 200;
    unsigned n = sim_below(&s->plan, 6);
    for (unsigned i = 0; i < n; i++) {
        uint64_t at = sim_between(&s->plan, 200, latest);
        if (sim_permille(&s->plan, 350)) {
            for (unsigned k = 0; k < s->actors; k++) {
                plan_fault(s, SIM_EV_CRASH, at, k, 0);
            }
        } else {
            plan_fault(s, SIM_EV_CRASH, at, honest_actor(s, &s->plan), 0);
        }
    }
    n = sim_below(&s->plan, 7) + (s->opt.focus == SIM_FOCUS_DISK ? 8u : 0u);
    for (unsigned i = 0; i < n; i++) {
        plan_fault(s, SIM_EV_ARM, sim_between(&s->plan, 100, latest), 0, 0);
    }
    int clocks = s->opt.focus == SIM_FOCUS_CLOCK;
    if (sim_permille(&s->plan, 250) || clocks) {
        n = 1 + sim_below(&s->plan, 4) + (clocks ? 12u : 0u);
        for (unsigned i = 0; i < n; i++) {
            plan_fault(s, SIM_EV_CLOCK, sim_between(&s->plan, 100, latest), 0, 0);
        }
    }
}

static void plan_work(sim *s)
{
    static const uint32_t most[] = {2, 8, 24, 60};
    unsigned n = 1 + sim_below(&s->plan, one_of(s, most, 4));
    for (unsigned i = 0; i < n; i++) {
        unsigned actor = honest_actor(s, &s->plan);
        plan_fault(
            s, SIM_EV_SUBMIT, sim_below(&s->plan, (uint32_t)s->heal_ms), actor, s->envelope_n++);
    }
}

/* A network whose leaders nobody hears, then a power cut, then one that is slow for ever: who
 * counts the views from the start again has timers that are too short for it. */
static void plan_deaf(sim *s)
{
    s->heal_ms = 30000;
    s->epoch_blocks = 0;
    s->version_height = 0;
    s->spare = s->byzantine_stays = 0;
    s->rot_who = SIM_NONE;
    s->cfg.t0_ms = 200;
    memset(s->style, SIM_SILENT, sizeof s->style);
    for (unsigned i = 0; i < s->identities * s->identities; i++) {
        s->loss[SIM_PROPOSAL][i / s->identities][i % s->identities] = 200;
        s->loss[SIM_BLOCK][i / s->identities][i % s->identities] = 200;
    }
    for (unsigned i = 0; i < s->actors; i++) {
        plan_event(s, SIM_EV_CRASH, s->heal_ms - 100, i, 0);
    }
}

void sim_plan(sim *s)
{
    plan_config(s);
    sim_focus_config(s);
    s->identities = s->opt.nodes + (s->spare ? 1u : 0u);
    s->envelope_n = s->planned = 0;
    plan_byzantine(s);
    plan_actors(s);
    if (s->opt.focus != SIM_FOCUS_DEAF && s->opt.focus != SIM_FOCUS_KILL) {
        plan_crashes(s);
        plan_upgrade(s);
    }
    plan_work(s);
    s->trap = (sim_trap){0};
    memset(s->blocked, 0, sizeof s->blocked);
    memset(s->loss, 0, sizeof s->loss);
    if (s->opt.focus == SIM_FOCUS_DEAF) {
        plan_deaf(s);
    } else if (s->opt.focus != SIM_FOCUS_KILL) {
        sim_weather(s);
    }
    plan_event(s, SIM_EV_HEAL, s->heal_ms, 0, 0);
    s->result.planned = s->planned;
}

static void weather_loss(sim *s)
{
    static const uint8_t of_class[] = {0, 0, 0, 20, 60, 120, 180, 200};
    uint8_t even = (uint8_t)sim_below(&s->net, 100);
    for (unsigned c = 0; c < SIM_CLASSES; c++) {
        for (unsigned i = 0; i < s->identities * s->identities; i++) {
            uint8_t loss =
                s->lossy < 4 ? 0 : (s->lossy < 7 ? even : of_class[sim_below(&s->net, 8)]);
            s->loss[c][i / s->identities][i % s->identities] = loss;
        }
    }
}

/* Who cannot reach whom, for the next seconds. */
static void weather_links(sim *s)
{
    uint32_t kind = sim_below(&s->net, 10);
    uint32_t side = (uint32_t)sim_draw(&s->net);
    for (unsigned i = 0; i < s->identities; i++) {
        for (unsigned k = 0; k < s->identities; k++) {
            int apart = (side >> i & 1) != (side >> k & 1);
            int odd = kind == 4 && sim_permille(&s->net, 250);
            int alone = kind == 3 && (side % s->identities == i || side % s->identities == k);
            int deaf = kind == 2 && side % s->identities == k;
            s->blocked[i][k] = (uint8_t)((kind < 2 && apart) || odd || alone || deaf);
        }
    }
    for (unsigned i = 0; i < s->identities; i++) {
        s->twin_side[i] = (uint8_t)(1 + sim_below(&s->net, 3));
    }
}

void sim_weather(sim *s)
{
    weather_loss(s);
    weather_links(s);
    uint64_t next = s->now + sim_between(&s->net, 500, 3500);
    if (next < s->heal_ms) {
        plan_event(s, SIM_EV_WEATHER, next, 0, 0);
    }
}

void sim_on_clock(sim *s)
{
    if (s->now < s->heal_ms) {
        s->result.faults.clock++;
        int64_t skew = (int64_t)sim_below(&s->host, 10001) - 5000;
        sim_actor *a = &s->actor[honest_actor(s, &s->host)];
        a->skew_ms = s->opt.focus == SIM_FOCUS_CLOCK ? sim_focus_clock(s, a) : skew;
    }
}

void sim_on_upgrade(sim *s, sim_actor *a)
{
    if (a->version == YQ_BFT_VERSION_MAX) {
        return;
    }
    sim_trace(s, "actor %u is replaced by a newer program", a->id);
    s->result.faults.upgrade++;
    a->version = YQ_BFT_VERSION_MAX;
    if (!a->byzantine || s->style[a->who] != SIM_SILENT) {
        sim_crash(s, a);
    }
}

/* A crash that waits for a moment which matters. */
void sim_on_arm(sim *s)
{
    static const struct {
        yq_bft_action_kind kind;
        uint8_t what;
    } moment[] = {
        {YQ_BFT_PERSIST, YQ_BFT_REC_NOTARIZED},
        {YQ_BFT_PERSIST, YQ_BFT_REC_FINALIZED},
        {YQ_BFT_PERSIST, YQ_BFT_REC_CERT},
        {YQ_BFT_PERSIST, YQ_BFT_REC_EPOCH},
        {YQ_BFT_SEND, YQ_SIGNED_FINALIZE},
        {YQ_BFT_SEND, YQ_SIGNED_NOTARIZE},
        {YQ_BFT_SEND, YQ_SIGNED_NULLIFY},
        {YQ_BFT_COMMIT, 0},
        {YQ_BFT_EXECUTE, 0},
        {YQ_BFT_SIGN, YQ_SIGNED_PROPOSE},
    };
    uint32_t i = sim_below(&s->host, sizeof moment / sizeof moment[0]);
    s->trap = (sim_trap){
        .set = 1,
        .all = sim_permille(&s->host, 500),
        .kind = moment[i].kind,
        .record = moment[i].what,
        .actor = sim_permille(&s->host, 500) ? SIM_NONE : honest_actor(s, &s->host),
    };
}

void sim_heal(sim *s)
{
    sim_trace(s, "the network heals");
    memset(s->blocked, 0, sizeof s->blocked);
    memset(s->loss, 0, sizeof s->loss);
    s->trap.set = 0;
    s->exec_ms_max = s->exec_ms_max < 30 ? s->exec_ms_max : 30;
    s->fsync_ms_max = s->fsync_ms_max < 8 ? s->fsync_ms_max : 8;
    for (unsigned i = 0; i < s->actors; i++) {
        s->actor[i].skew_ms = (int64_t)sim_below(&s->host, 801) - 400;
        sim_on_upgrade(s, &s->actor[i]);
    }
    for (unsigned i = 0; i < s->identities; i++) {
        if (!s->byzantine_stays) {
            s->style[i] = SIM_SILENT;
        }
    }
    plan_event(s, SIM_EV_PROGRESS, s->now + 50, 0, 0);
}
