#include "light-clients/fisco-bcos-3/fisco3.h"

#define REST_MAX        YQ_TX_SIZE_MAX
#define TIME_MS_MAX     ((UINT64_C(1) << 56) - 1)
#define FIXED_SIZE      148u /* version, parent, roots, number */
#define CLOCK_SIZE      16u  /* timestamp, sealer */
#define HEAD_PARTS      3u   /* before the sealers */
#define SM_SIGNATURE    64u
#define ECDSA_SIGNATURE 65u

void yq_fisco3_take_version(yq_cur *c)
{
    size_t at = c->pos;
    if (yq_cur_u8(c) != YQ_FISCO3_LAYOUT_VERSION) {
        yq_cur_fail_field(c, YQ_E_VERSION, at, "version");
    }
}

void yq_fisco3_take_digest(yq_cur *c, yq_digest *out)
{
    yq_cur_copy(c, out->b, sizeof out->b);
}

/* Decimal digits without a leading zero. */
static yq_slice take_gas(yq_cur *c, size_t size_max)
{
    size_t at = c->pos;
    yq_slice text = yq_cur_str8(c, size_max);
    int fits = text.n > 0 && (text.n == 1 || text.p[0] != '0');
    for (size_t i = 0; i < text.n && fits; i++) {
        fits = text.p[i] >= '0' && text.p[i] <= '9';
    }
    if (!fits) {
        yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "gasUsed");
    }
    return text;
}

/* Ids and weights stand together here, and apart where they are hashed. */
static void take_sealers(yq_cur *c, yq_slice *part, yq_fisco3_set *out)
{
    size_t n = yq_cur_u16(c);
    if (n > YQ_FISCO3_SEALERS_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, c->pos - 2, "sealerList");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        part[i] = yq_cur_take(c, YQ_FISCO3_ID_SIZE);
        part[n + 1 + i] = yq_cur_take(c, 8);
        yq_cur weight = yq_cur_of(part[n + 1 + i]);
        yq_bytes_copy(out->sealer[i].id, part[i].p, part[i].n);
        out->sealer[i].weight = yq_cur_u64(&weight);
    }
    out->n = yq_cur_ok(c) ? n : 0;
    part[n] = yq_cur_blob32(c, YQ_FISCO3_EXTRA_MAX);
}

void yq_fisco3_take_header(const yq_fisco3_call *call, yq_cur *c, yq_fisco3_header *out)
{
    yq_digest state_root = {{0}};
    size_t at = c->pos;
    yq_slice *part =
        yq_fisco3_room(call, HEAD_PARTS + 2 * (size_t)YQ_FISCO3_SEALERS_MAX, sizeof *part);
    *out = (yq_fisco3_header){0};
    if (part == NULL || !yq_fisco3_set_new(call, &out->sealers)) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "header");
        return;
    }
    part[0] = yq_cur_take(c, FIXED_SIZE);
    yq_cur f = yq_cur_of(part[0]);
    uint64_t version = yq_cur_u32(&f);
    if (version < YQ_FISCO3_VERSION_MIN || version > YQ_FISCO3_VERSION_MAX) {
        yq_cur_fail_field(c, YQ_E_VERSION, at, "compatibility version");
    }
    out->parent_number = yq_cur_u64(&f);
    yq_fisco3_take_digest(&f, &out->parent);
    yq_fisco3_take_digest(&f, &out->tx_root);
    yq_fisco3_take_digest(&f, &out->receipt_root);
    yq_fisco3_take_digest(&f, &state_root);
    out->number = yq_cur_u64(&f);
    if (out->number == 0 || out->number > INT64_MAX) {
        yq_cur_fail_field(c, YQ_E_RANGE, at + FIXED_SIZE - 8, "number");
    }
    part[1] = take_gas(c, YQ_FISCO3_GAS_MAX);
    at = c->pos;
    part[2] = yq_cur_take(c, CLOCK_SIZE);
    yq_cur clock = yq_cur_of(part[2]);
    out->time_ms = yq_cur_u64(&clock);
    if (out->time_ms > TIME_MS_MAX) {
        yq_cur_fail_field(c, YQ_E_RANGE, at, "timestamp");
    }
    uint64_t sealer = yq_cur_u64(&clock);
    take_sealers(c, part + HEAD_PARTS, &out->sealers);
    if (sealer >= out->sealers.n) {
        yq_cur_fail_field(c, YQ_E_RANGE, at + 8, "sealer");
    }
    if (yq_cur_ok(c)) {
        out->hash = yq_fisco3_hash(call, part, HEAD_PARTS + 2 * out->sealers.n + 1);
    }
}

