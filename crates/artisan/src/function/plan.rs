//! All that a run may come to, read before anything is run: a mistake in the
//! last line must not show when the first has already changed the host.

use super::expand::{Line, expand};
use crate::build_file::{BuildFile, Function, Profile};
use crate::failure::{Failure, Kind};
use std::collections::BTreeMap;

/// How deep functions may call functions.
const MAX_DEPTH: usize = 64;

/// How many lines a run may come to, with those of the functions that it calls: each may
/// call another one more than once.
const MAX_STEPS: u64 = 10_000;

/// The run lines of a function or profile and of every function that they call.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    /// The lines that run first.
    pub(crate) first: Vec<Line>,
    functions: BTreeMap<&'a str, Vec<Line>>,
}

impl<'a> Plan<'a> {
    /// Plans the run of a function.
    ///
    /// # Errors
    /// When a line of it or of one that it calls is malformed, or functions call each other in
    /// a circle.
    pub(crate) fn of(file: &'a BuildFile, function: &Function) -> Result<Self, Failure> {
        Self::new(file, &function.name, |planner| planner.lines(&function.run))
    }

    /// Plans the run of a profile's lines. There may be none.
    ///
    /// # Errors
    /// As [`Plan::of`].
    pub(crate) fn of_profile(file: &'a BuildFile, profile: &Profile) -> Result<Self, Failure> {
        // A function may have the same name.
        let owner = format!("profile {}", profile.name);
        Self::new(file, &owner, |planner| planner.lines(&profile.run))
    }

    fn new(
        file: &'a BuildFile,
        owner: &str,
        first: impl FnOnce(&mut Planner<'a>) -> Result<Vec<Line>, Failure>,
    ) -> Result<Self, Failure> {
        let mut planner = Planner {
            file,
            functions: BTreeMap::new(),
            steps: BTreeMap::new(),
            path: vec![owner.to_owned()],
        };
        let first = first(&mut planner)?;
        Ok(Self {
            first,
            functions: planner.functions,
        })
    }

    /// The lines of a function that is called.
    pub(crate) fn function(&self, name: &str) -> &[Line] {
        self.functions.get(name).map_or(&[], Vec::as_slice)
    }
}

struct Planner<'a> {
    file: &'a BuildFile,
    functions: BTreeMap<&'a str, Vec<Line>>,
    /// How many lines each comes to.
    steps: BTreeMap<&'a str, u64>,
    /// The functions that are being planned, outermost first.
    path: Vec<String>,
}

