//! What a registry can do to a host: nothing but to be of no help.

use crate::home::{Home, failed, succeeded};
use crate::registry::{Answer, Registry};
use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use wire::seal::{ArchiveHash, Seal};

const PROJECT: &str = "profiles:\n  - name: p\n    target: .\n\
    functions:\n  - name: f\n    export: true\n    run:\n      - pwd\n      - env\n";

const NOBODY: u32 = 65_534;

/// A publisher's home, a registry that offers its package, a host that trusts it.
struct Stage {
    publisher: Home,
    registry: Registry,
    host: Home,
}

impl Stage {
    fn new() -> Self {
        let stage = Self {
            publisher: Home::with_key(),
            registry: Registry::start(),
            host: Home::new(),
        };
        stage.publish("");
        stage
    }

    /// Builds, signs and offers; `more` is added to the package.
    fn publish(&self, more: &str) {
        self.publisher
            .package(&self.registry.name(), &format!("{PROJECT}{more}"));
        self.offer();
    }

    fn offer(&self) {
        let (reference, _) = self.publisher.only_package();
        self.registry
            .offer_from(&self.publisher.path("art/packages"), &reference);
    }

    fn exe(&self) -> Command {
        let mut exe = self.host.art_with(&self.registry);
        exe.env("ART_VERIFY_KEYS", self.publisher.path("publisher_pub.pgp"))
            .args(["exe", &self.registry.name(), "f"]);
        exe
    }

    fn answer(&self, kind: &str, answer: Answer) {
        let (reference, _) = self.publisher.only_package();
        self.registry.answer(
            &format!("GET /package/{kind}/ops/hello/{reference}"),
            answer,
        );
    }

    fn times_asked_for(&self, kind: &str) -> usize {
        let requests = self.registry.requests();
        requests
            .iter()
            .filter(|request| request.line.contains(kind))
            .count()
    }
}

#[test]
fn a_function_sees_its_own_folder_and_nothing_that_is_for_art() {
    let stage = Stage::new();
    let mut exe = stage.exe();
    exe.env("ART_REG_USER", "ann")
        .env("ART_REG_PWD", "hunter2")
        .env("INPUT", "seen");
    exe.env("ART_PHASE_FILE", stage.host.path("phase"));
    let printed = succeeded(&mut exe);
    assert!(
        printed.starts_with(stage.host.path("art/run").to_str().unwrap()),
        "{printed}"
    );
    assert!(printed.contains("\nINPUT=seen\n") && printed.contains("\nART_FX_NAME=f\n"));
    for hidden in [
        "hunter2",
        "ART_REG_",
        "ART_VERIFY_KEYS",
        "ART_PHASE_FILE",
        "ARTISAN_HOME",
    ] {
        assert!(!printed.contains(hidden), "{hidden} in {printed}");
    }
    assert_eq!(fs::read(stage.host.path("phase")).unwrap(), b"run\n");
    assert!(stage.host.left_behind().is_empty());
}

/// Gives a folder to the user nobody, with all that is in it.
fn give_away(path: &Path) {
    chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give_away(&entry.unwrap().path());
        }
    }
}

/// Root may read everything: as root, this is tried as another user.
#[test]
fn a_function_cannot_read_the_password_from_art_itself() {
    let stage = Stage::new();
    stage.publish("  - name: look\n    export: true\n    run: [cat /proc/$PPID/environ]\n");
    let (art, keys) = (stage.host.path("art-copy"), stage.host.path("keys.pgp"));
    // Not by this process: its other tests' children would keep it open.
    succeeded(Command::new("cp").args([env!("CARGO_BIN_EXE_art").as_ref(), art.as_path()]));
    fs::copy(stage.publisher.path("publisher_pub.pgp"), &keys).unwrap();
    let prepared = stage.host.art_with(&stage.registry);
    let mut exe = Command::new(art);
    exe.env_clear()
        .envs(
            prepared
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("ART_VERIFY_KEYS", keys)
        .env("ART_REG_USER", "ann")
        .env("ART_REG_PWD", "hunter2")
        .args(["exe", &stage.registry.name(), "look"]);
    if rustix::process::getuid().is_root() {
        give_away(&stage.host.path(""));
        exe.uid(NOBODY).gid(NOBODY);
    }
    let output = exe.output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("Permission denied"), "{error}");
    assert!(output.stdout.is_empty());
}

