//! What a call signs in with: a user's name and password, or an API token. What the command line
//! names counts more than the environment.

use super::failure::Failure;
use super::text_file;
use crate::domain::api_token::ApiToken;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use std::path::{Path, PathBuf};
use wire::command::Secret;
use wire::encoding::base64;

#[derive(Args)]
struct Named {
    /// User to sign in as
    #[arg(long, env = "PILOTCTL_USER", value_name = "NAME")]
    user: Option<String>,
    /// File with the user's password, in one line (else PILOTCTL_PASSWORD)
    #[arg(long, env = "PILOTCTL_PASSWORD_FILE", value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// File with an API token, in one line, in place of user and password
    #[arg(long, env = "PILOTCTL_TOKEN_FILE", value_name = "FILE")]
    token_file: Option<PathBuf>,
}

/// Which kinds of credentials are named in one place.
#[derive(Clone, Copy)]
struct Kinds {
    password: bool,
    token: bool,
}

/// What is named, and where.
pub(super) struct Credentials {
    named: Named,
    on_command_line: Kinds,
    in_environment: Kinds,
}

impl Credentials {
    /// The user to sign in as, if one is named.
    pub(super) fn user(&self) -> Option<&str> {
        self.named.user.as_deref().filter(|name| !name.is_empty())
    }

    /// Whether the command line, or also the environment, names what to sign in with.
    pub(super) fn are_named(&self, with_environment: bool) -> bool {
        let is_any = |kinds: Kinds| kinds.password || kinds.token;
        let in_environment =
            || is_any(self.in_environment) || std::env::var_os("PILOTCTL_PASSWORD").is_some();
        is_any(self.on_command_line) || with_environment && in_environment()
    }

    /// The value of the header that signs in.
    ///
    /// # Errors
    /// [`Failure::Usage`] for what is missing, wrong, or named twice.
    pub(super) fn authorization(&self) -> Result<Secret, Failure> {
        let mut environment = self.in_environment;
        let password = std::env::var("PILOTCTL_PASSWORD").ok();
        environment.password |= password.is_some();
        let by_token = is_token([
            (
                self.on_command_line,
                "--token-file, or --user and --password-file",
            ),
            (
                environment,
                "PILOTCTL_TOKEN_FILE, or PILOTCTL_PASSWORD_FILE and PILOTCTL_PASSWORD",
            ),
        ])?;
        match &self.named.token_file {
            Some(path) if by_token => bearer(path),
            _ => self.basic(password),
        }
    }

    fn basic(&self, password: Option<String>) -> Result<Secret, Failure> {
        let user = self.user().ok_or_else(|| {
            Failure::Usage(
                "no user: `pilotctl login`, or set PILOTCTL_USER or PILOTCTL_TOKEN_FILE, or give --user".into(),
            )
        })?;
        let password = match (&self.named.password_file, password) {
            (Some(path), _) => text_file::password(path)?,
            (None, Some(password)) => Secret::new(password),
            (None, None) => {
                return Err(Failure::Usage(
                    "no password: `pilotctl login`, or set PILOTCTL_PASSWORD_FILE or PILOTCTL_PASSWORD".into(),
                ));
            }
        };
        Ok(basic(user, &password))
    }
}

/// The header of a user's name and password.
pub(super) fn basic(user: &str, password: &Secret) -> Secret {
    let pair = Secret::new(format!("{user}:{}", password.expose()));
    let pair = Secret::new(base64(pair.expose().as_bytes()));
    Secret::new(format!("Basic {}", pair.expose()))
}

/// The header of the API token in a file.
pub(super) fn bearer(path: &Path) -> Result<Secret, Failure> {
    let token = text_file::password(path)?;
    if ApiToken::parse(token.expose()).is_none() {
        return Err(Failure::Usage(format!(
            "{}: this is no API token, or not all of one: it begins with hp_ (`pilotctl token add`)",
            path.display()
        )));
    }
    Ok(Secret::new(format!("Bearer {}", token.expose())))
}

/// Whether a token signs in: the first place that names a kind decides.
fn is_token(places: [(Kinds, &str); 2]) -> Result<bool, Failure> {
    for (kinds, either) in places {
        match (kinds.password, kinds.token) {
            (true, true) => {
                let text = format!("a token and a password: use either {either}");
                return Err(Failure::Usage(text));
            }
            (false, false) => {}
            (_, is_token) => return Ok(is_token),
        }
    }
    Ok(false)
}

impl FromArgMatches for Credentials {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let is_from = |id: &str, source| matches.value_source(id) == Some(source);
        let (line, environment) = (ValueSource::CommandLine, ValueSource::EnvVariable);
        Ok(Self {
            named: Named::from_arg_matches(matches)?,
            on_command_line: Kinds {
                password: is_from("user", line) || is_from("password_file", line),
                token: is_from("token_file", line),
            },
            // A name alone is none: it also says whose token is meant.
            in_environment: Kinds {
                password: is_from("password_file", environment),
                token: is_from("token_file", environment),
            },
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Credentials {
    fn augment_args(command: Command) -> Command {
        Named::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Named::augment_args_for_update(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Kinds = Kinds {
        password: false,
        token: false,
    };
    const PASSWORD: Kinds = Kinds {
        password: true,
        token: false,
    };
    const TOKEN: Kinds = Kinds {
        password: false,
        token: true,
    };
    const BOTH: Kinds = Kinds {
        password: true,
        token: true,
    };

    #[test]
    fn the_command_line_counts_more_than_the_environment() {
        for (line, environment, expected) in [
            (NONE, NONE, Some(false)),
            (NONE, TOKEN, Some(true)),
            (NONE, PASSWORD, Some(false)),
            (PASSWORD, TOKEN, Some(false)),
            (TOKEN, PASSWORD, Some(true)),
            (TOKEN, BOTH, Some(true)),
            (NONE, BOTH, None),
            (BOTH, NONE, None),
        ] {
            let found = is_token([(line, "a"), (environment, "b")]);
            assert_eq!(found.ok(), expected);
        }
    }

    #[test]
    fn options_of_the_command_line_are_told_from_variables() {
        let command = Credentials::augment_args(Command::new("pilotctl"));
        let read = |arguments: &[&str]| {
            let matches = command.clone().get_matches_from(arguments);
            Credentials::from_arg_matches(&matches).unwrap()
        };
        let named = read(&["pilotctl", "--user", "ada", "--token-file", "t"]);
        assert!(named.on_command_line.password && named.on_command_line.token);
        assert!(named.authorization().is_err());
        assert!(!read(&["pilotctl"]).on_command_line.token);
    }
}
