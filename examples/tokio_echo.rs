//! An echo server for many clients with tokio, on a socket that this crate opens.
//!
//! ```text
//! cargo run --example tokio_echo [HOST:PORT [SECONDS]]
//! ```
//!
//! It listens on 127.0.0.1:8006 by default; with port 0 the system chooses a free port. Try it with
//! `nc 127.0.0.1 8006`. SECONDS is how long a client may neither send nor receive anything, 60 by
//! default. Ctrl-C ends it.

use std::error::Error;
use std::io::{self, Write};
use std::time::Duration;
use std::{env, fmt, net};

use socketbook::{EMFILE, ENFILE, ENOBUFS, ENOMEM, create_server, show_calls};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

const CLIENTS: usize = 1000; // at a time; the others wait in the kernel's queue

fn main() -> Result<(), Box<dyn Error>> {
    show_calls(); // if SOCKETBOOK_CALLS is set: needs the feature `tracing`
    let mut args = env::args_os().map(|arg| arg.to_string_lossy().into_owned());
    let address = args.nth(1).unwrap_or("127.0.0.1:8006".into());
    let seconds = args.next().unwrap_or("60".into());
    let patience = (seconds.parse().ok())
        .filter(|seconds| (0.001..=1e9).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("SECONDS is a number from 0.001 to 1e9, not {seconds}"))?;
    serve(&address, patience)
}

// ANCHOR: serve
fn serve(address: &str, patience: Duration) -> Result<(), Box<dyn Error>> {
    let server = create_server(address)?;
    server.setblocking(false)?; // tokio needs this and doesn't do it itself
    let server = net::TcpListener::try_from(server)?;

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let server = TcpListener::from_std(server)?;
        log(format_args!("listening on {}", server.local_addr()?));
        tokio::select! {
            error = accept(server, patience) => Ok(error?),
            pressed = tokio::signal::ctrl_c() => Ok(pressed?),
        }
    })
}

/// Returns only with an error: the server itself can't go on.
async fn accept(server: TcpListener, patience: Duration) -> io::Result<()> {
    let mut clients = JoinSet::new();
    loop {
        if clients.len() == CLIENTS {
            clients.join_next().await;
        }
        let (conn, addr) = match server.accept().await {
            Err(error) if is_transient(&error) => {
                log(error); // too many open files, for example: it passes
                sleep(Duration::from_millis(50)).await;
                continue;
            }
            accepted => accepted?,
        };
        clients.spawn(async move {
            match echo(conn, patience).await {
                Ok(()) => log(format_args!("{addr}: hung up")),
                Err(error) => log(format_args!("{addr}: {error}")),
            }
        });
    }
}

async fn echo(mut conn: TcpStream, patience: Duration) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        match timeout(patience, conn.read(&mut buffer)).await?? {
            0 => return Ok(()),
            n => timeout(patience, conn.write_all(&buffer[..n])).await??,
        }
    }
}
// ANCHOR_END: serve

/// Errors that pass, as `is_transient()` of this crate's own errors has them.
fn is_transient(error: &io::Error) -> bool {
    let short_of = [EMFILE, ENFILE, ENOBUFS, ENOMEM];
    error.kind() == io::ErrorKind::ConnectionAborted // the client gave up before
        || short_of.map(|errno| Some(errno.raw())).contains(&error.raw_os_error())
}

/// eprintln! would panic once no one reads our output.
fn log(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
