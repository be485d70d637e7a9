//! Random bytes from the kernel.

/// `N` random bytes, fit for keys.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(
        clippy::expect_used,
        reason = "getrandom(2) does not fail on a running Linux, and nothing safe could be done without it"
    )]
    getrandom::fill(&mut bytes).expect("the kernel's random numbers");
    bytes
}
