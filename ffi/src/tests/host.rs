//! What a host adds: its tables of callbacks, called from its threads and destroyed once.

use std::ffi::{c_char, c_void};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicUsize, Ordering};

use userimage_core::http::Endpoint;
use userimage_core::storage::{Storage, StorageError};
use userimage_core::{Config, ErrorKind, NewImage, StoredImage};

use super::{CONFIG, PNG, error_view, fields, open, sized, text, view};
use crate::authenticator::AuthenticatorTable;
use crate::code::*;
use crate::error::*;
use crate::handle::give_shared;
use crate::image::userimage_image_free;
use crate::inspector::InspectorTable;
use crate::log::{LogTable, USERIMAGE_LOG_INFO};
use crate::sink::*;
use crate::storage::StorageTable;
use crate::uploader::*;

const HOST_CONFIG: &str = r#"{"authentication": "host"}"#;
const CHECKED_CONFIG: &str = r#"{"authentication": "already_checked"}"#;

/// A host that counts its calls.
#[derive(Default)]
struct Counts {
    asked: AtomicUsize,
    lines: AtomicUsize,
    destroyed: AtomicUsize,
}

unsafe extern "C" fn destroy(counts: *mut c_void) {
    // SAFETY: the tests pass a `Counts` that outlives the uploader.
    unsafe { &*counts.cast::<Counts>() }.destroyed.fetch_add(1, Ordering::SeqCst);
}

unsafe extern "C" fn knows(counts: *mut c_void, website: i32, sink: *const Sink) -> i32 {
    // SAFETY: as above.
    unsafe { &*counts.cast::<Counts>() }.asked.fetch_add(1, Ordering::SeqCst);
    // SAFETY: the sink lives until this returns.
    unsafe { userimage_sink_decide(sink, i32::from(website == 1)) }
}

unsafe extern "C" fn accepts(
    counts: *mut c_void,
    _: i32,
    key: *const c_char,
    len: usize,
    sink: *const Sink,
) -> i32 {
    // SAFETY: the library passes a key and its length.
    assert_eq!(unsafe { std::slice::from_raw_parts(key.cast::<u8>(), len) }, b"k");
    // A thread that is waited for may answer, and one that comes late keeps the sink alive.
    // SAFETY: the sink lives until this returns, and longer with a count of its own.
    unsafe { assert_eq!(userimage_sink_retain(sink), USERIMAGE_OK) };
    let late = Retained(sink);
    // SAFETY: as above.
    if unsafe { &*counts.cast::<Counts>() }.asked.load(Ordering::SeqCst) == 1 {
        return std::thread::spawn(move || late.answer()).join().unwrap();
    }
    LATE.lock().unwrap().push(late);
    USERIMAGE_OK
}

/// A sink that another thread answers.
struct Retained(*const Sink);

// SAFETY: a sink may be used by any thread.
unsafe impl Send for Retained {}

impl Retained {
    fn answer(self) -> i32 {
        // SAFETY: it is retained.
        unsafe {
            let code = userimage_sink_decide(self.0, 1);
            userimage_sink_free(self.0);
            code
        }
    }
}

static LATE: std::sync::Mutex<Vec<Retained>> = std::sync::Mutex::new(Vec::new());

unsafe extern "C" fn line(counts: *mut c_void, level: i32, text: *const c_char, len: usize) {
    // SAFETY: as above.
    unsafe { &*counts.cast::<Counts>() }.lines.fetch_add(1, Ordering::SeqCst);
    // SAFETY: the library passes a text and its length.
    let text = str::from_utf8(unsafe { std::slice::from_raw_parts(text.cast(), len) }).unwrap();
    assert!(level <= USERIMAGE_LOG_INFO && text.starts_with("upload "), "{text}");
}

unsafe extern "C" fn store(
    _: *mut c_void,
    _: *const crate::record::Record,
    _: *const u8,
    _: usize,
    _: *const u8,
    _: usize,
    _: *const Sink,
) -> i32 {
    USERIMAGE_UNSUPPORTED
}

unsafe extern "C" fn inspect(
    _: *mut c_void,
    _: *const crate::record::Record,
    _: *const u8,
    _: usize,
    _: *const u8,
    _: usize,
    _: *const Sink,
) -> i32 {
    panic!("no image of these tests is accepted")
}

struct Tables {
    storage: StorageTable,
    authenticator: AuthenticatorTable,
    inspector: InspectorTable,
    inspectors: [*const InspectorTable; 1],
    log: LogTable,
}

impl Tables {
    fn new(counts: &Counts) -> Self {
        let user_data = (&raw const *counts).cast_mut().cast();
        Self {
            storage: StorageTable {
                user_data,
                destroy: Some(destroy),
                store: Some(store),
                ..sized()
            },
            authenticator: AuthenticatorTable {
                user_data,
                destroy: Some(destroy),
                knows: Some(knows),
                accepts: Some(accepts),
                ..sized()
            },
            inspector: InspectorTable {
                user_data,
                destroy: Some(destroy),
                inspect: Some(inspect),
                ..sized()
            },
            inspectors: [null()],
            log: LogTable {
                user_data,
                destroy: Some(destroy),
                max_level: USERIMAGE_LOG_INFO,
                line: Some(line),
                ..sized()
            },
        }
    }

