/* Prints docs/errors.md from the status table. */
#include "relay/base/errors.h"

#include <stdio.h>

static const char *class_of(yq_status status)
{
    if (status == YQ_OK) {
        return "-";
    }
    if (yq_status_is_fault(status)) {
        return "fault 本机故障";
    }
    return status > -200 ? "decode 解码" : (status > -300 ? "verify 验证" : "policy 策略");
}

int main(void)
{
    puts("# 错误码 · Error codes\n");
    puts("由 `include/yuqiao/status.h` "
         "的一张表生成（`build/release/bin/yq-errors-md`），测试检查两者一致。接口中的 `code` 去掉 "
         "`E_` 前缀。\n");
    puts("Generated from the one table in `include/yuqiao/status.h`; a test compares the two. The "
         "API's `code` is the name without `E_`.\n");
    puts("| 名称 name | 编号 number | 类别 class | English | 中文 |");
    puts("| --- | --- | --- | --- | --- |");
    yq_status status;
    for (unsigned i = 0; yq_status_at(i, &status); i++) {
        printf(
            "| `%s` | %d | %s | %s | %s |\n",
            yq_status_name(status),
            (int)status,
            class_of(status),
            yq_status_text(status, "en"),
            yq_status_text(status, "zh"));
    }
    return 0;
}
