#include "adapters/cometbft/evidence.h"
#include "relay/codec/base64.h"
#include "relay/codec/protobuf.h"

#define HASH_MAX    64u
#define MEMBERS_MAX 1024u
#define ZERO_TIME   INT64_C(-62135596800)

static yq_status missing(yq_fault *why, const char *field)
{
    return yq_fail(why, YQ_E_FIELD_MISSING, 0, field);
}

/* A number as text or as such; 0 when it is not there. Returns 0 when it is something else. */
static int number_of(const yq_json *object, const char *key, uint64_t *out)
{
    const yq_json *v = yq_json_get(object, key);
    *out = 0;
    return v == NULL || yq_json_is_null(v) || yq_json_quantity(v, out);
}

/* Hex; empty when it is not there. */
static int hex_of(const yq_json *object, const char *key, yq_buf *out)
{
    const yq_json *v = yq_json_get(object, key);
    out->n = 0;
    return v == NULL || yq_json_is_null(v) || yq_json_hex(v, out);
}

static void put_hash(yq_writer *w, uint32_t number, const yq_buf *bytes)
{
    if (bytes->n > 0) {
        yq_pb_put_bytes(w, number, yq_slice_of(bytes->p, bytes->n));
    }
}

static void put_number(yq_writer *w, uint32_t number, uint64_t value)
{
    if (value != 0) {
        yq_pb_put_varint(w, number, value);
    }
}

static int digits(yq_slice *text, size_t n, int64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        if (i >= text->n || text->p[i] < '0' || text->p[i] > '9') {
            return 0;
        }
        *out = *out * 10 + (text->p[i] - '0');
    }
    *text = yq_slice_of(text->p + n, text->n - n);
    return 1;
}

static int mark(yq_slice *text, char c)
{
    if (text->n == 0 || text->p[0] != (uint8_t)c) {
        return 0;
    }
    *text = yq_slice_of(text->p + 1, text->n - 1);
    return 1;
}

/* Days from 1970-01-01 of the Gregorian calendar, which begins here in year 1. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    /* March is month 0, so that the leap day ends the year. */
    int64_t y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

