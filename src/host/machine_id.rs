//! What makes this machine different from every other (machine-id(5)).

use crate::failure::Failure;
use std::path::Path;

/// Reads the machine id: 32 hexadecimal digits.
///
/// # Errors
/// When there is none, with how to make one.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    let remedy =
        "make one with `systemd-machine-id-setup`, or `dbus-uuidgen --ensure=/etc/machine-id`";
    let missing =
        |why: &str| Failure::missing(format!("no machine id: {} {why}; {remedy}", path.display()));
    let text = super::text(path).ok_or_else(|| missing("is missing or empty"))?;
    if is_machine_id(&text) {
        Ok(text)
    } else {
        Err(missing("does not hold 32 hexadecimal digits"))
    }
}

/// All zeros and systemd's "uninitialized" are no ids.
fn is_machine_id(text: &str) -> bool {
    text.len() == 32
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && text.bytes().any(|byte| byte != b'0')
}

/// The id that the hardware carries, where it carries one: the SMBIOS UUID
/// (which root alone may read), else the board's serial number.
pub(crate) fn hardware() -> Option<String> {
    [
        "/sys/class/dmi/id/product_uuid",
        "/sys/firmware/devicetree/base/serial-number",
    ]
    .into_iter()
    .find_map(super::text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_for_a_missing_machine_id_says_how_to_make_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("machine-id");
        for content in [
            None,
            Some(""),
            Some("uninitialized\n"),
            Some("00000000000000000000000000000000"),
        ] {
            if let Some(content) = content {
                std::fs::write(&path, content).unwrap();
            }
            assert!(
                read(&path)
                    .unwrap_err()
                    .to_string()
                    .contains("systemd-machine-id-setup")
            );
        }
    }

    #[test]
    fn an_id_is_read_without_its_line_feed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("machine-id");
        std::fs::write(&path, "3d1219c7c4c5404aaa1f6d2a48adfda4\n").unwrap();
        assert_eq!(read(&path).unwrap(), "3d1219c7c4c5404aaa1f6d2a48adfda4");
    }
}
