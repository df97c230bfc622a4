//! What a run leaves behind: benches/results/, for the book.

use std::fmt::{self, Write as _};
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::growth::{self, Growth};
use crate::measure::Quartiles;
use crate::plot;

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
        put("wall.svg", &plot::wall(&self.lines));
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

    /// A table for each measure: a row for each row, a column for each contender.
    fn markdown(&self) -> String {
        let mut text = format!("{}\n", self.about);
        let cell = |line: &Line| format!("{:.2}", line.wall.median);
        self.table(&mut text, "Wall time, libc's being 1 (median)", cell);
        let cell = |line: &Line| {
            let Quartiles { low, high, .. } = line.wall;
            format!("{low:.2} to {high:.2}")
        };
        self.table(&mut text, "Its quartiles", cell);
        self.table(
            &mut text,
            "System calls of an operation, both sides",
            |line| number(line.calls, 1),
        );
        let cell = |line: &Line| number(line.instructions, 0);
        self.table(
            &mut text,
            "Instructions in user space of an operation, both sides",
            cell,
        );
        text
    }

    fn table(&self, text: &mut String, title: &str, cell: impl Fn(&Line) -> String) {
        let first = self.lines[0].row;
        let columns: Vec<&str> = self
            .lines
            .iter()
            .take_while(|line| line.row == first)
            .map(|line| line.contender)
            .collect();
        write!(
            text,
            "\n{title}\n\n| |{}|\n|---|{}\n",
            columns.join("|"),
            "--:|".repeat(columns.len())
        )
        .unwrap();
        for lines in self.lines.chunks(columns.len()) {
            let cells: Vec<String> = lines.iter().map(&cell).collect();
            writeln!(text, "|{}|{}|", lines[0].row, cells.join("|")).unwrap();
        }
    }
}

/// How cost grows, printed and written.
pub fn write_growth(growth: &Growth) {
    let about = about();
    let markdown = growth::markdown(growth);
    println!("\n{markdown}");
    put("growth.tsv", &format!("# {about}\n{}", growth::tsv(growth)));
    put("growth.md", &format!("{about}\n\n{markdown}"));
    put("growth.svg", &plot::growth(growth));
}

fn put(name: &str, text: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
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
