//! The last program of `cargo test --workspace`, and no test: it lists the tests that
//! were left out, since a line of each has scrolled away by now. `.ci/run` reads the names
//! from `left-out.txt` beside the test programs' folder.
#![forbid(unsafe_code)]

use std::path::Path;

fn main() -> std::io::Result<()> {
    // A tool that asks which tests there are is not at the end of a run.
    if std::env::args().any(|argument| argument == "--list") {
        return Ok(());
    }
    let tests = needs::take_left_out();
    // A test may need several things in turn.
    let mut names: Vec<&str> = tests.iter().map(|left| left.test.as_str()).collect();
    names.dedup();
    let program = std::env::current_exe()?;
    if let Some(folder) = program.parent().and_then(Path::parent) {
        let lines: String = names.iter().map(|name| format!("{name}\n")).collect();
        std::fs::write(folder.join("left-out.txt"), lines)?;
    }
    if !tests.is_empty() {
        let count = names.len();
        println!("\nleft out, because this machine lacks what they need: {count}");
    }
    for left_out in &tests {
        println!("    {left_out}");
    }
    Ok(())
}
