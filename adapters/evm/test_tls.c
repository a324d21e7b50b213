#include "adapters/http/test_mapping.h"

Test(tls, options_reach_the_node, .timeout = 60)
{
    const yq_option own[] = {{"consensus", "qbft"}};
    test_mapping("{\"jsonrpc\":\"2.0\",\"id\":%u,\"result\":\"0x2a\"}", own, 1);
}
