//! What a run leaves behind: benches/results/, for the book.

use std::fmt::{self, Write as _};
use std::fs;
use std::process::Command;

use crate::contenders::CONTENDERS;
use crate::growth::{self, Growth};
use crate::measure::Quartiles;
use crate::plot;
use crate::rows::ROWS;

/// One contender in one row.
pub struct Line {
    pub row: &'static str,
    pub contender: &'static str,
    pub wall: Quartiles,
    pub libc_ns: f64,
    pub calls: Option<f64>,
    pub instructions: Option<f64>,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Quartiles { low, median, high } = self.wall;
        write!(
            f,
            "  {:13} wall {median:5.2} ({low:.2} to {high:.2})   calls {:>7}   instructions {:>9}",
            self.contender,
            number(self.calls, 1),
            number(self.instructions, 0),
        )
    }
}

fn number(value: Option<f64>, decimals: usize) -> String {
    // + 0.0 takes the sign from a zero.
    value.map_or("-".to_owned(), |value| {
        format!("{:.decimals$}", value.max(0.0) + 0.0)
    })
}

pub struct Report {
    pub lines: Vec<Line>,
    about: String,
}

impl Report {
    pub fn new() -> Report {
        let about = about();
        println!("{about}");
        Report {
            lines: Vec::new(),
            about,
        }
    }

    pub fn write(&self) {
        put("results.tsv", &self.tsv());
        put("results.md", &self.markdown());
        self.draw();
    }

    fn draw(&self) {
        for (name, when, contenders) in [
            ("wall.svg", "", &PLAIN[1..]),
            ("wall-timed.svg", " under a timeout", &TIMED[1..]),
        ] {
            let title = format!("Wall time{when} as a ratio to raw libc, left is faster");
            put(name, &plot::wall(&title, &self.lines, contenders));
        }
    }

    /// What [`Report::tsv`] has written.
    fn read(text: &str) -> Report {
        let mut report = Report {
            lines: Vec::new(),
            about: String::new(),
        };
        for line in text.lines().skip(2) {
            let cells: Vec<&str> = line.split('\t').collect();
            let value = |at: usize| cells[at].parse::<f64>().ok();
            let row = crate::find(cells[0]).expect("a row of the benchmark");
            let contender = CONTENDERS.iter().find(|one| one.name == cells[1]);
            report.lines.push(Line {
                row: row.name,
                contender: contender.expect("a contender of the benchmark").name,
                wall: Quartiles {
                    median: value(2).unwrap(),
                    low: value(3).unwrap(),
                    high: value(4).unwrap(),
                },
                libc_ns: value(5).unwrap(),
                calls: value(6),
                instructions: value(7),
            });
        }
        report
    }

    fn tsv(&self) -> String {
        let mut text = format!("# {}\n", self.about);
        text += "row\tcontender\twall_median\twall_low\twall_high\tlibc_ns\tcalls\tinstructions\n";
        for line in &self.lines {
            let Quartiles { low, median, high } = line.wall;
            writeln!(
                text,
                "{}\t{}\t{median:.3}\t{low:.3}\t{high:.3}\t{:.1}\t{}\t{}",
                line.row,
                line.contender,
                line.libc_ns,
                number(line.calls, 2),
                number(line.instructions, 1),
            )
            .unwrap();
        }
        text
    }

    /// A table for each measure: a row for each row, a column for each contender. The book includes
    /// them by their anchors.
    fn markdown(&self) -> String {
        let mut text = String::new();
        section(&mut text, "about", &self.about);

        let mut rows = "| Row | One operation | Raw libc |\n|---|---|--:|\n".to_owned();
        for row in ROWS {
            let libc_ns = self.find(row.name, "libc").map_or(0.0, |line| line.libc_ns);
            let time = match libc_ns {
                ..1e3 => format!("{libc_ns:.0} ns"),
                ..1e6 => format!("{:.1} µs", libc_ns / 1e3),
                _ => format!("{:.1} ms", libc_ns / 1e6),
            };
            writeln!(rows, "| {} | {} | {time} |", row.name, row.about).unwrap();
        }
        section(&mut text, "rows", &rows);

        let measures: [(&str, Cell); 4] = [
            ("wall", |line| format!("{:.2}", line.wall.median)),
            ("quartiles", |line| {
                format!("{:.2} to {:.2}", line.wall.low, line.wall.high)
            }),
            // A line is a small part of a call.
            ("calls", |line| {
                number(line.calls, if line.calls < Some(0.1) { 4 } else { 1 })
            }),
            ("instructions", |line| number(line.instructions, 0)),
        ];
        for (name, cell) in measures {
            section(&mut text, name, &self.table(&PLAIN, cell));
            section(
                &mut text,
                &format!("{name}-timed"),
                &self.table(&TIMED, cell),
            );
        }
        text
    }

