//! Connected hosts: control holds a ping of each until it has something to send, and each host
//! carries out what it receives.

use super::connection::{Connection, Fault};
use super::control::Target;
use super::exchange::ping;
use super::host::{Host, Said};
use super::jobs::{offered, receive, report};
use super::samples::Samples;
use release::failure::{Context, Result, failed};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// So many connect at once.
const CONNECTING: usize = 128;

/// How long a host waits after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// How long anything may take that all hosts have to see.
const PATIENCE: Duration = Duration::from_secs(300);

/// What hosts see.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// One is connected.
    Connected,
    /// One was offered a job.
    Offered(Instant),
    /// Control has acknowledged one's result.
    Recorded(Instant),
    /// One could not connect.
    Failed(Fault),
}

/// Connected hosts.
pub(super) struct Fleet {
    stop: watch::Sender<bool>,
    hosts: Vec<JoinHandle<(Host, Samples)>>,
    events: UnboundedReceiver<Event>,
}

impl Fleet {
    /// Has hosts connect and let control hold each ping for `wait` seconds. When this returns,
    /// control has answered each of them once.
    ///
    /// # Errors
    /// When one cannot connect.
    pub(super) async fn connect(target: &Arc<Target>, hosts: Vec<Host>, wait: u64) -> Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let (sender, events) = unbounded_channel();
        let (count, turns) = (hosts.len(), Arc::new(Semaphore::new(CONNECTING)));
        let hosts = hosts.into_iter().map(|host| {
            let host = Connected {
                host,
                connection: None,
                samples: Samples::default(),
                target: Arc::clone(target),
                events: sender.clone(),
            };
            tokio::spawn(host.live(wait, Arc::clone(&turns), stopped.clone()))
        });
        let hosts = hosts.collect();
        let mut fleet = Self {
            stop,
            hosts,
            events,
        };
        for _ in 0..count {
            if let Event::Failed(fault) = fleet.next().await? {
                return failed(format!("a host could not connect: {fault}"));
            }
        }
        Ok(fleet)
    }

    /// What one of them sees next.
    ///
    /// # Errors
    /// When none sees anything for long.
    pub(super) async fn next(&mut self) -> Result<Event> {
        let event = timeout(PATIENCE, self.events.recv()).await;
        event
            .context("hosts that wait")?
            .map_or_else(|| failed("all hosts have stopped"), Ok)
    }

    /// Has them all break off. Returns them and why pings failed.
    pub(super) async fn leave(self) -> (Vec<Host>, Samples) {
        self.stop.send_replace(true);
        let (mut hosts, mut samples) = (Vec::new(), Samples::default());
        for host in self.hosts {
            // One that panicked has said so.
            if let Ok((host, seen)) = host.await {
                hosts.push(host);
                samples.merge(seen);
            }
        }
        (hosts, samples)
    }
}

/// One of them.
struct Connected {
    host: Host,
    connection: Option<Connection>,
    samples: Samples,
    target: Arc<Target>,
    events: UnboundedSender<Event>,
}

impl Connected {
    async fn live(
        mut self,
        wait: u64,
        turns: Arc<Semaphore>,
        mut stopped: watch::Receiver<bool>,
    ) -> (Host, Samples) {
        let work = async {
            let turn = turns.acquire().await;
            let first = self.ping(0).await;
            drop(turn);
            self.tell(match first {
                Ok(_) => Event::Connected,
                Err(fault) => Event::Failed(fault),
            });
            loop {
                self.turn(wait).await;
            }
        };
        tokio::select! {
            () = work => {}
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
        (self.host, self.samples)
    }

    /// Waits for something to do and does it.
    async fn turn(&mut self, wait: u64) {
        let outcome = match self.ping(wait).await {
            Ok(Some(job)) => self.run(job).await,
            outcome => outcome.map(drop),
        };
        if let Err(fault) = outcome {
            self.samples.bad(fault);
            sleep(PAUSE).await;
        }
    }

    async fn run(&mut self, job: i64) -> std::result::Result<(), Fault> {
        let mut next = Some(job);
        while let Some(job) = next {
            self.tell(Event::Offered(Instant::now()));
            let (target, kept) = (&self.target, &mut self.connection);
            receive(target, &mut self.host, job, kept).await?;
            next = report(target, &mut self.host, job, kept).await?;
            self.tell(Event::Recorded(Instant::now()));
        }
        Ok(())
    }

    async fn ping(&mut self, wait: u64) -> std::result::Result<Option<i64>, Fault> {
        let said = Said { body: b"", wait };
        let (target, kept) = (&self.target, &mut self.connection);
        let envelope = ping(target, &mut self.host, said, kept).await?;
        Ok(offered(envelope.as_ref()))
    }

    fn tell(&self, event: Event) {
        // Nobody may listen any more.
        let _ = self.events.send(event);
    }
}
