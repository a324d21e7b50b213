#ifndef YQ_ADAPTERS_ATTESTER_MEMORY_H
#define YQ_ADAPTERS_ATTESTER_MEMORY_H

#include "yuqiao/types.h"

/*
 * What an attester has signed, on disk before the signature leaves: it never says two things of one
 * record, whatever its platform shows later. The file `signed` of its folder: a head of 64 bytes,
 * "YUQIAO-SIGNED-1" || u8 0 || SM3 of the chain's id || 16 zeros, and 65,536 places of 64 bytes,
 * number % 65,536: u64 number || b32 hash || the first 24 bytes of SM3(number || hash).
 */
#define YQ_ATTESTER_KEPT 65536u

typedef struct yq_attester_memory {
    int fd; /* -1: closed */
} yq_attester_memory;

/* Opens or makes the file. Errors: E_IO, E_CORRUPT (no such file, or another chain's). */
YQ_NODISCARD yq_status yq_attester_memory_open(
    yq_attester_memory *memory, const char *dir, const char *chain, yq_fault *why);
void yq_attester_memory_close(yq_attester_memory *memory);

/*
 * Asks whether a record may be signed, and keeps that it was. Returns OK when nothing or the same
 * was signed of that number. Errors: E_CONFLICT (another hash was signed), E_HEIGHT (so far below
 * what was signed that it is no longer known), E_CORRUPT, E_IO. Cost: one write that is synced, the
 * first time.
 */
YQ_NODISCARD yq_status yq_attester_memory_keep(
    yq_attester_memory *memory, uint64_t number, const yq_digest *hash, yq_fault *why);

#endif /* YQ_ADAPTERS_ATTESTER_MEMORY_H */
