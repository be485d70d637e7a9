//! The migrations are part of the program: it is built anew when they change.
//! And the program is told what it is built for, which cargo tells build scripts
//! alone.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=migrations");
    println!(
        "cargo:rustc-env=BUILD_TARGET={}",
        std::env::var("TARGET").unwrap_or_default()
    );
}
