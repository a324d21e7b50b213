#ifndef YQ_RELAY_NODE_TWIN_H
#define YQ_RELAY_NODE_TWIN_H

#include "relay/bft/types.h"

/*
 * Sees that somebody else signs with this node's key: a certificate holds a valid signature of the
 * key for what this process never signed, in a view above all that was signed before it started.
 * That is a second host with the key, or this node after home and guard were set back together.
 */
#define TWIN_VIEWS 256u

typedef struct twin_watch {
    uint64_t epoch, view; /* the guard's mark at the start */
    struct {
        uint64_t epoch, view;
        uint8_t types; /* bit: YQ_SIGNED_* */
    } signed_[TWIN_VIEWS];
} twin_watch;

/* Everything up to (epoch, view) may have been signed before. */
void twin_begin(twin_watch *w, uint64_t epoch, uint64_t view);

/* A signature of this type is about to be made. */
void twin_signed(twin_watch *w, uint8_t type, uint64_t epoch, uint64_t view);

/* Returns 1 when cert, of set's epoch, proves another signer with the key of validator own. Cost:
 * one signature check, only where the certificate names something that was not signed here. */
int twin_proves(
    const twin_watch *w, const yq_cert *cert, uint32_t alg, const yq_valset *set, uint16_t own);

#endif /* YQ_RELAY_NODE_TWIN_H */
