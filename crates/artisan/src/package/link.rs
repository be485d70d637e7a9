//! Whether a link stays in its package. One decision for packing and for what is unpacked.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// How many links Linux follows on one way (path_resolution(7)); what leads on through more
/// leads nowhere.
const MOST_FOLLOWED: usize = 40;

/// How a link leaves its package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// It holds an absolute path.
    Absolute,
    /// It goes up more often than it lies deep.
    Upwards,
    /// The same, from where another link leads on its way.
    ThroughLink,
}

impl Exit {
    /// What the link is.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Absolute => "is a link that leaves the package's folder with an absolute path",
            Self::Upwards => "is a link that leaves the package's folder with `..`",
            Self::ThroughLink => {
                "is a link that leaves the package's folder: a `..` in it goes up from where another link leads"
            }
        }
    }
}

/// Follows a link as the system would, from the package's folder as its root. `look` knows
/// where the links of the package lead; everything else is what its name says.
///
/// # Errors
/// How it leaves the folder.
pub(super) fn stays_inside(
    link: &Path,
    target: &Path,
    look: impl Fn(&Path) -> Option<PathBuf>,
) -> Result<(), Exit> {
    let mut at = link.parent().unwrap_or(Path::new("")).to_owned();
    let mut rest = parts(target)?;
    let mut followed = 0;
    while let Some(part) = rest.pop_front() {
        let Part::Name(name) = part else {
            if !at.pop() {
                return Err(match followed {
                    0 => Exit::Upwards,
                    _ => Exit::ThroughLink,
                });
            }
            continue;
        };
        at.push(name);
        if let Some(leads_to) = look(&at) {
            followed += 1;
            if followed > MOST_FOLLOWED {
                return Ok(());
            }
            at.pop();
            for part in parts(&leads_to)?.into_iter().rev() {
                rest.push_front(part);
            }
        }
    }
    Ok(())
}

enum Part {
    Name(OsString),
    Up,
}

fn parts(target: &Path) -> Result<VecDeque<Part>, Exit> {
    let part = |part: Component<'_>| match part {
        Component::CurDir => None,
        Component::Normal(name) => Some(Ok(Part::Name(name.to_owned()))),
        Component::ParentDir => Some(Ok(Part::Up)),
        Component::RootDir | Component::Prefix(_) => Some(Err(Exit::Absolute)),
    };
    target.components().filter_map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// What becomes of the first link beside the others.
    fn outcome(links: &[(&str, &str)]) -> Result<(), Exit> {
        let all: BTreeMap<_, _> = (links.iter())
            .map(|(link, target)| (PathBuf::from(link), PathBuf::from(target)))
            .collect();
        let (link, target) = links[0];
        stays_inside(link.as_ref(), target.as_ref(), |path| {
            all.get(path).cloned()
        })
    }

    #[test]
    fn what_stays_inside_may_be_spelt_as_it_likes() {
        for (link, target) in [
            ("l", "a/b"),
            ("l", "./a"),
            ("l", "."),
            ("l", "a/.."),
            ("l", "a/../b"),
            ("l", "a/./b/"),
            ("a/l", "../b"),
            ("a/l", ".."),
            ("a/l", "./../a/b/../../c"),
            ("a/b/l", "c/.."),
            ("l", "l"),
        ] {
            assert_eq!(outcome(&[(link, target)]), Ok(()), "{link} -> {target}");
        }
    }

    #[test]
    fn a_link_that_leaves_is_refused_with_its_reason() {
        for (link, target, exit) in [
            ("l", "/etc", Exit::Absolute),
            ("l", "..", Exit::Upwards),
            ("l", "a/../..", Exit::Upwards),
            ("a/l", "../../b", Exit::Upwards),
            ("a/l", "b/../../../c", Exit::Upwards),
        ] {
            assert_eq!(outcome(&[(link, target)]), Err(exit), "{link} -> {target}");
        }
    }

    #[test]
    fn abuse_a_link_that_goes_up_behind_another() {
        // Each seems to stay; `s` leads up, and from there `..` leads out.
        assert_eq!(
            outcome(&[("l", "a/s/../x"), ("a/s", "..")]),
            Err(Exit::ThroughLink)
        );
        assert_eq!(
            outcome(&[("a/l", "s/../../x"), ("a/s", "../t"), ("t", ".")]),
            Err(Exit::ThroughLink)
        );
        // This one seems to leave, and stays.
        assert_eq!(outcome(&[("l", "s/../../x"), ("s", "a/b/c")]), Ok(()));
        assert_eq!(outcome(&[("l", "s/x"), ("s", "/etc")]), Err(Exit::Absolute));
    }

    #[test]
    fn abuse_links_that_lead_in_a_circle_or_on_and_on() {
        assert_eq!(outcome(&[("a", "b"), ("b", "a")]), Ok(()));
        assert_eq!(outcome(&[("l", "l/l/l/..")]), Ok(()));
    }
}
