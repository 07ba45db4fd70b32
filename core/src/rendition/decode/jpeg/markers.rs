//! The segments of a JPEG file: frame, tables, colour markers (T.81, annex B).

use std::cell::OnceCell;
use std::rc::Rc;

use super::Damage;
use super::bits::Huffman;

/// From zigzag order to natural order (T.81, figure A.6).
pub(super) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// A component as the frame header tells it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Sampling factors, 1 ..= 4.
    pub(super) h: usize,
    pub(super) v: usize,
    pub(super) quantisation: usize,
}

/// The frame header (SOF0, SOF1 or SOF2 with 8-bit samples).
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) progressive: bool,
    pub(super) components: Vec<Component>,
}

impl Frame {
    pub(super) fn h_max(&self) -> usize {
        self.components.iter().map(|c| c.h).max().unwrap_or(1)
    }

    pub(super) fn v_max(&self) -> usize {
        self.components.iter().map(|c| c.v).max().unwrap_or(1)
    }

    fn parse(body: &[u8], progressive: bool) -> Result<Self, Damage> {
        let [precision, h1, h0, w1, w0, count, specs @ ..] = body else {
            return Err("the frame header is too short");
        };
        if *precision != 8 {
            return Err("only 8-bit JPEG is decoded");
        }
        let (width, height) = (u16::from_be_bytes([*w1, *w0]), u16::from_be_bytes([*h1, *h0]));
        if width == 0 || height == 0 {
            return Err("the frame has no pixels");
        }
        let mut components = Vec::new();
        for &[id, sampling, quantisation] in specs.as_chunks::<3>().0.iter().take((*count).into()) {
            let (h, v) = ((sampling >> 4).into(), (sampling & 15).into());
            if !(1..=4).contains(&h) || !(1..=4).contains(&v) {
                return Err("a sampling factor is not 1 to 4");
            }
            components.push(Component { id, h, v, quantisation: quantisation.into() });
        }
        if components.len() != usize::from(*count) || !matches!(count, 1 | 3 | 4) {
            return Err("a JPEG has one, three or four components");
        }
        if let [only] = components.as_mut_slice() {
            // A lone component is never interleaved: its factors mean nothing (A.2.2).
            (only.h, only.v) = (1, 1);
        }
        Ok(Self { width: width.into(), height: height.into(), progressive, components })
    }
}

/// Which component uses which tables in a scan.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScanComponent {
    pub(super) index: usize,
    pub(super) dc: usize,
    pub(super) ac: usize,
}

/// The header of a scan (SOS).
#[derive(Clone, Debug)]
pub(super) struct Scan {
    pub(super) components: Vec<ScanComponent>,
    /// First and last coefficient.
    pub(super) first: usize,
    pub(super) last: usize,
    /// Bit positions of successive approximation: the one before, and this one.
    pub(super) high: u32,
    pub(super) low: u32,
}

impl Scan {
    pub(super) fn parse(body: &[u8], frame: &Frame) -> Result<Self, Damage> {
        const SHORT: Damage = "a scan header is too short";
        let (&count, rest) = body.split_first().ok_or(SHORT)?;
        let (specs, rest) = rest.split_at_checked(usize::from(count) * 2).ok_or(SHORT)?;
        let [first, last, approximation, ..] = rest else { return Err(SHORT) };
        let mut components: Vec<ScanComponent> = Vec::new();
        for &[id, tables] in specs.as_chunks::<2>().0 {
            let index = frame.components.iter().position(|c| c.id == id);
            // Broken encoders number all components alike: then they come in order.
            let index = index
                .filter(|i| components.iter().all(|c| c.index != *i))
                .or_else(|| (components.len() < frame.components.len()).then_some(components.len()))
                .ok_or("a scan names an unknown component")?;
            components.push(ScanComponent {
                index,
                dc: (tables >> 4).into(),
                ac: (tables & 15).into(),
            });
        }
        if components.is_empty() || components.len() > 4 {
            return Err("a scan has one to four components");
        }
        if frame.progressive {
            let (first, last) = (usize::from(*first), usize::from(*last));
            let (high, low) = (u32::from(approximation >> 4), u32::from(approximation & 15));
            let range = if first == 0 { last == 0 } else { last >= first && components.len() == 1 };
            if !range || last > 63 || low > 13 || high > 13 {
                return Err("a scan has impossible parameters");
            }
            Ok(Self { components, first, last, high, low })
        } else {
            Ok(Self { components, first: 0, last: 63, high: 0, low: 0 })
        }
    }
}

