//! The figures of the process itself, under the names that all Prometheus clients use.

use procfs::process::{LimitValue, Process as Myself};
use procfs::{ProcResult, WithCurrentSystemInfo, ticks_per_second};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use rlimit::Resource;
use std::fmt;

/// Reads the figures of this process from proc(5) when they are asked for.
#[derive(Debug)]
pub(super) struct Process;

/// Counts the descriptors of this process, also when it may open no more.
pub(crate) struct Descriptors(Myself);

impl Descriptors {
    /// `None` without proc(5).
    pub(crate) fn new() -> Option<Self> {
        Some(Self(Myself::myself().ok()?))
    }

    /// How many are open, and how many may be. It may block.
    pub(crate) fn count(&self) -> Option<(u64, u64)> {
        let (most, _) = Resource::NOFILE.get().ok()?;
        // Before Linux 6.2 counting them needs another one.
        Some((self.0.fd_count().map_or(most, |open| open as u64), most))
    }
}

/// The figures at one moment.
struct Figures {
    resident: f64,
    open_descriptors: f64,
    most_descriptors: f64,
    processor_seconds: f64,
    started: f64,
}

impl Collector for Process {
    /// Without proc(5) there are no figures.
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Ok(figures) = Figures::read() else {
            return Ok(());
        };
        for (name, help, value) in [
            (
                "process_resident_memory_bytes",
                "Resident memory",
                figures.resident,
            ),
            (
                "process_open_fds",
                "Open file descriptors",
                figures.open_descriptors,
            ),
            (
                "process_max_fds",
                "Most file descriptors that may be open",
                figures.most_descriptors,
            ),
            (
                "process_start_time_seconds",
                "When the process started, in Unix time",
                figures.started,
            ),
        ] {
            encode(&mut encoder, name, help, &ConstGauge::new(value))?;
        }
        let processor = ConstCounter::new(figures.processor_seconds);
        encode(
            &mut encoder,
            "process_cpu_seconds",
            "Processor time, user and system",
            &processor,
        )
    }
}

fn encode(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    metric: &impl EncodeMetric,
) -> fmt::Result {
    metric.encode(encoder.encode_descriptor(name, help, None, metric.metric_type())?)
}

impl Figures {
    #[expect(
        clippy::cast_precision_loss,
        reason = "Prometheus has floating-point numbers only"
    )]
    fn read() -> ProcResult<Self> {
        let myself = Myself::myself()?;
        let stat = myself.stat()?;
        let ticks = ticks_per_second() as f64;
        let most = match myself.limits()?.max_open_files.soft_limit {
            LimitValue::Value(most) => most as f64,
            LimitValue::Unlimited => f64::INFINITY,
        };
        let booted = procfs::boot_time_secs()? as f64;
        Ok(Self {
            resident: stat.rss_bytes().get() as f64,
            open_descriptors: myself.fd_count()? as f64,
            most_descriptors: most,
            processor_seconds: (stat.utime + stat.stime) as f64 / ticks,
            started: booted + stat.starttime as f64 / ticks,
        })
    }
}
