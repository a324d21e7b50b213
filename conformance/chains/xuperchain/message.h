#ifndef YQ_CONFORMANCE_CHAINS_XUPERCHAIN_MESSAGE_H
#define YQ_CONFORMANCE_CHAINS_XUPERCHAIN_MESSAGE_H

/* Transactions of XuperChain as protobuf messages, and as they are hashed: for the mock chain and
 * for the conformance kit, which tries it on recorded ones. Nothing of the adapter is used. */
#include "yuqiao/types.h"

#include "relay/base/writer.h"
#include "relay/codec/json.h"
#include "relay/codec/protobuf.h"

/* ---- message_tx.c, message_lines.c: a transaction as its protobuf message ---- */

typedef struct xuper_message {
    yq_slice bytes, txid;
    uint64_t version;
} xuper_message;

/* Errors: decode codes. */
yq_status xuper_message_read(yq_slice bytes, xuper_message *out, yq_fault *why);

/* What is hashed, and signed. */
#define XUPER_SIGNED   1u /* with the signatures: the id's */
#define XUPER_NO_AUTO  2u /* as if it were not made by the chain itself (autogen) */
#define XUPER_VERSIONS 3u

/* Writes what is hashed under the rules of a version: texts with their lengths for 3, lines of JSON
 * below. Errors: E_VERSION, E_LIMIT for what does not fit. */
yq_status xuper_preimage(
    const xuper_message *message, uint64_t version, unsigned flags, yq_writer *w, yq_fault *why);

/* The rules of versions 0 to 2 (message_lines.c). Returns 0 when there are too many arguments. */
int xuper_lines(yq_slice message, uint64_t version, unsigned flags, yq_writer *w);

/* ---- message_fields.c: of a message, as it stands ---- */

/* The last field of this number, or zeros; a request's arguments by name. Returns 0 when there are
 * too many. */
#define XUPER_ARGS_MAX 256u
yq_pb_field xuper_field(yq_slice message, uint32_t number);
int xuper_args(yq_slice request, yq_slice *arg, size_t *n);

/* ---- message_json.c: a transaction as the command line prints it ---- */

/* Of a JSON object: 32 bytes in hex (0: none), a number (also a negative one, in two's complement),
 * a text; 0 or empty when it is missing. */
int xuper_digest(const yq_json *value, yq_digest *out);
uint64_t xuper_number(const yq_json *object, const char *key);
yq_slice xuper_text(const yq_json *object, const char *key);

/* Writes a transaction as the command line prints it as its message. Returns 0 when it is none. */
int xuper_message_of_json(const yq_json *tx, yq_writer *w);

/* Whether some byte of its texts was none of a text, and stands as the sign for that. */
int xuper_lost_bytes(const yq_json *tx);
extern const char xuper_lost[];

#endif /* YQ_CONFORMANCE_CHAINS_XUPERCHAIN_MESSAGE_H */
