//! Reads what a caller hands over and writes what it gets, each pointer checked.

use std::borrow::Cow;
use std::ffi::c_char;
use std::ptr;

use crate::code::{
    USERIMAGE_BAD_STRUCT_SIZE, USERIMAGE_BAD_UTF8, USERIMAGE_INVALID_ARGUMENT,
    USERIMAGE_UNKNOWN_FLAG,
};
use crate::error::Fault;

/// Bytes of the caller's; `None` for NULL.
///
/// # Safety
///
/// `data` is NULL or points to `len` bytes that nobody changes as long as the answer is used.
pub(crate) unsafe fn bytes<'a>(
    data: *const u8,
    len: usize,
    name: &'static str,
) -> Result<Option<&'a [u8]>, Fault> {
    // SAFETY: the caller's promise is the same.
    unsafe { elements(data, len, name) }
}

/// An array of the caller's; `None` for NULL.
///
/// # Safety
///
/// `data` is NULL or points to `len` elements that nobody changes as long as the answer is used.
pub(crate) unsafe fn elements<'a, T>(
    data: *const T,
    len: usize,
    name: &'static str,
) -> Result<Option<&'a [T]>, Fault> {
    if data.is_null() {
        return if len == 0 { Ok(None) } else { Err(Fault::null(name)) };
    }
    if len > isize::MAX.cast_unsigned() / size_of::<T>() {
        return Err(Fault::argument(name, "is longer than memory"));
    }
    // SAFETY: not NULL, of a possible length, and the caller promises the rest.
    Ok(Some(unsafe { std::slice::from_raw_parts(data, len) }))
}

/// A text of the caller's; `None` for NULL.
///
/// # Safety
///
/// As [`bytes`].
pub(crate) unsafe fn text<'a>(
    data: *const c_char,
    len: usize,
    name: &'static str,
) -> Result<Option<&'a str>, Fault> {
    // SAFETY: the caller's promise is the same.
    match unsafe { bytes(data.cast(), len, name) }? {
        None => Ok(None),
        Some(bytes) => str::from_utf8(bytes).map(Some).map_err(|_| {
            Fault::usage(USERIMAGE_BAD_UTF8, Cow::Owned(format!("{name} is not UTF-8")))
        }),
    }
}

/// A text that must not be NULL.
///
/// # Safety
///
/// As [`bytes`].
pub(crate) unsafe fn required_text<'a>(
    data: *const c_char,
    len: usize,
    name: &'static str,
) -> Result<&'a str, Fault> {
    // SAFETY: the caller's promise is the same.
    unsafe { text(data, len, name) }?.ok_or_else(|| Fault::null(name))
}

/// Where an output goes. It is written on success only, so a call first asks for all its places.
pub(crate) struct Out<T>(ptr::NonNull<T>);

impl<T> Out<T> {
    /// # Safety
    ///
    /// `place` is NULL or may be written as long as the answer is used.
    pub(crate) unsafe fn new(place: *mut T, name: &'static str) -> Result<Self, Fault> {
        ptr::NonNull::new(place).map(Self).ok_or_else(|| Fault::null(name))
    }

    pub(crate) fn write(self, value: T) {
        // SAFETY: `new`'s promise.
        unsafe { self.0.write(value) }
    }
}

/// Two places for a text or for bytes that a handle keeps.
pub(crate) struct OutSlice<T> {
    data: Out<*const T>,
    len: Out<usize>,
}

impl<T> OutSlice<T> {
    /// # Safety
    ///
    /// As [`Out::new`], for both.
    pub(crate) unsafe fn new(data: *mut *const T, len: *mut usize) -> Result<Self, Fault> {
        // SAFETY: the caller's promise is the same.
        unsafe { Ok(Self { data: Out::new(data, "data")?, len: Out::new(len, "len")? }) }
    }
}

impl OutSlice<c_char> {
    pub(crate) fn write(self, text: &str) {
        self.data.write(text.as_ptr().cast());
        self.len.write(text.len());
    }
}

impl OutSlice<u8> {
    pub(crate) fn write(self, bytes: &[u8]) {
        self.data.write(bytes.as_ptr());
        self.len.write(bytes.len());
    }
}

/// A struct that the caller fills. It begins with its size and its flags, and only ever grows.
///
/// # Safety
///
/// `repr(C)`, begins with `struct_size: u32` and `flags: u32`, has no padding after those, and is
/// valid when all its bytes are 0.
pub(crate) unsafe trait Struct: Copy {
    /// What it is called in messages.
    const NAME: &'static str;
    /// The size it had in the first version.
    const FIRST_SIZE: usize;
    /// The flags that this version knows.
    const FLAGS: u32 = 0;

    /// The flags that are set.
    fn flags(&self) -> u32;

