#include "adapters/fisco-bcos-3/evidence.h"
#include "adapters/fisco-bcos-3/fields.h"
#include "relay/base/bytes.h"
#include "relay/codec/abi.h"

#include <stdlib.h>

#define NONCE_MAX   38u
#define RUN_MAX     40u /* digits of an address */
#define RUN_OF_TO   24u /* as many of `to` may be the beginning of another address */
#define TO_SIZE     42u
#define OUTPUT_SIZE 32u

static int is_hex(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

int yq_bcos3_rest_is_plain(yq_slice rest)
{
    size_t run = RUN_OF_TO;
    for (size_t i = 0; i < rest.n; i++) {
        run = is_hex(rest.p[i]) ? run + 1 : 0;
        if (run == RUN_MAX) {
            return 0;
        }
    }
    return 1;
}

static int is_nonce(const yq_json *tx, int nonce_is_hex)
{
    uint8_t room[NONCE_MAX];
    yq_buf out = {room, sizeof room, 0};
    yq_slice text = {0};
    if (nonce_is_hex) {
        if (!yq_json_hex(yq_json_get(tx, "nonce"), &out)) {
            return 0;
        }
        text = yq_slice_of(out.p, out.n);
    } else if (!yq_json_text(yq_json_get(tx, "nonce"), &text)) {
        return 0;
    }
    int fits = text.n > 0 && text.n <= NONCE_MAX;
    for (size_t i = 0; i < text.n && fits; i++) {
        fits = is_hex(text.p[i]) && !(text.p[i] >= 'A' && text.p[i] <= 'F');
    }
    return fits;
}

/* The bytes of a hex text, in memory of its own: of logs and inputs of any size. Returns 0 when it
 * is none, or memory is short. */
static int take_hex(const yq_json *value, yq_buf *out)
{
    yq_slice text;
    *out = (yq_buf){0};
    if (!yq_json_text(value, &text)) {
        return 0;
    }
    *out = (yq_buf){malloc(text.n / 2 + 1), text.n / 2 + 1, 0};
    return out->p != NULL && yq_json_hex(value, out);
}

static const char *check_log(const yq_json *log, yq_slice to)
{
    yq_buf data;
    yq_slice content;
    if (!yq_slice_equal(yq_bcos3_plain(yq_json_get(log, "address")), to)) {
        return "a log of a contract that was not called";
    }
    if (yq_json_count(yq_json_get(log, "topics")) != 1) {
        return "a log with indexed arguments";
    }
    int fits = take_hex(yq_json_get(log, "data"), &data) &&
               yq_abi_bytes_decode(yq_slice_of(data.p, data.n), &content);
    free(data.p);
    return fits ? NULL : "a log that is not one `bytes`";
}

static int input_is_plain(const yq_json *tx)
{
    yq_buf input;
    int plain = take_hex(yq_json_get(tx, "input"), &input) &&
                yq_bcos3_rest_is_plain(yq_slice_of(input.p, input.n));
    free(input.p);
    return plain;
}

const char *yq_bcos3_unprovable(const yq_json *tx, const yq_json *receipt, int nonce_is_hex)
{
    const yq_json *logs = yq_json_get(receipt, "logEntries");
    yq_slice to = {0}, contract = {0};
    uint8_t room[OUTPUT_SIZE];
    yq_buf output = {room, sizeof room, 0};
    if (!yq_json_text(yq_json_get(tx, "to"), &to) || to.n != TO_SIZE || to.p[0] != '0' ||
        to.p[1] != 'x') {
        return "no call of a contract";
    }
    if (yq_json_text(yq_json_get(receipt, "contractAddress"), &contract) && contract.n > 0) {
        return "a deployment";
    }
    if (!is_nonce(tx, nonce_is_hex)) {
        return "a nonce of more than 38 digits";
    }
    if (!yq_json_hex(yq_json_get(receipt, "output"), &output) ||
        (output.n != 0 && output.n != sizeof room)) {
        return "an output of more than one word";
    }
    if (!input_is_plain(tx)) {
        return "a text of an address in the input";
    }
    if (yq_json_count(logs) > YQ_BCOS3_LOGS_MAX) {
        return "more than 64 logs";
    }
    for (size_t i = 0; i < yq_json_count(logs); i++) {
        const char *reason = check_log(yq_json_at(logs, i), yq_slice_of(to.p + 2, to.n - 2));
        if (reason != NULL) {
            return reason;
        }
    }
    return NULL;
}
