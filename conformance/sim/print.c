#include "conformance/sim/seeds.h"
#include "relay/base/bytes.h"

#include <stdio.h>

static void put_faults(const sim_faults *f)
{
    const struct {
        const char *name;
        uint64_t n;
    } fault[] = {
        {"loss", f->loss},
        {"duplicate", f->duplicate},
        {"reorder", f->reorder},
        {"partition", f->partition},
        {"crash", f->crash},
        {"torn", f->torn},
        {"lost_sync", f->lost_sync},
        {"fsync_fail", f->fsync_fail},
        {"bit_rot", f->bit_rot},
        {"disk_full", f->disk_full},
        {"clock", f->clock},
        {"byzantine", f->byzantine},
        {"epoch", f->epoch},
        {"upgrade", f->upgrade},
    };
    printf("\"faults\":{");
    for (unsigned i = 0; i < YQ_ARRAY_N(fault); i++) {
        printf("%s\"%s\":%llu", i == 0 ? "" : ",", fault[i].name, (unsigned long long)fault[i].n);
    }
    printf("}");
}

void sim_put_counts(const sim_campaign *c)
{
    printf(
        "\"seeds\":%llu,\"finalizations\":%llu,\"checked_states\":%llu,\"violations\":%llu,"
        "\"stalls\":%llu,",
        (unsigned long long)c->seeds,
        (unsigned long long)c->finalizations,
        (unsigned long long)c->checked_states,
        (unsigned long long)c->violations,
        (unsigned long long)c->stalls);
    put_faults(&c->faults);
    printf(",\"failures\":[");
    for (unsigned i = 0; i < c->failure_n; i++) {
        const sim_result *r = &c->failure[i];
        printf(
            "%s{\"seed\":%llu,\"what\":\"%s: %s\",\"at_ms\":%llu}",
            i == 0 ? "" : ",",
            (unsigned long long)r->seed,
            r->outcome == SIM_STALL ? "stall" : "violation",
            r->what,
            (unsigned long long)r->at_ms);
    }
    printf("]");
}
