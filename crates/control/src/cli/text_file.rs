//! Reads files that people write, without the byte order mark that some editors add.

use super::failure::Failure;
use std::io::Read;
use std::path::Path;
use wire::command::Secret;
use wire::text::{only_line, whole, without_bom};
use zeroize::Zeroizing;

/// The bytes of a file, or of standard input for `-`.
pub(super) fn bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = match path == Path::new("-") {
        true => std::io::stdin().read_to_end(&mut bytes),
        false => std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)),
    };
    read.map_err(|error| Failure::file(path, error))?;
    let text = without_bom(&bytes);
    Ok(match text.len() == bytes.len() {
        true => bytes,
        false => Zeroizing::new(text.to_vec()),
    })
}

/// A secret of one or more lines: the whole text without one final newline.
pub(super) fn secret(path: &Path) -> Result<Secret, Failure> {
    whole(&bytes(path)?)
        .map(Secret::new)
        .map_err(|why| refused(path, why))
}

/// A password, which is one line.
pub(super) fn password(path: &Path) -> Result<Secret, Failure> {
    only_line(&bytes(path)?)
        .map(Secret::new)
        .map_err(|why| refused(path, why))
}

fn refused(path: &Path, why: &str) -> Failure {
    Failure::Usage(format!("{}: {why}", name(path)))
}

/// The name of a file in messages.
pub(super) fn name(path: &Path) -> String {
    match path == Path::new("-") {
        true => "standard input".into(),
        false => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(bytes: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        file
    }

    #[test]
    fn a_secret_is_the_whole_file_and_a_password_is_one_line() {
        let pem = "-----BEGIN KEY-----\nAAAA\n-----END KEY-----";
        let file = written(format!("\u{FEFF}{pem}\n").as_bytes());
        assert_eq!(secret(file.path()).unwrap().expose(), pem);
        let refusal = password(file.path()).unwrap_err().to_string();
        assert!(refusal.contains("more than one line") && !refusal.contains("AAAA"));
        let file = written("\u{FEFF}hunter2\r\n".as_bytes());
        assert_eq!(password(file.path()).unwrap().expose(), "hunter2");
        let empty_first = written(b"\nhunter2\n");
        assert_eq!(secret(empty_first.path()).unwrap().expose(), "\nhunter2");
        assert!(password(empty_first.path()).is_err());
        assert!(password(written(b"\n").path()).is_err());
        assert!(secret(written(b"\xFF\xFEa\0").path()).is_err());
    }
}
