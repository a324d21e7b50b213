#include "relay/node/config.h"

#include "relay/base/bytes.h"
#include "relay/bft/types.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG_SIZE_MAX (256u << 10)

/* ---- the schema ----------------------------------------------------------------------------- */

#define FIELD_TEXT(name, flags, type, member)                                                      \
    CYAML_FIELD_STRING_PTR(name, CYAML_FLAG_POINTER | (flags), type, member, 1, 4096)
#define FIELD_UINT(name, type, member) CYAML_FIELD_UINT(name, CYAML_FLAG_OPTIONAL, type, member)
#define FIELD_BOOL(name, type, member) CYAML_FIELD_BOOL(name, CYAML_FLAG_OPTIONAL, type, member)

static const cyaml_schema_field_t peer_fields[] = {
    FIELD_TEXT("name", 0, yq_node_peer, name),
    FIELD_TEXT("key", 0, yq_node_peer, key),
    FIELD_TEXT("address", CYAML_FLAG_OPTIONAL, yq_node_peer, address),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t peer_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, yq_node_peer, peer_fields),
};

/* The parts of yq_node_file have no type names of their own. */
#define PART(part) __typeof__(((yq_node_file *)0)->part)

static const cyaml_schema_field_t node_fields[] = {
    FIELD_TEXT("role", 0, PART(node), role),
    FIELD_TEXT("key", 0, PART(node), key),
    FIELD_TEXT("export_key", CYAML_FLAG_OPTIONAL, PART(node), export_key),
    FIELD_TEXT("passphrase_file", CYAML_FLAG_OPTIONAL, PART(node), passphrase_file),
    FIELD_TEXT("guard_dir", CYAML_FLAG_OPTIONAL, PART(node), guard_dir),
    FIELD_UINT("threads", PART(node), threads),
    FIELD_UINT("t0_ms", PART(node), t0_ms),
    FIELD_UINT("heartbeat_ms", PART(node), heartbeat_ms),
    FIELD_UINT("protocol_max", PART(node), protocol_max),
    FIELD_UINT("state_versions", PART(node), state_versions),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t peers_fields[] = {
    FIELD_TEXT("listen", CYAML_FLAG_OPTIONAL, PART(peers), listen),
    CYAML_FIELD_SEQUENCE(
        "nodes",
        CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
        PART(peers),
        nodes,
        &peer_schema,
        0,
        YQ_NODE_PEERS_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t api_fields[] = {
    FIELD_TEXT("listen", CYAML_FLAG_OPTIONAL, PART(api), listen),
    FIELD_TEXT("certificate", CYAML_FLAG_OPTIONAL, PART(api), certificate),
    FIELD_TEXT("key", CYAML_FLAG_OPTIONAL, PART(api), key),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t metrics_fields[] = {
    FIELD_TEXT("listen", CYAML_FLAG_OPTIONAL, PART(metrics), listen),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t snapshots_fields[] = {
    FIELD_BOOL("take", PART(snapshots), take),
    FIELD_BOOL("off", PART(snapshots), off),
    FIELD_UINT("keep", PART(snapshots), keep),
    FIELD_UINT("interval", PART(snapshots), interval),
    FIELD_UINT("pause_s", PART(snapshots), pause_s),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t id_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 64, 64),
};
static const cyaml_schema_field_t recovery_fields[] = {
    CYAML_FIELD_SEQUENCE(
        "accept",
        CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
        PART(recovery),
        accept,
        &id_schema,
        0,
        YQ_NODE_RECOVERIES_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t log_fields[] = {
    FIELD_TEXT("level", CYAML_FLAG_OPTIONAL, PART(log), level),
    FIELD_TEXT("format", CYAML_FLAG_OPTIONAL, PART(log), format),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t limits_fields[] = {
    FIELD_UINT("pool_bytes", PART(limits), pool_bytes),
    FIELD_UINT("pool_envelopes", PART(limits), pool_envelopes),
    FIELD_UINT("block_envelopes", PART(limits), block_envelopes),
    FIELD_UINT("block_bytes", PART(limits), block_bytes),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t file_fields[] = {
    CYAML_FIELD_MAPPING("node", CYAML_FLAG_DEFAULT, yq_node_file, node, node_fields),
    CYAML_FIELD_MAPPING("peers", CYAML_FLAG_OPTIONAL, yq_node_file, peers, peers_fields),
    CYAML_FIELD_MAPPING("api", CYAML_FLAG_OPTIONAL, yq_node_file, api, api_fields),
    CYAML_FIELD_MAPPING("metrics", CYAML_FLAG_OPTIONAL, yq_node_file, metrics, metrics_fields),
    CYAML_FIELD_MAPPING(
        "snapshots", CYAML_FLAG_OPTIONAL, yq_node_file, snapshots, snapshots_fields),
    CYAML_FIELD_MAPPING("recovery", CYAML_FLAG_OPTIONAL, yq_node_file, recovery, recovery_fields),
    CYAML_FIELD_MAPPING("log", CYAML_FLAG_OPTIONAL, yq_node_file, log, log_fields),
    CYAML_FIELD_MAPPING("limits", CYAML_FLAG_OPTIONAL, yq_node_file, limits, limits_fields),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t file_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, yq_node_file, file_fields),
};

/* ---- errors --------------------------------------------------------------------------------- */

typedef struct load {
    const char *path;
    char *text; /* of the file, for line numbers */
    yq_config_error *error;
    char first[200], field[64]; /* what the reader told first; the innermost field */
    unsigned line;
} load;

/* The reader tells an error in one line and then where it was, innermost first. */
__attribute__((format(printf, 3, 0))) static void on_cyaml_log(
    cyaml_log_t level, void *ctx, const char *format, va_list args)
{
    load *l = ctx;
    char line[400];
    if (level < CYAML_LOG_ERROR || vsnprintf(line, sizeof line, format, args) < 0) {
        return;
    }
    line[strcspn(line, "\n")] = '\0';
    const char *at = strstr(line, "(line: ");
    const char *name = strstr(line, "field '");
    if (at == NULL) {
        if (l->first[0] == '\0') {
            const char *text = strncmp(line, "Load: ", 6) == 0 ? line + 6 : line;
            (void)snprintf(l->first, sizeof l->first, "%.199s", text);
        }
        return;
    }
    if (l->line == 0) {
        l->line = (unsigned)strtoul(at + 7, NULL, 10);
    }
    if (name != NULL && l->field[0] == '\0') {
        (void)snprintf(l->field, sizeof l->field, "%.63s", name + 7);
        l->field[strcspn(l->field, "'")] = '\0';
    }
}

static int is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* The line on which key stands for the nth time, counted from 0, in section ("": anywhere); 0:
 * nowhere. Comments are skipped. */
static unsigned line_of(const char *text, const char *section, const char *key, unsigned nth)
{
    unsigned line = 1;
    int inside = 0;
    size_t n = strlen(key), section_n = strlen(section);
    for (const char *p = text; *p != '\0'; line++) {
        size_t length = strcspn(p, "\n");
        size_t used = strcspn(p, "#\n");
        if (section_n == 0) {
            inside = 1;
        } else if (is_name(p[0])) {
            inside = strncmp(p, section, section_n) == 0 && p[section_n] == ':';
        }
        for (size_t i = 0; inside && i + n < used; i++) {
            int here = strncmp(p + i, key, n) == 0 && p[i + n] == ':';
            if (here && (i == 0 || !is_name(p[i - 1])) && nth-- == 0) {
                return line;
            }
        }
        p += length + (p[length] == '\n');
    }
    return 0;
}

/* A wrong value: where, and what to do. */
static yq_status wrong(
    load *l, const char *section, const char *key, unsigned nth, const char *advice)
{
    (void)snprintf(
        l->error->text,
        sizeof l->error->text,
        "%s:%u: %s.%s: %s",
        l->path,
        line_of(l->text, section, key, nth),
        section,
        key,
        advice);
    return YQ_E_CONFIG_INVALID;
}

/* Takes the key's name out of the reader's sentence. */
static void name_the_key(load *l)
{
    const char *name = strrchr(l->first, ' ');
    if (name != NULL) {
        (void)snprintf(l->field, sizeof l->field, "%.63s", name + 1);
    }
}

/* A file that the schema refuses. */
static yq_status refused(load *l)
{
    const char *advice = "see yuqiaod --help for the keys and their form";
    if (strstr(l->first, "Unexpected key") != NULL) {
        name_the_key(l);
        unsigned line = line_of(l->text, "", l->field, 0);
        l->line = line == 0 ? l->line : line;
        advice = "remove the key or correct its name; yuqiaod --help lists all";
    } else if (strstr(l->first, "Missing required") != NULL) {
        name_the_key(l);
        advice = "add the key; yuqiaod --help lists all";
    } else if (strstr(l->first, "Invalid") != NULL) {
        advice = "give a value of the right type and range";
    }
    (void)snprintf(
        l->error->text,
        sizeof l->error->text,
        "%s:%u: %s: %s; %s",
        l->path,
        l->line == 0 ? 1 : l->line,
        l->field[0] == '\0' ? "file" : l->field,
        l->first[0] == '\0' ? "not valid YAML" : l->first,
        advice);
    return YQ_E_CONFIG_INVALID;
}

/* ---- checks --------------------------------------------------------------------------------- */

static int hex_key(const char *text, yq_buf out)
{
    return yq_hex_decode(&out, text, strlen(text)) == YQ_OK && out.n == 64;
}

static yq_status check_peers(load *l, yq_node_config *c)
{
    const yq_node_file *f = c->file;
    for (unsigned i = 0; i < f->peers.nodes_count; i++) {
        const yq_node_peer *p = &f->peers.nodes[i];
        if (!hex_key(p->key, (yq_buf){c->peer_key[i], 64, 0})) {
            return wrong(l, "peers", "key", i, "must be the node's SM2 public key, 128 hex digits");
        }
        for (unsigned k = 0; k < i; k++) {
            if (memcmp(c->peer_key[k], c->peer_key[i], 64) == 0) {
                return wrong(l, "peers", "key", i, "stands here twice; remove one of the nodes");
            }
        }
    }
    return YQ_OK;
}

static yq_status check_recovery(load *l, yq_node_config *c)
{
    const yq_node_file *f = c->file;
    for (unsigned i = 0; i < f->recovery.accept_count; i++) {
        yq_buf out = {c->recovery_accept[i].b, YQ_DIGEST_SIZE, 0};
        const char *text = f->recovery.accept[i];
        if (yq_hex_decode(&out, text, strlen(text)) != YQ_OK || out.n != YQ_DIGEST_SIZE) {
            return wrong(l, "recovery", "accept", i, "must be a statement's id, 64 hex digits");
        }
    }
    return YQ_OK;
}

static yq_status check_log(load *l, yq_node_config *c)
{
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    const char *level = c->file->log.level == NULL ? "info" : c->file->log.level;
    const char *format = c->file->log.format == NULL ? "text" : c->file->log.format;
    unsigned i = 0;
    while (i < YQ_ARRAY_N(levels) && strcmp(level, levels[i]) != 0) {
        i++;
    }
    if (i == YQ_ARRAY_N(levels)) {
        return wrong(l, "log", "level", 0, "must be debug, info, warn or error");
    }
    c->log_level = (yq_log_level)i;
    c->log_json = strcmp(format, "json") == 0;
    if (!c->log_json && strcmp(format, "text") != 0) {
        return wrong(l, "log", "format", 0, "must be text or json");
    }
    return YQ_OK;
}

static yq_status check_limits(load *l, const yq_node_config *c)
{
    const yq_node_file *f = c->file;
    if (f->node.threads > 64) {
        return wrong(l, "node", "threads", 0, "must be 1 to 64; leave it out for the default");
    }
    if (f->node.t0_ms != 0 && (f->node.t0_ms < 100 || f->node.t0_ms > 30000)) {
        return wrong(l, "node", "t0_ms", 0, "must be 100 to 30000");
    }
    if (f->node.protocol_max > YQ_BFT_VERSION_MAX) {
        return wrong(l, "node", "protocol_max", 0, "this program knows the versions up to 2");
    }
    if (f->node.state_versions > YQ_NODE_VERSIONS_MAX) {
        return wrong(l, "node", "state_versions", 0, "must be 1 to 1000000");
    }
    if (f->snapshots.keep > YQ_NODE_SNAPSHOTS_MAX) {
        return wrong(l, "snapshots", "keep", 0, "must be 1 to 8");
    }
    if (f->limits.block_envelopes > YQ_BLOCK_ENVELOPE_N_MAX) {
        return wrong(l, "limits", "block_envelopes", 0, "must be at most 1024");
    }
    if (f->limits.block_bytes > YQ_BLOCK_SIZE_MAX) {
        return wrong(l, "limits", "block_bytes", 0, "must be at most 4194304");
    }
    if (f->limits.block_bytes != 0 && f->limits.block_bytes < YQ_ENVELOPE_SIZE_MAX) {
        return wrong(l, "limits", "block_bytes", 0, "must be at least 2097152, one envelope");
    }
    return YQ_OK;
}

/* Whether path lies in home; both absolute and resolved. */
static int lies_in(const char *path, const char *home)
{
    size_t n = strlen(home);
    return strncmp(path, home, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static yq_status check_guard(load *l, yq_node_config *c)
{
    if (c->role == YQ_NODE_OBSERVER) {
        return YQ_OK;
    }
    if (c->guard_dir == NULL) {
        return wrong(
            l, "node", "guard_dir", 0, "a validator needs one: name a folder outside of HOME");
    }
    char *real = realpath(c->guard_dir, NULL);
    if (real == NULL) {
        return wrong(l, "node", "guard_dir", 0, "does not exist; make the folder, mode 0700");
    }
    int inside = lies_in(real, c->home);
    free(real);
    return inside ? wrong(
                        l,
                        "node",
                        "guard_dir",
                        0,
                        "must lie outside of HOME, so that a copy of HOME cannot bring it back")
                  : YQ_OK;
}

static char *absolute(const yq_node_config *c, const char *path)
{
    if (path == NULL) {
        return NULL;
    }
    size_t size = strlen(c->home) + strlen(path) + 2;
    char *text = malloc(size);
    if (text != NULL) {
        (void)snprintf(
            text, size, "%s%s%s", path[0] == '/' ? "" : c->home, path[0] == '/' ? "" : "/", path);
    }
    return text;
}

static yq_status check(load *l, yq_node_config *c)
{
    const yq_node_file *f = c->file;
    c->role = strcmp(f->node.role, "validator") == 0  ? YQ_NODE_VALIDATOR
              : strcmp(f->node.role, "observer") == 0 ? YQ_NODE_OBSERVER
                                                      : YQ_NODE_ROLE_INVALID;
    if (c->role == YQ_NODE_ROLE_INVALID) {
        return wrong(l, "node", "role", 0, "must be validator or observer");
    }
    if ((f->api.certificate == NULL) != (f->api.key == NULL)) {
        return wrong(
            l,
            "api",
            f->api.key == NULL ? "certificate" : "key",
            0,
            "certificate and key go together: give both, or none for plain HTTP");
    }
    c->key = absolute(c, f->node.key);
    c->export_key = absolute(c, f->node.export_key);
    c->passphrase_file = absolute(c, f->node.passphrase_file);
    c->guard_dir = absolute(c, f->node.guard_dir);
    c->api_certificate = absolute(c, f->api.certificate);
    c->api_key = absolute(c, f->api.key);
    yq_status status = check_log(l, c);
    status = status == YQ_OK ? check_limits(l, c) : status;
    status = status == YQ_OK ? check_peers(l, c) : status;
    status = status == YQ_OK ? check_recovery(l, c) : status;
    return status == YQ_OK ? check_guard(l, c) : status;
}

/* ---- loading -------------------------------------------------------------------------------- */

static void *keep_memory(void *ctx, void *p, size_t size)
{
    (void)ctx;
    if (size == 0) {
        free(p);
        return NULL;
    }
    return realloc(p, size);
}

static const cyaml_config_t *reader_config(cyaml_config_t *room, load *l)
{
    *room = (cyaml_config_t){
        .log_fn = on_cyaml_log,
        .log_ctx = l,
        .mem_fn = keep_memory,
        .log_level = CYAML_LOG_ERROR,
        .flags = CYAML_CFG_NO_ALIAS,
    };
    return room;
}

static yq_status read_text(load *l)
{
    FILE *f = fopen(l->path, "rb");
    if (f == NULL) {
        (void)snprintf(
            l->error->text,
            sizeof l->error->text,
            "%s: %s; make a home with `yuqiao testnet init`, or see docs/en/run.md",
            l->path,
            strerror(errno));
        return errno == ENOENT || errno == ENOTDIR ? YQ_E_NOT_FOUND : YQ_E_IO;
    }
    l->text = calloc(1, CONFIG_SIZE_MAX + 1);
    size_t n = l->text == NULL ? 0 : fread(l->text, 1, CONFIG_SIZE_MAX + 1, f);
    int bad = l->text == NULL || ferror(f) != 0;
    (void)fclose(f);
    if (bad || n > CONFIG_SIZE_MAX) {
        (void)snprintf(
            l->error->text,
            sizeof l->error->text,
            "%s:1: file: %s",
            l->path,
            bad ? "cannot be read" : "larger than 256 KiB");
        return bad ? YQ_E_IO : YQ_E_CONFIG_INVALID;
    }
    return YQ_OK;
}

static yq_status load_file(load *l, yq_node_config *c)
{
    yq_status status = read_text(l);
    if (status != YQ_OK) {
        return status;
    }
    cyaml_config_t room;
    if (cyaml_load_data(
            (const uint8_t *)l->text,
            strlen(l->text),
            reader_config(&room, l),
            &file_schema,
            (cyaml_data_t **)&c->file,
            NULL) != CYAML_OK) {
        return refused(l);
    }
    if (c->file == NULL) {
        return refused(l);
    }
    return check(l, c);
}

yq_status yq_node_config_load(yq_node_config *config, const char *home, yq_config_error *error)
{
    *config = (yq_node_config){0};
    error->text[0] = '\0';
    char path[4096];
    config->home = realpath(home, NULL);
    if (config->home == NULL) {
        (void)snprintf(error->text, sizeof error->text, "%s: %s", home, strerror(errno));
        return YQ_E_NOT_FOUND;
    }
    (void)snprintf(path, sizeof path, "%s/config.yaml", config->home);
    load l = {.path = path, .error = error};
    yq_status status = load_file(&l, config);
    free(l.text);
    if (status != YQ_OK) {
        yq_node_config_free(config);
    }
    return status;
}

void yq_node_config_free(yq_node_config *config)
{
    load l = {0};
    cyaml_config_t room;
    if (config->file != NULL) {
        cyaml_free(reader_config(&room, &l), &file_schema, config->file, 0);
    }
    free(config->home);
    free(config->key);
    free(config->export_key);
    free(config->passphrase_file);
    free(config->guard_dir);
    free(config->api_certificate);
    free(config->api_key);
    *config = (yq_node_config){0};
}

void yq_node_config_help(void)
{
    (void)fputs(
        "HOME/config.yaml (relative paths are relative to HOME):\n"
        "  node:\n"
        "    role: validator | observer\n"
        "    key: PATH                 the node's SM2 key, PEM, mode 0600\n"
        "    export_key: PATH          secp256k1 key for certificates of suite 3, bound on the "
        "ledger\n"
        "    passphrase_file: PATH     first line; opens both keys; left out: the key is in clear\n"
        "    guard_dir: PATH           sign guard, outside of HOME; validators only\n"
        "    threads: N                for signatures and reads; default: processors - 1, at least "
        "2\n"
        "    t0_ms: N                  first timer of a view; default 1000\n"
        "    heartbeat_ms: N           a block at least this often; default 10000\n"
        "    protocol_max: N           newest protocol version to run; default: all it knows\n"
        "    state_versions: N         heights whose state stays readable; default 1000\n"
        "  peers:\n"
        "    listen: ADDRESS:PORT      default 127.0.0.1:26600\n"
        "    nodes:                    other nodes; one without an address calls us\n"
        "      - {name: TEXT, key: HEX, address: ADDRESS:PORT}\n"
        "  api:\n"
        "    listen: ADDRESS:PORT      default 127.0.0.1:26602\n"
        "    certificate: PATH         PEM; with key: TLS, without both: plain HTTP\n"
        "    key: PATH\n"
        "  metrics: {listen: ADDRESS:PORT}   default 127.0.0.1:26603\n"
        "  snapshots:                  a new node may begin with one\n"
        "    take: true                begin with a peer's snapshot: older blocks stay elsewhere\n"
        "    off: true                 keep none for others\n"
        "    keep: N                   newest ones; default 2, at most 8\n"
        "    interval: N               heights between two; default 10000\n"
        "    pause_s: N                but none within so many seconds; default 3600\n"
        "  recovery:                   new validators after most were lost\n"
        "    accept: [ID, ...]         statements that this node need not wait for\n"
        "  log: {level: debug | info | warn | error, format: text | json}\n"
        "  limits: {pool_bytes: N, pool_envelopes: N, block_envelopes: N, block_bytes: N}\n",
        stdout);
}
