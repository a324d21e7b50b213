/* First byte: the code of HTTP. A reply is read whole, or refused with a reason. */
#include "adapters/http/jsonrpc.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static yq_status meaning(const yq_json *error)
{
    YQ_ASSERT(error != NULL && !yq_json_is_null(error));
    return YQ_E_NOT_FOUND;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned code[] = {200, 500, 503, 404};
    yq_jsonrpc rpc = {.meaning = meaning, .id = 1, .code = 77};
    yq_json *reply = NULL;
    yq_fault why = {0};
    if (size == 0) {
        return 0;
    }
    unsigned http = code[data[0] % YQ_ARRAY_N(code)];
    yq_slice text = yq_slice_of(data + 1, size - 1);
    yq_status status = yq_jsonrpc_read(&rpc, http, text, "method", &reply, &why);
    YQ_ASSERT((status == YQ_OK) == (reply != NULL) && rpc.code != 77);
    YQ_ASSERT(
        status == YQ_OK ? http == 200 && yq_jsonrpc_result(reply) != NULL
                        : why.status == (int32_t)status && why.text[0] != '\0');
    yq_json_free(reply);
    return 0;
}
