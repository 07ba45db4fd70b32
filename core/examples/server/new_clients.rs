//! Clients that connect while the server ends. Between the last look at the listener and its end one could connect, and
//! lose what it sends. On Linux the kernel drops their first packets instead: they try again after a second, and reach
//! the next server.

use std::net::TcpListener;

/// Lets no client begin to connect. Those that have begun are still accepted.
pub(crate) fn turn_away(listener: &TcpListener) {
    #[cfg(target_os = "linux")]
    {
        use socket2::{SockFilter, SockRef};
        // Classic BPF: the flags of TCP are byte 13 of its header, SYN is 2 and ACK 16 (RFC 9293, section 3.1).
        let drop_first_packets = [
            SockFilter::new(0x30, 0, 0, 13),       // load the byte
            SockFilter::new(0x54, 0, 0, 0x12),     // and SYN | ACK
            SockFilter::new(0x15, 0, 1, 0x02),     // if it is not SYN alone, skip one
            SockFilter::new(0x06, 0, 0, 0),        // drop the packet
            SockFilter::new(0x06, 0, 0, u32::MAX), // keep all of it
        ];
        if let Err(error) = SockRef::from(listener).attach_filter(&drop_first_packets) {
            tracing::debug!(%error, "clients may connect until the listener is closed");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = listener;
}

/// Lets clients connect again, if another process has the same socket, as systemd does.
pub(crate) fn let_in(listener: &TcpListener) {
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(listener).detach_filter();
    #[cfg(not(target_os = "linux"))]
    let _ = listener;
}
