#include "adapters/host/cursor.h"

#include "relay/base/cursor.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char tag[] = "YUQIAO-CURSOR-1";
#define FILE_SIZE_MAX (256u << 10)
#define PATH_SIZE     4200u

int yq_host_name_set(yq_host_name *name, yq_slice bytes)
{
    *name = (yq_host_name){0};
    if (bytes.n > sizeof name->b) {
        return 0;
    }
    yq_bytes_copy(name->b, bytes.p, bytes.n);
    name->n = (uint8_t)bytes.n;
    return 1;
}

yq_slice yq_host_name_get(const yq_host_name *name)
{
    return yq_slice_of(name->b, name->n);
}

/* ---- layout --------------------------------------------------------------------------------- */

static void take_name(yq_cur *c, yq_host_name *out)
{
    (void)yq_host_name_set(out, yq_cur_str8(c, YQ_HOST_NAME_MAX));
}

static size_t take_count(yq_cur *c, uint16_t max)
{
    size_t at = c->pos;
    uint16_t n = yq_cur_u16(c);
    if (n > max) {
        yq_cur_fail(c, YQ_E_LIMIT, at);
    }
    return yq_cur_ok(c) ? n : 0;
}

static yq_status decode(yq_slice in, yq_host_cursor *out, yq_fault *why)
{
    if (in.n < YQ_DIGEST_SIZE) {
        return yq_fail(why, YQ_E_TRUNCATED, in.n, "cursor");
    }
    yq_slice covered = yq_slice_of(in.p, in.n - YQ_DIGEST_SIZE);
    yq_digest sum;
    yq_hash_one(YQ_HASH_SM3, covered, sum.b);
    if (memcmp(sum.b, in.p + covered.n, sizeof sum.b) != 0) {
        return yq_fail(why, YQ_E_HASH, covered.n, "cursor");
    }
    yq_cur c = yq_cur_of(covered);
    if (!yq_slice_equal(yq_cur_take(&c, sizeof tag - 1), yq_slice_text(tag))) {
        yq_cur_fail(&c, YQ_E_VERSION, 0);
    }
    yq_slice chain = yq_cur_str8(&c, YQ_CHAIN_ID_SIZE_MAX);
    yq_bytes_copy(out->chain, chain.p, chain.n);
    out->next = yq_cur_u64(&c);
    out->filter_n = take_count(&c, YQ_HOST_FILTERS_MAX);
    for (size_t i = 0; i < out->filter_n; i++) {
        take_name(&c, &out->filter[i].emitter);
        take_name(&c, &out->filter[i].event);
        out->filter[i].from_height = yq_cur_u64(&c);
    }
    out->parked_n = take_count(&c, YQ_HOST_PARKED_MAX);
    for (size_t i = 0; i < out->parked_n; i++) {
        yq_host_parked *p = &out->parked[i];
        p->height = yq_cur_u64(&c);
        take_name(&c, &p->tx_id);
        p->event_index = yq_cur_u32(&c);
        p->code = (int32_t)yq_cur_u32(&c);
        p->attempts = yq_cur_u32(&c);
    }
    return yq_cur_done(&c, why);
}

static void encode(const yq_host_cursor *in, yq_writer *w)
{
    yq_put(w, yq_slice_text(tag));
    yq_put_str8(w, yq_slice_text(in->chain));
    yq_put_u64(w, in->next);
    yq_put_u16(w, (uint16_t)in->filter_n);
    for (size_t i = 0; i < in->filter_n; i++) {
        yq_put_str8(w, yq_host_name_get(&in->filter[i].emitter));
        yq_put_str8(w, yq_host_name_get(&in->filter[i].event));
        yq_put_u64(w, in->filter[i].from_height);
    }
    yq_put_u16(w, (uint16_t)in->parked_n);
    for (size_t i = 0; i < in->parked_n; i++) {
        const yq_host_parked *p = &in->parked[i];
        yq_put_u64(w, p->height);
        yq_put_str8(w, yq_host_name_get(&p->tx_id));
        yq_put_u32(w, p->event_index);
        yq_put_u32(w, (uint32_t)p->code);
        yq_put_u32(w, p->attempts);
    }
    yq_digest sum;
    yq_hash_one(YQ_HASH_SM3, yq_writer_slice(w), sum.b);
    yq_put_bytes(w, sum.b, sizeof sum.b);
}

/* ---- files ---------------------------------------------------------------------------------- */

static yq_status io_failed(yq_fault *why, const char *step, const char *path)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "%s %.60s: %s", step, path, strerror(errno));
    return yq_fail(why, YQ_E_IO, 0, text);
}

