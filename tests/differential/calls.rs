//! Makes the calls of a script with the crate.

use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use socketbook::*;

use super::options::{family, flags, getsockopt, kind, setsockopt};
use super::outcome::{Value, shown_bytes};
use super::script::{Arg, Call};

/// What a name of a script stands for.
#[derive(Clone)]
pub enum Object {
    Socket(Arc<Socket>),
    Bytes(Arc<Mutex<SocketFile<Arc<Socket>>>>),
    Text(Arc<Mutex<TextFile<Arc<Socket>>>>),
    Closed,
}

/// In the order in which they were made.
#[derive(Clone, Default)]
pub struct Names(pub Vec<(String, Object)>);

/// What a call gave: a value, or new objects and perhaps the address that came with them.
pub struct Given {
    pub value: Value,
    pub made: Vec<Object>,
}

pub enum Refusal {
    Error(Error),
    /// Not to be written with the crate's types.
    Types,
}

impl<T> From<ConvertError<T>> for Refusal {
    fn from(error: ConvertError<T>) -> Refusal {
        Refusal::Error(error.into())
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal::Error(error)
    }
}

pub type Outcome = std::result::Result<Given, Refusal>;

impl From<Value> for Given {
    fn from(value: Value) -> Given {
        let made = Vec::new();
        Given { value, made }
    }
}

fn made<const N: usize>(sockets: [Socket; N]) -> Outcome {
    let made = sockets.map(|socket| Object::Socket(Arc::new(socket)));
    Ok(Given {
        value: Value::Done,
        made: made.into(),
    })
}

/// An address as a script writes it.
enum Place {
    Known(Address),
    Text(String),
    Host(String, u16),
    Tuple(String, u16, u32, u32),
}

/// Evaluates a call with the address in its own type.
macro_rules! at {
    ($place:expr, $address:ident => $call:expr) => {
        match $place {
            Place::Known($address) => $call,
            Place::Text(text) => {
                let $address = text.as_str();
                $call
            }
            Place::Host(host, port) => {
                let $address = (host.as_str(), port);
                $call
            }
            Place::Tuple(host, port, flow, scope) => {
                let $address = (host.as_str(), port, flow, scope);
                $call
            }
        }
    };
}

pub fn number<T: FromStr>(word: &str) -> std::result::Result<T, Refusal> {
    word.parse().map_err(|_| Refusal::Types)
}

fn seconds(word: &str) -> std::result::Result<Option<Duration>, Refusal> {
    if word == "none" {
        return Ok(None);
    }
    let seconds: f64 = word.parse().unwrap();
    // Beyond what a Duration holds there are only 292 years left to test: a longer one is asked for.
    Duration::try_from_secs_f64(seconds)
        .map(Some)
        .map_err(|_| Refusal::Types)
}

impl Names {
    pub fn get(&self, name: &str) -> &Object {
        let found = self.0.iter().find(|(known, _)| known == name);
        &found.unwrap_or_else(|| panic!("{name}: no such name")).1
    }

    /// Only what the call speaks of: what a thread holds cannot be closed meanwhile.
    pub fn of(&self, call: &Call) -> Names {
        let spoken_of = |name: &str| {
            call.object.as_deref() == Some(name)
                || call.args.iter().any(
                    |arg| matches!(arg, Arg::Word(word) if word.trim_start_matches('@') == name),
                )
        };
        let names = self.0.iter().filter(|(name, _)| spoken_of(name));
        Names(names.cloned().collect())
    }

    pub fn socket(&self, name: &str) -> std::result::Result<&Arc<Socket>, Refusal> {
        match self.get(name) {
            Object::Socket(socket) => Ok(socket),
            Object::Closed => Err(Refusal::Types),
            _ => panic!("{name} is not a socket"),
        }
    }

    fn place(&self, args: &[Arg]) -> std::result::Result<Place, Refusal> {
        match args {
            [Arg::Word(name)] => {
                let socket = self.socket(name.strip_prefix('@').unwrap())?;
                Ok(Place::Known(socket.getsockname()?))
            }
            [Arg::Text(text)] => Ok(Place::Text(String::from_utf8(text.clone()).unwrap())),
            [Arg::Text(host), Arg::Word(port), rest @ ..] => {
                let host = String::from_utf8(host.clone()).unwrap();
                let port = match port.strip_prefix('@') {
                    Some(name) => self.socket(name)?.getsockname()?.port().unwrap(),
                    None => number(port)?,
                };
                match rest {
                    [] => Ok(Place::Host(host, port)),
                    [Arg::Word(flow), Arg::Word(scope)] => {
                        Ok(Place::Tuple(host, port, number(flow)?, number(scope)?))
                    }
                    _ => panic!("an address has 1, 2 or 4 parts"),
                }
            }
            _ => panic!("no address: {args:?}"),
        }
    }

