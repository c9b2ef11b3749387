//! A figure as PDF (ISO 32000-1): a backend of plotters that writes a page's content, and the file around it.
//!
//! Lines and letters stay what they are: text can be searched and copied, in the font that the binary carries. No date and
//! no name of a program is in the file, so that the same figure is the same bytes.

use std::fmt::Write as _;
use std::io::Write as _;

use ab_glyph::{Font as _, FontRef};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontTransform,
};

use super::font;

/// The content of the page as it grows.
pub struct Canvas<'a> {
    size: (u32, u32),
    content: &'a mut Content,
}

/// What has been drawn.
#[derive(Debug, Default)]
pub struct Content {
    operators: String,
    /// Each opacity in use, in hundredths.
    opacities: Vec<u8>,
    /// Each letter in use.
    letters: Vec<char>,
}

impl<'a> Canvas<'a> {
    /// An empty page of this size, in units.
    pub fn new(size: (u32, u32), content: &'a mut Content) -> Self {
        Self { size, content }
    }

    /// From above to below, as in a picture; PDF counts from below.
    fn up(&self, y: i32) -> i32 {
        self.size.1.cast_signed() - y
    }

    /// Chooses colour and opacity; nothing is drawn that cannot be seen.
    fn choose(&mut self, colour: BackendColor, operator: &str) -> bool {
        if colour.alpha <= 0.0 {
            return false;
        }
        let opacity = (colour.alpha * 100.0).round().clamp(0.0, 100.0) as u8;
        let known = self.content.opacities.iter().position(|known| *known == opacity);
        let place = known.unwrap_or_else(|| {
            self.content.opacities.push(opacity);
            self.content.opacities.len() - 1
        });
        let (red, green, blue) = colour.rgb;
        let share = |part: u8| f64::from(part) / 255.0;
        let rgb = [red, green, blue].map(|part| format!("{:.4}", share(part))).join(" ");
        self.add(&format!("/O{place} gs {rgb} {operator}"));
        true
    }

    fn add(&mut self, operators: &str) {
        self.content.operators.push_str(operators);
        self.content.operators.push('\n');
    }

    fn path(&mut self, path: impl IntoIterator<Item = BackendCoord>, end: &str) {
        let mut text = String::new();
        for (index, (x, y)) in path.into_iter().enumerate() {
            let operator = if index == 0 { 'm' } else { 'l' };
            let _ = write!(text, "{x} {} {operator} ", self.up(y));
        }
        self.add(&(text + end));
    }
}

type Drawn = Result<(), DrawingErrorKind<std::convert::Infallible>>;

/// Four arcs of Bézier make a circle to three parts in ten thousand with this share of the radius.
const ARC: f64 = 0.552_284_75;
/// The size of a plotters font over that of its letters (as its SVG backend has it).
const FONT_OVER_EM: f64 = 1.24;
/// Height of an x in this font, over its size.
const EX: f64 = 0.547;

