#ifndef YQ_CONFORMANCE_NODES_MEMORY_DB_H
#define YQ_CONFORMANCE_NODES_MEMORY_DB_H

#include "relay/store/db.h"

/*
 * The interface of relay/store/db.h over a simulated disk: stores by path, which outlive who opened
 * them. A batch is whole or not at all, as RocksDB's synced batches are; a hook says when the power
 * goes. One thread.
 */
typedef enum memory_write {
    MEMORY_WRITE_GOOD = 0,
    MEMORY_WRITE_LOST,   /* fails, and nothing of it is there */
    MEMORY_WRITE_SILENT, /* fails, and all of it is there */
} memory_write;

/* Asked before every batch. NULL: all are good. */
void memory_db_hook(memory_write (*hook)(void *self, const char *path), void *self);

/* Forgets all stores. In: none is open. */
void memory_db_clear(void);

/* Forgets the stores below a folder: the disk is another one. In: none of them is open. */
void memory_db_wipe(const char *folder);

#endif /* YQ_CONFORMANCE_NODES_MEMORY_DB_H */
