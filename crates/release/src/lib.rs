//! What is released: static programs for every kind of host, verified, with their
//! checksums and bills of materials (`cargo xtask release`), and packages of them
//! (`cargo xtask package`).
//!
//! Campaigns take from here what there is to try: targets, programs and packages, and
//! where they lie.
#![forbid(unsafe_code)]

mod budget;
pub mod cargo;
mod compile;
mod elf;
pub mod failure;
pub mod link;
mod order;
pub mod package;
mod sbom;
mod seal;
mod selection;
mod source;
mod target;
mod time;
mod toolchain;
mod verify;

use crate::failure::{Context, Result, failed};
use budget::Budget;
use sbom::Materials;
use std::fs;
use std::path::{Path, PathBuf};
use toolchain::Toolchain;

pub(crate) use seal::seal;
pub use selection::Selection;
pub use source::Source;
pub use target::{Program, TARGETS, Target, TargetName};

/// Builds into `target/dist/release/TARGET`.
///
/// # Errors
/// When something is missing, a build fails, or what it made is not as it
/// should be.
pub fn run(selection: &Selection) -> Result<()> {
    let targets = selection.targets()?;
    let source = Source::find()?;
    let release = Release {
        budget: Budget::read(&source.root)?,
        folder: folder(&source),
        source,
    };
    let mut excess = Vec::new();
    for target in targets {
        excess.extend(release.build(target, selection)?);
    }
    seal(
        &release.folder,
        selection.key.as_deref(),
        release.source.time,
    )?;
    println!("{}", release.folder.join("SHA256SUMS").display());
    match excess.as_slice() {
        [] => Ok(()),
        // Known only when all sizes are.
        found => failed(found.join("\n")),
    }
}

/// Where everything goes that is released.
pub fn folder(source: &Source) -> PathBuf {
    source.root.join("target/dist/release")
}

/// Where cargo builds it.
pub(crate) fn build_folder(source: &Source) -> PathBuf {
    source.root.join("target/dist/build")
}

struct Release {
    source: Source,
    budget: Budget,
    folder: PathBuf,
}

impl Release {
    /// Returns what does not fit into the budget.
    fn build(&self, target: &'static Target, selection: &Selection) -> Result<Vec<String>> {
        let toolchain = Toolchain::find(target, &self.source.root)?;
        println!("{target}: with {}", toolchain.describe());
        if toolchain.time_ends(target) {
            println!(
                "{target}: these programs stop in January 2038; docs/operations/time.md says why"
            );
        }
        let materials = Materials::read(&self.source, target)?;
        let folder = self.folder.join(target.triple);
        fs::create_dir_all(&folder).context(folder.display())?;
        let mut excess = Vec::new();
        for program in selection.programs(target) {
            let built = compile::compile(&self.source, &toolchain, &materials, program, target)?;
            verify::verify(&built, &self.source, program, target)?;
            let bill = materials.bill(&self.source, program, target)?;
            let size = put(&folder, program, &built, &bill)?;
            let said = if toolchain.builds_for_size() {
                let checked = self.budget.check(program, target, size);
                checked.unwrap_or_else(|failure| {
                    excess.push(failure.to_string());
                    "does not fit".to_owned()
                })
            } else {
                "not compared: the standard library is not built for size".to_owned()
            };
            println!("{target}: {} has {size} bytes ({said})", program.name());
        }
        Ok(excess)
    }
}

/// Puts program and bill into the release's folder; returns the program's size.
fn put(folder: &Path, program: Program, built: &Path, bill: &serde_json::Value) -> Result<u64> {
    let file = folder.join(program.name());
    let size = fs::copy(built, &file).context(file.display())?;
    let file = folder.join(format!("{}.cdx.json", program.name()));
    fs::write(&file, format!("{bill:#}\n")).context(file.display())?;
    Ok(size)
}
