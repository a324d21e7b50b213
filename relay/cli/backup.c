#include "relay/cli/backup.h"

#include "relay/base/bytes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 100000u

static yq_status io(cli *c, const char *path)
{
    char text[120];
    (void)snprintf(text, sizeof text, "%.80s: %.30s", path, strerror(errno));
    return yq_fail(&c->why, YQ_E_IO, 0, text);
}

static yq_status corrupt(cli *c, const char *what)
{
    return yq_fail(&c->why, YQ_E_CORRUPT, 0, what);
}

int backup_path(char *out, const char *folder, const char *name)
{
    int n = snprintf(out, BACKUP_PATH, "%s/%s", folder, name);
    return n > 0 && n < (int)BACKUP_PATH;
}

yq_status backup_sync(cli *c, const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int good = fd >= 0 && fsync(fd) == 0;
    yq_status status = good ? YQ_OK : io(c, dir);
    if (fd >= 0) {
        (void)close(fd);
    }
    return status;
}

/* Size and SM3 of a file. */
static yq_status digest_of(cli *c, const char *path, uint64_t *size, yq_digest *sm3)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        yq_status status = io(c, path);
        if (fd >= 0) {
            (void)close(fd);
        }
        return status;
    }
    *size = (uint64_t)st.st_size;
    void *p =
        st.st_size == 0 ? NULL : mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    yq_status status = p == MAP_FAILED ? io(c, path) : YQ_OK;
    if (status == YQ_OK) {
        yq_hash_one(YQ_HASH_SM3, yq_slice_of(p, (size_t)st.st_size), sm3->b);
    }
    if (p != NULL && p != MAP_FAILED) {
        (void)munmap(p, (size_t)st.st_size);
    }
    (void)close(fd);
    return status;
}

/* A database's own text for people and its lock say nothing that is to be kept. */
static int is_kept(const struct dirent *entry)
{
    const char *name = entry->d_name;
    return name[0] != '.' && strcmp(name, "LOCK") != 0 && strncmp(name, "LOG", 3) != 0;
}

static yq_status put_files(cli *c, const char *dir, yq_json_out *out)
{
    char db[BACKUP_PATH], path[BACKUP_PATH];
    struct dirent **entry = NULL;
    yq_status status = YQ_OK;
    if (!backup_path(db, dir, "db")) {
        return cli_usage(c, "a path is too long");
    }
    int n = scandir(db, &entry, is_kept, alphasort);
    if (n < 0) {
        return io(c, db);
    }
    yq_json_out_array(out, "files");
    for (int i = 0; i < n; i++) {
        uint64_t size = 0;
        yq_digest sm3 = {{0}};
        if (status == YQ_OK && backup_path(path, db, entry[i]->d_name)) {
            status = digest_of(c, path, &size, &sm3);
        }
        if (status == YQ_OK) {
            yq_json_out_object(out, NULL);
            yq_json_out_str(out, "name", entry[i]->d_name);
            yq_json_out_uint(out, "size", size);
            yq_json_out_hex(out, "sm3", YQ_SLICE_OF(sm3.b));
            yq_json_out_end(out);
        }
        free(entry[i]);
    }
    free(entry);
    yq_json_out_end(out);
    return status;
}

/* Everything but the files. */
static void put_facts(yq_json_out *out, const yq_ledger_identity *id, const yq_audit *found)
{
    yq_json_out_uint(out, "format", BACKUP_FORMAT);
    yq_json_out_text(out, "hub", id->hub);
    yq_json_out_hex(out, "chain_id_hash", YQ_SLICE_OF(id->chain_id_hash.b));
    yq_json_out_uint(out, "height", found->tip.header.height);
    yq_json_out_hex(out, "hash", YQ_SLICE_OF(found->tip.h.b));
    yq_json_out_hex(out, "result_root", YQ_SLICE_OF(found->tip.result.result_root.b));
    yq_json_out_uint(out, "certified", found->certified);
    yq_json_out_uint(out, "epochs", found->epochs);
    yq_json_out_uint(out, "keys", found->keys);
    yq_json_out_uint(out, "time_ms", found->tip.header.time_ms);
}

