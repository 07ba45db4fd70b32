//! Inspectors: their order, what they see, and what happens when one refuses or fails; and the one of `clamd`,
//! against a stand-in with every fault, and against a real one where `tests/clamd/run` has started it.
#![cfg(feature = "rendition")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use userimage::storage::{MemoryStorage, Page};
use userimage::{
    AlreadyChecked, Cancellation, ClamdInspector, Config, Envelope, ErrorKind, Host, Inspector,
    InspectorError, NewImage, OnFailure, PostedFile, StoredImage, UploadError, UploadHead,
    UploadRequest, Uploader, UploaderBuilder, Verdict, WebsiteId,
};

const PNG: &[u8] = include_bytes!("../../../tests/fixtures/files/png-rgb8.png");

fn head() -> UploadHead<'static> {
    UploadHead::new().website_id("1001").client_key("k").user_id("user-7")
}

fn upload_file(uploader: &Uploader, file: &[u8]) -> Result<StoredImage, UploadError> {
    uploader.upload(&UploadRequest::new(head(), PostedFile::new("logo.png", file)))
}

fn upload(uploader: &Uploader) -> Result<StoredImage, UploadError> {
    upload_file(uploader, PNG)
}

fn builder() -> UploaderBuilder {
    Uploader::builder(MemoryStorage::new("u/")).authenticator(AlreadyChecked)
}

fn stored(uploader: &Uploader) -> u64 {
    let user = userimage::UserId::parse("user-7").unwrap();
    let website = WebsiteId::new(1001).unwrap();
    uploader.storage().list(website, &user, Page::new(0, 9)).unwrap().total
}

/// The names of the inspectors that were asked.
type Asked = Arc<Mutex<Vec<&'static str>>>;

struct Own {
    name: &'static str,
    answer: Result<Verdict, &'static str>,
    asked: Asked,
}

impl Inspector for Own {
    fn name(&self) -> &str {
        self.name
    }

    fn inspect(&self, image: &NewImage<'_>) -> Result<Verdict, InspectorError> {
        self.asked.lock().unwrap().push(self.name);
        let (record, original) = (image.record, image.original.read_all().unwrap());
        assert_eq!((record.size().width, record.user_id.as_str()), (61, "user-7"));
        assert_eq!((&*original, record.original_bytes), (PNG, PNG.len() as u64));
        let standard = image.standard.read_all().unwrap();
        assert_eq!(standard.len() as u64, record.standard.bytes);
        self.answer.clone().map_err(|reason| {
            InspectorError::new(reason).with_source(std::io::Error::other("no socket"))
        })
    }
}

fn own(name: &'static str, answer: Result<Verdict, &'static str>, asked: &Asked) -> Own {
    Own { name, answer, asked: Arc::clone(asked) }
}

#[test]
fn inspectors_are_asked_in_order_until_one_does_not_accept() {
    let asked = Asked::default();
    let uploader = builder()
        .inspector(own("first", Ok(Verdict::Accept), &asked))
        .inspector_or(own("second", Err("it is closed"), &asked), OnFailure::Allow)
        .inspector(own("third", Ok(Verdict::refuse("too many cats")), &asked))
        .inspector(own("fourth", Ok(Verdict::Accept), &asked))
        .build()
        .unwrap();
    let error = upload(&uploader).unwrap_err();
    assert_eq!(*asked.lock().unwrap(), ["first", "second", "third"]);
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::RefusedByInspector, 400));
    assert_eq!(error.reason(), "third: too many cats");
    assert!(Envelope::from(&error).as_json().contains(r#""ErrorCode":"262""#));
    assert_eq!(stored(&uploader), 0);
    #[cfg(feature = "metrics")]
    for line in [
        r#"userimage_inspections_total{inspector="first",result="accepted"} 1"#,
        r#"userimage_inspections_total{inspector="second",result="allowed"} 1"#,
        r#"userimage_inspections_total{inspector="third",result="refused"} 1"#,
        r#"userimage_uploads_total{result="refused",kind="refused_by_inspector"} 1"#,
        r#"userimage_upload_step_seconds_count{step="inspection"} 1"#,
    ] {
        assert!(uploader.metrics().contains(line), "{line}\n{}", uploader.metrics());
    }
}

#[test]
fn a_failure_is_closed_by_default() {
    let asked = Asked::default();
    let uploader =
        builder().inspector(own("scanner", Err("it is closed"), &asked)).build().unwrap();
    let error = upload(&uploader).unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::InspectorFailed, 500));
    assert_eq!(error.reason(), "scanner: it is closed: no socket");
    assert!(!Envelope::from(&error).as_json().contains("closed"));
    assert_eq!(stored(&uploader), 0);
}