void yq_fisco3_take_signatures(const yq_fisco3_call *call, yq_cur *c, yq_fisco3_signatures *out)
{
    size_t at = c->pos;
    size_t size = call->suite == YQ_FISCO3_SUITE_SM ? SM_SIGNATURE : ECDSA_SIGNATURE;
    size_t n = yq_cur_u16(c);
    *out = (yq_fisco3_signatures){0};
    if (n > YQ_FISCO3_SEALERS_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "signatures");
        return;
    }
    out->index = yq_fisco3_room(call, n, sizeof *out->index);
    out->sig = yq_fisco3_room(call, n, sizeof *out->sig);
    if (out->index == NULL || out->sig == NULL) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "signatures");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        out->index[i] = yq_cur_u16(c);
        out->sig[i] = yq_cur_take(c, size);
    }
    out->n = yq_cur_ok(c) ? n : 0;
}

static void take_steps(const yq_fisco3_call *call, yq_cur *c, yq_fisco3_inclusion *out)
{
    size_t at = c->pos;
    size_t n = yq_cur_u8(c);
    out->step = yq_fisco3_room(call, n, sizeof *out->step);
    if (n > YQ_FISCO3_STEPS_MAX || out->step == NULL) {
        yq_cur_fail_field(c, n > YQ_FISCO3_STEPS_MAX ? YQ_E_PROOF_DEPTH : YQ_E_LIMIT, at, "path");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        yq_fisco3_step *step = &out->step[i];
        at = c->pos;
        step->kind = yq_cur_u8(c);
        if (step->kind < YQ_FISCO3_STEP_LEFT || step->kind > YQ_FISCO3_STEP_ALONE) {
            yq_cur_fail_field(c, YQ_E_FIELD_UNKNOWN, at, "path");
        }
        if (step->kind != YQ_FISCO3_STEP_ALONE) {
            step->tx = yq_cur_take(c, YQ_DIGEST_SIZE);
            step->receipt = yq_cur_take(c, YQ_DIGEST_SIZE);
        }
    }
    out->step_n = yq_cur_ok(c) ? n : 0;
}

static void take_tx(yq_cur *c, yq_fisco3_tx *out)
{
    size_t at = c->pos;
    out->version = yq_cur_u8(c);
    if (out->version > 2) {
        yq_cur_fail_field(c, YQ_E_VERSION, at, "transaction");
    }
    out->block_limit = yq_cur_u64(c);
    out->nonce = yq_cur_str8(c, UINT8_MAX);
    out->to = yq_cur_take(c, 2 + YQ_FISCO3_ADDRESS_TEXT);
    out->rest = yq_cur_blob32(c, REST_MAX);
}

static void take_receipt(const yq_fisco3_call *call, yq_cur *c, yq_fisco3_receipt *out)
{
    size_t at = c->pos;
    out->version = yq_cur_u8(c);
    if (out->version > 2) {
        yq_cur_fail_field(c, YQ_E_VERSION, at, "receipt");
    }
    out->gas = take_gas(c, 20);
    out->status = yq_cur_u32(c);
    out->output = yq_cur_str8(c, 32);
    if (out->version > 0) {
        out->price = yq_cur_str8(c, 34);
    }
    at = c->pos;
    size_t n = yq_cur_u8(c);
    out->log = yq_fisco3_room(call, n, sizeof *out->log);
    if (n > YQ_FISCO3_LOGS_MAX || out->log == NULL) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "logs");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        out->log[i].address = yq_cur_take(c, YQ_FISCO3_ADDRESS_TEXT);
        out->log[i].topic = yq_cur_take(c, YQ_DIGEST_SIZE);
        out->log[i].data = yq_cur_blob32(c, REST_MAX);
    }
    out->log_n = yq_cur_ok(c) ? n : 0;
}

void yq_fisco3_take_inclusion(const yq_fisco3_call *call, yq_cur *c, yq_fisco3_inclusion *out)
{
    *out = (yq_fisco3_inclusion){0};
    take_steps(call, c, out);
    take_tx(c, &out->tx);
    take_receipt(call, c, &out->receipt);
}
