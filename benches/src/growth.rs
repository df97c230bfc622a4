//! How cost grows: with the number of open connections, and with the length of a line.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socketbook::{Address, RB, ServerOptions, Socket, create_server_with};

use crate::peers::{Libc, Ours, Peer, Std};

/// With so many connections open.
pub struct Connections {
    pub count: usize,
    pub processes: usize,
    /// To open one, and to send 64 bytes over one and receive them, each in turn.
    pub open_us: f64,
    pub message_us: f64,
    /// What one more adds to the memory of this process.
    pub bytes_each: f64,
}

/// A line of so many bytes, from send to the whole of it in hand.
pub struct LongLine {
    pub len: usize,
    pub ours_ns: f64,
    pub std_ns: f64,
    pub libc_ns: f64,
}

impl Connections {
    /// The best of each: what else the machine does only adds to it.
    fn best(self, other: Connections) -> Connections {
        Connections {
            open_us: self.open_us.min(other.open_us),
            message_us: self.message_us.min(other.message_us),
            // The first: later runs find memory that it has left.
            ..self
        }
    }
}

pub struct Growth {
    pub connections: Vec<Connections>,
    pub lines: Vec<LongLine>,
}

pub fn measure() -> Growth {
    let most = most_descriptors();
    let mut connections = Vec::new();
    for processes in [1, 2] {
        for count in [1, 10, 100, 1_000, 10_000] {
            // With both ends here, a connection has two descriptors.
            let count = count.min((most - 50) * processes / 2);
            let runs = (0..3).map(|_| open(count, processes));
            connections.push(runs.reduce(Connections::best).unwrap());
        }
    }
    let lines = (0..=26)
        .step_by(2)
        .map(|power| long_line(1 << power))
        .collect();
    Growth { connections, lines }
}

/// As many as the system lets us have, with the limit raised as far as it goes.
fn most_descriptors() -> usize {
    let wanted = 24_000;
    let raised = Rlimit {
        current: Some(wanted),
        maximum: Some(wanted),
    };
    if setrlimit(Resource::Nofile, raised).is_err() {
        let maximum = getrlimit(Resource::Nofile).maximum;
        let _ = setrlimit(
            Resource::Nofile,
            Rlimit {
                current: maximum,
                maximum,
            },
        );
    }
    getrlimit(Resource::Nofile).current.unwrap_or(wanted) as usize
}

/// Memory of this process in bytes, without what it shares.
fn memory() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    kib.unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse::<f64>()
        .unwrap()
        * 1024.0
}

fn open(count: usize, processes: usize) -> Connections {
    type P = Ours<false>;
    P::prepare();
    // Room for a client that is quicker than we are: what is dropped is tried again a second later.
    let listener = ("127.0.0.1", 0);
    let listener = create_server_with(listener, &ServerOptions::new().backlog(16_384)).unwrap();
    let to = listener.getsockname().unwrap();
    let mut other = (processes == 2).then(|| {
        Command::new(std::env::current_exe().unwrap())
            .args([
                "--hold",
                &to.port().unwrap().to_string(),
                &count.to_string(),
            ])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap()
    });
    if other.is_some() {
        // Its first connection says that it has started.
        drop(P::accept(&listener));
    }
    let (mut near, mut far) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let before = memory();
    let start = Instant::now();
    for _ in 0..count {
        if other.is_none() {
            far.push(P::connect(&to));
        }
        near.push(P::accept(&listener));
    }
    let open_us = start.elapsed().as_secs_f64() * 1e6 / count as f64;
    let bytes_each = (memory() - before).max(0.0) / count as f64;
    let rounds = (20_000 / count).max(1);
    let mut buffer = [0; 64];
    let mut talk = || {
        for (at, conn) in near.iter().enumerate() {
            // With one process the other end answers here, else over there.
            P::send(conn, &[1; 64]);
            if let Some(peer) = far.get(at) {
                P::recv(peer, &mut buffer);
                P::send(peer, &[1; 64]);
            }
            P::recv(conn, &mut buffer);
        }
    };
    talk();
    let start = Instant::now();
    for _ in 0..rounds {
        talk();
    }
    let message_us = start.elapsed().as_secs_f64() * 1e6 / (rounds * count) as f64;
    drop((near, far));
    if let Some(other) = &mut other {
        other.wait().unwrap();
    }
    Connections {
        count,
        processes,
        open_us,
        message_us,
        bytes_each,
    }
}

