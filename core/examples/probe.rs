//! Identifies image files: prints a line of JSON for each, in order.
//!
//! `cargo run --release -p userimage --example probe -- [--root DIR] FILE...`, or `-` for a list of
//! paths on standard input. Paths are taken relative to `--root` and printed as given.

use std::ffi::OsString;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;
use userimage::probe::{ImageInfo, ProbeError, probe_path};

/// The facts of a file, as in [`ImageInfo::to_json`].
#[derive(Serialize)]
struct Report<'a> {
    path: &'a str,
    ok: bool,
    #[serde(flatten)]
    info: ImageInfo,
}

#[derive(Serialize)]
struct Failure<'a> {
    path: &'a str,
    ok: bool,
    error: String,
}

fn line(path: &str, result: Result<ImageInfo, ProbeError>) -> serde_json::Result<String> {
    match result {
        Ok(info) => serde_json::to_string(&Report { path, ok: true, info }),
        Err(error) => serde_json::to_string(&Failure { path, ok: false, error: error.to_string() }),
    }
}

fn print(out: &mut impl Write, root: Option<&Path>, path: &Path) -> io::Result<()> {
    let file = root.map_or_else(|| path.to_path_buf(), |root| root.join(path));
    let line = line(&path.to_string_lossy(), probe_path(file))?;
    writeln!(out, "{line}")
}

/// The path in one line of a list. On Unix it may be any bytes.
fn listed(mut line: Vec<u8>) -> PathBuf {
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    #[cfg(unix)]
    let path: OsString = std::os::unix::ffi::OsStringExt::from_vec(line);
    #[cfg(not(unix))]
    let path = OsString::from(String::from_utf8_lossy(&line).into_owned());
    PathBuf::from(path)
}

fn run(arguments: impl Iterator<Item = OsString>) -> io::Result<ExitCode> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut root: Option<PathBuf> = None;
    let mut arguments = arguments.peekable();
    if arguments.peek().is_none() {
        writeln!(io::stderr(), "usage: probe [--root DIR] FILE... | -")?;
        return Ok(ExitCode::from(2));
    }
    while let Some(argument) = arguments.next() {
        if argument == "--root" {
            root = arguments.next().map(PathBuf::from);
        } else if argument == "-" {
            for path in io::stdin().lock().split(b'\n') {
                print(&mut out, root.as_deref(), &listed(path?))?;
            }
        } else {
            print(&mut out, root.as_deref(), Path::new(&argument))?;
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn main() -> ExitCode {
    match run(std::env::args_os().skip(1)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("probe: {error}");
            ExitCode::FAILURE
        }
    }
}
