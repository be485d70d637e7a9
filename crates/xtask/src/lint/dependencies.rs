//! The agent's direct dependencies: every one more has to be argued for in
//! `docs/decisions/`, and then comes onto this list.

use super::Package;

const ALLOWED: [&str; 14] = [
    "durable",
    "getopts",
    "hmac",
    "libc",
    "minreq",
    "ownership",
    "pgp",
    "rustls",
    "serde",
    "serde_json",
    "settings",
    "sha1",
    "trust",
    "wire",
];

/// One finding for each dependency of the agent that is not on the list.
pub(super) fn check(packages: &[Package]) -> Vec<String> {
    let Some(agent) = packages.iter().find(|package| package.name == "pilot") else {
        return vec!["there is no package named pilot".into()];
    };
    agent
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind.as_deref() != Some("dev"))
        .filter(|dependency| !ALLOWED.contains(&dependency.name.as_str()))
        .map(|dependency| {
            format!(
                "Cargo.toml: the agent may not depend on {}: see docs/decisions/",
                dependency.name
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::Dependency;
    use super::*;

    fn agent(name: &str, kind: Option<&str>) -> [Package; 1] {
        [Package {
            name: "pilot".into(),
            dependencies: vec![Dependency {
                name: name.into(),
                kind: kind.map(Into::into),
            }],
        }]
    }

    #[test]
    fn only_the_list_is_allowed() {
        assert!(check(&agent("libc", None)).is_empty());
        assert_eq!(check(&agent("tokio", None)).len(), 1);
        assert_eq!(check(&agent("cc", Some("build"))).len(), 1);
    }

    #[test]
    fn tests_may_use_more() {
        assert!(check(&agent("tempfile", Some("dev"))).is_empty());
    }

    #[test]
    fn a_missing_agent_is_noticed() {
        assert_eq!(check(&[]).len(), 1);
    }
}
