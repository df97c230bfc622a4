//! The exercises of the book: which there are, what a reader has done with them, how they are built.
//!
//! `exercises/table.txt` names them in the order of the book, with a hash of each file as it is
//! handed out. The title and the task stand in the exercise, the hints in its solution, where a
//! reader does not stumble over them. A translation of these texts is that of the book: of what
//! the chapter shows in the chapter's file, of the rest in that of `exercises/texts.md`.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use book_translate::edition::{EXERCISES, Edition};
use book_translate::{comments, is_han, page};
use exercises::said;
use socketbook::Language;

/// The line that parts what the reader writes from the check.
pub const MARK: &str = "// ---- The check: read it, and leave it as it is. ----";

/// Exercises about what Linux alone has, or does: neither they nor their solutions compile elsewhere.
const LINUX: &[&str] = &[
    "abstract_name",
    "adopted",
    "answer_from",
    "lost_power",
    "number_again",
    "part_of_a_film",
    "pass_it_on",
    "private_line",
    "sweep",
    "who_is_there",
];

/// One exercise.
#[derive(Debug, Clone)]
pub struct Exercise {
    /// The chapter's file in the book, without `.md`.
    pub chapter: String,
    /// `4.2`: the second of chapter 4.
    pub number: String,
    pub name: String,
    /// Of the code as it is handed out.
    hash: String,
}

impl Exercise {
    /// Whether it can be done on this system.
    pub fn is_for_this_system(&self) -> bool {
        cfg!(target_os = "linux") || !LINUX.contains(&self.name.as_str())
    }

    /// Below the repository, as a reader types it.
    pub fn file(&self) -> String {
        format!("exercises/src/bin/{}.rs", self.name)
    }

    pub fn solution(&self) -> String {
        format!("exercises/solutions/{}.rs", self.name)
    }

    /// The exercise as it is now.
    pub fn text(&self) -> io::Result<String> {
        read(&self.file())
    }

    /// Whether the code is not as it was handed out.
    pub fn is_changed(&self) -> bool {
        !self.text().is_ok_and(|text| hash(&text) == self.hash)
    }

    /// Whether its comments are in another language than those of the file that is handed out.
    pub fn is_translated(&self) -> bool {
        self.title().contains(is_han)
    }

    pub fn title(&self) -> String {
        let text = self.text().unwrap_or_default();
        let title = text.lines().next().and_then(|l| l.strip_prefix("//! # "));
        title.unwrap_or(&self.name).to_owned()
    }

    /// What is to be done: the comment at the top of the file, without its title.
    pub fn task(&self) -> io::Result<String> {
        Ok(comment(&self.text()?).split_off(1).join("\n\n"))
    }

    /// From a nudge to nearly the answer.
    pub fn hints(&self) -> io::Result<Vec<String>> {
        let solution = comment(&read(&self.solution())?);
        let hint = |paragraph: &String| paragraph.strip_prefix("Hint: ").map(str::to_owned);
        Ok(solution.iter().filter_map(hint).collect())
    }
}

/// What the exercises say, in one language.
pub struct Texts {
    pub language: Language,
    /// By the chapter and the English text.
    known: BTreeMap<String, HashMap<String, String>>,
}

impl Texts {
    /// # Errors
    ///
    /// A file of translations cannot be read.
    pub fn new(language: Language, exercises: &[Exercise]) -> io::Result<Texts> {
        let mut known = BTreeMap::new();
        if language == Language::Chinese {
            let edition = Edition::new(repository(), "zh-CN");
            let read = |name: &str| edition.translations(name).map_err(io::Error::other);
            let shared = read(EXERCISES)?;
            for chapter in exercises.iter().map(|exercise| &exercise.chapter) {
                if !known.contains_key(chapter) {
                    let mut own = read(chapter)?;
                    own.extend(shared.clone());
                    known.insert(chapter.clone(), own);
                }
            }
        }
        Ok(Texts { language, known })
    }

    fn find(&self, exercise: &Exercise, english: &str) -> Option<String> {
        self.known.get(&exercise.chapter)?.get(english).cloned()
    }

