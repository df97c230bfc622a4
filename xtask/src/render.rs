//! Builds the book with mdBook.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, anyhow, bail};
use book_translate::edition::Edition;
use mdbook_driver::MDBook;
use mdbook_driver::book::{BookItem, Chapter};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::site::Site;
use crate::slim::slim;
use crate::{frame, language};

/// Builds the book in the folder `book`, and the translations beside it, each in a folder of
/// its language.
///
/// # Errors
///
/// See [`render_one`].
pub fn render(book: &Path) -> Result<Site> {
    let mut site = render_one(book, None)?;
    let editions = language::editions(book);
    for edition in &editions {
        let mut translated = render_one(book, Some(edition))?;
        frame::translate_words(&mut translated, edition)?;
        site.insert(&edition.language, translated);
    }
    let languages: Vec<String> = editions.into_iter().map(|one| one.language).collect();
    frame::finish(&mut site, &languages);
    Ok(site)
}

/// Builds the book in one language, as mdBook makes it.
///
/// # Errors
///
/// What mdBook only warns of is an error here: a page with a missing include or
/// an unclosed tag is not one to show.
pub fn render_one(book: &Path, edition: Option<&Edition>) -> Result<Site> {
    let warnings = Warnings::default();
    let build = || {
        let mut book = load(book, edition)?;
        // mdBook empties the folder it builds into, so it gets one of its own.
        let staging = crate::target().join("book");
        fs::create_dir_all(&staging).with_context(|| format!("creating {}", staging.display()))?;
        let staging = tempfile::tempdir_in(staging)?;
        book.config.build.build_dir = staging.path().to_owned();
        book.build()?;
        let mut site = Site::read_from(staging.path())?;
        slim(&mut site)?;
        anyhow::Ok(site)
    };
    let site = tracing::subscriber::with_default(warnings.clone(), build)
        .with_context(|| format!("the book in {} does not build", book.display()))?;
    let warnings = warnings.0.lock().unwrap();
    if !warnings.is_empty() {
        bail!(
            "the book in {} has mistakes:\n{}",
            book.display(),
            warnings.join("\n")
        );
    }
    Ok(site)
}

/// Reads the book and its `book.toml`, and translates it.
pub fn load(book: &Path, edition: Option<&Edition>) -> Result<MDBook> {
    // Without this file mdBook would build an empty book out of its defaults.
    if !book.join("book.toml").exists() {
        bail!("{} holds no book.toml, so it is no book", book.display());
    }
    let mut book = MDBook::load(book)?;
    if let Some(edition) = edition {
        translate(&mut book, edition)?;
    }
    crate::index::fill(&mut book.book, book.config.book.language.as_deref());
    book.book.for_each_chapter_mut(include_hidden_rest);
    Ok(book)
}

/// Puts an edition's pages in the place of the English ones.
fn translate(book: &mut MDBook, edition: &Edition) -> Result<()> {
    let titles = edition.titles().map_err(|error| anyhow!(error))?;
    let mut names = std::collections::HashMap::new();
    let mut failed = Ok(());
    book.book.for_each_mut(|item| match item {
        BookItem::PartTitle(title) => *title = titles.other(title),
        BookItem::Chapter(chapter) => {
            let Some(path) = &chapter.path else { return };
            let title = titles.page(&chapter.name, &path.to_string_lossy());
            names.insert(std::mem::replace(&mut chapter.name, title.clone()), title);
            let name = path.with_extension("");
            match edition.page(&name.to_string_lossy()) {
                Ok(content) => chapter.content = content,
                Err(error) => failed = Err(anyhow!(error)),
            }
        }
        BookItem::Separator => {}
    });
    book.book.for_each_chapter_mut(|chapter| {
        for parent in &mut chapter.parent_names {
            if let Some(title) = names.get(parent) {
                parent.clone_from(title);
            }
        }
    });
    let config = &mut book.config.book;
    config.description = config.description.as_deref().map(|text| titles.other(text));
    config.language = Some(edition.language.clone());
    // Where the page for a wrong address, which may be in any folder, finds the others.
    book.config
        .set("output.html.site-url", format!("/{}/", edition.language))?;
    failed
}

/// Part of a program is shown with the rest of it as hidden lines, so that a copy compiles.
fn include_hidden_rest(chapter: &mut Chapter) {
    const PART: &str = "```rust,ignore\n{{#include ";
    const WHOLE: &str = "```rust,ignore\n{{#rustdoc_include ";
    chapter.content = chapter.content.replace(PART, WHOLE);
}

/// Collects what mdBook logs at the level of a warning or above.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<Vec<String>>>);

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Levels compare by verbosity: an error is less than a warning.
        *metadata.level() <= Level::WARN
    }

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Message(&self.0));
    }

    // mdBook opens no spans.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Message<'a>(&'a Mutex<Vec<String>>);

impl Visit for Message<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0.lock().unwrap().push(format!("  {value:?}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(chapter: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("book.toml"), "[book]\ntitle = \"t\"\n").unwrap();
        fs::write(folder.path().join("src/SUMMARY.md"), "[One](one.md)\n").unwrap();
        fs::write(folder.path().join("src/one.md"), chapter).unwrap();
        folder
    }

    fn mistake(chapter: &str) -> String {
        match render(book(chapter).path()) {
            Ok(_) => panic!("a broken chapter was built"),
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn a_whole_chapter_is_built() {
        let site = render(book("# One\n").path()).unwrap();
        assert!(site.get("one.html").is_some());
    }

    #[test]
    fn a_missing_include_is_an_error() {
        let error = mistake("# One\n\n{{#include nowhere.svg}}\n");
        assert!(error.contains("nowhere.svg"), "{error}");
    }

    #[test]
    fn an_unclosed_tag_is_an_error() {
        let error = mistake("# One\n\n<div>\n\nText.\n");
        assert!(error.contains("unclosed HTML tag `<div>`"), "{error}");
    }

    #[test]
    fn a_folder_without_a_book_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = render(folder.path()).map(|_| ()).unwrap_err();
        assert!(format!("{error:#}").contains("no book.toml"), "{error:#}");
    }
}
