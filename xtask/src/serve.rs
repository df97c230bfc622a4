//! Serves the book on 127.0.0.1 and rebuilds it when a file changes.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use book_translate::edition::Edition;

use crate::site::{Site, content_type};
use crate::{language, render, root, watch};

/// What the pages are answered from.
struct State {
    site: Site,
    /// Counts the good builds; an open page reloads when it moves.
    version: u64,
    /// Why the newest build failed, if it did.
    error: Option<String>,
}

/// Where an open page asks for the version and the error.
const STATE_PATH: &str = "/-/state";

/// Put into every served page; a book built as files does not have it.
const RELOAD: &str = include_str!("reload.html");

/// Builds and serves until Ctrl-C. The address that is said and opened is that of a language.
pub fn serve(book: &Path, port: u16, open: bool, language: Option<&str>) -> Result<()> {
    let mut folders = vec![
        book.to_owned(),
        root().join("examples"),
        root().join("exercises/boxes"),
    ];
    folders.extend(language::editions(book).iter().map(Edition::folder));
    let mut seen = watch::Snapshot::of(&folders);
    let started = Instant::now();
    let site = render::render(book)?;
    let listener = listen(port)?;
    let mut address = format!("http://{}", listener.local_addr()?);
    if let Some(language) = language {
        address.push_str(&format!("/{language}/"));
    }
    println!(
        "The book is at {address} (built in {:.1} s)",
        started.elapsed().as_secs_f64()
    );
    println!("It is rebuilt when you save a chapter. Ctrl-C stops.");
    if open && has_display() && open::that_detached(&address).is_err() {
        println!("No browser could be started: open the address yourself.");
    }

    let state = Arc::new(RwLock::new(State {
        site,
        version: 1,
        error: None,
    }));
    let served = Arc::clone(&state);
    std::thread::spawn(move || accept(&listener, &served));
    loop {
        seen = watch::wait_for_change(&folders, &seen);
        let built = render::render(book);
        let mut state = state.write().unwrap();
        match built {
            Ok(site) => {
                println!("Rebuilt.");
                *state = State {
                    site,
                    version: state.version + 1,
                    error: None,
                };
            }
            Err(error) => {
                let error = format!("{error:#}");
                eprintln!("error: {error}\nThe last good build is still served.");
                state.error = Some(error);
            }
        }
    }
}

/// Listens on the wanted port, or on a free one if it is taken.
fn listen(port: u16) -> Result<TcpListener> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            println!("Port {port} is in use, so the system chooses another.");
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")
        }
        other => other.with_context(|| format!("cannot listen on 127.0.0.1 port {port}")),
    }
}

/// On Linux, starting a browser without a display would start one in this terminal.
fn has_display() -> bool {
    !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some())
}

