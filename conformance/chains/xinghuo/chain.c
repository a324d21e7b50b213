#include "conformance/chains/xinghuo/xmock.h"
#include "relay/base/assert.h"

#include <stdio.h>
#include <stdlib.h>

void *yq_xmock_grow(void *array, size_t *n, size_t size)
{
    uint8_t *grown = realloc(array, (*n + 1) * size);
    YQ_ASSERT(grown != NULL);
    memset(grown + *n * size, 0, size);
    ++*n;
    return grown;
}

static yq_key *derive(const yq_xmock_chain *chain, const char *seed, const char *name, size_t i)
{
    char text[256];
    yq_sig_alg alg = chain->suite == YQ_SUITE_ED25519 ? YQ_SIG_ED25519_MESSAGE : YQ_SIG_SM2_MESSAGE;
    (void)snprintf(text, sizeof text, "xinghuo %.64s %s %zu", chain->name, name, i);
    yq_key *key = yq_key_derive(alg, yq_slice_text(seed), text);
    YQ_ASSERT(key != NULL);
    return key;
}

yq_xmock_chain *yq_xmock_chain_new(
    uint8_t suite, const char *name, const char *seed, uint64_t time_ms)
{
    char address[YQ_XH_ADDRESS_SIZE];
    yq_xmock_chain *chain = calloc(1, sizeof *chain);
    YQ_ASSERT(chain != NULL);
    chain->name = strdup(name);
    YQ_ASSERT(chain->name != NULL);
    chain->suite = suite;
    chain->hash = suite == YQ_SUITE_ED25519 ? YQ_HASH_SHA256 : YQ_HASH_SM3;
    for (size_t i = 0; i < YQ_XMOCK_KEYS; i++) {
        chain->validator[i] = derive(chain, seed, "validator", i);
    }
    chain->stranger = derive(chain, seed, "stranger", 0);
    chain->owner = derive(chain, seed, "owner", 0);
    chain->set = chain->next = (yq_xmock_set){0, YQ_XMOCK_MEMBERS};
    chain->inbox = chain->foreign = chain->events = SIZE_MAX;
    (void)yq_xh_address(suite, yq_key_public(chain->owner), address);
    (void)yq_xmock_account_of(chain, address);
    yq_xmock_chain_seal(chain, time_ms);
    return chain;
}

static void ledger_free(yq_xmock_ledger *ledger)
{
    if (ledger != NULL) {
        free(ledger->tx);
        free(ledger);
    }
}

void yq_xmock_chain_free(yq_xmock_chain *chain)
{
    if (chain == NULL) {
        return;
    }
    for (size_t i = 0; i < chain->ledger_n; i++) {
        for (size_t k = 0; k < chain->ledger[i]->tx_n; k++) {
            yq_xmock_tx_free(chain->ledger[i]->tx[k]);
        }
        ledger_free(chain->ledger[i]);
    }
    ledger_free(chain->twin);
    for (size_t i = 0; i < chain->pool_n; i++) {
        yq_xmock_tx_free(chain->pool[i]);
    }
    for (size_t i = 0; i < chain->contract_n; i++) {
        yq_contract_free(chain->contract[i].model);
    }
    for (size_t i = 0; i < YQ_XMOCK_KEYS; i++) {
        yq_key_free(chain->validator[i]);
    }
    yq_key_free(chain->stranger);
    yq_key_free(chain->owner);
    free(chain->ledger);
    free(chain->pool);
    free(chain->account);
    free(chain->contract);
    free(chain->deploy);
    free(chain->name);
    free(chain);
}

/* ---- accounts and contracts ---- */

const yq_xmock_account *yq_xmock_account_find(const yq_xmock_chain *chain, const char *address)
{
    for (size_t i = 0; i < chain->account_n; i++) {
        if (strcmp(chain->account[i].address, address) == 0) {
            return &chain->account[i];
        }
    }
    return NULL;
}

yq_xmock_account *yq_xmock_account_of(yq_xmock_chain *chain, const char *address)
{
    const yq_xmock_account *found = yq_xmock_account_find(chain, address);
    if (found != NULL) {
        return &chain->account[found - chain->account];
    }
    chain->account = yq_xmock_grow(chain->account, &chain->account_n, sizeof *chain->account);
    yq_xmock_account *made = &chain->account[chain->account_n - 1];
    (void)snprintf(made->address, sizeof made->address, "%s", address);
    return made;
}

