//! Commands, arguments and their help.

use super::complete::{ALGORITHMS, PACKAGES};
use crate::failure::Failure;
use crate::output;
use clap::{Args, Parser, Subcommand, ValueHint};
use serde_json::Value;
use std::path::PathBuf;
use trust::Algorithm;
use wire::PackageName;

const ENVIRONMENT: &str = "\
Environment:
  ARTISAN_HOME        folder of packages and keys (default ~/.artisan)
  ART_REG_USER        user name for the registry
  ART_REG_PWD         password for the registry; never an argument
  ART_CA_FILE         PEM certificates that replace the system's CAs
  ART_VERIFY_KEYS     file of public keys that replaces ARTISAN_HOME/keys/verify
  ART_PACKAGE_DIGEST  the only package digest that is acceptable
  ART_PULL_ATTEMPTS   how often a registry is asked that does not answer (default 5)
  ART_PHASE_FILE      file or pipe for the phase: pull, verify, unpack, run
  ART_RUN_FOLDER      folder that packages are run in, instead of ARTISAN_HOME/run
  ART_VERBOSE         1 does what -v does
  SOURCE_DATE_EPOCH   when `build` says that a package was built, in seconds since 1970
  HTTPS_PROXY, NO_PROXY

Exit codes:
  `exe` and `run` exit with the function's own code. art itself exits with
  2 bad command line, 120 not pulled, 121 refused by verification,
  122 not unpacked, 123 no such function or input missing, 124 anything else,
  125 superseded: a newer package of this tag was run here.";

/// Builds, signs, pushes, pulls, verifies and runs packages.
#[derive(Debug, Parser)]
#[command(name = "art", version, after_help = ENVIRONMENT, disable_help_subcommand = true)]
pub(super) struct Cli {
    /// Report each step on standard error
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Keys
    #[command(subcommand)]
    Pgp(PgpCommand),
    /// Write a first build.yaml, with comments
    Init(Init),
    /// Pack a folder as its build.yaml says
    Build(Build),
    /// Sign a package under its name
    Sign(Sign),
    /// Upload a package to its registry
    Push(Push),
    /// Build, sign and push a package in one
    Publish(Publish),
    /// Fetch a package from its registry; its signature is not checked, nothing is run
    Pull(Pull),
    /// Check a package in the local store: digest, signature, serial
    Verify(Named),
    /// Fetch and verify a package, then run one of its exported functions
    Exe(Exe),
    /// Run any function of a local build.yaml
    Run(Run),
    /// List the packages in the local store
    Ls(Ls),
    /// Show the version; as JSON also commit and target of the build
    Version(Version),
}