    fn host(&mut self) -> Host {
        self.inspectors = [&raw const self.inspector];
        Host {
            inspectors: self.inspectors.as_ptr(),
            inspector_count: 1,
            storage: &raw const self.storage,
            authenticator: &raw const self.authenticator,
            log: &raw const self.log,
            ..sized()
        }
    }
}

#[test]
fn a_host_is_asked_from_its_threads_and_destroyed_once() {
    let counts = Counts::default();
    let mut tables = Tables::new(&counts);
    let host = tables.host();
    let uploader = open(HOST_CONFIG, &raw const host).unwrap();
    // SAFETY: all is as the header asks.
    let upload = |website| unsafe {
        let (fields, mut image, mut error) = (fields(website), null_mut(), null_mut());
        let code = userimage_upload(uploader, &raw const fields, &raw mut image, &raw mut error);
        userimage_error_free(error);
        code
    };
    // The key is accepted, so what fails is the file.
    assert_eq!(upload("1"), USERIMAGE_INVALID_FILE);
    let late = upload("1");
    assert_eq!(late, USERIMAGE_SERVER_ERROR, "an answer that is not there lets nobody in");
    let late = LATE.lock().unwrap().pop().unwrap();
    assert_eq!(late.answer(), USERIMAGE_SINK_CLOSED);
    assert_eq!(upload("7"), USERIMAGE_INVALID_WEBSITE_ID);
    assert_eq!(counts.lines.load(Ordering::SeqCst), 3);
    assert_eq!(counts.destroyed.load(Ordering::SeqCst), 0);
    // SAFETY: the uploader is given up.
    unsafe { userimage_uploader_free(uploader) };
    assert_eq!(counts.destroyed.load(Ordering::SeqCst), 4);
}

/// What is wrong with a host.
enum Damage {
    Nothing,
    OfTables(fn(&mut Tables)),
    OfHost(fn(&mut Host)),
}

#[test]
fn a_host_is_destroyed_when_opening_fails() {
    const NO_TABLE: &[*const InspectorTable; 1] = &[null()];
    let cases: [(&str, Damage, i32, usize); 13] = [
        ("{", Damage::Nothing, USERIMAGE_INVALID_CONFIG, 4),
        (CONFIG, Damage::Nothing, USERIMAGE_INVALID_CONFIG, 4),
        (HOST_CONFIG, Damage::OfHost(|host| host.flags = 2), USERIMAGE_UNKNOWN_FLAG, 4),
        (
            HOST_CONFIG,
            Damage::OfTables(|tables| tables.storage.flags = 1),
            USERIMAGE_UNKNOWN_FLAG,
            4,
        ),
        (
            HOST_CONFIG,
            Damage::OfTables(|tables| tables.storage.store = None),
            USERIMAGE_NULL_POINTER,
            4,
        ),
        (
            HOST_CONFIG,
            Damage::OfTables(|tables| tables.authenticator.knows = None),
            USERIMAGE_NULL_POINTER,
            4,
        ),
        (
            HOST_CONFIG,
            Damage::OfTables(|tables| tables.inspector.inspect = None),
            USERIMAGE_NULL_POINTER,
            4,
        ),
        (
            HOST_CONFIG,
            Damage::OfTables(|tables| tables.inspector.name_len = 1),
            USERIMAGE_NULL_POINTER,
            4,
        ),
        (
            HOST_CONFIG,
            Damage::OfTables(|tables| tables.log.max_level = 0),
            USERIMAGE_INVALID_ARGUMENT,
            4,
        ),
        // What is not a table cannot be taken over, nor can the tables of what is not a host.
        (
            HOST_CONFIG,
            Damage::OfTables(|tables| tables.log.struct_size = 3),
            USERIMAGE_BAD_STRUCT_SIZE,
            3,
        ),
        (
            HOST_CONFIG,
            Damage::OfHost(|host| host.inspectors = NO_TABLE.as_ptr()),
            USERIMAGE_NULL_POINTER,
            3,
        ),
        (HOST_CONFIG, Damage::OfHost(|host| host.inspectors = null()), USERIMAGE_NULL_POINTER, 3),
        (HOST_CONFIG, Damage::OfHost(|host| host.struct_size = 0), USERIMAGE_BAD_STRUCT_SIZE, 0),
    ];
    for (index, (config, damage, code, destroyed)) in cases.into_iter().enumerate() {
        let counts = Counts::default();
        let mut tables = Tables::new(&counts);
        if let Damage::OfTables(damage) = damage {
            damage(&mut tables);
        }
        let mut host = tables.host();
        if let Damage::OfHost(damage) = damage {
            damage(&mut host);
        }
        assert_eq!(open(config, &raw const host).err(), Some(code), "{index}");
        assert_eq!(counts.destroyed.load(Ordering::SeqCst), destroyed, "{index}");
    }
}

/// What an inspector is called with: what it is to answer, and how often it was.
#[derive(Default)]
struct Inspection {
    answer: i32,
    asked: AtomicUsize,
}

