#include "conformance/sim/focus.h"

static void kill_config(sim *s)
{
    s->heal_ms = 6000;
    s->version_height = 0;
    s->lossy = 0;
    s->delay_ms_max = 200;
    s->exec_ms_max = s->exec_ms_max < 30 ? s->exec_ms_max : 30;
}

void sim_focus_config(sim *s)
{
    switch (s->opt.focus) {
    case SIM_FOCUS_DISK:
        s->fsync_ms_max = sim_permille(&s->plan, 300) ? 400 : s->fsync_ms_max;
        break;
    case SIM_FOCUS_EPOCHS:
        s->epoch_blocks = sim_between(&s->plan, 2, 4);
        s->spare = sim_permille(&s->plan, 700);
        break;
    case SIM_FOCUS_UPGRADE:
        s->version_height = sim_between(&s->plan, 2, 9);
        break;
    case SIM_FOCUS_KILL:
        kill_config(s);
        break;
    case SIM_FOCUS_NONE:
    case SIM_FOCUS_DEAF:
    case SIM_FOCUS_CLOCK:
    case SIM_FOCUS_BYZANTINE:
        break;
    }
    if (s->opt.heal_ms != 0) {
        s->heal_ms = s->opt.heal_ms;
    }
}

/* With more wrong clocks than that a block of the far future can be final, and time has to reach
 * it.
 */
static int may_be_far_off(const sim *s, const sim_actor *a)
{
    for (unsigned i = 0; i < s->actors; i++) {
        if (!s->actor[i].byzantine) {
            return a == &s->actor[i];
        }
    }
    return 0;
}

int64_t sim_focus_clock(sim *s, const sim_actor *a)
{
    uint32_t kind = sim_below(&s->host, 4);
    int64_t far = (int64_t)sim_below(&s->host, 1200001) - 600000;
    int64_t near = (int64_t)sim_below(&s->host, 10001) - 5000;
    if (!may_be_far_off(s, a)) {
        return near;
    }
    return kind == 0 ? a->skew_ms - 5000 /* it stood still */ : (kind == 1 ? near : far);
}

uint32_t sim_focus_sync_fails(const sim *s)
{
    return s->opt.focus == SIM_FOCUS_DISK ? 12 : 1;
}
