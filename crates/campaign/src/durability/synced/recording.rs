//! Reads the traces of strace: what programs did to files.

use super::deed::Deed;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A call of a process.
pub(super) struct Event {
    pub(super) pid: u32,
    pub(super) call: String,
    /// The change that it made to a file, if any.
    pub(super) deed: Option<Deed>,
}

/// All calls of some traces, in the order of time.
pub(super) fn read(traces: &[String]) -> Vec<Event> {
    let mut events: Vec<(f64, Event)> = traces.iter().flat_map(|trace| of_trace(trace)).collect();
    events.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    events.into_iter().map(|(_, event)| event).collect()
}

fn of_trace(trace: &str) -> Vec<(f64, Event)> {
    // The working folder of each process, and its unfinished call.
    let mut folders = HashMap::<u32, PathBuf>::new();
    let mut begun = HashMap::<u32, String>::new();
    let mut events = Vec::new();
    for line in trace.lines() {
        let Some((pid, time, rest)) = stamped(line) else {
            continue;
        };
        let call = if let Some(first) = rest.strip_suffix(" <unfinished ...>") {
            begun.insert(pid, first.to_owned());
            continue;
        } else if let Some((_, second)) = resumed(rest) {
            begun.remove(&pid).unwrap_or_default() + second
        } else {
            rest.to_owned()
        };
        if let Some(folder) = between(&call, "AT_FDCWD<", ">") {
            folders.insert(pid, PathBuf::from(folder));
        }
        let folder = folders.get(&pid).map_or(Path::new("/"), PathBuf::as_path);
        events.extend(event(pid, &call, folder).map(|event| (time, event)));
    }
    events
}

fn stamped(line: &str) -> Option<(u32, f64, &str)> {
    let (pid, rest) = line.split_once(' ')?;
    let (time, rest) = rest.trim_start().split_once(' ')?;
    Some((pid.parse().ok()?, time.parse().ok()?, rest))
}

fn resumed(rest: &str) -> Option<(&str, &str)> {
    rest.strip_prefix("<... ")?.split_once(" resumed>")
}

fn event(pid: u32, call: &str, folder: &Path) -> Option<Event> {
    let (name, rest) = call.split_once('(')?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    let arguments = arguments.trim_end().strip_suffix(')')?;
    let returned = result.split(['<', ' ']).next()?.parse::<i64>().ok();
    let done = returned.filter(|number| *number >= 0);
    let call = Call {
        arguments: split(arguments),
        folder,
        result,
    };
    Some(Event {
        pid,
        call: name.to_owned(),
        deed: done.and_then(|returned| call.deed(name, returned)),
    })
}

struct Call<'a> {
    arguments: Vec<&'a str>,
    folder: &'a Path,
    result: &'a str,
}

impl Call<'_> {
    fn deed(&self, name: &str, returned: i64) -> Option<Deed> {
        let one = |n: usize| self.named(None, n);
        let at = |n: usize| self.named(Some(n), n + 1);
        Some(match name {
            "open" | "openat" | "creat" => self.opening(name)?,
            "write" | "pwrite64" => self.writing(name, returned)?,
            "ftruncate" => Deed::Resize(self.opened(0)?, self.number(1)?),
            "fallocate" => Deed::Allocate(self.opened(0)?, self.number(2)? + self.number(3)?),
            "mkdir" => Deed::MakeFolder(one(0)?),
            "mkdirat" => Deed::MakeFolder(at(0)?),
            "rename" => Deed::Rename(one(0)?, one(1)?),
            "renameat" | "renameat2" => Deed::Rename(at(0)?, at(2)?),
            "link" => Deed::Link(one(0)?, one(1)?),
            "linkat" => Deed::Link(at(0)?, at(2)?),
            "unlink" | "rmdir" => Deed::Remove(one(0)?),
            "unlinkat" => Deed::Remove(at(0)?),
            "fsync" | "fdatasync" => Deed::Sync(self.opened(0)?),
            _ => return None,
        })
    }

    fn opening(&self, name: &str) -> Option<Deed> {
        let flags = self.arguments.get(if name == "openat" { 2 } else { 1 })?;
        let is_changing = ["O_CREAT", "O_TRUNC", "O_WRONLY", "O_RDWR"];
        if name != "creat" && !is_changing.iter().any(|flag| flags.contains(flag)) {
            return None;
        }
        Some(Deed::Open {
            path: opened(self.result)?,
            truncate: name == "creat" || flags.contains("O_TRUNC"),
            append: flags.contains("O_APPEND"),
        })
    }

    fn writing(&self, name: &str, returned: i64) -> Option<Deed> {
        let mut bytes = text(self.arguments.get(1)?)?;
        bytes.truncate(usize::try_from(returned).ok()?);
        Some(Deed::Write {
            path: self.opened(0)?,
            at: if name == "pwrite64" {
                Some(self.number(3)?)
            } else {
                None
            },
            bytes,
        })
    }

    fn opened(&self, n: usize) -> Option<PathBuf> {
        opened(self.arguments.get(n)?)
    }

    fn number(&self, n: usize) -> Option<usize> {
        self.arguments.get(n)?.parse().ok()
    }

    /// The path that an argument names, in the folder that another has open or in
    /// that of the process.
    fn named(&self, folder: Option<usize>, n: usize) -> Option<PathBuf> {
        let folder = match folder {
            Some(at) => opened(self.arguments.get(at)?)?,
            None => self.folder.to_path_buf(),
        };
        let name = String::from_utf8(text(self.arguments.get(n)?)?).ok()?;
        // Without the `.` of `./name`.
        Some(folder.join(name).components().collect())
    }
}

