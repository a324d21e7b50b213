#ifndef YQ_RELAY_NODE_EXPORT_BOOK_H
#define YQ_RELAY_NODE_EXPORT_BOOK_H

#include "relay/hub/export_cert.h"

/*
 * Certificates that a node lacks: what they are about is known from its own state, so any
 * signature can be judged alone, whoever brings it. Pure.
 */
#define EXPORT_ITEMS_MAX 16u
#define EXPORT_ENDS_MAX  8u /* of them for epochs that ended: what is handed in together */

typedef struct export_item {
    int used;
    yq_export body; /* its hub lies in hub */
    uint8_t hub[YQ_CHAIN_ID_SIZE_MAX];
    yq_export_set set;
    yq_digest m;
    yq_export_sigs sigs; /* good ones, at most a quorum */
    uint64_t next_ms;    /* the owner's: when to ask again */
    uint32_t turn;       /* the owner's: whom */
} export_item;

typedef struct export_book {
    export_item item[EXPORT_ITEMS_MAX];
} export_book;

/* The item of a suite and height, or NULL. */
export_item *export_book_find(export_book *book, uint8_t suite, uint64_t height);

/* Begins to collect, unless it has begun. A full book forgets its lowest item that ends no epoch.
 * In: set of the body's epoch and suite. Returns the item, NULL where all of them end epochs. */
export_item *export_book_want(export_book *book, const yq_export *body, const yq_export_set *set);

/* Whether the block ended its epoch. */
int export_is_end(const yq_export *body);

/*
 * Takes the signatures that the item lacks, as long as it lacks one. Out: whole: 1 when it has a
 * quorum. Errors: E_SIGNER_UNKNOWN; those of yq_export_signed_by: who brought them is faulty, since
 * nobody passes on what he did not check; what was good before it stays. Cost: one recovery each.
 */
YQ_NODISCARD yq_status export_item_take(export_item *item, const yq_export_sigs *sigs, int *whole);

/* Forgets an item whose certificate is kept, and all lower ones of its suite that end no epoch. */
void export_book_done(export_book *book, uint8_t suite, uint64_t height);

/* How many are collected. */
unsigned export_book_open(const export_book *book);

#endif /* YQ_RELAY_NODE_EXPORT_BOOK_H */
