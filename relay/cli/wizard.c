#include "relay/cli/wizard.h"

#include "relay/base/bytes.h"

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

/* Its key is named for this chain; who does not say which key it is learns it when it has worked.
 */
static int has_key(const doctor_view *view)
{
    yq_slice own = {0}, named = {0};
    return (yq_json_text(yq_json_get(view->chain, "id"), &own) &&
            yq_json_text(yq_json_get(view->signer, "chain"), &named) &&
            yq_slice_equal(own, named)) ||
           is_followed(view);
}

/* clang-format off */
const wizard_step wizard_steps[WIZARD_STEPS] = {
    {"preflight", "check the adapter's configuration beside the chain", "在链一侧检查适配器配置",
        "yuqiao-adapter preflight --config @.yaml", is_registered},
    {"anchor", "read the trust anchor, and compare its hash with one learnt on another way", "读取信任锚，并与另行获得的哈希核对",
        "yuqiao-adapter anchor --config @.yaml > @.anchor", is_registered},
    {"register", "propose the chain", "提议接入该链",
        "yuqiao chain register --chain @ --framework FRAMEWORK --anchor @.anchor --inbox HEX --inbox-event HEX --hash sm3 --suite sm2 --key admin.pem", is_registered},
    {"vote", "the organisations vote", "各机构表决",
        "yuqiao chain approve --chain @ --key admin.pem", is_admitted},
    {"adapter-key", "let the adapter's key in", "登记适配器公钥",
        "yuqiao org key-add --public HEX --role adapter --chain @ --key admin.pem", has_key},
    {"service", "register what sends and receives", "登记收发服务",
        "yuqiao service register --chain @ --service NAME --kind contract --emitter HEX --event HEX --key admin.pem", has_service},
    {"lane", "open a lane, by the destination's administrator", "由目的链管理员开通通道",
        "yuqiao lane open --from @/NAME --to CHAIN/NAME --grade light-client --key admin.pem", has_lane},
    {"adapter", "run the adapter as a service", "以服务方式运行适配器",
        "yuqiao-adapter run --config @.yaml", is_followed},
};
/* clang-format on */

const char *wizard_next(const doctor_view *view)
{
    for (size_t i = 0; i < WIZARD_STEPS; i++) {
        if (!wizard_steps[i].is_done(view)) {
            return wizard_steps[i].id;
        }
    }
    return "";
}
