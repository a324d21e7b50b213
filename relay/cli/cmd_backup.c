#include "relay/base/bytes.h"
#include "relay/cli/backup.h"
#include "relay/ledger/genesis.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Copies of a node's ledger, made while it runs, and back again. */

typedef struct place {
    char dir[BACKUP_PATH], db[BACKUP_PATH], genesis[BACKUP_PATH];
    yq_buf bytes; /* of the genesis */
} place;

static yq_status make_folder(cli *c, const char *path)
{
    if (mkdir(path, 0700) == 0) {
        return YQ_OK;
    }
    char text[120];
    (void)snprintf(text, sizeof text, "%.80s: %.30s", path, strerror(errno));
    return yq_fail(&c->why, errno == EEXIST ? YQ_E_EXISTS : YQ_E_IO, 0, text);
}

static yq_status place_of(cli *c, const char *dir, place *p)
{
    int n = snprintf(p->dir, sizeof p->dir, "%s", dir);
    int fits = n > 0 && n < (int)sizeof p->dir && backup_path(p->db, dir, "db") &&
               backup_path(p->genesis, dir, "genesis.bin");
    return fits ? YQ_OK : cli_usage(c, "a path is too long");
}

/* The node makes the copy when it runs; a store that nobody uses is opened here. */
static yq_status checkpoint(cli *c, const place *home, const char *to)
{
    yq_slice body = yq_slice_text(to), reply;
    yq_ledger *l;
    yq_status status = cli_hub(c);
    if (status == YQ_OK) {
        status = yq_api_ask(c->http, "/api/v1/backup", &body, 600000, &reply, &c->why);
    }
    if (status != YQ_E_UNAVAILABLE) {
        return status;
    }
    const yq_ledger_config config = {
        .path = home->db, .genesis = yq_slice_of(home->bytes.p, home->bytes.n)};
    status = yq_ledger_open(&config, &l, &c->why);
    if (status == YQ_OK) {
        status = yq_ledger_checkpoint(l, to, &c->why);
        yq_ledger_close(l);
    }
    return status;
}

/* What the manifest says of the chain, longer than the ledger is open. */
typedef struct chain {
    yq_ledger_identity id;
    uint8_t hub[256];
} chain;

static void note_chain(yq_ledger *ledger, void *self)
{
    chain *x = self;
    x->id = *yq_ledger_identity_of(ledger);
    x->id.hub.n = x->id.hub.n < sizeof x->hub ? x->id.hub.n : 0;
    yq_bytes_copy(x->hub, x->id.hub.p, x->id.hub.n);
    x->id.hub.p = x->hub;
}

static yq_status show(
    cli *c, const char *dir, const yq_audit *found, const char *next, yq_json_out **out)
{
    *out = yq_json_out_new(CLI_JSON_MAX);
    if (*out == NULL) {
        return yq_fail(&c->why, YQ_E_MEMORY, 0, "result");
    }
    yq_json_out_object(*out, NULL);
    yq_json_out_str(*out, "folder", dir);
    yq_json_out_uint(*out, "height", found->tip.header.height);
    yq_json_out_hex(*out, "hash", YQ_SLICE_OF(found->tip.h.b));
    yq_json_out_uint(*out, "certified", found->certified);
    yq_json_out_uint(*out, "epochs", found->epochs);
    yq_json_out_uint(*out, "keys", found->keys);
    if (next != NULL) {
        yq_json_out_str(*out, "next", next);
    }
    yq_json_out_end(*out);
    return YQ_OK;
}

/* Makes the copy in a folder that is given its name only when everything in it was checked. */
static yq_status make_backup(cli *c, const place *home, const char *out, yq_audit *found)
{
    place part = {0};
    char name[BACKUP_PATH], real[PATH_MAX];
    static chain x;
    struct stat st;
    if (lstat(out, &st) == 0) {
        return yq_fail(&c->why, YQ_E_EXISTS, 0, out);
    }
    int n = snprintf(name, sizeof name, "%s.partial", out);
    if (n <= 0 || n >= (int)sizeof name) {
        return cli_usage(c, "a path is too long");
    }
    yq_status status = make_folder(c, name);
    if (status == YQ_OK && realpath(name, real) == NULL) {
        status = yq_fail(&c->why, YQ_E_IO, 0, name);
    }
    if (status == YQ_OK) {
        status = place_of(c, real, &part);
    }
    if (status == YQ_OK) {
        status = checkpoint(c, home, part.db);
    }
    if (status == YQ_OK) {
        status = cli_write(c, part.genesis, yq_slice_of(home->bytes.p, home->bytes.n));
    }
    if (status == YQ_OK) {
        yq_slice genesis = yq_slice_of(home->bytes.p, home->bytes.n);
        status = backup_audit(c, part.db, genesis, found, note_chain, &x);
    }
    if (status == YQ_OK) {
        status = backup_manifest_write(c, part.dir, &x.id, found);
    }
    if (status == YQ_OK && rename(name, out) != 0) {
        status = yq_fail(&c->why, YQ_E_IO, 0, out);
    }
    return status;
}

