//! `art exe`: nothing of a package is used before all of it is verified.

use super::Context;
use super::arguments::Exe;
use super::clock;
use super::fetch;
use super::phase::Phase;
use super::run::Call;
use super::verify::check;
use crate::build_file::{self, BuildFile, Function};
use crate::failure::{Failure, Kind};
use crate::function::{Between, Environment, Interrupts, listed};
use crate::package::unpack;
use crate::store::RunFolder;
use crate::verify::{Verified, refuse_rollback};
use std::process::ExitCode;
use wire::PackageName;

pub(super) fn exe(context: &Context, arguments: &Exe) -> Result<ExitCode, Failure> {
    let name = &arguments.package;
    let verified = obtain_verified(context, name)?;
    let interrupts = Interrupts::hold_back(Between::Wait)?;
    let folder = unpacked(context, name, verified)?;
    let file = build_file::load(folder.path())?;
    let function = exported(&file, &arguments.function)?;
    context
        .chatter
        .say(&format!("running {} of {name}", function.name));
    let call = Call {
        file: &file,
        function,
        folder: folder.path(),
        environment: Environment::inherited()
            .given(context.supervisor.as_ref())
            .for_package(&name.to_string()),
        interrupts: &interrupts,
    };
    call.run(|| Phase::Run.enter(&context.settings))
}

/// Fetches and verifies; only then does the store change.
fn obtain_verified(context: &Context, name: &PackageName) -> Result<Verified, Failure> {
    Phase::Pull.enter(&context.settings)?;
    let here = fetch::here(context, name)?;
    let is_fetched = here.is_none();
    let package = here.map_or_else(|| fetch::fetch(context, name), Ok)?;
    Phase::Verify.enter(&context.settings)?;
    let pin = context.settings.pin.as_deref();
    let verified = check(context, name, package, pin)?;
    let seen = context.accepted(name, &verified)?;
    refuse_rollback(verified.serial(), &seen, pin, clock::now())
        .map_err(|refusal| refusal.of(name))?;
    if is_fetched {
        context.keep(name, verified.package())?;
    }
    context
        .chatter
        .say(&format!("{name} is signed by {}", verified.signer()));
    Ok(verified)
}

/// Unpacks a package, whose room on the disk is free again before its function runs.
fn unpacked(
    context: &Context,
    name: &PackageName,
    verified: Verified,
) -> Result<RunFolder, Failure> {
    Phase::Unpack.enter(&context.settings)?;
    let folder = context.store.run_folder()?;
    unpack(verified.package().archive.reader(), folder.path())
        .map_err(|error| Failure::new(Kind::Unpack, format!("{name}: {error}")))?;
    Ok(folder)
}

fn exported<'a>(file: &'a BuildFile, name: &str) -> Result<&'a Function, Failure> {
    let found = file.function(name).filter(|function| function.export);
    found.ok_or_else(|| {
        let exported = file.functions.iter().filter(|function| function.export);
        let names: Vec<&str> = exported.map(|function| function.name.as_str()).collect();
        Failure::new(
            Kind::Function,
            format!(
                "the package exports no function {name:?}: it exports {}",
                listed(&names)
            ),
        )
    })
}
