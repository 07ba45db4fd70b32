//! The contexts of literals: RFC 7932, section 7.1.

/// What the code of a literal depends on.
#[derive(Clone, Copy, Default)]
pub(super) enum Mode {
    #[default]
    Low6,
    High6,
    Text,
    Signed,
}

impl Mode {
    pub(super) fn new(number: u32) -> Self {
        match number {
            0 => Self::Low6,
            1 => Self::High6,
            2 => Self::Text,
            _ => Self::Signed,
        }
    }

    /// The context behind the bytes `second` and `last`: 0 to 63.
    pub(super) fn context(self, last: u8, second: u8) -> usize {
        usize::from(match self {
            Self::Low6 => last & 0x3F,
            Self::High6 => last >> 2,
            Self::Text => of_last(last) | of_second(second),
            Self::Signed => magnitude(last) << 3 | magnitude(second),
        })
    }
}

/// Table `Lut0`.
fn of_last(byte: u8) -> u8 {
    match byte {
        b'\t' | b'\n' | b'\r' => 4,
        b' ' => 8,
        b'"' | b'\'' => 16,
        b'%' => 20,
        b'(' | b'<' | b'[' | b'{' => 24,
        b')' | b'>' | b']' | b'}' => 28,
        b',' | b':' | b';' => 32,
        b'.' => 36,
        b'=' => 40,
        b'0'..=b'9' => 44,
        b'A' | b'E' | b'I' | b'O' | b'U' => 48,
        b'A'..=b'Z' => 52,
        b'a' | b'e' | b'i' | b'o' | b'u' => 56,
        b'a'..=b'z' => 60,
        b'!'..=b'~' => 12,
        0x80..=0xBF => byte & 1,
        0xC0.. => 2 | byte & 1,
        _ => 0,
    }
}

/// Table `Lut1`.
fn of_second(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' | b'A'..=b'Z' | 0xE0.. => 2,
        b'a'..=b'z' => 3,
        b'!'..=b'~' => 1,
        _ => 0,
    }
}

/// Table `Lut2`.
fn magnitude(byte: u8) -> u8 {
    match byte {
        0 => 0,
        1..=0x0F => 1,
        0x10..=0x3F => 2,
        0x40..=0x7F => 3,
        0x80..=0xBF => 4,
        0xC0..=0xEF => 5,
        0xF0..=0xFE => 6,
        0xFF => 7,
    }
}
