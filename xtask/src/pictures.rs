//! The README's pictures: the tour in a terminal, drawn from a run of it, and a player of the book
//! at one step of a recording. In the colours of the reader's system, light or dark.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::root;
use crate::xhtml::escape;

/// As much of the tour as a first look needs.
const LINES: usize = 29;
/// The recording of the player's picture, and the step: from 1, the second packet of the handshake.
const RECORDING: &str = include_str!("../../book/en/src/diagrams/handshake.play.json");
const STEP: usize = 9;

const STYLE: &str = "<style>\
svg{--ground:#fdfdfc;--box:#f4f5f1;--line:#d5d8d2;--ink:#22262b;--soft:#5c6268;--one:#0a5a9c;--two:#a8500f;--lit:#f1e4da}\
@media(prefers-color-scheme:dark){svg{--ground:#161a26;--box:#1e2333;--line:#39405a;--ink:#d0d3e0;--soft:#a0a4b8;--one:#86b7f5;--two:#f0b072;--lit:#3a3336}}\
text{fill:var(--ink);white-space:pre}.soft{fill:var(--soft)}.one{fill:var(--one)}.two{fill:var(--two)}\
.code{font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono','Noto Sans CJK SC','WenQuanYi Micro Hei',monospace}\
</style>\n";

/// Draws both again, or compares them with what there is.
pub fn run(check: bool) -> Result<()> {
    for (name, picture) in [("tour.svg", tour()?), ("player.svg", player()?)] {
        let path = folder().join(name);
        if check {
            let old = fs::read_to_string(&path).unwrap_or_default();
            if masked(&old) != masked(&picture) {
                bail!(
                    "{} is out of date: draw it with `cargo xtask pictures`",
                    path.display()
                );
            }
        } else {
            fs::write(&path, picture).with_context(|| format!("writing {}", path.display()))?;
            println!("Drawn: {}", path.display());
        }
    }
    Ok(())
}

fn folder() -> PathBuf {
    root().join("book/pictures")
}

/// Without the ports, which are others in each run.
fn masked(picture: &str) -> String {
    let mut parts = picture.split("127.0.0.1:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out += "127.0.0.1:";
        out += part.trim_start_matches(|letter: char| letter.is_ascii_digit());
    }
    // A port of another length makes its line of another width.
    let is_width = |part: &&str| !part.starts_with("textLength=");
    out.split(' ')
        .filter(is_width)
        .collect::<Vec<_>>()
        .join(" ")
}

