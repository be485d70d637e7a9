//! The answer to an operator's command is lost on the way.

use lab::relay::Relay;
use lab::{Lab, output_text};
use serde_json::json;

#[test]
fn a_batch_whose_answer_was_lost_is_asked_for_again_and_made_once() {
    let lab = Lab::new();
    let host = lab.enrolled_host();
    lab.command("greet", &[("GREETING", "Hi")], json!({}));
    let relay = Relay::to(lab.control.authority());
    relay.hold_answers();
    let mut run = lab.control.pilotctl();
    run.env("PILOTCTL_URL", relay.url())
        .args(["job", "run", &host.id(), "--cmd", "greet"]);
    let run = std::thread::spawn(move || run.output().unwrap());
    lab.control.service().wait_for("created a batch of jobs");
    relay.lose_held();
    let output = run.join().unwrap();
    let text = output_text(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("trying again"), "{text}");
    assert!(
        !text.contains("docs.rs") && !text.contains("close_notify"),
        "{text}"
    );
    let jobs = lab.control.rest().get("/job");
    let [job] = jobs.as_array().unwrap().as_slice() else {
        panic!("one job: {jobs}")
    };
    let batch = String::from_utf8(output.stdout).unwrap();
    assert_eq!(job["batch"], batch.trim());
}

/// The lost code admits no host, and there is no second one.
#[test]
fn an_invitation_whose_answer_was_lost_is_made_anew() {
    let lab = Lab::without_package();
    let relay = Relay::to(lab.control.authority());
    relay.hold_answers();
    let mut invite = lab.control.pilotctl();
    invite
        .env("PILOTCTL_URL", relay.url())
        .args(["host", "invite"]);
    let invite = std::thread::spawn(move || invite.output().unwrap());
    lab.control.service().wait_for("created an invitation");
    relay.lose_held();
    let output = invite.join().unwrap();
    assert!(output.status.success(), "{}", output_text(&output));
    let code = String::from_utf8(output.stdout).unwrap();
    assert!(code.starts_with("pilot1."), "{code}");
}
