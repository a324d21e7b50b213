#include "relay/base/bytes.h"
#include "relay/base/errors.h"
#include "relay/cli/cli.h"
#include "relay/sdk/send.h"

#include <stdlib.h>

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
    const char *path = cli_get(c, "key");
    *key = NULL;
    return path == NULL ? cli_usage(c, "--key FILE is needed: this is signed")
                        : cli_key_of(c, path, key);
}

yq_status cli_key_of(cli *c, const char *path, yq_key **key)
{
    const char *secret;
    char room[256];
    *key = NULL;
    yq_status status = passphrase(c, room, sizeof room, &secret);
    if (status == YQ_OK) {
        status = yq_key_read(path, secret, key, &c->why);
    }
    yq_secret_wipe(room, sizeof room);
    return status;
}

static void dot(void)
{
    (void)fputc('.', stderr);
    (void)fflush(stderr);
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
    uint64_t time_ms;
    yq_api_result one = {0};
    yq_digest envelope;
    yq_api_outcome outcome = {.result = &one};
    status = cli_number(c, "timeout-ms", CLI_WAIT_MS, 600000, &time_ms);
    if (status == YQ_OK) {
        yq_sender sender = {c->http, key, (uint32_t)time_ms, c->json ? NULL : dot};
        status = yq_sdk_send(&sender, &tx, 1, &envelope, &outcome, &c->why);
    }
    yq_key_free(key);
    if (status != YQ_OK) {
        return status;
    }
    *result = (cli_result){.data_n = one.data_n, .height = outcome.height};
    yq_bytes_copy(result->data, one.data, one.data_n);
    (void)yq_hex_encode(result->envelope, sizeof result->envelope, envelope.b, YQ_DIGEST_SIZE);
    return one.status == YQ_OK ? YQ_OK : yq_fail(&c->why, (yq_status)one.status, 0, one.why);
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
