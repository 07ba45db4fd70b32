//! The bodies of requests, which are kept on disk until a worker is free, and of responses, which are read
//! from the storage in pieces.

use std::error::Error;
use std::io::{self, Read, Seek, Write};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use futures_util::stream::try_unfold;
use http_body_util::BodyExt;
use tempfile::SpooledTempFile;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::Span;
use userimage::http::{BodyReceiver, ResponseBody};

use super::serve::Limits;

/// What is in memory of a body at a time.
pub(crate) const PIECE: usize = 32 * 1024;
/// A body up to this length is not written to disk.
const IN_MEMORY: usize = 16 * 1024;

/// Why a body has not arrived.
pub(crate) enum Fault {
    /// It is no valid HTTP.
    Broken(String),
    /// The client has not sent it in time.
    Stalled,
    /// The client has closed the connection.
    Gone,
    /// It cannot be kept.
    Disk(io::Error),
}

/// Receives a body: all of it, or one piece more than `max_bytes`.
pub(crate) async fn spool(
    body: Body,
    max_bytes: u64,
    limits: Limits,
) -> Result<SpooledTempFile, Fault> {
    let spool = timeout(limits.body, receive(body, max_bytes, limits.piece));
    spool.await.unwrap_or(Err(Fault::Stalled))
}

async fn receive(
    mut body: Body,
    max_bytes: u64,
    patience: Duration,
) -> Result<SpooledTempFile, Fault> {
    let (mut spool, mut length) = (tempfile::spooled_tempfile(IN_MEMORY), 0);
    while let Some(frame) = timeout(patience, body.frame()).await.map_err(|_| Fault::Stalled)? {
        let Ok(data) = frame.map_err(|error| fault(&error))?.into_data() else { continue };
        spool.write_all(&data).map_err(Fault::Disk)?;
        length += data.len() as u64;
        if length > max_bytes {
            drop_rest(body, patience);
            break;
        }
    }
    spool.rewind().map_err(Fault::Disk)?;
    Ok(spool)
}

/// hyper reports invalid chunks as errors of these kinds.
fn fault(error: &axum::Error) -> Fault {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>()
            && matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
        {
            return Fault::Broken(error.to_string());
        }
        cause = error.source();
    }
    Fault::Gone
}

/// Reads and discards the rest of a body in the background. If the connection closed while the client is
/// still sending, the client would lose the response.
pub(crate) fn drop_rest(mut body: Body, patience: Duration) {
    if !body.is_end_stream() {
        let rest = async move { while let Some(Ok(_)) = body.frame().await {} };
        tokio::spawn(timeout(patience, rest));
    }
}

/// The body of a response. That of a file is read as the client receives it; an error ends the connection.
pub(crate) fn streamed(body: ResponseBody) -> Body {
    if let Some(bytes) = body.as_bytes() {
        return Body::from(bytes.to_vec());
    }
    let span = Span::current();
    Body::from_stream(try_unfold(body, move |mut body| {
        let span = span.clone();
        let read = move || {
            let mut piece = vec![0; PIECE];
            let read = body.read_piece(&mut piece).inspect_err(|error| {
                let error: &dyn Error = error;
                span.in_scope(|| tracing::error!(error, "cannot read a file"));
            })?;
            piece.truncate(read);
            Ok::<_, Box<dyn Error + Send + Sync>>((read > 0).then_some((piece, body)))
        };
        async { spawn_blocking(read).await? }
    }))
}

/// Feeds a body that has arrived.
pub(crate) fn feed(receiver: &mut BodyReceiver, mut spool: SpooledTempFile) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let read = spool.read(&mut piece)?;
        if read == 0 || !receiver.feed(&piece[..read]) {
            return Ok(());
        }
    }
}
