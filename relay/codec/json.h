#ifndef YQ_RELAY_CODEC_JSON_H
#define YQ_RELAY_CODEC_JSON_H

#include "yuqiao/types.h"

/*
 * JSON through jansson in a strict profile: UTF-8, no duplicate keys, no trailing bytes, depth and
 * size bounded. Integers are exact from -2^63 to 2^64 - 1; other numbers parse, and no getter gives
 * them. Not pure (jansson allocates): for RPC replies and API bodies, never for what a validator
 * decides.
 */
typedef struct yq_json
    yq_json; /* a document or a value in it; values live as long as the document */

/* Parses text. Returns NULL and why (E_JSON_STRICT, E_LIMIT, E_DEPTH; offset in bytes) when it is
 * not in the profile. Owns: free with yq_json_free. */
yq_json *yq_json_parse(yq_slice text, size_t size_max, yq_fault *why);
void yq_json_free(yq_json *document);

/* Root of the document. */
const yq_json *yq_json_root(const yq_json *document);

/* Each returns NULL / 0 when the value is missing or of another type. */
const yq_json *yq_json_get(const yq_json *object, const char *key);
const yq_json *yq_json_at(const yq_json *array, size_t idx);
size_t yq_json_count(const yq_json *array_or_object);
const char *yq_json_key_at(const yq_json *object, size_t idx); /* in the order of the text */
/* The key behind one that the object gave, NULL for the first; NULL behind the last. Cost: the same
 * at every place, where yq_json_key_at counts from the first. */
const char *yq_json_key_next(const yq_json *object, const char *key);
int yq_json_is_null(const yq_json *value);
int yq_json_is_array(const yq_json *value);
int yq_json_is_object(const yq_json *value);
int yq_json_text(const yq_json *value, yq_slice *out); /* a string; UTF-8, may hold NUL */
int yq_json_uint(const yq_json *value, uint64_t *out); /* an integer >= 0 */
int yq_json_int(const yq_json *value, int64_t *out);
int yq_json_bool(const yq_json *value, int *out);

/* A hex text with or without 0x, of either case. Out: out (cap lent). Returns 0 if it is not hex,
 * or does not fit. */
int yq_json_hex(const yq_json *value, yq_buf *out);
/* A number as an integer, or as a decimal or 0x-hex text (what RPC replies use). */
int yq_json_quantity(const yq_json *value, uint64_t *out);

/*
 * Writer into a growing text: begin/end pairs, commas are put by the writer. Growth is bounded by
 * size_max; past it, or out of memory, yq_json_out_done returns NULL.
 */
typedef struct yq_json_out yq_json_out;
yq_json_out *yq_json_out_new(size_t size_max);
void yq_json_out_free(yq_json_out *out);
void yq_json_out_object(
    yq_json_out *out, const char *key); /* key NULL: in an array or at the root */
void yq_json_out_array(yq_json_out *out, const char *key);
void yq_json_out_end(yq_json_out *out);
void yq_json_out_text(
    yq_json_out *out, const char *key, yq_slice utf8); /* bytes that are not UTF-8: \ufffd */
void yq_json_out_str(yq_json_out *out, const char *key, const char *text);
void yq_json_out_hex(yq_json_out *out, const char *key, yq_slice bytes);
void yq_json_out_uint(yq_json_out *out, const char *key, uint64_t value);
void yq_json_out_int(yq_json_out *out, const char *key, int64_t value);
void yq_json_out_bool(yq_json_out *out, const char *key, int value);
void yq_json_out_null(yq_json_out *out, const char *key);
/* The finished text, NUL at its end, size without it; lives as long as out. */
const char *yq_json_out_done(yq_json_out *out, size_t *size);

#endif /* YQ_RELAY_CODEC_JSON_H */
