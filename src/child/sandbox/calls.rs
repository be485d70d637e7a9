//! The system calls that a child in a sandbox does without.
//!
//! This lists denied calls, not allowed ones: the calls of the C libraries in passing differs
//! from one to the other and from release to release, and a call that was forgotten here would
//! cost a host its way to control.

use super::filter::Rule::{self, AllowOnly, Deny, DenyBits};
use crate::sys::process::Pid;
use libc::c_long;

/// Other programs and other processes: to start, become, look into or influence
/// one.
const PROCESSES: &[c_long] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_clone,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_kcmp,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_setpgid,
    libc::SYS_setsid,
    libc::SYS_setpriority,
    libc::SYS_ioprio_set,
    libc::SYS_sched_setaffinity,
    libc::SYS_sched_setattr,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setscheduler,
    libc::SYS_move_pages,
    // Not to die with the agent any more is among its options.
    libc::SYS_prctl,
    libc::SYS_seccomp,
    libc::SYS_personality,
    libc::SYS_unshare,
    libc::SYS_setns,
];

/// Becoming another user.
const IDENTITIES: &[c_long] = &[
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setregid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_setfsuid,
    libc::SYS_setfsgid,
    libc::SYS_setgroups,
    libc::SYS_capset,
];

/// Changing files and folders. Writing to an open descriptor is limited by the pipe.
const FILES: &[c_long] = &[
    libc::SYS_truncate,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_mkdirat,
    libc::SYS_mknodat,
    libc::SYS_unlinkat,
    libc::SYS_renameat2,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_memfd_create,
    libc::SYS_inotify_init1,
    libc::SYS_fanotify_init,
    libc::SYS_chroot,
    libc::SYS_pivot_root,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_quotactl,
    libc::SYS_acct,
];

/// Being called, and talking to others on this host.
const NEIGHBOURS: &[c_long] = &[
    libc::SYS_socketpair,
    libc::SYS_listen,
    libc::SYS_accept4,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    libc::SYS_mq_notify,
];

/// The machine's affairs, and parts of the kernel that had many holes.
const KERNEL: &[c_long] = &[
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_io_setup,
    libc::SYS_splice,
    libc::SYS_tee,
    libc::SYS_vmsplice,
    libc::SYS_remap_file_pages,
    libc::SYS_mbind,
    libc::SYS_set_mempolicy,
    libc::SYS_pkey_mprotect,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_syslog,
    libc::SYS_vhangup,
    libc::SYS_lookup_dcookie,
    libc::SYS_nfsservctl,
];

/// Calls that not every machine has: older forms of those above.
#[cfg(any(target_arch = "x86_64", target_arch = "x86", target_arch = "arm"))]
const OLD_FORMS: &[c_long] = &[
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_creat,
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_mkdir,
    libc::SYS_rmdir,
    libc::SYS_link,
    libc::SYS_unlink,
    libc::SYS_symlink,
    libc::SYS_mknod,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utimes,
    libc::SYS_futimesat,
    libc::SYS_inotify_init,
    libc::SYS_uselib,
];
#[cfg(target_arch = "aarch64")]
const OLD_FORMS: &[c_long] = &[RENAMEAT];
#[cfg(not(any(
    target_arch = "x86_64",
    target_arch = "x86",
    target_arch = "arm",
    target_arch = "aarch64"
)))]
const OLD_FORMS: &[c_long] = &[];

/// The C library's bindings lack it for some systems.
#[cfg(target_arch = "aarch64")]
const RENAMEAT: c_long = 38;

/// With user and group ids, lengths and times of more bits.
#[cfg(any(target_arch = "x86", target_arch = "arm"))]
const WIDE_FORMS: &[c_long] = &[
    libc::SYS_truncate64,
    libc::SYS_ftruncate64,
    libc::SYS_chown32,
    libc::SYS_lchown32,
    libc::SYS_fchown32,
    libc::SYS_setuid32,
    libc::SYS_setgid32,
    libc::SYS_setreuid32,
    libc::SYS_setregid32,
    libc::SYS_setresuid32,
    libc::SYS_setresgid32,
    libc::SYS_setfsuid32,
    libc::SYS_setfsgid32,
    libc::SYS_setgroups32,
    // clock_settime64, clock_adjtime64, utimensat_time64
    404,
    405,
    412,
];
#[cfg(not(any(target_arch = "x86", target_arch = "arm")))]
const WIDE_FORMS: &[c_long] = &[];

/// Shared memory, semaphores and message queues of System V.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "arm"))]
const SYSTEM_V: &[c_long] = &[
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_semget,
    libc::SYS_msgget,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
];
#[cfg(target_arch = "x86")]
const SYSTEM_V: &[c_long] = &[libc::SYS_ipc];
#[cfg(not(any(
    target_arch = "x86_64",
    target_arch = "x86",
    target_arch = "arm",
    target_arch = "aarch64"
)))]
const SYSTEM_V: &[c_long] = &[];

