//! From a recording to a picture: two lifelines near the edges, time downward, every label between
//! them and beside the one that it belongs to.

use std::fmt::Write;

use super::events::{Event, Side, failed, name as call_name};
use crate::xhtml::escape;

const WIDTH: u32 = 640;
const CLIENT: u32 = 20;
const SERVER: u32 = WIDTH - CLIENT;
/// Where labels begin, from their lifeline.
const GAP: u32 = 14;
/// As many characters of a note fit between the lifelines on a phone, where text is larger.
const NOTE: usize = 50;

const ACCENT: &str = "var(--accent, #0a5a9c)";
const ALARM: &str = "var(--alarm, #b3261e)";
const MUTED: &str = "var(--muted, #555)";
const STATE: &str = "var(--accent-2, #a8500f)";

/// What the flags of TCP say, for those who meet them in a picture.
const FLAGS: [(&str, &str); 5] = [
    ("SYN", "starts a connection"),
    ("ACK", "confirms what has arrived"),
    ("PSH", "nothing more to send for now"),
    ("FIN", "this side says no more"),
    ("RST", "breaks the connection off"),
];

pub fn draw(name: &str, title: &str, events: &[Event]) -> String {
    let mut rows = String::new();
    let mut y = 36;
    // Since when each side waits for its call.
    let mut waits = super::events::Both::<Option<u32>>::default();
    let mut before: Option<&Event> = None;
    for (step, event) in (1..).zip(events) {
        // Both ends change their states by one packet: side by side.
        if let (Some(Event::State { side: one, .. }), Event::State { side, .. }) = (before, event)
            && one != side
        {
            y -= STATE_ROW;
        }
        match event {
            Event::Call {
                side,
                returned: None,
                ..
            } => *waits.of_mut(*side) = Some(y + DOT),
            Event::Return { side, .. } => {
                if let Some(since) = waits.of_mut(*side).take() {
                    let _ = writeln!(
                        rows,
                        "<rect x=\"{x}\" y=\"{since}\" width=\"6\" height=\"{height}\" fill=\"{MUTED}\"/>",
                        x = lifeline(*side) - 3,
                        height = y + DOT - since,
                    );
                }
            }
            _ => {}
        }
        // The player lights the step that it is at.
        let _ = writeln!(rows, "<g data-step=\"{step}\">");
        y += row(&mut rows, name, event, y);
        rows += "</g>\n";
        before = Some(event);
    }
    let foot = y + 4;
    y = foot + 10;
    let kinds = || {
        events.iter().filter_map(|event| match event {
            Event::Packet { kind, .. } => Some(kind.as_str()),
            _ => None,
        })
    };
    for (flag, meaning) in FLAGS {
        if kinds().any(|kind| kind.split(' ').any(|word| word == flag)) {
            y += 22;
            let _ = writeln!(
                rows,
                "<text x=\"{CLIENT}\" y=\"{y}\" fill=\"{MUTED}\"><tspan font-weight=\"bold\">{flag}</tspan> <tspan>{meaning}</tspan></text>"
            );
        }
    }
    let height = y + 12;
    let title = escape(title);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" role=\"img\" \
         xmlns=\"http://www.w3.org/2000/svg\" aria-label=\"{title}\" font-size=\"16\" \
         font-family=\"ui-monospace, monospace\" fill=\"currentColor\">\n\
         <title>{title}</title>\n\
         <defs>{tip}{stop}</defs>\n",
        tip = marker(name, "tip", ACCENT),
        stop = marker(name, "stop", ALARM),
    );
    for side in [Side::Client, Side::Server] {
        let (x, anchor) = match side {
            Side::Client => (6, "start"),
            Side::Server => (WIDTH - 6, "end"),
        };
        let who = if side == Side::Client {
            "client"
        } else {
            "server"
        };
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"20\" text-anchor=\"{anchor}\" font-weight=\"bold\">{who}</text>\n\
             <line data-lifeline=\"{who}\" x1=\"{line}\" y1=\"30\" x2=\"{line}\" y2=\"{foot}\" \
             stroke=\"{MUTED}\" stroke-dasharray=\"2 3\"/>",
            line = lifeline(side),
        );
    }
    svg + &rows + "</svg>\n"
}

fn marker(name: &str, which: &str, colour: &str) -> String {
    format!(
        "<marker id=\"{name}-{which}\" markerWidth=\"9\" markerHeight=\"9\" refX=\"8\" refY=\"4.5\" \
         orient=\"auto\" markerUnits=\"userSpaceOnUse\"><path d=\"M0,0 L9,4.5 L0,9 z\" fill=\"{colour}\"/></marker>"
    )
}

fn lifeline(side: Side) -> u32 {
    match side {
        Side::Client => CLIENT,
        Side::Server => SERVER,
    }
}

/// The height of a row: of a call, of a packet, of a state; and where a call has its dot.
const CALL_ROW: u32 = 30;
const PACKET_ROW: u32 = 44;
const STATE_ROW: u32 = 28;
const DOT: u32 = 15;

