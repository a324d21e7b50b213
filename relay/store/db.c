#include "relay/store/db.h"

#include "relay/base/fault_point.h"
#include "relay/store/file.h"
#include "relay/store/mem.h"

#include <dirent.h>
#include <errno.h>
#include <rocksdb/c.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * RocksDB stays behind this file. Its own log of writes is what makes a batch atomic; every batch
 * is written with sync.
 */
#define WRITE_BUFFER_SIZE (32u << 20)
#define BLOCK_CACHE_SIZE  (64u << 20)
#define OPEN_FILES_MAX    512
#define LOG_FILES_KEPT    4u

struct yq_db {
    rocksdb_t *db;
    rocksdb_options_t *options;
    rocksdb_block_based_table_options_t *table;
    rocksdb_cache_t *cache;
    rocksdb_readoptions_t *read;
    rocksdb_writeoptions_t *write;
};

struct yq_db_snap {
    yq_db *db;
    const rocksdb_snapshot_t *snap;
    rocksdb_readoptions_t *read;
};

struct yq_db_batch {
    rocksdb_writebatch_t *batch;
    size_t size;
};

struct yq_db_iter {
    rocksdb_iterator_t *it;
    rocksdb_readoptions_t *read;
};

static yq_status tell(char *error, yq_fault *why)
{
    static const char corrupt[] = "Corruption";
    yq_status status = strncmp(error, corrupt, sizeof corrupt - 1) == 0 ? YQ_E_CORRUPT : YQ_E_IO;
    status = yq_fail(why, status, 0, error);
    rocksdb_free(error);
    return status;
}

static void set_options(yq_db *db)
{
    db->options = rocksdb_options_create();
    db->table = rocksdb_block_based_options_create();
    db->cache = rocksdb_cache_create_lru(BLOCK_CACHE_SIZE);
    db->read = rocksdb_readoptions_create();
    db->write = rocksdb_writeoptions_create();
    rocksdb_block_based_options_set_block_cache(db->table, db->cache);
    /* Indices and filters grow with the data: in the cache, in parts, they cannot outgrow it. */
    rocksdb_block_based_options_set_cache_index_and_filter_blocks(db->table, 1);
    rocksdb_block_based_options_set_pin_top_level_index_and_filter(db->table, 1);
    rocksdb_block_based_options_set_index_type(
        db->table, rocksdb_block_based_table_index_type_two_level_index_search);
    rocksdb_block_based_options_set_partition_filters(db->table, 1);
    rocksdb_filterpolicy_t *filter = rocksdb_filterpolicy_create_bloom_full(10);
    rocksdb_block_based_options_set_filter_policy(db->table, filter); /* takes it over */
    rocksdb_options_set_block_based_table_factory(db->options, db->table);
    rocksdb_options_set_create_if_missing(db->options, 1);
    rocksdb_options_set_paranoid_checks(db->options, 1);
    rocksdb_options_set_write_buffer_size(db->options, WRITE_BUFFER_SIZE);
    rocksdb_options_set_max_open_files(db->options, OPEN_FILES_MAX);
    rocksdb_options_set_keep_log_file_num(db->options, LOG_FILES_KEPT);
    /* An unfinished record at the end is a batch that was never answered; anything else is damage.
     */
    rocksdb_options_set_wal_recovery_mode(
        db->options, rocksdb_tolerate_corrupted_tail_records_recovery);
    rocksdb_readoptions_set_verify_checksums(db->read, 1);
    rocksdb_writeoptions_set_sync(db->write, 1);
}

static yq_status open_database(const char *path, int readonly, yq_db **out, yq_fault *why)
{
    yq_db *db = yq_mem_alloc(sizeof *db);
    set_options(db);
    char *error = NULL;
    db->db = readonly ? rocksdb_open_for_read_only(db->options, path, 0, &error)
                      : rocksdb_open(db->options, path, &error);
    if (error != NULL) {
        yq_db_close(db);
        return tell(error, why);
    }
    *out = db;
    return YQ_OK;
}

yq_status yq_db_open(const char *path, yq_db **db, yq_fault *why)
{
    return open_database(path, 0, db, why);
}