#[test]
fn what_is_refused_before_is_not_inspected() {
    let asked = Asked::default();
    let uploader =
        builder().inspector(own("scanner", Ok(Verdict::Accept), &asked)).build().unwrap();
    assert_eq!(upload_file(&uploader, &PNG[..60]).unwrap_err().kind(), ErrorKind::Damaged);
    assert!(asked.lock().unwrap().is_empty());
    upload(&uploader).unwrap();
    assert_eq!((asked.lock().unwrap().len(), stored(&uploader)), (1, 1));
}

#[test]
fn a_cancelled_upload_is_not_stored_after_its_inspection() {
    /// Cancels the upload that it accepts.
    struct Cancels(Cancellation);

    impl Inspector for Cancels {
        fn inspect(&self, _: &NewImage<'_>) -> Result<Verdict, InspectorError> {
            self.0.cancel();
            Ok(Verdict::Accept)
        }
    }

    let (asked, cancellation) = (Asked::default(), Cancellation::new());
    let uploader = builder()
        .inspector(Cancels(cancellation.clone()))
        .inspector(own("second", Ok(Verdict::Accept), &asked))
        .build()
        .unwrap();
    let admitted = uploader.admit(&head()).unwrap().with_cancellation(cancellation);
    let error = admitted.finish(&[PostedFile::new("a.png", PNG).into()]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(asked.lock().unwrap().is_empty());
    assert_eq!(stored(&uploader), 0);
}

#[test]
fn the_configuration_orders_the_host_s_among_its_own() {
    let asked = Asked::default();
    let config = format!(
        r#"{{"storage": {{"memory": {{"base_url": "u/"}}}}, "authentication": "already_checked",
            "inspectors": [{{"host": {{"on_failure": "allow"}}}},
                           {{"clamd": {{"address": "{}", "on_failure": "allow"}}}}, {{"host": {{}}}}]}}"#,
        nobody()
    );
    let host = Host::new()
        .with_inspector(own("first", Err("allowed"), &asked))
        .with_inspector(own("second", Ok(Verdict::Accept), &asked))
        .with_inspector(own("third", Err("not allowed"), &asked));
    let uploader = Config::from_json(&config).unwrap().open_with(host).unwrap();
    let error = upload(&uploader).unwrap_err();
    assert_eq!(error.reason(), "third: not allowed: no socket");
    assert_eq!(*asked.lock().unwrap(), ["first", "second", "third"]);
    #[cfg(feature = "metrics")]
    {
        let line = r#"userimage_inspections_total{inspector="clamd",result="allowed"} 1"#;
        assert!(uploader.metrics().contains(line), "{}", uploader.metrics());
    }
}

/// An address where nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("tcp://{}", listener.local_addr().unwrap())
}

/// A `clamd` that treats one connection like this.
fn stand_in(treat: impl FnOnce(TcpStream) + Send + 'static) -> ClamdInspector {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    thread::spawn(move || treat(listener.accept().unwrap().0));
    ClamdInspector::new(&address).unwrap().with_timeout(Duration::from_secs(2))
}

/// The file that a client of INSTREAM sends.
fn receive(stream: &mut impl Read) -> Vec<u8> {
    let mut command = [0; 10];
    stream.read_exact(&mut command).unwrap();
    assert_eq!(&command, b"zINSTREAM\0");
    let mut file = Vec::new();
    loop {
        let mut len = [0; 4];
        stream.read_exact(&mut len).unwrap();
        let len = u32::from_be_bytes(len) as usize;
        if len == 0 {
            return file;
        }
        let begin = file.len();
        file.resize(begin + len, 0);
        stream.read_exact(&mut file[begin..]).unwrap();
    }
}

