//! The memory of this process (madvise(2), dl_iterate_phdr(3)).

use std::ffi::{c_int, c_void};
use std::{mem, slice};

/// A part of the address space.
struct Range {
    start: usize,
    bytes: usize,
}

/// The read-only mappings of this program's file: its code and its constants.
pub(crate) struct ProgramText(Vec<Range>);

impl ProgramText {
    /// Finds them.
    pub(crate) fn find() -> Self {
        let mut found = Vec::new();
        // SAFETY: the callback gets the pointer that is passed here, and is the
        // only one to use it until the call returns.
        unsafe { libc::dl_iterate_phdr(Some(collect), (&raw mut found).cast()) };
        Self(found)
    }

    /// Takes them out of this process's memory. What is needed again is mapped
    /// again when it is touched, from the page cache as a rule.
    pub(crate) fn release(&self) {
        for range in &self.0 {
            // SAFETY: the range is a mapping of the program's file without
            // write permission, so what is touched later is read from the file
            // and is the same. A kernel that refuses leaves it as it is.
            unsafe { libc::madvise(range.start as *mut c_void, range.bytes, libc::MADV_DONTNEED) };
        }
    }
}

/// Is called for the program itself first, and ends the iteration with it: what
/// the libraries have, other processes use too.
unsafe extern "C" fn collect(
    info: *mut libc::dl_phdr_info,
    size: usize,
    found: *mut c_void,
) -> c_int {
    debug_assert!(size >= mem::offset_of!(libc::dl_phdr_info, dlpi_adds));
    // SAFETY: the C library passes a valid record, and the pointer that `find`
    // gave it.
    let (info, found) = unsafe { (&*info, &mut *found.cast::<Vec<Range>>()) };
    // SAFETY: the record says where the program's headers are and how many.
    let headers = unsafe { slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()) };
    for header in headers {
        if header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_W == 0 {
            found.push(whole_pages(
                (info.dlpi_addr + header.p_vaddr) as usize,
                header.p_memsz as usize,
            ));
        }
    }
    1
}

/// The kernel maps whole pages. The last one is left out unless it is full: a
/// segment that is written to could begin in it, and would lose what it has.
fn whole_pages(start: usize, bytes: usize) -> Range {
    // SAFETY: sysconf(3) takes an integer and touches no memory.
    let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096);
    let first = start / page * page;
    let last = (start + bytes) / page * page;
    Range {
        start: first,
        bytes: last.saturating_sub(first),
    }
}
