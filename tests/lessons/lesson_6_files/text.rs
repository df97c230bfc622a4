//! Lesson 6, files of text: newlines and characters, however they are cut.

use crate::support::*;
use socketbook::*;

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

#[cfg(target_os = "linux")]
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
        assert_eq!((error.call().name(), error.sent()), ("write", taken.len()));
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
