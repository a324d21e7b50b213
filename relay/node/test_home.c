#include "relay/base/bytes.h"
#include "relay/ledger/recovery.h"
#include "relay/node/home.h"
#include "relay/store/test_dir.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64], key_path[128], genesis_path[128];
static yq_node_config config;
static yq_config_error error;
static node_home home;

static void write_genesis(void)
{
    FILE *f = fopen(genesis_path, "wb");
    cr_assert(f != NULL && fputs("genesis", f) >= 0 && fclose(f) == 0);
}

static void setup(void)
{
    char keys[128];
    yq_fault why = {0};
    snprintf(dir, sizeof dir, "/tmp/yq-home-XXXXXX");
    cr_assert(mkdtemp(dir) != NULL);
    snprintf(keys, sizeof keys, "%s/keys", dir);
    snprintf(key_path, sizeof key_path, "%s/keys/k.pem", dir);
    snprintf(genesis_path, sizeof genesis_path, "%s/genesis.bin", dir);
    cr_assert(mkdir(keys, 0700) == 0);
    yq_key *key = yq_key_generate(YQ_SIG_SM2_MESSAGE);
    cr_assert(yq_key_write(key, key_path, NULL, &why) == YQ_OK);
    yq_key_free(key);
    config = (yq_node_config){.home = dir, .role = YQ_NODE_VALIDATOR, .key = key_path};
}

static void teardown(void)
{
    test_dir_remove(dir);
}

Test(home, makes_what_is_missing_and_reads_the_rest, .init = setup, .fini = teardown)
{
    write_genesis();
    cr_assert(node_home_open(&home, &config, &error) == YQ_OK, "%s", error.text);
    cr_assert(home.genesis_size == 7 && yq_key_public(home.key).n == 64);
    struct stat st;
    cr_assert(stat(home.wal, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 077) == 0);
    cr_assert(stat(home.run, &st) == 0 && S_ISDIR(st.st_mode));
    node_home_free(&home);
}

Test(home, refuses_a_home_that_is_not_whole, .init = setup, .fini = teardown)
{
    cr_assert(node_home_open(&home, &config, &error) == YQ_E_NOT_FOUND);
    cr_assert(strstr(error.text, "genesis.bin") != NULL);
    write_genesis();
    cr_assert(chmod(key_path, 0644) == 0);
    cr_assert(node_home_open(&home, &config, &error) == YQ_E_PERMISSION);
    cr_assert(chmod(key_path, 0600) == 0);
    char keys[128];
    snprintf(keys, sizeof keys, "%s/keys", dir);
    cr_assert(chmod(keys, 0755) == 0);
    cr_assert(node_home_open(&home, &config, &error) == YQ_E_PERMISSION);
    cr_assert(strstr(error.text, "chmod 700") != NULL);
    cr_assert(chmod(keys, 0700) == 0);
    cr_assert(unlink(key_path) == 0);
    cr_assert(node_home_open(&home, &config, &error) != YQ_OK);
    cr_assert(strstr(error.text, "k.pem") != NULL);
}

Test(home, reads_a_key_with_a_passphrase, .init = setup, .fini = teardown)
{
    char phrase[128];
    yq_fault why = {0};
    snprintf(phrase, sizeof phrase, "%s/phrase", dir);
    cr_assert(unlink(key_path) == 0);
    yq_key *key = yq_key_generate(YQ_SIG_SM2_MESSAGE);
    cr_assert(yq_key_write(key, key_path, "four words of it", &why) == YQ_OK);
    yq_key_free(key);
    write_genesis();
    FILE *f = fopen(phrase, "wb");
    cr_assert(f != NULL && fputs("four words of it\nnot this\n", f) >= 0 && fclose(f) == 0);
    config.passphrase_file = phrase;
    cr_assert(chmod(phrase, 0644) == 0);
    cr_assert(node_home_open(&home, &config, &error) == YQ_E_PERMISSION);
    cr_assert(chmod(phrase, 0600) == 0);
    cr_assert(node_home_open(&home, &config, &error) == YQ_OK, "%s", error.text);
    node_home_free(&home);
    config.passphrase_file = NULL;
    cr_assert(node_home_open(&home, &config, &error) != YQ_OK);
}

