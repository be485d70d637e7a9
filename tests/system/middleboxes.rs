//! What boxes on the way make of control's answers, as HTTP allows it or nearly.

use lab::host::Host;
use lab::middlebox::{Middlebox, Rewrite};
use lab::{Lab, package_source, run};
use serde_json::json;
use std::fs;
use std::io::Read;

/// A host whose control is behind such a box.
fn behind(lab: &Lab, middlebox: &Middlebox) -> Host {
    let mut host = lab.enrolled_host();
    host.configure(&format!("PILOT_CTL_URI={}", middlebox.url()));
    host.start();
    host
}

fn listen(lab: &Lab) -> Middlebox {
    Middlebox::listen(
        "127.0.0.1",
        &lab.control.path("tls"),
        lab.control.authority(),
    )
}

#[test]
fn an_answer_in_other_bytes_is_the_same_answer() {
    let lab = Lab::new();
    lab.command("greet", &[("GREETING", "Hi")], json!({}));
    let middlebox = listen(&lab);
    let mut host = behind(&lab, &middlebox);
    host.agent().wait_for("connected to");
    for rewrite in [
        Rewrite::Blanks("", ""),
        Rewrite::Blanks("   ", "  "),
        Rewrite::Blanks("\t", "\t"),
        Rewrite::Interim(1),
        Rewrite::Interim(5),
        Rewrite::Folded,
        Rewrite::Http10,
        Rewrite::Chunked(7),
    ] {
        middlebox.set(rewrite);
        // Without a held ping from before, which the box would not touch.
        host.kill();
        host.start();
        let job = lab.run_job("greet", &host);
        assert_eq!(job["status"], "succeeded", "{rewrite:?}: {job}");
        let log = host.agent().log();
        assert!(!log.contains(" WARN "), "{rewrite:?}: {log}");
    }
}

/// The runner asks before it sends much (`Expect: 100-continue`).
#[test]
fn a_large_push_is_sent_although_an_interim_answer_with_headers_comes_first() {
    let lab = Lab::without_package();
    let middlebox = listen(&lab);
    let source = lab.path("large");
    fs::create_dir(&source).unwrap();
    fs::copy(
        package_source().join("build.yaml"),
        source.join("build.yaml"),
    )
    .unwrap();
    // Nothing that could be packed into less.
    let mut random = vec![0; 2 << 20];
    let mut device = fs::File::open("/dev/urandom").unwrap();
    device.read_exact(&mut random).unwrap();
    fs::write(source.join("large.bin"), random).unwrap();
    let name = format!("{}/tests/large:latest", middlebox.authority());
    for status in ["103 Early Hints", "100 Continue"] {
        middlebox.set(Rewrite::Early(status));
        run(lab.art().args(["build", "-t", &name]).arg(&source));
        run(lab.art().args(["sign", &name]));
        run(lab.art().args(["push", &name]));
    }
}

#[test]
fn abuse_interim_answers_without_end() {
    let lab = Lab::without_package();
    let middlebox = listen(&lab);
    middlebox.set(Rewrite::Interim(10_000));
    let host = behind(&lab, &middlebox);
    let said = host.agent().wait_for(" WARN ");
    assert!(said.contains("the head of the answer has no end"), "{said}");
    middlebox.set(Rewrite::Nothing);
    host.agent().wait_for("connected to");
}

/// The library that the agent has does not read such an answer.
#[test]
fn a_header_that_is_not_utf_8_is_named_by_agent_and_doctor() {
    let lab = Lab::without_package();
    let middlebox = listen(&lab);
    middlebox.set(Rewrite::Latin1);
    let host = behind(&lab, &middlebox);
    let said = host.agent().wait_for(" WARN ");
    assert!(
        said.contains("a header of the answer is not UTF-8"),
        "{said}"
    );
    let output = host.pilot().arg("doctor").output().unwrap();
    let text = lab::output_text(&output);
    assert!(
        text.contains("a header of the answer is not UTF-8"),
        "{text}"
    );
}
