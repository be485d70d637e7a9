//! The options that `cargo xtask release` and `cargo xtask package` share.

use super::target::{Program, TARGETS, Target, TargetName};
use crate::failure::{Result, failed};
use std::path::PathBuf;

/// What is made for which hosts, and who vouches for it.
#[derive(clap::Args)]
pub struct Selection {
    /// A target, by its triple or its architecture; may be repeated (default:
    /// all of them, or all that were built)
    #[arg(long)]
    target: Vec<TargetName>,
    /// A program; may be repeated (default: all that the target has)
    #[arg(long, value_name = "NAME")]
    program: Vec<Program>,
    /// File of an OpenPGP secret key (`art pgp gen`) that signs the checksums
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
}

impl Selection {
    /// Whether no target is named.
    pub(crate) fn is_open(&self) -> bool {
        self.target.is_empty()
    }

    /// The named programs of a target, or all that it has.
    pub(crate) fn programs(&self, target: &Target) -> impl Iterator<Item = Program> {
        let of_target = target.programs().iter().copied();
        of_target.filter(|program| self.program.is_empty() || self.program.contains(program))
    }

    /// The named targets, or all.
    ///
    /// # Errors
    /// When one is named twice.
    pub(crate) fn targets(&self) -> Result<Vec<&'static Target>> {
        if self.is_open() {
            return Ok(TARGETS.iter().collect());
        }
        let mut chosen: Vec<&Target> = Vec::new();
        for TargetName(target) in &self.target {
            if chosen.iter().any(|other| other.triple == target.triple) {
                return failed(format!("{target} is named twice"));
            }
            chosen.push(target);
        }
        Ok(chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(names: &[&str]) -> Result<Vec<&'static str>> {
        let selection = Selection {
            target: names.iter().map(|name| name.parse().unwrap()).collect(),
            program: vec![],
            key: None,
        };
        let triples = |targets: Vec<&Target>| targets.iter().map(|one| one.triple).collect();
        selection.targets().map(triples)
    }

    #[test]
    fn a_program_that_a_target_does_not_have_is_not_made_for_it() {
        let selection = Selection {
            target: vec![],
            program: vec![Program::Pilot, Program::Pilotctl],
            key: None,
        };
        let names = |target| -> Vec<_> { selection.programs(target).map(Program::name).collect() };
        assert_eq!(names(&TARGETS[0]), ["pilot", "pilotctl"]);
        assert_eq!(names(&TARGETS[2]), ["pilot"]);
    }

    #[test]
    fn no_target_is_all_of_them_and_none_is_made_twice() {
        assert_eq!(targets(&[]).unwrap().len(), TARGETS.len());
        assert_eq!(
            targets(&["armv7", "i686"]).unwrap(),
            ["armv7-unknown-linux-musleabihf", "i686-unknown-linux-musl"]
        );
        let refusal = targets(&["i686", "i686-unknown-linux-musl"]).unwrap_err();
        assert!(refusal.to_string().contains("twice"), "{refusal}");
    }
}