    pub fn run(&self, call: &Call) -> Outcome {
        match call.object.as_deref().map(|name| self.get(name)) {
            None => self.function(call),
            Some(Object::Socket(socket)) => self.method(socket, call),
            Some(Object::Bytes(file)) => bytes_file(&mut file.lock().unwrap(), call),
            Some(Object::Text(file)) => text_file(&mut file.lock().unwrap(), call),
            Some(Object::Closed) => Err(Refusal::Types),
        }
    }

    fn function(&self, call: &Call) -> Outcome {
        match call.verb.as_str() {
            "tcp" => made([Socket::tcp()?]),
            "udp" => made([Socket::udp()?]),
            "socket" if call.args.len() == 2 => {
                made([Socket::new(family(call.word(0)), kind(call.word(1)))?])
            }
            "socket" => {
                let proto: i32 = number(call.word(2))?;
                made([Socket::with_proto(
                    family(call.word(0)),
                    kind(call.word(1)),
                    proto,
                )?])
            }
            "socketpair" => made(match call.args.len() {
                0 => socketpair()?.into(),
                _ => socketpair_with(family(call.word(0)), kind(call.word(1)), 0)?.into(),
            }),
            "adopt_file" => {
                let file = std::fs::File::open("/dev/null").unwrap();
                made([Socket::try_from(std::os::fd::OwnedFd::from(file))?])
            }
            "fromfd" => {
                let socket = self.socket(call.word(0))?;
                made([fromfd(socket, family(call.word(1)), kind(call.word(2)))?])
            }
            "create_server" => {
                let mut options = ServerOptions::new();
                if let Some(word) = call.key("family") {
                    options = options.family(family(word));
                }
                if let Some(word) = call.key("backlog") {
                    options = options.backlog(number(word)?);
                }
                if let Some(word) = call.key("reuse_port") {
                    options = options.reuse_port(word == "true");
                }
                if let Some(word) = call.key("dualstack_ipv6") {
                    options = options.dualstack_ipv6(word == "true");
                }
                let place = self.place(&call.args)?;
                made([at!(place, address => create_server_with(address, &options))?])
            }
            "create_connection" => {
                let mut options = ConnectionOptions::new();
                if let Some(word) = call.key("timeout") {
                    options = options.timeout(seconds(word)?);
                }
                if let Some(host) = call.key("source") {
                    options = options.source_address((host, 0));
                }
                let place = self.place(&call.args)?;
                made([at!(place, address => create_connection_with(address, &options))?])
            }
            "setdefaulttimeout" => {
                setdefaulttimeout(seconds(call.word(0))?)?;
                Ok(Value::Done.into())
            }
            "getdefaulttimeout" => Ok(Value::Seconds(getdefaulttimeout()).into()),
            "has_dualstack_ipv6" => Ok(Value::Bool(has_dualstack_ipv6()).into()),
            other => match super::names::function(call)? {
                Some(given) => Ok(given),
                None => match super::messages::function(self, call)? {
                    Some(given) => Ok(given),
                    None => panic!("{other}: no such call"),
                },
            },
        }
    }

