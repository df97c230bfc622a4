//! A file of text, in each of Python's newline modes: pieces are cut anywhere, within `\r\n` and
//! within a character, and may be no UTF-8. Reading gives what the model says, or would have to
//! wait, and then nothing is lost; what is written arrives translated, in order, once.
#![no_main]

#[allow(dead_code, reason = "the model is of bytes, too")]
#[path = "../../tests/support/model.rs"]
mod model;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use socketbook::{Error, Newline, R, SO_SNDBUF, SOL_SOCKET, Socket, TextFile, W, socketpair};

#[derive(Arbitrary, Debug)]
enum Input {
    Read {
        newline: AnyNewline,
        lossy: bool,
        /// `None`: as it is when nothing is said.
        buffer_size: Option<u8>,
        limit: Option<u8>,
        steps: Vec<Reading>,
    },
    Write {
        newline: AnyNewline,
        line_buffered: bool,
        buffer_size: Option<u8>,
        steps: Vec<Writing>,
    },
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum AnyNewline {
    Universal,
    Untranslated,
    Lf,
    Cr,
    CrLf,
}

impl From<AnyNewline> for Newline {
    fn from(newline: AnyNewline) -> Newline {
        match newline {
            AnyNewline::Universal => Newline::Universal,
            AnyNewline::Untranslated => Newline::Untranslated,
            AnyNewline::Lf => Newline::Lf,
            AnyNewline::Cr => Newline::Cr,
            AnyNewline::CrLf => Newline::CrLf,
        }
    }
}

#[derive(Arbitrary, Debug)]
enum Reading {
    Send(Vec<u8>),
    Close,
    Read(u8),
    Readall,
    Readline,
    ReadlineLimit(u8),
    NextOfLines,
    /// From the file of bytes beneath.
    Bytes(u8),
}

#[derive(Arbitrary, Debug)]
enum Writing {
    Write(Vec<u8>),
    Flush,
    /// Until there is no room to send.
    Fill,
    /// The peer reads what was sent.
    Drain,
}

/// Ends of lines and parts of long characters are frequent.
fn text(bytes: &[u8]) -> Vec<u8> {
    const USUAL: &[u8; 16] = b"\n\n\r\r\r\nab\xc3\xa9\xe5\x96\x82\xf0\x9f\x98";
    let byte = |byte: &u8| match byte {
        0..128 => USUAL[usize::from(byte % 16)],
        _ => *byte,
    };
    bytes.iter().map(byte).collect()
}

/// What a call has to give.
#[derive(Debug, PartialEq)]
enum Outcome {
    Text(String),
    /// Not UTF-8, as it would be shown.
    Bad(Vec<u8>),
    Bytes(Vec<u8>),
    WouldBlock,
    TooLong,
    BadInput,
}

fn outcome(result: Result<impl AsRef<str>, Error>, newline: Newline) -> Outcome {
    match result {
        Ok(text) => Outcome::Text(text.as_ref().to_owned()),
        Err(error) => failure(&error, newline),
    }
}

fn failure(error: &Error, newline: Newline) -> Outcome {
    if error.is_would_block() {
        Outcome::WouldBlock
    } else if error.is_too_long() {
        Outcome::TooLong
    } else if error.is_bad_input() {
        Outcome::BadInput
    } else {
        assert!(!error.received().is_empty(), "{error}");
        Outcome::Bad(model::translated(error.received(), newline))
    }
}

/// What has arrived and is unread, without the `\n` of a `\r\n` whose `\r` was read.
struct Model {
    rest: Vec<u8>,
    after_cr: bool,
    ended: bool,
    newline: Newline,
    lossy: bool,
}

impl Model {
    fn arrive(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        if self.after_cr && !self.rest.is_empty() {
            self.after_cr = false;
            if self.rest[0] == b'\n' {
                self.rest.remove(0);
            }
        }
    }

    fn shown(&self) -> Vec<u8> {
        model::translated(&self.rest, self.newline)
    }

    /// So much of what is shown was read.
    fn forget(&mut self, len: usize) {
        let is_it = |raw: &usize| model::translated(&self.rest[..*raw], self.newline).len() == len;
        let raw = (0..=self.rest.len()).find(is_it).unwrap();
        let last = self.rest.drain(..raw).next_back();
        self.after_cr =
            self.after_cr && raw == 0 || self.newline == Newline::Universal && last == Some(b'\r');
        self.arrive(b"");
    }

