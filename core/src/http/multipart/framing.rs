//! The lines that delimit a form's parts, and the line breaks around them.

use memchr::memmem;

use super::{Boundary, MultipartError, rest, work};

/// How the lines of a form end: of its delimiters and of its headers.
pub(super) struct Framing {
    /// `\r\n`, or `\n` if the first delimiter ends with that.
    pub(super) line_break: &'static [u8],
    finder: memmem::Finder<'static>,
}

/// What follows a delimiter.
#[derive(Clone, Copy)]
pub(super) enum Delimiter {
    /// A part, whose headers start at this offset.
    Part { headers: usize },
    /// Only an epilogue.
    Close,
}

impl Framing {
    /// The framing of `body`. A form may end all its lines with a line feed alone, as the reference
    /// server accepts; one in which a delimiter has a carriage return too is refused, since readers
    /// that need CRLF find other parts.
    pub(super) fn of(body: &[u8], boundary: &Boundary) -> Result<Self, MultipartError> {
        let dash_boundary = boundary.dash_boundary();
        let is_bare = body
            .strip_prefix(dash_boundary)
            .is_some_and(|line| matches!(after_blanks(line), [b'\n', ..]));
        let line_break = if is_bare { &b"\n"[..] } else { b"\r\n" };
        let needle = [line_break, dash_boundary].concat();
        let framing = Self { line_break, finder: memmem::Finder::new(&needle).into_owned() };
        if is_bare && framing.has_carriage_returns(body) {
            return Err(MultipartError::MixedLineBreaks);
        }
        Ok(framing)
    }

    /// Whether a delimiter of a form of bare line feeds has a carriage return before or after it.
    fn has_carriage_returns(&self, body: &[u8]) -> bool {
        work(body.len());
        self.finder.find_iter(body).any(|at| {
            let line = rest(body, at + self.finder.needle().len());
            let line = after_blanks(line.strip_prefix(b"--").unwrap_or(line));
            let is_preceded = body.get(..at).is_some_and(|before| before.ends_with(b"\r"));
            matches!(line, [b'\r', ..]) || (is_preceded && matches!(line, [] | [b'\n', ..]))
        })
    }

    /// The delimiter at the start of the body, which has no line break before it.
    pub(super) fn first(&self, body: &[u8], boundary: &Boundary) -> Option<Delimiter> {
        let dash_boundary = boundary.dash_boundary();
        body.starts_with(dash_boundary).then(|| self.read(body, dash_boundary.len()))?
    }

    /// The next delimiter at or after `from`, and the offset of its line break.
    pub(super) fn find(&self, body: &[u8], from: usize) -> Option<(usize, Delimiter)> {
        let mut from = from;
        loop {
            let found = self.finder.find(rest(body, from));
            work(found.unwrap_or(body.len() - from) + self.finder.needle().len());
            let at = from + found?;
            let after = at + self.finder.needle().len();
            if let Some(delimiter) = self.read(body, after) {
                return Some((at, delimiter));
            }
            // A line that continues after the boundary is content.
            from = after;
        }
    }

    /// Parses the rest of a delimiter line after its boundary, at `at`: an optional `--`, blanks, and
    /// the line break. The last line of a body may lack the line break.
    fn read(&self, body: &[u8], at: usize) -> Option<Delimiter> {
        let line = rest(body, at);
        let (line, closes) = line.strip_prefix(b"--").map_or((line, false), |rest| (rest, true));
        let after = after_blanks(line);
        match (closes, after) {
            // No part follows a closing delimiter, so any line break is accepted.
            (true, [] | [b'\r' | b'\n', ..]) => Some(Delimiter::Close),
            (false, after) if after.starts_with(self.line_break) => {
                Some(Delimiter::Part { headers: body.len() - after.len() + self.line_break.len() })
            }
            _ => None,
        }
    }
}

fn after_blanks(line: &[u8]) -> &[u8] {
    let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    work(blanks);
    rest(line, blanks)
}
