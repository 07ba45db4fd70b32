//! The headers of a code stream (ISO/IEC 15444-1, annex A), and from them what decoding takes (annex B).
//!
//! The decoder makes room for every block in every layer before it reads one. A file of some hundred bytes could ask for any
//! amount of that, so what the headers ask for is compared with the length of the file and with the pixels.

use crate::container::boxes::Boxes;
#[cfg(feature = "jp2")]
use crate::container::jp2;
use crate::container::source::Source;
use crate::format::Format;
use crate::rendition::decode_error::{Damaged, DecodeError};

const CUT: Damaged = Damaged("the code stream ends before its pixels");
/// Colours of a press, and transparency.
const MAX_COMPONENTS: usize = 5;
/// Bit planes beyond the bits of a sample: sub-bands, guard bits and fine steps have some.
const MAX_MORE_BITS: u32 = 16;
/// Levels of resolution below the full one.
const MAX_LEVELS: usize = 32;

mod marker {
    pub(super) const SIZ: u16 = 0xFF51;
    pub(super) const COD: u16 = 0xFF52;
    pub(super) const COC: u16 = 0xFF53;
    pub(super) const QCD: u16 = 0xFF5C;
    pub(super) const QCC: u16 = 0xFF5D;
    pub(super) const POC: u16 = 0xFF5F;
    pub(super) const SOT: u16 = 0xFF90;
    pub(super) const SOD: u16 = 0xFF93;
}

/// A rectangle on a grid: left, top, right, bottom.
type Area = [u32; 4];

/// How the samples of a component are coded.
#[derive(Clone, Copy)]
struct Style {
    levels: usize,
    /// The powers of two of the sides of a block.
    block: (u32, u32),
    /// Those of the sides of a precinct, at each resolution.
    precincts: [(u32, u32); MAX_LEVELS + 1],
}

/// The headers.
pub(in crate::rendition) struct CodeStream {
    image: Area,
    tile_size: (u32, u32),
    tile_offset: (u32, u32),
    /// Of each component: the distance of its samples across and down, and their bits.
    components: Vec<(u32, u32, u32)>,
    layers: u64,
    /// Of each component, and of all that have none of their own.
    styles: [Option<Style>; MAX_COMPONENTS],
    default_style: Option<Style>,
    /// Where the first tile part begins.
    tile_parts: u64,
}

/// What decoding takes.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::rendition) struct Needs {
    /// Each takes a byte of the file at least.
    packets: u64,
    blocks: u64,
    /// Blocks, once for each layer.
    layered_blocks: u64,
}

/// The signature of the box format.
const BOXES: &[u8] = b"\0\0\0\x0CjP  ";

/// The code stream of a file, bare or in the box format.
pub(in crate::rendition) fn find(data: &[u8]) -> Result<&[u8], DecodeError> {
    if !data.starts_with(BOXES) {
        return Ok(data);
    }
    let mut src = data;
    let found =
        Boxes::new(0, data.len() as u64, Format::Jp2).find(&mut src, b"jp2c")?.ok_or(CUT)?;
    let range = usize::try_from(found.at).ok().zip(usize::try_from(found.end).ok());
    Ok(range.and_then(|(at, end)| data.get(at..end)).ok_or(CUT)?)
}

/// Whether the header of the box format states that the channels are inks.
#[cfg(feature = "jp2")]
pub(in crate::rendition) fn states_inks(data: &[u8]) -> Result<bool, DecodeError> {
    if !data.starts_with(BOXES) {
        return Ok(false);
    }
    let mut src = data;
    let header = Boxes::new(0, data.len() as u64, Format::Jp2).find(&mut src, b"jp2h")?;
    let Some(header) = header else { return Ok(false) };
    let Some(colour) = Boxes::inside(header, 0, Format::Jp2).find(&mut src, b"colr")? else {
        return Ok(false);
    };
    Ok(jp2::states_inks(src.array(colour.at)?))
}

