/*
 * Runs a fuzz target without libFuzzer: every file of its corpus folder, then a fixed number of
 * mutations of them from a fixed seed, so that a test run is bounded and repeatable. usage:
 * fuzz.NAME [CORPUS_DIR]
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_SIZE_MAX 65536u
#define INPUTS_MAX     256u
#define MUTATIONS      20000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct input {
    uint8_t *p;
    size_t n;
} input;

static input inputs[INPUTS_MAX];
static size_t input_n;
static uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* An exact copy on the heap, so that a sanitizer sees a read one byte past the input's end. */
static void run(const uint8_t *p, size_t n)
{
    uint8_t *copy = malloc(n == 0 ? 1 : n);
    if (copy == NULL) {
        abort();
    }
    if (n > 0) {
        memcpy(copy, p, n);
    }
    (void)LLVMFuzzerTestOneInput(copy, n);
    free(copy);
}

static void load(const char *dir)
{
    DIR *d = opendir(dir);
    if (d == NULL) {
        return;
    }
    struct dirent *entry;
    while ((entry = readdir(d)) != NULL && input_n < INPUTS_MAX) {
        char path[4096];
        if (entry->d_name[0] == '.' ||
            snprintf(path, sizeof path, "%s/%s", dir, entry->d_name) >= (int)sizeof path) {
            continue;
        }
        FILE *f = fopen(path, "rb");
        uint8_t *room = malloc(INPUT_SIZE_MAX);
        if (f == NULL || room == NULL) {
            abort();
        }
        inputs[input_n++] = (input){room, fread(room, 1, INPUT_SIZE_MAX, f)};
        (void)fclose(f);
    }
    closedir(d);
}

static size_t mutate(uint8_t *room)
{
    size_t n = 0;
    if (input_n > 0) {
        const input *from = &inputs[draw() % input_n];
        n = from->n;
        if (n > 0) {
            memcpy(room, from->p, n);
        }
    } else {
        n = draw() % 512;
        for (size_t i = 0; i < n; i++) {
            room[i] = (uint8_t)draw();
        }
    }
    for (unsigned k = 0, times = 1 + (unsigned)(draw() % 4); k < times; k++) {
        switch (draw() % 4) {
        case 0:
            n = n == 0 ? 0 : draw() % n;
            break;
        case 1:
            if (n < INPUT_SIZE_MAX) {
                room[n++] = (uint8_t)draw();
            }
            break;
        case 2:
            if (n > 0) {
                room[draw() % n] = (uint8_t)draw();
            }
            break;
        default:
            if (n > 0) {
                room[draw() % n] ^= (uint8_t)(1u << draw() % 8);
            }
            break;
        }
    }
    return n;
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        load(argv[1]);
    }
    static uint8_t room[INPUT_SIZE_MAX];
    for (size_t i = 0; i < input_n; i++) {
        run(inputs[i].p, inputs[i].n);
    }
    run(NULL, 0);
    for (unsigned i = 0; i < MUTATIONS; i++) {
        run(room, mutate(room));
    }
    printf("%zu corpus inputs, %u mutations\n", input_n, MUTATIONS);
    for (size_t i = 0; i < input_n; i++) {
        free(inputs[i].p);
    }
    return 0;
}
