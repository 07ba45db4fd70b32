//! Inks of a file's own: the colour spaces Separation and `DeviceN` (ISO 32000-1, sections 8.6.6.4 and 8.6.6.5).

use std::collections::HashMap;

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Array, Dict, MaybeRef, ObjRef, Object};

/// Arrays and dictionaries inside each other.
const MAX_DEPTH: u32 = 64;
/// Colorants that are no ink of the file's own.
const PROCESS: [&[u8]; 6] = [b"Cyan", b"Magenta", b"Yellow", b"Black", b"All", b"None"];

/// Whether an object of the file is a colour space with an ink beside those of CMYK.
pub(super) fn found(pdf: &Pdf) -> bool {
    let mut spaces = Spaces { pdf, known: HashMap::new() };
    pdf.objects().into_iter().any(|object| spaces.in_object(&object, 0))
}

struct Spaces<'a> {
    pdf: &'a Pdf,
    /// Whether objects are colorants of the file's own. Each is read once, however many spaces refer to it.
    known: HashMap<ObjRef, bool>,
}

impl Spaces<'_> {
    fn in_object(&mut self, object: &Object<'_>, depth: u32) -> bool {
        depth <= MAX_DEPTH
            && match object {
                Object::Dict(dictionary) => self.in_dictionary(dictionary, depth),
                Object::Stream(stream) => self.in_dictionary(stream.dict(), depth),
                Object::Array(array) => self.is_space(array) || self.in_array(array, depth),
                _ => false,
            }
    }

    /// Values that are references are objects of the file, and so looked at on their own.
    fn in_dictionary(&mut self, dictionary: &Dict<'_>, depth: u32) -> bool {
        dictionary.entries().any(|(_, value)| self.in_value(&value, depth))
    }

    fn in_array(&mut self, array: &Array<'_>, depth: u32) -> bool {
        array.raw_iter().any(|value| self.in_value(&value, depth))
    }

    fn in_value(&mut self, value: &MaybeRef<Object<'_>>, depth: u32) -> bool {
        match value {
            MaybeRef::NotRef(object) => self.in_object(object, depth + 1),
            MaybeRef::Ref(_) => false,
        }
    }

    /// `[/Separation name ...]`, or `[/DeviceN [names] ...]`.
    fn is_space(&mut self, array: &Array<'_>) -> bool {
        let mut members = array.raw_iter();
        let (Some(MaybeRef::NotRef(Object::Name(kind))), Some(colorants)) =
            (members.next(), members.next())
        else {
            return false;
        };
        matches!(&*kind, b"Separation" | b"DeviceN") && self.has_own(&colorants, true)
    }

    /// Whether a name is an ink of the file's own, or one of an array of them, if `may_be_array`.
    fn has_own(&mut self, colorants: &MaybeRef<Object<'_>>, may_be_array: bool) -> bool {
        match colorants {
            MaybeRef::NotRef(Object::Name(name)) => !PROCESS.contains(&&**name),
            MaybeRef::NotRef(Object::Array(names)) => {
                may_be_array && names.raw_iter().any(|name| self.has_own(&name, false))
            }
            MaybeRef::NotRef(_) => false,
            MaybeRef::Ref(reference) => {
                if let Some(known) = self.known.get(reference) {
                    return *known;
                }
                // Also while it is read, if it leads to itself.
                self.known.insert(*reference, false);
                let object = self.pdf.xref().get::<Object<'_>>((*reference).into());
                let has_own = object
                    .is_some_and(|object| self.has_own(&MaybeRef::NotRef(object), may_be_array));
                self.known.insert(*reference, has_own);
                has_own
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::sample;
    use super::*;

    /// A page whose resources have this colour space.
    fn pdf(space: &str) -> Pdf {
        let page = format!("/MediaBox[0 0 9 9]/Resources<</ColorSpace<</C0 {space}>>>>");
        let others = ["/Gold", "[/Cyan/Gold]", "[/Cyan 5 0 R]", "/Black", "[/Cyan 8 0 R 9 0 R]"];
        Pdf::new(Arc::new(sample::pdf(&page, "", &others))).unwrap()
    }

    #[test]
    fn inks_beside_those_of_cmyk_are_found() {
        for (space, expected) in [
            ("/DeviceCMYK", false),
            ("[/ICCBased 99 0 R]", false),
            ("[/Separation/Black/DeviceCMYK 99 0 R]", false),
            ("[/Separation/All/DeviceCMYK 99 0 R]", false),
            ("[/Separation/PANTONE#20186#20C/DeviceCMYK 99 0 R]", true),
            ("[/DeviceN[/Cyan/Magenta/Yellow/Black]/DeviceCMYK 99 0 R]", false),
            ("[/DeviceN[/Cyan/Gold]/DeviceCMYK 99 0 R]", true),
            ("[/Separation 5 0 R/DeviceCMYK 99 0 R]", true),
            ("[/DeviceN 6 0 R/DeviceCMYK 99 0 R]", true),
            ("[/DeviceN 7 0 R/DeviceCMYK 99 0 R]", true),
            ("[/DeviceN[/Cyan 5 0 R]/DeviceCMYK 99 0 R]", true),
            ("[/Separation 8 0 R/DeviceCMYK 99 0 R]", false),
            ("[/DeviceN 9 0 R/DeviceCMYK 99 0 R]", false),
            ("[/Indexed[/Separation/Varnish/DeviceGray 99 0 R]1<00>]", true),
            ("[/Pattern[/Separation/Varnish/DeviceGray 99 0 R]]", true),
        ] {
            assert_eq!(found(&pdf(space)), expected, "{space}");
        }
    }
}
