//! What a file should read, reckoned from all of the data at once. `tests/lessons/properties.rs` and the
//! fuzz targets hold the files against it.

use socketbook::Newline;

/// What arrived, as the file shows it.
pub fn translated(all: &[u8], newline: Newline) -> Vec<u8> {
    let mut shown = Vec::new();
    for (at, &byte) in all.iter().enumerate() {
        match byte {
            _ if newline != Newline::Universal => shown.push(byte),
            b'\r' => shown.push(b'\n'),
            b'\n' if at > 0 && all[at - 1] == b'\r' => {}
            byte => shown.push(byte),
        }
    }
    shown
}

/// What may end a line of what is shown. Of two that stand at one place the first counts.
fn ends(newline: Newline) -> &'static [&'static [u8]] {
    match newline {
        Newline::Universal | Newline::Lf => &[b"\n"],
        Newline::Untranslated => &[b"\r\n", b"\n", b"\r"],
        Newline::Cr => &[b"\r"],
        Newline::CrLf => &[b"\r\n"],
    }
}

/// The end of the first line of `rest`, behind its newline.
pub fn line_end(rest: &[u8], newline: Newline) -> Option<usize> {
    (0..rest.len()).find_map(|at| {
        let end = ends(newline)
            .iter()
            .find(|end| rest[at..].starts_with(end))?;
        Some(at + end.len())
    })
}

/// The first line of `rest` with its newline, or all of it.
pub fn line(rest: &[u8], newline: Newline) -> &[u8] {
    &rest[..line_end(rest, newline).unwrap_or(rest.len())]
}

/// The line without its newline.
pub fn bare(line: &[u8], newline: Newline) -> &[u8] {
    let bare = ends(newline).iter().find_map(|end| line.strip_suffix(*end));
    bare.unwrap_or(line)
}

/// The line of a file of bytes without its newline.
pub fn bare_bytes(line: &[u8]) -> &[u8] {
    let bare = line.strip_suffix(b"\r\n").or(line.strip_suffix(b"\n"));
    bare.unwrap_or(line)
}

/// At most `size` bytes of the text: it is not cut within a character, nor within what may become
/// one.
pub fn cut(text: &[u8], size: usize) -> &[u8] {
    if text.len() < size {
        return text;
    }
    let begun = (1..4.min(size)).find(|len| {
        let last = std::str::from_utf8(&text[size - len..size]);
        last.is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
    });
    &text[..size - begun.unwrap_or(0)]
}