impl CodeStream {
    /// The headers, and what decoding takes: in proportion to the file, whose tiles are all there.
    pub(in crate::rendition) fn checked(stream: &[u8]) -> Result<(Self, Needs), DecodeError> {
        let headers = Self::read(stream)?;
        // First, as it bounds the number of tiles, which the next step goes through.
        headers.check_tile_parts(stream)?;
        let needs = headers.needs();
        headers.check(needs, stream.len() as u64)?;
        Ok((headers, needs))
    }

    /// The samples of all components, at most.
    pub(in crate::rendition) fn samples(&self) -> u64 {
        let [left, top, right, bottom] = self.image;
        u64::from(right - left)
            .saturating_mul(u64::from(bottom - top))
            .saturating_mul(self.components())
    }

    fn read(mut stream: &[u8]) -> Result<Self, DecodeError> {
        let src = &mut stream;
        let mut found = Self {
            image: [0; 4],
            tile_size: (0, 0),
            tile_offset: (0, 0),
            components: Vec::new(),
            layers: 0,
            styles: [None; MAX_COMPONENTS],
            default_style: None,
            tile_parts: 0,
        };
        let mut at = 2;
        loop {
            let kind = src.be16(at)?;
            if kind == marker::SOT {
                break;
            }
            let (content, end) = (at + 4, at + 2 + u64::from(src.be16(at + 2)?));
            match kind {
                marker::SIZ => found.read_size(src, content)?,
                marker::COD => {
                    let [custom, _, l0, l1, _] = src.array(content)?;
                    found.layers = u16::from_be_bytes([l0, l1]).into();
                    found.default_style = Some(read_style(src, content + 5, custom)?);
                }
                marker::COC => {
                    let [component, custom] = src.array(content)?;
                    let style = read_style(src, content + 2, custom)?;
                    if let Some(to) = found.styles.get_mut(usize::from(component)) {
                        *to = Some(style);
                    }
                }
                marker::QCD => found.check_planes(src, content, end)?,
                marker::QCC => found.check_planes(src, content + 1, end)?,
                marker::POC => return Err(DecodeError::unsupported("a change of the progression")),
                _ => {}
            }
            at = end;
        }
        if found.components.is_empty() || found.default_style.is_none() || found.layers == 0 {
            return Err("the code stream has no complete header".into());
        }
        found.tile_parts = at;
        Ok(found)
    }

    /// How many components there are.
    pub(super) fn components(&self) -> u64 {
        self.components.len() as u64
    }

    /// Bits of a sample of the most precise component.
    fn bits(&self) -> u32 {
        self.components.iter().map(|(.., bits)| *bits).max().unwrap_or(0)
    }

    fn read_size(&mut self, src: &mut impl Source, at: u64) -> Result<(), DecodeError> {
        let mut fields = [0; 8];
        for (index, field) in (0..).zip(&mut fields) {
            *field = src.be32(at + 2 + 4 * index)?;
        }
        let [right, bottom, left, top, width, height, x, y] = fields;
        let is_sound = left < right
            && top < bottom
            && width > 0
            && height > 0
            && x <= left
            && y <= top
            && u64::from(x) + u64::from(width) > left.into()
            && u64::from(y) + u64::from(height) > top.into();
        if !is_sound {
            return Err("the tiles do not cover the picture".into());
        }
        self.image = [left, top, right, bottom];
        (self.tile_size, self.tile_offset) = ((width, height), (x, y));
        let count = src.be16(at + 34)?;
        if usize::from(count) > MAX_COMPONENTS {
            return Err(DecodeError::unsupported("more than five components"));
        }
        for component in 0..u64::from(count) {
            let [depth, dx, dy] = src.array(at + 36 + 3 * component)?;
            let bits = u32::from(depth & 0x7F) + 1;
            if dx == 0 || dy == 0 {
                return Err("a component has no samples".into());
            }
            self.components.push((dx.into(), dy.into(), bits));
        }
        Ok(())
    }

