/* older_kernel LACKING PROGRAM [ARGUMENT]...
 *
 * Starts a program, and all that it starts, on a kernel that lacks what is named:
 * `4.9` for the system calls that came after Linux 4.9, `landlock`, `seccomp`,
 * `adoption` of orphans (PR_SET_CHILD_SUBREAPER), or several of these with commas between
 * them. A filter answers as such a kernel does.
 *
 * Numbers are given out in order, so what came later has a number above the last one
 * of Linux 4.9, which is pkey_free on all machines:
 *
 *   x86-64  arm64  i386
 *      331    290   382  pkey_free, 4.9
 *      332    291   383  statx, 4.11
 *                   384  arch_prctl, 4.12
 *      333    292   385  io_pgetevents, 4.18
 *      334    293   386  rseq, 4.18
 *             294        kexec_file_load, 5.0
 *               393-402  semget and others of System V's, 5.1
 *               403-423  those with 64-bit times, 5.1
 *      335               uretprobe, 6.11
 *      424 and up, everywhere: pidfd_send_signal 424, io_uring_setup 425 and the five
 *      after it, 5.1; open_tree 428 to fspick 433, 5.2; pidfd_open 434, clone3 435, 5.3;
 *      close_range 436, 5.9; openat2 437, pidfd_getfd 438, 5.6; faccessat2 439, 5.8;
 *      process_madvise 440, 5.10; epoll_pwait2 441, 5.11; mount_setattr 442, 5.12;
 *      landlock_create_ruleset 444 to landlock_restrict_self 446, 5.13; and whatever
 *      comes.
 *
 * Old calls keep their new flags, and files of the kernel (cgroup.kill) are there. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* What this machine's kernel runs; the numbers of `prctl` and `seccomp` are there to
 * be told from others. */
static const struct machine {
    unsigned audit, last, prctl, seccomp;
} machines[] = {
#if defined(__x86_64__)
    {AUDIT_ARCH_X86_64, 331, 157, 317},
    {AUDIT_ARCH_I386, 382, 172, 354},
#elif defined(__aarch64__)
    {AUDIT_ARCH_AARCH64, 290, 167, 277},
#else
#error "the last system call of Linux 4.9 on this machine is not known"
#endif
};

/* These have one number on all machines. */
enum { LANDLOCK_FIRST = 444, LANDLOCK_LAST = 446 };

static struct sock_filter filter[64];
static unsigned short length;

static void put(unsigned short code, unsigned value, unsigned char yes, unsigned char no)
{
    filter[length++] = (struct sock_filter){code, yes, no, value};
}

static void load(size_t offset)
{
    put(BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
}

static void answer(unsigned error)
{
    put(BPF_RET | BPF_K, error ? SECCOMP_RET_ERRNO | error : SECCOMP_RET_ALLOW, 0, 0);
}

/* What follows is for a value that is `first` or more, and `last` or less. */
static void between(unsigned first, unsigned last, unsigned char skipped)
{
    put(BPF_JMP | BPF_JGE | BPF_K, first, 0, skipped + 1);
    put(BPF_JMP | BPF_JGT | BPF_K, last, skipped, 0);
}

static void refuse_prctl(const struct machine *machine, unsigned option)
{
    between(machine->prctl, machine->prctl, 5);
    load(offsetof(struct seccomp_data, args[0]));
    between(option, option, 1);
    answer(EINVAL);
    load(offsetof(struct seccomp_data, nr));
}

static void refuse(const struct machine *machine, const char *lacking)
{
    load(offsetof(struct seccomp_data, nr));
    if (strstr(lacking, "4.9")) {
        between(machine->last + 1, ~0u, 1);
        answer(ENOSYS);
    }
    if (strstr(lacking, "landlock")) {
        between(LANDLOCK_FIRST, LANDLOCK_LAST, 1);
        answer(ENOSYS);
    }
    if (strstr(lacking, "seccomp")) {
        between(machine->seccomp, machine->seccomp, 1);
        answer(ENOSYS);
        refuse_prctl(machine, PR_SET_SECCOMP);
    }
    if (strstr(lacking, "adoption"))
        refuse_prctl(machine, PR_SET_CHILD_SUBREAPER);
    answer(0);
}

static int enforce(void)
{
    struct sock_fprog program = {length, filter};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
        return 0;
    /* Who is not root has to give up new privileges for it. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int count, char **given)
{
    if (count < 3) {
        fputs("usage: older_kernel LACKING PROGRAM [ARGUMENT]...\n", stderr);
        return 125;
    }
    for (size_t at = 0; at < sizeof machines / sizeof *machines; at++) {
        load(offsetof(struct seccomp_data, arch));
        put(BPF_JMP | BPF_JEQ | BPF_K, machines[at].audit, 0, 0);
        unsigned short begin = length;
        refuse(&machines[at], given[1]);
        filter[begin - 1].jf = length - begin;
    }
    answer(0);
    if (enforce() == 0)
        execvp(given[2], given + 2);
    perror(given[2]);
    return 125;
}
