//! A server for the endpoint, on axum.
//!
//! ```text
//! cargo run --release -p userimage --example server -- --help
//! ```

mod answer;
mod body;
mod new_clients;
pub(crate) mod serve;

use std::error::Error;
use std::io::{self, IsTerminal};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;

use tracing::level_filters::LevelFilter;
use userimage::Config;
use userimage::http::{Endpoint, HttpOptions};

const HELP: &str = "\
Serves uploads, and what the configuration turns on; /health, /ready and /metrics, unless it turns them off.

server [--config FILE] [--listen ADDR] [--base-url URL] [--store DIR] [--log LEVEL]

  --config FILE    the configuration, in JSON. Without it: a demonstration for website 1001 and key abc123,
                   with files, lists, settings and at / a page for trial uploads
  --listen ADDR    address and port (127.0.0.1:8080); port 0 is any free port. A socket that systemd passes
                   is used instead
  --base-url URL   what the URLs of images begin with, instead of the configuration's; of the demonstration,
                   by default, the server's own
  --store DIR      the folder of the demonstration's images (data)
  --log LEVEL      error, warn, info, debug or trace (info); the log goes to standard error

SIGTERM and SIGINT end it: it accepts no more connections, and ends when the requests that have begun are
answered, or after 25 seconds.
";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let Some(options) = Options::parse(std::env::args().skip(1))? else {
        print!("{HELP}");
        return Ok(());
    };
    tracing_subscriber::fmt()
        .with_max_level(options.log)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
    let listener = options.listen()?;
    let url = format!("http://{}/", browsable(listener.local_addr()?));
    let endpoint = Endpoint::from_config(&options.configuration(&url)?)?;
    // A connection needs a file descriptor, and so does its spool or the file that it is sent.
    rlimit::increase_nofile_limit(u64::MAX)?;
    let stop = serve::signal()?;
    println!("{url}");
    Ok(serve::serve(listener, endpoint, serve::Limits::default(), stop).await?)
}

/// What the arguments say.
struct Options {
    config: Option<PathBuf>,
    listen: String,
    base_url: Option<String>,
    store: Option<PathBuf>,
    log: LevelFilter,
}

impl Options {
    /// Reads the arguments. `None` if they ask for help.
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut options = Self {
            config: None,
            listen: "127.0.0.1:8080".to_owned(),
            base_url: None,
            store: None,
            log: LevelFilter::INFO,
        };
        while let Some(name) = arguments.next() {
            if matches!(&*name, "--help" | "-h") {
                return Ok(None);
            }
            let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value"));
            match &*name {
                "--config" => options.config = Some(value()?.into()),
                "--listen" => options.listen = value()?,
                "--base-url" => options.base_url = Some(value()?),
                "--store" => options.store = Some(value()?.into()),
                "--log" => {
                    let level = value()?;
                    options.log = level.parse().map_err(|_| format!("{level:?} is not a level"))?;
                }
                _ => return Err(format!("unknown argument {name:?}; --help shows those known")),
            }
        }
        if options.config.is_some() && options.store.is_some() {
            return Err(
                "--store is for the demonstration; a configuration has its own storage".into()
            );
        }
        Ok(Some(options))
    }

    fn listen(&self) -> Result<TcpListener, String> {
        let passed = listenfd::ListenFd::from_env().take_tcp_listener(0);
        match passed.map_err(|error| format!("the socket that was passed: {error}"))? {
            Some(listener) => Ok(listener),
            None => TcpListener::bind(&self.listen).map_err(|error| {
                format!("cannot listen on {:?} (ADDRESS:PORT): {error}", self.listen)
            }),
        }
    }

    /// The configuration of the file, or of the demonstration, which is reached at `url`.
    fn configuration(&self, url: &str) -> Result<Config, Box<dyn Error>> {
        let defaults = HttpOptions::for_server();
        let Some(file) = &self.config else {
            let store = self.store.clone().unwrap_or_else(|| "data".into());
            let document = serde_json::json!({
                "storage": {"local": {"path": store, "base_url": self.base_url.as_deref().unwrap_or(url)}},
                "authentication": "keys",
                "websites": [{"id": 1001, "keys": ["abc123"]}],
                "http": {"files": true, "list": true, "settings": true, "page": true},
            });
            return Ok(Config::from_json_with(&document.to_string(), defaults)?);
        };
        let json = std::fs::read_to_string(file)
            .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        let mut config = Config::from_json_with(&json, defaults)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        if let (Some(url), Some(storage)) = (&self.base_url, &mut config.storage) {
            storage.set_base_url(url);
        }
        Ok(config)
    }
}

/// The address for a browser on this machine.
fn browsable(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        return format!("localhost:{}", address.port());
    }
    address.set_ip(address.ip().to_canonical());
    address.to_string()
}