    fn table(&self, contenders: &[&str], cell: Cell) -> String {
        let heads: Vec<&str> = contenders.iter().map(|name| short(name)).collect();
        let mut text = format!(
            "| Row | {} |\n|---|{}\n",
            heads.join(" | "),
            "--:|".repeat(heads.len())
        );
        for row in ROWS {
            let cells = contenders.iter().map(|name| {
                let line = self.find(row.name, name);
                line.map_or("-".to_owned(), cell)
            });
            let cells: Vec<String> = cells.collect();
            writeln!(text, "| {} | {} |", row.name, cells.join(" | ")).unwrap();
        }
        text
    }

    fn find(&self, row: &str, contender: &str) -> Option<&Line> {
        let this = |line: &&Line| line.row == row && line.contender == contender;
        self.lines.iter().find(this)
    }
}

/// What a cell of a table says of a line.
type Cell = fn(&Line) -> String;

/// The columns of a table.
const PLAIN: [&str; 6] = [
    "libc again",
    "socketbook",
    "std",
    "socket2",
    "rustix",
    "CPython",
];

const TIMED: [&str; 6] = [
    "libc+t",
    "socketbook+t",
    "std+t",
    "socket2+t",
    "rustix+t",
    "CPython+t",
];

/// The name of a contender where it is said that all have a timeout.
pub fn short(contender: &str) -> &str {
    contender.trim_end_matches("+t")
}

/// A part that a page of the book can include.
fn section(text: &mut String, name: &str, part: &str) {
    writeln!(
        text,
        "<!-- ANCHOR: {name} -->\n{}\n<!-- ANCHOR_END: {name} -->\n",
        part.trim_end()
    )
    .unwrap();
}

/// How cost grows, printed and written.
pub fn write_growth(growth: &Growth) {
    let about = about();
    let (connections, lines) = growth::tables(growth);
    println!("\n{connections}\n{lines}");
    let mut markdown = String::new();
    section(&mut markdown, "about", &about);
    section(&mut markdown, "connections", &connections);
    section(&mut markdown, "lines", &lines);
    put("growth.tsv", &format!("# {about}\n{}", growth::tsv(growth)));
    put("growth.md", &markdown);
    draw_growth(growth);
}

/// The plots, drawn again from the numbers in results.tsv and growth.tsv.
pub fn draw() {
    let get = |name: &str| fs::read_to_string(crate::package().join("results").join(name)).unwrap();
    Report::read(&get("results.tsv")).draw();
    draw_growth(&growth::read(&get("growth.tsv")));
}

fn draw_growth(growth: &Growth) {
    put("connections.svg", &plot::connections(growth));
    put("lines.svg", &plot::lines(growth));
}

pub fn write_faults(table: &str) {
    let mut text = String::new();
    section(&mut text, "about", &about());
    section(&mut text, "faults", table);
    put("faults.md", &text);
}

fn put(name: &str, text: &str) {
    let folder = crate::package().join("results");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), text).unwrap();
    println!("Written: benches/results/{name}");
}

/// Date, machine and command.
fn about() -> String {
    let output = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output();
        output.map_or_else(
            |_| "unknown".to_owned(),
            |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        )
    };
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    format!(
        "Measured on {} with `cargo bench`: Linux {}, {} x {}, {}, {}.",
        output("date", &["+%Y-%m-%d"]),
        output("uname", &["-r"]),
        std::thread::available_parallelism().map_or(1, |cores| cores.get()),
        model.map_or("unknown processor", |(_, model)| model),
        output("rustc", &["--version"]),
        output("python3", &["--version"]),
    )
}
