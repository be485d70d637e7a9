//! The environment of a job. The agent builds it, and passes on only a few variables of its own.

use crate::config::Config;
use crate::config::program::PATH;
use crate::keys::{self, TrustStore};
use wire::PackageName;
use wire::command::Command;

/// All variables that the runner and its function get.
///
/// Registry credentials and secrets are passed here and never on a command line, which every
/// Unix user of the host can read.
pub(crate) fn of(command: &Command, config: &Config) -> Vec<(String, String)> {
    let mut environment = base(config);
    environment.extend(proxy(command, config));
    let mut set = |name: &str, value: &str| environment.push((name.to_owned(), value.to_owned()));
    if !command.user.is_empty() {
        set("ART_REG_USER", &command.user);
        set("ART_REG_PWD", command.pwd.expose());
    }
    if let Some(digest) = &command.digest {
        set("ART_PACKAGE_DIGEST", digest);
    }
    if command.verbose {
        set("ART_VERBOSE", "1");
    }
    let input = command.input.iter();
    for (name, value) in input
        .clone()
        .flat_map(|input| &input.var)
        .filter_map(|var| Some((&var.name, var.effective()?)))
    {
        set(name, value);
    }
    for (name, value) in input
        .flat_map(|input| &input.secret)
        .filter_map(|secret| Some((&secret.name, secret.value.as_ref()?)))
    {
        set(name, value.expose());
    }
    environment
}

fn base(config: &Config) -> Vec<(String, String)> {
    let trust = TrustStore::new(&config.home);
    let registry_keys = trust.has_list().then(|| trust.registry_keys_file());
    let home = std::env::home_dir().unwrap_or_else(|| config.home.clone());
    let artisan = std::env::var("ARTISAN_HOME")
        .unwrap_or_else(|_| config.home.join("artisan").display().to_string());
    let path = |path: std::path::PathBuf| path.display().to_string();
    let pairs = [
        (
            "PATH",
            Some(std::env::var("PATH").unwrap_or_else(|_| PATH.to_owned())),
        ),
        ("HOME", Some(path(home))),
        (
            "LANG",
            Some(std::env::var("LANG").unwrap_or_else(|_| "C.UTF-8".to_owned())),
        ),
        ("ARTISAN_HOME", Some(artisan)),
        ("ART_CA_FILE", keys::ca_file(config).map(path)),
        ("ART_VERIFY_KEYS", registry_keys.map(path)),
    ];
    pairs
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// The proxy and its exceptions, in the variables that other programs read.
fn proxy(command: &Command, config: &Config) -> Vec<(String, String)> {
    let Some(proxy) = &config.proxy else {
        return vec![];
    };
    let direct = config.no_proxy_for(registry(command));
    let mut environment = vec![("HTTPS_PROXY".to_owned(), proxy.expose())];
    if !direct.is_empty() {
        environment.push(("NO_PROXY".to_owned(), direct.join(",")));
    }
    environment
}

/// Host and port of the registry from which the package is pulled.
fn registry(command: &Command) -> Option<(String, u16)> {
    const HTTPS: u16 = 443;
    let name: PackageName = command.package.parse().ok()?;
    let (host, port) = match name.domain.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (name.domain.as_str(), HTTPS),
    };
    Some((host.to_ascii_lowercase(), port))
}