    /// Refuses more bit planes than samples of these bits have: each is decoded in three passes over all pixels, also
    /// where the file has no data for it.
    fn check_planes(&self, src: &mut impl Source, at: u64, end: u64) -> Result<(), DecodeError> {
        let [style] = src.array(at)?;
        let guard_bits = u32::from(style >> 5);
        let most = self.bits() + MAX_MORE_BITS;
        let step = if style & 0x1F == 0 { 1 } else { 2 };
        for at in (at + 1..end).step_by(step) {
            let [exponent] = src.array(at)?;
            if guard_bits + u32::from(exponent >> 3) > most {
                return Err("there are more bit planes than samples have".into());
            }
        }
        Ok(())
    }

    /// Checks that every tile is there, in all its length, coded as the header states.
    fn check_tile_parts(&self, mut stream: &[u8]) -> Result<(), DecodeError> {
        /// Bytes of the shortest tile part.
        const LEAST: u64 = 14;
        let len = stream.len() as u64;
        let src = &mut stream;
        let tiles = self.tiles();
        if tiles.saturating_mul(LEAST) > len {
            return Err(CUT.into());
        }
        let mut is_there = vec![false; usize::try_from(tiles).map_err(|_| CUT)?];
        let mut start = self.tile_parts;
        while src.be16(start).is_ok_and(|kind| kind == marker::SOT) {
            let [t0, t1, l0, l1, l2, l3] = src.array(start + 4)?;
            let tile = is_there.get_mut(usize::from(u16::from_be_bytes([t0, t1])));
            *tile.ok_or("there is no such tile")? = true;
            let length = match u32::from_be_bytes([l0, l1, l2, l3]) {
                0 => len - start,
                length => length.into(),
            };
            let end = start + length;
            if length < LEAST || end > len {
                return Err(CUT.into());
            }
            let mut at = start + 12;
            loop {
                match src.be16(at)? {
                    marker::SOD => break,
                    marker::COD | marker::COC | marker::QCD | marker::QCC | marker::POC => {
                        return Err(DecodeError::unsupported("a tile with a coding of its own"));
                    }
                    _ => at += 2 + u64::from(src.be16(at + 2)?),
                }
            }
            start = end;
        }
        if is_there.iter().all(|is_there| *is_there) { Ok(()) } else { Err(CUT.into()) }
    }

    fn tiles(&self) -> u64 {
        let [_, _, right, bottom] = self.image;
        let count = |end: u32, start: u32, side: u32| u64::from((end - start).div_ceil(side));
        count(right, self.tile_offset.0, self.tile_size.0).saturating_mul(count(
            bottom,
            self.tile_offset.1,
            self.tile_size.1,
        ))
    }

    /// The areas of the tiles.
    fn tile_areas(&self) -> impl Iterator<Item = Area> {
        let [left, top, right, bottom] = self.image;
        let spans = |start: u32, end: u32, from: u32, side: u32| {
            (from..end)
                .step_by(side as usize)
                .map(move |at| (at.max(start), at.saturating_add(side).min(end)))
        };
        let (x, y) = (self.tile_offset, self.tile_size);
        spans(top, bottom, x.1, y.1).flat_map(move |(y0, y1)| {
            spans(left, right, x.0, y.0).map(move |(x0, x1)| [x0, y0, x1, y1])
        })
    }

