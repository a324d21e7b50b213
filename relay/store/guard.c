#include "relay/store/guard.h"

#include "relay/base/cursor.h"
#include "relay/base/fault_point.h"
#include "relay/base/writer.h"
#include "relay/store/crc32c.h"
#include "relay/store/file.h"
#include "relay/store/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define GUARD_MAGIC   "YQGUARD\1"
#define SLOT_DISTANCE ((size_t)4096)
#define SLOT_SIZE     (8u + YQ_DIGEST_SIZE + 8u + 8u + 8u + 4u)
#define PATH_SIZE_MAX 4096u

struct yq_guard {
    char dir[PATH_SIZE_MAX - 80], path[PATH_SIZE_MAX];
    int lock_fd, fd;
    yq_digest key_id;
    int exists;
    uint64_t count, epoch, view;
};

static void slot_put(const yq_guard *g, uint8_t *slot)
{
    yq_writer w = yq_writer_of(slot, SLOT_SIZE);
    yq_put_bytes(&w, GUARD_MAGIC, sizeof GUARD_MAGIC - 1);
    yq_put_bytes(&w, g->key_id.b, YQ_DIGEST_SIZE);
    yq_put_u64(&w, g->count);
    yq_put_u64(&w, g->epoch);
    yq_put_u64(&w, g->view);
    yq_put_u32(&w, yq_crc32c(yq_writer_slice(&w)));
}

/* Takes a slot in if it is whole and newer than what is known. */
static int slot_take(yq_guard *g, yq_slice bytes)
{
    yq_cur c = yq_cur_of(bytes);
    yq_slice magic = yq_cur_take(&c, sizeof GUARD_MAGIC - 1);
    yq_slice key_id = yq_cur_take(&c, YQ_DIGEST_SIZE);
    uint64_t count = yq_cur_u64(&c), epoch = yq_cur_u64(&c), view = yq_cur_u64(&c);
    size_t covered = c.pos;
    uint32_t crc = yq_cur_u32(&c);
    if (!yq_cur_ok(&c) || memcmp(magic.p, GUARD_MAGIC, magic.n) != 0 ||
        memcmp(key_id.p, g->key_id.b, YQ_DIGEST_SIZE) != 0 ||
        crc != yq_crc32c(yq_slice_of(bytes.p, covered))) {
        return 0;
    }
    if (count >= g->count) {
        g->count = count;
        g->epoch = epoch;
        g->view = view;
    }
    return 1;
}

static yq_status read_guard(yq_guard *g, yq_fault *why)
{
    uint8_t *bytes;
    size_t size;
    if (access(g->path, F_OK) != 0) {
        return errno == ENOENT ? YQ_OK : file_fault(why, g->path);
    }
    yq_status status = file_read(g->path, &bytes, &size, why);
    if (status != YQ_OK) {
        return status;
    }
    int good = 0;
    for (size_t at = 0; at < 2 * SLOT_DISTANCE; at += SLOT_DISTANCE) {
        good |= size >= at + SLOT_SIZE && slot_take(g, yq_slice_of(bytes + at, SLOT_SIZE));
    }
    yq_mem_free(bytes);
    g->exists = 1;
    return good ? YQ_OK : yq_fail(why, YQ_E_CORRUPT, 0, g->path);
}

static yq_status lock_guard(yq_guard *g, yq_fault *why)
{
    char path[PATH_SIZE_MAX + 8];
    if (mkdir(g->dir, 0700) != 0 && errno != EEXIST) {
        return file_fault(why, g->dir);
    }
    (void)snprintf(path, sizeof path, "%s.lock", g->path);
    g->lock_fd = file_lock(path);
    if (g->lock_fd == -2) {
        return yq_fail(why, YQ_E_TWIN_KEY, 0, "another process signs with this key");
    }
    return g->lock_fd < 0 ? file_fault(why, path) : YQ_OK;
}

