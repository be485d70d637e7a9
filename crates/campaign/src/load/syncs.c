/* Stands between control and the C library's fsync and fdatasync. The file that
 * LOAD_SYNCS names holds three numbers of 64 bits: how many calls there were, and, for
 * whoever measures to write, by how many microseconds each is to take longer, and
 * whether they are to be left out, while a database is filled. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct shared {
    _Atomic uint64_t count, delay, left_out;
};

static struct shared *shared;

__attribute__((constructor)) static void map(void)
{
    const char *path = getenv("LOAD_SYNCS");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *mapped = fd < 0 ? MAP_FAILED
                          : mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED)
        abort();
    close(fd);
    shared = mapped;
}

static int observed(const char *name, int fd)
{
    shared->count++;
    if (shared->left_out)
        return 0;
    int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    int outcome = next(fd);
    int reason = errno;
    uint64_t delay = shared->delay;
    struct timespec left = {.tv_sec = delay / 1000000, .tv_nsec = delay % 1000000 * 1000};
    while (delay && nanosleep(&left, &left) != 0)
        ;
    errno = reason;
    return outcome;
}

int fsync(int fd)
{
    return observed("fsync", fd);
}

int fdatasync(int fd)
{
    return observed("fdatasync", fd);
}
