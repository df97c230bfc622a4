//! `cargo exercise`: runs the exercise that a reader is at.

use std::env;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::slice;

use exercises::said;
use exercises_check::{Exercise, Texts, build, exercises, hand_out, repository};
use socketbook::Language;

const HELP: &str = "\
The exercises of the book.

Usage:
  cargo exercise                    run the first exercise that doesn't pass yet
  cargo exercise NAME               run this one
  cargo exercise [NAME] --hint      show its next hint
  cargo exercise [NAME] --solution  say where its solution is
  cargo exercise [NAME] --translate put the comments of the file, or of all files, into the
                                    language; the code stays as it is
  cargo exercise --list             show all, done and not done
  cargo exercise --hand-out         for authors: take the exercises as they are now for those
                                    that are handed out

  --lang LANG                       speak this language, en or zh-CN [default: by the locale]

To start one over: git restore exercises/src/bin/NAME.rs";

const HELP_IN_CHINESE: &str = "\
本书的练习。

用法：
  cargo exercise                    运行第一个还没通过的练习
  cargo exercise NAME               运行这个练习
  cargo exercise [NAME] --hint      显示它的下一个提示
  cargo exercise [NAME] --solution  说明它的答案在哪里
  cargo exercise [NAME] --translate 把这个文件（或所有文件）的注释换成你的语言，代码不动
  cargo exercise --list             列出所有练习，做完的和没做完的
  cargo exercise --hand-out         作者用：把练习现在的样子当作发给读者的样子

  --lang LANG                       用这种语言说话，en 或 zh-CN（默认看系统的语言设置）

重新开始一个练习：git restore exercises/src/bin/NAME.rs";

