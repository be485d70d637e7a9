//! A job pulls its package with a token of its own: neither its host nor its command has
//! credentials for the registry.

use crate::tokens::{now, ping, token};
use lab::host::Host;
use lab::programs::programs;
use lab::rest::client;
use lab::{Lab, clean, output_text, run};
use serde_json::{Value, json};
use std::fs;
use std::process::Command;
use wire::encoding::base64;

const PACKAGE: &str = "tests/package:latest";

/// What the host of a job was given for its pull.
struct Given {
    user: String,
    password: String,
    digest: String,
}

impl Given {
    /// Has a host that has not started offered its job, as its root could; `n` is the number of
    /// its ping.
    fn to(lab: &Lab, host: &Host, n: u64) -> Self {
        let identity = host.identity();
        let (status, _, body) = ping(lab, &token(identity.host, &identity.key, now(), n));
        assert_eq!(status, 201, "{body}");
        let offer: Value = serde_json::from_str(&body).unwrap();
        let text = |name: &str| {
            offer["envelope"]["value"][name]
                .as_str()
                .unwrap()
                .to_owned()
        };
        Self {
            user: text("user"),
            password: text("pwd"),
            digest: text("digest"),
        }
    }

    /// The runner, which pulls into a home without any package.
    fn pull(&self, lab: &Lab, name: &str, digest: &str) -> Command {
        let home = lab.path("another-home");
        let _ = fs::remove_dir_all(&home);
        let mut pull = clean(&programs().art);
        pull.args(["pull", &lab.package(name)])
            .env("ARTISAN_HOME", home)
            .env("ART_CA_FILE", lab.control.ca())
            .env("ART_PACKAGE_DIGEST", digest)
            .env("ART_PULL_ATTEMPTS", "1");
        self.sign_in(&mut pull);
        pull
    }

    fn sign_in(&self, art: &mut Command) {
        art.env("ART_REG_USER", &self.user)
            .env("ART_REG_PWD", &self.password);
    }

    fn status(&self, lab: &Lab, path: &str) -> u16 {
        let pair = format!("{}:{}", self.user, self.password);
        let answer = client(&lab.control.ca())
            .get(format!("{}{path}", lab.control.url()))
            .header(
                "Authorization",
                format!("Basic {}", base64(pair.as_bytes())),
            )
            .call();
        answer.unwrap().status().as_u16()
    }
}

fn assert_refused(art: &mut Command) {
    let output = art.output().unwrap();
    let said = output_text(&output);
    let is_refused = said.contains("does not accept the token of this job");
    assert!(!output.status.success() && is_refused, "{said}");
}

#[test]
fn abuse_a_host_uses_the_token_of_its_job_elsewhere_and_afterwards() {
    let lab = Lab::new();
    lab.publish(&lab::package_source(), "tests/other:1");
    let mut host = lab.enrolled_host();
    lab.command("greet", &[("GREETING", "Hello")], json!({}));
    let [id] = lab.job("greet", &[&host])[..] else {
        panic!("one job")
    };
    let given = Given::to(&lab, &host, 1);
    let digest = &*given.digest;
    assert_eq!(given.user, format!("job/{id}"));
    run(&mut given.pull(&lab, PACKAGE, digest));

    let another = digest.replace(&digest[7..17], "AAAAAAAAAA");
    assert_refused(&mut given.pull(&lab, PACKAGE, &another));
    assert_refused(&mut given.pull(&lab, "tests/other:1", digest));
    let mut push = lab.art();
    given.sign_in(push.args(["push", &lab.package(PACKAGE)]));
    assert_refused(&mut push);
    let job = format!("/job/{id}");
    for path in [&*job, "/job", "/host", "/cmd", "/repository", "/user"] {
        assert_eq!(given.status(&lab, path), 401, "{path}");
    }

    host.start();
    let ended = lab.end_of(&host, id);
    assert_eq!(ended["log"], "Hello from greet\nand on the other stream\n");
    assert_refused(&mut given.pull(&lab, PACKAGE, digest));
    let logs = [host.agent().log(), lab.control.service().log()].concat();
    assert!(!logs.contains(&given.password), "{logs}");
}

/// The certificate of a running control gets a second name.
#[test]
fn a_package_is_in_controls_own_registry_by_every_name_of_its_certificate() {
    let lab = Lab::new();
    let host = lab.enrolled_host();
    let package = format!("localhost:{}/{PACKAGE}", lab.control.port());
    let greeting = [("GREETING", "Hello")];
    lab.command("greet", &greeting, json!({ "package": package }));
    let [id] = lab.job("greet", &[&host])[..] else {
        panic!("one job")
    };
    assert_eq!(Given::to(&lab, &host, 1).user, "");
    let tls = |name: &str| lab.control.path("tls").join(name);
    run(lab
        .control
        .pilotctl()
        .args(["tls", "issue", "--host", "127.0.0.1", "--host", "localhost"])
        .args(["--dir".as_ref(), lab.path("renewed").as_os_str()])
        .args(["--ca".as_ref(), lab.control.ca().as_os_str()])
        .args(["--ca-key".as_ref(), tls("ca.key").as_os_str()]));
    for name in ["server.pem", "server.key"] {
        fs::copy(lab.path("renewed").join(name), tls(name)).unwrap();
    }
    lab.control.service().signal("HUP");
    let in_force = "the certificate of the file is in force";
    lab.control.service().wait_for(in_force);
    assert_eq!(Given::to(&lab, &host, 2).user, format!("job/{id}"));
}

/// Once a host has the package, its job needs no registry, and so no token either.
#[test]
fn a_package_that_is_on_the_host_is_not_pulled_again() {
    let lab = Lab::new();
    let host = lab.running_host();
    lab.command("greet", &[("GREETING", "Hello")], json!({}));
    for _ in 0..2 {
        assert_eq!(lab.run_job("greet", &host)["status"], "succeeded");
        let archives = lab.control.path("data/packages");
        let _ = fs::remove_dir_all(archives);
    }
}
