//! What a push sends: a form with files (RFC 7578), read piece by piece. Its length is
//! known before, which not every registry can do without.

use crate::failure::Failure;
use crate::package::Archive;
use std::io::{Chain, Cursor, Read};
use wire::encoding::hex;

/// A form.
pub(super) struct Form<'a> {
    boundary: String,
    before: Vec<u8>,
    archive: &'a Archive,
    after: Vec<u8>,
}

impl<'a> Form<'a> {
    /// A form that ends with this archive.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub(super) fn ending_with(
        archive: &'a Archive,
        meta: &[u8],
        seal: &[u8],
        reference: &str,
    ) -> Result<Self, Failure> {
        let boundary = boundary()?;
        let mut before = part(&boundary, "package-meta", "", meta);
        let json = format!("; filename=\"{reference}.json\"\r\nContent-Type: application/json");
        before.extend(part(&boundary, "package-seal", &json, seal));
        let zip = format!("; filename=\"{reference}.zip\"\r\nContent-Type: application/zip");
        before.extend(head(&boundary, "package-file", &zip));
        Ok(Self {
            after: format!("\r\n--{boundary}--\r\n").into_bytes(),
            boundary,
            before,
            archive,
        })
    }

    /// The value of `Content-Type`.
    pub(super) fn kind(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// How many bytes it has.
    pub(super) fn length(&self) -> u64 {
        (self.before.len() + self.after.len()) as u64 + self.archive.length()
    }

    /// All of them.
    pub(super) fn reader(&self) -> impl Read {
        let before: Chain<Cursor<&[u8]>, _> =
            Cursor::new(self.before.as_slice()).chain(self.archive.reader());
        before.chain(self.after.as_slice())
    }
}

fn part(boundary: &str, name: &str, more: &str, content: &[u8]) -> Vec<u8> {
    let mut part = head(boundary, name, more);
    part.extend_from_slice(content);
    part.extend_from_slice(b"\r\n");
    part
}

fn head(boundary: &str, name: &str, more: &str) -> Vec<u8> {
    format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n")
        .into_bytes()
}

/// The author of a package cannot predict it, and so cannot put it into the package.
fn boundary() -> Result<String, Failure> {
    let mut random = [0; 16];
    rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty())
        .map_err(|error| Failure::own(format!("the system gives no random bytes: {error}")))?;
    Ok(format!("art-{}", hex(&random)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_the_length_that_it_says() {
        let archive = Archive::of(b"zip");
        let form = Form::ending_with(&archive, b"{}", b"{\"a\": 1}", "r1").unwrap();
        let mut bytes = String::new();
        form.reader().read_to_string(&mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, form.length());
        let boundary = &form.boundary;
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"package-meta\"\r\n\r\n{{}}\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"package-seal\"; filename=\"r1.json\"\r\n\
             Content-Type: application/json\r\n\r\n{{\"a\": 1}}\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"package-file\"; filename=\"r1.zip\"\r\n\
             Content-Type: application/zip\r\n\r\nzip\r\n--{boundary}--\r\n"
        );
        assert_eq!(bytes, expected);
    }
}
