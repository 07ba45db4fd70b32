//! Structs that cross the ABI and only ever grow: they begin with their size.

use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

use crate::call_error::CallError;
use crate::code::{USERIMAGE_BAD_STRUCT_SIZE, USERIMAGE_UNKNOWN_FLAG};

/// A struct that begins with its size and only ever grows.
///
/// # Safety
///
/// `repr(C)`, begins with `struct_size: u32`, has no padding between its fields, and is valid when
/// all its bytes are 0.
pub(crate) unsafe trait VersionedStruct: Copy {
    /// Its name in error reasons.
    const NAME: &'static str;
    /// The size that it had in the first version.
    const FIRST_SIZE: usize = size_of::<Self>();
    /// Its fields, for the comparison with what a C compiler makes of the header.
    const FIELDS: &'static [Field];

    /// All zeros.
    fn zeroed() -> Self {
        // SAFETY: the trait's promise.
        unsafe { std::mem::zeroed() }
    }
}

/// A struct that the caller fills.
///
/// # Safety
///
/// After `struct_size` comes `flags: u32`, and there is no padding at its end.
pub(crate) unsafe trait InputStruct: VersionedStruct {
    /// The flags that this version knows.
    const FLAGS: u32 = 0;

    /// Refuses flags that this version does not know.
    fn check_flags(&self) -> Result<(), CallError> {
        // SAFETY: the trait's promise.
        let flags = unsafe { ptr::from_ref(self).cast::<u32>().add(1).read() };
        match flags & !Self::FLAGS {
            0 => Ok(()),
            unknown => Err(CallError::usage(
                USERIMAGE_UNKNOWN_FLAG,
                format!("{} has the unknown flag {unknown:#x}", Self::NAME),
            )),
        }
    }
}

/// A field of a struct.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    #[cfg_attr(not(test), expect(dead_code, reason = "for the comparison of layouts"))]
    pub(crate) name: &'static str,
    pub(crate) offset: usize,
    pub(crate) size: usize,
}

/// Whether each field begins where the one before it ends.
pub(crate) const fn is_dense(fields: &[Field]) -> bool {
    let (mut index, mut end) = (0, 0);
    while index < fields.len() {
        if fields[index].offset != end {
            return false;
        }
        end += fields[index].size;
        index += 1;
    }
    true
}

/// Where the last field ends.
pub(crate) const fn end(fields: &[Field]) -> usize {
    let last = fields[fields.len() - 1];
    last.offset + last.size
}

/// The size of a field, from how it is reached.
pub(crate) const fn field_size<S, F>(_: fn(&S) -> &F) -> usize {
    size_of::<F>()
}

/// Declares a view: a struct that the library fills.
macro_rules! view_struct {
    ($type:ident, $name:literal, $($field:ident)*) => {
        // SAFETY: what can be checked of the promise is checked below; numbers and pointers may be 0.
        unsafe impl $crate::versioned_struct::VersionedStruct for $type {
            const NAME: &'static str = $name;
            const FIELDS: &'static [$crate::versioned_struct::Field] = &[$(
                $crate::versioned_struct::Field {
                    name: stringify!($field),
                    offset: std::mem::offset_of!($type, $field),
                    size: $crate::versioned_struct::field_size(|it: &$type| &it.$field),
                },
            )*];
        }
        const _: () = {
            use $crate::versioned_struct::{VersionedStruct, is_dense};
            let [first, ..] = <$type>::FIELDS else { panic!() };
            assert!(first.size == 4 && is_dense(<$type>::FIELDS));
        };
    };
}

/// Declares an input: a struct that the caller fills. `$flags` are those that it knows.
macro_rules! input_struct {
    ($type:ident, $name:literal, $flags:expr, $($field:ident)*) => {
        $crate::versioned_struct::view_struct!($type, $name, $($field)*);

        // SAFETY: what can be checked of the promise is checked below.
        unsafe impl $crate::versioned_struct::InputStruct for $type {
            const FLAGS: u32 = $flags;
        }
        const _: () = {
            use $crate::versioned_struct::{VersionedStruct, end};
            let [_, flags, ..] = <$type>::FIELDS else { panic!() };
            assert!(flags.size == 4 && end(<$type>::FIELDS) == size_of::<$type>());
        };
    };
}

pub(crate) use {input_struct, view_struct};

/// The largest accepted struct_size.
const MAX_SIZE: usize = 4096;

/// The struct_size at `from`, which no version may be without.
///
/// # Safety
///
/// `from` points to a struct whose first field is its size.
unsafe fn size_at<T: VersionedStruct>(from: NonNull<T>) -> Result<usize, CallError> {
    // SAFETY: the caller's promise.
    let size = unsafe { from.cast::<u32>().read() } as usize;
    if (T::FIRST_SIZE..=MAX_SIZE).contains(&size) {
        Ok(size)
    } else {
        Err(bad_size::<T>(size, "which no version has"))
    }
}

#[cold]
fn bad_size<T: VersionedStruct>(size: usize, why: &str) -> CallError {
    let reason = format!("{}'s struct_size is {size}, {why}", T::NAME);
    CallError::usage(USERIMAGE_BAD_STRUCT_SIZE, reason)
}

