//! Small libraries that stand between a program and the C library, or programs that
//! start it, for what no configuration of the program could bring about.

use crate::run;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles one of the sources of this folder into `folder`, and returns the
/// library.
pub(crate) fn compile(name: &str, folder: &Path) -> PathBuf {
    compile_with(&[], name, folder)
}

/// As [`compile`], with more options for the compiler.
pub(crate) fn compile_with(options: &[&str], name: &str, folder: &Path) -> PathBuf {
    let options = [&["-shared", "-fPIC"], options].concat();
    compile_as(&options, name, folder.join(format!("{name}.so")))
}

/// As [`compile`], for a program.
pub(crate) fn compile_program(name: &str, folder: &Path) -> PathBuf {
    compile_as(&[], name, folder.join(name))
}

fn compile_as(kind: &[&str], name: &str, output: PathBuf) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/{name}.c"));
    let mut compile = Command::new("cc");
    compile.args(kind);
    compile.args(["-O1", "-Wall", "-Wextra", "-Werror", "-o"]);
    run(compile.arg(&output).arg(source));
    output
}

/// What a program needs in its environment to load a library, which reads a value, mostly the
/// path of a file, from `variable`.
pub(crate) fn environment(library: &Path, variable: &str, value: &Path) -> Vec<(String, String)> {
    [("LD_PRELOAD", library), (variable, value)]
        .map(|(name, path)| (name.to_owned(), path.display().to_string()))
        .to_vec()
}

/// Whether a library can stand before this program: it has to be linked
/// dynamically.
pub fn meets(program: &Path) -> bool {
    let bytes = fs::read(program).unwrap();
    let loader = b"/ld-linux";
    bytes.windows(loader.len()).any(|window| window == loader)
}
