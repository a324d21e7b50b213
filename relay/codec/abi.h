#ifndef YQ_RELAY_CODEC_ABI_H
#define YQ_RELAY_CODEC_ABI_H

#include "relay/base/cursor.h"
#include "relay/base/writer.h"

/* Solidity's ABI as far as the product speaks it. A selector is the first four bytes of the chain's
 * own hash (Keccak-256, or SM3 on SM chains) of the signature: the caller computes it. */

/* Reads the encoding of one dynamic `bytes`, whole input, strict: offset 32, length, content, zero
 * padding to 32, nothing behind. Returns 1 and the content; 0 if it is not exactly that. */
int yq_abi_bytes_decode(yq_slice in, yq_slice *out);
/* The reverse. */
void yq_abi_put_bytes(yq_writer *w, yq_slice bytes);

/* Items of an argument list: head words of 32 bytes. Reading is by offset into the list, bounded;
 * failures are sticky in the cursor that spans the list. */
uint64_t yq_abi_uint(yq_cur *args, size_t word_idx);    /* E_RANGE above 64 bits */
yq_slice yq_abi_address(yq_cur *args, size_t word_idx); /* 20 bytes; upper 12 must be zero */
yq_slice yq_abi_dynamic(yq_cur *args, size_t word_idx, size_t size_max); /* bytes or string */

void yq_abi_put_uint(yq_writer *w, uint64_t value);
void yq_abi_put_address(yq_writer *w, const uint8_t *address20);
/* Tail of a dynamic item: length, content, zero padding. */
void yq_abi_put_tail(yq_writer *w, yq_slice bytes);

#endif /* YQ_RELAY_CODEC_ABI_H */