    /// What decoding takes.
    fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        for tile in self.tile_areas() {
            for (index, (dx, dy, _)) in self.components.iter().enumerate() {
                let style = self.styles.get(index).copied().flatten().or(self.default_style);
                let Some(style) = style else { continue };
                let [x0, y0, x1, y1] = tile;
                let area = [x0.div_ceil(*dx), y0.div_ceil(*dy), x1.div_ceil(*dx), y1.div_ceil(*dy)];
                for resolution in 0..=style.levels {
                    needs.add(style, resolution, area, self.layers);
                }
            }
        }
        needs
    }

    /// Refuses what is out of all proportion to a file of `bytes`.
    fn check(&self, needs: Needs, bytes: u64) -> Result<(), DecodeError> {
        /// Blocks of pictures of any size, once for each layer.
        const ANY: u64 = 1 << 20;
        if needs.packets > bytes {
            return Err(CUT.into());
        }
        if needs.layered_blocks > ANY + self.samples() / 4 {
            return Err(DecodeError::unsupported("more layers of blocks than pixels account for"));
        }
        Ok(())
    }
}

impl Needs {
    /// Adds a resolution of a component of a tile, whose samples are in `area` at the full resolution.
    fn add(&mut self, style: Style, resolution: usize, area: Area, layers: u64) {
        let scale = style.levels - resolution;
        let [x0, y0, x1, y1] = area.map(|at| shifted_up(at, scale));
        if x0 >= x1 || y0 >= y1 {
            return;
        }
        let (precinct_x, precinct_y) = style.precincts.get(resolution).copied().unwrap_or((15, 15));
        let across = |start: u32, end: u32, power: u32| {
            shifted_up(end, power as usize) - (u64::from(start) >> power).try_into().unwrap_or(0)
        };
        let precincts =
            u64::from(across(x0, x1, precinct_x)) * u64::from(across(y0, y1, precinct_y));
        self.packets = self.packets.saturating_add(precincts.saturating_mul(layers));
        // Above the lowest resolution there are three sub-bands, of half the sides.
        let half = u32::from(resolution > 0);
        let bands = if resolution > 0 { 3 } else { 1 };
        let blocks = |start: u32, end: u32, precinct: u32, block: u32| {
            let block = block.min(precinct.saturating_sub(half));
            let side = (end - start).div_ceil(1 << half);
            // Where precincts begin, blocks begin too.
            u64::from(side.div_ceil(1 << block)) + u64::from(across(start, end, precinct)) + 1
        };
        let blocks = bands
            * blocks(x0, x1, precinct_x, style.block.0)
            * blocks(y0, y1, precinct_y, style.block.1);
        self.blocks = self.blocks.saturating_add(blocks);
        self.layered_blocks = self.layered_blocks.saturating_add(blocks.saturating_mul(layers));
    }

    /// The bytes that blocks take in the decoder: themselves, two trees, and each layer of them.
    pub(in crate::rendition) fn memory(self) -> u64 {
        self.blocks.saturating_mul(256).saturating_add(self.layered_blocks.saturating_mul(24))
    }
}

/// Divided by a power of two, rounded up.
fn shifted_up(value: u32, power: usize) -> u32 {
    let power = u32::try_from(power).unwrap_or(u32::MAX);
    let divided = u64::from(value).saturating_add((1_u64 << power.min(32)) - 1) >> power.min(32);
    u32::try_from(divided).unwrap_or(u32::MAX)
}

