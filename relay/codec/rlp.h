#ifndef YQ_RELAY_CODEC_RLP_H
#define YQ_RELAY_CODEC_RLP_H

#include "relay/base/cursor.h"
#include "relay/base/writer.h"

/*
 * RLP (Ethereum yellow paper, appendix B), strict: shortest length forms only, a single byte below
 * 0x80 stands for itself, numbers have no leading zero. Failures are sticky in the cursor (E_TYPE:
 * a list where a string should be or the reverse; E_NONCANONICAL; E_LIMIT; E_TRUNCATED).
 */

/* Reads a string of at most size_max bytes. */
yq_slice yq_rlp_string(yq_cur *c, size_t size_max);

/* Reads a string of exactly size bytes (E_LEN if not). */
yq_slice yq_rlp_fixed(yq_cur *c, size_t size);

/* Reads a number of at most 8 bytes; E_NONCANONICAL for a leading zero. */
uint64_t yq_rlp_uint(yq_cur *c);

/* Reads a number of at most 32 bytes as its minimal big-endian bytes (empty for zero). */
yq_slice yq_rlp_number(yq_cur *c);

/* Opens a list: returns a cursor over its items; its offsets count from the list's content. The
 * outer cursor moves behind the list. When it fails, the returned cursor has failed too. Ask
 * yq_rlp_end on it when all items are read. */
yq_cur yq_rlp_list(yq_cur *c);

/* Closes a list: items left over are E_TRAILING, and any failure of the list becomes the outer
 * cursor's, with an offset in the outer input. */
void yq_rlp_end(yq_cur *list, yq_cur *outer);

/* Returns 1 when the next item is a list, 0 when it is a string or the end. */
int yq_rlp_is_list(const yq_cur *c);

/* Reads any one item without looking into it. Returns its whole bytes, header included. */
yq_slice yq_rlp_item(yq_cur *c);

void yq_rlp_put_string(yq_writer *w, yq_slice bytes);
void yq_rlp_put_uint(yq_writer *w, uint64_t value);
/* A big-endian number of any size: leading zeros are left out. */
void yq_rlp_put_number(yq_writer *w, yq_slice bytes);
/* begin gives a mark; end puts the list's header in front of what was written since (moves it). */
size_t yq_rlp_list_begin(const yq_writer *w);
void yq_rlp_list_end(yq_writer *w, size_t mark);

#endif /* YQ_RELAY_CODEC_RLP_H */
