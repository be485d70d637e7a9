//! All that was filled, asked for over the API, and from the side of the hosts.

use super::host::Host;
use super::kept::{Kept, archive};
use crate::fixture::{PASSWORD, Served};
use lab::rest::{Rest, client};
use serde_json::{Value, json};
use wire::encoding::base64;
use wire::ping::Ping;

/// More than any host has used.
const LATER: u64 = 1_000;

struct Looking<'a> {
    kept: &'a Kept,
    url: &'a str,
    rest: Rest,
}

/// Checks all that was filled, and goes on from there.
pub(super) fn all(kept: &Kept, served: &Served) {
    let ca = kept.fixture.path("tls/ca.pem");
    let looking = Looking {
        kept,
        url: &served.url,
        rest: Rest::new(&served.url, &ca, "ada", PASSWORD),
    };
    looking.users();
    looking.hosts();
    looking.commands_and_packages();
    looking.jobs();
    looking.pings();
    looking.running_jobs_go_on();
    looking.a_rotation_goes_on();
    looking.refused_hosts();
    looking.the_invitation_admits();
}

/// Checks that nothing waits to be converted.
pub(super) fn converted(kept: &Kept) {
    let waiting = kept.with_database(async |database| {
        let waiting: (i64,) = sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM unmoved_command)
                 + (SELECT COUNT(*) FROM command WHERE shown IS NULL)
                 + (SELECT COUNT(*) FROM host WHERE fingerprint IS NULL)
                 + (SELECT COUNT(*) FROM batch WHERE command NOT LIKE 'v1.%')
                 + (SELECT COUNT(*) FROM host WHERE number NOT IN (SELECT host FROM pulse))",
        )
        .fetch_one(database)
        .await
        .unwrap();
        waiting.0
    });
    assert_eq!(waiting, 0);
}

