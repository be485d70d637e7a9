//! What hosts there are to build for.

use std::fmt;
use std::str::FromStr;

/// A kind of host.
pub struct Target {
    /// As rustc calls it.
    pub triple: &'static str,
    /// The machine in the program's ELF header (elf(5)).
    pub machine: object::elf::Machine,
    /// Whether its programs are of class ELFCLASS64.
    pub is_64: bool,
    /// Which of qemu's user-mode emulators runs its programs.
    pub emulator: &'static str,
    /// The least of its processors, by the emulator's name for it, where the emulator
    /// would take a newer one.
    pub(super) cpu: Option<&'static str>,
    /// As rpm calls the architecture.
    pub(crate) rpm: &'static str,
    /// Whether control is built for it too.
    has_control: bool,
    /// The versions of ARM's architecture that a program for it may ask for, as its
    /// attribute `Tag_CPU_arch` names them.
    arm: &'static [u64],
}

/// v6, and v6KZ and v6K, which the first Raspberry Pi has too.
const ARMV6: &[u64] = &[6, 7, 9];
/// The only one with Thumb-2: the same code in fewer bytes.
const ARMV7: &[u64] = &[10];

/// All of them, the most frequent first.
pub static TARGETS: [Target; 5] = [
    Target {
        triple: "x86_64-unknown-linux-musl",
        machine: object::elf::EM_X86_64,
        is_64: true,
        emulator: "qemu-x86_64-static",
        cpu: None,
        rpm: "x86_64",
        has_control: true,
        arm: &[],
    },
    Target {
        triple: "aarch64-unknown-linux-musl",
        machine: object::elf::EM_AARCH64,
        is_64: true,
        emulator: "qemu-aarch64-static",
        cpu: None,
        rpm: "aarch64",
        has_control: true,
        arm: &[],
    },
    Target {
        triple: "armv7-unknown-linux-musleabihf",
        machine: object::elf::EM_ARM,
        is_64: false,
        emulator: "qemu-arm-static",
        cpu: None,
        rpm: "armv7hl",
        has_control: false,
        arm: ARMV7,
    },
    // ARMv6: Raspberry Pi Zero and the first Raspberry Pi.
    Target {
        triple: "arm-unknown-linux-musleabihf",
        machine: object::elf::EM_ARM,
        is_64: false,
        emulator: "qemu-arm-static",
        cpu: Some("arm1176"),
        rpm: "armv6hl",
        has_control: false,
        arm: ARMV6,
    },
    Target {
        triple: "i686-unknown-linux-musl",
        machine: object::elf::EM_386,
        is_64: false,
        emulator: "qemu-i386-static",
        cpu: None,
        rpm: "i686",
        has_control: false,
        arm: &[],
    },
];

impl Target {
    /// The programs that are built for it.
    pub(crate) fn programs(&self) -> &'static [Program] {
        if self.has_control {
            &[Program::Pilot, Program::Art, Program::Pilotctl]
        } else {
            &[Program::Pilot, Program::Art]
        }
    }

    /// The compiler's flags for it.
    pub(super) fn flags(&self) -> &'static [&'static str] {
        if self.arm == ARMV7 {
            &["-Ctarget-feature=+thumb-mode"]
        } else {
            &[]
        }
    }

    /// Whether it has the version of ARM's architecture that a program names, if any.
    pub(super) fn has_arm(&self, version: Option<u64>) -> bool {
        match version {
            Some(version) => self.arm.contains(&version),
            None => self.arm.is_empty(),
        }
    }

    /// As environment variables of `cc` and cargo have it.
    pub(super) fn variable(&self) -> String {
        self.triple.replace('-', "_")
    }
}

/// One of the three programs.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Program {
    /// The agent.
    Pilot,
    /// The package runner.
    Art,
    /// The control service and its command line.
    Pilotctl,
}

impl Program {
    /// Of package and file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pilot => "pilot",
            Self::Art => "art",
            Self::Pilotctl => "pilotctl",
        }
    }

    /// The folder of its package, where that is not the root's.
    pub(crate) fn member(self) -> Option<&'static str> {
        match self {
            Self::Pilot => None,
            Self::Art => Some("crates/artisan"),
            Self::Pilotctl => Some("crates/control"),
        }
    }

    /// The profile of `Cargo.toml` that it is built with.
    pub(crate) fn profile(self) -> &'static str {
        match self {
            Self::Pilot | Self::Art => "release",
            Self::Pilotctl => "service",
        }
    }

    /// The compiler's flags for a target, where the standard library is built along.
    /// `docs/decisions/0018-small-programs.md` says what each of them saves.
    pub(super) fn flags(self, target: &Target) -> Vec<&'static str> {
        if self == Self::Pilotctl {
            return vec![];
        }
        let mut flags = vec![
            "-Cforce-unwind-tables=no",
            "--cfg=curve25519_dalek_backend=\"serial\"",
        ];
        // There, position-independent code refers to labels inside of its function,
        // which LLVM's outliner takes it out of.
        if target.machine != object::elf::EM_386 {
            flags.push("-Cllvm-args=-enable-machine-outliner=always");
        }
        flags
    }

    /// The flags of the C compiler.
    pub(super) fn c_flags(self) -> &'static str {
        match self {
            Self::Pilot | Self::Art => "-fno-asynchronous-unwind-tables -fno-unwind-tables",
            Self::Pilotctl => "",
        }
    }

    /// The parts of the standard library that its profile needs.
    pub(super) fn standard_library(self) -> &'static str {
        match self {
            Self::Pilot | Self::Art => "std,panic_abort",
            Self::Pilotctl => "std,panic_unwind",
        }
    }
}

/// A target by its triple, or by the part before the first hyphen.
#[derive(Clone, Copy)]
pub struct TargetName(pub &'static Target);

impl FromStr for TargetName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_it = |target: &&Target| {
            target.triple == text || target.triple.split('-').next() == Some(text)
        };
        TARGETS.iter().find(is_it).map(Self).ok_or_else(|| {
            let known: Vec<_> = TARGETS.iter().map(|target| target.triple).collect();
            format!(
                "there is no such target; the known ones are {}",
                known.join(", ")
            )
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.triple)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_target_is_known_by_its_triple_and_by_its_architecture() {
        for name in ["armv7", "armv7-unknown-linux-musleabihf"] {
            let TargetName(target) = name.parse().unwrap();
            assert_eq!(target.triple, "armv7-unknown-linux-musleabihf");
        }
        let refusal = "sparc".parse::<TargetName>().map(drop).unwrap_err();
        assert!(refusal.contains("aarch64-unknown-linux-musl"), "{refusal}");
    }

    #[test]
    fn control_is_for_servers() {
        let names: Vec<_> = TARGETS
            .iter()
            .map(|target| target.programs().len())
            .collect();
        assert_eq!(names, [3, 3, 2, 2, 2]);
    }

    #[test]
    fn those_who_build_with_cross_build_for_the_same_targets() {
        #[derive(serde::Deserialize)]
        struct Settings {
            target: BTreeMap<String, Image>,
        }
        #[derive(serde::Deserialize)]
        struct Image {
            image: String,
        }
        let file = crate::cargo::repository().join("cross.toml");
        let settings: Settings = toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let mut ours: Vec<_> = TARGETS.iter().map(|target| target.triple).collect();
        ours.sort_unstable();
        assert!(settings.target.keys().eq(&ours));
        for (triple, Image { image }) in settings.target {
            assert!(
                image.starts_with(&format!("ghcr.io/cross-rs/{triple}:")),
                "{image}"
            );
        }
    }
}
