/* A mapping file, and what a record of it would be. */
#include "adapters/attested/mapping.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_atd_mapping mapping;
    yq_fault why = {0};
    (void)!yq_atd_mapping_parse((yq_slice){data, size}, &mapping, &why);
    yq_atd_mapping_free(&mapping);
    return 0;
}
