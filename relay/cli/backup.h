#ifndef YQ_RELAY_CLI_BACKUP_H
#define YQ_RELAY_CLI_BACKUP_H

#include "relay/cli/cli.h"
#include "relay/ledger/audit.h"

/*
 * A backup is a folder: genesis.bin, db/ and manifest.json, which is written last and names every
 * file with its size and SM3. It holds neither the consensus log nor a key: a node that comes from
 * a backup has forgotten its votes (consensus: a key that voted never votes again from there).
 */
#define BACKUP_PATH   1024u
#define BACKUP_FORMAT 1u

/* Joins two parts. Returns 0 when they do not fit. */
int backup_path(char *out, const char *folder, const char *name);

/* Writes dir/manifest.json over the files of dir/db. In: what was found by the audit. */
yq_status backup_manifest_write(
    cli *c, const char *dir, const yq_ledger_identity *id, const yq_audit *found);

typedef struct backup_manifest {
    yq_json *document;
} backup_manifest;

/* Reads dir/manifest.json. Owns: yq_json_free(out->document). Errors: E_IO, E_CORRUPT. */
yq_status backup_manifest_read(cli *c, const char *dir, backup_manifest *out);

/* What it says of the ledger is what was found. Errors: E_CORRUPT. */
yq_status backup_manifest_check(
    cli *c, const backup_manifest *m, const yq_ledger_identity *id, const yq_audit *found);

/* Copies every file that the manifest names from from/ to to/, which is there, and checks size and
 * SM3 of what was written. Errors: E_CORRUPT (with the file), E_IO. */
yq_status backup_copy(cli *c, const backup_manifest *m, const char *from, const char *to);

/* Opens a ledger that nobody else uses, checks all of it and closes it. Tells how far it is unless
 * c->json. use: called with the open ledger when it is whole; may be NULL. */
yq_status backup_audit(
    cli *c,
    const char *db,
    yq_slice genesis,
    yq_audit *found,
    void (*use)(yq_ledger *ledger, void *self),
    void *self);

/* Makes a folder's entries durable. */
yq_status backup_sync(cli *c, const char *dir);

#endif /* YQ_RELAY_CLI_BACKUP_H */
