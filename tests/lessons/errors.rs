//! The one error: what it says, what it becomes, and the names of the errnos.

use std::error::Error as _;
use std::io;

use crate::support::*;
use socketbook::*;

macro_rules! errnos {
    ($($name:ident)*) => { [$((stringify!($name), $name)),*] };
}

const ERRNOS: [(&str, Errno); 49] = errnos! {
    EPERM ENOENT EINTR EIO EBADF EAGAIN ENOMEM EACCES EFAULT EEXIST ENODEV ENOTDIR EINVAL ENFILE
    EMFILE EPIPE ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT
    ESOCKTNOSUPPORT EOPNOTSUPP EAFNOSUPPORT EADDRINUSE ENXIO EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET
    ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED
    EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ECANCELED EPROTO ENONET EISDIR ESPIPE
};

#[test]
fn an_error_is_one_line_whatever_it_is_about() {
    let phone = Socket::new(AF_UNIX, SOCK_DGRAM).unwrap();
    for error in [
        Socket::udp().unwrap().connect("two\nlines").unwrap_err(),
        Socket::udp().unwrap().connect("two\n::1:80").unwrap_err(),
        phone.connect("two\nlines").unwrap_err(),
        phone.connect("two\nlines\0").unwrap_err(),
        Address::unix("two\nlines\0").unwrap_err(),
    ] {
        let line = error.to_string();
        let escaped = line.contains(r"two\n") || line.contains(r"two\x0a");
        assert!(escaped && !line.contains('\n'), "{line}");
    }
}

#[test]
fn each_errno_has_its_own_name_number_and_meaning() {
    let source = include_str!("../../src/errno.rs");
    for (name, errno) in ERRNOS {
        assert_eq!(errno.name(), name);
        assert_eq!(errno.to_string(), format!("{name} ({})", errno.raw()));
        assert_eq!(errno, errno.raw());
        assert_eq!(Errno::from_raw(errno.raw()), errno);
        assert_eq!(
            format!("{:?}", nix::errno::Errno::from_raw(errno.raw())),
            name
        );
        assert!(!errno.meaning().is_empty() && errno.meaning() != Errno::from_raw(4095).meaning());
        assert!(source.contains(&format!("    {name} = ")));
    }
    let rows = source
        .lines()
        .filter(|line| line.starts_with("    E") && line.ends_with(';') && line.contains(" = "));
    let distinct: std::collections::HashSet<_> = ERRNOS.iter().map(|(name, _)| name).collect();
    assert_eq!(
        rows.count(),
        distinct.len(),
        "a row is missing in this test"
    );
    let none = Errno::from_raw(0);
    assert_eq!((none.name(), none.meaning()), ("0", "no error"));
    assert_eq!(none.to_string(), "0");
    assert_eq!(format!("{EPIPE:?}"), EPIPE.to_string());
    assert_eq!(Errno::from_raw(4095).to_string(), "errno (4095)");
    assert_ne!(Errno::from_raw(4095).meaning(), none.meaning());
    assert_eq!(Errno::from_raw(-1).to_string(), "errno (-1)");
}

