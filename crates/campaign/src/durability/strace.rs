//! Runs one process under strace, which records its calls on files and makes one of them fail.
//!
//! strace does not follow children, so it counts the calls of one process only; couriers and
//! shims run untraced. With `-D` strace is the grandchild of the traced process: the process
//! is then our child with its own id, signals and exit code, and goes on when strace detaches.
//! strace injects a signal before a call: a process that is killed at a call has made all
//! calls before it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fmt, fs};

/// All calls that change a file or a folder, and those that create a process.
const TRACED: &str = "open,openat,creat,write,writev,pwrite64,pwritev,rename,renameat,renameat2,unlink,unlinkat,\
     mkdir,mkdirat,rmdir,fsync,fdatasync,ftruncate,truncate,fallocate,chmod,fchmod,fchmodat,link,linkat,symlink,\
     symlinkat,clone,clone3,fork,vfork";

/// The calls that fail together on a failing disk. write(2) is not among them, because the log
/// and pipes need it, nor open(2), which also opens programs.
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

/// The calls that succeed on a full disk.
const FREES_ROOM: [&str; 3] = ["unlink", "unlinkat", "rmdir"];

/// A call that a process makes.
#[derive(Clone, Debug)]
pub(super) struct Point {
    /// Its name.
    pub(super) call: String,
    /// The file or folder that it works on, if that is one of the state's.
    place: Option<Place>,
    /// The line of strace.
    pub(super) line: String,
    /// How many calls of each name came before it.
    before: BTreeMap<String, u32>,
}

/// A file or folder of a host's state, and the number of the call among all calls of this
/// name on it.
#[derive(Clone, Debug)]
struct Place {
    /// The path, with placeholders for the host's folder and the job.
    name: String,
    nth: u32,
}

/// The folder of a host's state, and its job.
#[derive(Clone)]
pub(super) struct Ground {
    pub(super) state: PathBuf,
    pub(super) job: Option<i64>,
}

const ANY_STATE: &str = "STATE";
const ANY_JOB: &str = "/jobs/JOB";

impl Ground {
    fn job(&self) -> Option<String> {
        self.job.map(|id| format!("/jobs/{id}"))
    }

    /// A path with placeholders, which is the same on every host.
    pub(super) fn general(&self, path: &Path) -> String {
        let path = path.to_string_lossy();
        self.generally(&path).unwrap_or_else(|| path.into_owned())
    }

    /// The same, if the path belongs to the state.
    fn generally(&self, path: &str) -> Option<String> {
        if path.starts_with("./") {
            return Some(path.to_owned());
        }
        let below = path.strip_prefix(&*self.state.to_string_lossy())?;
        let below = match self.job() {
            Some(job) => below.replacen(&job, ANY_JOB, 1),
            None => below.to_owned(),
        };
        Some(format!("{ANY_STATE}{below}"))
    }

    /// The path on this host.
    fn local(&self, general: &str) -> String {
        let path = general.replacen(ANY_STATE, &self.state.to_string_lossy(), 1);
        match self.job() {
            Some(job) => path.replacen(ANY_JOB, &job, 1),
            None => path,
        }
    }

    /// The first path of a call that belongs to the state.
    fn place(&self, line: &str) -> Option<String> {
        let quoted = line.split('"').skip(1).step_by(2);
        let opened = line.split('<').skip(1).map(|rest| rest.split('>').next());
        let folder_before = line.find("AT_FDCWD<").map_or(0, |_| 1);
        quoted
            .chain(opened.flatten().skip(folder_before))
            .find_map(|path| self.generally(path))
    }
}

