#include "relay/base/bytes.h"
#include "relay/cli/chain_docs.h"

/* How far a chain has joined, and the commands that are left, one for each step. */

typedef struct step {
    const char *id, *what_en, *what_zh;
    const char *command; /* "@" stands for the chain's id */
    int (*is_done)(const doctor_view *view);
} step;

static int state_is(const doctor_view *view, const char *word)
{
    yq_slice state = {0};
    (void)yq_json_text(yq_json_get(view->chain, "state"), &state);
    return yq_slice_equal(state, yq_slice_text(word));
}

static int is_registered(const doctor_view *view)
{
    return view->chain != NULL && !state_is(view, "draft");
}

static int is_admitted(const doctor_view *view)
{
    return is_registered(view) && !state_is(view, "voting");
}

static int has_service(const doctor_view *view)
{
    return yq_json_count(yq_json_get(view->services, "items")) > 0;
}

static int has_lane(const doctor_view *view)
{
    static const char *const end[] = {"src_chain", "dst_chain"};
    const yq_json *items = yq_json_get(view->lanes, "items");
    yq_slice own = {0}, other = {0};
    (void)yq_json_text(yq_json_get(view->chain, "id"), &own);
    for (size_t i = 0; i < yq_json_count(items) && own.n > 0; i++) {
        for (size_t k = 0; k < YQ_ARRAY_N(end); k++) {
            if (yq_json_text(yq_json_get(yq_json_at(items, i), end[k]), &other) &&
                yq_slice_equal(own, other)) {
                return 1;
            }
        }
    }
    return 0;
}

/* Its inbox has spoken, or a message of it was proven: nobody but an adapter brings either. */
static int is_followed(const doctor_view *view)
{
    int is_open = 0;
    (void)yq_json_bool(yq_json_get(view->chain, "inbox_open"), &is_open);
    return is_open || yq_json_count(yq_json_get(view->messages, "items")) > 0;
}

/* clang-format off */
static const step steps[] = {
    {"preflight", "check the adapter's configuration beside the chain", "在链一侧检查适配器配置",
        "yuqiao-adapter preflight --config @.yaml", is_registered},
    {"anchor", "read the trust anchor, and compare its hash with one learnt on another way", "读取信任锚，并与另行获得的哈希核对",
        "yuqiao-adapter anchor --config @.yaml > @.anchor", is_registered},
    {"register", "propose the chain", "提议接入该链",
        "yuqiao chain register --chain @ --framework FRAMEWORK --anchor @.anchor --inbox HEX --inbox-event HEX --hash sm3 --suite sm2 --key admin.pem", is_registered},
    {"vote", "the organisations vote", "各机构表决",
        "yuqiao chain approve --chain @ --key admin.pem", is_admitted},
    {"adapter-key", "let the adapter's key in", "登记适配器公钥",
        "yuqiao org key-add --public HEX --role adapter --chain @ --key admin.pem", is_followed},
    {"service", "register what sends and receives", "登记收发服务",
        "yuqiao service register --chain @ --service NAME --kind contract --emitter HEX --event HEX --key admin.pem", has_service},
    {"lane", "open a lane, by the destination's administrator", "由目的链管理员开通通道",
        "yuqiao lane open --from @/NAME --to CHAIN/NAME --grade light-client --key admin.pem", has_lane},
    {"adapter", "run the adapter as a service", "以服务方式运行适配器",
        "yuqiao-adapter run --config @.yaml", is_followed},
};
/* clang-format on */

static void put_command(yq_json_out *out, const char *command, const char *chain)
{
    char text[512];
    size_t n = 0;
    for (const char *p = command; *p != '\0' && n + 1 < sizeof text; p++) {
        if (*p != '@') {
            text[n++] = *p;
            continue;
        }
        int put = snprintf(text + n, sizeof text - n, "%s", chain);
        n += put > 0 && (size_t)put < sizeof text - n ? (size_t)put : 0;
    }
    text[n] = '\0';
    yq_json_out_str(out, "command", text);
}

static void write_steps(const cli *c, const char *chain, const doctor_view *view, yq_json_out *out)
{
    int zh = strcmp(c->language, "zh") == 0;
    const char *next = "";
    for (size_t i = YQ_ARRAY_N(steps); i-- > 0;) {
        next = steps[i].is_done(view) ? next : steps[i].id;
    }
    yq_json_out_object(out, NULL);
    yq_json_out_str(out, "chain", chain);
    yq_json_out_bool(out, "joined", next[0] == '\0');
    yq_json_out_str(out, "next", next);
    yq_json_out_array(out, "steps");
    for (size_t i = 0; i < YQ_ARRAY_N(steps); i++) {
        yq_json_out_object(out, NULL);
        yq_json_out_str(out, "id", steps[i].id);
        yq_json_out_bool(out, "done", steps[i].is_done(view));
        yq_json_out_str(out, "what", zh ? steps[i].what_zh : steps[i].what_en);
        put_command(out, steps[i].command, chain);
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
    yq_json_out_end(out);
}

yq_status cmd_chain_wizard(cli *c, yq_json_out **out)
{
    chain_docs docs;
    doctor_view view = {0};
    const char *chain = cli_get(c, "chain");
    yq_status status = chain_docs_ask(c, chain, &docs);
    if (status == YQ_OK) {
        view = chain_docs_view(&docs);
    }
    /* A chain that nobody has registered yet has all steps before it. */
    if ((status == YQ_OK || status == YQ_E_NOT_FOUND) &&
        (*out = yq_json_out_new(CLI_JSON_MAX)) != NULL) {
        write_steps(c, chain, &view, *out);
        status = YQ_OK;
    }
    chain_docs_free(&docs);
    return status;
}