    /// What these bytes of what is shown are to the caller, who then has them.
    fn give(&mut self, bytes: &[u8]) -> Outcome {
        self.forget(bytes.len());
        match std::str::from_utf8(bytes) {
            Ok(text) => Outcome::Text(text.to_owned()),
            Err(_) if self.lossy => Outcome::Text(String::from_utf8_lossy(bytes).into_owned()),
            Err(_) => Outcome::Bad(bytes.to_vec()),
        }
    }

    /// A line no longer than the limit; beyond it `cut` gives its beginning.
    fn line(&mut self, limit: usize, cut: bool) -> Outcome {
        let shown = self.shown();
        let end = model::line_end(&shown, self.newline);
        // A \r at the end may be half of a newline.
        let half = self.newline == Newline::Untranslated
            && !self.ended
            && end == Some(shown.len())
            && shown.ends_with(b"\r");
        match end {
            Some(end) if end <= limit && !half => self.give(&shown[..end]),
            _ if shown.len() >= limit && cut => self.give(model::cut(&shown, limit)),
            _ if shown.len() > limit || (shown.len() == limit && !half) => Outcome::TooLong,
            _ if self.ended => self.give(&shown),
            _ => Outcome::WouldBlock,
        }
    }

    /// So many characters.
    fn chars(&mut self, size: usize) -> Outcome {
        let shown = self.shown();
        let (mut len, mut chars) = (0, 0);
        while chars < size && len < shown.len() {
            let rest = &shown[len..];
            let first = rest.utf8_chunks().next().unwrap();
            (len, chars) = match first.valid().chars().next() {
                Some(char) => (len + char.len_utf8(), chars + 1),
                None => {
                    let bad = first.invalid();
                    let begun = std::str::from_utf8(bad).is_err_and(|e| e.error_len().is_none());
                    if begun && bad.len() == rest.len() && !self.ended {
                        return Outcome::WouldBlock;
                    }
                    if !self.lossy {
                        return self.give(&shown[..len + bad.len()]);
                    }
                    (len + bad.len(), chars + 1)
                }
            };
        }
        if chars < size && !self.ended {
            return Outcome::WouldBlock;
        }
        self.give(&shown[..len])
    }

    fn all(&mut self, limit: usize) -> Outcome {
        match self.rest.len() {
            len if len > limit => Outcome::TooLong,
            _ if self.ended => self.give(&self.shown()),
            _ => Outcome::WouldBlock,
        }
    }

