/* A readable account of one run. */
#include "conformance/sim/sim.h"

#include <stdarg.h>
#include <stdio.h>

void sim_trace(sim *s, const char *format, ...)
{
    if (!s->opt.trace) {
        return;
    }
    printf("%6llu ", (unsigned long long)s->now);
    va_list args;
    va_start(args, format);
    (void)vprintf(format, args);
    va_end(args);
    putchar('\n');
}

void sim_fail(sim *s, sim_outcome outcome, const char *format, ...)
{
    if (s->over) {
        return;
    }
    s->over = 1;
    s->result.outcome = outcome;
    s->result.at_ms = s->now;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(s->result.what, sizeof s->result.what, format, args);
    va_end(args);
    sim_trace(s, "%s: %s", outcome == SIM_STALL ? "STALL" : "VIOLATION", s->result.what);
}

static void put_hash(const yq_digest *h)
{
    printf(" %02x%02x%02x", h->b[0], h->b[1], h->b[2]);
}

static const char *vote_name(uint8_t type)
{
    static const char *const name[] = {"?", "propose", "N", "X", "F"};
    return type <= YQ_SIGNED_FINALIZE ? name[type] : "?";
}

static void put_header(const yq_header *h)
{
    printf(
        " e%llu v%llu h%llu on v%llu n_env %u%s%s%s",
        (unsigned long long)h->epoch,
        (unsigned long long)h->view,
        (unsigned long long)h->height,
        (unsigned long long)h->parent_view,
        h->n_env,
        (h->flags & YQ_BLOCK_EMPTY) ? " empty" : "",
        (h->flags & YQ_BLOCK_EPOCH_END) ? " END" : "",
        (h->flags & YQ_BLOCK_SUFFIX) ? " SUFFIX" : "");
}

static void put_message(yq_slice m)
{
    static const char *const name[] = {
        "?", "proposal", "vote", "cert", "block?", "block", "certs?", "status"};
    static yq_cert cert;
    yq_slice body = {m.p + 1, m.n - 1};
    yq_vote vote;
    yq_cur c = yq_cur_of(body);
    if (m.n == 0 || m.p[0] > YQ_BFT_MSG_STATUS) {
        printf(" noise");
        return;
    }
    printf(" %s", name[m.p[0]]);
    if (m.p[0] == YQ_BFT_MSG_VOTE && yq_vote_decode(body, &vote, NULL) == YQ_OK) {
        printf(
            " %s e%llu v%llu of %u",
            vote_name(vote.type),
            (unsigned long long)vote.epoch,
            (unsigned long long)vote.view,
            vote.signer);
        put_hash(&vote.h);
    } else if (m.p[0] == YQ_BFT_MSG_CERT && yq_cert_decode(body, &cert, NULL) == YQ_OK) {
        printf(
            " %s e%llu v%llu",
            vote_name(cert.type),
            (unsigned long long)cert.epoch,
            (unsigned long long)cert.view);
        put_hash(&cert.h);
    } else if (m.p[0] == YQ_BFT_MSG_PROPOSAL || m.p[0] == YQ_BFT_MSG_BLOCK) {
        yq_header header;
        yq_header_get(&c, &header);
        put_header(&header);
    } else if (m.p[0] == YQ_BFT_MSG_BLOCK_REQUEST) {
        yq_digest h = {{0}};
        yq_cur_copy(&c, h.b, sizeof h.b);
        put_hash(&h);
    } else if (m.p[0] == YQ_BFT_MSG_STATUS || m.p[0] == YQ_BFT_MSG_CERTS_REQUEST) {
        unsigned long long e = yq_cur_u64(&c), v = yq_cur_u64(&c), w = yq_cur_u64(&c);
        printf(" e%llu %llu %llu", e, v, w);
    }
}

void sim_trace_event(sim *s, const sim_actor *a, const yq_bft_event *ev)
{
    static const char *const name[] = {
        "-",
        "record",
        "start",
        "receive",
        "peer-up",
        "timeout",
        "persisted",
        "signed",
        "pool",
        "payload",
        "validated",
        "body",
        "executed",
        "committed"};
    if (!s->opt.trace) {
        return;
    }
    yq_bft_view now;
    s->core->look(a->core, &now);
    printf(
        "%6llu a%u [e%llu v%llu f%llu h%llu] %s",
        (unsigned long long)s->now,
        a->id,
        (unsigned long long)now.epoch,
        (unsigned long long)now.view,
        (unsigned long long)now.fin_view,
        (unsigned long long)now.height,
        name[ev->kind]);
    if (ev->kind == YQ_BFT_RECEIVE) {
        printf(" from %u", ev->from);
        put_message(ev->bytes);
    } else if (ev->kind == YQ_BFT_POOL) {
        printf(" %d", ev->work);
    } else if (ev->kind == YQ_BFT_VALIDATED) {
        printf(" %d", (int)ev->verdict);
    }
    putchar('\n');
}

void sim_trace_action(sim *s, const sim_actor *a, const yq_bft_action *act)
{
    static const char *const name[] = {
        "-",
        "persist",
        "send",
        "sign",
        "timer",
        "payload",
        "validate",
        "execute",
        "commit",
        "sync",
        "evidence",
        "divergence",
        "log-drop"};
    static const char *const record[] = {
        "?", "view", "proposed", "notarized", "nullified", "finalized", "cert", "block", "epoch"};
    if (!s->opt.trace || act->kind == YQ_BFT_TIMER) {
        return;
    }
    printf("       a%u   -> %s", a->id, name[act->kind]);
    if (act->kind == YQ_BFT_SEND) {
        printf(" %d", act->to == YQ_BFT_ALL ? -1 : (int)act->to);
        put_message(act->bytes);
    } else if (act->kind == YQ_BFT_PERSIST) {
        printf(" %s v%llu", record[act->bytes.p[0]], (unsigned long long)act->view);
    } else if (act->kind == YQ_BFT_SIGN) {
        printf(" %s v%llu", vote_name(act->type), (unsigned long long)act->view);
    } else if (act->header != NULL) {
        put_header(act->header);
    }
    putchar('\n');
}