impl DrawingBackend for Canvas<'_> {
    type ErrorType = std::convert::Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, colour: BackendColor) -> Drawn {
        if self.choose(colour, "rg") {
            self.add(&format!("{x} {} 1 1 re f", self.up(y + 1)));
        }
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        is_filled: bool,
    ) -> Drawn {
        if self.choose(style.color(), if is_filled { "rg" } else { "RG" }) {
            let (width, height) = (right - left, bottom - top);
            let end = if is_filled { "f" } else { "S" };
            let stroke = if is_filled { String::new() } else { format!("{} w ", style.stroke_width()) };
            self.add(&format!("{stroke}{left} {} {width} {height} re {end}", self.up(bottom)));
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        if self.choose(style.color(), "RG") {
            self.add(&format!("{} w", style.stroke_width()));
            self.path(path, "S");
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        is_filled: bool,
    ) -> Drawn {
        if !self.choose(style.color(), if is_filled { "rg" } else { "RG" }) {
            return Ok(());
        }
        let (x, y, r) = (f64::from(x), f64::from(self.up(y)), f64::from(radius));
        let k = r * ARC;
        let (left, right, down, up) = (x - r, x + r, y - r, y + r);
        let mut text = if is_filled { String::new() } else { format!("{} w ", style.stroke_width()) };
        let _ = write!(text, "{right} {y} m ");
        for arc in [
            [right, y + k, x + k, up, x, up],
            [x - k, up, left, y + k, left, y],
            [left, y - k, x - k, down, x, down],
            [x + k, down, right, y - k, right, y],
        ] {
            let numbers = arc.map(|number| format!("{number:.3}")).join(" ");
            let _ = write!(text, "{numbers} c ");
        }
        self.add(&(text + if is_filled { "f" } else { "s" }));
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        if self.choose(style.color(), "rg") {
            self.path(path, "f");
        }
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, (x, y): BackendCoord) -> Drawn {
        let Some(letters) = Letters::carried() else { return Ok(()) };
        if text.is_empty() || !self.choose(style.color(), "rg") {
            return Ok(());
        }
        let size = style.size() / FONT_OVER_EM;
        let width: f64 = text.chars().map(|letter| letters.width(letter)).sum::<f64>() * size / 1000.0;
        let back = match style.anchor().h_pos {
            HPos::Left => 0.0,
            HPos::Center => width / 2.0,
            HPos::Right => width,
        };
        let down = match style.anchor().v_pos {
            VPos::Top => 0.76 * size,
            VPos::Center => 0.5 * EX * size,
            VPos::Bottom => -0.5 * EX * size,
        };
        // Along the text and across it, from the point at which it is held.
        let (cos, sin): (f64, f64) = match style.transform() {
            FontTransform::None => (1.0, 0.0),
            FontTransform::Rotate90 => (0.0, -1.0),
            FontTransform::Rotate180 => (-1.0, 0.0),
            FontTransform::Rotate270 => (0.0, 1.0),
        };
        let (x, y) = (f64::from(x), f64::from(self.up(y)));
        let (from_x, from_y) = (x - back * cos + down * sin, y - back * sin - down * cos);
        let mut glyphs = String::new();
        for letter in text.chars() {
            if !self.content.letters.contains(&letter) {
                self.content.letters.push(letter);
            }
            let _ = write!(glyphs, "{:04x}", letters.glyph(letter));
        }
        self.add(&format!(
            "BT /F {size:.3} Tf {cos} {sin} {} {cos} {from_x:.3} {from_y:.3} Tm <{glyphs}> Tj ET",
            -sin
        ));
        Ok(())
    }
}

/// The letters of the font that the binary carries.
struct Letters(FontRef<'static>);

impl Letters {
    fn carried() -> Option<Self> {
        FontRef::try_from_slice(font::SUBSET).ok().map(Self)
    }

    fn glyph(&self, letter: char) -> u16 {
        self.0.glyph_id(letter).0
    }

    /// In thousandths of the size.
    fn width(&self, letter: char) -> f64 {
        let units = f64::from(self.0.units_per_em().unwrap_or(2048.0));
        f64::from(self.0.h_advance_unscaled(self.0.glyph_id(letter))) * 1000.0 / units
    }

    /// Above and below the base line, in thousandths of the size.
    fn ends(&self) -> (f64, f64) {
        let units = f64::from(self.0.units_per_em().unwrap_or(2048.0));
        let share = |value: f32| (f64::from(value) * 1000.0 / units).round();
        (share(self.0.ascent_unscaled()), share(self.0.descent_unscaled()))
    }
}

/// The file: one page of this content, each unit as many points.
pub fn file(content: &Content, size: (u32, u32), unit_points: f64) -> Vec<u8> {
    let (width, height) = (f64::from(size.0) * unit_points, f64::from(size.1) * unit_points);
    let operators = format!("{unit_points:.6} 0 0 {unit_points:.6} 0 0 cm 1 j\n{}", content.operators);
    let states: Vec<String> = content
        .opacities
        .iter()
        .enumerate()
        .map(|(place, hundredths)| {
            let opacity = f64::from(*hundredths) / 100.0;
            format!("/O{place} << /ca {opacity} /CA {opacity} >>")
        })
        .collect();
    let mut letters = content.letters.clone();
    letters.sort_unstable();
    let carried = Letters::carried();
    let glyphs: Vec<(u16, char, f64)> = carried
        .iter()
        .flat_map(|carried| {
            letters.iter().map(|&letter| (carried.glyph(letter), letter, carried.width(letter)))
        })
        .collect();
    let widths: Vec<String> =
        glyphs.iter().map(|(glyph, _, width)| format!("{glyph} [{width:.1}]")).collect();
    let (above, below) = carried.as_ref().map_or((800.0, -200.0), Letters::ends);
    // `A` to `F` stand before the name of a font of which a part is carried.
    let name = "ABCDEF+DejaVuSans";
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.3} {height:.3}] /Contents 4 0 R /Resources << \
             /Font << /F 5 0 R >> /ExtGState << {} >> >> >>",
            states.join(" ")
        )
        .into_bytes(),
        stream("", operators.as_bytes()),
        format!(
            "<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H /DescendantFonts [6 0 R] \
             /ToUnicode 9 0 R >>"
        )
        .into_bytes(),
        format!(
            "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{name} /CIDSystemInfo << /Registry (Adobe) /Ordering \
             (Identity) /Supplement 0 >> /FontDescriptor 7 0 R /CIDToGIDMap /Identity /W [{}] >>",
            widths.join(" ")
        )
        .into_bytes(),
        format!(
            "<< /Type /FontDescriptor /FontName /{name} /Flags 32 /FontBBox [-1021 -463 1793 1232] /ItalicAngle 0 \
             /Ascent {above} /Descent {below} /CapHeight 729 /StemV 80 /FontFile2 8 0 R >>"
        )
        .into_bytes(),
        stream(&format!("/Length1 {}", font::SUBSET.len()), font::SUBSET),
        stream("", to_unicode(&glyphs).as_bytes()),
    ];
    let mut file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n", index + 1).bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let table = file.len();
    let count = objects.len() + 1;
    file.extend(format!("xref\n0 {count}\n0000000000 65535 f \n").bytes());
    for place in places {
        file.extend(format!("{place:010} 00000 n \n").bytes());
    }
    file.extend(format!("trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n").bytes());
    file
}