    /// Refuses flags that this version does not know.
    fn check_flags(&self) -> Result<(), Fault> {
        match self.flags() & !Self::FLAGS {
            0 => Ok(()),
            unknown => Err(Fault::usage(
                USERIMAGE_UNKNOWN_FLAG,
                Cow::Owned(format!("{} has the unknown flag {unknown:#x}", Self::NAME)),
            )),
        }
    }
}

/// A struct longer than this is none.
const ABSURD_SIZE: usize = 4096;

/// Reads a struct. An older, shorter one is filled with zeros; a newer, longer one is fine as long as
/// it says nothing that this version does not know.
///
/// # Safety
///
/// `from` is NULL or points to a struct whose first field is its size.
pub(crate) unsafe fn read<T: Struct>(from: *const T) -> Result<T, Fault> {
    if from.is_null() {
        return Err(Fault::null(T::NAME));
    }
    // SAFETY: `Struct` begins with a `u32`.
    let size = unsafe { from.cast::<u32>().read() } as usize;
    if size == size_of::<T>() {
        // SAFETY: it has the size of this version's struct, as it says itself.
        return Ok(unsafe { from.read() });
    }
    let bad = |why: &str| {
        let reason = format!("{}'s struct_size is {size}, {why}", T::NAME);
        Err(Fault::usage(USERIMAGE_BAD_STRUCT_SIZE, Cow::Owned(reason)))
    };
    if size < T::FIRST_SIZE || size > ABSURD_SIZE {
        return bad("which no version has");
    }
    let known = size.min(size_of::<T>());
    // SAFETY: the struct has `size` bytes, as it says itself.
    let rest = unsafe { std::slice::from_raw_parts(from.cast::<u8>().add(known), size - known) };
    if rest.iter().any(|&byte| byte != 0) {
        return bad("and fields are set that this version does not know");
    }
    let mut copy = std::mem::MaybeUninit::<T>::zeroed();
    // SAFETY: both have at least `known` bytes, and a `Struct` is valid where the rest is 0.
    unsafe {
        ptr::copy_nonoverlapping(from.cast::<u8>(), copy.as_mut_ptr().cast(), known);
        Ok(copy.assume_init())
    }
}

/// A number that `what` must have at least.
pub(crate) fn at_least_one(value: u64, what: &'static str) -> Result<u64, Fault> {
    if value == 0 {
        return Err(Fault::usage(
            USERIMAGE_INVALID_ARGUMENT,
            Cow::Owned(format!("{what} must not be 0")),
        ));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::USERIMAGE_NULL_POINTER;

    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Grown {
        struct_size: u32,
        flags: u32,
        first: u64,
        second: u64,
    }

    // SAFETY: as the trait asks.
    unsafe impl Struct for Grown {
        const NAME: &'static str = "grown";
        const FIRST_SIZE: usize = 16;
        const FLAGS: u32 = 1;

        fn flags(&self) -> u32 {
            self.flags
        }
    }

    fn sized(struct_size: u32) -> Result<Grown, i32> {
        let long = [Grown { struct_size, flags: 0, first: 7, second: 8 }; 200];
        // SAFETY: 4800 bytes can be read.
        unsafe { read(long.as_ptr()) }.map_err(|fault| fault.code())
    }

    #[test]
    fn every_size_but_an_older_or_the_own_one_is_refused() {
        assert_eq!(sized(24).unwrap().second, 8);
        assert_eq!(sized(16).unwrap().second, 0, "what an older caller does not know is zero");
        for size in [0, 1, 4, 15, 4097, u32::MAX] {
            assert_eq!(sized(size).err(), Some(USERIMAGE_BAD_STRUCT_SIZE), "{size}");
        }
        assert_eq!(sized(32).err(), Some(USERIMAGE_BAD_STRUCT_SIZE), "unknown fields are set");
    }

    #[test]
    fn a_newer_caller_that_uses_nothing_new_is_fine() {
        let mut newer = [Grown { struct_size: 0, flags: 0, first: 0, second: 0 }; 2];
        newer[0] = Grown { struct_size: 48, flags: 1, first: 1, second: 2 };
        // SAFETY: 48 bytes can be read.
        let known = unsafe { read(newer.as_ptr()) }.ok().unwrap();
        assert_eq!((known.first, known.second), (1, 2));
        assert!(known.check_flags().is_ok());
        assert!(Grown { flags: 3, ..known }.check_flags().is_err());
    }

    #[test]
    fn null_and_impossible_lengths_are_told() {
        fn code(result: Result<Option<&[u8]>, Fault>) -> Result<Option<&[u8]>, i32> {
            result.map_err(|fault| fault.code())
        }
        // SAFETY: nothing is read.
        unsafe {
            assert_eq!(code(bytes(ptr::null(), 0, "x")), Ok(None));
            assert_eq!(code(bytes(ptr::null(), 1, "x")), Err(USERIMAGE_NULL_POINTER));
            assert_eq!(code(bytes([0].as_ptr(), usize::MAX, "x")), Err(USERIMAGE_INVALID_ARGUMENT));
        }
    }
}
