//! A control service and agents that ping it as often as they can.

use super::usage::{Share, Usage};
use crate::measure;
use lab::Lab;
use lab::host::{Host, processes_below};
use lab::programs::programs;
use lab::wait::wait_until;
use release::failure::{Result, failed};
use std::time::{Duration, Instant};

/// How often pings are counted.
const LOOK: Duration = Duration::from_secs(2);

/// How long to wait for an agent to be idle.
const PATIENCE: Duration = Duration::from_secs(60);

/// The fewest pings per second, on the slowest machine.
const FEWEST_PINGS_PER_SECOND: u64 = 4;

pub(super) struct Fleet {
    lab: Lab,
    hosts: Vec<Host>,
}

impl Fleet {
    /// Starts this many agents, with the default log level, and waits until they are connected.
    pub(super) fn start(hosts: usize) -> Self {
        let mut lab = Lab::new();
        lab.control.kill();
        lab.control.interval = "100ms".to_owned();
        lab.control.start_again();
        let hosts = (0..hosts).map(|_| running(&lab)).collect();
        lab.command("greet", &[("GREETING", "hello")], serde_json::json!({}));
        Self { lab, hosts }
    }

    pub(super) fn len(&self) -> usize {
        self.hosts.len()
    }

    /// Posts this many jobs, and waits until all of them are reported.
    pub(super) fn run_jobs(&self, number: usize) {
        let hosts: Vec<&Host> = self.hosts.iter().collect();
        let batches = (0..number / hosts.len()).map(|_| self.lab.job("greet", &hosts));
        for ids in batches.collect::<Vec<_>>() {
            for (host, id) in self.hosts.iter().zip(ids) {
                let ended = self.lab.end_of(host, id);
                assert_eq!(ended["status"], "succeeded", "{ended}");
            }
        }
    }

    /// Waits for at least this many pings of all hosts together; returns how many there were.
    pub(super) fn ping(&self, number: u64) -> u64 {
        let before = self.numbers();
        let patience = Duration::from_secs(60 + number / FEWEST_PINGS_PER_SECOND);
        let deadline = Instant::now() + patience;
        loop {
            // This is no wait for an event: the duration matters.
            std::thread::sleep(LOOK);
            let pings = self.numbers() - before;
            if pings >= number {
                return pings;
            }
            assert!(
                Instant::now() < deadline,
                "only {pings} pings in {patience:?}"
            );
        }
    }

    /// The sum of all agents' sequence numbers: each ping takes the next one.
    fn numbers(&self) -> u64 {
        self.hosts.iter().map(number).sum()
    }

    pub(super) fn usage(&self) -> Result<Usage> {
        let agents = self.hosts.iter().map(usage_of_agent);
        let pid = self.lab.control.service().pid();
        let (files, bytes) = measure::below(&self.lab.control.path("data"))?;
        Ok(Usage {
            agents: agents.collect::<Result<_>>()?,
            static_agents: measure::is_static(&programs().pilot)?,
            control: Share {
                memory: measure::anonymous(pid)?,
                descriptors: measure::descriptors(pid)?,
                files,
                bytes,
            },
        })
    }

    /// Checks that the logs have only the lines of a start, and four for each job.
    pub(super) fn assert_quiet(&self, jobs: usize) {
        for host in &self.hosts {
            let log = host.agent().log();
            let lines: Vec<&str> = log.lines().filter(|line| is_unasked(line)).collect();
            let of_jobs = lines.iter().filter(|line| line.contains(" job ")).count();
            assert_eq!(of_jobs, 4 * jobs / self.len(), "{log}");
            let others: Vec<_> = lines
                .iter()
                .filter(|line| !line.contains(" job "))
                .collect();
            assert_eq!(others.len(), 3, "{others:#?}");
        }
        let log = self.lab.control.service().log();
        let complaints: Vec<&str> = log.lines().filter(|line| is_complaint(line)).collect();
        assert!(complaints.is_empty(), "{complaints:#?}");
        let most = 40 + 8 * jobs;
        assert!(log.lines().count() < most, "more than {most} lines: {log}");
    }

    /// Checks that no process and no working folder of a job is left.
    pub(super) fn assert_nothing_left(&self) {
        for host in &self.hosts {
            let left = processes_below(&host.path(""));
            assert!(left.is_empty(), "processes {left:?} are left");
            // A child that has ended may not be reaped yet when the next one begins.
            let agent = host.agent().pid();
            wait_until("an agent with one child at most", || {
                (measure::children(agent).len() <= 1).then_some(())
            });
        }
    }
}

fn running(lab: &Lab) -> Host {
    let mut host = lab.enrolled_host();
    // Without the long poll, a ping follows the other.
    host.configure("PILOT_WAIT=0");
    host.log_level = "info";
    host.start();
    host.agent().wait_for("connected to");
    host
}

/// The sequence number in the agent's status.
fn number(host: &Host) -> u64 {
    host.agent().signal("USR1");
    let line = host.agent().wait_for(" state: ");
    let words: Vec<&str> = line.split([' ', ',']).collect();
    let number = words.windows(2).find(|pair| pair[0] == "number");
    number
        .and_then(|pair| pair[1].parse().ok())
        .unwrap_or_else(|| panic!("no number in {line:?}"))
}

fn usage_of_agent(host: &Host) -> Result<Share> {
    let pid = host.agent().pid();
    let (files, bytes) = measure::below(&host.state())?;
    let (in_jobs, bytes_in_jobs) = measure::below(&host.state().join("jobs"))?;
    let (in_packages, bytes_in_packages) = measure::below(&host.state().join("artisan"))?;
    Ok(Share {
        memory: idle_memory(pid)?,
        descriptors: measure::descriptors(pid)?,
        files: files - in_jobs - in_packages,
        bytes: bytes - bytes_in_jobs - bytes_in_packages,
    })
}

/// The memory of the idle agent: the least of many measurements, because at other times it
/// works, and shares memory with a child.
fn idle_memory(pid: u32) -> Result<u64> {
    let mut least: Option<u64> = None;
    let began = Instant::now();
    // On a machine that is busy a ping may follow the other.
    while began.elapsed() < LOOK || (least.is_none() && began.elapsed() < PATIENCE) {
        let is_idle = || measure::children(pid).is_empty();
        let was_idle = is_idle();
        let memory = measure::anonymous(pid)?;
        if was_idle && is_idle() {
            least = Some(least.map_or(memory, |least| least.min(memory)));
        }
    }
    least.map_or_else(|| failed(format!("the agent {pid} is never idle")), Ok)
}

fn is_unasked(line: &str) -> bool {
    !line.contains(" state: ")
}

fn is_complaint(line: &str) -> bool {
    ["WARN", "ERROR"].iter().any(|level| line.contains(level))
}
