//! A picture that is put together from tiles of one size (ISO/IEC 23008-12 section 6.6.2.3).

use super::Context;
use super::coded::{Coded, Role};
use super::derived::Fields;
use super::hevc;
use super::nclx::Nclx;
use super::rows::is_turned;
use crate::geometry::Size;
use crate::rendition::decode_error::DecodeError;

/// A picture of tiles, of which a row is decoded at a time.
pub(super) struct Grid<'a> {
    tiles: Vec<u32>,
    columns: usize,
    pub(super) size: Size,
    /// The first tile, which all others are like.
    pub(super) first: Coded<'a>,
    /// The bytes of the longest tile.
    longest: u64,
    /// The profile of the first tile.
    pub(super) icc: Option<&'a [u8]>,
    role: Role,
    /// The colours that the grid states.
    nclx: Option<Nclx>,
    /// The pixels of a row of tiles, which begins at row `band_y`.
    band: Vec<u8>,
    band_y: Option<u32>,
}

impl<'a> Grid<'a> {
    pub(super) fn new(
        cx: &Context<'a>,
        item: u32,
        nclx: Option<Nclx>,
        role: Role,
    ) -> Result<Self, DecodeError> {
        let data = cx.file.data(item)?;
        let mut fields = Fields::new(&data)?;
        let [rows, columns] = [fields.byte()?, fields.byte()?].map(|less| usize::from(less) + 1);
        let size = fields.size()?;
        let tiles = cx.file.referred(item, b"dimg")?;
        if tiles.len() != rows * columns {
            return Err("a grid has another number of tiles than it states".into());
        }
        let first = tiles.first().copied().unwrap_or_default();
        let icc = cx.file.properties(first)?.icc;
        let first = tile(cx, first, nclx)?;
        let mut longest = 0;
        for &tile in &tiles {
            longest = longest.max(cx.file.length(tile)?);
        }
        hevc::check_length(&first.sps, longest)?;
        let tile = first.sps.size;
        // Every tile is a part of the picture, and they cover it.
        let covers = |tile: u32, count: usize, side: u32| {
            let (tile, count) = (u64::from(tile), count as u64);
            tile * (count - 1) < side.into() && tile * count >= side.into()
        };
        if !covers(tile.width, columns, size.width) || !covers(tile.height, rows, size.height) {
            return Err("the tiles of a grid do not fit its size".into());
        }
        Ok(Self {
            tiles,
            columns,
            size,
            first,
            longest,
            icc,
            role,
            nclx,
            band: Vec::new(),
            band_y: None,
        })
    }

    /// Bytes of a pixel.
    pub(super) fn channels(&self) -> usize {
        self.first.channels(self.role)
    }

    /// The pixels of all tiles.
    pub(super) fn pixels(&self) -> u64 {
        self.first.sps.coded.pixels().saturating_mul(self.tiles.len() as u64)
    }

    pub(super) fn memory(&self) -> u64 {
        let height = self.size.height.min(self.first.sps.size.height);
        let band = u64::from(self.size.width) * u64::from(height) * self.channels() as u64;
        band.saturating_add(self.first.memory(self.longest))
    }

    /// Row `y`, into `row`. Rows are asked for from the top down.
    pub(super) fn row(
        &mut self,
        cx: &Context<'a>,
        y: u32,
        row: &mut [u8],
    ) -> Result<(), DecodeError> {
        let tile_height = self.first.sps.size.height;
        let band_y = y - y % tile_height;
        if self.band_y != Some(band_y) {
            self.decode_band(cx, band_y)?;
            self.band_y = Some(band_y);
        }
        let stride = self.size.width as usize * self.channels();
        let at = (y - band_y) as usize * stride;
        let pixels = self.band.get(at..at + stride).ok_or("rows of a grid are missing")?;
        row.iter_mut().zip(pixels).for_each(|(to, value)| *to = *value);
        Ok(())
    }

    fn decode_band(&mut self, cx: &Context<'a>, band_y: u32) -> Result<(), DecodeError> {
        let channels = self.channels();
        let (full, tile_size) = (self.size, self.first.sps.size);
        let stride = full.width as usize * channels;
        let height = tile_size.height.min(full.height - band_y);
        self.band.resize(stride * height as usize, 0);
        let start = (band_y / tile_size.height) as usize * self.columns;
        let tile_stride = tile_size.width as usize * channels;
        for (column, &id) in self.tiles.iter().skip(start).take(self.columns).enumerate() {
            let coded = tile(cx, id, self.nclx)?;
            let (sps, first) = (&coded.sps, &self.first.sps);
            if (sps.size, sps.chroma, sps.bits) != (first.size, first.chroma, first.bits) {
                return Err("the tiles of a grid are not alike".into());
            }
            let mut decoded = coded.decode(cx, self.role)?;
            for (y, line) in (0..height).zip(self.band.chunks_exact_mut(stride)) {
                let at = column * tile_stride;
                let end = (at + tile_stride).min(stride);
                decoded.row(cx.cpu, y, line.get_mut(at..end).unwrap_or_default())?;
            }
        }
        Ok(())
    }
}

/// A tile, which is neither cut nor turned.
fn tile<'a>(cx: &Context<'a>, item: u32, nclx: Option<Nclx>) -> Result<Coded<'a>, DecodeError> {
    if !matches!(cx.file.kind(item).as_ref(), Some(b"hvc1" | b"hev1")) {
        return Err(DecodeError::unsupported("tiles that are not coded by HEVC"));
    }
    let mut properties = cx.file.properties(item)?;
    if is_turned(&properties.shared) || properties.shared.crop().is_some() {
        return Err(DecodeError::unsupported("tiles that are turned or cut"));
    }
    properties.nclx = nclx.or(properties.nclx);
    Coded::new(cx.file, item, &properties)
}
