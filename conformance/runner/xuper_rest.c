#include "conformance/runner/xuper.h"
#include "relay/base/bytes.h"

/* What lies beside blocks: the text of the genesis, what a node says of its ledger, lists of ids.
 */

yq_slice xuper_trimmed(yq_slice text)
{
    while (text.n > 0 && text.p[text.n - 1] <= ' ') {
        text.n--;
    }
    while (text.n > 0 && text.p[0] <= ' ') {
        text = yq_slice_of(text.p + 1, text.n - 1);
    }
    return text;
}

/* The object without inner ones around a place. */
yq_slice xuper_object_around(yq_slice text, size_t at)
{
    size_t end = at;
    while (end < text.n && text.p[end] != '}') {
        end++;
    }
    while (at > 0 && text.p[at] != '{') {
        at--;
    }
    return yq_slice_of(text.p + at, end == text.n ? 0 : end + 1 - at);
}

/* Where a word stands from a place on; the end when it does not. */
size_t xuper_find(yq_slice text, size_t from, const char *word)
{
    const yq_slice w = yq_slice_text(word);
    for (size_t at = from; at + w.n <= text.n; at++) {
        if (memcmp(text.p + at, w.p, w.n) == 0) {
            return at;
        }
    }
    return text.n;
}

/* ---- the genesis ---- */

static int holds(const xuper_block *first, const yq_json *genesis)
{
    yq_fault why;
    const yq_json *txs = yq_json_get(first->json, "transactions");
    yq_json *held = yq_json_parse(xuper_text(yq_json_at(txs, 0), "desc"), XUPER_MESSAGE_MAX, &why);
    int found = held != NULL && run_docs_same(genesis, yq_json_root(held));
    yq_json_free(held);
    return found;
}

/* A first block holds it as the description of its transaction. */
static void genesis_row(xuper_run *run, const char *name, const yq_json *genesis)
{
    run_row row = {.file = name, .kind = "genesis", .anchor = "self"};
    yq_fault why = {0};
    yq_status status = yq_fail(&why, YQ_E_BODY_MISMATCH, 0, "genesis");
    int seen = 0;
    for (size_t i = 0; i < run->n && status != YQ_OK; i++) {
        if (run->block[i].height == 0) {
            seen = 1;
            status = holds(&run->block[i], genesis) ? YQ_OK : status;
        }
    }
    if (!seen) {
        run_report_skip(run->report, name, "a genesis without the first block, which holds it");
        return;
    }
    run_row_check(&row, "the first block's description");
    run_row_verdict(&row, status, &why, 1);
    run_report_row(run->report, &row);
}

/* ---- a node's status ---- */

/* 1: a block of this height has the id; 0: there is none of this height; -1: those have others. */
static int has_block(const xuper_run *run, uint64_t height, const yq_digest *id)
{
    int seen = 0;
    for (size_t i = 0; i < run->n; i++) {
        if (run->block[i].height == height) {
            seen = -1;
            if (yq_digest_equal(&run->block[i].id, id)) {
                return 1;
            }
        }
    }
    return seen;
}

static void status_row(xuper_run *run, const char *name, const yq_json *ledger)
{
    run_row row = {.file = name, .kind = "status", .anchor = "self"};
    yq_fault why = {0};
    yq_digest root = {{0}}, tip = {{0}};
    const uint64_t height = xuper_number(ledger, "trunkHeight");
    yq_status status = YQ_OK;
    if (!xuper_digest(yq_json_get(ledger, "rootBlockid"), &root) ||
        !xuper_digest(yq_json_get(ledger, "tipBlockid"), &tip)) {
        status = yq_fail(&why, YQ_E_FIELD_MISSING, 0, "ledger");
    }
    const int has_root = has_block(run, 0, &root), has_tip = has_block(run, height, &tip);
    if (status == YQ_OK && has_root == 0 && has_tip == 0) {
        run_report_skip(run->report, name, "a node's status, without the blocks that it names");
        return;
    }
    if (has_root != 0) {
        run_row_check(&row, "first block");
    }
    if (has_tip != 0) {
        run_row_check(&row, "last block");
    }
    if (status == YQ_OK && (has_root < 0 || has_tip < 0)) {
        status = yq_fail(&why, YQ_E_BODY_MISMATCH, 0, has_root < 0 ? "first block" : "last block");
    }
    run_row_verdict(&row, status, &why, 1);
    run_report_row(run->report, &row);
}