impl Planner<'_> {
    fn lines(&mut self, lines: &[String]) -> Result<Vec<Line>, Failure> {
        let numbered = lines.iter().enumerate();
        let lines: Vec<Line> = numbered
            .map(|(index, line)| self.line(index + 1, line))
            .collect::<Result<_, _>>()?;
        if self.steps_of(&lines) > MAX_STEPS {
            return Err(self.refuse(format!(
                "with the functions that it calls it comes to more than {MAX_STEPS} lines"
            )));
        }
        Ok(lines)
    }

    fn steps_of(&self, lines: &[Line]) -> u64 {
        let steps = lines.iter().map(|line| match line {
            Line::Shell(_) => 1,
            Line::Call(name) => self.steps.get(name.as_str()).map_or(1, |steps| steps + 1),
        });
        steps.sum()
    }

    fn line(&mut self, number: usize, line: &str) -> Result<Line, Failure> {
        let file = self.file;
        let expanded = expand(line, |name| file.function(name).is_some())
            .map_err(|reason| self.refuse(format!("run line {number}: {reason}")))?;
        if let Line::Call(name) = &expanded {
            self.call(name)?;
        }
        Ok(expanded)
    }

    fn call(&mut self, name: &str) -> Result<(), Failure> {
        if self.path.iter().any(|caller| caller == name) {
            let circle = format!("{} > {name}", self.path.join(" > "));
            return Err(self.refuse(format!("functions call each other in a circle: {circle}")));
        }
        if self.path.len() >= MAX_DEPTH {
            return Err(self.refuse(format!("functions call functions {MAX_DEPTH} deep")));
        }
        match self.file.function(name) {
            Some(function) if !self.functions.contains_key(name) => {
                self.path.push(name.to_owned());
                let lines = self.lines(&function.run)?;
                self.path.pop();
                self.steps.insert(&function.name, self.steps_of(&lines));
                self.functions.insert(&function.name, lines);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn refuse(&self, reason: impl std::fmt::Display) -> Failure {
        let owner = self.path.last().map_or("", String::as_str);
        Failure::new(Kind::Own, format!("{owner:?} in build.yaml: {reason}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build_file::Function;

    fn file(functions: &[(&str, &[&str])]) -> BuildFile {
        let function = |(name, run): &(&str, &[&str])| Function {
            name: (*name).into(),
            run: run.iter().map(|line| (*line).into()).collect(),
            ..Function::default()
        };
        BuildFile {
            functions: functions.iter().map(function).collect(),
            ..BuildFile::default()
        }
    }

    fn plan<'a>(file: &'a BuildFile, name: &str) -> Result<Plan<'a>, String> {
        Plan::of(file, file.function(name).unwrap()).map_err(|failure| failure.to_string())
    }

    #[test]
    fn called_functions_are_planned_too() {
        let file = file(&[
            ("a", &["$(b)", "$(b)"]),
            ("b", &["echo b"]),
            ("c", &["$[ bad"]),
        ]);
        let plan = plan(&file, "a").unwrap();
        assert_eq!(plan.first.len(), 2);
        assert_eq!(plan.function("b"), [Line::Shell("echo b".into())]);
    }

    #[test]
    fn circles_are_named() {
        let file = file(&[("a", &["$(b)"]), ("b", &["$(c)"]), ("c", &["$(a)"])]);
        assert!(plan(&file, "a").unwrap_err().contains("a > b > c > a"));
    }

    #[test]
    fn a_profile_may_have_the_name_of_the_function_that_it_calls() {
        let file = file(&[("linux", &["make"])]);
        let profile = Profile {
            name: "linux".into(),
            run: vec!["$(linux)".into()],
            ..Profile::default()
        };
        assert!(Plan::of_profile(&file, &profile).is_ok());
        assert!(Plan::of_profile(&file, &Profile::default()).is_ok());
    }

    #[test]
    fn depth_is_limited() {
        let names: Vec<String> = (0..=MAX_DEPTH).map(|n| format!("f{n}")).collect();
        let calls: Vec<String> = (1..=MAX_DEPTH + 1).map(|n| format!("$(f{n})")).collect();
        let runs: Vec<[&str; 1]> = calls.iter().map(|call| [call.as_str()]).collect();
        let pairs: Vec<(&str, &[&str])> = names
            .iter()
            .zip(&runs)
            .map(|(name, run)| (name.as_str(), &run[..]))
            .collect();
        assert!(plan(&file(&pairs), "f0").unwrap_err().contains("64 deep"));
    }

    /// Each calls the next one twice: 26 of them ran for minutes.
    #[test]
    fn abuse_calls_that_double() {
        let names: Vec<String> = (0..=26).map(|n| format!("f{n}")).collect();
        let calls: Vec<String> = (1..=26).map(|n| format!("$(f{n})")).collect();
        let mut runs: Vec<Vec<&str>> = calls.iter().map(|call| vec![call.as_str(); 2]).collect();
        runs.push(vec!["true"]);
        let pairs: Vec<(&str, &[&str])> = names
            .iter()
            .zip(&runs)
            .map(|(name, run)| (name.as_str(), &run[..]))
            .collect();
        let reason = plan(&file(&pairs), "f0").unwrap_err();
        assert!(reason.contains("more than 10000 lines"), "{reason}");
        assert!(plan(&file(&pairs), "f16").is_ok());
    }

    #[test]
    fn a_bad_line_is_named_before_anything_runs() {
        let file = file(&[("a", &["$(b)"]), ("b", &["echo", "echo $[ x"])]);
        let reason = plan(&file, "a").unwrap_err();
        assert!(
            reason.contains("\"b\"") && reason.contains("run line 2"),
            "{reason}"
        );
    }
}
