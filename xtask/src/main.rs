//! The repository's own commands: `cargo book` and `cargo xtask`.
//!
//! They live outside the library's dependency tree and outside the default
//! workspace members, so `cargo build` and `cargo test` never compile mdBook.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use lexopt::prelude::*;

mod epub;
mod frame;
mod index;
mod language;
mod pictures;
#[cfg(target_os = "linux")]
mod record;
mod render;
mod serve;
mod site;
mod slim;
mod translate;
mod watch;
mod xhtml;

const HELP: &str = "\
The book of socketbook, built and shown.

Usage:
  cargo book [--port N] [--no-open] [--lang LANG]
                                      build, serve on 127.0.0.1, rebuild on change
  cargo book build [--dest DIR]       write the book as a folder of static files
  cargo book epub [--dest FILE] [--lang LANG]
                                      write the book as one EPUB, to read offline
  cargo xtask translate [OPTION]      bring the translations in book/zh-CN/po up to date with the
                                      English pages; see book/zh-CN/STYLE.md
  cargo xtask record [--check] [NAME…]
                                      record the conversations of the diagrams and draw them;
                                      needs root, strace, tcpdump and nft
  cargo record [OPTION…] -- SERVER CLIENT
                                      record two programs of your own, each one command in
                                      quotes (or one that starts both), and open the player;
                                      needs Linux and strace, for packets also tcpdump and root
  cargo xtask pictures [--check]      draw the README's pictures, from a run of the tour and from
                                      a recording
  cargo xtask draw                    draw them again, from the recordings that there are
  cargo xtask converse NAME           hold one of them, to watch it yourself: handshake, say

Options:
  --port N      the port to serve on; 0 lets the system choose [default: 3000]
  --no-open     say the address or the file, but do not open a browser
  --dest PATH   where to write [default: book/en or socketbook.epub,
                under the target directory]
  --lang LANG   the language to begin in, en or zh-CN [default: by the locale; for an EPUB,
                one file for each language]
  --todo PAGE   print what isn't translated yet, as blocks `@@ NUMBER KEY`
  --show PAGE   print everything, with its translations
  --fill PAGE FILE   take the translations of such blocks out of a file
  --verify PAGE      say what is missing or wrong in a page's translation
  --book DIR    the book to build: a folder with a book.toml [default: book/en]
  --seconds N   for how long at most `cargo record` records [default: 60]
  --no-packets  record the calls only
  --check       draw nothing: fail if the events or the pictures are other ones now
  -h, --help    this text

Nothing but Rust has to be installed. `cargo test` runs every program of the book.";

/// What the command line asks for.
enum Task {
    Serve {
        port: u16,
        open: bool,
        lang: Option<String>,
    },
    Build {
        dest: Option<PathBuf>,
    },
    Epub {
        dest: Option<PathBuf>,
        lang: Option<String>,
    },
    Translate {
        lang: Option<String>,
        job: translate::Job,
    },
    Record {
        names: Vec<String>,
        check: bool,
    },
    Draw,
    Pictures {
        check: bool,
    },
    Converse {
        name: String,
    },
    Own {
        commands: Vec<String>,
        dest: Option<PathBuf>,
        seconds: u64,
        packets: bool,
        open: bool,
    },
    Help,
}