/// A fault at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// The process is killed.
    Kill,
    /// The call fails with this error.
    Once(&'static str),
    /// From this call on, all calls that need the disk fail with this error.
    From(&'static str),
}

impl Fault {
    /// Whether this fault can hit that call.
    pub(super) fn can_hit(self, call: &str) -> bool {
        match self {
            Self::Kill | Self::Once("EIO") => true,
            Self::Once(_) => !FREES_ROOM.contains(&call),
            Self::From(_) => fails(self, call),
        }
    }

    /// The arguments of strace. With a path, strace counts only calls on that path: the number of
    /// writes to the log varies.
    fn arguments(self, point: &Point, ground: &Ground) -> Vec<String> {
        let mut arguments = Vec::new();
        let mut inject = |call: &str, what: &str, when: &str| {
            arguments.extend(["-e".to_owned(), format!("inject={call}:{what}:when={when}")]);
        };
        let first = |call: &str| point.before.get(call).copied().unwrap_or(0) + 1;
        let nth = point
            .place
            .as_ref()
            .map_or(first(&point.call), |place| place.nth);
        match self {
            Self::Kill => inject(&point.call, "signal=SIGKILL", &nth.to_string()),
            Self::Once(error) => inject(&point.call, &format!("error={error}"), &nth.to_string()),
            Self::From(error) => {
                let error = format!("error={error}");
                for call in ON_DISK.iter().filter(|call| fails(self, call)) {
                    inject(call, &error, &format!("{}+", first(call)));
                }
                return arguments;
            }
        }
        let path = point.place.as_ref().map(|place| ground.local(&place.name));
        arguments.extend(path.into_iter().flat_map(|path| ["-P".to_owned(), path]));
        arguments
    }
}

fn fails(fault: Fault, call: &str) -> bool {
    ON_DISK.contains(&call) && (fault != Fault::From("ENOSPC") || !FREES_ROOM.contains(&call))
}

/// The command under strace, which writes to `out`; with a fault at a point.
pub(super) fn traced(
    command: &Command,
    out: &Path,
    fault: Option<(Fault, &Point)>,
    ground: &Ground,
) -> Command {
    let fault = fault.map(|(fault, point)| fault.arguments(point, ground));
    wrap(command, out, &["-s", "0"], fault)
}

/// The command under strace, which writes to `out` all calls of the command and its children
/// on files, with times and bytes; with a fault at a point, counted over the whole process.
pub(super) fn recorded(
    command: &Command,
    out: &Path,
    fault: Option<(Fault, &Point)>,
    ground: &Ground,
) -> Command {
    let fault = fault.map(|(fault, point)| fault.arguments(&point.anywhere(), ground));
    wrap(command, out, &["-f", "-ttt", "-s", "16777216"], fault)
}

fn wrap(command: &Command, out: &Path, detail: &[&str], fault: Option<Vec<String>>) -> Command {
    let mut strace = Command::new("strace");
    strace.args(detail).args(fault.into_iter().flatten());
    // Without `-I`, strace would ignore the signal that makes it detach.
    strace.args(["-D", "-I", "2", "-q", "-y", "-e"]);
    strace.arg(format!("trace={TRACED}")).arg("-o").arg(out);
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

/// Detaches strace from a process: its calls no longer fail.
pub(super) fn release(pid: u32) {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let tracer = status
        .lines()
        .find_map(|line| line.strip_prefix("TracerPid:"));
    if let Some(tracer @ 1..) = tracer.and_then(|pid| pid.trim().parse::<u32>().ok()) {
        let _ = Command::new("kill").arg(tracer.to_string()).status();
    }
}

/// How many injected failures a trace has.
pub(super) fn hits(trace: &str) -> usize {
    trace.matches("(INJECTED)").count()
}

/// All calls of a trace, with places relative to this state.
pub(super) fn calls(trace: &str, ground: &Ground) -> Vec<Point> {
    let mut before = BTreeMap::<String, u32>::new();
    let mut points = Vec::<Point>::new();
    for line in trace.lines() {
        let Some((call, _)) = line.split_once('(').filter(|(call, _)| is_name(call)) else {
            continue;
        };
        let place = ground.place(line).map(|name| {
            let path = ground.local(&name);
            let alike = points
                .iter()
                .filter(|point| point.call == call && point.names(&path));
            let nth = u32::try_from(alike.count()).unwrap_or(u32::MAX) + 1;
            Place { name, nth }
        });
        points.push(Point {
            call: call.to_owned(),
            place,
            line: line.to_owned(),
            before: before.clone(),
        });
        *before.entry(call.to_owned()).or_default() += 1;
    }
    points
}

impl Point {
    /// The `nth` call of a name that a process makes.
    pub(super) fn nth(call: &str, nth: u32) -> Self {
        Self {
            call: call.to_owned(),
            place: None,
            line: String::new(),
            before: BTreeMap::from([(call.to_owned(), nth.saturating_sub(1))]),
        }
    }

    /// The same, on any file.
    fn anywhere(&self) -> Self {
        Self {
            place: None,
            ..self.clone()
        }
    }

    /// Whether the call names a path, or works on a file that is open under it.
    fn names(&self, path: &str) -> bool {
        self.line.contains(&format!("\"{path}\"")) || self.line.contains(&format!("<{path}>"))
    }

    /// Whether it is this call on a file or folder of the job (`""` is its own).
    pub(super) fn is_on_job(&self, call: &str, name: &str) -> bool {
        let path = format!("{ANY_STATE}{ANY_JOB}{name}");
        let place = self.place.as_ref();
        self.call == call && place.is_some_and(|place| place.name == path)
    }

    /// Whether the call changes something of the state.
    pub(super) fn is_change(&self) -> bool {
        let opens =
            matches!(self.call.as_str(), "open" | "openat") && !self.line.contains("O_CREAT");
        let forks = ["clone", "clone3", "fork", "vfork"].contains(&self.call.as_str());
        self.place.is_some() && !opens && !forks
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{} {} {}", self.call, place.name, place.nth),
            None => f.write_str(&self.call),
        }
    }
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
         openat(AT_FDCWD</s>, \"/s/jobs/7/a.new\", O_WRONLY|O_CREAT|O_EXCL, 0600) = 3</s/jobs/7/a.new>\n\
         write(2</dev/null>, \"\"..., 9) = 9\n\
         write(3</s/jobs/7/a.new>, \"\"..., 9) = 9\n\
         write(3</s/jobs/7/a.new>, \"\"..., 9) = 9\n\
         fsync(3</s/jobs/7/a.new>) = -1 EIO (Input/output error) (INJECTED)\n\
         clone(child_stack=NULL) = 7\n\
         unlink(\"./request\" <unfinished ...>) = ?\n\
         +++ killed by SIGKILL +++\n";

    fn ground(state: &str, job: i64) -> Ground {
        Ground {
            state: state.into(),
            job: Some(job),
        }
    }

    #[test]
    fn calls_that_change_the_state_are_counted_per_place() {
        let calls = calls(TRACE, &ground("/s", 7));
        let changes = calls.iter().filter(|point| point.is_change());
        let found: Vec<_> = changes.map(ToString::to_string).collect();
        let file = "STATE/jobs/JOB/a.new";
        assert_eq!(
            found,
            [
                format!("openat {file} 1"),
                format!("write {file} 1"),
                format!("write {file} 2"),
                format!("fsync {file} 1"),
                "unlink ./request 1".to_owned(),
            ]
        );
        assert_eq!(hits(TRACE), 1);
    }

    #[test]
    fn a_point_is_the_same_on_another_host() {
        let calls = calls(TRACE, &ground("/s", 7));
        let entry = Fault::Once("EIO").arguments(&calls[4], &ground("/other", 8));
        assert_eq!(
            entry,
            [
                "-e",
                "inject=write:error=EIO:when=2",
                "-P",
                "/other/jobs/8/a.new"
            ]
        );
    }

    #[test]
    fn a_failing_disk_fails_from_the_point_on() {
        let ground = ground("/s", 7);
        let calls = calls(TRACE, &ground);
        let unlink = calls.last().unwrap();
        let entry = Fault::From("EIO").arguments(unlink, &ground);
        assert!(
            entry.contains(&"inject=fsync:error=EIO:when=2+".to_owned()),
            "{entry:?}"
        );
        assert!(entry.contains(&"inject=unlink:error=EIO:when=1+".to_owned()));
        assert!(!Fault::From("ENOSPC").can_hit("unlink"));
        assert_eq!(
            Fault::Kill.arguments(unlink, &ground),
            [
                "-e",
                "inject=unlink:signal=SIGKILL:when=1",
                "-P",
                "./request"
            ]
        );
    }
}
