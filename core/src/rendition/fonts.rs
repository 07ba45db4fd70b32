//! The fonts in which the texts of artwork are drawn.

#[cfg(feature = "svg")]
use std::path::Path;
#[cfg(feature = "svg")]
use std::sync::Arc;
#[cfg(feature = "svg")]
use std::{fs, io};

#[cfg(feature = "svg")]
use resvg::usvg::fontdb::{Database, Source};

/// The fonts in which the texts of artwork are drawn, read from a folder of the host's. The default has none, and
/// texts whose font is not in the file are left out. Fonts of the system are never used: a rendition is the same on
/// every machine.
///
/// A clone shares the fonts.
#[derive(Clone, Default)]
pub struct Fonts {
    #[cfg(feature = "svg")]
    database: Option<Arc<Database>>,
}

impl std::fmt::Debug for Fonts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        #[cfg(feature = "svg")]
        let faces = self.database().map_or(0, Database::len);
        #[cfg(not(feature = "svg"))]
        let faces = 0;
        f.debug_struct("Fonts").field("faces", &faces).finish()
    }
}

#[cfg(feature = "svg")]
impl Fonts {
    /// The most bytes of all fonts of a folder.
    pub const MAX_BYTES: u64 = 256 << 20;

    /// Reads the fonts of a folder and the folders in it: files named `.ttf`, `.otf`, `.ttc` and `.otc`. They stay in
    /// memory.
    ///
    /// # Errors
    ///
    /// When the folder or a font cannot be read, a file is no font, the folder has none, or its fonts are over
    /// [`MAX_BYTES`](Self::MAX_BYTES).
    pub fn from_dir(path: impl AsRef<Path>) -> io::Result<Self> {
        let mut database = Database::new();
        let mut left = Self::MAX_BYTES;
        add_folder(&mut database, path.as_ref(), &mut left, 0)?;
        if database.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the folder has no fonts"));
        }
        set_generic_families(&mut database);
        Ok(Self { database: Some(Arc::new(database)) })
    }

    pub(super) fn database(&self) -> Option<&Database> {
        self.database.as_deref()
    }

    /// The fonts, for a renderer that takes a share of them.
    pub(super) fn shared(&self) -> Arc<Database> {
        self.database.clone().unwrap_or_default()
    }
}

#[cfg(feature = "svg")]
fn add_folder(
    database: &mut Database,
    folder: &Path,
    left: &mut u64,
    depth: u32,
) -> io::Result<()> {
    const MAX_DEPTH: u32 = 8;
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    // The order of a folder differs between machines, and the first of equal fonts is used.
    paths.sort();
    for path in paths {
        if path.is_dir() {
            if depth < MAX_DEPTH {
                add_folder(database, &path, left, depth + 1)?;
            }
        } else if is_font(&path) {
            let fail = |problem: String| io::Error::other(format!("{}: {problem}", path.display()));
            let file = fs::read(&path).map_err(|error| fail(error.to_string()))?;
            *left = left
                .checked_sub(file.len() as u64)
                .ok_or_else(|| fail(format!("the fonts are over {} bytes", Fonts::MAX_BYTES)))?;
            if database.load_font_source(Source::Binary(Arc::new(file))).is_empty() {
                return Err(fail("it is no font".to_owned()));
            }
        }
    }
    Ok(())
}

#[cfg(feature = "svg")]
fn is_font(path: &Path) -> bool {
    let extension = path.extension().map(std::ffi::OsStr::to_ascii_lowercase);
    extension.is_some_and(|extension| {
        ["ttf", "otf", "ttc", "otc"].iter().any(|known| extension == *known)
    })
}

/// Sets what `serif`, `sans-serif` and `monospace` mean: one of the usual free fonts, or the first of the folder.
#[cfg(feature = "svg")]
fn set_generic_families(database: &mut Database) {
    const SERIF: [&str; 4] = ["Liberation Serif", "DejaVu Serif", "Noto Serif", "Times New Roman"];
    const SANS: [&str; 4] = ["Liberation Sans", "DejaVu Sans", "Noto Sans", "Arial"];
    const MONO: [&str; 4] =
        ["Liberation Mono", "DejaVu Sans Mono", "Noto Sans Mono", "Courier New"];
    let names: Vec<String> = database
        .faces()
        .flat_map(|face| face.families.iter().map(|(name, _)| name.clone()))
        .collect();
    let first = |usual: [&str; 4]| {
        let usual = usual.into_iter().find(|usual| names.iter().any(|name| name == usual));
        usual.map(str::to_owned).or_else(|| names.first().cloned()).unwrap_or_default()
    };
    database.set_serif_family(first(SERIF));
    database.set_sans_serif_family(first(SANS));
    database.set_monospace_family(first(MONO));
}

#[cfg(all(test, feature = "svg"))]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_fonts_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = Fonts::from_dir(folder.path()).unwrap_err();
        assert!(error.to_string().contains("no fonts"), "{error}");
        fs::write(folder.path().join("read.me"), "text").unwrap();
        assert!(Fonts::from_dir(folder.path()).is_err());
        fs::write(folder.path().join("bad.TTF"), "text").unwrap();
        let error = Fonts::from_dir(folder.path()).unwrap_err();
        assert!(error.to_string().contains("bad.TTF: it is no font"), "{error}");
        assert!(Fonts::from_dir(folder.path().join("none")).is_err());
        assert!(Fonts::default().database().is_none());
    }
}
