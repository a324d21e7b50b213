#ifndef YQ_RELAY_CLI_CHAIN_DOCS_H
#define YQ_RELAY_CLI_CHAIN_DOCS_H

#include "relay/cli/cli.h"
#include "relay/cli/doctor.h"

/* All that a hub says of one chain, asked once. */
#define CHAIN_DOCS 5u

typedef struct chain_docs {
    yq_json *document[CHAIN_DOCS]; /* freed with chain_docs_free */
} chain_docs;

/* Asks for all documents of chain. Out: docs, to be freed also after an error. Errors: E_USAGE (no
 * id), E_NOT_FOUND (no such chain), those of asking. */
yq_status chain_docs_ask(cli *c, const char *chain, chain_docs *docs);
void chain_docs_free(chain_docs *docs);

/* The view for the rules, without the adapter's part. Borrows from docs. */
doctor_view chain_docs_view(const chain_docs *docs);

#endif /* YQ_RELAY_CLI_CHAIN_DOCS_H */
