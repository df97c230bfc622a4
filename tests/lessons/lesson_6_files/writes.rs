//! What a file has taken arrives, once and in order; what it has not taken never does.

use std::io::Write;
use std::thread;
use std::time::Duration;

use crate::support::dice::Dice;
use crate::support::*;
use socketbook::*;

const SOON: Duration = Duration::from_millis(20);

/// A pair with small buffers, so that they are full after a few lines.
fn narrow_pair() -> (Socket, Socket) {
    let (a, b) = socketpair().unwrap();
    a.setsockopt(SOL_SOCKET, SO_SNDBUF, 2048).unwrap();
    (a, b)
}

/// A file of bytes or text for writing, and what becomes of `\n` in it.
enum Out<'s> {
    Bytes(SocketFile<&'s Socket>),
    Text(TextFile<&'s Socket>, &'static [u8]),
}

impl Out<'_> {
    /// How many bytes of the data the file says that it has taken.
    fn write(&mut self, data: &[u8], std: bool) -> usize {
        let outcome = match self {
            Out::Bytes(file) if std => {
                return Write::write(file, data).unwrap_or(0);
            }
            Out::Text(file, _) if std => {
                return Write::write(file, data).unwrap_or(0);
            }
            Out::Bytes(file) => file.write(data),
            Out::Text(file, _) => file
                .write(std::str::from_utf8(data).unwrap())
                .map(|()| data.len()),
        };
        outcome.unwrap_or_else(|error| {
            assert!(error.is_would_block(), "{error}");
            error.sent()
        })
    }

    fn flush(&mut self) -> Result<()> {
        match self {
            Out::Bytes(file) => file.flush(),
            Out::Text(file, _) => file.flush(),
        }
    }

    /// What the peer should read for this data.
    fn sent_for(&self, data: &[u8]) -> Vec<u8> {
        let end = match self {
            Out::Bytes(_) => b"\n",
            Out::Text(_, end) => *end,
        };
        let mut sent = Vec::new();
        for byte in data {
            match byte {
                b'\n' => sent.extend(end),
                other => sent.push(*other),
            }
        }
        sent
    }
}

fn modes(a: &Socket, size: usize) -> Vec<Out<'_>> {
    let bytes = WB.buffer_size(size);
    let text = W.buffer_size(size);
    vec![
        Out::Bytes(a.makefile(bytes)),
        Out::Bytes(a.makefile(bytes.line_buffered())),
        Out::Bytes(a.makefile(bytes.unbuffered())),
        Out::Text(a.makefile(text), b"\n"),
        Out::Text(a.makefile(text.line_buffered()), b"\n"),
        Out::Text(a.makefile(text.newline(Newline::CrLf)), b"\r\n"),
        Out::Text(
            a.makefile(text.newline(Newline::CrLf).line_buffered()),
            b"\r\n",
        ),
        Out::Text(a.makefile(text.newline(Newline::Cr).line_buffered()), b"\r"),
    ]
}

