#ifndef YQ_CONFORMANCE_EXPLORE_INTERNAL_H
#define YQ_CONFORMANCE_EXPLORE_INTERNAL_H

/* Shared by the files of conformance/explore, by nobody else. */

#include "conformance/core/quick_node.h"
#include "conformance/explore/explore.h"

#define BLOCKS_MAX 192u
#define NO_BLOCK   255u
#define HONEST     3u
#define NODES      4u

/* ---- sets of blocks ---------------------------------------------------------------------------
 */

typedef struct blocks {
    uint64_t w[3];
} blocks;

static inline int blocks_has(const blocks *s, unsigned b)
{
    return (int)(s->w[b / 64] >> b % 64 & 1);
}

static inline void blocks_add(blocks *s, unsigned b)
{
    s->w[b / 64] |= UINT64_C(1) << b % 64;
}

/* ---- a map from u64 to u32 (table.c) ----------------------------------------------------------
 */

typedef struct table {
    uint64_t *key; /* 0: free */
    uint32_t *value;
    uint64_t cap, n;
} table;

/* Returns the value's place; fresh 1: it was not there and is 0 now. In: key > 0. */
uint32_t *table_at(table *t, uint64_t key, int *fresh);
void table_free(table *t);

/* ---- blocks and events (events.c) -------------------------------------------------------------
 */

typedef struct known_block {
    yq_header header;
    yq_digest h;
    uint8_t digest[YQ_DIGEST_SIZE]; /* its only envelope's, when header.n_env is 1 */
    uint8_t parent;                 /* NO_BLOCK: the genesis */
    uint8_t parent_type;            /* of the certificate that its proposal carries */
    blocks below;                   /* its ancestors */
} known_block;

typedef enum event_kind {
    EVENT_PROPOSAL, /* of a block */
    EVENT_BLOCK,    /* the answer to a request */
    EVENT_N,
    EVENT_F,
    EVENT_X, /* of a view */
    EVENT_TIMEOUT,
    EVENT_RESTART,
} event_kind;

/* An event of one node: kind, and a block or a view. */
static inline uint32_t event_of(event_kind kind, unsigned which)
{
    return (uint32_t)kind << 8 | which;
}

struct explore;
/* The number of a proposed block, NO_BLOCK when it is of a view beyond the bound. */
unsigned block_of(
    struct explore *x, const yq_header *header, const uint8_t *digest, uint8_t parent_type);
unsigned block_find(const struct explore *x, const yq_digest *h);
/* What the Byzantine leader proposes on parent (NO_BLOCK: the genesis). final 1: with its F. */
blocks byzantine_on(struct explore *x, unsigned parent, int final);
/* Gives the event to the node. In: not TIMEOUT, RESTART. */
void event_give(struct explore *x, quick_node *n, uint32_t event);
void event_name(const struct explore *x, uint32_t event, char *out, size_t cap);

/* ---- states of one node (local.c) -------------------------------------------------------------
 */

/* Roles: the honest validator that leads in the bound (if there is one), and the others. */
typedef enum role {
    ROLE_LEADER,
    ROLE_FOLLOWER,
    ROLES,
} role;

typedef struct local {
    uint64_t mark[2]; /* fingerprint of the core and of what it has sent */
    uint32_t before;  /* the state that event led from */
    uint32_t event;
    uint8_t role, past, want; /* past: it has left the bound; want: block that it asks for */
    uint32_t nullified;       /* views */
    blocks notarized, finalized, proposed;
    uint8_t *image; /* of the core and of its host */
    size_t image_n;
    uint8_t *record; /* what this event added to the log: u32 size, bytes */
    size_t record_n;
} local;

/* Out: id of the state in which the events before the bound leave a node of this role. */
uint32_t local_first(struct explore *x, role r);
/* The state after the event. */
uint32_t local_next(struct explore *x, uint32_t id, uint32_t event);
void locals_free(struct explore *x);

/* ---- sets of states of one node (sets.c) ------------------------------------------------------
 */

/* What exists by now: certificates and proposals. */
typedef struct network {
    blocks n, f, proposed;
    uint32_t x; /* views */
} network;

/* Ascending ids; equal sets have one number. */
typedef struct id_set {
    uint32_t *id;
    uint32_t n;
} id_set;

typedef struct sets {
    id_set *item;
    uint32_t n, cap;
    table known;
    uint8_t *inside; /* of locals, while a set is made */
    size_t inside_cap;
    uint32_t *work;
    size_t work_n, work_cap;
} sets;

/* All states that a node reaches from those in from by what exists. Returns the set's number. */
uint32_t set_reach(struct explore *x, uint32_t from, const network *g);
/* Those in which it has sent what event needs of it; 0 members: none. */
uint32_t set_that_sent(struct explore *x, uint32_t from, uint32_t event);
uint32_t set_of_one(struct explore *x, uint32_t id);
void sets_free(struct explore *x);

/* ---- mark.c -----------------------------------------------------------------------------------
 */
void mark_core(const struct explore *x, const quick_node *n, uint64_t *mark);
unsigned wanted_block(const struct explore *x, const quick_node *n);
/* Puts what no step reads to zero, so that images are small. */
void drop_scratch(quick_node *n);

typedef struct explore {
    explore_options opt;
    explore_result *out;
    unsigned last; /* view of the bound */
    yq_valset set;
    yq_bft_tip genesis;
    known_block block[BLOCKS_MAX];
    unsigned block_n;
    int blocks_full;
    table children; /* (parent, final) -> index of a set */
    blocks child[2 * BLOCKS_MAX + 2];

    quick_node node[ROLES]; /* one memory for both: a local's image is put into it */
    uint8_t *mem, *start;   /* start: of a new core, images are differences from it */
    size_t mem_n;
    local *local;
    size_t local_n, local_cap;
    table known, next; /* fingerprint -> local; (local, event) -> local */
    local now;         /* being made: what the node sends is noted here */
    uint8_t *log;      /* records of now */
    size_t log_n, log_cap;

    sets *sets;
    const char *local_wrong; /* the first thing that an honest node did wrong */
    struct stage *stage;
    uint32_t stage_n, stage_cap;
    table seen; /* stages */
} explore;

#endif /* YQ_CONFORMANCE_EXPLORE_INTERNAL_H */
