//! The resolution of a PNG: the chunk `pHYs` (W3C PNG, 11.3.4.3), so that a figure has its size on paper.

use std::fs;
use std::io;
use std::path::Path;

/// The signature and the header chunk, which always has 13 bytes.
const BEFORE: usize = 8 + 4 + 4 + 13 + 4;

/// Says in the PNG at `path` how many pixels an inch has.
pub fn write(path: &Path, pixels_per_inch: f64) -> io::Result<()> {
    let png = fs::read(path)?;
    fs::write(path, with(&png, pixels_per_inch))
}

fn with(png: &[u8], pixels_per_inch: f64) -> Vec<u8> {
    let per_metre = (pixels_per_inch / 0.0254).round() as u32;
    let mut chunk = b"pHYs".to_vec();
    chunk.extend(per_metre.to_be_bytes());
    chunk.extend(per_metre.to_be_bytes());
    // In metres.
    chunk.push(1);
    let mut check = flate2::Crc::new();
    check.update(&chunk);
    let (head, rest) = png.split_at(BEFORE.min(png.len()));
    [head, &9_u32.to_be_bytes(), &chunk, &check.sum().to_be_bytes(), rest].concat()
}

#[cfg(test)]
mod tests {
    use super::with;

    /// 300 dots an inch are 11,811 a metre; the check sum is that of the chunk in files of others.
    #[test]
    fn the_chunk_stands_after_the_header() {
        let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 25], b"rest"].concat();
        let made = with(&png, 300.0);
        assert_eq!(made[33..54], *b"\0\0\0\x09pHYs\0\0\x2e\x23\0\0\x2e\x23\x01\x78\xa5\x3f\x76");
        assert_eq!(&made[54..], b"rest");
    }
}