yq_status yq_guard_open(const char *dir, const yq_digest *key_id, yq_guard **guard, yq_fault *why)
{
    yq_guard *g = yq_mem_alloc(sizeof *g);
    char hex[2 * YQ_DIGEST_SIZE + 1];
    g->fd = g->lock_fd = -1;
    g->key_id = *key_id;
    (void)yq_hex_encode(hex, sizeof hex, key_id->b, YQ_DIGEST_SIZE);
    yq_status status = YQ_OK;
    if (strlen(dir) >= sizeof g->dir) {
        status = yq_fail(why, YQ_E_IO, 0, "path of the guard is too long");
    } else {
        memcpy(g->dir, dir, strlen(dir) + 1);
        (void)snprintf(g->path, sizeof g->path, "%s/%s.guard", g->dir, hex);
        status = lock_guard(g, why);
    }
    if (status == YQ_OK) {
        status = read_guard(g, why);
    }
    if (status != YQ_OK) {
        yq_guard_close(g);
        return status;
    }
    *guard = g;
    return YQ_OK;
}

void yq_guard_close(yq_guard *g)
{
    if (g == NULL) {
        return;
    }
    if (g->fd >= 0) {
        (void)close(g->fd);
    }
    if (g->lock_fd >= 0) {
        (void)close(g->lock_fd);
    }
    yq_mem_free(g);
}

int yq_guard_look(const yq_guard *g, uint64_t *epoch, uint64_t *view)
{
    if (epoch != NULL) {
        *epoch = g->epoch;
    }
    if (view != NULL) {
        *view = g->view;
    }
    return g->exists;
}

static int above(const yq_guard *g, uint64_t epoch, uint64_t view)
{
    return g->epoch > epoch || (g->epoch == epoch && g->view > view);
}

yq_status yq_guard_check(
    yq_guard *g, const yq_wal_found *found, uint64_t tip_epoch, uint64_t tip_view, yq_fault *why)
{
    if (!g->exists && found->has_vote) {
        return yq_fail(
            why,
            YQ_E_SIGN_GUARD,
            0,
            "sign guard is missing, the log has votes: make a new key, or put the guard back");
    }
    int ahead = g->exists && above(g, tip_epoch, tip_view) &&
                (!found->has_vote || above(g, found->vote_epoch, found->vote_view));
    if (ahead) {
        return yq_fail(
            why,
            YQ_E_SIGN_GUARD,
            0,
            "sign guard is ahead of the log: this key must not sign again; make a new one");
    }
    return g->exists ? YQ_OK : yq_guard_note(g, tip_epoch, tip_view, why);
}

static yq_status write_slot(yq_guard *g, yq_fault *why)
{
    uint8_t slot[SLOT_SIZE];
    slot_put(g, slot);
    uint64_t at = g->count % 2 * SLOT_DISTANCE;
    yq_slice bytes = yq_slice_of(slot, sizeof slot);
    yq_status status = YQ_FAULT_WRITE("guard.write", g->fd, bytes, at)
                           ? file_fault(why, "write")
                           : file_write(g->fd, bytes, at, why);
    if (status == YQ_OK) {
        int bad = YQ_FAULT_POINT("guard.fsync");
        status = bad ? file_fault(why, "fdatasync") : file_sync(g->fd, why);
    }
    (void)YQ_FAULT_POINT("guard.fsync.after");
    return status;
}

/* The first slot is durable before the file has its name: there is no empty guard. */
static yq_status make_file(yq_guard *g, yq_fault *why)
{
    char fresh[PATH_SIZE_MAX + 8];
    (void)snprintf(fresh, sizeof fresh, "%s.new", g->path);
    g->fd = YQ_FAULT_POINT("guard.create")
                ? -1
                : open(fresh, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (g->fd < 0) {
        return file_fault(why, fresh);
    }
    yq_status status = write_slot(g, why);
    if (status == YQ_OK && (YQ_FAULT_POINT("guard.rename") || rename(fresh, g->path) != 0)) {
        status = file_fault(why, g->path);
    }
    if (status == YQ_OK && YQ_FAULT_POINT("guard.dir")) {
        status = file_fault(why, "fsync of the folder");
    }
    return status == YQ_OK ? file_sync_dir(g->dir, why) : status;
}

yq_status yq_guard_note(yq_guard *g, uint64_t epoch, uint64_t view, yq_fault *why)
{
    if (g->exists && (g->epoch > epoch || (g->epoch == epoch && g->view >= view))) {
        return YQ_OK;
    }
    int fresh = !g->exists;
    g->count++;
    g->epoch = epoch;
    g->view = view;
    g->exists = 1;
    if (fresh) {
        return make_file(g, why);
    }
    if (g->fd < 0) {
        g->fd = open(g->path, O_RDWR | O_CLOEXEC);
    }
    return g->fd < 0 ? file_fault(why, g->path) : write_slot(g, why);
}
