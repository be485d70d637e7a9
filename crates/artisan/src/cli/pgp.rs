//! `art pgp gen`.

use super::arguments::Gen;
use super::clock;
use crate::failure::Failure;
use crate::keys::{self, Owner};
use crate::output;
use serde_json::json;

pub(super) fn generate(arguments: &Gen) -> Result<(), Failure> {
    let owner = Owner {
        name: &arguments.name,
        email: &arguments.email,
        comment: &arguments.comment,
    };
    let pair = keys::generate(&owner, arguments.algorithm, &arguments.output, clock::now())?;
    if arguments.format.json {
        return output::json(&json!({
            "public": pair.public,
            "secret": pair.secret,
            "fingerprint": pair.fingerprint.to_string(),
        }));
    }
    output::line(&format!("public key   {}", pair.public.display()))?;
    output::line(&format!("secret key   {}", pair.secret.display()))?;
    output::line(&format!("fingerprint  {}", pair.fingerprint))
}
