#include "relay/store/wal.h"

#include "relay/base/cursor.h"
#include "relay/base/fault_point.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"
#include "relay/store/file.h"
#include "relay/store/mem.h"
#include "relay/store/wal_format.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE_MAX 4096u

/* Types of own votes and proposals: YQ_BFT_REC_PROPOSED to YQ_BFT_REC_FINALIZED. */
#define TYPE_VOTE_FIRST 2u
#define TYPE_VOTE_LAST  5u

typedef struct segment {
    uint64_t number;
    int used; /* it holds records, of at most (epoch, view) */
    uint64_t epoch, view;
} segment;

struct yq_wal {
    char dir[PATH_SIZE_MAX - 32];
    int lock_fd, fd;
    int broken; /* after a fault nothing is known about what is durable */
    wal_head head;
    uint64_t pos;     /* next group in the present segment */
    segment *segment; /* the last is the present one */
    size_t segment_n, segment_cap;
    /* Collected records behind room for the group's record. */
    uint8_t *room;
    size_t size;
    uint32_t count;
    segment collected;
};

/* What reading needs to note beside giving records on. */
typedef struct reading {
    yq_wal *wal;
    yq_wal_reader reader;
    void *self;
    yq_wal_found found;
} reading;

static int pair_above(uint64_t epoch, uint64_t view, uint64_t than_epoch, uint64_t than_view)
{
    return epoch > than_epoch || (epoch == than_epoch && view > than_view);
}

static void note_pair(segment *s, uint64_t epoch, uint64_t view)
{
    if (!s->used || pair_above(epoch, view, s->epoch, s->view)) {
        s->epoch = epoch;
        s->view = view;
    }
    s->used = 1;
}

static void segment_path(const yq_wal *wal, uint64_t number, char *path)
{
    (void)snprintf(path, PATH_SIZE_MAX, "%s/%016" PRIx64 ".log", wal->dir, number);
}

static segment *segment_add(yq_wal *wal, uint64_t number)
{
    if (wal->segment_n == wal->segment_cap) {
        wal->segment_cap = wal->segment_cap == 0 ? 16 : wal->segment_cap * 2;
        wal->segment = yq_mem_resize(wal->segment, wal->segment_cap * sizeof(segment));
    }
    segment *s = &wal->segment[wal->segment_n++];
    *s = (segment){.number = number};
    return s;
}

/* Makes the next segment durable, head and all, before anything is written into it. */
static yq_status start_segment(yq_wal *wal, yq_fault *why)
{
    char path[PATH_SIZE_MAX];
    uint64_t number = wal->segment_n == 0 ? 1 : wal->segment[wal->segment_n - 1].number + 1;
    segment_path(wal, number, path);
    if (wal->fd >= 0) {
        (void)close(wal->fd);
    }
    wal->fd = YQ_FAULT_POINT("wal.segment.create")
                  ? -1
                  : open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (wal->fd < 0) {
        return file_fault(why, path);
    }
    int error =
        YQ_FAULT_POINT("wal.segment.room") ? errno : posix_fallocate(wal->fd, 0, WAL_SEGMENT_SIZE);
    if (error != 0) {
        errno = error;
        return file_fault(why, "room for a log segment");
    }
    uint8_t block[WAL_ALIGN];
    wal->head.number = number;
    yq_random(wal->head.nonce, sizeof wal->head.nonce);
    wal_head_put(block, &wal->head);
    yq_slice head = yq_slice_of(block, sizeof block);
    yq_status status = YQ_FAULT_WRITE("wal.segment.head", wal->fd, head, 0)
                           ? file_fault(why, "write")
                           : file_write(wal->fd, head, 0, why);
    if (status == YQ_OK) {
        int bad = YQ_FAULT_POINT("wal.segment.fsync") || fsync(wal->fd) != 0;
        status = bad ? file_fault(why, "fsync") : YQ_OK;
    }
    if (status == YQ_OK) {
        int bad = YQ_FAULT_POINT("wal.segment.dir");
        status = bad ? file_fault(why, "fsync of the folder") : file_sync_dir(wal->dir, why);
    }
    wal->pos = WAL_ALIGN;
    (void)segment_add(wal, number);
    return status;
}

static yq_status read_record(void *self, yq_slice record)
{
    reading *r = self;
    yq_cur c = yq_cur_of(record);
    uint8_t type = yq_cur_u8(&c);
    uint64_t epoch = yq_cur_u64(&c), view = yq_cur_u64(&c);
    note_pair(&r->wal->segment[r->wal->segment_n - 1], epoch, view);
    r->found.records++;
    if (type >= TYPE_VOTE_FIRST && type <= TYPE_VOTE_LAST &&
        (!r->found.has_vote || pair_above(epoch, view, r->found.vote_epoch, r->found.vote_view))) {
        r->found.has_vote = 1;
        r->found.vote_epoch = epoch;
        r->found.vote_view = view;
    }
    return r->reader == NULL ? YQ_OK : r->reader(r->self, record);
}

