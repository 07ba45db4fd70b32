//! Which request it is and who sent it, for the log.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName};
use tracing::Span;
use uuid::Uuid;

use crate::config::TrustedProxy;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The longest id that is taken from a request.
const MAX_ID: usize = 128;

/// The id of a request and the address of its client. Both are fields of the [`span`](Self::span) in which
/// the endpoint handles the request, and so of every event of it.
///
/// A host that knows the address of its peer adds a context to the extensions of the request's head; for any
/// other head [`Endpoint::begin`](super::Endpoint::begin) makes one without an address.
#[derive(Clone, Debug)]
pub struct RequestContext {
    id: String,
    client: Option<IpAddr>,
    span: Span,
}

impl RequestContext {
    /// `peer` is the other end of the connection: the client, or a proxy. `X-Forwarded-For` counts only
    /// if that is a trusted one.
    pub(super) fn new(headers: &HeaderMap, peer: Option<IpAddr>, trusted: &[TrustedProxy]) -> Self {
        let id = id_of(headers).map_or_else(|| Uuid::new_v4().simple().to_string(), str::to_owned);
        let client = peer.map(|peer| client_of(headers, peer.to_canonical(), trusted));
        let span = tracing::error_span!(
            "request",
            request_id = id,
            client = client.map(tracing::field::display)
        );
        Self { id, client, span }
    }

    /// The request's `X-Request-Id` if it is 1 to 128 visible ASCII characters, else a random id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The address of the client, if the host knows its peer's.
    #[must_use]
    pub fn client(&self) -> Option<IpAddr> {
        self.client
    }

    /// The span of the request, with the fields `request_id` and `client`.
    #[must_use]
    pub fn span(&self) -> &Span {
        &self.span
    }
}

fn id_of(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get(X_REQUEST_ID)?.to_str().ok()?;
    let is_id = (1..=MAX_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    is_id.then_some(id)
}

/// The last address that is not a trusted proxy's. Each proxy appends the address of its own peer, so what
/// stands before that was written by the client. A text that is not an address ends the search.
fn client_of(headers: &HeaderMap, peer: IpAddr, trusted: &[TrustedProxy]) -> IpAddr {
    let is_proxy = |address: IpAddr| trusted.iter().any(|proxy| proxy.contains(address));
    let forwarded = headers.get_all(X_FORWARDED_FOR).iter().rev();
    let mut forwarded = forwarded
        .flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','))
        .map(|address| std::str::from_utf8(address).ok()?.trim().parse::<IpAddr>().ok());
    let mut client = peer;
    while is_proxy(client) {
        let Some(Some(next)) = forwarded.next() else { break };
        client = next.to_canonical();
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(headers: &[(&'static str, &str)], peer: &str, trusted: &[&str]) -> RequestContext {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let trusted: Vec<_> = trusted.iter().map(|proxy| proxy.parse().unwrap()).collect();
        RequestContext::new(&map, Some(peer.parse().unwrap()), &trusted)
    }

    #[test]
    fn an_id_is_taken_or_made() {
        let long = "x".repeat(129);
        assert_eq!(context(&[("x-request-id", "a-1")], "1.1.1.1", &[]).id(), "a-1");
        for id in ["", "a b", "é", &long] {
            let made = context(&[("x-request-id", id)], "1.1.1.1", &[]);
            assert!(made.id().len() == 32 && made.id() != id, "{id}: {}", made.id());
        }
        let made = || context(&[], "1.1.1.1", &[]).id().to_owned();
        assert_ne!(made(), made());
    }

    #[test]
    fn a_forwarded_address_counts_behind_a_trusted_proxy_only() {
        const LOCAL: &[&str] = &["127.0.0.1", "10.0.0.0/8", "::1"];
        for (forwarded, peer, trusted, expected) in [
            (&[][..], "9.9.9.9", LOCAL, "9.9.9.9"),
            (&["1.2.3.4"], "9.9.9.9", LOCAL, "9.9.9.9"),
            (&["1.2.3.4"], "127.0.0.1", &[], "127.0.0.1"),
            (&["1.2.3.4"], "127.0.0.1", LOCAL, "1.2.3.4"),
            (&["1.2.3.4"], "::ffff:127.0.0.1", LOCAL, "1.2.3.4"),
            (&["2001:db8::1"], "::1", LOCAL, "2001:db8::1"),
            // What the client wrote itself stands first.
            (&["6.6.6.6, 1.2.3.4"], "127.0.0.1", LOCAL, "1.2.3.4"),
            (&["6.6.6.6", "1.2.3.4"], "127.0.0.1", LOCAL, "1.2.3.4"),
            (&["6.6.6.6, 1.2.3.4, 10.1.2.3"], "127.0.0.1", LOCAL, "1.2.3.4"),
            (&["10.0.0.1"], "127.0.0.1", LOCAL, "10.0.0.1"),
            (&["unknown"], "127.0.0.1", LOCAL, "127.0.0.1"),
            (&["1.2.3.4, unknown, 10.0.0.2"], "127.0.0.1", LOCAL, "10.0.0.2"),
            (&["é"], "127.0.0.1", LOCAL, "127.0.0.1"),
        ] {
            let headers: Vec<_> =
                forwarded.iter().map(|value| ("x-forwarded-for", *value)).collect();
            let context = context(&headers, peer, trusted);
            assert_eq!(context.client(), Some(expected.parse().unwrap()), "{forwarded:?} {peer}");
        }
        assert_eq!(RequestContext::new(&HeaderMap::new(), None, &[]).client(), None);
    }
}
