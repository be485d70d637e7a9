//! `art publish`: build, sign and push in one.

use super::Context;
use super::arguments::{Build, Format, Publish};
use super::{build, push, sign};
use crate::failure::Failure;
use crate::keys;
use crate::output;
use serde_json::json;

/// Builds, signs and pushes a package. A key that cannot sign is found out before anything is built.
///
/// # Errors
/// Those of the three commands.
pub(super) fn publish(context: &Context, arguments: &Publish) -> Result<(), Failure> {
    let name = &arguments.name;
    let key = keys::signing(&context.settings, arguments.key.as_deref())?;
    let json = arguments.format.json;
    let what = Build {
        tag: name.clone(),
        profile: arguments.profile.clone(),
        path: arguments.path.clone(),
        format: Format { json },
    };
    let say = |text: &str| match json {
        true => Ok(()),
        false => output::line(text),
    };
    let built = build::make(context, &what)?;
    say(&built.text)?;
    let signed = sign::endorse(context, name, &key, false)?;
    say(&signed.text)?;
    let package = context.store.package(name)?;
    context.refuse_another(name, &package)?;
    let pushed = push::upload(context, name, &package)?;
    say(&pushed.text)?;
    match json {
        true => output::json(&json!({
            "built": built.value,
            "signed": signed.value,
            "pushed": pushed.value,
        })),
        false => Ok(()),
    }
}
