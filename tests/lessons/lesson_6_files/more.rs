//! Lists of lines, reading into a buffer, looking ahead.

use std::thread;
use std::time::Duration;

use socketbook::*;

use crate::support::*;

fn sent(bytes: &[u8]) -> Socket {
    let (a, b) = socketpair().unwrap();
    a.sendall(bytes).unwrap();
    b // and a is closed
}

#[test]
fn readlines_gives_each_line_with_its_newline() {
    for (given, lines) in [
        (&b""[..], &[][..]),
        (b"\n", &["\n"]),
        (b"one", &["one"]),
        (b"one\n\ntwo\r\nthree", &["one\n", "\n", "two\r\n", "three"]),
    ] {
        let b = sent(given);
        let mut file = b.makefile(RB);
        let lines: Vec<_> = lines.iter().map(|line| line.as_bytes()).collect();
        assert_eq!(file.readlines().unwrap(), lines);
        assert!(file.readlines().unwrap().is_empty(), "the end");
    }
    let given = "一\r二\r\n三\n四\n\r五".as_bytes();
    for (newline, lines) in [
        (
            Newline::Universal,
            &["一\n", "二\n", "三\n", "四\n", "\n", "五"][..],
        ),
        (
            Newline::Untranslated,
            &["一\r", "二\r\n", "三\n", "四\n", "\r", "五"],
        ),
        (Newline::Lf, &["一\r二\r\n", "三\n", "四\n", "\r五"]),
        (Newline::Cr, &["一\r", "二\r", "\n三\n四\n\r", "五"]),
        (Newline::CrLf, &["一\r二\r\n", "三\n四\n\r五"]),
    ] {
        let b = sent(given);
        let mode = R.newline(newline);
        assert_eq!(b.makefile(mode).readlines().unwrap(), lines, "{newline:?}");
        // The same as line by line.
        let (b, mut one_by_one) = (sent(given), Vec::new());
        let mut file = b.makefile(mode);
        loop {
            match file.readline().unwrap() {
                "" => break,
                line => one_by_one.push(line.to_owned()),
            }
        }
        assert_eq!(one_by_one, lines, "{newline:?}");
    }
}

#[test]
fn readlines_has_one_limit_and_one_deadline() {
    let b = sent(b"one\ntwo\n");
    let mut file = b.makefile(RB.limit(7));
    let error = file.readlines().unwrap_err();
    assert!(
        error.is_too_long() && error.call() == Call::Readlines,
        "{error}"
    );
    assert_eq!(file.readline().unwrap(), b"one\n", "nothing is lost");

    let b = sent(b"\xff\n");
    let error = b.makefile(R).readlines().unwrap_err();
    assert!(
        error.is_not_utf8() && error.received() == b"\xff\n",
        "{error}"
    );
    let b = sent(b"a\xff\n");
    assert_eq!(b.makefile(R.lossy()).readlines().unwrap(), ["a\u{fffd}\n"]);

    let (a, b) = socketpair().unwrap();
    let soon = Duration::from_millis(30);
    b.settimeout(soon).unwrap();
    let mut file = b.makefile(RB);
    // So much is there, however late the other thread gets its turn.
    a.sendall(b"a line\n").unwrap();
    thread::scope(|scope| {
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let a = &a;
        scope.spawn(move || {
            while stopped.recv_timeout(Duration::from_millis(5)).is_err() {
                a.sendall(b"a line\n").unwrap();
            }
        });
        let error = must_time_out(soon, || file.readlines());
        assert_eq!(error.call(), Call::Readlines);
        stop.send(()).unwrap();
    });
    assert_eq!(&file.read1(7).unwrap(), b"a line\n");
}

#[test]
fn writelines_takes_what_it_counts() {
    let (a, b) = socketpair().unwrap();
    for mode in [WB, WB.buffer_size(3), WB.unbuffered(), WB.line_buffered()] {
        let mut file = a.makefile(mode);
        file.writelines([&b"one\n"[..], b"", b"two", b"\n"])
            .unwrap();
        file.close().unwrap();
        assert_eq!(b.makefile(RB).read(8).unwrap(), b"one\ntwo\n");
    }
}

