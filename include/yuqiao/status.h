#ifndef YQ_STATUS_H
#define YQ_STATUS_H

/*
 * Every code that a function of this project returns. One table: X(name, number, English, Chinese).
 * -1xx decode, -2xx verify, -3xx policy and limits: reject (the input is bad; deterministic; may
 * enter the ledger). -4xx fault (this machine failed; never enters the ledger). Numbers are never
 * reused. docs/errors.md is made from it.
 */
/* clang-format off */
#define YQ_STATUS_MAP(X)                                                                                                         \
    X(OK,                   0,    "ok",                                                      "成功")                              \
    X(E_TRUNCATED,          -101, "input ends before the field does",                        "输入在字段结束前中断")                   \
    X(E_TRAILING,           -102, "bytes left after the last field",                         "最后一个字段之后还有多余字节")             \
    X(E_RANGE,              -103, "value outside its permitted range",                       "取值超出允许范围")                     \
    X(E_NONCANONICAL,       -104, "not the canonical encoding",                              "不是规范编码")                        \
    X(E_TYPE,               -105, "value of another type than the field has",                "值的类型与字段不符")                    \
    X(E_LEN,                -106, "length field disagrees with the content",                 "长度字段与内容不一致")                  \
    X(E_FIELD_UNKNOWN,      -107, "field or enumeration value is not known",                 "未知的字段或枚举值")                    \
    X(E_FIELD_MISSING,      -108, "required field is missing",                               "缺少必需字段")                        \
    X(E_FIELD_DUP,          -109, "field or key appears twice",                              "字段或键重复")                        \
    X(E_UTF8,               -110, "text is not valid UTF-8",                                 "文本不是合法的 UTF-8")                 \
    X(E_DEPTH,              -111, "nesting deeper than the limit",                           "嵌套深度超限")                        \
    X(E_JSON_STRICT,        -112, "JSON is not in the strict profile",                       "JSON 不符合严格规范")                  \
    X(E_LIMIT,              -113, "larger than the limit for this item",                     "超过该项的上限")                       \
    X(E_VERSION,            -114, "version is not supported",                                "不支持的版本")                        \
    X(E_SIG,                -201, "signature does not verify",                               "签名验证失败")                        \
    X(E_SIG_RANGE,          -202, "signature value outside [1, n-1]",                        "签名分量超出 [1, n-1]")               \
    X(E_SIG_HIGH_S,         -203, "signature is not low-s",                                  "签名的 s 值不是低半区")                 \
    X(E_KEY_POINT,          -204, "public key is not a point on the curve",                  "公钥不是曲线上的点")                    \
    X(E_SIGNER_UNKNOWN,     -205, "signer is not in the trusted set",                        "签名者不在可信集合内")                  \
    X(E_SIGNER_MISMATCH,    -206, "signer's key and index do not agree",                     "签名者公钥与序号不一致")                 \
    X(E_DUP_SIGNER,         -207, "the same signer appears twice",                           "同一签名者重复出现")                    \
    X(E_QUORUM,             -208, "signatures fall short of the quorum",                     "签名数量不足法定人数")                  \
    X(E_PROOF,              -209, "proof does not lead to the root",                         "证明无法推导到根")                     \
    X(E_PROOF_NONCANONICAL, -210, "proof holds bytes that no hash covers",                   "证明含有未被哈希覆盖的字节")              \
    X(E_PROOF_TYPE,         -211, "proof type is not supported",                             "不支持的证明类型")                     \
    X(E_PROOF_BOUNDS,       -212, "proof index outside the tree",                            "证明中的序号超出树的范围")               \
    X(E_PROOF_TRAILING,     -213, "proof items are left over",                               "证明有剩余未用的节点")                  \
    X(E_PROOF_DEPTH,        -214, "proof depth is not that of the tree",                     "证明深度与树不符")                     \
    X(E_PROOF_INCOMPLETE,   -215, "proof ends before the leaf",                              "证明不完整")                          \
    X(E_PROOF_REQUIRED,     -216, "a proof is required here",                                "此处必须提供证明")                     \
    X(E_ABSENCE_PROOF,      -217, "absence is not proven",                                   "不存在性证明不成立")                    \
    X(E_DUP_LEAF,           -218, "the same leaf appears twice",                             "叶子重复")                           \
    X(E_ZERO_ROOT,          -219, "a zero root or hash proves nothing",                      "零根或零哈希不能作为证明依据")            \
    X(E_NOT_PROVEN,         -220, "not proven",                                              "未经证明")                           \
    X(E_HASH,               -221, "hash does not match the content",                         "哈希与内容不符")                       \
    X(E_PARENT,             -222, "parent hash does not link",                               "父区块哈希不衔接")                     \
    X(E_HEIGHT,             -223, "height is not the one expected",                          "高度不是期望值")                       \
    X(E_HEADER_UNKNOWN,     -224, "header is not known to the client",                       "轻客户端未知的区块头")                  \
    X(E_VALSET_HASH,        -225, "validator set is not the one committed",                  "验证者集合与承诺不符")                  \
    X(E_SET_CHANGE,         -226, "change of the validator set is not proven",               "验证者集合的变更未被证明")               \
    X(E_TRUST_EXPIRED,      -227, "trust period is over",                                    "信任期已过")                          \
    X(E_EPOCH_OLD,          -228, "epoch is below the trusted one",                          "纪元低于可信纪元")                     \
    X(E_MISBEHAVIOUR,       -229, "two valid headers conflict; the client is frozen",        "两个有效区块头冲突，轻客户端已冻结")        \
    X(E_TIME_FUTURE,        -230, "time is ahead of the clock",                              "时间超前于时钟")                       \
    X(E_TIME_ORDER,         -231, "time does not grow with height",                          "时间未随高度递增")                     \
    X(E_CERT_MIXED,         -232, "certificate mixes votes for different things",            "证书混合了不同内容的投票")               \
    X(E_OVERFLOW,           -233, "sum overflows",                                           "求和溢出")                           \
    X(E_EMITTER,            -234, "event is not from the registered contract",               "事件不是由登记的合约发出")               \
    X(E_EVENT_UNPROVEN,     -235, "event is not in the proven receipt",                      "事件不在已证明的回执中")                 \
    X(E_TX_FAILED,          -236, "the foreign transaction did not succeed",                 "外部链交易未成功")                     \
    X(E_VALIDITY_UNPROVEN,  -237, "the transaction's validity cannot be shown",              "无法证明该交易有效")                    \
    X(E_ENDORSEMENT,        -238, "endorsement policy is not satisfied",                     "背书策略未满足")                       \
    X(E_CERT_CHAIN,         -239, "certificate does not chain to the registered roots",      "证书无法追溯到登记的根证书")              \
    X(E_DOMAIN,             -240, "signed for another chain, epoch, type or direction",      "签名属于其他链、纪元、类型或方向")          \
    X(E_SIGNATURES_MISSING, -241, "no signatures at all",                                    "没有任何签名")                        \
    X(E_LINK_BIND,          -242, "link binding does not verify",                            "链路绑定验证失败")                     \
    X(E_BODY_MISMATCH,      -243, "body is not the one that was committed",                  "正文与承诺不符")                       \
    X(E_CONFIG_SEQUENCE,    -244, "configuration sequence does not follow",                  "配置序号不连续")                       \
    X(E_ANCHOR,             -245, "trust anchor is not usable",                              "信任锚不可用")                        \
    X(E_REPLAY,             -301, "already taken",                                           "重复提交")                           \
    X(E_SEQ_GAP,            -302, "sequence number leaves a gap",                            "序号不连续")                          \
    X(E_EXPIRED,            -303, "valid-until time is over",                                "已过有效时间")                        \
    X(E_NOT_FOUND,          -304, "no such record",                                          "记录不存在")                          \
    X(E_EXISTS,             -305, "record exists already",                                   "记录已存在")                          \
    X(E_PERMISSION,         -306, "signer has no right to this act",                         "签名者无权执行该操作")                  \
    X(E_STATE,              -307, "not allowed in the present state",                        "当前状态下不允许")                     \
    X(E_CHAIN_FROZEN,       -308, "chain is frozen",                                         "链已冻结")                           \
    X(E_CHAIN_INACTIVE,     -309, "chain is not active",                                     "链未激活")                           \
    X(E_LANE_MISSING,       -310, "no lane allows this",                                     "没有允许该消息的通道")                  \
    X(E_LANE_ORDER,         -311, "order is not the lane's",                                 "顺序类型与通道不符")                    \
    X(E_GRADE,              -312, "trust grade is below the one demanded",                   "信任等级低于要求")                     \
    X(E_GRANT_MISSING,      -313, "grant is missing",                                        "缺少授权")                           \
    X(E_GRANT_EXPIRED,      -314, "grant has expired",                                       "授权已过期")                          \
    X(E_GRANT_REVOKED,      -315, "grant was revoked",                                       "授权已撤销")                          \
    X(E_RATE_LIMIT,         -316, "rate or size cap reached",                                "达到速率或大小上限")                    \
    X(E_TARGET_FORBIDDEN,   -317, "target may not be called by messages",                    "目标不允许被消息调用")                  \
    X(E_DEADLINE,           -318, "deadline is over",                                        "已过截止时间")                        \
    X(E_SET_CONCENTRATION,  -319, "one organisation holds a third or more of the keys",      "单一机构持有三分之一或更多密钥")            \
    X(E_THRESHOLD_LOW,      -320, "threshold is below the permitted minimum",                "阈值低于允许的最小值")                  \
    X(E_CONFIG_INVALID,     -321, "configuration is not valid",                              "配置无效")                           \
    X(E_QUORUM_CONFIG,      -322, "fewer independent sources than the policy demands",       "独立来源数少于策略要求")                 \
    X(E_BUSY,               -323, "queue is full, try later",                                "队列已满，请稍后重试")                  \
    X(E_BUDGET,             -324, "work budget is spent",                                    "计算预算已用尽")                       \
    X(E_UNSUPPORTED,        -325, "not offered here",                                        "此处不提供")                          \
    X(E_METHOD_UNKNOWN,     -326, "method is not known",                                     "未知的方法")                          \
    X(E_NESTED,             -327, "wrapped content is not allowed",                          "不允许嵌套封装")                       \
    X(E_HELD,               -328, "held until both ends are ready",                          "搁置，待两端就绪")                     \
    X(E_CONFLICT,           -329, "contradicts what was proven before",                      "与先前已证明的结果矛盾")                 \
    X(E_VOTED,              -330, "has voted already",                                       "已经投过票")                          \
    X(E_USAGE,              -331, "wrong usage of the command",                              "命令用法错误")                        \
    X(E_SOURCE_DISAGREE,    -332, "sources disagree",                                        "多个数据来源相互矛盾")                  \
    X(E_STATE_DIVERGENCE,   -333, "this node's result differs from the certified one",       "本节点结果与已认证结果不一致")             \
    X(E_TWIN_KEY,           -334, "another host signs with this key",                        "另一台主机正在使用同一密钥签名")            \
    X(E_SIGN_GUARD,         -335, "sign guard is ahead of the log; this key must not vote",  "签名守卫领先于日志，此密钥不得再投票")       \
    X(E_EXPORT_KEY,         -336, "a validator has no key for certificates of this suite",   "有验证者尚未绑定该套件的证书密钥")          \
    X(E_IO,                 -401, "I/O failed here",                                         "本机输入输出失败")                     \
    X(E_MEMORY,             -402, "out of memory here",                                      "本机内存不足")                        \
    X(E_CRYPTO,             -403, "the cryptographic library failed here",                   "本机密码库出错")                       \
    X(E_UNAVAILABLE,        -404, "the other side cannot be reached",                        "对端不可达")                          \
    X(E_TIMEOUT,            -405, "no answer in time",                                       "等待应答超时")                        \
    X(E_PEER,               -406, "the other side answered with an error",                   "对端返回错误")                        \
    X(E_NOSPC,              -407, "buffer of the caller is too small",                       "调用方缓冲区过小")                     \
    X(E_CORRUPT,            -408, "stored data is damaged",                                  "存储的数据已损坏")                     \
    X(E_DATA_VERSION,       -409, "data was written by another version of the program",      "数据由程序的其他版本写入")              \
    X(E_UPGRADE,            -410, "the ledger's next block needs a newer program",           "账本的下一区块需要更新版本的程序")
/* clang-format on */

typedef enum yq_status {
#define YQ_X(name, number, en, zh) YQ_##name = (number),
    YQ_STATUS_MAP(YQ_X)
#undef YQ_X
} yq_status;

#define YQ_NODISCARD __attribute__((warn_unused_result))

#endif /* YQ_STATUS_H */
