//! `ClamAV`'s scanner: the command INSTREAM of `clamd`, as its manual describes it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::{Inspector, InspectorError, Verdict};
use crate::config_error::ConfigError;
use crate::storage::{Content, NewImage, StorageError};

/// Bytes of the file that are sent in one piece.
const PIECE: usize = 64 * 1024;
/// Bytes of an answer that are read: a name of a signature is short.
const MAX_ANSWER: usize = 4096;

/// Asks a `clamd` of `ClamAV` whether the original has a virus.
///
/// The file is sent over the connection, so `clamd` needs no access to the disk and may be on another machine. Each
/// upload has a connection of its own.
///
/// ```
/// use std::time::Duration;
/// use userimage::ClamdInspector;
///
/// let scanner = ClamdInspector::new("tcp://127.0.0.1:3310")?.with_timeout(Duration::from_secs(20));
/// # Ok::<(), userimage::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClamdInspector {
    address: Address,
    timeout: Duration,
    max_bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Address {
    /// A host and a port.
    Tcp(String),
    /// The path of a socket.
    Unix(PathBuf),
}

impl ClamdInspector {
    /// The time-out by default.
    const TIMEOUT: Duration = Duration::from_secs(10);
    /// The longest file by default: that of a [`Policy`](crate::Policy). A `clamd` takes no less by default
    /// (`StreamMaxLength`).
    const MAX_BYTES: u64 = 25 * 1024 * 1024;

    /// Of the `clamd` at `address`: `tcp://127.0.0.1:3310`, or `unix:///run/clamav/clamd.ctl`. It is not connected
    /// before the first upload.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when `address` is neither, or this system has no Unix sockets.
    pub fn new(address: &str) -> Result<Self, ConfigError> {
        let address = Address::parse(address)?;
        Ok(Self { address, timeout: Self::TIMEOUT, max_bytes: Self::MAX_BYTES })
    }

    /// The same with this time for one file, from the connection to the answer. Default: 10 seconds.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// The same with this longest file, in bytes: a longer one is not sent, and inspecting it fails. Default: 25
    /// MiB.
    #[must_use]
    pub fn with_max_bytes(self, max_bytes: u64) -> Self {
        Self { max_bytes, ..self }
    }

    /// The time for one file.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The longest file, in bytes.
    #[must_use]
    pub fn max_bytes(&self) -> u64 {
        self.max_bytes
    }
}

impl Address {
    fn parse(address: &str) -> Result<Self, ConfigError> {
        let invalid = || {
            let expected = "tcp://host:port or unix:///path is expected";
            ConfigError::new(format!("{expected}, not {address:?}"))
        };
        if let Some(path) = address.strip_prefix("unix://") {
            if !path.starts_with('/') || path.contains('\0') {
                return Err(invalid());
            }
            if cfg!(not(unix)) {
                return Err(ConfigError::new("this system has no Unix sockets for it"));
            }
            return Ok(Self::Unix(path.into()));
        }
        let place = address.strip_prefix("tcp://").ok_or_else(invalid)?;
        let (host, port) = place.rsplit_once(':').ok_or_else(invalid)?;
        let is_port = port.parse::<u16>().is_ok_and(|port| port > 0);
        if host.is_empty() || host.contains(['/', '@']) || !is_port {
            return Err(invalid());
        }
        Ok(Self::Tcp(place.to_owned()))
    }
}

impl Inspector for ClamdInspector {
    fn name(&self) -> &str {
        "clamd"
    }

    fn inspect(&self, image: &NewImage<'_>) -> Result<Verdict, InspectorError> {
        let len = image.original.len();
        if len > self.max_bytes {
            let limit = self.max_bytes;
            return Err(InspectorError::new(format!("{len} bytes are over its limit of {limit}")));
        }
        let mut scan = Scan::connect(&self.address, self.timeout)
            .map_err(|error| self.failed("the scanner cannot be reached", error))?;
        let sent = match scan.send_file(image.original) {
            Err(SendError::Unreadable(error)) => {
                return Err(InspectorError::new("the file cannot be read").with_source(error));
            }
            Err(SendError::Socket(error)) => Err(error),
            Ok(()) => Ok(()),
        };
        // A scanner that takes no more says why before it closes the connection.
        match (scan.answer(), sent) {
            (Ok(answer), sent) if !answer.is_empty() => {
                let verdict = verdict(&answer)?;
                match (verdict, sent) {
                    // Of a part of the file it knows nothing.
                    (Verdict::Accept, Err(error)) => {
                        Err(self.failed("the file was not sent", error))
                    }
                    (verdict, _) => Ok(verdict),
                }
            }
            (_, Err(error)) => Err(self.failed("the file was not sent", error)),
            (Err(error), Ok(())) => Err(self.failed("there is no answer", error)),
            (Ok(_), Ok(())) => {
                Err(InspectorError::new("the connection was closed without an answer"))
            }
        }
    }
}

