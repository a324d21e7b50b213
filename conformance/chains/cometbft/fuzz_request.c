/* First byte: 0 a request of JSON-RPC, 1 a transaction, 2 a control command. The chain answers
 * every one, with a JSON document, and goes on. */
#include "conformance/chains/cometbft/cmock.h"
#include "relay/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEIGHT_MAX 200u

static yq_cmock_chain *chain;

/* One chain for many inputs; a new one when it has grown. */
static void make_chain(void)
{
    if (chain != NULL && chain->block_n < HEIGHT_MAX) {
        return;
    }
    yq_cmock_chain_free(chain);
    chain = yq_cmock_chain_new(2, "city-410300", "fuzz", 1790000000000u);
}

static void request(yq_slice in)
{
    size_t size;
    yq_json_out *out = yq_cmock_answer(chain, in);
    const char *text = yq_json_out_done(out, &size);
    YQ_ASSERT(text != NULL);
    yq_json *document = yq_json_parse(yq_slice_of(text, size), YQ_CMOCK_REPLY_MAX, NULL);
    YQ_ASSERT(document != NULL);
    yq_json_free(document);
    yq_json_out_free(out);
}

static void command(yq_slice in)
{
    yq_fault why = {0};
    yq_json *document = yq_json_parse(in, 1u << 16, NULL);
    yq_json_out *out = yq_json_out_new(1u << 24);
    YQ_ASSERT(out != NULL);
    yq_json_out_object(out, NULL);
    if (document != NULL) {
        yq_status status =
            yq_cmock_control(chain, 1790000001000u, yq_json_root(document), out, &why);
        YQ_ASSERT(status == YQ_OK || why.status == (int32_t)status);
    }
    yq_json_out_free(out);
    yq_json_free(document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_cmock_tx seen;
    if (size == 0) {
        return 0;
    }
    yq_slice in = {data + 1, size - 1};
    make_chain();
    if (data[0] == 0) {
        request(in);
    } else if (data[0] == 1) {
        (void)yq_cmock_submit(chain, in, &seen);
    } else {
        command(in);
    }
    for (unsigned i = 0; i < 4 && yq_cmock_chain_due(chain); i++) {
        yq_cmock_chain_seal(chain, 1790000002000u);
    }
    return 0;
}
