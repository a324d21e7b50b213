/* An attester's reply: nothing agrees that does not carry the bytes that are expected. */
#include "adapters/attested/session.h"
#include "relay/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char chain[] = "platform";
    static const uint8_t body[] = {1, 2, 3};
    yq_json *document = yq_json_parse((yq_slice){data, size}, 1u << 20, NULL);
    const yq_atd_reader reader = {.chain = chain, .mapping = {.epoch = 1}};
    const yq_atd_attester attester = {.name = "a", .organisation = "o", .suite = 1, .key_n = 64};
    const yq_atd_expected expected = {&reader, 7, YQ_SLICE_OF(body), YQ_SLICE_OF(body), 0};
    yq_atd_answer out = {0};
    if (document != NULL) {
        yq_atd_answer_judge(&expected, &attester, yq_json_root(document), &out);
        YQ_ASSERT(out.verdict > YQ_ATD_AGREES && out.verdict <= YQ_ATD_SILENT);
        const yq_atd_expected gap = {.reader = &reader, .number = 7, .next = 9};
        yq_atd_answer_judge(&gap, &attester, yq_json_root(document), &out);
        YQ_ASSERT(out.verdict >= YQ_ATD_AGREES && out.verdict <= YQ_ATD_SILENT);
    }
    yq_json_free(document);
    return 0;
}