/// The parameters of a coding style, behind its flags.
fn read_style(src: &mut impl Source, at: u64, flags: u8) -> Result<Style, DecodeError> {
    let [levels, width, height, _, _] = src.array(at)?;
    let levels = usize::from(levels);
    let block = (u32::from(width) + 2, u32::from(height) + 2);
    if levels > MAX_LEVELS || block.0 + block.1 > 12 {
        return Err("the blocks or levels are too many".into());
    }
    let mut style = Style { levels, block, precincts: [(15, 15); MAX_LEVELS + 1] };
    let has_precincts = flags & 1 == 1;
    if has_precincts {
        for (at, precinct) in (at + 5..).zip(style.precincts.iter_mut().take(levels + 1)) {
            let [sides] = src.array(at)?;
            *precinct = (u32::from(sides & 15), u32::from(sides >> 4));
        }
    }
    Ok(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of 64 x 48 pixels in tiles of this size, three components of 8 bits: layers, levels, sides of blocks and
    /// precincts as powers of two. One empty tile part for each of `tiles` follows.
    fn file(tile: u32, layers: u16, levels: u8, block: u8, precinct: u8, tiles: &[u16]) -> Vec<u8> {
        let mut data = b"\xFF\x4F\xFF\x51\0\x2F\0\0".to_vec();
        for field in [64, 48, 0, 0, tile, tile, 0, 0] {
            data.extend(u32::to_be_bytes(field));
        }
        data.extend([0, 3, 7, 1, 1, 7, 1, 1, 7, 1, 1]);
        data.extend([0xFF, 0x52, 0, 13 + levels, 1, 0]);
        data.extend(layers.to_be_bytes());
        data.extend([0, levels, block - 2, block - 2, 0, 1]);
        data.extend(vec![precinct << 4 | precinct; usize::from(levels) + 1]);
        for tile in tiles {
            data.extend([0xFF, 0x90, 0, 10]);
            data.extend(tile.to_be_bytes());
            data.extend([0, 0, 0, 14, 0, 1, 0xFF, 0x93]);
        }
        data
    }

    fn read(file: &[u8]) -> (CodeStream, Needs) {
        let read = CodeStream::read(file).unwrap();
        let needs = read.needs();
        (read, needs)
    }

    #[test]
    fn packets_are_counted_as_they_lie_in_the_file() {
        // One precinct for each of three components and of the resolutions, in each layer.
        let (_, needs) = read(&file(64, 4, 5, 6, 15, &[0]));
        assert_eq!(needs.packets, 3 * 6 * 4);
        // 4 x 3 precincts of 16 pixels.
        let (_, needs) = read(&file(64, 1, 0, 4, 4, &[0]));
        assert_eq!(needs.packets, 3 * 12);
        assert!(needs.blocks >= 3 * 12 && needs.layered_blocks == needs.blocks);
        // Four tiles of 32 pixels, the lower two of 16 rows.
        let (read, needs) = read(&file(32, 1, 0, 6, 15, &[0, 1, 2, 3]));
        assert_eq!((read.tiles(), needs.packets), (4, 3 * 4));
    }

    #[test]
    fn what_is_out_of_proportion_is_refused() {
        let small = file(64, 1, 0, 6, 15, &[0]);
        let (read_small, needs) = read(&small);
        read_small.check(needs, small.len() as u64).unwrap();
        // A packet for each of 3072 pixels and three components.
        let (many, needs) = read(&file(64, 1, 0, 2, 0, &[0]));
        assert!(many.check(needs, 9000).is_err() && many.check(needs, 1_000_000).is_ok());
        // The smallest blocks in all layers there may be.
        let (many, needs) = read(&file(64, u16::MAX, 0, 2, 15, &[0]));
        assert!(needs.memory() > 1 << 30);
        assert!(many.check(needs, 1 << 30).is_err());
    }

    #[test]
    fn every_tile_must_be_there() {
        let tiles = |tiles: &[u16]| {
            let file = file(32, 1, 0, 6, 15, tiles);
            let (read, _) = read(&file);
            read.check_tile_parts(&file).is_ok()
                && read.check_tile_parts(&file[..file.len() - 1]).is_err()
        };
        assert!(tiles(&[0, 1, 2, 3]) && tiles(&[3, 0, 2, 1, 0]));
        assert!(!tiles(&[0, 1, 2]) && !tiles(&[0, 1, 2, 2]) && !tiles(&[0, 1, 2, 3, 4]));
    }

    #[test]
    fn a_cut_header_is_an_error() {
        let whole = file(64, 1, 2, 6, 15, &[0]);
        for cut in 2..whole.len() - 14 {
            assert!(CodeStream::read(&whole[..cut]).is_err(), "cut at {cut}");
        }
    }
}
