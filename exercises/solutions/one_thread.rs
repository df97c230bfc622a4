//! # Solution: many clients, one thread
//!
//! Hint: `select(&clients, [], None)` returns as soon as one of them has something, and
//! `is_readable` says which.
//!
//! Hint: Receive from those that are ready, and only from those: `recv` doesn't wait then.
//! Empty means that this one has hung up.
//!
//! Hint: What `select` returned borrows the sockets, so note who is ready, or gone, before you
//! take one out of the list.

use std::thread;
use std::time::Duration;

use socketbook::*;

/// Repeats what each client says, until all have hung up.
fn serve(mut clients: Vec<Socket>) -> Result<()> {
    while !clients.is_empty() {
        let ready = select(&clients, [], None)?;
        let ready: Vec<bool> = clients.iter().map(|one| ready.is_readable(one)).collect();
        let mut gone = Vec::new();
        for (client, ready) in clients.iter().zip(ready) {
            let data = if ready { client.recv(1024)? } else { continue };
            gone.push(data.is_empty().then_some(client.fileno()));
            client.sendall(&data)?; // a real server must not wait here either
        }
        clients.retain(|client| !gone.contains(&Some(client.fileno())));
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
