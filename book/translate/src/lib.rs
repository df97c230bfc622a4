//! The book in other languages.
//!
//! English is the source. A translation is a folder beside `book/en`, such as `book/zh-CN`,
//! with one gettext file for each page in `po/`.
//!
//! * [`page`] finds what is to be translated in a page, and puts the translations in its place.
//! * [`comments`] does so in code: comments are translated, and nothing else.
//! * [`picture`] does so in diagrams.
//! * [`po`] reads and writes the files of translations.
//! * [`edition`] is one language: its files, brought up to date, and its pages.
//! * [`check`] holds a translation to its source, to the terms, and to its language's typography.
//!
//! Why not mdbook-i18n-helpers? It makes messages of string literals, so that the output
//! shown is not what the code beside it prints; it doesn't follow includes, where exercises and
//! listings stand; it doesn't keep the English anchors; and it depends on mdBook and syntect,
//! which `cargo test` would compile to check a translation. What is needed of it is small.

pub mod check;
pub mod comments;
pub mod edition;
pub mod includes;
pub mod page;
pub mod picture;
pub mod po;

/// A Chinese character; the test for "is this translated?" and for spacing.
pub fn is_han(letter: char) -> bool {
    matches!(letter, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '〇')
}
