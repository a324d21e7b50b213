#include "conformance/chains/common/mock.h"
#include "relay/base/bytes.h"

static const char *const name_of[YQ_MOCK_MODE_N] = {
    [YQ_MOCK_HONEST] = "none",
    [YQ_MOCK_FORGED_SIGNATURE] = "forged-signature",
    [YQ_MOCK_ONE_SIGNATURE_SHORT] = "one-signature-short",
    [YQ_MOCK_REPEATED_SIGNER] = "repeated-signer",
    [YQ_MOCK_FOREIGN_EMITTER] = "foreign-emitter",
    [YQ_MOCK_ALTERED_RECEIPT] = "altered-receipt",
    [YQ_MOCK_FORK] = "fork",
};

const char *yq_mock_mode_name(unsigned mode)
{
    return mode < YQ_MOCK_MODE_N ? name_of[mode] : NULL;
}

yq_mock_mode yq_mock_mode_of(yq_slice name)
{
    for (unsigned i = 0; i < YQ_MOCK_MODE_N; i++) {
        if (yq_slice_equal(name, yq_slice_text(name_of[i]))) {
            return (yq_mock_mode)i;
        }
    }
    return YQ_MOCK_MODE_N;
}