    fn method(&self, s: &Arc<Socket>, call: &Call) -> Outcome {
        let size = || number::<usize>(call.word(0));
        let value = match call.verb.as_str() {
            "family" => Value::Word(format!("{:?}", s.family())),
            "kind" => Value::Word(format!("{:?}", s.kind())),
            "proto" => Value::Int(i32::from(s.proto()).into()),
            "nonblock" => Value::Bool(socket2::SockRef::from(&**s).nonblocking().unwrap()),
            "get_inheritable" => Value::Bool(s.get_inheritable()?),
            "set_inheritable" => {
                s.set_inheritable(call.word(0) == "true")?;
                Value::Done
            }
            "dup" => return made([s.dup()?]),
            "bind" => {
                at!(self.place(&call.args)?, address => s.bind(address))?;
                Value::Done
            }
            "listen" if call.args.is_empty() => {
                s.listen(None)?;
                Value::Done
            }
            "listen" => {
                s.listen(number::<i32>(call.word(0))?)?;
                Value::Done
            }
            "accept" => {
                let (conn, address) = s.accept()?;
                return Ok(Given {
                    value: Value::Address(address, s.kind()),
                    made: vec![Object::Socket(Arc::new(conn))],
                });
            }
            "connect" => {
                at!(self.place(&call.args)?, address => s.connect(address))?;
                Value::Done
            }
            "connect_ex" => {
                Value::Code(at!(self.place(&call.args)?, address => s.connect_ex(address))?)
            }
            "recv" => Value::Bytes(match flags(call) {
                None => s.recv(size()?)?,
                Some(flags) => s.recv_with_flags(size()?, flags)?,
            }),
            "recv_into" => {
                let mut buffer = vec![0; size()?];
                let got = match flags(call) {
                    None => s.recv_into(&mut buffer)?,
                    Some(flags) => s.recv_into_with_flags(&mut buffer, flags)?,
                };
                Value::Word(format!("int {got} {}", shown_bytes(&buffer)))
            }
            "recvfrom" => {
                let (data, address) = match flags(call) {
                    None => s.recvfrom(size()?)?,
                    Some(flags) => s.recvfrom_with_flags(size()?, flags)?,
                };
                Value::From(data.into_vec(), address, s.kind())
            }
            "recvfrom_into" => {
                let mut buffer = vec![0; size()?];
                let (data, address) = match flags(call) {
                    None => s.recvfrom_into(&mut buffer)?,
                    Some(flags) => s.recvfrom_into_with_flags(&mut buffer, flags)?,
                };
                Value::From(data.to_vec(), address, s.kind())
            }
            "send" => Value::Int(match flags(call) {
                None => s.send(call.bytes(0))?,
                Some(flags) => s.send_with_flags(call.bytes(0), flags)?,
            } as i64),
            "sendall" => {
                match flags(call) {
                    None => s.sendall(call.bytes(0))?,
                    Some(flags) => s.sendall_with_flags(call.bytes(0), flags)?,
                }
                Value::Done
            }
            "sendto" => {
                let (data, place) = (call.bytes(0), self.place(&call.args[1..])?);
                Value::Int(match flags(call) {
                    None => at!(place, address => s.sendto(data, address))?,
                    Some(flags) => {
                        at!(place, address => s.sendto_with_flags(data, flags, address))?
                    }
                } as i64)
            }
            "sendmsg" => return super::messages::sendmsg(self, s, call),
            "recvmsg" => return super::messages::recvmsg(s, call),
            "recvmsg_into" => return super::messages::recvmsg_into(s, call),
            "sendfile" | "sendfile_of" | "sendfile_pipe" => {
                return super::messages::sendfile(s, call);
            }
            "getpeername" => Value::Address(s.getpeername()?, s.kind()),
            "getsockname" => Value::Address(s.getsockname()?, s.kind()),
            "getsockopt" => getsockopt(s, call)?,
            "setsockopt" => setsockopt(s, call)?,
            "shutdown" => {
                s.shutdown(match call.word(0) {
                    "RD" => SHUT_RD,
                    "WR" => SHUT_WR,
                    _ => SHUT_RDWR,
                })?;
                Value::Done
            }
            "setblocking" => {
                s.setblocking(call.word(0) == "true")?;
                Value::Done
            }
            "getblocking" => Value::Bool(s.getblocking()),
            "settimeout" => {
                s.settimeout(seconds(call.word(0))?)?;
                Value::Done
            }
            "gettimeout" => Value::Seconds(s.gettimeout()),
            "ready" => {
                let ready = match call.word(0) {
                    "in" => PollFlags::IN,
                    "out" => PollFlags::OUT,
                    _ => PollFlags::PRI,
                };
                poll(&mut [PollFd::new(&**s, ready)], None).unwrap();
                Value::Done
            }
            // Receives a little at a time, slowly, to the end.
            "dribble" => {
                while !s.recv(size()?)?.is_empty() {
                    thread::sleep(Duration::from_millis(2)); // the dribble itself
                }
                Value::Done
            }
            "makefile" => return open(s, call),
            other => panic!("{other}: no such call on a socket"),
        };
        Ok(value.into())
    }
}

