/* The control: the same room, an include that is its own. */
#include "relay/base/cursor.h"

typedef int yq_negative_allowed_include;
