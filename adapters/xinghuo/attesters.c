#include "adapters/xinghuo/attesters.h"

#include "light-clients/attested/attested.h"
#include "relay/base/bytes.h"
#include "relay/codec/json.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *name;
    uint8_t suite;
    yq_sig_alg alg;
    size_t key_n;
} suites[] = {
    {"sm2", YQ_SUITE_SM2, YQ_SIG_SM2_MESSAGE, 64},
    {"p256", YQ_SUITE_P256, YQ_SIG_P256_DIGEST, 64},
    {"secp256k1", YQ_SUITE_ETH, YQ_SIG_SECP256K1_DIGEST, 64},
    {"ed25519", YQ_SUITE_ED25519, YQ_SIG_ED25519_MESSAGE, 32}};

yq_sig_alg yq_xha_suite_alg(uint8_t suite)
{
    for (size_t i = 0; i < YQ_ARRAY_N(suites); i++) {
        if (suites[i].suite == suite) {
            return suites[i].alg;
        }
    }
    return YQ_SIG_INVALID;
}

static yq_status bad(yq_fault *why, const char *what)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "attesters_file: %.90s", what);
    return yq_fail(why, YQ_E_CONFIG_INVALID, 0, text);
}

/* ---- one ---- */

/* A text of 1 to max bytes without NUL, in memory of its own. */
static char *take_text(const yq_json *object, const char *key, size_t max)
{
    yq_slice text;
    if (!yq_json_text(yq_json_get(object, key), &text) || text.n == 0 || text.n > max ||
        memchr(text.p, '\0', text.n) != NULL) {
        return NULL;
    }
    return strndup((const char *)text.p, text.n);
}

static int take_key(const yq_json *object, yq_xha_attester *out)
{
    yq_slice name;
    yq_buf room = {out->key, sizeof out->key, 0};
    if (!yq_json_text(yq_json_get(object, "suite"), &name) ||
        !yq_json_hex(yq_json_get(object, "key"), &room)) {
        return 0;
    }
    for (size_t i = 0; i < YQ_ARRAY_N(suites); i++) {
        if (yq_slice_equal(name, yq_slice_text(suites[i].name))) {
            out->suite = suites[i].suite;
            out->key_n = room.n;
            return room.n == suites[i].key_n &&
                   yq_public_key_check(suites[i].alg, yq_slice_of(out->key, room.n)) == YQ_OK;
        }
    }
    return 0;
}

static yq_status take_one(const yq_json *object, yq_xha_attester *out, yq_fault *why)
{
    *out = (yq_xha_attester){.organisation = take_text(object, "organisation", YQ_ATTEST_ORG_MAX)};
    if (yq_json_count(object) != 4 || out->organisation == NULL) {
        return bad(why, "each attester has organisation, suite, key and url");
    }
    out->url = take_text(object, "url", 512);
    if (out->url == NULL) {
        return bad(why, "url: where the attester answers");
    }
    return take_key(object, out)
               ? YQ_OK
               : bad(why, "suite, key: sm2, p256, secp256k1 or ed25519, and its public key in hex");
}

static int order_of(const yq_xha_attester *a, const yq_xha_attester *b)
{
    return yq_slice_compare(yq_slice_of(a->key, a->key_n), yq_slice_of(b->key, b->key_n));
}

/* ---- the set ---- */

static yq_status take_all(const yq_json *root, yq_xha_attesters *out, yq_fault *why)
{
    const yq_json *list = yq_json_get(root, "attesters");
    uint64_t threshold = 0;
    size_t n = yq_json_count(list);
    if (yq_json_count(root) != 3 || !yq_json_uint(yq_json_get(root, "epoch"), &out->epoch) ||
        !yq_json_uint(yq_json_get(root, "threshold"), &threshold) || threshold > UINT16_MAX) {
        return bad(why, "has epoch, threshold and attesters, the first two numbers");
    }
    if (!yq_json_is_array(list) || n > YQ_XHA_ATTESTERS_MAX) {
        return bad(why, "attesters: a list of at most 16");
    }
    out->threshold = (uint16_t)threshold;
    yq_status status = YQ_OK;
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        status = take_one(yq_json_at(list, i), &out->one[i], why);
        out->n = i + 1;
    }
    return status;
}

static void sort(yq_xha_attesters *out)
{
    for (size_t i = 1; i < out->n; i++) {
        const yq_xha_attester moved = out->one[i];
        size_t at = i;
        for (; at > 0 && order_of(&out->one[at - 1], &moved) > 0; at--) {
            out->one[at] = out->one[at - 1];
        }
        out->one[at] = moved;
    }
}

typedef struct lent {
    yq_attest_member member[YQ_ATTEST_MEMBERS_MAX];
} lent;

static void *lend(void *self, size_t size)
{
    return size <= sizeof(lent) ? self : NULL;
}

/* As the light client judges it, on its own form. */
static yq_status judge(const yq_xha_attesters *set, yq_fault *why)
{
    uint8_t bytes[YQ_ATTEST_SET_MAX];
    lent room = {{{0}}};
    yq_attest_set read = {0};
    const yq_verifier_host host = {.size = sizeof host, .self = &room, .scratch = lend};
    const yq_attest_call call = {&host, why};
    yq_writer w = yq_writer_of(bytes, sizeof bytes);
    yq_xha_attesters_put(set, &w);
    yq_cur c = yq_cur_of(yq_writer_slice(&w));
    yq_attest_take_set(&call, &c, &read);
    yq_status status = yq_cur_done(&c, why);
    return status == YQ_OK ? yq_attest_set_check(&call, &read) : status;
}

yq_status yq_xha_attesters_parse(yq_slice text, yq_xha_attesters *out, yq_fault *why)
{
    *out = (yq_xha_attesters){.n = 0};
    yq_json *document = yq_json_parse(text, YQ_XHA_FILE_MAX, why);
    if (document == NULL) {
        return bad(why, "is no JSON, or larger than 64 KiB");
    }
    yq_status status = take_all(yq_json_root(document), out, why);
    yq_json_free(document);
    sort(out);
    return status == YQ_OK ? judge(out, why) : status;
}

yq_status yq_xha_attesters_read(const char *path, yq_xha_attesters *out, yq_fault *why)
{
    *out = (yq_xha_attesters){.n = 0};
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return bad(why, "the file cannot be read");
    }
    char *text = malloc(YQ_XHA_FILE_MAX + 1);
    size_t n = text == NULL ? 0 : fread(text, 1, YQ_XHA_FILE_MAX + 1, file);
    (void)fclose(file);
    yq_status status = text == NULL ? yq_fail(why, YQ_E_MEMORY, 0, "attesters_file")
                                    : yq_xha_attesters_parse(yq_slice_of(text, n), out, why);
    free(text);
    return status;
}

void yq_xha_attesters_free(yq_xha_attesters *attesters)
{
    for (size_t i = 0; i < attesters->n; i++) {
        free(attesters->one[i].organisation);
        free(attesters->one[i].url);
    }
    *attesters = (yq_xha_attesters){.n = 0};
}

void yq_xha_attesters_put(const yq_xha_attesters *attesters, yq_writer *w)
{
    yq_put_u16(w, attesters->threshold);
    yq_put_u16(w, (uint16_t)attesters->n);
    for (size_t i = 0; i < attesters->n; i++) {
        const yq_xha_attester *a = &attesters->one[i];
        yq_put_u8(w, a->suite);
        yq_put_str8(w, yq_slice_text(a->organisation));
        yq_put_str8(w, yq_slice_of(a->key, a->key_n));
    }
}
