//! The chain of the log: each row's MAC covers its content and the MAC of the row before, under a
//! key that is not in the database.

use super::Change;
use super::shorten::shortened;
use crate::domain::definition::Definition;
use crate::domain::mac::hmac;
use hmac::Mac;
use serde_json::Value;
use wire::command::Secret;
use wire::encoding::hex;
use wire::labelled::Labelled;
use zeroize::ZeroizeOnDrop;

/// How many bytes of a secret's keyed hash the log has: enough to tell one secret from another.
const HASH: usize = 8;

/// An entry of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its number; they have no gaps.
    pub(crate) number: i64,
    /// When, in unix seconds.
    pub(crate) at: i64,
    /// Who made the change.
    pub(crate) who: String,
    /// With which token, if it was not the password.
    pub(crate) token: Option<String>,
    /// From where.
    pub(crate) origin: String,
    /// What was done.
    pub(crate) action: String,
    /// The kind of thing that it was done on.
    pub(crate) kind: String,
    /// Its id or name.
    pub(crate) target: String,
    /// What was there before, as JSON.
    pub(crate) before: Option<String>,
    /// What is there now, as JSON.
    pub(crate) after: Option<String>,
    /// The bytes of both, before they were shortened.
    pub(crate) size: i64,
    /// The MAC of the entry before.
    pub(crate) previous: Vec<u8>,
    /// The MAC of this entry.
    pub(crate) mac: Vec<u8>,
}

impl Entry {
    /// The entry of a change, not yet in the chain.
    pub(crate) fn new(change: Change, at: i64) -> Self {
        let size = [&change.before, &change.after].map(length);
        Self {
            at,
            who: change.author.who,
            token: change.author.token,
            origin: change.author.origin.to_string(),
            action: change.action.name().into(),
            kind: change.action.kind().into(),
            target: change.target,
            before: change.before.map(shortened),
            after: change.after.map(shortened),
            size: i64::try_from(size.iter().sum::<usize>()).unwrap_or(i64::MAX),
            ..Self::default()
        }
    }

    /// What the MAC covers.
    fn content(&self) -> Vec<u8> {
        let list = Labelled::new("pilotctl/audit/v1")
            .bytes(&self.previous)
            .text(&self.number.to_string())
            .text(&self.at.to_string());
        let list = list.text(&self.who).text(&self.origin).text(&self.action);
        let list = list.text(&self.kind).text(&self.target);
        let optional = [&self.token, &self.before, &self.after];
        let list = optional.into_iter().fold(list, |list, text| {
            let list = list.number(text.is_some().into());
            list.text(text.as_deref().unwrap_or_default())
        });
        list.text(&self.size.to_string()).finish()
    }
}

fn length(value: &Option<Value>) -> usize {
    value.as_ref().map_or(0, |value| value.to_string().len())
}

/// Where the log begins and ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ends {
    /// The number of the last entry that retention removed; 0 if it removed none.
    pub(crate) removed: i64,
    /// Its MAC.
    pub(crate) removed_mac: Vec<u8>,
    /// The number of the newest entry; 0 if there has been none.
    pub(crate) newest: i64,
    /// Its MAC.
    pub(crate) newest_mac: Vec<u8>,
    /// The MAC of all this.
    pub(crate) seal: Vec<u8>,
}

impl Ends {
    fn content(&self) -> Vec<u8> {
        Labelled::new("pilotctl/audit-ends/v1")
            .text(&self.removed.to_string())
            .bytes(&self.removed_mac)
            .text(&self.newest.to_string())
            .bytes(&self.newest_mac)
            .finish()
    }
}

/// What makes and verifies the chain; wiped from memory when dropped.
#[derive(ZeroizeOnDrop)]
pub(crate) struct AuditKey(Box<[u8; 32]>);

impl AuditKey {
    /// The key that belongs to a store key.
    pub(crate) fn derive(store_key: &[u8; 32]) -> Self {
        let label = Labelled::new("pilotctl/audit-key/v1").finish();
        let mac = hmac(store_key, &label);
        Self(Box::new(mac.finalize().into_bytes().into()))
    }

    /// Adds an entry to the chain as the one with this number, and makes it the newest. Ends that
    /// somebody changed stay marked as changed.
    pub(crate) fn append(&self, entry: &mut Entry, number: i64, ends: &mut Ends) {
        let were_whole = self.has_sealed(ends);
        entry.number = number;
        entry.previous.clone_from(&ends.newest_mac);
        entry.mac = self.mac(&entry.content());
        ends.newest = number;
        ends.newest_mac.clone_from(&entry.mac);
        self.seal(ends, were_whole);
    }

    /// Makes the last of these entries, the oldest of the log, the last one that retention removed.
    /// If somebody changed one of them, the ends stay marked as changed.
    pub(crate) fn forget(&self, oldest: &[Entry], ends: &mut Ends) {
        let mut are_whole = self.has_sealed(ends);
        for entry in oldest {
            let follows = entry.number == ends.removed + 1 && entry.previous == ends.removed_mac;
            are_whole &= follows && self.has_made(entry);
            ends.removed = entry.number;
            ends.removed_mac.clone_from(&entry.mac);
        }
        self.seal(ends, are_whole);
    }

