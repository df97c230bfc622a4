//! The plots, as SVG by hand, in the colours of the page that includes them. On a phone they're scaled
//! down, and their text is larger in its own units (`svg.plot` in `site.css`): there is room for it.

use std::fmt::Write as _;

use crate::growth::{Connections, Growth, LongLine};
use crate::measure::Quartiles;
use crate::report::{Line, short};

const WIDTH: f64 = 640.0;

/// The theme's colours, or our own where there is no theme.
const COLOURS: [&str; 5] = [
    "var(--accent, #0a5a9c)",
    "var(--accent-2, #a8500f)",
    "var(--alarm, #b3261e)",
    "var(--muted, #5c6268)",
    "currentColor",
];

fn svg(title: &str, height: f64, inside: &str) -> String {
    format!(
        "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" role=\"img\" \
         xmlns=\"http://www.w3.org/2000/svg\" aria-label=\"{title}\" font-size=\"16\" \
         font-family=\"sans-serif\" fill=\"currentColor\">\n<title>{title}</title>\n{inside}</svg>\n"
    )
}

fn line(stroke: &str, from: (f64, f64), to: (f64, f64)) -> String {
    let ((x1, y1), (x2, y2)) = (from, to);
    format!(
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{stroke}\"/>\n"
    )
}

fn grid(from: (f64, f64), to: (f64, f64)) -> String {
    line("var(--table-border-color, #ddd)", from, to)
}

fn text(x: f64, y: f64, anchor: &str, what: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{what}</text>\n")
}

/// Each contender has a shape of its own, for eyes and printers without colours.
fn mark(which: usize, x: f64, y: f64) -> String {
    let colour = COLOURS[which];
    let path = match which {
        0 => return format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.2\" fill=\"{colour}\"/>\n"),
        1 => "m-3.5,-3.5h7v7h-7z",
        2 => "m0,-4.6l4.6,4.6l-4.6,4.6l-4.6,-4.6z",
        3 => "m0,-4.4l4.6,7.8h-9.2z",
        _ => "m-3.6,-3.6l7.2,7.2m0,-7.2l-7.2,7.2",
    };
    format!("<path d=\"M{x:.1},{y:.1}{path}\" fill=\"{colour}\" stroke=\"{colour}\"/>\n")
}

/// Wall time of each row against libc: a mark at the median, a bar from quartile to quartile.
pub fn wall(title: &str, lines: &[Line], contenders: &[&str]) -> String {
    let mut rows: Vec<&str> = lines.iter().map(|line| line.row).collect();
    rows.dedup();
    let find = |row: &str, name: &str| {
        let of = |line: &&Line| line.row == row && line.contender == name;
        lines.iter().find(of).map(|line| line.wall)
    };
    let shown = || {
        let among = |line: &&Line| contenders.contains(&line.contender);
        lines.iter().filter(among).map(|line| line.wall)
    };
    // Powers of two, as far as the marks and bars go.
    let low = shown().map(|wall| wall.low).fold(0.5, f64::min).log2();
    let high = shown().map(|wall| wall.high).fold(2.0, f64::max).log2();
    let (low, high) = (low.floor(), high.ceil());
    let (left, top, width, step) = (16.0, 76.0, WIDTH - 32.0, 66.0);
    let bottom = top + step * rows.len() as f64;
    let x = |ratio: f64| left + (ratio.log2() - low) / (high - low) * width;

    let mut out = String::new();
    let mut place = 8.0;
    for (at, name) in contenders.iter().map(|name| short(name)).enumerate() {
        out += &mark(at, place, 13.0);
        out += &text(place + 12.0, 19.0, "start", name);
        place += 38.0 + name.len() as f64 * 10.5;
    }
    let axis = "time, as a multiple of raw libc's";
    out += &text(
        WIDTH / 2.0,
        47.0,
        "middle",
        &format!("← faster · {axis} · slower →"),
    );
    out += &text(WIDTH / 2.0, bottom + 44.0, "middle", axis);
    for power in low as i32..=high as i32 {
        let tick = 2f64.powi(power);
        let stroke = match power {
            0 => "currentColor",
            _ => "var(--table-border-color, #ddd)",
        };
        out += &line(stroke, (x(tick), top), (x(tick), bottom));
        for y in [top - 8.0, bottom + 21.0] {
            out += &text(x(tick), y, "middle", &tick.to_string());
        }
    }
    for (at, row) in rows.iter().enumerate() {
        let y = top + step * at as f64;
        out += &grid((0.0, y), (WIDTH, y));
        let about = crate::find(row).map_or("", |row| row.about);
        out += &text(2.0, y + 18.0, "start", &format!("{row}: {about}"));
        for (which, name) in contenders.iter().enumerate() {
            let y = y + 27.0 + which as f64 * 8.0;
            if let Some(Quartiles { low, median, high }) = find(row, name) {
                out += &line(COLOURS[which], (x(low), y), (x(high), y));
                out += &mark(which, x(median), y);
            }
        }
    }
    svg(title, bottom + 52.0, &out)
}

