#include "relay/base/errors.h"

#include "relay/base/bytes.h"

typedef struct status_row {
    yq_status status;
    const char *name, *en, *zh;
} status_row;

static const status_row rows[] = {
#define YQ_X(name, number, en, zh) {YQ_##name, #name, en, zh},
    YQ_STATUS_MAP(YQ_X)
#undef YQ_X
};

static const status_row *find(yq_status status)
{
    for (size_t i = 0; i < YQ_ARRAY_N(rows); i++) {
        if (rows[i].status == status) {
            return &rows[i];
        }
    }
    return NULL;
}

const char *yq_status_name(yq_status status)
{
    const status_row *row = find(status);
    return row == NULL ? "E_UNKNOWN" : row->name;
}

const char *yq_status_text(yq_status status, const char *language)
{
    const status_row *row = find(status);
    if (row == NULL) {
        return "unknown code";
    }
    return language != NULL && language[0] == 'z' && language[1] == 'h' ? row->zh : row->en;
}

int yq_status_at(unsigned idx, yq_status *status)
{
    if (idx >= YQ_ARRAY_N(rows)) {
        return 0;
    }
    *status = rows[idx].status;
    return 1;
}
