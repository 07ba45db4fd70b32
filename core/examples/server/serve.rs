//! Connections: accepted, bounded in number and time, and finished before the server ends.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tower_service::Service as _;
use userimage::http::Endpoint;

use super::body::PIECE;
use super::{answer, new_clients};

/// How long a connection that has begun takes until it can be accepted: a round trip.
const HANDSHAKE: Duration = Duration::from_millis(300);

/// What clients may take.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// The most connections at once; others wait until one ends.
    pub(crate) connections: usize,
    /// In what time the head of a request must arrive, the first and any other.
    pub(crate) head: Duration,
    /// How long a client may send nothing of its body.
    pub(crate) piece: Duration,
    /// In what time a body must arrive.
    pub(crate) body: Duration,
    /// How long a client may read nothing of its response.
    pub(crate) send: Duration,
    /// How long a connection without a request waits for one when the server ends.
    pub(crate) last: Duration,
    /// How long the requests that have begun have to end when the server ends.
    pub(crate) grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            head: Duration::from_secs(10),
            piece: Duration::from_secs(30),
            body: Duration::from_secs(300),
            send: Duration::from_secs(30),
            last: Duration::from_secs(1),
            grace: Duration::from_secs(25),
        }
    }
}

/// Serves connections until `stop`, then finishes those that there are.
pub(crate) async fn serve(
    listener: TcpListener,
    endpoint: Endpoint,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let router = answer::router(endpoint, limits)?;
    let room = Arc::new(Semaphore::new(limits.connections));
    let (end, ending) = watch::channel(false);
    // Closed once every connection has dropped its sender.
    let (open, mut all_ended) = mpsc::channel::<Infallible>(1);
    let start = |(stream, peer): (TcpStream, SocketAddr), permit: Option<OwnedSemaphorePermit>| {
        let connection = connection(stream, peer, router.clone(), limits, ending.clone());
        let held = (permit, open.clone());
        tokio::spawn(async move {
            connection.await;
            drop(held);
        });
    };
    let mut stop = pin!(stop);
    loop {
        let accept = async {
            let permit = Arc::clone(&room).acquire_owned().await;
            (listener.accept().await, permit)
        };
        let (accepted, permit) = tokio::select! {
            () = &mut stop => break,
            accepted = accept => accepted,
        };
        match accepted {
            Ok(accepted) => start(accepted, permit.ok()),
            // A client that has gone, or too many open files.
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "cannot accept");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    // Clients that have connected meanwhile, or are about to, would lose what they send. The system is asked for them:
    // the runtime may not have noticed yet.
    let listener = listener.into_std()?;
    new_clients::turn_away(&listener);
    for wait in [Duration::ZERO, HANDSHAKE] {
        sleep(wait).await;
        loop {
            match listener.accept() {
                Ok((stream, peer)) => {
                    stream.set_nonblocking(true)?;
                    start((TcpStream::from_std(stream)?, peer), None);
                }
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                // There are no more, or too many open files.
                Err(_) => break,
            }
        }
    }
    new_clients::let_in(&listener);
    drop(listener);
    tracing::info!("finishing the requests that have begun");
    let _ = end.send(true);
    drop(open);
    if timeout(limits.grace, all_ended.recv()).await.is_err() {
        tracing::warn!("some requests have not ended in time");
    }
    Ok(())
}

/// Serves the requests of one connection, one after the other: HTTP/1 only, so that it has one response at
/// most. Once the server is `ending`, each response is the connection's last.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
    mut ending: watch::Receiver<bool>,
) {
    // A response goes out when it is written.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.send));
    let is_ending = ending.clone();
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(peer);
        // A router is always ready.
        let response = router.clone().call(request);
        let is_ending = is_ending.clone();
        async move {
            let mut response = response.await?;
            if *is_ending.borrow() {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(response)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        // A client may send no more and still read.
        .half_close(true)
        .max_buf_size(PIECE)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    let mut connection = pin!(connection);
    let silent = async {
        // Fails when the server is gone.
        let _ = ending.wait_for(|ending| *ending).await;
        // A request may be on its way.
        sleep(limits.last).await;
    };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = silent => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(client = %peer.ip(), %error, "a connection has ended");
    }
}

/// Completes when the process is asked to end.
pub(crate) fn signal() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = term.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    })
}
