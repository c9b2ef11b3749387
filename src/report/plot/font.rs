//! The font of the figures: a subset of `DejaVu Sans`, carried in the binary, so that no machine's fonts matter.
//!
//! Its licence stands beside it in `font/`. Made by fonttools: `pyftsubset DejaVuSans.ttf --no-hinting
//! --layout-features='' --drop-tables+=GPOS,GSUB,GDEF,kern,MATH,FFTM --name-IDs=0,1,2,13,14` with printable
//! ASCII and the glyphs that are listed for the tests below.

use plotters::style::{FontStyle, register_font};

use super::error::PlotError;

/// Name under which plotters knows it. In an SVG it stands as the list of families to try.
pub const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// The glyphs beyond ASCII.
#[cfg(test)]
pub const GLYPHS: &str = "°±²³µ·¹×λμρ–—’…⁰⁴⁵⁶⁷⁸⁹⁻→∞≤≥";

/// The file.
pub static SUBSET: &[u8] = include_bytes!("font/dejavu-sans-subset.ttf");

/// Makes the font known to plotters; as often as one likes.
pub fn register() -> Result<(), PlotError> {
    register_font(FAMILY, FontStyle::Normal, SUBSET)
        .map_err(|_| PlotError::Draw("the font in the binary cannot be read".into()))
}

/// Can the font draw `glyph`?
#[cfg(test)]
pub fn has(glyph: char) -> bool {
    use plotters::style::{FontDesc, FontFamily};
    // An unknown glyph is drawn as the empty box, so it is compared with one that is surely unknown.
    let drawn = |text: &str| {
        let mut pixels = Vec::new();
        let font = FontDesc::new(FontFamily::Name(FAMILY), 40.0, FontStyle::Normal);
        let _ = font.draw(text, (0, 0), |x, y, shade| -> Result<(), std::convert::Infallible> {
            pixels.push((x, y, shade.to_bits()));
            Ok(())
        });
        pixels
    };
    drawn(&glyph.to_string()) != drawn("\u{10FFFF}")
}
