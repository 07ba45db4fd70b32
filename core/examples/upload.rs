//! Uploads files into a local store and prints the answer of each, one per line.
//!
//! ```text
//! upload --store DIR --website-id 1001 --client-key abc123 --user-id 12345 [--dpi 96] FILE...
//! ```
//!
//! The only client is website 1001 with the key abc123. Every option may be omitted, to see its error.
//! The reason of an error is printed to standard error. The exit status is 0 if all uploads succeeded,
//! else 1.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use userimage::storage::LocalStorage;
use userimage::{ClientKeys, Envelope, ErrorKind, StoredImage, UploadError, UploadHead, Uploader};

#[derive(Default)]
struct Arguments {
    store: Option<String>,
    website_id: Option<String>,
    client_key: Option<String>,
    user_id: Option<String>,
    dpi: Option<String>,
    files: Vec<PathBuf>,
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("upload: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Uploads all files. Returns whether every upload succeeded.
fn run() -> Result<bool, Box<dyn Error>> {
    let arguments = parse(std::env::args_os().skip(1))?;
    let store =
        arguments.store.as_deref().ok_or("--store DIR is missing: the folder for images")?;
    // If the store cannot be opened, the answer for each file is error 500.
    let uploader = open(store);

    // Without a file the request is sent too: its answer is error 262.
    let files: Vec<_> = match &*arguments.files {
        [] => vec![None],
        files => files.iter().map(Some).collect(),
    };
    let mut out = std::io::stdout().lock();
    let mut all_succeeded = true;
    for file in files {
        let result = match &uploader {
            Ok(uploader) => upload(uploader, &arguments, file),
            Err(reason) => Err(UploadError::new(ErrorKind::StorageFailed, reason)),
        };
        if let Err(error) = &result {
            eprintln!("upload: {}", error.reason());
            all_succeeded = false;
        }
        writeln!(out, "{}", Envelope::from(&result).as_json())?;
    }
    Ok(all_succeeded)
}

fn open(store: &str) -> Result<Uploader, String> {
    let open = || -> Result<_, Box<dyn Error>> {
        std::fs::create_dir_all(store)?;
        let storage = LocalStorage::open(store, file_url(&std::fs::canonicalize(store)?))?;
        let keys = ClientKeys::new([(1001, "abc123")])?;
        Ok(Uploader::builder(storage).authenticator(keys).build()?)
    };
    open().map_err(|error| format!("the store {store:?} cannot be opened: {error}"))
}

/// Uploads the file at `path`. It is not read past the website's largest file.
fn upload(
    uploader: &Uploader,
    arguments: &Arguments,
    path: Option<&PathBuf>,
) -> Result<StoredImage, UploadError> {
    let mut head = UploadHead::new();
    if let Some(website_id) = &arguments.website_id {
        head = head.website_id(website_id);
    }
    if let Some(client_key) = &arguments.client_key {
        head = head.client_key(client_key);
    }
    if let Some(user_id) = &arguments.user_id {
        head = head.user_id(user_id);
    }
    if let Some(dpi) = &arguments.dpi {
        head = head.dpi(dpi);
    }
    let admitted = uploader.admit(&head)?;
    let Some(path) = path else { return admitted.finish(&[]) };
    admitted.finish_path(path, None)
}

fn parse(mut words: impl Iterator<Item = std::ffi::OsString>) -> Result<Arguments, Box<dyn Error>> {
    let mut arguments = Arguments::default();
    while let Some(word) = words.next() {
        let option = match word.to_str() {
            Some("--store") => &mut arguments.store,
            Some("--website-id") => &mut arguments.website_id,
            Some("--client-key") => &mut arguments.client_key,
            Some("--user-id") => &mut arguments.user_id,
            Some("--dpi") => &mut arguments.dpi,
            Some("--") => {
                arguments.files.extend(words.by_ref().map(PathBuf::from));
                continue;
            }
            Some(unknown) if unknown.starts_with("--") => {
                return Err(format!("{unknown} is not an option").into());
            }
            _ => {
                arguments.files.push(word.into());
                continue;
            }
        };
        let value = words.next().ok_or_else(|| format!("{} lacks its value", word.display()))?;
        *option = Some(value.into_string().map_err(|_| "an option's value is not UTF-8")?);
    }
    Ok(arguments)
}

/// The `file://` URL of an absolute path, percent-encoded (RFC 8089).
fn file_url(path: &Path) -> String {
    let mut url = String::from("file://");
    let path = path.to_string_lossy();
    let path = if cfg!(windows) { path.replace('\\', "/") } else { path.into_owned() };
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' | b':' => url.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => url.push(byte.into()),
            // Writing into a string cannot fail.
            _ => drop(write!(url, "%{byte:02X}")),
        }
    }
    url
}
