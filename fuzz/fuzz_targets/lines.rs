//! A file of bytes: whatever arrives, in whatever pieces, each call gives what the model says, or
//! would have to wait, and then nothing is lost. The socket never waits, so nothing can hang.
#![no_main]

#[allow(dead_code, reason = "the model is of text, too")]
#[path = "../../tests/support/model.rs"]
mod model;

use std::io::{BufRead, ErrorKind, Read};

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use socketbook::{Error, Newline, RB, Socket, SocketFile, socketpair};

#[derive(Arbitrary, Debug)]
struct Input {
    /// `None`: as it is when nothing is said.
    buffer_size: Option<u8>,
    limit: Option<u8>,
    steps: Vec<Step>,
}

#[derive(Arbitrary, Debug)]
enum Step {
    Send(Vec<u8>),
    /// So many bytes without a newline.
    SendLong(u16),
    Close,
    Read(Size),
    Read1(Size),
    Readall,
    Readline,
    ReadlineLimit(Size),
    NextOfLines,
    StdRead(u8),
    StdBuffer(u8),
}

/// Small, or far more than there is.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Size {
    Small(u8),
    Medium(u16),
    Huge,
}

impl From<Size> for usize {
    fn from(size: Size) -> usize {
        match size {
            Size::Small(size) => size.into(),
            Size::Medium(size) => size.into(),
            Size::Huge => usize::MAX,
        }
    }
}

/// What a call has to give.
#[derive(Debug, PartialEq)]
enum Outcome {
    Data(Vec<u8>),
    WouldBlock,
    TooLong,
}

fn outcome(result: Result<impl AsRef<[u8]>, Error>) -> Outcome {
    match result {
        Ok(data) => Outcome::Data(data.as_ref().to_vec()),
        Err(error) if error.is_would_block() => Outcome::WouldBlock,
        Err(error) if error.is_too_long() => Outcome::TooLong,
        Err(error) => panic!("{error}"),
    }
}

/// What has arrived and is unread.
#[derive(Default)]
struct Model {
    rest: Vec<u8>,
    ended: bool,
}

impl Model {
    /// `size` bytes, or what there is before the end.
    fn exactly(&self, size: usize) -> Outcome {
        if self.rest.len() >= size || self.ended {
            Outcome::Data(self.rest[..size.min(self.rest.len())].to_vec())
        } else {
            Outcome::WouldBlock
        }
    }

    fn line(&self, limit: usize) -> Outcome {
        let line = model::line(&self.rest, Newline::Lf);
        if line.ends_with(b"\n") && line.len() <= limit {
            Outcome::Data(line.to_vec())
        } else if self.rest.len() >= limit {
            Outcome::TooLong
        } else {
            self.exactly(limit)
        }
    }

    fn line_up_to(&self, size: usize) -> Outcome {
        match self.line(size) {
            Outcome::TooLong => self.exactly(size),
            outcome => outcome,
        }
    }

    fn all(&self, limit: usize) -> Outcome {
        match self.rest.len() {
            len if len > limit => Outcome::TooLong,
            len if self.ended => self.exactly(len),
            _ => Outcome::WouldBlock,
        }
    }

    /// How much one receive gives is not for the model to say.
    fn some(&self, size: usize, got: Outcome) -> Outcome {
        match &got {
            Outcome::Data(data) => {
                assert!(data.len() <= size && self.rest.starts_with(data));
                let nothing = size == 0 || (self.rest.is_empty() && self.ended);
                assert_eq!(data.is_empty(), nothing);
            }
            Outcome::WouldBlock => assert!(size > 0 && self.rest.is_empty() && !self.ended),
            Outcome::TooLong => panic!("one receive has no limit"),
        }
        got
    }
}

fn std_outcome(result: std::io::Result<Vec<u8>>) -> Outcome {
    match result {
        Ok(data) => Outcome::Data(data),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Outcome::WouldBlock,
        Err(error) => panic!("{error}"),
    }
}

