//! The fixtures and the real files, with the known facts of each.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use userimage::{Format, Orientation, Size};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn fixture_folder() -> PathBuf {
    root().join("tests/fixtures")
}

/// A file and its entry in the index.
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) truth: Value,
}

impl Known {
    pub(crate) fn read(&self) -> Vec<u8> {
        fs::read(&self.path).expect(&self.name)
    }
}

fn known(index: &Path, files: &Path) -> Vec<Known> {
    let text = fs::read(index).unwrap_or_else(|error| panic!("{}: {error}", index.display()));
    let parsed: Value = serde_json::from_slice(&text).expect("an index of files");
    let entries = parsed["files"].as_array().expect("files").iter();
    let entry = |truth: &Value| {
        let name = truth["file"].as_str().expect("file").to_owned();
        Known { path: files.join(&name), name, truth: truth.clone() }
    };
    entries.map(entry).collect()
}

/// The fixtures of this repository.
pub(crate) fn fixtures() -> Vec<Known> {
    let folder = fixture_folder();
    known(&folder.join("truth.json"), &folder.join("files"))
}

/// The real files: of the folder with `expected.json` that `USERIMAGE_SHARED` names, by default
/// `../shared/images` beside the checkout. Prints that they are skipped if there is no such folder.
pub(crate) fn shared() -> Option<Vec<Known>> {
    let folder = std::env::var_os("USERIMAGE_SHARED")
        .map_or_else(|| root().join("../shared/images"), PathBuf::from);
    let index = folder.join("expected.json");
    if index.is_file() {
        return Some(known(&index, &folder));
    }
    // Not `println!`, which is only shown of tests that fail.
    let _ = writeln!(std::io::stderr(), "skipped: real files, no {}", index.display());
    None
}

/// Name and bytes of every available real file, every fixture and every fuzzing regression.
pub(crate) fn every_file() -> Vec<(String, Vec<u8>)> {
    let known = shared().into_iter().flatten().chain(fixtures()).map(|known| known.path);
    let finds = fs::read_dir(root().join("tests/fuzz/regressions")).expect("regressions");
    let paths = known.chain(finds.map(|entry| entry.unwrap().path()));
    paths.map(|path| (path.display().to_string(), fs::read(path).unwrap())).collect()
}

/// The lengths to truncate a file to: all if it is no longer than `small`, else 200, and some near its
/// end.
pub(crate) fn cuts(length: usize, small: usize) -> impl Iterator<Item = usize> {
    let step = if length <= small { 1 } else { length.div_ceil(200) };
    let ends = [1, 2, 12].into_iter().filter_map(move |from_end| length.checked_sub(from_end));
    (0..length).step_by(step).chain(ends)
}

/// The expected rendition of a fixture.
pub(crate) enum Expected {
    /// The reference pictures: at full size, and fitted in 64 x 64 where it is larger.
    Pictures {
        full: Vec<u8>,
        small: Option<Vec<u8>>,
    },
    Refused,
    /// Undecided by the specification.
    Open,
}

/// A fixture of a format that has a rendition, with the facts that a correct probe returns.
pub(crate) struct Fixture {
    pub(crate) name: String,
    pub(crate) data: Vec<u8>,
    pub(crate) format: Format,
    pub(crate) size: Size,
    pub(crate) orientation: Orientation,
    pub(crate) bomb: bool,
    pub(crate) expected: Expected,
}

#[cfg(feature = "rendition")]
impl Fixture {
    pub(crate) fn source(&self) -> userimage::rendition::Source<'_> {
        let mut source = userimage::rendition::Source::new(&self.data, self.format, self.size);
        source.orientation = self.orientation;
        source
    }
}

/// A format that has a rendition, by MIME type or extension.
pub(crate) fn rendered_format(name: &str) -> Option<Format> {
    let named = |format: &Format| {
        format.mime_type() == name || format.extension().strip_prefix('.') == Some(name)
    };
    Format::ALL.into_iter().filter(|format| format.has_rendition()).find(named)
}

/// All fixtures of the formats that have a rendition. The format of one that no probe accepts is
/// that of its extension.
pub(crate) fn rendered() -> Vec<Fixture> {
    let read = |path: &str| fs::read(fixture_folder().join(path)).expect(path);
    let fixture = |known: Known| {
        let (probe, render) = (&known.truth["probe"], &known.truth["render"]);
        let mime_or_extension = probe["mime"].as_str().or(known.name.rsplit('.').next());
        let format = mime_or_extension.and_then(rendered_format)?;
        let number = |field: &str| u32::try_from(probe[field].as_u64().unwrap_or(0)).unwrap();
        let reference = |field: &str| render[field].as_str().map(read);
        Some(Fixture {
            data: known.read(),
            format,
            size: Size::new(number("width"), number("height")),
            orientation: Orientation::from_exif(number("orientation")),
            bomb: known.truth["bomb"] == true,
            expected: match reference("reference") {
                Some(full) => Expected::Pictures { full, small: reference("reference64") },
                None if render["refused"] == true => Expected::Refused,
                None => Expected::Open,
            },
            name: known.name,
        })
    };
    fixtures().into_iter().filter_map(fixture).collect()
}
