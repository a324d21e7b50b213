#include "relay/base/assert.h"
#include "relay/cli/doctor.h"

/* clang-format off */
static const doctor_words words[DOCTOR_KIND_N] = {
    [DOCTOR_HUB_HALTED] = {"hub-halted", "the asked node of the hub has stopped deciding", "所询问的枢纽节点已停止决策",
        "see its log and its alarms; ask another node with --hub", "请查看该节点的日志与告警；可用 --hub 询问其他节点"},
    [DOCTOR_CHAIN_VOTING] = {"chain-voting", "the chain waits for the organisations' votes", "该链正在等待各机构表决",
        "yuqiao chain approve --chain ID, by the administrators who have not voted", "请尚未表决的管理员执行 yuqiao chain approve --chain ID"},
    [DOCTOR_CHAIN_DRAFT] = {"chain-draft", "the chain's registration was rejected, failed or expired", "该链的接入提案被否决、未能执行或已过期",
        "see its proposal for the reason, then yuqiao chain register anew", "请查看提案原因，然后重新执行 yuqiao chain register"},
    [DOCTOR_CHAIN_MISBEHAVED] = {"chain-misbehaved", "the chain's validators were proven to have signed two histories", "已证明该链的验证者签署了两段相互矛盾的历史",
        "settle with its operator which history holds, then yuqiao chain recover ID --anchor FILE", "请与该链运维方确认有效的历史，然后执行 yuqiao chain recover ID --anchor FILE"},
    [DOCTOR_CHAIN_FROZEN] = {"chain-frozen", "the chain is frozen by an administrator or by vote", "该链已被管理员或表决冻结",
        "when the reason is gone: yuqiao chain unfreeze ID", "原因消除后执行 yuqiao chain unfreeze ID"},
    [DOCTOR_CHAIN_LAGGING] = {"chain-lagging", "no header came within the trust period: the validators that the hub knows may be anybody's", "信任期内没有收到新区块头：枢纽所知的验证者已不可信",
        "take a new anchor (yuqiao-adapter anchor) and yuqiao chain recover ID --anchor FILE", "请用 yuqiao-adapter anchor 取新锚，再执行 yuqiao chain recover ID --anchor FILE"},
    [DOCTOR_CHAIN_LEAVES] = {"chain-leaves", "the chain is being retired or has been: nothing new is routed", "该链正在退役或已退役：不再转发新消息",
        "nothing; a chain that comes back registers under a new id", "无须处理；重新接入须使用新的标识"},
    [DOCTOR_CLIENT_NONE] = {"client-none", "the hub has no light client of this chain yet", "枢纽尚无该链的轻客户端",
        "let the registration be voted on", "请完成接入表决"},
    [DOCTOR_TRUST_ENDS] = {"trust-ends", "less than a third of the trust period is left", "信任期剩余不足三分之一",
        "start the chain's adapter, so that new headers come", "请启动该链的适配器，使新区块头到达"},
    [DOCTOR_ADAPTER_SILENT] = {"adapter-silent", "the adapter does not run: its status file is old", "适配器未在运行：其状态文件已过时",
        "start it: yuqiao-adapter run --config FILE; its log says why it ended", "请启动：yuqiao-adapter run --config FILE；退出原因见其日志"},
    [DOCTOR_ADAPTER_HELD] = {"adapter-held", "the adapter stands still and says why", "适配器停滞，并说明了原因",
        "look the code up in docs/errors.md; yuqiao-adapter preflight names the failed check and the mend", "请在 docs/errors.md 中查该代码；yuqiao-adapter preflight 会指出未通过的检查与处理办法"},
    [DOCTOR_ADAPTER_BEHIND] = {"adapter-behind", "the adapter is catching up with its chain", "适配器正在追赶其链",
        "wait; if the number does not fall, see its counters for failing endpoints", "请等待；若数字不降，请查看其计数器中失败的节点"},
    [DOCTOR_EVENT_PARKED] = {"event-parked", "events wait aside because the hub refused them for now", "有事件因枢纽暂时拒绝而搁置",
        "mend what the code says (a service or a lane that is not there, a predecessor not yet taken); they are tried again", "请按代码处理（服务或通道不存在、前序消息未到达）；之后会自动重试"},
    [DOCTOR_INBOX_SILENT] = {"inbox-silent", "the inbox contract has not said its state: nothing is delivered to it", "收件箱合约尚未报告状态：不会向其投递",
        "start the adapter; if that changes nothing, the contract was deployed with another hub, set or floor: compare it with the genesis and call its state method", "请启动适配器；若无效，则合约部署时的枢纽、验证者集或起点不符：请与创世信息核对，并调用其状态方法"},
    [DOCTOR_INBOX_PAUSED] = {"inbox-paused", "the inbox contract is paused by its own operator", "收件箱合约已被其运维方暂停",
        "let its operator resume it", "请由其运维方恢复"},
    [DOCTOR_INBOX_BEHIND] = {"inbox-behind", "the inbox does not know the hub's present validators", "收件箱尚不知枢纽当前的验证者",
        "run an adapter that steps it, with an account that may call the contract", "请运行能推进纪元的适配器，其账户须可调用合约"},
    [DOCTOR_DELIVERIES_STAND] = {"deliveries-stand", "packets for this chain have waited for more than ten minutes", "发往该链的数据包已等待超过十分钟",
        "see the adapter's alarms for failed deliveries: account, funds, gas, the contract's hash and suite", "请查看适配器关于投递失败的告警：账户、余额、燃料、合约的哈希与签名套件"},
    [DOCTOR_MESSAGES_HELD] = {"messages-held", "messages are held because one of their ends cannot go on", "有消息因一端无法继续而搁置",
        "yuqiao message list --chain ID --state held, then yuqiao doctor for the other end", "请执行 yuqiao message list --chain ID --state held，并对另一端执行 yuqiao doctor"},
    [DOCTOR_NO_SERVICE] = {"no-service", "the chain has no registered service: none of its events is a message", "该链没有登记服务：其事件都不会成为消息",
        "yuqiao service register", "请执行 yuqiao service register"},
    [DOCTOR_NO_LANE] = {"no-lane", "no lane begins or ends at this chain", "没有以该链为起点或终点的通道",
        "yuqiao lane open, by the destination's administrator", "请目的链的管理员执行 yuqiao lane open"},
    [DOCTOR_LANE_PAUSED] = {"lane-paused", "a lane is paused: its rate was exceeded, or somebody paused it", "有通道被暂停：超出速率或被人为暂停",
        "find out why, then open it again with yuqiao lane open", "请查明原因，再用 yuqiao lane open 重新开通"},
};
/* clang-format on */

const doctor_words *doctor_words_of(doctor_kind kind)
{
    YQ_ASSERT(kind < DOCTOR_KIND_N);
    return &words[kind];
}
