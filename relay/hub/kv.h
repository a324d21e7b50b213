#ifndef YQ_RELAY_HUB_KV_H
#define YQ_RELAY_HUB_KV_H

#include "yuqiao/types.h"

/*
 * The state as the hub's modules see it: an ordered map of bytes. The ledger provides it over the
 * state tree with the block's changes on top; tests provide it over an array. A value that get or
 * next returned lives until the next put on the map or the end of the transaction, whichever is
 * first.
 */
typedef struct yq_kv {
    void *self;

    /* Returns the value; found = 0 and an empty slice when there is none. */
    yq_slice (*get)(void *self, yq_slice key, int *found);

    /* Sets a value; an empty value deletes the key. Copies both. Keys: at most YQ_STATE_KEY_MAX
     * bytes. */
    void (*put)(void *self, yq_slice key, yq_slice value);

    /*
     * Walks keys in order of bytes: finds the first key > after (>= when after.n == 0 means: the
     * first) that begins with prefix. Returns 0 when there is none. Out: key, value; both live as
     * said above.
     */
    int (*next)(void *self, yq_slice prefix, yq_slice after, yq_slice *key, yq_slice *value);

    /* Marks and undoes: a transaction that fails leaves no change. Marks nest at most twice. */
    uint64_t (*mark)(void *self);
    void (*undo)(void *self, uint64_t mark);
} yq_kv;

#define YQ_STATE_KEY_MAX   512u
#define YQ_STATE_VALUE_MAX (128u << 10)

#endif /* YQ_RELAY_HUB_KV_H */