int yq_comet_time_of_text(yq_slice text, int64_t *seconds, uint32_t *nanos)
{
    int64_t year, month, day, hour, minute, second, fraction = 0;
    if (!digits(&text, 4, &year) || !mark(&text, '-') || !digits(&text, 2, &month) ||
        !mark(&text, '-') || !digits(&text, 2, &day) || !mark(&text, 'T') ||
        !digits(&text, 2, &hour) || !mark(&text, ':') || !digits(&text, 2, &minute) ||
        !mark(&text, ':') || !digits(&text, 2, &second)) {
        return 0;
    }
    if (mark(&text, '.')) {
        size_t n = 0;
        while (n < text.n && n < 9 && text.p[n] >= '0' && text.p[n] <= '9') {
            n++;
        }
        if (n == 0 || !digits(&text, n, &fraction)) {
            return 0;
        }
        for (; n < 9; n++) {
            fraction *= 10;
        }
    }
    if (!mark(&text, 'Z') || text.n != 0 || year < 1 || month < 1 || month > 12 || day < 1 ||
        day > 31 || hour > 23 || minute > 59 || second > 59) {
        return 0;
    }
    *seconds = ((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    *nanos = (uint32_t)fraction;
    return 1;
}

static void put_time(yq_writer *w, uint32_t number, int64_t seconds, uint32_t nanos)
{
    size_t begin = yq_pb_begin(w);
    put_number(w, 1, (uint64_t)seconds);
    put_number(w, 2, nanos);
    yq_pb_end(w, begin, number);
}

static yq_status time_field(
    const yq_json *object, const char *key, yq_writer *w, uint32_t number, yq_fault *why)
{
    yq_slice text;
    int64_t seconds;
    uint32_t nanos;
    if (!yq_json_text(yq_json_get(object, key), &text) ||
        !yq_comet_time_of_text(text, &seconds, &nanos)) {
        return missing(why, key);
    }
    put_time(w, number, seconds, nanos);
    return YQ_OK;
}

/* {hash, parts or part_set_header: {total, hash}}, or null. */
static yq_status block_id(const yq_json *id, yq_writer *w, uint32_t number, yq_fault *why)
{
    uint8_t room[2][HASH_MAX];
    yq_buf hash = {room[0], HASH_MAX, 0}, parts_hash = {room[1], HASH_MAX, 0};
    const yq_json *parts = yq_json_get(id, "parts");
    uint64_t total;
    parts = parts != NULL ? parts : yq_json_get(id, "part_set_header");
    if (!hex_of(id, "hash", &hash) || !hex_of(parts, "hash", &parts_hash) ||
        !number_of(parts, "total", &total)) {
        return yq_fail(why, YQ_E_TYPE, 0, "block_id");
    }
    size_t outer = yq_pb_begin(w);
    put_hash(w, 1, &hash);
    size_t inner = yq_pb_begin(w);
    put_number(w, 1, total);
    put_hash(w, 2, &parts_hash);
    yq_pb_end(w, inner, 2);
    yq_pb_end(w, outer, number);
    return YQ_OK;
}

static yq_status put_version(const yq_json *header, yq_writer *w, yq_fault *why)
{
    uint64_t block, app;
    const yq_json *version = yq_json_get(header, "version");
    if (!number_of(version, "block", &block) || !number_of(version, "app", &app)) {
        return yq_fail(why, YQ_E_TYPE, 0, "version");
    }
    size_t begin = yq_pb_begin(w);
    put_number(w, 1, block);
    put_number(w, 2, app);
    yq_pb_end(w, begin, 1);
    return YQ_OK;
}

yq_status yq_comet_header_of_json(const yq_json *header, yq_writer *w, yq_fault *why)
{
    static const char *const hashes[] = {
        "last_commit_hash",
        "data_hash",
        "validators_hash",
        "next_validators_hash",
        "consensus_hash",
        "app_hash",
        "last_results_hash",
        "evidence_hash",
        "proposer_address"};
    uint64_t height;
    yq_slice chain_id;
    if (!yq_json_text(yq_json_get(header, "chain_id"), &chain_id) ||
        !number_of(header, "height", &height)) {
        return missing(why, "chain_id, height");
    }
    yq_status status = put_version(header, w, why);
    if (chain_id.n > 0) {
        yq_pb_put_bytes(w, 2, chain_id);
    }
    put_number(w, 3, height);
    if (status == YQ_OK) {
        status = time_field(header, "time", w, 4, why);
    }
    if (status == YQ_OK) {
        status = block_id(yq_json_get(header, "last_block_id"), w, 5, why);
    }
    for (uint32_t i = 0; i < YQ_ARRAY_N(hashes) && status == YQ_OK; i++) {
        uint8_t room[HASH_MAX];
        yq_buf hash = {room, sizeof room, 0};
        if (!hex_of(header, hashes[i], &hash)) {
            return yq_fail(why, YQ_E_TYPE, 0, hashes[i]);
        }
        put_hash(w, 6 + i, &hash);
    }
    return status == YQ_OK && w->status != YQ_OK ? yq_fail(why, w->status, 0, "header") : status;
}

static yq_status put_vote(const yq_json *vote, yq_writer *w, yq_fault *why)
{
    uint8_t address_room[HASH_MAX], signature_room[128];
    yq_buf address = {address_room, sizeof address_room, 0};
    yq_buf signature = {signature_room, sizeof signature_room, 0};
    uint64_t flag;
    yq_slice text = {0};
    yq_status status = YQ_OK;
    if (!number_of(vote, "block_id_flag", &flag) || !hex_of(vote, "validator_address", &address)) {
        return yq_fail(why, YQ_E_TYPE, 0, "signatures");
    }
    size_t begin = yq_pb_begin(w);
    put_number(w, 1, flag);
    if (flag == 1) {
        put_time(w, 3, ZERO_TIME, 0);
        yq_pb_end(w, begin, 4);
        return YQ_OK;
    }
    put_hash(w, 2, &address);
    status = time_field(vote, "timestamp", w, 3, why);
    if (status == YQ_OK && yq_json_text(yq_json_get(vote, "signature"), &text)) {
        status = yq_base64_decode(text, &signature, why);
    }
    put_hash(w, 4, &signature);
    yq_pb_end(w, begin, 4);
    return status;
}

yq_status yq_comet_commit_of_json(const yq_json *commit, yq_writer *w, yq_fault *why)
{
    const yq_json *votes = yq_json_get(commit, "signatures");
    uint64_t height, round;
    if (!number_of(commit, "height", &height) || !number_of(commit, "round", &round)) {
        return yq_fail(why, YQ_E_TYPE, 0, "height, round");
    }
    put_number(w, 1, height);
    put_number(w, 2, round);
    yq_status status = block_id(yq_json_get(commit, "block_id"), w, 3, why);
    for (size_t i = 0; i < yq_json_count(votes) && status == YQ_OK; i++) {
        status = put_vote(yq_json_at(votes, i), w, why);
    }
    return status == YQ_OK && w->status != YQ_OK ? yq_fail(why, w->status, 0, "commit") : status;
}

/* ---- sets ---- */

typedef struct member {
    const yq_json *value;
    uint64_t power;
    uint8_t address[20];
} member;

static int comes_before(const member *a, const member *b)
{
    return a->power != b->power ? a->power > b->power
                                : memcmp(a->address, b->address, sizeof a->address) < 0;
}

static yq_status read_members(
    const yq_json *const *page, size_t page_n, int sort, member *out, size_t *n, yq_fault *why)
{
    *n = 0;
    for (size_t i = 0; i < page_n; i++) {
        for (size_t k = 0; k < yq_json_count(page[i]); k++) {
            member m = {.value = yq_json_at(page[i], k)};
            yq_buf address = {m.address, sizeof m.address, 0};
            const char *key = yq_json_get(m.value, "power") != NULL ? "power" : "voting_power";
            if (*n == MEMBERS_MAX) {
                return yq_fail(why, YQ_E_LIMIT, 0, "validators");
            }
            if (!number_of(m.value, key, &m.power) || !hex_of(m.value, "address", &address)) {
                return yq_fail(why, YQ_E_TYPE, 0, "validators");
            }
            size_t at = (*n)++;
            for (; sort && at > 0 && comes_before(&m, &out[at - 1]); at--) {
                out[at] = out[at - 1];
            }
            out[at] = m;
        }
    }
    return YQ_OK;
}

static yq_status put_member(const member *m, yq_writer *w, yq_fault *why)
{
    uint8_t room[64], key_room[64];
    yq_writer inner = yq_writer_of(room, sizeof room);
    yq_buf key = {key_room, sizeof key_room, 0};
    const yq_json *pub = yq_json_get(m->value, "pub_key");
    yq_slice type, text;
    if (!yq_json_text(yq_json_get(pub, "type"), &type) ||
        !yq_json_text(yq_json_get(pub, "value"), &text)) {
        return missing(why, "pub_key");
    }
    uint32_t number = yq_slice_equal(type, yq_slice_text("tendermint/PubKeyEd25519"))     ? 1
                      : yq_slice_equal(type, yq_slice_text("tendermint/PubKeySecp256k1")) ? 2
                                                                                          : 0;
    if (number == 0) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "pub_key type");
    }
    yq_status status = yq_base64_decode(text, &key, why);
    if (status != YQ_OK) {
        return status;
    }
    size_t begin = yq_pb_begin(&inner);
    yq_pb_put_bytes(&inner, number, yq_slice_of(key.p, key.n));
    yq_pb_end(&inner, begin, 1);
    put_number(&inner, 2, m->power);
    if (inner.status != YQ_OK) {
        return yq_fail(why, YQ_E_LEN, 0, "pub_key");
    }
    yq_put_str8(w, yq_writer_slice(&inner));
    return YQ_OK;
}

