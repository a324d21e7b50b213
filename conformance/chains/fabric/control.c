#include "conformance/chains/fabric/control.h"

#include "conformance/chains/common/control.h"
#include "conformance/chains/fabric/gateway.h"
#include "conformance/chains/fabric/inbox.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define PATH_MAX_SIZE 1024u

static yq_fbmock_chain *chain_of(const yq_mock_control *c)
{
    return c->chain;
}

static yq_status deploy(const yq_mock_control *c, const yq_contract_config *config)
{
    yq_status status = yq_fbmock_inbox_deploy(c->chain, config, c->time);
    if (status != YQ_OK) {
        return yq_fail(c->why, status, 0, "deploy");
    }
    yq_json_out_hex(c->reply, "inbox", yq_slice_text(YQ_FBMOCK_INBOX));
    yq_json_out_hex(c->reply, "event", yq_slice_text(YQ_FBMOCK_INBOX_EVENT));
    return YQ_OK;
}

static const yq_contract *inbox_of(const yq_mock_control *c)
{
    return chain_of(c)->inbox;
}

static yq_status check_room(const yq_mock_control *c, uint64_t count)
{
    return count <= YQ_FBMOCK_POOL_MAX - chain_of(c)->pool_n
               ? YQ_OK
               : yq_fail(c->why, YQ_E_LIMIT, 0, "count");
}

static yq_status send(const yq_mock_control *c, yq_slice argument, uint64_t count)
{
    yq_status status = check_room(c, count);
    yq_json_out_array(c->reply, "txs");
    for (uint64_t i = 0; i < count && status == YQ_OK; i++) {
        char tx_id[YQ_FBMOCK_TX_ID_SIZE];
        status = yq_fbmock_call_inbox(c->chain, "sendMessage", argument, tx_id);
        yq_json_out_str(c->reply, NULL, tx_id);
    }
    yq_json_out_end(c->reply);
    return status;
}

static yq_status emit(const yq_mock_control *c, yq_slice payload, uint64_t count)
{
    yq_status status = check_room(c, count);
    yq_json_out_str(c->reply, "emitter", YQ_FBMOCK_CHAINCODE);
    yq_json_out_str(c->reply, "event", YQ_FBMOCK_EVENT);
    yq_json_out_array(c->reply, "txs");
    for (uint64_t i = 0; i < count && status == YQ_OK; i++) {
        char tx_id[YQ_FBMOCK_TX_ID_SIZE];
        status = yq_fbmock_emit(c->chain, payload, tx_id);
        yq_json_out_str(c->reply, NULL, tx_id);
    }
    yq_json_out_end(c->reply);
    return status;
}

static uint64_t height_of(const yq_mock_control *c)
{
    return chain_of(c)->store->n - 1;
}

static yq_status fork_at(
    const yq_mock_control *c, uint64_t height, yq_digest *hash, yq_digest *shown)
{
    yq_status status = yq_fbmock_hostile(c->chain, YQ_MOCK_FORK, height, hash, c->why);
    *shown = *hash;
    return status;
}

static void set_mode(const yq_mock_control *c, yq_mock_mode mode)
{
    yq_status status =
        mode == YQ_MOCK_FORK ? YQ_OK : yq_fbmock_hostile(c->chain, mode, 0, NULL, c->why);
    YQ_ASSERT(status == YQ_OK);
}

static int next_set(const yq_mock_control *c, const yq_valset *set)
{
    uint8_t room[YQ_VALSET_STEP_MAX];
    char tx_id[YQ_FBMOCK_TX_ID_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_valset_step_put(&w, set);
    YQ_ASSERT(w.status == YQ_OK);
    yq_status status = yq_fbmock_call_inbox(c->chain, "stepEpoch", yq_writer_slice(&w), tx_id);
    while (yq_fbmock_seal(c->chain, c->time)) {
    }
    return status == YQ_OK && yq_fbmock_fate_of(c->chain, yq_slice_text(tx_id)) != NULL;
}

static void write_status(const yq_mock_control *c)
{
    const yq_fbmock_chain *chain = c->chain;
    yq_json_out_uint(c->reply, "height", height_of(c));
    yq_json_out_uint(c->reply, "waiting", chain->pool_n);
    yq_json_out_str(c->reply, "mode", yq_mock_mode_name(chain->mode));
    yq_json_out_str(c->reply, "gateway", yq_fbmock_gateway_mode_name(chain->gateway));
    yq_json_out_str(c->reply, "msp_id", chain->client.msp);
}

/* ---- commands of this framework ---- */

/* Writes one PEM file of its own, private to its owner. Returns 0 when it cannot. */
static int write_pem(const char *path, yq_slice text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int good = fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n;
    return fd >= 0 && close(fd) == 0 && good;
}

static yq_status take_path(const yq_mock_control *c, const char *key, char path[PATH_MAX_SIZE])
{
    yq_slice text;
    yq_status status = yq_mock_take_text(c, key, &text);
    if (status != YQ_OK || text.n >= PATH_MAX_SIZE) {
        return status == YQ_OK ? yq_mock_missing(c, key) : status;
    }
    memcpy(path, text.p, text.n);
    path[text.n] = '\0';
    return YQ_OK;
}

/* {cert_file, key_file}: who a client of this channel is. */
static yq_status do_identity(const yq_mock_control *c)
{
    char cert[PATH_MAX_SIZE], key[PATH_MAX_SIZE];
    const yq_fbmock_member *m = &chain_of(c)->client;
    yq_status status = take_path(c, "cert_file", cert);
    status = status == YQ_OK ? take_path(c, "key_file", key) : status;
    if (status != YQ_OK) {
        return status;
    }
    if (!write_pem(cert, yq_slice_of(m->pem, m->pem_n))) {
        return yq_fail(c->why, YQ_E_IO, 0, "cert_file");
    }
    return yq_key_write(m->key, key, NULL, c->why);
}

/* {mode}: what the gateway does from now on. */
static yq_status do_gateway(const yq_mock_control *c)
{
    yq_slice name;
    yq_status status = yq_mock_take_text(c, "mode", &name);
    if (status != YQ_OK) {
        return status;
    }
    for (unsigned i = 0; i < YQ_FBMOCK_GATEWAY_MODE_N; i++) {
        if (yq_slice_equal(name, yq_slice_text(yq_fbmock_gateway_mode_name(i)))) {
            chain_of(c)->gateway = (yq_fbmock_gateway_mode)i;
            return YQ_OK;
        }
    }
    return yq_fail(c->why, YQ_E_FIELD_UNKNOWN, 0, "mode");
}

yq_status yq_fbmock_control(
    yq_fbmock_chain *chain,
    uint64_t now_ms,
    const yq_json *command,
    yq_json_out *reply,
    yq_fault *why)
{
    static const yq_mock_command own[] = {{"identity", do_identity}, {"gateway", do_gateway}};
    static const yq_mock_hooks hooks = {
        .deploy = deploy,
        .inbox = inbox_of,
        .send = send,
        .emit = emit,
        .height = height_of,
        .fork = fork_at,
        .set_mode = set_mode,
        .next_set = next_set,
        .status = write_status,
        .payload_max = YQ_FBMOCK_PAYLOAD_MAX,
        .own = own,
        .own_n = YQ_ARRAY_N(own),
    };
    const yq_mock_control c = {&hooks, chain, now_ms, command, reply, why};
    return yq_mock_control_run(&c);
}
