#include "adapters/host/key.h"

#include "relay/base/bytes.h"
#include "relay/base/errors.h"

#include <stdio.h>

#define PASSPHRASE_MAX 256

yq_status yq_host_key_read(const yq_host_config *config, yq_key **key, yq_fault *why)
{
    char passphrase[PASSPHRASE_MAX] = "";
    const char *path = config->passphrase_file;
    if (path != NULL) {
        FILE *f = fopen(path, "rb");
        if (f == NULL || fgets(passphrase, sizeof passphrase, f) == NULL) {
            if (f != NULL) {
                (void)fclose(f);
            }
            return yq_fail(why, YQ_E_IO, 0, "passphrase_file: cannot be read");
        }
        (void)fclose(f);
        passphrase[strcspn(passphrase, "\r\n")] = '\0';
    }
    yq_fault bad = {0};
    yq_status status = yq_key_read(config->key, path == NULL ? NULL : passphrase, key, &bad);
    yq_secret_wipe(passphrase, sizeof passphrase);
    if (status != YQ_OK) {
        char text[120];
        (void)snprintf(
            text,
            sizeof text,
            "key: %.50s: %.50s",
            config->key,
            bad.text[0] != '\0' ? bad.text : yq_status_text(status, "en"));
        return yq_fail(why, status, 0, text);
    }
    return YQ_OK;
}
