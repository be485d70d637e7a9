//! What `--help` and `version` print.

use super::{output, usage_error};
use crate::config::SETTINGS;
use crate::failure::Failure;
use getopts::{Fail, Options};
use wire::nearest::nearest;

/// All commands that people type.
const COMMANDS: [&str; 10] = [
    "launch", "enrol", "status", "doctor", "job", "key", "config", "reset", "version", "help",
];

const GENERAL: &str = "\
Host Pilot: runs signed jobs on a host that nothing can connect to.

Usage: pilot [COMMAND] [OPTIONS]

Commands:
  launch       run the agent (also without a command)
  enrol URL    make this host known to a Pilot Control service
  status       show who this host is and how the agent is doing
  doctor       look for what keeps this host from working, and say what to do
  job          list the jobs of this host, or show one
  key          replace this host's key
  config       show the ids and settings of this host
  reset        erase this host's identity, before its disk becomes an image
  version      show the version
  help         show this, or the help of a command

Configuration: KEY=VALUE lines in `.pilot` beside the program, else in
/etc/pilot/pilot.conf; the environment overrides them.
";

const EXIT_CODES: &str = "
Exit codes: 0 success, 1 failure while running, 2 wrong command line,
75 control not reachable, 77 refused by control, 78 wrong configuration.
";

const LAUNCH: &str = "\
Usage: pilot [launch] [-w|--hw-id] [-t|--trace]

Runs the agent in the foreground until SIGTERM or SIGINT. SIGHUP reads the
configuration again and pings at once, SIGUSR1 writes the state to the log.
As long as the host is not enrolled, the agent waits and says what it lacks. With
a file `enrol.d/enrol` beside the configuration (control's address on the first
line, a code on the second) it enrols by itself, and removes the file.

  -w, --hw-id   derive the host id from the hardware's id instead of the machine id
  -t, --trace   log every step, regardless of PILOT_LOG_LEVEL
";

const ENROL: &str = "\
Usage: pilot enrol URL [--code-file FILE] [-w|--hw-id] [--json]

Makes this host known to the Pilot Control service at URL with a code that an
operator made (`pilotctl host invite`). The code is read from FILE, else from
standard input, where it does not show when typed. It is never an argument:
every user of this host can read those. A host that is enrolled already may be
enrolled again, here or elsewhere; what it has stays in force until that worked.
An agent that waits to be enrolled need not be stopped.

  --code-file FILE   read the code from FILE (`-`: standard input)
  -w, --hw-id        as for launch
      --json         print JSON
";

const STATUS: &str = "\
Usage: pilot status [--json]

Shows this host's id, its key's fingerprint (which an operator compares before
admitting the host), whether the agent runs, how its link is, and its jobs.
";

const JOB: &str = "\
Usage: pilot job ls [--json]
       pilot job show ID [--json]
       pilot job show -f|--follow ID
       pilot job stop [--json]

Lists the jobs that this host holds (the newest that were reported are kept for
a while), or shows one with its output so far or its result. `stop` ends the jobs
that run on a host whose agent was stopped, as a cancel does: for hosts from which
the agent is about to be removed.

  -f, --follow   print the output as it comes, until the job has ended
";

const KEY: &str = "\
Usage: pilot key rotate [--json]

Gives this host another key, in place of the secret that it shares with control:
because it is old, or because it may have been read. The one before counts until
the new one is first used, and not a moment longer. Waits up to a minute for a
running agent to put it in force; without one, the agent does so when it starts.
Repeated or interrupted, it goes on with the key that it has made. Run it as the
agent's user, or as root.
";

const CONFIG: &str = "\
Usage: pilot config [host-uuid|mac-addr|hw-id|machine-id|ALL] [--json]

Shows ids of this host: the one that control knows (host-uuid), the hardware
addresses, the hardware's id, the machine id, or all of them with the settings.
";

const DOCTOR: &str = "\
Usage: pilot doctor [--json]

Checks configuration, state folder, enrolment, keys, clock, jobs, the way to
control (name, connection, TLS, HTTP), the runner and the kernel. Each line is ok,
warn or FAIL, with what to do about it. Changes nothing, shows no secret, and waits
for nothing longer than 20 seconds. Best run as the agent's user, or as root.

