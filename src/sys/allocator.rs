//! The heap, wiped as it is given back.
//!
//! A job's secrets pass through buffers of JSON, HTTP and pipes, in code that is not this
//! program's. Freed memory of theirs is overwritten here, once and for all of it.
//!
//! A large block is a mapping of its own instead: it grows where it is or takes its pages along,
//! so that nothing of it is left elsewhere or has to be there twice, and the kernel clears
//! unmapped pages before it reuses them.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::c_void;
use std::ptr;

#[global_allocator]
static HEAP: Wiped = Wiped;

struct Wiped;

/// Bytes of the smallest block that is a mapping of its own.
const LARGE: usize = 32 << 10;

/// No page is smaller, so that no mapping is aligned less.
const LEAST_PAGE: usize = 4 << 10;

fn is_large(layout: Layout) -> bool {
    layout.size() >= LARGE && layout.align() <= LEAST_PAGE
}

// SAFETY: every block comes from the system's allocator and goes back to it with the layout that
// it was asked for with; or it is a mapping, which is as large as its layout says, and is
// unmapped by the same rule. The layout decides which of both applies alone.
unsafe impl GlobalAlloc for Wiped {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_large(layout) {
            return map(layout.size());
        }
        // SAFETY: the caller's promises are those that the system's asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_large(layout) {
            return map(layout.size());
        }
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    /// The system's own would leave behind what it moved.
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises a size that fits.
        let new = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        if is_large(layout) && is_large(new) {
            // SAFETY: the block is a mapping of that size.
            return unsafe { resize(block, layout.size(), size) };
        }
        // SAFETY: as above.
        let moved = unsafe { self.alloc(new) };
        if !moved.is_null() {
            // SAFETY: both blocks have so many bytes, and the new one is no one else's. The old
            // one is given back once.
            unsafe {
                ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                self.dealloc(block, layout);
            }
        }
        moved
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block is a mapping of that size and it is not used any more.
        if is_large(layout) && unsafe { unmap(block, layout.size()) } {
            return;
        }
        // SAFETY: the block is of that size and it is not used any more. The C library promises
        // that this is not optimised away.
        unsafe { libc::explicit_bzero(block.cast(), layout.size()) };
        if !is_large(layout) {
            // SAFETY: as above.
            unsafe { System.dealloc(block, layout) };
        }
    }
}

/// Memory of this process alone, all zero (mmap(2)); null where there is none.
fn map(bytes: usize) -> *mut u8 {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: the kernel chooses where it is, and uses no other mapping's memory.
    or_null(unsafe { libc::mmap(ptr::null_mut(), bytes, access, kind, -1, 0) })
}

/// Makes a mapping larger or smaller; null, and all as it was, where that cannot
/// be.
///
/// # Safety
/// The mapping is of that size, and is used only where it is afterwards.
unsafe fn resize(block: *mut u8, bytes: usize, new: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    or_null(unsafe { libc::mremap(block.cast(), bytes, new, libc::MREMAP_MAYMOVE) })
}

/// Gives a mapping back. The kernel may refuse to take one out of the middle of
/// others, when it has too many pieces to keep count of.
///
/// # Safety
/// The mapping is of that size, and it is not used any more.
unsafe fn unmap(block: *mut u8, bytes: usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe { libc::munmap(block.cast(), bytes) == 0 }
}

fn or_null(mapped: *mut c_void) -> *mut u8 {
    if mapped == libc::MAP_FAILED {
        ptr::null_mut()
    } else {
        mapped.cast()
    }
}

#[cfg(test)]
mod tests {
    use super::LARGE;

    #[test]
    fn a_block_keeps_what_it_holds_as_it_grows_and_shrinks() {
        let mut bytes: Vec<u8> = Vec::new();
        let number = |place: usize| u8::try_from(place % 251).unwrap();
        for place in 0..4 * LARGE {
            bytes.push(number(place));
        }
        for length in [3 * LARGE + 1, LARGE, LARGE - 1, 5] {
            bytes.truncate(length);
            bytes.shrink_to_fit();
            assert!((0..length).all(|place| bytes[place] == number(place)));
        }
    }

    #[test]
    fn zeroed_memory_is_zero() {
        for size in [LARGE - 1, LARGE, 9 * LARGE] {
            drop(vec![0xff_u8; size]);
            assert!(vec![0_u8; size].iter().all(|&byte| byte == 0));
        }
    }
}