#[test]
fn credentials_go_to_the_registry() {
    let stage = Stage::new();
    succeeded(
        stage
            .exe()
            .env("ART_REG_USER", "ann")
            .env("ART_REG_PWD", "hunter2"),
    );
    for request in stage.registry.requests() {
        assert_eq!(
            request.authorization.as_deref(),
            Some("Basic YW5uOmh1bnRlcjI=")
        );
    }
}

#[test]
fn what_is_here_is_not_fetched_again() {
    let stage = Stage::new();
    succeeded(&mut stage.exe());
    succeeded(&mut stage.exe());
    assert_eq!(
        (
            stage.times_asked_for("manifest"),
            stage.times_asked_for("archive")
        ),
        (2, 1)
    );
    let (_, digest) = stage.publisher.only_package();
    succeeded(stage.exe().env("ART_PACKAGE_DIGEST", digest));
    assert_eq!(
        stage.times_asked_for("manifest"),
        2,
        "pinned and here: nobody is asked"
    );
}

#[test]
fn a_stored_package_that_was_damaged_is_fetched_again() {
    let stage = Stage::new();
    succeeded(&mut stage.exe());
    let (reference, digest) = stage.publisher.only_package();
    fs::write(
        stage.host.path(&format!("art/packages/{reference}.zip")),
        "PK",
    )
    .unwrap();
    succeeded(stage.exe().env("ART_PACKAGE_DIGEST", digest));
    assert_eq!(stage.times_asked_for("archive"), 2);
}

#[test]
fn a_store_that_lost_a_seal_fetches_it_again() {
    let stage = Stage::new();
    succeeded(&mut stage.exe());
    let (reference, _) = stage.publisher.only_package();
    let seal = stage.host.path(&format!("art/packages/{reference}.json"));
    for damage in [
        |seal: &PathBuf| fs::write(seal, "{"),
        |seal: &PathBuf| fs::remove_file(seal),
    ] {
        damage(&seal).unwrap();
        succeeded(&mut stage.exe());
        assert!(seal.exists());
    }
}

#[test]
fn a_pulled_package_has_the_digest_that_it_says() {
    let stage = Stage::new();
    let (reference, _) = stage.publisher.only_package();
    let seal = stage
        .publisher
        .path(&format!("art/packages/{reference}.json"));
    let seal = String::from_utf8(fs::read(seal).unwrap()).unwrap();
    stage.answer(
        "seal",
        Answer::new(200, seal.replace("sha256:", "\\u001b[2J")),
    );
    let name = stage.registry.name();
    let mut pull = stage.host.art_with(&stage.registry);
    let error = failed(pull.args(["pull", &name]), 121);
    assert!(error.contains("digest does not match"), "{error}");
    assert!(!stage.host.path("art/packages").exists());
}

/// Another name's package, built here and about to be signed again, must not
/// be replaced by what a registry calls by the same reference.
#[test]
fn a_pulled_package_does_not_displace_anothers() {
    let stage = Stage::new();
    let (reference, _) = stage.publisher.only_package();
    let store = stage.publisher.path("art/packages");
    let read = |extension: &str| fs::read(store.join(format!("{reference}.{extension}"))).unwrap();
    let (seal, archive) = (read("json"), read("zip"));
    let mine = "r.example/ops/mine:1";
    let project = stage.publisher.project(&format!("{PROJECT}# mine\n"));
    succeeded(
        stage
            .publisher
            .art()
            .args(["build", "-t", mine])
            .arg(project),
    );
    let own = succeeded(stage.publisher.art().args(["ls", "--json"]));
    let own: serde_json::Value = serde_json::from_str(&own).unwrap();
    let own = own[1]["ref"].as_str().unwrap();
    let mut forged: serde_json::Value = serde_json::from_slice(&seal).unwrap();
    forged["manifest"]["ref"] = own.into();
    let manifest = serde_json::from_value(forged["manifest"].take()).unwrap();
    let forged = Seal::new(&manifest, &ArchiveHash::of(&archive)).unwrap();
    stage
        .registry
        .offer(own, &forged.print().unwrap(), &archive);
    let before = fs::read(store.join(format!("{own}.json"))).unwrap();
    let name = stage.registry.name();
    let mut pull = stage.publisher.art_with(&stage.registry);
    let error = failed(pull.args(["pull", &name]), 121);
    assert!(error.contains(mine), "{error}");
    assert_eq!(fs::read(store.join(format!("{own}.json"))).unwrap(), before);
}

