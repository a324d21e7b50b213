#include "relay/node/testnet.h"

#include "relay/base/assert.h"
#include "relay/crypto/crypto.h"
#include "relay/hub/hub.h"
#include "relay/ledger/genesis.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE          512u
#define CONFIG_SIZE        (32u << 10)
/* Of three organisations; two of them sign. */
#define RECOVERY_KEYS      3u
#define RECOVERY_APPROVALS 2u

typedef struct testnet {
    const yq_testnet_plan *plan;
    yq_key *validator[YQ_VALIDATORS_MAX], *export_[YQ_VALIDATORS_MAX], *admin[YQ_VALIDATORS_MAX];
    yq_key *recovery[RECOVERY_KEYS];
    char code[YQ_VALIDATORS_MAX][YQ_TESTNET_CODE_SIZE];
    char name[YQ_VALIDATORS_MAX][32];
    uint8_t genesis[YQ_GENESIS_SIZE_MAX];
    size_t genesis_size;
} testnet;

/* GB 11714: eight characters and their check character. */
static char organisation_check(const char *code8)
{
    static const unsigned weight[8] = {3, 7, 9, 10, 5, 8, 4, 2};
    unsigned sum = 0;
    for (unsigned i = 0; i < 8; i++) {
        sum += weight[i] * (unsigned)(code8[i] - '0');
    }
    static const char checks[] = "0123456789X0";
    return checks[11 - sum % 11];
}

/* GB 32100: seventeen characters and their check character. */
static char credit_check(const char *code17)
{
    static const char digits[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    unsigned sum = 0, weight = 1;
    for (unsigned i = 0; i < 17; i++) {
        const char *at = strchr(digits, code17[i]);
        YQ_ASSERT(at != NULL);
        sum += weight * (unsigned)(at - digits);
        weight = weight * 3 % 31;
    }
    return digits[(31 - sum % 31) % 31];
}

void yq_testnet_code(char *code, unsigned idx)
{
    char number[9];
    (void)snprintf(number, sizeof number, "%08u", (90000001u + idx) % 100000000u);
    (void)snprintf(code, YQ_TESTNET_CODE_SIZE, "11410000%s%c", number, organisation_check(number));
    code[17] = credit_check(code);
    code[18] = '\0';
}

__attribute__((format(printf, 2, 3))) static const char *path_of(
    char *path, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(path, PATH_SIZE, format, ap);
    va_end(ap);
    return n < 0 || n >= (int)PATH_SIZE ? "" : path;
}

static yq_status make_dir(const char *path, mode_t mode, yq_fault *why)
{
    if (mkdir(path, mode) != 0 && errno != EEXIST) {
        return yq_fail(why, YQ_E_IO, 0, path);
    }
    return YQ_OK;
}

static yq_status write_file(const char *path, const void *p, size_t n, mode_t mode, yq_fault *why)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) {
        return yq_fail(why, errno == EEXIST ? YQ_E_EXISTS : YQ_E_IO, 0, path);
    }
    int ok = write(fd, p, n) == (ssize_t)n && fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    return ok ? YQ_OK : yq_fail(why, YQ_E_IO, 0, path);
}

