//! Each exercise fails as handed out, and passes as solved.
//!
//! Nothing here depends on what a reader has made of the exercises: one that was changed is said to
//! be, and left out. With `CI` set none may be.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, OnceLock};
use std::thread;

use exercises_check::{
    Exercise, MARK, TEXTS, Texts, box_file, boxes, build, exercises, repository, texts,
};
use socketbook::Language;

/// The exercises that are as they were handed out.
fn unchanged() -> Vec<Exercise> {
    static UNCHANGED: OnceLock<Vec<Exercise>> = OnceLock::new();
    UNCHANGED.get_or_init(find_unchanged).clone()
}

fn find_unchanged() -> Vec<Exercise> {
    let (changed, unchanged): (Vec<Exercise>, Vec<Exercise>) = of_this_system()
        .into_iter()
        .partition(|exercise| exercise.is_changed() || exercise.is_translated());
    for exercise in changed {
        let file = exercise.file();
        assert!(
            std::env::var_os("CI").is_none(),
            "{file} is not as handed out; if it shall be so, run `cargo exercise --hand-out`"
        );
        // Straight to the terminal: the test harness would keep it back.
        let _ = writeln!(io::stderr(), "SKIPPED: {file}: you have changed it");
    }
    unchanged
}

fn all() -> Vec<Exercise> {
    exercises().expect("the table of the exercises can be read")
}

fn of_this_system() -> Vec<Exercise> {
    let (here, elsewhere): (Vec<Exercise>, Vec<Exercise>) =
        all().into_iter().partition(Exercise::is_for_this_system);
    if let Some(one) = elsewhere.first() {
        let (many, name) = (elsewhere.len(), &one.name);
        let _ = writeln!(
            io::stderr(),
            "SKIPPED: {name} and the like, {many}: they need Linux"
        );
    }
    here
}

/// The unchanged exercises and the solutions, built once.
fn programs() -> &'static BTreeMap<String, PathBuf> {
    static PROGRAMS: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let unchanged = unchanged();
        let mut names: Vec<&str> = unchanged.iter().map(|e| e.name.as_str()).collect();
        names.push("solutions");
        let built = build(&names, Stdio::inherit()).expect("cargo runs");
        for name in names {
            assert!(
                built.contains_key(name),
                "{name} does not compile: see above"
            );
        }
        built
    })
}

fn solution(name: &str) -> Output {
    let mut command = Command::new(&programs()["solutions"]);
    command.env("LC_ALL", "C").arg(name);
    command.output().expect("it runs")
}

/// Does `work` for each exercise, several at a time, since most of them wait. Gives what they say.
fn for_each(exercises: Vec<Exercise>, work: fn(&Exercise) -> Option<String>) -> Vec<String> {
    programs();
    let left = Mutex::new(exercises);
    let said = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let Some(exercise) = left.lock().unwrap().pop() else {
                        return;
                    };
                    let what = work(&exercise);
                    said.lock().unwrap().extend(what);
                }
            });
        }
    });
    said.into_inner().unwrap()
}

#[test]
fn each_exercise_fails_as_handed_out() {
    let passed_or_crashed = for_each(unchanged(), |exercise| {
        let name = &exercise.name;
        let mut command = Command::new(&programs()[name]);
        let output = command.env("LC_ALL", "C").output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        // 2 would be the watchdog: a reader shall not have to wait for the message.
        if output.status.code() != Some(1) || !said.starts_with("Not yet: ") {
            return Some(format!("{name}: {}\n{said}", output.status));
        }
        // The message comes from the check, and not from the lines that are to be written.
        let place = format!("({}:", exercise.file());
        let line = said
            .split(&place)
            .nth(1)
            .and_then(|rest| rest.split(')').next());
        let line: Option<usize> = line.and_then(|line| line.parse().ok());
        let check = exercise.text().expect("it is there");
        let check = check.lines().position(|line| line == MARK);
        if line.is_none() || check.is_none() || line <= check {
            return Some(format!(
                "{name} fails, but not by a message of its check:\n{said}"
            ));
        }
        None
    });
    assert!(
        passed_or_crashed.is_empty(),
        "{}",
        passed_or_crashed.join("\n")
    );
}

