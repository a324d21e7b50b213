#ifndef YQ_RELAY_NET_TLS_H
#define YQ_RELAY_NET_TLS_H

#include "relay/base/bytes.h"

/*
 * TLS 1.3 for peer links: both sides show a self-signed P-256 certificate whose key lives in memory
 * only. TLS gives a private channel; who is at its other end is what bind.h shows. No resumption,
 * no early data.
 */
struct ssl_st;
typedef struct yq_link_tls yq_link_tls;

/* Draws a key and makes its certificate. Stops the process when the library fails. Free with
 * yq_link_tls_free. */
yq_link_tls *yq_link_tls_new(void);
void yq_link_tls_free(yq_link_tls *tls);

/* Draws a new key and certificate for the sessions to come. */
void yq_link_tls_renew(yq_link_tls *tls);

/* Returns a session without a socket, NULL when memory is out. Owns: the caller frees it. */
struct ssl_st *yq_link_tls_session(yq_link_tls *tls, int listener);

/* Out: ekm, 32 bytes exported for this channel ("EXPORTER-Channel-Binding", RFC 9266). Errors:
 * E_LINK_BIND when the session is not an established TLS 1.3 one. */
YQ_NODISCARD yq_status yq_link_tls_export(struct ssl_st *ssl, uint8_t *ekm);

#endif /* YQ_RELAY_NET_TLS_H */
