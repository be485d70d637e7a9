//! Checks the needs of a run before its first line: something missing or too long must not show
//! when half of the work is done.

use super::environment::Environment;
use super::expand::Line;
use super::plan::Plan;
use super::room::Room;
use crate::build_file::{BuildFile, Function, Profile};
use crate::failure::{Failure, Kind};
use wire::limits::MOST_INPUTS;

/// How many functions a review names.
const MOST_NAMED: usize = 10;

/// Checks that what a plan holds can be run.
pub(crate) struct Check<'a> {
    file: &'a BuildFile,
    plan: &'a Plan<'a>,
    room: Room,
    /// Whether the caller has given what it gives.
    is_given: bool,
}

impl<'a> Check<'a> {
    /// Of a run on this system.
    pub(crate) fn here(file: &'a BuildFile, plan: &'a Plan<'a>) -> Self {
        Self {
            file,
            plan,
            room: Room::here(),
            is_given: true,
        }
    }

    /// Of a run on some host, with inputs that are not known yet.
    fn elsewhere(file: &'a BuildFile, plan: &'a Plan<'a>) -> Self {
        Self {
            room: Room::usual(),
            is_given: false,
            ..Self::here(file, plan)
        }
    }

    /// The environment of the function that the plan is of.
    ///
    /// # Errors
    /// Names all required inputs that are missing, an input of a wrong type, or a variable that
    /// is too long: of this function, or the first that it calls.
    pub(crate) fn function(
        &self,
        function: &Function,
        outer: &Environment,
    ) -> Result<Environment, Failure> {
        let inner = self.enter(function, outer)?;
        self.lines_of(function, &self.plan.first, &inner)?;
        Ok(inner)
    }

    /// A function that does nothing would be taken for one that did its work.
    fn lines_of(
        &self,
        function: &Function,
        lines: &[Line],
        environment: &Environment,
    ) -> Result<(), Failure> {
        if lines.is_empty() {
            let why = "has no run lines: write what it does below `run:`";
            return Err(refused(&function.name, why));
        }
        self.lines(&format!("function {:?}", function.name), lines, environment)
    }

    /// Checks the lines of the profile that the plan is of, with its variables.
    ///
    /// # Errors
    /// As [`Check::function`].
    pub(crate) fn profile(
        &self,
        profile: &Profile,
        environment: &Environment,
    ) -> Result<(), Failure> {
        let owner = format!("profile {:?}", profile.name);
        self.lines(&owner, &self.plan.first, environment)
    }

    /// Checks lines, and every function that they call.
    fn lines(&self, owner: &str, lines: &[Line], environment: &Environment) -> Result<(), Failure> {
        let lengths = lines.iter().map(|line| match line {
            Line::Shell(text) => text.len(),
            Line::Call(_) => 0,
        });
        self.room
            .check(environment, lengths.max().unwrap_or_default())
            .map_err(|why| Failure::new(Kind::Function, format!("{owner}: {why}")))?;
        for line in lines {
            if let Line::Call(name) = line
                && let Some(called) = self.file.function(name)
            {
                let inner = self.enter(called, environment)?;
                self.lines_of(called, self.plan.function(name), &inner)?;
            }
        }
        Ok(())
    }

    fn enter(&self, function: &Function, outer: &Environment) -> Result<Environment, Failure> {
        let inner = outer.enter(self.file, function)?;
        let missing = inner.missing(self.file, function);
        if self.is_given && !missing.is_empty() {
            let why = format!(
                "requires {}: set each in the environment",
                missing.join(", ")
            );
            return Err(refused(&function.name, &why));
        }
        match inner.mismatch(self.file, function) {
            Some((name, like)) => Err(refused(
                &function.name,
                &format!("takes {like} as {name}: it has another value"),
            )),
            None => Ok(inner),
        }
    }
}

fn refused(function: &str, why: &str) -> Failure {
    Failure::new(Kind::Function, format!("function {function:?} {why}"))
}

/// Plans every exported function as a run on a host would.
///
/// # Errors
/// Names each that no host could run.
pub(crate) fn review(file: &BuildFile) -> Result<(), Failure> {
    let exported = file.functions.iter().filter(|function| function.export);
    let reasons = exported.filter_map(|function| review_one(file, function).err());
    let mut reasons: Vec<String> = reasons.map(|failure| failure.to_string()).collect();
    // Several may call the one that is wrong.
    reasons.sort();
    reasons.dedup();
    reasons.truncate(MOST_NAMED);
    match reasons.is_empty() {
        true => Ok(()),
        false => Err(Failure::own(reasons.join("; and "))),
    }
}

