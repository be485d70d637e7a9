//! Which of a pushed package's signatures count, and why the others do not.

use super::package::from_future;
use super::root::Listed;
use trust::{Judgement, Refusal, is_serial_ahead};
use wire::PackageName;
use wire::printable;
use wire::seal::{Endorsement, Seal, Statement};

/// How many signatures are named: the runner quotes 2,000 bytes of a refusal.
const MAX_NAMED: usize = 5;
/// As many characters as any reason has that a publisher can do something about.
const MAX_REASON: usize = 300;

/// Why a signature does not count.
#[derive(Debug)]
pub(super) struct Refused {
    /// Those by listed keys come first: they say more to whoever has such a key.
    is_by_another_key: bool,
    reason: String,
}

/// The serial, not ahead of the clock, of a signature that a registry key of the list has made.
///
/// # Errors
/// Why there is none.
pub(super) fn judge(
    listed: &Listed,
    name: &PackageName,
    seal: &Seal,
    endorsement: &Endorsement,
    now: u64,
) -> Result<u64, Refused> {
    let message = Statement::new(name, &seal.digest, endorsement.serial).message();
    let signature = endorsement.signature.as_bytes();
    let mut refusal = Refusal::NoTrustedKeys;
    for ring in &listed.registry {
        match ring.verify(&message, signature, now) {
            Ok(_) if is_serial_ahead(endorsement.serial, now) => {
                return Err(Refused {
                    is_by_another_key: false,
                    reason: from_future(endorsement.serial, now),
                });
            }
            Ok(_) => return Ok(endorsement.serial),
            Err(why) if is_by_another_key(&refusal) => refusal = why,
            Err(_) => {}
        }
    }
    let judgement = Judgement {
        now,
        clock: "control's clock",
        data: "this name, tag, digest and serial",
        keys: "the registry keys of the key list",
    };
    let reason = judgement.account(signature, &refusal);
    Err(Refused {
        is_by_another_key: is_by_another_key(&refusal),
        reason: printable::cut(&printable::on_one_line(&reason), MAX_REASON),
    })
}

/// Whether this says only that the key is not the one that was tried.
fn is_by_another_key(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::NoTrustedKeys | Refusal::UnknownSigner { .. }
    )
}

/// Says why none of a package's signatures counts by the list of this number.
pub(super) fn none_counts(mut refused: Vec<Refused>, number: u64) -> String {
    refused.sort_by_key(|refused| refused.is_by_another_key);
    let named = refused.iter().take(MAX_NAMED);
    let named: Vec<_> = named.map(|refused| refused.reason.as_str()).collect();
    let more = match refused.len() - named.len() {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!(
        "no signature of the package is good and by a registry key of the key list (number {number}): {}{more}",
        named.join("; ")
    )
}
