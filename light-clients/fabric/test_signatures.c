/* Checks of signatures as they are put to the host. */
#include "light-clients/fabric/test_members.h"

/* What a signature of these bytes over a message becomes. */
static yq_status job_of(
    const cert_spec *spec, yq_slice message, yq_slice signature, size_t used, yq_signature *job)
{
    client *c = client_new();
    const yq_fabric_call call = members_call(c);
    yq_fabric_cert cert;
    meter.messages = used;
    cr_assert(yq_fabric_cert_read(&call, cert_pem(spec), &cert));
    yq_status status = yq_fabric_signature_job(&call, &cert, &message, 1, signature, job);
    client_free(c);
    return status;
}

/* Messages that are signed as such are put together in scratch, and not without end. */
Test(signatures, messages_are_bounded)
{
    const cert_spec edwards = {.name = "ed.a", .issuer = "ca.org1"};
    const cert_spec plain = {.name = "a", .issuer = "ca.org1"};
    yq_slice message = text("twelve bytes");
    yq_signature job;
    const size_t room_left = YQ_FABRIC_MESSAGES_MAX - message.n;
    yq_slice sig = signature_of("ed.a", message, 0);
    cr_expect_eq(job_of(&edwards, message, sig, room_left, &job), YQ_OK);
    cr_expect_eq(meter.messages, YQ_FABRIC_MESSAGES_MAX);
    cr_expect_eq(job_of(&edwards, message, sig, room_left + 1, &job), YQ_E_LIMIT);
    sig = signature_of("a", message, 0);
    cr_expect_eq(job_of(&plain, message, sig, room_left + 1, &job), YQ_OK, "a digest needs none");
}

Test(signatures, forms)
{
    const cert_spec edwards = {.name = "ed.a", .issuer = "ca.org1"};
    const cert_spec plain = {.name = "a", .issuer = "ca.org1"};
    yq_slice message = text("message"), sig = signature_of("a", message, 0);
    yq_signature job;
    cr_expect_eq(job_of(&plain, message, sig, 0, &job), YQ_OK);
    cr_expect_eq(job.alg, YQ_SIG_P256_DIGEST);
    cr_expect_eq(job.flags, YQ_SIG_FLAG_LOW_S);
    cr_expect_eq(job_of(&plain, message, yq_slice_of(sig.p, sig.n - 1), 0, &job), YQ_E_SIG_RANGE);
    cr_expect_eq(job_of(&plain, message, nothing, 0, &job), YQ_E_SIG_RANGE);
    sig = signature_of("ed.a", message, 0);
    cr_expect_eq(job_of(&edwards, message, sig, 0, &job), YQ_OK);
    cr_expect_eq(job_of(&edwards, message, yq_slice_of(sig.p, 63), 0, &job), YQ_E_SIG_RANGE);
    cr_expect_eq(job_of(&edwards, message, JOIN(sig, text("x")), 0, &job), YQ_E_SIG_RANGE);
}

/* A key of another dialect signs nothing in this one. */
Test(signatures, keys_of_another_dialect)
{
    yq_signature job;
    yq_slice message = text("message");
    net_dialect.signing = YQ_FABRIC_SIGNING_SM2_HASH;
    const cert_spec national = {.name = "a", .issuer = "ca.org1"};
    yq_slice sig = signature_of("a", message, 0);
    cr_expect_eq(job_of(&national, message, sig, 0, &job), YQ_E_UNSUPPORTED);
    dialect.signing = YQ_FABRIC_SIGNING_SM2_HASH;
    cr_expect_eq(job_of(&national, message, sig, 0, &job), YQ_OK);
    cr_expect_eq(job.alg, YQ_SIG_SM2_DIGEST);
    dialect.signing = YQ_FABRIC_SIGNING_SM2_MESSAGE;
    cr_expect_eq(job_of(&national, message, sig, 0, &job), YQ_OK);
    cr_expect_eq(job.alg, YQ_SIG_SM2_MESSAGE);
    const cert_spec edwards = {.name = "ed.a", .issuer = "ca.org1"};
    cr_expect_eq(
        job_of(&edwards, message, signature_of("ed.a", message, 0), 0, &job), YQ_E_UNSUPPORTED);
}
