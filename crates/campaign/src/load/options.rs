//! What `cargo campaign load` takes on its command line.

use super::scenarios::Scenario;
use super::sizes::Sizes;
use clap::ValueEnum;
use std::time::Duration;

/// `cargo campaign load`
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only these scenarios, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    only: Vec<Scenario>,
    /// The sizes that a release is judged by, which take an hour: 10,000 hosts, 100,000 hosts
    /// and 1,000,000 jobs to list, an archive of 300 MiB
    #[arg(long)]
    full: bool,
    /// The smallest sizes, with debug builds: shows that everything works, and measures nothing
    #[arg(long, conflicts_with_all = ["full", "against"])]
    pub(super) short: bool,
    /// Another revision, measured in turn with this tree and shown beside it
    #[arg(long, value_name = "REV")]
    pub(super) against: Vec<String>,
    /// How often everything is measured
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(super) rounds: u32,
    /// Print JSON, with every round, in the place of the table
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    changes: Changes,
}

/// Sizes that are wanted otherwise.
#[derive(clap::Args)]
struct Changes {
    /// Hosts: those that ping, are held, return at once, get a job
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    hosts: Option<u32>,
    /// Hosts that ping at once
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    at_once: Option<u16>,
    /// Pings a second of all hosts together (default: as many as control answers)
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: Option<u32>,
    /// How long pings are measured
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3_600))]
    time: Option<u64>,
    /// How long pings may be held
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=60))]
    wait: Option<u64>,
    /// By how much each fsync is slower, where it is
    #[arg(long, value_name = "MILLISECONDS", value_parser = clap::value_parser!(u64).range(0..=10_000))]
    fsync_delay: Option<u64>,
    /// Hosts in the database that lists come from
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    listed_hosts: Option<u32>,
    /// Jobs in the database that lists come from
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    listed_jobs: Option<u32>,
    /// Size of the archive
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u16).range(1..=512))]
    archive: Option<u16>,
    /// Verify one in so many signatures; the MAC of each answer is always verified
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    verify_one_in: Option<u64>,
}

impl Options {
    /// What is measured, in this order.
    pub(super) fn scenarios(&self) -> Vec<Scenario> {
        let all = Scenario::value_variants().iter().copied();
        all.filter(|scenario| self.only.is_empty() || self.only.contains(scenario))
            .collect()
    }

    /// How much of everything.
    pub(super) fn sizes(&self) -> Sizes {
        let mut sizes = match (self.short, self.full) {
            (true, _) => Sizes::smallest(),
            (_, true) => Sizes::full(),
            _ => Sizes::quick(),
        };
        self.changes.make(&mut sizes);
        sizes
    }
}

impl Changes {
    fn make(&self, sizes: &mut Sizes) {
        let change = |size: &mut u32, wanted: Option<u32>| *size = wanted.unwrap_or(*size);
        for size in [
            &mut sizes.hosts,
            &mut sizes.held,
            &mut sizes.returning,
            &mut sizes.job_hosts,
        ] {
            change(size, self.hosts);
        }
        change(&mut sizes.listed_hosts, self.listed_hosts);
        change(&mut sizes.listed_jobs, self.listed_jobs);
        sizes.rate = self.rate.or(sizes.rate);
        sizes.at_once = self.at_once.map_or(sizes.at_once, usize::from);
        sizes.archive = self.archive.map_or(sizes.archive, usize::from);
        sizes.wait = self.wait.unwrap_or(sizes.wait);
        sizes.time = self.time.map_or(sizes.time, Duration::from_secs);
        let delay = self.fsync_delay.map(Duration::from_millis);
        sizes.fsync_delay = delay.unwrap_or(sizes.fsync_delay);
        sizes.verify_one_in = self.verify_one_in.unwrap_or(sizes.verify_one_in);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        options: Options,
    }

    fn options(arguments: &str) -> Options {
        let words = ["load"].into_iter().chain(arguments.split_whitespace());
        Arguments::try_parse_from(words).unwrap().options
    }

    #[test]
    fn all_scenarios_are_run_or_those_that_are_named_in_their_order() {
        let all = options("").scenarios();
        assert_eq!(all.len(), Scenario::value_variants().len());
        let two = options("--only new-tls,keep-alive").scenarios();
        assert_eq!(two, [Scenario::KeepAlive, Scenario::NewTls]);
    }

    #[test]
    fn what_is_named_is_changed_and_nothing_else() {
        let sizes = options("--full --hosts 7 --rate 100 --fsync-delay 20").sizes();
        assert_eq!((sizes.hosts, sizes.held, sizes.job_hosts), (7, 7, 7));
        assert_eq!(sizes.rate, Some(100));
        assert_eq!(sizes.fsync_delay, Duration::from_millis(20));
        assert_eq!(sizes.listed_hosts, Sizes::full().listed_hosts);
    }
}
