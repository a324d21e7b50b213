#include "conformance/runner/fisco2.h"
#include "relay/base/bytes.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define FOLDER YQ_SOURCE_DIR "/conformance/vectors/real-nodes/fisco-2x-sm-onedown"

static void read_all(void *self, const run_folder *folder)
{
    fisco2_run *run = self;
    run->folder = folder;
    size_t ours = fisco2_read(run), blocks = 0;
    cr_expect_gt(ours, 0);
    for (size_t i = 0; i < run->n; i++) {
        blocks += run->doc[i].class == FISCO2_BLOCK;
    }
    cr_expect_gt(blocks, 0);
    const fisco2_doc *block = fisco2_find_block(run, 5, 1);
    cr_assert_not_null(block);
    cr_expect_eq(block->number, 5);
    cr_expect_null(fisco2_find_block(run, 1u << 20, 0));
    cr_expect_null(fisco2_find(run, FISCO2_TX, yq_slice_text("0x00")));
    cr_expect_eq(fisco2_expected(block, YQ_E_SIG), YQ_OK);
    fisco2_free(run);
    cr_expect_eq(run->n, 0);
}

Test(read, recorded_replies_are_classed_by_what_they_hold)
{
    yq_fault why;
    fisco2_run *run = calloc(1, sizeof *run);
    cr_assert_not_null(run);
    cr_expect_eq(run_walk(FOLDER, read_all, run, &why), YQ_OK);
    free(run);
}

/* One document as a sample would state its verdict. */
static yq_status expected(const char *text, yq_status given)
{
    yq_fault why;
    yq_json *document = yq_json_parse(yq_slice_text(text), 1024, &why);
    cr_assert_not_null(document);
    const fisco2_doc doc = {.root = yq_json_root(document)};
    yq_status status = fisco2_expected(&doc, given);
    yq_json_free(document);
    return status;
}

Test(read, the_verdict_that_a_file_states)
{
    cr_expect_eq(expected("{}", YQ_E_SIG), YQ_OK);
    cr_expect_eq(expected("{\"expect\":\"accepted\"}", YQ_E_SIG), YQ_OK);
    cr_expect_eq(expected("{\"expect\":\"E_SIG\"}", YQ_OK), YQ_E_SIG);
    cr_expect_eq(expected("{\"expect\":\"refused\"}", YQ_E_HASH), YQ_E_HASH);
    cr_expect_neq(expected("{\"expect\":\"refused\"}", YQ_OK), YQ_OK);
}
