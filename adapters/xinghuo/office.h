#ifndef YQ_ADAPTERS_XINGHUO_OFFICE_H
#define YQ_ADAPTERS_XINGHUO_OFFICE_H

/* What an attester answers: the program yuqiao-xinghuo-attester without its socket. */
#include "yuqiao/adapter.h"

#include "adapters/xinghuo/wire.h"
#include "relay/codec/json.h"
#include "relay/crypto/crypto.h"

#define YQ_XHA_ANSWER_MAX (256u << 10)

typedef struct yq_xha_office {
    void *session; /* of this adapter, opened by yq_adapter_v1: its nodes are the attester's own */
    const char *chain; /* as in the statements */
    const yq_key *key;
    uint64_t epoch;
    uint32_t deadline_ms; /* of one question to its nodes */
} yq_xha_office;

/* The bodies that an attester is asked to sign; they lie in room. */
typedef struct yq_xha_question {
    size_t n;
    yq_slice body[YQ_XHA_BATCH_MAX];
    uint8_t *room;
} yq_xha_question;

/* Reads a question. Out: question, to be freed also after an error. Errors: E_JSON_STRICT,
 * E_FIELD_MISSING, E_DOMAIN (chain, a later epoch), E_EPOCH_OLD, E_LIMIT, E_TYPE, E_MEMORY. Does
 * not look into the bodies. */
YQ_NODISCARD yq_status yq_xha_question_read(
    const yq_xha_office *office, yq_slice text, yq_xha_question *out, yq_fault *why);
void yq_xha_question_free(yq_xha_question *question);

/*
 * Answers "/attest" (POST of {"chain", "epoch", "bodies" in hex, of one ledger}: {"signatures"}, or
 * {"code", "message"}: why it signs none) and "/status" (GET: {"chain", "epoch", "key"}). It signs
 * only what its own nodes tell, byte for byte, for its chain and epoch. Returns the reply, to be
 * freed; NULL: no such path.
 */
yq_json_out *yq_xha_office_answer(
    const yq_xha_office *office, const char *path, int is_post, yq_slice body);

#endif /* YQ_ADAPTERS_XINGHUO_OFFICE_H */
