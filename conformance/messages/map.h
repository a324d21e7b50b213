#ifndef YQ_CONFORMANCE_MESSAGES_MAP_H
#define YQ_CONFORMANCE_MESSAGES_MAP_H

#include "relay/hub/kv.h"

/* The state of the simulated hub: a sorted array in memory, with an undo log. Running out of memory
 * stops the process. */
typedef struct msim_map msim_map;

msim_map *msim_map_new(void);
void msim_map_free(msim_map *map);

/* The map as the hub sees it; lives as long as the map. */
const yq_kv *msim_map_kv(msim_map *map);

/* Forgets how to undo what was done so far: between two calls of the hub. */
void msim_map_keep(msim_map *map);

#endif /* YQ_CONFORMANCE_MESSAGES_MAP_H */
