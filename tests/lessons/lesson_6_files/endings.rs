//! What a peer can make of a file: lines without an end, bytes one at a time; and what is left when
//! the file is taken apart.

use std::time::Duration;

use crate::support::*;
use socketbook::*;

/// An error that would come again ends the loop over the lines.
#[test]
fn lines_end_after_an_error_that_lasts() {
    let (a, b) = socketpair().unwrap();
    a.sendall(b"one\nmuch too long a line\nthree\n").unwrap();
    a.close();
    let mut file = b.makefile(RB.limit(8));
    let mut lines = SocketFile::lines(&mut file);
    assert_eq!(lines.next().unwrap().unwrap(), b"one");
    assert!(lines.next().unwrap().unwrap_err().is_too_long());
    assert!(lines.next().is_none());
    assert!(lines.next().is_none());
    // It stays readable.
    assert_eq!(file.readline_limit(100).unwrap(), b"much too long a line\n");
    assert_eq!(SocketFile::lines(&mut file).count(), 1);

    let (a, b) = socketpair().unwrap();
    a.sendall(b"one\nmuch too long a line\nthree\n").unwrap();
    let mut file = b.makefile(R.limit(8));
    let seen: Vec<Result<String>> = file.lines().take(100).collect();
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(seen[1].as_ref().unwrap_err().is_too_long());

    // A timeout, and the refusal after it.
    b.settimeout(Duration::from_millis(5)).unwrap();
    let mut file = b.makefile(RB);
    let mut lines = SocketFile::lines(&mut file);
    assert!(lines.next().unwrap().unwrap_err().is_timeout());
    assert!(lines.next().is_none());
    let mut lines = SocketFile::lines(&mut file);
    assert!(lines.next().unwrap().unwrap_err().is_file_timed_out());
    assert!(lines.next().is_none());
}

#[test]
fn lines_go_on_after_an_error_that_passes() {
    let (a, b) = socketpair().unwrap();
    b.setblocking(false).unwrap();
    let mut file = b.makefile(R);
    let mut lines = file.lines();
    for _ in 0..3 {
        assert!(lines.next().unwrap().unwrap_err().is_would_block());
    }
    a.sendall(b"\xff\xff\ntext\n").unwrap();
    let error = lines.next().unwrap().unwrap_err();
    assert!(error.is_not_utf8());
    assert_eq!(error.received(), b"\xff\xff\n");
    assert_eq!(lines.next().unwrap().unwrap(), "text");
    a.close();
    assert!(lines.next().is_none());
}

/// How much of the processor a read takes of text that comes byte by byte, where the reader asks
/// after each.
#[cfg(target_os = "linux")]
fn byte_by_byte(len: usize) -> Duration {
    let (a, b) = socketpair().unwrap();
    b.setblocking(false).unwrap();
    let mut file = b.makefile(R);
    let text = "a喂\r\n".repeat(len / 6 + 1);
    let text = &text[..len - len % 6];
    let chars = text.replace("\r\n", "\n").chars().count();
    let (read, used) = processor_time(|| {
        for byte in text.as_bytes() {
            a.sendall(&[*byte]).unwrap();
            match file.read(chars) {
                Ok(read) => return read,
                Err(error) => assert!(error.is_would_block(), "{error}"),
            }
        }
        file.read(chars).unwrap()
    });
    assert_eq!(read, text.replace("\r\n", "\n"));
    used
}

#[cfg(target_os = "linux")]
#[test]
fn text_that_comes_byte_by_byte_is_decoded_once() {
    let short = byte_by_byte(3000);
    let long = byte_by_byte(24_000);
    // Eight times as much; decoded anew each time it would be 64 times.
    assert!(long < short * 24, "{short:?} and {long:?}");
}

/// Another read between the attempts starts anew where it left off.
#[test]
fn reads_of_other_sizes_between_the_attempts() {
    let (a, b) = socketpair().unwrap();
    b.setblocking(false).unwrap();
    let mut file = b.makefile(R);
    a.sendall("喂喂\r".as_bytes()).unwrap();
    assert!(file.read(9).unwrap_err().is_would_block());
    assert_eq!(file.read(1).unwrap(), "喂", "fewer than were decoded");
    assert!(file.read(9).unwrap_err().is_would_block());
    a.sendall("\n一\n二三四五六七八".as_bytes()).unwrap();
    assert_eq!(file.readline().unwrap(), "喂\n");
    assert_eq!(file.readline().unwrap(), "一\n");
    assert_eq!(file.read(2).unwrap(), "二三");
    assert!(file.read(9).unwrap_err().is_would_block());
    assert_eq!(file.bytes().read1(3).unwrap(), "四".as_bytes());
    assert_eq!(file.read(4).unwrap(), "五六七八");
}

