#ifndef YQ_RELAY_HUB_HASH_MEMO_H
#define YQ_RELAY_HUB_HASH_MEMO_H

#include "yuqiao/types.h"

/*
 * What was hashed lately. Proofs of the events of one block share the upper nodes of their paths;
 * with a memo each of those is hashed once. It can change no verdict: an entry answers only for an
 * input that equals its own in every byte.
 */
#define YQ_HASH_MEMO_INPUT_MAX                                                                     \
    544u /* a full node of 16 children, with the heads of its encoding                             \
          */
#define YQ_HASH_MEMO_ENTRIES 1024u

typedef struct yq_hash_memo_entry {
    uint32_t alg; /* 0: empty */
    uint32_t n;
    yq_digest md;
    uint8_t in[YQ_HASH_MEMO_INPUT_MAX];
} yq_hash_memo_entry;

typedef struct yq_hash_memo {
    yq_hash_memo_entry entry[YQ_HASH_MEMO_ENTRIES];
    uint64_t hits, misses;
} yq_hash_memo;

/* Hashes as yq_hash does. In: memo, zeroed before its first use, one thread at a time; NULL, or an
 * input that is shorter than two digests or longer than the memo takes: yq_hash alone. */
void yq_hash_memo_hash(
    yq_hash_memo *memo, uint32_t alg, const yq_slice *part, size_t part_n, uint8_t *md);

#endif /* YQ_RELAY_HUB_HASH_MEMO_H */
