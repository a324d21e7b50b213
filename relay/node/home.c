#include "relay/node/home.h"

#include "relay/base/cursor.h"
#include "relay/base/errors.h"
#include "relay/base/writer.h"
#include "relay/ledger/recovery.h"
#include "relay/store/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static yq_status tell(yq_config_error *error, yq_status status, const char *path, const char *text)
{
    (void)snprintf(error->text, sizeof error->text, "%.300s: %.200s", path, text);
    return status;
}

/* Joins; paths that do not fit give the empty text, which no call can open. */
static void join(char *out, size_t cap, const char *home, const char *name)
{
    int n = snprintf(out, cap, "%s/%s", home, name);
    if (n < 0 || (size_t)n >= cap) {
        out[0] = '\0';
    }
}

static yq_status make_folder(const char *path, mode_t mode, yq_config_error *error)
{
    if (mkdir(path, mode) != 0 && errno != EEXIST) {
        return tell(error, YQ_E_IO, path, strerror(errno));
    }
    return YQ_OK;
}

static yq_status read_file(const char *path, size_t max, uint8_t **out, size_t *size)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        return errno == ENOENT ? YQ_E_NOT_FOUND : YQ_E_IO;
    }
    *out = yq_mem_alloc(max + 1);
    *size = fread(*out, 1, max + 1, f);
    yq_status status = ferror(f) != 0 ? YQ_E_IO : (*size > max ? YQ_E_LIMIT : YQ_OK);
    (void)fclose(f);
    if (status != YQ_OK) {
        yq_mem_free(*out);
        *out = NULL;
    }
    return status;
}

static yq_status read_passphrase(const char *path, char *out, size_t cap, yq_config_error *error)
{
    uint8_t *text;
    size_t n;
    struct stat st;
    if (stat(path, &st) != 0) {
        return tell(error, YQ_E_NOT_FOUND, path, strerror(errno));
    }
    if ((st.st_mode & 077) != 0) {
        return tell(error, YQ_E_PERMISSION, path, "others may read it; chmod 600");
    }
    yq_status status = read_file(path, cap - 2, &text, &n);
    if (status != YQ_OK) {
        return tell(error, status, path, "passphrase_file cannot be read");
    }
    size_t length = 0;
    while (length < n && text[length] != '\n' && text[length] != '\r') {
        out[length] = (char)text[length];
        length++;
    }
    out[length] = '\0';
    yq_secret_wipe(text, n);
    yq_mem_free(text);
    return YQ_OK;
}

static yq_status read_key(
    const char *path, const char *phrase, yq_sig_alg alg, yq_key **key, yq_config_error *error)
{
    yq_fault why = {0};
    yq_status status = yq_key_read(path, phrase, key, &why);
    if (status != YQ_OK) {
        char text[200];
        (void)snprintf(text, sizeof text, "%s (%s)", why.text, yq_status_text(status, "en"));
        return tell(error, status, path, text);
    }
    if (yq_key_alg(*key) != alg) {
        const char *must =
            alg == YQ_SIG_SM2_MESSAGE ? "must be an SM2 key" : "must be a secp256k1 key";
        return tell(error, YQ_E_CONFIG_INVALID, path, must);
    }
    return YQ_OK;
}

static yq_status open_keys(
    node_home *home, const yq_node_config *config, const char *keys, yq_config_error *error)
{
    char passphrase[1024] = "";
    struct stat st;
    if (stat(keys, &st) == 0 && (st.st_mode & 077) != 0) {
        return tell(error, YQ_E_PERMISSION, keys, "others may look in; chmod 700");
    }
    yq_status status = YQ_OK;
    if (config->passphrase_file != NULL) {
        status = read_passphrase(config->passphrase_file, passphrase, sizeof passphrase, error);
    }
    if (status != YQ_OK) {
        return status;
    }
    const char *phrase = config->passphrase_file == NULL ? NULL : passphrase;
    status = read_key(config->key, phrase, YQ_SIG_SM2_MESSAGE, &home->key, error);
    if (status == YQ_OK && config->export_key != NULL) {
        status =
            read_key(config->export_key, phrase, YQ_SIG_SECP256K1_DIGEST, &home->export_key, error);
    }
    yq_secret_wipe(passphrase, sizeof passphrase);
    return status;
}

yq_status node_home_open(node_home *home, const yq_node_config *config, yq_config_error *error)
{
    char keys[1024], genesis[1024];
    *home = (node_home){0};
    join(home->wal, sizeof home->wal, config->home, "wal");
    join(home->db, sizeof home->db, config->home, "db");
    join(home->import, sizeof home->import, config->home, "db.import");
    join(home->snapshots, sizeof home->snapshots, config->home, "snapshots");
    join(home->run, sizeof home->run, config->home, "run");
    join(home->evidence, sizeof home->evidence, config->home, "evidence");
    join(home->recovery, sizeof home->recovery, config->home, "recovery");
    join(home->socket, sizeof home->socket, config->home, "run/yuqiaod.sock");
    join(home->ports, sizeof home->ports, config->home, "run/ports.json");
    join(keys, sizeof keys, config->home, "keys");
    join(genesis, sizeof genesis, config->home, "genesis.bin");
    const struct {
        const char *path;
        mode_t mode;
    } folders[] = {{home->wal, 0700}, {home->db, 0700}, {home->run, 0755}, {keys, 0700}};
    yq_status status = YQ_OK;
    for (size_t i = 0; i < YQ_ARRAY_N(folders) && status == YQ_OK; i++) {
        status = make_folder(folders[i].path, folders[i].mode, error);
    }
    if (status == YQ_OK) {
        status = read_file(genesis, YQ_GENESIS_SIZE_MAX, &home->genesis, &home->genesis_size);
        if (status != YQ_OK) {
            (void)tell(error, status, genesis, "get the genesis file from the ledger's founders");
        }
    }
    if (status == YQ_OK) {
        status = open_keys(home, config, keys, error);
    }
    if (status != YQ_OK) {
        node_home_free(home);
    }
    return status;
}

