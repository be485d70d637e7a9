//! The heap, wiped as it is given back.
//!
//! A job's secrets pass through buffers of JSON, HTTP and pipes, in code that is
//! not this program's. Whatever of them is freed is overwritten here, once and
//! for all of it.

use std::alloc::{GlobalAlloc, Layout, System};

#[global_allocator]
static HEAP: Wiped = Wiped;

struct Wiped;

// SAFETY: every block comes from the system's allocator and goes back to it with
// the layout that it was asked for with.
unsafe impl GlobalAlloc for Wiped {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those that the system's asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    /// `realloc` stays as the trait provides it: it moves a block through `alloc` and
    /// `dealloc`, where the system's own would leave what it moved behind.
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block is of that size and nobody uses it any more. The C
        // library promises that this is not optimised away.
        unsafe { libc::explicit_bzero(block.cast(), layout.size()) };
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) };
    }
}
