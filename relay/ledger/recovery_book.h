#ifndef YQ_RELAY_LEDGER_RECOVERY_BOOK_H
#define YQ_RELAY_LEDGER_RECOVERY_BOOK_H

#include "relay/ledger/recovery.h"

/*
 * What one node has seen of recoveries, and whose time has come: each statement waits the genesis'
 * delay from this node's first sight of it. Of the statements for one epoch that of the highest
 * serial, and among these of the highest block, replaces the others; two of one serial and one
 * height exclude each other, so that neither takes effect.
 * Memory only: who keeps it durable brings first sights back as they were. Not for two threads at
 * once. Needs no database (target yq_envelope).
 */
#define YQ_RECOVERIES_MAX 32u

typedef enum yq_recovery_standing {
    YQ_RECOVERY_CURRENT = 0,
    YQ_RECOVERY_REPLACED = 1,     /* by one of a higher serial, or on a later block */
    YQ_RECOVERY_CONTRADICTED = 2, /* by another one of its serial and height */
} yq_recovery_standing;
const char *yq_recovery_standing_name(yq_recovery_standing standing);

typedef struct yq_recovery_seen {
    uint64_t first_ms; /* wall clock */
    yq_digest id;
    yq_recovery what; /* points into bytes */
    size_t size;
    uint8_t bytes[YQ_RECOVERY_SIZE_MAX];
} yq_recovery_seen;

typedef struct yq_recovery_book {
    const yq_genesis *genesis; /* borrowed */
    yq_digest chain_id_hash;
    unsigned n;
    yq_recovery_seen item[YQ_RECOVERIES_MAX];
} yq_recovery_book;

void yq_recovery_book_init(
    yq_recovery_book *book, const yq_genesis *genesis, const yq_digest *chain_id_hash);

/*
 * Notes a statement; one that is known keeps its first sight. Out: idx, its place; fresh: it was
 * not known. Errors: those of yq_recovery_decode and yq_recovery_check; E_BUSY (the book is full).
 */
YQ_NODISCARD yq_status yq_recovery_book_take(
    yq_recovery_book *book,
    yq_slice statement,
    uint64_t first_ms,
    unsigned *idx,
    int *fresh,
    yq_fault *why);

yq_recovery_standing yq_recovery_book_standing(const yq_recovery_book *book, unsigned idx);

/* When it may take effect, by this node's clock. */
uint64_t yq_recovery_book_due_ms(const yq_recovery_book *book, unsigned idx);

/* Whether it may take effect now, as far as this node's waiting goes. */
int yq_recovery_book_is_due(const yq_recovery_book *book, unsigned idx, uint64_t now_ms);

#endif /* YQ_RELAY_LEDGER_RECOVERY_BOOK_H */