/// A Huffman table as the file has it, made ready where the first scan uses it: a file can be full of
/// tables that none does.
#[derive(Clone)]
pub(super) struct Codes<'a> {
    counts: &'a [u8; 16],
    symbols: &'a [u8],
    ready: Rc<OnceCell<Result<Huffman, Damage>>>,
}

impl Codes<'_> {
    pub(super) fn ready(&self) -> Result<&Huffman, Damage> {
        let table = self.ready.get_or_init(|| Huffman::new(self.counts, self.symbols));
        table.as_ref().map_err(|&damage| damage)
    }
}

/// Everything before and between scans that decoding needs.
#[derive(Clone, Default)]
pub(super) struct Tables<'a> {
    pub(super) frame: Option<Frame>,
    /// In natural order.
    pub(super) quantisation: [Option<[u16; 64]>; 4],
    pub(super) dc: [Option<Codes<'a>>; 4],
    pub(super) ac: [Option<Codes<'a>>; 4],
    pub(super) restart_interval: usize,
    pub(super) jfif: bool,
    /// The transform flag of Adobe's APP14.
    pub(super) adobe: Option<u8>,
    /// The pieces of the ICC profile: number, how many, bytes. The first of each number counts.
    icc: Vec<(u8, u8, &'a [u8])>,
}

impl<'a> Tables<'a> {
    /// Takes in one segment other than SOS.
    pub(super) fn segment(&mut self, code: u8, body: &'a [u8]) -> Result<(), Damage> {
        match code {
            0xc0..=0xc2 => {
                if self.frame.is_some() {
                    return Err("a second frame header");
                }
                self.frame = Some(Frame::parse(body, code == 0xc2)?);
            }
            0xc4 => self.huffman(body)?,
            0xc3 | 0xc5..=0xcf => return Err("a JPEG process that is not decoded"),
            0xdb => self.quantisation(body)?,
            0xdd => {
                let interval = body.first_chunk().ok_or("a restart interval is too short")?;
                self.restart_interval = u16::from_be_bytes(*interval).into();
            }
            0xe0 => self.jfif |= body.starts_with(b"JFIF\0"),
            0xe2 => {
                if let Some([number, of, piece @ ..]) = body.strip_prefix(b"ICC_PROFILE\0")
                    && self.icc.iter().all(|known| known.0 != *number)
                {
                    self.icc.push((*number, *of, piece));
                }
            }
            0xee => {
                if let Some([_, _, _, _, _, _, transform, ..]) = body.strip_prefix(b"Adobe") {
                    self.adobe = Some(*transform);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn huffman(&mut self, mut body: &'a [u8]) -> Result<(), Damage> {
        const SHORT: Damage = "a Huffman table is too short";
        while let Some((&class, rest)) = body.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>().ok_or(SHORT)?;
            let total = counts.iter().map(|&c| usize::from(c)).sum();
            if total > 256 {
                return Err("a Huffman table has over 256 codes");
            }
            let (symbols, rest) = rest.split_at_checked(total).ok_or(SHORT)?;
            let tables = if class >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            let slot = tables.get_mut(usize::from(class & 15)).ok_or("a fifth Huffman table")?;
            *slot = Some(Codes { counts, symbols, ready: Rc::default() });
            body = rest;
        }
        Ok(())
    }

    fn quantisation(&mut self, mut body: &[u8]) -> Result<(), Damage> {
        const SHORT: Damage = "a quantisation table is too short";
        while let Some((&class, rest)) = body.split_first() {
            let wide = class >> 4 != 0;
            let (values, rest) = rest.split_at_checked(64 << u8::from(wide)).ok_or(SHORT)?;
            let mut table = [0u16; 64];
            for (k, &place) in ZIGZAG.iter().enumerate() {
                let value = if wide {
                    values.as_chunks::<2>().0.get(k).map(|&pair| u16::from_be_bytes(pair))
                } else {
                    values.get(k).map(|&v| v.into())
                };
                if let (Some(slot), Some(value)) = (table.get_mut(usize::from(place)), value) {
                    *slot = value;
                }
            }
            let slots = &mut self.quantisation;
            *slots.get_mut(usize::from(class & 15)).ok_or("a fifth quantisation table")? =
                Some(table);
            body = rest;
        }
        Ok(())
    }

    /// How long the ICC profile is at most.
    pub(super) fn icc_length(&self) -> u64 {
        self.icc.iter().map(|piece| piece.2.len() as u64).sum()
    }

    /// The ICC profile, if all of its pieces are there.
    pub(super) fn icc(&self) -> Option<Vec<u8>> {
        let mut pieces = self.icc.clone();
        pieces.sort_by_key(|piece| piece.0);
        let &(_, of, _) = pieces.first()?;
        let whole = pieces.len() == usize::from(of) && pieces.iter().all(|piece| piece.1 == of);
        whole.then(|| pieces.iter().flat_map(|piece| piece.2).copied().collect())
    }
}

/// What comes next in the file.
pub(super) enum Next<'a> {
    /// A segment: its code and body.
    Segment(u8, &'a [u8]),
    /// The end marker, or the end of the file where a marker was due.
    End { marker: bool },
}

/// The segment at `position` (bytes that are no marker are skipped) and what follows it.
pub(super) fn next(data: &[u8], mut position: usize) -> Result<(Next<'_>, usize), Damage> {
    loop {
        match data.get(position..) {
            None | Some([] | [0xff]) => return Ok((Next::End { marker: false }, data.len())),
            Some([0xff, 0xd9, ..]) => return Ok((Next::End { marker: true }, position + 2)),
            // Markers without a body: TEM, RSTn, SOI.
            Some([0xff, 0x01 | 0xd0..=0xd8, ..]) => position += 2,
            Some([0xff, code, rest @ ..]) if !matches!(code, 0x00 | 0xff) => {
                let length = rest.first_chunk().map(|&l| usize::from(u16::from_be_bytes(l)));
                let length = length.ok_or("the file ends inside a segment")?;
                let body = rest.get(2..length).ok_or("the file ends inside a segment")?;
                return Ok((Next::Segment(*code, body), position + 2 + length));
            }
            Some(_) => position += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_needs_all_its_pieces() {
        let mut tables = Tables::default();
        tables.segment(0xe2, b"ICC_PROFILE\0\x02\x02world").unwrap();
        assert_eq!(tables.icc(), None);
        tables.segment(0xe2, b"ICC_PROFILE\0\x01\x02hello ").unwrap();
        assert_eq!(tables.icc().unwrap(), b"hello world");
    }

    #[test]
    fn pieces_are_kept_once() {
        let mut tables = Tables::default();
        for _ in 0..10 {
            tables.segment(0xe2, b"ICC_PROFILE\0\x01\x01once").unwrap();
        }
        assert_eq!(tables.icc_length(), 4);
        assert_eq!(tables.icc().unwrap(), b"once");
    }

    #[test]
    fn only_a_table_in_use_is_made_ready() {
        // Three codes of one bit.
        let mut body = vec![0; 17];
        body[1] = 3;
        body.extend([1, 2, 3]);
        let mut tables = Tables::default();
        tables.segment(0xc4, &body).unwrap();
        assert!(tables.dc[0].as_ref().unwrap().ready().is_err());
    }

    #[test]
    fn what_is_not_decoded_is_said() {
        let twelve_bits = [12, 0, 8, 0, 8, 1, 1, 0x11, 0];
        assert!(Tables::default().segment(0xc1, &twelve_bits).unwrap_err().contains("8-bit"));
        assert!(Tables::default().segment(0xc9, &twelve_bits).is_err());
    }
}
