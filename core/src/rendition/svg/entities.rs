//! How long a document becomes when its entities are expanded (XML 1.0, section 4). The parser bounds how deep they
//! nest, not how often a long one is repeated.

use std::collections::HashMap;

/// Bytes that all entity references in `text` expand to. Beyond all numbers if entities refer to themselves.
pub(super) fn expanded_bytes(text: &str) -> u64 {
    let declared = declarations(text);
    if declared.is_empty() {
        return 0;
    }
    let mut lengths = HashMap::new();
    references(text)
        .map(|name| length_of(name, &declared, &mut lengths, 0))
        .fold(0, u64::saturating_add)
}

/// Entities by their name.
pub(super) fn declarations(text: &str) -> HashMap<&str, &str> {
    text.split("<!ENTITY").skip(1).filter_map(declaration).collect()
}

/// Name and value of an internal entity, behind `<!ENTITY`.
fn declaration(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let (name, rest) = text.split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    let (value, _) = rest.get(1..)?.split_once(quote)?;
    Some((name, value))
}

/// The names of the entities that are referred to.
fn references(text: &str) -> impl Iterator<Item = &str> {
    const LONGEST: usize = 64;
    text.split('&').skip(1).filter_map(|rest| {
        let end = rest.bytes().take(LONGEST).position(|byte| byte == b';')?;
        rest.get(..end)
    })
}

fn length_of<'a>(
    name: &'a str,
    declared: &HashMap<&'a str, &'a str>,
    lengths: &mut HashMap<&'a str, u64>,
    depth: u32,
) -> u64 {
    const MAX_DEPTH: u32 = 16;
    let Some(value) = declared.get(name) else { return 0 };
    if let Some(length) = lengths.get(name) {
        return *length;
    }
    if depth == MAX_DEPTH {
        return u64::MAX;
    }
    let inner = references(value)
        .map(|inner| length_of(inner, declared, lengths, depth + 1))
        .fold(0, u64::saturating_add);
    let length = inner.saturating_add(value.len() as u64);
    lengths.insert(name, length);
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_counted_as_often_as_they_occur() {
        let text =
            "<!DOCTYPE svg [<!ENTITY a 'xyz'><!ENTITY b \"&a;&a;\">]><svg>&b;&amp;&none;</svg>";
        // `b` is 6 bytes and twice the 3 of `a`. The two references in its declaration count too.
        assert_eq!(expanded_bytes(text), 12 + 3 + 3);
        assert_eq!(expanded_bytes("<svg>&a;&b;</svg>"), 0);
    }

    #[test]
    fn laughs_and_loops_have_no_end() {
        let mut text = "<!DOCTYPE svg [<!ENTITY l0 'ha'>".to_owned();
        for level in 1..14 {
            let inner = format!("&l{};", level - 1).repeat(10);
            text += &format!("<!ENTITY l{level} '{inner}'>");
        }
        text += "]><svg>&l13;</svg>";
        assert!(expanded_bytes(&text) > 10_u64.pow(13));
        let text = "<!DOCTYPE svg [<!ENTITY a '&b;'><!ENTITY b '&a;'>]><svg>&a;</svg>";
        assert_eq!(expanded_bytes(text), u64::MAX);
    }
}