fn tour() -> Result<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["run", "--quiet", "--example", "tour", "--", "--lang", "en"])
        .current_dir(root())
        .output()
        .context("running the example `tour`")?;
    if !output.status.success() {
        bail!(
            "the tour failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    terminal(&String::from_utf8(output.stdout)?)
}

/// The first lines of the tour, in a window.
fn terminal(output: &str) -> Result<String> {
    const CELL: f64 = 7.8;
    const ROW: usize = 18;
    const TOP: usize = 58;
    let lines: Vec<&str> = output.lines().take(LINES).collect();
    let middle = lines.iter().find_map(|line| line.split_once('│'));
    let middle = columns(middle.context("the tour has no two columns")?.0);
    let (width, height) = (660, TOP + ROW * lines.len() + 22);
    let mut inside = String::new();
    for (at, line) in lines.iter().enumerate() {
        let y = TOP + ROW * at;
        if line.contains('┼') {
            let _ = writeln!(
                inside,
                "<path d=\"M16,{y}H{}\" stroke=\"var(--line)\"/>",
                width - 16
            );
            continue;
        }
        let (left, right) = line.split_once('│').unwrap_or((line, ""));
        for (column, text) in [(0, left), (middle + 1, right)] {
            let indent = text.len() - text.trim_start().len();
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            let class = match text {
                _ if text.starts_with('#') => "soft",
                _ if text.starts_with('→') || text.starts_with('…') => "one",
                _ => "",
            };
            let x = 16.0 + CELL * (column + indent) as f64;
            let length = CELL * columns(text) as f64;
            // Fonts differ in width: each text is made as wide as its cells.
            let _ = writeln!(
                inside,
                "<text x=\"{x:.1}\" y=\"{y}\" textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\" class=\"code {class}\">{}</text>",
                escape(text).replacen(" → ", " <tspan class=\"one\">→ ", 1)
                    + if text.contains(" → ") {
                        "</tspan>"
                    } else {
                        ""
                    }
            );
        }
    }
    let x = 16.0 + CELL * middle as f64 + CELL / 2.0;
    let _ = writeln!(
        inside,
        "<path d=\"M{x:.1},{}V{}\" stroke=\"var(--line)\"/>\n<text x=\"16\" y=\"{}\" class=\"code soft\">⋮</text>",
        TOP + ROW,
        height - 16,
        height - 14,
    );
    for (at, x) in [20, 38, 56].into_iter().enumerate() {
        let fill = ["--two", "--one", "--soft"][at];
        let _ = writeln!(
            inside,
            "<circle cx=\"{x}\" cy=\"18\" r=\"5\" fill=\"var({fill})\"/>"
        );
    }
    let _ = writeln!(
        inside,
        "<text x=\"{}\" y=\"22\" text-anchor=\"middle\" class=\"code soft\">cargo run --example tour</text>",
        width / 2
    );
    let title = "A terminal: each call of a caller and a callee, with its result";
    Ok(window(title, width, height, &inside))
}

/// How many cells of a terminal a text takes: a Chinese letter has two.
fn columns(text: &str) -> usize {
    let width = |letter: char| match letter {
        '\u{2e80}'..='\u{ffef}' => 2,
        _ => 1,
    };
    text.chars().map(width).sum()
}

fn window(title: &str, width: usize, height: usize, inside: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
         aria-label=\"{title}\" xmlns=\"http://www.w3.org/2000/svg\" font-size=\"13\" \
         font-family=\"system-ui,sans-serif\">\n<title>{title}</title>\n{STYLE}\
         <rect x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"9\" fill=\"var(--ground)\" \
         stroke=\"var(--line)\"/>\n{inside}</svg>\n",
        width - 1,
        height - 1
    )
}

/// One end of the conversation, at the step.
struct End<'r> {
    name: &'r str,
    class: &'r str,
    x: usize,
    call: String,
    line: u64,
    state: &'r str,
}

