//! mdBook's `{{#include}}`: what a page includes is translated with the page.

use std::fs;
use std::path::Path;

const START: &str = "{{#include ";

/// Replaces includes by what they include, as mdBook does. Pictures and recordings stay
/// includes: they have messages of their own, see [`crate::picture`].
///
/// # Errors
///
/// A file that isn't there.
pub fn expand(text: &str, folder: &Path) -> Result<String, String> {
    replace(text, |target| {
        let (path, anchor) = match target.split_once(':') {
            Some((path, anchor)) => (path, Some(anchor)),
            None => (target, None),
        };
        if is_picture(path) {
            return Ok(None);
        }
        let file = folder.join(path);
        let included = fs::read_to_string(&file)
            .map_err(|error| format!("including {}: {error}", file.display()))?;
        let part = match anchor {
            Some(anchor) => anchored(&included, anchor),
            None => included.lines().collect::<Vec<_>>().join("\n"),
        };
        let within = file.parent().unwrap_or(folder);
        expand(&part, within).map(Some)
    })
}

/// Whether an included file is shown as a drawing or plays one.
pub fn is_picture(path: &str) -> bool {
    [".svg", ".json"]
        .iter()
        .any(|ending| path.ends_with(ending))
}

/// Gives each include to `with`, and puts what it returns in its place.
///
/// # Errors
///
/// The first one of `with`.
pub fn replace(
    text: &str,
    mut with: impl FnMut(&str) -> Result<Option<String>, String>,
) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(START) {
        let Some(length) = rest[start..].find("}}") else {
            break;
        };
        let end = start + length + 2;
        out.push_str(&rest[..start]);
        match with(rest[start + START.len()..end - 2].trim())? {
            Some(part) => out.push_str(&part),
            None => out.push_str(&rest[start..end]),
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    Ok(out)
}

/// The lines between `ANCHOR: name` and `ANCHOR_END: name`, without other anchors' lines.
fn anchored(text: &str, name: &str) -> String {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        let word = |mark: &str| {
            let rest = &line[line.find(mark)? + mark.len()..];
            Some(rest.split_whitespace().next().unwrap_or_default())
        };
        if let Some(anchor) = word("ANCHOR_END:") {
            inside &= anchor != name;
        } else if let Some(anchor) = word("ANCHOR:") {
            inside |= anchor == name;
        } else if inside {
            lines.push(line);
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_cut_out() {
        let text = "a\n// ANCHOR: x\nb\n// ANCHOR: y\nc\n// ANCHOR_END: x\nd\n// ANCHOR_END: y\n";
        assert_eq!(anchored(text, "x"), "b\nc");
        assert_eq!(anchored(text, "y"), "c\nd");
    }

    #[test]
    fn pictures_stay_and_a_missing_file_is_an_error() {
        let folder = Path::new("/nonexistent");
        let picture = "a\n{{#include x.svg}}\nb";
        assert_eq!(expand(picture, folder).unwrap(), picture);
        let error = expand("{{#include x.md}}", folder).unwrap_err();
        assert!(error.contains("x.md"), "{error}");
    }
}
