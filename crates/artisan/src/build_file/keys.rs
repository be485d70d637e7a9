//! The keys that a build file may have. Those that existing files have and that change nothing
//! here are accepted; those that would change a run are refused.

use wire::known::Known;
use wire::known::Member::{Any, Of, Refused};

/// A whole build file. What begins with `x-` is for people, and for anchors.
pub(super) const FILE: &Known = &Known(&[
    ("env", Any),
    ("labels", Any),
    ("input", Of(&INPUTS)),
    ("profiles", Of(&PROFILE)),
    ("functions", Of(&FUNCTION)),
    ("author", Any),
    ("runtime", Any),
    ("x-*", Any),
    (
        "includes",
        Refused("including other files is not supported: put their functions here"),
    ),
    (
        "x",
        Refused("values of `x:` are not supported: put them under `env:`"),
    ),
]);

const INPUTS: Known = Known(&[("var", Of(&VAR)), ("secret", Of(&SECRET)), ("file", Any)]);

const VAR: Known = Known(&[
    ("name", Any),
    ("description", Any),
    ("required", Any),
    ("type", Any),
    ("default", Any),
    ("value", Any),
]);

const SECRET: Known = Known(&[
    ("name", Any),
    ("description", Any),
    ("required", Any),
    ("value", Any),
]);

const PROFILE: Known = Known(&[
    ("name", Any),
    ("default", Any),
    ("type", Any),
    ("license", Any),
    ("labels", Any),
    ("env", Any),
    ("run", Any),
    ("target", Any),
    ("application", Any),
    ("icon", Any),
    ("runtime", Any),
]);

const FUNCTION: Known = Known(&[
    ("name", Any),
    ("description", Any),
    ("export", Any),
    ("env", Any),
    ("input", Of(&NAMES)),
    ("runtime", Any),
    ("run", Any),
    ("network", Any),
    ("credits", Any),
]);

const NAMES: Known = Known(&[("var", Any), ("secret", Any), ("file", Any)]);
