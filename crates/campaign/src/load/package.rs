//! A package for the registry: sealed, signed by nobody, opened by nobody.

use super::operator::Operator;
use release::failure::{Context, Result};
use wire::command::VarInput;
use wire::seal::{ArchiveHash, FunctionEntry, FunctionInput, Manifest, Seal};

/// The function that it exports.
pub(super) const FUNCTION: &str = "greet";

/// Where the parts of a push end; nothing in them looks like it.
const BOUNDARY: &str = "load-of-pilot-control-7c1e0f5a";

/// Pushes an archive as `load/NAME:latest`.
///
/// # Errors
/// When control refuses it.
pub(crate) async fn push(operator: &mut Operator, name: &str, archive: Vec<u8>) -> Result<()> {
    let seal = seal(name, &archive).context("a seal")?;
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let path = format!("/package/load/{name}/tag/latest");
    let body = form(&seal, archive);
    operator.call_as("POST", &path, &kind, body.into()).await?;
    Ok(())
}

/// Where its archive is pulled from.
pub(crate) fn archive_path(name: &str) -> String {
    format!("/package/archive/load/{name}/{}", reference(name))
}

fn reference(name: &str) -> String {
    format!("{name}-1")
}

fn seal(name: &str, archive: &[u8]) -> serde_json::Result<Vec<u8>> {
    let manifest = Manifest {
        kind: "content/script".into(),
        os: "linux".into(),
        reference: reference(name),
        profile: "main".into(),
        time: "Sunday, 29-Nov-26 21:13:00 UTC".into(),
        size: format!("{} B", archive.len()),
        functions: vec![FunctionEntry {
            name: FUNCTION.into(),
            input: Some(FunctionInput {
                var: vec![VarInput {
                    name: "GREETING".into(),
                    ..VarInput::default()
                }],
                secret: Vec::new(),
            }),
            ..FunctionEntry::default()
        }],
        ..Manifest::default()
    };
    Seal::new(&manifest, &ArchiveHash::of(archive))?.print()
}

fn form(seal: &[u8], archive: Vec<u8>) -> Vec<u8> {
    let head = |name: &str| {
        format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{name}\"\r\n\r\n"
        )
    };
    let mut body = Vec::with_capacity(archive.len() + seal.len() + 1024);
    body.extend(head("package-seal").as_bytes());
    body.extend(seal);
    body.extend(b"\r\n");
    body.extend(head("package-file").as_bytes());
    body.extend(archive);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    body
}
