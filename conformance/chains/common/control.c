#include "conformance/chains/common/control.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

#include <stdlib.h>

#define COUNT_MAX 10000u

/* ---- members ----------------------------------------------------------------------------------
 */

yq_status yq_mock_missing(const yq_mock_control *c, const char *key)
{
    return yq_fail(c->why, YQ_E_FIELD_MISSING, 0, key);
}

yq_status yq_mock_take_text(const yq_mock_control *c, const char *key, yq_slice *out)
{
    return yq_json_text(yq_json_get(c->command, key), out) ? YQ_OK : yq_mock_missing(c, key);
}

uint64_t yq_mock_number_of(const yq_mock_control *c, const char *key, uint64_t otherwise)
{
    uint64_t value;
    return yq_json_uint(yq_json_get(c->command, key), &value) ? value : otherwise;
}

/* Out: memory to be freed, also when it fails. */
static yq_status take_bytes(const yq_mock_control *c, const char *key, yq_buf *out)
{
    yq_slice text;
    const yq_json *value = yq_json_get(c->command, key);
    *out = (yq_buf){0};
    if (!yq_json_text(value, &text)) {
        return yq_mock_missing(c, key);
    }
    *out = (yq_buf){malloc(text.n / 2 + 1), text.n / 2 + 1, 0};
    YQ_ASSERT(out->p != NULL);
    if (!yq_json_hex(value, out)) {
        return yq_fail(c->why, YQ_E_TYPE, 0, key);
    }
    size_t max = c->hooks->payload_max;
    return max == 0 || out->n <= max ? YQ_OK : yq_fail(c->why, YQ_E_LIMIT, 0, key);
}

static yq_status take_count(const yq_mock_control *c, uint64_t *count)
{
    *count = yq_mock_number_of(c, "count", 1);
    return *count <= COUNT_MAX ? YQ_OK : yq_fail(c->why, YQ_E_LIMIT, 0, "count");
}

static yq_status take_keys(const yq_mock_control *c, yq_valset *set)
{
    const yq_json *keys = yq_json_get(c->command, "keys");
    size_t n = yq_json_count(keys);
    if (!yq_json_is_array(keys) || n == 0 || n > YQ_VALIDATORS_MAX) {
        return yq_mock_missing(c, "keys");
    }
    set->n = (uint16_t)n;
    for (size_t i = 0; i < n; i++) {
        yq_buf room = {set->key[i], sizeof set->key[i], 0};
        if (!yq_json_hex(yq_json_at(keys, i), &room) || room.n != sizeof set->key[i]) {
            return yq_fail(c->why, YQ_E_TYPE, 0, "keys");
        }
    }
    return YQ_OK;
}

static yq_status take_set(const yq_mock_control *c, yq_valset *set)
{
    uint64_t epoch;
    if (!yq_json_uint(yq_json_get(c->command, "epoch"), &epoch)) {
        return yq_mock_missing(c, "epoch");
    }
    *set = (yq_valset){.epoch = epoch, .suite = YQ_SUITE_SM2};
    yq_status status = take_keys(c, set);
    if (status != YQ_OK) {
        return status;
    }
    yq_buf room = {set->chain_id_hash.b, sizeof set->chain_id_hash.b, 0};
    const yq_json *id = yq_json_get(c->command, "chain_id_hash");
    if (!yq_json_hex(id, &room) || room.n != sizeof set->chain_id_hash.b) {
        return yq_mock_missing(c, "chain_id_hash");
    }
    return yq_valset_check(set) == YQ_OK
               ? YQ_OK
               : yq_fail(c->why, YQ_E_CONFIG_INVALID, 0, "keys: not ascending, or no keys");
}

/* ---- commands ---------------------------------------------------------------------------------
 */

static yq_status need_inbox(const yq_mock_control *c)
{
    return c->hooks->inbox(c) != NULL ? YQ_OK
                                      : yq_fail(c->why, YQ_E_STATE, 0, "no inbox is deployed");
}

/* The hash by which the hub must keep this chain's outbox. */
static void write_hash(const yq_mock_control *c)
{
    static const char *const word[] = {
        [YQ_HASH_SM3] = "sm3", [YQ_HASH_SHA256] = "sha256", [YQ_HASH_KECCAK256] = "keccak256"};
    const yq_contract *model = c->hooks->inbox(c);
    yq_contract_view view = {0};
    if (model != NULL) {
        yq_contract_look(model, &view);
        YQ_ASSERT(view.hash < YQ_ARRAY_N(word) && word[view.hash] != NULL);
        yq_json_out_str(c->reply, "hash", word[view.hash]);
    }
}

