// measure REPORT COMMAND [ARGUMENT…]: runs the command and writes what it took to REPORT as one JSON object.
//
// A child's peak includes the pages of the process that started it until it became itself. This one is tiny, so
// that the peak reported is the command's own.
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t child;

static void pass_on(int signal) { kill(child, signal); }

static double seconds(struct timeval value) { return value.tv_sec + value.tv_usec / 1e6; }

int main(int count, char **arguments) {
  if (count < 3) {
    fputs("usage: measure REPORT COMMAND [ARGUMENT...]\n", stderr);
    return 64;
  }
  signal(SIGTERM, pass_on);
  signal(SIGINT, pass_on);
  prctl(PR_SET_PDEATHSIG, SIGTERM);

  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  extern char **environ;
  int failure = posix_spawnp(&child, arguments[2], NULL, NULL, arguments + 2, environ);
  if (failure != 0) {
    fprintf(stderr, "measure: %s: %s\n", arguments[2], strerror(failure));
    return 127;
  }
  int status;
  struct rusage usage;
  while (wait4(child, &status, 0, &usage) < 0) {
    if (errno != EINTR) return 70;
  }
  clock_gettime(CLOCK_MONOTONIC, &end);

  int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  FILE *report = fopen(arguments[1], "w");
  if (report == NULL) return 73;
  fprintf(report, "{\"wall\": %.6f, \"cpu\": %.6f, \"rss\": %ld, \"status\": %d}\n",
          end.tv_sec - start.tv_sec + (end.tv_nsec - start.tv_nsec) / 1e9,
          seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss * 1024L, code);
  return fclose(report) == 0 ? code : 73;
}
