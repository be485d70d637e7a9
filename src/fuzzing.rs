//! What the fuzz targets reach of this program.

use crate::courier::frame::Report;
use crate::courier::head::Head;
use crate::storage::record;
use std::collections::BTreeMap;

/// Reads a record and writes it again.
pub fn record(bytes: &[u8]) -> Option<Vec<u8>> {
    let json = record::json_in(bytes).ok()?;
    let value: serde_json::Value = serde_json::from_slice(json).ok()?;
    Some(record::with_header(serde_json::to_vec(&value).ok()?))
}

/// Makes a record that holds a text.
pub fn record_of(text: &str) -> Vec<u8> {
    record::with_header(serde_json::Value::from(text).to_string().into_bytes())
}

/// Reads the lines of a configuration.
pub fn configuration(text: &str) -> Option<BTreeMap<String, String>> {
    settings::parse(text).ok()
}

/// Decodes a courier's output and encodes it again.
pub fn courier_report(bytes: &[u8]) -> Option<Vec<u8>> {
    Report::decode(bytes).map(|report| report.encode())
}

/// Reads an answer with up to so many bytes of a body: its status, the body, and how much
/// was read.
pub fn answer(bytes: &[u8], most: u64) -> Option<(u16, Vec<u8>, usize)> {
    let mut stream = bytes;
    let head = Head::read(&mut stream).ok()?;
    let body = head.read_body(&mut stream, most).ok()?;
    Some((head.status?, body, bytes.len() - stream.len()))
}
