/* After the healing: everything submitted must become final everywhere, then a quiet time in which
 * each envelope must pass soon. */
#include "conformance/sim/sim.h"

#define QUIET_ENVELOPES 20u

static int honest(const sim *s, unsigned i)
{
    return !s->actor[i].byzantine;
}

static uint64_t highest(const sim *s)
{
    uint64_t height = 0;
    for (unsigned i = 0; i < s->actors; i++) {
        height = honest(s, i) && s->actor[i].height > height ? s->actor[i].height : height;
    }
    return height;
}

/* Is all of this final at every honest node, and is each as high as the highest once was? */
static int all_final(const sim *s, const sim_envs *envs)
{
    for (unsigned i = 0; i < s->actors; i++) {
        const sim_actor *a = &s->actor[i];
        for (unsigned w = 0; honest(s, i) && w < SIM_ENVELOPES_MAX / 64; w++) {
            if ((envs->w[w] & ~a->final.w[w]) != 0 || a->height < s->target_height || !a->up) {
                return 0;
            }
        }
    }
    return 1;
}

static unsigned some_member(sim *s)
{
    for (;;) {
        unsigned i = sim_below(&s->host, s->actors);
        const sim_actor *a = &s->actor[i];
        if (honest(s, i) && (!a->up || s->idx_of[a->epoch][a->who] != UINT16_MAX)) {
            return i;
        }
    }
}

static void submit_lost(sim *s)
{
    for (unsigned id = 0; id < s->envelope_n; id++) {
        int final = 0;
        for (unsigned i = 0; i < s->actors; i++) {
            final |= honest(s, i) && sim_envs_has(&s->actor[i].final, id);
        }
        sim_envs_add(&s->submitted, id);
        if (!final) {
            sim_submit(s, id, some_member(s));
        }
    }
}

static void quiet_ask(sim *s)
{
    if (s->envelope_n >= SIM_ENVELOPES_MAX) {
        s->over = 1;
        return;
    }
    s->quiet_env = s->envelope_n++;
    sim_envs_add(&s->submitted, s->quiet_env);
    s->asked_ms = s->now;
    s->waiting = 1;
    unsigned to;
    do {
        to = some_member(s);
    } while (!s->actor[to].up);
    sim_submit(s, s->quiet_env, to);
}

static int soon_final(const sim *s)
{
    for (unsigned i = 0; i < s->actors; i++) {
        if (honest(s, i) && sim_envs_has(&s->actor[i].final, s->quiet_env)) {
            return 1;
        }
    }
    return 0;
}

static void quiet_step(sim *s)
{
    if (!s->waiting) {
        if (s->now >= s->quiet_from) {
            quiet_ask(s);
        }
        return;
    }
    if (s->waiting == 1 && soon_final(s)) {
        s->waiting = 2;
        s->slow += s->now - s->asked_ms >= s->cfg.t0_ms;
    }
    if (s->waiting == 2 && all_final(s, &s->submitted)) {
        s->waiting = 0;
        s->stage++;
        s->quiet_from = s->now + 100 + sim_below(&s->host, 600);
    } else if (s->now > s->asked_ms + 90000) {
        sim_fail(s, SIM_STALL, "quiet envelope %u is not final everywhere", s->stage);
    }
}

void sim_progress(sim *s)
{
    if (s->stage == 0 && !s->waiting) {
        submit_lost(s);
        s->target_height = highest(s);
        s->waiting = 1;
    } else if (s->stage == 0) {
        if ((s->now - s->heal_ms) % 5000 == 0) {
            submit_lost(s);
        }
        if (all_final(s, &s->submitted)) {
            s->result.recovery_ms =
                s->opt.focus == SIM_FOCUS_DEAF ? s->first_final_ms : s->now - s->heal_ms;
            s->stage = 1;
            s->over = s->opt.focus == SIM_FOCUS_DEAF;
            s->waiting = 0;
            s->quiet_from = s->now + 200;
        } else if (s->now > s->heal_ms + s->bound_ms) {
            sim_fail(s, SIM_STALL, "no progress after the healing");
        }
    } else if (s->stage <= (int)QUIET_ENVELOPES) {
        quiet_step(s);
    } else {
        /* With a silent Byzantine node three leaders of four have work at hand; only where epochs
         * end, the first leader of each may be the silent one. */
        if (!s->byzantine_stays && s->epoch_blocks == 0 && 2 * s->slow > QUIET_ENVELOPES) {
            sim_fail(s, SIM_STALL, "%u of the quiet envelopes took a timer", s->slow);
        }
        s->over = 1;
    }
    if (!s->over) {
        sim_push(s, (sim_event){.at = s->now + 10, .kind = SIM_EV_PROGRESS});
    }
}
