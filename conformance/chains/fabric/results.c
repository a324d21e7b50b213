#include "conformance/chains/fabric/results.h"

#include "conformance/chains/fabric/chain.h"
#include "relay/base/bytes.h"
#include "relay/codec/protobuf.h"

#include <stdio.h>

#define KEY_SIZE  96u
#define INBOX_KEY "inbox"

typedef struct key {
    char text[KEY_SIZE];
} key;

static key field_of(const char *chaincode, const char *field)
{
    key k;
    (void)snprintf(k.text, sizeof k.text, "namespaces/fields/%s/%s", chaincode, field);
    return k;
}

static key named(const char *chaincode)
{
    key k;
    (void)snprintf(k.text, sizeof k.text, "namespaces/metadata/%s", chaincode);
    return k;
}

static void put_text(yq_writer *w, uint32_t number, const char *text)
{
    yq_pb_put_bytes(w, number, yq_slice_text(text));
}

static void put_read(yq_writer *w, const char *name, yq_fbmock_version v)
{
    size_t mark = yq_pb_begin(w);
    put_text(w, 1, name);
    if (v.is_there) {
        size_t version = yq_pb_begin(w);
        yq_pb_put_varint(w, 1, v.block);
        if (v.tx > 0) {
            yq_pb_put_varint(w, 2, v.tx);
        }
        yq_pb_end(w, version, 2);
    }
    yq_pb_end(w, mark, 1);
}

static void put_write(yq_writer *w, const char *name, yq_slice value)
{
    size_t mark = yq_pb_begin(w);
    put_text(w, 1, name);
    yq_pb_put_bytes(w, 3, value);
    yq_pb_end(w, mark, 3);
}

static void put_lifecycle_reads(yq_writer *w, const char *chaincode)
{
    put_read(w, field_of(chaincode, "Sequence").text, (yq_fbmock_version){0});
    put_read(w, named(chaincode).text, (yq_fbmock_version){0});
}

void yq_fbmock_results_approve(yq_writer *w, const char *msp, const char *chaincode)
{
    static const uint8_t hash[YQ_DIGEST_SIZE] = {1};
    char collection[64];
    (void)snprintf(collection, sizeof collection, "_implicit_org_%s", msp);
    size_t space = yq_pb_begin(w);
    put_text(w, 1, "_lifecycle");
    size_t set = yq_pb_begin(w);
    put_lifecycle_reads(w, chaincode);
    yq_pb_end(w, set, 2);
    size_t private = yq_pb_begin(w);
    put_text(w, 1, collection);
    size_t hashed = yq_pb_begin(w), write = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, YQ_SLICE_OF(hash));
    yq_pb_put_bytes(w, 3, YQ_SLICE_OF(hash));
    yq_pb_end(w, write, 2);
    yq_pb_end(w, hashed, 2);
    yq_pb_put_bytes(w, 3, YQ_SLICE_OF(hash));
    yq_pb_end(w, private, 3);
    yq_pb_end(w, space, 2);
}

/* StateData {2: ChaincodeValidationInfo {1: plugin, 2: ApplicationPolicy {2: path}}}. */
static yq_slice validation_info(uint8_t *room, size_t size)
{
    yq_writer w = yq_writer_of(room, size);
    size_t info = yq_pb_begin(&w);
    put_text(&w, 1, "vscc");
    size_t policy = yq_pb_begin(&w);
    put_text(&w, 2, YQ_FBMOCK_POLICY);
    yq_pb_end(&w, policy, 2);
    yq_pb_end(&w, info, 2);
    return yq_writer_slice(&w);
}

void yq_fbmock_results_commit(yq_writer *w, const char *chaincode)
{
    static const uint8_t none[] = {0x12, 0}, one[] = {0x08, 1};
    static const uint8_t endorsement[] = "\x12\x09\x0a\x01\x31\x1a\x04"
                                         "escc";
    uint8_t room[128];
    size_t space = yq_pb_begin(w);
    put_text(w, 1, "_lifecycle");
    size_t set = yq_pb_begin(w);
    put_lifecycle_reads(w, chaincode);
    put_write(w, field_of(chaincode, "Collections").text, YQ_SLICE_OF(none));
    put_write(
        w,
        field_of(chaincode, "EndorsementInfo").text,
        yq_slice_of(endorsement, sizeof endorsement - 1));
    put_write(w, field_of(chaincode, "Sequence").text, YQ_SLICE_OF(one));
    put_write(w, field_of(chaincode, "ValidationInfo").text, validation_info(room, sizeof room));
    put_write(
        w,
        named(chaincode).text,
        yq_slice_text("\x0a\x13"
                      "ChaincodeDefinition"));
    yq_pb_end(w, set, 2);
    yq_pb_end(w, space, 2);
}

/* Every call reads its chaincode's definition. */
static void put_definition_read(yq_writer *w, const char *chaincode, uint32_t tx)
{
    size_t space = yq_pb_begin(w);
    put_text(w, 1, "_lifecycle");
    size_t set = yq_pb_begin(w);
    put_read(w, field_of(chaincode, "Sequence").text, (yq_fbmock_version){1, 2, tx});
    yq_pb_end(w, set, 2);
    yq_pb_end(w, space, 2);
}

void yq_fbmock_results_inbox(yq_writer *w, yq_fbmock_version version, yq_slice value)
{
    put_definition_read(w, YQ_FBMOCK_INBOX, 1);
    size_t space = yq_pb_begin(w);
    put_text(w, 1, YQ_FBMOCK_INBOX);
    size_t set = yq_pb_begin(w);
    put_read(w, INBOX_KEY, version);
    put_write(w, INBOX_KEY, value);
    yq_pb_end(w, set, 2);
    yq_pb_end(w, space, 2);
}

void yq_fbmock_results_put(
    yq_writer *w, int is_foreign, uint32_t slot, yq_fbmock_version version, yq_slice value)
{
    char name[16];
    (void)snprintf(name, sizeof name, "k%u", (unsigned)slot);
    size_t space, set;
    if (!is_foreign) {
        put_definition_read(w, YQ_FBMOCK_CHAINCODE, 0);
    }
    space = yq_pb_begin(w);
    put_text(w, 1, is_foreign ? YQ_FBMOCK_FOREIGN : YQ_FBMOCK_CHAINCODE);
    set = yq_pb_begin(w);
    const yq_fbmock_version none = {0};
    put_read(w, name, is_foreign ? none : version);
    put_write(w, name, value.n == 0 ? yq_slice_text("-") : value);
    yq_pb_end(w, set, 2);
    yq_pb_end(w, space, 2);
}