/// Arguments, at the commas that are in nothing else.
fn split(arguments: &str) -> Vec<&str> {
    let (mut depth, mut in_text, mut escaped, mut start) = (0_u32, false, false, 0);
    let mut found = Vec::new();
    for (at, byte) in arguments.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'<' | b'[' | b'{' | b'(' => depth += 1,
            b'>' | b']' | b'}' | b')' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                found.push(arguments[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(arguments[start..].trim());
    found
}

/// The path under which a descriptor is open, unless it is gone.
fn opened(argument: &str) -> Option<PathBuf> {
    let path = between(argument, "<", ">").filter(|path| path.starts_with('/'))?;
    (!argument.ends_with("(deleted)")).then(|| PathBuf::from(path))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    Some(text.split_once(before)?.1.split_once(after)?.0)
}

/// The bytes of a string as C writes it.
fn text(argument: &str) -> Option<Vec<u8>> {
    let quoted = argument.strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Vec::with_capacity(quoted.len());
    let mut left = quoted.bytes().peekable();
    while let Some(byte) = left.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match left.next()? {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'v' => 11,
            b'f' => 12,
            digit @ b'0'..=b'7' => {
                let mut value = u32::from(digit - b'0');
                for _ in 0..2 {
                    let next = left.next_if(|byte| matches!(byte, b'0'..=b'7'));
                    value = next.map_or(value, |next| value * 8 + u32::from(next - b'0'));
                }
                u8::try_from(value).ok()?
            }
            other => other,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = r#"7 1.5 openat(AT_FDCWD</s>, "a.new", O_WRONLY|O_CREAT|O_TRUNC, 0600) = 3</s/a.new>
7 1.6 write(3</s/a.new>, "x\1\3777\"\n, ", 8) = 8
8 1.7 fsync(4</s/b> <unfinished ...>
7 1.8 rename("./a.new", "a") = 0
8 1.9 <... fsync resumed>) = 0
7 2.0 unlink("none") = -1 ENOENT (No such file or directory)
7 2.1 mkdirat(4</s>, "d", 0700) = 0
7 2.2 fsync(3</s/a>(deleted)) = 0
7 2.3 unlink("a" <unfinished ...>) = ?
7 2.4 +++ killed by SIGKILL +++"#;

    #[test]
    fn calls_are_read_in_the_order_of_time() {
        let deeds: Vec<Deed> = read(&[TRACE.to_owned()])
            .into_iter()
            .filter_map(|event| event.deed)
            .collect();
        let path = PathBuf::from;
        assert_eq!(
            deeds,
            [
                Deed::Open {
                    path: path("/s/a.new"),
                    truncate: true,
                    append: false
                },
                Deed::Write {
                    path: path("/s/a.new"),
                    at: None,
                    bytes: b"x\x01\xff7\"\n, ".to_vec()
                },
                Deed::Rename(path("/s/a.new"), path("/s/a")),
                Deed::Sync(path("/s/b")),
                Deed::MakeFolder(path("/s/d")),
            ]
        );
    }
}
