//! Numbers as OpenPGP writes them (RFC 9580, section 3.2).

use std::io::BufRead;

use pgp::{
    errors::{Error, Result},
    types::{Mpi, SignatureBytes},
};

/// A signature that consists of so many numbers.
pub(super) fn numbers<const N: usize>(signature: &SignatureBytes) -> Result<&[Mpi; N]> {
    let numbers: &[Mpi] = signature.try_into()?;
    let wrong = || Error::from("a signature has another form than its key".to_owned());
    numbers.try_into().map_err(|_| wrong())
}

/// Two numbers of `SIZE` bytes each, with the zeros before them that OpenPGP
/// leaves out.
pub(super) fn pair<const SIZE: usize>(numbers: &[Mpi; 2]) -> Result<Vec<u8>> {
    let mut bytes = vec![0; 2 * SIZE];
    for (number, place) in numbers.iter().zip(bytes.chunks_exact_mut(SIZE)) {
        let number = number.as_ref();
        let zeros = SIZE.checked_sub(number.len());
        let zeros = zeros.ok_or_else(|| Error::from("a number is too long".to_owned()))?;
        place[zeros..].copy_from_slice(number);
    }
    Ok(bytes)
}

/// Takes a number off the front.
pub(super) fn number(rest: &mut impl BufRead) -> Result<Mpi> {
    Mpi::try_from_reader(rest)
}
