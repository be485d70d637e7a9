//! Argon2id, in memory that is returned to the system after each hash.
//!
//! An allocator may keep freed memory. glibc does so in each arena, and it has up to eight
//! arenas per processor: wrong passwords alone would make the service grow by hundreds of
//! megabytes.

use argon2::password_hash::{
    Decimal, Ident, Output, ParamsString, PasswordHash, PasswordHasher, Result, Salt,
};
use argon2::{Algorithm, Argon2, Block, Params, Version};

/// Bytes above which glibc always maps an allocation separately and unmaps it when it is
/// freed (`M_MMAP_THRESHOLD` in mallopt(3)). Unused pages of the mapping take no memory.
const MAPPED: usize = 33 << 20;

/// Hashes with the default parameters (OWASP's first recommendation: 19 MiB, two passes)
/// unless a stored hash has its own.
pub(super) struct Argon2id;

impl PasswordHasher for Argon2id {
    type Params = Params;

    fn hash_password_customized<'a>(
        &self,
        password: &[u8],
        algorithm: Option<Ident<'a>>,
        version: Option<Decimal>,
        params: Params,
        salt: impl Into<Salt<'a>>,
    ) -> Result<PasswordHash<'a>> {
        let algorithm = algorithm.map_or(Ok(Algorithm::Argon2id), Algorithm::try_from)?;
        let version = version.map_or(Ok(Version::default()), Version::try_from)?;
        let salt = salt.into();
        let argon2 = Argon2::new(algorithm, version, params.clone());
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: ParamsString::try_from(&params)?,
            salt: Some(salt),
            hash: Some(compute(&argon2, password, salt)?),
        })
    }
}

fn compute(argon2: &Argon2<'_>, password: &[u8], salt: Salt<'_>) -> Result<Output> {
    let mut buffer = [0; Salt::MAX_LENGTH];
    let salt = salt.decode_b64(&mut buffer)?;
    let params = argon2.params();
    let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
    Output::init_with(length, |out| {
        let memory = memory(params.block_count());
        Ok(argon2.hash_password_into_with_memory(password, salt, out, memory)?)
    })
}

fn memory(blocks: usize) -> Vec<Block> {
    let mut memory = Vec::with_capacity(blocks.max(MAPPED / Block::SIZE));
    memory.resize(blocks, Block::default());
    memory
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::PasswordVerifier;

    #[test]
    fn the_hash_equals_the_one_of_the_library() {
        let salt = Salt::from_b64("c29tZXNhbHQtc29tZXNhbHQ").unwrap();
        let ours = Argon2id.hash_password(b"correct horse", salt).unwrap();
        let library = Argon2::default();
        assert_eq!(ours, library.hash_password(b"correct horse", salt).unwrap());
        library.verify_password(b"correct horse", &ours).unwrap();
        assert!(Argon2id.verify_password(b"battery staple", &ours).is_err());
    }

    #[test]
    fn a_stored_hash_is_verified_with_its_own_parameters() {
        let weak = Params::new(64, 3, 1, None).unwrap();
        let library = Argon2::new(Algorithm::Argon2i, Version::V0x10, weak);
        let salt = Salt::from_b64("c29tZXNhbHQtc29tZXNhbHQ").unwrap();
        let stored = library.hash_password(b"correct horse", salt).unwrap();
        Argon2id.verify_password(b"correct horse", &stored).unwrap();
    }
}