/* Cuts a segment to what is used, so that it ends cleanly when it is no longer the newest. */
static yq_status cut(const char *path, size_t end, yq_fault *why)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        return file_fault(why, path);
    }
    int bad = YQ_FAULT_POINT("wal.cut") || ftruncate(fd, (off_t)end) != 0 ||
              YQ_FAULT_POINT("wal.cut.fsync") || fsync(fd) != 0;
    yq_status status = bad ? file_fault(why, path) : YQ_OK;
    (void)close(fd);
    return status;
}

static yq_status read_one(yq_wal *wal, uint64_t number, int last, reading *r, yq_fault *why)
{
    char path[PATH_SIZE_MAX];
    uint8_t *bytes;
    size_t size, end;
    int torn;
    segment_path(wal, number, path);
    yq_status status = file_read(path, &bytes, &size, why);
    if (status != YQ_OK) {
        return status;
    }
    (void)segment_add(wal, number);
    status = yq_wal_read_segment(yq_slice_of(bytes, size), last, read_record, r, &end, &torn);
    yq_mem_free(bytes);
    if (status != YQ_OK) {
        return yq_fail(why, status, 0, path);
    }
    r->found.torn |= torn;
    if (!last) {
        return YQ_OK;
    }
    if (end == 0) {
        /* Its head was never durable: it is made anew under the same number. */
        wal->segment_n--;
        return unlink(path) == 0 ? file_sync_dir(wal->dir, why) : file_fault(why, path);
    }
    return cut(path, end < size ? end : size, why);
}

static int by_number(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* Returns 1 and the number when name is a segment's. */
static int segment_name(const char *name, uint64_t *number)
{
    uint8_t b[8];
    yq_buf out = {b, sizeof b, 0};
    if (strlen(name) != 20 || strcmp(name + 16, ".log") != 0 ||
        yq_hex_decode(&out, name, 16) != YQ_OK) {
        return 0;
    }
    yq_cur c = yq_cur_of(yq_slice_of(b, sizeof b));
    *number = yq_cur_u64(&c);
    return 1;
}

/* Out: numbers, ascending, freed by the caller. */
static yq_status list_segments(const char *dir, uint64_t **numbers, size_t *n, yq_fault *why)
{
    DIR *d = opendir(dir);
    if (d == NULL) {
        return file_fault(why, dir);
    }
    size_t cap = 0;
    struct dirent *entry;
    uint64_t number;
    while ((entry = readdir(d)) != NULL) {
        if (!segment_name(entry->d_name, &number)) {
            continue;
        }
        if (*n == cap) {
            cap = cap == 0 ? 16 : cap * 2;
            *numbers = yq_mem_resize(*numbers, cap * sizeof **numbers);
        }
        (*numbers)[(*n)++] = number;
    }
    (void)closedir(d);
    if (*n > 0) {
        qsort(*numbers, *n, sizeof **numbers, by_number);
    }
    return YQ_OK;
}

static yq_status read_all(yq_wal *wal, reading *r, yq_fault *why)
{
    uint64_t *numbers = NULL;
    size_t n = 0;
    yq_status status = list_segments(wal->dir, &numbers, &n, why);
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        if (i > 0 && numbers[i] != numbers[i - 1] + 1) {
            status = yq_fail(why, YQ_E_CORRUPT, 0, "a segment of the log is missing");
            break;
        }
        status = read_one(wal, numbers[i], i + 1 == n, r, why);
    }
    yq_mem_free(numbers);
    return status;
}

static yq_status lock_dir(yq_wal *wal, yq_fault *why)
{
    char path[PATH_SIZE_MAX];
    if (mkdir(wal->dir, 0700) != 0 && errno != EEXIST) {
        return file_fault(why, wal->dir);
    }
    (void)snprintf(path, sizeof path, "%s/lock", wal->dir);
    wal->lock_fd = file_lock(path);
    if (wal->lock_fd == -2) {
        return yq_fail(why, YQ_E_IO, 0, "another process has the log open");
    }
    return wal->lock_fd < 0 ? file_fault(why, path) : YQ_OK;
}

yq_status yq_wal_open(
    const char *dir,
    yq_wal **out,
    yq_wal_reader reader,
    void *self,
    yq_wal_found *found,
    yq_fault *why)
{
    yq_wal *wal = yq_mem_alloc(sizeof *wal);
    wal->fd = wal->lock_fd = -1;
    wal->size = WAL_GROUP_SIZE;
    reading r = {.wal = wal, .reader = reader, .self = self};
    yq_status status = YQ_OK;
    if (strlen(dir) >= sizeof wal->dir) {
        status = yq_fail(why, YQ_E_IO, 0, "path of the log is too long");
    } else {
        memcpy(wal->dir, dir, strlen(dir) + 1);
        status = lock_dir(wal, why);
    }
    if (status == YQ_OK) {
        status = read_all(wal, &r, why);
    }
    if (status == YQ_OK) {
        status = start_segment(wal, why);
    }
    if (status != YQ_OK) {
        yq_wal_close(wal);
        return status;
    }
    wal->room = yq_mem_alloc(
        WAL_GROUP_SIZE + WAL_FLUSH_SIZE + YQ_WAL_RECORD_SIZE_MAX + WAL_FRAME_SIZE + WAL_ALIGN);
    if (found != NULL) {
        *found = r.found;
    }
    *out = wal;
    return YQ_OK;
}