/* "set": that of a suite with export certificates, as the hub's interface shows it. */
static yq_status take_exports(const yq_mock_control *c, yq_export_set *set)
{
    uint8_t bytes[YQ_EXPORT_SET_SIZE_MAX];
    yq_buf room = {bytes, sizeof bytes, 0};
    if (!yq_json_hex(yq_json_get(c->command, "set"), &room)) {
        return yq_mock_missing(c, "set");
    }
    yq_status status = yq_export_set_decode(yq_slice_of(bytes, room.n), set, c->why);
    room = (yq_buf){set->chain_id_hash.b, sizeof set->chain_id_hash.b, 0};
    const yq_json *id = yq_json_get(c->command, "chain_id_hash");
    if (status == YQ_OK && (!yq_json_hex(id, &room) || room.n != YQ_DIGEST_SIZE)) {
        status = yq_mock_missing(c, "chain_id_hash");
    }
    return status;
}

static yq_status take_sets(
    const yq_mock_control *c, yq_contract_config *config, yq_export_set *exports)
{
    if (yq_json_get(c->command, "set") == NULL) {
        return take_set(c, &config->set);
    }
    config->exports = exports;
    return take_exports(c, exports);
}

static yq_status do_deploy(const yq_mock_control *c)
{
    yq_contract_config config = {.floor = yq_mock_number_of(c, "floor", 0)};
    yq_export_set exports;
    yq_status status = yq_mock_take_text(c, "hub", &config.hub);
    if (status == YQ_OK && (config.hub.n == 0 || config.hub.n > YQ_CHAIN_ID_SIZE_MAX)) {
        status = yq_fail(c->why, YQ_E_CONFIG_INVALID, 0, "hub");
    }
    status = status == YQ_OK ? take_sets(c, &config, &exports) : status;
    status = status == YQ_OK ? c->hooks->deploy(c, &config) : status;
    if (status == YQ_OK) {
        write_hash(c);
    }
    return status;
}

static yq_status do_send(const yq_mock_control *c)
{
    yq_send send = {.deadline_ms = yq_mock_number_of(c, "deadline_ms", 0)};
    yq_buf payload = {0};
    uint64_t count = 0;
    yq_status status = need_inbox(c);
    status = status == YQ_OK ? yq_mock_take_text(c, "service", &send.service) : status;
    status = status == YQ_OK ? yq_mock_take_text(c, "dst_chain", &send.dst_chain) : status;
    status = status == YQ_OK ? yq_mock_take_text(c, "dst_service", &send.dst_service) : status;
    status = status == YQ_OK ? take_count(c, &count) : status;
    status = status == YQ_OK ? take_bytes(c, "payload", &payload) : status;
    yq_buf argument = {malloc(payload.n + 1024), payload.n + 1024, 0};
    YQ_ASSERT(argument.p != NULL);
    if (status == YQ_OK) {
        send.payload = yq_slice_of(payload.p, payload.n);
        status = yq_send_encode(&send, &argument);
    }
    if (status == YQ_OK) {
        status = c->hooks->send(c, yq_slice_of(argument.p, argument.n), count);
    }
    free(argument.p);
    free(payload.p);
    return status;
}

static yq_status do_emit(const yq_mock_control *c)
{
    yq_buf payload;
    uint64_t count = 0;
    yq_status status = take_bytes(c, "payload", &payload);
    status = status == YQ_OK ? take_count(c, &count) : status;
    if (status == YQ_OK) {
        status = c->hooks->emit(c, yq_slice_of(payload.p, payload.n), count);
    }
    free(payload.p);
    return status;
}

static yq_status make_fork(const yq_mock_control *c)
{
    yq_digest hash, shown;
    uint64_t height = yq_mock_number_of(c, "height", c->hooks->height(c));
    yq_status status = c->hooks->fork(c, height, &hash, &shown);
    if (status != YQ_OK) {
        return yq_fail(c->why, status, 0, "height");
    }
    yq_json_out_uint(c->reply, "height", height);
    yq_json_out_hex(c->reply, "hash", YQ_SLICE_OF(hash.b));
    yq_json_out_hex(c->reply, "shown", YQ_SLICE_OF(shown.b));
    return YQ_OK;
}

