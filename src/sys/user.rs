//! On whose behalf this process acts (credentials(7)).

/// The number of the superuser.
pub(crate) const ROOT: u32 = 0;

/// The effective user id: the owner of the files that this process makes.
pub(crate) fn effective_id() -> u32 {
    // SAFETY: geteuid(2) has no preconditions and cannot fail.
    unsafe { libc::geteuid() }
}