fn main() -> ExitCode {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    let language = take_language(&mut arguments);
    let outcome = language.and_then(|language| run(language, &arguments));
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

/// Takes `--lang LANG` out of the arguments; without it the locale says which language it is.
fn take_language(arguments: &mut Vec<String>) -> io::Result<Language> {
    let Some(at) = arguments.iter().position(|one| one.starts_with("--lang")) else {
        return Ok(Language::from_environment());
    };
    let option = arguments.remove(at);
    let name = match option.strip_prefix("--lang=") {
        Some(name) => name.to_owned(),
        None if option == "--lang" && at < arguments.len() => arguments.remove(at),
        None => return Err(io::Error::other("--lang takes a language: en or zh-CN")),
    };
    Language::named(&name)
        .ok_or_else(|| io::Error::other(format!("there is no {name:?} here; there are en, zh-CN")))
}

fn run(language: Language, arguments: &[String]) -> io::Result<ExitCode> {
    let (options, names): (Vec<&str>, Vec<&str>) = arguments
        .iter()
        .map(String::as_str)
        .partition(|argument| argument.starts_with('-'));
    let all = exercises()?;
    let chosen = match names[..] {
        [] => None,
        [name] => Some(find(language, &all, name)?),
        _ => {
            let why = said!(language, "one exercise at a time", "一次一个练习");
            return Err(io::Error::other(why));
        }
    };
    let texts = Texts::new(language, &all)?;
    match (&options[..], chosen) {
        (["-h" | "--help"], _) => match language {
            Language::Chinese => println!("{HELP_IN_CHINESE}"),
            _ => println!("{HELP}"),
        },
        (["--list"], None) => list(&texts, &all)?,
        (["--hand-out"], None) => hand_out()?,
        (["--translate"], Some(exercise)) => translate(&texts, slice::from_ref(exercise))?,
        (["--translate"], None) => translate(&texts, &all)?,
        ([], Some(exercise)) => return attempt(&texts, exercise),
        ([], None) => {
            return match current(&all)? {
                Some(exercise) => attempt(&texts, exercise),
                None => all_done(language),
            };
        }
        (["--hint"] | ["--solution"], _) => {
            let current = match chosen {
                Some(exercise) => Some(exercise),
                None => current(&all)?,
            };
            let Some(exercise) = current else {
                return all_done(language);
            };
            head(&texts, exercise);
            if options == ["--hint"] {
                hint(&texts, exercise)?;
            } else {
                let (solution, name) = (exercise.solution(), &exercise.name);
                let text = said!(
                    language,
                    "The solution: {solution}\n\
                     It runs with `cargo run -p exercises --bin solutions {name}`.",
                    "答案：{solution}\n\
                     用 `cargo run -p exercises --bin solutions {name}` 运行它。"
                );
                println!("{text}");
            }
        }
        _ => {
            return Err(io::Error::other(said!(
                language,
                "`cargo exercise --help` lists what there is",
                "`cargo exercise --help` 列出有哪些用法"
            )));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn all_done(language: Language) -> io::Result<ExitCode> {
    let text = said!(
        language,
        "All exercises pass. There is nothing left to do but to write programs.",
        "所有练习都通过了。剩下的，就是自己写程序了。"
    );
    println!("{text}");
    Ok(ExitCode::SUCCESS)
}

/// Puts the comments of the files into the language.
fn translate(texts: &Texts, exercises: &[Exercise]) -> io::Result<()> {
    if texts.language == Language::English {
        let why = "the files are handed out in English: git restore exercises/src/bin/NAME.rs";
        return Err(io::Error::other(why));
    }
    for exercise in exercises {
        let (old, file) = (exercise.text()?, exercise.file());
        let new = texts.code(exercise, &old);
        if new != old {
            fs::write(repository().join(&file), new)?;
            println!("{file}");
        }
    }
    Ok(())
}

fn find<'e>(language: Language, all: &'e [Exercise], name: &str) -> io::Result<&'e Exercise> {
    // The file's name does as well: a shell completes it.
    let file = name.rsplit('/').next().unwrap_or(name);
    let wanted = file.strip_suffix(".rs").unwrap_or(file);
    let found = all
        .iter()
        .find(|exercise| [&exercise.name, &exercise.number].contains(&&wanted.to_owned()));
    found.ok_or_else(|| {
        io::Error::other(said!(
            language,
            "there is no exercise {name}; `cargo exercise --list` shows all",
            "没有叫 {name} 的练习；`cargo exercise --list` 列出所有练习"
        ))
    })
}

/// Whether each passes. One that is as it was handed out does not, and is not even built.
fn passing(all: &[Exercise]) -> io::Result<Vec<bool>> {
    let changed: Vec<&str> = all
        .iter()
        .filter(|exercise| exercise.is_changed())
        .map(|exercise| exercise.name.as_str())
        .collect();
    let built = build(&changed, Stdio::null())?;
    let passes = |exercise: &Exercise| {
        let Some(program) = built.get(&exercise.name) else {
            return Ok(false);
        };
        let quiet = Command::new(program)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        Ok(quiet.success())
    };
    all.iter().map(passes).collect()
}

/// The first that does not pass.
fn current(all: &[Exercise]) -> io::Result<Option<&Exercise>> {
    let passing = passing(all)?;
    let mut left = all.iter().zip(passing).filter(|(_, passes)| !passes);
    let first = left.find(|(exercise, _)| exercise.is_for_this_system());
    Ok(first.map(|(exercise, _)| exercise))
}

fn head(texts: &Texts, exercise: &Exercise) {
    println!("== {}", texts.heading(exercise));
    println!("   {}\n", exercise.file());
}

/// Builds and runs an exercise before the reader's eyes.
fn attempt(texts: &Texts, exercise: &Exercise) -> io::Result<ExitCode> {
    let (language, name) = (texts.language, &exercise.name);
    let (file, solution) = (exercise.file(), exercise.solution());
    head(texts, exercise);
    if !exercise.is_for_this_system() {
        let text = said!(
            language,
            "It needs Linux. On Windows, that's WSL.",
            "它需要 Linux。在 Windows 上就用 WSL。"
        );
        println!("{text}");
        return Ok(ExitCode::FAILURE);
    }
    let built = build(&[name], Stdio::inherit())?;
    let passes = match built.get(name) {
        Some(program) => Command::new(program)
            // It asks the locale, and not our arguments.
            .env("LC_ALL", locale(language))
            .status()?
            .success(),
        None => false,
    };
    if passes {
        let text = said!(
            language,
            "\nThe next one:  cargo exercise\nAnother way:   {solution}",
            "\n下一个：    cargo exercise\n另一种写法：{solution}"
        );
        println!("{text}");
        return Ok(ExitCode::SUCCESS);
    }
    println!();
    let text = if built.contains_key(name) && !exercise.is_changed() {
        println!("{}\n", texts.task(exercise)?);
        said!(
            language,
            "That is how it is handed out. Now you:",
            "发下来就是这个样子。现在轮到你了："
        )
    } else if built.contains_key(name) {
        said!(
            language,
            "Read the message, and the check in the file. Then:",
            "读一读上面的话，和文件里的检查。然后："
        )
    } else {
        said!(
            language,
            "It doesn't compile yet: the compiler says why, above. Then:",
            "还编译不了：原因编译器在上面说了。然后："
        )
    };
    println!("{text}");
    let text = said!(
        language,
        "  edit the file, and again   cargo exercise {name}\n  \
           a hint                     cargo exercise {name} --hint\n  \
           a solution                 cargo exercise {name} --solution\n  \
           start over                 git restore {file}",
        "  改好文件，再运行   cargo exercise {name}\n  \
           看提示             cargo exercise {name} --hint\n  \
           看答案             cargo exercise {name} --solution\n  \
           重新开始           git restore {file}"
    );
    println!("{text}");
    if language == Language::Chinese && !exercise.is_translated() {
        println!("  换成中文注释       cargo exercise {name} --translate");
    }
    Ok(ExitCode::FAILURE)
}

/// A locale of the language.
fn locale(language: Language) -> &'static str {
    match language {
        Language::Chinese => "zh_CN.UTF-8",
        _ => "C.UTF-8",
    }
}

/// Shows one hint more than the last time.
fn hint(texts: &Texts, exercise: &Exercise) -> io::Result<()> {
    let language = texts.language;
    let hints = texts.hints(exercise)?;
    let note = hints_shown(exercise)?;
    let shown = fs::read_to_string(&note).ok();
    let shown: usize = shown.and_then(|text| text.parse().ok()).unwrap_or(0);
    let (now, all) = ((shown + 1).min(hints.len()), hints.len());
    for (index, hint) in hints[..now].iter().enumerate() {
        let number = index + 1;
        let text = said!(
            language,
            "Hint {number} of {all}: {hint}\n",
            "提示 {number}（共 {all} 个）：{hint}\n"
        );
        println!("{text}");
    }
    if shown >= hints.len() {
        let solution = exercise.solution();
        let text = said!(
            language,
            "That was the last. The solution: {solution}",
            "提示到此为止。答案：{solution}"
        );
        println!("{text}");
    }
    fs::write(note, now.to_string())
}

/// Where the number of hints shown is kept: beside this program.
fn hints_shown(exercise: &Exercise) -> io::Result<PathBuf> {
    let folder = env::current_exe()?.with_file_name("hints-shown");
    fs::create_dir_all(&folder)?;
    Ok(folder.join(&exercise.name))
}

fn list(texts: &Texts, all: &[Exercise]) -> io::Result<()> {
    let language = texts.language;
    let passing = passing(all)?;
    let mut chapter = "";
    for (exercise, passes) in all.iter().zip(&passing) {
        if exercise.chapter != chapter {
            chapter = &exercise.chapter;
            println!("{chapter}");
        }
        let state = match (passes, exercise.is_changed()) {
            (true, _) => said!(language, "done ", "完成  "),
            (false, true) => said!(language, "begun", "进行中"),
            (false, false) if exercise.is_for_this_system() => said!(language, "     ", "      "),
            (false, false) => "Linux".to_owned(),
        };
        let Exercise { number, name, .. } = exercise;
        println!("  {state} {number:>5}  {name:<22}{}", texts.title(exercise));
    }
    let (done, count) = (passing.iter().filter(|passes| **passes).count(), all.len());
    let folder = repository().canonicalize()?.join("exercises/src/bin");
    let folder = folder.display();
    let text = said!(
        language,
        "{done} of {count} done\nThe files are in {folder}",
        "完成了 {done} 个，共 {count} 个\n文件在 {folder}"
    );
    println!("{text}");
    Ok(())
}