impl ClamdInspector {
    fn failed(&self, what: &str, error: io::Error) -> InspectorError {
        if is_timeout(&error) {
            let seconds = self.timeout.as_secs_f64();
            return InspectorError::new(format!(
                "{what}: no more than {seconds} seconds are allowed"
            ));
        }
        InspectorError::new(what).with_source(error)
    }
}

fn is_timeout(error: &io::Error) -> bool {
    // Systems report either for a socket whose time is up.
    matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock)
}

/// The meaning of an answer: `stream: OK`, `stream: NAME FOUND`, or `... ERROR`.
fn verdict(answer: &[u8]) -> Result<Verdict, InspectorError> {
    let text: String = String::from_utf8_lossy(answer)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let text = text.trim();
    let stream = text.strip_prefix("stream: ");
    match stream {
        Some("OK") => return Ok(Verdict::Accept),
        Some(found) => {
            if let Some(name) = found.strip_suffix(" FOUND") {
                return Ok(Verdict::refuse(format!("{name} was found")));
            }
        }
        None => {}
    }
    let error = stream.unwrap_or(text).strip_suffix("ERROR").map(str::trim_end);
    Err(InspectorError::new(match error {
        Some(error) => format!("the scanner failed: {error}"),
        None => format!("the answer is not in the protocol: {text:?}"),
    }))
}

/// Why a file was not sent.
enum SendError {
    Unreadable(StorageError),
    Socket(io::Error),
}

impl From<StorageError> for SendError {
    fn from(error: StorageError) -> Self {
        Self::Unreadable(error)
    }
}

impl From<io::Error> for SendError {
    fn from(error: io::Error) -> Self {
        Self::Socket(error)
    }
}

/// One file over one connection, within a time.
struct Scan {
    socket: Socket,
    deadline: Instant,
}

