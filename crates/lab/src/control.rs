//! The control service, as its operators set it up.

use super::programs::programs;
use super::rest::Rest;
use super::service::Service;
use super::{REGISTRY_PASSWORD, clean, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The password of every user but the hosts' one.
pub const PASSWORD: &str = "correct horse battery";

/// A control service and everything that belongs to it.
pub struct Control {
    folder: PathBuf,
    url: String,
    service: Option<Service>,
    keys: Keys,
}

/// Where the hosts of a control service have their keys from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// From the list that the root key signed; the registry enforces it.
    Listed,
    /// From files that an operator put there; the registry takes any package.
    Deployed,
}

impl Control {
    /// Makes certificates, keys and users, and starts the service.
    pub fn set_up(folder: &Path, keys: Keys) -> Self {
        let mut control = Self {
            folder: folder.to_path_buf(),
            url: String::new(),
            service: None,
            keys,
        };
        run(control
            .pilotctl()
            .args(["tls", "init", "--host", "127.0.0.1", "--dir"])
            .arg(control.path("tls")));
        control.make_keys();
        for (name, role, password) in [
            ("admin", "admin", PASSWORD),
            ("publisher", "publisher", PASSWORD),
            ("reader", "reader", REGISTRY_PASSWORD),
        ] {
            let file = control.path("password");
            fs::write(&file, password).unwrap();
            let mut add = control.pilotctl();
            add.args(["user", "add", name, "--role", role, "--data"])
                .arg(control.path("data"));
            run(add.arg("--password-file").arg(file));
        }
        control.start("127.0.0.1:0");
        control
    }

    fn make_keys(&self) {
        for name in ["root", "job", "registry"] {
            run(clean(&programs().art)
                .env("ARTISAN_HOME", self.path("artisan"))
                .args([
                    "pgp",
                    "gen",
                    "-e",
                    "tests@example.com",
                    "-c",
                    "tests",
                    "-n",
                    name,
                    "-o",
                ])
                .arg(self.path("")));
        }
        // `art sign` takes its key from its home.
        let keys = self.path("artisan/keys");
        fs::create_dir_all(&keys).unwrap();
        fs::copy(self.path("registry_key.pgp"), keys.join("sign.pgp")).unwrap();
        let mut make = self.pilotctl();
        make.args(["key", "list-make", "--number", "1", "--job"])
            .arg(self.path("job_pub.pgp"));
        run(make
            .arg("--registry")
            .arg(self.path("registry_pub.pgp"))
            .arg("-o")
            .arg(self.path("list.json")));
        let mut sign = self.pilotctl();
        sign.args(["key", "list-sign", "--root"])
            .arg(self.path("root_key.pgp"))
            .arg(self.path("list.json"));
        run(sign.arg("-o").arg(self.path("list.signed.json")));
    }

    fn start(&mut self, listen: &str) {
        let mut serve = self.pilotctl();
        serve
            .args(["serve", "--listen", listen, "--interval", "1s", "--data"])
            .arg(self.path("data"));
        for (flag, file) in [
            ("--tls-cert", "tls/server.pem"),
            ("--tls-key", "tls/server.key"),
            ("--job-key", "job_key.pgp"),
        ] {
            serve.arg(flag).arg(self.path(file));
        }
        match self.keys {
            Keys::Listed => {
                serve.arg("--root-key").arg(self.path("root_pub.pgp"));
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

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn ca(&self) -> PathBuf {
        self.path("tls/ca.pem")
    }

    pub fn rest(&self) -> Rest {
        Rest::new(&self.url, &self.ca(), "admin", PASSWORD)
    }

    pub fn pilotctl(&self) -> Command {
        let mut pilotctl = clean(&programs().pilotctl);
        pilotctl
            .env("PILOTCTL_URL", &self.url)
            .env("PILOTCTL_USER", "admin")
            .env("PILOTCTL_PASSWORD", PASSWORD)
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