yq_status yq_db_open_readonly(const char *path, yq_db **db, yq_fault *why)
{
    return open_database(path, 1, db, why);
}

int yq_db_exists(const char *path)
{
    char current[1100];
    (void)snprintf(current, sizeof current, "%s/CURRENT", path);
    return access(current, F_OK) == 0;
}

yq_status yq_db_list(
    const char *path,
    yq_status (*each)(void *self, const char *name, yq_fault *why),
    void *self,
    yq_fault *why)
{
    struct dirent *e;
    yq_status status = YQ_OK;
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return file_fault(why, path);
    }
    DIR *d = opendir(path);
    if (d == NULL) {
        return file_fault(why, path);
    }
    while (status == YQ_OK && (e = readdir(d)) != NULL) {
        if (e->d_name[0] != '.') {
            status = each(self, e->d_name, why);
        }
    }
    (void)closedir(d);
    return status;
}

yq_status yq_db_remove(const char *path, yq_fault *why)
{
    char *error = NULL;
    rocksdb_options_t *options = rocksdb_options_create();
    rocksdb_destroy_db(options, path, &error);
    rocksdb_options_destroy(options);
    if (error != NULL) {
        return tell(error, why);
    }
    if (rmdir(path) != 0 && errno != ENOENT) {
        return yq_fail(why, YQ_E_IO, 0, strerror(errno));
    }
    return YQ_OK;
}

/* A name that is gone was moved by an earlier call. */
static yq_status move(const char *from, const char *to, yq_fault *why)
{
    char folder[1100];
    if (rename(from, to) != 0 && errno != ENOENT) {
        return file_fault(why, "rename");
    }
    const char *end = strrchr(to, '/');
    int n = end == NULL ? 0 : (int)(end - to);
    (void)snprintf(folder, sizeof folder, "%.*s", n == 0 ? 1 : n, n == 0 ? "." : to);
    return file_sync_dir(folder, why);
}

yq_status yq_db_replace(const char *from, const char *to, yq_fault *why)
{
    char old[1100];
    yq_status status = YQ_OK;
    (void)snprintf(old, sizeof old, "%s.replaced", to);
    if (from != NULL) {
        status = access(old, F_OK) == 0 ? YQ_OK : move(to, old, why);
        (void)YQ_FAULT_POINT("db.replace");
        status = status == YQ_OK ? move(from, to, why) : status;
        (void)YQ_FAULT_POINT("db.replace.moved");
    }
    return status == YQ_OK ? yq_db_remove(old, why) : status;
}

void yq_db_close(yq_db *db)
{
    if (db == NULL) {
        return;
    }
    if (db->db != NULL) {
        rocksdb_close(db->db);
    }
    rocksdb_writeoptions_destroy(db->write);
    rocksdb_readoptions_destroy(db->read);
    rocksdb_options_destroy(db->options);
    rocksdb_block_based_options_destroy(db->table);
    rocksdb_cache_destroy(db->cache);
    yq_mem_free(db);
}

yq_status yq_db_checkpoint(yq_db *db, const char *path, yq_fault *why)
{
    char *error = NULL;
    rocksdb_checkpoint_t *checkpoint = rocksdb_checkpoint_object_create(db->db, &error);
    if (error == NULL) {
        rocksdb_checkpoint_create(checkpoint, path, 0, &error);
    }
    if (checkpoint != NULL) {
        rocksdb_checkpoint_object_destroy(checkpoint);
    }
    return error == NULL ? YQ_OK : tell(error, why);
}

static rocksdb_readoptions_t *read_options(const yq_db_snap *snap)
{
    rocksdb_readoptions_t *read = rocksdb_readoptions_create();
    rocksdb_readoptions_set_verify_checksums(read, 1);
    if (snap != NULL) {
        rocksdb_readoptions_set_snapshot(read, snap->snap);
    }
    return read;
}

yq_db_snap *yq_db_snap_new(yq_db *db)
{
    yq_db_snap *snap = yq_mem_alloc(sizeof *snap);
    snap->db = db;
    snap->snap = rocksdb_create_snapshot(db->db);
    snap->read = read_options(snap);
    return snap;
}

