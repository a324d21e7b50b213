#include "conformance/chains/evm/emock.h"
#include "relay/base/assert.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME_SIZE 64u
#define FILE_MAX  (4u << 20)

enum {
    CODE_METHOD = -32601,
    CODE_PARAMS = -32602,
    CODE_SERVER = -32000,
};

/* One recorded reply. */
typedef struct reply {
    char name[NAME_SIZE]; /* the file's, without its suffix */
    char *text;
    yq_slice result; /* of the text: the value of "result", as it stands there */
    yq_json *document;
} reply;

struct yq_emock_replay {
    reply *list;
    size_t n;
    uint64_t height, chain_id;
};

/* ---- reading -----------------------------------------------------------------------------------
 */

static char *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        return NULL;
    }
    char *text = malloc(FILE_MAX + 1);
    YQ_ASSERT(text != NULL);
    *size = fread(text, 1, FILE_MAX, f);
    (void)fclose(f);
    text[*size] = '\0';
    return text;
}

/* The value behind the first "result", up to the object's end. */
static int find_result(reply *r, size_t size)
{
    static const char key[] = "\"result\":";
    char *from = strstr(r->text, key), *to = r->text + size;
    while (to > r->text && to[-1] != '}') {
        to--;
    }
    if (from == NULL || to <= from + sizeof key) {
        return 0;
    }
    from += sizeof key - 1;
    r->result = yq_slice_of(from, (size_t)(to - 1 - from));
    return yq_json_get(yq_json_root(r->document), "result") != NULL;
}

/* "b12" to 12; 0 for other names. */
static uint64_t block_of(const char *name)
{
    char *end = NULL;
    unsigned long number = name[0] == 'b' ? strtoul(name + 1, &end, 10) : 0;
    return end != NULL && *end == '\0' ? number : 0;
}

static void add(yq_emock_replay *replay, const char *name, char *text, size_t size)
{
    replay->list = yq_emock_grow(replay->list, &replay->n, sizeof *replay->list);
    reply *r = &replay->list[replay->n - 1];
    (void)snprintf(r->name, sizeof r->name, "%s", name);
    r->text = text;
    r->document = yq_json_parse(yq_slice_of(text, size), FILE_MAX, NULL);
    uint64_t number = block_of(name);
    replay->height = number > replay->height ? number : replay->height;
}

static yq_status load(yq_emock_replay *replay, const char *folder, const char *file, yq_fault *why)
{
    char path[4096], name[NAME_SIZE];
    size_t stem = strlen(file) - strlen(".json"), size = 0;
    if (stem >= sizeof name) {
        return yq_fail(why, YQ_E_CORRUPT, 0, file);
    }
    memcpy(name, file, stem);
    name[stem] = '\0';
    int n = snprintf(path, sizeof path, "%s/%s", folder, file);
    char *text = n > 0 && (size_t)n < sizeof path ? read_file(path, &size) : NULL;
    if (text == NULL) {
        return yq_fail(why, YQ_E_IO, 0, file);
    }
    add(replay, name, text, size);
    reply *r = &replay->list[replay->n - 1];
    if (strcmp(name, "genesis") == 0) {
        const yq_json *config =
            r->document == NULL ? NULL : yq_json_get(yq_json_root(r->document), "config");
        return yq_json_uint(yq_json_get(config, "chainId"), &replay->chain_id)
                   ? YQ_OK
                   : yq_fail(why, YQ_E_CORRUPT, 0, file);
    }
    return r->document != NULL && find_result(r, size) ? YQ_OK
                                                       : yq_fail(why, YQ_E_CORRUPT, 0, file);
}

yq_status yq_emock_replay_open(const char *folder, yq_emock_replay **out, yq_fault *why)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return yq_fail(why, YQ_E_IO, 0, "the folder of the recorded chain");
    }
    yq_emock_replay *replay = calloc(1, sizeof *replay);
    YQ_ASSERT(replay != NULL);
    yq_status status = YQ_OK;
    const struct dirent *entry;
    while (status == YQ_OK && (entry = readdir(dir)) != NULL) {
        size_t n = strlen(entry->d_name);
        if (n > 5 && strcmp(entry->d_name + n - 5, ".json") == 0) {
            status = load(replay, folder, entry->d_name, why);
        }
    }
    (void)closedir(dir);
    if (status == YQ_OK && (replay->height == 0 || replay->chain_id == 0)) {
        status = yq_fail(why, YQ_E_CORRUPT, 0, "no blocks (bN.json), or no genesis.json");
    }
    if (status != YQ_OK) {
        yq_emock_replay_close(replay);
        return status;
    }
    *out = replay;
    return YQ_OK;
}

void yq_emock_replay_close(yq_emock_replay *replay)
{
    if (replay == NULL) {
        return;
    }
    for (size_t i = 0; i < replay->n; i++) {
        yq_json_free(replay->list[i].document);
        free(replay->list[i].text);
    }
    free(replay->list);
    free(replay);
}

uint64_t yq_emock_replay_height(const yq_emock_replay *replay)
{
    return replay->height;
}

/* ---- answering ---------------------------------------------------------------------------------
 */

