#include "relay/base/bytes.h"
#include "relay/cli/doctor.h"

#include <criterion/criterion.h>

#define NOW 1000000000u

static const char healthy_chain[] =
    "{\"id\":\"city-1\",\"state\":\"active\",\"misbehaved\":false,\"trust_ms\":300000000,"
    "\"trusted_from_ms\":900000000,\"inbox\":\"aa\",\"inbox_open\":true,"
    "\"inbox_state\":{\"paused\":false,\"behind\":0},\"client\":{\"height\":7}}";
static const char healthy_status[] = "{\"halted\":false,\"height\":9,\"time_ms\":1000000000}";
static const char healthy_services[] = "{\"items\":[{}]}";
static const char healthy_lanes[] =
    "{\"items\":[{\"src_chain\":\"city-1\",\"dst_chain\":\"city-2\",\"paused\":false}]}";
static const char healthy_messages[] =
    "{\"items\":[{\"state\":\"settled\"},{\"state\":\"committed\",\"dst_chain\":\"city-1\","
    "\"accepted_ms\":999999999}]}";
static const char healthy_adapter[] =
    "{\"time_ms\":1000000000,\"next_height\":5,\"latest_height\":9,\"holds\":[],\"parked\":[]}";

typedef struct docs {
    const char *status, *chain, *services, *lanes, *messages, *adapter;
} docs;

static const docs healthy = {
    healthy_status,
    healthy_chain,
    healthy_services,
    healthy_lanes,
    healthy_messages,
    healthy_adapter,
};

static yq_json *parse(const char *text)
{
    yq_fault why;
    yq_json *document = yq_json_parse(yq_slice_text(text), 1u << 16, &why);
    cr_assert_not_null(document, "%s", text);
    return document;
}

static unsigned look(const docs *d, doctor_finding out[DOCTOR_KIND_N])
{
    yq_json *all[] = {
        parse(d->status),
        parse(d->chain),
        parse(d->services),
        parse(d->lanes),
        parse(d->messages),
        d->adapter == NULL ? NULL : parse(d->adapter)};
    const doctor_view view = {
        yq_json_root(all[0]),
        yq_json_root(all[1]),
        yq_json_root(all[2]),
        yq_json_root(all[3]),
        yq_json_root(all[4]),
        all[5] == NULL ? NULL : yq_json_root(all[5]),
        NULL,
        NOW};
    unsigned n = doctor_look(&view, out);
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        yq_json_free(all[i]);
    }
    return n;
}

/* Exactly this one is found, with this detail. */
static void finds(docs d, doctor_kind kind, const char *detail)
{
    doctor_finding out[DOCTOR_KIND_N];
    unsigned n = look(&d, out);
    cr_assert_eq(n, 1, "%u findings for %s", n, doctor_words_of(kind)->id);
    cr_assert_eq(out[0].kind, kind, "%s", doctor_words_of(out[0].kind)->id);
    cr_assert_str_eq(out[0].detail, detail);
}

static docs with_chain(const char *chain)
{
    docs d = healthy;
    d.chain = chain;
    return d;
}

static docs with_adapter(const char *adapter)
{
    docs d = healthy;
    d.adapter = adapter;
    return d;
}

Test(doctor, a_healthy_chain_has_no_finding)
{
    doctor_finding out[DOCTOR_KIND_N];
    docs d = healthy;
    cr_assert_eq(look(&d, out), 0);
    d.adapter = NULL;
    cr_assert_eq(look(&d, out), 0, "the adapter's file is a help, no need");
}

Test(doctor, every_kind_has_its_words)
{
    for (unsigned i = 0; i < DOCTOR_KIND_N; i++) {
        const doctor_words *w = doctor_words_of((doctor_kind)i);
        cr_assert(w->id != NULL && w->what_en != NULL && w->what_zh != NULL, "kind %u", i);
        cr_assert(w->do_en != NULL && w->do_zh != NULL, "kind %u", i);
    }
}

Test(doctor, the_hub_and_the_chains_state)
{
    docs d = healthy;
    d.status = "{\"halted\":true,\"height\":9,\"time_ms\":1000000000}";
    finds(d, DOCTOR_HUB_HALTED, "height 9");
    finds(
        with_chain("{\"id\":\"city-1\",\"state\":\"voting\",\"proposal\":4,\"client\":{}}"),
        DOCTOR_CHAIN_VOTING,
        "proposal 4");
    finds(
        with_chain("{\"id\":\"city-1\",\"state\":\"draft\",\"client\":{}}"),
        DOCTOR_CHAIN_DRAFT,
        "");
    finds(
        with_chain("{\"id\":\"city-1\",\"state\":\"frozen\",\"misbehaved\":true,"
                   "\"freeze_reason\":\"two headers\",\"client\":{}}"),
        DOCTOR_CHAIN_MISBEHAVED,
        "two headers");
    finds(
        with_chain("{\"id\":\"city-1\",\"state\":\"frozen\",\"frozen_until_ms\":5,"
                   "\"freeze_reason\":\"audit\",\"client\":{}}"),
        DOCTOR_CHAIN_FROZEN,
        "until_ms 5: audit");
    finds(
        with_chain("{\"id\":\"city-1\",\"state\":\"lagging\",\"trust_ms\":8,\"client\":{}}"),
        DOCTOR_CHAIN_LAGGING,
        "trust_ms 8");
    finds(
        with_chain("{\"id\":\"city-1\",\"state\":\"retired\",\"client\":{}}"),
        DOCTOR_CHAIN_LEAVES,
        "retired");
}

