//! The frame: size, components and their blocks (ITU-T T.81, annexes A.2 and B.2.2).

use crate::rendition::decode_error::DecodeError;

/// A component, by the frame header.
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

    pub(super) fn parse(body: &[u8], progressive: bool) -> Result<Self, DecodeError> {
        let [precision, h1, h0, w1, w0, count, specs @ ..] = body else {
            return Err("the frame header is too short".into());
        };
        if *precision != 8 {
            return Err(DecodeError::unsupported(format!("samples of {precision} bits")));
        }
        let (width, height) = (u16::from_be_bytes([*w1, *w0]), u16::from_be_bytes([*h1, *h0]));
        if width == 0 {
            return Err("the frame has no pixels".into());
        }
        if height == 0 {
            return Err(DecodeError::unsupported("a height that follows the pixels (DNL)"));
        }
        if matches!(count, 0 | 5..) {
            return Err(DecodeError::unsupported(format!("{count} components")));
        }
        let mut components = Vec::new();
        for &[id, sampling, quantisation] in specs.as_chunks::<3>().0.iter().take((*count).into()) {
            let (h, v) = ((sampling >> 4).into(), (sampling & 15).into());
            if !(1..=4).contains(&h) || !(1..=4).contains(&v) {
                return Err("a sampling factor is not 1 to 4".into());
            }
            components.push(Component { id, h, v, quantisation: quantisation.into() });
        }
        if components.len() != usize::from(*count) {
            return Err("the frame header is too short".into());
        }
        if let [only] = components.as_mut_slice() {
            // A single component is never interleaved, so its factors have no effect (A.2.2).
            (only.h, only.v) = (1, 1);
        }
        Ok(Self { width: width.into(), height: height.into(), progressive, components })
    }
}

/// The blocks of a component: whole MCUs, row by row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    /// Blocks across and down, padded to whole MCUs.
    pub(super) across: usize,
    pub(super) down: usize,
    /// Blocks that hold pixels of the picture.
    pub(super) used_across: usize,
    pub(super) used_down: usize,
}

impl Grid {
    /// Of a component with the sampling factors `h` and `v`.
    pub(super) fn new(frame: &Frame, h: usize, v: usize) -> Self {
        let (h_max, v_max) = (frame.h_max(), frame.v_max());
        Self {
            across: frame.width.div_ceil(8 * h_max) * h,
            down: frame.height.div_ceil(8 * v_max) * v,
            used_across: (frame.width * h).div_ceil(8 * h_max),
            used_down: (frame.height * v).div_ceil(8 * v_max),
        }
    }

    /// Blocks that hold pixels of the picture.
    pub(super) fn used(&self) -> u64 {
        self.used_across as u64 * self.used_down as u64
    }
}