Exit codes: 0 nothing failed, 1 something did.
";

const RESET: &str = "\
Usage: pilot reset [--yes] [--force] [--json]

Removes what the agent keeps: identity and keys, what it trusts, jobs and their
output, and the runner's packages. The configuration and keys that an operator has
put there stay. No agent may run meanwhile. Interrupted, it is completed by running
it again; until then no agent starts.

  --yes     do not ask
  --force   also while control has no result of some jobs, which are then lost
";

const VERSION: &str = "\
Usage: pilot version [--json]

Shows the version; as JSON also the commit that it was built from, where that is
known, and the target that it was built for.
";

/// The help without a command.
fn general() -> String {
    let settings = SETTINGS.iter();
    let settings = settings.map(|setting| format!("  {:21}  {}\n", setting.key, setting.help));
    format!("{GENERAL}{}{EXIT_CODES}", settings.collect::<String>())
}

fn text(command: &str) -> Option<&'static str> {
    match command {
        "launch" => Some(LAUNCH),
        "enrol" => Some(ENROL),
        "status" => Some(STATUS),
        "job" => Some(JOB),
        "key" => Some(KEY),
        "config" => Some(CONFIG),
        "doctor" => Some(DOCTOR),
        "reset" => Some(RESET),
        "version" => Some(VERSION),
        _ => None,
    }
}

/// Whether there is such a command.
pub(super) fn is_command(name: &str) -> bool {
    text(name).is_some()
}

/// That there is no such command, and which one may have been meant.
pub(super) fn no_command(name: &str) -> Failure {
    usage_error(format!(
        "there is no command {name:?}{}",
        meant(name, &COMMANDS)
    ))
}

/// The known word that was probably meant, or where to look.
pub(super) fn meant(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(meant) => format!(": did you mean `{meant}`? See `pilot --help`"),
        None => "; see `pilot --help`".to_owned(),
    }
}

/// The error in the options of a command line, and which option was probably meant.
pub(super) fn not_parsed(fail: &Fail, options: &Options) -> String {
    let what = match fail {
        Fail::UnrecognizedOption(name) => return no_option(name, options),
        Fail::ArgumentMissing(name) => format!("{} needs a value", dashed(name)),
        Fail::UnexpectedArgument(name) => format!("{} takes no value", dashed(name)),
        Fail::OptionDuplicated(name) => format!("{} is there more than once", dashed(name)),
        Fail::OptionMissing(name) => format!("{} is missing", dashed(name)),
    };
    format!("{what}; see `pilot --help`")
}

fn no_option(name: &str, options: &Options) -> String {
    let table = options.usage("");
    let known = table
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("--"));
    let none = format!("there is no option {}", dashed(name));
    match nearest(name, known.chain(["help"])) {
        Some(meant) => format!("{none}: did you mean `--{meant}`? See `pilot --help`"),
        None => format!("{none}; see `pilot --help`"),
    }
}

/// An option as it is written, by its name alone.
fn dashed(name: &str) -> String {
    match name.chars().count() {
        1 => format!("-{name}"),
        _ => format!("--{name}"),
    }
}

