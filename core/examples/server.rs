//! The endpoint on axum: uploads, reading back, and a page to try them at `/`.
//!
//! ```text
//! cargo run --release -p userimage --example server -- [ADDRESS:PORT [FOLDER]]
//! ```
//!
//! By default it listens at 127.0.0.1:8080 and keeps images in `data`. Its one client is website 1001
//! with the key abc123.
//!
//! What uploads take of memory is bounded however many clients are slow or hostile: all but the first
//! 16 KiB of a body waits on disk (in `$TMPDIR`) until a worker takes it, and there are as many workers
//! as processors. A head that has begun must have come within 10 seconds, each piece of a body within
//! 30 and all of it within 300. A file that is read back is in memory until its client has it: where many
//! are, let a web server serve the folder.

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
use userimage::http::{BodyReceiver, Endpoint, RequestStart};
use userimage::{Config, ErrorKind, UploadError};

const PIECE: usize = 64 * 1024;
const HEAD_TIME: Duration = Duration::from_secs(10);
const PIECE_TIME: Duration = Duration::from_secs(30);
const BODY_TIME: Duration = Duration::from_secs(300);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let folder = arguments.next().unwrap_or_else(|| "data".to_owned());
    let listener = TcpListener::bind(&address)
        .map_err(|error| format!("cannot listen at {address:?} (ADDRESS:PORT): {error}"))?;
    let url = format!("http://{}/", listener.local_addr()?);
    let config = serde_json::json!({
        "storage": {"local": {"path": folder, "base_url": url}},
        "authentication": "keys",
        "websites": [{"id": 1001, "keys": ["abc123"]}],
        "http": {"files": true, "list": true, "settings": true, "page": true},
    });
    let endpoint = Endpoint::from_config(&Config::from_json(&config.to_string())?)?;
    // One line an upload: what it was, or why it was refused.
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    // A connection takes a file, and so does its spool.
    rlimit::increase_nofile_limit(u64::MAX)?;
    println!("{url}");
    Ok(serve(listener, endpoint).await?)
}

pub(crate) async fn serve(listener: TcpListener, endpoint: Endpoint) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let mut server = axum_server::from_tcp(listener)?;
    // HTTP/1 alone, so that a connection is one request at a time and holds one answer at most.
    let builder = server.http_builder();
    *builder = builder.clone().http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(PIECE);
    let processors = std::thread::available_parallelism()?.get();
    let state = (endpoint, Arc::new(Semaphore::new(processors)));
    server.serve(Router::new().fallback(answer).with_state(state).into_make_service()).await
}

async fn answer(
    State((endpoint, workers)): State<(Endpoint, Arc<Semaphore>)>,
    request: Request,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    // Whoever waits for leave to send a body is answered without it.
    let waits = head.headers.contains_key(EXPECT);
    let answered = async {
        match spawn_blocking(move || endpoint.begin(&head)).await? {
            RequestStart::Complete(response) => {
                if !waits {
                    drop_rest(body);
                }
                Ok(response)
            }
            RequestStart::NeedsBody(receiving) => {
                let spool = timeout(BODY_TIME, spool(body, receiving.limit())).await??;
                let _worker = workers.acquire().await?;
                Ok(spawn_blocking(|| finish(receiving, spool)).await??)
            }
        }
    };
    let answered: Result<_, Box<dyn Error + Send + Sync>> = answered.await;
    answered.map(|response| response.map(Body::from)).unwrap_or_else(|error| {
        tracing::error!(error, "a request came to nothing");
        let error = UploadError::new(ErrorKind::StorageFailed, error.to_string());
        let envelope = userimage::Envelope::from(&error);
        let mut response = Response::new(Body::from(envelope.as_json().to_owned()));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    })
}

/// Keeps a body: all of it, or a piece more than the limit.
async fn spool(
    mut body: Body,
    limit: u64,
) -> Result<SpooledTempFile, Box<dyn Error + Send + Sync>> {
    let (mut spool, mut length) = (tempfile::spooled_tempfile(PIECE / 4), 0);
    while let Some(frame) = timeout(PIECE_TIME, body.frame()).await? {
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

/// Reads on beside the answer and drops what comes: a client that still sends would lose an answer that
/// comes with the end of the connection.
fn drop_rest(mut body: Body) {
    if !body.is_end_stream() {
        tokio::spawn(timeout(
            PIECE_TIME,
            async move { while let Some(Ok(_)) = body.frame().await {} },
        ));
    }
}

fn finish(
    mut receiving: BodyReceiver,
    mut spool: SpooledTempFile,
) -> io::Result<Response<Vec<u8>>> {
    let mut piece = vec![0; PIECE];
    loop {
        let read = spool.read(&mut piece)?;
        if read == 0 || !receiving.feed(&piece[..read]) {
            return Ok(receiving.finish());
        }
    }
}