    /// `two kinds of telephone`.
    pub fn title(&self, exercise: &Exercise) -> String {
        let heading = self.find(exercise, &heading(exercise));
        let title = heading.and_then(|heading| Some(heading.split_once('：')?.1.to_owned()));
        title.unwrap_or(exercise.title())
    }

    /// `Exercise 1.1: two kinds of telephone`.
    pub fn heading(&self, exercise: &Exercise) -> String {
        let (number, title) = (&exercise.number, self.title(exercise));
        said!(
            self.language,
            "Exercise {number}: {title}",
            "练习 {number}：{title}"
        )
    }

    /// What is to be done.
    ///
    /// # Errors
    ///
    /// The exercise cannot be read.
    pub fn task(&self, exercise: &Exercise) -> io::Result<String> {
        let task = exercise.task()?;
        Ok(page::translated(&task, |text| self.find(exercise, text)))
    }

    /// From a nudge to nearly the answer.
    ///
    /// # Errors
    ///
    /// The solution cannot be read.
    pub fn hints(&self, exercise: &Exercise) -> io::Result<Vec<String>> {
        let hints = exercise.hints()?.into_iter();
        Ok(hints
            .map(|hint| page::translated(&hint, |text| self.find(exercise, text)))
            .collect())
    }

    /// An exercise's code with its comments in this language; those that the reader has written
    /// stay as they are.
    pub fn code(&self, exercise: &Exercise, code: &str) -> String {
        let mut code = code.to_owned();
        for comment in comments::find("rust", &code).into_iter().rev() {
            let text = match comment.text.strip_prefix("# ") {
                Some(_) => Some(format!("# {}", self.title(exercise))),
                None => self.find(exercise, &comment.text),
            };
            if let Some(text) = text {
                code.replace_range(comment.range.clone(), &comment.with(&text));
            }
        }
        code
    }
}

fn heading(exercise: &Exercise) -> String {
    format!("Exercise {}: {}", exercise.number, exercise.title())
}

/// The repository: where cargo runs this, which need not be where it was built.
pub fn repository() -> &'static Path {
    static REPOSITORY: OnceLock<PathBuf> = OnceLock::new();
    REPOSITORY.get_or_init(|| {
        let package = std::env::var_os("CARGO_MANIFEST_DIR");
        let package = package.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        Path::new(&package).join("../..")
    })
}

fn read(file: &str) -> io::Result<String> {
    fs::read_to_string(repository().join(file))
        .map_err(|error| io::Error::new(error.kind(), format!("{file}: {error}")))
}

/// All exercises, in the order of the book.
///
/// # Errors
///
/// `exercises/table.txt` cannot be read, or has a line that is none of it.
pub fn exercises() -> io::Result<Vec<Exercise>> {
    let mut exercises: Vec<Exercise> = Vec::new();
    let mut at = None;
    for line in read(TABLE)?.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [chapter, name, hash] = words[..] else {
            return Err(io::Error::other(format!("{TABLE}: what is {line:?}?")));
        };
        // The first row is of the chapter before the first lesson.
        at = match (at, exercises.last()) {
            (Some((n, k)), Some(last)) if last.chapter == chapter => Some((n, k + 1)),
            (Some((n, _)), _) => Some((n + 1, 1)),
            (None, _) => Some((0, 1)),
        };
        let (n, k) = at.unwrap_or_default();
        exercises.push(Exercise {
            chapter: chapter.to_owned(),
            number: format!("{n}.{k}"),
            name: name.to_owned(),
            hash: hash.to_owned(),
        });
    }
    Ok(exercises)
}

const TABLE: &str = "exercises/table.txt";

/// Takes the exercises as they are now for those that are handed out: writes their hashes, their
/// boxes for the book, and their other texts for translators.
///
/// # Errors
///
/// A file cannot be read or written.
pub fn hand_out() -> io::Result<()> {
    let exercises = exercises()?;
    let mut table = String::from(
        "# Chapter, exercise, and the hash of its code as handed out: `cargo exercise --hand-out`\n\
         # writes the hashes, the boxes for the book, and texts.md for translators.\n",
    );
    for exercise in &exercises {
        let (chapter, name, hash) = (&exercise.chapter, &exercise.name, hash(&exercise.text()?));
        table += &format!("{chapter:<22}{name:<22}{hash}\n");
    }
    fs::write(repository().join(TABLE), table)?;
    for (chapter, boxes) in boxes(&exercises)? {
        fs::write(box_file(&chapter), boxes)?;
    }
    fs::write(repository().join(TEXTS), texts(&exercises)?)
}