static int write_all(int fd, yq_slice bytes)
{
    size_t done = 0;
    while (done < bytes.n) {
        ssize_t n = write(fd, bytes.p + done, bytes.n - done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return 0;
        }
        done += (size_t)n;
    }
    return 1;
}

static yq_status sync_dir(const char *dir, yq_fault *why)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return io_failed(why, "open", dir);
    }
    yq_status status = fsync(fd) == 0 ? YQ_OK : io_failed(why, "fsync", dir);
    (void)close(fd);
    return status;
}

yq_status yq_host_file_replace(
    const char *dir, const char *name, yq_slice bytes, int sync, yq_fault *why)
{
    char path[PATH_SIZE], fresh[PATH_SIZE];
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path ||
        snprintf(fresh, sizeof fresh, "%s/%s.new", dir, name) >= (int)sizeof fresh) {
        return yq_fail(why, YQ_E_IO, 0, "path is too long");
    }
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return io_failed(why, "open", fresh);
    }
    yq_status status = write_all(fd, bytes) ? YQ_OK : io_failed(why, "write", fresh);
    if (status == YQ_OK && sync && fsync(fd) != 0) {
        status = io_failed(why, "fsync", fresh);
    }
    if (close(fd) != 0 && status == YQ_OK) {
        status = io_failed(why, "close", fresh);
    }
    if (status == YQ_OK && rename(fresh, path) != 0) {
        status = io_failed(why, "rename", fresh);
    }
    return status == YQ_OK && sync ? sync_dir(dir, why) : status;
}

yq_status yq_host_cursor_load(
    yq_host_cursor *cursor, const char *dir, const char *chain, yq_fault *why)
{
    memset(cursor, 0, sizeof *cursor);
    (void)snprintf(cursor->chain, sizeof cursor->chain, "%s", chain);
    char path[PATH_SIZE];
    if (snprintf(path, sizeof path, "%s/cursor", dir) >= (int)sizeof path) {
        return yq_fail(why, YQ_E_IO, 0, "path is too long");
    }
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        yq_status status = io_failed(why, "open", path);
        return errno == ENOENT ? yq_fail(why, YQ_E_NOT_FOUND, 0, "no cursor") : status;
    }
    uint8_t *room = malloc(FILE_SIZE_MAX);
    size_t n = room == NULL ? 0 : fread(room, 1, FILE_SIZE_MAX, f);
    int bad = room == NULL || ferror(f) != 0;
    (void)fclose(f);
    yq_status status = YQ_E_IO;
    if (bad) {
        (void)io_failed(why, "read", path);
    } else if (decode(yq_slice_of(room, n), cursor, why) != YQ_OK) {
        status = yq_fail(why, YQ_E_CORRUPT, 0, "the cursor's file is damaged");
    } else if (strcmp(cursor->chain, chain) != 0) {
        status = yq_fail(why, YQ_E_CONFIG_INVALID, 0, "the cursor's file is another chain's");
    } else {
        status = YQ_OK;
    }
    free(room);
    if (status != YQ_OK) {
        memset(cursor, 0, sizeof *cursor);
        (void)snprintf(cursor->chain, sizeof cursor->chain, "%s", chain);
    }
    return status;
}

yq_status yq_host_cursor_store(const yq_host_cursor *cursor, const char *dir, yq_fault *why)
{
    uint8_t *room = malloc(FILE_SIZE_MAX);
    if (room == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "cursor");
    }
    yq_writer w = yq_writer_of(room, FILE_SIZE_MAX);
    encode(cursor, &w);
    yq_status status = w.status != YQ_OK
                           ? yq_fail(why, w.status, 0, "cursor")
                           : yq_host_file_replace(dir, "cursor", yq_writer_slice(&w), 1, why);
    free(room);
    return status;
}

yq_status yq_host_dir_lock(const char *dir, int *fd, yq_fault *why)
{
    char path[PATH_SIZE];
    if (snprintf(path, sizeof path, "%s/lock", dir) >= (int)sizeof path) {
        return yq_fail(why, YQ_E_IO, 0, "path is too long");
    }
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        return io_failed(why, "make", dir);
    }
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*fd < 0) {
        return io_failed(why, "open", path);
    }
    if (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
        int is_held = errno == EWOULDBLOCK;
        yq_status status = io_failed(why, "lock", path);
        (void)close(*fd);
        *fd = -1;
        return is_held ? yq_fail(why, YQ_E_STATE, 0, "another adapter runs on this cursor_dir")
                       : status;
    }
    return YQ_OK;
}