static int same_value(const yq_json *a, const yq_json *b)
{
    yq_slice s, t;
    uint64_t m, n;
    if (yq_json_text(a, &s)) {
        return yq_json_text(b, &t) && yq_slice_equal(s, t);
    }
    return yq_json_uint(a, &m) && yq_json_uint(b, &n) && m == n;
}

yq_status backup_manifest_check(
    cli *c, const backup_manifest *m, const yq_ledger_identity *id, const yq_audit *found)
{
    yq_json_out *out = yq_json_out_new(CLI_JSON_MAX);
    size_t size = 0;
    if (out == NULL) {
        return yq_fail(&c->why, YQ_E_MEMORY, 0, "manifest");
    }
    yq_json_out_object(out, NULL);
    put_facts(out, id, found);
    yq_json_out_end(out);
    const char *text = yq_json_out_done(out, &size);
    const uint8_t *bytes = (const uint8_t *)text;
    yq_json *document = yq_json_parse(yq_slice_of(bytes, size), CLI_JSON_MAX, &c->why);
    const yq_json *want = document == NULL ? NULL : yq_json_root(document);
    const yq_json *said = yq_json_root(m->document);
    size_t n = want == NULL ? 0 : yq_json_count(want);
    yq_status status = n == 0 ? YQ_E_MEMORY : YQ_OK;
    if (yq_json_count(said) != n + 1) {
        status = corrupt(c, "manifest.json: members");
    }
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        const char *name = yq_json_key_at(want, i);
        if (!same_value(yq_json_get(want, name), yq_json_get(said, name))) {
            status = corrupt(c, "manifest.json is of another state");
        }
    }
    yq_json_free(document);
    yq_json_out_free(out);
    return status;
}

yq_status backup_manifest_write(
    cli *c, const char *dir, const yq_ledger_identity *id, const yq_audit *found)
{
    char path[BACKUP_PATH];
    yq_json_out *out = yq_json_out_new(CLI_JSON_MAX);
    if (out == NULL || !backup_path(path, dir, "manifest.json")) {
        yq_json_out_free(out);
        return yq_fail(&c->why, YQ_E_MEMORY, 0, "manifest");
    }
    yq_json_out_object(out, NULL);
    put_facts(out, id, found);
    yq_status status = put_files(c, dir, out);
    yq_json_out_end(out);
    size_t size = 0;
    const char *text = yq_json_out_done(out, &size);
    if (status == YQ_OK) {
        status = text == NULL ? yq_fail(&c->why, YQ_E_LIMIT, 0, "manifest")
                              : cli_write(c, path, yq_slice_of(text, size));
    }
    yq_json_out_free(out);
    return status == YQ_OK ? backup_sync(c, dir) : status;
}

yq_status backup_manifest_read(cli *c, const char *dir, backup_manifest *out)
{
    char path[BACKUP_PATH];
    yq_buf file;
    uint64_t format = 0;
    *out = (backup_manifest){0};
    if (!backup_path(path, dir, "manifest.json")) {
        return cli_usage(c, "a path is too long");
    }
    yq_status status = cli_file(c, path, CLI_JSON_MAX, &file);
    if (status != YQ_OK) {
        return status;
    }
    out->document = yq_json_parse(yq_slice_of(file.p, file.n), CLI_JSON_MAX, &c->why);
    free(file.p);
    if (out->document == NULL) {
        return corrupt(c, "manifest.json: not a backup's, or not whole");
    }
    const yq_json *root = yq_json_root(out->document);
    int good = yq_json_uint(yq_json_get(root, "format"), &format) && format == BACKUP_FORMAT &&
               yq_json_is_array(yq_json_get(root, "files"));
    if (!good) {
        yq_json_free(out->document);
        out->document = NULL;
        return corrupt(c, "manifest.json: not a backup's of this version");
    }
    return YQ_OK;
}

