#include "relay/base/bytes.h"
#include "relay/base/errors.h"
#include "relay/cli/cli.h"
#include "relay/ledger/envelope.h"

#include <stdlib.h>
#include <time.h>

#define VALID_MS (10u * 60u * 1000u)

static uint64_t wall_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

yq_status cli_file(cli *c, const char *path, size_t size_max, yq_slice *out)
{
    *out = (yq_slice){0};
    FILE *f = fopen(path, "rb");
    uint8_t *p = f == NULL ? NULL : malloc(size_max + 1);
    if (p == NULL) {
        if (f != NULL) {
            (void)fclose(f);
        }
        return yq_fail(&c->why, YQ_E_IO, 0, path);
    }
    size_t n = fread(p, 1, size_max + 1, f);
    int bad = ferror(f);
    (void)fclose(f);
    if (bad || n > size_max) {
        free(p);
        return yq_fail(&c->why, bad ? YQ_E_IO : YQ_E_LIMIT, 0, path);
    }
    *out = yq_slice_of(p, n);
    return YQ_OK;
}

/* The first line of --passphrase-file. */
static yq_status passphrase(cli *c, char *room, size_t size, const char **out)
{
    const char *path = cli_get(c, "passphrase-file");
    *out = NULL;
    if (path == NULL) {
        return YQ_OK;
    }
    FILE *f = fopen(path, "r");
    if (f == NULL || fgets(room, (int)size, f) == NULL) {
        if (f != NULL) {
            (void)fclose(f);
        }
        return yq_fail(&c->why, YQ_E_IO, 0, path);
    }
    (void)fclose(f);
    room[strcspn(room, "\r\n")] = '\0';
    *out = room;
    return YQ_OK;
}

yq_status cli_key(cli *c, yq_key **key)
{
    const char *path = cli_get(c, "key"), *secret;
    char room[256];
    *key = NULL;
    if (path == NULL) {
        return cli_usage(c, "--key FILE is needed: this is signed");
    }
    yq_status status = passphrase(c, room, sizeof room, &secret);
    if (status == YQ_OK) {
        status = yq_key_read(path, secret, key, &c->why);
    }
    yq_secret_wipe(room, sizeof room);
    return status;
}

/* What the hub said of the first transaction of a final envelope. */
static yq_status read_result(cli *c, const yq_json *document, cli_result *result)
{
    const yq_json *first = yq_json_at(yq_json_get(document, "results"), 0);
    int64_t number;
    yq_slice text;
    yq_buf data = {result->data, sizeof result->data, 0};
    if (!yq_json_int(yq_json_get(first, "number"), &number) || number > 0 || number <= -500 ||
        !yq_json_uint(yq_json_get(document, "height"), &result->height)) {
        return yq_api_bad_form(&c->why, "the hub's result is not of its form");
    }
    if (yq_json_hex(yq_json_get(first, "data"), &data)) {
        result->data_n = data.n;
    }
    if (yq_json_text(yq_json_get(first, "transaction"), &text) && text.n == 64) {
        memcpy(result->transaction, text.p, 64);
    }
    if (number != 0) {
        char why[100] = "";
        if (yq_json_text(yq_json_get(first, "why"), &text)) {
            (void)snprintf(why, sizeof why, "%.*s", (int)(text.n < 99 ? text.n : 99), text.p);
        }
        return yq_fail(&c->why, (yq_status)number, 0, why);
    }
    return YQ_OK;
}

