//! The server example over real connections.
#![cfg(all(feature = "http", feature = "local", feature = "metrics"))]

#[path = "../../examples/server/main.rs"]
#[allow(dead_code, reason = "its main is not run")]
mod example;

use std::cell::Cell;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::common::vectors::{self, equal_answer};
use example::serve::Limits;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use userimage::Config;
use userimage::http::Endpoint;

const HEAD: &str = "POST /api/4/UploadImage/UploadImage?userId=1 HTTP/1.1\r\nHost: x\r\nwebsiteId: 1001\r\n\
     webApiClientKey: abc123\r\nContent-Type: multipart/form-data; boundary=x\r\n";

/// A running server of the example. Dropping it stops the server at once.
struct Server {
    address: SocketAddr,
    runtime: Option<tokio::runtime::Runtime>,
    stop: Arc<Notify>,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Server {
    fn start(endpoint: Endpoint) -> Self {
        Self::with_limits(endpoint, Limits::default())
    }

    fn with_limits(endpoint: Endpoint, limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let stop = Arc::new(Notify::new());
        let stopped = Arc::clone(&stop);
        let serve = async move {
            example::serve::serve(listener, endpoint, limits, stopped.notified()).await
        };
        let serving = runtime.spawn(serve);
        Self { address, runtime: Some(runtime), stop, serving }
    }

    /// Asks the server to end, as a signal does.
    fn stop(&self) {
        self.stop.notify_one();
    }

    /// Waits for the server to end.
    fn ended(&mut self) -> std::io::Result<()> {
        self.runtime.as_ref().unwrap().block_on(&mut self.serving).unwrap()
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }
}

fn shop() -> Server {
    shop_with(Limits::default())
}

fn shop_with(limits: Limits) -> Server {
    let config = r#"{"storage": {"memory": {"base_url": "/"}}, "authentication": "keys",
        "websites": [{"id": 1001, "keys": ["abc123"]}], "policy": {"max_bytes": 1000000}}"#;
    let endpoint = Endpoint::from_config(&Config::from_json(config).unwrap()).unwrap();
    Server::with_limits(endpoint, limits)
}

/// Reads one response: its status and its body.
fn response(stream: &mut TcpStream) -> (u16, String) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let length = head.split("content-length: ").nth(1).unwrap().split('\r').next().unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    (status, String::from_utf8(body).unwrap())
}

fn body() -> Vec<u8> {
    let png = crate::common::files::fixtures()
        .into_iter()
        .find(|known| known.name == "png-phys-300dpi.png")
        .unwrap()
        .read();
    let head = b"--x\r\nContent-Disposition: form-data; name=postedFile; filename=a.png\r\n\r\n";
    [head, &png[..], b"\r\n--x--\r\n"].concat()
}

fn send(stream: &mut TcpStream, body: &[u8]) {
    write!(stream, "{HEAD}Content-Length: {}\r\n\r\n", body.len()).unwrap();
    stream.write_all(body).unwrap();
}

#[test]
fn every_vector_has_its_exact_answer_over_http() {
    let compared = Cell::new(0);
    vectors::each(|document, case, config| {
        let server = Server::start(Endpoint::from_config(config).unwrap());
        let mut stream = server.connect();
        for step in &case.steps {
            let Some(request) = vectors::whole_request(&step.request, &document.files) else {
                return Ok(());
            };
            let mut head = format!("POST {} HTTP/1.1\r\nHost: x\r\n", request.uri()).into_bytes();
            for (name, value) in request.headers() {
                head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
            }
            head.extend(format!("Content-Length: {}\r\n\r\n", request.body().len()).bytes());
            stream.write_all(&head).unwrap();
            // A request that is refused by its head may be closed before the body is sent.
            let _ = stream.write_all(request.body());
            let (status, answer) = response(&mut stream);
            equal_answer(&answer, status, step)?;
            compared.set(compared.get() + 1);
            if status != 200 {
                stream = server.connect();
            }
        }
        Ok(())
    });
    assert!(compared.get() >= 200, "only {compared:?} could be sent");
}

#[test]
fn a_client_that_expects_100_continue_is_refused_without_it() {
    let server = shop();
    let mut stream = server.connect();
    let head = HEAD.replace("abc123", "wrong");
    write!(stream, "{head}Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n").unwrap();
    let (status, answer) = response(&mut stream);
    assert_eq!(status, 401);
    assert!(answer.contains("226"), "{answer}");

    let mut stream = server.connect();
    let body = body();
    write!(stream, "{HEAD}Expect: 100-continue\r\nContent-Length: {}\r\n\r\n", body.len()).unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(&body).unwrap();
    assert_eq!(response(&mut stream).0, 200);
}

