#include "relay/cli/cli.h"

/* clang-format off */
const cli_command cli_commands[] = {
    {"status", NULL, NULL, "", "What a node stands at.", "查看节点状态。", cmd_status},
    {"chain", "register", NULL, "chain* name framework* anchor* inbox inbox-event hash suite verifier",
        "Proposes a chain with its trust anchor.", "提议接入一条链及其信任锚。", cmd_chain_register},
    {"chain", "approve", NULL, "chain proposal", "Votes for a chain's proposal.", "对接入提案投赞成票。", cmd_chain_approve},
    {"chain", "list", NULL, "", "All chains.", "列出所有链。", cmd_chain_list},
    {"chain", "show", "CHAIN", "", "One chain with its light client.", "查看一条链及其轻客户端。", cmd_chain_show},
    {"chain", "freeze", "CHAIN", "reason* hours", "Freezes a chain: up to 24 hours at once, longer by vote, 0 until a vote ends it.",
        "冻结一条链：24 小时内立即生效，更久须表决，0 为直至表决解除。", cmd_chain_freeze},
    {"chain", "unfreeze", "CHAIN", "reason*", "Proposes to end a freeze.", "提议解除冻结。", cmd_chain_unfreeze},
    {"chain", "retire", "CHAIN", "reason*", "Proposes to drain and retire a chain.", "提议退役一条链。", cmd_chain_retire},
    {"client", "show", "CHAIN", "", "What a chain's light client says of itself.", "查看轻客户端。", cmd_client_show},
    {"service", "register", NULL, "chain* service* kind* emitter* event* from-height",
        "Registers a service of a chain.", "登记一条链的服务。", cmd_service_register},
    {"service", "list", "CHAIN", "", "The services of a chain.", "列出一条链的服务。", cmd_service_list},
    {"lane", "open", NULL, "from* to* grade* patience-ms payload-max per-minute",
        "Opens a lane, or changes its numbers: --from CHAIN/SERVICE --to CHAIN/SERVICE.", "开通一条通道，或修改其参数。", cmd_lane_open},
    {"lane", "list", NULL, "", "All lanes.", "列出所有通道。", cmd_lane_list},
    {"message", "list", NULL, "chain state limit cursor", "Messages, the newest first.", "列出消息，最新在前。", cmd_message_list},
    {"message", "trace", "ID", "", "One message with every step of its life.", "查看一条消息的全部轨迹。", cmd_message_trace},
    {"protocol", "activate", NULL, "version* height* reason*",
        "Proposes the next version of the protocol, from a height on.", "提议自某高度起启用下一协议版本。", cmd_protocol_activate},
    {"proposal", "list", NULL, "", "All proposals.", "列出所有提案。", cmd_proposal_list},
    {"proposal", "show", "NUMBER", "", "One proposal.", "查看一个提案。", cmd_proposal_show},
    {"proposal", "approve", "NUMBER", "", "Votes for a proposal.", "投赞成票。", cmd_proposal_approve},
    {"proposal", "reject", "NUMBER", "", "Votes against a proposal.", "投反对票。", cmd_proposal_reject},
    {"org", "register", NULL, "code* name* admin*", "Proposes an organisation with its first administrator's public key.",
        "提议登记机构及其首位管理员公钥。", cmd_org_register},
    {"org", "key-add", NULL, "public* role* chain", "Adds a key of the own organisation.", "为本机构添加公钥。", cmd_org_key_add},
    {"org", "key-remove", NULL, "signer*", "Removes a key of the own organisation.", "移除本机构的公钥。", cmd_org_key_remove},
    {"key", "gen", NULL, "out* algorithm", "Draws a key into a new file (0600).", "生成密钥文件（0600）。", cmd_key_gen},
    {"key", "show", NULL, "", "The public part of --key FILE.", "查看密钥文件的公钥。", cmd_key_show},
    {"genesis", "show", NULL, "file", "The genesis: identity, validators, votes.", "查看创世信息。", cmd_genesis_show},
    {"testnet", "init", NULL, "dir* validators base-port name", "Lays out a test network on this machine.",
        "在本机生成测试网络。", cmd_testnet_init},
    {"tx", "submit", "FILE", "", "Signs and submits a transaction that stands in a file.", "签名并提交文件中的交易。", cmd_tx_submit},
};
/* clang-format on */

const size_t cli_command_n = sizeof cli_commands / sizeof cli_commands[0];
