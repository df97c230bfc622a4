//! Properties, on made-up inputs: a file reads what was sent, however the bytes arrive and whatever
//! its buffer; an address is what was written, or bad input.
//!
//! Each is held against a model that has all the data at once and is a few lines long. A case that
//! fails prints its seed; `CASE_SEED=…` makes the same one again.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::thread;

use crate::support::dice::{Dice, made_up};
use crate::support::{have_ipv6, model};
use socketbook::{
    AF_INET, AF_INET6, Newline, R, RB, Result, SOCK_DGRAM, Socket, SocketFile, TextFile, ToAddress,
    socketpair,
};

/// A call on a file.
#[derive(Clone, Copy, Debug)]
enum Op {
    Read(usize),
    Read1(usize),
    Readline,
    ReadlineLimit(usize),
}

fn ops(dice: &mut Dice) -> Vec<Op> {
    dice.many(0..20, |dice| {
        // Most lines are short: small sizes meet their ends.
        let most = dice.pick(&[8, 30]);
        let size = dice.below(most);
        dice.pick(&[
            Op::Read(size),
            Op::Read1(size),
            Op::Readline,
            Op::ReadlineLimit(size),
        ])
    })
}

/// What is sent: text in which ends of lines and long characters are frequent, in pieces that mind
/// neither.
fn pieces(dice: &mut Dice) -> Vec<Vec<u8>> {
    let chars = ['a', 'b', ' ', '\n', '\n', '\r', '\r', 'é', '喂', '😀'];
    let text: String = dice
        .many(0..80, |dice| dice.pick(&chars))
        .into_iter()
        .collect();
    let mut rest = text.as_bytes();
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let (piece, more) = rest.split_at((1 + dice.below(11)).min(rest.len()));
        pieces.push(piece.to_vec());
        rest = more;
    }
    pieces
}

/// How the pieces arrive.
#[derive(Clone, Copy, Debug)]
enum Arrival {
    /// Each call finds just so many pieces there that it need not wait.
    InStep,
    /// From another thread, in the middle of the calls.
    Meanwhile,
}

fn arrival(dice: &mut Dice) -> Arrival {
    dice.pick(&[Arrival::InStep, Arrival::Meanwhile])
}

/// The sender: gives each piece when it is asked to, or all of them from a thread.
struct Sender {
    /// `None` when all is sent and the socket closed.
    socket: Option<Socket>,
    pieces: VecDeque<Vec<u8>>,
    sent: Vec<u8>,
}

impl Sender {
    fn new(socket: Socket, pieces: &[Vec<u8>], arrival: Arrival) -> Sender {
        let mut sender = Sender {
            socket: Some(socket),
            pieces: pieces.to_vec().into(),
            sent: Vec::new(),
        };
        if let Arrival::Meanwhile = arrival {
            let (socket, pieces) = (sender.socket.take(), std::mem::take(&mut sender.pieces));
            sender.sent = pieces.iter().flatten().copied().collect();
            thread::spawn(move || {
                for piece in pieces {
                    if socket.as_ref().unwrap().sendall(&piece).is_err() {
                        // The test has failed and dropped the file; it has said why.
                        return;
                    }
                    thread::yield_now();
                }
            });
        }
        sender
    }

    /// Sends pieces until what was sent is enough, or all of it and the end.
    fn send_until(&mut self, enough: impl Fn(&[u8]) -> bool) {
        // No let-chain: Rust 1.85 has none.
        while let Some(socket) = &self.socket {
            if enough(&self.sent) {
                return;
            }
            match self.pieces.pop_front() {
                Some(piece) => {
                    socket.sendall(&piece).unwrap();
                    self.sent.extend(piece);
                }
                None => self.socket = None,
            }
        }
    }
}

/// Makes the calls on a file of bytes, each beside the model, then reads the rest as lines.
fn bytes_as_sent(file: &mut SocketFile<Socket>, mut sender: Sender, ops: &[Op], all: &[u8]) {
    let mut rest = all;
    for op in ops {
        let used = all.len() - rest.len();
        let there = |sent: &[u8]| sent.len().saturating_sub(used);
        let line_there = |sent: &[u8]| sent.get(used..).is_some_and(|new| new.contains(&b'\n'));
        sender.send_until(|sent| match *op {
            Op::Read(size) => there(sent) >= size,
            Op::Read1(_) => there(sent) > 0,
            Op::Readline => line_there(sent),
            Op::ReadlineLimit(size) => line_there(sent) || there(sent) >= size,
        });
        let got = match *op {
            Op::Read(size) => {
                let got = file.read(size).unwrap();
                assert_eq!(got, &rest[..size.min(rest.len())]);
                got
            }
            Op::Read1(size) => {
                // How much there is, is not for the model to say.
                let got = file.read1(size).unwrap();
                assert!(got.len() <= size && rest.starts_with(&got));
                assert_eq!(got.is_empty(), size == 0 || rest.is_empty());
                got
            }
            Op::Readline => {
                let got = file.readline().unwrap().to_vec();
                assert_eq!(got, model::line(rest, Newline::Lf));
                got
            }
            Op::ReadlineLimit(size) => {
                let got = file.readline_limit(size).unwrap().to_vec();
                let line = model::line(rest, Newline::Lf);
                assert_eq!(got, &line[..size.min(line.len())]);
                got
            }
        };
        rest = &rest[got.len()..];
    }
    sender.send_until(|_| false);
    let lines: Vec<Vec<u8>> = file.lines().collect::<Result<_>>().unwrap();
    let mut expected = Vec::new();
    while !rest.is_empty() {
        let line = model::line(rest, Newline::Lf);
        rest = &rest[line.len()..];
        expected.push(model::bare_bytes(line).to_vec());
    }
    assert_eq!(lines, expected);
}

