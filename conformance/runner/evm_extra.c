#include "conformance/runner/evm_files.h"
#include "relay/base/bytes.h"

#include <stdio.h>

/* extraData as text: of a genesis, or as named constants. */

#define EXTRA_MAX 16384u

/* The consensus whose extraData the text is, or 0. Out: validators that it lists. */
static uint8_t mode_of(evm_run *run, yq_slice text, size_t *validators, yq_fault *why)
{
    static const uint8_t modes[] = {YQ_EVM_IBFT1, YQ_EVM_IBFT2, YQ_EVM_QBFT};
    static const uint8_t nobody[20], zeros[8];
    static uint8_t extra[EXTRA_MAX];
    uint8_t scratch[YQ_EVM_HEADER_MAX + 64u] = {0};
    yq_buf bytes = {extra, sizeof extra, 0};
    if (!evm_text_bytes(text, &bytes)) {
        return 0;
    }
    for (size_t i = 0; i < YQ_ARRAY_N(modes); i++) {
        run_call room;
        const yq_evm_call call = {evm_host(run, &room), why, scratch};
        const yq_evm_state state = {.mode = modes[i], .epoch = EVM_EPOCH};
        const yq_evm_header header = {
            .miner = {nobody, sizeof nobody},
            .nonce = {zeros, sizeof zeros},
            .extra = {extra, bytes.n},
            .uncles = yq_evm_hash(&call, yq_slice_of("\xc0", 1))};
        yq_evm_sealed sealed;
        if (yq_evm_sealed_decode(&call, &state, &header, &sealed) == YQ_OK) {
            *validators = sealed.listed.n;
            return modes[i];
        }
    }
    return 0;
}

/* Clique's genesis: addresses between the vanity and the room for a seal. */
static int is_clique(yq_slice text, size_t *signers)
{
    static uint8_t extra[EXTRA_MAX];
    const size_t fixed = YQ_EVM_VANITY_SIZE + YQ_EVM_SEAL_SIZE;
    yq_buf bytes = {extra, sizeof extra, 0};
    if (!evm_text_bytes(text, &bytes) || bytes.n <= fixed ||
        (bytes.n - fixed) % YQ_EVM_ADDRESS_SIZE != 0) {
        return 0;
    }
    *signers = (bytes.n - fixed) / YQ_EVM_ADDRESS_SIZE;
    return 1;
}

static void extra_row(evm_run *run, const char *name, const char *key, yq_slice text, int clique)
{
    static const char *const names[] = {"", "IBFT 1", "IBFT 2.0", "QBFT", "", ""};
    run_row row = {.file = name, .kind = "extraData", .anchor = "none"};
    yq_fault why = {0};
    size_t n = 0;
    uint8_t mode = clique ? 0 : mode_of(run, text, &n, &why);
    yq_status status = YQ_OK;
    (void)snprintf(row.note, sizeof row.note, "%s", key);
    if (mode == 0 && !(clique && is_clique(text, &n))) {
        status = YQ_E_NONCANONICAL;
    } else {
        run_row_check(&row, clique ? "Clique" : names[mode]);
        (void)snprintf(row.note, sizeof row.note, "%s: %zu validators", key, n);
    }
    run_row_verdict(&row, status, &why, 1);
    run_report_row(run->report, &row);
}

/* ---- a genesis ---- */

static int has(const yq_json *object, const char *key)
{
    return yq_json_get(object, key) != NULL;
}

int evm_genesis_is(const yq_json *value)
{
    return (has(value, "extraData") || has(value, "extradata")) && has(value, "config") &&
           has(value, "gasLimit");
}

void evm_genesis(evm_run *run, const char *name, const yq_json *value)
{
    const yq_json *config = yq_json_get(value, "config");
    const yq_json *extra = yq_json_get(value, has(value, "extraData") ? "extraData" : "extradata");
    yq_slice text = {0};
    if (!yq_json_text(extra, &text) || text.n < 2 || text.p[0] != '0' || text.p[1] != 'x') {
        run_report_skip(run->report, name, "a genesis whose extraData is a placeholder");
    } else if (
        has(config, "clique") || has(config, "ibft") || has(config, "ibft2") ||
        has(config, "qbft") || has(config, "istanbul")) {
        extra_row(run, name, "genesis", text, has(config, "clique"));
    } else {
        run_report_skip(run->report, name, "a genesis of no consensus that is followed");
    }
}

/* ---- constants ---- */

typedef void (*visit)(evm_run *run, const char *name, const char *key, yq_slice text, size_t *good);

static void each_text(evm_run *run, const char *name, const yq_json *value, visit use, size_t *good)
{
    yq_slice text;
    for (const char *key = yq_json_key_next(value, NULL); key != NULL;
         key = yq_json_key_next(value, key)) {
        const yq_json *v = yq_json_get(value, key);
        if (yq_json_text(v, &text)) {
            use(run, name, key, text, good);
        }
        for (size_t k = 0; k < yq_json_count(v) && yq_json_is_array(v); k++) {
            if (yq_json_text(yq_json_at(v, k), &text)) {
                use(run, name, key, text, good);
            }
        }
    }
}

static void count_text(evm_run *run, const char *name, const char *key, yq_slice text, size_t *good)
{
    yq_fault why;
    size_t n;
    (void)name;
    (void)key;
    *good += text.n > YQ_EVM_VANITY_SIZE && text.p[0] == '0' && text.p[1] == 'x' &&
             mode_of(run, text, &n, &why) != 0;
}

/* Texts in lists and alone, and one of them at least is extraData: then all should be. */
int evm_extra_is(evm_run *run, const yq_json *value)
{
    size_t good = 0;
    for (const char *key = yq_json_key_next(value, NULL); key != NULL;
         key = yq_json_key_next(value, key)) {
        const yq_json *v = yq_json_get(value, key);
        yq_slice text;
        if (!yq_json_text(v, &text) && !yq_json_is_null(v) && !yq_json_is_array(v)) {
            return 0;
        }
    }
    each_text(run, NULL, value, count_text, &good);
    return good > 0;
}

static void text_row(evm_run *run, const char *name, const char *key, yq_slice text, size_t *good)
{
    (void)good;
    extra_row(run, name, key, text, 0);
}

void evm_extra(evm_run *run, const char *name, const yq_json *value)
{
    each_text(run, name, value, text_row, NULL);
}
