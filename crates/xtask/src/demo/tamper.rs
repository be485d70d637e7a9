//! A package that somebody changed: one byte of the archive, in the registry's own storage.

use super::job::{self, Job};
use super::steps;
use super::world::World;
use release::failure::{Context, Result, failed};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Publishes the package anew, changes it, shows that no host gets it, and that another push
/// of the same package repairs it.
///
/// # Errors
/// When a host gets it or does not run the repaired one, or the archive is not to be found.
pub(super) fn show(world: &World) -> Result<()> {
    // New content, because the host keeps what it has verified once.
    append(&world.path("hello/build.yaml"), "# A second version.\n")?;
    world.publish();
    let archive = newest_archive(&world.path("data"))?;
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    println!("     A second version is pushed; then one byte of {name}");
    println!("     is changed in the registry's storage, and the job is posted again");
    flip_a_byte(&archive)?;
    let refused = run(world)?;
    if refused.succeeded() || refused.phase() != Some("pull") {
        return failed(format!(
            "a package that was tampered with was given out (phase {:?})",
            refused.phase()
        ));
    }
    println!("\n     Control gave it to nobody. The publisher pushes the same package again,");
    println!("     which repairs it, and the job is posted again");
    world.push();
    match run(world)?.succeeded() {
        true => Ok(()),
        false => failed("the repaired package did not run"),
    }
}

fn run(world: &World) -> Result<Job> {
    let id = job::post(world, "hello")?;
    let job = steps::finish(world, id)?;
    job.print();
    Ok(job)
}

fn append(file: &Path, text: &str) -> Result<()> {
    File::options()
        .append(true)
        .open(file)
        .and_then(|mut open| open.write_all(text.as_bytes()))
        .context(file.display())
}

fn flip_a_byte(archive: &Path) -> Result<()> {
    let mut bytes = fs::read(archive).context(archive.display())?;
    let middle = bytes.len() / 2;
    match bytes.get_mut(middle) {
        Some(byte) => *byte ^= 1,
        None => return failed(format!("{} is empty", archive.display())),
    }
    fs::write(archive, bytes).context(archive.display())
}

/// The archive that was pushed last.
fn newest_archive(storage: &Path) -> Result<PathBuf> {
    let mut archives = archives(storage)?;
    archives.sort_by_key(|path| fs::metadata(path).and_then(|data| data.modified()).ok());
    archives
        .pop()
        .map_or_else(|| failed("the registry holds no archive"), Ok)
}

fn archives(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).context(folder.display())? {
        let path = entry.context(folder.display())?.path();
        if path.is_dir() {
            found.extend(archives(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "zip") {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_of_the_newest_archive_changes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.zip");
        fs::write(&file, "abc").unwrap();
        flip_a_byte(&file).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"acc");
        assert_eq!(newest_archive(folder.path()).unwrap(), file);
    }
}