/// Reads a struct of the caller's. The missing end of an older, shorter one is zeros; a newer, longer
/// one is accepted as long as its end is.
///
/// # Safety
///
/// `from` is NULL or points to a struct whose first field is its size.
pub(crate) unsafe fn read<T: InputStruct>(from: *const T) -> Result<T, CallError> {
    let from = NonNull::new(from.cast_mut()).ok_or_else(|| CallError::null(T::NAME))?;
    // SAFETY: the caller's promise.
    let size = unsafe { size_at(from)? };
    if size == size_of::<T>() {
        // SAFETY: it has the size of this version's struct, as its struct_size states.
        return Ok(unsafe { from.read() });
    }
    let known = size.min(size_of::<T>());
    // SAFETY: the struct has `size` bytes, as its struct_size states.
    let rest =
        unsafe { std::slice::from_raw_parts(from.cast::<u8>().add(known).as_ptr(), size - known) };
    if rest.iter().any(|&byte| byte != 0) {
        return Err(bad_size::<T>(size, "and fields are set that this version does not know"));
    }
    let mut copy = MaybeUninit::<T>::zeroed();
    // SAFETY: both have at least `known` bytes, and the struct is valid where the rest is 0.
    unsafe {
        ptr::copy_nonoverlapping(from.cast::<u8>().as_ptr(), copy.as_mut_ptr().cast(), known);
        Ok(copy.assume_init())
    }
}

/// A view of the caller's that is to be filled.
pub(crate) struct OutView<T> {
    view: NonNull<T>,
    size: usize,
}

impl<T: VersionedStruct> OutView<T> {
    /// # Safety
    ///
    /// `view` is NULL or points to a struct whose first field is its size, and which may be written for
    /// as long as this is used.
    pub(crate) unsafe fn new(view: *mut T) -> Result<Self, CallError> {
        let view = NonNull::new(view).ok_or_else(|| CallError::null(T::NAME))?;
        // SAFETY: the caller's promise.
        let size = unsafe { size_at(view)? };
        Ok(Self { view, size })
    }

    /// Fills all but struct_size, which stays the caller's: an older, shorter view receives its part, the
    /// end of a newer, longer one becomes zeros.
    pub(crate) fn write(self, value: &T) {
        let known = self.size.min(size_of::<T>());
        let from = ptr::from_ref(value).cast::<u8>();
        let to = self.view.cast::<u8>().as_ptr();
        // SAFETY: the view has `size` bytes, as its struct_size states, and `known` is at most that of either.
        unsafe {
            ptr::copy_nonoverlapping(
                from.add(size_of::<u32>()),
                to.add(size_of::<u32>()),
                known - size_of::<u32>(),
            );
            ptr::write_bytes(to.add(known), 0, self.size - known);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(C)]
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Grown {
        struct_size: u32,
        flags: u32,
        first: u64,
        second: u64,
    }

    // SAFETY: as the trait asks.
    unsafe impl VersionedStruct for Grown {
        const NAME: &'static str = "grown";
        const FIRST_SIZE: usize = 16;
        const FIELDS: &'static [Field] = &[];
    }

    // SAFETY: as the trait asks.
    unsafe impl InputStruct for Grown {
        const FLAGS: u32 = 1;
    }

    fn sized(struct_size: u32) -> Grown {
        Grown { struct_size, flags: 0, first: 7, second: 8 }
    }

    fn read_sized(struct_size: u32) -> Result<Grown, i32> {
        let long = [sized(struct_size); 200];
        // SAFETY: 4800 bytes can be read.
        unsafe { read(long.as_ptr()) }.map_err(|error| error.code())
    }

    #[test]
    fn every_size_but_an_older_or_the_own_one_is_refused() {
        assert_eq!(read_sized(24).unwrap().second, 8);
        assert_eq!(read_sized(16).unwrap().second, 0, "what an older caller does not know is zero");
        for size in [0, 1, 4, 15, 4097, u32::MAX] {
            assert_eq!(read_sized(size).err(), Some(USERIMAGE_BAD_STRUCT_SIZE), "{size}");
            let mut view = sized(size);
            // SAFETY: a u32 can be read.
            let view = unsafe { OutView::new(&raw mut view) };
            assert_eq!(view.err().map(|error| error.code()), Some(USERIMAGE_BAD_STRUCT_SIZE));
        }
        assert_eq!(read_sized(32).err(), Some(USERIMAGE_BAD_STRUCT_SIZE), "unknown fields are set");
    }

    #[test]
    fn a_newer_caller_that_uses_nothing_new_is_accepted() {
        let mut newer = [Grown { struct_size: 0, flags: 0, first: 0, second: 0 }; 2];
        newer[0] = Grown { struct_size: 48, flags: 1, first: 1, second: 2 };
        // SAFETY: 48 bytes can be read.
        let known = unsafe { read(newer.as_ptr()) }.ok().unwrap();
        assert_eq!((known.first, known.second), (1, 2));
        assert!(known.check_flags().is_ok());
        assert!(Grown { flags: 3, ..known }.check_flags().is_err());
    }

    #[test]
    fn a_view_is_filled_as_far_as_its_caller_knows_it() {
        let value = Grown { struct_size: 0, flags: 5, first: 1, second: 2 };
        for (size, filled) in [
            (16, [Grown { struct_size: 16, second: 8, ..value }, sized(9)]),
            (24, [Grown { struct_size: 24, ..value }, sized(9)]),
            (40, [Grown { struct_size: 40, ..value }, Grown { first: 0, ..sized(0) }]),
        ] {
            let mut views = [sized(size), sized(9)];
            // SAFETY: 48 bytes can be written.
            unsafe { OutView::new(views.as_mut_ptr()) }.ok().unwrap().write(&value);
            assert_eq!(views, filled, "{size}");
        }
    }

    #[test]
    fn padding_is_found() {
        let field = |offset, size| Field { name: "", offset, size };
        assert!(is_dense(&[field(0, 4), field(4, 4), field(8, 8)]));
        assert!(!is_dense(&[field(0, 4), field(8, 8)]));
        assert_eq!(end(&[field(0, 4), field(4, 1)]), 5);
    }
}