static yq_status make_genesis(testnet *t, yq_fault *why)
{
    yq_genesis *g = calloc(1, sizeof *g);
    if (g == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "genesis");
    }
    unsigned n = t->plan->validators;
    g->hub = yq_slice_text(t->plan->hub);
    g->display = yq_slice_text("豫桥测试网");
    g->alg = YQ_HASH_SM3;
    g->suite = YQ_SUITE_SM2;
    g->time_ms = t->plan->time_ms;
    g->single_operator = t->plan->single_operator ? 1 : 0;
    g->approvals = yq_quorum((uint16_t)n);
    g->org_n = g->signer_n = g->validator_n = n;
    g->recovery_n = RECOVERY_KEYS;
    g->recovery_approvals = RECOVERY_APPROVALS;
    g->recovery_delay_ms = t->plan->recovery_delay_ms;
    for (unsigned i = 0; i < RECOVERY_KEYS; i++) {
        g->recovery[i] =
            (yq_genesis_validator){yq_key_public(t->recovery[i]), yq_slice_text(t->code[i])};
    }
    for (unsigned i = 0; i < n; i++) {
        yq_slice code = yq_slice_text(t->code[i]);
        g->org[i] = (yq_genesis_organisation){code, yq_slice_text(t->name[i]), 1};
        g->signer[i] = (yq_genesis_signer){
            .key = yq_key_public(t->admin[i]), .org = code, .role = YQ_ROLE_ADMIN};
        g->validator[i] = (yq_genesis_validator){yq_key_public(t->validator[i]), code};
    }
    yq_buf out = {t->genesis, sizeof t->genesis, 0};
    yq_status status = yq_genesis_encode(g, &out, why);
    t->genesis_size = out.n;
    free(g);
    return status;
}

/* Appends formatted text; a text that does not fit is a bug: the room is for 31 peers. */
__attribute__((format(printf, 3, 4))) static void add(
    char *text, size_t *n, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int more = vsnprintf(text + *n, CONFIG_SIZE - *n, format, ap);
    va_end(ap);
    YQ_ASSERT(more >= 0 && (size_t)more < CONFIG_SIZE - *n);
    *n += (size_t)more;
}

static size_t make_config(const testnet *t, unsigned own, char *text)
{
    size_t n = 0;
    unsigned port = t->plan->base_port + 10u * own;
    add(text, &n, "# A node of a test network: everything on loopback, keys in clear.\n");
    add(text, &n, "node:\n  role: validator\n  key: keys/validator.pem\n");
    add(text, &n, "  export_key: keys/export.pem\n");
    add(text, &n, "  guard_dir: ../guard/node%u\n", own);
    add(text, &n, "peers:\n  listen: 127.0.0.1:%u\n  nodes:\n", port);
    for (unsigned i = 0; i < t->plan->validators; i++) {
        char hex[129];
        yq_slice key = yq_key_public(t->validator[i]);
        yq_hex_encode(hex, sizeof hex, key.p, key.n);
        if (i != own) {
            add(text, &n, "    - name: node%u\n      key: %s\n", i, hex);
            add(text, &n, "      address: 127.0.0.1:%u\n", t->plan->base_port + 10u * i);
        }
    }
    add(text, &n, "api:\n  listen: 127.0.0.1:%u\n", port + 2);
    add(text, &n, "metrics:\n  listen: 127.0.0.1:%u\n", port + 3);
    add(text, &n, "log:\n  level: info\n  format: text\n");
    return n;
}

static yq_status make_node(const testnet *t, unsigned i, yq_fault *why)
{
    static const char *const folders[] = {"", "/keys", "/wal", "/db", "/run"};
    char path[PATH_SIZE];
    yq_status status = YQ_OK;
    for (size_t k = 0; k < YQ_ARRAY_N(folders) && status == YQ_OK; k++) {
        status = make_dir(
            path_of(path, "%s/node%u%s", t->plan->dir, i, folders[k]), k == 1 ? 0700 : 0755, why);
    }
    if (status == YQ_OK) {
        status = make_dir(path_of(path, "%s/guard/node%u", t->plan->dir, i), 0700, why);
    }
    if (status == YQ_OK) {
        status = yq_key_write(
            t->validator[i],
            path_of(path, "%s/node%u/keys/validator.pem", t->plan->dir, i),
            NULL,
            why);
    }
    if (status == YQ_OK) {
        status = yq_key_write(
            t->export_[i], path_of(path, "%s/node%u/keys/export.pem", t->plan->dir, i), NULL, why);
    }
    if (status == YQ_OK) {
        status = yq_key_write(
            t->admin[i], path_of(path, "%s/admin/org%u.pem", t->plan->dir, i), NULL, why);
    }
    if (status == YQ_OK) {
        status = write_file(
            path_of(path, "%s/node%u/genesis.bin", t->plan->dir, i),
            t->genesis,
            t->genesis_size,
            0644,
            why);
    }
    char *text = status == YQ_OK ? malloc(CONFIG_SIZE) : NULL;
    if (text != NULL) {
        size_t n = make_config(t, i, text);
        status =
            write_file(path_of(path, "%s/node%u/config.yaml", t->plan->dir, i), text, n, 0644, why);
        free(text);
    }
    return status;
}