#[test]
fn a_chunked_body_is_accepted_up_to_the_limit() {
    let server = shop();
    let chunked = |body: &[u8]| {
        let mut stream = server.connect();
        write!(stream, "{HEAD}Transfer-Encoding: chunked\r\n\r\n").unwrap();
        for piece in body.chunks(100_000) {
            if write!(stream, "{:x}\r\n", piece.len()).is_err()
                || stream.write_all(piece).is_err()
                || write!(stream, "\r\n").is_err()
            {
                break;
            }
        }
        let _ = write!(stream, "0\r\n\r\n");
        response(&mut stream)
    };
    assert_eq!(chunked(&body()).0, 200);
    assert_eq!(chunked(&vec![b'-'; 3_000_000]).0, 413);
}

#[test]
fn a_client_that_keeps_sending_receives_the_error_response() {
    let server = shop();
    let large = vec![b'-'; 5_000_000];
    for head in [HEAD.replace("abc123", "wrong"), HEAD.to_owned()] {
        let mut stream = server.connect();
        write!(stream, "{head}Content-Length: {}\r\n\r\n", large.len()).unwrap();
        stream.write_all(&large).unwrap();
        let (status, answer) = response(&mut stream);
        assert!(matches!(status, 401 | 413), "{status}: {answer}");
    }
}