    /// Whether this key made the MAC of the entry.
    pub(crate) fn has_made(&self, entry: &Entry) -> bool {
        verified(&self.0, &entry.content(), &entry.mac)
    }

    /// Whether this key sealed the ends.
    pub(crate) fn has_sealed(&self, ends: &Ends) -> bool {
        verified(&self.0, &ends.content(), &ends.seal)
    }

    /// The ends of a log without an entry.
    pub(crate) fn begin(&self) -> Ends {
        let mut ends = Ends::default();
        self.seal(&mut ends, true);
        ends
    }

    /// Seals the ends, or leaves the mark that they were changed.
    pub(crate) fn seal(&self, ends: &mut Ends, were_whole: bool) {
        ends.seal = match were_whole {
            true => self.mac(&ends.content()),
            false => vec![0],
        };
    }

    /// A command for the log: in place of each secret a keyed hash, which shows whether it was
    /// changed, and nothing else.
    pub(crate) fn described(&self, definition: &Definition) -> Value {
        let mut shown = definition.clone();
        let key = &definition.key;
        self.hide(key, "pwd", &mut shown.pwd);
        let inputs = shown.input.iter_mut().flat_map(|input| &mut input.secret);
        for secret in inputs {
            if let Some(value) = &mut secret.value {
                self.hide(key, &secret.name, value);
            }
        }
        serde_json::to_value(shown).unwrap_or_default()
    }

    fn hide(&self, command: &str, name: &str, secret: &mut Secret) {
        if secret.is_empty() {
            return;
        }
        let message = Labelled::new("pilotctl/audit-secret/v1")
            .text(command)
            .text(name);
        let mac = self.mac(&message.text(secret.expose()).finish());
        *secret = Secret::new(format!("hmac:{}", hex(&mac[..HASH])));
    }

    fn mac(&self, message: &[u8]) -> Vec<u8> {
        hmac(&self.0, message).finalize().into_bytes().to_vec()
    }
}

/// Carries a log over to the chain of another key. An entry that somebody changed, or that does not
/// follow the one before it, stays marked as changed.
pub(crate) struct CarryOver<'a> {
    from: &'a AuditKey,
    to: &'a AuditKey,
    /// The number of the entry before, its MAC there, and whether that is genuine.
    number: i64,
    mac: Vec<u8>,
    is_sure: bool,
    /// The MAC of the entry before in the new chain.
    pub(crate) previous: Vec<u8>,
}

impl<'a> CarryOver<'a> {
    /// Begins after what retention has removed.
    pub(crate) fn new(from: &'a AuditKey, to: &'a AuditKey, ends: &Ends) -> Self {
        Self {
            from,
            to,
            number: ends.removed,
            mac: ends.removed_mac.clone(),
            is_sure: true,
            previous: ends.removed_mac.clone(),
        }
    }

    /// Carries the next entry over.
    pub(crate) fn take(&mut self, entry: &mut Entry) {
        let is_genuine = self.from.has_made(entry);
        let is_next = self.is_sure && entry.number == self.number + 1;
        let follows = !is_next || entry.previous == self.mac;
        self.number = entry.number;
        self.mac.clone_from(&entry.mac);
        self.is_sure = is_genuine;
        entry.previous.clone_from(&self.previous);
        entry.mac = match is_genuine && follows {
            true => self.to.mac(&entry.content()),
            false => Vec::new(),
        };
        self.previous.clone_from(&entry.mac);
    }
}

/// Compares in constant time.
fn verified(key: &[u8; 32], message: &[u8], mac: &[u8]) -> bool {
    hmac(key, message).verify_slice(mac).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::command::{Input, SecretInput};

    fn definition(secret: &str) -> Definition {
        Definition {
            key: "k".into(),
            pwd: Secret::new(secret),
            input: Some(Input {
                secret: vec![SecretInput {
                    name: "TOKEN".into(),
                    value: Some(Secret::new(secret)),
                    ..SecretInput::default()
                }],
                ..Input::default()
            }),
            ..Definition::default()
        }
    }

    #[test]
    fn abuse_the_log_shows_that_a_secret_changed_but_not_which_it_is() {
        let key = AuditKey::derive(&[1; 32]);
        let shown = key.described(&definition("hunter2"));
        assert!(!shown.to_string().contains("hunter2"));
        assert_eq!(shown, key.described(&definition("hunter2")));
        assert_ne!(shown, key.described(&definition("hunter3")));
        let pwd = shown["pwd"].as_str().unwrap();
        assert_ne!(pwd, shown["input"]["secret"][0]["value"].as_str().unwrap());
        let other = AuditKey::derive(&[2; 32]).described(&definition("hunter2"));
        assert_ne!(shown["pwd"], other["pwd"], "nobody else can compute it");
    }
}
