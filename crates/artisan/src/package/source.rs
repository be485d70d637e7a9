//! Where a package's source came from, according to git: of the folder that is packed, or not at
//! all.

use super::address::address;
use super::dirt::Dirt;
use super::git::{Git, NoAnswer};
use super::when::LATEST;
use crate::build_file::FILE_NAME;
use crate::output;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// The source of a folder.
#[derive(Debug, Default)]
pub(crate) struct Origin(Option<Checkout>);

#[derive(Debug)]
struct Checkout {
    commit: String,
    /// When it was committed, in Unix seconds.
    time: Option<u64>,
    author: String,
    source: String,
    dirt: Dirt,
}

impl Origin {
    /// Asks git about a folder, of which `home` is no part. Neither git nor a repository is
    /// required; where there is a repository that says nothing of the folder, a note says why.
    pub(crate) fn of(folder: &Path, home: &Path) -> Self {
        let checkout = look(folder, home).unwrap_or_else(|why| {
            output::note(&format!(
                "the package does not say which commit it was built from: {why}"
            ));
            None
        });
        Self(checkout)
    }

    /// The same after run lines, which may have changed committed files. What they make beside
    /// it is theirs to make.
    pub(crate) fn after_run(mut self, folder: &Path) -> Self {
        let Some(checkout) = &mut self.0 else {
            return self;
        };
        let git = Git(folder);
        let head = git.ask_text(&["rev-parse", "--verify", "HEAD"]);
        let found = Dirt::of_committed(&git);
        match (head, found) {
            (Ok(head), Ok(found)) => {
                if head != checkout.commit {
                    checkout.dirt.add("HEAD, which is another commit by now");
                } else if checkout.dirt.is_none() {
                    checkout.dirt = found;
                }
            }
            (Err(why), _) | (_, Err(why)) => {
                checkout
                    .dirt
                    .add(&format!("what git does not say ({})", text(why)));
            }
        }
        self
    }

    /// Reports files in the folder that the commit does not have.
    pub(crate) fn say_dirt(&self) {
        if let Some(checkout) = self.0.as_ref().filter(|checkout| !checkout.dirt.is_none()) {
            output::note(&format!(
                "the package is recorded as built from {}, because the folder differs from the commit: {}. \
                 Commit it, or have git ignore what a build makes",
                self.commit(),
                checkout.dirt
            ));
        }
    }

    /// The commit, with `-dirty` where the folder differs from it; empty where it is unknown.
    pub(crate) fn commit(&self) -> String {
        self.0.as_ref().map_or_else(String::new, |checkout| {
            let mark = if checkout.dirt.is_none() {
                ""
            } else {
                "-dirty"
            };
            format!("{}{mark}", checkout.commit)
        })
    }

    /// Who made the commit.
    pub(crate) fn author(&self) -> &str {
        self.0.as_ref().map_or("", |checkout| &checkout.author)
    }

    /// The address that the repository was cloned from, if others can reach it.
    pub(crate) fn source(&self) -> &str {
        self.0.as_ref().map_or("", |checkout| &checkout.source)
    }

    /// When the folder's content was committed, in Unix seconds; none where it differs.
    pub(crate) fn time(&self) -> Option<u64> {
        let clean = self.0.as_ref().filter(|checkout| checkout.dirt.is_none());
        clean.and_then(|checkout| checkout.time)
    }
}

/// What git knows of the folder: nothing outside of repositories.
///
/// # Errors
/// Why a repository that is there says nothing of the folder.
fn look(folder: &Path, home: &Path) -> Result<Option<Checkout>, String> {
    let git = Git(folder);
    let real = folder.canonicalize().map_err(|error| error.to_string())?;
    match git.ask(&["rev-parse", "--show-toplevel"]) {
        Ok(top) => {
            let top = PathBuf::from(OsString::from_vec(top));
            check_out(&git, &real, &top, home).map(Some)
        }
        Err(why) => match repository_above(&real) {
            Some(repository) => Err(of_repository(&repository, why)),
            None => Ok(None),
        },
    }
}

/// The checkout in `top` that the folder is a part of.
fn check_out(git: &Git<'_>, folder: &Path, top: &Path, home: &Path) -> Result<Checkout, String> {
    let shown = top.display();
    if !folder.starts_with(top) {
        return Err(format!("the repository's files are elsewhere, in {shown}"));
    }
    let commit = git
        .ask_text(&["rev-parse", "--verify", "HEAD"])
        .map_err(|_| format!("the repository in {shown} has no commit yet"))?;
    let has = |path: &str| {
        let path = format!("{commit}:./{path}");
        let answer = git.ask(&["rev-parse", "--verify", "--quiet", &path]);
        answer.is_ok()
    };
    if !has("") {
        return Err(format!(
            "the commit of the repository in {shown} has nothing of this folder"
        ));
    }
    let mut dirt = Dirt::of(git, folder, home).map_err(text)?;
    if dirt.is_none() && !has(FILE_NAME) {
        dirt.add(FILE_NAME);
    }
    let (time, author) = time_and_author(git, &commit).map_err(text)?;
    let remote = git.ask_text(&["config", "--local", "--get", "remote.origin.url"]);
    Ok(Checkout {
        time,
        author,
        source: remote
            .ok()
            .and_then(|url| address(&url))
            .unwrap_or_default(),
        commit,
        dirt,
    })
}

/// When a commit was made, in Unix seconds, and by whom.
fn time_and_author(git: &Git<'_>, commit: &str) -> Result<(Option<u64>, String), NoAnswer> {
    let plainly = ["--no-show-signature", "--no-color", "--encoding=UTF-8"];
    let mut arguments = vec!["log", "-1", "--format=%ct%n%an"];
    arguments.extend(plainly);
    arguments.extend([commit, "--"]);
    let about = git.ask_text(&arguments)?;
    let (time, author) = about.split_once('\n').unwrap_or((&about, ""));
    let time = time.parse().ok().filter(|time| *time <= LATEST);
    Ok((time, author.to_owned()))
}

/// Where there is something that looks like a repository.
fn repository_above(folder: &Path) -> Option<PathBuf> {
    let is_one = |folder: &&Path| folder.join(".git").symlink_metadata().is_ok();
    folder.ancestors().find(is_one).map(Path::to_owned)
}

fn of_repository(repository: &Path, why: NoAnswer) -> String {
    let shown = repository.display();
    let why = text(why);
    // What git 2.35.2 and later say, and what those before them do.
    if why.contains("dubious ownership") || why.contains("unsafe repository") {
        return format!(
            "git does not believe the repository in {shown}, which is another user's: if you do, run \
             `git config --global --add safe.directory {shown}`"
        );
    }
    format!("there is a repository in {shown}, but {why}")
}

fn text(why: NoAnswer) -> String {
    match why {
        NoAnswer::NotStarted(why) => format!("git cannot be run: {why}"),
        NoAnswer::Error(why) => format!("git says: {why}"),
    }
}
