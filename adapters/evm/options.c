#include "adapters/evm/session.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

#define GAS_LIMIT_DEFAULT 10000000u
#define FEE_MAX_DEFAULT   UINT64_C(1000000000000) /* 1000 gwei */
#define EPOCH_DEFAULT     30000u
#define LINE_MAX_SIZE     4096u
#define CHAIN_ID_MAX      ((uint64_t)INT64_MAX / 2 - 36) /* of v in a legacy signature */

static yq_status bad(yq_fault *why, const char *key, const char *what)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "%.40s: %.70s", key, what);
    return yq_fail(why, YQ_E_CONFIG_INVALID, 0, text);
}

/* A decimal number in min .. max. */
static int number_of(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0')) {
        return 0;
    }
    for (; *text != '\0'; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (*text < '0' || *text > '9' || digit > max || value > (max - digit) / 10) {
            return 0;
        }
        value = value * 10 + digit;
    }
    *out = value;
    return value >= min;
}

static int address_of(const char *text, size_t size, uint8_t *out)
{
    yq_buf room = {out, YQ_EVM_ADDRESS_SIZE, 0};
    size_t skip = size >= 2 && text[0] == '0' && text[1] == 'x' ? 2 : 0;
    return yq_hex_decode(&room, text + skip, size - skip) == YQ_OK &&
           room.n == YQ_EVM_ADDRESS_SIZE && !yq_bytes_are_zero(out, YQ_EVM_ADDRESS_SIZE);
}

/* ---- values of each kind ----------------------------------------------------------------------
 */

static const struct {
    const char *name;
    uint8_t mode;
} modes[] = {
    {"ibft1", YQ_EVM_IBFT1},
    {"ibft2", YQ_EVM_IBFT2},
    {"qbft", YQ_EVM_QBFT},
    {"qbft-contract", YQ_EVM_QBFT_CONTRACT},
    {"clique", YQ_EVM_CLIQUE},
};

static int take_consensus(yq_evma_session *s, const char *text)
{
    for (size_t i = 0; i < YQ_ARRAY_N(modes); i++) {
        if (strcmp(text, modes[i].name) == 0) {
            s->profile.mode = modes[i].mode;
            return 1;
        }
    }
    return 0;
}

static int take_price(yq_evma_session *s, const char *text)
{
    static const char *const names[] = {"auto", "legacy", "eip1559"};
    for (size_t i = 0; i < YQ_ARRAY_N(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            s->price = (yq_evma_price)i;
            return 1;
        }
    }
    return 0;
}

static int take_inbox(yq_evma_session *s, const char *text)
{
    s->has_inbox = address_of(text, strlen(text), s->inbox);
    return s->has_inbox;
}

static int take_contract(yq_evma_session *s, const char *text)
{
    return address_of(text, strlen(text), s->profile.contract);
}

static int take_emitters(yq_evma_session *s, const char *text)
{
    s->emitter_n = 0;
    for (;;) {
        size_t n = strcspn(text, ",");
        if (s->emitter_n == YQ_EVMA_EMITTERS_MAX ||
            !address_of(text, n, s->emitter[s->emitter_n])) {
            return 0;
        }
        s->emitter_n++;
        if (text[n] == '\0') {
            return 1;
        }
        text += n + 1;
    }
}

static int take_epoch(yq_evma_session *s, const char *text)
{
    return number_of(text, 1, UINT32_MAX, &s->profile.epoch);
}

static int take_depth(yq_evma_session *s, const char *text)
{
    uint64_t number;
    if (!number_of(text, 1, YQ_EVM_DEPTH_MAX, &number)) {
        return 0;
    }
    s->profile.depth = (uint16_t)number;
    return 1;
}

static int take_slot(yq_evma_session *s, const char *text)
{
    uint64_t number;
    if (!number_of(text, 0, INT64_MAX, &number)) {
        return 0;
    }
    for (size_t i = 0; i < 8; i++) {
        s->profile.slot.b[YQ_DIGEST_SIZE - 1 - i] = (uint8_t)(number >> (8 * i));
    }
    return 1;
}

