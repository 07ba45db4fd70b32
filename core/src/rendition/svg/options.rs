//! What a document may use beside itself: the host's fonts, and the pictures in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use resvg::usvg::fontdb::{Database, Family, ID, Query, Stretch, Style, Weight};
use resvg::usvg::{
    Font, FontFamily, FontResolver, FontStretch, FontStyle, ImageHrefResolver, Options,
};

use super::images::Images;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::fonts::Fonts;

/// Fonts and pictures, and what was missing of them.
pub(super) struct Resources {
    fonts: Arc<Database>,
    images: Images,
    is_font_missing: AtomicBool,
}

impl Resources {
    pub(super) fn new(fonts: &Fonts) -> Self {
        let fonts = fonts.shared();
        Self { fonts, images: Images::default(), is_font_missing: AtomicBool::new(false) }
    }

    /// Whether a text is drawn in another font than its own, or not at all.
    pub(super) fn is_font_missing(&self) -> bool {
        self.is_font_missing.load(Ordering::Relaxed)
    }

    /// Why a picture is not drawn, if one is not.
    pub(super) fn image_failure(&self) -> Option<DecodeError> {
        self.images.failure()
    }

    /// The memory that pictures take until the document is drawn.
    pub(super) fn image_bytes(&self) -> u64 {
        self.images.bytes()
    }

    /// Links to files and other machines lead nowhere.
    pub(super) fn options(&self) -> Options<'_> {
        Options {
            image_href_resolver: ImageHrefResolver {
                resolve_data: Box::new(|_, data, options| self.images.resolve(&data, options)),
                resolve_string: Box::new(|_, _| None),
            },
            font_resolver: FontResolver {
                select_font: Box::new(|font, fonts| self.select(font, fonts)),
                select_fallback: Box::new(|character, used, fonts| {
                    let found = FontResolver::default_fallback_selector()(character, used, fonts);
                    if found.is_none() && !character.is_whitespace() && !character.is_control() {
                        self.is_font_missing.store(true, Ordering::Relaxed);
                    }
                    found
                }),
            },
            // Of texts that name no font.
            font_family: self.fonts.family_name(&Family::Serif).to_owned(),
            fontdb: Arc::clone(&self.fonts),
            ..Options::default()
        }
    }

    /// The font of one of the named families; else one that the host has.
    fn select(&self, font: &Font, fonts: &Database) -> Option<ID> {
        let families: Vec<_> = font.families().iter().map(family).collect();
        let own = query(font, fonts, &families);
        if own.is_none() {
            self.is_font_missing.store(true, Ordering::Relaxed);
        }
        own.or_else(|| query(font, fonts, &[Family::SansSerif, Family::Serif]))
            .or_else(|| fonts.faces().next().map(|face| face.id))
    }
}

fn family(family: &FontFamily) -> Family<'_> {
    match family {
        FontFamily::Serif => Family::Serif,
        FontFamily::SansSerif => Family::SansSerif,
        FontFamily::Cursive => Family::Cursive,
        FontFamily::Fantasy => Family::Fantasy,
        FontFamily::Monospace => Family::Monospace,
        FontFamily::Named(name) => Family::Name(name),
    }
}

fn query(font: &Font, fonts: &Database, families: &[Family<'_>]) -> Option<ID> {
    fonts.query(&Query {
        families,
        weight: Weight(font.weight()),
        stretch: match font.stretch() {
            FontStretch::UltraCondensed => Stretch::UltraCondensed,
            FontStretch::ExtraCondensed => Stretch::ExtraCondensed,
            FontStretch::Condensed => Stretch::Condensed,
            FontStretch::SemiCondensed => Stretch::SemiCondensed,
            FontStretch::Normal => Stretch::Normal,
            FontStretch::SemiExpanded => Stretch::SemiExpanded,
            FontStretch::Expanded => Stretch::Expanded,
            FontStretch::ExtraExpanded => Stretch::ExtraExpanded,
            FontStretch::UltraExpanded => Stretch::UltraExpanded,
        },
        style: match font.style() {
            FontStyle::Normal => Style::Normal,
            FontStyle::Italic => Style::Italic,
            FontStyle::Oblique => Style::Oblique,
        },
    })
}
