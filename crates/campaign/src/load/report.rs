//! Everything that was measured: as one Markdown table, and as JSON.

use super::figures::{Round, Spread};
use super::samples::Faults;
use serde::Serialize;

/// What one or more revisions have come to, side by side.
pub(super) struct Report {
    revisions: Vec<String>,
    sections: Vec<Section>,
}

/// One scenario.
struct Section {
    scenario: String,
    title: String,
    rows: Vec<Row>,
    /// Of each revision, in all rounds.
    faults: Vec<Faults>,
}

/// One figure: of each revision the value of each round.
struct Row {
    name: String,
    rounds: Vec<Vec<f64>>,
}

/// Everything, as programs read it.
#[derive(Serialize)]
struct Document<'a> {
    figures: Vec<Figure<'a>>,
    faults: Vec<FaultCount<'a>>,
}

/// A figure; without a value of any round, median, least and most are null.
#[derive(Serialize)]
struct Figure<'a> {
    scenario: &'a str,
    sizes: &'a str,
    figure: &'a str,
    revision: &'a str,
    rounds: &'a [f64],
    median: Option<f64>,
    least: Option<f64>,
    most: Option<f64>,
}

/// How often there was no good answer in all rounds, and why.
#[derive(Serialize)]
struct FaultCount<'a> {
    scenario: &'a str,
    revision: &'a str,
    fault: String,
    count: u64,
}

impl Report {
    /// Nothing yet, of these revisions.
    pub(super) fn new(revisions: Vec<String>) -> Self {
        Self {
            revisions,
            sections: Vec::new(),
        }
    }

    /// Begins a scenario; rounds are added to it.
    pub(super) fn begin(&mut self, scenario: &str, title: String) {
        self.sections.push(Section {
            scenario: scenario.to_owned(),
            title,
            rows: Vec::new(),
            faults: vec![Faults::default(); self.revisions.len()],
        });
    }

    /// Adds a round of the revision with this index.
    pub(super) fn add(&mut self, revision: usize, round: Round) {
        let width = self.revisions.len();
        if let Some(section) = self.sections.last_mut() {
            section.add(width, revision, round);
        }
    }

    /// The table.
    pub(super) fn markdown(&self) -> String {
        let mut table = String::from("| |");
        let names = self.revisions.iter().map(|name| format!(" {name} |"));
        table.extend(names);
        table.push_str(if self.is_compared() {
            " ratio |\n"
        } else {
            "\n"
        });
        let columns = 1 + self.revisions.len() + usize::from(self.is_compared());
        table.push_str(&format!("|{}\n", "---|".repeat(columns)));
        for section in &self.sections {
            let empty = " |".repeat(columns - 1);
            table.push_str(&format!("| **{}** |{empty}\n", section.title));
            for row in &section.rows {
                table.push_str(&self.line(row));
            }
            table.push_str(&self.faults_line(section));
        }
        table
    }

    /// The same for programs.
    ///
    /// # Errors
    /// Only what JSON cannot express.
    pub(super) fn json(&self) -> serde_json::Result<String> {
        let figures = self
            .sections
            .iter()
            .flat_map(|section| section.figures(&self.revisions));
        let faults = self
            .sections
            .iter()
            .flat_map(|section| section.fault_counts(&self.revisions));
        serde_json::to_string_pretty(&Document {
            figures: figures.collect(),
            faults: faults.collect(),
        })
    }

    fn is_compared(&self) -> bool {
        self.revisions.len() > 1
    }

    fn line(&self, row: &Row) -> String {
        let spreads: Vec<_> = row.rounds.iter().map(|rounds| Spread::of(rounds)).collect();
        let cells = spreads
            .iter()
            .map(|spread| format!(" {} |", spread.map_or_else(|| "–".into(), cell)));
        let cells: String = cells.collect();
        let ratio = match spreads[..] {
            [Some(this), .., Some(other)] => {
                format!(" {} |", ratio(this.median, other.median))
            }
            [_] => String::new(),
            _ => " – |".into(),
        };
        format!("| {} |{cells}{ratio}\n", row.name)
    }

    fn faults_line(&self, section: &Section) -> String {
        if section.faults.iter().all(Faults::is_empty) {
            return String::new();
        }
        let cell = |faults: &Faults| {
            let counts = faults
                .iter()
                .map(|(fault, count)| format!("{} {fault}", grouped(&count.to_string())));
            let counts: Vec<String> = counts.collect();
            match counts.is_empty() {
                true => "none".to_owned(),
                false => counts.join(", "),
            }
        };
        let cells = section.faults.iter().map(|of| format!(" {} |", cell(of)));
        let cells: String = cells.collect();
        let rest = if self.is_compared() { " |" } else { "" };
        format!("| no good answer, in all rounds |{cells}{rest}\n")
    }
}

impl Section {
    fn figures<'a>(&'a self, revisions: &'a [String]) -> impl Iterator<Item = Figure<'a>> {
        self.rows.iter().flat_map(move |row| {
            let of = revisions.iter().zip(&row.rounds);
            of.map(move |(revision, rounds)| {
                let spread = Spread::of(rounds);
                Figure {
                    scenario: &self.scenario,
                    sizes: &self.title,
                    figure: &row.name,
                    revision,
                    rounds,
                    median: spread.map(|spread| spread.median),
                    least: spread.map(|spread| spread.least),
                    most: spread.map(|spread| spread.most),
                }
            })
        })
    }

