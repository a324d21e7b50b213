#include "conformance/bench/bench.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double bench_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

_Noreturn void bench_stop(const char *what, const yq_fault *why)
{
    (void)fprintf(stderr, "yuqiao-bench: %s%s%s\n", what, why ? ": " : "", why ? why->text : "");
    exit(1);
}

static const bench_figure *find(const bench *b, const char *name)
{
    for (size_t i = 0; i < b->n; i++) {
        if (strcmp(b->figure[i].name, name) == 0) {
            return &b->figure[i];
        }
    }
    return NULL;
}

void bench_add(bench *b, const char *name, const char *unit, double value)
{
    size_t i = 0;
    while (i < b->n && strcmp(b->figure[i].name, name) != 0) {
        i++;
    }
    bench_need(i < BENCH_FIGURES_MAX, "too many figures", NULL);
    bench_figure *figure = &b->figure[i];
    if (i == b->n) {
        *figure = (bench_figure){.unit = unit};
        (void)snprintf(figure->name, sizeof figure->name, "%s", name);
        b->n++;
    }
    bench_need(figure->n < BENCH_RUNS_MAX, "too many runs", NULL);
    figure->run[figure->n++] = value;
}

void bench_rate(
    bench *b,
    const char *name,
    const char *unit,
    double units,
    void (*step)(void *self),
    void *self)
{
    step(self);
    for (unsigned i = 0; i < b->runs; i++) {
        double begin = bench_now(), end;
        double calls = 0;
        do {
            step(self);
            calls++;
            end = bench_now();
        } while (end - begin < b->seconds);
        bench_add(b, name, unit, units * calls / (end - begin));
    }
}

static int order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void sorted(const bench_figure *figure, double *out)
{
    memcpy(out, figure->run, figure->n * sizeof *out);
    qsort(out, figure->n, sizeof *out, order);
}

double bench_median(const bench_figure *figure)
{
    double run[BENCH_RUNS_MAX];
    sorted(figure, run);
    unsigned half = figure->n / 2;
    return figure->n % 2 == 1 ? run[half] : (run[half - 1] + run[half]) / 2;
}

static const struct {
    const char *name, *above, *below;
} ratio[] = {
    {"sm2_verify_to_p256_verify", "sm2_verify", "p256_verify"},
    {"sm3_to_sha256", "sm3", "sha256"},
    {"sm2_verify_to_secp256k1_verify", "sm2_verify", "secp256k1_verify"},
    {"fisco_bcos_2_update_to_sm2_verify", "fisco_bcos_2_update", "sm2_verify"},
    {"fabric_update_to_p256_verify", "fabric_update", "p256_verify"},
};

void bench_print(const bench *b, int json)
{
    const char *comma = "";
    (void)printf("%s", json ? "{\"figures\":{" : "");
    for (size_t i = 0; i < b->n; i++) {
        const bench_figure *f = &b->figure[i];
        double run[BENCH_RUNS_MAX];
        sorted(f, run);
        (void)printf(
            json
                ? "%s\"%s\":{\"median\":%.3f,\"min\":%.3f,\"max\":%.3f,\"unit\":\"%s\",\"runs\":%u}"
                : "%s%-28s %14.3f  (%.3f .. %.3f) %s, %u runs\n",
            json ? comma : "",
            f->name,
            bench_median(f),
            run[0],
            run[f->n - 1],
            f->unit,
            f->n);
        comma = ",";
    }
    (void)printf("%s", json ? "},\"ratios\":{" : "");
    comma = "";
    for (size_t i = 0; i < sizeof ratio / sizeof ratio[0]; i++) {
        const bench_figure *above = find(b, ratio[i].above), *below = find(b, ratio[i].below);
        if (above != NULL && below != NULL) {
            (void)printf(
                json ? "%s\"%s\":%.4f" : "%s%-36s %10.4f\n",
                json ? comma : "",
                ratio[i].name,
                bench_median(above) / bench_median(below));
            comma = ",";
        }
    }
    (void)printf("%s", json ? "}}\n" : "");
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *place)
{
    (void)st;
    (void)kind;
    (void)place;
    return remove(path);
}

static uint64_t sum;

static int add_one(const char *path, const struct stat *st, int kind, struct FTW *place)
{
    (void)path;
    (void)kind;
    (void)place;
    sum += (uint64_t)st->st_blocks * 512;
    return 0;
}

uint64_t bench_size(const char *dir, const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    sum = 0;
    (void)nftw(path, add_one, 16, FTW_PHYS);
    return sum;
}

void bench_remove(const char *path)
{
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
