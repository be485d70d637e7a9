//! `art`: everything is in the library beside this file.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    art::main()
}