/// Makes the call and holds it against the model.
fn call(file: &mut SocketFile<Socket>, model: &mut Model, step: &Step, input: &Input) {
    let limit = input.limit.map_or(1024 * 1024, usize::from);
    let unbuffered = input.buffer_size == Some(0);
    let had = file.buffer().len();
    let (got, expected) = match *step {
        Step::Read(size) if !unbuffered => {
            (outcome(file.read(size.into())), model.exactly(size.into()))
        }
        Step::Read(size) | Step::Read1(size) => {
            // An unbuffered file makes room for all it is asked for.
            let size = usize::from(size).min(1 << 16);
            let got = match step {
                Step::Read(_) => outcome(file.read(size)),
                _ => outcome(file.read1(size)),
            };
            let expected = model.some(size, got);
            return model.forget(expected);
        }
        Step::Readall => (outcome(file.readall()), model.all(limit)),
        Step::Readline => (outcome(file.readline()), model.line(limit)),
        Step::ReadlineLimit(size) => {
            let size = size.into();
            (outcome(file.readline_limit(size)), model.line_up_to(size))
        }
        Step::NextOfLines => {
            let expected = model.line(limit);
            match (file.lines().next(), &expected) {
                (None, Outcome::Data(line)) => assert!(line.is_empty()),
                (Some(Ok(bare)), Outcome::Data(line)) => {
                    assert!(!line.is_empty());
                    assert_eq!(bare, model::bare_bytes(line));
                }
                (next, expected) => assert_eq!(outcome(next.unwrap()), *expected),
            }
            return model.forget(expected);
        }
        Step::StdRead(size) => {
            let mut room = vec![0; size.into()];
            let result = Read::read(file, &mut room).map(|len| room[..len].to_vec());
            let got = model.some(size.into(), std_outcome(result));
            return model.forget(got);
        }
        Step::StdBuffer(size) => {
            let got = model.some(usize::MAX, std_outcome(file.fill_buf().map(<[u8]>::to_vec)));
            file.consume(size.into());
            return model.forget(match got {
                Outcome::Data(mut data) => {
                    data.truncate(size.into());
                    Outcome::Data(data)
                }
                got => got,
            });
        }
        Step::Send(_) | Step::SendLong(_) | Step::Close => unreachable!("not a call"),
    };
    assert_eq!(got, expected);
    if unbuffered && had == 0 && matches!(got, Outcome::Data(_)) {
        assert!(file.buffer().is_empty(), "it took more than the line");
    }
    model.forget(got);
}

impl Model {
    fn forget(&mut self, got: Outcome) {
        if let Outcome::Data(data) = got {
            self.rest.drain(..data.len());
        }
    }
}

fuzz_target!(|input: Input| {
    let (peer, socket) = socketpair().unwrap();
    peer.setblocking(false).unwrap();
    socket.setblocking(false).unwrap();
    let mut mode = RB;
    if let Some(size) = input.buffer_size {
        mode = mode.buffer_size(size.into());
    }
    if let Some(limit) = input.limit {
        mode = mode.limit(limit.into());
    }
    let mut file = socketbook::makefile(socket, mode);
    let mut peer = Some(peer);
    let mut model = Model::default();
    for step in &input.steps {
        let piece = match step {
            // Newlines are frequent.
            Step::Send(bytes) => bytes
                .iter()
                .map(|byte| match byte % 8 {
                    0 | 1 => b'\n',
                    2 => b'\r',
                    _ => *byte,
                })
                .collect(),
            Step::SendLong(len) => vec![b'x'; (*len).into()],
            Step::Close => {
                peer = None;
                model.ended = true;
                continue;
            }
            step => {
                call(&mut file, &mut model, step, &input);
                assert!(model.rest.starts_with(file.buffer()));
                continue;
            }
        };
        if let Some(peer) = &peer {
            // What there is no room for is not sent.
            let sent = peer.send(&piece).unwrap_or(0);
            model.rest.extend_from_slice(&piece[..sent]);
        }
    }
});
