//! A host's own inspectors.

use std::ffi::{c_char, c_void};

use userimage_core::{Inspector, InspectorError, NewImage, Verdict};

use crate::call_error::CallError;
use crate::callback_table::{CallbackTable, Destroy, UserData, adopt};
use crate::code::USERIMAGE_OK;
use crate::input::{elements, host_text};
use crate::record::Record;
use crate::sink::{Answer, Question, Sink, invoke};
use crate::versioned_struct::input_struct;

/// A host's own inspector: it decides about each image that everything else has accepted, before it is stored. The
/// caller sets all bytes to 0, struct_size to its sizeof, and what there is.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct InspectorTable {
    /// sizeof(userimage_inspector)
    pub struct_size: u32,
    /// 0
    pub flags: u32,
    /// The host's own, passed to each callback.
    pub user_data: *mut c_void,
    /// Called exactly once, from any thread, after the last use of the table; or NULL.
    pub destroy: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
    /// Decides about an image, of which nothing is stored yet: its record and the bytes of both files, which live
    /// until this returns. It answers with userimage_sink_decide (1 accepts the image) or with
    /// userimage_sink_refuse, and returns USERIMAGE_OK; or any other code if it cannot decide now, after
    /// userimage_sink_fail with a reason. The upload then fails with USERIMAGE_SERVER_ERROR, as without an answer,
    /// unless the configuration allows failures. The upload waits for it, without a time limit of the library's. It is
    /// called from any thread that uploads, from several at once, and may use the library. No C++ exception and no
    /// longjmp may leave it. Never NULL.
    pub inspect: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            record: *const Record,
            original: *const u8,
            original_len: usize,
            standard: *const u8,
            standard_len: usize,
            sink: *const Sink,
        ) -> i32,
    >,
    /// Its name in reasons, in the log and in metrics; or NULL: "inspector".
    pub name: *const c_char,
    /// The name's length in bytes.
    pub name_len: usize,
}

input_struct!(InspectorTable, "inspector", 0, struct_size flags user_data destroy inspect name name_len);

impl CallbackTable for InspectorTable {
    fn user_data(&self) -> (*mut c_void, Option<Destroy>) {
        (self.user_data, self.destroy)
    }
}

type Inspect = unsafe extern "C" fn(
    *mut c_void,
    *const Record,
    *const u8,
    usize,
    *const u8,
    usize,
    *const Sink,
) -> i32;

/// The host's inspector as one of the core's.
#[derive(Debug)]
pub(crate) struct HostInspector {
    inspect: Inspect,
    name: String,
    user_data: UserData,
}

impl HostInspector {
    /// Takes over `count` tables. All are, also after one that is invalid.
    ///
    /// # Safety
    ///
    /// `tables` is NULL or points to `count` pointers, of each of which holds what [`adopt`] asks.
    pub(crate) unsafe fn adopt_all(
        tables: *const *const InspectorTable,
        count: usize,
    ) -> Result<Vec<Self>, CallError> {
        // SAFETY: the caller's promise.
        let tables = unsafe { elements(tables, count, "inspectors")? };
        let adopted: Vec<_> = tables
            .unwrap_or_default()
            .iter()
            // SAFETY: the caller's promise is the same.
            .map(|&table| unsafe { Self::adopt(table) })
            .collect();
        adopted.into_iter().collect()
    }

    /// # Safety
    ///
    /// As [`adopt`].
    unsafe fn adopt(table: *const InspectorTable) -> Result<Self, CallError> {
        // SAFETY: the caller's promise is the same.
        let (table, user_data) =
            unsafe { adopt(table)? }.ok_or_else(|| CallError::null("inspector"))?;
        let inspect = table.inspect.ok_or_else(|| CallError::null("inspect"))?;
        let name = if table.name.is_null() && table.name_len == 0 {
            "inspector"
        } else {
            // SAFETY: the host keeps to the table's documentation.
            unsafe { host_text(table.name, table.name_len, "name")? }
        };
        Ok(Self { inspect, name: name.to_owned(), user_data })
    }
}

impl Inspector for HostInspector {
    fn name(&self) -> &str {
        &self.name
    }

    fn inspect(&self, image: &NewImage<'_>) -> Result<Verdict, InspectorError> {
        let record = Record::new(image.record.clone());
        let unreadable = |error| InspectorError::new("the file cannot be read").with_source(error);
        let original = image.original.read_all().map_err(unreadable)?;
        let standard = image.standard.read_all().map_err(unreadable)?;
        let (original, standard): (&[u8], &[u8]) = (&original, &standard);
        let (code, answer) = invoke(Question::Inspect, |sink| {
            // SAFETY: the host keeps to the table's documentation; what it is given outlives the call.
            unsafe {
                (self.inspect)(
                    self.user_data.get(),
                    &raw const record,
                    original.as_ptr(),
                    original.len(),
                    standard.as_ptr(),
                    standard.len(),
                    sink,
                )
            }
        });
        match answer {
            Ok(Some(Answer::Decided(true))) if code == USERIMAGE_OK => Ok(Verdict::Accept),
            Ok(Some(Answer::Decided(false))) if code == USERIMAGE_OK => {
                Ok(Verdict::refuse("the image is refused"))
            }
            Ok(Some(Answer::Refused(reason))) if code == USERIMAGE_OK => {
                Ok(Verdict::refuse(reason))
            }
            Ok(_) if code == USERIMAGE_OK => Err(InspectorError::new("it gave no answer")),
            Ok(_) => Err(InspectorError::new(format!("it failed with code {code}"))),
            Err(reason) => Err(InspectorError::new(reason)),
        }
    }
}
