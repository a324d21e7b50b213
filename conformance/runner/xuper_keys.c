#include "conformance/runner/xuper.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

/* Public keys, and the addresses of them, that lie beside blocks. */

#define RAW_SIZE 25u /* of an address: version, 20 bytes, 4 of checksum */

typedef struct known_key {
    const run_file *file;
    char address[YQ_XUPER_ADDRESS_MAX];
    size_t n; /* 0: the key could not be read */
    yq_fault why;
} known_key;

typedef struct keys {
    xuper_run *run;
    known_key *key;
    size_t n;
} keys;

/* ---- keys ---- */

/* The digits of a member: numbers of 256 bits are more than our reader of JSON gives. */
static yq_slice digits_of(yq_slice object, const char *name)
{
    size_t at = xuper_find(object, 0, name);
    at += at < object.n ? strlen(name) : 0;
    while (at < object.n && (object.p[at] <= ' ' || object.p[at] == ':')) {
        at++;
    }
    size_t end = at;
    while (end < object.n && object.p[end] >= '0' && object.p[end] <= '9') {
        end++;
    }
    return yq_slice_of(object.p + at, end - at);
}

/* A key's text in the form in which the chain hashes it, whatever its file's spaces and order. */
static void add_key(keys *r, const run_file *file, yq_slice object)
{
    uint8_t room[YQ_XUPER_KEY_TEXT_MAX], key[64] = {0};
    run_call call_room;
    const yq_verifier_host *host = run_workspace_host(r->run->space, r->run->client, &call_room);
    yq_writer w = yq_writer_of(room, sizeof room);
    const uint8_t scheme = xuper_find(object, 0, "SM2") < object.n ? YQ_XUPER_SM2 : YQ_XUPER_P256;
    r->key = realloc(r->key, (r->n + 1) * sizeof *r->key);
    YQ_ASSERT(r->key != NULL);
    known_key *k = &r->key[r->n++];
    *k = (known_key){.file = file};
    yq_put(&w, yq_slice_text("{\"Curvname\":\""));
    yq_put(&w, yq_slice_text(scheme == YQ_XUPER_SM2 ? "SM2-P-256" : "P-256"));
    yq_put(&w, yq_slice_text("\",\"X\":"));
    yq_put(&w, digits_of(object, "\"X\""));
    yq_put(&w, yq_slice_text(",\"Y\":"));
    yq_put(&w, digits_of(object, "\"Y\""));
    yq_put(&w, yq_slice_text("}"));
    if (yq_xuper_key_decode(scheme, yq_writer_slice(&w), key, &k->why) == YQ_OK) {
        k->n = yq_xuper_address(host, scheme, key, k->address);
    }
}

static void find_keys(keys *r, const run_file *file)
{
    yq_slice bytes;
    yq_fault why;
    if (run_file_read(file->path, &bytes, &why) != YQ_OK) {
        return;
    }
    for (size_t at = xuper_find(bytes, 0, "\"Curvname\""); at < bytes.n;
         at = xuper_find(bytes, at + 1, "\"Curvname\"")) {
        add_key(r, file, xuper_object_around(bytes, at));
    }
    run_file_free(bytes);
}

static int is_key(const yq_json *root)
{
    return yq_json_get(root, "Curvname") != NULL && yq_json_get(root, "X") != NULL &&
           yq_json_get(root, "Y") != NULL;
}

/* ---- addresses ---- */

/* The text's 25 bytes; 0 when it has another number of them. */
static int base58_decode(yq_slice text, uint8_t *raw)
{
    static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    memset(raw, 0, RAW_SIZE);
    for (size_t i = 0; i < text.n; i++) {
        const char *at = text.p[i] == '\0' ? NULL : strchr(digits, text.p[i]);
        unsigned carry = at == NULL ? 0 : (unsigned)(at - digits);
        for (size_t k = RAW_SIZE; k > 0 && at != NULL; k--) {
            carry += 58u * raw[k - 1];
            raw[k - 1] = (uint8_t)carry;
            carry >>= 8;
        }
        if (at == NULL || carry != 0) {
            return 0;
        }
    }
    return raw[0] != 0;
}

static yq_status checksum(const yq_verifier_host *host, yq_slice address, yq_fault *why)
{
    uint8_t raw[RAW_SIZE];
    yq_digest md = {{0}};
    const yq_slice body = {raw, RAW_SIZE - 4};
    if (!base58_decode(address, raw) || (raw[0] != YQ_XUPER_P256 && raw[0] != YQ_XUPER_SM2)) {
        return yq_fail(why, YQ_E_NONCANONICAL, 0, "address");
    }
    if (raw[0] == YQ_XUPER_SM2) {
        host->hash(host->self, YQ_HASH_SM3, &body, 1, md.b);
    } else {
        md = yq_xuper_hash(host, &body, 1);
    }
    return memcmp(md.b, raw + RAW_SIZE - 4, 4) == 0 ? YQ_OK
                                                    : yq_fail(why, YQ_E_HASH, 0, "checksum");
}