fn accept(listener: &TcpListener, state: &Arc<RwLock<State>>) {
    for stream in listener.incoming() {
        match stream {
            Ok(stream) => {
                let state = Arc::clone(state);
                // A page that goes away in the middle is no trouble of ours.
                std::thread::spawn(move || drop(answer(stream, &state)));
            }
            // Out of descriptors, most likely: let some be closed first.
            Err(error) => {
                eprintln!("accept: {error}");
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }
}

/// Reads one request and answers it. One request to a connection is enough here.
fn answer(mut stream: TcpStream, state: &RwLock<State>) -> io::Result<()> {
    let timeout = Some(Duration::from_secs(10));
    stream.set_read_timeout(timeout)?;
    stream.set_write_timeout(timeout)?;
    // The head is read to its end: closing with bytes unread would reset the
    // connection, and the browser could lose the answer.
    let mut head = BufReader::new(Read::take(&stream, 64 * 1024));
    let mut request = String::new();
    head.read_line(&mut request)?;
    let mut line = String::new();
    while head.read_line(&mut line)? > 2 {
        line.clear();
    }

    let mut words = request.split(' ');
    let method = words.next().unwrap_or_default();
    let target = words.next().unwrap_or_default();
    let reply = Reply::to(method, target, &state.read().unwrap());
    write!(
        stream,
        "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n",
        reply.status,
        reply.content_type,
        reply.body.len(),
    )?;
    if method != "HEAD" {
        stream.write_all(&reply.body)?;
    }
    Ok(())
}

struct Reply {
    status: &'static str,
    content_type: &'static str,
    body: Vec<u8>,
}

impl Reply {
    fn to(method: &str, target: &str, state: &State) -> Reply {
        if method != "GET" && method != "HEAD" {
            return Reply::text("405 Method Not Allowed", "This server only shows a book.\n");
        }
        let path = target.split(['?', '#']).next().unwrap_or_default();
        if path == STATE_PATH {
            let error = state.error.as_deref().unwrap_or_default();
            return Reply::text("200 OK", &format!("{}\n{error}", state.version));
        }
        let Some(name) = path.strip_prefix('/') else {
            return Reply::text("400 Bad Request", "A path begins with a slash.\n");
        };
        // The folder of a language, without the slash that its links need.
        if state.site.get(&format!("{name}/index.html")).is_some() {
            let to = format!("<meta http-equiv=\"refresh\" content=\"0; url=/{name}/\">");
            return Reply {
                status: "200 OK",
                content_type: content_type(".html"),
                body: to.into_bytes(),
            };
        }
        let name = match name {
            "" => "index.html".into(),
            folder if folder.ends_with('/') => format!("{folder}index.html"),
            file => file.to_owned(),
        };
        let (status, file) = match state.site.get(&name) {
            Some(file) => ("200 OK", file),
            None => {
                // In the language of the page that has the wrong link.
                let folder = name.split_once('/').map_or("", |(folder, _)| folder);
                let page = state.site.get(&format!("{folder}/404.html"));
                let page = page.or_else(|| state.site.get("404.html"));
                ("404 Not Found", page.unwrap_or(b"There is no such page."))
            }
        };
        let is_page = status != "200 OK" || name.ends_with(".html");
        let mut body = file.to_vec();
        if is_page {
            body.extend_from_slice(
                RELOAD
                    .replace("VERSION", &state.version.to_string())
                    .as_bytes(),
            );
        }
        Reply {
            status,
            content_type: content_type(if is_page { ".html" } else { &name }),
            body,
        }
    }

    fn text(status: &'static str, text: &str) -> Reply {
        Reply {
            status,
            content_type: content_type(".txt"),
            body: text.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("index.html"), "<p>front").unwrap();
        std::fs::write(folder.path().join("404.html"), "<p>lost").unwrap();
        std::fs::write(folder.path().join("book.css"), "p{}").unwrap();
        let site = Site::read_from(folder.path()).unwrap();
        State {
            site,
            version: 7,
            error: None,
        }
    }

    #[test]
    fn files_come_with_their_types() {
        let state = state();
        let front = Reply::to("GET", "/", &state);
        assert_eq!(
            (front.status, front.content_type),
            ("200 OK", "text/html; charset=utf-8")
        );
        assert!(front.body.starts_with(b"<p>front"));
        let style = Reply::to("GET", "/book.css?v=1", &state);
        assert_eq!(
            (&*style.body, style.content_type),
            (&b"p{}"[..], "text/css; charset=utf-8")
        );
    }

    #[test]
    fn nothing_outside_the_book_can_be_reached() {
        let state = state();
        for path in [
            "/../Cargo.toml",
            "/..%2fCargo.toml",
            "//etc/passwd",
            "/css/../../x",
            "/x",
        ] {
            let reply = Reply::to("GET", path, &state);
            assert_eq!(reply.status, "404 Not Found", "{path}");
            assert!(reply.body.starts_with(b"<p>lost"), "{path}");
        }
        assert_eq!(Reply::to("GET", "etc", &state).status, "400 Bad Request");
        assert_eq!(
            Reply::to("POST", "/", &state).status,
            "405 Method Not Allowed"
        );
    }

    #[test]
    fn an_open_page_learns_of_builds_and_of_failures() {
        let mut state = state();
        assert_eq!(Reply::to("GET", STATE_PATH, &state).body, b"7\n");
        state.error = Some("one.md is broken".into());
        assert_eq!(
            Reply::to("GET", STATE_PATH, &state).body,
            b"7\none.md is broken"
        );
    }

    #[test]
    fn a_taken_port_gives_way_to_a_free_one() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let other = listen(port).unwrap().local_addr().unwrap().port();
        assert_ne!(port, other);
    }
}
