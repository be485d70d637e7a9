//! The name of a package: `domain/group/name:tag`.

use crate::bounded::head;
use crate::limits::MOST_PACKAGE_NAME;
use std::fmt;
use std::str::FromStr;

/// The runner's exit code where a newer package of the same tag was run before than the
/// one that is asked for. Only before the function begins does it mean that.
pub const SUPERSEDED: i32 = 125;

/// A package's name, taken apart. The group defaults to `lib`, the tag to
/// `latest`; a group may have several segments.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageName {
    /// Host name of the registry, with its port if it has one.
    pub domain: String,
    /// Path between domain and name.
    pub group: String,
    /// The last segment of the path.
    pub name: String,
    /// Which of the packages of that name.
    pub tag: String,
}

impl PackageName {
    /// `group/name`: what a signature's statement calls the repository.
    pub fn repository(&self) -> String {
        format!("{}/{}", self.group, self.name)
    }

    /// The folder in which a registry keeps the repository: slashes are encoded, so that a
    /// repository never lies in another's folder.
    pub fn folder(&self) -> String {
        self.repository().replace('/', "%2F")
    }

    /// Whether a folder can have that name.
    pub fn has_folder(&self) -> bool {
        self.folder().len() <= LONGEST_FOLDER
    }
}

/// The longest name of a folder on the file systems of Linux.
pub const LONGEST_FOLDER: usize = 255;

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            domain,
            group,
            name,
            tag,
        } = self;
        write!(f, "{domain}/{group}/{name}:{tag}")
    }
}

/// The text is not a package name.
#[derive(Debug, PartialEq, Eq)]
pub struct NotAPackageName(String);

impl fmt::Display for NotAPackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is not a package name: write domain/group/name:tag with letters, digits, '.', '_' and '-', \
             and up to {MOST_PACKAGE_NAME} of them, for instance registry.example.com/ops/hello:latest",
            self.0
        )
    }
}

impl std::error::Error for NotAPackageName {}

impl FromStr for PackageName {
    type Err = NotAPackageName;

    fn from_str(text: &str) -> Result<Self, NotAPackageName> {
        // Written out, a name is longer by the group and the tag that it has by default.
        let fits = |name: &PackageName| name.to_string().len() <= MOST_PACKAGE_NAME;
        let name = take_apart(text).filter(fits);
        name.ok_or_else(|| NotAPackageName(head(text.to_owned(), MOST_PACKAGE_NAME)))
    }
}

fn take_apart(text: &str) -> Option<PackageName> {
    let (domain, path) = text.split_once('/')?;
    let (path, tag) = path.split_once(':').unwrap_or((path, "latest"));
    let (group, name) = path.rsplit_once('/').unwrap_or(("lib", path));
    let plausible = is_domain(domain)
        && group.split('/').all(is_segment)
        && is_segment(name)
        && is_segment(tag);
    plausible.then(|| PackageName {
        domain: domain.into(),
        group: group.into(),
        name: name.into(),
        tag: tag.into(),
    })
}

/// A host name or address, with an optional port.
fn is_domain(text: &str) -> bool {
    let (host, port) = text.split_once(':').unwrap_or((text, "1"));
    is_segment(host) && port.parse::<u16>().is_ok_and(|number| number > 0)
}

/// No segment can be taken for an option, a hidden file or a way upwards.
fn is_segment(text: &str) -> bool {
    let first_is_plain = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphanumeric());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    first_is_plain && text.len() <= 128 && text.bytes().all(plain) && !text.contains("..")
}

/// Whether `text` can name a function: as a segment of a package's name.
pub fn is_function_name(text: &str) -> bool {
    is_segment(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> [String; 4] {
        let PackageName {
            domain,
            group,
            name,
            tag,
        } = text.parse().unwrap();
        [domain, group, name, tag]
    }

    #[test]
    fn names_are_completed() {
        assert_eq!(parts("r.io/hello"), ["r.io", "lib", "hello", "latest"]);
        assert_eq!(
            parts("r.io:8443/ops/hello:1.2"),
            ["r.io:8443", "ops", "hello", "1.2"]
        );
        assert_eq!(
            parts("127.0.0.1:80/a/b/c/hello"),
            ["127.0.0.1:80", "a/b/c", "hello", "latest"]
        );
        assert_eq!(
            "r.io/hello".parse::<PackageName>().unwrap().to_string(),
            "r.io/lib/hello:latest"
        );
    }

    #[test]
    fn a_repository_has_to_fit_a_folder() {
        let of = |segments: usize| format!("r.io/{}hello", "ops/".repeat(segments)).parse();
        let name: PackageName = of(2).unwrap();
        assert_eq!(name.folder(), "ops%2Fops%2Fhello");
        let fits = |segments| of(segments).is_ok_and(|name: PackageName| name.has_folder());
        assert!(fits(41) && !fits(42));
    }

    #[test]
    fn a_name_with_many_segments_ends_somewhere() {
        let of = |segments: usize| format!("r.io/{}hello", "ops/".repeat(segments));
        let longest = of(123).parse::<PackageName>().unwrap();
        assert_eq!(longest.to_string().parse(), Ok(longest));
        assert!(of(124).parse::<PackageName>().is_err());
        let why = of(100_000).parse::<PackageName>().unwrap_err().to_string();
        assert!(why.contains("up to 512") && why.len() < 1_000, "{why}");
    }

    #[test]
    fn abuse_package_names_that_could_be_taken_for_anything_else() {
        for text in [
            "",
            "hello",
            "/a/b",
            "r.io/",
            "r.io/a//b",
            "r.io/../b",
            "r.io/a/..",
            "r.io/-u",
            "r.io/.a",
            "r.io/a b",
            "r.io/a:b:c",
            "r.io/a:",
            "r.io:0/a",
            "r.io:x/a",
            "r.io:99999/a",
            "r.io/a\n",
            "r.io/a\0",
            "r.io/a:..",
            "r.io/é",
        ] {
            assert!(text.parse::<PackageName>().is_err(), "{text:?}");
        }
    }
}
