//! `pilotctl init`: everything that a service needs to start, in one command.

mod keys;
mod place;
mod report;
mod service_user;
mod settings;

use super::failure::Failure;
use super::{exposure, password, tls};
use crate::domain::user::check_user_name;
use keys::Made;
use service_user::ServiceUser;
use settings::Settings;
use std::net::SocketAddr;
use std::path::{self, Path, PathBuf};

/// The folder of the package's service.
const PACKAGED: &str = "/etc/pilotctl";

/// The Unix user of the package's service.
const PACKAGED_USER: &str = "pilotctl";

/// `pilotctl init`
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Name or address by which hosts reach the service (may be repeated; the first one stands in
    /// invitations)
    #[arg(long = "host", required = true, num_args = 1.., value_parser = tls::name)]
    hosts: Vec<String>,
    /// Address to listen on
    #[arg(long, default_value = "0.0.0.0:8443", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Folder for settings, keys and certificates
    #[arg(long, default_value = PACKAGED)]
    dir: PathBuf,
    /// Folder for the service's data; created if it does not exist
    #[arg(long, default_value = "/var/lib/pilotctl", value_name = "DIR")]
    data: PathBuf,
    /// Name of the first user, who is an admin
    #[arg(long, default_value = "admin", value_name = "NAME")]
    admin: String,
    /// File with the admin's password, in one line (else from a prompt or standard input)
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Unix user of the service, who gets what it needs if root runs this (default: pilotctl for
    /// /etc/pilotctl, else root)
    #[arg(long, value_name = "NAME")]
    service_user: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Makes everything, or nothing. Nothing that exists is replaced, except for settings that name
/// what was made.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    check_user_name(&arguments.admin).map_err(Failure::Usage)?;
    let (dir, data) = (absolute(&arguments.dir)?, absolute(&arguments.data)?);
    refuse_exposed(&dir, &data)?;
    let url = url(&arguments.hosts, arguments.listen);
    let settings = Settings::read(&dir, &data, arguments.listen, &url)?;
    let made = keys::make(&arguments.hosts)?;
    refuse_existing(&dir, &data, &made)?;
    let user = service_user(arguments.service_user.as_deref(), &dir)?;
    let password = password::new_password(arguments.password_file.as_deref())?;
    let placed = place::place(&dir, &made, user.as_ref())?;
    settings.write(user.as_ref())?;
    service_user::add_admin(user.as_ref(), &data, &arguments.admin, &password)?;
    placed.keep();
    report::print(arguments, &url, settings.path(), &made)
}

/// Refuses, when root runs this, folders in which others could put links where root gives files away.
fn refuse_exposed(dir: &Path, data: &Path) -> Result<(), Failure> {
    let offline = dir.join(keys::OFFLINE);
    let tls = dir.join("tls");
    exposure::refuse([&*tls, &*offline, data.parent().unwrap_or(data)])
}

/// The Unix user that gets what the service needs, if that is not who runs this.
fn service_user(named: Option<&str>, dir: &Path) -> Result<Option<ServiceUser>, Failure> {
    let is_packaged = dir == Path::new(PACKAGED);
    match named.or(is_packaged.then_some(PACKAGED_USER)) {
        Some(name) if ownership::is_root() => ServiceUser::find(name).map(Some),
        Some(name) if named.is_some() => Err(Failure::Usage(format!(
            "only root can make files for {name}: run this as root, or as {name} without --service-user"
        ))),
        _ => Ok(None),
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    path::absolute(path).map_err(|error| Failure::file(path, error))
}

/// The address of the service, as in invitations.
fn url(hosts: &[String], listen: SocketAddr) -> String {
    let host = hosts.first().map(String::as_str).unwrap_or_default();
    let port = listen.port();
    match host.contains(':') {
        true => format!("https://[{host}]:{port}"),
        false => format!("https://{host}:{port}"),
    }
}

/// Refuses what a control has already, before a password is asked for.
fn refuse_existing(dir: &Path, data: &Path, made: &[Made]) -> Result<(), Failure> {
    let files = made.iter().map(|file| dir.join(file.name));
    let mut paths = files.chain([data.join(crate::store::FILE)]);
    match paths.find(|path| path.symlink_metadata().is_ok()) {
        Some(path) => Err(Failure::Refused(format!(
            "{} exists already, from another control or from a `pilotctl init` that was interrupted: \
             move it away to begin anew, or choose other folders with --dir and --data",
            path.display()
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::address;
    use super::*;

    #[test]
    fn the_first_host_stands_in_the_address() {
        let url =
            |host: &str, listen: &str| url(&[host.into(), "other".into()], listen.parse().unwrap());
        for (host, listen, wanted) in [
            (
                "control.example.com",
                "0.0.0.0:8443",
                "https://control.example.com:8443",
            ),
            ("192.0.2.10", "[::]:443", "https://192.0.2.10:443"),
            ("2001:db8::1", "[::]:443", "https://[2001:db8::1]:443"),
        ] {
            assert_eq!(url(host, listen), wanted);
            assert_eq!(address::parse(wanted).as_deref(), Ok(wanted));
        }
    }
}
