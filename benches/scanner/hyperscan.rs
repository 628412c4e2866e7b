//! Hyperscan 5 in block mode, through the system's library (Debian: libhyperscan-dev or libvectorscan-dev).
#![expect(unsafe_code, reason = "a C library")]

use std::ffi::{CString, c_char, c_int, c_uint, c_ulonglong, c_void};
use std::ptr;

use super::engines::Engine;

/// From `hs_compile.h`.
const SINGLEMATCH: c_uint = 8;
const MODE_BLOCK: c_uint = 1;

type OnMatch = extern "C" fn(c_uint, c_ulonglong, c_ulonglong, c_uint, *mut c_void) -> c_int;

#[link(name = "hs")]
unsafe extern "C" {
    fn hs_compile_multi(
        expressions: *const *const c_char,
        flags: *const c_uint,
        ids: *const c_uint,
        elements: c_uint,
        mode: c_uint,
        platform: *const c_void,
        database: *mut *mut c_void,
        error: *mut *mut c_void,
    ) -> c_int;
    fn hs_alloc_scratch(database: *const c_void, scratch: *mut *mut c_void) -> c_int;
    fn hs_scan(
        database: *const c_void,
        data: *const c_char,
        length: c_uint,
        flags: c_uint,
        scratch: *mut c_void,
        on_match: OnMatch,
        context: *mut c_void,
    ) -> c_int;
    fn hs_database_size(database: *const c_void, size: *mut usize) -> c_int;
    fn hs_scratch_size(scratch: *const c_void, size: *mut usize) -> c_int;
    fn hs_free_database(database: *mut c_void) -> c_int;
    fn hs_free_scratch(scratch: *mut c_void) -> c_int;
}

pub(crate) struct Hyperscan {
    database: *mut c_void,
    scratch: *mut c_void,
}

extern "C" fn on_match(id: c_uint, _from: c_ulonglong, _to: c_ulonglong, _flags: c_uint, found: *mut c_void) -> c_int {
    // SAFETY: `matches` passes a vector that lives until the scan returns and that nothing else touches.
    unsafe { (*found.cast::<Vec<u32>>()).push(id) };
    0
}

impl Hyperscan {
    pub(crate) fn new(patterns: &[&str]) -> Self {
        let patterns: Vec<CString> = patterns.iter().map(|p| CString::new(*p).expect("no zero in a pattern")).collect();
        let pointers: Vec<*const c_char> = patterns.iter().map(|pattern| pattern.as_ptr()).collect();
        let count = c_uint::try_from(patterns.len()).expect("few patterns");
        let (flags, ids) = (vec![SINGLEMATCH; patterns.len()], (0..count).collect::<Vec<_>>());
        let (mut database, mut scratch, mut error) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        // SAFETY: the arrays are `count` long and outlive the call; the results are written to pointers of ours.
        unsafe {
            let (pointers, flags, ids) = (pointers.as_ptr(), flags.as_ptr(), ids.as_ptr());
            let made = hs_compile_multi(
                pointers,
                flags,
                ids,
                count,
                MODE_BLOCK,
                ptr::null(),
                &raw mut database,
                &raw mut error,
            );
            assert_eq!(made, 0, "Hyperscan does not take the patterns");
            assert_eq!(hs_alloc_scratch(database, &raw mut scratch), 0, "no scratch space");
        }
        Self { database, scratch }
    }
}

impl Engine for Hyperscan {
    fn name(&self) -> &'static str {
        "Hyperscan"
    }

    fn matches(&mut self, text: &str, found: &mut Vec<u32>) {
        let length = c_uint::try_from(text.len()).expect("texts of a few megabytes");
        let context = ptr::from_mut(found).cast();
        // SAFETY: database and scratch were made together, the text is `length` bytes long.
        let done = unsafe { hs_scan(self.database, text.as_ptr().cast(), length, 0, self.scratch, on_match, context) };
        assert_eq!(done, 0, "the scan failed");
    }

    fn more_bytes(&self) -> usize {
        let (mut database, mut scratch) = (0, 0);
        // SAFETY: both are alive.
        unsafe {
            hs_database_size(self.database, &raw mut database);
            hs_scratch_size(self.scratch, &raw mut scratch);
        }
        database + scratch
    }
}

impl Drop for Hyperscan {
    fn drop(&mut self) {
        // SAFETY: both were made by the library and are not used again.
        unsafe {
            hs_free_scratch(self.scratch);
            hs_free_database(self.database);
        }
    }
}
