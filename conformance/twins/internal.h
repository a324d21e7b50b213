#ifndef YQ_CONFORMANCE_TWINS_INTERNAL_H
#define YQ_CONFORMANCE_TWINS_INTERNAL_H

/* One scenario: shared by the files of conformance/twins, by nobody else. */

#include "conformance/core/quick_node.h"
#include "conformance/twins/twins.h"

#define LATENCY_MS   10u
#define T0_MS        100u
#define HEIGHTS_MAX  64u
#define VOTE_VIEWS   64u
#define MESSAGES_MAX 16384u
#define BYTES_MAX    ((size_t)32 << 20)

typedef struct message {
    uint64_t at_ms, view; /* view 0: of none */
    uint8_t from, to;     /* instances */
    yq_slice bytes;
} message;

/* A queue in order of time: all messages take equally long. */
typedef struct messages {
    message *item; /* MESSAGES_MAX, a ring */
    size_t head, n;
} messages;

/* What a validator said in one view. */
typedef struct said {
    uint8_t notarized, nullified, finalized;
    yq_digest h;
    yq_final_info info;
} said;

typedef struct instance {
    quick_node node;
    uint16_t index; /* of its validator */
    int twin;
    int held;           /* it is past the present view: its clock stands */
    uint64_t behind_ms; /* its clock is so much behind the scenario's */
    uint64_t held_at_ms;
    said said[VOTE_VIEWS];
} instance;

struct twins {
    unsigned nodes, instances;
    int mutant, trace;
    yq_valset set;
    yq_bft_tip genesis;
    instance *instance;
    messages sent, waiting; /* waiting: of a later view than the present one */
    uint8_t *bytes;
    size_t bytes_n;

    const twins_shape *shape;
    uint64_t now;
    uint64_t view; /* the present one; UINT64_MAX: everything is connected again */
    const uint8_t *group;
    yq_bft_tip chain[HEIGHTS_MAX]; /* finalized by anyone, by height - 1 */
    uint64_t height;
    twins_result *out;
};

/* links.c */
void links_reset(twins *t);
void links_send(void *self, quick_node *n, uint32_t to, yq_slice bytes);
/* What waited for the present view is sent now. */
void links_release(twins *t);
message links_take(twins *t);
int links_pass(const twins *t, const message *m);

/* check.c */
void check_committed(void *self, quick_node *n, const yq_bft_tip *tip);
void check_said(twins *t, instance *i, yq_slice bytes);
void check_fail(twins *t, twins_outcome outcome, const char *what);

/* print.c */
void print_message(const twins *t, const message *m, int arrives);
void print_phase(const twins *t);
void print_commit(const twins *t, const instance *i, const yq_bft_tip *tip);

#endif /* YQ_CONFORMANCE_TWINS_INTERNAL_H */
