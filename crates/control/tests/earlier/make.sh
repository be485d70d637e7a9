#!/bin/sh
# Has earlier versions of pilotctl fill the databases beside this script: those that are named, or
# all. Needs cargo, git and sqlite3. Names are MIGRATION-COMMIT. With CARGO_TARGET_DIR, the earlier
# versions are built there.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(git -C "$here" rev-parse --show-toplevel)
work=$(mktemp -d)
trap 'rm -rf "$work"; git -C "$root" worktree prune' EXIT
target=${CARGO_TARGET_DIR:-$work/target}

[ $# -gt 0 ] || set -- $(cd "$here" && ls -d [0-9]*)
for name; do
    commit=${name##*-}
    git -C "$root" worktree add --quiet --detach "$work/$commit" "$commit"
    (cd "$work/$commit" && CARGO_TARGET_DIR=$target cargo build --package pilotctl)
    mkdir "$work/$commit-bin"
    cp "$target/debug/pilotctl" "$work/$commit-bin/"
    (
        cd "$root"
        unset CARGO_TARGET_DIR
        EARLIER_PROGRAMS=$work/$commit-bin EARLIER_TO=$here/$name \
            cargo test --package pilotctl --test program -- \
            --ignored --exact earlier::fill::an_earlier_version_fills_a_database
    )
done