void yq_wal_close(yq_wal *wal)
{
    if (wal == NULL) {
        return;
    }
    if (wal->fd >= 0) {
        (void)close(wal->fd);
    }
    if (wal->lock_fd >= 0) {
        (void)close(wal->lock_fd);
    }
    yq_mem_free(wal->segment);
    yq_mem_free(wal->room);
    yq_mem_free(wal);
}

static yq_status collect(yq_wal *wal, yq_slice head, yq_slice body, yq_fault *why)
{
    size_t n = head.n + body.n;
    if (n < YQ_WAL_HEAD_SIZE || n > YQ_WAL_RECORD_SIZE_MAX) {
        return yq_fail(why, YQ_E_LIMIT, 0, "log record");
    }
    if (wal->size >= WAL_GROUP_SIZE + WAL_FLUSH_SIZE) {
        yq_status status = yq_wal_sync(wal, why);
        if (status != YQ_OK) {
            return status;
        }
    }
    wal_frame_put(wal->room + wal->size, head, body);
    yq_cur c = yq_cur_of(yq_slice_of(wal->room + wal->size + 5, 16));
    wal->size += n + WAL_FRAME_SIZE;
    wal->count++;
    uint64_t epoch = yq_cur_u64(&c);
    note_pair(&wal->collected, epoch, yq_cur_u64(&c));
    return YQ_OK;
}

yq_status yq_wal_append(yq_wal *wal, yq_slice record, yq_fault *why)
{
    return collect(wal, record, (yq_slice){0}, why);
}

yq_status yq_wal_append_body(
    yq_wal *wal, uint64_t epoch, uint64_t view, yq_slice envelope, yq_fault *why)
{
    uint8_t head[YQ_WAL_HEAD_SIZE];
    yq_writer w = yq_writer_of(head, sizeof head);
    yq_put_u8(&w, YQ_WAL_BODY);
    yq_put_u64(&w, epoch);
    yq_put_u64(&w, view);
    return collect(wal, yq_writer_slice(&w), envelope, why);
}

static yq_status write_group(yq_wal *wal, yq_fault *why)
{
    size_t whole = (wal->size + WAL_ALIGN - 1) / WAL_ALIGN * WAL_ALIGN;
    if (wal->pos + whole > WAL_SEGMENT_SIZE) {
        yq_status status = start_segment(wal, why);
        if (status != YQ_OK) {
            return status;
        }
    }
    uint32_t records = (uint32_t)(wal->size - WAL_GROUP_SIZE);
    wal_group_put(wal->room, &wal->head, wal->pos, records, wal->count);
    memset(wal->room + wal->size, 0, whole - wal->size);
    yq_slice group = yq_slice_of(wal->room, whole);
    yq_status status = YQ_FAULT_WRITE("wal.write", wal->fd, group, wal->pos)
                           ? file_fault(why, "write")
                           : file_write(wal->fd, group, wal->pos, why);
    if (status == YQ_OK) {
        int bad = YQ_FAULT_POINT("wal.fsync");
        status = bad ? file_fault(why, "fdatasync") : file_sync(wal->fd, why);
    }
    (void)YQ_FAULT_POINT("wal.fsync.after");
    wal->pos += whole;
    return status;
}

yq_status yq_wal_sync(yq_wal *wal, yq_fault *why)
{
    if (wal->broken) {
        return yq_fail(why, YQ_E_IO, 0, "the log failed before");
    }
    if (wal->count == 0) {
        return YQ_OK;
    }
    yq_status status = write_group(wal, why);
    wal->broken = status != YQ_OK;
    segment *s = &wal->segment[wal->segment_n - 1];
    note_pair(s, wal->collected.epoch, wal->collected.view);
    wal->collected = (segment){0};
    wal->size = WAL_GROUP_SIZE;
    wal->count = 0;
    return status;
}

yq_status yq_wal_drop(yq_wal *wal, uint64_t epoch, uint64_t view, yq_fault *why)
{
    size_t n = 0;
    yq_status status = YQ_OK;
    while (status == YQ_OK && n + 1 < wal->segment_n) {
        const segment *s = &wal->segment[n];
        char path[PATH_SIZE_MAX];
        if (s->used && pair_above(s->epoch, s->view, epoch, view)) {
            break;
        }
        segment_path(wal, s->number, path);
        /* Durable one by one, so that no gap can be found after a crash. */
        int bad = YQ_FAULT_POINT("wal.drop") || unlink(path) != 0 || YQ_FAULT_POINT("wal.drop.dir");
        status = bad ? file_fault(why, path) : file_sync_dir(wal->dir, why);
        n++;
    }
    memmove(wal->segment, wal->segment + n, (wal->segment_n - n) * sizeof(segment));
    wal->segment_n -= n;
    return status;
}
