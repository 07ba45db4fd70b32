//! A file of the host's that is read in pieces, during one call.

use std::ffi::c_void;
use std::io::{self, Read, Seek, SeekFrom};

use crate::call_error::CallError;
use crate::code::USERIMAGE_OK;
use crate::versioned_struct::{InputStruct, input_struct, read};

/// A file that the host reads in pieces: an open file, an object in a store. The caller sets all bytes to 0,
/// struct_size to its sizeof, and the rest.
///
/// It is used during the call that it is passed to, in the thread of that call. No C++ exception and no longjmp
/// may leave the callback.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// sizeof(userimage_reader)
    pub struct_size: u32,
    /// 0
    pub flags: u32,
    /// The file's length in bytes.
    pub len: u64,
    /// The host's own, passed to the callback.
    pub user_data: *mut c_void,
    /// Reads bytes at offset into buffer, at most buffer_len, sets *read to their number, and returns USERIMAGE_OK;
    /// or returns any other code if the file cannot be read. Fewer bytes than asked for are no error; none means
    /// that the file has become shorter. Offset and buffer_len lie within len. Never NULL.
    pub read_at: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            offset: u64,
            buffer: *mut u8,
            buffer_len: usize,
            read: *mut usize,
        ) -> i32,
    >,
}

input_struct!(Reader, "reader", 0, struct_size flags len user_data read_at);

type ReadAt = unsafe extern "C" fn(*mut c_void, u64, *mut u8, usize, *mut usize) -> i32;

/// The host's file as a stream.
#[derive(Debug)]
pub(crate) struct HostReader {
    user_data: *mut c_void,
    read_at: ReadAt,
    len: u64,
    position: u64,
}

impl HostReader {
    /// # Safety
    ///
    /// `reader` is NULL or alive, and its callback keeps to what the header says of it.
    pub(crate) unsafe fn new(reader: *const Reader) -> Result<Self, CallError> {
        // SAFETY: the caller's promise.
        let reader = unsafe { read(reader)? };
        reader.check_flags()?;
        let read_at = reader.read_at.ok_or_else(|| CallError::null("read_at"))?;
        Ok(Self { user_data: reader.user_data, read_at, len: reader.len, position: 0 })
    }
}

impl Read for HostReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        if wanted == 0 {
            return Ok(0);
        }
        let mut read = 0;
        // SAFETY: the buffer has `wanted` bytes, and the host keeps to the struct's documentation.
        let code = unsafe {
            (self.read_at)(
                self.user_data,
                self.position,
                buffer.as_mut_ptr(),
                wanted,
                &raw mut read,
            )
        };
        if code != USERIMAGE_OK {
            return Err(io::Error::other(format!("the host's read_at failed with code {code}")));
        }
        if read > wanted {
            let error = format!("the host's read_at gave {read} bytes, not at most {wanted}");
            return Err(io::Error::other(error));
        }
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for HostReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
