//! How much is to be packed, and whether an archive can hold it: decided before packing, which
//! takes minutes.

use super::pack::Source;
use super::walk::{Kind, cannot_pack, walk};
use super::{MAX_ARCHIVE, MAX_UNPACKED};
use crate::failure::{Context, Failure};
use crate::output::size;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// How many of the largest files are named.
const NAMED: usize = 3;
/// How many samples are compressed, and how many bytes each has at most.
const SAMPLES: u64 = 256;
const SAMPLE: u64 = 64 << 10;
/// How far back the compression looks: without it a sample would seem to need more.
const WINDOW: u64 = 32 << 10;
/// What a ratio of 1 is counted as.
const WHOLE: u64 = 1_000;

/// What a package may have.
pub(super) struct Limits {
    unpacked: u64,
    archive: u64,
}

/// Those that hold everywhere. A registry may have a lower one for archives.
pub(super) const LIMITS: Limits = Limits {
    unpacked: MAX_UNPACKED,
    archive: MAX_ARCHIVE,
};

/// The bytes of files.
#[derive(Default)]
pub(super) struct Volume {
    bytes: u64,
    /// The largest first.
    largest: Vec<(u64, String)>,
}

impl Volume {
    /// Counts a file.
    pub(super) fn add(&mut self, name: &str, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        let at = self.largest.partition_point(|(other, _)| *other >= bytes);
        if at < NAMED {
            self.largest.insert(at, (bytes, name.to_owned()));
            self.largest.truncate(NAMED);
        }
    }

    /// Refuses what could not be unpacked, or does not fit into an archive by far.
    ///
    /// How much is left of it after compression shows only then. Where there is more than an
    /// archive may have, samples say so for what is compressed already, which is most of what is
    /// that large; what is a close call is packed, and refused when it comes to too much.
    ///
    /// # Errors
    /// With the sizes, and the largest files.
    pub(super) fn check(&self, source: &Source<'_>, limits: &Limits) -> Result<(), Failure> {
        if self.bytes > limits.unpacked {
            return Err(self.refuse(source, "a package unpacks to", limits.unpacked, ""));
        }
        if self.bytes <= limits.archive {
            return Ok(());
        }
        let least = Sampling::of(source, self.bytes)?.least();
        if self.bytes / WHOLE * least <= limits.archive {
            return Ok(());
        }
        let compressed = format!(
            ", and samples compress to {} % at best",
            least * 100 / WHOLE
        );
        Err(self.refuse(source, "an archive has", limits.archive, &compressed))
    }

    fn refuse(&self, source: &Source<'_>, what: &str, most: u64, more: &str) -> Failure {
        let largest = self.largest.iter();
        let largest = largest.map(|(bytes, name)| format!("{name} ({})", size(*bytes)));
        let largest: Vec<_> = largest.collect();
        let reason = format!(
            "its files have {} bytes{more}; {what} at most {most}. Pack less; the largest are {}",
            self.bytes,
            largest.join(", ")
        );
        cannot_pack(source.target, &reason)
    }
}

/// Samples at the same distance from each other, as if all files were one.
struct Sampling {
    distance: u64,
    /// How much of all came before.
    position: u64,
    next: u64,
    /// How many, the sum of their ratios, and that of the squares.
    count: u64,
    sum: u64,
    squares: u64,
}

impl Sampling {
    fn of(source: &Source<'_>, bytes: u64) -> Result<Self, Failure> {
        let distance = (bytes / SAMPLES).max(1);
        let mut sampling = Self {
            distance,
            position: 0,
            next: distance / 2,
            count: 0,
            sum: 0,
            squares: 0,
        };
        walk(source, &mut |found| match found.kind {
            Kind::File(stamp) => sampling.file(&found.full, stamp.size),
            _ => Ok(()),
        })?;
        Ok(sampling)
    }

    fn file(&mut self, path: &Path, size: u64) -> Result<(), Failure> {
        let end = self.position.saturating_add(size);
        while self.next < end {
            let file = File::open(path).context("cannot read", path)?;
            let ratio = ratio_at(&file, self.next - self.position, self.distance);
            let ratio = ratio.context("cannot read", path)?;
            self.count += 1;
            self.sum += ratio;
            self.squares += ratio * ratio;
            self.next += self.distance;
        }
        self.position = end;
        Ok(())
    }

