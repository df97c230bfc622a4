//! Addresses as text: one printable line, as Python quotes it, and read back.

use std::fmt::{self, Write};
use std::net::Ipv6Addr;

use super::target::bad;
use crate::cause::Cause;
use crate::language::say;

/// What is written by `write`.
pub(super) fn written(write: impl FnOnce(&mut dyn Write) -> fmt::Result) -> String {
    let mut text = String::new();
    // Writing into a String cannot fail.
    let _ = write(&mut text);
    text
}

/// Writes bytes as one line that a terminal only prints: printable text as it is, a backslash
/// doubled, and each byte of anything else as `\xNN`. [`unescape`] reads it back.
pub(super) fn write_escaped(f: &mut dyn Write, bytes: &[u8]) -> fmt::Result {
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            let mut utf8 = [0; 4];
            match c {
                '\\' => f.write_str(r"\\")?,
                c if is_printable(c) => f.write_char(c)?,
                c => write_bytes(f, c.encode_utf8(&mut utf8).as_bytes())?,
            }
        }
        write_bytes(f, chunk.invalid())?;
    }
    Ok(())
}

/// Each byte as `\xNN`.
pub(super) fn write_bytes(f: &mut dyn Write, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "\\x{byte:02x}"))
}

/// What [`write_escaped`] wrote.
pub(super) fn unescape(text: &str) -> Result<Vec<u8>, Cause> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        bytes.extend_from_slice(plain.as_bytes());
        if let Some(after) = escape.strip_prefix('\\') {
            bytes.push(b'\\');
            rest = after;
            continue;
        }
        // Two hexadecimal digits; from_str_radix would take a sign too.
        let digits = escape.strip_prefix('x').and_then(|hex| hex.get(..2));
        let byte = digits
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let Some(byte) = byte else {
            return Err(bad(say!(
                r"after a backslash comes another one, or x and two hexadecimal digits: \\ or \x0a",
                r"反斜杠后面要跟另一个反斜杠，或者 x 和两位十六进制数：\\ 或 \x0a"
            )));
        };
        bytes.push(byte);
        rest = &escape[3..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    Ok(bytes)
}

/// A path as Python's `repr` of a `str` writes it. A byte that is not UTF-8 is a surrogate there
/// (PEP 383).
pub(super) fn write_python_str(f: &mut dyn Write, bytes: &[u8]) -> fmt::Result {
    let quote = python_quote(bytes);
    f.write_char(quote)?;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match (c, u32::from(c)) {
                ('\n', _) => f.write_str(r"\n")?,
                ('\r', _) => f.write_str(r"\r")?,
                ('\t', _) => f.write_str(r"\t")?,
                ('\\', _) => f.write_str(r"\\")?,
                (c, _) if c == quote => write!(f, "\\{c}")?,
                (c, _) if is_printable(c) => f.write_char(c)?,
                (_, number @ ..0x100) => write!(f, "\\x{number:02x}")?,
                (_, number @ ..0x1_0000) => write!(f, "\\u{number:04x}")?,
                (_, number) => write!(f, "\\U{number:08x}")?,
            }
        }
        for byte in chunk.invalid() {
            write!(f, "\\udc{byte:02x}")?;
        }
    }
    f.write_char(quote)
}

/// An abstract name as Python's `repr` of `bytes` writes it.
pub(super) fn write_python_bytes(f: &mut dyn Write, bytes: &[u8]) -> fmt::Result {
    let quote = python_quote(bytes);
    write!(f, "b{quote}")?;
    for byte in bytes {
        match byte {
            b'\n' => f.write_str(r"\n")?,
            b'\r' => f.write_str(r"\r")?,
            b'\t' => f.write_str(r"\t")?,
            b'\\' => f.write_str(r"\\")?,
            byte if char::from(*byte) == quote => write!(f, "\\{quote}")?,
            b' '..=b'~' => f.write_char(char::from(*byte))?,
            byte => write!(f, "\\x{byte:02x}")?,
        }
    }
    f.write_char(quote)
}

/// Python takes double quotes where that saves it a backslash.
fn python_quote(bytes: &[u8]) -> char {
    if bytes.contains(&b'\'') && !bytes.contains(&b'"') {
        '"'
    } else {
        '\''
    }
}

/// Whether Python's `str.isprintable` is true for it, up to the version of Unicode.
fn is_printable(c: char) -> bool {
    if matches!(c, '\\' | '\'' | '"') {
        return true;
    }
    // std escapes what is not printable, and a combining mark at the start of a text: this is not
    // its start.
    let mut text = [b'a'; 5];
    let len = 1 + c.encode_utf8(&mut text[1..]).len();
    std::str::from_utf8(&text[..len]).is_ok_and(|text| text.escape_debug().nth(1) == Some(c))
}

/// An IPv6 address as inet_ntop(3) writes it. std writes `::1:0` where C has `::0.1.0.0`.
pub(super) fn write_ipv6(f: &mut dyn Write, ip: Ipv6Addr) -> fmt::Result {
    match ip.segments() {
        [0, 0, 0, 0, 0, 0, high, _] if high != 0 => {
            let [.., a, b, c, d] = ip.octets();
            write!(f, "::{a}.{b}.{c}.{d}")
        }
        _ => write!(f, "{ip}"),
    }
}