static yq_status write_recovery(const testnet *t, yq_fault *why)
{
    char path[PATH_SIZE];
    yq_status status = make_dir(path_of(path, "%s/recovery", t->plan->dir), 0700, why);
    for (unsigned i = 0; i < RECOVERY_KEYS && status == YQ_OK; i++) {
        const char *file = path_of(path, "%s/recovery/key%u.pem", t->plan->dir, i);
        status = yq_key_write(t->recovery[i], file, NULL, why);
    }
    return status;
}

static yq_status check_empty(const char *path, yq_fault *why)
{
    DIR *d = opendir(path);
    if (d == NULL) {
        return yq_fail(why, YQ_E_IO, 0, path);
    }
    unsigned n = 0;
    while (readdir(d) != NULL) {
        n++;
    }
    closedir(d);
    return n > 2 ? yq_fail(why, YQ_E_EXISTS, 0, "dir: the folder is not empty") : YQ_OK;
}

static yq_status check_plan(const yq_testnet_plan *plan, yq_fault *why)
{
    if (plan->validators < YQ_VALIDATORS_MIN || plan->validators > YQ_VALIDATORS_MAX) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "validators: 4 to 31");
    }
    if (plan->base_port == 0 || plan->base_port + 10u * plan->validators > UINT16_MAX) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "base port: every node needs ten ports");
    }
    if (strlen(plan->dir) > PATH_SIZE - 64) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "dir: path is too long");
    }
    if (mkdir(plan->dir, 0755) != 0 && errno != EEXIST) {
        return yq_fail(why, YQ_E_IO, 0, plan->dir);
    }
    return check_empty(plan->dir, why);
}

yq_status yq_testnet_init(const yq_testnet_plan *plan, yq_fault *why)
{
    char path[PATH_SIZE];
    yq_status status = check_plan(plan, why);
    if (status != YQ_OK) {
        return status;
    }
    testnet *t = calloc(1, sizeof *t);
    if (t == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "testnet");
    }
    t->plan = plan;
    for (unsigned i = 0; i < plan->validators; i++) {
        t->validator[i] = yq_key_generate(YQ_SIG_SM2_MESSAGE);
        t->export_[i] = yq_key_generate(YQ_SIG_SECP256K1_DIGEST);
        t->admin[i] = yq_key_generate(YQ_SIG_SM2_MESSAGE);
        yq_testnet_code(t->code[i], i);
        (void)snprintf(t->name[i], sizeof t->name[i], "测试机构%u", i);
    }
    for (unsigned i = 0; i < RECOVERY_KEYS; i++) {
        t->recovery[i] = yq_key_generate(YQ_SIG_SM2_MESSAGE);
    }
    status = make_genesis(t, why);
    status = status == YQ_OK ? write_recovery(t, why) : status;
    if (status == YQ_OK) {
        status = make_dir(path_of(path, "%s/guard", plan->dir), 0700, why);
    }
    if (status == YQ_OK) {
        status = make_dir(path_of(path, "%s/admin", plan->dir), 0700, why);
    }
    for (unsigned i = 0; i < plan->validators && status == YQ_OK; i++) {
        status = make_node(t, i, why);
    }
    for (unsigned i = 0; i < plan->validators; i++) {
        yq_key_free(t->validator[i]);
        yq_key_free(t->export_[i]);
        yq_key_free(t->admin[i]);
    }
    for (unsigned i = 0; i < RECOVERY_KEYS; i++) {
        yq_key_free(t->recovery[i]);
    }
    free(t);
    return status;
}
