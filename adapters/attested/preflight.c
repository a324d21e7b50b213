#include "adapters/attested/session.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define CHECKS_MAX  32u
#define DETAIL_SIZE 384u

/* The list under way. */
typedef struct checks {
    yq_atd_session *s;
    uint64_t until_ms;
    yq_check *check;
    size_t n;
} checks;

__attribute__((format(printf, 4, 5))) static void add(
    checks *c, const char *name, int passed, const char *format, ...)
{
    const yq_adapter_host *host = &c->s->reader.host;
    char *detail = host->alloc(host->self, DETAIL_SIZE);
    if (detail != NULL) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(detail, DETAIL_SIZE, format, args);
        va_end(args);
    }
    if (c->n < CHECKS_MAX) {
        c->check[c->n++] = (yq_check){name, passed, detail == NULL ? "" : detail};
    }
}

/* What failed, and the mend in both languages. */
static void fail(checks *c, const char *name, const char *what, const char *zh, const char *en)
{
    add(c, name, 0, "%.120s。处理：%s / mend: %s", what, zh, en);
}

static void check_mapping(checks *c)
{
    const yq_atd_mapping *m = &c->s->reader.mapping;
    char hex[2 * YQ_DIGEST_SIZE + 1];
    (void)yq_hex_encode(hex, sizeof hex, m->sm3.b, sizeof m->sm3.b);
    add(c,
        "mapping",
        1,
        "SM3 %.16s..., %" PRIu64 " of %zu attesters, epoch %" PRIu64,
        hex,
        m->threshold,
        m->attester_n,
        m->epoch);
    add(c, "grade", 1, "attested: nothing of the platform is proven / 见证级：平台内容无法被证明");
}

/* What a failed question to the platform is mended by. */
static void fail_platform(checks *c, yq_status status, const yq_fault *why)
{
    if (status == YQ_E_PERMISSION) {
        fail(
            c,
            "platform",
            why->text,
            "平台拒绝令牌：核对 token_file，向平台管理员申请新令牌",
            "the platform refuses the token: compare token_file, ask its operators for another");
    } else if (status == YQ_E_PEER) {
        fail(
            c,
            "platform",
            why->text,
            "平台的回答与映射文件不符：核对 records 的路径与成员名",
            "the reply is not as the mapping says: compare path and members of records");
    } else {
        fail(
            c,
            "platform",
            why->text,
            "检查平台地址、网络、TLS 文件与限流设置",
            "check the platform's address, the network, TLS files and rate_per_minute");
    }
}

static void check_record(checks *c, yq_atd_record *r)
{
    yq_atd_session *s = c->s;
    uint8_t block[YQ_ATD_BLOCK_BODY];
    yq_writer b = yq_writer_of(block, sizeof block);
    size_t cap = YQ_ATD_EVENT_BODY_MAX, good = 0;
    yq_writer w = yq_writer_of(s->reader.host.alloc(s->reader.host.self, cap), cap);
    if (w.p == NULL) {
        return;
    }
    yq_atd_put_block(&b, r);
    if (yq_atd_record_fits(r)) {
        yq_atd_put_event(&w, r);
    }
    const yq_atd_expected e = {&s->reader, r->number, yq_writer_slice(&b), yq_writer_slice(&w), 0};
    yq_web_pool_wake(s->attesters);
    for (size_t i = 0; i < s->reader.mapping.attester_n; i++) {
        yq_atd_answer a;
        char what[160];
        yq_atd_ask_attester(s, i, &e, c->until_ms, &a);
        good += a.verdict == YQ_ATD_AGREES;
        if (a.verdict != YQ_ATD_AGREES) {
            (void)snprintf(
                what, sizeof what, "%.40s: %.76s", s->reader.mapping.attester[i].name, a.text);
            fail(
                c,
                "attester",
                what,
                "请该见证方核对地址、映射文件、密钥与其读取的平台数据",
                "ask that attester to compare address, mapping, key and what it reads");
        }
    }
    int passed = good >= s->reader.mapping.threshold;
    add(c,
        "attesters",
        passed,
        passed ? "%zu agree about record %" PRIu64
               : "%zu agree about record %" PRIu64
                 "。处理：少于阈值，见上 / mend: fewer than the threshold, see above",
        good,
        r->number);
}

static void check_platform(checks *c)
{
    yq_atd_platform *p = &c->s->reader.platform;
    yq_atd_record r = {0};
    yq_fault why = {0};
    uint64_t latest = 0;
    int is_gap = 0;
    yq_status status = yq_atd_platform_latest(p, c->until_ms, &latest, &why);
    if (status == YQ_OK && latest > 0) {
        status = yq_atd_platform_record(p, latest, c->until_ms, &r, &is_gap, &why);
    }
    if (status == YQ_E_TIME_FUTURE) {
        fail(c, "time", why.text, "校准平台与本机的时钟（NTP）", "set the clocks (NTP)");
    } else if (status != YQ_OK) {
        fail_platform(c, status, &why);
    } else if (latest == 0 || is_gap) {
        fail(
            c,
            "platform",
            "the journal is empty",
            "等待平台写入第一条记录，见证方才有内容可签",
            "wait for the platform's first record: there is nothing to sign before");
    } else {
        add(c, "platform", 1, "answers; newest record %" PRIu64, latest);
        add(c, "time", 1, "the newest record is not ahead of this clock");
        check_record(c, &r);
    }
    yq_atd_record_free(&r);
}

static void check_anchor(checks *c)
{
    yq_atd_reader *r = &c->s->reader;
    yq_atd_record record;
    yq_fault why = {0};
    int is_gap;
    yq_status status =
        yq_atd_platform_record(&r->platform, r->anchor_number, c->until_ms, &record, &is_gap, &why);
    if (status == YQ_OK && !is_gap) {
        add(c, "anchor", 1, "record %" PRIu64 " is there", r->anchor_number);
    } else {
        fail(
            c,
            "anchor",
            status == YQ_OK ? "anchor_number: the platform has no such record" : why.text,
            "把 anchor_number 设为平台上存在的记录号",
            "set anchor_number to a record that the platform has");
    }
    yq_atd_record_free(&record);
}

yq_status yq_atd_preflight(
    yq_atd_session *s, uint64_t until_ms, const yq_check **check, size_t *check_n, yq_fault *why)
{
    const yq_adapter_host *host = &s->reader.host;
    checks c = {.s = s, .until_ms = until_ms};
    c.check = host->alloc(host->self, CHECKS_MAX * sizeof *c.check);
    if (c.check == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "preflight");
    }
    check_mapping(&c);
    check_platform(&c);
    check_anchor(&c);
    add(&c,
        "inbox",
        1,
        "%s",
        s->reader.mapping.inbox.submit != NULL ? s->reader.mapping.inbox.submit
                                               : "the mapping has none: this adapter only reads");
    *check = c.check;
    *check_n = c.n;
    return YQ_OK;
}