/// One error of each sort, with the call and the value that its text must name.
fn each_sort() -> Vec<(Error, &'static str, String)> {
    let (a, b) = socketpair_with(AF_UNIX, SOCK_DGRAM, 0).unwrap();
    a.sendall(b"0123456789").unwrap();
    let (c, d) = socketpair().unwrap();
    c.sendall(b"long line\n\xff\n").unwrap();
    d.settimeout(std::time::Duration::from_millis(1)).unwrap();
    let nobody = nobody();
    let mut file = d.makefile(R.limit(4));
    let too_long = file.readline().map(drop).unwrap_err();
    drop(file);
    c.sendall(b"\xff\n").unwrap();
    let mut text = d.makefile(R);
    let not_utf8 = text.readline().map(drop).unwrap_err();
    let timeout = d.recv(1).unwrap_err();
    let mut late = d.makefile(RB);
    late.readline().map(drop).unwrap_err();
    vec![
        (
            Socket::tcp().unwrap().connect(&nobody).unwrap_err(),
            "connect",
            nobody.to_string(),
        ),
        (
            create_connection(&nobody).unwrap_err(),
            "create_connection",
            nobody.to_string(),
        ),
        (
            Socket::udp().unwrap().bind("no").unwrap_err(),
            "bind",
            "no".to_owned(),
        ),
        (
            Socket::udp().unwrap().bind(("x.invalid", 0)).unwrap_err(),
            "bind",
            "x.invalid".to_owned(),
        ),
        (
            Socket::udp().unwrap().listen(7).unwrap_err(),
            "listen",
            "7".to_owned(),
        ),
        (b.recv(4).unwrap_err(), "recv", "4".to_owned()),
        (
            b.recv(usize::MAX).unwrap_err(),
            "recv",
            usize::MAX.to_string(),
        ),
        (
            a.getsockopt(IPPROTO_TCP, TCP_NODELAY).unwrap_err(),
            "getsockopt",
            "TCP_NODELAY".to_owned(),
        ),
        (
            a.setsockopt(IPPROTO_TCP, TCP_NODELAY, true).unwrap_err(),
            "setsockopt",
            "TCP_NODELAY".to_owned(),
        ),
        (
            Socket::udp().unwrap().shutdown(SHUT_WR).unwrap_err(),
            "shutdown",
            "Write".to_owned(),
        ),
        (too_long, "readline", "4".to_owned()),
        (not_utf8, "readline", "0xff".to_owned()),
        (timeout, "recv", "1ms".to_owned()),
        (
            late.readline().map(drop).unwrap_err(),
            "readline",
            String::new(),
        ),
    ]
}

#[test]
fn the_text_names_call_value_and_errno() {
    for (error, call, value) in each_sort() {
        let text = error.to_string();
        assert_eq!(error.call(), call, "{text}");
        assert!(text.starts_with(&format!("{call}(")), "{text}");
        assert!(text.contains(&value), "{value} in {text}");
        assert!(!text.contains('\n'), "{text}");
        if let Some(errno) = error.errno() {
            assert!(text.contains(&errno.to_string()), "{text}");
        }
        let long = error.explain();
        assert!(long.contains("chapter ") && !text.contains("chapter "));
        assert!(long.lines().count() >= 3 && long.contains(call), "{long}");
        assert!(format!("{error:?}").contains(call));
    }
}

