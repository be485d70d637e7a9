//! Which service is called, and what signs in: by the command line, the environment or a context,
//! of which the first counts that names it.

use super::address;
use super::client::{Client, PATIENCE};
use super::complete::Kind;
use super::context::{Context, Contexts};
use super::credentials::Credentials;
use super::failure::Failure;
use super::tls_files::{cas, cas_of_context};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use rustls::pki_types::CertificateDer;
use std::path::PathBuf;
use std::time::Duration;
use wire::command::Secret;

#[derive(Args)]
struct ServiceOptions {
    /// Address of the service, https://host:port
    #[arg(long, env = "PILOTCTL_URL", value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    credentials: Credentials,
    /// CA of the service (PEM), in place of the system's
    #[arg(long, env = "PILOTCTL_CA_FILE", value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Context to use (see `pilotctl context`)
    #[arg(long, env = "PILOTCTL_CONTEXT", value_name = "NAME", add = Kind::Contexts.offered())]
    context: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The address of the service, and the user.
pub(super) struct Connection {
    options: ServiceOptions,
    /// Which of these the command line has.
    url_is_typed: bool,
    context_is_typed: bool,
    ca_is_typed: bool,
    /// Whether to print JSON.
    pub(super) json: bool,
}

/// A context, and its name.
struct Chosen {
    name: String,
    context: Context,
}

impl Connection {
    /// Prepares to call; nothing is sent yet.
    ///
    /// # Errors
    /// The setting that is missing or wrong.
    pub(super) fn client(&self) -> Result<Client, Failure> {
        self.client_within(PATIENCE)
    }

    /// As [`Connection::client`], with calls that take no longer than this.
    ///
    /// # Errors
    /// As [`Connection::client`].
    pub(super) fn client_within(&self, patience: Duration) -> Result<Client, Failure> {
        let chosen = self.chosen()?;
        let url = match &chosen {
            Some(chosen) => &chosen.context.url,
            None => self.options.url.as_deref().filter(|url| !url.is_empty()).ok_or_else(|| {
                Failure::Usage(
                    "no service: `pilotctl login https://host:port`, or set PILOTCTL_URL, or give --url"
                        .into(),
                )
            })?,
        };
        let base = address::named(url)?;
        let roots = self.roots(chosen.as_ref())?;
        let of_context = chosen
            .as_ref()
            .filter(|_| !self.options.credentials.are_named(!self.context_is_typed));
        let Some(Chosen { name, context }) = of_context else {
            let authorization = self.options.credentials.authorization()?;
            let user = self
                .options
                .credentials
                .user()
                .unwrap_or("the user of the token");
            return Client::with(&base, roots, authorization, user, patience);
        };
        let authorization = Secret::new(format!("Bearer {}", context.token.expose()));
        let user = context.user.as_deref().unwrap_or("the user of the token");
        let client = Client::with(&base, roots, authorization, user, patience)?;
        Ok(client.renewed_by(format!("pilotctl login {base} --context {name}")))
    }

    /// The user to sign in as, if one is named.
    pub(super) fn user(&self) -> Option<String> {
        let named = self.options.credentials.user().map(str::to_owned);
        let of_context = || self.chosen().ok().flatten()?.context.user;
        match self.context_is_typed && !self.options.credentials.are_named(false) {
            true => of_context(),
            false => named.or_else(of_context),
        }
    }

    /// The context that counts: the one that the command line names; else, without an address,
    /// the one of the environment or the one that is used.
    fn chosen(&self) -> Result<Option<Chosen>, Failure> {
        if self.url_is_typed && self.context_is_typed {
            return Err(Failure::Usage(
                "--context and --url both name a service: use either".into(),
            ));
        }
        let has_address = self
            .options
            .url
            .as_deref()
            .is_some_and(|url| !url.is_empty());
        if has_address && !self.context_is_typed {
            return Ok(None);
        }
        let named = self.options.context.clone().filter(|name| !name.is_empty());
        let contexts = match Contexts::of_this_user() {
            Ok(contexts) => contexts,
            Err(failure) => return named.map_or(Ok(None), |_| Err(failure)),
        };
        let name = match named {
            Some(name) => Some(name),
            None => contexts.current()?,
        };
        let load = |name: String| {
            let context = contexts.load(&name)?;
            Ok(Chosen { name, context })
        };
        name.map(load).transpose()
    }

    /// The CAs to trust; `None` for the system's.
    fn roots(
        &self,
        chosen: Option<&Chosen>,
    ) -> Result<Option<Vec<CertificateDer<'static>>>, Failure> {
        let file = self.options.ca_file.as_deref();
        let file = file.filter(|path| {
            let is_set = !path.as_os_str().is_empty();
            is_set && (self.ca_is_typed || !self.context_is_typed)
        });
        if let Some(path) = file {
            return cas(path, Failure::Usage).map(Some);
        }
        let pem = chosen.and_then(|chosen| chosen.context.ca.as_deref());
        pem.map(cas_of_context).transpose()
    }
}

impl FromArgMatches for Connection {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let is_typed = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
        let options = ServiceOptions::from_arg_matches(matches)?;
        Ok(Self {
            json: options.json,
            options,
            url_is_typed: is_typed("url"),
            context_is_typed: is_typed("context"),
            ca_is_typed: is_typed("ca_file"),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Connection {
    fn augment_args(command: Command) -> Command {
        ServiceOptions::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        ServiceOptions::augment_args_for_update(command)
    }
}
