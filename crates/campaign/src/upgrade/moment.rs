//! The moments at which the agent is replaced.

use super::fixture::{JobState, UpgradeFixture, job_state};
use super::manager::Manager;
use super::{PARTS, Signal};
use lab::wait::wait_until;
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;

/// When the agent is replaced.
#[derive(Clone, Copy, Debug)]
pub(super) enum Moment {
    /// At a named state of the job.
    Named(Story),
    /// This many parts of a job's duration after it was posted, and again this many parts after
    /// the next agent was started.
    After([u32; 2]),
}

/// A named moment, and the function that replaces the agent at it.
#[derive(Clone, Copy)]
pub(super) struct Story {
    name: &'static str,
    pub(super) play: fn(&mut UpgradeFixture, Signal, usize),
}

impl fmt::Debug for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

const fn named(name: &'static str, play: fn(&mut UpgradeFixture, Signal, usize)) -> Moment {
    Moment::Named(Story { name, play })
}

impl Moment {
    pub(super) const KNOWN: [Self; 7] = [
        named("before the job is sent", before_it_is_sent),
        named("before the job begins", before_it_begins),
        named("while its package is pulled", while_it_is_pulled),
        named("while it runs", while_it_runs),
        named("before its result is sent", before_its_result_is_sent),
        named("before the acknowledgement", before_the_acknowledgement),
        named("by the job itself", by_itself),
    ];
}

fn before_it_is_sent(fixture: &mut UpgradeFixture, signal: Signal, version: usize) {
    fixture.replace(signal, version);
    fixture.post(true);
}

/// The signal comes at the system call that notes the job as begun.
fn before_it_begins(fixture: &mut UpgradeFixture, signal: Signal, version: usize) {
    // The first offer is lost, so that the job's id is known before the agent receives it.
    fixture.relay.lose_answers(true);
    let lost = fixture.relay.lost();
    let job = fixture.post(true);
    wait_until("a lost offer", || {
        (fixture.relay.lost() > lost).then_some(())
    });
    let agent = wait_until("an agent", || fixture.manager.agent());
    let tracer = Tracer::attach(agent, signal, &fixture.host.job(job.id).join("started.new"));
    fixture.put_in_place(version);
    fixture.relay.lose_answers(false);
    fixture.hurry();
    fixture.manager.see_end_of(agent);
    fixture.note_job_state();
    drop(tracer);
    fixture.await_agent(version);
}

/// The pull waits for a tunnel to the registry until the agent is replaced.
fn while_it_is_pulled(fixture: &mut UpgradeFixture, signal: Signal, version: usize) {
    fixture.proxy.hold();
    let job = fixture.post(true);
    wait_until("a pull", || {
        (!fixture.proxy.book().waiting.is_empty()).then_some(())
    });
    assert_eq!(job_state(&fixture.host.job(job.id)), JobState::Pull);
    fixture.replace(signal, version);
    fixture.proxy.release();
}

fn while_it_runs(fixture: &mut UpgradeFixture, signal: Signal, version: usize) {
    let job = fixture.post(false);
    let barrier = job.reached();
    fixture.replace(signal, version);
    barrier.open();
}

/// Control is unreachable when the job ends, until the agent is replaced.
fn before_its_result_is_sent(fixture: &mut UpgradeFixture, signal: Signal, version: usize) {
    let job = fixture.post(false);
    let barrier = job.reached();
    fixture.lab.control.kill();
    barrier.open();
    let ended = format!("job {} ended", job.id);
    fixture.manager.service().wait_for(&ended);
    fixture.put_in_place(version);
    fixture.note_job_state();
    fixture.end_agent(signal);
    fixture.await_start(version);
    fixture.lab.control.start_again();
    fixture.hurry();
    fixture.await_connection();
}

/// The answer to the ping with the result is lost. It offers the next job, by which the relay
/// recognizes it.
fn before_the_acknowledgement(fixture: &mut UpgradeFixture, signal: Signal, version: usize) {
    let job = fixture.post(false);
    let barrier = job.reached();
    fixture.post(true);
    fixture.relay.lose_answers(true);
    let lost = fixture.relay.lost();
    barrier.open();
    wait_until("a lost answer", || {
        (fixture.relay.lost() > lost).then_some(())
    });
    wait_until("a word of the result", || {
        (job.records(&fixture.lab) == 1).then_some(())
    });
    fixture.put_in_place(version);
    fixture.note_job_state();
    fixture.end_agent(signal);
    fixture.relay.lose_answers(false);
    fixture.await_start(version);
    fixture.hurry();
    fixture.await_connection();
}

/// The job installs the new agent and ends the agent that started it.
fn by_itself(fixture: &mut UpgradeFixture, signal: Signal, version: usize) {
    let agent = wait_until("an agent", || fixture.manager.agent());
    let restart = format!(
        "kill {} $(cat {})",
        signal.flag(),
        Manager::file(&fixture.host).display()
    );
    let [new, program] = [fixture.program(version), &fixture.host.path("pilot")]
        .map(|path| path.display().to_string());
    let inputs = [
        ("AGENT", &*new),
        ("PROGRAM", &*program),
        ("RESTART", &*restart),
    ];
    let job = fixture.post_as("renew", false, &inputs);
    fixture.manager.see_end_of(agent);
    fixture.note_job_state();
    fixture.await_agent(version);
    job.reached().open();
}

impl UpgradeFixture {
    /// Replaces the agent twice, at any state of the job.
    pub(super) fn at_any_time(&mut self, times: [u32; 2], signal: Signal, versions: [usize; 2]) {
        self.post(true);
        for (parts, version) in times.into_iter().zip(versions) {
            sleep(self.pace * parts / PARTS);
            self.put_in_place(version);
            self.note_job_state();
            self.end_agent(signal);
        }
        self.await_agent(versions[1]);
    }
}

/// strace(1) on an agent, which sends it a signal when it opens a file.
struct Tracer(Child);

impl Tracer {
    fn attach(agent: u32, signal: Signal, file: &Path) -> Self {
        let name = match signal {
            Signal::Term => "SIGTERM",
            Signal::Kill => "SIGKILL",
        };
        let mut strace = Command::new("strace");
        strace
            .args(["-qq", "-p", &agent.to_string(), "-P"])
            .arg(file)
            .args(["-e", "trace=?open,openat", "-e"])
            .arg(format!("inject=?open,openat:signal={name}:when=1"))
            .stderr(Stdio::null());
        let tracer = Self(strace.spawn().expect("strace is installed"));
        let status = format!("/proc/{agent}/status");
        wait_until("strace", || {
            let status = fs::read_to_string(&status).unwrap_or_default();
            (!status.contains("TracerPid:\t0\n")).then_some(())
        });
        tracer
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
