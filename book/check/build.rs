//! Turns every block of the book whose output is shown into a module of this
//! package's binary. The modules of `tests/fixtures` are for the checks' own tests.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/markdown.rs"]
#[allow(dead_code)]
mod markdown;
#[path = "src/programs.rs"]
#[allow(dead_code)]
mod programs;

use programs::Source;

fn main() {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap());
    let repository = package.join("../..").canonicalize().unwrap();
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    let book = repository.join("book");
    // Languages may be added, so the folder that holds them is watched, too.
    println!("cargo::rerun-if-changed={}", book.display());

    let mut folders = vec![package.join("tests/fixtures").canonicalize().unwrap()];
    for entry in fs::read_dir(&book).unwrap() {
        let source = entry.unwrap().path().join("src");
        if source.join("SUMMARY.md").exists() {
            folders.push(source);
        }
    }
    folders.sort();
    // Errors have other numbers and texts elsewhere: the outputs are Linux's.
    if env::var("CARGO_CFG_TARGET_OS").unwrap() != "linux" {
        folders.clear();
    }

    let mut modules = String::new();
    let mut table = String::new();
    for file in folders.iter().flat_map(|folder| markdown::files(folder)) {
        let text = fs::read_to_string(&file).unwrap();
        // A misplaced output is reported by the rules, which know how to say it.
        for program in programs::of_text(&file, &text).unwrap_or_default() {
            let Source::Block(block) = &program.source else {
                continue;
            };
            let id = program.id(&repository);
            let number = modules.lines().count();
            // The compiler names this path in its errors: it ends as the
            // Markdown file's does, and the line is that of the Markdown file.
            let path = out
                .join(format!("programs/{number}"))
                .join(file_in(&repository, &file));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, programs::as_module(block)).unwrap();
            writeln!(
                modules,
                "#[path = {path:?}] #[allow(unused, clippy::all)] mod p{number};"
            )
            .unwrap();
            writeln!(table, "    ({id:?}, || report(p{number}::entry)),").unwrap();
        }
    }
    let code = format!("{modules}const PROGRAMS: &[(&str, Run)] = &[\n{table}];\n");
    fs::write(out.join("programs.rs"), code).unwrap();
}

fn file_in<'a>(repository: &Path, file: &'a Path) -> &'a Path {
    file.strip_prefix(repository).unwrap()
}
