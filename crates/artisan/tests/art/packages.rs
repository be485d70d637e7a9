//! Making, signing and checking packages on one machine.

use crate::home::{Home, failed, succeeded};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

const NAME: &str = "r.example.com/ops/hello:1";
const ANOTHER: &str = "sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const PROJECT: &str = "profiles:\n  - name: p\n    type: content/script\n    run:\n      - echo made > made\n    target: made\n";

#[test]
fn a_key_pair_is_written_once_and_the_secret_is_private() {
    let home = Home::new();
    let folder = home.path("").to_str().unwrap().to_owned();
    let generate = [
        "pgp",
        "gen",
        "-n",
        "Ops Key",
        "-e",
        "a@example.com",
        "--json",
        "-o",
        &folder,
    ];
    let printed = succeeded(home.art().args(generate));
    let pair: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(pair["fingerprint"].as_str().unwrap().len(), 40);
    let mode = |name: &str| fs::metadata(home.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (mode("ops_key_key.pgp"), mode("ops_key_pub.pgp")),
        (0o600, 0o644)
    );
    let error = failed(home.art().args(generate), 124);
    assert!(error.contains("already there"), "{error}");
}

#[test]
fn built_signed_and_verified() {
    let home = Home::with_key();
    home.package(NAME, PROJECT);
    let printed = succeeded(home.art().args(["verify", NAME, "--json"]));
    let report: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(report["signer"], "publisher <a@example.com>");
    assert_eq!(report["digest"].as_str().unwrap(), home.only_package().1);
    assert!(succeeded(home.art().args(["verify", NAME])).contains("signed at"));
}

#[test]
fn a_profile_that_fails_packs_nothing() {
    let home = Home::new();
    let project = home.project("profiles:\n  - name: p\n    run:\n      - exit 3\n    target: .\n");
    let error = failed(home.art().args(["build", "-t", NAME]).arg(project), 124);
    assert!(error.contains("code 3"), "{error}");
    assert_eq!(succeeded(home.art().arg("ls")), "");
}

#[test]
fn a_secret_key_is_not_packed() {
    let home = Home::new();
    home.make_key("publisher");
    let project = home.project("profiles:\n  - name: p\n    target: .\n");
    fs::copy(home.path("publisher_pub.pgp"), project.join("a.pgp")).unwrap();
    let mut build = home.art();
    build.args(["build", "-t", NAME]).arg(&project);
    succeeded(&mut build);
    fs::copy(home.path("publisher_key.pgp"), project.join("b.pgp")).unwrap();
    let error = failed(&mut build, 124);
    assert!(
        error.contains("b.pgp") && error.contains("secret key"),
        "{error}"
    );
}

/// Each signs, or did when it was made; a blank line hid it.
#[test]
fn a_secret_key_of_any_form_is_not_packed() {
    let home = Home::new();
    home.make_key("publisher");
    let armor = fs::read_to_string(home.path("publisher_key.pgp")).unwrap();
    let body: String = armor
        .lines()
        .filter(|line| !line.contains([':', '-']) && !line.starts_with('='))
        .collect();
    let binary = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, body).unwrap();
    let project = home.project("profiles:\n  - name: p\n    target: .\n");
    let key = project.join("deep/k");
    fs::create_dir(project.join("deep")).unwrap();
    let forms = [
        format!("\n\n{armor}").into_bytes(),
        format!("\u{FEFF}{armor}").into_bytes(),
        format!("# ours\n{armor}").into_bytes(),
        armor.replace('\n', "\r\n").into_bytes(),
        binary.clone(),
        binary.repeat(2),
    ];
    for bytes in forms {
        fs::write(&key, &bytes).unwrap();
        let mut build = home.art();
        let error = failed(build.args(["build", "-t", NAME]).arg(&project), 124);
        assert!(
            error.contains("deep/k: it holds a secret key") && error.contains("move it out"),
            "{error}"
        );
    }
    assert_eq!(succeeded(home.art().arg("ls")), "");
}

#[test]
fn only_the_digest_that_is_asked_for_is_verified() {
    let home = Home::with_key();
    home.package(NAME, PROJECT);
    let (_, digest) = home.only_package();
    let verify = |pin: &str| {
        let mut verify = home.art();
        verify.args(["verify", NAME]).env("ART_PACKAGE_DIGEST", pin);
        verify
    };
    succeeded(&mut verify(&digest));
    let error = failed(&mut verify(ANOTHER), 121);
    assert!(error.contains("not the one that was asked for"), "{error}");
    for none in ["sha256:another", &digest[7..], "sha512:x"] {
        let error = failed(&mut verify(none), 124);
        assert!(error.contains("that is no digest"), "{none}: {error}");
    }
}

#[test]
fn only_the_digest_that_is_asked_for_is_signed_and_pushed() {
    let home = Home::with_key();
    home.package(NAME, PROJECT);
    let (_, digest) = home.only_package();
    for command in ["sign", "push"] {
        let mut pinned = home.art();
        pinned
            .args([command, NAME])
            .env("ART_PACKAGE_DIGEST", ANOTHER);
        let error = failed(&mut pinned, 121);
        assert!(error.contains("not the one that was asked for"), "{error}");
    }
    let mut sign = home.art();
    succeeded(sign.args(["sign", NAME]).env("ART_PACKAGE_DIGEST", digest));
}

