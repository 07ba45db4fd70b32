//! Decoding and comparing pictures.

use userimage::{Format, Size};

/// A decoded picture in RGBA.
pub(crate) struct Pixels {
    pub(crate) size: Size,
    pub(crate) rgba: Vec<[u8; 4]>,
}

impl Pixels {
    /// Decodes a rendition with decoders that the library does not use for that.
    pub(crate) fn of(format: Format, bytes: &[u8]) -> Self {
        match format {
            Format::Png => Self::png(bytes),
            Format::Jpeg => Self::jpeg(bytes),
            Format::WebP => Self::webp(bytes),
            other => panic!("no rendition is {other}"),
        }
    }

    pub(crate) fn png(data: &[u8]) -> Self {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(data));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).expect("a complete PNG");
        Self::from_channels(&pixels, frame.width, frame.height)
    }

    fn jpeg(data: &[u8]) -> Self {
        use zune_jpeg::JpegDecoder;
        use zune_jpeg::zune_core::bytestream::ZCursor;
        let mut decoder = JpegDecoder::new(ZCursor::new(data));
        let pixels = decoder.decode().expect("a complete JPEG");
        let (width, height) = decoder.dimensions().unwrap();
        Self::from_channels(&pixels, width.try_into().unwrap(), height.try_into().unwrap())
    }

    fn webp(data: &[u8]) -> Self {
        let mut decoder = image_webp::WebPDecoder::new(std::io::Cursor::new(data)).expect("a WebP");
        let mut pixels = vec![0; decoder.output_buffer_size().unwrap()];
        decoder.read_image(&mut pixels).expect("a complete WebP");
        let (width, height) = decoder.dimensions();
        Self::from_channels(&pixels, width, height)
    }

    fn from_channels(pixels: &[u8], width: u32, height: u32) -> Self {
        let count = width as usize * height as usize;
        let rgba = match pixels.len() / count {
            1 => pixels.iter().map(|&g| [g, g, g, 255]).collect(),
            2 => pixels.chunks_exact(2).map(|p| [p[0], p[0], p[0], p[1]]).collect(),
            3 => pixels.chunks_exact(3).map(|p| [p[0], p[1], p[2], 255]).collect(),
            _ => pixels.chunks_exact(4).map(|p| [p[0], p[1], p[2], p[3]]).collect(),
        };
        Self { size: Size::new(width, height), rgba }
    }

    /// Mean and worst difference of a channel. Colours are weighted by alpha.
    pub(crate) fn difference(&self, other: &Self) -> (f64, u32) {
        assert_eq!(self.size, other.size);
        let weighted = |&[r, g, b, a]: &[u8; 4]| {
            let a = u32::from(a);
            [r, g, b].map(|v| (u32::from(v) * a + 127) / 255).into_iter().chain([a])
        };
        let pairs = self.rgba.iter().flat_map(weighted).zip(other.rgba.iter().flat_map(weighted));
        let (sum, worst) = pairs
            .map(|(a, b)| a.abs_diff(b))
            .fold((0u64, 0), |(sum, worst), d| (sum + u64::from(d), worst.max(d)));
        (sum as f64 / (self.rgba.len() * 4) as f64, worst)
    }
}
