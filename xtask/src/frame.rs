//! What is put into every page of a built book: the way to the same page in another language,
//! and the language of the Chinese terms in English text.

use anyhow::{Result, bail};
use book_translate::edition::Edition;
use book_translate::is_han;

use crate::site::Site;
use crate::xhtml::escape;

/// English stands at the root, another language in a folder of its name.
const ENGLISH: &str = "en";

/// A language's name, in that language.
fn name_of(language: &str) -> &str {
    match language {
        ENGLISH => "English",
        "zh-CN" => "中文",
        other => other,
    }
}

/// Finishes the pages of all languages of a site.
pub fn finish(site: &mut Site, others: &[String]) {
    site.change(".html", |path, page| {
        let own = others
            .iter()
            .find(|one| path.starts_with(&format!("{one}/")));
        let own = own.map_or(ENGLISH, String::as_str);
        let mut page = page.to_owned();
        if own == ENGLISH {
            page = mark_chinese(&page);
        }
        if others.is_empty() {
            return page;
        }
        let name = path.strip_prefix(&format!("{own}/")).unwrap_or(path);
        let languages = || std::iter::once(ENGLISH).chain(others.iter().map(String::as_str));
        let link = |to: &str| escape(&link(own, to, name));
        let alternates: String = languages()
            .map(|to| {
                format!(
                    "<link rel=\"alternate\" hreflang=\"{to}\" href=\"{}\">\n",
                    link(to)
                )
            })
            .collect();
        let switches: String = languages()
            .filter(|to| *to != own)
            .map(|to| {
                let name = name_of(to);
                format!(
                    "<a class=\"language\" rel=\"alternate\" hreflang=\"{to}\" lang=\"{to}\" \
                     href=\"{}\">{name}</a>\n",
                    link(to)
                )
            })
            .collect();
        let buttons = "<div class=\"right-buttons\">";
        page.replacen("</head>", &format!("{alternates}</head>"), 1)
            .replacen(buttons, &format!("{buttons}\n{switches}"), 1)
    });
}

/// From a page in one language to the same in another; relative, so that it works in files, too.
fn link(from: &str, to: &str, name: &str) -> String {
    let up = "../".repeat(name.matches('/').count() + usize::from(from != ENGLISH));
    match to {
        ENGLISH => format!("{up}{name}"),
        _ => format!("{up}{to}/{name}"),
    }
}

/// Says of Chinese characters in an English page that they are Chinese, so that a browser takes
/// a Chinese font, and a screen reader speaks them. Code is left alone: mdBook colours its text.
fn mark_chinese(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        mark_text(&rest[..start], &mut out);
        rest = &rest[start..];
        let name = rest[1..]
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .next();
        let end = match name {
            Some(name @ ("code" | "head" | "script" | "svg" | "style")) => {
                let closing = format!("</{name}>");
                rest.find(&closing)
                    .map_or(rest.len(), |end| end + closing.len())
            }
            _ if rest.starts_with("<!--") => rest.find("-->").map_or(rest.len(), |end| end + 3),
            _ => rest.find('>').map_or(rest.len(), |end| end + 1),
        };
        out.push_str(&rest[..end]);
        rest = &rest[end..];
    }
    mark_text(rest, &mut out);
    out
}

fn mark_text(text: &str, out: &mut String) {
    let chinese = |letter: char| {
        is_han(letter) || matches!(letter, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}')
    };
    let mut rest = text;
    while let Some(start) = rest.find(chinese) {
        let length = rest[start..].find(|letter| !chinese(letter));
        let end = length.map_or(rest.len(), |length| start + length);
        out.push_str(&rest[..start]);
        out.push_str(&format!(
            "<span lang=\"zh-CN\">{}</span>",
            &rest[start..end]
        ));
        rest = &rest[end..];
    }
    out.push_str(rest);
}

/// Puts a language's own words in place of mdBook's.
///
/// # Errors
///
/// mdBook has one of the words no more: then its pages would show another one in English.
pub fn translate_words(site: &mut Site, edition: &Edition) -> Result<()> {
    let words = edition.words().map_err(|error| anyhow::anyhow!(error))?;
    let mut found = vec![false; words.len()];
    for ending in [".html", ".js"] {
        site.change(ending, |path, text| {
            let mut text = text.to_owned();
            // Here stands the text of the pages, not mdBook's.
            if path.contains("searchindex") {
                return text;
            }
            for ([kind, from, to], found) in words.iter().zip(&mut found) {
                if ending[1..] == *kind && text.contains(from) {
                    text = text.replace(from, to);
                    *found = true;
                }
            }
            text
        });
    }
    let gone = words.iter().zip(found).filter(|(_, found)| !found);
    let gone: Vec<&str> = gone.map(|(words, _)| words[1].as_str()).collect();
    if !gone.is_empty() {
        bail!(
            "mdBook's pages have no more: {}; mend mdbook.txt",
            gone.join(", ")
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_language_is_found_from_every_page() {
        assert_eq!(link("en", "zh-CN", "tcp.html"), "zh-CN/tcp.html");
        assert_eq!(link("zh-CN", "en", "tcp.html"), "../tcp.html");
        assert_eq!(link("zh-CN", "zh-CN", "a/b.html"), "../../zh-CN/a/b.html");
    }

    #[test]
    fn chinese_in_english_text_is_marked_and_code_is_not() {
        let html =
            "<head><title>套</title></head><p title=\"套\">a socket (套接字), <code>喂?</code></p>";
        assert_eq!(
            mark_chinese(html),
            "<head><title>套</title></head><p title=\"套\">a socket \
             (<span lang=\"zh-CN\">套接字</span>), <code>喂?</code></p>"
        );
    }
}
