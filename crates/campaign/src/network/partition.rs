//! Partitions in the middle of each step of a job's way.

use super::Scale;
use super::site::Site;
use lab::Gate;
use lab::namespace::Loss;
use std::thread::sleep;

/// The agent starts while control cannot be reached.
pub(super) fn before_the_token(site: &mut Site<'_>, scale: Scale) {
    site.post("count");
    site.lose(Loss::All);
    site.start("");
    heal_after_the_outage(site, scale);
}

/// Control holds a ping, and has something to say to nobody.
pub(super) fn after_the_token(site: &mut Site<'_>, scale: Scale) {
    start_and_poll(site);
    site.lose(Loss::All);
    site.post("count");
    heal_after_the_outage(site, scale);
}

/// Control offers the job, and the offer is lost.
pub(super) fn during_the_offer(site: &mut Site<'_>, scale: Scale) {
    start_and_poll(site);
    site.lose(Loss::Arriving);
    site.post("count");
    heal_after_the_outage(site, scale);
}

/// The host has the job, and control does not hear of it.
pub(super) fn before_the_receipt(site: &mut Site<'_>, scale: Scale) {
    start_and_poll(site);
    // Then the package is there, and the job can run without the registry.
    let first = site.post("count");
    site.await_end_of(first, scale.patience);
    let id = site.post("tally");
    site.wait_for(&format!("job {id} received"));
    site.lose(Loss::All);
    Gate::reached(site.gate()).open();
    heal_after_the_outage(site, scale);
}

/// The job begins and ends while control cannot be reached.
pub(super) fn while_the_job_runs(site: &mut Site<'_>, scale: Scale) {
    start_and_poll(site);
    let id = site.post("tally");
    let gate = Gate::reached(site.gate());
    site.lose(Loss::All);
    sleep(scale.outage / 2);
    gate.open();
    site.wait_for(&format!("job {id} ended"));
    sleep(scale.outage / 2);
    site.cable.lose(Loss::None);
}

/// Control gets the result, and the host does not hear of that.
pub(super) fn before_the_acknowledgement(site: &mut Site<'_>, scale: Scale) {
    start_and_poll(site);
    let id = site.post("tally");
    let gate = Gate::reached(site.gate());
    site.lose(Loss::Arriving);
    gate.open();
    site.wait_for(&format!("job {id} ended"));
    heal_after_the_outage(site, scale);
}

fn start_and_poll(site: &mut Site<'_>) {
    site.start("");
    site.wait_for("connected to");
    site.wait_for("to be held for up to 5s");
}

fn heal_after_the_outage(site: &mut Site<'_>, scale: Scale) {
    sleep(scale.outage);
    site.cable.lose(Loss::None);
}