static yq_status wait_final(cli *c, const yq_digest *id, cli_result *result)
{
    uint64_t left;
    yq_status status = cli_number(c, "timeout-ms", CLI_WAIT_MS, 600000, &left);
    uint64_t end = wall_ms() + left;
    (void)yq_hex_encode(result->envelope, sizeof result->envelope, id->b, sizeof id->b);
    while (status == YQ_OK) {
        uint64_t now = wall_ms();
        if (now >= end) {
            return yq_fail(&c->why, YQ_E_TIMEOUT, 0, "not final yet; it may still become final");
        }
        uint32_t wait = (uint32_t)(end - now < 2000 ? end - now : 2000);
        char path[160];
        (void)snprintf(
            path, sizeof path, "/api/v1/envelopes/%s?wait_ms=%u", result->envelope, wait);
        yq_json *document;
        yq_slice state;
        status = yq_api_ask_json(c->http, path, wait + YQ_API_TIME_MS, &document, &c->why);
        if (status == YQ_OK && !yq_json_text(yq_json_get(document, "state"), &state)) {
            status = yq_api_bad_form(&c->why, "the hub's reply has no state");
        } else if (status == YQ_OK && yq_slice_equal(state, yq_slice_text("final"))) {
            status = read_result(c, document, result);
            yq_json_free(document);
            return status;
        } else if (status == YQ_OK && yq_slice_equal(state, yq_slice_text("expired"))) {
            status = yq_fail(&c->why, YQ_E_EXPIRED, 0, "it did not enter a block in time");
        }
        yq_json_free(document);
        if (!c->json) {
            (void)fputc('.', c->err);
            (void)fflush(c->err);
        }
    }
    return status;
}

static yq_status send_signed(cli *c, const yq_key *key, yq_slice tx, cli_result *result)
{
    yq_api_identity hub;
    yq_status status = yq_api_identity_get(c->http, &hub, &c->why);
    if (status != YQ_OK) {
        return status;
    }
    yq_envelope_plan plan = {
        .alg = hub.alg,
        .suite = hub.suite,
        .key = key,
        .chain_id_hash = hub.chain_id_hash,
        .valid_until_ms = wall_ms() + VALID_MS,
    };
    yq_digest signer, id;
    yq_signer_id(hub.suite, yq_key_public(key), &signer);
    status = yq_api_sequence(c->http, &signer, &plan.seq, &c->why);
    if (status == YQ_E_NOT_FOUND) {
        return yq_fail(&c->why, YQ_E_SIGNER_UNKNOWN, 0, "this key is not registered on the hub");
    }
    size_t size = yq_envelope_size(&tx, 1);
    uint8_t *room = malloc(size);
    if (status == YQ_OK && room == NULL) {
        status = yq_fail(&c->why, YQ_E_MEMORY, 0, "envelope");
    }
    yq_buf out = {room, size, 0};
    if (status == YQ_OK) {
        status = yq_envelope_build(&plan, &tx, 1, &out, &id);
    }
    if (status == YQ_OK) {
        status = yq_api_submit(c->http, yq_slice_of(out.p, out.n), &c->why);
    }
    free(room);
    return status == YQ_OK ? wait_final(c, &id, result) : status;
}

yq_status cli_submit_raw(cli *c, yq_slice tx, cli_result *result)
{
    yq_key *key;
    *result = (cli_result){0};
    yq_status status = cli_hub(c);
    if (status == YQ_OK) {
        status = cli_key(c, &key);
    }
    if (status != YQ_OK) {
        return status;
    }
    status = send_signed(c, key, tx, result);
    yq_key_free(key);
    return status;
}

yq_status cli_submit(cli *c, const yq_tx *tx, cli_result *result)
{
    uint8_t *room = malloc(YQ_TX_SIZE_MAX);
    if (room == NULL) {
        return yq_fail(&c->why, YQ_E_MEMORY, 0, "transaction");
    }
    yq_buf out = {room, YQ_TX_SIZE_MAX, 0};
    yq_status status = yq_tx_encode(tx, &out);
    if (status != YQ_OK) {
        c->why.status = status;
        (void)cli_usage(c, "a value is not of its form: %s", yq_status_text(status, c->language));
        free(room);
        return YQ_E_USAGE;
    }
    status = cli_submit_raw(c, yq_slice_of(out.p, out.n), result);
    free(room);
    return status;
}

yq_json_out *cli_result_begin(const cli_result *result)
{
    yq_json_out *out = yq_json_out_new(CLI_JSON_MAX);
    if (out != NULL) {
        yq_json_out_object(out, NULL);
        yq_json_out_str(out, "envelope", result->envelope);
        yq_json_out_uint(out, "height", result->height);
    }
    return out;
}
