//! A built book, held in memory.
//!
//! The server answers from this map alone, so a request can reach nothing but
//! the book's own files, whatever path it names; and a build that fails leaves
//! the map of the last good one in use.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Every file of a built book, by its path with `/` between the parts.
pub struct Site {
    files: BTreeMap<String, Vec<u8>>,
}

impl Site {
    pub fn read_from(folder: &Path) -> Result<Site> {
        let mut files = BTreeMap::new();
        read_folder(folder, "", &mut files)
            .with_context(|| format!("reading the built book in {}", folder.display()))?;
        Ok(Site { files })
    }

    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    pub fn text(&self, path: &str) -> Result<&str> {
        let file = self.get(path);
        let file = file.with_context(|| format!("the built book has no {path}"))?;
        std::str::from_utf8(file).with_context(|| format!("{path} is no text"))
    }

    pub fn put(&mut self, path: &str, text: String) {
        self.files.insert(path.to_owned(), text.into_bytes());
    }

    pub fn remove(&mut self, path: &str) {
        self.files.remove(path);
    }

    /// Changes the text of every file whose name ends so. `change` gets its path and its text.
    pub fn change(&mut self, ending: &str, mut change: impl FnMut(&str, &str) -> String) {
        for (path, bytes) in &mut self.files {
            if let (true, Ok(text)) = (path.ends_with(ending), std::str::from_utf8(bytes)) {
                *bytes = change(path, text).into_bytes();
            }
        }
    }

    /// Puts another site into a folder of this one.
    pub fn insert(&mut self, folder: &str, other: Site) {
        let files = other.files.into_iter();
        self.files
            .extend(files.map(|(path, bytes)| (format!("{folder}/{path}"), bytes)));
    }

    /// Writes the files into `folder`, in place of an older build of the book
    /// but never in place of anything else.
    pub fn write_to(&self, folder: &Path) -> Result<()> {
        // mdBook puts this file into every book it builds.
        let is_a_book = folder.join(".nojekyll").exists();
        let is_empty = fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
        if is_a_book {
            fs::remove_dir_all(folder)
                .with_context(|| format!("removing the old book in {}", folder.display()))?;
        } else if !is_empty {
            bail!(
                "{} holds files that are not a built book; name a new or an empty folder",
                folder.display()
            );
        }
        for (path, bytes) in &self.files {
            let file = folder.join(path);
            let parent = file.parent().expect("a file lies in a folder");
            fs::create_dir_all(parent)
                .and_then(|()| fs::write(&file, bytes))
                .with_context(|| format!("writing {}", file.display()))?;
        }
        Ok(())
    }
}

fn read_folder(
    folder: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            read_folder(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.insert(path, fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// The content type of a file, by the ending of its name.
pub fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "txt" | "py" | "rs" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_other_files_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.txt"), "ten years").unwrap();
        let site = Site {
            files: BTreeMap::from([("index.html".into(), b"new".to_vec())]),
        };

        let error = site.write_to(folder.path()).unwrap_err().to_string();
        assert!(error.contains("not a built book"), "{error}");
        assert_eq!(
            fs::read(folder.path().join("thesis.txt")).unwrap(),
            b"ten years"
        );
    }

    #[test]
    fn an_older_build_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".nojekyll"), "").unwrap();
        fs::write(folder.path().join("gone.html"), "old").unwrap();
        let site = Site {
            files: BTreeMap::from([("css/a.css".into(), b"new".to_vec())]),
        };

        site.write_to(folder.path()).unwrap();
        assert!(!folder.path().join("gone.html").exists());
        let read = Site::read_from(folder.path()).unwrap();
        assert_eq!(read.get("css/a.css"), Some(&b"new"[..]));
    }
}
