//! The identity as it lies on disk, version 1: see `spool::on_disk`.

use super::Identity;
use crate::storage::record::kept_on_disk;
use serde::{Deserialize, Serialize};
use wire::{HostId, HostKey};

/// Id and key have the texts by which operators and control know them.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Identity")]
struct IdentityV1 {
    host: HostId,
    key: HostKey,
    #[serde(with = "wire::encoding::as_base64")]
    nonce: [u8; 16],
    enrolled: bool,
    /// The first agents knew the address from their configuration alone.
    #[serde(default)]
    control: Option<String>,
}

kept_on_disk!(Identity as IdentityV1);
kept_on_disk!(HostKey as HostKey);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::record::tests::assert_is_version_1;

    #[test]
    fn a_host_of_version_1_is_who_it_was() {
        assert_is_version_1("identity", |identity: &Identity| {
            assert_eq!(
                identity.host.to_string(),
                "057d6cf3-98a2-8b14-ac93-ff75cf141eff"
            );
            assert_eq!(
                (*identity.key.as_bytes(), identity.nonce),
                ([7; 32], [9; 16])
            );
            identity.enrolled && identity.control.as_deref() == Some("https://control.example:8443")
        });
        assert_is_version_1("key.next", |key: &HostKey| *key.as_bytes() == [8; 32]);
    }
}