Test(home, an_export_key_is_of_its_own_curve, .init = setup, .fini = teardown)
{
    char path[128];
    yq_fault why = {0};
    snprintf(path, sizeof path, "%s/export.pem", dir);
    write_genesis();
    cr_assert(node_home_open(&home, &config, &error) == YQ_OK);
    cr_assert(home.export_key == NULL, "it need not be there");
    node_home_free(&home);
    config.export_key = path;
    cr_assert(node_home_open(&home, &config, &error) != YQ_OK, "but where it is named");
    yq_key *key = yq_key_generate(YQ_SIG_SECP256K1_DIGEST);
    cr_assert(yq_key_write(key, path, NULL, &why) == YQ_OK);
    yq_key_free(key);
    cr_assert(node_home_open(&home, &config, &error) == YQ_OK, "%s", error.text);
    cr_assert(yq_key_alg(home.export_key) == YQ_SIG_SECP256K1_DIGEST);
    node_home_free(&home);
    config.export_key = key_path;
    cr_assert(node_home_open(&home, &config, &error) == YQ_E_CONFIG_INVALID);
    cr_assert(strstr(error.text, "must be a secp256k1 key") != NULL);
    config.export_key = NULL;
}

Test(home, ports_and_evidence, .init = setup, .fini = teardown)
{
    write_genesis();
    yq_fault why = {0};
    cr_assert(node_home_open(&home, &config, &error) == YQ_OK);
    cr_assert(node_home_ports(&home, 1, 65535, 3, &why) == YQ_OK);
    char text[128] = "";
    FILE *f = fopen(home.ports, "rb");
    cr_assert(f != NULL && fread(text, 1, sizeof text - 1, f) > 0 && fclose(f) == 0);
    cr_assert(strcmp(text, "{\"peer\": 1, \"api\": 65535, \"metrics\": 3}\n") == 0);
    for (unsigned i = 0; i < 3; i++) {
        uint8_t bytes[2] = {7, (uint8_t)(i % 2)};
        cr_assert(node_home_evidence(&home, 1, 5, YQ_SLICE_OF(bytes)) == YQ_OK);
    }
    unsigned n = 0;
    DIR *d = opendir(home.evidence);
    cr_assert(d != NULL);
    struct dirent *entry;
    while ((entry = readdir(d)) != NULL) {
        n += entry->d_name[0] != '.' ? 1u : 0u;
    }
    closedir(d);
    cr_assert(n == 2); /* the same once only */
    node_home_free(&home);
}

/* ---- statements of the recovery set ---- */

typedef struct seen {
    unsigned n;
    uint64_t first_ms[4];
    yq_status says;
} seen;

static yq_status see(void *self, uint64_t first_ms, yq_slice statement)
{
    seen *s = self;
    cr_assert(statement.n == 3 && s->n < 4);
    s->first_ms[s->n++] = first_ms;
    return s->says;
}

Test(home, keeps_statements_with_their_first_sight, .init = setup, .fini = teardown)
{
    static const uint8_t bytes[3] = {1, 2, 3};
    char path[1200];
    seen s = {0};
    write_genesis();
    cr_assert(node_home_open(&home, &config, &error) == YQ_OK);
    cr_assert(node_home_recoveries(&home, see, &s) == YQ_OK);
    cr_assert(s.n == 0, "no folder");
    const yq_digest one = {{1}}, two = {{2}};
    cr_assert(node_home_recovery(&home, &one, 111, YQ_SLICE_OF(bytes)) == YQ_OK);
    cr_assert(node_home_recovery(&home, &two, 222, YQ_SLICE_OF(bytes)) == YQ_OK);
    cr_assert(node_home_recovery(&home, &one, 999, YQ_SLICE_OF(bytes)) == YQ_OK);
    cr_assert(node_home_recoveries(&home, see, &s) == YQ_OK);
    cr_assert(s.n == 2 && s.first_ms[0] + s.first_ms[1] == 333, "the first sight stays");
    s = (seen){.says = YQ_E_CORRUPT};
    cr_assert(node_home_recoveries(&home, see, &s) == YQ_E_CORRUPT);
    cr_assert(s.n == 1);
    (void)snprintf(path, sizeof path, "%s/ff.bin", home.recovery);
    FILE *f = fopen(path, "wb");
    cr_assert(f != NULL && fputs("short", f) >= 0 && fclose(f) == 0);
    s = (seen){0};
    cr_assert(node_home_recoveries(&home, see, &s) == YQ_E_CORRUPT, "a damaged file is told");
    f = fopen(path, "wb");
    cr_assert(f != NULL);
    for (unsigned i = 0; i < YQ_RECOVERY_SIZE_MAX + 9; i++) {
        cr_assert(fputc(0, f) == 0);
    }
    cr_assert(fclose(f) == 0);
    s = (seen){0};
    cr_assert(node_home_recoveries(&home, see, &s) == YQ_E_CORRUPT, "one that is too large");
    node_home_free(&home);
}