impl Looking<'_> {
    fn host(&self, name: &str, n: u64) -> Host {
        let ca = self.kept.fixture.path("tls/ca.pem");
        Host::new(name, self.url, &ca, n)
    }

    fn shown(&self, host: &Host) -> Value {
        self.rest.get(&format!("/host/{}", host.id))
    }

    fn users(&self) {
        let users = self.rest.get("/user");
        let found: Vec<_> = users.as_array().unwrap().iter().map(role).collect();
        assert_eq!(found, ["ada admin", "pia publisher", "rob reader"]);
        let ca = self.kept.fixture.path("tls/ca.pem");
        Rest::new(self.url, &ca, "rob", PASSWORD).get("/host");
    }

    fn hosts(&self) {
        for (name, state) in [
            ("web", "enrolled"),
            ("db", "enrolled"),
            ("app", "enrolled"),
            ("cache", "enrolled"),
            ("idle", "disabled"),
        ] {
            let shown = self.shown(&self.host(name, 0));
            assert_eq!(
                (&shown["hostname"], &shown["state"]),
                (&json!(name), &json!(state))
            );
            assert_eq!(shown["label"], json!(["shop", "canary"]));
            let place = ["org_group", "org", "area", "location"].map(|part| &shown[part]);
            assert_eq!(place, ["ships", "line", "eu", "hamburg"]);
            assert_eq!(
                (&shown["host_ip"], &shown["version"]),
                (&json!("192.0.2.9"), &json!("0.1.0"))
            );
        }
        let stranger = self.host("stranger", 0);
        let shown = self.shown(&stranger);
        assert_eq!(shown["state"], "pending");
        assert_eq!(shown["fingerprint"], stranger.key.fingerprint());
        let idle = self.shown(&self.host("idle", 0));
        assert_eq!(
            (&idle["declines"], &idle["skew"]),
            (&json!("disk full"), &json!(-90))
        );
        assert_eq!(idle["restored_times"], 1);
        assert!(self.shown(&self.host("cache", 0))["rotation_asked"].is_string());
    }

    fn commands_and_packages(&self) {
        let commands = self.rest.get("/cmd");
        assert_eq!(
            (&commands[0]["key"], &commands[0]["pwd"]),
            (&json!("greet"), &json!("***"))
        );
        assert_eq!(commands[0]["input"]["var"][0]["value"], "world");
        let keys = self.rest.get("/key-list");
        assert_eq!(keys["number"], 2, "{keys}");
        let repositories = self.rest.get("/repository");
        assert_eq!(repositories[0]["repository"], "ops/hello");
        for reference in ["r1", "r2"] {
            let url = format!("{}/package/archive/ops/hello/{reference}", self.url);
            let basic = base64(format!("ada:{PASSWORD}").as_bytes());
            let pulled = client(&self.kept.fixture.path("tls/ca.pem"))
                .get(url)
                .header("authorization", format!("Basic {basic}"))
                .call();
            let pulled = pulled.unwrap().body_mut().read_to_vec().unwrap();
            assert_eq!(pulled, archive(reference));
        }
    }

    fn jobs(&self) {
        for (batch, expected) in [
            (
                "first",
                &[
                    ("db", "failed", "no greeting today\n"),
                    ("web", "succeeded", "hello from web\n"),
                ][..],
            ),
            (
                "second",
                &[
                    ("app", "cancelling", ""),
                    ("cache", "queued", ""),
                    ("db", "received", ""),
                    ("gone", "cancelled", ""),
                    ("web", "queued", ""),
                ],
            ),
            ("third", &[("web", "cancelled", "")]),
        ] {
            let batches = self.rest.get(&format!("/job/batch?name={batch}"));
            assert_eq!(batches[0]["notes"], format!("notes of {batch}"));
            assert_eq!(
                (&batches[0]["owner"], &batches[0]["label"]),
                (&json!("ada"), &json!([batch]))
            );
            let jobs = self.jobs_of(&batches[0]["batch"]);
            let jobs: Vec<_> = jobs
                .iter()
                .map(|(host, job)| (&**host, status(job), log(job)))
                .collect();
            assert_eq!(jobs, expected, "{batch}");
        }
    }

    /// The jobs of a batch, by host.
    fn jobs_of(&self, batch: &Value) -> Vec<(String, Value)> {
        let batch = batch.as_str().unwrap();
        let jobs = self.rest.get(&format!("/job?bid={batch}&log=true"));
        let named = |job: &Value| (job["hostname"].as_str().unwrap().to_owned(), job.clone());
        let mut jobs: Vec<_> = jobs.as_array().unwrap().iter().map(named).collect();
        jobs.sort_by(|one, other| one.0.cmp(&other.0));
        jobs
    }

    /// The waiting job is offered with its secrets. Numbers that were used up stay used up.
    fn pings(&self) {
        let web = self.host("web", LATER);
        let (status, refused) = web.post_as(1, "/ping", &json!(Ping::default()));
        assert_eq!(
            (status, &refused["reason"]),
            (401, &json!("sequence")),
            "{refused}"
        );
        let envelope = web.ping(&Ping::default());
        let command = &envelope["value"];
        assert_eq!(
            (&command["user"], &command["pwd"]),
            (&json!("reader"), &json!("hunter2"))
        );
        assert_eq!(command["input"]["secret"][0]["value"], "s3cret");
        let job = command["job_id"].as_i64().unwrap();
        web.receive(job);
        web.end(job, 0, "hello again\n");
        let shown = self.rest.get(&format!("/job/{job}"));
        assert_eq!(
            (&shown["status"], &shown["log"]),
            (&json!("succeeded"), &json!("hello again\n"))
        );
        assert!(web.ping(&Ping::default()).is_null());
    }

    fn running_jobs_go_on(&self) {
        let second = self.rest.get("/job/batch?name=second");
        let jobs = self.jobs_of(&second[0]["batch"]);
        let id = |host: &str| {
            let (_, job) = jobs.iter().find(|(name, _)| name == host).unwrap();
            job["id"].as_i64().unwrap()
        };
        let (app, db, cache) = (
            self.host("app", LATER),
            self.host("db", LATER),
            self.host("cache", LATER),
        );
        assert_eq!(app.receive(id("app"))["cancel"], json!([id("app")]));
        assert!(db.receive(id("db")).is_null());
        db.end(id("db"), 0, "done\n");
        assert_eq!(
            self.rest.get(&format!("/job/{}", id("db")))["log"],
            "done\n"
        );
        // It was offered, and is offered until it is received.
        assert_eq!(cache.offered(), id("cache"));
    }

    /// The first use of the new key ends the old one.
    fn a_rotation_goes_on(&self) {
        let old = self.host("cache", LATER + 100);
        let mut new = self.host("cache", LATER + 200);
        assert_eq!(old.ping(&Ping::default())["rotate"], true);
        new.key = new.next_key();
        new.ping(&Ping::default());
        let shown = self.shown(&new);
        assert_eq!(shown["fingerprint"], new.key.fingerprint());
        assert!(shown["rotation_asked"].is_null());
        let late = self.host("cache", LATER + 300);
        assert_eq!(late.post("/ping", &json!(Ping::default())).0, 401);
    }

    fn refused_hosts(&self) {
        let ping = json!(Ping::default());
        let [idle, gone, stranger] =
            ["idle", "gone", "stranger"].map(|name| self.host(name, LATER));
        for host in [&idle, &gone, &stranger] {
            assert_eq!(host.post("/ping", &ping).0, 401);
        }
        self.rest
            .post(&format!("/host/{}/enable", idle.id), &Value::Null);
        assert_eq!(idle.post("/ping", &ping).0, 204);
        self.rest
            .put("/admission", &json!([{ "host_uuid": stranger.id }]));
        assert_eq!(stranger.post("/ping", &ping).0, 204);
    }

    fn the_invitation_admits(&self) {
        let invited = self.host("invited", 0);
        assert_eq!(invited.enrol(Some(&self.kept.code())), 201);
        let shown = self.shown(&invited);
        assert_eq!(
            (&shown["label"], &shown["area"]),
            (&json!(["invited"]), &json!("eu"))
        );
    }
}

fn role(user: &Value) -> String {
    format!(
        "{} {}",
        user["name"].as_str().unwrap(),
        user["role"].as_str().unwrap()
    )
}

fn status(job: &Value) -> &str {
    job["status"].as_str().unwrap()
}

fn log(job: &Value) -> &str {
    job["log"].as_str().unwrap()
}
