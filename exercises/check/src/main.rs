//! `cargo exercise`: runs the exercise that a reader is at.

use std::env;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use exercises_check::{Exercise, build, exercises, hand_out, repository};

const HELP: &str = "\
The exercises of the book.

Usage:
  cargo exercise                    run the first exercise that does not pass yet
  cargo exercise NAME               run this one
  cargo exercise [NAME] --hint      show its next hint
  cargo exercise [NAME] --solution  say where its solution is
  cargo exercise --list             show all, done and not done
  cargo exercise --hand-out         for authors: take the exercises as they are now for those
                                    that are handed out

To begin one anew: git restore exercises/src/bin/NAME.rs";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> io::Result<ExitCode> {
    let (options, names): (Vec<&str>, Vec<&str>) = arguments
        .iter()
        .map(String::as_str)
        .partition(|argument| argument.starts_with('-'));
    let all = exercises()?;
    let chosen = match names[..] {
        [] => None,
        [name] => Some(find(&all, name)?),
        _ => return Err(io::Error::other("one exercise at a time")),
    };
    match (&options[..], chosen) {
        (["-h" | "--help"], _) => println!("{HELP}"),
        (["--list"], None) => list(&all)?,
        (["--hand-out"], None) => hand_out()?,
        ([], Some(exercise)) => return attempt(exercise),
        ([], None) => {
            return match current(&all)? {
                Some(exercise) => attempt(exercise),
                None => all_done(),
            };
        }
        (["--hint"] | ["--solution"], _) => {
            let current = match chosen {
                Some(exercise) => Some(exercise),
                None => current(&all)?,
            };
            let Some(exercise) = current else {
                return all_done();
            };
            head(exercise);
            if options == ["--hint"] {
                hint(exercise)?;
            } else {
                println!("The solution: {}", exercise.solution());
                println!(
                    "It runs with `cargo run -p exercises --bin solutions {}`.",
                    exercise.name
                );
            }
        }
        _ => {
            return Err(io::Error::other(
                "`cargo exercise --help` lists what there is",
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn all_done() -> io::Result<ExitCode> {
    println!("All exercises pass. There is nothing left to do but to write programs.");
    Ok(ExitCode::SUCCESS)
}

fn find<'e>(all: &'e [Exercise], name: &str) -> io::Result<&'e Exercise> {
    // The file's name does as well: a shell completes it.
    let file = name.rsplit('/').next().unwrap_or(name);
    let wanted = file.strip_suffix(".rs").unwrap_or(file);
    let found = all
        .iter()
        .find(|exercise| [&exercise.name, &exercise.number].contains(&&wanted.to_owned()));
    found.ok_or_else(|| {
        let why = format!("there is no exercise {name}; `cargo exercise --list` shows all");
        io::Error::other(why)
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

fn head(exercise: &Exercise) {
    let (number, title) = (&exercise.number, exercise.title());
    println!("== Exercise {number}: {title}");
    println!("   {}\n", exercise.file());
}

/// Builds and runs an exercise before the reader's eyes.
fn attempt(exercise: &Exercise) -> io::Result<ExitCode> {
    let name = &exercise.name;
    head(exercise);
    if !exercise.is_for_this_system() {
        println!("It needs Linux. On Windows, that's WSL.");
        return Ok(ExitCode::FAILURE);
    }
    let built = build(&[name], Stdio::inherit())?;
    let passes = match built.get(name) {
        Some(program) => Command::new(program).status()?.success(),
        None => false,
    };
    if passes {
        println!("\nThe next one:  cargo exercise");
        println!("Another way:   {}", exercise.solution());
        return Ok(ExitCode::SUCCESS);
    }
    println!();
    if built.contains_key(name) && !exercise.is_changed() {
        println!("{}\n", exercise.task()?);
        println!("That is how it is handed out. Now you:");
    } else if built.contains_key(name) {
        println!("Read the message, and the check in the file. Then:");
    } else {
        println!("It does not compile yet: the compiler says why, above. Then:");
    }
    println!("  edit the file, and again   cargo exercise {name}");
    println!("  a hint                     cargo exercise {name} --hint");
    println!("  a solution                 cargo exercise {name} --solution");
    println!(
        "  begin anew                 git restore {}",
        exercise.file()
    );
    Ok(ExitCode::FAILURE)
}

/// Shows one hint more than the last time.
fn hint(exercise: &Exercise) -> io::Result<()> {
    let hints = exercise.hints()?;
    let note = hints_shown(exercise)?;
    let shown = fs::read_to_string(&note).ok();
    let shown: usize = shown.and_then(|text| text.parse().ok()).unwrap_or(0);
    let now = (shown + 1).min(hints.len());
    for (index, hint) in hints[..now].iter().enumerate() {
        println!("Hint {} of {}: {hint}\n", index + 1, hints.len());
    }
    if shown >= hints.len() {
        println!("That was the last. The solution: {}", exercise.solution());
    }
    fs::write(note, now.to_string())
}

/// Where the number of hints shown is kept: beside this program.
fn hints_shown(exercise: &Exercise) -> io::Result<PathBuf> {
    let folder = env::current_exe()?.with_file_name("hints-shown");
    fs::create_dir_all(&folder)?;
    Ok(folder.join(&exercise.name))
}

fn list(all: &[Exercise]) -> io::Result<()> {
    let passing = passing(all)?;
    let mut chapter = "";
    for (exercise, passes) in all.iter().zip(&passing) {
        if exercise.chapter != chapter {
            chapter = &exercise.chapter;
            println!("{chapter}");
        }
        let state = match (passes, exercise.is_changed()) {
            (true, _) => "done ",
            (false, true) => "begun",
            (false, false) if exercise.is_for_this_system() => "     ",
            (false, false) => "Linux",
        };
        let Exercise { number, name, .. } = exercise;
        println!("  {state} {number:>5}  {name:<22}{}", exercise.title());
    }
    let done = passing.iter().filter(|passes| **passes).count();
    println!("{done} of {} done", all.len());
    println!(
        "The files are in {}",
        repository()
            .canonicalize()?
            .join("exercises/src/bin")
            .display()
    );
    Ok(())
}
