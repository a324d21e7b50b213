#ifndef YQ_CONFORMANCE_CHAINS_FISCO_BCOS_2_REPLAY_H
#define YQ_CONFORMANCE_CHAINS_FISCO_BCOS_2_REPLAY_H

/* Inner parts of the recorded chain. */
#include "conformance/chains/fisco-bcos-2/fmock.h"

#define YQ_FMOCK_NAME_SIZE 128u

/* One recorded reply. */
typedef struct yq_fmock_reply {
    char name[YQ_FMOCK_NAME_SIZE]; /* the file's, without its suffix */
    char *text;
    yq_slice result; /* of the text: the value of "result", as it stands there */
    yq_json *document;
} yq_fmock_reply;

struct yq_fmock_replay {
    yq_fmock_reply *list; /* by name */
    size_t n;
    uint64_t height;
};

const yq_fmock_reply *yq_fmock_reply_find(const yq_fmock_replay *replay, const char *name);

static inline const yq_json *yq_fmock_reply_result(const yq_fmock_reply *reply)
{
    return yq_json_get(yq_json_root(reply->document), "result");
}

#endif /* YQ_CONFORMANCE_CHAINS_FISCO_BCOS_2_REPLAY_H */
