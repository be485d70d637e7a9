//! What one round has measured, and what many rounds come to.

use super::connection::Fault;
use super::samples::{Faults, Samples};
use super::usage::{Used, float, milliseconds};
use release::failure::{Result, failed};
use std::time::Duration;

/// The figures of one round, in the order in which they are shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Round {
    pub(super) figures: Vec<(String, f64)>,
    pub(super) faults: Faults,
}

impl Round {
    /// Adds a figure.
    pub(super) fn add(&mut self, name: impl Into<String>, value: f64) {
        self.figures.push((name.into(), value));
    }

    /// Adds how long something took.
    pub(super) fn add_seconds(&mut self, name: &str, time: Duration) {
        self.add(format!("{name}, s"), time.as_secs_f64());
    }

    /// Adds how long good answers took, and why there were no others.
    pub(super) fn add_times(&mut self, name: &str, samples: &Samples) {
        for (share, label) in [(0.5, "p50"), (0.99, "p99")] {
            let took = samples.percentile(share);
            let took = took.map_or(f64::NAN, milliseconds);
            self.add(format!("{name}, {label}, ms"), took);
        }
        self.add_faults(samples);
    }

    /// Adds why there were no good answers.
    pub(super) fn add_faults(&mut self, samples: &Samples) {
        for (fault, count) in samples.faults() {
            *self.faults.entry(*fault).or_default() += count;
        }
    }

    /// Fails for an answer that no load excuses, or for any fault where none is expected.
    ///
    /// # Errors
    /// Names the faults and their counts.
    pub(super) fn check(&self, expects_none: bool) -> Result<()> {
        let is_wrong = |fault: &Fault| expects_none || fault.is_forgery();
        let wrong = self.faults.iter().filter(|(fault, _)| is_wrong(fault));
        let wrong: Vec<String> = wrong
            .map(|(fault, count)| format!("{fault} ({count}×)"))
            .collect();
        match wrong.is_empty() {
            true => Ok(()),
            false => failed(format!("no good answer: {}", wrong.join(", "))),
        }
    }

    /// Adds what each of so many has cost.
    pub(super) fn add_costs(&mut self, each: &str, count: usize, used: &Used) {
        let count = float(count as u64);
        self.add(
            format!("CPU of control a {each}, ms"),
            milliseconds(used.control) / count,
        );
        self.add(
            format!("CPU of the generator a {each}, ms"),
            milliseconds(used.generator) / count,
        );
        self.add(format!("fsyncs a {each}"), float(used.syncs) / count);
    }
}

/// What many rounds come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Spread {
    /// Of the rounds that have a value.
    pub(super) fn of(values: &[f64]) -> Option<Self> {
        let mut values: Vec<f64> = values
            .iter()
            .copied()
            .filter(|value| value.is_finite())
            .collect();
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median = match values.len() % 2 {
            0 => f64::midpoint(values[middle - 1], values[middle]),
            _ => values[middle],
        };
        Some(Self {
            median,
            least,
            most,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_and_not_the_mean() {
        let of = |values: &[f64]| Spread::of(values).map(|spread| spread.median);
        assert_eq!(of(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(of(&[4.0, 1.0, 2.0, 100.0]), Some(3.0));
        assert_eq!(of(&[5.0]), Some(5.0));
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn the_spread_is_from_the_least_to_the_most_and_leaves_out_what_is_no_number() {
        let spread = Spread::of(&[3.0, f64::NAN, 1.0, 2.0]).unwrap();
        assert_eq!((spread.least, spread.most), (1.0, 3.0));
    }

    #[test]
    fn costs_are_per_piece() {
        let used = Used {
            time: Duration::from_secs(2),
            control: Duration::from_millis(300),
            generator: Duration::from_millis(100),
            syncs: 50,
        };
        let mut round = Round::default();
        round.add_costs("ping", 100, &used);
        let values: Vec<f64> = round.figures.iter().map(|(_, value)| *value).collect();
        assert_eq!(values, [3.0, 1.0, 0.5]);
    }

    #[test]
    fn a_round_without_good_answers_has_no_times_and_says_why() {
        let mut samples = Samples::default();
        samples.bad(Fault::Late);
        let mut round = Round::default();
        round.add_times("ping", &samples);
        assert!(round.figures.iter().all(|(_, value)| value.is_nan()));
        assert_eq!(round.faults, Faults::from([(Fault::Late, 1)]));
    }

    #[test]
    fn a_short_run_fails_for_any_fault_and_others_for_forgeries() {
        let with = |faults: &[(Fault, u64)]| Round {
            faults: faults.iter().copied().collect(),
            ..Round::default()
        };
        let late = with(&[(Fault::Late, 2), (Fault::Status(413), 5)]);
        assert!(late.check(false).is_ok());
        let said = late.check(true).unwrap_err().to_string();
        assert_eq!(said, "no good answer: no answer in time (2×), 413 (5×)");
        let forged = with(&[(Fault::Late, 2), (Fault::Forged, 1)]);
        let said = forged.check(false).unwrap_err().to_string();
        assert_eq!(said, "no good answer: wrong MAC (1×)");
        assert!(with(&[(Fault::BadEnvelope, 1)]).check(false).is_err());
        assert!(with(&[]).check(true).is_ok());
    }
}
