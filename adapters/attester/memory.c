#include "adapters/attester/memory.h"

#include "relay/base/cursor.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define PLACE_SIZE 64
#define CHECK_SIZE 24u
#define TAG        "YUQIAO-SIGNED-1"

static void make_head(const char *chain, uint8_t head[PLACE_SIZE])
{
    yq_digest id = {{0}};
    yq_writer w = yq_writer_of(head, PLACE_SIZE);
    memset(head, 0, PLACE_SIZE);
    yq_hash_one(YQ_HASH_SM3, yq_slice_text(chain), id.b);
    yq_put_bytes(&w, TAG, sizeof TAG);
    yq_put(&w, YQ_SLICE_OF(id.b));
}

static void make_place(uint64_t number, const yq_digest *hash, uint8_t place[PLACE_SIZE])
{
    yq_digest check = {{0}};
    yq_writer w = yq_writer_of(place, PLACE_SIZE);
    yq_put_u64(&w, number);
    yq_put(&w, YQ_SLICE_OF(hash->b));
    yq_hash_one(YQ_HASH_SM3, yq_writer_slice(&w), check.b);
    yq_put_bytes(&w, check.b, CHECK_SIZE);
}

/* Makes a new file durable, its name too. */
static int begin_file(int fd, int dir_fd, const uint8_t head[PLACE_SIZE])
{
    return pwrite(fd, head, PLACE_SIZE, 0) == PLACE_SIZE && fsync(fd) == 0 && fsync(dir_fd) == 0;
}

yq_status yq_attester_memory_open(
    yq_attester_memory *m, const char *dir, const char *chain, yq_fault *why)
{
    uint8_t head[PLACE_SIZE], found[PLACE_SIZE];
    make_head(chain, head);
    m->fd = -1;
    int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    m->fd = dir_fd < 0 ? -1 : openat(dir_fd, "signed", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ssize_t n = m->fd < 0 ? -1 : pread(m->fd, found, PLACE_SIZE, 0);
    yq_status status =
        n < 0 ? yq_fail(why, YQ_E_IO, 0, "cursor_dir: signed: cannot be opened") : YQ_OK;
    if (n == 0 && !begin_file(m->fd, dir_fd, head)) {
        status = yq_fail(why, YQ_E_IO, 0, "cursor_dir: signed: cannot be written");
    } else if (n > 0 && (n != PLACE_SIZE || memcmp(head, found, PLACE_SIZE) != 0)) {
        status = yq_fail(
            why,
            YQ_E_CORRUPT,
            0,
            "cursor_dir: signed: damaged, or of another chain; take another folder");
    }
    if (dir_fd >= 0) {
        (void)close(dir_fd);
    }
    if (status != YQ_OK) {
        yq_attester_memory_close(m);
    }
    return status;
}

void yq_attester_memory_close(yq_attester_memory *m)
{
    if (m->fd >= 0) {
        (void)close(m->fd);
        m->fd = -1;
    }
}

static yq_status judge(
    uint64_t number,
    const uint8_t place[PLACE_SIZE],
    const uint8_t wanted[PLACE_SIZE],
    yq_fault *why)
{
    uint8_t again[PLACE_SIZE];
    yq_digest hash = {{0}};
    yq_cur c = yq_cur_of(yq_slice_of(place, PLACE_SIZE));
    uint64_t kept = yq_cur_u64(&c);
    yq_cur_copy(&c, hash.b, sizeof hash.b);
    make_place(kept, &hash, again);
    if (memcmp(again, place, PLACE_SIZE) != 0 ||
        kept % YQ_ATTESTER_KEPT != number % YQ_ATTESTER_KEPT) {
        return yq_fail(why, YQ_E_CORRUPT, 0, "what was signed of this record is damaged on disk");
    }
    if (kept > number) {
        return yq_fail(why, YQ_E_HEIGHT, 0, "what was signed of this record is no longer known");
    }
    if (kept == number && memcmp(place, wanted, PLACE_SIZE) != 0) {
        return yq_fail(
            why,
            YQ_E_CONFLICT,
            0,
            "the platform shows another record than the one that was signed");
    }
    return YQ_OK;
}

yq_status yq_attester_memory_keep(
    yq_attester_memory *m, uint64_t number, const yq_digest *hash, yq_fault *why)
{
    uint8_t place[PLACE_SIZE] = {0}, wanted[PLACE_SIZE];
    off_t at = (off_t)PLACE_SIZE * (off_t)(1 + number % YQ_ATTESTER_KEPT);
    make_place(number, hash, wanted);
    if (pread(m->fd, place, PLACE_SIZE, at) < 0) {
        return yq_fail(why, YQ_E_IO, 0, "what was signed cannot be read");
    }
    if (!yq_bytes_are_zero(place, PLACE_SIZE)) {
        yq_status status = judge(number, place, wanted, why);
        if (status != YQ_OK || memcmp(place, wanted, PLACE_SIZE) == 0) {
            return status;
        }
    }
    if (pwrite(m->fd, wanted, PLACE_SIZE, at) != PLACE_SIZE || fdatasync(m->fd) != 0) {
        return yq_fail(why, YQ_E_IO, 0, "what is signed cannot be kept");
    }
    return YQ_OK;
}
