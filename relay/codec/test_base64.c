#include "relay/codec/base64.h"

#include <criterion/criterion.h>

Test(base64, texts_of_the_standard)
{
    static const struct {
        const char *text, *bytes;
    } row[] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYg==", "foob"},
        {"Zm9vYmE=", "fooba"},
        {"Zm9vYmFy", "foobar"},
        {"+/+/", "\373\377\277"},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        uint8_t room[8];
        yq_buf out = {room, sizeof room, 0};
        cr_assert_eq(yq_base64_decode(yq_slice_text(row[i].text), &out, NULL), YQ_OK);
        cr_expect(yq_slice_equal(yq_slice_of(out.p, out.n), yq_slice_text(row[i].bytes)));
    }
}

Test(base64, one_form_only)
{
    static const char *const bad[] = {
        "Z",
        "Zg",
        "Zg=",
        "Zg===",
        "Z===",
        "====",
        "Zh==",
        "Zm9=",
        "Zm9v\n",
        " Zm9v",
        "Zm9_",
        "Zg==Zg==",
        "Zm9v=",
        "Zg=a"};
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        uint8_t room[16];
        yq_buf out = {room, sizeof room, 0};
        cr_expect_eq(
            yq_base64_decode(yq_slice_text(bad[i]), &out, NULL), YQ_E_NONCANONICAL, "%s", bad[i]);
    }
    uint8_t room[5];
    yq_buf out = {room, sizeof room, 0};
    cr_expect_eq(yq_base64_decode(yq_slice_text("Zm9vYmFy"), &out, NULL), YQ_E_NOSPC);
}
