#include "relay/base/assert.h"
#include "relay/ledger/internal.h"
#include "relay/store/mem.h"

#include <inttypes.h>
#include <stdio.h>

static yq_status meta_read(yq_ledger *l, uint8_t what, yq_db_value *value)
{
    row_key key;
    row_meta(&key, what);
    return yq_db_get(l->db, NULL, row_slice(&key), value);
}

/* Errors: E_CONFIG_INVALID for another chain's database. */
static yq_status check_meta(yq_ledger *l, const yq_db_value *version, yq_fault *why)
{
    yq_cur c = yq_cur_of(version->bytes);
    uint32_t number = yq_cur_u32(&c);
    if (yq_cur_done(&c, NULL) != YQ_OK || number == 0) {
        return yq_fail(why, YQ_E_CORRUPT, 0, "database: version");
    }
    if (number != LEDGER_DATA_VERSION) {
        char text[64];
        (void)snprintf(
            text,
            sizeof text,
            "database of version %" PRIu32 ", this program reads %u",
            number,
            LEDGER_DATA_VERSION);
        return yq_fail(why, YQ_E_DATA_VERSION, 0, text);
    }
    yq_db_value genesis;
    yq_status status = meta_read(l, META_GENESIS, &genesis);
    if (status == YQ_OK && !yq_slice_equal(genesis.bytes, l->identity.genesis)) {
        status = yq_fail(why, YQ_E_CONFIG_INVALID, 0, "the database belongs to another genesis");
    }
    yq_db_value_free(&genesis);
    return status;
}

/* The tip and all that belongs to it. */
static yq_status load_tip(yq_ledger *l)
{
    yq_db_value value = {0};
    uint64_t height = 0, first_height;
    yq_status status = meta_read(l, META_TIP, &value);
    if (status == YQ_OK) {
        status = tip_row_get(value.bytes, &height, &l->epoch, &l->history);
    }
    yq_db_value_free(&value);
    if (status == YQ_OK) {
        status = epoch_read(l->db, NULL, l->epoch, &l->set, &first_height);
    }
    if (status == YQ_OK) {
        yq_view_block *block = yq_mem_alloc(sizeof *block);
        status = block_read(l->db, NULL, height, block, &value);
        l->tip = block->tip;
        yq_mem_free(block);
        yq_db_value_free(&value);
    }
    if (status == YQ_OK) {
        status = publish(l, height);
    }
    return status == YQ_E_NOT_FOUND ? YQ_E_CORRUPT : status;
}

static yq_status load_base(yq_ledger *l)
{
    yq_db_value value;
    yq_status status = meta_read(l, META_BASE, &value);
    if (status == YQ_OK && value.found) {
        yq_cur c = yq_cur_of(value.bytes);
        l->base = yq_cur_u64(&c);
        status = yq_cur_done(&c, NULL) == YQ_OK ? YQ_OK : YQ_E_CORRUPT;
    }
    yq_db_value_free(&value);
    return status;
}

/* The state tree's root is that of the tip: a database that was put together from two is told. */
static yq_status check_root(yq_ledger *l)
{
    uint8_t prefix = ROW_TREE;
    yq_tree_source source = {
        .alg = l->identity.alg, .prefix = yq_slice_of(&prefix, 1), .db = l->db};
    yq_digest root;
    yq_status status = yq_tree_root(&source, &root);
    if (status == YQ_OK && !digest_equal(&root, &l->published->block.roots.state_root)) {
        return YQ_E_CORRUPT;
    }
    return status;
}

static yq_status load(yq_ledger *l, const yq_genesis *genesis, yq_fault *why)
{
    yq_db_value version;
    yq_status status = meta_read(l, META_VERSION, &version);
    if (status == YQ_OK) {
        status = version.found ? check_meta(l, &version, why) : exec_genesis(l, genesis, why);
    }
    yq_db_value_free(&version);
    if (status == YQ_OK) {
        status = load_tip(l);
        if (status == YQ_OK) {
            status = load_base(l);
        }
        if (status == YQ_OK) {
            status = check_root(l);
        }
        if (status != YQ_OK) {
            (void)yq_fail(why, status, 0, "database: tip");
        }
    }
    return status;
}

