//! Which language the reader wants. The languages are the folders that there are, and not the crate's
//! `Language`, so that a book can be translated before the programs are.

use std::path::Path;

use anyhow::{Result, bail};
use book_translate::edition::Edition;

/// The translations that stand beside the book in the folder `book`.
pub fn editions(book: &Path) -> Vec<Edition> {
    let Some(books) = book.parent() else {
        return Vec::new();
    };
    // A book from elsewhere has none.
    match (books.file_name(), books.parent()) {
        (Some(name), Some(repository)) if name == "book" => Edition::all(repository),
        _ => Vec::new(),
    }
}

/// The translation that is asked for by name, or by the locale. None is English.
pub fn wanted(book: &Path, name: Option<&str>) -> Result<Option<Edition>> {
    let editions = editions(book);
    let Some(name) = name else {
        let locale = locale(|name| std::env::var(name).ok());
        return Ok(choose(editions, &locale));
    };
    if is_english(name) {
        return Ok(None);
    }
    let known: Vec<String> = editions.iter().map(|one| one.language.clone()).collect();
    match choose(editions, name) {
        Some(edition) => Ok(Some(edition)),
        None => bail!(
            "the book is not in {name:?}; it is in en, {}",
            known.join(", ")
        ),
    }
}

fn is_english(name: &str) -> bool {
    name == "en" || name.starts_with("en-") || name.starts_with("en_")
}

/// `zh_CN.UTF-8`, `zh-CN` and `zh` all ask for Chinese.
fn choose(editions: Vec<Edition>, locale: &str) -> Option<Edition> {
    let language = |name: &str| {
        let end = name.find(['_', '-', '.', '@']);
        name[..end.unwrap_or(name.len())].to_lowercase()
    };
    let wanted = language(locale);
    editions
        .into_iter()
        .find(|one| language(&one.language) == wanted)
}

/// The first of these that is set counts, as for every program.
fn locale(variable: impl Fn(&str) -> Option<String>) -> String {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(variable)
        .find(|value| !value.is_empty())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chinese_locale_is_chinese() {
        let chosen = |locale| {
            let editions = vec![Edition::new(Path::new("/"), "zh-CN")];
            choose(editions, locale).map(|edition| edition.language)
        };
        for locale in ["zh_CN.UTF-8", "zh-CN", "zh", "zh_TW.UTF-8"] {
            assert_eq!(chosen(locale).as_deref(), Some("zh-CN"), "{locale}");
        }
        for locale in ["C.UTF-8", "", "de_DE.UTF-8", "zhx"] {
            assert_eq!(chosen(locale), None, "{locale}");
        }
    }

    #[test]
    fn the_first_variable_that_is_set_counts() {
        let of = |set: &[(&str, &str)]| {
            locale(|name| {
                let found = set.iter().find(|(other, _)| *other == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(
            of(&[("LC_ALL", ""), ("LC_MESSAGES", "zh_CN"), ("LANG", "C")]),
            "zh_CN"
        );
        assert_eq!(of(&[("LC_ALL", "C"), ("LANG", "zh_CN")]), "C");
        assert_eq!(of(&[]), "");
    }

    #[test]
    fn a_language_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let book = folder.path().join("book/en");
        std::fs::create_dir_all(folder.path().join("book/zh-CN/po")).unwrap();
        assert!(wanted(&book, Some("en")).unwrap().is_none());
        let chinese = wanted(&book, Some("zh")).unwrap().unwrap();
        assert_eq!(chinese.language, "zh-CN");
        let error = wanted(&book, Some("tlh")).unwrap_err().to_string();
        assert!(error.contains("en, zh-CN"), "{error}");
    }
}
