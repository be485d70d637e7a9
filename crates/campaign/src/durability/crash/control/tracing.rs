//! Runs control under strace, which kills it at a call.

use lab::clean;
use lab::service::Service;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::process::Command;

/// The calls that change a file or a folder.
const CALLS: &str = "openat,creat,write,writev,pwrite64,pwritev,rename,renameat,renameat2,unlink,unlinkat,mkdir,\
     mkdirat,fsync,fdatasync,ftruncate,fallocate,chmod,fchmod,fchmodat,link,linkat";

/// Kills control when a thread makes this call for the nth time.
pub(super) struct Kill {
    pub(super) call: String,
    pub(super) nth: u32,
}

impl fmt::Display for Kill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.call, self.nth)
    }
}

/// strace, which writes to `out`.
fn strace(out: &Path, kill: Option<&Kill>) -> Command {
    let mut strace = clean(Path::new("strace"));
    strace.args(["-f", "-y", "-s", "0", "-o"]).arg(out);
    match kill {
        Some(Kill { call, nth }) => {
            let inject = format!("inject={call}:signal=SIGKILL:when={nth}");
            strace.args(["-e", &format!("trace={call}"), "-e", &inject]);
        }
        None => drop(strace.args(["-e", &format!("trace={CALLS}")])),
    }
    strace
}

/// A command under strace from its start. It remains our child: strace runs as its grandchild.
pub(super) fn from_its_start(command: &Command, out: &Path, kill: Option<&Kill>) -> Command {
    let mut strace = strace(out, kill);
    strace.args(["-q", "-D", "--"]).arg(command.get_program());
    strace.args(command.get_args());
    strace
}

/// Traces a running program from now on.
pub(super) fn from_now_on(program: &Service, out: &Path, kill: Option<&Kill>) -> Service {
    let mut strace = strace(out, kill);
    let strace = Service::start(strace.args(["-p", &program.pid().to_string()]));
    strace.wait_for(" attached");
    strace
}

/// For each name of a call, the highest number that a call has among those of its thread, if it
/// changes something in this folder.
pub(super) fn last_changes(trace: &str, folder: &Path) -> BTreeMap<String, u32> {
    let folder = folder.to_string_lossy();
    let (mut counts, mut last) = (BTreeMap::new(), BTreeMap::new());
    for line in trace.lines() {
        let Some((thread, call, arguments)) = parse(line) else {
            continue;
        };
        let count: &mut u32 = counts.entry((thread, call)).or_default();
        *count += 1;
        let only_opens = call == "openat" && !arguments.contains("O_CREAT");
        if !only_opens && arguments.contains(&*folder) {
            let last: &mut u32 = last.entry(call.to_owned()).or_default();
            *last = (*last).max(*count);
        }
    }
    last
}

/// The thread, the name and the arguments of the call that a line shows the beginning of.
fn parse(line: &str) -> Option<(&str, &str, &str)> {
    let (thread, call) = line.split_once(' ')?;
    let (name, arguments) = call.trim_start().split_once('(')?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes()
        .all(is_name)
        .then_some((thread, name, arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_per_thread_up_to_the_last_change() {
        let trace = "7    openat(AT_FDCWD</>, \"/lib/a\", O_RDONLY) = 3</lib/a>\n\
             7    openat(AT_FDCWD</>, \"/data/db\", O_RDWR|O_CREAT, 0600) = 4</data/db>\n\
             7    openat(AT_FDCWD</>, \"/data/db\", O_RDWR) = 4</data/db>\n\
             8    write(2</dev/null>, \"\"..., 9) = 9\n\
             8    write(5</data/new>, \"\"..., 9 <unfinished ...>\n\
             9    write(5</data/new>, \"\"..., 9) = 9\n\
             8    <... write resumed>) = 9\n\
             8    write(2</dev/null>, \"\"..., 9) = 9\n\
             8    +++ killed by SIGKILL +++\n";
        let last = last_changes(trace, Path::new("/data"));
        let expected = [("openat", 2), ("write", 2)];
        assert_eq!(last, expected.map(|(call, n)| (call.to_owned(), n)).into());
    }
}
