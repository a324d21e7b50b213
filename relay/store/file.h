#ifndef YQ_RELAY_STORE_FILE_H
#define YQ_RELAY_STORE_FILE_H

#include "relay/base/bytes.h"

/* Files of the log and the guard: every failure is E_IO with the call's name and the system's text.
 * Inside relay/store only. */
yq_status file_fault(yq_fault *why, const char *call);

/* Writes all bytes at offset. */
yq_status file_write(int fd, yq_slice bytes, uint64_t offset, yq_fault *why);

/* Makes the file's data durable; the directory's entries. */
yq_status file_sync(int fd, yq_fault *why);
yq_status file_sync_dir(const char *dir, yq_fault *why);

/* Reads the whole file. Out: bytes, freed with yq_mem_free. */
yq_status file_read(const char *path, uint8_t **bytes, size_t *size, yq_fault *why);

/* Opens path and takes its lock. Returns the descriptor; -1: it cannot be opened; -2: another
 * process has the lock. */
int file_lock(const char *path);

#endif /* YQ_RELAY_STORE_FILE_H */