const yq_xmock_contract *yq_xmock_contract_find(const yq_xmock_chain *chain, yq_slice address)
{
    for (size_t i = 0; i < chain->contract_n; i++) {
        if (yq_slice_equal(address, yq_slice_text(chain->contract[i].address))) {
            return &chain->contract[i];
        }
    }
    return NULL;
}

/* ---- ledgers ---- */

int yq_xmock_chain_due(const yq_xmock_chain *chain)
{
    const yq_xmock_ledger *last = chain->ledger[chain->ledger_n - 1];
    return chain->pool_n > 0 || last->tx_n > 0 || chain->ledger_n < 2;
}

/* Runs what waits; what does not fit, waits on. */
static void take_pool(yq_xmock_chain *chain, yq_xmock_ledger *ledger)
{
    size_t n = chain->pool_n < YQ_XMOCK_LEDGER_TXS ? chain->pool_n : YQ_XMOCK_LEDGER_TXS;
    ledger->tx = calloc(n + 1, sizeof(yq_xmock_tx *));
    YQ_ASSERT(ledger->tx != NULL);
    for (size_t i = 0; i < n; i++) {
        yq_xmock_tx *tx = chain->pool[i];
        yq_xmock_account *account = yq_xmock_account_of(chain, tx->source);
        account->waiting--;
        if (tx->ceil != 0 && tx->ceil < ledger->seq) {
            yq_xmock_tx_free(tx);
            continue;
        }
        account->nonce++;
        yq_xmock_execute(chain, tx, ledger->seq, ledger->time_us);
        ledger->tx[ledger->tx_n++] = tx;
    }
    chain->pool_n -= n;
    memmove(chain->pool, chain->pool + n, chain->pool_n * sizeof(yq_xmock_tx *));
    chain->tx_all += ledger->tx_n;
    ledger->tx_count = chain->tx_all;
}

void yq_xmock_chain_seal(yq_xmock_chain *chain, uint64_t time_ms)
{
    const yq_xmock_ledger *last = chain->ledger_n == 0 ? NULL : chain->ledger[chain->ledger_n - 1];
    yq_xmock_ledger *made = calloc(1, sizeof *made);
    YQ_ASSERT(made != NULL);
    chain->set = chain->next;
    made->seq = chain->ledger_n + 1;
    made->time_us = time_ms * 1000;
    if (last != NULL && made->time_us <= last->time_us) {
        made->time_us = last->time_us + 1000;
    }
    made->set = chain->set;
    made->mode = chain->mode == YQ_MOCK_FORK ? YQ_MOCK_HONEST : chain->mode;
    take_pool(chain, made);
    yq_xmock_ledger_hash(chain, made, last);
    chain->ledger = yq_xmock_grow(chain->ledger, &chain->ledger_n, sizeof(yq_xmock_ledger *));
    chain->ledger[chain->ledger_n - 1] = made;
}

void yq_xmock_chain_set_mode(yq_xmock_chain *chain, yq_mock_mode mode)
{
    chain->mode = mode;
    if (mode == YQ_MOCK_HONEST) {
        for (size_t i = 0; i < chain->ledger_n; i++) {
            chain->ledger[i]->mode = YQ_MOCK_HONEST;
        }
        ledger_free(chain->twin);
        chain->twin = NULL;
    }
}

int yq_xmock_chain_fork(yq_xmock_chain *chain, uint64_t seq)
{
    if (seq < 2 || seq >= chain->ledger_n) {
        return 0;
    }
    const yq_xmock_ledger *first = chain->ledger[seq - 1];
    yq_xmock_ledger *twin = calloc(1, sizeof *twin);
    YQ_ASSERT(twin != NULL);
    *twin = *first;
    twin->tx = NULL; /* an empty one */
    twin->tx_n = 0;
    twin->time_us += 1000;
    yq_xmock_ledger_hash(chain, twin, chain->ledger[seq - 2]);
    ledger_free(chain->twin);
    chain->twin = twin;
    return 1;
}

const yq_xmock_ledger *yq_xmock_chain_at(const yq_xmock_chain *chain, uint64_t seq, int is_witness)
{
    if (seq == 0 || seq > chain->ledger_n) {
        return NULL;
    }
    return !is_witness && chain->twin != NULL && chain->twin->seq == seq ? chain->twin
                                                                         : chain->ledger[seq - 1];
}