#[test]
fn abuse_the_registry_serves_another_digest() {
    let stage = Stage::new();
    let (_, old) = stage.publisher.only_package();
    stage.publish("# newer\n");
    let error = failed(stage.exe().env("ART_PACKAGE_DIGEST", &old), 121);
    assert!(error.contains("not the one that was asked for"), "{error}");
    let mut pull = stage.host.art_with(&stage.registry);
    pull.args(["pull", &stage.registry.name()]);
    let error = failed(pull.env("ART_PACKAGE_DIGEST", old), 121);
    assert!(error.contains("not the one that was asked for"), "{error}");
    assert!(!stage.host.path("art/packages/index.json").exists());
}

impl Stage {
    /// Offers the package that the publisher has now under a digest, whatever the tag is.
    fn offer_as(&self, digest: &str) {
        let (reference, _) = self.publisher.only_package();
        let seal = self
            .publisher
            .path(&format!("art/packages/{reference}.json"));
        let mut segment = digest.to_owned();
        for (byte, code) in [(":", "%3A"), ("+", "%2B"), ("/", "%2F"), ("=", "%3D")] {
            segment = segment.replace(byte, code);
        }
        self.registry.answer(
            &format!("GET /package/by-digest/ops/hello/1/{segment}"),
            Answer::new(200, fs::read(seal).unwrap()),
        );
    }
}

/// A job's digest was fixed when it was made: the tag has moved since, and is deleted.
#[test]
fn what_is_asked_for_is_pulled_wherever_the_tag_is() {
    let stage = Stage::new();
    let (_, digest) = stage.publisher.only_package();
    stage.offer_as(&digest);
    stage.publish("# newer\n");
    succeeded(stage.exe().env("ART_PACKAGE_DIGEST", &digest));
    let nothing = Answer::new(404, "no such tag");
    stage
        .registry
        .answer("GET /package/manifest/ops/hello/1", nothing);
    fs::remove_dir_all(stage.host.path("art/packages")).unwrap();
    succeeded(stage.exe().env("ART_PACKAGE_DIGEST", &digest));
}

#[test]
fn what_was_asked_for_before_a_newer_one_ran_is_superseded() {
    let stage = Stage::new();
    let (_, digest) = stage.publisher.only_package();
    stage.offer_as(&digest);
    stage.publish("# newer\n");
    succeeded(&mut stage.exe());
    let error = failed(stage.exe().env("ART_PACKAGE_DIGEST", &digest), 125);
    assert!(error.contains("superseded"), "{error}");
}

#[test]
fn abuse_the_registry_serves_another_package_by_digest() {
    let stage = Stage::new();
    let (_, old) = stage.publisher.only_package();
    stage.publish("# newer\n");
    stage.offer_as(&old);
    let error = failed(stage.exe().env("ART_PACKAGE_DIGEST", old), 121);
    assert!(error.contains("not the one that was asked for"), "{error}");
}

#[test]
fn abuse_the_registry_serves_an_older_serial() {
    let stage = Stage::new();
    let (reference, _) = stage.publisher.only_package();
    let store = stage.publisher.path("art/packages");
    let read = |extension: &str| fs::read(store.join(format!("{reference}.{extension}"))).unwrap();
    let (seal, archive) = (read("json"), read("zip"));
    stage.publish("# newer\n");
    succeeded(&mut stage.exe());
    stage.registry.offer(&reference, &seal, &archive);
    let error = failed(&mut stage.exe(), 121);
    assert!(error.contains("older package"), "{error}");
}