static void set_identity(yq_ledger *l, const yq_genesis *genesis)
{
    l->identity.hub = genesis->hub;
    l->identity.display = genesis->display;
    l->identity.alg = genesis->alg;
    l->identity.suite = genesis->suite;
    l->identity.single_operator = genesis->single_operator;
    yq_genesis_chain_hash(genesis, l->identity.genesis, &l->identity.chain_id_hash);
}

yq_status yq_ledger_open(const yq_ledger_config *config, yq_ledger **ledger, yq_fault *why)
{
    yq_ledger *l = yq_mem_alloc(sizeof *l);
    l->plan = yq_mem_alloc(sizeof *l->plan);
    l->config = *config;
    l->genesis = yq_mem_copy(config->genesis.p, config->genesis.n);
    l->identity.genesis = yq_slice_of(l->genesis, config->genesis.n);
    l->config.genesis = l->identity.genesis;
    l->hub_memory = yq_mem_alloc(YQ_HUB_ARENA_SIZE);
    l->check_memory = yq_mem_alloc(YQ_HUB_ARENA_SIZE);
    l->pool = pool_new(&config->pool);
    YQ_ASSERT(pthread_rwlock_init(&l->lock, NULL) == 0);
    YQ_ASSERT(pthread_mutex_init(&l->check_lock, NULL) == 0);
    yq_status status = yq_genesis_decode(l->identity.genesis, l->plan, why);
    if (status == YQ_OK) {
        set_identity(l, l->plan);
        status = yq_db_open(config->path, &l->db, why);
    }
    if (status == YQ_OK) {
        status = load(l, l->plan, why);
    }
    if (status != YQ_OK) {
        yq_ledger_close(l);
        return status;
    }
    *ledger = l;
    return YQ_OK;
}

void yq_ledger_close(yq_ledger *l)
{
    if (l == NULL) {
        return;
    }
    while (l->overlays != NULL) {
        overlay *next = l->overlays->next;
        overlay_free(l->overlays);
        l->overlays = next;
    }
    if (l->published != NULL) {
        YQ_ASSERT(l->published->refs == 1);
        published_release(l, l->published);
    }
    pool_free(l->pool);
    yq_db_close(l->db);
    (void)pthread_rwlock_destroy(&l->lock);
    (void)pthread_mutex_destroy(&l->check_lock);
    yq_mem_free(l->hub_memory);
    yq_mem_free(l->check_memory);
    yq_mem_free(l->genesis);
    yq_mem_free(l->plan);
    yq_mem_free(l);
}

uint64_t yq_ledger_base(const yq_ledger *ledger)
{
    return ledger->base;
}

const yq_ledger_identity *yq_ledger_identity_of(const yq_ledger *ledger)
{
    return &ledger->identity;
}

const yq_genesis *yq_ledger_genesis(const yq_ledger *ledger)
{
    return ledger->plan;
}

yq_pool *yq_ledger_pool(yq_ledger *ledger)
{
    return ledger->pool;
}

static yq_status tip_read(yq_ledger *l, uint64_t height, yq_bft_tip *tip)
{
    yq_db_value value;
    yq_view_block *block = yq_mem_alloc(sizeof *block);
    yq_status status = block_read(l->db, NULL, height, block, &value);
    *tip = block->tip;
    yq_db_value_free(&value);
    yq_mem_free(block);
    return status;
}

yq_status yq_ledger_start_of(yq_ledger *l, yq_ledger_start *out)
{
    uint64_t first_height = 0;
    *out = (yq_ledger_start){0};
    (void)pthread_rwlock_rdlock(&l->lock);
    out->tip = l->tip;
    out->set = l->set;
    uint64_t epoch = l->epoch;
    (void)pthread_rwlock_unlock(&l->lock);
    yq_status status = epoch_read(l->db, NULL, epoch, &out->set, &first_height);
    if (status == YQ_OK) {
        status = tip_read(l, first_height - 1, &out->base);
    }
    if (status == YQ_OK) {
        status = cert_read(l->db, NULL, out->tip.header.height, &out->has_cert, &out->cert);
    }
    return status == YQ_E_NOT_FOUND ? YQ_E_CORRUPT : status;
}
