//! PDF: whether a file is all there.

/// Bytes of the start of a file in which a linearized one says so (ISO 32000-1, annex F.3.3).
pub(crate) const HEAD: usize = 1024;

/// Whether a file of `len` bytes that begins with `head` states that it is longer. Only a linearized file states its
/// length: it has an end-of-file marker near its start, so a cut one may seem complete.
pub(crate) fn is_cut(head: &[u8], len: u64) -> bool {
    let Some(at) = find(head, b"/Linearized") else { return false };
    let rest = head.get(at..).unwrap_or_default();
    let dictionary = rest.get(..find(rest, b">>").unwrap_or(rest.len())).unwrap_or_default();
    let Some(length) = find(dictionary, b"/L ") else { return false };
    let digits = dictionary.get(length + b"/L ".len()..).unwrap_or_default();
    let stated = digits
        .iter()
        .skip_while(|byte| **byte == b' ')
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0_u64, |number, digit| {
            number.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
        });
    stated > len
}

fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linearized_file_states_its_length() {
        let head = b"%PDF-1.4\n9 0 obj\n<< /Linearized 1 /L 2048 /H [ 500 20 ] /O 11 >>\nendobj\n";
        assert!(is_cut(head, 2047));
        assert!(!is_cut(head, 2048) && !is_cut(head, 9000));
        assert!(is_cut(
            b"%PDF-1.5 1 0 obj <</Linearized 1/L 99999999999999999999999/O 3>>",
            1 << 40
        ));
    }

    #[test]
    fn other_files_do_not() {
        for head in [&b"%PDF-1.4\n1 0 obj <</L 9999>>"[..], b"", b"<</Linearized 1>> <</L 9999>>"] {
            assert!(!is_cut(head, 10));
        }
    }
}
