/* First byte: 0 a node's reply as JSON, 1 an IBC header, 2 an IBC client (split in half), 3 a
 * Merkle proof. What is written fits into its room and is never half of something that was OK. */
#include "adapters/cometbft/evidence.h"
#include "relay/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t room[1u << 20];

static void reply(yq_slice text, yq_writer *w, yq_fault *why)
{
    yq_json *document = yq_json_parse(text, 1u << 20, why);
    const yq_json *root = document == NULL ? NULL : yq_json_root(document);
    if (root != NULL) {
        const yq_json *set = yq_json_get(root, "validators");
        yq_status status = yq_comet_step_of_json(1, root, set, NULL, 1, w, why);
        YQ_ASSERT(status != YQ_OK || w->status == YQ_OK);
    }
    yq_json_free(document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    yq_slice in = {data + 1, size - 1};
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_fault why = {0};
    yq_comet_ibc_client client;
    yq_status status = YQ_OK;
    switch (data[0]) {
    case 0:
        reply(in, &w, &why);
        break;
    case 1:
        if (yq_comet_step_of_ibc(in, &w, &why) == YQ_OK) {
            YQ_ASSERT(w.status == YQ_OK && w.n >= 8 + 4 + 4 + 2 + 2);
        }
        break;
    case 2:
        status = yq_comet_ibc_client_decode(
            yq_slice_of(in.p, in.n / 2),
            yq_slice_of(in.p + in.n / 2, in.n - in.n / 2),
            &client,
            &why);
        break;
    default:
        status = yq_comet_store_proof_of_ibc(1, yq_slice_text("ibc"), in, &w, &why);
        break;
    }
    YQ_ASSERT(status == YQ_OK || why.status == (int32_t)status);
    return 0;
}
