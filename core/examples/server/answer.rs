//! One request: its head, its body, its response.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Extension;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, EXPECT};
use axum::http::{HeaderValue, Response, StatusCode};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tracing::Instrument as _;
use userimage::http::{BodyReceiver, Endpoint, Parts, RequestStart, ResponseBody};

use super::body::{self, Fault};
use super::serve::Limits;

/// What all requests share. There are as many workers as processors: a worker processes a body in memory.
#[derive(Clone)]
struct Shared {
    endpoint: Endpoint,
    workers: Arc<Semaphore>,
    limits: Limits,
}

pub(crate) fn router(endpoint: Endpoint, limits: Limits) -> io::Result<Router> {
    let processors = std::thread::available_parallelism()?.get();
    let shared = Shared { endpoint, workers: Arc::new(Semaphore::new(processors)), limits };
    Ok(Router::new().fallback(answer).with_state(shared))
}

async fn answer(
    State(shared): State<Shared>,
    Extension(peer): Extension<SocketAddr>,
    request: Request,
) -> Response<Body> {
    let (mut head, body) = request.into_parts();
    let context = shared.endpoint.context(&head.headers, Some(peer.ip()));
    head.extensions.insert(context.clone());
    let result = respond(&shared, head, body).instrument(context.span().clone()).await;
    let mut response = result.unwrap_or_else(|error| {
        context.span().in_scope(|| tracing::error!(error, "a request failed"));
        userimage::http::error_response(StatusCode::INTERNAL_SERVER_ERROR).map(body::streamed)
    });
    if let Ok(id) = HeaderValue::from_str(context.id()) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

async fn respond(
    shared: &Shared,
    head: Parts,
    body: Body,
) -> Result<Response<Body>, Box<dyn Error + Send + Sync>> {
    // A client that waits for 100 Continue gets a refusal without sending the body.
    let expects_continue = head.headers.contains_key(EXPECT);
    let endpoint = shared.endpoint.clone();
    let receiver = match spawn_blocking(move || endpoint.begin(&head)).await? {
        RequestStart::NeedsBody(receiver) => receiver,
        RequestStart::Complete(response) => {
            if !expects_continue {
                body::drop_rest(body, shared.limits.piece);
            }
            return Ok(response.map(body::streamed));
        }
    };
    let spool = match body::spool(body, receiver.limit(), shared.limits).await {
        Ok(spool) => spool,
        Err(Fault::Disk(error)) => return Err(error.into()),
        Err(fault) => return Ok(closing(refuse(receiver, fault))),
    };
    let _worker = shared.workers.acquire().await?;
    let response = spawn_blocking(move || {
        let mut receiver = receiver;
        body::feed(&mut receiver, spool)?;
        io::Result::Ok(receiver.finish())
    });
    Ok(response.await??.map(body::streamed))
}

/// The response to a body that has not arrived.
fn refuse(receiver: BodyReceiver, fault: Fault) -> Response<ResponseBody> {
    match fault {
        Fault::Broken(reason) => receiver.finish_broken(&reason),
        Fault::Stalled => receiver.finish_timed_out(),
        // Dropping the receiver logs it. A client that only sends no more reads the response.
        Fault::Gone | Fault::Disk(_) => userimage::http::error_response(StatusCode::BAD_REQUEST),
    }
}

fn closing(response: Response<ResponseBody>) -> Response<Body> {
    let mut response = response.map(body::streamed);
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