/// A line of a plot: its name and its points.
type Series<'s> = (&'s str, Vec<(f64, f64)>);

pub fn connections(growth: &Growth) -> String {
    let of = |processes: usize, value: fn(&Connections) -> f64| {
        let all = growth.connections.iter();
        let those = all.filter(|at| at.processes == processes);
        those.map(|at| (at.count as f64, value(at))).collect()
    };
    chart(
        "How long a connection and a message take, by the number of connections",
        ("open connections", "microseconds"),
        &[
            (
                "to open one, both ends in one process",
                of(1, |at| at.open_us),
            ),
            ("to open one, two processes", of(2, |at| at.open_us)),
            (
                "a message there and back, one process",
                of(1, |at| at.message_us),
            ),
            (
                "a message there and back, two processes",
                of(2, |at| at.message_us),
            ),
        ],
    )
}

pub fn lines(growth: &Growth) -> String {
    let of = |value: fn(&LongLine) -> f64| {
        let all = growth.lines.iter();
        all.map(|at| (at.len as f64, value(at) / at.len as f64))
            .collect()
    };
    chart(
        "How long each byte of a line takes, by the length of the line",
        ("bytes in a line", "nanoseconds per byte"),
        &[
            ("socketbook", of(|at| at.ours_ns)),
            ("std", of(|at| at.std_ns)),
            ("recv alone", of(|at| at.libc_ns)),
        ],
    )
}

/// Both scales are logarithmic. `axes` are their names, with the unit: of x and of y.
fn chart(title: &str, axes: (&str, &str), series: &[Series<'_>]) -> String {
    const DASHES: [&str; 4] = ["", "10 4", "3 4", "11 4 3 4"];
    let points = || series.iter().flat_map(|(_, points)| points);
    let bounds = |of: fn(&(f64, f64)) -> f64| {
        let logs = || points().map(|point| of(point).log10());
        (
            logs().fold(f64::MAX, f64::min).floor(),
            logs().fold(f64::MIN, f64::max).ceil(),
        )
    };
    let ((x_low, x_high), (y_low, y_high)) = (bounds(|p| p.0), bounds(|p| p.1));
    let (left, top, width, height) = (60.0, 36.0, WIDTH - 90.0, 230.0);
    let x = |value: f64| left + (value.log10() - x_low) / (x_high - x_low).max(1.0) * width;
    let y = |value: f64| top + (y_high - value.log10()) / (y_high - y_low).max(1.0) * height;
    let mut out = text(0.0, 18.0, "start", axes.1);
    out += &text(left + width, top + height + 46.0, "end", axes.0);
    for power in x_low as i32..=x_high as i32 {
        let place = x(10f64.powi(power));
        out += &grid((place, top), (place, top + height));
        out += &text(place, top + height + 22.0, "middle", &power_of_ten(power));
    }
    for power in y_low as i32..=y_high as i32 {
        let place = y(10f64.powi(power));
        out += &grid((left, place), (left + width, place));
        out += &text(left - 8.0, place + 6.0, "end", &power_of_ten(power));
    }
    let legend = top + height + 76.0;
    for (at, (name, points)) in series.iter().enumerate() {
        let stroke = format!(
            "fill=\"none\" stroke=\"{}\" stroke-width=\"2.5\" stroke-dasharray=\"{}\"",
            COLOURS[at], DASHES[at]
        );
        let mut path = String::new();
        for point in points {
            write!(path, "{:.1},{:.1} ", x(point.0), y(point.1)).unwrap();
        }
        writeln!(out, "<polyline points=\"{}\" {stroke}/>", path.trim_end()).unwrap();
        let place = legend + at as f64 * 24.0;
        writeln!(out, "<path d=\"M{left},{:.1}h48\" {stroke}/>", place - 6.0).unwrap();
        out += &text(left + 60.0, place, "start", name);
    }
    svg(title, legend + 24.0 * series.len() as f64 - 12.0, &out)
}

/// A power of ten, in the space of three letters.
fn power_of_ten(power: i32) -> String {
    let unit = ["", "k", "M", "G"][(power.max(0) / 3) as usize];
    format!("{}{unit}", 10f64.powi(power - power.max(0) / 3 * 3))
}
