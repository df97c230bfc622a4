//! Lesson 3, client calls, with names of the test's own: /etc/hosts in a mount namespace.

use std::time::{Duration, Instant};

use crate::support::*;
use socketbook::*;

/// Runs the body in a child process that has these files in /etc, and with `network` a network of
/// its own that has nothing but a loopback.
fn with_etc(files: &[(&str, &str)], network: bool, test: &str, body: impl FnOnce()) {
    if is_child(test) {
        return body();
    }
    let folder = Folder::new(test);
    let mut setup = String::new();
    for (name, text) in files {
        std::fs::write(folder.0.join(name), text).unwrap();
        setup += &format!("mount --bind \"$0/{name}\" /etc/{name} && ");
    }
    if network {
        setup += "ip link set lo up && ";
    }
    setup += "exec \"$@\"";
    let tail = ["sh", "-c", &setup, folder.0.to_str().unwrap()];
    let launchers = match network {
        true => [&["unshare", "--mount", "--net"][..], &["unshare", "-Urmn"]],
        false => [&["unshare", "--mount"][..], &["unshare", "-Urm"]],
    };
    let [root, user] = launchers.map(|way| [way, &tail[..]].concat());
    in_a_namespace([&root, &user], &["true"], test, body);
}

/// Where a name has two addresses, which /etc/hosts says in a mount namespace of this test's own.
#[test]
fn create_connection_goes_on_to_the_second_address() {
    let test = "create_connection_goes_on_to_the_second_address";
    let body = || {
        let options = ConnectionOptions::new().total(Duration::from_secs(60));
        let twice = |port| {
            create_connection(("twice", port))?;
            create_connection_with(("twice", port), &options)
        };
        // Whichever is first, one of these servers is at the second.
        for host in ["127.0.0.2", "127.0.0.3"] {
            let phone = create_server((host, 0)).unwrap();
            let number = phone.getsockname().unwrap();
            let caller = twice(number.port().unwrap()).unwrap();
            assert_eq!(caller.getpeername().unwrap(), number);
        }
        let nobody = nobody().port().unwrap();
        let error = twice(nobody).unwrap_err();
        assert_eq!(error.attempts().len(), 2, "{error}");
        let error = create_connection_with(("twice", nobody), &options).unwrap_err();
        assert_eq!(error.attempts().len(), 2, "{error}");
        let text = error.to_string();
        assert!(text.contains("127.0.0.2") && text.contains("127.0.0.3"));
    };
    let hosts = "127.0.0.2 twice\n127.0.0.3 twice\n";
    with_etc(&[("hosts", hosts)], false, test, body);
}

/// `total` is for the look-up of the name, too: here the resolver gets no answer.
#[test]
fn the_total_is_for_the_look_up_too() {
    let test = "the_total_is_for_the_look_up_too";
    let body = || {
        let silent = Socket::udp().unwrap();
        silent.bind(("127.0.0.1", 53)).unwrap();
        let call = |total| {
            let options = ConnectionOptions::new().total(total);
            create_connection_with(("slow.example", 80), &options)
        };
        let asked = Duration::from_millis(50);
        let start = Instant::now();
        let error = must_time_out(asked, || call(asked));
        assert!(start.elapsed() < PATIENCE_OF_THE_RESOLVER);
        assert!(silent.recv(512).is_ok(), "it did ask");
        assert_eq!(error.call(), Call::CreateConnection);
        assert!(error.attempts().is_empty(), "no address was called");
        assert!(error.to_string().contains("slow.example"), "{error}");
        // Those that were given up wait on, and there is a limit to how many.
        let soon = Duration::from_micros(1);
        let given_up = (0..1000).take_while(|_| call(soon).unwrap_err().is_timeout());
        assert_eq!(given_up.count(), 63);
        assert!(call(soon).unwrap_err().is_unresolved());
        // A name that needs no resolver is called all the same.
        let server = create_server(LOCAL).unwrap();
        let total = ConnectionOptions::new().total(Duration::from_secs(60));
        create_connection_with(server.getsockname().unwrap(), &total).unwrap();
        // When the resolver has given up, there is room again.
        while call(soon).unwrap_err().is_unresolved() {
            std::thread::sleep(Duration::from_millis(20)); // nothing tells of the end of a thread
            assert!(start.elapsed() < 10 * PATIENCE_OF_THE_RESOLVER);
        }
    };
    let seconds = PATIENCE_OF_THE_RESOLVER.as_secs();
    let resolver = format!("nameserver 127.0.0.1\noptions timeout:{seconds} attempts:1\n");
    let files = [
        ("resolv.conf", &*resolver),
        ("nsswitch.conf", "hosts: files dns\n"),
        ("hosts", "127.0.0.1 localhost\n"),
    ];
    with_etc(&files, true, test, body);
}

/// In whole seconds, as resolv.conf(5) has it.
const PATIENCE_OF_THE_RESOLVER: Duration = Duration::from_secs(3);
