//! Notices changed files.
//!
//! Looking at a hundred modification times twice a second costs nothing that
//! can be measured, works on every file system, and needs no library.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Every file below some folders, with its time and size.
#[derive(PartialEq)]
pub struct Snapshot(Vec<(PathBuf, SystemTime, u64)>);

impl Snapshot {
    pub fn of(folders: &[PathBuf]) -> Snapshot {
        let mut files = Vec::new();
        for folder in folders {
            collect(folder, &mut files);
        }
        // The order in which a folder lists its files is not fixed.
        files.sort();
        Snapshot(files)
    }
}

/// Waits until something below `folders` differs from `seen`, and gives the new state.
pub fn wait_for_change(folders: &[PathBuf], seen: &Snapshot) -> Snapshot {
    loop {
        std::thread::sleep(Duration::from_millis(500));
        let now = Snapshot::of(folders);
        if now != *seen {
            return now;
        }
    }
}

/// A file that vanishes between two looks is only a change, so errors are passed over.
fn collect(path: &Path, files: &mut Vec<(PathBuf, SystemTime, u64)>) {
    let Ok(metadata) = fs::metadata(path) else {
        return;
    };
    if metadata.is_dir() {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            collect(&entry.path(), files);
        }
    } else {
        let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        files.push((path.to_owned(), modified, metadata.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_a_changed_and_a_removed_file_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let folders = [folder.path().to_owned()];
        let file = folder.path().join("a.md");

        let empty = Snapshot::of(&folders);
        fs::write(&file, "one").unwrap();
        let one = Snapshot::of(&folders);
        fs::write(&file, "three").unwrap();
        let three = Snapshot::of(&folders);
        assert!(empty != one && one != three);
        assert!(three == Snapshot::of(&folders));
        fs::remove_file(&file).unwrap();
        assert!(empty == Snapshot::of(&folders));
    }
}
