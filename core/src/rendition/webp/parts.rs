//! The chunks of a WebP file that make its picture (RFC 9649 section 2).

use crate::container::riff::{Chunk, Chunks};
use crate::rendition::decode_error::DecodeError;

/// Bits of the flags of a VP8X chunk.
const PROFILE: u8 = 0x20;
const ALPHA: u8 = 0x10;
const ANIMATION: u8 = 0x02;

/// The chunks that make the first picture of a file. Flags for chunks that are not there mean nothing: tools
/// that strip metadata leave them.
pub(super) struct Parts<'a> {
    /// The chunk of the header of a file with more than a picture.
    header: Option<&'a [u8]>,
    /// Only if the header has the flag for it: without it, viewers ignore the chunk.
    pub(super) profile: Option<&'a [u8]>,
    pub(super) picture: Picture<'a>,
}

/// The data of the chunks of a picture.
#[derive(Clone, Copy)]
pub(super) enum Picture<'a> {
    Lossy { frame: &'a [u8], alpha: Option<&'a [u8]> },
    Lossless(&'a [u8]),
    Animation { control: &'a [u8], first: &'a [u8] },
}

impl<'a> Parts<'a> {
    /// Finds them. A file that ends inside its first picture is an error.
    pub(super) fn new(data: &'a [u8]) -> Result<Self, DecodeError> {
        let (mut src, mut chunks) = (data, Chunks::new());
        let (mut header, mut profile, mut alpha, mut control) = (None, None, None, None);
        let (mut still, mut first) = (None, None);
        while chunks.more(data.len() as u64) {
            let chunk = chunks.next(&mut src)?;
            let slot = match &chunk.kind {
                b"VP8X" => &mut header,
                b"ICCP" => &mut profile,
                b"ALPH" => &mut alpha,
                b"ANIM" => &mut control,
                b"VP8 " | b"VP8L" => {
                    if still.is_none() {
                        still = Some((&chunk.kind == b"VP8L", body(data, chunk)?));
                    }
                    continue;
                }
                b"ANMF" => &mut first,
                _ => continue,
            };
            if slot.is_none() {
                *slot = Some(body(data, chunk)?);
            }
        }
        let flags = header.and_then(<[u8]>::first).copied().unwrap_or_default();
        let is_animated = flags & ANIMATION != 0;
        let profile = profile.filter(|_| flags & PROFILE != 0);
        let picture = match (still, control, first) {
            (_, Some(control), Some(first)) if is_animated => Picture::Animation { control, first },
            (Some((true, pixels)), ..) => Picture::Lossless(pixels),
            (Some((false, frame)), ..) => Picture::Lossy { frame, alpha },
            _ => return Err("the file has no picture".into()),
        };
        Ok(Self { header, profile, picture })
    }

    /// A file of this picture alone, with flags for what is there.
    pub(super) fn to_file(&self) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
        let mut extended = |flags: u8| {
            if let Some(([_, rest @ ..], _)) = self.header.and_then(<[u8]>::split_first_chunk::<10>)
            {
                let mut header = vec![flags];
                header.extend(rest);
                push_chunk(&mut file, *b"VP8X", &header);
            }
        };
        match self.picture {
            Picture::Lossless(pixels) => push_chunk(&mut file, *b"VP8L", pixels),
            Picture::Lossy { frame, alpha } => {
                if let Some(alpha) = alpha {
                    extended(ALPHA);
                    push_chunk(&mut file, *b"ALPH", alpha);
                }
                push_chunk(&mut file, *b"VP8 ", frame);
            }
            Picture::Animation { control, first } => {
                let stated = self.header.and_then(<[u8]>::first).map_or(0, |flags| flags & ALPHA);
                extended(ANIMATION | stated | frame_alpha(first));
                push_chunk(&mut file, *b"ANIM", control);
                push_chunk(&mut file, *b"ANMF", first);
            }
        }
        let length = u32::try_from(file.len() - 8).unwrap_or(u32::MAX);
        if let Some(to) = file.get_mut(4..8) {
            to.copy_from_slice(&length.to_le_bytes());
        }
        file
    }
}

/// Appends a chunk, padded to an even length.
fn push_chunk(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    file.extend(kind);
    file.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes());
    file.extend(data);
    file.resize(file.len().next_multiple_of(2), 0);
}

/// The flag for alpha, if the frame of an ANMF chunk has any.
fn frame_alpha(frame: &[u8]) -> u8 {
    // Behind its position and duration: a chunk of alpha, or the header of VP8L with a bit for it.
    match frame.get(16..) {
        Some([b'A', b'L', b'P', b'H', ..]) => ALPHA,
        Some([b'V', b'P', b'8', b'L', _, _, _, _, 0x2f, _, _, _, last, ..]) if last & 0x10 != 0 => {
            ALPHA
        }
        _ => 0,
    }
}

/// The data of a chunk that must be there.
fn body(data: &[u8], chunk: Chunk) -> Result<&[u8], DecodeError> {
    let body = usize::try_from(chunk.at).ok().and_then(|at| data.get(at..));
    let length = usize::try_from(chunk.len).ok();
    let body = body.zip(length).and_then(|(body, length)| body.get(..length));
    body.ok_or_else(|| "the file ends inside its picture".into())
}
