//! Content that a reader of the original would run, or open as another file: ISO 32000-1, sections 12.6 (actions),
//! 7.11.4 (embedded files), 12.7.8 (forms in XML), 13 (media).

use std::collections::HashSet;

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Array, Dict, MaybeRef, Name, ObjRef, Object, String};

/// Arrays and dictionaries inside each other.
const MAX_DEPTH: u32 = 64;
/// Schemes of links that show a page or begin a message or a call.
const LINKS: [&[u8]; 7] = [b"http", b"https", b"mailto", b"ftp", b"ftps", b"tel", b"sms"];

/// What acts in the file, in any object of it, also one that nothing refers to.
pub(super) fn found(pdf: &Pdf) -> Option<&'static str> {
    let mut links = Links { pdf, known: HashSet::new() };
    pdf.objects().into_iter().find_map(|object| in_object(&object, &mut links, 0))
}

fn in_object(object: &Object<'_>, links: &mut Links<'_>, depth: u32) -> Option<&'static str> {
    if depth > MAX_DEPTH {
        return Some("objects inside each other, too deep to look for scripts in");
    }
    match object {
        Object::Dict(dictionary) => in_dictionary(dictionary, links, depth),
        Object::Stream(stream) => in_dictionary(stream.dict(), links, depth),
        Object::Array(array) => in_array(array, links, depth),
        _ => None,
    }
}

/// Values that are references are objects of the file, and so looked at on their own.
fn in_dictionary(dictionary: &Dict<'_>, links: &mut Links<'_>, depth: u32) -> Option<&'static str> {
    let name = |key: &str| dictionary.get::<Name<'_>>(key);
    let is = |key: &str, values: &[&str]| {
        name(key).is_some_and(|name| values.iter().any(|value| *name == *value.as_bytes()))
    };
    if dictionary.contains_key("JS") || is("S", &["JavaScript"]) {
        return Some("a script");
    }
    if is("S", &["Launch"]) {
        return Some("an action that starts a program");
    }
    if is("S", &["SubmitForm", "ImportData"]) {
        return Some("a form that sends or reads data");
    }
    // The second is the base of the links that state none.
    if links.acts(dictionary.get_raw("URI")) || links.acts(dictionary.get_raw("Base")) {
        return Some("a link that is a script, or opens a file");
    }
    if is("S", &["GoToR"]) || (is("S", &["Thread"]) && dictionary.contains_key("F")) {
        return Some("an action that opens another file");
    }
    if dictionary.contains_key("XFA") {
        return Some("a form in XML");
    }
    if dictionary.contains_key("EmbeddedFiles")
        || is("Type", &["EmbeddedFile"])
        || is("S", &["GoToE"])
        || is("Subtype", &["FileAttachment"])
        || is_embedded(dictionary)
    {
        return Some("an attachment");
    }
    if is("Subtype", &["RichMedia", "Movie", "Sound", "Screen", "3D"])
        || is("S", &["Rendition", "Movie", "Sound", "RichMediaExecute", "GoTo3DView"])
    {
        return Some("media that a reader plays");
    }
    dictionary.entries().find_map(|(_, value)| in_value(&value, links, depth))
}

fn in_array(array: &Array<'_>, links: &mut Links<'_>, depth: u32) -> Option<&'static str> {
    array.raw_iter().find_map(|value| in_value(&value, links, depth))
}

fn in_value(
    value: &MaybeRef<Object<'_>>,
    links: &mut Links<'_>,
    depth: u32,
) -> Option<&'static str> {
    match value {
        MaybeRef::NotRef(object) => in_object(object, links, depth + 1),
        MaybeRef::Ref(_) => None,
    }
}

/// Whether a dictionary states a file, and that it is in this one (section 7.11.3). Alone, the key may be the name of a font.
fn is_embedded(dictionary: &Dict<'_>) -> bool {
    let has = |key: &str| dictionary.contains_key(key);
    has("EF")
        && (["F", "UF", "DOS", "Mac", "Unix"].into_iter().any(has)
            || dictionary
                .get::<Name<'_>>("Type")
                .is_some_and(|name| matches!(&*name, b"Filespec" | b"F")))
}

/// The targets of links: section 12.6.4.7.
struct Links<'a> {
    pdf: &'a Pdf,
    /// Objects that are known as ordinary links. Each is read once, however many refer to it.
    known: HashSet<ObjRef>,
}

