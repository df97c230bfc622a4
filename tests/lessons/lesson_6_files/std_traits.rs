//! Files as std's readers and writers: one deadline for the whole call, and the file's limit.

use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use crate::support::*;
use socketbook::*;

const ASKED: Duration = Duration::from_millis(40);

/// Runs the call while the peer sends a few bytes every half millisecond, for as long as it takes.
fn while_the_peer_dribbles<T>(peer: &Socket, call: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    // So much is there, however late the other thread gets its turn.
    peer.sendall(b"abcdefghabcdefgh").unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(SeqCst) {
                peer.sendall(b"abcdefgh").unwrap();
                thread::sleep(Duration::from_micros(500)); // the dribble itself
            }
        });
        let outcome = call();
        over.store(true, SeqCst);
        outcome
    })
}

/// Runs the call while the peer takes a few bytes every half millisecond, for as long as it takes.
#[cfg(target_os = "linux")]
fn while_the_peer_sips<T>(peer: &Socket, call: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(SeqCst) {
                let _ = peer.recv_with_flags(4096, MSG_DONTWAIT);
                thread::sleep(Duration::from_micros(500)); // the sip itself
            }
        });
        let outcome = call();
        over.store(true, SeqCst);
        outcome
    })
}

/// Of this crate, within std's.
fn inner(error: &io::Error) -> &Error {
    error.get_ref().unwrap().downcast_ref::<Error>().unwrap()
}

