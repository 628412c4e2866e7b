//! How large arrays lie in memory, and how they are asked for.
//!
//! With a million signatures their arrays outgrow the caches. A place that is read first then takes as long as a few hundred
//! instructions, and as long again for the page tables that say where it is.

/// Smallest array that is worth huge pages, in bytes: one of x86-64.
#[cfg(target_os = "linux")]
const LEAST_HUGE: usize = 1 << 21;

/// Where the system is advised about a range, it begins at a page; in bytes, of the largest usual pages of any processor.
#[cfg(target_os = "linux")]
const PAGE: usize = 1 << 16;

/// `MADV_COLLAPSE` of Linux's `mman-common.h`, since 6.1: make huge pages of what is there already. The `libc` crate has it for
/// glibc only.
#[cfg(target_os = "linux")]
const COLLAPSE: libc::c_int = 25;

/// Puts an array that is finished on huge pages, where the system has them: a processor knows by heart where some 2000
/// pages are, 8 MB of small ones and 4 GB of huge ones. Measured on a machine of the cloud, 40 ns instead of 250 for a
/// place among 64 MB. Where the system refuses, nothing changes but the time.
#[cfg(target_os = "linux")]
pub(super) fn settle<T>(items: &[T]) {
    #![expect(unsafe_code, reason = "advice to the system about memory")]
    let address = items.as_ptr().addr();
    let before = address.next_multiple_of(PAGE) - address;
    let Some(bytes) = size_of_val(items).checked_sub(before).filter(|bytes| *bytes >= LEAST_HUGE) else { return };
    if !are_wanted() {
        return;
    }
    let start = items.as_ptr().wrapping_byte_add(before).cast_mut().cast();
    // SAFETY: the range lies in `items`, and neither advice changes what is in it.
    unsafe {
        libc::madvise(start, bytes, libc::MADV_HUGEPAGE);
        libc::madvise(start, bytes, COLLAPSE);
    }
}

/// Whether whoever looks after the machine lets programs have huge pages; the second advice would not ask.
#[cfg(target_os = "linux")]
fn are_wanted() -> bool {
    static WANTED: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| {
        let setting = std::fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled");
        setting.is_ok_and(|setting| !setting.contains("[never]"))
    });
    *WANTED
}

#[cfg(not(target_os = "linux"))]
pub(super) fn settle<T>(_: &[T]) {}

/// Bytes of a cache line, on x86-64 and most others.
pub(super) const LINE: usize = 64;

/// Asks for so many cache lines from an item on that are read soon, so that the wait overlaps other work. An item that is
/// not there does no harm.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn fetch<T>(items: &[T], at: usize, lines: usize) {
    #![expect(unsafe_code, reason = "a prefetch has no safe form")]
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    let first = items.as_ptr().wrapping_add(at);
    for line in 0..lines {
        // SAFETY: a prefetch changes nothing that a program sees, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(first.wrapping_byte_add(line * LINE).cast()) };
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub(super) fn fetch<T>(_: &[T], _: usize, _: usize) {}