unsafe extern "C" fn answer(
    inspection: *mut c_void,
    record: *const crate::record::Record,
    original: *const u8,
    original_len: usize,
    standard: *const u8,
    standard_len: usize,
    sink: *const Sink,
) -> i32 {
    // SAFETY: the test passes an `Inspection` that outlives the uploader; the library bytes and their lengths, and
    // a record and a sink that live until this returns.
    unsafe {
        let inspection = &*inspection.cast::<Inspection>();
        inspection.asked.fetch_add(1, Ordering::SeqCst);
        let view = view(|view| crate::record::userimage_record_get(record, view));
        let original = std::slice::from_raw_parts(original, original_len);
        let standard = std::slice::from_raw_parts(standard, standard_len);
        assert_eq!((original, view.original_bytes), (PNG, PNG.len() as u64));
        assert_eq!((standard[0], view.standard_bytes), (0xFF, standard_len as u64));
        assert_eq!(view.warnings, 0);
        let why = "no cats";
        match inspection.answer {
            yes @ (0 | 1) => userimage_sink_decide(sink, yes),
            2 => userimage_sink_refuse(sink, why.as_ptr().cast(), why.len()),
            3 => {
                assert_eq!(userimage_sink_fail(sink, why.as_ptr().cast(), why.len()), USERIMAGE_OK);
                1
            }
            4 => USERIMAGE_OK,
            5 => {
                assert_eq!(userimage_sink_decide(sink, 1), USERIMAGE_OK);
                7
            }
            // Another question's answer.
            _ => {
                let code = userimage_sink_total(sink, 1);
                assert_eq!(code, USERIMAGE_SINK_CLOSED);
                USERIMAGE_OK
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "decodes an image")]
fn an_inspector_accepts_refuses_or_fails() {
    for (index, (kind, reason)) in [
        (Some(ErrorKind::RefusedByInspector), "cats: the image is refused"),
        (None, ""),
        (Some(ErrorKind::RefusedByInspector), "cats: no cats"),
        (Some(ErrorKind::InspectorFailed), "cats: no cats"),
        (Some(ErrorKind::InspectorFailed), "cats: it gave no answer"),
        (Some(ErrorKind::InspectorFailed), "cats: it failed with code 7"),
        (Some(ErrorKind::InspectorFailed), "cats: the host gave an invalid answer: "),
    ]
    .into_iter()
    .enumerate()
    {
        let inspection = Inspection { answer: i32::try_from(index).unwrap(), ..Default::default() };
        let name = "cats";
        let table = InspectorTable {
            user_data: (&raw const inspection).cast_mut().cast(),
            inspect: Some(answer),
            name: name.as_ptr().cast(),
            name_len: name.len(),
            ..sized()
        };
        let tables = [&raw const table];
        let host = Host { inspectors: tables.as_ptr(), inspector_count: 1, ..sized() };
        let uploader = open(CONFIG, &raw const host).unwrap();
        let mut fields = fields("1");
        (fields.data, fields.data_len) = (PNG.as_ptr(), PNG.len());
        let (mut image, mut error) = (null_mut(), null_mut());
        // SAFETY: all is as the header asks.
        unsafe {
            let code =
                userimage_upload(uploader, &raw const fields, &raw mut image, &raw mut error);
            match kind {
                None => assert_eq!(code, USERIMAGE_OK),
                Some(kind) => {
                    let view = error_view(error);
                    assert_eq!((code, view.kind), (kind.code().number(), kind.number()), "{index}");
                    let found = text(view.reason, view.reason_len);
                    assert!(found.starts_with(reason), "{index}: {found}");
                }
            }
            userimage_image_free(image);
            userimage_error_free(error);
            userimage_uploader_free(uploader);
        }
        assert_eq!(inspection.asked.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn a_panic_in_the_core_is_a_code_and_the_uploader_lives() {
    struct Panicking;
    impl Storage for Panicking {
        fn store(&self, _: &NewImage<'_>) -> Result<StoredImage, StorageError> {
            Err(StorageError::unsupported("store"))
        }
        fn sweep(
            &self,
            _: std::time::Duration,
        ) -> Result<userimage_core::storage::SweepReport, StorageError> {
            panic!("injected")
        }
    }
    let config = Config::from_json(CHECKED_CONFIG).unwrap();
    let core = config.open_with(userimage_core::Host::new().with_storage(Panicking)).unwrap();
    let endpoint = Endpoint::new(core, config.http);
    let uploader = give_shared(std::sync::Arc::new(Uploader::new(endpoint, None)));
    for _ in 0..2 {
        let mut error = null_mut();
        // SAFETY: all is as the header asks.
        unsafe {
            let code =
                crate::reading::userimage_sweep(uploader, 0, null(), null_mut(), &raw mut error);
            assert_eq!(code, USERIMAGE_PANIC);
            let view = error_view(error);
            assert_eq!(text(view.reason, view.reason_len), "panic: injected");
            userimage_error_free(error);
        }
    }
    // SAFETY: the uploader is given up.
    unsafe { userimage_uploader_free(uploader) };
}