/// Draws one event with its upper edge at `y`, and says how high it is.
fn row(svg: &mut String, name: &str, event: &Event, y: u32) -> u32 {
    match event {
        Event::Call {
            side,
            who,
            call,
            returned,
            ..
        } => {
            let text = match returned {
                Some(returned) => format!("{call} = {returned}"),
                None => format!("{call} …"),
            };
            // That connect goes on isn't a failure.
            let alarm = returned.as_deref().is_some_and(failed)
                && returned.as_deref() != Some("EINPROGRESS");
            call_row(svg, *side, &whose(*who, text), alarm, y)
        }
        Event::Return {
            side,
            who,
            call,
            returned,
            ..
        } => {
            let text = format!("… {} = {returned}", call_name(call));
            call_row(svg, *side, &whose(*who, text), failed(returned), y)
        }
        Event::Packet {
            from,
            who,
            kind,
            bytes,
            again,
            lost,
            ..
        } => {
            let mut label = match bytes {
                0 => kind.clone(),
                bytes => format!("{bytes} bytes, {kind}"),
            };
            label += if *again { ", again" } else { "" };
            label += if *lost { ": lost" } else { "" };
            packet_row(svg, name, *from, &whose(*who, label), kind, *lost, y)
        }
        Event::State { side, who, state } => {
            let (x, anchor) = beside(*side);
            let _ = writeln!(
                svg,
                "<text x=\"{x}\" y=\"{text}\" text-anchor=\"{anchor}\" fill=\"{STATE}\">{state}</text>",
                text = y + 19,
                state = escape(&whose(*who, state.clone())),
            );
            STATE_ROW
        }
        Event::Note { text, .. } => {
            let mut height = 6;
            for line in wrapped(text) {
                height += 22;
                let _ = writeln!(
                    svg,
                    "<text x=\"{middle}\" y=\"{line_y}\" text-anchor=\"middle\" font-style=\"italic\" fill=\"{MUTED}\">{line}</text>",
                    middle = WIDTH / 2,
                    line_y = y + height - 6,
                    line = escape(&line),
                );
            }
            height + 4
        }
    }
}

/// Where a label of this side is, and which of its ends is there.
fn beside(side: Side) -> (u32, &'static str) {
    match side {
        Side::Client => (CLIENT + GAP, "start"),
        Side::Server => (SERVER - GAP, "end"),
    }
}

/// Which of several clients it is.
fn whose(who: Option<usize>, text: String) -> String {
    who.map_or(text.clone(), |who| format!("client {who}: {text}"))
}

fn call_row(svg: &mut String, side: Side, text: &str, alarm: bool, y: u32) -> u32 {
    let (x, anchor) = beside(side);
    let colour = if alarm { ALARM } else { "currentColor" };
    let _ = writeln!(
        svg,
        "<circle cx=\"{dot}\" cy=\"{dot_y}\" r=\"5\" fill=\"{colour}\"/>\n\
         <text x=\"{x}\" y=\"{text_y}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{text}</text>",
        dot = lifeline(side),
        dot_y = y + DOT,
        text_y = y + DOT + 6,
        text = escape(text),
    );
    CALL_ROW
}

fn packet_row(
    svg: &mut String,
    name: &str,
    from: Side,
    label: &str,
    kind: &str,
    lost: bool,
    y: u32,
) -> u32 {
    let alarm = lost || kind.contains("RST") || kind.contains("ICMP");
    let (colour, tip) = if alarm {
        (ALARM, "stop")
    } else {
        (ACCENT, "tip")
    };
    let (start, mut end) = match from {
        Side::Client => (CLIENT, SERVER - 2),
        Side::Server => (SERVER, CLIENT + 2),
    };
    let (line, mut low) = (y + 28, y + 36);
    let _ = writeln!(
        svg,
        "<text x=\"{middle}\" y=\"{text}\" text-anchor=\"middle\" fill=\"{colour}\">{label}</text>",
        middle = WIDTH / 2,
        text = y + 20,
        label = escape(label),
    );
    if lost {
        // It ends on the way, in a cross.
        end = (start + 3 * end) / 4;
        low -= 2;
        let (left, right, top, bottom) = (end - 6, end + 6, low - 6, low + 6);
        let _ = writeln!(
            svg,
            "<path d=\"M{left},{top} L{right},{bottom} M{right},{top} L{left},{bottom}\" stroke=\"{colour}\" stroke-width=\"2.5\"/>\n\
             <line x1=\"{start}\" y1=\"{line}\" x2=\"{end}\" y2=\"{low}\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"6 4\"/>"
        );
    } else {
        let _ = writeln!(
            svg,
            "<line x1=\"{start}\" y1=\"{line}\" x2=\"{end}\" y2=\"{low}\" stroke=\"{colour}\" stroke-width=\"2\" marker-end=\"url(#{name}-{tip})\"/>"
        );
    }
    PACKET_ROW
}

/// The lines of a note.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("it has one");
        if !line.is_empty() && line.len() + word.len() >= NOTE {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
