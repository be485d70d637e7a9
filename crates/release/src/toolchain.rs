//! Which compiler builds for a target: rustup's, which builds the standard library
//! along where it has its source and else takes the target's ready-made one; or
//! Debian's, which has the source beside it. zig compiles the C parts and links, for
//! every target.

use super::link;
use super::target::{Program, Target};
use super::time;
use crate::failure::{Context, Result, failed};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// A compiler, and cargo-zigbuild.
pub(super) struct Toolchain {
    compiler: Compiler,
    sysroot: PathBuf,
    /// Where the standard library's source lies, or would.
    library: PathBuf,
    zigbuild: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Compiler {
    /// The one that runs this task; the standard library is built along, from
    /// rustup's component `rust-src`.
    RustupSource,
    /// The one that runs this task; the target's standard library is installed.
    RustupTarget,
    /// Debian's; the standard library is built along.
    Debian,
}

impl Toolchain {
    /// Finds what can build for the target.
    ///
    /// # Errors
    /// When nothing can: what is missing, and how to get it.
    pub(super) fn find(target: &Target, repository: &Path) -> Result<Self> {
        let (compiler, sysroot) = compiler(target)?;
        let mut library = library_source(&sysroot);
        let is_built = compiler != Compiler::RustupTarget;
        if is_built && !target.is_64 && time::ends(&library)? {
            library = time::widen(&library, repository)?;
        }
        Ok(Self {
            compiler,
            sysroot,
            library,
            zigbuild: zigbuild(repository)?,
        })
    }

    /// In words.
    pub(super) fn describe(&self) -> &'static str {
        match self.compiler {
            Compiler::RustupSource => "rustup's toolchain, standard library built for size",
            Compiler::RustupTarget => "rustup's toolchain and standard library",
            Compiler::Debian => "Debian's toolchain, standard library built for size",
        }
    }

    /// Whether the standard library is built along, for size: only those sizes
    /// compare.
    pub(super) fn builds_for_size(&self) -> bool {
        self.compiler != Compiler::RustupTarget
    }

    /// Whether a target's programs stop when 32 bits are too few for the time.
    pub(super) fn time_ends(&self, target: &Target) -> bool {
        // The ready-made one was built without the permission to use 64.
        !target.is_64 && !self.builds_for_size()
    }

    /// Where the standard library's source lies, or would.
    pub(super) fn library_source(&self) -> PathBuf {
        self.library.clone()
    }

    /// A command that builds one program for a target, and lacks nothing but
    /// where the result goes and the compiler's flags.
    ///
    /// # Errors
    /// When this program's own file cannot be found.
    pub(super) fn command(&self, program: Program, target: &Target) -> Result<Command> {
        let mut command = Command::new(&self.zigbuild);
        link::stand_between(&mut command, &self.zigbuild)?;
        command.args(["zigbuild", "--locked", "--package", program.name()]);
        command.args(["--profile", program.profile(), "--target", target.triple]);
        command.env("PATH", self.search_path());
        if self.builds_for_size() {
            command
                .arg(format!("-Zbuild-std={}", program.standard_library()))
                .arg("-Zbuild-std-features=optimize_for_size")
                .env("RUSTC_BOOTSTRAP", "1")
                // Cargo takes the path in no other way.
                .env("__CARGO_TESTS_ONLY_SRC_ROOT", self.library.join("library"));
        }
        if self.compiler == Compiler::Debian {
            command
                .env("CARGO", DEBIAN_CARGO)
                .env("RUSTC", DEBIAN_RUSTC);
        } else {
            // rustup's own rustc would look for a `rust-toolchain` file in the
            // folder of each library, and some have one.
            command.env("RUSTC", self.sysroot.join("bin/rustc"));
        }
        Ok(command)
    }

    /// The compiler's flags.
    pub(super) fn flags(&self, program: Program, target: &Target) -> Vec<&'static str> {
        // Linked last, so that it counts: rustc asks for `-static-pie`, which zig ignores,
        // or for a fixed address (`docs/decisions/0034-programs-at-random-addresses.md`).
        let mut flags = vec!["-Clink-arg=-pie"];
        if self.builds_for_size() {
            // zig brings musl's start files and the unwinder.
            flags.push("-Clink-self-contained=no");
            flags.extend(program.flags(target));
            flags.extend(target.flags());
        }
        flags
    }

    /// zig is found beside cargo-zigbuild.
    fn search_path(&self) -> std::ffi::OsString {
        let folder = self.zigbuild.parent().map(Path::to_path_buf);
        let rest = env::var_os("PATH").unwrap_or_default();
        let folders = folder.into_iter().chain(env::split_paths(&rest));
        env::join_paths(folders).unwrap_or(rest)
    }
}

/// The first that can build for a target, and where its libraries are.
fn compiler(target: &Target) -> Result<(Compiler, PathBuf)> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    if let Ok(sysroot) = sysroot(Path::new(&rustc)) {
        if has_source(&sysroot) {
            return Ok((Compiler::RustupSource, sysroot));
        }
        let libraries = sysroot.join("lib/rustlib").join(target.triple).join("lib");
        if libraries.is_dir() {
            return Ok((Compiler::RustupTarget, sysroot));
        }
    }
    if Path::new(DEBIAN_CARGO).is_file()
        && let Ok(sysroot) = sysroot(Path::new(DEBIAN_RUSTC))
        && has_source(&sysroot)
    {
        return Ok((Compiler::Debian, sysroot));
    }
    failed(format!(
        "nothing here builds for {target}. Install either the standard library's source, from which it is built for size:\n    \
         rustup component add rust-src\n\
         or the ready-made one, which is larger:\n    rustup target add {target}\n\
         or, without rustup, Debian's toolchain:\n    apt-get install rustc-web cargo-web rust-web-src"
    ))
}

fn library_source(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib/src/rust")
}

fn has_source(sysroot: &Path) -> bool {
    let lock = library_source(sysroot).join("library/Cargo.lock");
    lock.is_file()
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
             python3 -m venv target/dist/tools && target/dist/tools/bin/pip install cargo-zigbuild ziglang==0.15.2",
        ),
    }
}
