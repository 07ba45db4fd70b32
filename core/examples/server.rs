//! The endpoint on axum: uploads, files, lists, settings, and at `/` a page for trial uploads.
//!
//! ```text
//! cargo run --release -p userimage --example server -- [ADDRESS:PORT [FOLDER]]
//! ```
//!
//! By default it listens on 127.0.0.1:8080 and stores images in `data`. The only client is website 1001
//! with the key abc123.
//!
//! The memory of uploads is bounded, even with many slow or hostile clients: a body over 16 KiB is
//! spooled to disk (in `$TMPDIR`) until a worker processes it, and there are as many workers as
//! processors. The head of a request must arrive within 10 seconds, each chunk of a body within 30, and
//! the complete body within 300. A file that is served is in memory until the client has received it: for
//! many downloads, let a web server serve the folder.

use std::error::Error;
use std::io::{self, Read, Seek, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, EXPECT};
use axum::http::{HeaderValue, Response, StatusCode};
use http_body_util::BodyExt;
use hyper_util::rt::TokioTimer;
use tempfile::SpooledTempFile;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use userimage::http::{BodyReceiver, Endpoint, RequestStart, buffered};
use userimage::{Config, ErrorKind, UploadError};

const CHUNK: usize = 64 * 1024;
const HEAD_TIME: Duration = Duration::from_secs(10);
const CHUNK_TIME: Duration = Duration::from_secs(30);
const BODY_TIME: Duration = Duration::from_secs(300);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let folder = arguments.next().unwrap_or_else(|| "data".to_owned());
    let listener = TcpListener::bind(&address)
        .map_err(|error| format!("cannot listen on {address:?} (ADDRESS:PORT): {error}"))?;
    let url = format!("http://{}/", listener.local_addr()?);
    let config = serde_json::json!({
        "storage": {"local": {"path": folder, "base_url": url}},
        "authentication": "keys",
        "websites": [{"id": 1001, "keys": ["abc123"]}],
        "http": {"files": true, "list": true, "settings": true, "page": true},
    });
    let endpoint = Endpoint::from_config(&Config::from_json(&config.to_string())?)?;
    // One line per upload: the image, or the reason for refusing it.
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    // A connection needs a file descriptor, and so does its spool.
    rlimit::increase_nofile_limit(u64::MAX)?;
    println!("{url}");
    Ok(serve(listener, endpoint).await?)
}

pub(crate) async fn serve(listener: TcpListener, endpoint: Endpoint) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    // HTTP/1 only, so that a connection has one request at a time and buffers at most one response. The
    // builder's own `http1_only` has no effect: axum-server serves connections that may upgrade.
    let mut server = axum_server::from_tcp(listener)?.http1_only();
    let builder = server.http_builder();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(CHUNK);
    let processors = std::thread::available_parallelism()?.get();
    let state = (endpoint, Arc::new(Semaphore::new(processors)));
    server.serve(Router::new().fallback(answer).with_state(state).into_make_service()).await
}

async fn answer(
    State((endpoint, workers)): State<(Endpoint, Arc<Semaphore>)>,
    request: Request,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    // A client that waits for 100 Continue gets a refusal without sending the body.
    let expects_continue = head.headers.contains_key(EXPECT);
    let result = async {
        match spawn_blocking(move || endpoint.begin(&head)).await? {
            RequestStart::Complete(response) => {
                if !expects_continue {
                    drop_rest(body);
                }
                Ok(spawn_blocking(|| buffered(response)).await?)
            }
            RequestStart::NeedsBody(receiver) => {
                let spool = timeout(BODY_TIME, spool(body, receiver.limit())).await??;
                let _worker = workers.acquire().await?;
                Ok(spawn_blocking(|| finish(receiver, spool)).await??)
            }
        }
    };
    let result: Result<_, Box<dyn Error + Send + Sync>> = result.await;
    result.map(|response| response.map(Body::from)).unwrap_or_else(|error| {
        tracing::error!(error, "a request failed");
        let error = UploadError::new(ErrorKind::StorageFailed, error.to_string());
        let envelope = userimage::Envelope::from(&error);
        let mut response = Response::new(Body::from(envelope.as_json().to_owned()));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    })
}

/// Spools a body: all of it, or one chunk past the limit.
async fn spool(
    mut body: Body,
    limit: u64,
) -> Result<SpooledTempFile, Box<dyn Error + Send + Sync>> {
    let (mut spool, mut length) = (tempfile::spooled_tempfile(CHUNK / 4), 0);
    while let Some(frame) = timeout(CHUNK_TIME, body.frame()).await? {
        let Ok(data) = frame?.into_data() else { continue };
        spool.write_all(&data)?;
        length += data.len() as u64;
        if length > limit {
            drop_rest(body);
            break;
        }
    }
    spool.rewind()?;
    Ok(spool)
}

/// Reads and discards the rest of a body in the background. If the connection closed while the client is
/// still sending, the client would lose the response.
fn drop_rest(mut body: Body) {
    if !body.is_end_stream() {
        tokio::spawn(timeout(
            CHUNK_TIME,
            async move { while let Some(Ok(_)) = body.frame().await {} },
        ));
    }
}

fn finish(mut receiver: BodyReceiver, mut spool: SpooledTempFile) -> io::Result<Response<Vec<u8>>> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = spool.read(&mut chunk)?;
        if read == 0 || !receiver.feed(&chunk[..read]) {
            return Ok(buffered(receiver.finish()));
        }
    }
}
