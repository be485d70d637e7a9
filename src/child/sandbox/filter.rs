//! Makes the kernel's filter programs of rules about system calls (classic BPF,
//! linux/filter.h).

use crate::sys::seccomp::Instruction;
use libc::c_long;

/// The rule for one system call. Calls without a rule are allowed.
pub(super) enum Rule {
    /// It fails.
    Deny(c_long),
    /// It fails when an argument has one of these bits.
    DenyBits {
        call: c_long,
        argument: u32,
        bits: u32,
    },
    /// It fails unless an argument is one of these.
    AllowOnly {
        call: c_long,
        argument: u32,
        values: Vec<u32>,
    },
}

/// From here on, numbers mean the same on every machine, and nothing is needed: the oldest
/// kernel that this program runs on has none of these calls. New ones that this list does not
/// know are among them.
const FIRST_UNKNOWN: u32 = 424;

/// The machine by whose numbers calls are made (`AUDIT_ARCH_*`, linux/audit.h);
/// a 64-bit kernel knows others at the same time.
const MACHINE: Option<u32> = if cfg!(target_arch = "x86_64") {
    Some(0xc000_003e)
} else if cfg!(target_arch = "x86") {
    Some(0x4000_0003)
} else if cfg!(target_arch = "aarch64") {
    Some(0xc000_00b7)
} else if cfg!(target_arch = "arm") {
    Some(0x4000_0028)
} else {
    None
};

// Where things are in the kernel's struct seccomp_data.
const CALL: u32 = 0;
const CALLING_MACHINE: u32 = 4;
const ARGUMENTS: u32 = 16;

const REFUSE: u32 = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;
/// As a kernel that is older than the call.
const DISOWN: u32 = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;

/// The program for these rules; `None` for a machine whose numbers are not
/// known here.
pub(super) fn compile(rules: &[Rule]) -> Option<Vec<Instruction>> {
    let mut program = vec![
        load(CALLING_MACHINE),
        skip_if(libc::BPF_JEQ, MACHINE?, 1),
        end(libc::SECCOMP_RET_KILL_PROCESS),
        load(CALL),
        skip_unless(libc::BPF_JGE, FIRST_UNKNOWN, 1),
        end(DISOWN),
    ];
    for rule in rules {
        let judgement = rule.judgement();
        let length = u8::try_from(judgement.len()).ok()?;
        program.push(skip_unless(libc::BPF_JEQ, rule.call(), length));
        program.extend(judgement);
    }
    program.push(end(libc::SECCOMP_RET_ALLOW));
    Some(program)
}

impl Rule {
    fn call(&self) -> u32 {
        let (Self::Deny(call) | Self::DenyBits { call, .. } | Self::AllowOnly { call, .. }) = self;
        // Numbers of calls are small and not negative.
        *call as u32
    }

    /// The instructions once the rule's call has matched. Each path ends.
    fn judgement(&self) -> Vec<Instruction> {
        match self {
            Self::Deny(_) => vec![end(REFUSE)],
            Self::DenyBits { argument, bits, .. } => vec![
                load(low_half(*argument)),
                skip_unless(libc::BPF_JSET, *bits, 1),
                end(REFUSE),
                end(libc::SECCOMP_RET_ALLOW),
            ],
            Self::AllowOnly {
                argument, values, ..
            } => {
                let mut program = vec![load(low_half(*argument))];
                for value in values {
                    program.push(skip_unless(libc::BPF_JEQ, *value, 1));
                    program.push(end(libc::SECCOMP_RET_ALLOW));
                }
                program.push(end(REFUSE));
                program
            }
        }
    }
}

/// All arguments that rules are about are ints: the kernel looks at 32 bits.
fn low_half(argument: u32) -> u32 {
    let big_endian = if cfg!(target_endian = "big") { 4 } else { 0 };
    ARGUMENTS + 8 * argument + big_endian
}

fn load(offset: u32) -> Instruction {
    instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset, [0, 0])
}

fn skip_if(comparison: u32, value: u32, count: u8) -> Instruction {
    instruction(libc::BPF_JMP | comparison | libc::BPF_K, value, [count, 0])
}

fn skip_unless(comparison: u32, value: u32, count: u8) -> Instruction {
    instruction(libc::BPF_JMP | comparison | libc::BPF_K, value, [0, count])
}

fn end(verdict: u32) -> Instruction {
    instruction(libc::BPF_RET | libc::BPF_K, verdict, [0, 0])
}

fn instruction(code: u32, k: u32, [jt, jf]: [u8; 2]) -> Instruction {
    Instruction {
        // The codes of this instruction set are below 256.
        code: code as u16,
        jt,
        jf,
        k,
    }
}