/// One that answers a file with this.
fn answering(answer: &'static [u8]) -> ClamdInspector {
    stand_in(move |mut stream| {
        receive(&mut stream);
        stream.write_all(answer).unwrap();
    })
}

fn scan(scanner: ClamdInspector) -> Result<StoredImage, UploadError> {
    upload(&builder().inspector(scanner).build().unwrap())
}

#[test]
fn clamd_accepts_and_refuses() {
    scan(answering(b"stream: OK\0")).unwrap();
    // Without the NUL, the answer ends with the connection.
    scan(answering(b"stream: OK")).unwrap();
    let refused = scan(answering(b"stream: Eicar-Test-Signature FOUND\0")).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::RefusedByInspector);
    assert_eq!(refused.reason(), "clamd: Eicar-Test-Signature was found");
}

#[test]
fn clamd_receives_the_bytes_of_the_original_in_pieces() {
    let large: Vec<u8> = {
        // A BMP of 300 x 200 pixels: more than two pieces.
        let mut bmp =
            b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x2c\x01\0\0\xc8\0\0\0\x01\0\x18\0".to_vec();
        bmp.resize(54 + 900 * 200, 7);
        bmp[30..54].fill(0);
        bmp
    };
    for file in [PNG, &large] {
        let (send, received) = std::sync::mpsc::channel();
        let scanner = stand_in(move |mut stream| {
            send.send(receive(&mut stream)).unwrap();
            stream.write_all(b"stream: OK\0").unwrap();
        });
        upload_file(&builder().inspector(scanner).build().unwrap(), file).unwrap();
        assert!(received.recv().unwrap() == file);
    }
}

#[test]
fn every_fault_of_clamd_is_a_failure_within_the_time() {
    let long: &[u8] = Box::leak(vec![b'a'; 1 << 20].into_boxed_slice());
    let cases: Vec<(&str, ClamdInspector, &str)> = vec![
        ("nobody", ClamdInspector::new(&nobody()).unwrap(), "the scanner cannot be reached: "),
        ("no name", ClamdInspector::new("tcp://host.invalid:1").unwrap(), "cannot be reached: "),
        ("an error", answering(b"stream: Can't allocate ERROR\0"), "failed: Can't allocate"),
        (
            "over its limit",
            answering(b"INSTREAM size limit exceeded. ERROR\0"),
            "the scanner failed: INSTREAM size limit exceeded.",
        ),
        ("not its protocol", answering(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "not in the protocol"),
        ("binary", answering(&[0xff, 0xfe, 1, 2, 3]), "not in the protocol"),
        ("an empty answer", answering(b"\0"), "closed without an answer"),
        ("no answer", answering(b""), "closed without an answer"),
        ("an answer without end", answering(long), "the answer is too long"),
        ("closes at once", stand_in(drop), ""),
        (
            "closes after the command",
            stand_in(|mut stream| {
                let mut command = [0; 10];
                stream.read_exact(&mut command).unwrap();
            }),
            "",
        ),
        (
            "never answers",
            stand_in(|stream| {
                thread::sleep(Duration::from_secs(9));
                drop(stream);
            })
            .with_timeout(Duration::from_millis(200)),
            "there is no answer: no more than 0.2 seconds are allowed",
        ),
        (
            "answers a byte at a time",
            stand_in(|mut stream| {
                receive(&mut stream);
                while stream.write_all(b"a").is_ok() {
                    thread::sleep(Duration::from_millis(20));
                }
            })
            .with_timeout(Duration::from_millis(200)),
            "there is no answer: no more than 0.2 seconds",
        ),
        (
            "a longer file than it takes",
            answering(b"").with_max_bytes(PNG.len() as u64 - 1),
            "bytes are over its limit of",
        ),
    ];
    for (name, scanner, expected) in cases {
        let begun = Instant::now();
        let error = scan(scanner).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InspectorFailed, "{name}: {error}");
        assert!(error.reason().starts_with("clamd: "), "{name}: {error}");
        assert!(error.reason().contains(expected), "{name}: {error}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{name}: {:?}", begun.elapsed());
    }
}