/// What the exercises say beside their boxes, for a translator.
pub const TEXTS: &str = "exercises/texts.md";

/// The text of [`TEXTS`].
///
/// # Errors
///
/// An exercise or its solution cannot be read.
pub fn texts(exercises: &[Exercise]) -> io::Result<String> {
    let mut text = String::from(
        "# Exercises\n\n<!-- Further hints, and the comments of the code: \
         `cargo exercise --hand-out` writes them. -->\n",
    );
    for exercise in exercises {
        text += &format!("\n## `{}`\n", exercise.name);
        for hint in exercise.hints()?.iter().skip(1) {
            text += &format!("\n{hint}\n");
        }
        let code = exercise.text()?;
        let comments = comments::find("rust", &code).into_iter();
        for comment in comments.filter(|comment| comment.mark != "//!") {
            text += &format!("\n{}\n", comment.text);
        }
    }
    Ok(text)
}

/// Where the boxes of a chapter stand, for the chapter to include.
pub fn box_file(chapter: &str) -> PathBuf {
    repository().join(format!("exercises/boxes/{chapter}.md"))
}

/// The boxes of each chapter, as `book/WRITING.md` wants them.
///
/// # Errors
///
/// An exercise or its solution cannot be read.
pub fn boxes(exercises: &[Exercise]) -> io::Result<BTreeMap<String, String>> {
    let mut boxes: BTreeMap<String, String> = BTreeMap::new();
    for exercise in exercises {
        let Exercise { name, number, .. } = exercise;
        let (title, task, file) = (exercise.title(), exercise.task()?, exercise.file());
        let hints = exercise.hints()?;
        let hint = hints.first().map_or("", String::as_str);
        let text = boxes.entry(exercise.chapter.clone()).or_default();
        if text.is_empty() {
            *text += "## Exercises\n";
        }
        *text += &format!(
            "\n<div class=\"exercise\">\n\n### Exercise {number}: {title}\n\n{task}\n\n\
             Write it in `{file}`, and run:\n\n\
             ```console\n$ cargo exercise {name}\n```\n\n\
             <details>\n<summary>A hint</summary>\n\n{hint}\n\n\
             `cargo exercise {name} --hint` shows it too, and then the next.\n\n\
             </details>\n\n</div>\n"
        );
    }
    Ok(boxes)
}

/// The paragraphs of the comment that a file begins with.
fn comment(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    lines.join("\n").split("\n\n").map(str::to_owned).collect()
}

/// FNV-1a of the code without its comments: to see that it was changed, not to withstand anyone.
fn hash(text: &str) -> String {
    let code = comments::without("rust", text);
    let hash = code.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// Builds programs of the package `exercises` in one go. Gives those that compile; what the
/// compiler says of the others goes to `messages`.
///
/// # Errors
///
/// cargo cannot be run.
pub fn build(names: &[&str], messages: Stdio) -> io::Result<BTreeMap<String, PathBuf>> {
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--quiet", "--keep-going"])
        // What `cargo test` at the root has built serves here too, if cargo chooses the same features
        // of dependencies: it does for the same packages, one of them with its dev-dependencies.
        .args([
            "--workspace",
            "--exclude",
            "xtask",
            "--example",
            "udp_client",
        ])
        .arg("--message-format=json-render-diagnostics")
        .args(names.iter().flat_map(|name| ["--bin", name]))
        .current_dir(repository())
        .stderr(messages);
    let output = command.output()?;
    // One line an artifact. A path with a quote or a backslash in it is not met here.
    let text = String::from_utf8_lossy(&output.stdout);
    let paths = text
        .lines()
        .filter_map(|line| line.split_once("\"executable\":\"")?.1.split_once('"'))
        .map(|(path, _)| PathBuf::from(path));
    let name = |path: &PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
    Ok(paths
        .filter_map(|path| Some((name(&path)?, path)))
        .collect())
}
