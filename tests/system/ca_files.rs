//! CA files as hosts have them: all programs read them alike.

use crate::complaints::complaint;
use lab::host::Host;
use lab::{Lab, run};
use std::fs;
use std::path::Path;

/// What a CA file can look like in which this CA counts.
fn good_files(pem: &str) -> Vec<(&'static str, Vec<u8>)> {
    let damaged = pem.replacen("M", "!", 1);
    let endless = pem.replace("-----END CERTIFICATE-----\n", "");
    let key = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n";
    let stranger = fs::read(lab::programs::workspace().join("crates/wire/tests/vectors/ca/ca.der"));
    let stranger = wire::ca_file::pem(&stranger.unwrap());
    let joined = format!("{stranger}{pem}").replace("-----\n-----BEGIN", "----------BEGIN");
    let large = format!("{}{pem}", stranger.repeat(1_000));
    let texts = [
        ("a byte order mark", format!("\u{feff}{pem}")),
        ("CR LF", pem.replace('\n', "\r\n")),
        ("joined without a newline", joined),
        (
            "text between",
            format!("# M\u{fc}ller\n{stranger}\nsubject: x\n{pem}\n"),
        ),
        ("not base64 before", format!("{damaged}{pem}")),
        ("no end before", format!("{endless}{pem}")),
        ("damage behind", format!("{pem}{damaged}")),
        (
            "TRUSTED CERTIFICATE",
            pem.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
        ),
        ("a private key before", format!("{key}{pem}")),
        ("no newline at the end", pem.trim_end().to_owned()),
        ("a thousand others before", large),
    ];
    texts.map(|(name, text)| (name, text.into_bytes())).to_vec()
}

fn asks(lab: &Lab, ca: &Path) -> [(&'static str, bool, String); 2] {
    let mut control = lab.control.pilotctl();
    control.env("PILOTCTL_CA_FILE", ca).args(["host", "ls"]);
    let mut runner = lab::clean(&lab::programs::programs().art);
    runner
        .env("ARTISAN_HOME", lab.control.path("puller"))
        .env("ART_CA_FILE", ca)
        .env("ART_PULL_ATTEMPTS", "1")
        .arg("pull")
        .arg(format!("{}/tests/none:latest", lab.control.authority()));
    let [(status, control), (_, runner)] = [complaint(&mut control), complaint(&mut runner)];
    // The registry, once reached, asks for credentials.
    let reached = runner.contains("user and password");
    [
        ("pilotctl", status == Some(0), control),
        ("art", reached, runner),
    ]
}

fn doctor(host: &Host) -> String {
    complaint(host.pilot().arg("doctor")).1
}

#[test]
fn a_ca_counts_for_all_programs_with_any_text_around_it() {
    let lab = Lab::without_package();
    let host = lab.enrolled_host();
    let pem = fs::read_to_string(lab.control.ca()).unwrap();
    let file = host.path("ca.pem");
    host.configure(&format!("PILOT_CA_FILE={}", file.display()));
    let mut files = good_files(&pem);
    let der = wire::ca_file::certificates(pem.as_bytes())
        .unwrap()
        .remove(0);
    files.push(("DER", der));
    for (name, bytes) in files {
        fs::write(&file, bytes).unwrap();
        for (program, good, output) in asks(&lab, &file) {
            assert!(good, "{program}, {name}: {output}");
        }
        let output = doctor(&host);
        assert!(output.contains("is up"), "agent, {name}: {output}");
        assert!(
            output.contains("certificates that count: "),
            "{name}: {output}"
        );
    }
}

#[test]
fn a_file_without_a_ca_is_refused_by_all_programs_in_the_same_words() {
    let lab = Lab::without_package();
    let mut host = lab.enrolled_host();
    let pem = fs::read_to_string(lab.control.ca()).unwrap();
    let file = host.path("ca.pem");
    host.configure(&format!("PILOT_CA_FILE={}", file.display()));
    let damaged = pem.replacen("M", "!", 1);
    let words = "holds no certificate that can be used";
    for text in ["", "nonsense\n", &damaged, "-----BEGIN CERTIFICATE-----"] {
        fs::write(&file, text).unwrap();
        for (program, good, output) in asks(&lab, &file) {
            assert!(
                !good && output.contains(words),
                "{program}, {text}: {output}"
            );
        }
        assert!(doctor(&host).contains(words), "{text}");
    }
    host.start();
    host.agent().wait_for(words);
    fs::write(&file, "#".repeat(2 << 20)).unwrap();
    for (program, good, output) in asks(&lab, &file) {
        assert!(!good && output.contains("ca.pem"), "{program}: {output}");
    }
    assert!(doctor(&host).contains("larger than"));
    let folder = lab.control.path("");
    for (program, good, output) in asks(&lab, &folder) {
        let is_named = output.contains("directory") || output.contains("is a folder");
        assert!(!good && is_named, "{program}: {output}");
    }
}

#[test]
fn doctor_names_the_damaged_certificate() {
    let lab = Lab::without_package();
    let host = lab.enrolled_host();
    let pem = fs::read_to_string(lab.control.ca()).unwrap();
    let damaged = pem.replacen("M", "!", 1);
    let file = host.path("ca.pem");
    fs::write(&file, format!("{pem}{damaged}{pem}")).unwrap();
    host.configure(&format!("PILOT_CA_FILE={}", file.display()));
    let output = run(host.pilot().arg("doctor"));
    let line = 1 + pem.lines().count();
    for words in [
        "certificates that count: 2",
        &format!("line {line}: the certificate is damaged: it is not base64"),
    ] {
        assert!(output.contains(words), "{words}: {output}");
    }
}
