//! Figures about the service, for Prometheus.
//!
//! Whoever may read them learns how busy the service is, and nothing about a single host, user or
//! job: no label names one.

mod labels;
mod process;

pub(crate) use labels::{AuthenticationFailure, PingOutcome};
pub(crate) use process::Descriptors;

use crate::domain::expiry::Expiry;
use labels::Label;
use prometheus_client::encoding::prometheus_text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// The content type of [`Metrics::render`]'s text.
pub(crate) const CONTENT_TYPE: &str = prometheus_text::CONTENT_TYPE;

/// What the names of all figures begin with, but for those of the process.
const PREFIX: &str = "pilotctl";

/// The upper ends, in seconds, of the buckets for the delay of a job's first offer. A host that is
/// connected gets its job at once; one that sleeps or is off line, after hours.
const OFFER_DELAYS: [f64; 12] = [
    1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3_600.0, 21_600.0, 86_400.0, 604_800.0,
];

/// All figures. Counters count since the service started.
pub(crate) struct Metrics {
    registry: Registry,
    pings: Family<Label, Counter>,
    authentication_failures: Family<Label, Counter>,
    results: Family<Label, Counter>,
    offer_delay: Histogram,
    observed: Gauges,
}

/// Figures that are read when somebody asks for them.
#[derive(Default)]
struct Gauges {
    hosts: Family<Label, Gauge>,
    open_jobs: Family<Label, Gauge>,
    held_pings: Gauge,
    connections: Gauge,
    certificate_ends: Family<Label, Gauge>,
}

/// How many are in each state.
pub(crate) type CountByState = Vec<(&'static str, u64)>;

/// What the service looks like at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observed {
    /// How many hosts are in each state.
    pub(crate) hosts: CountByState,
    /// How many jobs that have not ended are in each state.
    pub(crate) open_jobs: CountByState,
    /// How many pings are held.
    pub(crate) held_pings: usize,
    /// How many connections are open.
    pub(crate) connections: usize,
    /// When the certificates of the service expire.
    pub(crate) certificates: Vec<Expiry>,
}

