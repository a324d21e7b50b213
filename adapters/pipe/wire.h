#ifndef YQ_ADAPTERS_PIPE_WIRE_H
#define YQ_ADAPTERS_PIPE_WIRE_H

#include "yuqiao/adapter.h"

#include "relay/base/writer.h"

/*
 * The messages between this plugin and its child: docs/protocol/adapter-pipe.md. A frame is a u32
 * length and one map in the canonical profile of msgpack (relay/codec/msgpack.h).
 */
#define YQ_PIPE_MAGIC        "yuqiao-pipe"
#define YQ_PIPE_PROTOCOL     1u
#define YQ_PIPE_HEAD_SIZE    4u
#define YQ_PIPE_FRAME_MAX    (32u << 20)
#define YQ_PIPE_EVENTS_MAX   4096u
#define YQ_PIPE_CHECKS_MAX   64u
#define YQ_PIPE_COUNTERS_MAX 64u
#define YQ_PIPE_NAME_MAX     64u
#define YQ_PIPE_TEXT_MAX     512u
#define YQ_PIPE_HINT_MAX     1024u /* emitter, name and tx_id of an event; a reference */

/* What is asked of the child; every member is borrowed. */
typedef struct yq_pipe_request {
    uint64_t id;
    const char *method;
    uint32_t deadline_ms;
    const uint64_t *height; /* NULL: none */
    const char *argument;   /* "delivery", "reference" or "set"; NULL: none */
    yq_slice bytes;         /* the argument's */
} yq_pipe_request;

/* The first request of a child, and what its reply must repeat. */
typedef struct yq_pipe_hello {
    const char *chain, *framework;
    const char *const *endpoints;
    size_t endpoint_n;
    const yq_option *options; /* in ascending order of keys */
    size_t option_n;
} yq_pipe_hello;

/* ---- request.c: bytes that a frame needs at most, and the frame with its length ---- */

size_t yq_pipe_request_size(const yq_pipe_request *request);
void yq_pipe_put_request(yq_writer *w, const yq_pipe_request *request);
size_t yq_pipe_hello_size(const yq_pipe_hello *hello);
void yq_pipe_put_hello(yq_writer *w, const yq_pipe_hello *hello, uint64_t id, uint32_t deadline_ms);

/* ---- reply.c ---- */

typedef struct yq_pipe_reply {
    yq_status status; /* what the child says: YQ_OK, or a code of the table */
    yq_slice text;    /* with an error: what was wrong, or what to do */
    yq_slice result;  /* with YQ_OK: one well-formed item */
} yq_pipe_reply;

/* Reads a frame's content. Out: reply, pointing into content. Errors: those of the decoder; E_PEER:
 * it answers another request than id, or gives a code that no one knows. */
YQ_NODISCARD yq_status
yq_pipe_read_reply(yq_slice content, uint64_t id, yq_pipe_reply *out, yq_fault *why);

/* Reads the result of hello. Out: the minor version that the child speaks. Errors: those of the
 * decoder; E_VERSION: another magic, protocol or major version, or another framework. */
YQ_NODISCARD yq_status
yq_pipe_read_hello(yq_slice result, const char *framework, uint16_t *abi_minor, yq_fault *why);

/* A frame's length, as the child claims it. Errors: E_LIMIT; E_LEN: it is empty. */
YQ_NODISCARD yq_status yq_pipe_read_head(yq_slice head, size_t *size, yq_fault *why);

/* ---- result.c: results of the methods; slices point into result, the rest is host->alloc's.
 * Errors: those of the decoder, E_MEMORY. ---- */

YQ_NODISCARD yq_status yq_pipe_read_checks(
    const yq_adapter_host *host,
    yq_slice result,
    const yq_check **check,
    size_t *check_n,
    yq_fault *why);
/* A result of one member that is bytes: anchor, reference. */
YQ_NODISCARD yq_status
yq_pipe_read_bytes(yq_slice result, const char *key, size_t size_max, yq_slice *out, yq_fault *why);
YQ_NODISCARD yq_status yq_pipe_read_height(yq_slice result, uint64_t *height, yq_fault *why);
YQ_NODISCARD yq_status yq_pipe_read_evidence(
    const yq_adapter_host *host, yq_slice result, yq_height_evidence *out, yq_fault *why);
YQ_NODISCARD yq_status yq_pipe_read_receipt(
    const yq_adapter_host *host, yq_slice result, yq_receipt_view *out, yq_fault *why);
YQ_NODISCARD yq_status yq_pipe_read_counters(
    const yq_adapter_host *host,
    yq_slice result,
    size_t room, /* entries left free behind the child's */
    yq_option **counter,
    size_t *counter_n,
    yq_fault *why);

#endif /* YQ_ADAPTERS_PIPE_WIRE_H */
