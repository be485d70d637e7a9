//! Secrets at rest. Host keys, and commands with passwords and secrets, are sealed in the
//! database with a key that is not in it. A copy of the database alone reveals none of them.
//!
//! Each value is bound to its row and column (XChaCha20-Poly1305, with these as associated
//! data): a value that was moved elsewhere does not open.

mod key;
#[cfg(test)]
mod tests;
mod unlock;

pub(crate) use key::KeyFile;
use key::StoreKey;
pub(super) use unlock::has_table;

use super::on_disk::OnDisk;
use super::row::{from_json, to_json};
use super::{Error, Result};
use crate::domain::audit::AuditKey;
use crate::domain::cursor::CursorKey;
use crate::domain::pull_token::PullKey;
use crate::domain::repeats::RequestKey;
use crate::random;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use wire::encoding::{base64, from_base64};
use wire::labelled::Labelled;
use wire::{HostId, HostKey};
use zeroize::Zeroizing;

/// The beginning of every sealed value.
const MARK: &str = "v1.";

const NONCE: usize = 24;

/// The columns with sealed values.
#[derive(Clone, Copy)]
pub(super) enum Column {
    HostKey,
    NextKey,
    Definition,
    BatchCommand,
    /// Of older versions: see `store/batch_commands.rs`.
    JobCommand,
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Self::HostKey => "host.sealed_key",
            Self::NextKey => "host.next_key",
            Self::Definition => "command.definition",
            Self::BatchCommand => "batch.command",
            Self::JobCommand => "job.command",
        }
    }

    /// What becomes of an unreadable value.
    fn remedy(self) -> &'static str {
        match self {
            Self::HostKey => "remove the host (`pilotctl host rm`) and enrol it again",
            Self::NextKey => "ask the host for another key (`pilotctl host rotate`)",
            Self::Definition => {
                "put the command again (`pilotctl cmd put`) or remove it (`pilotctl cmd rm`)"
            }
            Self::BatchCommand | Self::JobCommand => {
                "the batch's open jobs end as refused when their hosts ask for them"
            }
        }
    }
}

/// Seals and opens secrets.
pub(super) struct Vault {
    cipher: XChaCha20Poly1305,
    /// What makes the tokens of jobs.
    pub(super) pull_key: PullKey,
    /// What makes the chain of the audit log.
    pub(super) audit_key: AuditKey,
    /// What makes the cursors of lists.
    pub(super) cursor_key: CursorKey,
    /// What makes hashes of requests.
    pub(super) request_key: RequestKey,
    /// Whether its key was created just now.
    pub(super) is_new: bool,
}

impl Vault {
    fn new(key: &StoreKey, is_new: bool) -> Self {
        Self {
            cipher: XChaCha20Poly1305::new(key.as_bytes().into()),
            pull_key: PullKey::derive(key.as_bytes()),
            audit_key: AuditKey::derive(key.as_bytes()),
            cursor_key: CursorKey::derive(key.as_bytes()),
            request_key: RequestKey::derive(key.as_bytes()),
            is_new,
        }
    }

    /// Seals a host key for its row.
    pub(super) fn seal_key(&self, column: Column, host: HostId, key: &HostKey) -> Result<String> {
        self.seal(column, &host.to_string(), key.as_bytes())
    }

    /// Opens a host key from its row.
    pub(super) fn open_key(&self, column: Column, host: HostId, sealed: &str) -> Result<HostKey> {
        let bytes = self.open(column, &host.to_string(), sealed)?;
        let bytes = bytes.as_slice().try_into();
        bytes
            .map(HostKey::new)
            .map_err(|error| Error::unreadable("host key", error))
    }

    /// Seals a value, as JSON, for its row.
    pub(super) fn seal_json(
        &self,
        column: Column,
        row: &str,
        value: &impl OnDisk,
    ) -> Result<String> {
        let json = Zeroizing::new(to_json(value)?);
        self.seal(column, row, json.as_bytes())
    }

    /// Opens a value of JSON from its row.
    pub(super) fn open_json<T: OnDisk>(
        &self,
        column: Column,
        row: &str,
        sealed: &str,
    ) -> Result<T> {
        let json = self.open(column, row, sealed)?;
        let text = std::str::from_utf8(&json);
        from_json(
            column.name(),
            text.map_err(|error| Error::unreadable(column.name(), error))?,
        )
    }

    fn seal(&self, column: Column, row: &str, plain: &[u8]) -> Result<String> {
        let nonce: [u8; NONCE] = random::bytes();
        let place = place(column, row);
        let payload = Payload {
            msg: plain,
            aad: &place,
        };
        let sealed = self.cipher.encrypt(XNonce::from_slice(&nonce), payload);
        let sealed = sealed.map_err(|error| Error::unreadable(column.name(), error))?;
        Ok(format!("{MARK}{}", base64(&[&nonce[..], &sealed].concat())))
    }

    fn open(&self, column: Column, row: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>> {
        self.try_open(column, row, sealed).ok_or_else(|| {
            Error::Unreadable(format!(
                "{} of {row}: it was changed, or moved there from another row",
                column.name()
            ))
        })
    }

    fn try_open(&self, column: Column, row: &str, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
        let bytes = from_base64(sealed.strip_prefix(MARK)?)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
        let place = place(column, row);
        let payload = Payload {
            msg: sealed,
            aad: &place,
        };
        let plain = self.cipher.decrypt(XNonce::from_slice(nonce), payload);
        plain.ok().map(Zeroizing::new)
    }
}

/// The associated data of a value.
fn place(column: Column, row: &str) -> Vec<u8> {
    Labelled::new("pilotctl/sealed/v1")
        .text(column.name())
        .text(row)
        .finish()
}