/// What only PCs have.
#[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
const PC: &[c_long] = &[libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_modify_ldt];
#[cfg(not(any(target_arch = "x86_64", target_arch = "x86")))]
const PC: &[c_long] = &[];

const WRITING: u32 = (libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC) as u32;

/// For a child that makes one exchange over the network, with this id.
pub(super) fn for_network(own: Pid) -> Vec<Rule> {
    let mut rules = for_both(own);
    rules.extend(opens(|call, argument| DenyBits {
        call,
        argument,
        bits: WRITING,
    }));
    rules.push(AllowOnly {
        call: libc::SYS_socket,
        argument: 0,
        values: [libc::AF_INET, libc::AF_INET6]
            .map(|family| family as u32)
            .into(),
    });
    rules.extend(multiplexer());
    rules
}

/// For a child that only computes, with this id.
pub(super) fn for_nothing(own: Pid) -> Vec<Rule> {
    let mut rules = for_both(own);
    rules.extend(opens(|call, _| Deny(call)));
    let sockets = [libc::SYS_socket, libc::SYS_connect, libc::SYS_bind];
    rules.extend(sockets.map(Deny));
    rules.extend(multiplexer());
    rules
}

fn for_both(own: Pid) -> Vec<Rule> {
    let lists = [
        PROCESSES, IDENTITIES, FILES, NEIGHBOURS, KERNEL, OLD_FORMS, WIDE_FORMS, SYSTEM_V, PC,
    ];
    let denied = lists.into_iter().flatten().copied().map(Deny);
    denied
        .chain(signals(own))
        .chain(descriptors())
        .chain(code())
        .collect()
}

/// A process may end itself (abort(3)).
fn signals(own: Pid) -> impl Iterator<Item = Rule> {
    let calls = [libc::SYS_kill, libc::SYS_tkill, libc::SYS_tgkill];
    calls
        .into_iter()
        .map(move |call| only(call, 0, [own.number()]))
        // The limits of others.
        .chain([only(libc::SYS_prlimit64, 0, [0])])
}

/// What descriptors are used for, less having signals sent to others by the kernel (F_SETOWN,
/// FIOSETOWN), and typing for the user at the terminal (TIOCSTI).
fn descriptors() -> Vec<Rule> {
    let commands = [
        libc::F_DUPFD,
        libc::F_GETFD,
        libc::F_SETFD,
        libc::F_GETFL,
        libc::F_SETFL,
        libc::F_DUPFD_CLOEXEC,
        libc::F_SETPIPE_SZ,
    ];
    let control = [
        libc::FIONBIO,
        libc::FIONREAD,
        libc::TCGETS,
        libc::TIOCGWINSZ,
    ];
    vec![
        only(libc::SYS_fcntl, 1, commands.map(|command| command as u32)),
        #[cfg(any(target_arch = "x86", target_arch = "arm"))]
        only(libc::SYS_fcntl64, 1, commands.map(|command| command as u32)),
        only(libc::SYS_ioctl, 1, control.map(|request| request as u32)),
    ]
}

/// No memory becomes code. A dynamic C library loads code of its own.
fn code() -> Vec<Rule> {
    let no_code = |call| DenyBits {
        call,
        argument: 2,
        bits: libc::PROT_EXEC as u32,
    };
    let mut rules = vec![no_code(libc::SYS_mprotect)];
    if cfg!(target_env = "musl") {
        #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
        rules.push(no_code(libc::SYS_mmap));
        #[cfg(any(target_arch = "x86", target_arch = "arm"))]
        rules.push(no_code(libc::SYS_mmap2));
        // Its arguments are in memory, where no filter sees them.
        #[cfg(target_arch = "x86")]
        rules.push(Deny(libc::SYS_mmap));
    }
    rules
}

/// The ways to open a file, with the place of their flags.
fn opens(rule: impl Fn(c_long, u32) -> Rule) -> Vec<Rule> {
    vec![
        rule(libc::SYS_openat, 2),
        #[cfg(any(target_arch = "x86_64", target_arch = "x86", target_arch = "arm"))]
        rule(libc::SYS_open, 1),
    ]
}

/// One call for all socket operations, whose arguments a filter cannot see. The GNU C library
/// makes it still.
fn multiplexer() -> Option<Rule> {
    #[cfg(all(target_arch = "x86", target_env = "musl"))]
    return Some(Deny(libc::SYS_socketcall));
    #[cfg(not(all(target_arch = "x86", target_env = "musl")))]
    None
}

fn only<const N: usize>(call: c_long, argument: u32, values: [u32; N]) -> Rule {
    AllowOnly {
        call,
        argument,
        values: values.into(),
    }
}
