//! Takes from a built book what its pages can do without, so that they load fast: mdBook's fonts,
//! the languages that no block is in, and all of the search index but the text.
//!
//! mdBook gives no choice in these, so its files are changed after it has written them. What isn't
//! found where it's expected is an error: a new version of mdBook then says what has moved.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::site::Site;

/// What highlight.js has to know. A page with a block in another language is an error.
const LANGUAGES: [&str; 8] = [
    "bash",
    "c",
    "c-like",
    "ini",
    "plaintext",
    "python",
    "rust",
    "shell",
];
/// Other names of these, as highlight.js knows them.
const ALIASES: [&str; 4] = ["console", "sh", "text", "toml"];

/// Stands where mdBook has elasticlunr.
const SEARCH: &str = include_str!("../../book/en/site/search.js");

pub fn slim(site: &mut Site) -> Result<()> {
    let pages: Vec<String> = named(site, "", ".html");
    for page in &pages {
        let text = site.text(page)?;
        for part in text.split("class=\"language-").skip(1) {
            let name = part.split(['"', ' ']).next().unwrap_or_default();
            if !LANGUAGES.contains(&name) && !ALIASES.contains(&name) {
                bail!("{page} has a block in {name}, which the highlighter is not given");
            }
        }
        let without = without_fonts(text);
        site.put(page, without);
    }
    for font in named(site, "fonts/", "") {
        site.remove(&font);
    }
    // A book without blocks, or without a search, lacks these.
    for script in named(site, "highlight", ".js") {
        let slim = highlighter(site.text(&script)?)?;
        site.put(&script, slim);
    }
    for script in named(site, "elasticlunr", ".js") {
        site.put(&script, SEARCH.to_owned());
    }
    for index in named(site, "searchindex", ".js") {
        let slim = search_index(site, &index).with_context(|| format!("reading {index}"))?;
        site.put(&index, slim);
    }
    Ok(())
}

fn named(site: &Site, start: &str, end: &str) -> Vec<String> {
    let names = site.names();
    names
        .filter(|name| name.starts_with(start) && name.ends_with(end))
        .map(str::to_owned)
        .collect()
}

fn without_fonts(page: &str) -> String {
    let is_fonts = |line: &&str| line.contains("rel=\"stylesheet\"") && line.contains("fonts/");
    page.split_inclusive('\n')
        .filter(|line| !is_fonts(line))
        .collect()
}

/// highlight.js registers one language after another, behind the program itself.
fn highlighter(script: &str) -> Result<String> {
    const REGISTER: &str = "hljs.registerLanguage(\"";
    let mut parts = script.split(REGISTER);
    let mut slim = parts.next().unwrap_or_default().to_owned();
    let mut kept = 0;
    for part in parts {
        if LANGUAGES.contains(&part.split('"').next().unwrap_or_default()) {
            slim += REGISTER;
            slim += part;
            kept += 1;
        }
    }
    if kept != LANGUAGES.len() {
        bail!("highlight.js has {kept} of the languages {LANGUAGES:?}");
    }
    Ok(slim)
}

