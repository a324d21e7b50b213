#include "adapters/attester/memory.h"
#include "adapters/attester/serve.h"
#include "relay/base/bytes.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64], path[80];
static yq_attester_memory m;
static yq_fault why;
static const yq_digest one = {{1}}, two = {{2}};

static void set_up(void)
{
    (void)snprintf(dir, sizeof dir, "/tmp/yuqiao-memory-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/signed", dir);
    cr_assert_eq(yq_attester_memory_open(&m, dir, "platform", &why), YQ_OK, "%s", why.text);
}

static void tear_down(void)
{
    yq_attester_memory_close(&m);
    (void)unlink(path);
    (void)rmdir(dir);
}

TestSuite(memory, .init = set_up, .fini = tear_down);

static yq_status keep(uint64_t number, const yq_digest *hash)
{
    return yq_attester_memory_keep(&m, number, hash, &why);
}

static void reopen(void)
{
    yq_attester_memory_close(&m);
    cr_assert_eq(yq_attester_memory_open(&m, dir, "platform", &why), YQ_OK, "%s", why.text);
}

Test(memory, one_thing_is_said_of_one_record)
{
    struct stat s;
    cr_expect_eq(keep(7, &one), YQ_OK);
    cr_expect_eq(keep(7, &one), YQ_OK, "the same again");
    cr_expect_eq(keep(7, &two), YQ_E_CONFLICT);
    reopen();
    cr_expect_eq(keep(7, &two), YQ_E_CONFLICT, "also after a restart");
    cr_expect_eq(keep(7, &one), YQ_OK);
    cr_expect_eq(keep(6, &two), YQ_OK, "each number for itself");
    cr_assert_eq(stat(path, &s), 0);
    cr_expect_eq(s.st_mode & 0777, 0600);
}

Test(memory, what_is_no_longer_known_is_not_signed)
{
    cr_expect_eq(keep(7, &one), YQ_OK);
    cr_expect_eq(keep(7 + YQ_ATTESTER_KEPT, &two), YQ_OK);
    cr_expect_eq(keep(7, &one), YQ_E_HEIGHT);
    cr_expect_eq(keep(UINT64_MAX, &one), YQ_OK);
    cr_expect_eq(keep(UINT64_MAX - YQ_ATTESTER_KEPT, &one), YQ_E_HEIGHT);
}

static void damage(off_t at)
{
    int fd = open(path, O_RDWR);
    uint8_t b = 0;
    cr_assert_eq(pread(fd, &b, 1, at), 1);
    b ^= 1;
    cr_assert_eq(pwrite(fd, &b, 1, at), 1);
    (void)close(fd);
}

Test(memory, damage_is_told_and_nothing_is_signed)
{
    cr_expect_eq(keep(7, &one), YQ_OK);
    for (off_t at = 0; at < 64; at++) {
        damage(64 * 8 + at);
        cr_expect_eq(keep(7, &one), YQ_E_CORRUPT, "%lld", (long long)at);
        damage(64 * 8 + at);
    }
    cr_expect_eq(keep(7, &one), YQ_OK);
    for (off_t at = 0; at < 64; at++) {
        yq_attester_memory_close(&m);
        damage(at);
        cr_expect_eq(yq_attester_memory_open(&m, dir, "platform", &why), YQ_E_CORRUPT);
        damage(at);
    }
    reopen();
}

/* A good place at another number's. */
Test(memory, a_place_belongs_to_its_number)
{
    uint8_t place[64];
    cr_expect_eq(keep(7, &one), YQ_OK);
    int fd = open(path, O_RDWR);
    cr_assert_eq(pread(fd, place, 64, 64 * 8), 64);
    cr_assert_eq(pwrite(fd, place, 64, 64 * 10), 64);
    (void)close(fd);
    cr_expect_eq(keep(9, &two), YQ_E_CORRUPT);
}

Test(memory, another_chains_is_refused)
{
    yq_attester_memory other;
    cr_expect_eq(yq_attester_memory_open(&other, dir, "another", &why), YQ_E_CORRUPT);
    cr_expect_not_null(strstr(why.text, "of another chain"), "%s", why.text);
    cr_expect_eq(yq_attester_memory_open(&other, "/nowhere/at/all", "platform", &why), YQ_E_IO);
}

Test(memory, paths_of_statements)
{
    static const char *const bad[] = {
        "",
        "/v1/statements/",
        "/v1/statements/0",
        "/v1/statements/07",
        "/v1/statements/7/",
        "/v1/statements/-7",
        "/v1/statements/18446744073709551616",
        "/v1/status"};
    uint64_t number = 0;
    cr_expect(yq_attester_number_of("/v1/statements/18446744073709551615", &number));
    cr_expect_eq(number, UINT64_MAX);
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        cr_expect_not(yq_attester_number_of(bad[i], &number), "%s", bad[i]);
    }
}