yq_status cmd_backup(cli *c, yq_json_out **out)
{
    place home = {0};
    yq_audit found = {0};
    const char *dir = cli_get(c, "home");
    if (dir == NULL) {
        return cli_usage(c, "--home DIR: whose ledger?");
    }
    yq_status status = place_of(c, dir, &home);
    if (status == YQ_OK) {
        status = cli_file(c, home.genesis, YQ_GENESIS_SIZE_MAX, &home.bytes);
    }
    if (status != YQ_OK) {
        return status;
    }
    status = make_backup(c, &home, cli_get(c, "out"), &found);
    free(home.bytes.p);
    return status == YQ_OK ? show(c, cli_get(c, "out"), &found, NULL, out) : status;
}

/* Nothing but an empty folder, or none. */
static int is_vacant(const char *path)
{
    DIR *d = opendir(path);
    unsigned n = 0;
    if (d == NULL) {
        return errno == ENOENT;
    }
    while (readdir(d) != NULL) {
        n++;
    }
    (void)closedir(d);
    return n <= 2;
}

static yq_status check_home(cli *c, const place *home)
{
    char wal[BACKUP_PATH];
    if (!backup_path(wal, home->dir, "wal")) {
        return cli_usage(c, "a path is too long");
    }
    if (!is_vacant(home->db)) {
        return yq_fail(&c->why, YQ_E_EXISTS, 0, "the home has a ledger");
    }
    if (!is_vacant(wal)) {
        return yq_fail(&c->why, YQ_E_EXISTS, 0, "the home has a consensus log");
    }
    return YQ_OK;
}

/* The home's own genesis must be the backup's. */
static yq_status settle_genesis(cli *c, const place *from, const place *home)
{
    yq_buf own;
    if (access(home->genesis, F_OK) != 0) {
        return cli_write(c, home->genesis, yq_slice_of(from->bytes.p, from->bytes.n));
    }
    yq_status status = cli_file(c, home->genesis, YQ_GENESIS_SIZE_MAX, &own);
    if (status == YQ_OK) {
        int same = own.n == from->bytes.n && memcmp(own.p, from->bytes.p, own.n) == 0;
        free(own.p);
        status = same ? YQ_OK : yq_fail(&c->why, YQ_E_DOMAIN, 0, "genesis.bin is another chain's");
    }
    return status;
}

static yq_status put_back(
    cli *c, const place *from, const place *home, const backup_manifest *m, yq_audit *found)
{
    static chain x;
    char part[BACKUP_PATH];
    if (!backup_path(part, home->dir, "db.partial")) {
        return cli_usage(c, "a path is too long");
    }
    yq_status status = make_folder(c, part);
    if (status == YQ_OK) {
        status = backup_copy(c, m, from->db, part);
    }
    if (status == YQ_OK) {
        yq_slice genesis = yq_slice_of(from->bytes.p, from->bytes.n);
        status = backup_audit(c, part, genesis, found, note_chain, &x);
    }
    if (status == YQ_OK) {
        status = backup_manifest_check(c, m, &x.id, found);
    }
    if (status == YQ_OK) {
        (void)rmdir(home->db);
        status = rename(part, home->db) == 0 ? backup_sync(c, home->dir)
                                             : yq_fail(&c->why, YQ_E_IO, 0, home->db);
    }
    return status;
}

yq_status cmd_restore(cli *c, yq_json_out **out)
{
    place from = {0}, home = {0};
    yq_audit found = {0};
    backup_manifest m = {0};
    const char *dir = cli_get(c, "home");
    if (dir == NULL) {
        return cli_usage(c, "--home DIR: where to?");
    }
    if (mkdir(dir, 0755) != 0 && errno != EEXIST) {
        return yq_fail(&c->why, YQ_E_IO, 0, dir);
    }
    yq_status status = place_of(c, cli_get(c, "from"), &from);
    if (status == YQ_OK) {
        status = place_of(c, dir, &home);
    }
    if (status == YQ_OK) {
        status = check_home(c, &home);
    }
    if (status == YQ_OK) {
        status = backup_manifest_read(c, from.dir, &m);
    }
    if (status == YQ_OK) {
        status = cli_file(c, from.genesis, YQ_GENESIS_SIZE_MAX, &from.bytes);
    }
    if (status == YQ_OK) {
        status = settle_genesis(c, &from, &home);
    }
    if (status == YQ_OK) {
        status = put_back(c, &from, &home, &m, &found);
    }
    free(from.bytes.p);
    yq_json_free(m.document);
    return status == YQ_OK
               ? show(
                     c,
                     dir,
                     &found,
                     "start it as role observer, or with a new key: a key that voted never votes "
                     "from a restored home",
                     out)
               : status;
}
