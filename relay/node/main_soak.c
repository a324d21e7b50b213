/*
 * Four real nodes under a steady load of a share of their peak: memory, descriptors and disk over
 * time as JSON lines, then their slopes. usage: e2e.yq_soak YUQIAOD SECONDS [PERCENT]
 */
#include "relay/base/bytes.h"
#include "relay/node/main_kit.h"

#include <dirent.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BATCH       64u
#define FLIGHT      256u /* envelopes on their way while the peak is measured */
#define SAMPLES_MAX 4096u
#define LINES       60u /* samples of a run */

typedef struct sample {
    double at_s;
    uint64_t rss_kb, fds, disk_kb, height, transactions; /* of the node that has most of each */
} sample;

static sample samples[SAMPLES_MAX];
static unsigned sample_n;
static uint64_t disk_bytes;

static int add_size(const char *path, const struct stat *st, int kind, struct FTW *place)
{
    (void)path;
    (void)kind;
    (void)place;
    disk_bytes += (uint64_t)st->st_blocks * 512 / st->st_nlink; /* snapshots share files */
    return 0;
}

static uint64_t fds_of(pid_t pid)
{
    char path[64];
    uint64_t n = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *d = opendir(path);
    while (d != NULL && readdir(d) != NULL) {
        n++;
    }
    if (d != NULL) {
        (void)closedir(d);
    }
    return n < 2 ? 0 : n - 2;
}

static uint64_t rss_kb_of(pid_t pid)
{
    char path[64], text[256];
    (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    const char *at = read_file(path, text, sizeof text) > 0 ? strchr(text, ' ') : NULL;
    return at == NULL ? 0 : strtoull(at, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void take_sample(double at_s)
{
    sample s = {.at_s = at_s};
    for (unsigned i = 0; i < NODES; i++) {
        disk_bytes = 0;
        (void)nftw(node[i].home, add_size, 16, FTW_PHYS);
        s.rss_kb = most(s.rss_kb, rss_kb_of(node[i].pid));
        s.fds = most(s.fds, fds_of(node[i].pid));
        s.disk_kb = most(s.disk_kb, disk_bytes / 1024);
    }
    s.height = metric(0, "height");
    s.transactions = metric(0, "transactions_total");
    (void)printf(
        "{\"seconds\": %.1f, \"rss_kb\": %" PRIu64 ", \"fds\": %" PRIu64 ", \"disk_kb\": %" PRIu64
        ", \"height\": %" PRIu64 ", \"transactions\": %" PRIu64 ", \"pool\": %" PRIu64 "}\n",
        s.at_s,
        s.rss_kb,
        s.fds,
        s.disk_kb,
        s.height,
        s.transactions,
        metric(0, "pool_envelopes"));
    (void)fflush(stdout);
    if (sample_n < SAMPLES_MAX) {
        samples[sample_n++] = s;
    }
}

/* Sends what is due at a rate, at most FLIGHT envelopes ahead of what is final. */
static void load_ms(uint64_t ms, double envelopes_per_s)
{
    uint64_t begun = now_ms(), sent = 0, final = metric(0, "transactions_total") / kit_tx;
    uint64_t looked = begun, now;
    while ((now = now_ms()) - begun < ms) {
        if (now - looked >= 50) {
            final = metric(0, "transactions_total") / kit_tx;
            looked = now;
        }
        while ((double)sent < (double)(now - begun) / 1000 * envelopes_per_s &&
               kit_sent - final < FLIGHT && now_ms() - now < 20) {
            send_envelope((unsigned)kit_sent);
            sent++;
        }
        run_ms(2);
    }
}

static double measure_peak(uint64_t ms)
{
    load_ms(1000, 1e9);
    uint64_t before = metric(0, "transactions_total"), begun = now_ms();
    load_ms(ms, 1e9);
    uint64_t done = metric(0, "transactions_total") - before;
    return (double)done * 1000 / (double)(now_ms() - begun);
}

static double rss_of(const sample *s)
{
    return (double)s->rss_kb;
}

static double fds_count(const sample *s)
{
    return (double)s->fds;
}

static double disk_of(const sample *s)
{
    return (double)s->disk_kb;
}

/* Least squares over the second half, in percent of its mean and hour. */
static double slope(double (*of)(const sample *))
{
    double n = 0, x = 0, y = 0, xx = 0, xy = 0;
    for (unsigned i = sample_n / 2; i < sample_n; i++) {
        double at = samples[i].at_s / 3600, value = of(&samples[i]);
        n += 1;
        x += at;
        y += value;
        xx += at * at;
        xy += at * value;
    }
    double under = n * xx - x * x;
    return under <= 0 || y <= 0 ? 0 : (n * xy - x * y) / under / (y / n) * 100;
}

int main(int argc, char **argv)
{
    unsigned seconds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    unsigned percent = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 70;
    if (seconds == 0 || percent == 0) {
        (void)fprintf(stderr, "usage: e2e.yq_soak YUQIAOD SECONDS [PERCENT]\n");
        return 2;
    }
    kit_program = argv[1];
    kit_begin(seconds + 180);
    kit_tx = BATCH;
    make_network();
    for (unsigned i = 0; i < NODES; i++) {
        start_node(i);
    }
    WAIT_UNTIL(all_at_least("peers_linked", NODES - 1, NODES));
    link_probe();
    SEND_UNTIL(all_at_least("height", 2, NODES));
    double peak = measure_peak(seconds < 60 ? 2000 : 15000);
    double rate = peak * percent / 100;
    (void)printf(
        "{\"peak_tx_per_s\": %.0f, \"percent\": %u, \"load_tx_per_s\": %.0f}\n",
        peak,
        percent,
        rate);
    uint64_t begun = now_ms(), every = (uint64_t)seconds * 1000 / LINES;
    every = every < 1000 ? 1000 : every;
    uint64_t tx = metric(0, "transactions_total");
    while (now_ms() - begun < (uint64_t)seconds * 1000) {
        load_ms(every, rate / kit_tx);
        take_sample((double)(now_ms() - begun) / 1000);
    }
    double took = (double)(now_ms() - begun) / 1000;
    for (unsigned i = 0; i < NODES; i++) {
        CHECK(metric(i, "halted") == 0 && metric(i, "evidence_total") == 0);
    }
    (void)printf(
        "{\"seconds\": %.0f, \"tx_per_s\": %.0f, \"rss_percent_per_hour\": %.2f, "
        "\"fds_percent_per_hour\": %.2f, \"disk_percent_per_hour\": %.2f}\n",
        took,
        (double)(metric(0, "transactions_total") - tx) / took,
        slope(rss_of),
        slope(fds_count),
        slope(disk_of));
    stop_all(SIGTERM);
    unlink_probe();
    kit_end();
    return 0;
}