    fn fault_counts<'a>(&'a self, revisions: &'a [String]) -> impl Iterator<Item = FaultCount<'a>> {
        let of = revisions.iter().zip(&self.faults);
        of.flat_map(move |(revision, faults)| {
            faults.iter().map(move |(fault, count)| FaultCount {
                scenario: &self.scenario,
                revision,
                fault: fault.to_string(),
                count: *count,
            })
        })
    }

    fn add(&mut self, width: usize, revision: usize, round: Round) {
        for (name, value) in round.figures {
            let at = self.rows.iter().position(|row| row.name == name);
            let at = at.unwrap_or_else(|| {
                let rounds = vec![Vec::new(); width];
                self.rows.push(Row { name, rounds });
                self.rows.len() - 1
            });
            self.rows[at].rounds[revision].push(value);
        }
        for (fault, count) in round.faults {
            *self.faults[revision].entry(fault).or_default() += count;
        }
    }
}

/// The median, and between which values it lies.
fn cell(spread: Spread) -> String {
    let [median, least, most] = [spread.median, spread.least, spread.most].map(short);
    match least == most {
        true => median,
        false => format!("{median} ({least}–{most})"),
    }
}

/// How much the first is of the other.
fn ratio(this: f64, other: f64) -> String {
    match this / other {
        ratio if ratio.is_finite() => format!("{ratio:.2}"),
        _ => "–".to_owned(),
    }
}

/// A number as people read it: three digits, or all that stand before the point.
fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => grouped(&format!("{value:.0}")),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        0.0 => "0".to_owned(),
        _ => format!("{value:.3}"),
    }
}

/// With a comma before every three digits.
fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::connection::Fault;

    fn round(value: f64) -> Round {
        let mut round = Round::default();
        round.add("pings/s", value);
        round
    }

    fn report(revisions: &[&str]) -> Report {
        let names = revisions.iter().map(|name| (*name).to_owned());
        let mut report = Report::new(names.collect());
        report.begin("keep-alive", "idle pings".into());
        report
    }

    #[test]
    fn revisions_stand_side_by_side_with_median_spread_and_ratio() {
        let mut report = report(&["this tree", "527b5e3"]);
        for value in [3000.0, 2900.0, 3100.0] {
            report.add(0, round(value));
            report.add(1, round(value / 2.0));
        }
        let table = report.markdown();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[0], "| | this tree | 527b5e3 | ratio |");
        assert_eq!(lines[1], "|---|---|---|---|");
        assert_eq!(lines[2], "| **idle pings** | | | |");
        assert_eq!(
            lines[3],
            "| pings/s | 3,000 (2,900–3,100) | 1,500 (1,450–1,550) | 2.00 |"
        );
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn one_revision_is_compared_with_nothing() {
        let mut report = report(&["this tree"]);
        report.add(0, round(0.5));
        let table = report.markdown();
        assert_eq!(
            table,
            "| | this tree |\n|---|---|\n| **idle pings** | |\n| pings/s | 0.500 |\n"
        );
    }

    #[test]
    fn what_did_not_go_well_is_said_by_kind() {
        let mut report = report(&["a", "b"]);
        let mut bad = round(f64::NAN);
        bad.faults = Faults::from([(Fault::Closed, 3), (Fault::Unsealed(503), 1)]);
        report.add(0, bad.clone());
        report.add(0, bad);
        report.add(1, round(1.0));
        let table = report.markdown();
        assert!(table.contains("| pings/s | – | 1.00 | – |"), "{table}");
        let faults =
            "| no good answer, in all rounds | 6.00 closed, 2.00 503 without MAC | none | |";
        assert!(table.contains(&faults.replace(".00", "")), "{table}");
    }

    #[test]
    fn programs_get_every_round() {
        let mut report = report(&["a"]);
        report.add(0, round(1.0));
        report.add(0, round(3.0));
        let json: serde_json::Value = serde_json::from_str(&report.json().unwrap()).unwrap();
        assert_eq!(json["figures"][0]["figure"], "pings/s");
        assert_eq!(json["figures"][0]["rounds"], serde_json::json!([1.0, 3.0]));
        assert_eq!(json["figures"][0]["median"], 2.0);
        assert_eq!(json["faults"], serde_json::json!([]));
    }

    #[test]
    fn programs_get_faults_and_figures_without_a_value() {
        let mut report = report(&["a"]);
        let mut bad = round(f64::NAN);
        bad.faults = Faults::from([(Fault::Unsealed(503), 7)]);
        report.add(0, bad);
        let json: serde_json::Value = serde_json::from_str(&report.json().unwrap()).unwrap();
        assert_eq!(json["figures"][0]["median"], serde_json::Value::Null);
        assert_eq!(json["faults"][0]["fault"], "503 without MAC");
        assert_eq!(json["faults"][0]["count"], 7);
    }

    #[test]
    fn numbers_have_three_digits_or_all() {
        for (value, text) in [
            (0.0, "0"),
            (0.1234, "0.123"),
            (1.0, "1.00"),
            (12.34, "12.3"),
            (123.4, "123"),
            (1234.0, "1,234"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(short(value), text);
        }
    }
}
