//! A chat room: what one client says, all of them hear. A client that doesn't listen is removed.
//!
//! ```text
//! cargo run --example chat_room [HOST:PORT [SECONDS]]
//! ```
//!
//! It listens on 127.0.0.1:8004 by default; with port 0 the system chooses a free port. Join with
//! `nc 127.0.0.1 8004`: the first line is your name. SECONDS is how long a client may take to finish
//! a line, and how long it may receive nothing of what is said; 5 by default. Ctrl-C closes the room.

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, Write};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::{env, fmt, thread, time::Duration};

use socketbook::*;

const CLIENTS: usize = 32; // at a time
const LINE: usize = 1024; // bytes, with the newline
const NAME: usize = 32; // bytes
const WAITING: usize = 64; // lines that a slow listener may be behind

type Outcome = std::result::Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    show_calls(); // if SOCKETBOOK_CALLS is set: needs the feature `tracing`
    let mut args = env::args_os().map(|arg| arg.to_string_lossy().into_owned());
    let address = args.nth(1).unwrap_or("127.0.0.1:8004".into());
    let seconds = args.next().unwrap_or("5".into());
    let patience = (seconds.parse().ok())
        .filter(|seconds| (0.001..=1e9).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("SECONDS is a number from 0.001 to 1e9, not {seconds}"))?;
    let server = create_server(address)?;
    server.setsockopt(SOL_SOCKET, SO_KEEPALIVE, true)?; // finds clients whose machine is gone
    log(format_args!("listening on {}", server.getsockname()?));
    let room = Arc::new(Room::default()); // each client's thread holds a clone
    loop {
        let (conn, addr) = match server.accept() {
            Err(error) if error.is_transient() => {
                log(error); // too many open files, for example: it passes
                thread::sleep(Duration::from_millis(50));
                continue;
            }
            accepted => accepted?,
        };
        if Arc::strong_count(&room) > CLIENTS {
            let _ = conn.sendall(b"* the room is full\n"); // fits into its empty buffer
            continue;
        }
        let room = Arc::clone(&room);
        let spawned = thread::Builder::new().spawn(move || {
            let end = visit(&conn, &room, patience).err();
            drop((conn, room));
            log(format_args!("{addr}: {}", end.unwrap_or("left".into())));
        });
        if let Err(error) = spawned {
            log(format_args!("no thread for a client: {error}")); // its connection is closed
        }
    }
}

// ANCHOR: visit
/// One client: this thread listens to it, a second one talks to it.
fn visit(conn: &Socket, room: &Room, patience: Duration) -> Outcome {
    conn.settimeout(patience)?; // for each line, in both directions
    let mut file = conn.makefile(RB.limit(LINE));
    let name = clean(file.readline()?);
    // `*` says who comes and goes, and `: ` ends a name: a name may contain neither.
    let plain = |char: char| char.is_alphanumeric() || "._- ".contains(char);
    if !name.starts_with(char::is_alphanumeric) || !name.chars().all(plain) || name.len() > NAME {
        conn.sendall(b"* a name has at most 32 bytes: letters, digits, ._- and spaces within\n")?;
        return Err("no name".into());
    }
    let (queue, lines) = sync_channel(WAITING);
    if !room.enter(&name, queue) {
        conn.sendall(b"* this name is in use\n")?;
        return Err("a name in use".into());
    }
    let talk = move || {
        for line in lines {
            if conn.sendall(line.as_bytes()).is_err() {
                let _ = conn.shutdown(SHUT_RDWR); // wakes the listening thread
                break; // the client doesn't listen, or is gone
            }
        }
    };
    thread::scope(|scope| {
        let end = match thread::Builder::new().spawn_scoped(scope, talk) {
            Ok(_) => listen(conn, file, room, &name),
            Err(error) => Err(error.into()),
        };
        room.leave(&name); // ends the queue, and with it the talking thread
        // Wakes that thread if it hangs in sendall. Not before the name is free: a client that has
        // seen the end may come back at once.
        let _ = conn.shutdown(SHUT_RDWR);
        end
    })
}

fn listen(conn: &Socket, mut file: SocketFile<&Socket>, room: &Room, name: &str) -> Outcome {
    room.say("*", &format!("{name} is here"));
    loop {
        if file.buffer().is_empty() {
            // Between two lines a client may be silent as long as it likes.
            select([conn], [], None)?;
        }
        match file.readline()? {
            [] => return Ok(()),
            line => room.say(name, &clean(line)),
        }
    }
}

/// Text without what could move the cursor on another's terminal, or turn the line around.
fn clean(line: &[u8]) -> String {
    let hidden = |char: char| {
        char.is_control() || matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    String::from_utf8_lossy(line).replace(hidden, "")
}
// ANCHOR_END: visit

// ANCHOR: room
/// Who is in the room, by name, and the queue of what each has yet to hear.
#[derive(Default)]
struct Room(Mutex<HashMap<String, Option<Queue>>>);

type Queue = SyncSender<Arc<str>>;

// Its lock() fails only after a panic in another thread that had it. None of these can panic.
impl Room {
    /// `false` if the name is in use.
    fn enter(&self, name: &str, queue: Queue) -> bool {
        let mut members = self.0.lock().unwrap();
        let free = !members.contains_key(name);
        free && members.insert(name.to_owned(), Some(queue)).is_none()
    }

    /// The name is free once the others have heard that its owner is gone.
    fn leave(&self, name: &str) {
        self.0.lock().unwrap().insert(name.to_owned(), None);
        self.say("*", &format!("{name} is gone"));
        self.0.lock().unwrap().remove(name);
    }

    /// Puts the line into every queue. If one is full, the speaker waits until that client has
    /// listened or is removed. The list isn't locked meanwhile.
    fn say(&self, name: &str, text: &str) {
        let line: Arc<str> = format!("{name}: {text}\n").into();
        let queues: Vec<Queue> = self.0.lock().unwrap().values().flatten().cloned().collect();
        for queue in queues {
            let _ = queue.send(Arc::clone(&line)); // fails if the client is gone
        }
    }
}
// ANCHOR_END: room

/// eprintln! would panic once no one reads our output.
fn log(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
