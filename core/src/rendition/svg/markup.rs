//! What the XML parser does not bound: the attributes of an element, and the namespaces that are known in it, which it
//! compares with each other.

use super::entities::declarations;
use crate::rendition::decode_error::DecodeError;

/// Attributes of an element. Drawings have a dozen.
const MAX_ATTRIBUTES: usize = 256;
/// Namespaces that are compared, together. Drawings declare a dozen.
const MAX_NAMESPACES: usize = 1_000_000;

/// Refuses an element with too many attributes, and too many namespaces.
pub(super) fn check(text: &str) -> Result<(), DecodeError> {
    let tags = Tags::of(text);
    let entities: Vec<_> = declarations(text).into_values().map(Tags::of).collect();
    if entities.iter().chain([&tags]).any(|tags| tags.most_attributes > MAX_ATTRIBUTES) {
        let reason = format!("an element has more than {MAX_ATTRIBUTES} attributes");
        return Err(DecodeError::unsupported(reason));
    }
    // Those of an entity are declared wherever that is used.
    if tags.namespaces > MAX_NAMESPACES || entities.iter().any(|tags| tags.namespaces > 0) {
        return Err(DecodeError::unsupported("it declares too many namespaces"));
    }
    Ok(())
}

/// What the tags of a text have.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tags {
    /// The most attributes of one: each has a `=` outside of quotes.
    most_attributes: usize,
    /// Names of namespaces that the parser compares and copies: those that are known where others are declared.
    namespaces: usize,
}

impl Tags {
    fn of(text: &str) -> Self {
        let mut tags = Self::default();
        // The declarations that are known in each element that is open.
        let mut known = vec![0_usize];
        let mut rest = text;
        while let Some((_, tag)) = rest.split_once('<') {
            let skipped = [("!--", "-->"), ("![CDATA[", "]]>"), ("?", "?>")];
            let skipped = skipped.iter().find_map(|(start, end)| {
                Some(tag.strip_prefix(start)?.split_once(end).map_or("", |(_, rest)| rest))
            });
            if let Some(behind) = skipped {
                rest = behind;
                continue;
            }
            let (tag, behind) = tag.split_at(attributes_end(tag));
            rest = behind;
            if tag.starts_with('/') {
                known.truncate(known.len().saturating_sub(1).max(1));
                continue;
            }
            tags.most_attributes = tags.most_attributes.max(attributes(tag).count());
            let declared = attributes(tag).filter(|name| is_declaration(name)).count();
            let inherited = known.last().copied().unwrap_or_default();
            if declared > 0 {
                let compared = (inherited + declared).saturating_mul(declared);
                tags.namespaces = tags.namespaces.saturating_add(compared);
            }
            if !tag.ends_with('/') {
                known.push(inherited + declared);
            }
        }
        tags
    }
}

/// Where a tag ends: at a `>` outside of quotes.
fn attributes_end(tag: &str) -> usize {
    let mut quote = None;
    let end = tag.bytes().position(|byte| match (quote, byte) {
        (Some(open), byte) => {
            quote = Some(open).filter(|open| *open != byte);
            false
        }
        (None, b'"' | b'\'') => {
            quote = Some(byte);
            false
        }
        (None, byte) => byte == b'>',
    });
    end.unwrap_or(tag.len())
}

/// What is before each `=` outside of quotes.
fn attributes(tag: &str) -> impl Iterator<Item = &str> {
    let (mut quote, mut start) = (None, 0);
    tag.bytes().enumerate().filter_map(move |(at, byte)| match (quote, byte) {
        (Some(open), byte) => {
            if open == byte {
                (quote, start) = (None, at + 1);
            }
            None
        }
        (None, b'"' | b'\'') => {
            quote = Some(byte);
            None
        }
        (None, b'=') => tag.get(start..at),
        (None, _) => None,
    })
}

/// Of a namespace, and not of an element: the text may begin with the name of that.
fn is_declaration(text: &str) -> bool {
    let name = text.trim_ascii().rsplit(|part: char| part.is_ascii_whitespace()).next();
    name.is_some_and(|name| name == "xmlns" || name.starts_with("xmlns:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_counted_in_tags_alone() {
        let most = |text| Tags::of(text).most_attributes;
        assert_eq!(most("<a b='=' c=\"'=>\"><!-- <d e=f g=h i=j> --><k l = 'm'/>"), 2);
        assert_eq!(most("<?xml a=b c=d?><![CDATA[<a b=c d=e>]]><e>=====</e>"), 0);
        assert_eq!(most("<a b='1' c"), 1);
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

    #[test]
    fn namespaces_are_compared_with_those_that_are_known() {
        let compared = |text| Tags::of(text).namespaces;
        assert_eq!(compared("<svg xmlns='a' xmlns:b = 'c' d='e'><g f='xmlns=' g='h'/></svg>"), 4);
        assert_eq!(compared("<a xmlns:b='c'><d xmlns:e='f'/><d xmlns:e='f'/></a>"), 1 + 2 + 2);
        assert_eq!(compared("<a xmlns:b='c'></a><d\n\txmlns:e='f'></d>"), 2);
        // As a browser's export repeats one.
        check(&format!("<svg>{}</svg>", "<g xmlns='a'/>".repeat(100_000))).unwrap();
        let nested: String = (0..2000).map(|i| format!("<g xmlns:n{i}='u'>")).collect();
        assert!(check(&nested).is_err());
        assert!(check("<!DOCTYPE svg [<!ENTITY e \"<g xmlns='a'/>\">]><svg>&e;</svg>").is_err());
        check("<!DOCTYPE svg [<!ENTITY e 'http://a.b'>]><svg xmlns='&e;'/>").unwrap();
    }
}
