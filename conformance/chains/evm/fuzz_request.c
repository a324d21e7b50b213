/* What an adapter sends is foreign to the mock: requests, and in them raw transactions. */
#include "conformance/chains/evm/emock.h"
#include "relay/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static yq_emock_chain *chain;

static void begin(void)
{
    yq_digest hash;
    uint8_t room[512];
    yq_buf data = {room, sizeof room, 0};
    chain = yq_emock_chain_new(YQ_EMOCK_QBFT_CONTRACT, "city-410300", "fuzz", 1700000000u);
    yq_emock_deploy_data(YQ_EMOCK_CODE_EVENTS, NULL, &data);
    yq_emock_send(chain, NULL, yq_slice_of(data.p, data.n), &hash);
    yq_emock_chain_seal(chain, 1700000001u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t raw[1u << 16];
    yq_digest hash;
    const char *word;
    if (chain == NULL) {
        begin();
    }
    yq_json_out *out = yq_emock_answer(chain, yq_slice_of(data, size));
    size_t n = 0;
    const char *text = yq_json_out_done(out, &n);
    YQ_ASSERT(text != NULL && n > 0);
    yq_json *reply = yq_json_parse(yq_slice_of(text, n), 256u << 20, NULL);
    YQ_ASSERT(reply != NULL);
    yq_json_free(reply);
    yq_json_out_free(out);
    size = size < sizeof raw ? size : sizeof raw;
    yq_bytes_copy(raw, data, size);
    yq_emock_submit(chain, yq_slice_of(raw, size), &hash, &word);
    YQ_ASSERT(yq_emock_height(chain) == 1);
    return 0;
}