/// The other process: opens the connections, and answers on each in turn until they end.
pub fn hold(port: u16, count: usize) {
    most_descriptors();
    let to = Address::from(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    drop(Ours::<false>::connect(&to));
    let connections: Vec<Socket> = (0..count).map(|_| Ours::<false>::connect(&to)).collect();
    let mut buffer = [0; 64];
    loop {
        for connection in &connections {
            // An error is the other's reset, and the end like an empty receive.
            match connection.recv_into(&mut buffer) {
                Ok(1..) => connection.sendall(&buffer).unwrap(),
                _ => return,
            }
        }
    }
}

fn long_line(len: usize) -> LongLine {
    let mut line = vec![b'x'; len];
    line[len - 1] = b'\n';
    LongLine {
        len,
        ours_ns: time_line::<Ours<false>>(&line, |stream, times| {
            let mut file = stream.makefile(RB.limit(usize::MAX));
            for _ in 0..times {
                assert_eq!(black_box(file.readline().unwrap()).len(), len);
            }
        }),
        std_ns: time_line::<Std<false>>(&line, |stream, times| {
            let mut reader = BufReader::new(stream);
            let mut line = Vec::new();
            for _ in 0..times {
                line.clear();
                assert_eq!(reader.read_until(b'\n', &mut line).unwrap(), len);
                black_box(&line);
            }
        }),
        // No line at all: what the bytes themselves cost.
        libc_ns: time_line::<Libc<false>>(&line, |stream, times| {
            let mut buffer = vec![0; 64 << 10];
            let mut left = len * times;
            while left > 0 {
                left -= Libc::<false>::recv(stream, &mut buffer);
            }
        }),
    }
}

/// The time of a line, in the best of several runs.
fn time_line<P: Peer>(line: &[u8], read: impl Fn(&P::Stream, usize)) -> f64 {
    let times = ((4 << 20) / line.len()).clamp(1, 20_000);
    let many = line.repeat((65_536 / line.len()).clamp(1, times));
    let runs = (0..5).map(|_| {
        let (listener, address) = P::listen();
        let sender = P::connect(&P::address(address));
        let reader = P::accept(&listener);
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut left = line.len() * times;
                while left > 0 {
                    let part = &many[..many.len().min(left)];
                    P::sendall(&sender, part);
                    left -= part.len();
                }
            });
            let start = Instant::now();
            read(&reader, times);
            start.elapsed()
        })
    });
    runs.min().unwrap_or(Duration::MAX).as_nanos() as f64 / times as f64
}

const CONNECTIONS: [&str; 5] = [
    "connections",
    "processes",
    "open us",
    "message us",
    "bytes each",
];
const LINES: [&str; 4] = ["line bytes", "socketbook ns", "std ns", "recv alone ns"];

fn cells(growth: &Growth) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
    let connections = growth.connections.iter().map(|at| {
        vec![
            at.count.to_string(),
            at.processes.to_string(),
            format!("{:.1}", at.open_us),
            format!("{:.1}", at.message_us),
            format!("{:.0}", at.bytes_each),
        ]
    });
    let lines = growth.lines.iter().map(|at| {
        let times = [at.ours_ns, at.std_ns, at.libc_ns].map(|ns| format!("{ns:.0}"));
        [vec![at.len.to_string()], times.to_vec()].concat()
    });
    (connections.collect(), lines.collect())
}

fn joined(head: &[&str], rows: &[Vec<String>], between: &str) -> String {
    let mut text = head.join(between);
    for row in rows {
        write!(text, "\n{}", row.join(between)).unwrap();
    }
    text + "\n"
}

pub fn tsv(growth: &Growth) -> String {
    let (connections, lines) = cells(growth);
    joined(&CONNECTIONS, &connections, "\t") + "\n" + &joined(&LINES, &lines, "\t")
}

/// What [`tsv`] has written.
pub fn read(text: &str) -> Growth {
    let mut growth = Growth {
        connections: Vec::new(),
        lines: Vec::new(),
    };
    for line in text.lines() {
        let cells: Vec<Option<f64>> = line.split('\t').map(|cell| cell.parse().ok()).collect();
        match cells[..] {
            [
                Some(count),
                Some(processes),
                Some(open_us),
                Some(message_us),
                Some(bytes_each),
            ] => {
                growth.connections.push(Connections {
                    count: count as usize,
                    processes: processes as usize,
                    open_us,
                    message_us,
                    bytes_each,
                });
            }
            [Some(len), Some(ours_ns), Some(std_ns), Some(libc_ns)] => {
                growth.lines.push(LongLine {
                    len: len as usize,
                    ours_ns,
                    std_ns,
                    libc_ns,
                });
            }
            // What was measured, and the names of the columns.
            _ => {}
        }
    }
    growth
}

/// The two tables, as Markdown.
pub fn tables(growth: &Growth) -> (String, String) {
    let table = |head: &[&str], rows: &[Vec<String>]| {
        let text = joined(head, rows, " | ");
        let (first, rest) = text.split_once('\n').unwrap();
        let rule = vec!["--:"; head.len()].join(" | ");
        let rest: String = rest.lines().map(|line| format!("| {line} |\n")).collect();
        format!("| {first} |\n| {rule} |\n{rest}")
    };
    let (connections, lines) = cells(growth);
    (table(&CONNECTIONS, &connections), table(&LINES, &lines))
}
