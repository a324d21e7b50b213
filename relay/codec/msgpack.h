#ifndef YQ_RELAY_CODEC_MSGPACK_H
#define YQ_RELAY_CODEC_MSGPACK_H

#include "relay/base/cursor.h"
#include "relay/base/writer.h"

/*
 * The canonical profile of msgpack: shortest form of every number and length, map keys are texts in
 * strictly ascending order of bytes, no float, ext or nil, texts are UTF-8. Readers work on a
 * cursor: a failure is sticky there (E_TYPE, E_NONCANONICAL, E_LIMIT, E_UTF8, E_FIELD_MISSING,
 * E_FIELD_UNKNOWN, E_RANGE) with the offset of the item.
 */

/* Returns the number of entries of a map or array, at most n_max; 0 once the cursor has failed. */
uint32_t yq_mp_map(yq_cur *c, uint32_t n_max);
uint32_t yq_mp_array(yq_cur *c, uint32_t n_max);

/* As yq_mp_map, for a map that has exactly n entries: E_FIELD_MISSING or E_FIELD_UNKNOWN if not. */
void yq_mp_map_of(yq_cur *c, uint32_t n);

/* Reads a key that must be this one: E_FIELD_MISSING if another stands here. The caller names its
 * keys in ascending order, so a decoder is a list of key and value reads. */
void yq_mp_key(yq_cur *c, const char *key);

/* Reads any key, which must be above the one before it (empty: the first). */
yq_slice yq_mp_any_key(yq_cur *c, yq_slice before, size_t size_max);

uint64_t yq_mp_uint(yq_cur *c, uint64_t max); /* E_RANGE above max */
int64_t yq_mp_int(yq_cur *c);                 /* negative numbers too */
int yq_mp_bool(yq_cur *c);
yq_slice yq_mp_str(yq_cur *c, size_t size_max); /* UTF-8, no control characters but none at all */
yq_slice yq_mp_bin(yq_cur *c, size_t size_max);
void yq_mp_digest(yq_cur *c, yq_digest *out); /* a bin of exactly 32 bytes */

/* Skips one item of any type, checking its form. Returns its bytes. Errors: also E_DEPTH
 * (YQ_NESTING_MAX). */
yq_slice yq_mp_skip(yq_cur *c);

void yq_mp_put_map(yq_writer *w, uint32_t n);
void yq_mp_put_array(yq_writer *w, uint32_t n);
void yq_mp_put_uint(yq_writer *w, uint64_t value);
void yq_mp_put_int(yq_writer *w, int64_t value);
void yq_mp_put_bool(yq_writer *w, int value);
void yq_mp_put_str(yq_writer *w, yq_slice text);
void yq_mp_put_text(yq_writer *w, const char *text); /* a NUL-terminated one: keys */
void yq_mp_put_bin(yq_writer *w, yq_slice bytes);

/* Returns 1 when bytes are well-formed UTF-8 (no surrogates, no overlong forms). */
int yq_utf8_valid(yq_slice bytes);

#endif /* YQ_RELAY_CODEC_MSGPACK_H */
