//! Runs the scripts of a file with the crate and prints what each call gave, as run.py does with
//! Python's socket module.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use socketbook::{AF_UNIX, Error, SocketKind, setdefaulttimeout};

use super::calls::{Given, Names, Object, Refusal};
use super::outcome::{Value, shown_address, shown_bytes, shown_code, shown_error, shown_seconds};
use super::script::{Call, NO_IPV6, read};
use super::storm::{self, Storm};

/// Prints `line number, tab, outcome` for each line.
pub fn run(path: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    let dir = std::env::temp_dir().join(format!("socketbook-{}", std::process::id()));
    std::fs::create_dir(&dir).unwrap();
    let ipv6 = std::env::var_os(NO_IPV6).is_none();
    for script in read(path, &text) {
        if script.needs_ipv6() && !ipv6 {
            continue;
        }
        let mut world = World::new(dir.to_str().unwrap());
        for line in script.lines {
            println!("{}\t{}", line.number, world.line(&line.text));
        }
        world.end();
    }
    std::fs::remove_dir_all(&dir).unwrap();
}

/// What a call gave, and whether it came before its time.
type Attempt = (Result<Given, Refusal>, bool);

struct World {
    dir: String,
    names: Names,
    /// The addresses of closed sockets.
    closed: Vec<(String, SocketKind, SocketAddr)>,
    waiting: HashMap<String, (JoinHandle<Attempt>, Call)>,
    storm: Option<Storm>,
}

impl World {
    fn new(dir: &str) -> World {
        World {
            dir: dir.to_owned(),
            names: Names::default(),
            closed: Vec::new(),
            waiting: HashMap::new(),
            storm: None,
        }
    }

    fn line(&mut self, text: &str) -> String {
        if let Some(name) = text.strip_prefix("wait ") {
            let (thread, call) = self.waiting.remove(name).unwrap();
            return self.finish(&call, thread.join().unwrap());
        }
        let mut call = Call::read(text, &self.dir);
        if let Some(name) = call.background.clone() {
            if call.after > 0 {
                call.after += storm::signals();
            }
            let (names, there) = (self.names.of(&call), call.clone());
            let thread = thread::spawn(move || attempt(&there, || names.run(&there)));
            self.waiting.insert(name, (thread, call));
            return "started".to_owned();
        }
        let outcome = match (call.verb.as_str(), call.object.clone()) {
            ("storm", None) => (Ok(self.storm(&call).into()), false),
            ("adopt", None) => {
                let adopted = self.adopt(&call);
                (adopted, false)
            }
            ("close", Some(name)) => {
                let closed = self.close(&name);
                (closed, false)
            }
            _ => attempt(&call, || self.names.run(&call)),
        };
        self.finish(&call, outcome)
    }

    fn storm(&mut self, call: &Call) -> Value {
        match call.word(0) {
            "on" => {
                self.storm = Some(Storm::on(call.word(1).parse().unwrap()));
                Value::Done
            }
            _ => Value::Word(self.storm.take().unwrap().off().to_owned()),
        }
    }

    fn object(&mut self, name: &str) -> Object {
        let found = self.names.0.iter_mut().find(|(known, _)| known == name);
        let (_, object) = found.unwrap_or_else(|| panic!("{name}: no such name"));
        std::mem::replace(object, Object::Closed)
    }

    fn adopt(&mut self, call: &Call) -> Result<Given, Refusal> {
        let Object::Socket(socket) = self.object(call.word(0)) else {
            return Err(Refusal::Types);
        };
        let fd = alone(socket).detach();
        let made = vec![Object::Socket(Arc::new(fd.try_into()?))];
        let value = Value::Done;
        Ok(Given { value, made })
    }

    fn close(&mut self, name: &str) -> Result<Given, Refusal> {
        match self.object(name) {
            Object::Socket(socket) => {
                if socket.family() != AF_UNIX {
                    let own = socket.getsockname()?.as_std().unwrap();
                    self.closed.push((name.to_owned(), socket.kind(), own));
                }
                // The last user closes it, which may be a file.
                drop(socket);
            }
            Object::Bytes(file) => alone(file).into_inner().unwrap().close()?,
            Object::Text(file) => alone(file).into_inner().unwrap().close()?,
            Object::Closed => return Err(Refusal::Types),
        }
        Ok(Value::Done.into())
    }

