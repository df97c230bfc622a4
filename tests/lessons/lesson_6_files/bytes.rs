//! Lesson 6, files: who keeps the connection open, what stays readable, what is counted.

use std::io::{BufRead, Read, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::support::*;
use socketbook::*;

const SOON: Duration = Duration::from_millis(20);

#[cfg(target_os = "linux")]
fn ended(socket: &Socket) -> bool {
    matches!(socket.recv_with_flags(1, MSG_DONTWAIT), Ok(end) if end.is_empty())
}

#[cfg(target_os = "linux")]
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
        assert!(error.is_file_timed_out() && !error.is_timeout());
        assert_eq!(error.errno(), None);
    }
    assert_eq!(file.buffer(), b"part");
    assert_eq!(file.read(2).unwrap(), b"pa");
    assert_eq!(file.read1(100).unwrap(), b"rt");
    assert!(file.read1(100).unwrap_err().is_file_timed_out());
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

#[cfg(target_os = "linux")]
#[test]
fn what_arrived_before_a_reset_stays_readable() {
    let (a, b) = tcp_pair();
    a.sendall(b"line\npart").unwrap();
    let mut file = b.makefile(RB);
    assert_eq!(file.readline().unwrap(), b"line\n");
    reset(a);
    let error = file.readline().map(drop).unwrap_err();
    assert_eq!(
        (error.call().name(), error.errno()),
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

#[cfg(target_os = "linux")]
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

#[cfg(target_os = "linux")]
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

#[cfg(target_os = "linux")]
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

#[cfg(target_os = "linux")]
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

#[cfg(target_os = "linux")]
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
    let mut all = drain_now(&b);
    drop(file); // sends the y
    a.shutdown(SHUT_WR).unwrap();
    all.extend(drain(&b));
    assert_eq!(all.len(), 4 + sent + 1);
    assert_eq!((&all[..4], all[4 + sent]), (&b"1234"[..], b'y'));
}

#[cfg(target_os = "linux")]
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
        assert_eq!((error.call().name(), error.errno()), ("close", Some(EPIPE)));
    }
    let (a, b) = socketpair().unwrap();
    drop(b);
    let error = a.makefile(W.line_buffered()).write("line\n").unwrap_err();
    assert_eq!(
        (error.call().name(), error.errno(), error.sent()),
        ("write", Some(EPIPE), 0)
    );
}

#[cfg(target_os = "linux")]
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

/// Waits until something has arrived.
fn until_it_arrives(socket: &Socket) {
    select([socket], [], None).unwrap();
}

#[test]
fn a_long_read_forgets_how_far_a_line_was_searched() {
    let (a, b) = socketpair().unwrap();
    b.setblocking(false).unwrap();
    let mut file = b.makefile(RB.buffer_size(8));
    a.sendall(b"four").unwrap();
    until_it_arrives(&b);
    assert!(file.readline().unwrap_err().is_would_block());
    // More than the buffer holds: it is gathered beside it.
    a.sendall(b", and a dozen more").unwrap();
    until_it_arrives(&b);
    assert_eq!(file.read(22).unwrap(), b"four, and a dozen more");
    a.sendall(b"x\nyz\n").unwrap();
    until_it_arrives(&b);
    assert_eq!(file.readline().unwrap(), b"x\n");
}
