#include "conformance/chains/cometbft/cmock.h"
#include "relay/base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void yq_cmock_out_number(yq_json_out *out, const char *key, uint64_t value)
{
    char text[24];
    (void)yq_decimal_encode(text, value);
    yq_json_out_str(out, key, text);
}

/* Hashes and addresses stand in capitals. */
void yq_cmock_out_hex(yq_json_out *out, const char *key, yq_slice bytes)
{
    static const char digit[] = "0123456789ABCDEF";
    char text[2 * 64 + 1];
    YQ_ASSERT(bytes.n <= 64);
    for (size_t i = 0; i < bytes.n; i++) {
        text[2 * i] = digit[bytes.p[i] >> 4];
        text[2 * i + 1] = digit[bytes.p[i] & 15];
    }
    yq_json_out_text(out, key, yq_slice_of(text, 2 * bytes.n));
}

void yq_cmock_out_base64(yq_json_out *out, const char *key, yq_slice bytes)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = malloc((bytes.n + 2) / 3 * 4 + 1);
    YQ_ASSERT(text != NULL);
    size_t at = 0;
    for (size_t i = 0; i < bytes.n; i += 3) {
        uint8_t b[3] = {bytes.p[i], 0, 0};
        size_t n = bytes.n - i < 3 ? bytes.n - i : 3;
        memcpy(b, bytes.p + i, n);
        text[at++] = digit[b[0] >> 2];
        text[at++] = digit[(b[0] & 3) << 4 | b[1] >> 4];
        text[at++] = '=';
        text[at++] = '=';
        if (n > 1) {
            text[at - 2] = digit[(b[1] & 15) << 2 | b[2] >> 6];
        }
        if (n > 2) {
            text[at - 1] = digit[b[2] & 63];
        }
    }
    yq_json_out_text(out, key, yq_slice_of(text, at));
    free(text);
}

/* RFC 3339 as Go prints it: fractions without zeros at their end. */
void yq_cmock_out_time(yq_json_out *out, const char *key, uint64_t ms)
{
    char text[64], fraction[8] = "";
    struct tm parts;
    time_t seconds = (time_t)(ms / 1000);
    YQ_ASSERT(gmtime_r(&seconds, &parts) != NULL);
    size_t n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    if (ms % 1000 != 0) {
        int digits = snprintf(fraction, sizeof fraction, ".%03u", (unsigned)(ms % 1000));
        while (digits > 0 && fraction[digits - 1] == '0') {
            fraction[--digits] = '\0';
        }
    }
    (void)snprintf(text + n, sizeof text - n, "%sZ", fraction);
    yq_json_out_str(out, key, text);
}

static void out_digest(yq_json_out *out, const char *key, const yq_digest *digest)
{
    yq_cmock_out_hex(out, key, YQ_SLICE_OF(digest->b));
}

void yq_cmock_show_block_id(yq_json_out *out, const char *key, const yq_digest *hash)
{
    int is_first = yq_digest_is_zero(hash);
    const yq_digest parts = yq_cmock_parts_hash(hash);
    const size_t size = is_first ? 0 : YQ_DIGEST_SIZE;
    yq_json_out_object(out, key);
    yq_cmock_out_hex(out, "hash", yq_slice_of(hash->b, size));
    yq_json_out_object(out, "parts");
    yq_json_out_uint(out, "total", is_first ? 0 : 1);
    yq_cmock_out_hex(out, "hash", yq_slice_of(parts.b, size));
    yq_json_out_end(out);
    yq_json_out_end(out);
}

void yq_cmock_show_header(
    const yq_cmock_chain *chain, const yq_cmock_block *block, yq_json_out *out)
{
    const yq_digest set = yq_cmock_set_hash(chain, &block->set);
    const yq_digest next = yq_cmock_set_hash(chain, &block->next);
    const yq_digest nothing = yq_cmock_merkle(NULL, 0);
    yq_digest consensus = {{0}};
    yq_hash_one(YQ_HASH_SHA256, yq_slice_text("consensus parameters"), consensus.b);
    yq_json_out_object(out, "header");
    yq_json_out_object(out, "version");
    yq_json_out_str(out, "block", "11");
    yq_json_out_end(out);
    yq_json_out_str(out, "chain_id", chain->id);
    yq_cmock_out_number(out, "height", block->height);
    yq_cmock_out_time(out, "time", block->time_ms);
    yq_cmock_show_block_id(out, "last_block_id", &block->last);
    out_digest(out, "last_commit_hash", &block->last_commit);
    out_digest(out, "data_hash", &block->data);
    out_digest(out, "validators_hash", &set);
    out_digest(out, "next_validators_hash", &next);
    out_digest(out, "consensus_hash", &consensus);
    out_digest(out, "app_hash", &block->app);
    out_digest(out, "last_results_hash", &block->results);
    out_digest(out, "evidence_hash", &nothing);
    yq_cmock_out_hex(
        out, "proposer_address", yq_slice_of(chain->validator[block->set.who[0]].address, 20));
    yq_json_out_end(out);
}

static void show_vote(const yq_cmock_chain *chain, const yq_cmock_vote *vote, yq_json_out *out)
{
    yq_json_out_object(out, NULL);
    yq_json_out_uint(out, "block_id_flag", vote->flag);
    if (vote->flag == 1) {
        yq_json_out_str(out, "validator_address", "");
        yq_json_out_str(out, "timestamp", "0001-01-01T00:00:00Z");
        yq_json_out_null(out, "signature");
    } else {
        yq_cmock_out_hex(
            out, "validator_address", yq_slice_of(chain->validator[vote->who].address, 20));
        yq_cmock_out_time(out, "timestamp", vote->time_ms);
        yq_cmock_out_base64(out, "signature", YQ_SLICE_OF(vote->signature));
    }
    yq_json_out_end(out);
}