/// Lines of all lengths through a socket that is often full, while the peer reads now and then.
/// Whatever a call returned, what it says was taken is what arrives.
#[test]
fn what_a_write_counts_is_what_arrives() {
    let mut dice = Dice::of("WRITES_SEED");
    for round in 0..6 {
        let size = [1, 7, 64, 1000, 5000, 20_000][round];
        for number in 0..8 {
            let (a, b) = narrow_pair();
            a.setblocking(false).unwrap();
            let mut out = modes(&a, size).swap_remove(number);
            let (mut taken, mut arrived) = (Vec::new(), Vec::new());
            for _ in 0..300 {
                let len = [0, 1, 3, 40, 700, 9000][dice.below(6)];
                let mut line: Vec<u8> = (0..len).map(|_| b'a' + dice.below(26) as u8).collect();
                for _ in 0..dice.below(3) {
                    let at = dice.below(line.len() + 1);
                    line.insert(at, b'\n');
                }
                let count = out.write(&line, dice.below(2) == 0);
                assert!(count <= line.len());
                taken.extend(&line[..count]);
                if dice.below(8) == 0 {
                    arrived.extend(drain_now(&b));
                }
                if dice.below(8) == 0 {
                    let _ = out.flush();
                }
            }
            while out.flush().is_err() {
                arrived.extend(drain_now(&b));
            }
            let expected = out.sent_for(&taken);
            drop(out);
            a.shutdown(SHUT_WR).unwrap();
            arrived.extend(drain(&b));
            assert!(
                arrived == expected,
                "buffer of {size}, mode {number}: {} arrived, {} were taken",
                arrived.len(),
                expected.len()
            );
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_line_to_a_dead_peer_is_an_error_each_time() {
    for text in [false, true] {
        let (a, b) = socketpair().unwrap();
        drop(b);
        if text {
            let mut file = a.makefile(W.line_buffered());
            for _ in 0..100 {
                let error = writeln!(file, "line {}", 1).unwrap_err();
                assert_eq!((error.errno(), error.sent()), (Some(EPIPE), 0));
                let error = file.write("a line\n").unwrap_err();
                assert_eq!((error.errno(), error.sent()), (Some(EPIPE), 0));
            }
            assert!(file.into_inner().1.is_empty(), "nothing is kept");
        } else {
            let mut file = a.makefile(WB.line_buffered());
            for _ in 0..100 {
                let error = writeln!(file, "line {}", 1).unwrap_err();
                assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
                let error = file.write(b"a line\n").unwrap_err();
                assert_eq!((error.errno(), error.sent()), (Some(EPIPE), 0));
                assert!(Write::write(&mut file, b"a line\n").is_err());
            }
            assert!(file.into_inner().1.is_empty(), "nothing is kept");
        }
    }
    // What had been taken before stays, and is an error again when it is sent.
    let (a, b) = socketpair().unwrap();
    let mut file = a.makefile(WB.line_buffered());
    file.write(b"no end yet, ").unwrap();
    drop(b);
    assert_eq!(file.write(b"here\n").unwrap_err().sent(), 0);
    assert_eq!(file.flush().unwrap_err().errno(), Some(EPIPE));
    let (_socket, left) = file.into_inner();
    assert_eq!(left.unsent, b"no end yet, ");
}

/// After a flush that failed, dropping the file waits no second time, under whatever timeout.
#[cfg(target_os = "linux")]
#[test]
fn drop_does_not_wait_after_a_send_that_failed() {
    must_end(|| {
        for text in [false, true] {
            let (a, b) = socketpair().unwrap();
            fill(&a);
            a.settimeout(SOON).unwrap();
            if text {
                let mut file = a.makefile(W);
                file.write("unsent\n").unwrap();
                must_time_out(SOON, || file.flush());
                a.settimeout(None).unwrap();
            } else {
                let mut file = a.makefile(WB);
                file.write(b"unsent\n").unwrap();
                must_time_out(SOON, || file.flush());
                a.settimeout(None).unwrap();
            }
            drop(b);
        }
    });
    // What can be sent at once is: also what was written since.
    let (a, b) = socketpair().unwrap();
    fill(&a);
    a.settimeout(SOON).unwrap();
    let mut file = a.makefile(WB);
    file.write(b"unsent, ").unwrap();
    must_time_out(SOON, || file.flush());
    file.write(b"and more").unwrap();
    drain_now(&b);
    drop(file);
    assert_eq!(drain_now(&b), b"unsent, and more");
}

#[test]
fn drop_waits_for_room_where_no_send_has_failed() {
    let (a, _b) = socketpair().unwrap();
    fill(&a);
    a.settimeout(SOON).unwrap();
    let mut file = a.makefile(WB);
    file.write(b"the first that is to be sent").unwrap();
    let start = std::time::Instant::now();
    drop(file);
    assert!(start.elapsed() >= SOON);
}

#[test]
fn close_that_fails_does_not_wait_again() {
    must_end(|| {
        let (a, _b) = socketpair().unwrap();
        fill(&a);
        a.settimeout(SOON).unwrap();
        let mut file = a.makefile(WB);
        file.write(b"unsent").unwrap();
        let start = std::time::Instant::now();
        let error = must_time_out(SOON, || file.close());
        assert_eq!(error.call(), "close");
        println!("{:?}", start.elapsed());
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_thread_that_panics_does_not_hang_in_drop() {
    let (a, b) = must_end(|| {
        let (a, b) = socketpair().unwrap();
        let filled = fill(&a);
        let thread = thread::spawn(move || {
            let mut file = a.makefile(WB);
            file.write(b"unsent").unwrap();
            let quiet = std::panic::AssertUnwindSafe(|| {
                let _file = file;
                std::panic::resume_unwind(Box::new("a bug"));
            });
            assert!(std::panic::catch_unwind(quiet).is_err());
            a
        });
        let a = thread.join().unwrap();
        assert_eq!(drain_now(&b).len(), filled, "there was no room");
        (a, b)
    });
    // Where there is room, it is sent.
    let mut file = a.makefile(WB);
    file.write(b"sent").unwrap();
    let quiet = std::panic::AssertUnwindSafe(|| {
        let _file = file;
        std::panic::resume_unwind(Box::new("a bug"));
    });
    assert!(std::panic::catch_unwind(quiet).is_err());
    assert_eq!(drain_now(&b), b"sent");
}