fn player() -> Result<String> {
    let recording: Value = serde_json::from_str(RECORDING)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let steps = recording["steps"].as_array().context("no steps")?;
    let now = steps.get(STEP - 1).context("too few steps")?;
    if now["kind"] != "packet" {
        bail!("step {STEP} of the recording is no packet: {now}");
    }
    let ends = [("client", "one", 24), ("server", "two", 436)].map(|(name, class, x)| {
        let mut end = End {
            name,
            class,
            x,
            call: String::new(),
            line: 0,
            state: now["states"][name].as_str().unwrap_or("CLOSED"),
        };
        for step in steps[..STEP].iter().filter(|step| step["side"] == name) {
            if step["kind"] == "call" || step["kind"] == "return" {
                let result = step["result"].as_str();
                end.call = format!("{} = {}", text(&step["text"]), result.unwrap_or("…"));
                end.line = step["line"].as_u64().unwrap_or(end.line);
            }
        }
        end
    });

    let (width, height) = (660, 330);
    let mut inside = String::new();
    let title = text(&recording["title"]);
    let _ = writeln!(
        inside,
        "<text x=\"24\" y=\"34\" font-size=\"17\" font-weight=\"bold\">{}</text>",
        escape(&title)
    );
    for End {
        name,
        class,
        x,
        call,
        line,
        state,
    } in &ends
    {
        let colour = format!("var(--{class})");
        let _ = writeln!(
            inside,
            "<text x=\"{x}\" y=\"68\" class=\"{class}\" font-weight=\"bold\" font-size=\"14\">{}</text>\n\
             <path d=\"M{x},76h200\" stroke=\"{colour}\" stroke-width=\"2\"/>\n\
             <text x=\"{x}\" y=\"98\" class=\"{class}\">{state}</text>\n\
             <circle cx=\"{}\" cy=\"116\" r=\"3.5\" fill=\"{colour}\"/>\n\
             <text x=\"{}\" y=\"120\" class=\"code\" font-size=\"12\">{}</text>",
            name[..1].to_uppercase() + &name[1..],
            x + 4,
            x + 14,
            escape(call),
        );
        let program = recording["programs"][*name].as_array();
        let program = program.context("no programs")?;
        let _ = writeln!(
            inside,
            "<rect x=\"{x}\" y=\"134\" width=\"200\" height=\"{}\" rx=\"4\" fill=\"var(--box)\"/>",
            18 * program.len() + 8
        );
        for (at, source) in program.iter().enumerate() {
            let y = 138 + 18 * at;
            if at as u64 + 1 == *line {
                let _ = writeln!(
                    inside,
                    "<path d=\"M{x},{y}h200v18h-200z\" fill=\"var(--lit)\"/>\n\
                     <path d=\"M{},{y}v18\" stroke=\"{colour}\" stroke-width=\"3\"/>",
                    x + 1
                );
            }
            // The longest line of a program has 36 letters.
            let source = text(source);
            let squeeze = match source.len() {
                32.. => " textLength=\"186\" lengthAdjust=\"spacingAndGlyphs\"",
                _ => "",
            };
            let _ = writeln!(
                inside,
                "<text x=\"{}\" y=\"{}\" class=\"code\" font-size=\"9.5\"{squeeze}>{}</text>",
                x + 8,
                y + 13,
                escape(&source)
            );
        }
    }
    let (from, to, tip) = match now["side"].as_str() {
        Some("client") => (250, 406, "m-8,-5l8,5l-8,5"),
        _ => (410, 254, "m8,-5l-8,5l8,5"),
    };
    let sender = text(&now["side"]);
    let packet = text(&now["text"]);
    let class = if sender == "client" { "one" } else { "two" };
    let _ = writeln!(
        inside,
        "<path d=\"M246,60V236M414,60V236\" stroke=\"var(--soft)\" stroke-dasharray=\"2 3\"/>\n\
         <path d=\"M{from},116H{to}{tip}\" stroke=\"var(--{class})\" stroke-width=\"2\" fill=\"none\"/>\n\
         <rect x=\"290\" y=\"84\" width=\"80\" height=\"24\" rx=\"12\" fill=\"var(--{class})\"/>\n\
         <text x=\"330\" y=\"100\" text-anchor=\"middle\" font-weight=\"bold\" font-size=\"12\" style=\"fill:var(--ground)\">{packet}</text>"
    );
    let place = 130 + 400 * (STEP - 1) / (steps.len() - 1);
    let _ = writeln!(
        inside,
        "<path d=\"M24,252H636\" stroke=\"var(--line)\"/>\n\
         <text x=\"24\" y=\"274\">The {sender} sends {packet}.</text>\n\
         <path d=\"M34,294v16M46,294l-10,8l10,8z\" fill=\"var(--soft)\" stroke=\"var(--soft)\" stroke-width=\"2\"/>\n\
         <circle cx=\"74\" cy=\"302\" r=\"15\" fill=\"var(--one)\"/>\n\
         <path d=\"M70,295l11,7l-11,7z\" fill=\"var(--ground)\"/>\n\
         <path d=\"M112,294v16M100,294l10,8l-10,8z\" fill=\"var(--ink)\" stroke=\"var(--ink)\" stroke-width=\"2\"/>\n\
         <path d=\"M130,302H530\" stroke=\"var(--soft)\" stroke-width=\"4\"/>\n\
         <path d=\"M130,302H{place}\" stroke=\"var(--one)\" stroke-width=\"4\"/>\n\
         <circle cx=\"{place}\" cy=\"302\" r=\"8\" fill=\"var(--one)\"/>\n\
         <text x=\"636\" y=\"306\" text-anchor=\"end\" class=\"soft\">Step {STEP} of {}</text>",
        steps.len()
    );
    let title = "A page of the book: a recorded handshake, played step by step";
    Ok(window(title, width, height, &inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_players_picture_is_that_of_the_recording() {
        let drawn = fs::read_to_string(folder().join("player.svg")).unwrap();
        assert_eq!(drawn, player().unwrap(), "cargo xtask pictures");
    }

    #[test]
    fn ports_are_no_difference_and_calls_are() {
        let picture = |result: &str| {
            let lines = format!("a\n│ x\nphone.connect() → {result} │\n");
            masked(&terminal(&lines).unwrap())
        };
        assert_eq!(picture("127.0.0.1:1234"), picture("127.0.0.1:34567"));
        assert_ne!(picture("127.0.0.1:1234"), picture("done"));
    }
}
