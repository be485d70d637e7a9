//! `pilot reset`: erases this host's identity, before its disk becomes an image.

use super::{output, parse, usage_error};
use crate::config::{Config, Source};
use crate::failure::{Context, Failure, Kind};
use crate::home::{self, emptying};
use crate::identity::Identity;
use crate::spool::Spool;
use crate::spool::folder::State;
use std::io::{self, BufRead, IsTerminal};
use std::path::PathBuf;

/// How the command was called.
struct Wanted {
    yes: bool,
    force: bool,
    json: bool,
}

/// The state to erase, and the jobs that are lost with it.
struct Plan {
    content: Vec<PathBuf>,
    host: Option<String>,
    /// The jobs that control has no result of.
    unreported: Vec<i64>,
}

/// Empties this host's home.
pub(super) fn run(arguments: &[String]) -> Result<(), Failure> {
    let wanted = Wanted::read(arguments)?;
    let config = Source::of_this_process()?.load()?;
    if !config.home.exists() {
        return report(&config, &Plan::nothing(), wanted.json);
    }
    home::refuse_another_users(&config)?;
    let _locks = home::seize(&config.home)?;
    let is_begun = emptying::is_half_empty(&config.home);
    // The rest of jobs that were given up then has no meaning.
    let plan = Plan::of(&config, wanted.force || is_begun)?;
    if !plan.content.is_empty() || is_begun {
        if !wanted.yes && !is_confirmed(&config, &plan)? {
            return Err(Failure::new(Kind::Run, "nothing was removed"));
        }
        emptying::empty(&config.home, &plan.content)?;
    }
    report(&config, &plan, wanted.json)
}

impl Wanted {
    fn read(arguments: &[String]) -> Result<Self, Failure> {
        let mut options = getopts::Options::new();
        for flag in ["yes", "force", "json"] {
            options.optflag("", flag, "");
        }
        let matches = parse(&options, arguments)?;
        if !matches.free.is_empty() {
            return Err(usage_error("reset takes no argument"));
        }
        let yes = matches.opt_present("yes");
        if !yes && !io::stdin().is_terminal() {
            return Err(usage_error(
                "this would erase this host's identity and jobs, and there is no terminal to confirm: add --yes",
            ));
        }
        Ok(Self {
            yes,
            force: matches.opt_present("force"),
            json: matches.opt_present("json"),
        })
    }
}

impl Plan {
    fn nothing() -> Self {
        Self {
            content: vec![],
            host: None,
            unreported: vec![],
        }
    }

    fn of(config: &Config, force: bool) -> Result<Self, Failure> {
        // One that is damaged goes all the same.
        let identity = Identity::load(&config.home).ok().flatten();
        Ok(Self {
            host: identity.map(|identity| identity.host.to_string()),
            unreported: unreported(config, force)?,
            content: emptying::content(&config.home)
                .context(format_args!("cannot read {}", config.home.display()))?,
        })
    }
}

/// The jobs whose results would be lost, which has to be wanted. One that runs
/// has a process that goes on writing.
fn unreported(config: &Config, force: bool) -> Result<Vec<i64>, Failure> {
    let refusal = |why: String| Err(Failure::new(Kind::Run, why));
    let jobs = match Spool::noted(&config.home) {
        Ok(jobs) => jobs,
        Err(_) if force => return Ok(vec![]),
        Err(error) => {
            return refusal(format!(
                "cannot look at the jobs: {error}; --force removes them all the same"
            ));
        }
    };
    let states = jobs
        .into_iter()
        .map(|(id, folder, noted)| (id, folder.state().unwrap_or(noted)));
    let open: Vec<(i64, State)> = states
        .filter(|(_, state)| *state != State::Reported)
        .collect();
    if let Some((id, _)) = open.iter().find(|(_, state)| *state == State::Running) {
        return refusal(format!(
            "job {id} is running: wait for its end, or end it with `pilot job stop`"
        ));
    }
    let open: Vec<i64> = open.into_iter().map(|(id, _)| id).collect();
    if open.is_empty() || force {
        return Ok(open);
    }
    refusal(format!(
        "control has no result of {}: start the agent until they are reported, or lose them with --force",
        list(&open)
    ))
}

fn list(jobs: &[i64]) -> String {
    const MOST: usize = 10;
    let shown: Vec<String> = jobs.iter().take(MOST).map(i64::to_string).collect();
    let more = match jobs.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("jobs {}{more}", shown.join(", "))
}

fn is_confirmed(config: &Config, plan: &Plan) -> Result<bool, Failure> {
    if let Some(host) = &plan.host {
        output::message(format_args!(
            "this makes an end of host {host}: control will not know it again"
        ));
    }
    if !plan.unreported.is_empty() {
        output::message(format_args!(
            "what became of {} is lost",
            list(&plan.unreported)
        ));
    }
    output::message(format_args!(
        "everything that the agent keeps in {} is removed; type `yes` to go on:",
        config.home.display()
    ));
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .context("cannot read the answer")?;
    Ok(answer.trim() == "yes")
}

fn report(config: &Config, plan: &Plan, as_json: bool) -> Result<(), Failure> {
    if as_json {
        // Many a program rounds ids that are numbers.
        let lost: Vec<String> = plan.unreported.iter().map(i64::to_string).collect();
        return output::json(&serde_json::json!({
            "home": config.home,
            "host": plan.host,
            "removed": plan.content,
            "lost_jobs": lost,
        }));
    }
    if plan.content.is_empty() {
        return output::print(format_args!(
            "there is nothing to remove in {}",
            config.home.display()
        ));
    }
    for path in &plan.content {
        output::print(format_args!("removed {}", path.display()))?;
    }
    if !plan.unreported.is_empty() {
        output::print(format_args!(
            "lost what became of {}",
            list(&plan.unreported)
        ))?;
    }
    output::print(
        "the identity of this host is erased; configuration and deployed keys are unchanged",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_of_jobs_is_cut() {
        assert_eq!(list(&[1, 2]), "jobs 1, 2");
        let many: Vec<i64> = (1..=12).collect();
        assert!(list(&many).ends_with(", 10 and 2 more"));
    }
}
