//! Lesson 6, files: who keeps the connection open, what stays readable, what is counted.

mod support;

use std::io::{BufRead, Read, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use socketbook::*;
use support::*;

const SOON: Duration = Duration::from_millis(20);

fn ended(socket: &Socket) -> bool {
    matches!(socket.recv_with_flags(1, MSG_DONTWAIT), Ok(end) if end.is_empty())
}

#[test]
fn the_connection_is_open_until_the_last_user_is_done() {
    // Borrowed: the file goes, the socket stays.
    let (a, b) = socketpair().unwrap();
    drop(a.makefile(RWB));
    a.makefile(WB).close().unwrap();
    assert!(!ended(&b));
    // Owned: the file is the last user.
    let file = makefile(a, RWB);
    assert!(!ended(&b));
    drop(file);
    assert!(ended(&b));
    // Shared: two files and the socket itself, in any order.
    for last in 0..3 {
        let (a, b) = socketpair().unwrap();
        let a = Arc::new(a);
        let mut users: Vec<Box<dyn std::any::Any>> = vec![
            Box::new(makefile(Arc::clone(&a), RB)),
            Box::new(makefile(Arc::clone(&a), W)),
            Box::new(a),
        ];
        let kept = users.swap_remove(last);
        drop(users);
        assert!(!ended(&b));
        drop(kept);
        assert!(ended(&b));
    }
    // A shared one works across threads.
    let (a, b) = socketpair().unwrap();
    let mut file = makefile(Arc::new(a), RB);
    thread::spawn(move || b.sendall(b"hello\n").unwrap())
        .join()
        .unwrap();
    assert_eq!(file.readline().unwrap(), b"hello\n");
    assert_eq!(file.socket().family(), AF_UNIX);
}

#[test]
fn after_a_timeout_the_file_refuses_and_what_it_had_stays_readable() {
    let (a, b) = tcp_pair();
    b.settimeout(SOON).unwrap();
    a.sendall(b"whole\npart").unwrap();
    let mut file = b.makefile(RWB);
    assert_eq!(file.readline().unwrap(), b"whole\n");
    must_time_out(SOON, || file.readline().map(drop));
    a.sendall(b" and the rest\n").unwrap();
    for error in [
        file.readline().map(drop).unwrap_err(),
        file.readall().map(drop).unwrap_err(),
        file.read(100).map(drop).unwrap_err(),
        file.readline_limit(100).map(drop).unwrap_err(),
    ] {
        assert!(error.is_timeout());
        assert_eq!(error.errno(), None);
    }
    assert_eq!(file.buffer(), b"part");
    assert_eq!(file.read(2).unwrap(), b"pa");
    assert_eq!(file.read1(100).unwrap(), b"rt");
    assert!(file.read1(100).unwrap_err().is_timeout());
    assert!(file.fill_buf().is_err());
    // Writing goes on, the socket reads on, and so does a new file.
    file.write(b"still here\n").unwrap();
    file.flush().unwrap();
    assert_eq!(a.recv(100).unwrap(), b"still here\n");
    drop(file);
    assert_eq!(b.recv(5).unwrap(), b" and ");
    assert_eq!(b.makefile(R).readline().unwrap(), "the rest\n");
}

#[test]
fn after_would_block_the_file_goes_on() {
    let (a, b) = tcp_pair();
    b.setblocking(false).unwrap();
    let mut file = b.makefile(RB);
    a.sendall(b"par").unwrap();
    for part in ["", "", "t\n"] {
        a.sendall(part.as_bytes()).unwrap();
        if part.is_empty() {
            assert!(file.readline().map(drop).unwrap_err().is_would_block());
            assert!(file.read(100).map(drop).unwrap_err().is_would_block());
            assert!(file.readall().map(drop).unwrap_err().is_would_block());
        }
    }
    assert_eq!(file.readline().unwrap(), b"part\n");
}

#[test]
fn what_arrived_before_a_reset_stays_readable() {
    let (a, b) = tcp_pair();
    a.sendall(b"line\npart").unwrap();
    let mut file = b.makefile(RB);
    assert_eq!(file.readline().unwrap(), b"line\n");
    reset(a);
    let error = file.readline().map(drop).unwrap_err();
    assert_eq!(
        (error.call(), error.errno()),
        ("readline", Some(ECONNRESET))
    );
    assert!(error.is_disconnect());
    assert_eq!(file.read1(100).unwrap(), b"part");
    assert_eq!(file.read1(100).unwrap(), b"", "the kernel tells it once");
}

#[test]
fn beyond_the_limit_nothing_is_lost() {
    let line = [b"0123456789".repeat(10), b"\n".to_vec()].concat();
    for mode in [
        RB.limit(16),
        RB.limit(16).unbuffered(),
        RB.limit(16).buffer_size(1),
    ] {
        let (a, b) = socketpair().unwrap();
        a.sendall(&line).unwrap();
        a.close();
        let mut file = b.makefile(mode);
        for _ in 0..2 {
            let error = file.readline().map(drop).unwrap_err();
            assert!(error.is_too_long());
            assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
            assert!(error.to_string().contains("16"));
        }
        assert!(file.readall().unwrap_err().is_too_long());
        let mut all = file.readline_limit(8).unwrap().to_vec();
        assert_eq!(all, b"01234567");
        while all.len() < line.len() {
            all.extend(file.read1(1000).unwrap());
        }
        assert_eq!(all, line);
        assert_eq!(file.readline().unwrap(), b"");
    }
    // Exactly the limit is within it.
    let (a, b) = socketpair().unwrap();
    a.sendall(b"1234567\n12345678\n").unwrap();
    let mut file = b.makefile(RB.limit(8));
    assert_eq!(file.readline().unwrap(), b"1234567\n");
    assert!(file.readline().map(drop).unwrap_err().is_too_long());
    let (a, b) = socketpair().unwrap();
    a.sendall(b"12345678").unwrap();
    a.close();
    assert_eq!(b.makefile(RB.limit(8)).readall().unwrap(), b"12345678");
    for (line, fits) in [
        ("1234567\n", true),
        ("12345678\n", false),
        ("123456789\n", false),
    ] {
        let (a, b) = socketpair().unwrap();
        a.sendall(line.as_bytes()).unwrap();
        let mut file = b.makefile(R.limit(8));
        let first = file.readline().map(str::to_owned);
        if fits {
            assert_eq!(first.unwrap(), line);
        } else {
            assert!(first.unwrap_err().is_too_long());
            let again = file.readline().map(drop);
            assert!(again.unwrap_err().is_too_long(), "in the buffer as well");
        }
    }
}

#[test]
fn a_buffer_has_64_kib_and_a_line_at_most_1_mib() {
    const LONGEST: usize = 1 << 20;
    let (a, b) = socketpair().unwrap();
    a.sendall(&[b'x'; 100_000]).unwrap();
    let mut file = b.makefile(RB);
    assert_eq!(file.read1(usize::MAX).unwrap().len(), 64 * 1024);
    // More than a buffer is read in pieces, and not a byte beyond what was asked for, be there one
    // or none.
    let there = 150_000 - 64 * 1024;
    b.setblocking(false).unwrap();
    for (more, size) in [(50_000, there - 5_000), (80_000, 85_000)] {
        a.sendall(&vec![b'x'; more]).unwrap();
        assert_eq!(file.read(size).unwrap().len(), size);
    }
    for len in [LONGEST, LONGEST + 1] {
        let (a, b) = socketpair().unwrap();
        let mut line = vec![b'x'; len];
        line[len - 1] = b'\n';
        let sender = thread::spawn(move || a.sendall(&line));
        let read = b.makefile(RB).readline().map(<[u8]>::len);
        drop(b);
        let _ = sender.join().unwrap(); // not all of the line that was too long
        match read {
            Ok(read) => assert_eq!((read, len), (LONGEST, LONGEST)),
            Err(error) => assert!(error.is_too_long() && len > LONGEST, "{error}"),
        }
    }
}

#[test]
fn a_buffer_reads_ahead_and_debug_counts_it() {
    let (a, b) = socketpair().unwrap();
    a.sendall(b"12345").unwrap();
    let mut file = b.makefile(RWB);
    assert_eq!(file.read(2).unwrap(), b"12");
    assert_eq!(file.buffer(), b"345");
    b.setblocking(false).unwrap();
    a.sendall(b"678").unwrap();
    assert_eq!(file.read(6).unwrap(), b"345678", "and waits for no more");
    a.sendall(b"90abc").unwrap();
    assert_eq!(file.read(2).unwrap(), b"90");
    file.write(b"abcd").unwrap();
    let shown = format!("{file:?}");
    for part in ["family=AF_UNIX", "unread: 3", "unsent: 4"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let shown = format!("{:?}", b.makefile(R.newline(Newline::CrLf)));
    assert!(shown.contains("newline: CrLf"), "{shown}");
}

#[test]
fn limits_and_sizes_at_their_ends() {
    let (a, b) = socketpair().unwrap();
    a.sendall("喂\r\nabc\n".as_bytes()).unwrap();
    a.close();
    let none = b.makefile(RB.limit(0)).readline().map(drop);
    assert!(none.unwrap_err().is_too_long());
    assert!(b.makefile(RB.limit(0)).readall().unwrap_err().is_too_long());
    drop(b);

    for size in [1, 2, 3, 5] {
        let (a, b) = socketpair().unwrap();
        a.sendall("喂\r\nabc\n\r".as_bytes()).unwrap();
        a.close();
        let mut file = b.makefile(R.buffer_size(size).limit(usize::MAX));
        assert_eq!(file.readline().unwrap(), "喂\n");
        assert_eq!(file.read(2).unwrap(), "ab");
        assert_eq!(file.readline().unwrap(), "c\n");
        assert_eq!(file.readall().unwrap(), "\n");
        assert_eq!(file.readall().unwrap(), "");
    }
    let (a, b) = socketpair().unwrap();
    a.sendall(b"ab\ncd").unwrap();
    a.close();
    let mut file = b.makefile(RB.limit(usize::MAX));
    assert_eq!(file.readline_limit(0).unwrap(), b"");
    assert_eq!(file.readline_limit(usize::MAX).unwrap(), b"ab\n");
    assert_eq!(file.read(0).unwrap(), b"");
    assert_eq!(file.read1(0).unwrap(), b"");
    assert_eq!(file.read(usize::MAX).unwrap(), b"cd");
    let error = b.makefile(R).readline_limit(3).map(drop).unwrap_err();
    assert!(error.is_bad_input());

    // A file of text needs a buffer, and has one of a byte at least.
    let (a, b) = socketpair().unwrap();
    a.sendall(b"abc\n").unwrap();
    let mut file = b.makefile(R.buffer_size(0));
    assert_eq!(file.readline().unwrap(), "abc\n");
    a.sendall(b"abc\n").unwrap();
    let mut file = b.makefile(R.buffer_size(4));
    assert_eq!(file.readline_limit(4).unwrap(), "abc\n");
    assert_eq!(file.bytes().buffer(), b"");
}

#[test]
fn a_limit_does_not_cut_a_newline_in_two() {
    let (a, b) = socketpair().unwrap();
    a.sendall(b"abc\r\nabcd\r\nx").unwrap();
    let mut file = b.makefile(R);
    assert_eq!(
        file.readline_limit(4).unwrap(),
        "abc\n",
        "as it reads, 4 bytes"
    );
    assert_eq!(file.readline_limit(4).unwrap(), "abcd");
    assert_eq!(file.readline_limit(4).unwrap(), "\n");
}

#[test]
fn a_line_up_to_the_limit_is_within_it_however_it_arrives() {
    for rest in ["x", "\n", ""] {
        let (a, b) = socketpair().unwrap();
        b.setblocking(false).unwrap();
        let mut file = b.makefile(R.newline(Newline::Untranslated).limit(4));
        a.sendall(b"abc\r").unwrap();
        // Whether a \n follows is not known yet.
        let error = file.readline().map(drop).unwrap_err();
        assert!(error.is_would_block(), "{error}");
        a.sendall(rest.as_bytes()).unwrap();
        a.close();
        match file.readline() {
            Ok(line) => assert_eq!((line, rest != "\n"), ("abc\r", true)),
            Err(error) => assert_eq!((error.is_too_long(), rest), (true, "\n")),
        }
    }
    // Who asks for 4 bytes need not wait.
    let (a, b) = socketpair().unwrap();
    a.sendall(b"abc\r").unwrap();
    let mut file = b.makefile(R.newline(Newline::Untranslated));
    assert_eq!(file.readline_limit(4).unwrap(), "abc\r");
}

#[test]
fn a_limit_does_not_cut_a_character_in_two_after_what_is_none() {
    for mode in [R, R.lossy()] {
        let (a, b) = socketpair().unwrap();
        a.sendall(b"\xffab\xc3\xa9\n").unwrap();
        let mut file = b.makefile(mode);
        match file.readline_limit(4) {
            Ok(text) => assert_eq!(text, "\u{fffd}ab"),
            Err(error) => assert_eq!(error.received(), b"\xffab"),
        }
        assert_eq!(file.readline_limit(4).unwrap(), "é\n");
    }
}

#[test]
fn the_wrong_direction_is_refused_and_nothing_happens() {
    let (a, b) = socketpair().unwrap();
    a.sendall(b"data\n").unwrap();
    let refused = |error: Error, call: &str| {
        assert!(error.is_bad_input(), "{error}");
        assert_eq!(error.call(), call);
        assert_eq!(error.errno(), None);
    };
    for mode in [WB, WB.unbuffered()] {
        let mut out = b.makefile(mode);
        refused(out.read(1).map(drop).unwrap_err(), "read");
        refused(out.read1(1).map(drop).unwrap_err(), "read1");
        refused(out.readall().map(drop).unwrap_err(), "readall");
        refused(out.readline().map(drop).unwrap_err(), "readline");
        refused(out.readline_limit(9).map(drop).unwrap_err(), "readline");
        refused(
            SocketFile::lines(&mut out).next().unwrap().unwrap_err(),
            "readline",
        );
        assert!(out.fill_buf().is_err());
        assert!(Read::read(&mut out, &mut [0; 4]).is_err());
    }
    let mut out = b.makefile(W);
    refused(out.read(1).map(drop).unwrap_err(), "read");
    refused(out.readall().map(drop).unwrap_err(), "readall");
    refused(out.readline().map(drop).unwrap_err(), "readline");
    refused(out.readline_limit(9).map(drop).unwrap_err(), "readline");
    for mode in [RB, RB.unbuffered(), RB.line_buffered()] {
        refused(b.makefile(mode).write(b"x\n").unwrap_err(), "write");
    }
    refused(b.makefile(R).write("x\n").unwrap_err(), "write");
    assert_eq!(b.recv(100).unwrap(), b"data\n", "nobody took anything");
    assert!(
        a.recv_with_flags(1, MSG_DONTWAIT).is_err(),
        "nobody sent anything"
    );
}

#[test]
fn an_unbuffered_file_takes_nothing_beyond() {
    let (a, b) = socketpair().unwrap();
    let mut file = makefile(&b, RB.unbuffered());
    a.sendall(b"line\nabcdefghijkl").unwrap();
    assert_eq!(file.readline().unwrap(), b"line\n");
    assert_eq!(file.read(1).unwrap(), b"a");
    assert_eq!(b.recv(1).unwrap(), b"b");
    assert_eq!(file.read1(2).unwrap(), b"cd");
    let mut one = [0; 1];
    assert_eq!(Read::read(&mut file, &mut one).unwrap(), 1);
    assert_eq!(&one, b"e");
    assert_eq!(b.recv(1).unwrap(), b"f");
    assert_eq!(
        file.read(100).unwrap(),
        b"ghijkl",
        "more than last time, in one receive"
    );
    assert_eq!(file.buffer(), b"");
    // Nor does a line that comes in parts.
    b.setblocking(false).unwrap();
    a.sendall(b"abc").unwrap();
    let error = file.readline_limit(5).map(drop).unwrap_err();
    assert!(error.is_would_block(), "{error}");
    a.sendall(b"defgh").unwrap();
    assert_eq!(file.readline_limit(5).unwrap(), b"abcde");
    assert_eq!(b.recv(9).unwrap(), b"fgh");
}

#[test]
fn partial_writes_are_counted_and_the_rest_is_flushed_later() {
    let (a, b) = socketpair().unwrap();
    let filled = fill(&a);
    a.settimeout(SOON).unwrap();
    let mut file = a.makefile(WB.buffer_size(1 << 20));
    let data: Vec<u8> = (0..1 << 19).map(|i: u32| (i / 5) as u8).collect();
    assert_eq!(file.write(&data).unwrap(), data.len());
    // A full buffer: nothing goes out.
    let error = must_time_out(SOON, || file.flush());
    assert_eq!(error.sent(), 0);
    // Some room: some goes out.
    let mut left = filled;
    while left > 0 {
        left -= b.recv(left).unwrap().len();
    }
    let error = must_time_out(SOON, || file.flush());
    let sent = error.sent();
    assert!(0 < sent && sent < data.len());
    let mut read = Vec::new();
    while read.len() < sent {
        read.extend(b.recv(sent - read.len()).unwrap());
    }
    assert!(
        b.recv_with_flags(1, MSG_DONTWAIT).is_err(),
        "not a byte more"
    );
    // What is left follows, once and in order.
    thread::scope(|scope| {
        let reader = scope.spawn(|| drain(&b));
        a.settimeout(None).unwrap();
        file.close().unwrap();
        a.shutdown(SHUT_WR).unwrap();
        read.extend(reader.join().unwrap());
    });
    assert!(read == data);
}

#[test]
fn what_is_written_is_sent_when_the_buffer_is_full() {
    let (a, b) = socketpair().unwrap();
    let mut file = a.makefile(WB.buffer_size(8));
    let sent = || b.recv_with_flags(100, MSG_DONTWAIT).unwrap_or_default();
    for part in [b"abcd", b"efgh"] {
        assert_eq!(file.write(part).unwrap(), 4);
        assert_eq!(sent(), b"", "there was room");
    }
    assert_eq!(file.write(b"i").unwrap(), 1);
    assert_eq!(sent(), b"abcdefgh");
    // As much as the buffer holds, or more, does not go through it.
    assert_eq!(file.write(b"12345678").unwrap(), 8);
    assert_eq!(sent(), b"i12345678");
}

#[test]
fn a_write_beyond_the_buffer_counts_what_the_file_took() {
    let (a, b) = socketpair().unwrap();
    a.settimeout(SOON).unwrap();
    let mut file = a.makefile(WB.buffer_size(8));
    file.write(b"1234").unwrap();
    let big = vec![b'x'; 8 << 20];
    let error = must_time_out(SOON, || file.write(&big));
    assert_eq!(error.call(), "write");
    let sent = error.sent();
    assert!(0 < sent && sent < big.len());
    // std's write says what was taken, or else the error; write_all meets it again.
    let error = Write::write(&mut file, &big).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    let error = file.write_all(b"y").and_then(|()| Write::flush(&mut file));
    assert_eq!(error.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
    thread::scope(|scope| {
        let reader = scope.spawn(|| drain(&b));
        a.settimeout(None).unwrap();
        drop(file); // sends the y
        a.shutdown(SHUT_WR).unwrap();
        let all = reader.join().unwrap();
        assert_eq!(all.len(), 4 + sent + 1);
        assert_eq!((&all[..4], all[4 + sent]), (&b"1234"[..], b'y'));
    });
}

#[test]
fn close_reports_and_drop_flushes() {
    let (a, b) = socketpair().unwrap();
    let mut file = a.makefile(W);
    file.write("written\n").unwrap();
    assert!(b.recv_with_flags(1, MSG_DONTWAIT).is_err(), "in the buffer");
    drop(file);
    assert_eq!(b.recv(100).unwrap(), b"written\n");

    for text in [false, true] {
        let (a, b) = socketpair().unwrap();
        drop(b);
        let error = if text {
            let mut file = a.makefile(W);
            file.write("to nobody\n").unwrap();
            file.close().unwrap_err()
        } else {
            let mut file = makefile(a, WB);
            file.write(b"to nobody\n").unwrap();
            file.close().unwrap_err()
        };
        assert_eq!((error.call(), error.errno()), ("close", Some(EPIPE)));
    }
    let (a, b) = socketpair().unwrap();
    drop(b);
    let error = a.makefile(W.line_buffered()).write("line\n").unwrap_err();
    assert_eq!(
        (error.call(), error.errno(), error.sent()),
        ("write", Some(EPIPE), 5)
    );
}

#[test]
fn a_file_over_datagrams_tells_what_was_cut() {
    let (a, b) = socketpair_with(AF_UNIX, SOCK_DGRAM, 0).unwrap();
    let send = |data: &[u8]| assert_eq!(a.send(data).unwrap(), data.len());
    send(b"one\ntwo\n");
    let mut file = b.makefile(RB);
    assert_eq!(file.readline().unwrap(), b"one\n");
    assert_eq!(file.readline().unwrap(), b"two\n");
    drop(file);
    // Less room than the datagram has.
    let mut file = b.makefile(RB.buffer_size(4));
    send(b"0123456789");
    assert!(file.readline().map(drop).unwrap_err().is_truncated());
    assert_eq!(
        file.read1(100).unwrap(),
        b"0123",
        "its beginning stays readable"
    );
    drop(file);
    // Unbuffered: the same, whatever was read before.
    let mut file = b.makefile(RB.unbuffered());
    send(b"ab");
    assert_eq!(file.read(2).unwrap(), b"ab");
    send(b"0123456789");
    assert_eq!(file.read(100).unwrap(), b"0123456789");
    send(b"line\nlost");
    assert!(file.readline().map(drop).unwrap_err().is_truncated());
    assert_eq!(file.readline().unwrap(), b"line\n");
    drop(file);
    // Beyond the buffer: the second does not fit into what the first has left.
    let mut file = b.makefile(RB.buffer_size(4096).limit(1 << 20));
    b.settimeout(SOON).unwrap();
    send(&[b'x'; 3000]);
    send(&[b'y'; 3000]);
    assert!(file.readall().unwrap_err().is_truncated());
    assert_eq!(file.read1(10_000).unwrap().len(), 4096);
}

#[test]
fn bytes_that_are_no_text_are_told_and_passed() {
    let (a, b) = socketpair().unwrap();
    a.sendall(b"good\n\xff\xfe bad\nagain\n\xe5\x96").unwrap();
    a.close();
    let mut file = b.makefile(R);
    assert_eq!(file.readline().unwrap(), "good\n");
    let error = file.readline().map(drop).unwrap_err();
    assert_eq!(error.received(), b"\xff\xfe bad\n");
    assert!(error.to_string().contains("0xff"));
    assert_eq!(file.readline().unwrap(), "again\n");
    assert_eq!(file.read(5).unwrap_err().received(), b"\xe5\x96");
    assert_eq!(file.readline().unwrap(), "");

    let (a, b) = socketpair().unwrap();
    a.sendall(b"abc\xffdef\n").unwrap();
    let error = b.makefile(R).readline_limit(4).map(drop).unwrap_err();
    assert_eq!(error.received(), b"abc\xff", "no part of a character");

    for lossy in [false, true] {
        let (a, b) = socketpair().unwrap();
        a.sendall(b"\xff\xffab\xe5\x96").unwrap();
        a.close();
        let mut file = b.makefile(if lossy { R.lossy() } else { R });
        if lossy {
            assert_eq!(file.read(1).unwrap(), "\u{fffd}");
            assert_eq!(file.read(2).unwrap(), "\u{fffd}a");
            assert_eq!(file.readall().unwrap(), "b\u{fffd}");
        } else {
            assert_eq!(file.read(9).unwrap_err().received(), b"\xff");
            let error = file.readline_limit(4).map(drop).unwrap_err();
            assert_eq!(error.received(), b"\xffab", "no part of a character");
            assert_eq!(file.readall().unwrap_err().received(), b"\xe5\x96");
        }
    }
}

#[test]
fn newlines_of_two_bytes_count_as_the_one_that_was_written() {
    let text = "ab\ncd\nef\ngh";
    for (newline, sent) in [
        (Newline::Cr, "ab\rcd\ref\rgh"),
        (Newline::CrLf, "ab\r\ncd\r\nef\r\ngh"),
    ] {
        let (a, b) = socketpair().unwrap();
        let mut file = a.makefile(W.newline(newline));
        file.write(text).unwrap();
        file.flush().unwrap();
        assert_eq!(b.recv(100).unwrap(), sent.as_bytes());
        writeln!(file, "{}", 1).unwrap();
        file.close().unwrap();
        assert_eq!(b.recv(100).unwrap()[0], b'1');

        // No room: what the buffer took was taken.
        let filled = fill(&a);
        a.setblocking(false).unwrap();
        let mut file = a.makefile(W.newline(newline).buffer_size(8));
        let error = file.write(text).unwrap_err();
        let taken = if newline == Newline::Cr {
            "ab\ncd\nef"
        } else {
            "ab\ncd\n"
        };
        assert_eq!((error.call(), error.sent()), ("write", taken.len()));
        // Room for some: so much more as went out.
        b.recv(filled).unwrap();
        while b.recv_with_flags(1, MSG_PEEK | MSG_DONTWAIT).is_ok() {
            b.recv(filled).unwrap();
        }
        file.flush().unwrap();
        b.recv(100).unwrap();
        let error = file
            .write(&format!("i\n{}", "x".repeat(1 << 20)))
            .unwrap_err();
        a.shutdown(SHUT_WR).unwrap();
        let end = if newline == Newline::Cr { 1 } else { 2 };
        assert_eq!(error.sent() - "i\n".len(), drain(&b).len() - 1 - end);
    }
}

#[test]
fn a_newline_in_one_piece_is_one_too() {
    let (a, b) = socketpair().unwrap();
    a.sendall(b"a\r\nb\rc\n").unwrap();
    let mut file = b.makefile(R);
    assert_eq!(file.read(2).unwrap(), "a\n");
    assert_eq!(file.read(2).unwrap(), "b\n");
    assert_eq!(file.readline().unwrap(), "c\n");
    // Who asked for \r alone gets past each \n.
    a.sendall(b"a\rb\nc\r").unwrap();
    let mut file = b.makefile(R.newline(Newline::Cr));
    assert_eq!(file.readline().unwrap(), "a\r");
    assert_eq!(file.readline().unwrap(), "b\nc\r");
}

#[test]
fn a_newline_in_two_pieces_is_one() {
    let (a, b) = socketpair().unwrap();
    let mut file = b.makefile(R);
    a.sendall(b"one\r").unwrap();
    assert_eq!(
        file.readline().unwrap(),
        "one\n",
        "no need to wait for more"
    );
    a.sendall(b"\n\xfftwo\n\nthree\n").unwrap();
    // What is no text does not make it forget that it has passed the \n.
    assert!(file.read(9).is_err());
    assert_eq!(file.readline().unwrap(), "two\n");
    assert_eq!(file.readline().unwrap(), "\n");
    assert_eq!(file.lines().next().unwrap().unwrap(), "three");

    // Nor is it the first byte of what is no text, wherever it is read next.
    a.sendall(b"four\r").unwrap();
    assert_eq!(file.readline().unwrap(), "four\n");
    a.sendall(b"\n\n\x00").unwrap();
    assert_eq!(file.bytes().read(2).unwrap(), b"\n\x00");
    a.sendall(b"five\r").unwrap();
    assert_eq!(file.read(5).unwrap(), "five\n");
    a.sendall(b"\n\xff").unwrap();
    assert_eq!(file.read(1).unwrap_err().received(), b"\xff");
    a.sendall(b"six\r").unwrap();
    assert_eq!(file.readline().unwrap(), "six\n");
    a.sendall(b"\n").unwrap();
    a.close();
    assert_eq!(file.bytes().readall().unwrap(), b"");

    // By itself it is nothing yet, and not the end.
    let (a, b) = socketpair().unwrap();
    b.setblocking(false).unwrap();
    let mut file = b.makefile(R);
    for again in [
        |file: &mut TextFile<_>| file.readline().map(drop),
        |file: &mut TextFile<_>| file.bytes().read1(9).map(drop),
    ] {
        a.sendall(b"seven\r").unwrap();
        assert_eq!(file.readline().unwrap(), "seven\n");
        a.sendall(b"\n").unwrap();
        assert!(again(&mut file).unwrap_err().is_would_block());
    }
    // One that is whole does not take the next along.
    a.sendall(b"eight\n").unwrap();
    assert_eq!(file.readline().unwrap(), "eight\n");
    a.sendall(b"\n").unwrap();
    assert_eq!(file.readline().unwrap(), "\n");
    // And the end may come in its place.
    let mut file = b.makefile(R);
    a.sendall(b"end\r").unwrap();
    assert_eq!(file.readline().unwrap(), "end\n");
    a.close();
    assert_eq!(file.readline().unwrap(), "");
}

#[test]
fn std_reads_and_writes_it() {
    let (a, b) = socketpair().unwrap();
    let mut out = a.makefile(WB);
    writeln!(out, "{} 2", 1).unwrap();
    Write::flush(&mut out).unwrap();
    drop(out);
    a.sendall(b"raw\nrest").unwrap();
    a.close();
    let mut file = b.makefile(RB);
    let mut line = String::new();
    BufRead::read_line(&mut file, &mut line).unwrap();
    assert_eq!(line, "1 2\n");
    file.consume(0);
    assert_eq!(file.fill_buf().unwrap()[0], b'r');
    file.consume(usize::MAX);
    let mut rest = Vec::new();
    file.read_to_end(&mut rest).unwrap();
    assert!(b"raw\nrest".ends_with(&rest));

    // What is there needs no receive, nor does nothing.
    let (a, b) = socketpair().unwrap();
    b.setblocking(false).unwrap();
    a.sendall(b"ab").unwrap();
    let mut file = b.makefile(RB);
    let mut one = [0; 1];
    for byte in b"ab" {
        assert_eq!(Read::read(&mut file, &mut one).unwrap(), 1);
        assert_eq!(&one, &[*byte]);
    }
    assert_eq!(Read::read(&mut file, &mut []).unwrap(), 0);
    let error = Read::read(&mut file, &mut one).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);

    // What was taken is told first, and why no more at the next write.
    let mut file = b.makefile(WB.buffer_size(8));
    let big = vec![b'x'; 8 << 20];
    let taken = Write::write(&mut file, &big).unwrap();
    assert!(0 < taken && taken < big.len());
    let error = Write::write(&mut file, &big).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
}
