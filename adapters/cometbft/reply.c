#include "adapters/cometbft/session.h"
#include "relay/base/bytes.h"

static int holds(yq_slice text, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= text.n; i++) {
        if (memcmp(text.p + i, word, n) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The nodes have one code for all of their own failures; only the words tell them apart. */
yq_status yq_comet_meaning(const yq_json *error)
{
    static const struct {
        const char *word;
        yq_status status;
    } known[] = {
        {"must be less than or equal to", YQ_E_NOT_FOUND},
        {"could not find results for height", YQ_E_NOT_FOUND},
        {"not found", YQ_E_NOT_FOUND},
        {"is not available, lowest height", YQ_E_UNAVAILABLE},
    };
    yq_slice data = {0};
    (void)yq_json_text(yq_json_get(error, "data"), &data);
    for (size_t i = 0; i < YQ_ARRAY_N(known); i++) {
        if (holds(data, known[i].word)) {
            return known[i].status;
        }
    }
    return YQ_E_PEER;
}