    /// A ratio that the whole has hardly ever less than: four standard errors below the mean.
    fn least(&self) -> u64 {
        let count = self.count.max(1);
        let mean = self.sum / count;
        let variance = (self.squares / count).saturating_sub(mean * mean);
        mean.saturating_sub(4 * (variance.div_ceil(count)).isqrt())
            .min(WHOLE)
    }
}

/// What the bytes from there on are compressed to, after those before them.
fn ratio_at(file: &File, at: u64, most: u64) -> io::Result<u64> {
    let start = at.saturating_sub(WINDOW);
    let mut bytes = Vec::new();
    let wanted = at - start + SAMPLE.min(most);
    bytes.resize(usize::try_from(wanted).unwrap_or_default(), 0);
    let read = read_from(file, &mut bytes, start)?;
    let (before, sample) =
        bytes[..read].split_at(read.min(usize::try_from(at - start).unwrap_or(read)));
    if sample.is_empty() {
        return Ok(0);
    }
    let mut encoder = DeflateEncoder::new(io::sink(), Compression::default());
    encoder.write_all(before)?;
    encoder.flush()?;
    let known = encoder.total_out();
    encoder.write_all(sample)?;
    encoder.try_finish()?;
    Ok((encoder.total_out() - known) * WHOLE / sample.len() as u64)
}

fn read_from(file: &File, bytes: &mut [u8], start: u64) -> io::Result<usize> {
    let mut read = 0;
    while read < bytes.len() {
        match file.read_at(&mut bytes[read..], start + read as u64)? {
            0 => break,
            count => read += count,
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Read;

    /// Whether these files, next to each other, are refused by limits of so many KiB.
    fn outcome(files: &[(&str, Vec<u8>)], unpacked: u64, archive: u64) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("build.yaml"), "").unwrap();
        let mut volume = Volume::default();
        for (name, content) in files {
            fs::write(folder.path().join(name), content).unwrap();
            volume.add(name, content.len() as u64);
        }
        let source = Source {
            root: folder.path(),
            target: Path::new("."),
            home: &folder.path().join("home"),
        };
        let limits = Limits {
            unpacked: unpacked << 10,
            archive: archive << 10,
        };
        volume
            .check(&source, &limits)
            .map_err(|failure| failure.to_string())
    }

    fn random(kib: usize) -> Vec<u8> {
        let mut bytes = vec![0; kib << 10];
        let mut device = File::open("/dev/urandom").unwrap();
        device.read_exact(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn compressed_files_that_are_too_large_are_refused_before_packing() {
        let files = [
            ("a", random(900)),
            ("b", random(150)),
            ("c", vec![b'x'; 4 << 10]),
        ];
        let why = outcome(&files, 4_096, 1_024).unwrap_err();
        for expected in [
            "1079296 bytes",
            "at most 1048576.",
            "a (921.6KB), b (153.6KB), c (4.0KB)",
        ] {
            assert!(why.contains(expected), "{expected}: {why}");
        }
        outcome(&files, 4_096, 1_055).unwrap();
    }

    #[test]
    fn what_compression_makes_fit_is_packed() {
        let repeated: Vec<u8> = random(20).iter().copied().cycle().take(3 << 20).collect();
        for files in [
            vec![("zeros", vec![0; 3 << 20])],
            vec![("repeated", repeated)],
            // A close call: three quarters of it are compressed already.
            vec![("random", random(780)), ("text", vec![b'x'; 260 << 10])],
        ] {
            outcome(&files, 4_096, 1_024).unwrap();
        }
    }

    #[test]
    fn what_could_not_be_unpacked_is_refused_however_it_compresses() {
        let why = outcome(&[("zeros", vec![0; 3 << 20])], 2_048, 1_024).unwrap_err();
        assert!(why.contains("unpacks to at most 2097152"), "{why}");
        assert!(why.contains("zeros (3.1MB)"), "{why}");
    }
}
