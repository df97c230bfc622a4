//! A chat room: what one says, all the others hear. Who does not listen is put out of the room.
//!
//! ```text
//! cargo run --example chat_room
//! ```

use std::collections::HashMap;
use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use socketbook::{RB, Result, SHUT_RDWR, SO_KEEPALIVE, SOL_SOCKET, Socket, create_server};

const CALLERS: usize = 32; // at a time
const LINE: usize = 1024; // bytes, with the newline
const NAME: usize = 32; // bytes
const WAITING: usize = 64; // lines for one who is slow to listen

const HELP: &str = "\
Opens a room in which all hear what one says. Enter with: nc 127.0.0.1 8004

Usage: chat_room [ADDRESS]

ADDRESS is HOST:PORT, 127.0.0.1:8004 unless given; with port 0 the system chooses a free one.
The first line that a caller sends is its name. Ctrl-C closes the room.
";

fn main() -> ExitCode {
    let mut arguments = env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned());
    let address = arguments.next().unwrap_or("127.0.0.1:8004".to_owned());
    let outcome = match (&*address, arguments.next()) {
        ("-h" | "--help", None) => write!(io::stdout(), "{HELP}").map_err(Into::into),
        (_, None) if !address.starts_with('-') => serve(&address),
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chat_room: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(address: &str) -> std::result::Result<(), Box<dyn Error>> {
    let phone = create_server(address)?;
    phone.setsockopt(SOL_SOCKET, SO_KEEPALIVE, true)?; // finds those whose machine is gone
    eprintln!("listening on {}", phone.getsockname()?);
    let room = Room::default();
    let places = Arc::new(()); // each caller holds a clone
    thread::scope(|scope| {
        loop {
            let (conn, addr) = match phone.accept() {
                Ok(call) => call,
                Err(error) if error.is_disconnect() => continue, // gave up before we answered
                Err(error) => return Err(error.into()),
            };
            if Arc::strong_count(&places) > CALLERS {
                let _ = conn.sendall(b"* the room is full\n"); // there is room for this
                continue;
            }
            let (room, place) = (&room, Arc::clone(&places));
            thread::Builder::new().spawn_scoped(scope, move || {
                let end = visit(&Arc::new(conn), room);
                drop(place);
                eprintln!(
                    "{addr}: {}",
                    end.map_or_else(|error| error.to_string(), str::to_owned)
                );
            })?;
        }
    })
}

// ANCHOR: visit
/// One caller: this thread listens to it, a second one talks to it.
fn visit(conn: &Arc<Socket>, room: &Room) -> Result<&'static str> {
    conn.settimeout(Duration::from_secs(30))?; // for the name
    let mut file = conn.makefile(RB.limit(LINE));
    let name = clean(file.readline()?);
    conn.settimeout(None)?; // who has come in may be silent as long as it likes
    let (queue, lines) = sync_channel(WAITING);
    let member = Member {
        conn: Arc::clone(conn),
        queue,
    };
    if name.is_empty() || name.len() > NAME || !room.enter(&name, member) {
        conn.sendall(b"* this name is empty, too long, or in use\n")?;
        return Ok("no name");
    }
    thread::scope(|scope| {
        scope.spawn(|| {
            for line in lines {
                if conn.sendall(line.as_bytes()).is_err() {
                    break; // the listening thread meets the same end
                }
            }
        });
        room.say("*", &format!("{name} is here"));
        let end = loop {
            match file.readline() {
                Ok([]) => break Ok("left"),
                Ok(line) => room.say(&name, &clean(line)),
                Err(error) => break Err(error),
            }
        };
        room.leave(&name, conn); // ends the queue, and with it the talking thread
        let _ = conn.shutdown(SHUT_RDWR); // in case it hangs in sendall
        end
    })
}

/// Text without what could move the cursor on somebody's terminal.
fn clean(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    text.chars().filter(|char| !char.is_control()).collect()
}
// ANCHOR_END: visit

// ANCHOR: room
/// Who is in the room, by name.
#[derive(Default)]
struct Room(Mutex<HashMap<String, Member>>);

struct Member {
    conn: Arc<Socket>,
    queue: SyncSender<Arc<str>>, // what it has yet to hear
}

impl Room {
    fn members(&self) -> MutexGuard<'_, HashMap<String, Member>> {
        self.0.lock().expect("nobody panics with the list in hand")
    }

    /// `false` if the name is in use.
    fn enter(&self, name: &str, member: Member) -> bool {
        let mut members = self.members();
        let free = !members.contains_key(name);
        if free {
            members.insert(name.to_owned(), member);
        }
        free
    }

    fn leave(&self, name: &str, conn: &Arc<Socket>) {
        // Another one may have the name by now.
        self.members()
            .retain(|_, member| !Arc::ptr_eq(&member.conn, conn));
        self.say("*", &format!("{name} is gone"));
    }

    /// Puts the line into every queue, and waits for nobody: the lock is held, and one slow
    /// listener must not stop the others. Whose queue is full is hung up on.
    fn say(&self, name: &str, text: &str) {
        let line: Arc<str> = format!("{name}: {text}\n").into();
        self.members().retain(|_, member| {
            let queued = member.queue.try_send(Arc::clone(&line)).is_ok();
            if !queued {
                let _ = member.conn.shutdown(SHUT_RDWR); // wakes both of its threads
            }
            queued
        });
    }
}
// ANCHOR_END: room