static yq_status do_hostile(const yq_mock_control *c)
{
    yq_slice name;
    yq_status status = yq_mock_take_text(c, "mode", &name);
    if (status != YQ_OK) {
        return status;
    }
    yq_mock_mode mode = yq_mock_mode_of(name);
    if (mode == YQ_MOCK_MODE_N) {
        return yq_fail(c->why, YQ_E_FIELD_UNKNOWN, 0, "mode");
    }
    if (c->hooks->supports != NULL) {
        status = c->hooks->supports(c, mode);
    }
    if (status == YQ_OK && mode == YQ_MOCK_FOREIGN_EMITTER && c->hooks->foreign != NULL) {
        status = need_inbox(c);
        status = status == YQ_OK ? c->hooks->foreign(c) : status;
    }
    if (status == YQ_OK && mode == YQ_MOCK_FORK) {
        status = make_fork(c);
    }
    if (status == YQ_OK) {
        c->hooks->set_mode(c, mode);
    }
    return status;
}

static yq_status do_next_set(const yq_mock_control *c)
{
    yq_valset set = {0};
    yq_status status = need_inbox(c);
    status = status == YQ_OK ? take_set(c, &set) : status;
    if (status != YQ_OK) {
        return status;
    }
    return c->hooks->next_set(c, &set)
               ? YQ_OK
               : yq_fail(c->why, YQ_E_VALSET_HASH, 0, "the inbox refused the set");
}

static void write_item(const yq_mock_control *c, const yq_contract_item *item)
{
    yq_json_out_object(c->reply, NULL);
    yq_json_out_uint(c->reply, "index", item->index);
    yq_json_out_uint(c->reply, "deliveries", item->deliveries);
    yq_json_out_uint(c->reply, "executions", item->executions);
    yq_json_out_uint(c->reply, "position", item->position);
    yq_json_out_uint(c->reply, "status", item->status);
    yq_json_out_hex(c->reply, "payload_sm3", YQ_SLICE_OF(item->payload_sm3.b));
    yq_json_out_end(c->reply);
}

static yq_status do_inbox(const yq_mock_control *c)
{
    const yq_contract *model = c->hooks->inbox(c);
    yq_contract_view view;
    yq_contract_item item;
    yq_status status = need_inbox(c);
    if (status != YQ_OK) {
        return status;
    }
    yq_contract_look(model, &view);
    yq_json_out_uint(c->reply, "executed", view.executed);
    yq_json_out_uint(c->reply, "spent", view.spent);
    yq_json_out_uint(c->reply, "settled", view.settled);
    yq_json_out_uint(c->reply, "sent", view.sent);
    yq_json_out_uint(c->reply, "epoch", view.epoch);
    yq_json_out_uint(c->reply, "height", view.height);
    yq_json_out_array(c->reply, "items");
    for (uint64_t i = 0; yq_contract_item_at(model, i, &item); i++) {
        write_item(c, &item);
    }
    yq_json_out_end(c->reply);
    return YQ_OK;
}

static yq_status do_status(const yq_mock_control *c)
{
    c->hooks->status(c);
    return YQ_OK;
}

static const yq_mock_command *find(const yq_mock_command *command, size_t n, yq_slice name)
{
    for (size_t i = 0; i < n; i++) {
        if (yq_slice_equal(name, yq_slice_text(command[i].name))) {
            return &command[i];
        }
    }
    return NULL;
}

yq_status yq_mock_control_run(const yq_mock_control *c)
{
    static const yq_mock_command commands[] = {
        {"deploy", do_deploy},
        {"send", do_send},
        {"emit", do_emit},
        {"hostile", do_hostile},
        {"next_set", do_next_set},
        {"inbox", do_inbox},
        {"status", do_status},
    };
    yq_slice name;
    yq_status status = yq_mock_take_text(c, "do", &name);
    if (status != YQ_OK) {
        return status;
    }
    const yq_mock_command *command = find(commands, YQ_ARRAY_N(commands), name);
    if (command == NULL) {
        command = find(c->hooks->own, c->hooks->own_n, name);
    }
    return command != NULL ? command->run(c) : yq_fail(c->why, YQ_E_METHOD_UNKNOWN, 0, "do");
}
