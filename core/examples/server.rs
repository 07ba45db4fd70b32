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
//! 16 KiB of a body waits on disk until a worker takes it, and there are as many workers as
//! processors. A head must have come within 10 seconds, each piece of a body within 30. A file that
//! is read back is in memory until its client has it: let a web server serve the folder where many are.

use std::error::Error;
use std::io::{self, Read, Seek, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper_util::rt::TokioTimer;
use tempfile::SpooledTempFile;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use userimage::Config;
use userimage::http::{Begun, Endpoint, Receiving};

const PIECE: usize = 64 * 1024;
const HEAD_TIME: Duration = Duration::from_secs(10);
const PIECE_TIME: Duration = Duration::from_secs(30);
const DRAIN_TIME: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address: SocketAddr = arguments.next().as_deref().unwrap_or("127.0.0.1:8080").parse()?;
    let config = serde_json::json!({
        "storage": {"local": {
            "path": arguments.next().as_deref().unwrap_or("data"),
            "base_url": format!("http://{address}/"),
        }},
        "authentication": "keys",
        "websites": [{"id": 1001, "keys": ["abc123"]}],
        "http": {"files": true, "list": true, "settings": true, "page": true},
    });
    let endpoint = Endpoint::from_config(&Config::from_json(&config.to_string())?)?;
    // A connection takes a file, and so does its spool.
    rlimit::increase_nofile_limit(u64::MAX)?;
    println!("http://{address}/");
    Ok(serve(TcpListener::bind(address)?, endpoint).await?)
}

pub(crate) async fn serve(listener: TcpListener, endpoint: Endpoint) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let mut server = axum_server::from_tcp(listener)?;
    let http1 = &mut server.http_builder().http1();
    http1.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(PIECE);
    let processors = std::thread::available_parallelism()?.get();
    let state = (endpoint, Arc::new(Semaphore::new(processors)));
    server.serve(Router::new().fallback(answer).with_state(state).into_make_service()).await
}

async fn answer(
    State((endpoint, workers)): State<(Endpoint, Arc<Semaphore>)>,
    request: Request,
) -> Result<Response<Body>, StatusCode> {
    let (head, mut body) = request.into_parts();
    let failed = |_| StatusCode::INTERNAL_SERVER_ERROR;
    let waits = head.headers.contains_key(header::EXPECT);
    let begun = spawn_blocking(move || endpoint.begin(&head)).await.map_err(failed)?;
    let response = match begun {
        Begun::Answered(response) => {
            if !waits {
                drain(&mut body).await;
            }
            response
        }
        Begun::Receiving(receiving) => {
            let spool = spool(&mut body, receiving.limit()).await?;
            let _worker = workers.acquire().await;
            let finished = spawn_blocking(|| finish(receiving, spool)).await.map_err(failed)?;
            finished.or(Err(StatusCode::INTERNAL_SERVER_ERROR))?
        }
    };
    Ok(response.map(Body::from))
}

/// Keeps a body: all of it, or a piece more than the limit.
async fn spool(body: &mut Body, limit: u64) -> Result<SpooledTempFile, StatusCode> {
    let (mut spool, mut length) = (tempfile::spooled_tempfile(PIECE / 4), 0);
    loop {
        let next = timeout(PIECE_TIME, body.frame()).await;
        let Some(frame) = next.or(Err(StatusCode::REQUEST_TIMEOUT))? else { break };
        let Ok(data) = frame.or(Err(StatusCode::BAD_REQUEST))?.into_data() else { continue };
        spool.write_all(&data).or(Err(StatusCode::INTERNAL_SERVER_ERROR))?;
        length += data.len() as u64;
        if length > limit {
            drain(body).await;
            break;
        }
    }
    spool.rewind().or(Err(StatusCode::INTERNAL_SERVER_ERROR))?;
    Ok(spool)
}

/// Reads on for a while and drops it: a client that still sends would lose an answer that comes with
/// the end of the connection.
async fn drain(body: &mut Body) {
    let rest = async { while let Some(Ok(_)) = body.frame().await {} };
    let _ = timeout(DRAIN_TIME, rest).await;
}

fn finish(mut receiving: Receiving, mut spool: SpooledTempFile) -> io::Result<Response<Vec<u8>>> {
    let mut piece = vec![0; PIECE];
    loop {
        let read = spool.read(&mut piece)?;
        if read == 0 || !receiving.feed(&piece[..read]) {
            return Ok(receiving.finish());
        }
    }
}
