//! Who keeps packages, and the highest serials: the store, or a supervisor that is another user,
//! and protects them from the functions that run here.

use super::Context;
use crate::failure::Failure;
use crate::output;
use crate::package::{Package, Reference};
use crate::store::{Partial, Seen, kept};
use crate::verify::Verified;
use wire::PackageName;

impl Context {
    /// The package of that name, where it is here and can be read.
    pub(super) fn cached(&self, name: &PackageName) -> Result<Option<Package>, Failure> {
        match self.keeper() {
            Some(keeper) => Ok(kept::read(&keeper.package, self.store.draft()?)),
            None => self.store.cached(name),
        }
    }

    /// Remembers that a package was accepted, unless it may not follow what was accepted
    /// before; returns that.
    pub(super) fn accepted(
        &self,
        name: &PackageName,
        verified: &Verified,
    ) -> Result<Seen, Failure> {
        match self.keeper() {
            Some(keeper) => keeper.ask(name, verified.serial(), verified.endorsement()),
            None => self.store.accepted(name, verified.serial()),
        }
    }

    /// Keeps a package for the next run. What a supervisor's disk refuses is fetched anew.
    pub(super) fn keep(&self, name: &PackageName, package: &Package) -> Result<(), Failure> {
        let Some(keeper) = self.keeper() else {
            return self.store.put(name, package);
        };
        if let Err(error) = kept::write(&keeper.package, package) {
            output::note(&format!("{name} is not kept for the next run: {error}"));
        }
        Ok(())
    }

    /// Where what comes of a package is kept for the next pull. What is here under a
    /// supervisor is gone with this run.
    pub(super) fn partial(&self, reference: &Reference) -> Option<Partial> {
        match self.keeper() {
            Some(_) => None,
            None => self.store.partial(reference),
        }
    }

    fn keeper(&self) -> Option<&crate::supervisor::Keeper> {
        self.supervisor.as_ref()?.keeper.as_ref()
    }
}
