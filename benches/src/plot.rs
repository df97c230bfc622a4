//! The plots, as SVG by hand.

use std::fmt::Write as _;

use crate::growth::Growth;
use crate::report::Line;

const COLOURS: [&str; 6] = [
    "#c2410c", "#1d4ed8", "#15803d", "#a21caf", "#525252", "#0e7490",
];
const STYLE: &str =
    "<style>text{font:12px sans-serif;fill:#333}.grid{stroke:#ddd}.one{stroke:#333}</style>\n";

fn svg(width: f64, height: f64, inside: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         style=\"max-width:{width}px;background:#fff\">\n{STYLE}{inside}</svg>\n"
    )
}

fn line(class: &str, from: (f64, f64), to: (f64, f64)) -> String {
    let ((x1, y1), (x2, y2)) = (from, to);
    format!("<line {class} x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>\n")
}

fn text(x: f64, y: f64, anchor: &str, what: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{what}</text>\n")
}

/// Wall time of each row against libc: a dot at the median, a bar from quartile to quartile.
pub fn wall(lines: &[Line]) -> String {
    const SHOWN: [&str; 6] = [
        "socketbook",
        "socketbook+t",
        "std",
        "socket2",
        "rustix",
        "CPython",
    ];
    const TICKS: [f64; 6] = [0.7, 1.0, 1.5, 2.0, 3.0, 5.0];
    let mut rows: Vec<&str> = lines.iter().map(|line| line.row).collect();
    rows.dedup();
    let (left, top, step, width) = (100.0, 60.0, 52.0, 640.0);
    let bottom = top + step * rows.len() as f64;
    let span = (TICKS[5] / TICKS[0]).ln();
    let x = |ratio: f64| left + (ratio.clamp(TICKS[0], TICKS[5]) / TICKS[0]).ln() / span * width;
    let mut out = text(
        left,
        18.0,
        "start",
        "Wall time as a ratio to raw libc: left is faster",
    );
    for (at, name) in SHOWN.iter().enumerate() {
        let place = left + at as f64 * 108.0;
        writeln!(
            out,
            "<circle cx=\"{place}\" cy=\"36\" r=\"4\" fill=\"{}\"/>",
            COLOURS[at]
        )
        .unwrap();
        out += &text(place + 8.0, 40.0, "start", name);
    }
    for tick in TICKS {
        let class = if tick == 1.0 {
            "class=\"one\""
        } else {
            "class=\"grid\""
        };
        out += &line(class, (x(tick), top), (x(tick), bottom));
        out += &text(x(tick), bottom + 16.0, "middle", &tick.to_string());
    }
    for (at, row) in rows.iter().enumerate() {
        let y = top + step * at as f64;
        out += &line("class=\"grid\"", (left, y), (left + width, y));
        out += &text(left - 8.0, y + step / 2.0 + 4.0, "end", row);
        for (place, name) in SHOWN.iter().enumerate() {
            let y = y + 6.0 + place as f64 * 8.0;
            let of = |line: &&Line| line.row == *row && line.contender == *name;
            if let Some(Line { wall, .. }) = lines.iter().find(of) {
                let colour = COLOURS[place];
                let bar = format!("stroke=\"{colour}\" stroke-width=\"2\"");
                out += &line(&bar, (x(wall.low), y), (x(wall.high), y));
                let x = x(wall.median);
                writeln!(
                    out,
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>"
                )
                .unwrap();
            }
        }
    }
    svg(left + width + 30.0, bottom + 30.0, &out)
}

/// A line of a plot: its name and its points.
type Series<'s> = (&'s str, Vec<(f64, f64)>);

/// Two plots, both scales logarithmic: connections, and the length of a line.
pub fn growth(growth: &Growth) -> String {
    let of = |processes: usize, value: fn(&crate::growth::Connections) -> f64| {
        let at = growth
            .connections
            .iter()
            .filter(|at| at.processes == processes);
        at.map(|at| (at.count as f64, value(at))).collect()
    };
    let connections = [
        ("open, one process", of(1, |at| at.open_us)),
        ("open, two processes", of(2, |at| at.open_us)),
        ("message, one process", of(1, |at| at.message_us)),
        ("message, two processes", of(2, |at| at.message_us)),
    ];
    let of = |value: fn(&crate::growth::LongLine) -> f64| {
        growth
            .lines
            .iter()
            .map(|at| (at.len as f64, value(at) / at.len as f64))
            .collect()
    };
    let lines = [
        ("socketbook", of(|at| at.ours_ns)),
        ("std", of(|at| at.std_ns)),
        ("recv alone", of(|at| at.libc_ns)),
    ];
    let inside = chart(0.0, "Microseconds against open connections", &connections)
        + &chart(420.0, "Nanoseconds a byte against bytes of a line", &lines);
    svg(840.0, 360.0, &inside)
}

fn chart(shift: f64, title: &str, series: &[Series<'_>]) -> String {
    let points = || series.iter().flat_map(|(_, points)| points);
    let bounds = |of: fn(&(f64, f64)) -> f64| {
        let logs = || points().map(|point| of(point).log10());
        (
            logs().fold(f64::MAX, f64::min).floor(),
            logs().fold(f64::MIN, f64::max).ceil(),
        )
    };
    let ((x_low, x_high), (y_low, y_high)) = (bounds(|p| p.0), bounds(|p| p.1));
    let (left, top, width, height) = (shift + 60.0, 40.0, 330.0, 210.0);
    let x = |value: f64| left + (value.log10() - x_low) / (x_high - x_low).max(1.0) * width;
    let y = |value: f64| top + (y_high - value.log10()) / (y_high - y_low).max(1.0) * height;
    let mut out = text(left, 20.0, "start", title);
    for power in x_low as i32..=x_high as i32 {
        let place = x(10f64.powi(power));
        out += &line("class=\"grid\"", (place, top), (place, top + height));
        out += &text(place, top + height + 16.0, "middle", &format!("1e{power}"));
    }
    for power in y_low as i32..=y_high as i32 {
        let value = 10f64.powi(power);
        out += &line("class=\"grid\"", (left, y(value)), (left + width, y(value)));
        out += &text(left - 6.0, y(value) + 4.0, "end", &value.to_string());
    }
    for (at, (name, points)) in series.iter().enumerate() {
        let path: Vec<String> = points
            .iter()
            .map(|p| format!("{:.1},{:.1}", x(p.0), y(p.1)))
            .collect();
        let colour = COLOURS[at];
        let path = path.join(" ");
        writeln!(
            out,
            "<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>"
        )
        .unwrap();
        let place = top + height + 36.0 + at as f64 * 16.0;
        writeln!(
            out,
            "<circle cx=\"{left}\" cy=\"{:.1}\" r=\"4\" fill=\"{colour}\"/>",
            place - 4.0
        )
        .unwrap();
        out += &text(left + 8.0, place, "start", name);
    }
    out
}
