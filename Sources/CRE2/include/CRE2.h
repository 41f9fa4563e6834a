#ifndef CRE2_H
#define CRE2_H

#include <stdbool.h>
#include <stddef.h>

// A plain C face over RE2, which is C++: the four calls that CEL's `matches` needs.

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cre2_pattern cre2_pattern;

// Never null. A pattern that cannot be compiled has an error; freed by cre2_free in any case.
cre2_pattern *cre2_compile(const char *text, size_t length);
// Null when the pattern is good; lives as long as the pattern.
const char *cre2_error(const cre2_pattern *pattern);
// Whether the pattern is found anywhere in the text. Safe from several threads at once.
bool cre2_search(const cre2_pattern *pattern, const char *text, size_t length);
void cre2_free(cre2_pattern *pattern);

#ifdef __cplusplus
}
#endif

#endif
