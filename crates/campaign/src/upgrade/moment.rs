//! The moments at which the agent is replaced.

use super::manager::Manager;
use super::site::{Site, Stage, stage};
use super::{PARTS, Signal};
use lab::Gate;
use lab::wait::wait_until;
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;

/// When the agent is replaced.
#[derive(Clone, Copy, Debug)]
pub(super) enum Moment {
    /// When the job has come somewhere.
    Known(Story),
    /// So many parts of the time that a job takes after it was posted, and once more so
    /// many parts after the next agent was started.
    After([u32; 2]),
}

/// How a moment comes to be, and what follows it.
#[derive(Clone, Copy)]
pub(super) struct Story {
    name: &'static str,
    pub(super) tell: fn(&mut Site, Signal, usize),
}

impl fmt::Debug for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

const fn known(name: &'static str, tell: fn(&mut Site, Signal, usize)) -> Moment {
    Moment::Known(Story { name, tell })
}

impl Moment {
    pub(super) const KNOWN: [Self; 7] = [
        known("before the job is sent", before_it_is_sent),
        known("before the job begins", before_it_begins),
        known("while its package is pulled", while_it_is_pulled),
        known("while it runs", while_it_runs),
        known("before its result is sent", before_its_result_is_sent),
        known("before the acknowledgement", before_the_acknowledgement),
        known("by the job itself", by_itself),
    ];
}

fn before_it_is_sent(site: &mut Site, signal: Signal, version: usize) {
    site.replace(signal, version);
    site.post(true);
}

/// The signal comes at the very call by which a job is noted as begun.
fn before_it_begins(site: &mut Site, signal: Signal, version: usize) {
    // Only a job that there is already has a name to wait for: its first offer is lost.
    site.relay.lose_answers(true);
    let lost = site.relay.lost();
    let job = site.post(true);
    wait_until("a lost offer", || (site.relay.lost() > lost).then_some(()));
    let agent = wait_until("an agent", || site.manager.agent());
    let tracer = Tracer::attach(agent, signal, &site.host.job(job.id).join("started.new"));
    site.put_in_place(version);
    site.relay.lose_answers(false);
    site.hurry();
    site.manager.see_end_of(agent);
    site.note_stage();
    drop(tracer);
    site.await_agent(version);
}

/// Waits for a tunnel to the registry, which comes when the agent is another one.
fn while_it_is_pulled(site: &mut Site, signal: Signal, version: usize) {
    site.proxy.hold();
    let job = site.post(true);
    wait_until("a pull", || {
        (!site.proxy.book().waiting.is_empty()).then_some(())
    });
    assert_eq!(stage(&site.host.job(job.id)), Stage::Pull);
    site.replace(signal, version);
    site.proxy.release();
}

fn while_it_runs(site: &mut Site, signal: Signal, version: usize) {
    let job = site.post(false);
    let gate = Gate::reached(job.gate);
    site.replace(signal, version);
    gate.open();
}

/// Control is away when the job ends, and comes back when the agent is another one.
fn before_its_result_is_sent(site: &mut Site, signal: Signal, version: usize) {
    let job = site.post(false);
    let gate = Gate::reached(job.gate);
    site.lab.control.kill();
    gate.open();
    let ended = format!("job {} ended", job.id);
    site.manager.service().wait_for(&ended);
    site.put_in_place(version);
    site.note_stage();
    site.end_agent(signal);
    site.await_start(version);
    site.lab.control.start_again();
    site.hurry();
    site.await_connection();
}

/// The answer to the ping with the result is lost: it is one that offers the next job,
/// by which the relay knows it.
fn before_the_acknowledgement(site: &mut Site, signal: Signal, version: usize) {
    let job = site.post(false);
    let gate = Gate::reached(&job.gate);
    site.post(true);
    site.relay.lose_answers(true);
    let lost = site.relay.lost();
    gate.open();
    wait_until("a lost answer", || (site.relay.lost() > lost).then_some(()));
    wait_until("a word of the result", || {
        (site.records(&job) == 1).then_some(())
    });
    site.put_in_place(version);
    site.note_stage();
    site.end_agent(signal);
    site.relay.lose_answers(false);
    site.await_start(version);
    site.hurry();
    site.await_connection();
}

/// The job installs the new agent and ends the one that started it.
fn by_itself(site: &mut Site, signal: Signal, version: usize) {
    let agent = wait_until("an agent", || site.manager.agent());
    let restart = format!(
        "kill {} $(cat {})",
        signal.flag(),
        Manager::file(&site.host).display()
    );
    let [new, program] =
        [site.program(version), &site.host.path("pilot")].map(|path| path.display().to_string());
    let inputs = [
        ("AGENT", &*new),
        ("PROGRAM", &*program),
        ("RESTART", &*restart),
    ];
    let job = site.post_as("renew", false, &inputs);
    site.manager.see_end_of(agent);
    site.note_stage();
    site.await_agent(version);
    Gate::reached(job.gate).open();
}

impl Site {
    /// Replaces the agent, and once more, whatever the job is doing.
    pub(super) fn at_any_time(&mut self, times: [u32; 2], signal: Signal, versions: [usize; 2]) {
        self.post(true);
        for (parts, version) in times.into_iter().zip(versions) {
            sleep(self.pace * parts / PARTS);
            self.put_in_place(version);
            self.note_stage();
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
