//! The modules of this crate import each other in one direction.

use std::collections::BTreeMap;
use std::path::Path;

/// Each module, and those that it imports outside of its tests.
fn imports() -> BTreeMap<String, Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut imports = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        let imported = text.split("crate::").skip(1).filter_map(|rest| {
            let end = rest.find(|c: char| c != '_' && !c.is_ascii_lowercase())?;
            rest[end..].starts_with("::").then(|| rest[..end].to_owned())
        });
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let others = imported.filter(|other| *other != name).collect();
        imports.insert(name, others);
    }
    imports
}

#[test]
fn modules_import_each_other_without_circles() {
    let mut open = imports();
    assert!(open["guard"].contains(&"call_error".to_owned()), "imports are found");
    assert!(open.len() > 30);
    // What imports nothing that is still open can be removed, until nothing is left.
    while let Some(free) = open
        .iter()
        .find(|(_, imported)| !imported.iter().any(|name| open.contains_key(name)))
        .map(|(name, _)| name.clone())
    {
        open.remove(&free);
    }
    assert!(open.is_empty(), "in a circle, or importing one: {open:#?}");
}
