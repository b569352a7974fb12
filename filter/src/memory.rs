//! Memory that the host asks for to hand something over in.
//!
//! The host writes headers into memory of the module, for every request. What the last request gave
//! back is lent again, so that no request has to ask the allocator.
#![allow(unsafe_code, reason = "the host is given memory by its address")]

use std::cell::Cell;
use std::ops::Deref;
use std::ptr::NonNull;

/// Capacity of everything that is lent and not larger: the headers of most requests fit.
const USUAL: usize = 4096;

thread_local! {
    /// Memory of the usual capacity that is not lent.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// The capacity of what is lent for that size.
fn capacity(size: usize) -> usize {
    size.max(USUAL)
}

/// Memory for the host to write `size` bytes to; null where there is none.
pub(crate) fn lend(size: usize) -> *mut u8 {
    if size == 0 {
        return NonNull::dangling().as_ptr();
    }
    let wanted = capacity(size);
    let mut memory = if wanted == USUAL { SPARE.take() } else { Vec::new() };
    if memory.capacity() != wanted {
        memory = Vec::new();
        if memory.try_reserve_exact(wanted).is_err() || memory.capacity() != wanted {
            return std::ptr::null_mut();
        }
    }
    memory.leak().as_mut_ptr()
}

/// What the host has handed over.
#[derive(Debug, Default)]
pub(crate) struct Received(Vec<u8>);

impl Received {
    /// Takes back what was lent.
    ///
    /// # Safety
    /// `data` comes from [`lend`] for this very `size`, the host has written all of it and keeps no
    /// pointer to it.
    pub(crate) unsafe fn take(data: *mut u8, size: usize) -> Self {
        if data.is_null() || size == 0 {
            return Self::default();
        }
        // SAFETY: `lend` made a vector of this capacity, of which the host has filled `size` bytes.
        Self(unsafe { Vec::from_raw_parts(data, size, capacity(size)) })
    }
}

impl Deref for Received {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        if self.0.capacity() == USUAL {
            SPARE.set(std::mem::take(&mut self.0));
        }
    }
}
