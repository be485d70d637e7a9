//! Which signatures of a pushed package are valid, and why the others are not.

use super::package::from_future;
use super::root::Listed;
use trust::{Judgement, Refusal, is_serial_ahead};
use wire::PackageName;
use wire::printable;
use wire::seal::{Endorsement, Seal, Statement};

/// How many signatures an error names: the runner prints 2,000 bytes of it.
const MAX_NAMED: usize = 5;
/// The longest reason, in characters. Every reason that a publisher can act on is shorter.
const MAX_REASON: usize = 300;

/// Why a signature is not valid.
#[derive(Debug)]
pub(super) struct Refused {
    /// Signatures by listed keys come first, because their publishers can act on the reason.
    is_by_another_key: bool,
    reason: String,
}

/// Verifies a signature by a registry key of the list, and returns its serial, which must
/// not be ahead of the clock.
///
/// # Errors
/// Why the signature is not valid.
pub(super) fn verify(
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

/// Whether the reason is only that another key made the signature.
fn is_by_another_key(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::NoTrustedKeys | Refusal::UnknownSigner { .. }
    )
}

/// The error for a package without a valid signature, by the key list of this number.
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
