//! Has an earlier version fill a database, over its own command line and API.

use super::host::{Host, holds};
use super::setup;
use crate::fixture::{PASSWORD, now};
use lab::control::Control;
use lab::programs::take_from;
use lab::rest::client;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use trust::SecretKey;
use wire::PackageName;
use wire::command::{SecretInput, VarInput};
use wire::encoding::base64;
use wire::ping::{Phase, Ping, Progress};
use wire::seal::{
    ArchiveHash, Endorsement, FunctionEntry, FunctionInput, Manifest, Seal, Statement,
};

/// `EARLIER_PROGRAMS` names a folder with the `pilotctl` that fills it, `EARLIER_TO` the folder for
/// the result.
#[test]
#[ignore = "fills a database for the other tests: see tests/earlier/README.md"]
fn an_earlier_version_fills_a_database() {
    let [programs, to] = ["EARLIER_PROGRAMS", "EARLIER_TO"]
        .map(|name| PathBuf::from(std::env::var_os(name).expect(name)));
    take_from(&programs);
    let folder = tempfile::tempdir().unwrap();
    let control = Control::set_up(folder.path(), setup());
    let invitation = Filling(&control).fill();
    control.service().signal("TERM");
    control.service().wait_for("stopped");
    keep(&control, &to);
    fs::write(to.join("invitation"), invitation).unwrap();
}

/// Copies what has to be kept of a control's data: the database as text, its key, the archives.
fn keep(control: &Control, to: &Path) {
    fs::create_dir_all(to).unwrap();
    let dump = Command::new("sqlite3")
        .arg(control.path("data/pilotctl.db"))
        .arg(".dump")
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(dump.status.success());
    fs::write(to.join("pilotctl.sql"), dump.stdout).unwrap();
    fs::copy(control.path("data.key"), to.join("store.key")).unwrap();
    let archives = control.path("data/packages/ops%2Fhello");
    for reference in ["r1.zip", "r2.zip"] {
        fs::copy(archives.join(reference), to.join(reference)).unwrap();
    }
}

struct Filling<'a>(&'a Control);