fn main() -> ExitCode {
    match parse(lexopt::Parser::from_env()).and_then(|(task, book)| run(task, book)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut args: lexopt::Parser) -> Result<(Task, PathBuf)> {
    let hint = "`cargo book --help` lists what there is";
    let mut words: Vec<String> = Vec::new();
    let mut port = None;
    let mut open = true;
    let mut check = false;
    let mut packets = true;
    let mut seconds = 60;
    let mut dest = None;
    let mut lang = None;
    let mut job = translate::Job::Update;
    let mut book = root().join("book/en");
    while let Some(arg) = args.next()? {
        match arg {
            Long("port") => {
                let value = args.value()?;
                let text = value.to_string_lossy();
                let number = text.parse::<u16>();
                port = Some(number.with_context(|| {
                    format!("--port takes a number from 0 to 65535, and {text:?} is none")
                })?);
            }
            Long("no-open") => open = false,
            Long("check") => check = true,
            Long("no-packets") => packets = false,
            Long("seconds") => seconds = args.value()?.parse()?,
            Long("dest") => dest = Some(PathBuf::from(args.value()?)),
            Long("lang") => lang = Some(args.value()?.string()?),
            Long("todo") => job = translate::Job::Todo(args.value()?.string()?),
            Long("show") => job = translate::Job::Show(args.value()?.string()?),
            Long("verify") => job = translate::Job::Check(args.value()?.string()?),
            Long("fill") => {
                let page = args.value()?.string()?;
                job = translate::Job::Fill(page, args.value()?.string()?);
            }
            Long("book") => book = PathBuf::from(args.value()?),
            Short('h') | Long("help") => return Ok((Task::Help, book)),
            Value(word) => words.push(word.string()?),
            other => bail!("{}; {hint}", other.unexpected()),
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let task = match words[..] {
        [] | ["help"] | ["book", "help"] => Task::Help,
        ["book"] => Task::Serve {
            port: port.unwrap_or(3000),
            open,
            lang,
        },
        ["book", "build"] => Task::Build { dest },
        ["own", ref commands @ ..] => Task::Own {
            commands: commands.iter().map(|one| (*one).to_owned()).collect(),
            dest,
            seconds,
            packets,
            open,
        },
        ["book", "epub"] => Task::Epub { dest, lang },
        ["translate"] => Task::Translate { lang, job },
        ["draw"] => Task::Draw,
        ["pictures"] => Task::Pictures { check },
        ["record", ref names @ ..] => Task::Record {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            check,
        },
        ["converse", name] => Task::Converse {
            name: name.to_owned(),
        },
        _ => bail!("there is no command `{}`; {hint}", words.join(" ")),
    };
    Ok((task, book))
}

fn run(task: Task, book: PathBuf) -> Result<()> {
    match task {
        Task::Help => println!("{HELP}"),
        Task::Serve { port, open, lang } => {
            let edition = language::wanted(&book, lang.as_deref())?;
            let language = edition.map(|edition| edition.language);
            serve::serve(&book, port, open, language.as_deref())?;
        }
        Task::Build { dest } => {
            let dest = dest.unwrap_or_else(|| target().join("book/en"));
            render::render(&book)?.write_to(&dest)?;
            println!("The book is in {}: open index.html.", dest.display());
        }
        Task::Epub { dest, lang } => {
            let editions = match (&dest, &lang) {
                (None, None) => {
                    let others = language::editions(&book).into_iter().map(Some);
                    std::iter::once(None).chain(others).collect()
                }
                _ => vec![language::wanted(&book, lang.as_deref())?],
            };
            for edition in editions {
                let language = edition.as_ref().map(|one| format!(".{}", one.language));
                let name = format!("book/socketbook{}.epub", language.unwrap_or_default());
                let dest = dest.clone().unwrap_or_else(|| target().join(name));
                epub::write(&book, edition.as_ref(), &dest)?;
                println!("The book is in {}.", dest.display());
            }
        }
        Task::Translate { lang, job } => {
            translate::run(&root(), lang.as_deref().unwrap_or("zh-CN"), &job)?;
        }
        Task::Pictures { check } => pictures::run(check)?,
        #[cfg(target_os = "linux")]
        Task::Record { names, check } => record::run(&names, check)?,
        #[cfg(target_os = "linux")]
        Task::Draw => record::draw()?,
        #[cfg(target_os = "linux")]
        Task::Converse { name } => record::converse(&name)?,
        #[cfg(target_os = "linux")]
        Task::Own {
            commands,
            dest,
            seconds,
            packets,
            open,
        } => {
            let dest = dest.unwrap_or_else(|| target().join("record/conversation.html"));
            let limit = std::time::Duration::from_secs(seconds);
            record::own::record(&record::own::Wish {
                commands,
                dest: dest.clone(),
                limit,
                packets,
            })?;
            if open && open::that(&dest).is_err() {
                println!("Open it in a browser.");
            }
        }
        #[cfg(not(target_os = "linux"))]
        Task::Own { .. } | Task::Record { .. } | Task::Draw | Task::Converse { .. } => {
            bail!("recording needs Linux")
        }
    }
    Ok(())
}

/// The repository.
fn root() -> PathBuf {
    let xtask = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    xtask
        .parent()
        .expect("xtask lies in the repository")
        .to_owned()
}

/// Where cargo builds, and where the book is built, too.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}
