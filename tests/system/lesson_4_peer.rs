//! Lesson 4, options: who is at the other end of a Unix connection, as another user and in another
//! PID namespace.

use std::io;
use std::os::fd::AsFd;
use std::process::Stdio;

use socketbook::*;

use crate::support::*;

fn peer(socket: &Socket) -> PeerCred {
    socket.getsockopt(SOL_SOCKET, SO_PEERCRED).unwrap()
}

#[test]
fn user_and_group_are_not_each_others() {
    let launcher: &[&str] = &["unshare", "-U", "--map-user=1234", "--map-group=4321"];
    in_a_namespace(
        [launcher; 2],
        &["true"],
        "user_and_group_are_not_each_others",
        || {
            let (a, _b) = socketpair().unwrap();
            let peer = peer(&a);
            assert_eq!((peer.uid, peer.gid), (1234, 4321));
        },
    );
}

#[test]
fn a_peer_outside_the_namespace_has_no_number_there() {
    let test = "a_peer_outside_the_namespace_has_no_number_there";
    if is_child(test) {
        let socket = io::stdin().as_fd().try_clone_to_owned().unwrap();
        let peer = peer(&Socket::try_from(socket).unwrap());
        assert_eq!(peer.pid, 0);
        assert_ne!(peer.uid, u32::MAX);
        return;
    }
    if !have("unshare") {
        return;
    }
    let launchers: [&[&str]; 2] = [&["unshare", "-pf"], &["unshare", "-Urpf"]];
    let mut refusals = String::new();
    for launcher in launchers {
        let can = std::process::Command::new(launcher[0])
            .args(&launcher[1..])
            .arg("true")
            .output()
            .unwrap();
        if !can.status.success() {
            refusals += &String::from_utf8_lossy(&can.stderr);
            continue;
        }
        let (ours, theirs) = socketpair().unwrap();
        let mut child = child_under(launcher, test);
        let output = child.stdin(Stdio::from(theirs.detach())).output().unwrap();
        drop(ours);
        let out = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && out.contains("1 passed"), "{out}");
        return;
    }
    skipped(&format!("no PID namespace here: {}", refusals.trim_end()));
}
