#include "conformance/sim/sim.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

int sim_bodies_missing(const sim_actor *a, const sim_block *b, sim_envs *missing)
{
    int some = 0;
    *missing = (sim_envs){0};
    for (unsigned i = 0; i < b->env_n; i++) {
        if (!sim_envs_has(&a->held, b->env[i])) {
            some = 1;
            if (b->env[i] < SIM_ENVELOPES_MAX) {
                sim_envs_add(missing, b->env[i]);
            }
        }
    }
    return some;
}

void sim_log_append(sim *s, sim_actor *a, const yq_bft_action *act)
{
    sim_log *log = &a->log;
    if (log->n == log->cap) {
        log->cap = log->cap == 0 ? 256 : 2 * log->cap;
        log->item = realloc(log->item, log->cap * sizeof *log->item);
        YQ_ASSERT(log->item != NULL);
    }
    sim_record *r = &log->item[log->n++];
    *r = (sim_record){
        .p = malloc(act->bytes.n),
        .n = act->bytes.n,
        .lsn = ++log->lsn,
        .epoch = act->epoch,
        .view = act->view,
        .block = SIM_NONE,
    };
    YQ_ASSERT(r->p != NULL);
    memcpy(r->p, act->bytes.p, act->bytes.n);
    if (act->has_block) {
        sim_envs missing;
        r->block = sim_block_add(s, act->header, act->digests);
        if (!a->byzantine && sim_bodies_missing(a, &s->block[r->block], &missing)) {
            sim_fail(s, SIM_VIOLATION, "actor %u votes for a block without its bodies", a->id);
        }
    }
}

static void cut(sim_log *log, size_t from)
{
    for (size_t i = from; i < log->n; i++) {
        free(log->item[i].p);
    }
    log->n = from;
}

void sim_log_drop(sim_actor *a, uint64_t epoch, uint64_t view)
{
    sim_log *log = &a->log;
    size_t kept = 0;
    for (size_t i = 0; i < log->n; i++) {
        const sim_record *r = &log->item[i];
        int old = r->epoch < epoch || (r->epoch == epoch && r->view <= view);
        if (old && r->lsn <= log->durable) {
            free(log->item[i].p);
        } else {
            log->item[kept++] = *r;
        }
    }
    log->n = kept;
}

/* The power goes: some of what was written and not synced is there, the next record perhaps in
 * part, which its checksum shows. */
void sim_log_crash(sim *s, sim_actor *a)
{
    sim_log *log = &a->log;
    size_t safe = 0;
    while (safe < log->n && log->item[safe].lsn <= log->durable) {
        safe++;
    }
    size_t loose = log->n - safe;
    size_t kept = safe + sim_below(&s->host, (uint32_t)loose + 1);
    if (kept < log->n) {
        s->result.faults.lost_sync++;
        s->result.faults.torn += sim_permille(&s->host, 500) ? 1u : 0u;
    }
    cut(log, kept);
    log->durable = log->lsn;
}

void sim_log_rot(sim *s, sim_actor *a)
{
    if (a->log.n < 2) {
        return; /* a torn tail is no damage */
    }
    sim_trace(s, "actor %u: a record in the middle of its log is damaged", a->id);
    s->result.faults.bit_rot++;
    a->rotten = 1;
    cut(&a->log, 0);
}

void sim_log_clear(sim_log *log)
{
    cut(log, 0);
    log->lsn = log->durable = 0;
}

void sim_cert_clear(sim_cert *c)
{
    free(c->p);
    *c = (sim_cert){0};
}

void sim_cert_set(sim_cert *c, const yq_cert *cert)
{
    sim_cert_clear(c);
    if (cert == NULL) {
        return;
    }
    uint8_t room[YQ_CERT_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_cert_put(&w, cert);
    c->n = w.n;
    c->p = malloc(w.n);
    YQ_ASSERT(c->p != NULL);
    memcpy(c->p, room, w.n);
}

void sim_cert_copy(sim_cert *to, const sim_cert *from)
{
    sim_cert_clear(to);
    if (from->n > 0) {
        to->n = from->n;
        to->p = malloc(from->n);
        YQ_ASSERT(to->p != NULL);
        memcpy(to->p, from->p, from->n);
    }
}

int sim_cert_get(const sim_cert *c, yq_cert *cert)
{
    return c->n > 0 && yq_cert_decode((yq_slice){c->p, c->n}, cert, NULL) == YQ_OK;
}