/* What follows from the state of the chain is no finding of its own. */
Test(doctor, a_chain_that_stands_still_has_one_cause)
{
    docs d =
        with_chain("{\"id\":\"city-1\",\"state\":\"frozen\",\"frozen_until_ms\":5,\"inbox\":\"aa\","
                   "\"inbox_open\":false,\"trust_ms\":9,\"trusted_from_ms\":1,\"client\":{}}");
    d.services = d.lanes = "{\"items\":[]}";
    finds(d, DOCTOR_CHAIN_FROZEN, "until_ms 5: ");
}

Test(doctor, the_light_client)
{
    finds(
        with_chain("{\"id\":\"city-1\",\"state\":\"active\",\"client\":null}"),
        DOCTOR_CLIENT_NONE,
        "");
    /* Two thirds of the period are over at 800,000,000 + 200,000,000. */
    static const char edge[] = "{\"id\":\"city-1\",\"state\":\"active\",\"trust_ms\":300000000,"
                               "\"trusted_from_ms\":800000000,\"client\":{}}";
    static const char over[] = "{\"id\":\"city-1\",\"state\":\"active\",\"trust_ms\":300000000,"
                               "\"trusted_from_ms\":799999999,\"client\":{}}";
    doctor_finding out[DOCTOR_KIND_N];
    docs d = with_chain(edge);
    cr_assert_eq(look(&d, out), 0);
    finds(with_chain(over), DOCTOR_TRUST_ENDS, "27 hours are left");
}

Test(doctor, the_adapter)
{
    finds(
        with_adapter("{\"time_ms\":999939999,\"holds\":[{\"code\":\"QUORUM\"}]}"),
        DOCTOR_ADAPTER_SILENT,
        "for 60 s");
    finds(
        with_adapter("{\"time_ms\":1000000000,\"holds\":[{\"code\":\"QUORUM\",\"why\":\"seal\"}]}"),
        DOCTOR_ADAPTER_HELD,
        "QUORUM, seal");
    finds(
        with_adapter("{\"time_ms\":1000000000,\"next_height\":5,\"latest_height\":106}"),
        DOCTOR_ADAPTER_BEHIND,
        "101 heights");
    finds(
        with_adapter("{\"time_ms\":1000000000,\"parked\":[{\"code\":\"LANE_MISSING\"}]}"),
        DOCTOR_EVENT_PARKED,
        "1, LANE_MISSING");
}

Test(doctor, the_inbox)
{
    finds(
        with_chain("{\"id\":\"city-1\",\"state\":\"active\",\"inbox\":\"aa\","
                   "\"inbox_open\":false,\"inbox_state\":{\"behind\":3},\"client\":{}}"),
        DOCTOR_INBOX_SILENT,
        "");
    finds(
        with_chain("{\"id\":\"city-1\",\"state\":\"active\",\"inbox\":\"aa\","
                   "\"inbox_open\":true,\"inbox_state\":{\"paused\":true},\"client\":{}}"),
        DOCTOR_INBOX_PAUSED,
        "");
    finds(
        with_chain("{\"id\":\"city-1\",\"state\":\"active\",\"inbox\":\"aa\","
                   "\"inbox_open\":true,\"inbox_state\":{\"behind\":3},\"client\":{}}"),
        DOCTOR_INBOX_BEHIND,
        "3 epochs");
}

Test(doctor, messages_and_lanes)
{
    docs d = healthy;
    d.messages = "{\"items\":[{\"state\":\"committed\",\"dst_chain\":\"city-1\","
                 "\"accepted_ms\":999399999},{\"state\":\"committed\",\"dst_chain\":\"city-2\","
                 "\"accepted_ms\":5}]}";
    finds(d, DOCTOR_DELIVERIES_STAND, "1 packets");
    d.messages =
        "{\"items\":[{\"state\":\"held\",\"code\":\"CHAIN_FROZEN\"},{\"state\":\"held\"}]}";
    finds(d, DOCTOR_MESSAGES_HELD, "2, CHAIN_FROZEN");
    d = healthy;
    d.services = "{\"items\":[]}";
    finds(d, DOCTOR_NO_SERVICE, "");
    d = healthy;
    d.lanes = "{\"items\":[{\"src_chain\":\"city-3\",\"dst_chain\":\"city-2\",\"paused\":true}]}";
    finds(d, DOCTOR_NO_LANE, "");
    d.lanes = "{\"items\":[{\"src_chain\":\"city-3\",\"dst_chain\":\"city-1\",\"paused\":true}]}";
    finds(d, DOCTOR_LANE_PAUSED, "city-3 to city-1");
}

Test(doctor, causes_come_before_what_they_cause)
{
    doctor_finding out[DOCTOR_KIND_N];
    docs d = with_chain("{\"id\":\"city-1\",\"state\":\"active\",\"inbox\":\"aa\","
                        "\"inbox_open\":true,\"inbox_state\":{\"behind\":3},\"client\":{}}");
    d.adapter = "{\"time_ms\":1}";
    d.messages = "{\"items\":[{\"state\":\"committed\",\"dst_chain\":\"city-1\","
                 "\"accepted_ms\":5}]}";
    cr_assert_eq(look(&d, out), 3);
    cr_assert_eq(out[0].kind, DOCTOR_ADAPTER_SILENT);
    cr_assert_eq(out[1].kind, DOCTOR_INBOX_BEHIND);
    cr_assert_eq(out[2].kind, DOCTOR_DELIVERIES_STAND);
}
