#include "conformance/chains/fisco-bcos-2/replay.h"

#include "relay/base/assert.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX (64u << 20)
#define SUFFIX   ".json"

/* ---- reading ----------------------------------------------------------------------------------
 */

/* The span of the root object's "result". The text is JSON already. */
static yq_slice result_of(yq_slice text)
{
    static const char key[] = "\"result\"";
    unsigned depth = 0;
    size_t start = 0;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        if (c == '"') {
            int is_key = depth == 1 && start == 0 && text.n - i > sizeof key &&
                         memcmp(text.p + i, key, sizeof key - 1) == 0;
            for (i++; text.p[i] != '"'; i++) {
                i += text.p[i] == '\\';
            }
            if (is_key) {
                start = i + 1;
            }
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            depth--;
        }
        if (start != 0 && i >= start && depth <= 1 && (c == ',' || depth == 0)) {
            while (start < i && text.p[start] != ':') {
                start++;
            }
            return yq_slice_of(text.p + start + 1, i - start - 1);
        }
    }
    return (yq_slice){0};
}

/* Returns 1 and the numbers when a name is prefix, number, and, with index not NULL, _ and index,
 * then suffix. */
static int name_is(
    const char *name, const char *prefix, const char *suffix, uint64_t *number, uint64_t *index)
{
    char *end;
    size_t n = strlen(prefix);
    if (strncmp(name, prefix, n) != 0 || name[n] < '0' || name[n] > '9') {
        return 0;
    }
    *number = strtoull(name + n, &end, 10);
    if (index != NULL) {
        if (end[0] != '_' || end[1] < '0' || end[1] > '9') {
            return 0;
        }
        *index = strtoull(end + 1, &end, 10);
    }
    return strcmp(end, suffix) == 0;
}

static int has_hash(const yq_json *object)
{
    uint8_t room[YQ_DIGEST_SIZE];
    yq_buf hash = {room, sizeof room, 0};
    return yq_json_hex(yq_json_get(object, "hash"), &hash) && hash.n == sizeof room;
}

static int check_block(const yq_fmock_reply *r, uint64_t number, int whole)
{
    uint64_t stated;
    const yq_json *block = yq_fmock_reply_result(r);
    return has_hash(block) && yq_json_quantity(yq_json_get(block, "number"), &stated) &&
           stated == number && yq_json_is_array(yq_json_get(block, "sealerList")) &&
           yq_json_is_array(yq_json_get(block, "signatureList")) &&
           (!whole || yq_json_is_array(yq_json_get(block, "transactions")));
}

/* Returns 0 when the file lacks what the method that it answers needs. */
static int check_content(yq_fmock_replay *replay, const yq_fmock_reply *r)
{
    uint64_t number, index;
    const yq_json *result = yq_fmock_reply_result(r);
    if (name_is(r->name, "block_", "", &number, NULL)) {
        replay->height = number > replay->height ? number : replay->height;
        return check_block(r, number, 1);
    }
    if (name_is(r->name, "header_", "", &number, NULL)) {
        return number == 0 ? has_hash(result) : check_block(r, number, 0);
    }
    if (name_is(r->name, "tx_", "", &number, &index)) {
        return has_hash(result);
    }
    if (name_is(r->name, "tx_", "_receipt", &number, &index)) {
        return yq_json_is_array(yq_json_get(result, "logs"));
    }
    if (name_is(r->name, "tx_", "_proof", &number, &index)) {
        return yq_json_is_array(yq_json_get(result, "txProof"));
    }
    if (name_is(r->name, "tx_", "_receipt_proof", &number, &index)) {
        return yq_json_is_array(yq_json_get(result, "receiptProof"));
    }
    return strcmp(r->name, "sent") == 0 || result != NULL;
}

static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    char *text = NULL;
    if (fseek(file, 0, SEEK_END) == 0) {
        long n = ftell(file);
        if (n >= 0 && (unsigned long)n <= FILE_MAX && fseek(file, 0, SEEK_SET) == 0) {
            text = malloc((size_t)n + 1);
            YQ_ASSERT(text != NULL);
            *size = fread(text, 1, (size_t)n, file);
        }
    }
    (void)fclose(file);
    return text;
}

static yq_status read_reply(
    yq_fmock_replay *replay, const char *folder, const char *name, yq_fault *why)
{
    char path[4096];
    size_t size = 0, stem = strlen(name) - (sizeof SUFFIX - 1);
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    replay->list = yq_fmock_grow(replay->list, &replay->n, sizeof *replay->list);
    yq_fmock_reply *r = &replay->list[replay->n - 1];
    if (n < 0 || (size_t)n >= sizeof path || stem >= sizeof r->name) {
        return yq_fail(why, YQ_E_CORRUPT, 0, name);
    }
    memcpy(r->name, name, stem);
    r->text = read_file(path, &size);
    if (r->text == NULL) {
        return yq_fail(why, YQ_E_IO, 0, name);
    }
    r->document = yq_json_parse(yq_slice_of(r->text, size), FILE_MAX, NULL);
    if (r->document == NULL || !check_content(replay, r)) {
        return yq_fail(why, YQ_E_CORRUPT, 0, name);
    }
    r->result = result_of(yq_slice_of(r->text, size));
    return YQ_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const yq_fmock_reply *)a)->name, ((const yq_fmock_reply *)b)->name);
}

const yq_fmock_reply *yq_fmock_reply_find(const yq_fmock_replay *replay, const char *name)
{
    for (size_t i = 0; i < replay->n; i++) {
        if (strcmp(replay->list[i].name, name) == 0) {
            return &replay->list[i];
        }
    }
    return NULL;
}

/* Each height up to the highest has its block. */
static yq_status check_complete(const yq_fmock_replay *replay, yq_fault *why)
{
    for (uint64_t i = 0; i <= replay->height; i++) {
        char name[YQ_FMOCK_NAME_SIZE];
        (void)snprintf(name, sizeof name, "block_%" PRIu64, i);
        if (yq_fmock_reply_find(replay, name) == NULL) {
            char file[YQ_FMOCK_NAME_SIZE + sizeof SUFFIX];
            (void)snprintf(file, sizeof file, "%s" SUFFIX, name);
            return yq_fail(why, YQ_E_CORRUPT, 0, file);
        }
    }
    return YQ_OK;
}

yq_status yq_fmock_replay_open(const char *folder, yq_fmock_replay **out, yq_fault *why)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return yq_fail(why, YQ_E_IO, 0, folder);
    }
    yq_fmock_replay *replay = calloc(1, sizeof *replay);
    YQ_ASSERT(replay != NULL);
    yq_status status = YQ_OK;
    for (const struct dirent *entry = readdir(dir); entry != NULL && status == YQ_OK;
         entry = readdir(dir)) {
        size_t n = strlen(entry->d_name);
        if (n > sizeof SUFFIX - 1 && strcmp(entry->d_name + n - (sizeof SUFFIX - 1), SUFFIX) == 0) {
            status = read_reply(replay, folder, entry->d_name, why);
        }
    }
    (void)closedir(dir);
    if (status == YQ_OK && replay->n > 0) {
        qsort(replay->list, replay->n, sizeof *replay->list, by_name);
    }
    if (status == YQ_OK) {
        status = check_complete(replay, why);
    }
    if (status != YQ_OK) {
        yq_fmock_replay_close(replay);
        return status;
    }
    *out = replay;
    return YQ_OK;
}

void yq_fmock_replay_close(yq_fmock_replay *replay)
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

uint64_t yq_fmock_replay_height(const yq_fmock_replay *replay)
{
    return replay->height;
}