/// STARTTLS: a conversation in lines becomes another protocol. Here the other one is lengths and
/// bytes, and its first message came along with the last line.
#[test]
fn a_conversation_in_lines_becomes_another() {
    fn message(bytes: &[u8]) -> Vec<u8> {
        [&[bytes.len() as u8], bytes].concat()
    }

    let (client, server) = tcp_pair();
    client
        .sendall(&[b"EHLO\r\nSTARTTLS\r\n", &*message(b"\r\nhello")].concat())
        .unwrap();
    let mut lines = makefile(server, RW.newline(Newline::CrLf));
    assert_eq!(lines.readline().unwrap(), "EHLO\r\n");
    lines.write("250 STARTTLS\n").unwrap();
    assert_eq!(lines.readline().unwrap(), "STARTTLS\r\n");
    lines.write("220 go ahead\n").unwrap();
    lines.flush().unwrap();
    lines.write("250 too late\n").unwrap();

    let (server, left) = lines.into_inner();
    assert!(!left.is_empty());
    // The unsent line is not sent by itself, and is not lost.
    assert_eq!(left.unsent, b"250 too late\r\n");
    // What had arrived goes before what the socket has.
    client.sendall(&message(b"world")).unwrap();
    client.shutdown(SHUT_WR).unwrap();
    let mut stream = left.unread;
    stream.extend(drain(&server));
    assert_eq!(stream, [message(b"\r\nhello"), message(b"world")].concat());
    server.sendall(&message(b"bye")).unwrap();
    drop(server);
    let answers = drain(&client);
    assert_eq!(
        answers,
        [&b"250 STARTTLS\r\n220 go ahead\r\n"[..], &message(b"bye")].concat()
    );
}

#[test]
fn a_file_is_taken_apart_whatever_it_holds_the_socket_by() {
    let (a, b) = socketpair().unwrap();
    let (borrowed, left): (&Socket, Leftover) = a.makefile(RWB).into_inner();
    assert!(left.is_empty());
    borrowed.sendall(b"unread").unwrap();
    let mut file = makefile(std::sync::Arc::new(b), RB);
    assert_eq!(file.read(2).unwrap(), b"un");
    let (shared, left) = file.into_inner();
    assert_eq!((&*left.unread, &*left.unsent), (&b"read"[..], &b""[..]));
    // After a timeout, too.
    shared.settimeout(Duration::from_millis(1)).unwrap();
    a.sendall(b"part").unwrap();
    let mut file = makefile(shared, R);
    assert!(file.readline().unwrap_err().is_timeout());
    let (shared, left) = file.into_inner();
    assert_eq!(left.unread, b"part");
    a.sendall(b" and rest").unwrap();
    assert_eq!(shared.recv(100).unwrap(), b" and rest");
    // And after a read that decoded a part.
    shared.setblocking(false).unwrap();
    a.sendall("喂".as_bytes()).unwrap();
    let mut file = makefile(shared, R);
    assert!(file.read(5).unwrap_err().is_would_block());
    assert_eq!(file.into_inner().1.unread, "喂".as_bytes());
}

/// Not by dropping the file either, after the error was reported.
#[cfg(target_os = "linux")]
#[test]
fn what_close_could_not_send_is_never_sent() {
    let (caller, phone) = (udp(), udp());
    // As long as it hears another address only, the kernel reports that no one is there.
    phone.connect(("127.0.0.1", 1)).unwrap();
    caller.connect(phone.getsockname().unwrap()).unwrap();
    caller.send(b"refused").unwrap();
    phone.connect(caller.getsockname().unwrap()).unwrap();
    let mut file = caller.makefile(WB);
    file.write(b"late").unwrap();
    assert_eq!(file.close().unwrap_err().errno(), Some(ECONNREFUSED));
    phone.setblocking(false).unwrap();
    assert!(phone.recv(10).unwrap_err().is_would_block());
}
