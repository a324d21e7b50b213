#ifndef YQ_LIGHT_CLIENTS_FISCO_BCOS_3_TEST_CLIENT_H
#define YQ_LIGHT_CLIENTS_FISCO_BCOS_3_TEST_CLIENT_H

/* For tests: a client of this framework. */
#include "light-clients/fisco-bcos-3/fisco3.h"
#include "relay/hub/test_light_client.h"

static inline test_client *test_fisco3_client(void)
{
    return test_client_new(yq_verifier_fisco_bcos_3());
}

#endif /* YQ_LIGHT_CLIENTS_FISCO_BCOS_3_TEST_CLIENT_H */
