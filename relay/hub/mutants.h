#ifndef YQ_RELAY_HUB_MUTANTS_H
#define YQ_RELAY_HUB_MUTANTS_H

/*
 * Rules of docs/protocol/messages.md that the simulator leaves out one at a time, to show that it
 * would see each of them missing: the hub's, then the inbox's. Only an archive that is built with
 * YQ_MUTANTS can leave one out; in the product the question is a constant.
 */
/* clang-format off */
#define YQ_MESSAGE_RULES(X)                                                                       \
    X(EVENT_ONCE,        "event-once",        "an event counts once")                             \
    X(EMITTER,           "emitter",           "only events of registered contracts count")        \
    X(RECEIPT_EMITTER,   "receipt-emitter",   "a receipt comes from the inbox")                   \
    X(OUTBOX,            "outbox",            "a packet comes from its service's outbox")         \
    X(SOURCE,            "source",            "a packet names the chain that it is proven on")    \
    X(HUB,               "hub",               "a packet names this hub")                          \
    X(SENT_KIND,         "sent-kind",         "kinds that the hub makes come from nobody else")   \
    X(NUMBER_ONCE,       "number-once",       "a lane's number is taken once")                    \
    X(NUMBER_GAP,        "number-gap",        "an ordered lane's numbers have no gap")            \
    X(MISBEHAVED,        "misbehaved",        "nothing counts of a chain that misbehaved")        \
    X(UNFREEZE,          "unfreeze",          "a chain that misbehaved goes on by a new anchor")  \
    X(LANE_ORDER,        "lane-order",        "a packet has its lane's order")                    \
    X(LANE_GRADE,        "lane-grade",        "a packet has its lane's grade")                    \
    X(LANE_SIZE,         "lane-size",         "a packet is not larger than its lane takes")       \
    X(GRANT,             "grant",             "a grant that is named is known")                   \
    X(DEADLINE,          "deadline",          "what is too late is refused")                      \
    X(HOLD_FROZEN,       "hold-frozen",       "what needs a frozen chain is held")                \
    X(HOLD_PAUSED,       "hold-paused",       "what needs a paused inbox is held")                \
    X(HOLD_LANE,         "hold-lane",         "what needs a paused lane is held")                 \
    X(RATE,              "rate",              "what is above a lane's rate is held")              \
    X(ACK_REFUSED,       "ack-refused",       "the source hears of a refusal")                    \
    X(SKIP_REFUSED,      "skip-refused",      "an ordered lane skips what is refused")            \
    X(SKIP_OPENING,      "skip-opening",      "a lane that opens skips what was refused before")  \
    X(PATIENCE,          "patience",          "a cancel waits for the lane's patience")           \
    X(QUIET,             "quiet",             "no cancel in the quiet after an outage")           \
    X(CANCEL_STOPPED,    "cancel-stopped",    "no cancel while an end is stopped")                \
    X(SILENCE,           "silence",           "only a proven receipt makes the outcome")          \
    X(DONE_COMMITMENT,   "done-commitment",   "a receipt names the packet of its index")          \
    X(FIRST_DONE,        "first-done",        "the first proven receipt stands")                  \
    X(CONFLICT,          "conflict",          "a contrary receipt is a conflict")                 \
    X(QUERY_RESULT,      "query-result",      "of a query only a receipt with the result counts") \
    X(ACK_RETRY,         "ack-retry",         "an acknowledgement that fails is tried again")     \
    X(LATE_ERROR,        "late-error",        "a failed try that is heard of late is nothing")    \
    X(STATE_SET,         "state-set",         "an inbox knows the set that the ledger has")       \
    X(STATE_HEIGHT,      "state-height",      "an inbox knows no height that is to come")         \
    X(STATE_ORDER,       "state-order",       "an older state does not replace a newer one")      \
    X(HALT,              "halt",              "partners hear of a freeze")                        \
    X(RESUME,            "resume",            "partners hear of its end")                         \
    X(HALT_LATE,         "halt-late",         "a partner that comes later hears of the freeze")   \
    X(HALT_SEQUENCE,     "halt-sequence",     "control packets of a partner are counted on")      \
    X(CONTROL_FIRST,     "control-first",     "control packets are delivered first")              \
    X(GROUP_PREPARED,    "group-prepared",    "a prepare's ok is not acknowledged")               \
    X(GROUP_ALL,         "group-all",         "a group commits when all are prepared")            \
    X(GROUP_DEADLINE,    "group-deadline",    "a group is decided at its deadline")               \
    X(GROUP_LATE,        "group-late",        "an ok after the undo is undone")                   \
    X(GROUP_HELD,        "group-held",        "what is held of an undone group is refused")       \
    X(GROUP_TERM,        "group-term",        "a prepare's deadline is near")                     \
    X(DECISION_RETRY,    "decision-retry",    "a decision that fails is tried again")             \
    X(FORCE_TWO,         "force-two",         "two persons force an outcome")                     \
    X(FORCE_CANCEL,      "force-cancel",      "a cancel is written before an outcome is forced")  \
    X(FORCE_CONFLICT,    "force-conflict",    "a receipt against a forced outcome is a conflict") \
    X(INBOX_CERTIFICATE, "inbox-certificate", "an inbox checks the certificate")                  \
    X(INBOX_EPOCH,       "inbox-epoch",       "an epoch steps by the certificate that names it")  \
    X(INBOX_EXPORT,      "inbox-export",      "an inbox checks the export path")                  \
    X(INBOX_PATH,        "inbox-path",        "an inbox checks the outbox path")                  \
    X(INBOX_SPENT,       "inbox-spent",       "an index is executed once")                        \
    X(INBOX_AGAIN,       "inbox-again",       "a repeated receipt says that it is one")           \
    X(INBOX_ROOT,        "inbox-root",        "the stored root does not go back")                 \
    X(INBOX_SEQUENCE,    "inbox-sequence",    "the newest control packet counts")                 \
    X(INBOX_HALT,        "inbox-halt",        "nothing of a halted chain runs")                   \
    X(INBOX_ORDER,       "inbox-order",       "an ordered lane runs in order")                    \
    X(INBOX_CANCEL,      "inbox-cancel",      "a cancel spends the index that it names")          \
    X(INBOX_NUMBER,      "inbox-number",      "a cancel spends the number, too")                  \
    X(INBOX_SKIP,        "inbox-skip",        "a cancel without index spends its numbers")        \
    X(INBOX_DEADLINE,    "inbox-deadline",    "nothing runs after its deadline")                  \
    X(INBOX_MARK,        "inbox-mark",        "an acknowledgement that fails stays unspent")      \
    X(INBOX_COMMITMENT,  "inbox-commitment",  "an acknowledgement names what was sent")           \
    X(INBOX_BUSY,        "inbox-busy",        "a service does not call back")                     \
    X(INBOX_PAUSE,       "inbox-pause",       "a paused inbox takes nothing")
/* clang-format on */

#ifdef YQ_MUTANTS
enum {
    YQ_RULE_NONE = 0,
#    define YQ_X(id, name, text) YQ_RULE_##id,
    YQ_MESSAGE_RULES(YQ_X)
#    undef YQ_X
};
extern int yq_message_mutant; /* YQ_RULE_NONE, or the rule that is left out */
#    define YQ_WITHOUT(id) (yq_message_mutant == YQ_RULE_##id)
#else
#    define YQ_WITHOUT(id) 0
#endif

#endif /* YQ_RELAY_HUB_MUTANTS_H */
