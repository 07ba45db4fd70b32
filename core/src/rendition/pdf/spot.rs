//! Inks of a file's own: the colour spaces Separation and `DeviceN` (ISO 32000-1, sections 8.6.6.4 and 8.6.6.5).

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Array, Dict, MaybeRef, Object};

/// Arrays and dictionaries inside each other.
const MAX_DEPTH: u32 = 64;
/// Colorants that are no ink of the file's own.
const PROCESS: [&[u8]; 6] = [b"Cyan", b"Magenta", b"Yellow", b"Black", b"All", b"None"];

/// Whether an object of the file is a colour space with an ink beside those of CMYK.
pub(super) fn found(pdf: &Pdf) -> bool {
    pdf.objects().into_iter().any(|object| in_object(&object, 0))
}

fn in_object(object: &Object<'_>, depth: u32) -> bool {
    depth <= MAX_DEPTH
        && match object {
            Object::Dict(dictionary) => in_dictionary(dictionary, depth),
            Object::Stream(stream) => in_dictionary(stream.dict(), depth),
            Object::Array(array) => is_space(array) || in_array(array, depth),
            _ => false,
        }
}

/// Values that are references are objects of the file, and so looked at on their own.
fn in_dictionary(dictionary: &Dict<'_>, depth: u32) -> bool {
    dictionary.entries().any(|(_, value)| in_value(&value, depth))
}

fn in_array(array: &Array<'_>, depth: u32) -> bool {
    array.raw_iter().any(|value| in_value(&value, depth))
}

fn in_value(value: &MaybeRef<Object<'_>>, depth: u32) -> bool {
    match value {
        MaybeRef::NotRef(object) => in_object(object, depth + 1),
        MaybeRef::Ref(_) => false,
    }
}

/// `[/Separation name ...]`, or `[/DeviceN [names] ...]`.
fn is_space(array: &Array<'_>) -> bool {
    let mut members = array.raw_iter();
    let (Some(MaybeRef::NotRef(Object::Name(kind))), Some(MaybeRef::NotRef(colorants))) =
        (members.next(), members.next())
    else {
        return false;
    };
    match (&*kind, &colorants) {
        (b"Separation", Object::Name(name)) => !PROCESS.contains(&&**name),
        (b"DeviceN", Object::Array(names)) => names.raw_iter().any(|name| {
            matches!(&name, MaybeRef::NotRef(Object::Name(name)) if !PROCESS.contains(&&**name))
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// A page whose resources have this colour space.
    fn pdf(space: &str) -> Pdf {
        let objects = [
            "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
            "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
            format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</ColorSpace<</C0 {space}>>>>>>"
            ),
        ];
        let mut file = "%PDF-1.4\n".to_owned();
        let mut table = "xref\n0 4\n0000000000 65535 f \n".to_owned();
        for (index, object) in objects.iter().enumerate() {
            table += &format!("{:010} 00000 n \n", file.len());
            file += &format!("{} 0 obj\n{object}\nendobj\n", index + 1);
        }
        let start = file.len();
        file += &format!("{table}trailer\n<</Root 1 0 R/Size 4>>\nstartxref\n{start}\n%%EOF\n");
        Pdf::new(Arc::new(file.into_bytes())).unwrap()
    }

    #[test]
    fn inks_beside_those_of_cmyk_are_found() {
        for (space, expected) in [
            ("/DeviceCMYK", false),
            ("[/ICCBased 9 0 R]", false),
            ("[/Separation/Black/DeviceCMYK 9 0 R]", false),
            ("[/Separation/All/DeviceCMYK 9 0 R]", false),
            ("[/Separation/PANTONE#20186#20C/DeviceCMYK 9 0 R]", true),
            ("[/DeviceN[/Cyan/Magenta/Yellow/Black]/DeviceCMYK 9 0 R]", false),
            ("[/DeviceN[/Cyan/Gold]/DeviceCMYK 9 0 R]", true),
            ("[/Indexed[/Separation/Varnish/DeviceGray 9 0 R]1<00>]", true),
            ("[/Pattern[/Separation/Varnish/DeviceGray 9 0 R]]", true),
        ] {
            assert_eq!(found(&pdf(space)), expected, "{space}");
        }
    }
}
