//! What a program's file tells of itself (elf(5)).

use super::target::Target;
use object::elf::{
    DF_1_PIE, DT_FLAGS_1, DT_TEXTREL, ET_DYN, FileHeader32, FileHeader64, Machine, PT_INTERP,
    SHT_ARM_ATTRIBUTES, SHT_SYMTAB,
};
use object::read::elf::{
    AttributeReader, AttributesSection, Dyn, FileHeader, ProgramHeader, SectionHeader,
};
use object::{Endianness, FileKind, Result};

/// Tags of the attributes of ARM's ELF files ("Addenda to, and Errata in, the ABI for
/// the Arm Architecture").
mod tag {
    pub(super) const CPU_RAW_NAME: u64 = 4;
    pub(super) const CPU_NAME: u64 = 5;
    pub(super) const CPU_ARCH: u64 = 6;
    pub(super) const COMPATIBILITY: u64 = 32;
}

pub(super) struct Elf {
    machine: Machine,
    is_64: bool,
    /// Loaded at any address, and all that depends on it is outside of the code.
    is_position_independent: bool,
    wants_interpreter: bool,
    has_symbols: bool,
    /// The version of ARM's architecture that it takes, as the first object names it
    /// that was linked: lld merges no attributes.
    arm: Option<u64>,
}

impl Elf {
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        match FileKind::parse(bytes)? {
            FileKind::Elf32 => Self::of::<FileHeader32<Endianness>>(bytes),
            _ => Self::of::<FileHeader64<Endianness>>(bytes),
        }
    }

    fn of<H: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> Result<Self> {
        let header = H::parse(bytes)?;
        let endian = header.endian()?;
        let segments = header.program_headers(endian, bytes)?;
        let sections = header.sections(endian, bytes)?;
        let arm = sections
            .iter()
            .find(|one| one.sh_type(endian) == SHT_ARM_ATTRIBUTES)
            .map(|one| one.data(endian, bytes))
            .transpose()?
            .map(|data| arm_version::<H>(endian, data))
            .transpose()?
            .flatten();
        Ok(Self {
            machine: header.e_machine(endian),
            is_64: header.is_type_64(),
            is_position_independent: is_position_independent(header, endian, bytes)?,
            wants_interpreter: segments.iter().any(|one| one.p_type(endian) == PT_INTERP),
            has_symbols: sections.iter().any(|one| one.sh_type(endian) == SHT_SYMTAB),
            arm,
        })
    }
}

impl Elf {
    /// One sentence each. Without an interpreter there is nobody who could load
    /// a shared library: the program is static.
    pub(super) fn flaws(&self, target: &Target) -> Vec<&'static str> {
        let flaws = [
            (
                self.machine != target.machine || self.is_64 != target.is_64,
                "it is for another machine",
            ),
            (
                !target.has_arm(self.arm),
                "it needs another version of the ARM architecture",
            ),
            (self.wants_interpreter, "it is not static"),
            (
                !self.is_position_independent,
                "it is linked for a fixed address",
            ),
            (self.has_symbols, "it is not stripped"),
        ];
        flaws
            .into_iter()
            .filter_map(|(is_so, flaw)| is_so.then_some(flaw))
            .collect()
    }
}

/// Whether its dynamic section says so, and names no relocations of the code:
/// pages of code that were written to are no longer the file's.
fn is_position_independent<H: FileHeader<Endian = Endianness>>(
    header: &H,
    endian: Endianness,
    bytes: &[u8],
) -> Result<bool> {
    let mut is_so = false;
    for segment in header.program_headers(endian, bytes)? {
        for entry in segment.dynamic(endian, bytes)?.unwrap_or_default() {
            match entry.tag(endian) {
                DT_FLAGS_1 => is_so = entry.val(endian) & DF_1_PIE.0 != 0,
                DT_TEXTREL => return Ok(false),
                _ => {}
            }
        }
    }
    Ok(is_so && header.e_type(endian) == ET_DYN)
}

/// The first that the attributes of the whole file name.
fn arm_version<H: FileHeader<Endian = Endianness>>(
    endian: Endianness,
    data: &[u8],
) -> Result<Option<u64>> {
    for vendor in AttributesSection::<H>::new(endian, data)?.subsections()? {
        for scope in vendor?.subsubsections() {
            if let Some(version) = arm_version_among(scope?.attributes())? {
                return Ok(Some(version));
            }
        }
    }
    Ok(None)
}

fn arm_version_among(mut attributes: AttributeReader) -> Result<Option<u64>> {
    while let Some(tag) = attributes.read_tag()? {
        match tag {
            tag::CPU_ARCH => return attributes.read_integer().map(Some),
            tag::COMPATIBILITY => {
                attributes.read_integer()?;
                attributes.read_string()?;
            }
            tag::CPU_RAW_NAME | tag::CPU_NAME => drop(attributes.read_string()?),
            // The rest are strings where the tag is odd.
            33.. if tag % 2 == 1 => drop(attributes.read_string()?),
            _ => drop(attributes.read_integer()?),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::super::target::TARGETS;
    use super::*;

    #[test]
    fn a_program_for_developers_is_nothing_for_hosts() {
        // This test itself: dynamic, with symbols.
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let elf = Elf::read(&bytes).unwrap();
        let flaws = elf.flaws(&TARGETS[0]);
        assert_eq!(flaws, ["it is not static", "it is not stripped"]);
        assert!(
            elf.flaws(&TARGETS[2])
                .contains(&"it is for another machine")
        );
    }

    #[test]
    fn a_program_for_a_fixed_address_is_seen() {
        let mut bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        // e_type: ET_EXEC.
        bytes[16..18].copy_from_slice(&2_u16.to_le_bytes());
        let flaws = Elf::read(&bytes).unwrap().flaws(&TARGETS[0]);
        assert!(
            flaws.contains(&"it is linked for a fixed address"),
            "{flaws:?}"
        );
    }

    #[test]
    fn the_version_of_arm_is_found_behind_a_string() {
        // As readelf(1) shows them: conformance 2.09, v7, application profile.
        let file = [b"\x43\x32.09\0".as_slice(), &[6, 10, 7, b'A']].concat();
        let scope = [&[1][..], &(file.len() as u32 + 5).to_le_bytes(), &file].concat();
        let vendor = [b"aeabi\0".as_slice(), &scope].concat();
        let section = [
            b"A".as_slice(),
            &(vendor.len() as u32 + 4).to_le_bytes(),
            &vendor,
        ]
        .concat();
        let version = arm_version::<FileHeader32<Endianness>>(Endianness::Little, &section);
        assert_eq!(version.unwrap(), Some(10));
        let [armv7, armv6] = [&TARGETS[2], &TARGETS[3]];
        assert!(armv7.has_arm(Some(10)) && !armv6.has_arm(Some(10)));
        assert!(armv6.has_arm(Some(6)) && !armv6.has_arm(None));
    }

    #[test]
    fn what_is_no_program_is_said_to_be_none() {
        assert!(Elf::read(b"#!/bin/sh\n").is_err());
    }
}
