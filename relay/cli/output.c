#include "relay/base/bytes.h"
#include "relay/base/errors.h"
#include "relay/cli/cli.h"

#define INDENT 2

cli_exit cli_exit_of(yq_status status)
{
    if (status == YQ_OK) {
        return CLI_OK;
    }
    if (status == YQ_E_USAGE || status == YQ_E_CONFIG_INVALID) {
        return CLI_USAGE;
    }
    if (status == YQ_E_NOT_FOUND) {
        return CLI_NOT_FOUND;
    }
    if (status == YQ_E_UNAVAILABLE || status == YQ_E_BUSY || status == YQ_E_HELD) {
        return CLI_UNAVAILABLE;
    }
    if (status == YQ_E_TIMEOUT) {
        return CLI_TIMED_OUT;
    }
    return yq_status_is_fault(status) ? CLI_FAILED : CLI_REFUSED;
}

void cli_error(const cli *c, yq_status status)
{
    const char *name = yq_status_name(status);
    name = strncmp(name, "E_", 2) == 0 ? name + 2 : name;
    if (c->json) {
        yq_json_out *out = yq_json_out_new(CLI_JSON_MAX);
        size_t size;
        if (out != NULL) {
            yq_json_out_object(out, NULL);
            yq_json_out_str(out, "code", name);
            yq_json_out_int(out, "number", status);
            yq_json_out_str(out, "message", yq_status_text(status, "en"));
            yq_json_out_str(out, "message_zh", yq_status_text(status, "zh"));
            yq_json_out_str(out, "detail", c->why.text);
            yq_json_out_end(out);
            const char *text = yq_json_out_done(out, &size);
            (void)fprintf(c->out, "%s\n", text == NULL ? "{}" : text);
            yq_json_out_free(out);
        }
    }
    (void)fprintf(
        c->err,
        "yuqiao: %s (%s)%s%s\n",
        yq_status_text(status, c->language),
        name,
        c->why.text[0] == '\0' ? "" : ": ",
        c->why.text);
}

/* The words of the commonest members in Chinese; the rest is shown as it is named. */
static const char *label(const cli *c, const char *key)
{
    static const char *const word[][2] = {
        {"id", "标识"},
        {"name", "名称"},
        {"state", "状态"},
        {"height", "高度"},
        {"hash", "哈希"},
        {"framework", "框架"},
        {"chain", "链"},
        {"validators", "验证者数"},
        {"quorum", "法定人数"},
        {"messages", "消息数"},
        {"proposals", "提案数"},
        {"time_ms", "时间（毫秒）"},
        {"key", "公钥"},
        {"org", "机构"},
        {"proposal", "提案"},
        {"approvals", "赞成"},
        {"rejections", "反对"},
        {"needed", "所需票数"},
        {"code", "代码"},
        {"src_chain", "来源链"},
        {"dst_chain", "目的链"},
        {"src_service", "来源服务"},
        {"dst_service", "目的服务"},
        {"sequence", "序号"},
        {"grade", "信任等级"},
        {"client", "轻客户端"},
        {"trace", "轨迹"},
        {"step", "步骤"},
        {"peers", "节点"},
        {"inbox", "收件箱"},
        {"outbox", "发件箱"},
        {"anchor_sm3", "信任锚 SM3"},
        {"version", "版本"},
        {"role", "角色"},
        {"note", "说明"},
    };
    for (size_t i = 0; strcmp(c->language, "zh") == 0 && i < YQ_ARRAY_N(word); i++) {
        if (strcmp(word[i][0], key) == 0) {
            return word[i][1];
        }
    }
    return key;
}

static void show_leaf(const cli *c, const yq_json *value)
{
    yq_slice text;
    uint64_t number;
    int64_t negative;
    int flag;
    if (yq_json_text(value, &text)) {
        (void)fwrite(text.n == 0 ? "" : (const char *)text.p, 1, text.n, c->out);
    } else if (yq_json_uint(value, &number)) {
        (void)fprintf(c->out, "%llu", (unsigned long long)number);
    } else if (yq_json_int(value, &negative)) {
        (void)fprintf(c->out, "%lld", (long long)negative);
    } else if (yq_json_bool(value, &flag)) {
        (void)fputs(
            strcmp(c->language, "zh") == 0 ? (flag ? "是" : "否") : (flag ? "yes" : "no"), c->out);
    } else {
        (void)fputc('-', c->out);
    }
}

typedef struct level {
    const yq_json *value;
    size_t next;
} level;

static int is_leaf(const yq_json *value)
{
    return !yq_json_is_object(value) && !yq_json_is_array(value);
}

/* Members one a line, indented by depth; an item of a list begins with a dash. */
static void show_text(const cli *c, const yq_json *root)
{
    level open[YQ_NESTING_MAX + 1] = {{root, 0}};
    size_t n = 1;
    int dash = 0;
    while (n > 0) {
        level *top = &open[n - 1];
        if (top->next == yq_json_count(top->value)) {
            n--;
            continue;
        }
        size_t i = top->next++;
        const char *key = yq_json_is_object(top->value) ? yq_json_key_at(top->value, i) : NULL;
        const yq_json *value =
            key != NULL ? yq_json_get(top->value, key) : yq_json_at(top->value, i);
        int pad = (int)(n - 1) * INDENT;
        if (key == NULL && !is_leaf(value)) {
            dash = 1;
        } else {
            (void)fprintf(c->out, "%*s%s", dash ? pad - INDENT : pad, "", dash ? "- " : "");
            dash = 0;
            (void)fprintf(
                c->out, "%s%s", key == NULL ? "- " : label(c, key), key == NULL ? "" : ": ");
            if (is_leaf(value)) {
                show_leaf(c, value);
            }
            (void)fputc('\n', c->out);
        }
        if (!is_leaf(value) && n < sizeof open / sizeof open[0]) {
            open[n++] = (level){value, 0};
        }
    }
}

void cli_show(const cli *c, const char *text, size_t size)
{
    yq_fault why;
    if (c->json) {
        (void)fwrite(text, 1, size, c->out);
        (void)fputc('\n', c->out);
        return;
    }
    yq_json *document = yq_json_parse(yq_slice_of(text, size), CLI_JSON_MAX, &why);
    if (document != NULL) {
        show_text(c, yq_json_root(document));
    }
    yq_json_free(document);
}