/// Of two that sign at the same time, one was lost each time.
#[test]
fn signatures_made_at_the_same_time_are_all_kept() {
    let home = Home::with_key();
    home.package(NAME, PROJECT);
    let owners = ["ann", "bob", "cyd", "dan"];
    owners.iter().for_each(|owner| home.make_key(owner));
    let signing = owners.map(|owner| {
        let key = home.path(&format!("{owner}_key.pgp"));
        let mut sign = home.art();
        sign.args(["sign", NAME, "-k"]).arg(key).spawn().unwrap()
    });
    for mut sign in signing {
        assert!(sign.wait().unwrap().success());
    }
    let listed = succeeded(home.art().args(["ls", "--json"]));
    let packages: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let authorities = packages[0]["authorities"].as_array().unwrap();
    assert_eq!(authorities.len(), 1 + owners.len(), "{listed}");
}

#[test]
fn waiting_for_another_art_is_reported() {
    let home = Home::with_key();
    home.package(NAME, PROJECT);
    let held = fs::File::open(home.path("art/lock")).unwrap();
    held.lock().unwrap();
    let mut sign = home.art();
    let sign = sign
        .args(["sign", NAME])
        .stderr(Stdio::piped())
        .stdout(Stdio::null());
    let mut sign = sign.spawn().unwrap();
    let mut stderr = String::new();
    BufReader::new(sign.stderr.take().unwrap())
        .read_line(&mut stderr)
        .unwrap();
    assert!(stderr.contains("waiting for another art"), "{stderr}");
    drop(held);
    assert!(sign.wait().unwrap().success());
}

/// Otherwise, anyone who distributes a seal could use up all serials.
#[test]
fn an_unsigned_serial_moves_no_serial() {
    let home = Home::with_key();
    home.package(NAME, PROJECT);
    let (reference, _) = home.only_package();
    let path = home.path(&format!("art/packages/{reference}.json"));
    let seal = fs::read_to_string(&path).unwrap();
    let planted = format!("\"seal\": {{\"unknown\": \"v1.{}.AAAA\",", u64::MAX);
    fs::write(&path, seal.replace("\"seal\": {", &planted)).unwrap();
    let printed = succeeded(home.art().args(["sign", NAME]));
    let (_, serial) = printed.trim().rsplit_once(' ').unwrap();
    let year_2100_ms = 4_102_444_800_000_u64;
    assert!(serial.parse::<u64>().unwrap() < year_2100_ms, "{printed}");
}

#[test]
fn each_signature_has_a_higher_serial() {
    let home = Home::with_key();
    home.package(NAME, PROJECT);
    let serial = || {
        let printed = succeeded(home.art().args(["verify", NAME, "--json"]));
        let report: serde_json::Value = serde_json::from_str(&printed).unwrap();
        report["serial"].as_u64().unwrap()
    };
    let first = serial();
    succeeded(home.art().args(["sign", NAME]));
    assert!(serial() > first);
}

#[test]
fn a_stored_package_that_was_changed_is_refused() {
    let home = Home::with_key();
    home.package(NAME, PROJECT);
    let archive = home.path(&format!("art/packages/{}.zip", home.only_package().0));
    let mut bytes = fs::read(&archive).unwrap();
    bytes[40] ^= 1;
    fs::write(&archive, bytes).unwrap();
    for arguments in [&["verify", NAME][..], &["sign", NAME], &["push", NAME]] {
        let error = failed(home.art().args(arguments), 121);
        assert!(error.contains("digest does not match"), "{error}");
    }
}

#[test]
fn a_key_that_is_not_trusted_does_not_count() {
    let home = Home::with_key();
    home.package(NAME, PROJECT);
    home.make_key("stranger");
    let stranger = home.path("stranger_pub.pgp");
    let error = failed(
        home.art()
            .args(["verify", NAME])
            .env("ART_VERIFY_KEYS", stranger),
        121,
    );
    assert!(error.contains("not signed by a trusted key"), "{error}");
    let none = home.path("none.pgp");
    let error = failed(
        home.art()
            .args(["verify", NAME])
            .env("ART_VERIFY_KEYS", none),
        121,
    );
    assert!(error.contains("none.pgp"), "{error}");
}

#[test]
fn an_unsigned_package_is_not_pushed() {
    let home = Home::new();
    let project = home.project(PROJECT);
    succeeded(home.art().args(["build", "-t", NAME]).arg(project));
    let error = failed(home.art().args(["push", NAME]), 121);
    assert!(error.contains("--unsigned"), "{error}");
}

/// A function that needs the bit would fail on every host.
#[test]
fn properties_that_no_package_keeps_are_refused_or_reported() {
    let home = Home::new();
    let project = home.project("profiles:\n  - name: p\n    target: .\n");
    fs::create_dir(project.join("shared")).unwrap();
    let set_mode = |name: &str, mode| {
        fs::set_permissions(project.join(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    set_mode("shared", 0o1_777);
    let build = || {
        let mut build = home.art();
        build.args(["build", "-t", NAME]).arg(&project);
        build
    };
    let stderr = String::from_utf8(build().output().unwrap().stderr).unwrap();
    assert!(
        stderr.contains("not kept: the sticky bit of shared"),
        "{stderr}"
    );
    fs::write(project.join("su"), "x").unwrap();
    set_mode("su", 0o4_755);
    let error = failed(&mut build(), 124);
    assert!(
        error.contains("su: no package keeps") && error.contains("set-user-id"),
        "{error}"
    );
}

/// It was refused after it had been packed for minutes, and the largest file not named.
#[test]
fn what_no_package_can_hold_is_refused_before_it_is_packed() {
    let home = Home::new();
    let project = home.project("profiles:\n  - name: p\n    target: .\n");
    let sparse = fs::File::create(project.join("large")).unwrap();
    sparse.set_len((1 << 30) + 1).unwrap();
    let error = failed(home.art().args(["build", "-t", NAME]).arg(project), 124);
    assert!(
        error.contains("unpacks to at most 1073741824") && error.contains("large (1.0GB)"),
        "{error}"
    );
}