impl Metrics {
    /// Begins with zero everywhere.
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::default(),
            pings: Family::default(),
            authentication_failures: Family::default(),
            results: Family::default(),
            offer_delay: Histogram::new(OFFER_DELAYS),
            observed: Gauges::default(),
        };
        metrics.register_counters();
        metrics.register_gauges();
        metrics
            .registry
            .register_collector(Box::new(process::Process));
        // A rate of what has never happened is 0, not unknown.
        for outcome in PingOutcome::ALL {
            drop(metrics.pings.get_or_create(&[("result", outcome.name())]));
        }
        for kind in AuthenticationFailure::ALL {
            let label = [("kind", kind.name())];
            drop(metrics.authentication_failures.get_or_create(&label));
        }
        metrics
    }

    fn register_counters(&mut self) {
        let registry = self.registry.sub_registry_with_prefix(PREFIX);
        registry.register(
            "pings",
            "Pings that were answered, by what the answer was",
            self.pings.clone(),
        );
        registry.register(
            "authentication_failures",
            "Requests whose sender could not be authenticated, by what was wrong",
            self.authentication_failures.clone(),
        );
        registry.register(
            "results",
            "Results of jobs that were recorded, by status",
            self.results.clone(),
        );
        registry.register_with_unit(
            "offer_delay",
            "From the creation of a job to its first offer to its host",
            Unit::Seconds,
            self.offer_delay.clone(),
        );
    }

    fn register_gauges(&mut self) {
        let registry = self.registry.sub_registry_with_prefix(PREFIX);
        let observed = &self.observed;
        registry.register("hosts", "Hosts, by state", observed.hosts.clone());
        registry.register(
            "open_jobs",
            "Jobs that have not ended, by state",
            observed.open_jobs.clone(),
        );
        registry.register(
            "held_pings",
            "Pings that are held until there is something to do",
            observed.held_pings.clone(),
        );
        registry.register(
            "connections",
            "Open connections",
            observed.connections.clone(),
        );
        registry.register(
            "certificate_expiry_timestamp_seconds",
            "When a certificate of the service expires, in Unix time",
            observed.certificate_ends.clone(),
        );
        registry.register(
            "build",
            "1, with the version of the service as a label",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
    }

    /// Counts a ping that was answered.
    pub(crate) fn count_ping(&self, outcome: PingOutcome) {
        self.pings
            .get_or_create(&[("result", outcome.name())])
            .inc();
    }

    /// Counts a request whose sender could not be authenticated.
    pub(crate) fn count_authentication_failure(&self, kind: AuthenticationFailure) {
        let label = [("kind", kind.name())];
        self.authentication_failures.get_or_create(&label).inc();
    }

    /// Counts recorded results with this status.
    pub(crate) fn count_results(&self, status: &'static str, number: u64) {
        if number > 0 {
            let results = self.results.get_or_create(&[("status", status)]);
            results.inc_by(number);
        }
    }

    /// Notes that a job was offered for the first time, so long after its creation.
    pub(crate) fn note_first_offer(&self, delay: Duration) {
        self.offer_delay.observe(delay.as_secs_f64());
    }

    /// All figures as text, with what is `observed` now.
    ///
    /// # Errors
    /// None that is known: the text is written to memory.
    pub(crate) fn render(&self, observed: &Observed) -> Result<String, fmt::Error> {
        self.observed.set(observed);
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl Gauges {
    fn set(&self, observed: &Observed) {
        // What was counted before must not stay: the database may not answer now.
        for (family, counts) in [
            (&self.hosts, &observed.hosts),
            (&self.open_jobs, &observed.open_jobs),
        ] {
            family.clear();
            for (state, count) in counts {
                let gauge = family.get_or_create(&[("state", state)]);
                gauge.set(gauge_value(*count));
            }
        }
        self.held_pings.set(gauge_value(observed.held_pings));
        self.connections.set(gauge_value(observed.connections));
        self.certificate_ends.clear();
        // Of several intermediate certificates, the one that expires first counts.
        let mut ends = BTreeMap::<_, u64>::new();
        for Expiry { role, end, .. } in &observed.certificates {
            let first = ends.entry(*role).or_insert(*end);
            *first = (*first).min(*end);
        }
        for (role, end) in ends {
            let label = [("certificate", role)];
            self.certificate_ends
                .get_or_create(&label)
                .set(gauge_value(end));
        }
    }
}

/// Counts and times stay far below 2^63.
fn gauge_value(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line<'a>(text: &'a str, begin: &str) -> Option<&'a str> {
        text.lines().find_map(|line| line.strip_prefix(begin))
    }

    #[test]
    fn what_has_never_happened_is_zero() {
        let text = Metrics::new().render(&Observed::default()).unwrap();
        for outcome in PingOutcome::ALL {
            let begin = format!("pilotctl_pings_total{{result=\"{}\"}} ", outcome.name());
            assert_eq!(line(&text, &begin), Some("0"), "{text}");
        }
        for kind in AuthenticationFailure::ALL {
            let name = kind.name();
            let begin = format!("pilotctl_authentication_failures_total{{kind=\"{name}\"}} ");
            assert_eq!(line(&text, &begin), Some("0"), "{text}");
        }
    }

    #[test]
    fn what_is_counted_and_observed_is_in_the_text() {
        let metrics = Metrics::new();
        metrics.count_ping(PingOutcome::Work);
        metrics.count_results("succeeded", 1);
        metrics.note_first_offer(Duration::from_secs(7));
        metrics.count_authentication_failure(AuthenticationFailure::Clock);
        let observed = Observed {
            hosts: vec![("enrolled", 3)],
            open_jobs: vec![("queued", 4)],
            held_pings: 2,
            connections: 5,
            certificates: vec![],
        };
        let text = metrics.render(&observed).unwrap();
        for (begin, value) in [
            ("pilotctl_pings_total{result=\"work\"} ", "1"),
            ("pilotctl_results_total{status=\"succeeded\"} ", "1"),
            ("pilotctl_offer_delay_seconds_bucket{le=\"5\"} ", "0"),
            ("pilotctl_offer_delay_seconds_bucket{le=\"10\"} ", "1"),
            (
                "pilotctl_authentication_failures_total{kind=\"clock\"} ",
                "1",
            ),
            ("pilotctl_hosts{state=\"enrolled\"} ", "3"),
            ("pilotctl_open_jobs{state=\"queued\"} ", "4"),
            ("pilotctl_held_pings ", "2"),
            ("pilotctl_connections ", "5"),
        ] {
            assert_eq!(line(&text, begin), Some(value), "{text}");
        }
        assert!(text.contains(env!("CARGO_PKG_VERSION")), "{text}");
    }

    #[test]
    fn a_certificate_that_was_replaced_is_gone_from_the_text() {
        let metrics = Metrics::new();
        let of = |role, end| Observed {
            certificates: vec![Expiry {
                what: "the certificate in /x".into(),
                role,
                end,
                remedy: "",
            }],
            ..Observed::default()
        };
        metrics.render(&of("ca", 1)).unwrap();
        let text = metrics.render(&of("server", 2)).unwrap();
        let begin = "pilotctl_certificate_expiry_timestamp_seconds";
        assert_eq!(
            line(&text, &format!("{begin}{{certificate=\"server\"}} ")),
            Some("2")
        );
        assert_eq!(
            line(&text, &format!("{begin}{{certificate=\"ca\"}} ")),
            None
        );
        assert!(!text.contains("/x"), "no path: {text}");
    }

    #[test]
    fn the_process_has_memory_and_descriptors() {
        let text = Metrics::new().render(&Observed::default()).unwrap();
        for name in [
            "process_resident_memory_bytes ",
            "process_open_fds ",
            "process_max_fds ",
            "process_start_time_seconds ",
        ] {
            let value: f64 = line(&text, name).unwrap().parse().unwrap();
            assert!(value > 0.0, "{name}{value}");
        }
    }
}