void node_home_free(node_home *home)
{
    yq_key_free(home->key);
    yq_key_free(home->export_key);
    yq_mem_free(home->genesis);
    home->key = home->export_key = NULL;
    home->genesis = NULL;
}

/* The entries of the folder that a file lies in. */
static int sync_folder_of(const char *path)
{
    char folder[1200];
    const char *end = strrchr(path, '/');
    (void)snprintf(folder, sizeof folder, "%.*s", (int)(end - path), path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int ok = fd >= 0 && fsync(fd) == 0;
    return fd >= 0 && close(fd) == 0 && ok;
}

/* Whole and durable, or not there. */
static yq_status write_whole(const char *path, const char *temporary, yq_slice bytes, mode_t mode)
{
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0) {
        return YQ_E_IO;
    }
    int ok = write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n && fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    return ok && rename(temporary, path) == 0 && sync_folder_of(path) ? YQ_OK : YQ_E_IO;
}

yq_status node_home_ports(
    const node_home *home, uint16_t peer, uint16_t api, uint16_t metrics, yq_fault *why)
{
    char text[128], temporary[1100];
    int n = snprintf(
        text,
        sizeof text,
        "{\"peer\": %u, \"api\": %u, \"metrics\": %u}\n",
        (unsigned)peer,
        (unsigned)api,
        (unsigned)metrics);
    (void)snprintf(temporary, sizeof temporary, "%s.tmp", home->ports);
    if (write_whole(home->ports, temporary, yq_slice_of(text, (size_t)n), 0644) != YQ_OK) {
        return yq_fail(why, YQ_E_IO, 0, "run/ports.json cannot be written");
    }
    return YQ_OK;
}

static unsigned count_files(const char *path)
{
    DIR *d = opendir(path);
    unsigned n = 0;
    while (d != NULL && readdir(d) != NULL) {
        n++;
    }
    if (d != NULL) {
        closedir(d);
    }
    return n;
}

yq_status node_home_evidence(const node_home *home, uint64_t epoch, uint64_t view, yq_slice bytes)
{
    uint8_t digest[YQ_DIGEST_SIZE];
    char hex[17], path[1200], temporary[1200];
    if (mkdir(home->evidence, 0700) != 0 && errno != EEXIST) {
        return YQ_E_IO;
    }
    yq_hash_one(YQ_HASH_SM3, bytes, digest);
    yq_hex_encode(hex, sizeof hex, digest, 8);
    (void)snprintf(
        path, sizeof path, "%s/%" PRIu64 "-%" PRIu64 "-%s.bin", home->evidence, epoch, view, hex);
    (void)snprintf(temporary, sizeof temporary, "%s/.tmp", home->evidence);
    if (access(path, F_OK) == 0) {
        return YQ_OK;
    }
    if (count_files(home->evidence) >= NODE_EVIDENCE_MAX) {
        return YQ_E_LIMIT;
    }
    return write_whole(path, temporary, bytes, 0600);
}

yq_status node_home_recovery(
    const node_home *home, const yq_digest *id, uint64_t first_ms, yq_slice statement)
{
    char hex[33], path[1200], temporary[1200];
    if (mkdir(home->recovery, 0700) != 0 && errno != EEXIST) {
        return YQ_E_IO;
    }
    yq_hex_encode(hex, sizeof hex, id->b, 16);
    (void)snprintf(path, sizeof path, "%s/%s.bin", home->recovery, hex);
    (void)snprintf(temporary, sizeof temporary, "%s/.tmp", home->recovery);
    if (access(path, F_OK) == 0) {
        return YQ_OK;
    }
    uint8_t *room = yq_mem_alloc(8 + statement.n);
    yq_writer w = yq_writer_of(room, 8 + statement.n);
    yq_put_u64(&w, first_ms);
    yq_put(&w, statement);
    yq_status status = write_whole(path, temporary, yq_writer_slice(&w), 0600);
    yq_mem_free(room);
    return status;
}

static yq_status give_recovery(
    const char *path,
    yq_status (*each)(void *self, uint64_t first_ms, yq_slice statement),
    void *self)
{
    uint8_t *bytes;
    size_t n;
    yq_status status = read_file(path, 8 + YQ_RECOVERY_SIZE_MAX, &bytes, &n);
    if (status != YQ_OK) {
        return status == YQ_E_LIMIT ? YQ_E_CORRUPT : status;
    }
    yq_cur c = yq_cur_of(yq_slice_of(bytes, n));
    uint64_t first_ms = yq_cur_u64(&c);
    status = yq_cur_ok(&c) ? each(self, first_ms, yq_slice_of(bytes + 8, n - 8)) : YQ_E_CORRUPT;
    yq_mem_free(bytes);
    return status;
}

yq_status node_home_recoveries(
    const node_home *home,
    yq_status (*each)(void *self, uint64_t first_ms, yq_slice statement),
    void *self)
{
    char path[1400];
    yq_status status = YQ_OK;
    DIR *d = opendir(home->recovery);
    if (d == NULL) {
        return errno == ENOENT ? YQ_OK : YQ_E_IO;
    }
    for (const struct dirent *e; status == YQ_OK && (e = readdir(d)) != NULL;) {
        if (e->d_name[0] != '.') {
            (void)snprintf(path, sizeof path, "%s/%s", home->recovery, e->d_name);
            status = give_recovery(path, each, self);
        }
    }
    closedir(d);
    return status;
}
