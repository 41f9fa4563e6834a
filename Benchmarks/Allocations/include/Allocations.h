#pragma once

#include <stdbool.h>

/// How often the calling thread has asked for memory; always 0 where that cannot be seen.
unsigned long allocation_count(void);

/// Whether the count means something on this platform.
bool allocations_are_counted(void);
