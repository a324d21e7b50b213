#include "adapters/fisco-bcos-3/session.h"
#include "relay/base/bytes.h"

#include <stdio.h>

#define PASSPHRASE_MAX 1024u

static yq_status bad(yq_fault *why, const char *text)
{
    return yq_fail(why, YQ_E_CONFIG_INVALID, 0, text);
}

/* Reads the first line of the passphrase's file. */
static yq_status read_passphrase(const char *path, char *out, yq_fault *why)
{
    FILE *f = fopen(path, "r");
    if (f == NULL) {
        return bad(why, "account_passphrase_file: cannot be read");
    }
    char *line = fgets(out, PASSPHRASE_MAX, f);
    (void)fclose(f);
    if (line == NULL) {
        return bad(why, "account_passphrase_file: is empty");
    }
    out[strcspn(out, "\r\n")] = '\0';
    return YQ_OK;
}

yq_status yq_bcos3_account_open(yq_bcos3_session *s, yq_fault *why)
{
    char passphrase[PASSPHRASE_MAX] = "";
    if (s->account != NULL) {
        return YQ_OK;
    }
    if (s->account_path == NULL) {
        return bad(why, "account_key: is not set");
    }
    if (s->passphrase_path != NULL) {
        yq_status status = read_passphrase(s->passphrase_path, passphrase, why);
        if (status != YQ_OK) {
            return status;
        }
    }
    yq_key *key = NULL;
    yq_status status =
        yq_key_read(s->account_path, s->passphrase_path == NULL ? NULL : passphrase, &key, why);
    yq_secret_wipe(passphrase, sizeof passphrase);
    if (status != YQ_OK) {
        return status;
    }
    yq_sig_alg wanted =
        s->profile.suite == YQ_BCOS3_SUITE_SM ? YQ_SIG_SM2_MESSAGE : YQ_SIG_SECP256K1_DIGEST;
    if (yq_key_alg(key) != wanted) {
        yq_key_free(key);
        return bad(why, "account_key: is not a key of the chain's suite");
    }
    s->account = key;
    return YQ_OK;
}
