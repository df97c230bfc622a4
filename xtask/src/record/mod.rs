//! `cargo xtask record`: the book's sequence diagrams, drawn from recorded conversations.
//!
//! Each is kept twice in `book/en/src/diagrams/`: the recording as `NAME.json`, the picture as
//! `NAME.svg`. `--check` records again and fails if the order of events is another one than in the
//! book, or if a picture is not the one of its recording.

mod capture;
mod conversations;
mod draw;
mod events;

use std::fs;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use conversations::CONVERSATIONS;
use events::Event;

#[derive(Serialize, Deserialize)]
struct Recording {
    name: String,
    title: String,
    events: Vec<Event>,
}

pub fn run(check: bool) -> Result<()> {
    let folder = crate::root().join("book/en/src/diagrams");
    fs::create_dir_all(&folder)?;
    for (name, title, _) in CONVERSATIONS {
        let fresh = Recording {
            name: name.to_owned(),
            title: title.to_owned(),
            events: events::events(&capture::capture(name)?)?,
        };
        let (data, picture) = (
            folder.join(name).with_extension("json"),
            folder.join(name).with_extension("svg"),
        );
        if check {
            let kept = fs::read_to_string(&data)
                .with_context(|| format!("{} is missing", data.display()))?;
            let kept: Recording = serde_json::from_str(&kept)?;
            compare(name, &kept.events, &fresh.events)?;
            if fs::read_to_string(&picture)? != draw::draw(name, &kept.title, &kept.events) {
                bail!("{name}.svg is not the picture of {name}.json: run `cargo xtask record`");
            }
            println!(
                "{name}: {} events, in the order of the book",
                fresh.events.len()
            );
        } else {
            fs::write(&data, serde_json::to_string_pretty(&fresh)? + "\n")?;
            fs::write(&picture, draw::draw(name, title, &fresh.events))?;
            println!("{name}: {} events recorded and drawn", fresh.events.len());
        }
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
fn compare(name: &str, kept: &[Event], fresh: &[Event]) -> Result<()> {
    for at in 0..kept.len().max(fresh.len()) {
        if kept.get(at) != fresh.get(at) {
            let show = |event: Option<&Event>| {
                event.map_or("nothing".to_owned(), |event| format!("{event:?}"))
            };
            bail!(
                "{name}: event {} in the book is\n  {}\nand now it is\n  {}\nIf that is right, run `cargo xtask record`.",
                at + 1,
                show(kept.get(at)),
                show(fresh.get(at))
            );
        }
    }
    Ok(())
}
