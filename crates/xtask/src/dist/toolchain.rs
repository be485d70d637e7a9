//! Which compiler builds for a target: rustup's, where the target is installed,
//! else Debian's, which has the standard library's source beside it. zig
//! compiles the C parts and links, for every target.

use super::target::{Program, Target};
use crate::failure::{Context, Result, failed};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// A compiler, and cargo-zigbuild.
pub(super) struct Toolchain {
    compiler: Compiler,
    zigbuild: PathBuf,
}

enum Compiler {
    /// The one that runs this task; the target's standard library is installed.
    Rustup { sysroot: PathBuf },
    /// Debian's; the standard library is built along.
    Debian { sysroot: PathBuf },
}

impl Toolchain {
    /// Finds what can build for the target.
    ///
    /// # Errors
    /// When nothing can: what is missing, and how to get it.
    pub(super) fn find(target: &Target, repository: &Path) -> Result<Self> {
        Ok(Self {
            compiler: Compiler::find(target)?,
            zigbuild: zigbuild(repository)?,
        })
    }

    /// In words.
    pub(super) fn describe(&self) -> &'static str {
        match self.compiler {
            Compiler::Rustup { .. } => "rustup's toolchain and standard library",
            Compiler::Debian { .. } => "Debian's toolchain, standard library built for size",
        }
    }

    /// Whether the standard library is built along, for size: only those sizes
    /// compare.
    pub(super) fn builds_for_size(&self) -> bool {
        matches!(self.compiler, Compiler::Debian { .. })
    }

    /// Where the standard library's source lies, or would.
    pub(super) fn library_source(&self) -> PathBuf {
        let (Compiler::Rustup { sysroot } | Compiler::Debian { sysroot }) = &self.compiler;
        sysroot.join("lib/rustlib/src/rust")
    }

    /// A command that builds one program for a target, and lacks nothing but
    /// where the result goes and the compiler's flags.
    pub(super) fn command(&self, program: Program, target: &Target) -> Command {
        // The least that it can be: others work on this machine.
        let mut command = Command::new("nice");
        command.args(["-n", "15"]).arg(&self.zigbuild);
        command.args(["zigbuild", "--locked", "--package", program.name()]);
        command.args(["--profile", program.profile(), "--target", target.triple]);
        command.env("PATH", self.search_path());
        if let Compiler::Debian { .. } = self.compiler {
            command
                .arg(format!("-Zbuild-std={}", program.standard_library()))
                .arg("-Zbuild-std-features=optimize_for_size")
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO", DEBIAN_CARGO)
                .env("RUSTC", DEBIAN_RUSTC);
        }
        command
    }

    /// The compiler's flags.
    pub(super) fn flags(&self, program: Program) -> Vec<&'static str> {
        match self.compiler {
            Compiler::Rustup { .. } => vec![],
            // zig brings musl's start files and the unwinder.
            Compiler::Debian { .. } => [&["-Clink-self-contained=no"], program.flags()].concat(),
        }
    }

    /// zig is found beside cargo-zigbuild.
    fn search_path(&self) -> std::ffi::OsString {
        let folder = self.zigbuild.parent().map(Path::to_path_buf);
        let rest = env::var_os("PATH").unwrap_or_default();
        let folders = folder.into_iter().chain(env::split_paths(&rest));
        env::join_paths(folders).unwrap_or(rest)
    }
}

impl Compiler {
    fn find(target: &Target) -> Result<Self> {
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        if let Ok(sysroot) = sysroot(Path::new(&rustc))
            && sysroot
                .join("lib/rustlib")
                .join(target.triple)
                .join("lib")
                .is_dir()
        {
            return Ok(Self::Rustup { sysroot });
        }
        let programs = [DEBIAN_CARGO, DEBIAN_RUSTC].map(Path::new);
        if programs.iter().all(|program| program.is_file())
            && let Ok(sysroot) = sysroot(Path::new(DEBIAN_RUSTC))
            && sysroot
                .join("lib/rustlib/src/rust/library/Cargo.lock")
                .is_file()
        {
            return Ok(Self::Debian { sysroot });
        }
        failed(format!(
            "nothing here builds for {target}. Either install rustup's target:\n    rustup target add {target}\n\
             or Debian's toolchain, which builds the standard library too:\n    apt-get install rustc-web cargo-web rust-web-src"
        ))
    }
}

fn sysroot(rustc: &Path) -> Result<PathBuf> {
    let output = Command::new(rustc)
        .args(["--print", "sysroot"])
        .output()
        .context(rustc.display())?;
    if !output.status.success() {
        return failed(format!("{} --print sysroot failed", rustc.display()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().into())
}

/// cargo-zigbuild in PATH, else in `target/dist/tools`.
fn zigbuild(repository: &Path) -> Result<PathBuf> {
    let tools = repository.join("target/dist/tools");
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path)
        .chain([tools.join("bin")])
        .map(|folder| folder.join("cargo-zigbuild"))
        .find(|program| program.is_file());
    match found {
        Some(program) => Ok(program),
        None => failed(
            "cargo-zigbuild and zig, which compile C and link for every target, are missing. Get them with\n    \
             python3 -m venv target/dist/tools && target/dist/tools/bin/pip install cargo-zigbuild ziglang",
        ),
    }
}
