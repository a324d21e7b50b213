#include "adapters/http/test_mapping.h"

Test(tls, options_reach_the_node, .timeout = 60)
{
    test_mapping("{\"jsonrpc\":\"2.0\",\"id\":%u,\"result\":42}", NULL, 0);
}