    fn finish(&mut self, call: &Call, (outcome, early): Attempt) -> String {
        let mut text = match outcome {
            Err(Refusal::Types) => "does not compile".to_owned(),
            Err(Refusal::Error(error)) => self.shown_refusal(call, &error),
            Ok(Given { value, made }) => {
                let expected = [0, made.len()].contains(&call.targets.len());
                assert!(expected, "{}: as many names as new objects", call.verb);
                for (name, object) in call.targets.iter().zip(made) {
                    match self.names.0.iter_mut().find(|(known, _)| known == name) {
                        Some((_, old)) => *old = object,
                        None => self.names.0.push((name.clone(), object)),
                    }
                }
                self.shown(call, value)
            }
        };
        if call.timed.is_some() {
            text += if early { ", early" } else { ", not early" };
        }
        text
    }

    fn shown_refusal(&self, call: &Call, error: &Error) -> String {
        if call.key("all_errors").is_some() && !error.attempts().is_empty() {
            let all = error
                .attempts()
                .iter()
                .map(|one| shown_error(one)[6..].to_owned());
            return format!("error all {}", all.collect::<Vec<_>>().join(", "));
        }
        shown_error(error)
    }

    fn shown(&self, call: &Call, value: Value) -> String {
        match value {
            Value::Done => "ok".to_owned(),
            Value::Bool(bool) => bool.to_string(),
            Value::Int(int) => format!("int {int}"),
            Value::Seconds(seconds) => shown_seconds(seconds),
            Value::Code(code) => format!("errno {}", shown_code(code)),
            Value::Bytes(data) => format!("bytes {}", shown_bytes(&data)),
            Value::Text(text) => format!("text {}", shown_bytes(text.as_bytes())),
            Value::Word(word) => word,
            Value::Address(address, kind) => {
                let shown = shown_address(&address, &self.dir, |its| self.port(kind, its));
                let before = if call.verb == "accept" {
                    "ok from"
                } else {
                    "address"
                };
                format!("{before} {shown}")
            }
            Value::Message(text, address, kind) => {
                let shown = shown_address(&address, &self.dir, |its| self.port(kind, its));
                format!("{text} from {shown}")
            }
            Value::From(data, address, kind) => {
                let shown = shown_address(&address, &self.dir, |its| self.port(kind, its));
                format!("bytes {} from {shown}", shown_bytes(&data))
            }
        }
    }

    /// The name of the socket that has the port, or had it.
    fn port(&self, kind: SocketKind, address: SocketAddr) -> String {
        if address.port() == 0 {
            return "0".to_owned();
        }
        let open = self
            .names
            .0
            .iter()
            .filter_map(|(name, object)| match object {
                Object::Socket(s) => Some((name, s.kind(), s.getsockname().ok()?.as_std()?)),
                _ => None,
            });
        let closed = self.closed.iter();
        let closed = closed.map(|(name, kind, own)| (name, *kind, *own));
        let owners: Vec<(&String, IpAddr)> = open
            .chain(closed)
            .filter(|(_, its, own)| (*its, own.port()) == (kind, address.port()))
            .map(|(name, _, own)| (name, own.ip().to_canonical()))
            .collect();
        // IPv4 and IPv6 have the same ports, so the host counts; it may be bound to any, though.
        let same = owners
            .iter()
            .find(|(_, ip)| *ip == address.ip().to_canonical());
        format!(
            "<{}>",
            same.or(owners.first()).map_or("?", |(name, _)| name)
        )
    }

    fn end(mut self) {
        while let Some(last) = self.names.0.pop() {
            drop(last);
        }
        setdefaulttimeout(None).unwrap();
    }
}

fn attempt(call: &Call, run: impl FnOnce() -> Result<Given, Refusal>) -> Attempt {
    storm::wait_for(call.after);
    let start = Instant::now();
    let outcome = run();
    let early = call.timed.is_some_and(|time| start.elapsed() < time);
    (outcome, early)
}

fn alone<T>(shared: Arc<T>) -> T {
    Arc::try_unwrap(shared).unwrap_or_else(|_| panic!("somebody else holds it"))
}