/* What is answered: text, a recorded value, or an error. */
typedef struct answer {
    yq_slice result;
    int code;
    const char *message;
    char text[48]; /* room of a short result */
} answer;

typedef struct question {
    const yq_emock_replay *replay;
    const yq_json *params;
    answer *out;
} question;

static void not_recorded(const question *q)
{
    q->out->code = CODE_SERVER;
    q->out->message = "this was not recorded";
}

static void say_number(const question *q, uint64_t value)
{
    int n = snprintf(q->out->text, sizeof q->out->text, "\"0x%" PRIx64 "\"", value);
    q->out->result = yq_slice_of(q->out->text, (size_t)n);
}

static void say_word(const question *q, const char *word)
{
    q->out->result = yq_slice_text(word);
}

static const reply *find(const yq_emock_replay *replay, const char *name)
{
    for (size_t i = 0; i < replay->n; i++) {
        if (strcmp(replay->list[i].name, name) == 0) {
            return &replay->list[i];
        }
    }
    return NULL;
}

static void say_file(const question *q, const char *name)
{
    const reply *r = find(q->replay, name);
    if (r == NULL) {
        not_recorded(q);
    } else {
        q->out->result = r->result;
    }
}

static void chain_id(const question *q)
{
    say_number(q, q->replay->chain_id);
}

static void net_version(const question *q)
{
    int n = snprintf(q->out->text, sizeof q->out->text, "\"%" PRIu64 "\"", q->replay->chain_id);
    q->out->result = yq_slice_of(q->out->text, (size_t)n);
}

static void block_number(const question *q)
{
    say_number(q, q->replay->height);
}

static void block_by_number(const question *q)
{
    char name[NAME_SIZE];
    uint64_t number;
    yq_slice text;
    const yq_json *value = yq_json_at(q->params, 0);
    if (yq_json_text(value, &text) && yq_slice_equal(text, yq_slice_text("latest"))) {
        number = q->replay->height;
    } else if (!yq_json_quantity(value, &number)) {
        q->out->code = CODE_PARAMS;
        q->out->message = "invalid argument 0";
        return;
    }
    if (number > q->replay->height) {
        say_word(q, "null");
        return;
    }
    (void)snprintf(name, sizeof name, "b%" PRIu64, number);
    say_file(q, name);
}

/* Recorded for the two transactions of the chain. */
static void tx_receipt(const question *q)
{
    yq_slice asked = {0};
    (void)yq_json_text(yq_json_at(q->params, 0), &asked);
    for (size_t i = 0; i < q->replay->n; i++) {
        const reply *r = &q->replay->list[i];
        yq_slice own;
        const yq_json *result = yq_json_get(yq_json_root(r->document), "result");
        if (strncmp(r->name, "receipt", 7) == 0 &&
            yq_json_text(yq_json_get(result, "transactionHash"), &own) &&
            yq_slice_equal(own, asked)) {
            q->out->result = r->result;
            return;
        }
    }
    say_word(q, "null");
}

static void proof(const question *q)
{
    say_file(q, "proof");
}

static void syncing(const question *q)
{
    say_word(q, "false");
}

static void answer_method(const question *q, yq_slice name)
{
    static const struct {
        const char *name;
        void (*answer)(const question *q);
    } methods[] = {
        {"eth_blockNumber", block_number},
        {"eth_chainId", chain_id},
        {"eth_getBlockByNumber", block_by_number},
        {"eth_getProof", proof},
        {"eth_getTransactionReceipt", tx_receipt},
        {"eth_syncing", syncing},
        {"net_version", net_version},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(methods); i++) {
        if (yq_slice_equal(name, yq_slice_text(methods[i].name))) {
            methods[i].answer(q);
            return;
        }
    }
    q->out->code = CODE_METHOD;
    q->out->message = "the method does not exist/is not available";
}

char *yq_emock_replay_answer(const yq_emock_replay *replay, yq_slice request, size_t *size)
{
    answer a = {.code = 0};
    yq_json *document = yq_json_parse(request, YQ_EMOCK_REQUEST_MAX, NULL);
    const yq_json *root = document == NULL ? NULL : yq_json_root(document);
    const question q = {replay, yq_json_get(root, "params"), &a};
    yq_slice method = {0};
    uint64_t id = 0;
    (void)yq_json_uint(yq_json_get(root, "id"), &id);
    (void)yq_json_text(yq_json_get(root, "method"), &method);
    answer_method(&q, method);
    size_t cap = a.result.n + 256;
    char *text = malloc(cap);
    YQ_ASSERT(text != NULL);
    int n = a.code == 0 ? snprintf(
                              text,
                              cap,
                              "{\"jsonrpc\":\"2.0\",\"id\":%" PRIu64 ",\"result\":%.*s}",
                              id,
                              (int)a.result.n,
                              (const char *)a.result.p)
                        : snprintf(
                              text,
                              cap,
                              "{\"jsonrpc\":\"2.0\",\"id\":%" PRIu64
                              ",\"error\":{\"code\":%d,\"message\":\"%s\"}}",
                              id,
                              a.code,
                              a.message);
    yq_json_free(document);
    *size = (size_t)n;
    return text;
}
