//! Which functions of the agent lie side by side.
//!
//! While the agent or its courier waits, it keeps only the code in memory that runs between the
//! release of its memory and poll(2). The kernel maps 64 KiB around each page that is touched, so
//! what lies far apart costs several times as much
//! (`docs/decisions/0070-what-waits-lies-side-by-side.md`).

use crate::failure::{Context, Result};
use object::read::elf::{ElfFile32, ElfFile64};
use object::{
    Endianness, FileKind, Object, ObjectSection, ObjectSymbol, Relocation, RelocationTarget,
    SectionIndex,
};
use std::fs;
use std::path::Path;

/// The agent's functions, by a part of their names as rustc writes them.
const OURS: [&str; 4] = [
    "11ProgramText7release",
    "6Driver11next_events",
    "4poll13wait_readable",
    "7receive4wait",
];

/// Those of the C library that they call, and what these call.
const OF_LIBC: [&str; 8] = [
    "madvise",
    "__madvise",
    "poll",
    "__syscall_cp",
    "__syscall_cp_c",
    "__syscall_cp_asm",
    "__syscall_ret",
    "__errno_location",
];

/// How LLVM calls what it cuts out of several functions that have the same instructions.
const OUTLINED_FUNCTION: &str = "OUTLINED_FUNCTION_";
const OUTLINED: &str = ".text.OUTLINED_FUNCTION_";

/// The symbols in the order in which they are to lie, one a line; `None` for a program that
/// does not wait so.
///
/// # Errors
/// When an object cannot be read.
pub(super) fn of_waiting(objects: &[&Path]) -> Result<Option<String>> {
    let mut names = Vec::new();
    for path in objects {
        let bytes = fs::read(path).context(path.display())?;
        names.extend(ours(&bytes).context(path.display())?);
    }
    if names.is_empty() {
        return Ok(None);
    }
    names.extend(OF_LIBC.map(str::to_owned));
    Ok(Some(names.join("\n")))
}

/// The names of [`OURS`] in an object file, with what was outlined from them.
fn ours(bytes: &[u8]) -> object::Result<Vec<String>> {
    match FileKind::parse(bytes)? {
        FileKind::Elf32 => waiting(&ElfFile32::<Endianness>::parse(bytes)?),
        _ => waiting(&ElfFile64::<Endianness>::parse(bytes)?),
    }
}

fn waiting<'data>(file: &impl Object<'data>) -> object::Result<Vec<String>> {
    let mut names = Vec::new();
    let mut sections = Vec::new();
    for symbol in file.symbols().filter(ObjectSymbol::is_definition) {
        let name = symbol.name()?;
        if OURS.iter().any(|part| name.contains(part)) {
            names.push(name.to_owned());
            sections.extend(symbol.section_index());
        }
    }
    while let Some(section) = sections.pop() {
        for (_, relocation) in file.section_by_index(section)?.relocations() {
            let Some((name, section)) = outlined(file, &relocation)? else {
                continue;
            };
            if !names.contains(&name) {
                names.push(name);
                sections.push(section);
            }
        }
    }
    Ok(names)
}

/// The outlined function that is called here, if one is. Each function has a section of its own,
/// and only the section's name can be relied on: a call may name either.
fn outlined<'data>(
    file: &impl Object<'data>,
    call: &Relocation,
) -> object::Result<Option<(String, SectionIndex)>> {
    let RelocationTarget::Symbol(symbol) = call.target() else {
        return Ok(None);
    };
    let Some(section) = file.symbol_by_index(symbol)?.section_index() else {
        return Ok(None);
    };
    let name = file
        .section_by_index(section)?
        .name()?
        .strip_prefix(OUTLINED);
    Ok(name.map(|number| (format!("{OUTLINED_FUNCTION}{number}"), section)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    const SOURCE: &str = r"
        extern int poll(void);
        __attribute__((noinline)) static int OUTLINED_FUNCTION_7(int x) { return x * poll(); }
        __attribute__((noinline)) static int OUTLINED_FUNCTION_8(int x) { return x / poll(); }
        __attribute__((noinline)) static int other(int x) { return x + poll(); }
        int sys_6memory_11ProgramText7release(int x) { return OUTLINED_FUNCTION_7(x) + other(x); }
        int another(int x) { return OUTLINED_FUNCTION_8(x); }
    ";

    /// What a C compiler makes of a source, each function in a section of its own.
    fn compiled(source: &str) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let [code, object] = ["x.c", "x.o"].map(|name| folder.path().join(name));
        fs::write(&code, source).unwrap();
        let mut compiler = Command::new("cc");
        compiler
            .args(["-O1", "-ffunction-sections", "-c"])
            .arg(&code);
        assert!(compiler.arg("-o").arg(&object).status().unwrap().success());
        of_waiting(&[&object]).unwrap()
    }

    #[test]
    fn what_waits_lies_beside_what_it_calls() {
        let order = compiled(SOURCE).unwrap();
        let names: Vec<_> = order.lines().collect();
        assert_eq!(
            names[..2],
            ["sys_6memory_11ProgramText7release", "OUTLINED_FUNCTION_7"]
        );
        assert_eq!(names[2..], OF_LIBC);
    }

    #[test]
    fn a_program_that_does_not_wait_so_is_left_as_it_is() {
        assert_eq!(compiled("int main(void) { return 0; }"), None);
    }
}
