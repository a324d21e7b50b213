#ifndef YQ_RELAY_STORE_MEM_H
#define YQ_RELAY_STORE_MEM_H

#include <stddef.h>

/* Memory of the rooms that are not pure. Running out of it is a fault of this machine that must
 * never be taken for a verdict, so it stops the process; nothing here returns NULL. */
void *yq_mem_alloc(size_t size);                  /* zeroed */
void *yq_mem_resize(void *p, size_t size);        /* as realloc; the new part is not zeroed */
void *yq_mem_copy(const void *from, size_t size); /* a copy; size 0 gives a valid pointer */
void yq_mem_free(void *p);

/* Many small pieces that are freed in one go. */
typedef struct yq_pieces {
    struct yq_piece_block *block;
    size_t left; /* in the newest block */
    size_t held; /* bytes of all blocks */
} yq_pieces;

void *yq_pieces_alloc(yq_pieces *pieces, size_t size); /* not zeroed, aligned for any type */
void yq_pieces_free(yq_pieces *pieces);

#endif /* YQ_RELAY_STORE_MEM_H */
