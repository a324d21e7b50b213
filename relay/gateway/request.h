#ifndef YQ_RELAY_GATEWAY_REQUEST_H
#define YQ_RELAY_GATEWAY_REQUEST_H

#include "yuqiao/limits.h"

#include "relay/base/bytes.h"

/*
 * The target of a request, taken apart strictly: "/api/v1/NAME[/PART[/PART]]" and a query of known,
 * single, well-formed parameters. No percent escapes: nothing that the interface names needs one.
 */
#define YQ_TARGET_SIZE_MAX  1024u
#define YQ_TARGET_PARTS_MAX 3u
#define YQ_WAIT_MS_MAX      30000u
#define YQ_PAGE_MAX         500u

typedef enum yq_param {
    YQ_PARAM_WAIT_MS = 0,
    YQ_PARAM_LIMIT = 1,
    YQ_PARAM_FROM = 2,
    YQ_PARAM_HEIGHT = 3,
    YQ_PARAM_INDEX = 4,
    YQ_PARAM_CURSOR = 5,
    YQ_PARAM_STATE = 6,
    YQ_PARAM_CHAIN = 7,
    YQ_PARAM_KEY = 8,
    YQ_PARAM_N = 9,
} yq_param;

typedef struct yq_target {
    size_t part_n;
    yq_slice part[YQ_TARGET_PARTS_MAX]; /* after /api/v1/ */
    uint32_t given;                     /* bit yq_param */
    yq_slice value[YQ_PARAM_N];
} yq_target;

/*
 * In: text, the target as sent. Out: target, which borrows from text; field (may be NULL), on
 * failure: the parameter, "query" or "path". Errors: E_LIMIT, E_NONCANONICAL (a byte that no name
 * has, an empty part), E_NOT_FOUND (not under /api/v1, too many parts), E_FIELD_UNKNOWN,
 * E_FIELD_DUP.
 */
YQ_NODISCARD yq_status
yq_target_read(const char *text, yq_target *target, const char **field, yq_fault *why);

const char *yq_param_name(yq_param param);

/* A decimal without leading zeros. Returns E_NONCANONICAL, E_RANGE (above max). */
YQ_NODISCARD yq_status yq_number_read(yq_slice text, uint64_t max, uint64_t *out);

/* 64 hex digits. Returns E_LEN, E_NONCANONICAL. */
YQ_NODISCARD yq_status yq_id_read(yq_slice text, yq_digest *out);

/* Returns 1 when an Accept header asks for msgpack. In: NULL: there is none. */
int yq_accepts_msgpack(const char *accept);

#endif /* YQ_RELAY_GATEWAY_REQUEST_H */