/// Prints the help of a command, or the general one for "".
pub(super) fn print(command: &str) -> Result<(), Failure> {
    if command.is_empty() {
        return output::print(general().trim_end());
    }
    let text = text(command).ok_or_else(|| no_command(command))?;
    output::print(text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::keys;
    use lab::manual::{self, Command};
    use std::fs;

    /// Every command, with the options that stand in its help.
    fn commands() -> Vec<Command> {
        let list = GENERAL.split_once("Commands:\n").unwrap().1;
        let lines = list.lines().take_while(|line| !line.is_empty());
        let names = lines.map(|line| line.split_whitespace().next().unwrap());
        names.flat_map(in_help_of).collect()
    }

    fn in_help_of(name: &str) -> Vec<Command> {
        let command = |path: &str, text: &str| Command {
            path: path.to_owned(),
            options: options(text),
        };
        match (name, text(name)) {
            ("help", _) => vec![command("help", "")],
            ("key", Some(text)) => vec![command("key rotate", text)],
            // It has commands of its own, which share their options.
            ("job", Some(text)) => ["ls", "show", "stop"]
                .map(|inner| {
                    let path = format!("job {inner}");
                    let lines = text.lines().filter(|line| line.contains(&path));
                    command(&path, &lines.collect::<Vec<_>>().join("\n"))
                })
                .into(),
            (name, text) => vec![command(name, text.unwrap())],
        }
    }

    /// The words of a text that begin with a dash.
    fn options(text: &str) -> Vec<String> {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let is_option = |word: &&str| word.starts_with('-') && word.len() > 1;
        words.filter(is_option).map(str::to_owned).collect()
    }

    #[test]
    fn a_misspelt_command_is_recognised() {
        let listed: Vec<String> = commands().into_iter().map(|command| command.path).collect();
        for name in COMMANDS {
            assert!(listed.iter().any(|path| path.starts_with(name)), "{name}");
        }
        for (written, words) in [
            ("enroll", "did you mean `enrol`?"),
            ("stauts", "did you mean `status`?"),
            ("frobnicate", "see `pilot --help`"),
        ] {
            let why = no_command(written).to_string();
            assert!(why.contains(words), "{why}");
        }
    }

    #[test]
    fn errors_in_options_are_explained() {
        let mut options = Options::new();
        options.optflag("", "json", "").optflag("t", "trace", "");
        options.optopt("", "code-file", "", "FILE");
        for (written, words) in [
            ("--jsn", "there is no option --jsn: did you mean `--json`?"),
            ("--code-fiel=x", "did you mean `--code-file`?"),
            ("--hepl", "did you mean `--help`?"),
            ("--frobnicate", "no option --frobnicate; see `pilot --help`"),
            ("-j", "there is no option -j"),
            ("--code-file", "--code-file needs a value"),
            ("--json=1", "--json takes no value"),
            ("-tt", "--trace is there more than once"),
        ] {
            let fail = options.parse([written]).unwrap_err();
            let why = not_parsed(&fail, &options);
            assert!(why.contains(words), "{written}: {why}");
        }
    }

    #[test]
    fn man_page_and_completion_know_every_command_and_option() {
        let gaps = manual::gaps("pilot", &commands());
        assert!(gaps.is_empty(), "{gaps:#?}");
    }

    #[test]
    fn every_other_command_has_json_output() {
        let says_json = |command: &&Command| command.options.contains(&"--json".to_owned());
        let commands = commands();
        let silent = commands.iter().filter(|command| !says_json(command));
        let silent: Vec<&str> = silent.map(|command| command.path.as_str()).collect();
        assert_eq!(silent, ["launch", "help"]);
    }

    /// The key that a line of a table, or of a man page's list, begins to explain.
    fn key_of_entry(line: &str) -> Option<&str> {
        let row = line.strip_prefix("| `").and_then(|row| row.split_once('`'));
        let row = row.map(|(key, _)| key);
        let key = row.or_else(|| line.strip_prefix(".It Ev "))?;
        key.starts_with("PILOT_").then_some(key)
    }

    #[test]
    fn every_setting_is_explained_wherever_settings_are() {
        let root = env!("CARGO_MANIFEST_DIR");
        let mut keys: Vec<_> = keys().collect();
        keys.sort_unstable();
        for page in [
            "docs/operations/configuration.md",
            "packaging/man/pilot.conf.5",
        ] {
            let text = fs::read_to_string(format!("{root}/{page}")).unwrap();
            let mut explained: Vec<&str> = text.lines().filter_map(key_of_entry).collect();
            explained.sort_unstable();
            assert_eq!(explained, keys, "{page}");
        }
        let help = general();
        assert!(
            help.contains("\n  PILOT_MACHINE_ID_FILE  /etc/machine-id\n"),
            "{help}"
        );
        assert!(help.contains("\n\nExit codes: 0 success"), "{help}");
        assert!(
            help.lines().all(|line| line.chars().count() <= 90),
            "{help}"
        );
    }
}
