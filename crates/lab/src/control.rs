//! The control service, as its operators set it up.

use super::programs::programs;
use super::rest::Rest;
use super::service::Service;
use super::setup::{add_user, make_certificates, take_key};
use super::{REGISTRY_PASSWORD, clean, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The password of every user but the reader.
pub const PASSWORD: &str = "correct horse battery";

/// A control service and everything that belongs to it.
pub struct Control {
    folder: PathBuf,
    url: String,
    service: Option<Service>,
    keys: Keys,
    users: Vec<User>,
    job_key: &'static str,
    root_key: &'static str,
    /// The time between pings; counts from the next start on, as the
    /// environment does.
    pub interval: String,
    /// More variables for the service.
    pub environment: Vec<(String, String)>,
}

/// Where the hosts of a control service have their keys from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// From the list that the root key signed; the registry enforces it.
    Listed,
    /// From files that an operator put there; the registry takes any package.
    Deployed,
}

/// A user of the service.
pub struct User {
    pub name: &'static str,
    pub role: &'static str,
    pub password: String,
}

/// How a control service is set up.
pub struct Setup<'a> {
    pub keys: Keys,
    /// What its certificate is for, names and addresses; it listens at the first of
    /// them, an address.
    pub hosts: &'a [&'a str],
    /// Fixtures to take as root, job and registry keys, which are made otherwise.
    pub made: Option<[&'a str; 3]>,
    /// The first one is the operator whose requests [`Control::rest`] and
    /// [`Control::pilotctl`] make.
    pub users: Vec<User>,
    /// More variables for the service.
    pub environment: Vec<(String, String)>,
}

impl Default for Setup<'_> {
    fn default() -> Self {
        let mut users = users([PASSWORD, PASSWORD].map(str::to_owned));
        users.push(User {
            name: "reader",
            role: "reader",
            password: REGISTRY_PASSWORD.to_owned(),
        });
        Self {
            keys: Keys::Listed,
            hosts: &["127.0.0.1"],
            made: None,
            users,
            environment: vec![],
        }
    }
}

/// Operator and publisher, with their passwords.
pub fn users(passwords: [String; 2]) -> Vec<User> {
    let with_password = |(name, password)| User {
        name,
        role: name,
        password,
    };
    ["admin", "publisher"]
        .into_iter()
        .zip(passwords)
        .map(with_password)
        .collect()
}

impl Control {
    /// Makes certificates, keys and users, and starts the service at a free port.
    pub fn set_up(folder: &Path, setup: Setup) -> Self {
        let listen = format!("{}:0", setup.hosts[0]);
        let mut control = Self::prepare(folder, setup);
        control.start(&listen);
        control
    }

    /// Makes certificates, keys and users of a service that is not started.
    pub fn prepare(folder: &Path, setup: Setup) -> Self {
        let control = Self {
            folder: folder.to_path_buf(),
            url: String::new(),
            service: None,
            keys: setup.keys,
            users: setup.users,
            job_key: "job",
            root_key: "root",
            interval: "1s".to_owned(),
            environment: setup.environment,
        };
        make_certificates(control.pilotctl(), folder, setup.hosts);
        control.make_keys(setup.made);
        for user in &control.users {
            run(&mut control.add_user(user.name, user.role, &user.password));
        }
        control
    }

    /// The command that adds a user. Leaves the password in `NAME.password`.
    pub fn add_user(&self, name: &str, role: &str, password: &str) -> Command {
        add_user(self.pilotctl(), &self.folder, name, role, password)
    }

    /// A user's password.
    pub fn password(&self, name: &str) -> &str {
        let mut users = self.users.iter();
        &users.find(|user| user.name == name).unwrap().password
    }

    fn make_keys(&self, made: Option<[&str; 3]>) {
        for (at, name) in ["root", "job", "registry"].into_iter().enumerate() {
            match made {
                Some(made) => take_key(&self.folder, name, made[at]),
                None => self.make_key(name),
            }
        }
        // `art sign` takes its key from its home.
        let keys = self.path("artisan/keys");
        fs::create_dir_all(&keys).unwrap();
        fs::copy(self.path("registry_key.pgp"), keys.join("sign.pgp")).unwrap();
        self.sign_list(1, &["job"], &["registry"]);
    }

    /// Makes a key pair, `NAME_key.pgp` and `NAME_pub.pgp`.
    pub fn make_key(&self, name: &str) {
        run(clean(&programs().publisher)
            .env("ARTISAN_HOME", self.path("artisan"))
            .args(["pgp", "gen", "-e", "tests@example.com", "-c", "tests"])
            .args(["-n", name, "-o"])
            .arg(self.path("")));
    }

    /// The fingerprint of a key pair.
    pub fn fingerprint(&self, name: &str) -> String {
        let armor = fs::read(self.path(&format!("{name}_pub.pgp"))).unwrap();
        let ring = trust::Keyring::from_bytes(&armor).unwrap();
        ring.certificates()[0].fingerprint().to_string()
    }

    /// Has the root key sign a list, which the service is started with from
    /// now on.
    pub fn sign_list(&self, number: u64, job: &[&str], registry: &[&str]) {
        self.sign_list_by("root", number, job, registry);
    }