static int take_anchor_height(yq_evma_session *s, const char *text)
{
    return number_of(text, 0, INT64_MAX, &s->anchor_height);
}

static int take_chain_id(yq_evma_session *s, const char *text)
{
    return number_of(text, 1, CHAIN_ID_MAX, &s->chain_id_wanted);
}

static int take_min_sources(yq_evma_session *s, const char *text)
{
    uint64_t number;
    if (!number_of(text, 1, s->endpoint_n, &number)) {
        return 0;
    }
    s->min_sources = (size_t)number;
    return 1;
}

static int take_gas_limit(yq_evma_session *s, const char *text)
{
    return number_of(text, 21000, INT64_MAX, &s->gas_limit);
}

static int take_fee_max(yq_evma_session *s, const char *text)
{
    return number_of(text, 0, INT64_MAX, &s->fee_max);
}

static const struct {
    const char *key;
    int (*take)(yq_evma_session *s, const char *text);
    const char *what;
} values[] = {
    {"consensus", take_consensus, "ibft1, ibft2, qbft, qbft-contract or clique"},
    {"epoch", take_epoch, "blocks of an epoch of votes"},
    {"depth", take_depth, "1 to 256 blocks"},
    {"validator_contract", take_contract, "the contract's address, 40 hex digits"},
    {"validator_slot", take_slot, "the storage slot of its list, a number"},
    {"anchor_height", take_anchor_height, "the height of the hub's anchor"},
    {"chain_id", take_chain_id, "the chain's number"},
    {"min_sources", take_min_sources, "1 to the number of endpoints"},
    {"emitters", take_emitters, "1 to 16 addresses with commas between them"},
    {"inbox", take_inbox, "the contract's address, 40 hex digits"},
    {"gas_limit", take_gas_limit, "a number from 21000 on"},
    {"transaction", take_price, "auto, legacy or eip1559"},
    {"fee_max", take_fee_max, "wei a gas"},
};

static yq_status take_path(yq_evma_session *s, const yq_option *option, yq_fault *why)
{
    const struct {
        const char *key;
        char **out;
    } paths[] = {
        {"account_key", &s->account_path},
        {"account_passphrase_file", &s->passphrase_path},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(paths); i++) {
        if (strcmp(option->key, paths[i].key) == 0) {
            if (option->value[0] == '\0') {
                return bad(why, option->key, "the path of a file");
            }
            free(*paths[i].out);
            *paths[i].out = strdup(option->value);
            return *paths[i].out == NULL ? yq_fail(why, YQ_E_MEMORY, 0, option->key) : YQ_OK;
        }
    }
    return bad(why, option->key, "no such option");
}

static yq_status take_option(yq_evma_session *s, const yq_option *option, yq_fault *why)
{
    for (size_t i = 0; i < YQ_ARRAY_N(values); i++) {
        if (strcmp(option->key, values[i].key) == 0) {
            return values[i].take(s, option->value) ? YQ_OK : bad(why, option->key, values[i].what);
        }
    }
    return take_path(s, option, why);
}

/* ---- what belongs together ---------------------------------------------------------------------
 */

static yq_status check_profile(const yq_evma_session *s, yq_fault *why)
{
    const yq_evma_profile *p = &s->profile;
    int has_contract = !yq_bytes_are_zero(p->contract, sizeof p->contract);
    int is_contract = p->mode == YQ_EVM_QBFT_CONTRACT, is_clique = p->mode == YQ_EVM_CLIQUE;
    if (p->mode == 0) {
        return bad(why, "consensus", "needed: ibft1, ibft2, qbft, qbft-contract or clique");
    }
    if (is_contract != has_contract || (!is_contract && !yq_digest_is_zero(&p->slot))) {
        return bad(why, "validator_contract", "belongs to qbft-contract, and is needed there");
    }
    if (is_clique != (p->depth != 0)) {
        return bad(why, "depth", "belongs to clique, and is needed there");
    }
    if (!is_contract && s->anchor_height % p->epoch != 0) {
        return bad(why, "anchor_height", "not the start of an epoch");
    }
    return YQ_OK;
}