/* Its text is long, and recordings cut it: what it says of the ledger stands in an object alone. */
static void status_of(xuper_run *run, const run_file *file)
{
    static const char mark[] = "\"rootBlockid\"";
    yq_slice bytes;
    yq_fault why;
    if (file->form != RUN_FORM_JSON && file->form != RUN_FORM_NO_JSON) {
        return;
    }
    if (run_file_read(file->path, &bytes, &why) != YQ_OK) {
        return;
    }
    for (size_t at = xuper_find(bytes, 0, mark); at < bytes.n;
         at = xuper_find(bytes, at + 1, mark)) {
        yq_json *ledger = yq_json_parse(xuper_object_around(bytes, at), RUN_FILE_MAX, &why);
        if (ledger != NULL) {
            status_row(run, file->name, yq_json_root(ledger));
        }
        yq_json_free(ledger);
    }
    run_file_free(bytes);
}

/* ---- ids of transactions, one a line ---- */

static int is_listed(const xuper_run *run, yq_slice txid)
{
    for (size_t i = 0; i < run->n; i++) {
        const yq_json *txs = yq_json_get(run->block[i].json, "transactions");
        for (size_t k = 0; k < yq_json_count(txs); k++) {
            if (yq_slice_equal(xuper_text(yq_json_at(txs, k), "txid"), txid)) {
                return 1;
            }
        }
    }
    return 0;
}

/* The next line, without its end; what is left of the text. */
static yq_slice next_line(yq_slice *text)
{
    size_t n = xuper_find(*text, 0, "\n");
    const yq_slice line = {text->p, n};
    n += n < text->n ? 1 : 0;
    *text = yq_slice_of(text->p + n, text->n - n);
    return xuper_trimmed(line);
}

static void ids_row(xuper_run *run, const run_file *file)
{
    run_row row = {.file = file->name, .kind = "transaction ids", .anchor = "self"};
    yq_slice bytes, left;
    yq_fault why = {0};
    yq_digest id;
    size_t n = 0, listed = 0;
    if (file->form != RUN_FORM_TEXT || run_file_read(file->path, &bytes, &why) != YQ_OK) {
        return;
    }
    for (left = xuper_trimmed(bytes); left.n > 0; n++) {
        const yq_slice line = next_line(&left);
        yq_buf out = {id.b, sizeof id.b, 0};
        if (line.n != 2 * sizeof id.b ||
            yq_hex_decode(&out, (const char *)line.p, line.n) != YQ_OK) {
            n = 0;
            break;
        }
        listed += is_listed(run, line) ? 1 : 0;
    }
    if (n > 0 && listed > 0) { /* else it is another chain's */
        yq_status status =
            listed == n ? YQ_OK : yq_fail(&why, YQ_E_NOT_PROVEN, 0, "not in a block");
        run_row_check(&row, "in blocks");
        run_row_verdict(&row, status, &why, 1);
        run_report_row(run->report, &row);
    }
    run_file_free(bytes);
}

void xuper_rest(xuper_run *run)
{
    const run_folder *folder = run->folder;
    for (size_t i = 0; i < folder->doc_n; i++) {
        const run_doc *doc = &folder->doc[i];
        if (yq_json_get(doc->root, "predistribution") != NULL &&
            yq_json_get(doc->root, "genesis_consensus") != NULL) {
            genesis_row(run, doc->file->name, doc->root);
        }
    }
    for (size_t i = 0; i < folder->n && run->n > 0; i++) {
        status_of(run, &folder->file[i]);
        ids_row(run, &folder->file[i]);
    }
}
