#include "adapters/http/link.h"

#include <stdio.h>
#include <string.h>

/* Visible ASCII without what would end the address or hide a secret in it. */
static int is_plain(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text <= ' ' || (unsigned char)*text > '~' ||
            strchr("?#@\\\"<>", *text) != NULL) {
            return 0;
        }
    }
    return 1;
}

int yq_web_url_make(
    const char *endpoint, const char *server_name, char *url, char *connect, size_t cap)
{
    int is_tls = strncmp(endpoint, "https://", 8) == 0;
    const char *scheme = is_tls ? "https://" : "http://";
    const char *at =
        strncmp(endpoint, scheme, strlen(scheme)) == 0 ? endpoint + strlen(scheme) : endpoint;
    size_t authority = strcspn(at, "/");
    size_t name = at[0] == '[' ? strcspn(at, "]") + 1 : strcspn(at, ":/");
    if (authority == 0 || name > authority || name == 0 || !is_plain(at) ||
        strstr(at, "://") != NULL) {
        return 0;
    }
    connect[0] = '\0';
    int n, m = 0;
    if (is_tls && server_name != NULL) {
        n = snprintf(url, cap, "%s%s%s", scheme, server_name, at + name);
        m = snprintf(connect, cap, "::%.*s:", (int)name, at);
    } else {
        n = snprintf(url, cap, "%s%s", scheme, at);
    }
    return n > 0 && (size_t)n < cap && m >= 0 && (size_t)m < cap;
}