#[test]
fn abuse_the_registry_serves_another_name() {
    let stage = Stage::new();
    let (reference, _) = stage.publisher.only_package();
    let store = stage.publisher.path("art/packages");
    for (kind, file) in [("seal", "json"), ("archive", "zip")] {
        let bytes = fs::read(store.join(format!("{reference}.{file}"))).unwrap();
        let line = format!("GET /package/{kind}/ops/other/{reference}");
        stage.registry.answer(&line, Answer::new(200, bytes));
    }
    let manifest = format!("{{\"ref\": \"{reference}\"}}");
    stage.registry.answer(
        "GET /package/manifest/ops/other/1",
        Answer::new(200, manifest),
    );
    let name = stage.registry.name().replace("hello", "other");
    let mut exe = stage.host.art_with(&stage.registry);
    exe.env("ART_VERIFY_KEYS", stage.publisher.path("publisher_pub.pgp"));
    let error = failed(exe.args(["exe", &name, "f"]), 121);
    assert!(
        error.contains("not signed by a trusted key under this name"),
        "{error}"
    );
}

#[test]
fn abuse_the_registry_breaks_off() {
    let stage = Stage::new();
    let mut cut = Answer::new(200, "PK");
    cut.length = Some(1_000);
    stage.answer("archive", cut);
    let error = failed(&mut stage.exe(), 120);
    assert!(error.contains("cannot be used"), "{error}");
}

#[test]
fn what_does_not_get_through_is_asked_for_again() {
    let stage = Stage::new();
    let mut cut = Answer::new(200, "PK");
    cut.length = Some(1_000);
    let (reference, _) = stage.publisher.only_package();
    stage.registry.answer_first(
        &format!("GET /package/archive/ops/hello/{reference}"),
        [Answer::new(503, "restarting"), cut],
    );
    let output = stage.exe().env("ART_PULL_ATTEMPTS", "3").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("(1 of 3 attempts failed)"), "{said}");
    assert!(said.contains("(2 of 3 attempts failed)"), "{said}");
    assert_eq!(stage.times_asked_for("archive"), 3);
}

/// A part of the offered archive, cut off after so many bytes.
fn part_of(stage: &Stage, status: u16, from: usize, until: usize, tag: &str) -> Answer {
    let (reference, _) = stage.publisher.only_package();
    let path = format!("art/packages/{reference}.zip");
    let archive = fs::read(stage.publisher.path(&path)).unwrap();
    let mut answer = Answer::new(status, &archive[from..until]);
    answer.length = Some(archive.len() - from);
    answer.headers = format!("ETag: {tag}\r\n");
    if status == 206 {
        let last = archive.len() - 1;
        answer.headers += &format!("Content-Range: bytes {from}-{last}/{}\r\n", last + 1);
    }
    answer
}

fn ranges_asked_for(stage: &Stage) -> Vec<Option<String>> {
    let requests = stage.registry.requests().into_iter();
    requests
        .filter(|request| request.line.contains("archive"))
        .map(|request| request.range)
        .collect()
}

#[test]
fn a_pull_that_breaks_off_goes_on_where_it_was() {
    let stage = Stage::new();
    let (reference, _) = stage.publisher.only_package();
    let line = format!("GET /package/archive/ops/hello/{reference}");
    let whole = part_of(&stage, 206, 100, 100, "").length.unwrap() + 100;
    stage.registry.answer_first(
        &line,
        [
            part_of(&stage, 200, 0, 50, "\"a\""),
            part_of(&stage, 206, 50, 100, "\"a\""),
            part_of(&stage, 206, 100, whole, "\"a\""),
        ],
    );
    succeeded(stage.exe().env("ART_PULL_ATTEMPTS", "3"));
    let wanted = [None, Some("bytes=50-"), Some("bytes=100-")];
    assert_eq!(
        ranges_asked_for(&stage),
        wanted.map(|range| range.map(str::to_owned))
    );
}

