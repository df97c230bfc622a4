//! `cargo xtask record`: the book's sequence diagrams, drawn from recorded conversations.
//!
//! Each is kept three times in `book/en/src/diagrams/`: the recording as `NAME.json`, its picture as
//! `NAME.svg`, and its steps, for the page's player, as `NAME.play.json`. The last two are made of the
//! first. `--check` records again and fails if the order of events is another one than in the book.

mod calls;
mod capture;
mod conversations;
mod draw;
mod events;
mod order;
pub mod own;
mod packets;
mod play;
mod states;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use conversations::CONVERSATIONS;
use events::{Event, Recording};

/// A file of the recording NAME: `json`, `svg` or `play.json`.
fn file(name: &str, ending: &str) -> PathBuf {
    let folder = crate::root().join("book/en/src/diagrams");
    folder.join(format!("{name}.{ending}"))
}

fn kept(name: &str) -> Result<Recording> {
    let path = file(name, "json");
    let text =
        fs::read_to_string(&path).with_context(|| format!("{} is missing", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not a recording", path.display()))
}

/// Draws all pictures and steps again, of the recordings as they are.
pub fn draw() -> Result<()> {
    for (name, ..) in CONVERSATIONS {
        write(&kept(name)?)?;
    }
    Ok(())
}

/// Writes what is made of a recording.
fn write(recording: &Recording) -> Result<()> {
    let Recording {
        name,
        title,
        events,
        ..
    } = recording;
    fs::write(file(name, "svg"), draw::draw(name, title, events))?;
    fs::write(file(name, "play.json"), play::play(recording)?)?;
    Ok(())
}

/// Records the conversations of these names, or all.
pub fn run(names: &[String], check: bool) -> Result<()> {
    let wanted = |name: &str| names.is_empty() || names.iter().any(|one| one == name);
    for (name, title, _) in CONVERSATIONS.into_iter().filter(|(name, ..)| wanted(name)) {
        let capture = capture::capture(name)?;
        let fresh = order::order(name, title, capture)
            .with_context(|| format!("the recording of {name}"))?;
        if check {
            compare(&kept(name)?, &fresh)?;
        } else {
            fs::write(
                file(name, "json"),
                serde_json::to_string_pretty(&fresh)? + "\n",
            )?;
            write(&fresh)?;
        }
        println!("{name}: {} events", fresh.events.len());
    }
    Ok(())
}

/// Holds one conversation, which ends this process.
pub fn converse(name: &str) -> Result<()> {
    let found = CONVERSATIONS.iter().find(|(known, ..)| *known == name);
    let names = || CONVERSATIONS.map(|(name, ..)| name).join(", ");
    let (.., conversation) =
        found.with_context(|| format!("there is no conversation `{name}`, but {}", names()))?;
    match conversation()? {}
}

/// The order of events has to be the book's.
fn compare(kept: &Recording, fresh: &Recording) -> Result<()> {
    let name = &fresh.name;
    let (old, new) = (&kept.events, &fresh.events);
    for at in 0..old.len().max(new.len()) {
        if old.get(at) != new.get(at) {
            let show = |event: Option<&Event>| {
                event.map_or("nothing".to_owned(), |event| format!("{event:?}"))
            };
            bail!(
                "{name}: event {} in the book is\n  {}\nand now it is\n  {}\nIf that is right, run `cargo xtask record`.",
                at + 1,
                show(old.get(at)),
                show(new.get(at))
            );
        }
    }
    if kept != fresh {
        bail!("{name}: the title or a program's line changed: run `cargo xtask record`");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_and_steps_are_those_of_the_recordings() {
        for (name, ..) in CONVERSATIONS {
            let recording = kept(name).unwrap();
            let read = |ending| fs::read_to_string(file(name, ending)).unwrap_or_default();
            let again = "run `cargo xtask record`";
            assert_eq!(
                read("play.json"),
                play::play(&recording).unwrap(),
                "{name}: {again}"
            );
            let picture = draw::draw(name, &recording.title, &recording.events);
            assert_eq!(read("svg"), picture, "{name}: {again}");
        }
    }

    /// Each line of a program is a line of the conversations, and it makes the calls shown with it.
    #[test]
    fn calls_stand_at_the_lines_that_make_them() {
        for (name, ..) in CONVERSATIONS {
            let recording = kept(name).unwrap();
            let Recording {
                programs, events, ..
            } = &recording;
            for line in programs.client.iter().chain(&programs.server) {
                let code = line.split(" //").next().unwrap();
                assert!(conversations::SOURCE.contains(code), "{name}: {line}");
            }
            for event in events {
                let Event::Call {
                    side, call, line, ..
                } = event
                else {
                    continue;
                };
                let line = line.unwrap_or_else(|| panic!("{name}: {call} has no line"));
                let line = &programs.of(*side)[line - 1];
                let words: &[&str] = match events::name(call) {
                    "socket" => &["Socket::tcp(", "Socket::udp("],
                    "socketpair" => &["socketpair("],
                    "send" | "sendto" => &[".send(", ".sendall(", ".sendto("],
                    "sendmsg" => &["send_fds("],
                    "recv" | "recvfrom" => &[".recv(", ".recvfrom("],
                    "recvmsg" => &["recv_fds("],
                    "connect" => &[".connect(", ".connect_ex("],
                    "getsockopt" => &["getsockopt(", "try_from("],
                    "ioctl" => &["setblocking(", "settimeout("],
                    "ppoll" => &["select(", "sendall(", "recvfrom("],
                    "bind" => &[".bind("],
                    "listen" => &[".listen("],
                    "accept" => &[".accept("],
                    "close" => &[".close("],
                    "shutdown" => &[".shutdown("],
                    "setsockopt" => &[".setsockopt("],
                    other => panic!("{name}: no line makes {other}"),
                };
                assert!(
                    words.iter().any(|word| line.contains(word)),
                    "{name}: {call} at {line}"
                );
            }
        }
    }
}
