#ifndef YQ_RELAY_GATEWAY_EMIT_H
#define YQ_RELAY_GATEWAY_EMIT_H

#include "yuqiao/types.h"

/*
 * Writes one reply, as JSON or as the same object in msgpack (bytes as hex texts in both; maps in
 * the order of writing). key NULL: in an array, or at the root.
 */
typedef struct yq_emit yq_emit;

/* Returns NULL when memory is out. Past size_max yq_emit_done gives 0. */
yq_emit *yq_emit_new(int msgpack, size_t size_max);
void yq_emit_free(yq_emit *e);

void yq_emit_object(yq_emit *e, const char *key);
void yq_emit_array(yq_emit *e, const char *key);
void yq_emit_end(yq_emit *e);
void yq_emit_text(yq_emit *e, const char *key, yq_slice utf8);
void yq_emit_str(yq_emit *e, const char *key, const char *text);
void yq_emit_hex(yq_emit *e, const char *key, yq_slice bytes);
void yq_emit_uint(yq_emit *e, const char *key, uint64_t value);
void yq_emit_int(yq_emit *e, const char *key, int64_t value);
void yq_emit_bool(yq_emit *e, const char *key, int value);
void yq_emit_null(yq_emit *e, const char *key);

/* Returns 1 and the finished bytes, which live as long as e. In: all that was opened is ended. */
int yq_emit_done(yq_emit *e, yq_slice *out);

#endif /* YQ_RELAY_GATEWAY_EMIT_H */
