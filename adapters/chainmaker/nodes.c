/* Who votes, and with which keys: what the light client keeps, found again from the chain. */
#include "adapters/chainmaker/session.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

#define LOOK_AHEAD 32u /* blocks whose votes are looked through for keys */

/* The one transaction of a configuration block left the configuration as its result. */
static yq_status read_config(
    const yq_cma_session *s, const yq_cma_block *block, yq_cma_config *config, yq_fault *why)
{
    yq_cur at = yq_cur_of(block->raw);
    yq_slice raw;
    yq_cma_tx tx;
    if (!block->header.is_config || !yq_cma_block_next(&at, &raw)) {
        return yq_fail(why, YQ_E_PEER, 0, "no configuration block where one has to be");
    }
    yq_status status = yq_cma_tx_decode(raw, &tx, why);
    status = status == YQ_OK ? yq_cma_config_decode(tx.result, config, why) : status;
    if (status == YQ_OK && !yq_slice_equal(config->chain_id, yq_slice_text(s->chain_id))) {
        return yq_fail(why, YQ_E_DOMAIN, 0, "chain_id: the nodes' chain is another one");
    }
    return status;
}

yq_status yq_cma_config_at(
    yq_cma_session *s,
    uint64_t conf,
    uint64_t until_ms,
    yq_cma_bytes *room,
    yq_cma_config *config,
    uint64_t *before,
    yq_fault *why)
{
    yq_cma_block block;
    yq_status status = yq_cma_source_any(s, conf, until_ms, room, &block, why);
    if (status == YQ_OK) {
        status = read_config(s, &block, config, why);
        *before = block.header.conf_height;
    }
    return status;
}

static void copy_nodes(const yq_cma_config *config, yq_cma_set *set)
{
    *set = (yq_cma_set){.n = config->node_n};
    for (size_t i = 0; i < config->node_n; i++) {
        set->node[i].id_n = config->node[i].n;
        yq_bytes_copy(set->node[i].id, config->node[i].p, config->node[i].n);
    }
}

/* ---- keys of the anchor's nodes ---- */

static size_t missing_keys(const yq_cma_set *set)
{
    size_t n = 0;
    for (size_t i = 0; i < set->n; i++) {
        n += set->node[i].signer.scheme == YQ_CMA_UNKNOWN ? 1 : 0;
    }
    return n;
}

static void take_stated(const yq_cma_session *s, yq_cma_set *set)
{
    for (size_t i = 0; i < s->stated_n; i++) {
        size_t at = yq_cma_set_find(set, yq_slice_text(s->stated[i].id));
        if (at < set->n) {
            set->node[at].signer = s->stated[i].signer;
        }
    }
}

/* Keys that nodes show with their votes; a vote that its key does not fit says nothing. */
static void learn(
    const yq_cma_session *s, const yq_cma_block *block, const yq_digest *hash, yq_cma_set *set)
{
    yq_cur at = yq_cur_of(block->votes);
    yq_cma_vote vote;
    while (yq_cma_vote_next(&at, &vote)) {
        yq_cma_member member;
        yq_cma_signer signer;
        size_t i = yq_cma_set_find(set, vote.voter);
        if (i == set->n || set->node[i].signer.scheme != YQ_CMA_UNKNOWN ||
            yq_cma_member_decode(vote.signer, &member, NULL) != YQ_OK ||
            yq_cma_signer_of_pem(member.info, s->alg, &signer, NULL) != YQ_OK) {
            continue;
        }
        yq_cma_votes votes = {0};
        yq_cma_set one = {.n = 1, .node[0] = set->node[i]};
        one.node[0].signer = signer;
        yq_cma_votes_add(&one, block->header.height, hash, block->votes, &votes);
        if (votes.n == 1) {
            set->node[i].signer = signer;
        }
    }
}

