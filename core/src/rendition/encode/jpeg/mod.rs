//! Writing JPEG: baseline, from planes (T.81).
//!
//! A row of MCUs is transformed and quantised sixteen blocks at a time ([`dct`]), then its symbols are written
//! ([`scan`]). The Huffman tables are made from the symbols of some of the rows, which go through the same
//! steps before.

mod bits;
mod component;
mod dct;
mod huffman;
mod quantisation;
mod scan;
mod standard_tables;

use self::component::Component;
use self::huffman::Tables;
use self::quantisation::Divisors;
use self::scan::{Counter, Writer, count_row, write_row};
use self::standard_tables::standard_tables;
use crate::rendition::kernel::Cpu;
use crate::rendition::picture::Plane;

/// How many rows of MCUs are counted at least, of a picture that has as many, and in which distance at most.
const COUNTED_ROWS: usize = 8;

/// A marker, and what its segment contains.
pub(super) type Segment = (u8, Vec<u8>);

/// The file of a grey plane, or of Y, Cb and Cr. The planes of chroma are as large as that of luma or half as wide
/// and high, rounded up. `metadata` follows the first marker.
pub(super) fn encode(
    cpu: Cpu,
    planes: &[Plane],
    quality: u8,
    metadata: &[Segment],
) -> Result<Vec<u8>, &'static str> {
    let frame = Frame::new(planes)?;
    let tables = quantisation::tables(quality, frame.factor);
    let divisors = [Divisors::new(&tables[0]), Divisors::new(&tables[1])];
    let mut components = frame.components(&divisors);
    let huffman = huffman_tables(cpu, &mut components, &frame);

    let mut file = vec![0xff, SOI];
    for (marker, content) in metadata {
        write_segment(&mut file, *marker, content);
    }
    frame.write_headers(&mut file, &tables, &huffman);
    let mut writer = Writer::new(file, &huffman);
    for row in 0..frame.rows {
        for component in &mut components {
            component.transform(cpu, row);
        }
        write_row(cpu, &mut writer, &mut components, frame.mcus);
    }
    let mut file = writer.finish();
    file.extend([0xff, EOI]);
    Ok(file)
}

/// Tables for the symbols of every `step`th row of MCUs. That leaves a fiftieth of what tables for all symbols
/// save, and takes an eighth of the time.
fn huffman_tables(cpu: Cpu, components: &mut [Component<'_>], frame: &Frame<'_>) -> [Tables; 2] {
    let step = (frame.rows / COUNTED_ROWS).clamp(1, COUNTED_ROWS);
    let mut counter =
        if step == 1 { Counter::new() } else { Counter::with_prior(&standard_tables()) };
    for row in (step / 2..frame.rows).step_by(step) {
        for component in &mut *components {
            component.transform(cpu, row);
        }
        count_row(cpu, &mut counter, components, frame.mcus);
    }
    for component in components {
        component.predicted = 0;
    }
    counter.tables()
}

// T.81 Table B.1.
pub(super) const APP0: u8 = 0xe0;
pub(super) const APP1: u8 = 0xe1;
const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const DQT: u8 = 0xdb;
const SOF0: u8 = 0xc0;
const DHT: u8 = 0xc4;
const SOS: u8 = 0xda;

/// What a frame consists of.
struct Frame<'a> {
    planes: &'a [Plane],
    width: u16,
    height: u16,
    /// Samples of luma to one of chroma, across as well as down.
    factor: usize,
    /// MCUs in a row.
    mcus: usize,
    /// Rows of MCUs.
    rows: usize,
}

impl<'a> Frame<'a> {
    fn new(planes: &'a [Plane]) -> Result<Self, &'static str> {
        let (luma, chroma) = match planes {
            [luma] => (luma, None),
            [luma, cb, cr] if (cb.width, cb.height) == (cr.width, cr.height) => (luma, Some(cb)),
            _ => return Err("a JPEG is written of other planes than luma and chroma"),
        };
        let side = |n: usize| u16::try_from(n).ok().filter(|n| *n > 0);
        let (Some(width), Some(height)) = (side(luma.width), side(luma.height)) else {
            return Err("a JPEG is 1 to 65535 pixels wide and high");
        };
        let factor = match chroma.map(|plane| (plane.width, plane.height)) {
            None => 1,
            Some(size) if size == (luma.width, luma.height) => 1,
            Some(size) if size == (luma.width.div_ceil(2), luma.height.div_ceil(2)) => 2,
            Some(_) => return Err("planes of chroma have another size than that of luma"),
        };
        if planes.iter().any(|plane| plane.samples.len() != plane.width * plane.height) {
            return Err("a plane has more or fewer samples than its size");
        }
        let mcus = luma.width.div_ceil(8 * factor);
        let rows = luma.height.div_ceil(8 * factor);
        Ok(Self { planes, width, height, factor, mcus, rows })
    }

    fn components(&self, [luma, chroma]: &'a [Divisors; 2]) -> Vec<Component<'a>> {
        let component = |(i, plane)| match i {
            0 => Component::new(plane, luma, 0, self.factor, self.mcus),
            _ => Component::new(plane, chroma, 1, 1, self.mcus),
        };
        self.planes.iter().enumerate().map(component).collect()
    }

    /// From the quantisation tables to the header of the scan (T.81 sections B.2.2 to B.2.4).
    fn write_headers(&self, file: &mut Vec<u8>, tables: &[[u8; 64]; 2], huffman: &[Tables; 2]) {
        let kinds = if self.planes.len() == 1 { 1 } else { 2 };
        for (id, table) in (0..kinds).zip(tables) {
            let mut content = vec![id];
            content.extend(table);
            write_segment(file, DQT, &content);
        }
        let [height, width] = [self.height, self.width].map(u16::to_be_bytes);
        let count = if kinds == 1 { 1 } else { 3 };
        let mut frame = vec![8, height[0], height[1], width[0], width[1], count];
        let mut scan = vec![count];
        for id in 1..=count {
            let table = u8::from(id > 1);
            let sampling = if id == 1 && self.factor == 2 { 0x22 } else { 0x11 };
            frame.extend([id, sampling, table]);
            scan.extend([id, table << 4 | table]);
        }
        write_segment(file, SOF0, &frame);
        for (id, tables) in (0..kinds).zip(huffman) {
            for (class, table) in [(0, &tables.dc), (0x10, &tables.ac)] {
                let mut content = vec![class | id];
                content.extend(table.counts);
                content.extend(&table.symbols);
                write_segment(file, DHT, &content);
            }
        }
        // All coefficients, at full precision.
        scan.extend([0, 63, 0]);
        write_segment(file, SOS, &scan);
    }
}

fn write_segment(file: &mut Vec<u8>, marker: u8, content: &[u8]) {
    let length = u16::try_from(content.len() + 2).unwrap_or(u16::MAX);
    file.extend([0xff, marker]);
    file.extend(length.to_be_bytes());
    file.extend(content);
}

#[cfg(test)]
mod tests;
