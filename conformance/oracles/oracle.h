#ifndef YQ_CONFORMANCE_ORACLES_ORACLE_H
#define YQ_CONFORMANCE_ORACLES_ORACLE_H

#include "yuqiao/verifier.h"

#include "relay/base/arena.h"
#include "relay/base/cursor.h"
#include "relay/base/writer.h"

/*
 * yuqiao-oracle: one request a line, one answer a line. A request is a word and its arguments in
 * hex, parted by blanks ("-": no bytes); the answer is words too: hex, or the name of a status that
 * is not OK. It is what the other implementations are compared with; README.md lists the requests.
 */
#define YQ_ORACLE_ARGS_MAX 4096u

typedef struct yq_oracle_call {
    yq_arena *arena;
    const yq_verifier_host *host; /* hash and scratch only */
    yq_slice arg[YQ_ORACLE_ARGS_MAX];
    size_t n;
    yq_writer out; /* the answer's text */
} yq_oracle_call;

/* A request by name; args is the least number of its arguments. run returns OK when out holds the
 * answer, else the status that is the answer. */
typedef struct yq_oracle_op {
    const char *name;
    size_t args;
    yq_status (*run)(yq_oracle_call *call);
} yq_oracle_op;

extern const yq_oracle_op yq_oracle_crypto[];
extern const yq_oracle_op yq_oracle_codec[];
extern const yq_oracle_op yq_oracle_proofs[];

/* Appends a text; bytes as a word in hex, "-" for none. */
void yq_oracle_text(yq_oracle_call *call, const char *text);
void yq_oracle_hex(yq_oracle_call *call, yq_slice bytes);

/* An argument as a big-endian number of at most 8 bytes. Errors: E_LEN. */
YQ_NODISCARD yq_status yq_oracle_number(yq_slice arg, uint64_t *out);

/* A writer over fresh room of the call's arena; stops the program when there is none. */
yq_writer yq_oracle_room(yq_oracle_call *call, size_t cap);

#endif /* YQ_CONFORMANCE_ORACLES_ORACLE_H */
