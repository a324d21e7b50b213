#include "adapters/http/access.h"

#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define LINE_MAX_SIZE 4096u
#define NAME_MAX_SIZE 253u
#define LETTERS       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"

static yq_status bad(yq_fault *why, const char *key, const char *what)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "%.40s: %.70s", key, what);
    return yq_fail(why, YQ_E_CONFIG_INVALID, 0, text);
}

int yq_web_access_take(
    yq_web_access *access, const yq_option *option, yq_status *status, yq_fault *why)
{
    const struct {
        const char *key;
        char **to;
    } all[] = {
        {"tls_ca_file", &access->ca_path},
        {"tls_cert_file", &access->cert_path},
        {"tls_key_file", &access->key_path},
        {"tls_server_name", &access->server_name},
        {"token_file", &access->token_path},
        {"headers_file", &access->headers_path},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        if (strcmp(all[i].key, option->key) != 0) {
            continue;
        }
        free(*all[i].to);
        *all[i].to = strdup(option->value);
        *status = YQ_OK;
        if (*all[i].to == NULL) {
            *status = yq_fail(why, YQ_E_MEMORY, 0, option->key);
        } else if (option->value[0] == '\0') {
            *status = bad(why, option->key, "is empty");
        }
        return 1;
    }
    return 0;
}

/* ---- files -------------------------------------------------------------------------------------
 */

static yq_status check_file(const char *key, const char *path, yq_fault *why)
{
    FILE *f = path == NULL ? NULL : fopen(path, "r");
    if (path == NULL) {
        return YQ_OK;
    }
    if (f == NULL) {
        return bad(why, key, "the file cannot be read");
    }
    (void)fclose(f);
    return YQ_OK;
}

static yq_status check_tls(const yq_web_access *access, yq_fault *why)
{
    const char *name = access->server_name;
    if ((access->cert_path == NULL) != (access->key_path == NULL)) {
        return bad(why, "tls_cert_file", "tls_cert_file and tls_key_file belong together");
    }
    if (name != NULL && (strlen(name) > NAME_MAX_SIZE || name[strspn(name, LETTERS ".")] != '\0')) {
        return bad(why, "tls_server_name", "a host's name, or an address of IPv4");
    }
    yq_status status = check_file("tls_ca_file", access->ca_path, why);
    status = status == YQ_OK ? check_file("tls_cert_file", access->cert_path, why) : status;
    return status == YQ_OK ? check_file("tls_key_file", access->key_path, why) : status;
}

static yq_status open_secret(const char *key, const char *path, FILE **out, yq_fault *why)
{
    struct stat st;
    *out = fopen(path, "r");
    if (*out == NULL) {
        return bad(why, key, "the file cannot be read");
    }
    if (fstat(fileno(*out), &st) != 0 || (st.st_mode & 077) != 0) {
        (void)fclose(*out);
        *out = NULL;
        return yq_fail(why, YQ_E_PERMISSION, 0, "others may read a file of secrets; chmod 600");
    }
    return YQ_OK;
}

static int is_visible(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || (unsigned char)*text > '~') {
            return 0;
        }
    }
    return 1;
}

/* A header of these parts. Errors: E_CONFIG_INVALID: not what a header may hold. */
static yq_status add_header(
    yq_web_access *access, const char *key, const char *prefix, const char *line, yq_fault *why)
{
    size_t cap = strlen(prefix) + strlen(line) + 1;
    if (access->header_n == YQ_WEB_HEADERS_MAX || line[0] == '\0' || !is_visible(line)) {
        return bad(why, key, "lines of visible ASCII, at most 16");
    }
    char *header = malloc(cap);
    if (header == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, key);
    }
    (void)snprintf(header, cap, "%s%s", prefix, line);
    access->header[access->header_n++] = header;
    return YQ_OK;
}

/* "Name: value", both there; what the room sets itself is not for a file to say. */
static int is_header(const char *line)
{
    static const char *const own[] = {"content-length:", "content-type:", "host:", "expect:"};
    size_t name = strspn(line, LETTERS "_");
    for (size_t i = 0; i < YQ_ARRAY_N(own); i++) {
        if (strncasecmp(line, own[i], strlen(own[i])) == 0) {
            return 0;
        }
    }
    return name > 0 && line[name] == ':' && line[name + 1] == ' ' && line[name + 2] > ' ';
}

/* Reads lines of a file of secrets: the first, or all as headers. */
static yq_status read_secrets(
    yq_web_access *access, const char *key, const char *path, int is_token, yq_fault *why)
{
    char line[LINE_MAX_SIZE];
    FILE *f = NULL;
    size_t n = 0;
    yq_status status = open_secret(key, path, &f, why);
    while (status == YQ_OK && (n == 0 || !is_token) && fgets(line, sizeof line, f) != NULL) {
        n++;
        int is_whole = line[strcspn(line, "\r\n")] != '\0' || strlen(line) < sizeof line - 1;
        line[strcspn(line, "\r\n")] = '\0';
        if (!is_whole || (!is_token && !is_header(line))) {
            status = bad(why, key, "lines \"Name: value\", or one token, up to 4094 bytes");
        } else {
            status = add_header(access, key, is_token ? "Authorization: Bearer " : "", line, why);
        }
    }
    if (status == YQ_OK && n == 0) {
        status = bad(why, key, "is empty");
    }
    yq_secret_wipe(line, sizeof line);
    if (f != NULL) {
        (void)fclose(f);
    }
    return status;
}

yq_status yq_web_access_open(yq_web_access *access, yq_fault *why)
{
    yq_status status = check_tls(access, why);
    if (status == YQ_OK && access->token_path != NULL) {
        status = read_secrets(access, "token_file", access->token_path, 1, why);
    }
    if (status == YQ_OK && access->headers_path != NULL) {
        status = read_secrets(access, "headers_file", access->headers_path, 0, why);
    }
    return status;
}

void yq_web_access_free(yq_web_access *access)
{
    char *const text[] = {
        access->ca_path,
        access->cert_path,
        access->key_path,
        access->server_name,
        access->token_path,
        access->headers_path,
    };
    for (size_t i = 0; i < YQ_ARRAY_N(text); i++) {
        free(text[i]);
    }
    for (size_t i = 0; i < access->header_n; i++) {
        yq_secret_wipe(access->header[i], strlen(access->header[i]));
        free(access->header[i]);
    }
    *access = (yq_web_access){0};
}
