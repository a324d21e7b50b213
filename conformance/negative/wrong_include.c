/* The base room may not see the crypto room: this include must fail. */
#include "relay/crypto/crypto.h"

typedef int yq_negative_wrong_include;
