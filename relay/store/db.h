#ifndef YQ_RELAY_STORE_DB_H
#define YQ_RELAY_STORE_DB_H

#include "relay/base/bytes.h"

/*
 * An ordered map of bytes on disk (RocksDB). All functions are thread-safe, but a batch and an
 * iterator belong to one thread. Failures are faults of this machine: E_IO, E_CORRUPT (a checksum
 * does not match, or the files are of something else); why carries RocksDB's text.
 */
typedef struct yq_db yq_db;
typedef struct yq_db_snap yq_db_snap;
typedef struct yq_db_batch yq_db_batch;
typedef struct yq_db_iter yq_db_iter;

/* Opens or makes the database in the folder path; one process at a time. Owns: *db until
 * yq_db_close. Errors: E_IO, E_CORRUPT. */
YQ_NODISCARD yq_status yq_db_open(const char *path, yq_db **db, yq_fault *why);

/* Opens an existing database that nobody writes, as it is; a batch written to it is a bug. As
 * yq_db_open otherwise. */
YQ_NODISCARD yq_status yq_db_open_readonly(const char *path, yq_db **db, yq_fault *why);

/* Returns 1 when there is a database in the folder path. */
int yq_db_exists(const char *path);

/* Makes the folder path when it is missing and tells the names in it, in no order. each may remove
 * what it names. Errors: E_IO, each's (the walk ends). */
YQ_NODISCARD yq_status yq_db_list(
    const char *path,
    yq_status (*each)(void *self, const char *name, yq_fault *why),
    void *self,
    yq_fault *why);

/* Removes the database in the folder path, and the folder; none there: OK. In: it is not open.
 * Errors: E_IO. */
YQ_NODISCARD yq_status yq_db_remove(const char *path, yq_fault *why);

/*
 * Puts the database in the folder from in the place of the one in to. Interrupted at any moment and
 * called again it goes on. In: neither is open; from NULL: only cleans up after an interrupted
 * call. Errors: E_IO.
 */
YQ_NODISCARD yq_status yq_db_replace(const char *from, const char *to, yq_fault *why);

/* In: db may be NULL; all snapshots and iterators are closed before. */
void yq_db_close(yq_db *db);

/* Writes a copy of the database as it is now into the new folder path, which must not exist; what
 * can be shared with the original on one file system is. Errors: E_IO (why has RocksDB's text). */
YQ_NODISCARD yq_status yq_db_checkpoint(yq_db *db, const char *path, yq_fault *why);

/* A consistent state of the moment; reads through it do not see later writes. */
yq_db_snap *yq_db_snap_new(yq_db *db);
void yq_db_snap_free(yq_db_snap *snap);

/* A value that was read: bytes live until yq_db_value_free, which takes a zeroed one as well. */
typedef struct yq_db_value {
    int found;
    yq_slice bytes;
    void *pin;
} yq_db_value;

/* Reads one key; snap NULL: the newest state. Returns OK also when there is none (found = 0). */
YQ_NODISCARD yq_status
yq_db_get(yq_db *db, const yq_db_snap *snap, yq_slice key, yq_db_value *value);
void yq_db_value_free(yq_db_value *value);

/* Changes that are written together or not at all. put and remove copy. */
yq_db_batch *yq_db_batch_new(void);
void yq_db_batch_free(yq_db_batch *batch);
void yq_db_batch_put(yq_db_batch *batch, yq_slice key, yq_slice value);
void yq_db_batch_remove(yq_db_batch *batch, yq_slice key);
size_t yq_db_batch_size(const yq_db_batch *batch);

/* Writes the batch and makes it durable before it returns. The batch is empty afterwards. After a
 * failure the caller stops: what is on disk is the state before or after, never between. */
YQ_NODISCARD yq_status yq_db_write(yq_db *db, yq_db_batch *batch, yq_fault *why);

/* A walk in order of bytes over the state at snap (NULL: at the moment of yq_db_iter_new). */
yq_db_iter *yq_db_iter_new(yq_db *db, const yq_db_snap *snap);
void yq_db_iter_free(yq_db_iter *it);

/* Goes to the first key >= key, or one on. Returns 1 when it stands on a key, 0 at the end or after
 * a fault. */
int yq_db_iter_seek(yq_db_iter *it, yq_slice key);
int yq_db_iter_step(yq_db_iter *it);

/* Where it stands; the bytes live until the next move. */
yq_slice yq_db_iter_key(const yq_db_iter *it);
yq_slice yq_db_iter_value(const yq_db_iter *it);

/* Tells a fault from the end. */
YQ_NODISCARD yq_status yq_db_iter_status(const yq_db_iter *it);

#endif /* YQ_RELAY_STORE_DB_H */
