//! The book's page of all names of Python's module, beside the crate and beside Python.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use crate::compiler::errors_of;
use crate::support::*;

const PAGE: &str = "book/en/src/coverage.md";

/// What a row says of its names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Has,
    Partly,
    Lacks,
}

/// One row of the page.
struct Row {
    /// The heading above it.
    section: String,
    /// The line of the page, counted from 1.
    line: usize,
    /// In Python.
    names: Vec<String>,
    state: State,
    /// What they are here: names and calls.
    here: Vec<String>,
}

/// The code in a cell of a table.
fn code(cell: &str) -> Vec<String> {
    let spans = cell.split('`').skip(1).step_by(2);
    spans.map(str::to_owned).collect()
}

fn rows() -> Vec<Row> {
    let page = fs::read_to_string(PAGE).unwrap();
    let mut rows = Vec::new();
    let mut section = None;
    for (at, line) in page.lines().enumerate() {
        if let Some(title) = line.strip_prefix("## ") {
            section = Some(title.to_owned()).filter(|title| title != "Left out");
        }
        let Some(section) = section.clone().filter(|_| line.starts_with("| `")) else {
            continue;
        };
        let (place, cells) = (format!("{PAGE}:{}", at + 1), line.split('|'));
        let cells: Vec<&str> = cells.map(str::trim).collect();
        let [_, names, here, note, _] = cells[..] else {
            panic!("{place}: a row has three cells: {line}");
        };
        let names = code(names);
        let (state, here) = match here {
            "the same" => (State::Has, names.clone()),
            "no" => (State::Lacks, Vec::new()),
            _ if here.starts_with("partly: `") => (State::Partly, code(here)),
            _ => (State::Has, code(here)),
        };
        assert_eq!(here.is_empty(), state == State::Lacks, "{place}: {line}");
        let explained = state == State::Has || !note.is_empty();
        assert!(explained, "{place}: say what is missing, and why: {line}");
        let line = at + 1;
        rows.push(Row {
            section,
            line,
            names,
            state,
            here,
        });
    }
    assert!(rows.len() > 50, "{}", rows.len());
    rows
}

/// What the calls of the page are about.
const GIVEN: &str = "#![allow(unused)]
use std::fs::File;
use std::io::{IoSlice, IoSliceMut};
use std::os::fd::OwnedFd;
use std::time::Duration;
use socketbook::*;

struct Given {
    s: Socket,
    fd: OwnedFd,
    file: File,
    error: Error,
    family: AddressFamily,
    kind: SocketKind,
    proto: Protocol,
    address: (&'static str, u16),
    host: &'static str,
    data: &'static [u8],
    flags: MsgFlags,
    room: usize,
    timeout: Duration,
    pid: i32,
    uid: u32,
    gid: u32,
}

fn main() {}
";

#[test]
fn what_python_names_are_here_compiles() {
    let mut program = GIVEN.to_owned();
    for row in rows() {
        for (at, here) in row.here.iter().enumerate() {
            let place = format!("// {PAGE}:{}", row.line);
            let is_name = here.chars().all(|c| c.is_alphanumeric() || c == '_');
            let line = if is_name {
                format!("use socketbook::{here} as _; {place}")
            } else {
                format!(
                    "fn row_{}_{at}(given: Given) {{
                    let Given {{ s, fd, file, error, family, kind, proto, address, host, data,
                        flags, room, timeout, pid, uid, gid }} = given;
                    let (mut buffer, mut other) = ([0; 64], [0; 64]);
                    let mut buffers = [IoSliceMut::new(&mut other)];
                    let pieces = [IoSlice::new(data)];
                    let _ = {here}; {place}
                    }}",
                    row.line
                )
            };
            writeln!(program, "{line}").unwrap();
        }
    }
    if let Some(errors) = errors_of("coverage", &program) {
        assert!(errors.is_empty(), "{errors}");
    }
}

#[test]
fn what_is_said_not_to_be_here_is_not() {
    let lacks = rows().into_iter().filter(|row| row.state == State::Lacks);
    let names: Vec<String> = lacks.flat_map(|row| row.names).collect();
    let mut program = String::from("fn main() {}\n");
    for name in &names {
        writeln!(program, "use socketbook::{name} as _;").unwrap();
    }
    let Some(errors) = errors_of("lacks", &program) else {
        return;
    };
    for name in names {
        let unresolved = errors.contains(&format!("`socketbook::{name}`"));
        assert!(unresolved, "{name} is here, and {PAGE} says no\n{errors}");
    }
}