/// The registry has another archive after the break, whether it says so or not.
/// Each attempt is a process of its own, and leaves what one that is killed would.
#[test]
fn a_pull_that_was_ended_is_gone_on_with_by_the_next() {
    let stage = Stage::new();
    let (reference, _) = stage.publisher.only_package();
    let line = format!("GET /package/archive/ops/hello/{reference}");
    let parts = [
        part_of(&stage, 200, 0, 100, "\"a\""),
        part_of(&stage, 206, 100, 150, "\"a\""),
    ];
    let length = parts[0].length.unwrap();
    let rest = part_of(&stage, 206, 150, length, "\"a\"");
    stage
        .registry
        .answer_first(&line, parts.into_iter().chain([rest]));
    for _ in 0..2 {
        failed(&mut stage.exe(), 120);
    }
    succeeded(&mut stage.exe());
    let wanted = [None, Some("bytes=100-"), Some("bytes=150-")];
    assert_eq!(
        ranges_asked_for(&stage),
        wanted.map(|range| range.map(str::to_owned))
    );
    let left = fs::read_dir(stage.host.path("art/partial"))
        .unwrap()
        .count();
    assert_eq!(left, 0, "nothing is kept of what is whole");
}

/// A function of the same user may have changed what was kept.
#[test]
fn abuse_what_was_kept_of_a_pull_is_not_what_had_come() {
    let stage = Stage::new();
    let (reference, _) = stage.publisher.only_package();
    let line = format!("GET /package/archive/ops/hello/{reference}");
    let first = part_of(&stage, 200, 0, 100, "\"a\"");
    let length = first.length.unwrap();
    stage.registry.answer_first(&line, [first]);
    failed(&mut stage.exe(), 120);
    let kept = stage.host.path("art/partial").join(&reference);
    let mut bytes = fs::read(&kept).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&kept, bytes).unwrap();
    let rest = part_of(&stage, 206, 100, length, "\"a\"");
    stage.registry.answer_first(&line, [rest]);
    succeeded(&mut stage.exe());
    assert_eq!(
        ranges_asked_for(&stage),
        [None, Some("bytes=100-".to_owned()), None]
    );
}

#[test]
fn a_pull_begins_again_where_the_archive_has_changed() {
    for (status, tag) in [(200, "\"b\""), (206, "\"b\""), (206, "\"a\"")] {
        let stage = Stage::new();
        let (reference, _) = stage.publisher.only_package();
        let line = format!("GET /package/archive/ops/hello/{reference}");
        let mut old = part_of(&stage, 200, 0, 50, "\"a\"");
        old.body.fill(b'x');
        let whole = old.length.unwrap();
        let from = if status == 206 { 50 } else { 0 };
        let new = part_of(&stage, status, from, whole, tag);
        stage.registry.answer_first(&line, [old, new]);
        succeeded(stage.exe().env("ART_PULL_ATTEMPTS", "3"));
        let asked = ranges_asked_for(&stage);
        assert_eq!(asked[1].as_deref(), Some("bytes=50-"));
        assert_eq!(asked.len(), if status == 206 { 3 } else { 2 }, "{tag}");
    }
}

#[test]
fn a_refusal_is_not_asked_for_again() {
    let stage = Stage::new();
    stage.answer("seal", Answer::new(403, "no"));
    failed(stage.exe().env_remove("ART_PULL_ATTEMPTS"), 120);
    assert_eq!(stage.times_asked_for("seal"), 1);
}

#[test]
fn answers_that_are_no_package_say_what_to_do() {
    for (status, advice) in [
        (401, "ART_REG_USER"),
        (403, "administrator"),
        (404, "name and tag"),
        (503, "try again later"),
    ] {
        let stage = Stage::new();
        stage.answer("seal", Answer::new(status, "\x1b[2Jwhy\nmore"));
        let error = failed(&mut stage.exe(), 120);
        assert!(
            error.contains(advice) && error.contains("why"),
            "{status}: {error}"
        );
        assert!(
            !error.contains('\x1b') && !error.contains("more"),
            "{error}"
        );
    }
}