    fn bytes(&mut self, size: usize) -> Outcome {
        if self.rest.len() < size && !self.ended {
            return Outcome::WouldBlock;
        }
        let size = size.min(self.rest.len());
        Outcome::Bytes(self.rest.drain(..size).collect())
    }
}

/// Makes the call and holds it against the model.
fn call(file: &mut TextFile<Socket>, model: &mut Model, step: &Reading, limit: usize) {
    let newline = model.newline;
    let (got, expected) = match *step {
        Reading::Read(size) => (
            outcome(file.read(size.into()), newline),
            model.chars(size.into()),
        ),
        Reading::Readall => (outcome(file.readall(), newline), model.all(limit)),
        Reading::Readline => (outcome(file.readline(), newline), model.line(limit, false)),
        Reading::ReadlineLimit(size) => (
            outcome(file.readline_limit(size.into()), newline),
            match size {
                0..4 => Outcome::BadInput,
                size => model.line(size.into(), true),
            },
        ),
        Reading::NextOfLines => {
            let bare = |text: String| {
                String::from_utf8(model::bare(text.as_bytes(), newline).to_vec()).unwrap()
            };
            let expected = match model.line(limit, false) {
                Outcome::Text(line) if line.is_empty() => None,
                Outcome::Text(line) => Some(Outcome::Text(bare(line))),
                other => Some(other),
            };
            let got = file.lines().next().map(|line| outcome(line, newline));
            assert_eq!(got, expected);
            return;
        }
        Reading::Bytes(size) => {
            let got = match file.bytes().read(size.into()) {
                Ok(bytes) => Outcome::Bytes(bytes),
                Err(error) => failure(&error, newline),
            };
            (got, model.bytes(size.into()))
        }
        Reading::Send(_) | Reading::Close => unreachable!("not a call"),
    };
    assert_eq!(got, expected);
}

fn read(
    mut file: TextFile<Socket>,
    peer: Socket,
    mut model: Model,
    limit: usize,
    steps: &[Reading],
) {
    let mut peer = Some(peer);
    for step in steps {
        match (step, &peer) {
            (Reading::Send(bytes), Some(peer)) => {
                let bytes = text(bytes);
                // What there is no room for is not sent.
                let sent = peer.send(&bytes).unwrap_or(0);
                model.arrive(&bytes[..sent]);
            }
            (Reading::Send(_), None) => {}
            (Reading::Close, _) => {
                peer = None;
                model.ended = true;
            }
            (step, _) => call(&mut file, &mut model, step, limit),
        }
    }
}

/// What fills the socket: no text has it.
const FILLING: u8 = 0;

/// What the peer has received of the text.
fn drain(peer: &Socket, received: &mut Vec<u8>) {
    loop {
        match peer.recv(64 * 1024) {
            Ok(bytes) => received.extend(bytes.iter().filter(|byte| **byte != FILLING)),
            Err(error) => break assert!(error.is_would_block(), "{error}"),
        }
    }
}

fn write(
    mut file: TextFile<&Socket>,
    peer: &Socket,
    newline: Newline,
    line_buffered: bool,
    steps: &[Writing],
) {
    let end = match newline {
        Newline::Universal | Newline::Untranslated | Newline::Lf => "\n",
        Newline::Cr => "\r",
        Newline::CrLf => "\r\n",
    };
    let (mut taken, mut received) = (String::new(), Vec::new());
    for step in steps {
        let flushed = match step {
            Writing::Write(bytes) => {
                let text = String::from_utf8_lossy(&text(bytes)).replace('\0', "");
                let (written, sent) = match file.write(&text) {
                    Ok(()) => (true, text.len()),
                    Err(error) => {
                        assert!(error.is_would_block(), "{error}");
                        (false, error.sent())
                    }
                };
                taken += &text[..sent].replace('\n', end);
                written && line_buffered && text.contains('\n')
            }
            Writing::Flush => match file.flush() {
                Ok(()) => true,
                Err(error) => {
                    assert!(error.is_would_block(), "{error}");
                    false
                }
            },
            Writing::Fill => {
                while file.socket().send(&[FILLING; 512]).is_ok() {}
                false
            }
            Writing::Drain => {
                drain(peer, &mut received);
                assert!(taken.as_bytes().starts_with(&received));
                false
            }
        };
        if flushed {
            drain(peer, &mut received);
            assert_eq!(received, taken.as_bytes());
        }
    }
    // Now that there is room again, each time some of it goes out.
    drain(peer, &mut received);
    loop {
        let before = received.len();
        let outcome = file.flush();
        drain(peer, &mut received);
        match outcome {
            Ok(()) => break,
            Err(error) => assert!(error.is_would_block(), "{error}"),
        }
        assert!(received.len() > before);
    }
    assert_eq!(received, taken.as_bytes());
}

fuzz_target!(|input: Input| {
    let (peer, socket) = socketpair().unwrap();
    peer.setblocking(false).unwrap();
    socket.setblocking(false).unwrap();
    match input {
        Input::Read {
            newline,
            lossy,
            buffer_size,
            limit,
            steps,
        } => {
            let newline = newline.into();
            let mut mode = R.newline(newline);
            if lossy {
                mode = mode.lossy();
            }
            if let Some(size) = buffer_size {
                mode = mode.buffer_size(size.into());
            }
            if let Some(limit) = limit {
                mode = mode.limit(limit.into());
            }
            let limit = limit.map_or(1024 * 1024, usize::from);
            let model = Model {
                rest: Vec::new(),
                after_cr: false,
                ended: false,
                newline,
                lossy,
            };
            read(
                socketbook::makefile(socket, mode),
                peer,
                model,
                limit,
                &steps,
            );
        }
        Input::Write {
            newline,
            line_buffered,
            buffer_size,
            steps,
        } => {
            // The least that the kernel gives, which is soon full.
            socket.setsockopt(SOL_SOCKET, SO_SNDBUF, 1).unwrap();
            let newline = newline.into();
            let mut mode = W.newline(newline);
            if line_buffered {
                mode = mode.line_buffered();
            }
            if let Some(size) = buffer_size {
                mode = mode.buffer_size(size.into());
            }
            write(socket.makefile(mode), &peer, newline, line_buffered, &steps);
        }
    }
});