impl Filling<'_> {
    /// Fills the database; returns the code of an invitation that nobody has used.
    fn fill(&self) -> String {
        self.import_list();
        self.push("r1", 5);
        self.0.rest().put("/cmd", &greet());
        let [web, db, app, cache, idle, gone] = self.enrolled();
        let stranger = self.host("stranger");
        assert_eq!(stranger.enrol(None), 202);

        self.run("first", &[&web, &db]);
        let job = web.offered();
        web.receive(job);
        web.end(job, 0, "hello from web\n");
        let job = db.offered();
        db.end(job, 3, "no greeting today\n");
        self.push("r2", 6);
        self.run("second", &[&web, &db, &app, &cache, &gone]);
        let running = db.offered();
        db.receive(running);
        db.ping(&progress(running));
        self.cancel_received(&app);
        cache.offered();
        self.cancel_waiting("third", &web);

        self.rotate(&cache);
        idle.ping(&Ping {
            declines: Some("disk full".into()),
            skew: Some(-90),
            restored: true,
            ..Ping::default()
        });
        self.0
            .rest()
            .post(&format!("/host/{}/disable", idle.id), &Value::Null);
        assert_eq!(self.0.rest().delete(&format!("/host/{}", gone.id)), 204);
        self.invite(json!({ "uses": 3, "label": ["invited"], "area": "eu" }))
    }

    /// Imports list number 2. Not from the file that the service was started with: if it has read
    /// the list there by itself, it does not store it.
    fn import_list(&self) {
        let key = |subcommand: &str| {
            let mut command = self.0.pilotctl();
            command.args(["key", subcommand]);
            command
        };
        let [list, signed] = ["2.json", "2.signed.json"].map(|name| self.0.path(name));
        let mut make = key("list-make");
        make.args(["--number", "2", "--job"])
            .arg(self.0.path("job_pub.pgp"));
        make.arg("--registry").arg(self.0.path("registry_pub.pgp"));
        lab::run(make.arg("-o").arg(&list));
        let mut sign = key("list-sign");
        sign.arg("--root").arg(self.0.path("root_key.pgp"));
        lab::run(sign.arg(&list).arg("-o").arg(&signed));
        lab::run(key("list-import").arg(&signed));
    }

    fn host(&self, name: &str) -> Host {
        Host::new(name, self.0.url(), &self.0.ca(), 0)
    }

    fn invite(&self, options: Value) -> String {
        let issued = self.0.rest().post("/enrolment", &options);
        let issued: Value = serde_json::from_str(&issued).unwrap();
        issued["code"].as_str().unwrap().to_owned()
    }

    /// Hosts with facts, labels and a place. An operator admits one of them; the others have codes.
    fn enrolled(&self) -> [Host; 6] {
        let place = json!({
            "org_group": "ships", "org": "line", "area": "eu", "location": "hamburg",
            "label": ["shop", "canary"],
        });
        ["web", "db", "app", "cache", "idle", "gone"].map(|name| {
            let host = self.host(name);
            if name == "db" {
                assert_eq!(host.enrol(None), 202);
                let mut admission = place.clone();
                admission["host_uuid"] = json!(host.id);
                self.0.rest().put("/admission", &json!([admission]));
                assert_eq!(host.enrol(None), 201);
            } else {
                let code = self.invite(place.clone());
                assert_eq!(host.enrol(Some(&code)), 201);
            }
            let (status, _) = host.post("/register", &host.facts());
            assert!(matches!(status, 200..300), "{status}");
            host.ping(&Ping {
                keys: Some(2),
                ..Ping::default()
            });
            host
        })
    }

    /// Creates a batch, and returns its id.
    fn run(&self, name: &str, hosts: &[&Host]) -> String {
        let hosts: Vec<_> = hosts.iter().map(|host| host.id).collect();
        let batch = json!({
            "name": name, "notes": format!("notes of {name}"), "label": [name],
            "host_uuid": hosts, "fx_key": "greet", "fx_version": 1,
        });
        self.0.rest().post("/job", &batch)
    }

    /// The host has it, and does not hear of the cancel yet.
    fn cancel_received(&self, host: &Host) {
        let job = host.offered();
        host.receive(job);
        assert_eq!(self.0.rest().delete(&format!("/job/{job}")), 202);
    }

    fn cancel_waiting(&self, name: &str, host: &Host) {
        let batch = self.run(name, &[host]);
        let jobs = self.0.rest().get(&format!("/job?bid={}", batch.trim()));
        let job = &jobs[0]["id"];
        assert_eq!(self.0.rest().delete(&format!("/job/{job}")), 200);
    }

    /// An operator has asked for it, and the host has sent a key that it has not used yet.
    fn rotate(&self, host: &Host) {
        let target = format!("/host/{}/rotate", host.id);
        self.0.rest().post(&target, &Value::Null);
        let (status, body) = host.post("/key", &json!({ "key": host.next_key() }));
        assert_eq!(status, 204, "{body}");
    }

    /// Pushes a package that the registry key has signed.
    fn push(&self, reference: &str, serial: u64) {
        let archive = super::kept::archive(reference);
        let manifest = Manifest {
            reference: reference.into(),
            functions: vec![greeting()],
            ..Manifest::default()
        };
        let mut seal = Seal::new(&manifest, &ArchiveHash::of(&archive)).unwrap();
        let name: PackageName = "registry.example/ops/hello:1".parse().unwrap();
        let message = Statement::new(&name, &seal.digest, serial).message();
        let key = fs::read(self.0.path("registry_key.pgp")).unwrap();
        let key = SecretKey::from_bytes(&key).unwrap();
        let signature = key.sign(&message, now()).unwrap();
        let endorsement = Endorsement { serial, signature };
        let authority = key.certificate().fingerprint().to_string();
        seal.seal.insert(authority, endorsement.to_value());
        self.send_package(&seal.print().unwrap(), &archive);
    }

    fn send_package(&self, seal: &[u8], archive: &[u8]) {
        let mut form = Vec::new();
        for (name, content) in [
            ("package-meta", &b"{}"[..]),
            ("package-seal", seal),
            ("package-file", archive),
        ] {
            let head = format!(
                "--xyzzy\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n"
            );
            form.extend_from_slice(head.as_bytes());
            form.extend_from_slice(content);
            form.extend_from_slice(b"\r\n");
        }
        form.extend_from_slice(b"--xyzzy--\r\n");
        let url = format!("{}/package/ops/hello/tag/1", self.0.url());
        let basic = base64(format!("ada:{PASSWORD}").as_bytes());
        let pushed = client(&self.0.ca())
            .post(url)
            .header("authorization", format!("Basic {basic}"))
            .header("content-type", "multipart/form-data; boundary=xyzzy")
            .send(&form);
        assert_eq!(pushed.unwrap().status(), 201);
    }
}

fn progress(job_id: i64) -> Ping {
    Ping {
        progress: Some(Progress {
            job_id,
            phase: Some(Phase::Run),
            at: 0,
            text: "half-way\n".into(),
        }),
        ..holds(job_id)
    }
}

/// A command with a password, a secret and a variable.
fn greet() -> Value {
    json!({
        "key": "greet", "description": "says hello", "package": "registry.example/ops/hello:1",
        "function": "greet", "user": "reader", "pwd": "hunter2", "verbose": false,
        "containerised": false,
        "input": {
            "var": [{ "name": "NAME", "value": "world" }],
            "secret": [{ "name": "TOKEN", "value": "s3cret" }],
        },
    })
}

/// What the package has for it.
fn greeting() -> FunctionEntry {
    FunctionEntry {
        name: "greet".into(),
        input: Some(FunctionInput {
            var: vec![VarInput {
                name: "NAME".into(),
                required: true,
                ..VarInput::default()
            }],
            secret: vec![SecretInput {
                name: "TOKEN".into(),
                required: true,
                ..SecretInput::default()
            }],
        }),
        ..FunctionEntry::default()
    }
}