/// Writing to one whose other end is closed is an error and no signal, which would end a host in C.
enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Scan {
    fn connect(address: &Address, timeout: Duration) -> io::Result<Self> {
        let deadline = Instant::now() + timeout;
        let socket = match address {
            Address::Tcp(place) => Socket::Tcp(connect_tcp(place, deadline)?),
            #[cfg(unix)]
            Address::Unix(path) => Socket::Unix(connect_unix(path, deadline)?),
            #[cfg(not(unix))]
            Address::Unix(_) => return Err(ErrorKind::Unsupported.into()),
        };
        Ok(Self { socket, deadline })
    }

    /// Sends the command and the file: pieces with their length before, and an empty one.
    fn send_file(&mut self, file: Content<'_>) -> Result<(), SendError> {
        self.send(b"zINSTREAM\0")?;
        file.for_each_piece(|bytes| {
            for piece in bytes.chunks(PIECE) {
                // A piece is shorter than 4 GiB.
                self.send(&u32::try_from(piece.len()).unwrap_or(u32::MAX).to_be_bytes())?;
                self.send(piece)?;
            }
            Ok::<_, SendError>(())
        })?;
        Ok(self.send(&0_u32.to_be_bytes())?)
    }

    fn send(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let left = left(self.deadline)?;
            let sent = match &mut self.socket {
                Socket::Tcp(tcp) => {
                    tcp.set_write_timeout(Some(left))?;
                    tcp.write(bytes)
                }
                #[cfg(unix)]
                Socket::Unix(unix) => {
                    unix.set_write_timeout(Some(left))?;
                    unix.write(bytes)
                }
            };
            match sent {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The answer, up to the NUL at its end or the end of the connection.
    fn answer(&mut self) -> io::Result<Vec<u8>> {
        let mut answer = Vec::new();
        let mut piece = [0; 512];
        loop {
            let left = left(self.deadline)?;
            let read = match &mut self.socket {
                Socket::Tcp(tcp) => {
                    tcp.set_read_timeout(Some(left))?;
                    tcp.read(&mut piece)
                }
                #[cfg(unix)]
                Socket::Unix(unix) => {
                    unix.set_read_timeout(Some(left))?;
                    unix.read(&mut piece)
                }
            };
            let piece = match read {
                Ok(read) => piece.get(..read).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let end = piece.iter().position(|&byte| byte == 0);
            answer.extend_from_slice(piece.get(..end.unwrap_or(piece.len())).unwrap_or_default());
            if end.is_some() || piece.is_empty() {
                return Ok(answer);
            }
            if answer.len() > MAX_ANSWER {
                return Err(io::Error::other("the answer is too long"));
            }
        }
    }
}

/// The time until `deadline`, which is above 0.
fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// Connects to the first of the host's addresses that answers.
fn connect_tcp(place: &str, deadline: Instant) -> io::Result<TcpStream> {
    let mut last = io::Error::new(ErrorKind::NotFound, "the host has no address");
    for address in place.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, left(deadline)?) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Connects within the time. `UnixStream::connect` waits without end for a scanner that accepts no connection.
#[cfg(unix)]
fn connect_unix(path: &std::path::Path, deadline: Instant) -> io::Result<UnixStream> {
    use socket2::{Domain, SockAddr, Socket, Type};

    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_write_timeout(Some(left(deadline)?))?;
    socket.connect(&SockAddr::unix(path)?)?;
    Ok(std::os::fd::OwnedFd::from(socket).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let tcp = |place: &str| Address::Tcp(place.to_owned());
        for (address, expected) in [
            ("tcp://127.0.0.1:3310", tcp("127.0.0.1:3310")),
            ("tcp://[::1]:3310", tcp("[::1]:3310")),
            ("tcp://scanner.example:65535", tcp("scanner.example:65535")),
            #[cfg(unix)]
            ("unix:///run/clamd.sock", Address::Unix("/run/clamd.sock".into())),
        ] {
            assert_eq!(Address::parse(address).unwrap(), expected);
        }
        for wrong in [
            "",
            "tcp://",
            "tcp://:3310",
            "tcp://host",
            "tcp://host:0",
            "tcp://host:65536",
            "tcp://host:3310/",
            "tcp://u@host:1",
            "127.0.0.1:3310",
            "unix://",
            "unix://run/clamd",
            "unix:///a\0b",
            "http://host:3310",
        ] {
            let error = Address::parse(wrong).unwrap_err().to_string();
            assert!(
                error.starts_with("tcp://host:port or unix:///path is expected, not"),
                "{error}"
            );
        }
    }

    #[test]
    fn answers_are_accepting_refusing_or_failures() {
        assert_eq!(verdict(b"stream: OK").unwrap(), Verdict::Accept);
        assert_eq!(verdict(b"stream: OK\n").unwrap(), Verdict::Accept);
        let found = verdict(b"stream: Eicar-Test-Signature FOUND").unwrap();
        assert_eq!(found, Verdict::refuse("Eicar-Test-Signature was found"));
        // A name is shown without what a terminal acts on.
        assert_eq!(verdict(b"stream: a\x1b[2J FOUND").unwrap(), Verdict::refuse("a [2J was found"));
        for (answer, expected) in [
            (
                &b"INSTREAM size limit exceeded. ERROR"[..],
                "the scanner failed: INSTREAM size limit exceeded.",
            ),
            (b"stream: Can't allocate memory ERROR", "the scanner failed: Can't allocate memory"),
            (b"OK", "not in the protocol"),
            (b"stream: NOT OK", "not in the protocol"),
            (b"stream: FOUND", "not in the protocol"),
            (b"stream: OK FOUND OK", "not in the protocol"),
            (b"UNKNOWN COMMAND", "not in the protocol"),
            (b"\xff\xfe\x01", "not in the protocol"),
        ] {
            let error = verdict(answer).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