#[test]
fn abuse_the_registry_never_ends_what_it_says() {
    for kind in ["manifest", "seal", "archive"] {
        let stage = Stage::new();
        let endless = Answer {
            is_endless: true,
            ..Answer::new(200, vec![b' '; 1 << 16])
        };
        match kind {
            "manifest" => stage
                .registry
                .answer("GET /package/manifest/ops/hello/1", endless),
            kind => stage.answer(kind, endless),
        }
        let error = failed(&mut stage.exe(), 120);
        assert!(error.contains("cannot be used"), "{kind}: {error}");
        assert!(stage.host.left_behind().is_empty());
    }
}

#[test]
fn abuse_the_registry_redirects_to_another_host_or_to_plain_http() {
    let elsewhere = Registry::start();
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    plain.set_nonblocking(true).unwrap();
    let address = plain.local_addr().unwrap();
    for location in [
        format!("https://{}/", elsewhere.domain),
        format!("http://{address}/"),
    ] {
        let stage = Stage::new();
        let mut redirect = Answer::new(302, "");
        redirect.headers = format!("Location: {location}\r\n");
        stage.answer("archive", redirect);
        let mut exe = stage.exe();
        exe.env("ART_REG_USER", "ann").env("ART_REG_PWD", "hunter2");
        let error = failed(&mut exe, 120);
        assert!(error.contains("not followed"), "{error}");
    }
    assert!(elsewhere.requests().is_empty());
    let nobody = plain.accept().unwrap_err().kind();
    assert_eq!(
        nobody,
        ErrorKind::WouldBlock,
        "nothing was sent in the clear"
    );
}

#[test]
fn abuse_the_registry_serves_nonsense() {
    for (kind, body) in [
        ("seal", "{"),
        ("seal", "{\"manifest\": {}, \"digest\": \"\"}"),
    ] {
        let stage = Stage::new();
        stage.answer(kind, Answer::new(200, body));
        failed(&mut stage.exe(), 120);
    }
    let stage = Stage::new();
    let outward = Answer::new(200, "{\"ref\": \"../../keys/verify/x\"}");
    stage
        .registry
        .answer("GET /package/manifest/ops/hello/1", outward);
    let error = failed(&mut stage.exe(), 120);
    assert!(error.contains("cannot be a package's reference"), "{error}");
}

/// Laid out as deep as it is nested, this seal of 200 kB would take 20 GB; and no
/// deeper than messages are, 200 bytes for each of its brackets.
#[test]
fn abuse_the_registry_serves_deep_nesting() {
    let stage = Stage::new();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let reference = stage.publisher.only_package().0;
    let fields = "\"os\": \"\", \"profile\": \"\", \"time\": \"\", \"size\": \"\"";
    let manifest = format!("{{\"ref\": \"{reference}\", {fields}, \"x\": {deep}}}");
    let seal = format!("{{\"manifest\": {manifest}, \"digest\": \"\"}}");
    stage.answer("seal", Answer::new(200, seal));
    let error = failed(&mut stage.exe(), 120);
    assert!(error.contains("32 deep"), "{error}");
}

#[test]
fn abuse_the_registry_has_another_ca() {
    let stage = Stage::new();
    let other = Registry::start();
    let ca = stage.host.path("other.pem");
    fs::write(&ca, &other.ca).unwrap();
    let error = failed(stage.exe().env("ART_CA_FILE", ca), 120);
    assert!(
        error.contains("certificate") && error.contains("ART_CA_FILE"),
        "{error}"
    );
    assert!(stage.registry.requests().is_empty());
    let error = failed(stage.exe().env_remove("ART_CA_FILE"), 120);
    assert!(error.contains("certificate"), "{error}");
}

#[test]
fn a_registry_that_is_not_there_is_named() {
    let host = Home::new();
    let error = failed(host.art().args(["pull", "127.0.0.1:1/ops/hello"]), 120);
    assert!(error.contains("127.0.0.1:1 cannot be reached"), "{error}");
}
