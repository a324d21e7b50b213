#ifndef YQ_ADAPTERS_FISCO_BCOS_3_SUBMIT_H
#define YQ_ADAPTERS_FISCO_BCOS_3_SUBMIT_H

/* What a nudge calls: the system's configuration, which answers and changes nothing. */
#define YQ_BCOS3_NUDGE_TEXT   "0x0000000000000000000000000000000000001000"
#define YQ_BCOS3_NUDGE_METHOD "getValueByKey(string)"
#define YQ_BCOS3_NUDGE_KEY    "tx_count_limit"

#endif /* YQ_ADAPTERS_FISCO_BCOS_3_SUBMIT_H */