#[test]
fn each_solution_passes() {
    let failed = for_each(of_this_system(), |exercise| {
        let output = solution(&exercise.name);
        let said = String::from_utf8_lossy(&output.stderr);
        let printed = String::from_utf8_lossy(&output.stdout);
        let passed = output.status.success() && printed.ends_with("It passes.\n");
        (!passed).then(|| format!("{}: {}\n{printed}{said}", exercise.name, output.status))
    });
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn a_solution_has_the_exercise_s_own_check() {
    for exercise in unchanged() {
        let (text, solved) = (exercise.text().unwrap(), solved(&exercise));
        let check = text.split_once(MARK).map(|(_, check)| check);
        assert!(check.is_some(), "{} has no line\n{MARK}", exercise.file());
        assert_eq!(
            solved.split_once(MARK).map(|(_, check)| check),
            check,
            "{} and {} differ below the mark",
            exercise.file(),
            exercise.solution()
        );
        assert!(text.contains("Your part"), "{}: which?", exercise.file());
        assert!(!solved.contains("Your part"), "{}", exercise.solution());
    }
}

fn solved(exercise: &Exercise) -> String {
    fs::read_to_string(repository().join(exercise.solution())).expect("each has a solution")
}

#[test]
fn a_call_that_never_returns_is_ended() {
    let output = solution("hang");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("Not yet: 100ms are over"), "{said}");
}

#[test]
fn the_table_names_all_exercises() {
    let table: BTreeSet<String> = all().into_iter().map(|exercise| exercise.name).collect();
    let files = |folder: &str| -> BTreeSet<String> {
        fs::read_dir(repository().join(folder))
            .expect("it is there")
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .filter(|name| name != "main")
            .collect()
    };
    // A reader may keep a copy of an attempt beside it, or take one away.
    if std::env::var_os("CI").is_some() {
        assert_eq!(files("exercises/src/bin"), table);
    }
    assert_eq!(files("exercises/solutions"), table);
}

#[test]
fn each_lesson_has_two_and_each_exercise_hints() {
    let chapters = [
        "before-the-first-call",
        "creation",
        "server",
        "client",
        "common",
        "blocking",
        "files",
        "tcp",
        "tcp-stress",
        "udp",
        "multicast",
        "messages",
        "broken-messages",
        "callers",
        "stopping",
        "readiness",
        "addresses",
        "unix",
        "troubles",
    ];
    let mut exercises = all();
    let mut named: Vec<String> = exercises.iter().map(|e| e.chapter.clone()).collect();
    named.dedup();
    assert_eq!(named, chapters, "in the order of the book");
    for (number, chapter) in chapters.iter().enumerate() {
        let count = exercises.iter().filter(|e| e.chapter == *chapter).count();
        assert!(number == 0 || count >= 2, "{chapter} has {count}");
    }
    for exercise in &exercises {
        let hints = exercise.hints().unwrap();
        assert!(
            (2..=3).contains(&hints.len()),
            "{}: {hints:?}",
            exercise.name
        );
    }
    exercises.retain(|exercise| !exercise.is_changed());
    for exercise in exercises {
        assert_ne!(exercise.title(), exercise.name, "it has no title");
        assert_ne!(exercise.task().unwrap(), "", "it has no task");
    }
}

#[test]
fn the_boxes_for_the_book_are_those_of_the_exercises() {
    let changed: BTreeSet<String> = all()
        .into_iter()
        .filter(|exercise| exercise.is_changed() || exercise.is_translated())
        .map(|exercise| exercise.chapter)
        .collect();
    for (chapter, expected) in boxes(&all()).unwrap() {
        // Whoever has changed an exercise may have changed its task, too.
        if changed.contains(&chapter) {
            continue;
        }
        let file = box_file(&chapter);
        let text = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            text == expected,
            "{} is old: run `cargo exercise --hand-out`",
            file.display()
        );
    }
}

#[test]
fn what_translators_get_is_what_the_exercises_say() {
    // The file has the comments of all of them.
    if unchanged().len() == all().len() {
        let text = fs::read_to_string(repository().join(TEXTS)).unwrap();
        assert!(
            text == texts(&all()).unwrap(),
            "{TEXTS} is old: run `cargo exercise --hand-out`"
        );
    }
}

fn is_chinese(text: &str) -> bool {
    text.contains(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter))
}

