//! One process under strace: what it did to files, and letting one of these
//! calls go wrong.
//!
//! strace is told not to follow children, so that calls are counted in one
//! process alone: the agent's couriers and shims run untouched. It is told (`-D`)
//! to be the traced process's grandchild: the process is then this one's child
//! with its own id, signals and exit code, and goes on when strace is told to
//! let it go. A signal is injected before the call is made: killed at one call,
//! the process has made all calls up to that one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Every call that changes a file or a folder, and those that make a process.
const TRACED: &str = "open,openat,creat,write,writev,pwrite64,pwritev,rename,renameat,renameat2,unlink,unlinkat,\
     mkdir,mkdirat,rmdir,fsync,fdatasync,ftruncate,truncate,fallocate,chmod,fchmod,fchmodat,link,linkat,symlink,\
     symlinkat,clone,clone3,fork,vfork";

/// Those that fail together on a disk that fails. Not among them: writing, which
/// is also how the log and the pipes are written, and opening, which is also
/// how programs are read.
const ON_DISK: [&str; 8] = [
    "fsync",
    "rename",
    "mkdir",
    "unlink",
    "unlinkat",
    "rmdir",
    "fallocate",
    "ftruncate",
];

/// What a full disk does not refuse.
const FREES_ROOM: [&str; 3] = ["unlink", "unlinkat", "rmdir"];

/// A call that a process makes.
#[derive(Clone, Debug)]
pub(super) struct Point {
    /// Its name.
    pub(super) call: String,
    /// The how-manieth of that name it is.
    nth: u32,
    /// As strace prints it.
    pub(super) line: String,
    /// How many of each name came before it.
    before: BTreeMap<String, u32>,
}

/// What goes wrong at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// The process is killed.
    Kill,
    /// The call fails with this error.
    Once(&'static str),
    /// From this call on, all that need the disk fail with this error.
    From(&'static str),
}

impl Fault {
    /// Whether a disk can do this to that call.
    pub(super) fn can_hit(self, call: &str) -> bool {
        match self {
            Self::Kill | Self::Once("EIO") => true,
            Self::Once(_) => !FREES_ROOM.contains(&call),
            Self::From(_) => fails(self, call),
        }
    }

    fn injections(self, point: &Point) -> Vec<String> {
        let at = |what: &str| vec![format!("inject={}:{what}:when={}", point.call, point.nth)];
        match self {
            Self::Kill => at("signal=SIGKILL"),
            Self::Once(error) => at(&format!("error={error}")),
            Self::From(error) => {
                let calls = ON_DISK.iter().filter(|call| fails(self, call));
                let first = |call: &str| point.before.get(call).copied().unwrap_or(0) + 1;
                calls
                    .map(|call| format!("inject={call}:error={error}:when={}+", first(call)))
                    .collect()
            }
        }
    }
}

fn fails(fault: Fault, call: &str) -> bool {
    ON_DISK.contains(&call) && (fault != Fault::From("ENOSPC") || !FREES_ROOM.contains(&call))
}

/// The command under strace, which writes to `out`; with a fault at a point.
pub(super) fn traced(command: &Command, out: &Path, fault: Option<(Fault, &Point)>) -> Command {
    let mut strace = Command::new("strace");
    strace.args(["-D", "-q", "-y", "-s", "0", "-e"]);
    strace.arg(format!("trace={TRACED}")).arg("-o").arg(out);
    let injections = fault.map(|(fault, point)| fault.injections(point));
    for injection in injections.into_iter().flatten() {
        strace.args(["-e", &injection]);
    }
    strace
        .arg("--")
        .arg(command.get_program())
        .args(command.get_args());
    strace.env_clear();
    strace.envs(
        command
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    strace.current_dir(command.get_current_dir().unwrap_or(Path::new("/")));
    strace
}

/// Lets a traced process go: from now on nothing fails any more.
pub(super) fn release(pid: u32) {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let tracer = status
        .lines()
        .find_map(|line| line.strip_prefix("TracerPid:"));
    if let Some(tracer @ 1..) = tracer.and_then(|pid| pid.trim().parse::<u32>().ok()) {
        let _ = Command::new("kill").arg(tracer.to_string()).status();
    }
}

/// How many faults a trace tells of.
pub(super) fn hits(trace: &str) -> usize {
    let killed = trace.contains("killed by SIGKILL");
    trace.matches("(INJECTED)").count() + usize::from(killed)
}

/// All calls of a trace.
pub(super) fn calls(trace: &str) -> Vec<Point> {
    let mut before = BTreeMap::<String, u32>::new();
    let mut points = Vec::new();
    for line in trace.lines() {
        let Some((call, _)) = line.split_once('(').filter(|(call, _)| is_name(call)) else {
            continue;
        };
        let nth = before.get(call).copied().unwrap_or(0) + 1;
        points.push(Point {
            call: call.to_owned(),
            nth,
            line: line.to_owned(),
            before: before.clone(),
        });
        before.insert(call.to_owned(), nth);
    }
    points
}

/// Whether a call changes something below `folder`, or in the current folder of
/// a process that names its files from there.
pub(super) fn changes(point: &Point, folder: &Path) -> bool {
    let opens = matches!(point.call.as_str(), "open" | "openat") && !point.line.contains("O_CREAT");
    let forks = ["clone", "clone3", "fork", "vfork"].contains(&point.call.as_str());
    let is_there = point.line.contains(&format!("{}/", folder.display()))
        || point.line.contains(&format!("{}\"", folder.display()))
        || point.line.contains(&format!("<{}>", folder.display()))
        || point.line.contains("\"./");
    is_there && !opens && !forks
}

fn is_name(word: &str) -> bool {
    !word.is_empty()
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "openat(AT_FDCWD, \"/etc/hosts\", O_RDONLY|O_CLOEXEC) = 3</etc/hosts>\n\
         openat(AT_FDCWD, \"/s/a.new\", O_WRONLY|O_CREAT|O_EXCL, 0600) = 3</s/a.new>\n\
         write(2</dev/null>, \"\"..., 9) = 9\n\
         write(3</s/a.new>, \"\"..., 9) = 9\n\
         fsync(3</s/a.new>) = -1 EIO (Input/output error) (INJECTED)\n\
         clone(child_stack=NULL) = 7\n\
         unlink(\"./request\" <unfinished ...>) = ?\n\
         +++ killed by SIGKILL +++\n";

    #[test]
    fn calls_are_counted_by_name_and_those_that_change_state_are_found() {
        let calls = calls(TRACE);
        let found: Vec<_> = calls
            .iter()
            .filter(|point| changes(point, Path::new("/s")))
            .map(|point| (point.call.as_str(), point.nth))
            .collect();
        assert_eq!(
            found,
            [("openat", 2), ("write", 2), ("fsync", 1), ("unlink", 1)]
        );
        assert_eq!(hits(TRACE), 2);
    }

    #[test]
    fn a_disk_that_fails_fails_from_the_point_on() {
        let calls = calls(TRACE);
        let unlink = calls.last().unwrap();
        let told = Fault::From("EIO").injections(unlink);
        assert!(
            told.contains(&"inject=fsync:error=EIO:when=2+".to_owned()),
            "{told:?}"
        );
        assert!(told.contains(&"inject=unlink:error=EIO:when=1+".to_owned()));
        assert!(!Fault::From("ENOSPC").can_hit("unlink"));
        assert_eq!(
            Fault::Kill.injections(unlink),
            ["inject=unlink:signal=SIGKILL:when=1"]
        );
    }
}
