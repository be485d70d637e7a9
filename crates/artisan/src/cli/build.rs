//! `art build`.

use super::Context;
use super::arguments::Build;
use super::clock;
use super::done::Done;
use crate::build_file::{self, BuildFile, Profile};
use crate::failure::Failure;
use crate::function::{
    Between, Check, Environment, Interrupts, LineOutput, Outcome, Plan, Runner, listed, review,
};
use crate::package::{
    self, Archive, MAX_SEAL, Origin, Package, SOURCE_DATE_EPOCH, Source, source_date_epoch,
};
use serde_json::json;
use std::path::Path;
use wire::PackageName;
use wire::seal::Seal;

pub(super) fn build(context: &Context, arguments: &Build) -> Result<(), Failure> {
    make(context, arguments)?.report(&arguments.format)
}

/// Builds a package into the store.
///
/// # Errors
/// What the build file, its run lines or the tree refuse.
pub(super) fn make(context: &Context, arguments: &Build) -> Result<Done, Failure> {
    refuse_name(&arguments.tag)?;
    let file = read(context, arguments)?;
    let epoch = source_date_epoch()?;
    let folder = &arguments.path;
    let origin = Origin::of(folder, &context.settings.home);
    let time = epoch.or(origin.time());
    run_lines(&file, choose(&file, arguments)?, arguments, time)?;
    // One of them may have written another build file, and that one is packed.
    let file = read(context, arguments)?;
    let profile = choose(&file, arguments)?;
    let origin = origin.after_run(folder);
    origin.say_dirt();
    let archive = pack(context, profile, folder)?;
    let time = epoch.or(origin.time());
    let build = package::Build {
        name: &arguments.tag,
        file: &file,
        profile,
        origin: &origin,
        time_ms: time.map_or_else(clock::now_ms, |seconds| seconds * 1_000),
    };
    let seal = build.seal(&archive)?;
    refuse_large(&seal)?;
    let package = Package { seal, archive };
    let package = context.store.put_built(&arguments.tag, package)?;
    done(arguments, &package, &origin)
}

/// No registry would take it.
fn refuse_name(name: &PackageName) -> Result<(), Failure> {
    match name.has_folder() {
        true => Ok(()),
        false => Err(Failure::own(format!(
            "{name} cannot be pushed: registries keep {} in a folder of that name, which would be too long; \
             shorten group or name",
            name.repository()
        ))),
    }
}

/// The build file, if nothing of it will be refused on a host.
fn read(context: &Context, arguments: &Build) -> Result<BuildFile, Failure> {
    let file = build_file::load(&arguments.path)?;
    let profile = choose(&file, arguments)?;
    review(&file).map_err(|failure| {
        Failure::own(format!(
            "{failure} (no host could run it: nothing is packed)"
        ))
    })?;
    package::check_target(&source(context, profile, &arguments.path)?)?;
    Ok(file)
}

fn choose<'a>(file: &'a BuildFile, arguments: &Build) -> Result<&'a Profile, Failure> {
    let defaults = file.profiles.iter().filter(|profile| profile.default);
    let defaults: Vec<&str> = defaults.map(|profile| profile.name.as_str()).collect();
    if defaults.len() > 1 {
        return Err(Failure::own(format!(
            "build.yaml marks several profiles `default: true` ({}): leave one",
            listed(&defaults)
        )));
    }
    let name = arguments.profile.as_deref();
    file.profile(name).ok_or_else(|| {
        let profiles = file.profiles.iter();
        let names: Vec<&str> = profiles.map(|profile| profile.name.as_str()).collect();
        let names = listed(&names);
        Failure::own(match name {
            Some(name) => format!("build.yaml has no profile {name:?}: it has {names}"),
            None => format!(
                "no profile is marked `default: true`: name one with -p (there are: {names})"
            ),
        })
    })
}

/// Runs the profile's lines in the project's folder. If the package's time is the source's, they
/// get it in `SOURCE_DATE_EPOCH`, because they may write a time into what they make.
fn run_lines(
    file: &BuildFile,
    profile: &Profile,
    arguments: &Build,
    time: Option<u64>,
) -> Result<(), Failure> {
    let plan = Plan::of_profile(file, profile)?;
    let time = time.map(|time| (SOURCE_DATE_EPOCH.to_owned(), time.to_string()));
    let environment = Environment::inherited()
        .with(file, &time.into_iter().collect())?
        .in_file(file)?
        .with(file, &profile.env)?;
    Check::here(file, &plan).profile(profile, &environment)?;
    let runner = Runner {
        file,
        plan: &plan,
        folder: &arguments.path,
        output: match arguments.format.json {
            true => LineOutput::ToStandardError,
            false => LineOutput::Inherited,
        },
        interrupts: &Interrupts::hold_back(Between::End)?,
    };
    match runner.lines(&plan.first, &environment)? {
        Outcome::Succeeded => Ok(()),
        Outcome::Failed(code) => Err(Failure::own(format!(
            "profile {:?}: a run line failed with code {code}; nothing is packed",
            profile.name
        ))),
    }
}

fn source<'a>(
    context: &'a Context,
    profile: &'a Profile,
    folder: &'a Path,
) -> Result<Source<'a>, Failure> {
    if profile.target.is_empty() {
        return Err(Failure::own(format!(
            "profile {:?} has no target: add `target:` with the file or folder to pack",
            profile.name
        )));
    }
    Ok(Source {
        root: folder,
        target: Path::new(&profile.target),
        home: &context.settings.home,
    })
}

fn pack(context: &Context, profile: &Profile, folder: &Path) -> Result<Archive, Failure> {
    let source = source(context, profile, folder)?;
    package::pack(&source, [context.store.draft()?, context.store.draft()?])
}

/// Signatures are added to it.
fn refuse_large(seal: &Seal) -> Result<(), Failure> {
    const SIGNATURES: u64 = 256 << 10;
    let most = MAX_SEAL - SIGNATURES;
    let length = seal.print().map_err(Failure::own)?.len() as u64;
    if length <= most {
        return Ok(());
    }
    Err(Failure::own(format!(
        "the package's seal takes {length} bytes, and registries take {most} without signatures: shorten \
         labels, and descriptions and defaults of inputs of exported functions"
    )))
}

fn done(arguments: &Build, package: &Package, origin: &Origin) -> Result<Done, Failure> {
    let commit = origin.commit();
    let reference = package.reference()?;
    let (name, digest) = (&arguments.tag, &package.seal.digest);
    let of = match commit.as_str() {
        "" => "of unknown origin".to_owned(),
        commit => format!("of commit {commit}"),
    };
    Ok(Done {
        value: json!({
            "name": name.to_string(),
            "ref": reference.to_string(),
            "digest": digest,
            "bytes": package.archive.length(),
            "commit": (!commit.is_empty()).then_some(&commit),
        }),
        text: format!("{name} is built: {reference}, {digest}, {of}"),
    })
}
