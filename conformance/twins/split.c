#include "conformance/twins/twins.h"

#include <string.h>

/* Stirling numbers of the second kind for two and three groups. */
static uint64_t pairs(unsigned n)
{
    return n < 2 ? 0 : (UINT64_C(1) << (n - 1)) - 1;
}

static uint64_t triples(unsigned n)
{
    uint64_t count = 0;
    for (unsigned i = 3; i <= n; i++) {
        count = 3 * count + pairs(i - 1);
    }
    return count;
}

uint64_t twins_split_n(unsigned n)
{
    return pairs(n) + triples(n);
}

void twins_split(unsigned n, uint64_t k, uint8_t *group)
{
    unsigned groups = k < pairs(n) ? 2 : 3;
    k = groups == 2 ? k : k - pairs(n);
    memset(group, 0, n);
    /* From the last instance down: it is alone in its group, or joins one of the others'. */
    for (unsigned left = n; left > 1 && groups > 1; left--) {
        uint64_t alone = groups == 2 ? 1 : pairs(left - 1);
        if (k < alone) {
            groups--;
            group[left - 1] = (uint8_t)groups;
        } else {
            k -= alone;
            uint64_t joined = groups == 2 ? pairs(left - 1) : triples(left - 1);
            for (; group[left - 1] + 1u < groups && k >= joined; group[left - 1]++) {
                k -= joined;
            }
        }
    }
}