/// But for the chapters that aren't translated yet, every text is Chinese.
#[test]
fn a_chinese_reader_gets_chinese() {
    let chinese = Texts::new(Language::Chinese, &all()).unwrap();
    for exercise in all() {
        for hint in chinese.hints(&exercise).unwrap().iter().skip(1) {
            let code_alone = hint.starts_with('`') && hint.ends_with('`');
            assert!(is_chinese(hint) || code_alone, "{}: {hint}", exercise.name);
        }
    }
    for exercise in unchanged() {
        let english = exercise.text().unwrap();
        let code = chinese.code(&exercise, &english);
        let comments = code.lines().filter(|line| line.trim().starts_with("///"));
        for comment in comments {
            assert!(is_chinese(comment), "{}: {comment}", exercise.name);
        }
        assert!(!code.contains("Your part"), "{code}");
        assert_eq!(
            book_translate::comments::without("rust", &code),
            book_translate::comments::without("rust", &english)
        );
    }
    // This chapter is translated.
    let two_phones = all().into_iter().find(|one| one.name == "two_phones");
    let two_phones = two_phones.expect("it is there");
    assert_eq!(chinese.heading(&two_phones), "练习 1.1：两种手机");
    assert!(is_chinese(&chinese.task(&two_phones).unwrap()));
}

#[test]
fn the_command_speaks_the_language_that_is_asked_for() {
    let exercise = reader("languages");
    let (_, english) = exercise(&["two_phones", "--hint", "--lang", "en"]);
    let (_, chinese) = exercise(&["--lang=zh-CN", "two_phones", "--hint"]);
    assert!(english.contains("== Exercise 1.1") && english.contains("Hint 1 of 3"));
    assert!(chinese.contains("== 练习 1.1"), "{chinese}");
    assert!(chinese.contains("提示 2（共 3 个）"), "{chinese}");
    let (_, help) = exercise(&["--help", "--lang", "zh"]);
    assert!(help.contains("用法"), "{help}");
    let (code, said) = exercise(&["--lang", "tlh"]);
    assert!(code == Some(1) && said.contains("zh-CN"), "{said}");
    let Some(first) = unchanged().into_iter().next() else {
        return; // all are changed, and said to be
    };
    // The program that it runs speaks it, too.
    let (_, said) = exercise(&[&first.name, "--lang", "zh-CN"]);
    assert!(
        said.contains("还没通过：") && said.contains("现在轮到你了"),
        "{said}"
    );
}

/// The command of a reader, in a folder of its own, where it notes the hints that it has shown.
fn reader(folder: &str) -> impl Fn(&[&str]) -> (Option<i32>, String) {
    // This test is target/debug/deps/NAME: not by env!, which says where it was built.
    let test = std::env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap();
    let folder = built.join("../tmp").join(folder);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let name = format!("exercise{}", std::env::consts::EXE_SUFFIX);
    let program = folder.join(&name);
    // Not a copy: while it is written, a child that another test starts holds it open for writing,
    // and it cannot be run (ETXTBSY).
    fs::hard_link(built.join(&name), &program).unwrap();
    move |arguments| {
        let mut command = Command::new(&program);
        let output = command.env("LC_ALL", "C").args(arguments).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    }
}

#[test]
fn a_reader_gets_one_hint_after_the_other() {
    let exercise = reader("hints");
    let two_phones = all().into_iter().find(|one| one.name == "two_phones");
    let hints = two_phones.expect("it is there").hints().unwrap();
    let [first, _, last] = &hints[..] else {
        panic!("it has three");
    };
    let (code, said) = exercise(&["two_phones", "--hint"]);
    assert_eq!(code, Some(0));
    assert!(said.contains(first) && !said.contains(last), "{said}");
    exercise(&["two_phones", "--hint"]);
    let (_, said) = exercise(&["two_phones", "--hint"]);
    assert!(said.contains(first) && said.contains(last), "{said}");
    let (_, said) = exercise(&["two_phones", "--hint"]);
    assert!(said.contains("That was the last"), "{said}");
}

#[test]
fn a_reader_finds_what_there_is() {
    let exercise = reader("finds");
    let (code, said) = exercise(&["--list"]);
    assert_eq!(code, Some(0), "{said}");
    for one in all() {
        assert!(said.contains(&one.name), "{said}");
    }
    let (code, said) = exercise(&["1.1", "--solution"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("exercises/solutions/two_phones.rs"), "{said}");
    let (code, said) = exercise(&["no_such"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("cargo exercise --list"), "{said}");
}

#[test]
fn a_reader_sees_why_an_exercise_fails() {
    let Some(first) = unchanged().into_iter().next() else {
        return; // all are changed, and said to be
    };
    let (code, said) = reader("sees")(&[&first.file()]);
    assert_eq!(code, Some(1));
    for expected in [
        &format!("== Exercise {}: {}", first.number, first.title()),
        "Not yet: ",
        &first.task().unwrap(),
        &format!("cargo exercise {} --hint", first.name),
        &format!("git restore {}", first.file()),
    ] {
        assert!(said.contains(expected), "without {expected:?}:\n{said}");
    }
}
