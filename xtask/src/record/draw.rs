//! From a recording to a picture: two columns, time downward.

use std::fmt::Write;

use super::events::{Event, Side, failed};

/// Two life lines in a picture that fits a phone.
const WIDTH: u32 = 360;
const LEFT: u32 = 92;
const RIGHT: u32 = WIDTH - LEFT;

pub fn draw(name: &str, title: &str, events: &[Event]) -> String {
    let mut rows = String::new();
    let mut y = 44;
    for event in events {
        y += row(&mut rows, name, event, y);
    }
    let height = y + 14;
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" role=\"img\" \
         xmlns=\"http://www.w3.org/2000/svg\" aria-label=\"{title}\" font-size=\"11\" \
         font-family=\"ui-monospace, monospace\" fill=\"currentColor\">\n\
         <title>{title}</title>\n\
         <defs><marker id=\"{name}-tip\" markerWidth=\"8\" markerHeight=\"8\" refX=\"7\" refY=\"4\" \
         orient=\"auto\"><path d=\"M0,0 L8,4 L0,8 z\" fill=\"var(--accent, #0a5a9c)\"/></marker>\
         <marker id=\"{name}-stop\" markerWidth=\"8\" markerHeight=\"8\" refX=\"7\" refY=\"4\" \
         orient=\"auto\"><path d=\"M0,0 L8,4 L0,8 z\" fill=\"var(--alarm, #b3261e)\"/></marker></defs>\n"
    );
    for (x, who) in [(LEFT, "client"), (RIGHT, "server")] {
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"16\" text-anchor=\"middle\" font-size=\"13\" \
             font-weight=\"bold\">{who}</text>\n\
             <line x1=\"{x}\" y1=\"24\" x2=\"{x}\" y2=\"{bottom}\" stroke=\"var(--muted, #555)\" \
             stroke-dasharray=\"2 3\"/>",
            bottom = height - 4
        );
    }
    svg + &rows + "</svg>\n"
}

/// Draws one event with its upper edge at `y`, and says how high it is.
fn row(svg: &mut String, name: &str, event: &Event, y: u32) -> u32 {
    match event {
        Event::Call {
            side,
            call,
            returned,
            ..
        } => {
            let text = match returned {
                Some(returned) => format!("{call} = {returned}"),
                None => format!("{call} …"),
            };
            call_row(
                svg,
                *side,
                &text,
                returned.as_deref().is_some_and(failed),
                y,
            )
        }
        Event::Return {
            side,
            call,
            returned,
            ..
        } => {
            let name = call.split('(').next().unwrap_or(call);
            call_row(
                svg,
                *side,
                &format!("… {name} = {returned}"),
                failed(returned),
                y,
            )
        }
        Event::Packet {
            from, kind, bytes, ..
        } => {
            let (start, end) = match from {
                Side::Client => (LEFT, RIGHT - 1),
                Side::Server => (RIGHT, LEFT + 1),
            };
            let alarm = kind.contains("RST") || kind.contains("ICMP");
            let (colour, tip) = match alarm {
                true => ("var(--alarm, #b3261e)", "stop"),
                false => ("var(--accent, #0a5a9c)", "tip"),
            };
            let label = match bytes {
                0 => kind.clone(),
                bytes => format!("{bytes} bytes, {kind}"),
            };
            let _ = writeln!(
                svg,
                "<text x=\"{middle}\" y=\"{text}\" text-anchor=\"middle\" fill=\"{colour}\">\
                 {label}</text>\n\
                 <line x1=\"{start}\" y1=\"{line}\" x2=\"{end}\" y2=\"{low}\" stroke=\"{colour}\" \
                 stroke-width=\"1.5\" marker-end=\"url(#{name}-{tip})\"/>",
                middle = WIDTH / 2,
                text = y + 9,
                line = y + 14,
                low = y + 18,
            );
            25
        }
        Event::State { side, state, .. } => {
            let (x, anchor) = match side {
                Side::Client => (LEFT - 8, "end"),
                Side::Server => (RIGHT + 8, "start"),
            };
            let _ = writeln!(
                svg,
                "<text x=\"{x}\" y=\"{text}\" text-anchor=\"{anchor}\" font-size=\"10\" \
                 fill=\"var(--accent-2, #a8500f)\">{state}</text>",
                text = y + 8,
            );
            14
        }
        Event::Note { .. } => 0,
    }
}

fn call_row(svg: &mut String, side: Side, text: &str, failed: bool, y: u32) -> u32 {
    let (x, anchor, edge) = match side {
        Side::Client => (LEFT, "start", 4),
        Side::Server => (RIGHT, "end", WIDTH - 4),
    };
    let colour = match failed {
        true => "var(--alarm, #b3261e)",
        false => "currentColor",
    };
    let _ = writeln!(
        svg,
        "<circle cx=\"{x}\" cy=\"{dot}\" r=\"3\" fill=\"{colour}\"/>\n\
         <text x=\"{edge}\" y=\"{low}\" text-anchor=\"{anchor}\" fill=\"{colour}\" \
         style=\"paint-order:stroke\" stroke=\"var(--bg, #fff)\" stroke-width=\"4\">{text}</text>",
        dot = y + 18,
        low = y + 8,
    );
    26
}
