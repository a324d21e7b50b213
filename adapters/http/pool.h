#ifndef YQ_ADAPTERS_HTTP_POOL_H
#define YQ_ADAPTERS_HTTP_POOL_H

#include "yuqiao/adapter.h"

#include "adapters/http/access.h"

/*
 * HTTP to several nodes of one chain, one exchange at a time. No redirects, no proxies, TLS 1.2 or
 * newer with certificate and name checked. A node that let a call run out of time rests: it is not
 * asked for a while, as long as enough others are awake. One that answers 429 or 503 with a
 * Retry-After is left alone for so long, whatever the others do.
 */
#define YQ_WEB_ENDPOINTS_MAX 16u
#define YQ_WEB_REPLY_MAX     (64u << 20) /* bytes */
#define YQ_WEB_REST_MS       30000u
#define YQ_WEB_AFTER_MS_MAX  3600000u /* of a Retry-After: more is this */

typedef struct yq_web_pool yq_web_pool;

/*
 * Opens access, and links to all endpoints of config; does not connect. In: host, access and what
 * they hold live as long as the pool; need, so many nodes have to be awake before one may rest,
 * from 1 on. Errors: those of yq_web_access_open; E_CONFIG_INVALID naming "endpoints" (none, more
 * than 16, one twice, or one of no known form), E_MEMORY. Owns: yq_web_pool_free.
 */
YQ_NODISCARD yq_status yq_web_pool_open(
    const yq_adapter_host *host,
    const yq_adapter_config *config,
    yq_web_access *access,
    size_t need,
    yq_web_pool **out,
    yq_fault *why);
void yq_web_pool_free(yq_web_pool *pool);

size_t yq_web_pool_n(const yq_web_pool *pool);
const char *yq_web_pool_url(const yq_web_pool *pool, size_t endpoint);

/* Every node is asked again: for who wants to know how each one is. */
void yq_web_pool_wake(yq_web_pool *pool);

/* The i-th node in the order in which yq_web_any asks: i 0 is the preferred one, at first node 0.
 */
size_t yq_web_pool_nth(const yq_web_pool *pool, size_t i);
/* In: endpoint, any number: the rest by the number of nodes counts. */
void yq_web_pool_prefer(yq_web_pool *pool, size_t endpoint);

typedef struct yq_web_counts {
    uint64_t calls, failures; /* that a node answers E_NOT_FOUND is none */
} yq_web_counts;
yq_web_counts yq_web_pool_counts(const yq_web_pool *pool);

/* Milliseconds of a clock that only goes forward: what deadlines are of. */
uint64_t yq_web_now_ms(void);

typedef struct yq_web_request {
    const char *label; /* what errors name it */
    const char *path;  /* behind the endpoint's own, "" or from / on */
    int is_post;       /* 0: GET */
    yq_slice body;     /* JSON, of POST */
} yq_web_request;

typedef struct yq_web_reply {
    unsigned code; /* of HTTP; 0: none came */
    yq_slice body; /* lives until the next exchange with that node */
    int is_sent;   /* the request, or a part of it, left this machine; also after an error */
    uint64_t retry_after_ms; /* what its Retry-After asks for; 0: nothing */
} yq_web_reply;

/*
 * One exchange with one node. In: until_ms, by yq_web_now_ms; where another node would be asked,
 * too, the exchange has half of the time that is left. Out: reply, of any code but 401 and 403.
 * Errors: E_TIMEOUT, also when the host is stopping; E_UNAVAILABLE (no connection, TLS, or the node
 * rests, or asked to be left alone); E_PERMISSION (401, 403); E_PEER (a reply above
 * YQ_WEB_REPLY_MAX); E_MEMORY. Counts one call, and with an error one failure; a node that rests
 * counts nothing.
 */
YQ_NODISCARD yq_status yq_web_send(
    yq_web_pool *pool,
    size_t endpoint,
    const yq_web_request *request,
    uint64_t until_ms,
    yq_web_reply *reply,
    yq_fault *why);

/* Whether a code of HTTP says that the node, or what stands before it, cannot serve now. */
static inline int yq_web_is_away(unsigned code)
{
    return code == 429 || (code >= 502 && code <= 504);
}

/* A reply that came whole was none after all: counts the failure that yq_web_send could not see. */
void yq_web_failed(yq_web_pool *pool, yq_status status);

/*
 * Notes the failure of one of several nodes; the one that tells most is kept: E_NOT_FOUND before
 * all others, E_TIMEOUT and E_UNAVAILABLE behind them; of equal ones the first. In and out: first,
 * YQ_OK before any; why.
 */
void yq_web_note(yq_status status, const yq_fault *reason, yq_status *first, yq_fault *why);

/* Asks one node something. */
typedef yq_status (*yq_web_ask)(void *self, size_t endpoint, yq_fault *why);

/*
 * Asks one node after the other, beginning with the preferred one, until one answers: it is
 * preferred from then on. Ends early when the host is stopping. Errors: as yq_web_note keeps them.
 */
YQ_NODISCARD yq_status yq_web_any(yq_web_pool *pool, yq_web_ask ask, void *self, yq_fault *why);

#endif /* YQ_ADAPTERS_HTTP_POOL_H */