#[test]
fn requests_that_follow_each_other_are_answered_also_if_no_more_come() {
    let server = shop();
    let body = body();
    let mut stream = server.connect();
    for _ in 0..20 {
        send(&mut stream, &body);
    }
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(closes(&mut stream).matches("HTTP/1.1 200 OK\r\n").count(), 20);
    // Nor need the last one be complete.
    let mut stream = server.connect();
    write!(stream, "{HEAD}Content-Length: {}\r\n\r\n--x\r\n", body.len()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let (status, answer) = response(&mut stream);
    assert_eq!(status, 400);
    assert!(answer.contains(r#""ErrorCode":"400""#), "{answer}");
}

#[test]
fn http_2_is_not_spoken() {
    let server = shop();
    let mut stream = server.connect();
    // The preface of HTTP/2 and an empty frame of settings, which a server of HTTP/2 answers with its own.
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{answer:?}");
}

#[test]
fn an_incomplete_head_times_out() {
    let server = shop();
    let mut stream = server.connect();
    stream.write_all(&HEAD.as_bytes()[..40]).unwrap();
    // The server closes the connection, with or without a response, before the client's timeout.
    stream.read_to_end(&mut Vec::new()).unwrap();
}

/// Reads until the server closes the connection, within a minute.
fn closes(stream: &mut TcpStream) -> String {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    String::from_utf8(rest).unwrap()
}

#[test]
fn a_connection_that_sends_nothing_is_closed() {
    let server = shop_with(Limits { head: Duration::from_secs(1), ..Limits::default() });
    let start = Instant::now();
    assert_eq!(closes(&mut server.connect()), "");
    // Neither is one kept open after its first response.
    let mut stream = server.connect();
    write!(stream, "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!(response(&mut stream).0, 404);
    assert_eq!(closes(&mut stream), "");
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn a_broken_body_is_400_and_a_stalled_one_408() {
    let server = shop_with(Limits { piece: Duration::from_secs(1), ..Limits::default() });
    for broken in ["zz\r\n", "5\r\nabcdeX\r\n", "-1\r\n", "ffffffffffffffffff\r\n", "5\nabcde\n"] {
        let mut stream = server.connect();
        write!(stream, "{HEAD}Transfer-Encoding: chunked\r\n\r\n{broken}").unwrap();
        let (status, answer) = response(&mut stream);
        assert_eq!(status, 400, "{broken:?}");
        assert!(answer.contains(r#""ErrorCode":"262""#), "{broken:?}: {answer}");
        closes(&mut stream);
    }
    for body in
        ["Content-Length: 1000\r\n\r\n--x", "Transfer-Encoding: chunked\r\n\r\n3\r\n--x\r\n"]
    {
        let mut stream = server.connect();
        write!(stream, "{HEAD}{body}").unwrap();
        let (status, answer) = response(&mut stream);
        assert_eq!(status, 408, "{body:?}");
        assert!(answer.contains(r#""ErrorCode":"408""#), "{body:?}: {answer}");
        closes(&mut stream);
    }
}

#[test]
fn a_body_that_trickles_is_ended_in_time() {
    let server = shop_with(Limits { body: Duration::from_secs(2), ..Limits::default() });
    let mut stream = server.connect();
    write!(stream, "{HEAD}Content-Length: 1000\r\n\r\n").unwrap();
    let mut trickle = stream.try_clone().unwrap();
    std::thread::spawn(move || {
        while trickle.write_all(b"-").is_ok() {
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    assert_eq!(response(&mut stream).0, 408);
}

#[test]
fn what_has_begun_is_finished_before_the_server_ends() {
    // Longer than a busy machine takes to send what follows the stop.
    let limits = Limits { last: Duration::from_secs(5), ..Limits::default() };
    let mut server = shop_with(limits);
    let body = body();
    let head = format!("{HEAD}Content-Length: {}\r\n\r\n", body.len());
    let mut in_body = server.connect();
    in_body.write_all(head.as_bytes()).unwrap();
    in_body.write_all(&body[..50]).unwrap();
    let mut in_head = server.connect();
    in_head.write_all(&head.as_bytes()[..50]).unwrap();
    let mut idle = server.connect();
    send(&mut idle, &body);
    assert_eq!(response(&mut idle).0, 200);
    // What is accepted, but has sent nothing so far.
    let new: Vec<_> = (0..20).map(|_| server.connect()).collect();
    std::thread::sleep(Duration::from_millis(300));

    // Connected, but perhaps not accepted.
    let mut last: Vec<_> = new.into_iter().chain((0..20).map(|_| server.connect())).collect();
    server.stop();
    while TcpStream::connect(server.address).is_ok() {
        std::thread::sleep(Duration::from_millis(10));
    }
    in_body.write_all(&body[50..]).unwrap();
    in_head.write_all(&head.as_bytes()[50..]).unwrap();
    in_head.write_all(&body).unwrap();
    for stream in &mut last {
        send(stream, &body);
    }
    for stream in [&mut in_body, &mut in_head].into_iter().chain(&mut last) {
        let (status, answer) = response(stream);
        assert_eq!(status, 200, "{answer}");
        assert_eq!(closes(stream), "");
    }
    assert_eq!(closes(&mut idle), "", "an idle connection is closed");
    server.ended().unwrap();
}

#[test]
fn the_server_ends_after_its_grace_time_whatever_clients_do() {
    let grace = Duration::from_secs(1);
    let mut server = shop_with(Limits { grace, ..Limits::default() });
    let mut stalled = server.connect();
    write!(stalled, "{HEAD}Content-Length: 1000\r\n\r\n").unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let start = Instant::now();
    server.stop();
    server.ended().unwrap();
    assert!(start.elapsed() >= grace && start.elapsed() < grace * 10, "{:?}", start.elapsed());
}

#[test]
fn connections_over_the_limit_wait_for_others_to_end() {
    let limits = Limits { connections: 5, head: Duration::from_secs(1), ..Limits::default() };
    let server = shop_with(limits);
    let _silent: Vec<_> = (0..20).map(|_| server.connect()).collect();
    let mut stream = server.connect();
    send(&mut stream, &body());
    assert_eq!(response(&mut stream).0, 200);
}

#[test]
fn a_response_has_the_id_of_its_request() {
    let server = shop();
    for (given, expected) in [("X-Request-Id: abc-1\r\n", Some("abc-1")), ("", None)] {
        let mut stream = server.connect();
        write!(stream, "GET /nowhere HTTP/1.1\r\nHost: x\r\n{given}Connection: close\r\n\r\n")
            .unwrap();
        let answer = closes(&mut stream);
        let id = answer.split("x-request-id: ").nth(1).unwrap().split("\r\n").next().unwrap();
        match expected {
            Some(expected) => assert_eq!(id, expected),
            None => assert_eq!(id.len(), 32, "{id}"),
        }
    }
}

#[test]
fn slow_and_broken_clients_do_not_block_others() {
    let server = shop();
    let body = body();
    // A third has sent part of a body, a third part of a head, a third nothing.
    let mut slow: Vec<_> = (0..100).map(|_| server.connect()).collect();
    for (number, stream) in slow.iter_mut().enumerate() {
        match number % 3 {
            0 => write!(stream, "{HEAD}Content-Length: {}\r\n\r\n--x\r\n", body.len()).unwrap(),
            1 => stream.write_all(&HEAD.as_bytes()[..40]).unwrap(),
            _ => {}
        }
    }
    // Some disconnect before the end of the announced body.
    for _ in 0..20 {
        let mut stream = server.connect();
        write!(stream, "{HEAD}Content-Length: 1000000\r\n\r\n").unwrap();
        stream.write_all(&body[..50]).unwrap();
    }
    for _ in 0..20 {
        let mut stream = server.connect();
        send(&mut stream, &body);
        assert_eq!(response(&mut stream).0, 200);
    }
    // A slow one is served once it has sent all.
    let stream = &mut slow[0];
    stream.write_all(&body[5..]).unwrap();
    assert_eq!(response(stream).0, 200);
}

#[test]
fn a_preflight_is_answered() {
    let config = r#"{"storage": {"memory": {"base_url": "/"}}, "authentication": "already_checked",
        "http": {"origins": ["https://shop.example"]}}"#;
    let server = Server::start(Endpoint::from_config(&Config::from_json(config).unwrap()).unwrap());
    let mut stream = server.connect();
    let preflight = "OPTIONS /api/4/UploadImage/UploadImage HTTP/1.1\r\nHost: x\r\nOrigin: https://shop.example\r\n\
         Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: websiteid\r\nConnection: close\r\n\r\n";
    stream.write_all(preflight.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 204 No Content\r\n") && answer.ends_with("\r\n\r\n"),
        "{answer}"
    );
    for header in [
        "allow-origin: https://shop.example",
        "allow-headers: websiteid",
        "allow-methods: POST, OPTIONS",
    ] {
        assert!(answer.contains(&format!("access-control-{header}\r\n")), "{header}: {answer}");
    }
}

/// Two pages in Chromium: one of an allowed origin, one of another. `USERIMAGE_BROWSER` is a folder with
/// `node_modules/playwright-core` and a copy of `tests/hosts/origins.mjs`.
#[test]
#[ignore = "needs Chromium, node and playwright-core: tests/hosts/run"]
fn only_pages_of_the_configured_origins_upload_in_a_browser() {
    let script =
        std::path::Path::new(&std::env::var("USERIMAGE_BROWSER").unwrap()).join("origins.mjs");
    let port = |listener: TcpListener| listener.local_addr().unwrap().port();
    let (allowed, other) =
        (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    let (allowed, other) = (port(allowed), port(other));
    for (origins, any) in
        [(format!("http://127.0.0.1:{allowed}"), "named"), ("*".to_owned(), "any")]
    {
        let config = serde_json::json!({
            "storage": {"memory": {"base_url": "/"}},
            "authentication": "keys",
            "websites": [{"id": 1001, "keys": ["abc123"]}],
            "http": {"files": true, "list": true, "settings": true, "explain": true, "origins": [origins], "credentials": true},
        });
        let config = Config::from_json(&config.to_string()).unwrap();
        let server = Server::start(Endpoint::from_config(&config).unwrap());
        let done = std::process::Command::new("node")
            .arg(&script)
            .args([
                format!("http://{}", server.address),
                allowed.to_string(),
                other.to_string(),
                any.to_owned(),
            ])
            .status()
            .unwrap();
        assert!(done.success(), "{origins}");
    }
}

/// The page in Chromium with each format that browsers cannot show. `USERIMAGE_BROWSER` as above, with a copy of
/// `tests/hosts/formats.mjs`; `USERIMAGE_SCREENSHOTS` is a folder for pictures of the page.
#[cfg(all(
    feature = "heic",
    feature = "psd",
    feature = "pdf",
    feature = "eps",
    feature = "jxl",
    feature = "jp2"
))]
#[cfg(feature = "svg")]
#[test]
#[ignore = "needs Chromium, node and playwright-core: tests/hosts/run"]
fn formats_that_a_browser_cannot_show_are_shown_by_their_rendition_in_a_browser() {
    let folder = std::path::PathBuf::from(std::env::var("USERIMAGE_BROWSER").unwrap());
    let formats: Vec<_> = userimage::Format::ALL
        .into_iter()
        .filter(|format| format.has_rendition())
        .map(userimage::Format::name)
        .collect();
    let config = serde_json::json!({
        "storage": {"memory": {"base_url": "/"}},
        "authentication": "keys",
        "websites": [{"id": 1001, "keys": ["abc123"]}],
        "policy": {"formats": formats},
        "http": {"files": true, "settings": true, "page": true, "explain": true},
    });
    let config = Config::from_json(&config.to_string()).unwrap();
    let server = Server::start(Endpoint::from_config(&config).unwrap());
    let done = std::process::Command::new("node")
        .arg(folder.join("formats.mjs"))
        .arg(format!("http://{}/", server.address))
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/files"))
        .args(std::env::var("USERIMAGE_SCREENSHOTS"))
        .status()
        .unwrap();
    assert!(done.success());
}