/* Has a block of the folder this proposer or voter? */
static int is_member(const xuper_run *run, yq_slice address)
{
    for (size_t i = 0; i < run->n; i++) {
        const yq_json *json = run->block[i].json;
        const yq_json *votes =
            yq_json_get(yq_json_get(yq_json_get(json, "justify"), "SignInfos"), "QCSignInfos");
        if (yq_slice_equal(xuper_text(json, "proposer"), address)) {
            return 1;
        }
        for (size_t k = 0; k < yq_json_count(votes); k++) {
            if (yq_slice_equal(xuper_text(yq_json_at(votes, k), "Address"), address)) {
                return 1;
            }
        }
    }
    return 0;
}

/* The address in a file of nothing else; empty when it is none by its form. */
static yq_slice address_in(const run_file *file, yq_slice *bytes)
{
    yq_fault why;
    *bytes = (yq_slice){0};
    if (file->form != RUN_FORM_TEXT || run_file_read(file->path, bytes, &why) != YQ_OK) {
        return (yq_slice){0};
    }
    const yq_slice text = xuper_trimmed(*bytes);
    return text.n >= RAW_SIZE && yq_xuper_address_valid(text) ? text : (yq_slice){0};
}

static void address_row(keys *r, const run_file *file)
{
    run_row row = {.file = file->name, .kind = "address", .anchor = "none"};
    run_call room;
    yq_fault why = {0};
    yq_slice bytes;
    const yq_slice address = address_in(file, &bytes);
    if (address.n > 0) {
        const yq_verifier_host *host = run_workspace_host(r->run->space, r->run->client, &room);
        yq_status status = checksum(host, address, &why);
        run_row_check(&row, "checksum");
        for (size_t i = 0; i < r->n; i++) {
            if (yq_slice_equal(address, yq_slice_of(r->key[i].address, r->key[i].n))) {
                run_row_check(&row, "public key");
            }
        }
        if (is_member(r->run, address)) {
            row.anchor = "self";
            run_row_check(&row, "signs blocks");
        }
        run_row_verdict(&row, status, &why, 1);
        run_report_row(r->run->report, &row);
    }
    run_file_free(bytes);
}

static int has_address(const keys *r, yq_slice address)
{
    int found = 0;
    for (size_t i = 0; i < r->run->folder->n && !found; i++) {
        yq_slice bytes;
        const yq_slice text = address_in(&r->run->folder->file[i], &bytes);
        found = text.n > 0 && yq_slice_equal(text, address);
        run_file_free(bytes);
    }
    return found;
}

static void key_row(const keys *r, const known_key *k)
{
    run_row row = {.file = k->file->name, .kind = "public key", .anchor = "none"};
    const yq_slice address = {(const uint8_t *)k->address, k->n};
    run_row_check(&row, "form");
    if (k->n > 0 && is_member(r->run, address)) {
        row.anchor = "self";
        run_row_check(&row, "signs blocks");
    }
    if (k->n > 0 && has_address(r, address)) {
        run_row_check(&row, "address");
    }
    if (k->n > 0 && row.check_n == 1) {
        run_report_skip(
            r->run->report, k->file->name, "a public key whose address nothing beside it has");
        return;
    }
    run_row_verdict(&row, k->n > 0 ? YQ_OK : k->why.status, &k->why, 1);
    run_report_row(r->run->report, &row);
}

static int has_keys_of(const keys *r, const run_file *file)
{
    for (size_t i = 0; i < r->n; i++) {
        if (r->key[i].file == file) {
            return 1;
        }
    }
    return 0;
}

void xuper_keys(xuper_run *run)
{
    const run_folder *folder = run->folder;
    keys r = {.run = run};
    for (size_t i = 0; i < folder->doc_n; i++) {
        const run_doc *doc = &folder->doc[i];
        if (is_key(doc->root) && yq_json_get(doc->root, "D") != NULL) {
            run_report_skip(run->report, doc->file->name, "a private key");
        } else if (is_key(doc->root) && !has_keys_of(&r, doc->file)) {
            find_keys(&r, doc->file);
        }
    }
    for (size_t i = 0; i < r.n; i++) {
        key_row(&r, &r.key[i]);
    }
    for (size_t i = 0; i < folder->n && (run->n > 0 || r.n > 0); i++) {
        address_row(&r, &folder->file[i]);
    }
    free(r.key);
}