/// The text of each section, without the lines of code that its page hides.
fn search_index(site: &Site, name: &str) -> Result<String> {
    const START: &str = "window.search = Object.assign(window.search, JSON.parse('";
    const END: &str = "'));";
    let text = site.text(name)?.trim_end();
    let quoted = text.strip_prefix(START).and_then(|t| t.strip_suffix(END));
    let mut index: Value = serde_json::from_str(&unquote(quoted.context("it has another form")?))?;

    let urls: Vec<String> = serde_json::from_value(index["doc_urls"].clone())?;
    let docs = index["index"]["documentStore"]["docs"]
        .as_object_mut()
        .context("it has no documents")?;
    let mut docs = std::mem::take(docs);
    let mut page = "";
    for url in &urls {
        let path = url.split('#').next().unwrap_or_default();
        if path == page {
            continue;
        }
        page = path;
        let html = site.text(page)?;
        let of_page = |id: &str| {
            let url = id.parse().ok().and_then(|id: usize| urls.get(id));
            url.is_some_and(|url| url.split('#').next() == Some(page))
        };
        let mut bodies: Vec<&mut Value> = docs
            .iter_mut()
            .filter(|(id, _)| of_page(id))
            .map(|(_, doc)| &mut doc["body"])
            .collect();
        for (whole, shown) in hidden_lines(html) {
            let has_it = |body: &&mut Value| body.as_str().is_some_and(|b| b.contains(&whole));
            let Some(index) = bodies.iter().position(has_it) else {
                bail!("{page} has a block that the index lacks: {whole}");
            };
            let body = bodies[index].as_str().unwrap_or_default();
            *bodies[index] = body.replacen(&whole, &shown, 1).into();
        }
    }
    let slim = json!({
        "doc_urls": urls,
        "results_options": index["results_options"],
        "search_options": index["search_options"],
        "index": docs,
    });
    Ok(format!("{START}{}{END}", quote(&slim.to_string())))
}

/// Of each block with hidden lines: all of it, and what is shown of it, as the index has them.
fn hidden_lines(page: &str) -> Vec<(String, String)> {
    const HIDDEN: &str = "<span class=\"boring\">";
    let mut blocks = Vec::new();
    for part in page.split("<pre><code class=\"language-").skip(1) {
        let code = part.split("</code>").next().unwrap_or_default();
        let code = code.split_once('>').map_or("", |(_, code)| code);
        if !code.contains(HIDDEN) {
            continue;
        }
        let (mut whole, mut shown) = (String::new(), String::new());
        for (at, part) in code.split(HIDDEN).enumerate() {
            let (hidden, rest) = match at {
                0 => ("", part),
                _ => part.split_once("</span>").unwrap_or((part, "")),
            };
            // mdBook's index puts a space before each element.
            if at > 0 {
                whole.push(' ');
            }
            whole += hidden;
            whole += rest;
            shown += rest;
        }
        let plain = |text: &str| collapse(unescape(text).trim());
        blocks.push((plain(&whole), plain(&shown)));
    }
    blocks
}

fn unescape(html: &str) -> String {
    html.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&amp;", "&")
}

/// As mdBook does it: two white characters or more become a space, and a single one stays.
fn collapse(text: &str) -> String {
    let mut out = String::new();
    let mut white = String::new();
    for letter in text.chars() {
        if letter.is_whitespace() {
            white.push(letter);
            continue;
        }
        out += if white.chars().count() > 1 {
            " "
        } else {
            &white
        };
        white.clear();
        out.push(letter);
    }
    out + &white
}

/// Of a JavaScript string between single quotes.
fn unquote(text: &str) -> String {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => out.extend(letters.next()),
            _ => out.push(letter),
        }
    }
    out
}

fn quote(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_lines_are_found_as_the_index_has_them() {
        let page = "<pre><code class=\"language-rust\"><span class=\"boring\">use a::B;\n</span>\
                    let x: Vec&lt;u8&gt; = b();\n    f(x)?;\n<span class=\"boring\">Ok(())</span>\
                    </code></pre><pre><code class=\"language-rust\">plain()</code></pre>";
        let whole = "use a::B;\nlet x: Vec<u8> = b(); f(x)?; Ok(())";
        let shown = "let x: Vec<u8> = b(); f(x)?;";
        assert_eq!(hidden_lines(page), [(whole.to_owned(), shown.to_owned())]);
    }

    #[test]
    fn a_string_survives_its_quotes() {
        let text = r#"{"a":"it's \"b\" \\ \n"}"#;
        assert_eq!(unquote(&quote(text)), text);
    }

    #[test]
    fn a_highlighter_without_one_of_the_languages_is_an_error() {
        let error = highlighter("hljs.registerLanguage(\"rust\",1)").unwrap_err();
        assert!(error.to_string().contains("1 of the languages"), "{error}");
    }
}