static yq_status copy_file(cli *c, const char *from, const char *to)
{
    static uint8_t room[1u << 20];
    FILE *in = fopen(from, "rb");
    int fd = in == NULL ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    yq_status status = in == NULL ? io(c, from) : (fd < 0 ? io(c, to) : YQ_OK);
    size_t n = 1;
    while (status == YQ_OK && n > 0) {
        n = fread(room, 1, sizeof room, in);
        if (ferror(in)) {
            status = io(c, from);
        } else if (n > 0 && write(fd, room, n) != (ssize_t)n) {
            status = io(c, to);
        }
    }
    if (status == YQ_OK && fsync(fd) != 0) {
        status = io(c, to);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    if (in != NULL) {
        (void)fclose(in);
    }
    return status;
}

/* A file of the database has a name without folders. */
static int is_name(yq_slice name)
{
    return name.n > 0 && name.n < 200 && name.p[0] != '.' && memchr(name.p, '/', name.n) == NULL &&
           memchr(name.p, 0, name.n) == NULL;
}

static yq_status copy_one(cli *c, const yq_json *item, const char *from, const char *to)
{
    yq_slice name;
    yq_digest want, sm3 = {{0}};
    uint64_t size, found = 0;
    char file[256], a[BACKUP_PATH], b[BACKUP_PATH];
    yq_buf hex = {want.b, sizeof want.b, 0};
    int good = yq_json_text(yq_json_get(item, "name"), &name) && is_name(name) &&
               yq_json_uint(yq_json_get(item, "size"), &size) &&
               yq_json_hex(yq_json_get(item, "sm3"), &hex) && hex.n == YQ_DIGEST_SIZE;
    if (!good) {
        return corrupt(c, "manifest.json: files");
    }
    memcpy(file, name.p, name.n);
    file[name.n] = '\0';
    if (!backup_path(a, from, file) || !backup_path(b, to, file)) {
        return cli_usage(c, "a path is too long");
    }
    yq_status status = copy_file(c, a, b);
    if (status == YQ_OK) {
        status = digest_of(c, b, &found, &sm3);
    }
    if (status == YQ_OK && (found != size || memcmp(sm3.b, want.b, YQ_DIGEST_SIZE) != 0)) {
        status = corrupt(c, file);
    }
    return status;
}

yq_status backup_copy(cli *c, const backup_manifest *m, const char *from, const char *to)
{
    const yq_json *files = yq_json_get(yq_json_root(m->document), "files");
    size_t n = yq_json_count(files);
    yq_status status = n == 0 || n > FILES_MAX ? corrupt(c, "manifest.json: files") : YQ_OK;
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        status = copy_one(c, yq_json_at(files, i), from, to);
        if (!c->json && i % 16 == 15) {
            (void)fprintf(c->err, "\r%zu of %zu files ", i + 1, n);
        }
    }
    return status == YQ_OK ? backup_sync(c, to) : status;
}

static void tell(void *self, const char *what, uint64_t done)
{
    const cli *c = self;
    if (!c->json) {
        (void)fprintf(c->err, "\r%llu %s checked ", (unsigned long long)done, what);
    }
}

yq_status backup_audit(
    cli *c,
    const char *db,
    yq_slice genesis,
    yq_audit *found,
    void (*use)(yq_ledger *ledger, void *self),
    void *self)
{
    yq_ledger *l;
    const yq_ledger_config config = {.path = db, .genesis = genesis};
    yq_status status = yq_ledger_open(&config, &l, &c->why);
    if (status != YQ_OK) {
        return status;
    }
    status = yq_ledger_audit(l, tell, c, found, &c->why);
    if (!c->json) {
        (void)fputc('\n', c->err);
    }
    if (status == YQ_OK && use != NULL) {
        use(l, self);
    }
    yq_ledger_close(l);
    return status;
}
