#include "relay/store/mem.h"

#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

#define PIECES_BLOCK_SIZE (64u << 10)
#define ALIGNMENT         16u

static _Noreturn void out_of_memory(size_t size)
{
    (void)fprintf(stderr, "out of memory: %zu bytes\n", size);
    abort();
}

void *yq_mem_alloc(size_t size)
{
    void *p = calloc(1, size == 0 ? 1 : size);
    if (p == NULL) {
        out_of_memory(size);
    }
    return p;
}

void *yq_mem_resize(void *p, size_t size)
{
    void *moved = realloc(p, size == 0 ? 1 : size);
    if (moved == NULL) {
        out_of_memory(size);
    }
    return moved;
}

void *yq_mem_copy(const void *from, size_t size)
{
    void *p = malloc(size == 0 ? 1 : size);
    if (p == NULL) {
        out_of_memory(size);
    }
    yq_bytes_copy(p, from, size);
    return p;
}

void yq_mem_free(void *p)
{
    free(p);
}

struct yq_piece_block {
    struct yq_piece_block *next;
    size_t size;
};
_Static_assert(sizeof(struct yq_piece_block) % ALIGNMENT == 0, "alignment of pieces");

void *yq_pieces_alloc(yq_pieces *pieces, size_t size)
{
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (size > pieces->left || pieces->block == NULL) {
        size_t room = size > PIECES_BLOCK_SIZE ? size : PIECES_BLOCK_SIZE;
        struct yq_piece_block *block = malloc(sizeof *block + room);
        if (block == NULL) {
            out_of_memory(room);
        }
        block->next = pieces->block;
        block->size = room;
        pieces->block = block;
        pieces->left = room;
        pieces->held += room;
    }
    uint8_t *p = (uint8_t *)(pieces->block + 1) + (pieces->block->size - pieces->left);
    pieces->left -= size;
    return p;
}

void yq_pieces_free(yq_pieces *pieces)
{
    while (pieces->block != NULL) {
        struct yq_piece_block *next = pieces->block->next;
        free(pieces->block);
        pieces->block = next;
    }
    pieces->left = pieces->held = 0;
}
