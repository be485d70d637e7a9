/* Stands between an agent and the C library, to play a courier that somebody has
 * taken over. What the agent's child that has been on the network says through
 * its pipe is replaced by what the file that COURIER_SAYS names holds: how, how
 * many bytes, the bytes. The agent itself and its other children are left alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TRUTH, ONCE, FOR_EVER, AND_STALL };

struct script {
    volatile uint32_t how, length;
    char bytes[(4 << 20) - 8];
};

static const struct script truth, *script = &truth;
static pid_t agent;
static int is_courier;

/* Mapped while the agent starts: its children give up opening files. */
__attribute__((constructor)) static void map(void)
{
    const char *file = getenv("COURIER_SAYS");
    int fd = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
    void *mapped = mmap(NULL, sizeof truth, PROT_READ, MAP_SHARED, fd, 0);
    if (mapped != MAP_FAILED)
        script = mapped;
    if (fd >= 0)
        close(fd);
    agent = getpid();
}

int socket(int domain, int type, int protocol)
{
    if (getpid() != agent && (domain == AF_INET || domain == AF_INET6))
        is_courier = 1;
    return (int)syscall(SYS_socket, domain, type, protocol);
}

static ssize_t say(int fd)
{
    size_t said = 0;
    while (said < script->length) {
        ssize_t more = syscall(SYS_write, fd, script->bytes + said, script->length - said);
        if (more < 0)
            return more;
        said += (size_t)more;
    }
    return 0;
}

ssize_t write(int fd, const void *bytes, size_t length)
{
    if (!is_courier || fd <= STDERR_FILENO || script->how == TRUTH)
        return syscall(SYS_write, fd, bytes, length);
    /* It speaks more than once, and is replaced as a whole. */
    static int has_spoken;
    if (has_spoken)
        return (ssize_t)length;
    has_spoken = 1;
    uint32_t how = script->how;
    ssize_t failed = say(fd);
    while (how == FOR_EVER && failed == 0)
        failed = say(fd);
    while (how == AND_STALL)
        pause();
    return failed ? failed : (ssize_t)length;
}
