/* Stands between a program and the C library, to play a kernel that lacks what
 * LACKING_IN_KERNEL names: it fails as such a kernel does. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* These numbers are the same on every architecture; older headers lack them. */
enum { LANDLOCK_CREATE_RULESET = 444, LANDLOCK_RESTRICT_SELF = 446 };

static int lacks_landlock, lacks_seccomp;
static long (*real_syscall)(long, ...);

__attribute__((constructor)) static void look(void)
{
    const char *lacking = getenv("LACKING_IN_KERNEL");
    lacks_landlock = lacking && strstr(lacking, "landlock");
    lacks_seccomp = lacking && strstr(lacking, "seccomp");
    *(void **)&real_syscall = dlsym(RTLD_NEXT, "syscall");
}

int prctl(int option, ...)
{
    unsigned long given[4];
    va_list more;
    va_start(more, option);
    for (int i = 0; i < 4; i++)
        given[i] = va_arg(more, unsigned long);
    va_end(more);
    if (lacks_seccomp && option == PR_SET_SECCOMP) {
        errno = EINVAL;
        return -1;
    }
    return (int)real_syscall(SYS_prctl, option, given[0], given[1], given[2], given[3]);
}

long syscall(long number, ...)
{
    long given[6];
    va_list more;
    va_start(more, number);
    for (int i = 0; i < 6; i++)
        given[i] = va_arg(more, long);
    va_end(more);
    if (lacks_landlock && number >= LANDLOCK_CREATE_RULESET && number <= LANDLOCK_RESTRICT_SELF) {
        errno = ENOSYS;
        return -1;
    }
    return real_syscall(number, given[0], given[1], given[2], given[3], given[4], given[5]);
}
