//! What the XML parser does not bound: the attributes of an element, which it compares with each other.

use super::entities::declarations;
use crate::rendition::decode_error::DecodeError;

/// Attributes of an element. Drawings have a dozen.
const MAX_ATTRIBUTES: usize = 256;

/// Refuses an element with too many attributes.
pub(super) fn check(text: &str) -> Result<(), DecodeError> {
    let is_too_long = |text| most_attributes(text) > MAX_ATTRIBUTES;
    if is_too_long(text) || declarations(text).values().any(|value| is_too_long(value)) {
        let reason = format!("an element has more than {MAX_ATTRIBUTES} attributes");
        return Err(DecodeError::unsupported(reason));
    }
    Ok(())
}

/// The most attributes of a tag: each has a `=` outside of quotes.
fn most_attributes(text: &str) -> usize {
    let (mut rest, mut most) = (text, 0);
    while let Some((_, tag)) = rest.split_once('<') {
        let skipped = [("!--", "-->"), ("![CDATA[", "]]>"), ("?", "?>")];
        let skipped = skipped.iter().find_map(|(start, end)| {
            Some(tag.strip_prefix(start)?.split_once(end).map_or("", |(_, rest)| rest))
        });
        if let Some(behind) = skipped {
            rest = behind;
            continue;
        }
        let (mut quote, mut count, mut length) = (None, 0, tag.len());
        for (at, byte) in tag.bytes().enumerate() {
            match (quote, byte) {
                (Some(open), byte) if open == byte => quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'=') => count += 1,
                (None, b'>') => {
                    length = at;
                    break;
                }
                _ => {}
            }
        }
        most = most.max(count);
        rest = tag.get(length..).unwrap_or_default();
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_counted_in_tags_alone() {
        assert_eq!(most_attributes("<a b='=' c=\"'=>\"><!-- <d e=f g=h i=j> --><k l = 'm'/>"), 2);
        assert_eq!(most_attributes("<?xml a=b c=d?><![CDATA[<a b=c d=e>]]><e>=====</e>"), 0);
        assert_eq!(most_attributes("<a b='1' c"), 1);
    }

    #[test]
    fn too_many_are_refused_in_entities_too() {
        let many: String = (0..=MAX_ATTRIBUTES).map(|i| format!("a{i}='' ")).collect();
        assert!(check(&format!("<svg {many}>")).is_err());
        assert!(
            check(&format!("<!DOCTYPE svg [<!ENTITY e \"<g {many}/>\">]><svg>&e;</svg>")).is_err()
        );
        assert!(check("<!DOCTYPE svg [<!ENTITY e '<g a=\"\"/>'>]><svg>&e;</svg>").is_ok());
    }
}
