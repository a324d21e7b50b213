#include "relay/node/advice.h"

#include <stddef.h>

#define NEW_KEY_EN                                                                                 \
    "keep this home for inspection; go on as an observer (node.role: observer) with a new key in " \
    "a new home, and have governance put the new key into the validator set"
#define NEW_KEY_ZH                                                                                 \
    "请保留现有主目录以备查验；以观察节点（node.role: "                         \
    "observer）和新密钥在新主目录中继续运行，并由治理将新密钥换入验证者集合"

static const node_advice advices[] = {
    {YQ_OK, NODE_EXIT_OK, "", ""},
    {YQ_E_IO,
     NODE_EXIT_UNAVAILABLE,
     "make room on the disk, or replace it if the system reports errors; see that home and "
     "guard_dir can be written and that no other process uses this home; then start the node "
     "again: it goes on from its log",
     "请清理磁盘空间；若系统报告磁盘错误请更换磁盘；确认主目录与 guard_dir "
     "可写且没有其他进程使用此主目录；然后重新启动节点，它会从日志继续"},
    {YQ_E_MEMORY,
     NODE_EXIT_UNAVAILABLE,
     "give this machine more memory, or lower limits in config.yaml; then start the node again",
     "请增加内存或调低 config.yaml 中的上限；然后重新启动节点"},
    {YQ_E_CRYPTO,
     NODE_EXIT_UNAVAILABLE,
     "the cryptographic library or the key device failed: check it, then start the node again",
     "密码库或密钥设备出错：请检查后重新启动节点"},
    {YQ_E_BUSY,
     NODE_EXIT_UNAVAILABLE,
     "a thread stood still for minutes, most often the disk's: check the disk, then start the "
     "node again",
     "有线程停滞数分钟，多为磁盘所致：请检查磁盘，然后重新启动节点"},
    {YQ_E_CORRUPT,
     NODE_EXIT_REFUSED,
     "stored data is damaged: do not start this home again; " NEW_KEY_EN,
     "存储的数据已损坏：不要再用此主目录启动；" NEW_KEY_ZH},
    {YQ_E_SIGN_GUARD,
     NODE_EXIT_REFUSED,
     "this key must not vote again: " NEW_KEY_EN,
     "此密钥不得再投票：" NEW_KEY_ZH},
    {YQ_E_TWIN_KEY,
     NODE_EXIT_REFUSED,
     "only one process on one host may sign with a key: find the other one and stop it; if "
     "nobody here started it, the key is stolen: have governance replace it at once",
     "同一密钥只能由一台主机上的一个进程签名：请找到并停止另一个；若非本方启动，则密钥已泄露，请立"
     "即通过治理更换"},
    {YQ_E_DATA_VERSION,
     NODE_EXIT_REFUSED,
     "this home was written by another version of the program: start that one",
     "此主目录由程序的其他版本写入：请使用该版本启动"},
    {YQ_E_UPGRADE,
     NODE_EXIT_REFUSED,
     "install the program of the version that governance activated and start it with this home; "
     "all up to here is final and stored, and no vote was cast that the new program would not cast",
     "请安装治理已激活版本的程序并用此主目录启动；此前的数据均已终局并落盘，未投出任何与新版本冲突"
     "的票"},
    {YQ_E_PERMISSION,
     NODE_EXIT_REFUSED,
     "others may read keys: correct the mode of the file or folder, then start again",
     "密钥可被他人读取：请修正文件或目录权限后重新启动"},
    {YQ_E_NOT_FOUND,
     NODE_EXIT_NOT_FOUND,
     "see docs/en/run.md for what a home holds",
     "主目录应包含的内容见 docs/zh/run.md"},
    {YQ_E_CONFIG_INVALID,
     NODE_EXIT_USAGE,
     "correct the configuration; see yuqiaod --help",
     "请修正配置；参见 yuqiaod --help"},
};

const node_advice *node_advice_of(yq_status status)
{
    static const node_advice other = {
        YQ_OK,
        NODE_EXIT_FAILED,
        "the code is explained in docs/errors.md",
        "错误码说明见 docs/errors.md"};
    for (size_t i = 0; i < sizeof advices / sizeof advices[0]; i++) {
        if (advices[i].status == status) {
            return &advices[i];
        }
    }
    return &other;
}