#[test]
fn writelines_has_one_deadline() {
    let soon = Duration::from_millis(30);
    for mode in [WB.buffer_size(4096), WB.unbuffered()] {
        let (a, b) = socketpair().unwrap();
        a.settimeout(soon).unwrap();
        let mut file = a.makefile(mode);
        let lines = (0..10_000).map(|at| pattern(at * 999, 999));
        let error = must_time_out(soon, || file.writelines(lines));
        assert_eq!(error.call(), Call::Writelines);
        let taken = error.sent();
        assert!(taken > 0);
        // What the file has taken it sends, and no more.
        let rest = thread::scope(|scope| {
            let reader = scope.spawn(|| drain(&b));
            a.settimeout(None).unwrap();
            file.close().unwrap();
            a.shutdown(SHUT_WR).unwrap();
            reader.join().unwrap()
        });
        assert!(rest == pattern(0, taken), "{} {taken}", rest.len());
    }
    let (a, b) = socketpair().unwrap();
    a.settimeout(soon).unwrap();
    let mut file = a.makefile(W.newline(Newline::CrLf).buffer_size(4096));
    let error = must_time_out(soon, || file.writelines(std::iter::repeat("a line\n")));
    let taken = error.sent();
    thread::scope(|scope| {
        let reader = scope.spawn(|| drain(&b));
        a.settimeout(None).unwrap();
        file.close().unwrap();
        a.shutdown(SHUT_WR).unwrap();
        let text = "a line\r\n".repeat(taken / 7 + 1);
        let arrived = reader.join().unwrap();
        assert!(text.as_bytes().starts_with(&arrived));
        assert_eq!(
            String::from_utf8(arrived).unwrap().replace('\r', "").len(),
            taken
        );
    });
}

#[test]
fn a_file_for_reading_takes_no_lines() {
    let (a, _b) = socketpair().unwrap();
    let error = a.makefile(RB).writelines(["x"]).unwrap_err();
    assert!(error.is_bad_input() && error.sent() == 0, "{error}");
    let error = a.makefile(R).writelines(["x"]).unwrap_err();
    assert!(error.is_bad_input(), "{error}");
    for error in [
        a.makefile(WB).readlines().unwrap_err(),
        a.makefile(W).readlines().unwrap_err(),
        a.makefile(WB).readinto(&mut [0]).unwrap_err(),
        a.makefile(WB).peek().unwrap_err(),
        a.makefile(WB.unbuffered()).peek().unwrap_err(),
    ] {
        assert!(error.is_bad_input(), "{error}");
    }
}

#[test]
fn readinto_fills_the_buffer_or_leaves_it() {
    let bytes = pattern(0, 300_000);
    for mode in [RB, RB.buffer_size(100)] {
        let (a, b) = socketpair().unwrap();
        let (bytes, mode) = (&bytes, &mode);
        thread::scope(|scope| {
            scope.spawn(move || a.sendall(bytes).unwrap());
            let mut file = b.makefile(*mode);
            let mut buffer = vec![0; 200_000];
            assert_eq!(file.readinto(&mut []).unwrap(), 0);
            assert_eq!(file.readinto(&mut buffer).unwrap(), 200_000);
            assert!(buffer == bytes[..200_000]);
            assert_eq!(file.readinto(&mut buffer).unwrap(), 100_000);
            assert!(buffer[..100_000] == bytes[200_000..]);
            assert_eq!(file.readinto(&mut buffer).unwrap(), 0);
        });
    }
    let (a, b) = socketpair().unwrap();
    a.sendall(b"abc").unwrap();
    let soon = Duration::from_millis(20);
    b.settimeout(soon).unwrap();
    let mut file = b.makefile(RB);
    let mut buffer = *b"untouched";
    must_time_out(soon, || file.readinto(&mut buffer));
    assert_eq!(&buffer, b"untouched");
    assert_eq!(file.read1(9).unwrap(), b"abc", "and nothing is lost");
    // Unbuffered: one receive.
    let b = sent(b"abc");
    assert_eq!(
        b.makefile(RB.unbuffered()).readinto(&mut buffer).unwrap(),
        3
    );
    assert_eq!(&buffer, b"abcouched");
}

#[test]
fn peek_takes_nothing() {
    let (a, b) = socketpair().unwrap();
    a.sendall(b"one\ntwo").unwrap();
    let mut file = b.makefile(RB);
    assert_eq!(file.peek().unwrap(), b"one\ntwo");
    assert_eq!(file.readline().unwrap(), b"one\n");
    a.sendall(b" and more").unwrap();
    assert_eq!(
        file.peek().unwrap(),
        b"two",
        "no receive where there is something"
    );
    assert_eq!(file.read(12).unwrap(), b"two and more");
    b.settimeout(Duration::from_millis(20)).unwrap();
    assert!(file.peek().unwrap_err().is_timeout());
    a.close();
    let mut file = b.makefile(RB);
    assert_eq!(file.peek().unwrap(), b"", "the end");
}

#[test]
fn a_file_says_what_it_is_for() {
    let (a, _b) = socketpair().unwrap();
    for (mode, name, reads, writes) in [
        (RB, "rb", true, false),
        (WB, "wb", false, true),
        (RWB, "rwb", true, true),
    ] {
        let file = a.makefile(mode);
        assert_eq!(file.mode().to_string(), name);
        assert_eq!((file.readable(), file.writable()), (reads, writes));
    }
    for (mode, name, reads, writes) in [
        (R, "r", true, false),
        (W, "w", false, true),
        (RW, "rw", true, true),
    ] {
        let file = a.makefile(mode);
        assert_eq!(file.mode().to_string(), name);
        assert_eq!((file.readable(), file.writable()), (reads, writes));
    }
}
