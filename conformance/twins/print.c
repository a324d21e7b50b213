#include "conformance/twins/internal.h"

#include <stdio.h>

static const char *message_name(const message *m)
{
    static const char *const name[] = {
        "?", "PROPOSAL", "VOTE", "CERT", "BLOCK?", "BLOCK", "CERTS?", "STATUS"};
    static const char *const vote[] = {"?", "PROPOSE", "NOTARIZE", "NULLIFY", "FINALIZE"};
    static const char *const cert[] = {"?", "?", "N", "X", "F"};
    uint8_t kind = m->bytes.p[0], type = m->bytes.p[1];
    if (kind == YQ_BFT_MSG_VOTE && type <= YQ_SIGNED_FINALIZE) {
        return vote[type];
    }
    if (kind == YQ_BFT_MSG_CERT && type <= YQ_SIGNED_FINALIZE) {
        return cert[type];
    }
    return kind <= YQ_BFT_MSG_STATUS ? name[kind] : name[0];
}

/* 2, or 2' for a twin's copy. */
static void put_instance(const twins *t, unsigned i)
{
    printf("%u%s", t->instance[i].index, i >= t->nodes ? "'" : "");
}

void print_message(const twins *t, const message *m, int arrives)
{
    printf("%7llu ms  ", (unsigned long long)t->now);
    put_instance(t, m->from);
    printf(" -> ");
    put_instance(t, m->to);
    printf("  %s", message_name(m));
    if (m->view != 0) {
        printf(" of view %llu", (unsigned long long)m->view);
    }
    printf("%s\n", arrives ? "" : "  (does not arrive)");
}

void print_phase(const twins *t)
{
    if (t->group == NULL) {
        printf("---- everything is connected\n");
        return;
    }
    printf("---- view %llu:", (unsigned long long)t->view);
    for (unsigned g = 0; g < 3; g++) {
        for (unsigned i = 0; i < t->instances; i++) {
            if (t->group[i] == g) {
                printf(" ");
                put_instance(t, i);
            }
        }
        printf("%s", g < 2 ? " |" : "\n");
    }
}

void print_commit(const twins *t, const instance *i, const yq_bft_tip *tip)
{
    printf("%7llu ms  ", (unsigned long long)t->now);
    put_instance(t, (unsigned)(i - t->instance));
    printf(
        " finalizes height %llu, view %llu, %02x%02x%02x%02x\n",
        (unsigned long long)tip->header.height,
        (unsigned long long)tip->header.view,
        tip->h.b[0],
        tip->h.b[1],
        tip->h.b[2],
        tip->h.b[3]);
}
