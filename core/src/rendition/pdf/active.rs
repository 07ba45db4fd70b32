//! Content that a reader of the original would run, or open as another file: ISO 32000-1, sections 12.6 (actions),
//! 7.11.4 (embedded files), 12.7.8 (forms in XML), 13 (media).

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Array, Dict, Name, Object};

/// Arrays and dictionaries inside each other.
const MAX_DEPTH: u32 = 64;

/// What acts in the file, in any object of it, also one that nothing refers to.
pub(super) fn found(pdf: &Pdf) -> Option<&'static str> {
    pdf.objects().into_iter().find_map(|object| in_object(&object, 0))
}

fn in_object(object: &Object<'_>, depth: u32) -> Option<&'static str> {
    if depth > MAX_DEPTH {
        return Some("objects inside each other, too deep to look for scripts in");
    }
    match object {
        Object::Dict(dictionary) => in_dictionary(dictionary, depth),
        Object::Stream(stream) => in_dictionary(stream.dict(), depth),
        Object::Array(array) => in_array(array, depth),
        _ => None,
    }
}

/// Values that are references are objects of the file, and so looked at on their own.
fn in_dictionary(dictionary: &Dict<'_>, depth: u32) -> Option<&'static str> {
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
    if dictionary.contains_key("XFA") {
        return Some("a form in XML");
    }
    if dictionary.contains_key("EmbeddedFiles")
        || is("Type", &["EmbeddedFile"])
        || is("S", &["GoToE"])
        || is("Subtype", &["FileAttachment"])
    {
        return Some("an attachment");
    }
    if is("Subtype", &["RichMedia", "Movie", "Sound", "Screen", "3D"])
        || is("S", &["Rendition", "Movie", "Sound", "RichMediaExecute", "GoTo3DView"])
    {
        return Some("media that a reader plays");
    }
    dictionary.entries().find_map(|(_, value)| match value {
        hayro::hayro_syntax::object::MaybeRef::NotRef(object) => in_object(&object, depth + 1),
        hayro::hayro_syntax::object::MaybeRef::Ref(_) => None,
    })
}

fn in_array(array: &Array<'_>, depth: u32) -> Option<&'static str> {
    array.raw_iter().find_map(|value| match value {
        hayro::hayro_syntax::object::MaybeRef::NotRef(object) => in_object(&object, depth + 1),
        hayro::hayro_syntax::object::MaybeRef::Ref(_) => None,
    })
}
