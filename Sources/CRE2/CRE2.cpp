#include "CRE2.h"

#include <re2/re2.h>

struct cre2_pattern {
  RE2 expression;
  cre2_pattern(re2::StringPiece text, const RE2::Options &options) : expression(text, options) {}
};

cre2_pattern *cre2_compile(const char *text, size_t length, int64_t memory) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(memory);
  return new cre2_pattern(re2::StringPiece(text, length), options);
}

const char *cre2_error(const cre2_pattern *pattern) {
  return pattern->expression.ok() ? nullptr : pattern->expression.error().c_str();
}

int cre2_size(const cre2_pattern *pattern) { return pattern->expression.ProgramSize(); }

bool cre2_search(const cre2_pattern *pattern, const char *text, size_t length) {
  return RE2::PartialMatch(re2::StringPiece(text, length), pattern->expression);
}

void cre2_free(cre2_pattern *pattern) { delete pattern; }
