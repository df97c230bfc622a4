//! Each module of src/ uses only those of the layers before its own, as the table of
//! ARCHITECTURE.md has them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The layer of each module, counted from the top of the table.
fn layers() -> BTreeMap<String, usize> {
    let text = fs::read_to_string("ARCHITECTURE.md").unwrap();
    let section = text
        .split("\n## ")
        .find(|part| part.starts_with("The layers"));
    let rows = section
        .unwrap()
        .lines()
        .filter(|line| line.starts_with("| `"));
    let mut layers = BTreeMap::new();
    for (layer, row) in rows.enumerate() {
        let modules = row.split('|').nth(1).unwrap();
        for module in modules.split_whitespace() {
            let module = module.trim_matches('`').to_owned();
            assert_eq!(layers.insert(module, layer), None, "twice: {row}");
        }
    }
    assert!(layers.len() > 20, "{layers:?}");
    layers
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let (folders, mut found): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    found.extend(folders.iter().flat_map(|folder| files(folder)));
    found
}

/// What the source names of the crate by `crate::`, and of the module above by `super::`.
fn used(source: &str, root: &str) -> BTreeSet<String> {
    let code: String = source
        .lines()
        .map(|line| line.split("//").next().unwrap())
        .collect::<Vec<_>>()
        .join(" ");
    let mut used = BTreeSet::new();
    for (at, _) in code.match_indices(root) {
        let rest = &code[at + root.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            used.insert(name(rest));
            continue;
        };
        // `use crate::{a::b, c}`: what stands first in each.
        let (mut depth, mut first) = (0, true);
        for (at, char) in group.char_indices() {
            match char {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => first = true,
                _ if first && !char.is_whitespace() => {
                    used.insert(name(&group[at..]));
                    first = false;
                }
                _ => {}
            }
        }
    }
    used
}

fn name(text: &str) -> String {
    let end = text.find(|char: char| !(char.is_alphanumeric() || char == '_'));
    text[..end.unwrap_or(text.len())].to_owned()
}

/// What breaks the rule, as `the module uses that one`.
fn violations(
    module: &str,
    used: &BTreeSet<String>,
    layers: &BTreeMap<String, usize>,
) -> Vec<String> {
    let Some(own) = layers.get(module) else {
        return vec![format!("{module} has no layer in ARCHITECTURE.md")];
    };
    let recursive =
        |other: &str| ["cause", "error"].contains(&module) && ["cause", "error"].contains(&other);
    used.iter()
        .filter(|other| *other != module && !recursive(other))
        .filter_map(|other| match layers.get(other) {
            Some(layer) if layer < own => None,
            Some(_) => Some(format!("{module} uses {other}, which is not above it")),
            None => Some(format!(
                "{module} uses crate::{other}, which is no module with a layer"
            )),
        })
        .collect()
}

#[test]
fn each_module_uses_those_above_it() {
    let layers = layers();
    let src = Path::new("src");
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for file in files(src) {
        let path = file.strip_prefix(src).unwrap();
        let first = path.iter().next().unwrap().to_str().unwrap();
        let module = first.strip_suffix(".rs").unwrap_or(first);
        if ["lib", "book"].contains(&module) {
            continue; // the one hands out all, the other is the book's
        }
        seen.insert(module.to_owned());
        let source = fs::read_to_string(&file).unwrap();
        // Its tests, at the end, may use what they like.
        let source = source.split("#[cfg(test)]\nmod tests").next().unwrap();
        found.extend(violations(module, &used(source, "crate::"), &layers));
        // At the top, the module above is the crate; in a module within the file it is the file.
        if path.iter().count() == 1 || path.ends_with("mod.rs") {
            let above = used(source, "super::");
            let known = above.into_iter().filter(|name| layers.contains_key(name));
            found.extend(violations(module, &known.collect(), &layers));
        }
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
    let table: BTreeSet<String> = layers
        .into_keys()
        .filter(|module| module != "lib")
        .collect();
    assert_eq!(
        table, seen,
        "a row of ARCHITECTURE.md names what is not there"
    );
}

#[test]
fn what_breaks_the_rule_is_found() {
    let layers = layers();
    let broken =
        |module: &str, source: &str| violations(module, &used(source, "crate::"), &layers).len();
    for (module, source, count) in [
        ("client", "use crate::server::Socket;", 1),
        (
            "client",
            "use crate::{errno, cause::Cause, server::{a, b}, file};",
            2,
        ),
        ("client", "fn f() { crate::common::get() }", 1),
        ("client", "use crate::Socket;", 1),
        (
            "client",
            "// use crate::server::x;\nuse crate::socket::Socket; // crate::file",
            0,
        ),
        ("errno", "use crate::error::Error;", 1),
        ("cause", "use crate::error::Error;", 0),
        ("kinds", "use crate::flags::MsgFlags;", 1),
        ("new", "", 1),
    ] {
        assert_eq!(broken(module, source), count, "{module}: {source}");
    }
}
