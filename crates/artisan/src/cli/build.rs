//! `art build`.

use super::Context;
use super::arguments::Build;
use super::clock;
use crate::build_file::{self, BuildFile, Profile};
use crate::failure::Failure;
use crate::function::{Between, Environment, Interrupts, Outcome, Plan, Runner, listed};
use crate::output;
use crate::package::{self, Package, Reference, Source};
use serde_json::json;
use std::path::Path;
use wire::seal::Seal;

pub(super) fn build(context: &Context, arguments: &Build) -> Result<(), Failure> {
    let file = build_file::load(&arguments.path)?;
    let profile = choose(&file, arguments.profile.as_deref())?;
    run_lines(&file, profile, &arguments.path)?;
    let package = pack(context, &file, profile, &arguments.path)?;
    context.store.put(&arguments.tag, &package)?;
    report(arguments, &package)
}

fn choose<'a>(file: &'a BuildFile, name: Option<&str>) -> Result<&'a Profile, Failure> {
    file.profile(name).ok_or_else(|| {
        let names: Vec<&str> = file
            .profiles
            .iter()
            .map(|profile| profile.name.as_str())
            .collect();
        let names = listed(&names);
        Failure::own(match name {
            Some(name) => format!("build.yaml has no profile {name:?}: it has {names}"),
            None => format!(
                "no profile is marked `default: true`: name one with -p (there are: {names})"
            ),
        })
    })
}

/// Runs the profile's lines in the project's folder.
fn run_lines(file: &BuildFile, profile: &Profile, folder: &Path) -> Result<(), Failure> {
    let plan = Plan::new(file, &profile.name, &profile.run)?;
    let runner = Runner {
        file,
        plan: &plan,
        folder,
        interrupts: &Interrupts::hold_back(Between::End)?,
    };
    let environment = Environment::inherited()
        .in_file(file)?
        .with(file, &profile.env)?;
    runner.check(&plan.first, &environment)?;
    match runner.lines(&plan.first, &environment)? {
        Outcome::Succeeded => Ok(()),
        Outcome::Failed(code) => Err(Failure::own(format!(
            "profile {:?}: a run line failed with code {code}; nothing is packed",
            profile.name
        ))),
    }
}

fn pack(
    context: &Context,
    file: &BuildFile,
    profile: &Profile,
    folder: &Path,
) -> Result<Package, Failure> {
    if profile.target.is_empty() {
        return Err(Failure::own(format!(
            "profile {:?} has no target: add `target:` with the file or folder to pack",
            profile.name
        )));
    }
    let source = Source {
        root: folder,
        target: Path::new(&profile.target),
        home: &context.settings.home,
    };
    let archive = package::pack(&source, [context.store.draft()?, context.store.draft()?])?;
    let now_ms = clock::now_ms();
    let reference = Reference::make(now_ms)?;
    let manifest = package::describe(file, profile, folder, &reference, &archive, now_ms);
    let seal = Seal::new(&manifest, archive.hash()).map_err(Failure::own)?;
    Ok(Package { seal, archive })
}

fn report(arguments: &Build, package: &Package) -> Result<(), Failure> {
    let reference = package.reference()?;
    let digest = &package.seal.digest;
    if arguments.format.json {
        return output::json(&json!({
            "name": arguments.tag.to_string(),
            "ref": reference.to_string(),
            "digest": digest,
            "bytes": package.archive.length(),
        }));
    }
    output::line(&format!(
        "{} is built: {reference}, {digest}",
        arguments.tag
    ))
}
