// sink [BODIES]: the cheapest target there can be, on a free port of loopback, which it prints first.
//
// GET answers an empty list, POST an object with a new id, PATCH and PUT an empty object. GET /counts tells how many
// of each came. With BODIES, the bodies of all POSTs are written to that file, one a line. It ends with its parent.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 1 << 16, EVENTS = 256 };

struct connection {
  int socket;
  size_t held;    // bytes of requests not yet answered
  size_t unsent;  // bytes of answers not yet written
  char in[BUFFER];
  char out[BUFFER];
};

static long gets, posts, changes, next_id = 1;
static FILE *bodies;

static void answer(struct connection *peer, int status, const char *reason, const char *body) {
  peer->unsent += (size_t)snprintf(
      peer->out + peer->unsent, BUFFER - peer->unsent,
      "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", status,
      reason, strlen(body), body);
}

static void respond(struct connection *peer, const char *head, const char *body, size_t length) {
  char text[160];
  if (strncmp(head, "GET /counts ", 12) == 0) {
    snprintf(text, sizeof text, "{\"gets\":%ld,\"posts\":%ld,\"changes\":%ld}", gets, posts, changes);
    answer(peer, 200, "OK", text);
  } else if (head[0] == 'G') {
    gets++;
    answer(peer, 200, "OK", "{\"data\":[]}");
  } else if (strncmp(head, "POST ", 5) == 0) {
    posts++;
    if (bodies != NULL) {
      fwrite(body, 1, length, bodies);
      fputc('\n', bodies);
    }
    snprintf(text, sizeof text, "{\"data\":{\"id\":%ld}}", next_id++);
    answer(peer, 201, "Created", text);
  } else {
    changes++;
    answer(peer, 200, "OK", "{\"data\":{}}");
  }
}

static size_t content_length(const char *head, const char *end) {
  const char *line = head;
  while ((line = memchr(line, '\n', (size_t)(end - line))) != NULL && ++line < end) {
    if (strncasecmp(line, "Content-Length:", 15) == 0) return strtoul(line + 15, NULL, 10);
  }
  return 0;
}

// Answers every whole request in the buffer, and keeps what is left of an unfinished one.
static int serve(struct connection *peer) {
  size_t used = 0;
  while (BUFFER - peer->unsent > 512) {
    char *head = peer->in + used;
    char *end = memmem(head, peer->held - used, "\r\n\r\n", 4);
    if (end == NULL) break;
    char *body = end + 4;
    size_t length = content_length(head, end);
    if (length > BUFFER / 2) return -1;
    if ((size_t)(peer->in + peer->held - body) < length) break;
    respond(peer, head, body, length);
    used = (size_t)(body - peer->in) + length;
  }
  memmove(peer->in, peer->in + used, peer->held - used);
  peer->held -= used;
  return peer->held == BUFFER ? -1 : 0;
}

static int flush(struct connection *peer) {
  size_t sent = 0;
  while (sent < peer->unsent) {
    ssize_t count = write(peer->socket, peer->out + sent, peer->unsent - sent);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != EAGAIN) return -1;
    if (count < 0) break;
    sent += (size_t)count;
  }
  memmove(peer->out, peer->out + sent, peer->unsent - sent);
  peer->unsent -= sent;
  return 0;
}

static int turn(struct connection *peer) {
  ssize_t count = read(peer->socket, peer->in + peer->held, BUFFER - peer->held);
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) return -1;
  if (count > 0) peer->held += (size_t)count;
  if (serve(peer) < 0) return -1;
  return flush(peer);
}

static int listen_on_loopback(void) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) < 0 ||
      listen(listener, 1024) < 0 ||
      getsockname(listener, (struct sockaddr *)&address, &size) < 0) {
    perror("sink");
    exit(71);
  }
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

int main(int count, char **arguments) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  signal(SIGPIPE, SIG_IGN);
  if (count > 1 && (bodies = fopen(arguments[1], "w")) == NULL) {
    perror(arguments[1]);
    return 73;
  }
  if (bodies != NULL) setvbuf(bodies, NULL, _IOLBF, BUFFER);
  int listener = listen_on_loopback();
  int poller = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = NULL};
  if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, listener, &wanted) < 0) return 71;
  struct epoll_event ready[EVENTS];
  for (;;) {
    int number = epoll_wait(poller, ready, EVENTS, -1);
    for (int index = 0; index < number; index++) {
      struct connection *peer = ready[index].data.ptr;
      if (peer == NULL) {
        int accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted < 0) continue;
        int yes = 1;
        setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        peer = malloc(sizeof *peer);
        if (peer == NULL) return 71;
        peer->socket = accepted;
        peer->held = peer->unsent = 0;
        struct epoll_event more = {.events = EPOLLIN, .data.ptr = peer};
        epoll_ctl(poller, EPOLL_CTL_ADD, accepted, &more);
      } else if (turn(peer) < 0 || peer->unsent > 0) {
        // The latter is a client that does not read its answers; ours do.
        close(peer->socket);
        free(peer);
      }
    }
  }
}