    /// As [`Control::sign_list`], by a key that need not be the root.
    pub fn sign_list_by(&self, signer: &str, number: u64, job: &[&str], registry: &[&str]) {
        let public = |name: &&str| self.path(&format!("{name}_pub.pgp"));
        let [list, signed] = ["list.json", "list.signed.json"].map(|name| self.path(name));
        for stale in [&list, &signed] {
            let _ = fs::remove_file(stale);
        }
        let mut make = self.pilotctl();
        make.args(["key", "list-make", "--number", &number.to_string()]);
        for key in job.iter().map(public) {
            make.arg("--job").arg(key);
        }
        for key in registry.iter().map(public) {
            make.arg("--registry").arg(key);
        }
        run(make.arg("-o").arg(&list));
        let mut sign = self.pilotctl();
        sign.args(["key", "list-sign", "--root"])
            .arg(self.path(&format!("{signer}_key.pgp")));
        run(sign.arg(&list).arg("-o").arg(&signed));
    }

    /// Signs a list and gives it to the running service.
    pub fn import_list(&self, number: u64, job: &[&str], registry: &[&str]) {
        self.sign_list(number, job, registry);
        let mut import = self.pilotctl();
        import.args(["key", "list-import"]);
        run(import.arg(self.path("list.signed.json")));
    }

    /// Which key the service signs job requests with when it is started next.
    pub fn sign_with(&mut self, name: &'static str) {
        self.job_key = name;
    }

    /// Which public key the service presents as the root when it is started
    /// next.
    pub fn claim_root(&mut self, name: &'static str) {
        self.root_key = name;
    }

    /// A copy of the service's data, as a backup has it, and of its key list.
    pub fn back_up(&self, name: &str) {
        let backup = self.path(name);
        fs::create_dir(&backup).unwrap();
        run(Command::new("cp")
            .arg("-a")
            .arg(self.path("data"))
            .arg(&backup));
        fs::copy(
            self.path("list.signed.json"),
            backup.join("list.signed.json"),
        )
        .unwrap();
    }

    /// Puts a backup in place of the data of a service that is not running.
    pub fn restore(&self, name: &str) {
        let backup = self.path(name);
        fs::remove_dir_all(self.path("data")).unwrap();
        run(Command::new("cp")
            .arg("-a")
            .arg(backup.join("data"))
            .arg(self.path("")));
        fs::copy(
            backup.join("list.signed.json"),
            self.path("list.signed.json"),
        )
        .unwrap();
    }

    /// Has a `pilotctl serve` take this control's data, certificate and keys.
    pub fn name_files(&self, serve: &mut Command) {
        for (option, file) in [
            ("--data", "data"),
            ("--tls-cert", "tls/server.pem"),
            ("--tls-key", "tls/server.key"),
            ("--job-key", &*format!("{}_key.pgp", self.job_key)),
        ] {
            serve.arg(option).arg(self.path(file));
        }
    }

    fn start(&mut self, listen: &str) {
        let mut serve = self.pilotctl();
        serve
            .args(["serve", "--listen", listen, "--interval", &self.interval])
            .envs(self.environment.iter().cloned());
        self.name_files(&mut serve);
        match self.keys {
            Keys::Listed => {
                serve
                    .arg("--root-key")
                    .arg(self.path(&format!("{}_pub.pgp", self.root_key)));
                serve.arg("--key-list").arg(self.path("list.signed.json"));
            }
            Keys::Deployed => {
                serve.arg("--accept-unsigned");
            }
        }
        let service = Service::start(&mut serve);
        let line = service.wait_for("pilotctl: listening on ");
        self.url = line.rsplit(' ').next().unwrap().to_owned();
        self.service = Some(service);
    }

    /// Kills the service, as a power cut would.
    pub fn kill(&mut self) {
        self.service.take().unwrap().kill();
    }

    /// Starts it again at the same address.
    pub fn start_again(&mut self) {
        let address = self.authority().to_owned();
        self.start(&address);
    }

    pub fn service(&self) -> &Service {
        self.service.as_ref().unwrap()
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// `host:port`.
    pub fn authority(&self) -> &str {
        self.url.strip_prefix("https://").unwrap()
    }

    pub fn port(&self) -> u16 {
        self.url.rsplit_once(':').unwrap().1.parse().unwrap()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn ca(&self) -> PathBuf {
        self.path("tls/ca.pem")
    }

    pub fn rest(&self) -> Rest {
        let operator = &self.users[0];
        Rest::new(&self.url, &self.ca(), operator.name, &operator.password)
    }

    pub fn pilotctl(&self) -> Command {
        let mut pilotctl = clean(&programs().pilotctl);
        pilotctl
            .env("PILOTCTL_URL", &self.url)
            .env("PILOTCTL_USER", self.users[0].name)
            .env("PILOTCTL_PASSWORD", &self.users[0].password)
            .env("PILOTCTL_CA_FILE", self.ca());
        pilotctl
    }

    /// An enrolment code.
    pub fn invite(&self) -> String {
        run(self.pilotctl().args(["host", "invite"]))
            .trim()
            .to_owned()
    }
}