impl Links<'_> {
    fn acts(&mut self, target: Option<MaybeRef<Object<'_>>>) -> bool {
        match target {
            Some(MaybeRef::NotRef(Object::String(target))) => acts(&target),
            Some(MaybeRef::Ref(reference)) => {
                self.known.insert(reference)
                    && self
                        .pdf
                        .xref()
                        .get::<String<'_>>(reference.into())
                        .is_some_and(|target| acts(&target))
            }
            _ => false,
        }
    }
}

/// Whether a target is no ordinary link: a script, a file, or what a program of its own opens.
fn acts(target: &[u8]) -> bool {
    // Readers pass over other bytes, and over white space.
    let target = target.iter().filter(|byte| byte.is_ascii_graphic());
    let target: Vec<u8> = target.map(u8::to_ascii_lowercase).collect();
    // Two of them begin the name of a computer, whose files a reader may open.
    let is_slash = |byte: Option<&u8>| matches!(byte, Some(b'/' | b'\\'));
    if is_slash(target.first()) && is_slash(target.get(1)) {
        return true;
    }
    let end = target.iter().position(|byte| matches!(byte, b':' | b'/' | b'?' | b'#'));
    let Some((scheme, [b':', rest @ ..])) = end.and_then(|end| target.split_at_checked(end)) else {
        return false;
    };
    // Of `example.com:80`, the name of a computer is no scheme.
    let is_host = scheme.contains(&b'.') && rest.first().is_some_and(u8::is_ascii_digit);
    !is_host && !LINKS.contains(&scheme)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::sample;
    use super::*;

    fn action(action: &str, others: &[&str]) -> Option<&'static str> {
        let page = format!(
            "/MediaBox[0 0 9 9]/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<<{action}>>>>]"
        );
        found(&Pdf::new(Arc::new(sample::pdf(&page, "", others))).unwrap())
    }

    #[test]
    fn links_to_pages_and_addresses_are_accepted() {
        for target in [
            "http://example.com/a:b",
            "HTTPS://example.com",
            "mailto:a@example.com",
            "tel:+123",
            "www.example.com",
            "www.example.com:8080/a",
            "a/b?c=javascript:d",
            "#top",
            "",
        ] {
            assert_eq!(action(&format!("/S/URI/URI({target})"), &[]), None, "{target}");
        }
        assert_eq!(action("/S/URI/URI 5 0 R", &["(https://example.com)"]), None);
        assert_eq!(action("/S/GoTo/D[3 0 R/Fit]", &[]), None);
    }

    #[test]
    fn links_that_are_scripts_or_open_files_act() {
        for target in [
            "javascript:alert\\(1\\)",
            "Java\\nScript:alert",
            " \\000javascript:alert",
            "vbscript:a",
            "data:text/html,a",
            "file:///c:/windows/system32/cmd.exe",
            "c:\\\\windows",
            "\\\\\\\\computer\\\\share",
            "//computer/share",
            "search-ms:query=a",
        ] {
            let reason = action(&format!("/S/URI/URI({target})"), &[]);
            assert_eq!(reason, Some("a link that is a script, or opens a file"), "{target}");
        }
        assert!(action("/S/URI/URI 5 0 R", &["(file:///etc/passwd)"]).is_some());
        assert!(action("/S/URI/URI<6A6176617363726970743A61>", &[]).is_some());
        // The base of all links, in the catalog.
        assert!(action("/S/GoTo", &["<</URI<</Base(javascript:)>>>>"]).is_some());
        for opening in ["/S/GoToR/F(a.pdf)/D[0/Fit]", "/S/Thread/F(a.pdf)/D 0"] {
            assert_eq!(action(opening, &[]), Some("an action that opens another file"));
        }
        assert_eq!(action("/S/GoToE/F(a.pdf)", &[]), Some("an attachment"));
    }

    #[test]
    fn a_file_inside_is_an_attachment() {
        let data = "<</Length 1>>stream\na\nendstream";
        for attached in [
            "<</Type/Filespec/F(a.exe)/UF(a.exe)/EF<</F 6 0 R>>>>",
            "<</Type/Filespec/EF 7 0 R>>",
            "<</AF[<</UF(a.exe)/EF<</UF 6 0 R>>>>]>>",
        ] {
            assert_eq!(action("", &[attached, data]), Some("an attachment"), "{attached}");
        }
        // A file of another place, and fonts.
        assert_eq!(action("", &["<</Type/Filespec/F(a.exe)>>", "<</EF 7 0 R/F1 8 0 R>>"]), None);
    }
}
