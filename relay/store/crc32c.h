#ifndef YQ_RELAY_STORE_CRC32C_H
#define YQ_RELAY_STORE_CRC32C_H

#include "yuqiao/types.h"

/* CRC-32C (Castagnoli) of the bytes. Against damage by accident only. */
uint32_t yq_crc32c(yq_slice bytes);

#endif /* YQ_RELAY_STORE_CRC32C_H */