#[test]
fn a_read_has_one_deadline() {
    type Reads = fn(&mut SocketFile<&Socket>) -> io::Result<()>;
    let reads: [(&str, Reads); 6] = [
        ("read_exact", |file| file.read_exact(&mut vec![0; 10 << 20])),
        ("read_to_end", |file| {
            file.read_to_end(&mut Vec::new()).map(drop)
        }),
        ("read_to_string", |file| {
            file.read_to_string(&mut String::new()).map(drop)
        }),
        ("read_until", |file| {
            file.read_until(b'!', &mut Vec::new()).map(drop)
        }),
        ("read_line", |file| {
            file.read_line(&mut String::new()).map(drop)
        }),
        ("lines", |file| {
            BufRead::lines(file).next().unwrap().map(drop)
        }),
    ];
    for mode in [RB, RB.unbuffered(), RB.buffer_size(3)] {
        for (name, read) in reads {
            let (a, b) = tcp_pair();
            b.settimeout(ASKED).unwrap();
            let mut file = b.makefile(mode.limit(usize::MAX));
            a.sendall(b"abcdefghabcdefgh").unwrap();
            let error = while_the_peer_dribbles(&a, || read(&mut file)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TimedOut, "{name}: {error}");
            assert!(inner(&error).is_timeout());
            // What had arrived is there.
            assert!(file.buffer().starts_with(b"abcdefghabcdefgh"), "{name}");
            let error = read(&mut file).unwrap_err();
            assert!(inner(&error).is_file_timed_out(), "{name}: {error}");
            assert_ne!(error.kind(), ErrorKind::TimedOut, "a loop would try again");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_write_has_one_deadline() {
    type Writes = fn(&Socket, &[u8]) -> io::Result<()>;
    let writes: [(&str, Writes); 7] = [
        ("socket", |mut socket, data| socket.write_all(data)),
        ("bytes", |socket, data| socket.makefile(WB).write_all(data)),
        ("lines", |socket, data| {
            socket.makefile(WB.line_buffered()).write_all(data)
        }),
        ("unbuffered", |socket, data| {
            socket.makefile(WB.unbuffered()).write_all(data)
        }),
        ("write!", |socket, data| {
            let text = std::str::from_utf8(data).unwrap();
            write!(socket.makefile(WB), "{text}{}{text}", 1)
        }),
        ("text", |socket, data| socket.makefile(W).write_all(data)),
        ("write! of text", |socket, data| {
            let text = std::str::from_utf8(data).unwrap();
            Write::write_fmt(&mut socket.makefile(W), format_args!("{text}{}{text}", 1))
        }),
    ];
    let data = vec![b'x'; 4 << 20];
    for (name, write) in writes {
        let (a, b) = socketpair().unwrap();
        a.settimeout(ASKED).unwrap();
        let error = while_the_peer_sips(&b, || write(&a, &data)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{name}: {error}");
        let sent = inner(&error).sent();
        assert!(0 < sent && sent < data.len(), "{name}: {sent}");
    }
}

/// Where data is always there, no receive has to wait, and the deadline holds all the same.
#[test]
fn a_read_that_never_has_to_wait_meets_the_deadline_too() {
    type Reads = fn(&mut SocketFile<&Socket>) -> io::Result<()>;
    let reads: [(&str, Reads); 4] = [
        ("read_exact", |file| file.read_exact(&mut [0; 100_000])),
        ("read_to_end", |file| {
            file.read_to_end(&mut Vec::new()).map(drop)
        }),
        ("read_until", |file| {
            file.read_until(b'!', &mut Vec::new()).map(drop)
        }),
        ("read_line", |file| {
            file.read_line(&mut String::new()).map(drop)
        }),
    ];
    for (name, read) in reads {
        let (a, b) = socketpair().unwrap();
        a.sendall(&[b'x'; 100_000]).unwrap();
        a.close();
        b.settimeout(Duration::from_nanos(1)).unwrap();
        // Each in many receives: the time is over long before the last.
        let mut file = b.makefile(RB.buffer_size(3));
        let error = read(&mut file).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{name}: {error}");
    }
}

/// `write!` is one write, and so has one deadline: its error counts all the pieces.
// Elsewhere the kernel may hold less than a piece.
#[cfg(target_os = "linux")]
#[test]
fn formatted_text_is_one_write() {
    let piece = "x".repeat(30_000);
    let pieces = |file: &mut dyn Write| {
        let p = &*piece;
        write!(file, "{p} {p} {p} {p} {p} {p} {p} {p} {p} {p} {p} {p} {p}")
    };
    for text in [false, true] {
        for size in [1, 64 * 1024] {
            let (a, _b) = socketpair().unwrap();
            a.settimeout(Duration::from_millis(1)).unwrap();
            let error = match text {
                true => pieces(&mut a.makefile(W.buffer_size(size))),
                false => pieces(&mut a.makefile(WB.buffer_size(size))),
            };
            let error = error.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TimedOut);
            assert!(inner(&error).sent() > piece.len(), "{error}");
        }
    }
}

/// A peer that never ends its line, or its data, does not fill the memory.
#[test]
fn a_read_has_the_files_limit() {
    const LIMIT: usize = 1024;
    type Reads = fn(&mut SocketFile<&Socket>) -> io::Result<usize>;
    let reads: [(&str, Reads); 5] = [
        ("read_line", |file| file.read_line(&mut String::new())),
        ("read_until", |file| file.read_until(b'!', &mut Vec::new())),
        ("lines", |file| {
            BufRead::lines(file).next().unwrap().map(|line| line.len())
        }),
        ("read_to_end", |file| file.read_to_end(&mut Vec::new())),
        ("read_to_string", |file| {
            file.read_to_string(&mut String::new())
        }),
    ];
    for mode in [RB, RB.unbuffered(), RB.buffer_size(100)] {
        for (name, read) in reads {
            let (a, b) = socketpair().unwrap();
            thread::scope(|scope| {
                scope.spawn(move || a.sendall(&vec![b'x'; 4 << 20]));
                let mut file = b.makefile(mode.limit(LIMIT));
                let error = read(&mut file).unwrap_err();
                assert!(inner(&error).is_too_long(), "{name}: {error}");
                assert_eq!(error.kind(), ErrorKind::InvalidData);
                assert!(file.buffer().len() >= LIMIT, "{name}: it stays readable");
                assert!(file.buffer().len() <= 2 * 64 * 1024, "{name}");
                drop(file);
                drop(b);
            });
        }
    }
}

#[test]
fn what_fits_is_read_as_std_says() {
    let (a, b) = socketpair().unwrap();
    a.sendall("exactly one\ntwo!thrée".as_bytes()).unwrap();
    a.close();
    let mut file = b.makefile(RB.buffer_size(4));
    let mut exactly = [0; 7];
    file.read_exact(&mut exactly).unwrap();
    assert_eq!(&exactly, b"exactly");
    let mut text = "> ".to_owned();
    assert_eq!(file.read_line(&mut text).unwrap(), 5);
    assert_eq!(text, ">  one\n");
    let mut part = b"> ".to_vec();
    assert_eq!(file.read_until(b'!', &mut part).unwrap(), 4);
    assert_eq!(part, b"> two!");
    // The end comes first, and what there was stays.
    let error = file.read_exact(&mut [0; 100]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert_eq!(file.read_to_string(&mut text).unwrap(), 6);
    assert_eq!(text, ">  one\nthrée");
    assert_eq!(file.read_line(&mut text).unwrap(), 0);
    assert_eq!(file.read_until(b'!', &mut part).unwrap(), 0);
    assert_eq!(file.read_to_end(&mut part).unwrap(), 0);

    let (a, b) = socketpair().unwrap();
    a.sendall(b"\xff\xfe\nab").unwrap();
    a.close();
    let mut file = b.makefile(RB.unbuffered());
    let mut text = String::new();
    let error = file.read_line(&mut text).unwrap_err();
    assert!(inner(&error).is_not_utf8());
    assert_eq!(inner(&error).received(), b"\xff\xfe\n");
    let mut two = [0; 2];
    file.read_exact(&mut two).unwrap();
    assert_eq!((&two, &*text), (b"ab", ""));
}

/// An unbuffered file takes nothing from the socket that it was not asked for.
#[test]
fn an_unbuffered_file_takes_no_more_for_std_either() {
    let (a, b) = socketpair().unwrap();
    a.sendall(b"line\nexact!more").unwrap();
    let mut file = b.makefile(RB.unbuffered());
    file.read_line(&mut String::new()).unwrap();
    file.read_exact(&mut [0; 5]).unwrap();
    file.read_until(b'!', &mut Vec::new()).unwrap();
    assert_eq!(file.fill_buf().unwrap(), b"m");
    assert_eq!(b.recv(100).unwrap(), b"ore");
}

#[cfg(target_os = "linux")]
#[test]
fn a_text_file_is_a_writer() {
    fn write_to(mut out: impl Write) -> io::Result<()> {
        out.write_all("喂\n".as_bytes())?;
        writeln!(out, "{} and {}", 1, 2)?;
        assert_eq!(out.write(b"x\ny")?, 3);
        out.flush()
    }
    let (a, b) = socketpair().unwrap();
    write_to(a.makefile(W.newline(Newline::CrLf))).unwrap();
    assert_eq!(b.recv(100).unwrap(), "喂\r\n1 and 2\r\nx\r\ny".as_bytes());
    // What was taken is told first, and why no more at the next write.
    a.setblocking(false).unwrap();
    let mut file = a.makefile(W.newline(Newline::CrLf).buffer_size(8));
    let big = b"1234567\n".repeat(1 << 17);
    let taken = Write::write(&mut file, &big).unwrap();
    assert!(0 < taken && taken < big.len());
    let error = Write::write(&mut file, &big).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    let read = b.makefile(R);
    let error = Write::write(&mut { read }, b"x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