void yq_db_snap_free(yq_db_snap *snap)
{
    if (snap == NULL) {
        return;
    }
    rocksdb_readoptions_destroy(snap->read);
    rocksdb_release_snapshot(snap->db->db, snap->snap);
    yq_mem_free(snap);
}

yq_status yq_db_get(yq_db *db, const yq_db_snap *snap, yq_slice key, yq_db_value *value)
{
    *value = (yq_db_value){0};
    char *error = NULL;
    rocksdb_pinnableslice_t *pin = rocksdb_get_pinned(
        db->db, snap == NULL ? db->read : snap->read, (const char *)key.p, key.n, &error);
    if (error != NULL) {
        return tell(error, NULL);
    }
    if (pin == NULL) {
        return YQ_OK;
    }
    value->found = 1;
    value->pin = pin;
    value->bytes.p = (const uint8_t *)rocksdb_pinnableslice_value(pin, &value->bytes.n);
    return YQ_OK;
}

void yq_db_value_free(yq_db_value *value)
{
    if (value->pin != NULL) {
        rocksdb_pinnableslice_destroy(value->pin);
    }
    *value = (yq_db_value){0};
}

yq_db_batch *yq_db_batch_new(void)
{
    yq_db_batch *batch = yq_mem_alloc(sizeof *batch);
    batch->batch = rocksdb_writebatch_create();
    return batch;
}

void yq_db_batch_free(yq_db_batch *batch)
{
    if (batch == NULL) {
        return;
    }
    rocksdb_writebatch_destroy(batch->batch);
    yq_mem_free(batch);
}

void yq_db_batch_put(yq_db_batch *batch, yq_slice key, yq_slice value)
{
    rocksdb_writebatch_put(
        batch->batch, (const char *)key.p, key.n, (const char *)value.p, value.n);
    batch->size += key.n + value.n;
}

void yq_db_batch_remove(yq_db_batch *batch, yq_slice key)
{
    rocksdb_writebatch_delete(batch->batch, (const char *)key.p, key.n);
    batch->size += key.n;
}

size_t yq_db_batch_size(const yq_db_batch *batch)
{
    return batch->size;
}

yq_status yq_db_write(yq_db *db, yq_db_batch *batch, yq_fault *why)
{
    char *error = NULL;
    int failed = YQ_FAULT_POINT("db.write");
    if (!failed) {
        rocksdb_write(db->db, db->write, batch->batch, &error);
        (void)YQ_FAULT_POINT("db.write.after");
    }
    rocksdb_writebatch_clear(batch->batch);
    batch->size = 0;
    if (failed) {
        return yq_fail(why, YQ_E_IO, 0, "write to the database");
    }
    return error == NULL ? YQ_OK : tell(error, why);
}

yq_db_iter *yq_db_iter_new(yq_db *db, const yq_db_snap *snap)
{
    yq_db_iter *it = yq_mem_alloc(sizeof *it);
    it->read = read_options(snap);
    it->it = rocksdb_create_iterator(db->db, it->read);
    return it;
}

void yq_db_iter_free(yq_db_iter *it)
{
    if (it == NULL) {
        return;
    }
    rocksdb_iter_destroy(it->it);
    rocksdb_readoptions_destroy(it->read);
    yq_mem_free(it);
}

int yq_db_iter_seek(yq_db_iter *it, yq_slice key)
{
    rocksdb_iter_seek(it->it, (const char *)key.p, key.n);
    return rocksdb_iter_valid(it->it) != 0;
}

int yq_db_iter_step(yq_db_iter *it)
{
    rocksdb_iter_next(it->it);
    return rocksdb_iter_valid(it->it) != 0;
}

yq_slice yq_db_iter_key(const yq_db_iter *it)
{
    yq_slice key;
    key.p = (const uint8_t *)rocksdb_iter_key(it->it, &key.n);
    return key;
}

yq_slice yq_db_iter_value(const yq_db_iter *it)
{
    yq_slice value;
    value.p = (const uint8_t *)rocksdb_iter_value(it->it, &value.n);
    return value;
}

yq_status yq_db_iter_status(const yq_db_iter *it)
{
    char *error = NULL;
    rocksdb_iter_get_error(it->it, &error);
    return error == NULL ? YQ_OK : tell(error, NULL);
}