#[test]
fn an_explanation_in_chinese_says_the_same() {
    let han = |text: &str| text.contains(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
    for (error, call, value) in each_sort() {
        let (english, chinese) = (error.explain(), error.explain_in(Language::Chinese));
        assert_eq!(english, error.explain_in(Language::English));
        assert_eq!(chinese.lines().count(), english.lines().count());
        let what = chinese.lines().nth(1).unwrap();
        let reason = what.strip_prefix("原因：  ").unwrap();
        assert!(han(reason), "{chinese}");
        assert!(chinese.contains(call), "{chinese}");
        if english.contains(&value) {
            assert!(chinese.contains(&value), "{value} in {chinese}");
        }
        if let Some(errno) = error.errno() {
            assert!(what.contains(&errno.to_string()), "{chinese}");
        }
        assert!(chinese.contains("参看：  第 "), "{chinese}");
        // What goes into a log stays as it is.
        assert!(!error.to_string().contains("原因"), "{error}");
    }
}

#[test]
fn the_explanation_says_where_to_read_on() {
    let (a, b) = socketpair_with(AF_UNIX, SOCK_DGRAM, 0).unwrap();
    let (tcp, udp) = (Socket::tcp().unwrap(), Socket::udp().unwrap());
    a.sendall(b"0123456789").unwrap();
    let cut = b.recv(4).unwrap_err();
    a.sendall(b"a long line\n").unwrap();
    let too_long = b.makefile(R.limit(4)).readline().map(drop).unwrap_err();
    b.settimeout(std::time::Duration::from_millis(1)).unwrap();
    for (error, chapter) in [
        // What it is has a place of its own.
        (
            udp.sendto(&[0; 70_000], nobody()).unwrap_err(),
            "chapter 9, UDP",
        ),
        (
            b.recv(1).unwrap_err(),
            "chapter 5, Blocking, non-blocking, timeouts",
        ),
        (
            udp.bind(("x.invalid", 0)).unwrap_err(),
            "chapter 16, IPv6 and names",
        ),
        (cut, "chapter 9, UDP"),
        (too_long, "chapter 11, Messages on a stream"),
        // Else it is the call's.
        (
            fromfd(&udp, AF_INET, SOCK_STREAM).unwrap_err(),
            "chapter 1, Creation",
        ),
        (tcp.bind("no port").unwrap_err(), "chapter 2, Server calls"),
        (
            tcp.connect("no port").unwrap_err(),
            "chapter 3, Client calls",
        ),
        (
            udp.sendto(b"x", "no port").unwrap_err(),
            "chapter 4, Common calls",
        ),
        (
            tcp.settimeout(std::time::Duration::MAX).unwrap_err(),
            "chapter 5, Blocking, non-blocking, timeouts",
        ),
        (a.makefile(RB).write(b"x").unwrap_err(), "chapter 6, Files"),
    ] {
        let end = format!("Read on:   {chapter}\n");
        assert!(error.explain().ends_with(&end), "{}", error.explain());
    }
}

#[test]
fn the_text_counts_what_was_sent_where_something_was() {
    let (a, _b) = socketpair().unwrap();
    a.setblocking(false).unwrap();
    let some = a.sendall(&vec![b'x'; 10_000_000]).unwrap_err();
    let none = a.sendall(b"x").unwrap_err();
    assert!(some.sent() > 0 && none.sent() == 0);
    let sent = format!("{} bytes", some.sent());
    assert!(some.to_string().contains(&sent) && some.explain().contains(&sent));
    for error in [some, none] {
        let told = error.sent() > 0;
        assert_eq!(error.to_string().contains("were sent"), told, "{error}");
        assert_eq!(error.explain().lines().count(), if told { 4 } else { 3 });
    }
}

#[test]
fn an_io_error_keeps_kind_and_errno() {
    let mut seen = (0, 0);
    for (error, _, _) in each_sort() {
        let (kind, errno, text) = (error.kind(), error.errno(), error.to_string());
        let whole = !error.attempts().is_empty() || errno.is_none();
        let io: io::Error = error.into();
        assert_eq!(io.kind(), kind, "{text}");
        if whole {
            let inner = io.into_inner().unwrap().downcast::<Error>().unwrap();
            assert_eq!(
                inner.to_string(),
                text,
                "it goes in whole and comes out again"
            );
            assert!(inner.source().is_none());
            seen.0 += 1;
        } else {
            assert_eq!(io.raw_os_error(), errno.map(Errno::raw), "{text}");
            seen.1 += 1;
        }
    }
    assert!(seen.0 > 3 && seen.1 > 3, "both sorts: {seen:?}");
}

#[test]
fn the_predicates_exclude_each_other() {
    for (error, _, _) in each_sort() {
        let is = [
            error.is_timeout(),
            error.is_would_block(),
            error.is_disconnect(),
            error.is_truncated(),
            error.is_too_long(),
            error.is_bad_input(),
            // A name server that does not answer is both unresolved and transient.
            error.is_unresolved() && !error.is_transient(),
            error.is_file_timed_out(),
            error.is_not_utf8(),
            error.is_transient(),
        ];
        assert!(is.iter().filter(|is| **is).count() <= 1, "{error}");
    }
}

/// The text of an errno says what is likely for the call that it failed, and not for another.
#[test]
fn the_reason_fits_the_call() {
    let unix = || Socket::new(AF_UNIX, SOCK_STREAM).unwrap();
    let name = format!("@socketbook-reason-{}", std::process::id());
    let name: Address = name.parse().unwrap();
    let bound = unix();
    bound.bind(&name).unwrap();
    // It looks like an abstract name, and is the path of a file in the current folder.
    let file = format!("@socketbook-left-{}", std::process::id());
    unix().bind(&file).unwrap();
    let (bind_file, connect_file) = (unix().bind(&file), unix().connect(&file));
    std::fs::remove_file(&file).unwrap();
    let missing = std::env::temp_dir().join("socketbook-no-such-folder/phone");
    let tcp = Socket::tcp().unwrap();
    tcp.bind(LOCAL).unwrap();
    let (a, _b) = socketpair().unwrap();
    a.setblocking(false).unwrap();
    fill(&a);
    let listening = create_server(LOCAL).unwrap();
    let idle = create_server(LOCAL).unwrap();
    idle.setblocking(false).unwrap();
    for (error, says, not) in [
        (
            unix().bind(&name).unwrap_err(),
            "another socket has it",
            "file",
        ),
        (unix().connect(&name).unwrap_err(), "on this name", "file"),
        (
            bind_file.unwrap_err(),
            "the file of an earlier server",
            "SO_REUSEADDR",
        ),
        (connect_file.unwrap_err(), "on this path", "port"),
        (
            unix().connect(&missing).unwrap_err(),
            "no Unix socket has this path",
            "on the way",
        ),
        (
            unix().bind(&missing).unwrap_err(),
            "a folder on the way",
            "start the server",
        ),
        (
            tcp.bind(LOCAL).unwrap_err(),
            "already has an address",
            "flags",
        ),
        (tcp.accept().unwrap_err(), "call listen first", "flags"),
        (
            tcp.recv_with_flags(1, MSG_OOB).unwrap_err(),
            "urgent data",
            "listen",
        ),
        (
            Socket::with_proto(AF_INET, SOCK_STREAM, 9999).unwrap_err(),
            "no such kind or protocol",
            "state",
        ),
        (
            Socket::new(AF_INET6, SOCK_DGRAM)
                .unwrap()
                .connect(("fe80::1", 9))
                .unwrap_err(),
            "needs its scope",
            "flags",
        ),
        (
            tcp.setsockopt(IPPROTO_TCP, TCP_CONGESTION, "nosuch")
                .unwrap_err(),
            "nothing of this name",
            "Unix",
        ),
        (
            tcp.setsockopt(IPPROTO_IP, IP_TTL, 999).unwrap_err(),
            "out of range",
            "listen",
        ),
        (
            listening.connect(nobody()).unwrap_err(),
            "already connected",
            "flags",
        ),
        (a.send(b"x").unwrap_err(), "no room to send", "arrived"),
        (a.recv(1).unwrap_err(), "nothing has arrived", "room"),
        (
            idle.accept().unwrap_err(),
            "no connection has arrived",
            "room",
        ),
        (
            if_nametoindex("nosuch").unwrap_err(),
            "no interface of this name",
            "path",
        ),
        (
            inet_pton(AF_UNIX, "x").unwrap_err(),
            "only AF_INET and AF_INET6",
            "socket",
        ),
    ] {
        let line = error.to_string();
        assert!(line.contains(says) && !line.contains(not), "{line}");
    }
    let long = Address::unix_abstract([b'x'; 108]).unwrap_err();
    assert!(long.explain().contains("chapter 17"), "{}", long.explain());
    let long = unix()
        .connect(format!("\0{}", "x".repeat(108)))
        .unwrap_err();
    assert!(long.explain().contains("chapter 17"), "{}", long.explain());
}

/// What a retry loop asks: each of these is one answer.
#[test]
fn a_file_that_has_timed_out_is_no_timeout() {
    let (a, _b) = socketpair().unwrap();
    a.settimeout(std::time::Duration::from_millis(1)).unwrap();
    let mut file = a.makefile(R);
    assert!(file.readline().unwrap_err().is_timeout());
    let mut rounds = 0;
    // Were the refusal a timeout, this would go round and round.
    let error = loop {
        match file.readline() {
            Err(error) if error.is_timeout() || error.is_would_block() => rounds += 1,
            outcome => break outcome.map(str::to_owned).unwrap_err(),
        }
        assert!(rounds < 3);
    };
    assert!(error.is_file_timed_out());
    assert_eq!((error.errno(), error.kind()), (None, io::ErrorKind::Other));
    assert!(!error.is_disconnect() && !error.is_transient());
    let error = io::Error::from(error);
    assert!(
        error
            .into_inner()
            .unwrap()
            .downcast::<Error>()
            .unwrap()
            .is_file_timed_out()
    );
}

#[test]
fn too_few_resources_pass_and_too_large_a_size_does_not() {
    let (a, b) = socketpair().unwrap();
    let error = a.recv(usize::MAX).unwrap_err();
    assert_eq!(error.errno(), Some(ENOMEM));
    assert!(!error.is_transient(), "it would be the same a little later");
    // The other side's doing, and the program's.
    drop(b);
    let error = a.send(b"x").unwrap_err();
    assert!(error.is_disconnect() && !error.is_transient());
    let error = Socket::tcp().unwrap().accept().unwrap_err();
    assert_eq!(error.errno(), Some(EINVAL));
    assert!(!error.is_transient());
}
