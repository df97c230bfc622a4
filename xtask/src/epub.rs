//! Writes the book as one EPUB 3, to read offline.
//!
//! An EPUB is a zip file of XHTML pages, a list of them (`content.opf`) and a
//! table of contents (`nav.xhtml`). The pages are those mdBook has made for the
//! browser, turned to XHTML by the module `xhtml`. (The crate epub-builder was
//! tried: it cannot declare that a page holds SVG, which makes the EPUB invalid.)

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use book_translate::edition::Edition;
use mdbook_driver::MDBook;
use mdbook_driver::book::BookItem;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::render;
use crate::xhtml::{self, escape};

const CONTAINER: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles>
    <rootfile full-path="EPUB/content.opf" media-type="application/oebps-package+xml"/>
  </rootfiles>
</container>
"#;

/// One chapter, ready to be put into the file.
struct Page {
    name: String,
    title: String,
    /// 0 for a chapter, 1 for one nested in it.
    level: usize,
    body: String,
}

/// Writes the book in one language; without an edition, in English.
pub fn write(folder: &Path, edition: Option<&Edition>, dest: &Path) -> Result<()> {
    let book = render::load(folder, edition)?;
    let pages = pages(folder, edition, &book)?;
    let language = book
        .config
        .book
        .language
        .clone()
        .unwrap_or_else(|| "en".into());

    if let Some(parent) = dest.parent() {
        fs::create_dir_all(parent).with_context(|| format!("creating {}", parent.display()))?;
    }
    let file = File::create(dest).with_context(|| format!("creating {}", dest.display()))?;
    let mut zip = ZipWriter::new(BufWriter::new(file));
    // A reader knows an EPUB by its first bytes, so this file comes first and as it is.
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    zip.start_file("mimetype", stored)?;
    zip.write_all(b"application/epub+zip")?;

    let mut add = |name: &str, text: &str| -> Result<()> {
        zip.start_file(name, SimpleFileOptions::default())?;
        zip.write_all(text.as_bytes())?;
        Ok(())
    };
    add("META-INF/container.xml", CONTAINER)?;
    add("EPUB/content.opf", &package(&book, &language, &pages))?;
    add("EPUB/nav.xhtml", &contents(&language, &pages))?;
    add("EPUB/style.css", include_str!("epub.css"))?;
    for page in &pages {
        let text = document(&language, &page.title, &page.body);
        add(&format!("EPUB/{}", page.name), &text)?;
    }
    zip.finish()?.flush()?;
    Ok(())
}

/// The chapters in their order, as mdBook renders them.
fn pages(folder: &Path, edition: Option<&Edition>, book: &MDBook) -> Result<Vec<Page>> {
    let site = render::render_one(folder, edition)?;
    let mut pages = Vec::new();
    for item in book.iter() {
        let BookItem::Chapter(chapter) = item else {
            continue;
        };
        let Some(path) = &chapter.path else { continue };
        let name = path
            .with_extension("html")
            .to_string_lossy()
            .replace('\\', "/");
        let html = site
            .get(&name)
            .with_context(|| format!("mdBook made no page {name}"))?;
        let html = std::str::from_utf8(html)?;
        let main = html
            .split_once("<main>")
            .and_then(|(_, rest)| rest.split_once("</main>"))
            .with_context(|| format!("{name} has no <main> part"))?;
        let number = chapter.number.as_ref().map(|number| format!("{number} "));
        pages.push(Page {
            name: name.replace(".html", ".xhtml"),
            title: number.unwrap_or_default() + &chapter.name,
            level: chapter.parent_names.len(),
            body: xhtml::from_html(main.0),
        });
    }
    Ok(pages)
}

fn document(language: &str, title: &str, body: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="{language}" xml:lang="{language}">
<head>
<title>{title}</title>
<link rel="stylesheet" type="text/css" href="style.css"/>
</head>
<body>
{body}
</body>
</html>
"#,
        title = escape(title),
    )
}

/// `nav.xhtml`: the table of contents, chapters nested as in `SUMMARY.md`.
fn contents(language: &str, pages: &[Page]) -> String {
    let title = match language {
        "zh-CN" => "目录",
        _ => "Contents",
    };
    let mut list = format!("<nav epub:type=\"toc\">\n<h1>{title}</h1>\n<ol>");
    let mut level = 0;
    for (index, page) in pages.iter().enumerate() {
        if page.level > level {
            list.push_str("<ol>");
        } else if index > 0 {
            list.push_str("</li>");
            list.push_str(&"</ol></li>".repeat(level - page.level));
        }
        level = page.level;
        list.push_str(&format!(
            "\n<li><a href=\"{}\">{}</a>",
            page.name,
            escape(&page.title)
        ));
    }
    list.push_str("</li>");
    list.push_str(&"</ol></li>".repeat(level));
    list.push_str("\n</ol>\n</nav>");
    document(language, title, &list)
}

/// `content.opf`: what the book is called and which files it has.
fn package(book: &MDBook, language: &str, pages: &[Page]) -> String {
    let config = &book.config.book;
    let title = escape(config.title.as_deref().unwrap_or("Untitled"));
    let mut metadata = String::new();
    for author in &config.authors {
        metadata.push_str(&format!("<dc:creator>{}</dc:creator>\n", escape(author)));
    }
    if let Some(text) = &config.description {
        metadata.push_str(&format!(
            "<dc:description>{}</dc:description>\n",
            escape(text)
        ));
    }
    let mut items = String::new();
    let mut order = String::new();
    for (index, page) in pages.iter().enumerate() {
        let properties = if page.body.contains("<svg") {
            " properties=\"svg\""
        } else {
            ""
        };
        items.push_str(&format!(
            "<item id=\"page-{index}\" href=\"{}\" media-type=\"application/xhtml+xml\"{properties}/>\n",
            page.name
        ));
        order.push_str(&format!("<itemref idref=\"page-{index}\"/>\n"));
    }
    // The date is a constant, so that the same text always makes the same file.
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="{language}">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:socketbook:{language}</dc:identifier>
<dc:title>{title}</dc:title>
<dc:language>{language}</dc:language>
{metadata}<meta property="dcterms:modified">2000-01-01T00:00:00Z</meta>
</metadata>
<manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="style" href="style.css" media-type="text/css"/>
{items}</manifest>
<spine>
{order}</spine>
</package>
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(level: usize, name: &str) -> Page {
        Page {
            name: name.into(),
            title: name.into(),
            level,
            body: String::new(),
        }
    }

    #[test]
    fn nested_chapters_make_nested_lists() {
        let pages = [page(0, "a"), page(1, "b"), page(1, "c"), page(0, "d")];
        let list = contents("en", &pages).replace('\n', "");
        let expected = "<ol><li><a href=\"a\">a</a><ol><li><a href=\"b\">b</a></li>\
                        <li><a href=\"c\">c</a></li></ol></li><li><a href=\"d\">d</a></li></ol>";
        assert!(list.contains(expected), "{list}");
    }
}