static yq_status check_account(const yq_evma_session *s, yq_fault *why)
{
    if (s->has_inbox && s->account_path == NULL) {
        return bad(why, "account_key", "needed to hand deliveries to the inbox");
    }
    /* A node that names another chain would get a signature that is good there. */
    if (s->has_inbox && s->chain_id_wanted == 0) {
        return bad(why, "chain_id", "needed to hand deliveries to the inbox");
    }
    return YQ_OK;
}

/* Reads the first line of a file. Out: line, LINE_MAX_SIZE bytes. */
static yq_status read_line(const char *path, const char *key, char *line, yq_fault *why)
{
    FILE *f = fopen(path, "r");
    if (f == NULL) {
        return bad(why, key, "cannot be read");
    }
    char *got = fgets(line, LINE_MAX_SIZE, f);
    (void)fclose(f);
    if (got == NULL) {
        return bad(why, key, "is empty");
    }
    line[strcspn(line, "\r\n")] = '\0';
    return YQ_OK;
}

yq_status yq_evma_options_read(yq_evma_session *s, const yq_adapter_config *config, yq_fault *why)
{
    if (config->endpoint_n == 0 || config->endpoint_n > YQ_EVMA_ENDPOINTS_MAX) {
        return bad(why, "endpoints", "1 to 16 JSON-RPC addresses");
    }
    s->endpoint_n = config->endpoint_n;
    s->min_sources = 1;
    s->profile.epoch = EPOCH_DEFAULT;
    s->gas_limit = GAS_LIMIT_DEFAULT;
    s->fee_max = FEE_MAX_DEFAULT;
    yq_status status = YQ_OK;
    for (size_t i = 0; i < config->option_n && status == YQ_OK; i++) {
        if (!yq_web_access_take(&s->access, &config->options[i], &status, why)) {
            status = take_option(s, &config->options[i], why);
        }
    }
    if (status == YQ_OK) {
        status = check_profile(s, why);
    }
    if (status == YQ_OK) {
        status = check_account(s, why);
    }
    if (status != YQ_OK) {
        return status;
    }
    s->rpc.null_is_absent = 1;
    return yq_web_pool_open(&s->host, config, &s->access, s->min_sources, &s->rpc.pool, why);
}

/* ---- the account -------------------------------------------------------------------------------
 */

yq_status yq_evma_account_open(yq_evma_session *s, yq_fault *why)
{
    char passphrase[LINE_MAX_SIZE] = "";
    if (s->account != NULL) {
        return YQ_OK;
    }
    if (s->account_path == NULL) {
        return bad(why, "account_key", "is not set");
    }
    if (s->passphrase_path != NULL) {
        yq_status status =
            read_line(s->passphrase_path, "account_passphrase_file", passphrase, why);
        if (status != YQ_OK) {
            return status;
        }
    }
    yq_key *key = NULL;
    yq_status status =
        yq_key_read(s->account_path, s->passphrase_path == NULL ? NULL : passphrase, &key, why);
    yq_secret_wipe(passphrase, sizeof passphrase);
    if (status != YQ_OK) {
        return status;
    }
    if (yq_key_alg(key) != YQ_SIG_SECP256K1_DIGEST) {
        yq_key_free(key);
        return bad(why, "account_key", "is not a secp256k1 key");
    }
    s->account = key;
    return YQ_OK;
}

void yq_evma_account_address(const yq_evma_session *s, uint8_t address[YQ_EVM_ADDRESS_SIZE])
{
    yq_digest md;
    yq_hash_one(YQ_HASH_KECCAK256, yq_key_public(s->account), md.b);
    memcpy(address, md.b + sizeof md.b - YQ_EVM_ADDRESS_SIZE, YQ_EVM_ADDRESS_SIZE);
}