void yq_cmock_show_commit(
    const yq_cmock_chain *chain, const yq_cmock_block *block, yq_json_out *out)
{
    yq_json_out_object(out, "commit");
    yq_cmock_out_number(out, "height", block->height);
    yq_json_out_uint(out, "round", 0);
    yq_cmock_show_block_id(out, "block_id", &block->hash);
    yq_json_out_array(out, "signatures");
    for (size_t i = 0; i < block->set.n; i++) {
        show_vote(chain, &block->vote[i], out);
    }
    yq_json_out_end(out);
    yq_json_out_end(out);
}

void yq_cmock_show_validator(
    const yq_cmock_chain *chain, const yq_cmock_set *set, size_t i, yq_json_out *out)
{
    const yq_cmock_validator *v = &chain->validator[set->who[i]];
    yq_json_out_object(out, NULL);
    yq_cmock_out_hex(out, "address", YQ_SLICE_OF(v->address));
    yq_json_out_object(out, "pub_key");
    yq_json_out_str(out, "type", "tendermint/PubKeyEd25519");
    yq_cmock_out_base64(out, "value", YQ_SLICE_OF(v->raw));
    yq_json_out_end(out);
    yq_cmock_out_number(out, "voting_power", set->power[i]);
    yq_json_out_str(out, "proposer_priority", "0");
    yq_json_out_end(out);
}

/* ---- results ---- */

static void show_attribute(yq_json_out *out, const char *key, const char *value)
{
    yq_json_out_object(out, NULL);
    yq_json_out_str(out, "key", key);
    yq_json_out_str(out, "value", value);
    yq_json_out_bool(out, "index", 1);
    yq_json_out_end(out);
}

static void show_number(yq_json_out *out, const char *key, uint64_t value)
{
    char text[24];
    (void)yq_decimal_encode(text, value);
    show_attribute(out, key, text);
}

static void show_hex(yq_json_out *out, const char *key, yq_slice bytes)
{
    char *text = malloc(2 * bytes.n + 1);
    YQ_ASSERT(text != NULL);
    (void)yq_hex_encode(text, 2 * bytes.n + 1, bytes.p, bytes.n);
    show_attribute(out, key, text);
    free(text);
}

static void show_packet_v1(
    const yq_cmock_chain *chain, const yq_cmock_packet *p, yq_slice data, yq_json_out *out)
{
    char end[YQ_CMOCK_NAME_MAX];
    const yq_cmock_module *m = &chain->module[p->module];
    yq_cmock_module_end(chain, m, end);
    show_hex(out, "packet_data_hex", data);
    show_attribute(out, "packet_timeout_height", "0-0");
    show_number(out, "packet_timeout_timestamp", p->timeout);
    show_number(out, "packet_sequence", p->sequence);
    show_attribute(out, "packet_src_port", m->port);
    show_attribute(out, "packet_src_channel", end);
    show_attribute(out, "packet_dst_port", m->port);
    show_attribute(out, "packet_dst_channel", "channel-0");
    show_attribute(out, "packet_channel_ordering", "ORDER_UNORDERED");
    show_attribute(out, "connection_id", "connection-0");
}

static void show_packet_v2(
    const yq_cmock_chain *chain, const yq_cmock_packet *p, yq_slice data, yq_json_out *out)
{
    char end[YQ_CMOCK_NAME_MAX];
    size_t cap = data.n + 1024;
    uint8_t *room = malloc(cap);
    YQ_ASSERT(room != NULL);
    yq_writer w = yq_writer_of(room, cap);
    yq_cmock_packet_put(chain, p, data, &w);
    YQ_ASSERT(w.status == YQ_OK);
    yq_cmock_module_end(chain, &chain->module[p->module], end);
    show_attribute(out, "packet_source_client", end);
    show_attribute(out, "packet_dest_client", "yuqiao-hub");
    show_number(out, "packet_sequence", p->sequence);
    show_number(out, "packet_timeout_timestamp", p->timeout);
    show_hex(out, "encoded_packet_hex", yq_writer_slice(&w));
    free(room);
}

static void show_packet(
    const yq_cmock_chain *chain,
    const yq_cmock_block *block,
    const yq_cmock_packet *p,
    yq_json_out *out)
{
    int alter = block->mode == YQ_MOCK_ALTERED_RECEIPT;
    uint8_t *data = yq_cmock_packet_shown(p, alter);
    yq_json_out_object(out, NULL);
    yq_json_out_str(out, "type", "send_packet");
    yq_json_out_array(out, "attributes");
    if (chain->version == 1) {
        show_packet_v1(chain, p, yq_slice_of(data, p->data_n), out);
    } else {
        show_packet_v2(chain, p, yq_slice_of(data, p->data_n), out);
    }
    yq_json_out_end(out);
    yq_json_out_end(out);
    free(data);
}

void yq_cmock_show_result(
    const yq_cmock_chain *chain,
    const yq_cmock_block *block,
    const yq_cmock_tx *tx,
    const char *key,
    yq_json_out *out)
{
    yq_json_out_object(out, key);
    yq_json_out_uint(out, "code", tx->code);
    yq_json_out_null(out, "data");
    yq_json_out_str(out, "log", tx->log);
    yq_json_out_str(out, "info", "");
    yq_json_out_str(out, "gas_wanted", "0");
    yq_json_out_str(out, "gas_used", "0");
    yq_json_out_array(out, "events");
    if (tx->packet != NULL) {
        show_packet(chain, block, tx->packet, out);
    }
    yq_json_out_end(out);
    yq_json_out_str(out, "codespace", tx->code == 0 ? "" : "yuqiao");
    yq_json_out_end(out);
}