fn review_one(file: &BuildFile, function: &Function) -> Result<(), Failure> {
    let count = function.input_names().count();
    if count > MOST_INPUTS {
        let why = format!("takes {count} inputs, and a job brings up to {MOST_INPUTS}");
        return Err(refused(&function.name, &why));
    }
    let plan = Plan::of(file, function)?;
    let environment = Environment::of_any_host().in_file(file)?;
    Check::elsewhere(file, &plan)
        .function(function, &environment)
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build_file::load;

    fn reviewed(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("build.yaml"), text).unwrap();
        let file = load(folder.path()).unwrap();
        review(&file).map_or_else(|failure| failure.to_string(), |()| String::new())
    }

    fn exported(name: &str, rest: &str) -> String {
        format!("  - name: {name}\n    export: true\n{rest}")
    }

    #[test]
    fn every_exported_function_is_planned_with_those_that_it_calls() {
        let file = |functions: &[String]| format!("functions:\n{}", functions.concat());
        let good = exported("good", "    run: ['true']\n");
        let inner = "  - name: inner\n    run: ['echo $[ id']\n".to_owned();
        for (functions, words) in [
            (vec![good.clone()], vec![]),
            (vec![good.clone(), inner.clone()], vec![]),
            (
                vec![good.clone(), exported("a", "    run: ['echo $[ id']\n")],
                vec!["\"a\" in build.yaml: run line 1: `$[` is never closed"],
            ),
            (
                vec![exported("a", "    run: [$(inner)]\n"), inner],
                vec!["\"inner\" in build.yaml: run line 1: `$[` is never closed"],
            ),
            (
                vec![
                    exported("a", "    run: [$(b)]\n"),
                    exported("b", "    run: [$(a)]\n"),
                ],
                vec!["a > b > a", "b > a > b"],
            ),
            (
                vec![exported("a", ""), exported("b", "    run: []\n")],
                vec![
                    "function \"a\" has no run lines",
                    "function \"b\" has no run lines",
                ],
            ),
            (
                vec![
                    exported("a", "    run: [$(c)]\n"),
                    "  - name: c\n".to_owned(),
                ],
                vec!["function \"c\" has no run lines"],
            ),
        ] {
            let reason = reviewed(&file(&functions));
            assert_eq!(reason.is_empty(), words.is_empty(), "{reason}");
            assert!(
                words.iter().all(|words| reason.contains(words)),
                "{words:?}: {reason}"
            );
        }
    }

    /// Every host sets `HOME`, so the value beside it is not missed.
    #[test]
    fn variables_that_every_host_has_are_there() {
        let file = |env: &str| {
            format!(
                "env: {{{env}}}\nfunctions:\n{}",
                exported("f", "    run: [':']\n")
            )
        };
        assert_eq!(
            reviewed(&file("HOME: /x, D: '${HOME}/y', E: '${PATH}'")),
            ""
        );
        assert!(reviewed(&file("A: /x, D: '${A}/y'")).contains("A is set beside it"));
    }

    #[test]
    fn arguments_too_long_for_the_system_are_refused_before_a_line_runs() {
        let long = "x".repeat(MOST_VARIABLE_LESS);
        let with_env = |env: &str, run: &str| {
            format!(
                "functions:\n{}",
                exported("f", &format!("    env: {{{env}}}\n    run: ['{run}']\n"))
            )
        };
        assert_eq!(reviewed(&with_env(&format!("A: {long}"), ":")), "");
        let reason = reviewed(&with_env(&format!("LONGER: {long}"), ":"));
        assert!(
            reason.contains("function \"f\": the value of LONGER is too long"),
            "{reason}"
        );
        let many: Vec<String> = (0..20).map(|n| format!("A{n}: '${{L}}'")).collect();
        let all = format!(
            "env: {{L: {}}}\n{}",
            &long[4..],
            with_env(&many.join(", "), ":")
        );
        let reason = reviewed(&all);
        assert!(reason.contains("together"), "{reason}");
        let default = format!(
            "input:\n  var:\n    - name: IN\n      default: {long}\n{}",
            with_env("B: c", ":").replace("    env", "    input: {var: [IN]}\n    env")
        );
        assert!(reviewed(&default).contains("the value of IN is too long"));
        let line = "x".repeat(128 << 10);
        assert!(reviewed(&with_env("B: c", &line)).contains("run line 1: it has more than"));
    }

    /// With a name of one letter, the longest that there is.
    const MOST_VARIABLE_LESS: usize = wire::limits::MOST_VARIABLE - 3;

    #[test]
    fn more_inputs_than_a_job_brings_are_refused() {
        let names: Vec<String> = (0..=MOST_INPUTS).map(|n| format!("A{n}")).collect();
        let defined: Vec<String> = names
            .iter()
            .map(|name| format!("{{name: {name}}}"))
            .collect();
        let text = format!(
            "input: {{var: [{}]}}\nfunctions:\n{}",
            defined.join(", "),
            exported(
                "f",
                &format!(
                    "    input: {{var: [{}]}}\n    run: [':']\n",
                    names.join(", ")
                )
            )
        );
        assert!(reviewed(&text).contains("takes 257 inputs, and a job brings up to 256"));
    }
}
