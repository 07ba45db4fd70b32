//! The tables and colour markers between the frames and scans of a file (ITU-T T.81, annex B.2.4).

use std::cell::OnceCell;
use std::rc::Rc;

use super::colour::Colour;
use super::frame::Frame;
use super::huffman::{AcTable, DcTable, Huffman};
use super::segments::{Segment, next_segment};
use crate::rendition::decode_error::{Damaged, DecodeError};
use crate::rendition::jpeg_tables::{self, Specification, ZIGZAG};

/// A Huffman table of the file. The first scan that uses it builds the decoding table: a file may be full of
/// tables that no scan uses.
#[derive(Clone)]
pub(super) struct Codes<'a> {
    counts: &'a [u8; 16],
    symbols: &'a [u8],
    /// Whether it is of Annex K.3, and not of the file.
    pub(super) is_standard: bool,
    built: Rc<Built>,
}

#[derive(Default)]
struct Built {
    dc: OnceCell<Result<DcTable, Damaged>>,
    ac: OnceCell<Result<AcTable, Damaged>>,
}

impl<'a> Codes<'a> {
    fn new(counts: &'a [u8; 16], symbols: &'a [u8], is_standard: bool) -> Self {
        Self { counts, symbols, is_standard, built: Rc::default() }
    }

    pub(super) fn huffman(&self) -> Result<Huffman, Damaged> {
        Huffman::new(self.counts, self.symbols)
    }

    pub(super) fn dc(&self) -> Result<&DcTable, Damaged> {
        let table = self.built.dc.get_or_init(|| self.huffman().map(DcTable::new));
        table.as_ref().map_err(|&damage| damage)
    }

    pub(super) fn ac(&self) -> Result<&AcTable, Damaged> {
        let table = self.built.ac.get_or_init(|| self.huffman().map(AcTable::new));
        table.as_ref().map_err(|&damage| damage)
    }
}

/// What the segments before and between scans state.
#[derive(Clone)]
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

impl Default for Tables<'_> {
    /// The Huffman tables of Annex K.3, and nothing else.
    fn default() -> Self {
        let standard = |[luma, chroma]: [Specification; 2]| {
            [luma, chroma].map(|(counts, symbols)| Some(Codes::new(counts, symbols, true)))
        };
        let [dc0, dc1] = standard(jpeg_tables::DC);
        let [ac0, ac1] = standard(jpeg_tables::AC);
        Self {
            frame: None,
            quantisation: [None; 4],
            dc: [dc0, dc1, None, None],
            ac: [ac0, ac1, None, None],
            restart_interval: 0,
            jfif: false,
            adobe: None,
            icc: Vec::new(),
        }
    }
}

impl<'a> Tables<'a> {
    /// Those of a stream without a picture.
    pub(super) fn apart(data: &'a [u8]) -> Result<Self, DecodeError> {
        let (mut tables, mut at) = (Self::default(), 0);
        while let (Segment::Data { marker, body }, end) = next_segment(data, at)? {
            tables.read(marker, body)?;
            at = end;
        }
        Ok(tables)
    }

