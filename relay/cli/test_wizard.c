#include "relay/base/bytes.h"
#include "relay/cli/wizard.h"

#include <criterion/criterion.h>

static yq_json *parse(const char *text)
{
    yq_fault why;
    yq_json *document = text == NULL ? NULL : yq_json_parse(yq_slice_text(text), 1u << 12, &why);
    cr_assert(text == NULL || document != NULL, "%s", text);
    return document;
}

typedef struct docs {
    const char *chain, *services, *lanes, *messages, *signer;
} docs;

/* The chain's documents lead to this step. */
static void leads_to(const char *next, docs d)
{
    yq_json *all[] = {
        parse(d.chain), parse(d.services), parse(d.lanes), parse(d.messages), parse(d.signer)};
    const yq_json *root[YQ_ARRAY_N(all)];
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        root[i] = all[i] == NULL ? NULL : yq_json_root(all[i]);
    }
    const doctor_view view = {
        .chain = root[0],
        .services = root[1],
        .lanes = root[2],
        .messages = root[3],
        .signer = root[4]};
    cr_assert_str_eq(wizard_next(&view), next);
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        yq_json_free(all[i]);
    }
}

#define ACTIVE  "{\"id\":\"city-1\",\"state\":\"active\",\"inbox_open\":false}"
#define KEY     "{\"chain\":\"city-1\"}"
#define SERVICE "{\"items\":[{}]}"
#define LANE    "{\"items\":[{\"src_chain\":\"city-2\",\"dst_chain\":\"city-1\"}]}"
#define NONE    "{\"items\":[]}"

Test(wizard, each_step_follows_the_one_before)
{
    leads_to("preflight", (docs){NULL});
    leads_to("preflight", (docs){.chain = "{\"id\":\"city-1\",\"state\":\"draft\"}"});
    leads_to("vote", (docs){.chain = "{\"id\":\"city-1\",\"state\":\"voting\"}"});
    leads_to("adapter-key", (docs){.chain = ACTIVE, .services = NONE});
    leads_to("service", (docs){.chain = ACTIVE, .services = NONE, .signer = KEY});
    leads_to("lane", (docs){ACTIVE, SERVICE, NONE, NONE, KEY});
    leads_to("adapter", (docs){ACTIVE, SERVICE, LANE, NONE, KEY});
    leads_to("", (docs){ACTIVE, SERVICE, LANE, SERVICE, NULL});
    leads_to(
        "",
        (docs){
            "{\"id\":\"city-1\",\"state\":\"active\",\"inbox_open\":true}",
            SERVICE,
            LANE,
            NONE,
            NULL});
}

Test(wizard, a_key_or_a_lane_of_another_chain_is_none)
{
    leads_to("adapter-key", (docs){ACTIVE, SERVICE, LANE, NONE, "{\"chain\":\"city-2\"}"});
    leads_to(
        "lane",
        (docs){
            ACTIVE,
            SERVICE,
            "{\"items\":[{\"src_chain\":\"city-2\",\"dst_chain\":\"city-3\"}]}",
            NONE,
            KEY});
}
