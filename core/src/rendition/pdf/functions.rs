//! What functions are made of: ISO 32000-1, section 7.10. The renderer builds those that a stitching function is made of
//! anew wherever they are named, and calls itself for each procedure of a calculator function.

use std::collections::HashMap;

use hayro::hayro_interpret::CacheKey as _;
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Array, Dict, Object, Stream};

use crate::rendition::decode_error::DecodeError;

/// Stitching functions inside each other.
const MAX_DEPTH: u32 = 16;
/// Procedures inside each other.
const MAX_PROCEDURES: usize = 64;

/// The longest calculator function: what it takes to compute one colour. Refuses one with too many procedures inside
/// each other.
pub(super) fn longest(pdf: &Pdf) -> Result<u64, DecodeError> {
    let functions = pdf
        .objects()
        .into_iter()
        .filter_map(Object::into_stream)
        .filter(|stream| stream.dict().get::<u8>("FunctionType") == Some(4));
    let mut longest = 0;
    for function in functions {
        let Ok(program) = function.decoded_data() else { continue };
        if procedures(&program) > MAX_PROCEDURES {
            return Err(DecodeError::unsupported("a function in it is nested too deep"));
        }
        longest = longest.max(program.len() as u64);
    }
    Ok(longest)
}

/// The most braces that are open at a time.
fn procedures(program: &[u8]) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    for byte in program {
        match byte {
            b'{' => open += 1,
            b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}

/// The functions that functions are made of.
#[derive(Default)]
pub(super) struct Pieces {
    known: HashMap<(u128, u32), f64>,
}

impl Pieces {
    /// How many functions the renderer builds for one, or for an array of them.
    pub(super) fn count(&mut self, function: Option<Object<'_>>) -> f64 {
        match function {
            Some(Object::Array(functions)) => self.all(&functions, 0),
            Some(function) => self.one(&function, 0),
            None => 0.0,
        }
    }

    fn all(&mut self, functions: &Array<'_>, depth: u32) -> f64 {
        functions.iter::<Object<'_>>().map(|function| self.one(&function, depth)).sum()
    }

    fn one(&mut self, function: &Object<'_>, depth: u32) -> f64 {
        let dictionary: &Dict<'_> = match function {
            Object::Dict(dictionary) => dictionary,
            Object::Stream(stream) => Stream::dict(stream),
            _ => return 0.0,
        };
        if dictionary.get::<u8>("FunctionType") != Some(3) {
            return 1.0;
        }
        if depth == MAX_DEPTH {
            return f64::INFINITY;
        }
        let key = (dictionary.cache_key(), depth);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let parts = dictionary.get::<Array<'_>>("Functions");
        let count = 1.0 + parts.map_or(0.0, |parts| self.all(&parts, depth + 1));
        self.known.insert(key, count);
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_procedures_are_counted() {
        assert_eq!(procedures(b"{ 0 gt { 1 } { 2 { 3 } if } ifelse } {"), 3);
        assert_eq!(procedures(b"}}{"), 1);
    }
}
