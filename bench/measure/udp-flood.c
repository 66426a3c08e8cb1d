// udp-flood: sends UDP packets of 28 bytes (headers of IP and UDP, no payload) at a steady rate.
//   cc -O2 -o udp-flood udp-flood.c
//   udp-flood ADDRESS PORT PACKETS_PER_SECOND SECONDS     says how many it sent
//   udp-flood ADDRESS PORT                                takes what comes and says nothing, until it is ended
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// At most so many in one call: at 1,000 packets a second a batch is one packet, as the clock wants it.
#define BATCH 64

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 3 && argc != 5) return 2;
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
  if (inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) return 2;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (argc == 3) {
    if (bind(fd, (struct sockaddr *)&to, sizeof to)) return 1;
    // A small buffer that stays full: the kernel drops the rest, and no port is unreachable.
    for (;;) pause();
  }
  if (connect(fd, (struct sockaddr *)&to, sizeof to)) return 1;
  struct mmsghdr batch[BATCH];
  memset(batch, 0, sizeof batch);
  double rate = atof(argv[3]), seconds = atof(argv[4]), began = now();
  long sent = 0;
  for (double passed = 0; passed < seconds; passed = now() - began) {
    long due = (long)(passed * rate) - sent;
    if (due <= 0) {
      struct timespec nap = {0, 50000};
      nanosleep(&nap, NULL);
      continue;
    }
    int n = sendmmsg(fd, batch, due < BATCH ? due : BATCH, 0);
    if (n > 0) sent += n;
  }
  printf("sent=%ld seconds=%.3f\n", sent, now() - began);
  return 0;
}