/// The same on a file of text. A limit counts bytes, and is at least 4.
fn text_as_sent(file: &mut TextFile<Socket>, mut sender: Sender, ops: &[Op], newline: Newline) {
    let mut all = sender.sent.clone();
    all.extend(sender.pieces.iter().flatten());
    let shown = translated(&all, newline);
    let mut rest = &*shown;
    for op in ops {
        let used = shown.len() - rest.len();
        sender.send_until(|sent| {
            // A character may be cut, and the \n of a \r\n may be missing: they come soon.
            let whole = cut_utf8(sent);
            let new = translated(whole, newline);
            let new = new.get(used..).unwrap_or_default();
            // A \r at the end may be half of a newline.
            let sure = newline == Newline::Universal || !new.ends_with('\r');
            let line = sure && model::line_end(new.as_bytes(), newline).is_some();
            match *op {
                Op::Read(size) | Op::Read1(size) => new.chars().count() >= size,
                Op::Readline => line,
                Op::ReadlineLimit(size) => line || new.len() >= size.max(4),
            }
        });
        let line = line(rest, newline);
        let (got, expected) = match *op {
            Op::Read(size) | Op::Read1(size) => {
                let expected: String = rest.chars().take(size).collect();
                (file.read(size).unwrap(), expected)
            }
            Op::Readline => (file.readline().unwrap().to_owned(), line.to_owned()),
            Op::ReadlineLimit(size) => {
                let size = size.max(4);
                let got = file.readline_limit(size).unwrap().to_owned();
                (got, text(model::cut(line.as_bytes(), size)).to_owned())
            }
        };
        assert_eq!(got, expected, "{op:?}");
        rest = &rest[got.len()..];
    }
    sender.send_until(|_| false);
    let lines: Vec<String> = file.lines().collect::<Result<_>>().unwrap();
    let mut expected = Vec::new();
    while !rest.is_empty() {
        let line = line(rest, newline);
        rest = &rest[line.len()..];
        expected.push(text(model::bare(line.as_bytes(), newline)).to_owned());
    }
    assert_eq!(lines, expected);
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn line(rest: &str, newline: Newline) -> &str {
    text(model::line(rest.as_bytes(), newline))
}

fn translated(all: &[u8], newline: Newline) -> String {
    text(&model::translated(all, newline)).to_owned()
}

/// The text without a part of a character at its end.
fn cut_utf8(bytes: &[u8]) -> &[u8] {
    let valid = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    &bytes[..valid]
}

fn newline(dice: &mut Dice) -> Newline {
    dice.pick(&[
        Newline::Universal,
        Newline::Untranslated,
        Newline::Lf,
        Newline::Cr,
        Newline::CrLf,
    ])
}

/// A port as written, and which it is.
fn port(dice: &mut Dice) -> (String, Option<u16>) {
    const WRONG: [&str; 14] = [
        "",
        " ",
        "+1",
        "-1",
        "65536",
        "99999999999999999999",
        "1x",
        "x",
        " 80",
        "80 ",
        "0x50",
        "8.0",
        "٣",
        "http",
    ];
    let port = number(dice);
    match dice.below(4) {
        0 => (port.to_string(), Some(port)),
        1 => (format!("{port:08}"), Some(port)),
        _ => (dice.pick(&WRONG).to_owned(), None),
    }
}

fn number(dice: &mut Dice) -> u16 {
    1 + dice.below(usize::from(u16::MAX)) as u16
}

/// A host that needs no look-up, and which it is: all of them are this machine's, so that a
/// datagram socket can be connected to them.
fn host(dice: &mut Dice) -> (String, IpAddr) {
    let [b, c] = [(); 2].map(|()| dice.below(256) as u8);
    let v4 = Ipv4Addr::new(127, b, c, 1 + dice.below(254) as u8);
    match dice.below(2 + usize::from(have_ipv6())) {
        0 => (v4.to_string(), IpAddr::V4(v4)),
        1 => {
            let mapped = v4.to_ipv6_mapped();
            (mapped.to_string(), IpAddr::V6(mapped))
        }
        _ => {
            let text = dice.pick(&["::1", "0:0:0:0:0:0:0:1", "0::0:1"]);
            (text.to_owned(), IpAddr::V6(Ipv6Addr::LOCALHOST))
        }
    }
}

/// A datagram socket connected to the address tells how it was understood; `None` for bad input.
fn understood(ip: IpAddr, address: impl ToAddress) -> Option<(IpAddr, u16)> {
    let family = if ip.is_ipv4() { AF_INET } else { AF_INET6 };
    let socket = Socket::new(family, SOCK_DGRAM).unwrap();
    match socket.connect(address) {
        Ok(()) => {
            let peer = socket.getpeername().unwrap();
            Some((peer.ip().unwrap(), peer.port().unwrap()))
        }
        Err(error) => {
            assert!(error.is_bad_input(), "{error}");
            None
        }
    }
}

/// So many find a newline that is cut at a limit, or lost at the end. On Windows, where a pair is a
/// TCP connection and each call goes through Wine's server if it is Wine, 2000 take minutes.
const CASES: u64 = if cfg!(windows) { 100 } else { 2000 };

#[test]
fn a_file_of_bytes_reads_what_was_sent() {
    made_up(CASES, |dice| {
        let (pieces, ops, arrival) = (pieces(dice), ops(dice), arrival(dice));
        let buffer_size = dice.below(40);
        let (a, b) = socketpair().unwrap();
        let mut file = socketbook::makefile(b, RB.buffer_size(buffer_size));
        let all = pieces.concat();
        // One receive of an unbuffered file is what there is, so read is read1 there.
        let ops: Vec<Op> = ops
            .into_iter()
            .map(|op| match op {
                Op::Read(size) if buffer_size == 0 => Op::Read1(size),
                op => op,
            })
            .collect();
        bytes_as_sent(&mut file, Sender::new(a, &pieces, arrival), &ops, &all);
    });
}

#[test]
fn a_file_of_text_reads_what_was_sent() {
    made_up(CASES, |dice| {
        let (pieces, ops, arrival) = (pieces(dice), ops(dice), arrival(dice));
        let (buffer_size, newline) = (1 + dice.below(39), newline(dice));
        let (a, b) = socketpair().unwrap();
        let mut file = socketbook::makefile(b, R.buffer_size(buffer_size).newline(newline));
        text_as_sent(&mut file, Sender::new(a, &pieces, arrival), &ops, newline);
    });
}

#[test]
fn the_rest_is_read_whole() {
    made_up(CASES, |dice| {
        let (pieces, arrival) = (pieces(dice), arrival(dice));
        let (first, buffer_size) = (dice.below(30), 1 + dice.below(39));
        let newline = newline(dice);
        let (a, b) = socketpair().unwrap();
        let mut sender = Sender::new(a, &pieces, arrival);
        sender.send_until(|_| false);
        let mut file = socketbook::makefile(b, R.buffer_size(buffer_size).newline(newline));
        let shown = translated(&pieces.concat(), newline);
        let head: String = shown.chars().take(first).collect();
        assert_eq!(file.read(first).unwrap(), &*head);
        assert_eq!(file.readall().unwrap(), &shown[head.len()..]);
    });
}

#[test]
fn host_and_port_in_one_string() {
    made_up(300, |dice| {
        let ((host, ip), (port, number)) = (host(dice), port(dice));
        let right = number.map(|number| (ip, number));
        assert_eq!(understood(ip, format!("[{host}]:{port}")), right);
        // Without brackets an IPv6 address cannot be told from its port.
        let bare = right.filter(|_| ip.is_ipv4());
        assert_eq!(understood(ip, format!("{host}:{port}")), bare);
        // The port is missing.
        if ip.is_ipv4() {
            assert_eq!(understood(ip, &*host), None);
        }
        assert_eq!(understood(ip, format!("[{host}]")), None);
        assert_eq!(understood(ip, format!("[{host}]{port}")), None);
    });
}

#[test]
fn host_and_port_in_a_pair() {
    made_up(300, |dice| {
        let ((host, ip), port) = (host(dice), number(dice));
        assert_eq!(understood(ip, (&*host, port)), Some((ip, port)));
        assert_eq!(understood(ip, (host, port)), Some((ip, port)));
        assert_eq!(understood(ip, (ip, port)), Some((ip, port)));
    });
}

#[test]
fn an_address_of_the_other_family_is_bad_input() {
    made_up(300, |dice| {
        let ((host, ip), port) = (host(dice), number(dice));
        let other = match ip.is_ipv4() {
            true => IpAddr::from(Ipv6Addr::LOCALHOST),
            false => Ipv4Addr::LOCALHOST.into(),
        };
        assert_eq!(understood(other, (&*host, port)), None);
        assert_eq!(understood(other, format!("[{host}]:{port}")), None);
        assert_eq!(understood(other, (ip, port)), None);
    });
}

#[test]
fn a_number_is_read_back_from_what_is_shown() {
    made_up(300, |dice| {
        let ((_, ip), port) = (host(dice), number(dice));
        let shown = socketbook::Address::from(std::net::SocketAddr::new(ip, port)).to_string();
        assert_eq!(understood(ip, shown), Some((ip, port)));
    });
}
