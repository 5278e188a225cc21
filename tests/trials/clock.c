/* Moves the wall clock of one process tree: preloaded, it adds the seconds written in $TRIAL_CLOCK_FILE.

The monotonic clock stays as it is. libfaketime does this too, but Python's time.sleep then fails (EINVAL). */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long offset_seconds(void) {
    static volatile long offset, read_at = -1;
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC_COARSE, &now);
    if (now.tv_sec != read_at) { /* once a second */
        char text[32] = "";
        const char *path = getenv("TRIAL_CLOCK_FILE");
        FILE *file = path ? fopen(path, "re") : NULL;
        read_at = now.tv_sec;
        if (file) {
            if (fgets(text, sizeof text, file)) offset = atol(text);
            fclose(file);
        }
    }
    return offset;
}

int clock_gettime(clockid_t clock, struct timespec *result) {
    int failed = syscall(SYS_clock_gettime, clock, result);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        result->tv_sec += offset_seconds();
    return failed;
}

int gettimeofday(struct timeval *result, void *zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    result->tv_sec = now.tv_sec;
    result->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}