fn open(socket: &Arc<Socket>, call: &Call) -> Outcome {
    let buffering = call.key("buffering").map(|size| size.parse().unwrap());
    let bytes = |mut mode: BytesMode| {
        if let Some(size) = buffering {
            mode = mode.buffer_size(size);
        }
        if let Some(limit) = call.key("limit") {
            mode = mode.limit(limit.parse().unwrap());
        }
        Object::Bytes(Arc::new(Mutex::new(makefile(Arc::clone(socket), mode))))
    };
    let text = |mut mode: TextMode| {
        mode = match buffering {
            None => mode,
            Some(1) => mode.line_buffered(),
            Some(size) => mode.buffer_size(size),
        };
        mode = mode.newline(match call.key("newline") {
            None | Some("universal") => Newline::Universal,
            Some("untranslated") => Newline::Untranslated,
            Some("lf") => Newline::Lf,
            Some("cr") => Newline::Cr,
            Some("crlf") => Newline::CrLf,
            Some(other) => panic!("{other} is no newline"),
        });
        if call.key("errors") == Some("replace") {
            mode = mode.lossy();
        }
        Object::Text(Arc::new(Mutex::new(makefile(Arc::clone(socket), mode))))
    };
    let file = match call.word(0) {
        "rb" => bytes(RB),
        "wb" => bytes(WB),
        "rwb" => bytes(RWB),
        "r" => text(R),
        "w" => text(W),
        "rw" => text(RW),
        _ => return Err(Refusal::Types),
    };
    Ok(Given {
        value: Value::Done,
        made: vec![file],
    })
}

fn bytes_file(file: &mut SocketFile<Arc<Socket>>, call: &Call) -> Outcome {
    let size = || number::<usize>(call.word(0));
    Ok(match (call.verb.as_str(), call.args.len()) {
        ("read", 0) => Value::Bytes(file.readall()?),
        ("read", _) => Value::Bytes(file.read(size()?)?),
        ("read1", _) => Value::Bytes(file.read1(size()?)?),
        ("readline", 0) => Value::Bytes(file.readline()?.to_vec()),
        ("readline", _) => Value::Bytes(file.readline_limit(size()?)?.to_vec()),
        ("lines", _) => {
            let lines: Vec<Vec<u8>> = file.lines().collect::<Result<_>>()?;
            shown_lines(lines.iter().map(Vec::as_slice))
        }
        ("readlines", _) => {
            let lines = file.readlines()?;
            shown_lines(lines.iter().map(Vec::as_slice))
        }
        ("readinto", _) => {
            let mut buffer = vec![0; size()?];
            let got = file.readinto(&mut buffer)?;
            Value::Word(format!("int {got} {}", shown_bytes(&buffer)))
        }
        ("peek", _) => Value::Bytes(file.peek()?.to_vec()),
        ("readable", _) => Value::Bool(file.readable()),
        ("writable", _) => Value::Bool(file.writable()),
        ("writelines", count) => {
            file.writelines((0..count).map(|at| call.bytes(at)))?;
            Value::Done
        }
        ("write", _) => Value::Int(file.write(call.bytes(0))? as i64),
        ("flush", _) => {
            file.flush()?;
            Value::Done
        }
        (other, _) => panic!("{other}: no such call on a file of bytes"),
    }
    .into())
}

fn text_file(file: &mut TextFile<Arc<Socket>>, call: &Call) -> Outcome {
    let size = || number::<usize>(call.word(0));
    Ok(match (call.verb.as_str(), call.args.len()) {
        ("read", 0) => Value::Text(file.readall()?),
        ("read", _) => Value::Text(file.read(size()?)?),
        ("readline", 0) => Value::Text(file.readline()?.to_owned()),
        ("readline", _) => Value::Text(file.readline_limit(size()?)?.to_owned()),
        ("lines", _) => {
            let lines: Vec<String> = file.lines().collect::<Result<_>>()?;
            shown_lines(lines.iter().map(String::as_bytes))
        }
        ("readlines", _) => {
            let lines = file.readlines()?;
            shown_lines(lines.iter().map(String::as_bytes))
        }
        ("readable", _) => Value::Bool(file.readable()),
        ("writable", _) => Value::Bool(file.writable()),
        ("writelines", count) => {
            file.writelines((0..count).map(|at| call.text(at)))?;
            Value::Done
        }
        ("write", _) => {
            file.write(call.text(0))?;
            Value::Done
        }
        ("flush", _) => {
            file.flush()?;
            Value::Done
        }
        (other, _) => panic!("{other}: no such call on a file of text"),
    }
    .into())
}

fn shown_lines<'l>(lines: impl Iterator<Item = &'l [u8]>) -> Value {
    let shown: Vec<String> = lines.map(shown_bytes).collect();
    Value::Word(format!("lines {}", shown.join(" ")))
}
