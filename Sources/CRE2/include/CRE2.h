#ifndef CRE2_H
#define CRE2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A plain C face over RE2, which is C++: the calls that CEL's `matches` needs.

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cre2_pattern cre2_pattern;

// Never null. A pattern that cannot be compiled has an error; freed by cre2_free in any case.
// `memory`: bytes that it may take, of which its program has two thirds.
cre2_pattern *cre2_compile(const char *text, size_t length, int64_t memory);
// Null when the pattern is good; lives as long as the pattern.
const char *cre2_error(const cre2_pattern *pattern);
// Instructions of its program; a search may look at each of them for each byte of a text.
int cre2_size(const cre2_pattern *pattern);
// Whether the pattern is found anywhere in the text. Safe from several threads at once.
bool cre2_search(const cre2_pattern *pattern, const char *text, size_t length);
void cre2_free(cre2_pattern *pattern);

#ifdef __cplusplus
}
#endif

#endif