/// A stream, packed.
fn stream(more: &str, content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    // Writing to memory does not fail.
    let packed = encoder.write_all(content).and_then(|()| encoder.finish()).unwrap_or_default();
    let head = format!("<< /Length {} /Filter /FlateDecode {more} >>\nstream\n", packed.len());
    [head.as_bytes(), &packed, b"\nendstream"].concat()
}

/// Which letter each glyph is, so that text can be copied.
fn to_unicode(glyphs: &[(u16, char, f64)]) -> String {
    let mut text =
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CIDSystemInfo << /Registry (Adobe) \
                    /Ordering (UCS) /Supplement 0 >> def /CMapName /Adobe-Identity-UCS def /CMapType 2 def\n\
                    1 begincodespacerange <0000> <ffff> endcodespacerange\n"
            .to_owned();
    // A block holds a hundred at most.
    for block in glyphs.chunks(100) {
        let _ = writeln!(text, "{} beginbfchar", block.len());
        for (glyph, letter, _) in block {
            let mut units = [0; 2];
            let units: Vec<String> =
                letter.encode_utf16(&mut units).iter().map(|unit| format!("{unit:04x}")).collect();
            let _ = writeln!(text, "<{glyph:04x}> <{}>", units.concat());
        }
        text.push_str("endbfchar\n");
    }
    text.push_str("endcmap CMapName currentdict /CMap defineresource pop end end");
    text
}