#[test]
fn each_name_stands_once_and_the_counts_are_right() {
    let rows = rows();
    let mut seen = BTreeSet::new();
    for row in &rows {
        let methods = row.section == "Methods and attributes";
        for name in &row.names {
            assert!(seen.insert((methods, name)), "{name} stands twice");
        }
    }
    let count = |rows: &[&Row], state| -> usize {
        let rows = rows.iter().filter(|row| row.state == state);
        rows.map(|row| row.names.len()).sum()
    };
    let line = |title: &str, rows: &[&Row]| {
        let all: usize = rows.iter().map(|row| row.names.len()).sum();
        let [has, partly, lacks] =
            [State::Has, State::Partly, State::Lacks].map(|state| count(rows, state));
        format!("| {title} | {all} | {has} | {partly} | {lacks} |")
    };
    let page = fs::read_to_string(PAGE).unwrap();
    let mut titles: Vec<&str> = Vec::new();
    for row in &rows {
        if titles.last() != Some(&&*row.section) {
            titles.push(&row.section);
        }
    }
    let mut expected: Vec<String> = titles
        .iter()
        .map(|title| {
            let rows = rows.iter().filter(|row| row.section == *title);
            line(title, &rows.collect::<Vec<_>>())
        })
        .collect();
    expected.push(line("all", &rows.iter().collect::<Vec<_>>()));
    // `[Families](#families)` without its link.
    let found = page
        .lines()
        .filter(|line| line.starts_with("| [") || line.starts_with("| all "));
    let found: Vec<String> = found
        .map(|line| match (line.find('['), line.find("](")) {
            (Some(open), Some(close)) => {
                let end = close + line[close..].find(')').unwrap();
                format!("| {}{}", &line[open + 1..close], &line[end + 1..])
            }
            _ => line.to_owned(),
        })
        .collect();
    assert_eq!(found, expected);
    let methods = seen.iter().filter(|(methods, _)| *methods).count();
    let sentence = format!(
        "{} names in the module, and {methods} methods and attributes of a socket",
        seen.len() - methods
    );
    // Wherever its lines end.
    let says = |text: &str, sentence: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").contains(sentence)
    };
    assert!(says(&page, &sentence), "the page should say: {sentence}");
    let all = rows.iter().collect::<Vec<_>>();
    let sentence = format!(
        "Of the {} names that Python's module and its sockets have, {} are here and {} in part.",
        seen.len(),
        count(&all, State::Has),
        count(&all, State::Partly)
    );
    let readme = fs::read_to_string("README.md").unwrap();
    assert!(says(&readme, &sentence), "README.md should say: {sentence}");
}

/// How the names of families begin that the page leaves out, and of what belongs to them.
const OTHER_FAMILIES: &[&str] = &[
    "socket.sendmsg_afalg",
    "AF_",
    "ALG_",
    "BDADDR_",
    "BT",
    "CAN_",
    "ETHERTYPE_",
    "ETH_P_",
    "HCI_",
    "HV",
    "IOCTL_VM_",
    "J1939_",
    "L2CAP_",
    "NETLINK_",
    "PACKET_",
    "PF_",
    "RDS_",
    "SCM_J1939_",
    "SOL_ALG",
    "SOL_BLUETOOTH",
    "SOL_CAN_",
    "SOL_HCI",
    "SOL_L2CAP",
    "SOL_RDS",
    "SOL_RFCOMM",
    "SOL_SCO",
    "SOL_TIPC",
    "SO_BTH_",
    "SO_HCI_",
    "SO_J1939_",
    "SO_L2CAP_",
    "SO_RFCOMM_",
    "SO_SCO_",
    "SO_VM_",
    "TIPC_",
    "VMADDR_",
    "VM_SOCKETS_",
];

const NAMES: &str = "
import inspect, socket, sys
print(*sys.version_info[:2])
for name, value in vars(socket).items():
    imported = inspect.ismodule(value) or getattr(value, '__module__', None) == 'enum'
    if not (name.startswith('_') or imported or name == 'CAPI'):
        print(name)
for name in dir(socket.socket):
    if not name.startswith('_'):
        print('socket.' + name)
";

#[test]
fn python_has_no_name_that_the_page_lacks() {
    if !have("python3") {
        return;
    }
    let output = python_command()
        .unwrap()
        .args(["-c", NAMES])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let output = String::from_utf8(output.stdout).unwrap();
    let (version, names) = output.split_once('\n').unwrap();
    let (major, minor) = version.split_once(' ').unwrap();
    let version: (u32, u32) = (major.parse().unwrap(), minor.parse().unwrap());
    let known: BTreeSet<String> = rows()
        .into_iter()
        .flat_map(|row| {
            let methods = row.section == "Methods and attributes";
            let before = if methods { "socket." } else { "" };
            row.names
                .into_iter()
                .map(move |name| format!("{before}{name}"))
        })
        .collect();
    let is_known = |name: &str| known.contains(name);
    let is_left_out = |name: &str| OTHER_FAMILIES.iter().any(|start| name.starts_with(start));
    assert!(
        names.lines().filter(|name| is_known(name)).count() > 200,
        "{names}"
    );
    let unknown = names
        .lines()
        .filter(|name| !is_known(name) && !is_left_out(name));
    let unknown: Vec<&str> = unknown.collect();
    if version > (3, 13) && !unknown.is_empty() {
        return skipped(&format!(
            "Python {major}.{minor} is newer than {PAGE}: {unknown:?}"
        ));
    }
    assert!(unknown.is_empty(), "{PAGE} has no row for {unknown:?}");
}
