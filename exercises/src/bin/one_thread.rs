//! # many clients, one thread
//!
//! The server repeats what each of its clients says, and has one thread. It waits in `recv` for
//! the first client while the second one talks. Wait for all of them at once, with `select`.
//! When all have hung up, it's done.

use std::thread;
use std::time::Duration;

use socketbook::*;

/// Repeats what each client says, until all have hung up.
fn serve(mut clients: Vec<Socket>) -> Result<()> {
    while !clients.is_empty() {
        // Your part: this waits for the first client, even while another one talks.
        let first = &clients[0];
        let data = first.recv(1024)?;
        first.sendall(&data)?;
        if data.is_empty() {
            clients.remove(0);
        }
    }
    Ok(())
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (silent, first) = exercises::call()?;
    let (talks, second) = exercises::call()?;
    let serving = thread::spawn(move || serve(vec![first, second]));

    talks.settimeout(Duration::from_secs(2))?;
    for words in [&b"hello"[..], b"anyone there?"] {
        talks.sendall(words)?;
        match talks.recv_with_flags(words.len(), MSG_WAITALL) {
            Ok(heard) => assert!(heard == words, "{words:?} came back as {heard:?}"),
            Err(error) if error.is_timeout() => {
                panic!("the second client has waited 2 s for the first, which says nothing")
            }
            Err(error) => return Err(error),
        }
    }
    talks.close();
    silent.settimeout(Duration::from_secs(2))?;
    silent.sendall(b"me, too")?;
    assert!(
        silent.recv_with_flags(7, MSG_WAITALL)? == b"me, too",
        "one has hung up, and the other is served no more"
    );
    silent.close();
    serving.join().unwrap()
}