yq_status yq_comet_set_of_pages(
    const yq_json *const *page, size_t page_n, int sort, yq_writer *w, yq_fault *why)
{
    size_t n = 0;
    member list[MEMBERS_MAX] = {{0}};
    yq_status status = read_members(page, page_n, sort, list, &n, why);
    yq_put_u16(w, (uint16_t)n);
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        status = put_member(&list[i], w, why);
    }
    return status == YQ_OK && w->status != YQ_OK ? yq_fail(why, w->status, 0, "validators")
                                                 : status;
}

yq_status yq_comet_set_of_json(const yq_json *validators, int sort, yq_writer *w, yq_fault *why)
{
    return yq_comet_set_of_pages(&validators, 1, sort, w, why);
}

/* What write makes, with its length in front. */
static yq_status framed(
    yq_status (*write)(const yq_json *in, yq_writer *w, yq_fault *why),
    const yq_json *in,
    yq_writer *w,
    yq_fault *why)
{
    size_t at = w->n;
    yq_put_u32(w, 0);
    size_t begin = w->n;
    yq_status status = write(in, w, why);
    if (status == YQ_OK) {
        yq_writer length = yq_writer_of(w->p + at, 4);
        yq_put_u32(&length, (uint32_t)(w->n - begin));
    }
    return status;
}

yq_status yq_comet_step_of_json(
    uint64_t trusted_height,
    const yq_json *signed_header,
    const yq_json *validators,
    const yq_json *trusted,
    int sort,
    yq_writer *w,
    yq_fault *why)
{
    yq_put_u64(w, trusted_height);
    yq_status status =
        framed(yq_comet_header_of_json, yq_json_get(signed_header, "header"), w, why);
    if (status == YQ_OK) {
        status = framed(yq_comet_commit_of_json, yq_json_get(signed_header, "commit"), w, why);
    }
    if (status == YQ_OK) {
        status = yq_comet_set_of_json(validators, sort, w, why);
    }
    return status == YQ_OK ? yq_comet_set_of_json(trusted, sort, w, why) : status;
}