    /// Reads a segment other than SOS.
    pub(super) fn read(&mut self, marker: u8, body: &'a [u8]) -> Result<(), DecodeError> {
        match marker {
            0xc0..=0xc2 => {
                if self.frame.is_some() {
                    return Err("a second frame header".into());
                }
                self.frame = Some(Frame::parse(body, marker == 0xc2)?);
            }
            0xc4 => self.huffman(body)?,
            0xc3 => return Err(DecodeError::unsupported("lossless JPEG")),
            0xc5..=0xc7 | 0xcd..=0xcf => return Err(DecodeError::unsupported("hierarchical JPEG")),
            0xc8 => return Err(DecodeError::unsupported("a JPEG extension")),
            0xc9..=0xcc => return Err(DecodeError::unsupported("arithmetic coding")),
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

    fn huffman(&mut self, mut body: &'a [u8]) -> Result<(), Damaged> {
        const SHORT: Damaged = Damaged("a Huffman table is too short");
        while let Some((&class, rest)) = body.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>().ok_or(SHORT)?;
            let total = counts.iter().map(|&c| usize::from(c)).sum();
            if total > 256 {
                return Err(Damaged("a Huffman table has over 256 codes"));
            }
            let (symbols, rest) = rest.split_at_checked(total).ok_or(SHORT)?;
            let tables = if class >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            let slot =
                tables.get_mut(usize::from(class & 15)).ok_or(Damaged("a fifth Huffman table"))?;
            *slot = Some(Codes::new(counts, symbols, false));
            body = rest;
        }
        Ok(())
    }

    fn quantisation(&mut self, mut body: &[u8]) -> Result<(), Damaged> {
        const SHORT: Damaged = Damaged("a quantisation table is too short");
        while let Some((&class, rest)) = body.split_first() {
            let wide = class >> 4 != 0;
            let (values, rest) = rest.split_at_checked(64 << u8::from(wide)).ok_or(SHORT)?;
            let mut table = [0u16; 64];
            for (k, &natural) in ZIGZAG.iter().enumerate() {
                let value = if wide {
                    values.as_chunks::<2>().0.get(k).map(|&pair| u16::from_be_bytes(pair))
                } else {
                    values.get(k).map(|&v| v.into())
                };
                if let (Some(slot), Some(value)) = (table.get_mut(usize::from(natural)), value) {
                    *slot = value;
                }
            }
            let slots = &mut self.quantisation;
            *slots
                .get_mut(usize::from(class & 15))
                .ok_or(Damaged("a fifth quantisation table"))? = Some(table);
            body = rest;
        }
        Ok(())
    }

    /// What the components mean, by the rules of libjpeg, which all viewers follow.
    pub(super) fn colour(&self) -> Colour {
        let ids: Vec<u8> =
            self.frame.iter().flat_map(|f| f.components.iter().map(|c| c.id)).collect();
        match (ids.as_slice(), self.adobe) {
            ([_], _) => Colour::Grey,
            ([_, _, _, _], None | Some(0)) => Colour::Cmyk,
            ([_, _, _, _], Some(_)) => Colour::Ycck,
            (_, _) if self.jfif => Colour::YCbCr,
            (_, Some(0)) => Colour::Rgb,
            (_, Some(_)) => Colour::YCbCr,
            ([b'R', b'G', b'B'], None) => Colour::Rgb,
            _ => Colour::YCbCr,
        }
    }

    /// The length of the ICC profile at most.
    pub(super) fn icc_length(&self) -> u64 {
        self.icc.iter().map(|piece| piece.2.len() as u64).sum()
    }

    /// The ICC profile, if all of its pieces are there.
    pub(super) fn icc(&self) -> Option<Vec<u8>> {
        let mut pieces = self.icc.clone();
        pieces.sort_by_key(|piece| piece.0);
        let &(_, of, _) = pieces.first()?;
        let complete = pieces.len() == usize::from(of) && pieces.iter().all(|piece| piece.1 == of);
        complete.then(|| pieces.iter().flat_map(|piece| piece.2).copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_components_are_ycck_by_any_transform_but_0() {
        let frame = [8, 0, 8, 0, 8, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0];
        for (transform, colour) in
            [(0, Colour::Cmyk), (1, Colour::Ycck), (2, Colour::Ycck), (3, Colour::Ycck)]
        {
            let mut tables = Tables::default();
            tables.read(0xc0, &frame).unwrap();
            assert_eq!(tables.colour(), Colour::Cmyk);
            let app14 = [b"Adobe\0\x64\0\0\0\0".as_slice(), &[transform]].concat();
            tables.read(0xee, &app14).unwrap();
            assert_eq!(tables.colour(), colour, "{transform}");
        }
    }

    #[test]
    fn a_profile_needs_all_its_pieces() {
        let mut tables = Tables::default();
        tables.read(0xe2, b"ICC_PROFILE\0\x02\x02world").unwrap();
        assert_eq!(tables.icc(), None);
        tables.read(0xe2, b"ICC_PROFILE\0\x01\x02hello ").unwrap();
        assert_eq!(tables.icc().unwrap(), b"hello world");
    }

    #[test]
    fn pieces_are_kept_once() {
        let mut tables = Tables::default();
        for _ in 0..10 {
            tables.read(0xe2, b"ICC_PROFILE\0\x01\x01once").unwrap();
        }
        assert_eq!(tables.icc_length(), 4);
        assert_eq!(tables.icc().unwrap(), b"once");
    }

    #[test]
    fn only_a_table_in_use_is_built() {
        // Three codes of one bit.
        let mut body = vec![0; 17];
        body[1] = 3;
        body.extend([1, 2, 3]);
        let mut tables = Tables::default();
        tables.read(0xc4, &body).unwrap();
        assert!(tables.dc[0].as_ref().unwrap().dc().is_err());
    }

    #[test]
    fn codings_that_are_not_decoded_are_unsupported() {
        let refusal = |marker, frame: &[u8]| match Tables::default().read(marker, frame) {
            Err(DecodeError::Unsupported(reason)) => reason.into_owned(),
            other => panic!("{marker:#x}: {other:?}"),
        };
        let frame = [8, 0, 8, 0, 8, 1, 1, 0x11, 0];
        let with = |index: usize, byte: u8| {
            let mut frame = frame;
            frame[index] = byte;
            frame
        };
        assert_eq!(refusal(0xc1, &with(0, 12)), "samples of 12 bits");
        assert_eq!(refusal(0xc0, &with(5, 5)), "5 components");
        assert!(refusal(0xc0, &with(2, 0)).contains("DNL"));
        assert_eq!(refusal(0xc3, &frame), "lossless JPEG");
        assert_eq!(refusal(0xc9, &frame), "arithmetic coding");
        assert!(Tables::default().read(0xc0, &frame).is_ok());
    }
}
