//! The endpoint on axum: uploads, reading back, and a page to try them at `/`.
//!
//! ```text
//! cargo run --release -p userimage --example server -- [ADDRESS:PORT [FOLDER]]
//! ```
//!
//! By default it listens at 127.0.0.1:8080 and keeps images in `data`. Its one client is website 1001
//! with the key abc123.
//!
//! Memory is bounded however many clients are slow or hostile: all but the first 16 KiB of a body
//! waits on disk until a worker takes it, and there are as many workers as processors. A head must
//! have come within 10 seconds, each piece of a body within 30.

use std::error::Error;
use std::io::{self, Read, Seek, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use http_body_util::BodyExt;
use hyper_util::rt::TokioTimer;
use tempfile::SpooledTempFile;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use userimage::Config;
use userimage::http::{Begun, Endpoint, Receiving};

const PIECE: usize = 64 * 1024;

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
    let mut server = axum_server::bind(address);
    let http1 = &mut server.http_builder().http1();
    http1.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(10)).max_buf_size(PIECE);
    println!("http://{address}/");
    Ok(server.serve(app(endpoint).into_make_service()).await?)
}

pub(crate) fn app(endpoint: Endpoint) -> Router {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    Router::new().fallback(answer).with_state((endpoint, Arc::new(Semaphore::new(processors))))
}

async fn answer(
    State((endpoint, workers)): State<(Endpoint, Arc<Semaphore>)>,
    request: Request,
) -> Result<Response<Body>, StatusCode> {
    let (head, body) = request.into_parts();
    let failed = |_| StatusCode::INTERNAL_SERVER_ERROR;
    let begun = spawn_blocking(move || endpoint.begin(&head)).await.map_err(failed)?;
    let response = match begun {
        Begun::Answered(response) => response,
        Begun::Receiving(receiving) => {
            let spool = spool(body, receiving.limit()).await.or(Err(StatusCode::BAD_REQUEST))?;
            let _worker = workers.acquire().await;
            let finished = spawn_blocking(|| finish(receiving, spool)).await.map_err(failed)?;
            finished.or(Err(StatusCode::INTERNAL_SERVER_ERROR))?
        }
    };
    Ok(response.map(Body::from))
}

/// Keeps a body: all of it, or a piece more than the limit.
async fn spool(mut body: Body, limit: u64) -> Result<SpooledTempFile, Box<dyn Error>> {
    let (mut spool, mut length) = (tempfile::spooled_tempfile(PIECE / 4), 0);
    while length <= limit {
        let Some(frame) = timeout(Duration::from_secs(30), body.frame()).await? else { break };
        if let Ok(data) = frame?.into_data() {
            spool.write_all(&data)?;
            length += data.len() as u64;
        }
    }
    spool.rewind()?;
    Ok(spool)
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
