#ifndef YQ_RELAY_GATEWAY_CALL_H
#define YQ_RELAY_GATEWAY_CALL_H

#include "relay/gateway/emit.h"
#include "relay/gateway/gateway.h"
#include "relay/gateway/request.h"

/*
 * One request that reads, on a view that has just been refreshed. What comes back is decided here,
 * how it travels in server.c.
 */
#define GATEWAY_REPLY_MAX    (16u << 20)
#define GATEWAY_DELIVERY_MAX (8u << 20)
/* Of a certificate in whatever suite. */
#define GATEWAY_CERTIFICATE_MAX                                                                    \
    (YQ_CERT_SIZE_MAX > YQ_EXPORT_CERT_SIZE_MAX ? YQ_CERT_SIZE_MAX : YQ_EXPORT_CERT_SIZE_MAX)

typedef struct gateway_facts {
    yq_view *view;
    yq_ledger *ledger; /* for certificates of other suites, which come after their block */
    const yq_ledger_identity *identity;
    uint64_t blocks_from; /* yq_ledger_base */
    const char *version;
    const yq_gateway_host *host;
    uint8_t *delivery; /* GATEWAY_DELIVERY_MAX bytes, lent */
    /* Returns 1 and its last time when the envelope was handed in here lately. */
    int (*recall)(void *self, const yq_digest *id, uint64_t *valid_until_ms);
    void *recall_self;
} gateway_facts;

typedef struct gateway_call {
    const gateway_facts *facts;
    yq_view *view;
    yq_hub *hub;
    const yq_target *target;
    yq_emit *e;
    int is_bytes; /* bytes instead of an object */
    yq_slice bytes;
    int may_wait; /* there may be more to say after a block */
    const char *field;
    yq_fault why;
} gateway_call;

/* Answers a GET: writes the one object of the reply to call->e, or sets bytes. On failure call->e
 * is in no defined state; field and why say what is wrong. Errors: rejects, and faults of this
 * node. */
YQ_NODISCARD yq_status gateway_read(gateway_call *call);

/* ---- shared by the read_*.c files ---- */
yq_status gateway_refuse(gateway_call *call, const char *field, yq_status status, const char *text);
/* A parameter as a number; fallback where it is not given. */
YQ_NODISCARD yq_status
gateway_number(gateway_call *call, yq_param param, uint64_t fallback, uint64_t max, uint64_t *out);
/* Part idx of the path as an id, as a chain's id, as a number. */
YQ_NODISCARD yq_status gateway_id(gateway_call *call, size_t idx, yq_digest *id);
YQ_NODISCARD yq_status gateway_chain_id(gateway_call *call, size_t idx, yq_slice *id);
/* Reads the chain that the path names. Out: id, into the path. */
YQ_NODISCARD yq_status gateway_find_chain(gateway_call *call, yq_slice *id, yq_chain *c);
/* How many epochs a chain's inbox is behind the certificate that deliveries come with; 0 while it
 * is not open. */
uint64_t gateway_epochs_behind(const gateway_call *call, const yq_chain *c);
/* Only these parameters may be there (bits). */
YQ_NODISCARD yq_status gateway_only(gateway_call *call, uint32_t params);
#define GATEWAY_BIT(param) (1u << (param))

/* The certificate of another suite under which a delivery from this view's state is proven. Out:
 * out. Errors: E_NOT_FOUND (not collected yet: it comes within moments), faults. In: out of
 * YQ_EXPORT_CERT_SIZE_MAX. */
YQ_NODISCARD yq_status gateway_export_certificate(gateway_call *call, uint8_t suite, yq_buf *out);

void gateway_digest(yq_emit *e, const char *key, const yq_digest *digest);
void gateway_cert(yq_emit *e, const char *key, int has_cert, const yq_cert *cert);
void gateway_roots(yq_emit *e, const char *key, const yq_block_roots *roots);
void gateway_header(yq_emit *e, const char *key, const yq_header *header);
void gateway_code(yq_emit *e, const char *key, int32_t status); /* its name without E_ */
const char *gateway_code_name(yq_status status);

yq_status gateway_get_status(gateway_call *call);
yq_status gateway_get_genesis(gateway_call *call);
yq_status gateway_get_envelope(gateway_call *call);
yq_status gateway_get_transaction(gateway_call *call);
yq_status gateway_get_signer(gateway_call *call);
yq_status gateway_get_state(gateway_call *call);
yq_status gateway_get_chains(gateway_call *call);
yq_status gateway_get_chain(gateway_call *call);
yq_status gateway_get_services(gateway_call *call);
yq_status gateway_get_deliveries(gateway_call *call);
yq_status gateway_get_step(gateway_call *call);
yq_status gateway_get_outbox(gateway_call *call);
yq_status gateway_get_lanes(gateway_call *call);
yq_status gateway_get_messages(gateway_call *call);
yq_status gateway_get_message(gateway_call *call);
yq_status gateway_get_proposals(gateway_call *call);
yq_status gateway_get_proposal(gateway_call *call);
yq_status gateway_get_validators(gateway_call *call);
yq_status gateway_get_exports(gateway_call *call);
yq_status gateway_get_evidence(gateway_call *call);
yq_status gateway_get_recoveries(gateway_call *call);
yq_status gateway_get_block(gateway_call *call);
yq_status gateway_get_events(gateway_call *call);

/* ---- errors as the interface tells them ---- */
int gateway_http_code(yq_status status, int of_body);
void gateway_error(
    yq_emit *e, yq_status status, const yq_fault *why, const char *field, int has_offset);

#endif /* YQ_RELAY_GATEWAY_CALL_H */