#[test]
fn a_scanner_that_reads_nothing_does_not_hold_an_upload_up() {
    // Larger than the buffers of a connection.
    let mut file = PNG.to_vec();
    file.resize(16 << 20, 0);
    let scanner = stand_in(|stream| {
        thread::sleep(Duration::from_secs(9));
        drop(stream);
    })
    .with_timeout(Duration::from_millis(300));
    let begun = Instant::now();
    let error = upload_file(&builder().inspector(scanner).build().unwrap(), &file).unwrap_err();
    assert!(error.reason().contains("the file was not sent: no more than 0.3 seconds"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::net::{UnixListener, UnixStream};

    use super::*;

    #[test]
    fn clamd_is_reached_at_a_unix_socket() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clamd.sock");
        let address = format!("unix://{}", path.display());
        let error = scan(ClamdInspector::new(&address).unwrap()).unwrap_err();
        assert!(error.reason().starts_with("clamd: the scanner cannot be reached: "), "{error}");
        let listener = UnixListener::bind(&path).unwrap();
        thread::spawn(move || {
            for answer in [&b"stream: OK\0"[..], b"stream: X FOUND\0"] {
                let (mut stream, _) = listener.accept().unwrap();
                assert!(receive(&mut stream) == PNG);
                stream.write_all(answer).unwrap();
            }
        });
        scan(ClamdInspector::new(&address).unwrap()).unwrap();
        let error = scan(ClamdInspector::new(&address).unwrap()).unwrap_err();
        assert_eq!(error.reason(), "clamd: X was found");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_socket_whose_queue_is_full_does_not_hold_an_upload_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clamd.sock");
        let _listener = UnixListener::bind(&path).unwrap();
        // Nobody accepts them. The last one waits.
        let waiting = path.clone();
        thread::spawn(move || {
            let mut held = Vec::new();
            while let Ok(stream) = UnixStream::connect(&waiting) {
                held.push(stream);
            }
        });
        thread::sleep(Duration::from_millis(500));
        let address = format!("unix://{}", path.display());
        let scanner =
            ClamdInspector::new(&address).unwrap().with_timeout(Duration::from_millis(300));
        let begun = Instant::now();
        let error = scan(scanner).unwrap_err();
        assert!(error.reason().contains("cannot be reached: no more than 0.3 seconds"), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
}

/// The addresses of the `clamd` that `tests/clamd/run` has started. Its database knows the file `PNG` and no
/// other; it takes files of up to 1 MiB.
#[test]
#[ignore = "needs clamd: use tests/clamd/run"]
fn the_real_clamd() {
    let addresses = std::env::var("USERIMAGE_CLAMD").expect("USERIMAGE_CLAMD: use tests/clamd/run");
    const CLEAN: &[u8] =
        include_bytes!("../../../tests/fixtures/files/jpeg-phone-orientation6.jpg");
    for address in addresses.split(' ') {
        let scanner = ClamdInspector::new(address).unwrap();
        let uploader = builder().inspector(scanner).build().unwrap();
        let refused = upload(&uploader).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::RefusedByInspector, "{refused}");
        assert_eq!(refused.reason(), "clamd: Userimage.Test.UNOFFICIAL was found");
        assert_eq!(stored(&uploader), 0);
        upload_file(&uploader, CLEAN).unwrap();
        assert_eq!(stored(&uploader), 1);
        // More than it takes: it closes the connection, in the middle of a piece or after it.
        let mut large = CLEAN.to_vec();
        large.resize(20 << 20, 0);
        let failed = upload_file(&uploader, &large).unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::InspectorFailed, "{failed}");
        assert!(failed.reason().starts_with("clamd: "), "{failed}");
        println!("{address}: {}", failed.reason());
        // Several at once.
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    upload_file(&uploader, CLEAN).unwrap();
                    assert_eq!(
                        upload(&uploader).unwrap_err().kind(),
                        ErrorKind::RefusedByInspector
                    );
                });
            }
        });
        assert_eq!(stored(&uploader), 9);
    }
}