static yq_status learn_from_block(
    yq_cma_session *s, uint64_t height, uint64_t until_ms, yq_cma_set *set, yq_fault *why)
{
    const yq_cma_block *block;
    yq_digest hash;
    yq_status status = yq_cma_source_block(s, height, until_ms, &block, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_buf room = {malloc(YQ_CMA_HEADER_MAX), YQ_CMA_HEADER_MAX, 0};
    status =
        room.p == NULL ? YQ_E_MEMORY : yq_cma_header_hash(s->alg, block->header.raw, room, &hash);
    if (status == YQ_OK) {
        learn(s, block, &hash, set);
    }
    free(room.p);
    return status == YQ_OK ? YQ_OK : yq_fail(why, status, 0, "header");
}

static yq_status unknown_key(const yq_cma_set *set, yq_fault *why)
{
    char text[sizeof why->text];
    for (size_t i = 0; i < set->n; i++) {
        const yq_cma_node *node = &set->node[i];
        if (node->signer.scheme == YQ_CMA_UNKNOWN) {
            (void)snprintf(
                text,
                sizeof text,
                "no key of node %.*s: set node.ID",
                (int)(node->id_n < 64 ? node->id_n : 64),
                node->id);
            return yq_fail(why, YQ_E_ANCHOR, 0, text);
        }
    }
    return YQ_OK;
}

/* Configurations above the anchor end the search: from there on others vote. */
static yq_status learn_keys(yq_cma_session *s, uint64_t until_ms, yq_cma_set *set, yq_fault *why)
{
    uint64_t newest;
    yq_status status = yq_cma_source_latest(s, until_ms, &newest, why);
    for (uint64_t h = s->anchor_height + 1;
         status == YQ_OK && h <= newest && h <= s->anchor_height + LOOK_AHEAD &&
         missing_keys(set) > 0;
         h++) {
        status = learn_from_block(s, h, until_ms, set, why);
    }
    return status == YQ_OK ? unknown_key(set, why) : status;
}

/* The configuration that is in force behind a block. */
static uint64_t conf_behind(const yq_cma_header *header)
{
    return header->is_config ? header->height : header->conf_height;
}

yq_status yq_cma_nodes_root(yq_cma_session *s, uint64_t until_ms, yq_fault *why)
{
    const yq_cma_block *block;
    yq_cma_bytes room = {0};
    yq_cma_config config = {0};
    uint64_t before = 0;
    if (s->has_root) {
        return YQ_OK;
    }
    yq_status status = yq_cma_source_block(s, s->anchor_height, until_ms, &block, why);
    if (status != YQ_OK) {
        return status;
    }
    uint64_t conf = conf_behind(&block->header);
    status = yq_cma_config_at(s, conf, until_ms, &room, &config, &before, why);
    if (status == YQ_OK) {
        copy_nodes(&config, &s->root);
        take_stated(s, &s->root);
        status = learn_keys(s, until_ms, &s->root, why);
    }
    yq_cma_bytes_free(&room);
    s->has_root = status == YQ_OK;
    s->root_conf = conf;
    return status;
}

/* ---- later configurations ---- */

/* A node keeps its key while it stays; one that was away has none. */
static void keep_keys(const yq_cma_set *old, yq_cma_set *set, const uint8_t *was_away)
{
    for (size_t i = 0; i < set->n; i++) {
        size_t at = yq_cma_set_find(old, yq_slice_of(set->node[i].id, set->node[i].id_n));
        if (at < old->n && !was_away[i]) {
            set->node[i].signer = old->node[at].signer;
        }
    }
}

/* The set that is known at a configuration's height, NULL when none is. */
static const yq_cma_set *known_set(const yq_cma_session *s, uint64_t conf)
{
    if (s->has_set && s->set_conf == conf) {
        return &s->set;
    }
    return s->has_root && s->root_conf == conf ? &s->root : NULL;
}

static void note_absent(const yq_cma_config *config, const yq_cma_set *set, uint8_t *was_away)
{
    for (size_t i = 0; i < set->n; i++) {
        yq_slice id = yq_slice_of(set->node[i].id, set->node[i].id_n);
        size_t k = 0;
        while (k < config->node_n && !yq_slice_equal(config->node[k], id)) {
            k++;
        }
        was_away[i] |= k == config->node_n ? 1 : 0;
    }
}

/* Walks down from a configuration to one whose set is known. */
static yq_status walk(
    yq_cma_session *s, uint64_t conf, uint64_t until_ms, yq_cma_set *set, yq_fault *why)
{
    uint8_t was_away[YQ_CMA_NODES_MAX] = {0};
    const yq_cma_set *old = NULL;
    int is_first = 1;
    while (old == NULL) {
        yq_cma_bytes room = {0};
        yq_cma_config config = {0};
        uint64_t before = 0;
        yq_status status = yq_cma_config_at(s, conf, until_ms, &room, &config, &before, why);
        if (status == YQ_OK && is_first) {
            copy_nodes(&config, set);
        } else if (status == YQ_OK) {
            note_absent(&config, set, was_away);
        }
        yq_cma_bytes_free(&room);
        if (status != YQ_OK) {
            return status;
        }
        if (before >= conf || before < s->root_conf) {
            return yq_fail(why, YQ_E_PEER, 0, "pre_conf_height does not lead to the anchor");
        }
        is_first = 0;
        conf = before;
        old = known_set(s, conf);
    }
    keep_keys(old, set, was_away);
    return YQ_OK;
}

yq_status yq_cma_nodes_get(
    yq_cma_session *s, uint64_t conf, uint64_t until_ms, const yq_cma_set **set, yq_fault *why)
{
    yq_status status = yq_cma_nodes_root(s, until_ms, why);
    if (status != YQ_OK) {
        return status;
    }
    *set = known_set(s, conf);
    if (*set != NULL) {
        return YQ_OK;
    }
    yq_cma_set *next = malloc(sizeof *next);
    if (next == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "nodes");
    }
    status = walk(s, conf, until_ms, next, why);
    if (status == YQ_OK) {
        s->set = *next;
        s->set_conf = conf;
        s->has_set = 1;
        *set = &s->set;
    }
    free(next);
    return status;
}
