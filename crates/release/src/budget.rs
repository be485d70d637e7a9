//! How large the programs for hosts may be.

use super::target::{Program, Target};
use crate::failure::{Context, Result, failed};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const FILE: &str = "packaging/size-budget.toml";

/// Most bytes of a program, by target and name.
pub(super) struct Budget(BTreeMap<String, BTreeMap<String, u64>>);

impl Budget {
    /// Reads the checkout's.
    ///
    /// # Errors
    /// When it is missing or malformed.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let text = fs::read_to_string(root.join(FILE)).context(FILE)?;
        toml::from_str(&text).map(Self).context(FILE)
    }

    /// Says how a size stands to the budget.
    ///
    /// # Errors
    /// When it is above, or a program for hosts has none.
    pub(super) fn check(&self, program: Program, target: &Target, size: u64) -> Result<String> {
        let name = program.name();
        let most = self.0.get(target.triple).and_then(|most| most.get(name));
        match most {
            None if program == Program::Pilotctl => Ok("no budget".to_owned()),
            None => failed(format!(
                "{FILE} has no budget for {name} on {target}; it has {size} bytes: write {} there",
                with_margin(size)
            )),
            Some(&most) if size > most => failed(format!(
                "{name} for {target} has {size} bytes, {} more than its budget in {FILE}: find out what made it grow",
                size - most
            )),
            Some(&most) if with_margin(size) < most => Ok(format!(
                "budget {most}; it fell: write {} into {FILE}",
                with_margin(size)
            )),
            Some(most) => Ok(format!("budget {most}")),
        }
    }
}

/// A size and 5 %.
fn with_margin(size: u64) -> u64 {
    size + size / 20
}

#[cfg(test)]
mod tests {
    use super::super::target::TARGETS;
    use super::*;

    fn budget() -> Budget {
        Budget(toml::from_str("[x86_64-unknown-linux-musl]\npilot = 1050\n").unwrap())
    }

    #[test]
    fn above_the_budget_is_a_failure() {
        let check = |size| budget().check(Program::Pilot, &TARGETS[0], size);
        assert_eq!(check(1_050).unwrap(), "budget 1050");
        assert_eq!(check(1_000).unwrap(), "budget 1050");
        let failure = check(1_051).unwrap_err().to_string();
        assert!(failure.contains("1 more than"), "{failure}");
    }

    #[test]
    fn what_fell_is_to_be_kept() {
        let said = budget().check(Program::Pilot, &TARGETS[0], 900).unwrap();
        assert!(said.contains("write 945"), "{said}");
    }

    #[test]
    fn a_program_for_hosts_has_a_budget() {
        assert!(budget().check(Program::Art, &TARGETS[0], 1).is_err());
        assert!(budget().check(Program::Pilotctl, &TARGETS[0], 1).is_ok());
    }
}