impl Command {
    /// The registry's user, where the command goes to a registry.
    pub(super) fn user(&self) -> Option<String> {
        match self {
            Self::Push(Push { registry, .. })
            | Self::Publish(Publish { registry, .. })
            | Self::Pull(Pull { registry, .. })
            | Self::Exe(Exe { registry, .. }) => registry.user.clone(),
            _ => None,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum PgpCommand {
    /// Make a key pair: NAME_pub.pgp to give away, NAME_key.pgp to keep
    #[command(after_help = "\
Examples:
  art pgp gen -n registry -e ops@example.com -c 'signs packages'
  mv registry_key.pgp ~/.artisan/keys/sign.pgp      # what `art sign` uses
  mv registry_pub.pgp ~/.artisan/keys/verify/       # whose packages are run")]
    Gen(Gen),
}

#[derive(Args, Debug)]
pub(super) struct Gen {
    /// Whose key it is; the files are called after it
    #[arg(short, long)]
    pub(super) name: String,
    /// E-mail address
    #[arg(short, long, default_value = "")]
    pub(super) email: String,
    /// What the key is for
    #[arg(short, long, default_value = "")]
    pub(super) comment: String,
    /// ed25519 or rsa3072
    #[arg(long, default_value_t = Algorithm::Ed25519, add = completion::named(ALGORITHMS))]
    pub(super) algorithm: Algorithm,
    /// Folder to write the two files into
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    pub(super) output: PathBuf,
    #[command(flatten)]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
pub(super) struct Format {
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

impl Format {
    /// Says what was done: as a line for people, or as JSON for programs.
    pub(super) fn done(&self, value: &Value, text: &str) -> Result<(), Failure> {
        if self.json {
            output::json(value)
        } else {
            output::line(text)
        }
    }
}

#[derive(Args, Debug)]
pub(super) struct RegistryUser {
    /// User name for the registry; the password is taken from ART_REG_PWD
    #[arg(short, long, value_name = "USER")]
    pub(super) user: Option<String>,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  art init hello && art run hello hello")]
pub(super) struct Init {
    /// Folder to write build.yaml into
    #[arg(default_value = ".", value_hint = ValueHint::DirPath)]
    pub(super) path: PathBuf,
    #[command(flatten)]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  art build -t registry.example.com/ops/hello:1.0
  art build -t registry.example.com/ops/hello -p linux ./hello")]
pub(super) struct Build {
    /// domain/group/name:tag; the tag defaults to latest
    #[arg(short, long, value_name = "NAME")]
    pub(super) tag: PackageName,
    /// Profile of build.yaml (default: the one marked `default`, or the only one)
    #[arg(short, long)]
    pub(super) profile: Option<String>,
    /// Folder that holds build.yaml
    #[arg(default_value = ".", value_hint = ValueHint::DirPath)]
    pub(super) path: PathBuf,
    #[command(flatten)]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  art sign registry.example.com/ops/hello:1.0 -k registry_key.pgp

The signature covers name, tag, digest and a serial that only grows: it holds
for this package under this name, and not for an older one put in its place.")]
pub(super) struct Sign {
    /// File of the secret key (default ARTISAN_HOME/keys/sign.pgp)
    #[arg(short, long, value_name = "FILE")]
    pub(super) key: Option<PathBuf>,
    /// Pass over a last serial that is ahead of the clock, after a clock that was
    #[arg(long)]
    pub(super) reset_serial: bool,
    /// Package in the local store
    #[arg(add = completion::named(PACKAGES))]
    pub(super) name: PackageName,
    #[command(flatten)]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  export ART_REG_USER=publisher ART_REG_PWD
  read -rs ART_REG_PWD && art push registry.example.com/ops/hello:1.0")]
pub(super) struct Push {
    /// Package in the local store
    #[arg(add = completion::named(PACKAGES))]
    pub(super) name: PackageName,
    /// Upload an unsigned package; hosts refuse to run it
    #[arg(long)]
    pub(super) unsigned: bool,
    #[command(flatten)]
    pub(super) registry: RegistryUser,
    #[command(flatten)]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  export ART_REG_USER=publisher ART_REG_PWD
  read -rs ART_REG_PWD && art publish registry.example.com/ops/hello:1.0 ./hello")]
pub(super) struct Publish {
    /// domain/group/name:tag; the tag defaults to latest
    pub(super) name: PackageName,
    /// Folder that holds build.yaml
    #[arg(default_value = ".", value_hint = ValueHint::DirPath)]
    pub(super) path: PathBuf,
    /// Profile of build.yaml (default: the one marked `default`, or the only one)
    #[arg(short, long)]
    pub(super) profile: Option<String>,
    /// File of the secret key (default ARTISAN_HOME/keys/sign.pgp)
    #[arg(short, long, value_name = "FILE")]
    pub(super) key: Option<PathBuf>,
    #[command(flatten)]
    pub(super) registry: RegistryUser,
    #[command(flatten)]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  art pull registry.example.com/ops/hello:1.0")]
pub(super) struct Pull {
    /// domain/group/name:tag
    #[arg(add = completion::named(PACKAGES))]
    pub(super) name: PackageName,
    #[command(flatten)]
    pub(super) registry: RegistryUser,
    #[command(flatten)]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  art verify registry.example.com/ops/hello:1.0 --json")]
pub(super) struct Named {
    /// Package in the local store
    #[arg(add = completion::named(PACKAGES))]
    pub(super) name: PackageName,
    #[command(flatten)]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  GREETING=hi art exe registry.example.com/ops/hello hello

Inputs are taken from the environment. The registry is asked for the tag's
current package, unless ART_PACKAGE_DIGEST names one that is already here.")]
pub(super) struct Exe {
    /// domain/group/name:tag
    #[arg(add = completion::named(PACKAGES))]
    pub(super) package: PackageName,
    /// An exported function
    pub(super) function: String,
    /// Take inputs and credentials from the agent, which is at the standard input
    #[arg(long)]
    pub(super) supervised: bool,
    #[command(flatten)]
    pub(super) registry: RegistryUser,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  art run build-linux
  GREETING=hi art run hello ./hello")]
pub(super) struct Run {
    /// A function of build.yaml, exported or not
    pub(super) function: String,
    /// Folder that holds build.yaml; the function runs in it
    #[arg(default_value = ".", value_hint = ValueHint::DirPath)]
    pub(super) path: PathBuf,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  art ls --json")]
pub(super) struct Ls {
    #[command(flatten)]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
pub(super) struct Version {
    #[command(flatten)]
    pub(super) format: Format,
}
