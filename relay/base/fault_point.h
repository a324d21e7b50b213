#ifndef YQ_RELAY_BASE_FAULT_POINT_H
#define YQ_RELAY_BASE_FAULT_POINT_H

/*
 * Named places where a test makes the process die or a call of the system fail. Only the program
 * that is built with YQ_FAULT_POINTS has them; in the product the question is a constant and the
 * name is gone. Which place, at which passing and what happens there says the environment variable
 * YQ_FAULT of that program: see docs/en/crash-safety.md.
 */
#ifdef YQ_FAULT_POINTS
#    include "yuqiao/types.h"

/* Passes a place. Returns 0; 1 with errno set where the call that follows is to fail; or does not
 * return. */
int yq_fault_point(const char *name);
/* As yq_fault_point, before a write; may write a part of the bytes first. */
int yq_fault_write(const char *name, int fd, yq_slice bytes, uint64_t offset);
#    define YQ_FAULT_POINT(name)                    yq_fault_point(name)
#    define YQ_FAULT_WRITE(name, fd, bytes, offset) yq_fault_write(name, fd, bytes, offset)
#else
#    define YQ_FAULT_POINT(name)                    0
#    define YQ_FAULT_WRITE(name, fd, bytes, offset) 0
#endif

#endif /* YQ_RELAY_BASE_FAULT_POINT_H */
