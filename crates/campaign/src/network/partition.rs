//! Partitions at each step of a job.

use super::Scale;
use super::fixture::NetworkFixture;
use lab::Barrier;
use lab::namespace::Loss;
use std::thread::sleep;

/// The agent starts while control cannot be reached.
pub(super) fn before_the_token(fixture: &mut NetworkFixture<'_>, scale: Scale) {
    fixture.post("count");
    fixture.lose(Loss::All);
    fixture.start("");
    heal_after_the_outage(fixture, scale);
}

/// The partition begins while control holds a ping; then a job is posted.
pub(super) fn after_the_token(fixture: &mut NetworkFixture<'_>, scale: Scale) {
    start_and_poll(fixture);
    fixture.lose(Loss::All);
    fixture.post("count");
    heal_after_the_outage(fixture, scale);
}

/// Control offers the job, and the offer is lost.
pub(super) fn during_the_offer(fixture: &mut NetworkFixture<'_>, scale: Scale) {
    start_and_poll(fixture);
    fixture.lose(Loss::Arriving);
    fixture.post("count");
    heal_after_the_outage(fixture, scale);
}

/// The host receives the job, and its acknowledgement is lost.
pub(super) fn before_the_receipt(fixture: &mut NetworkFixture<'_>, scale: Scale) {
    start_and_poll(fixture);
    // The package is in the cache then, so the job can run without the registry.
    let first = fixture.post("count");
    fixture.await_end_of(first, scale.patience);
    let id = fixture.post("tally");
    fixture.wait_for(&format!("job {id} received"));
    fixture.lose(Loss::All);
    Barrier::reached(fixture.barrier()).open();
    heal_after_the_outage(fixture, scale);
}

/// The job begins and ends while control cannot be reached.
pub(super) fn while_the_job_runs(fixture: &mut NetworkFixture<'_>, scale: Scale) {
    start_and_poll(fixture);
    let id = fixture.post("tally");
    let barrier = Barrier::reached(fixture.barrier());
    fixture.lose(Loss::All);
    sleep(scale.outage / 2);
    barrier.open();
    fixture.wait_for(&format!("job {id} ended"));
    sleep(scale.outage / 2);
    fixture.cable.lose(Loss::None);
}

/// Control records the result, and its acknowledgement is lost.
pub(super) fn before_the_acknowledgement(fixture: &mut NetworkFixture<'_>, scale: Scale) {
    start_and_poll(fixture);
    let id = fixture.post("tally");
    let barrier = Barrier::reached(fixture.barrier());
    fixture.lose(Loss::Arriving);
    barrier.open();
    fixture.wait_for(&format!("job {id} ended"));
    heal_after_the_outage(fixture, scale);
}

fn start_and_poll(fixture: &mut NetworkFixture<'_>) {
    fixture.start("");
    fixture.wait_for("connected to");
    fixture.wait_for("to be held for up to 5s");
}

fn heal_after_the_outage(fixture: &mut NetworkFixture<'_>, scale: Scale) {
    sleep(scale.outage);
    fixture.cable.lose(Loss::None);
}
