//! A measured figure, its limit, and what it is compared with.

use std::fmt;

/// The unit of a figure.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    Bytes,
    KiB,
    Microseconds,
}

/// A measured figure.
pub(super) struct Figure {
    what: &'static str,
    number: u64,
    unit: Unit,
    most: Option<u64>,
    beside: Option<(u64, &'static str)>,
    made_of: Option<String>,
}

impl Figure {
    pub(super) fn new(what: &'static str, number: u64, unit: Unit) -> Self {
        Self {
            what,
            number,
            unit,
            most: None,
            beside: None,
            made_of: None,
        }
    }

    /// Sets its limit.
    pub(super) fn at_most(self, most: u64) -> Self {
        Self {
            most: Some(most),
            ..self
        }
    }

    /// Compares it with another program's figure.
    pub(super) fn beside(self, number: u64, of: &'static str) -> Self {
        Self {
            beside: Some((number, of)),
            ..self
        }
    }

    /// Describes the parts of a sum.
    pub(super) fn made_of(self, parts: String) -> Self {
        Self {
            made_of: Some(parts),
            ..self
        }
    }

    /// The error if it is above its limit.
    pub(super) fn excess(&self) -> Option<String> {
        let Self {
            what, number, unit, ..
        } = self;
        let most = self.most.filter(|most| number > most)?;
        Some(format!("{what}: {number} {unit} is more than {most}"))
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = format!("{} {}", self.number, self.unit);
        write!(f, "{:<42}{number:>16}", self.what)?;
        if let Some(most) = self.most {
            write!(f, "; at most {most}")?;
        }
        if let Some((number, of)) = self.beside {
            #[expect(clippy::cast_precision_loss, reason = "for people")]
            let times = self.number as f64 / number.max(1) as f64;
            write!(f, "; {times:.1} times {of} ({number})")?;
        }
        if let Some(parts) = &self.made_of {
            write!(f, "; {parts}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes => "bytes",
            Self::KiB => "KiB",
            Self::Microseconds => "µs",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_shows_limit_and_comparison() {
        let figure = Figure::new("memory", 469, Unit::KiB)
            .at_most(512)
            .beside(120, "sleep");
        assert_eq!(figure.excess(), None);
        let shown = figure.to_string();
        assert!(
            shown.ends_with("469 KiB; at most 512; 3.9 times sleep (120)"),
            "{shown}"
        );
        let excess = figure.at_most(400).excess();
        assert_eq!(excess.unwrap(), "memory: 469 KiB is more than 400");
    }
}
