//! Descriptors with a message: none is lost, none stays open.

use std::fs::File;
use std::io::IoSlice;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Mutex;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use socketbook::*;

use crate::support::*;

/// The descriptors that all processes of a user have in flight count against the limit of each
/// (ETOOMANYREFS, unix(7)), except root's. So the tests that pass some take turns.
pub static IN_FLIGHT: Mutex<()> = Mutex::new(());

fn in_turn(test: &str, body: impl FnOnce()) {
    let _turn = IN_FLIGHT.lock();
    in_child(test, body);
}

#[test]
fn what_is_cut_is_closed() {
    let test = "what_is_cut_is_closed";
    in_turn(test, || {
        for kind in [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET] {
            for (a, b) in unix_pairs(kind) {
                let before = descriptors();
                let files = [null(), null(), null()];
                let fds = files.each_ref().map(File::as_fd);
                let send = || {
                    let rights = [SendAncillary::Rights(&fds)];
                    assert_eq!(a.sendmsg(&[IoSlice::new(b"abc")], &rights).unwrap(), 3);
                };
                // No room, room for a header, for part of one, for one, for two (and for one and
                // the bytes behind it).
                for (room, fit) in [
                    (0, 0),
                    (1, 0),
                    (CMSG_LEN(0), 0),
                    (CMSG_LEN(3), 0),
                    (CMSG_LEN(4), 1),
                    (CMSG_LEN(7), 1),
                    (CMSG_SPACE(4), 2),
                    (CMSG_LEN(8), 2),
                ] {
                    send();
                    let (data, ancillary, flags, _) = b.recvmsg(100, room).unwrap();
                    let arrived = rights(ancillary);
                    assert_eq!((data.as_ref(), arrived.len()), (&b"abc"[..], fit), "{room}");
                    assert_eq!(flags, MSG_CTRUNC, "{room}");
                    assert_eq!(descriptors(), before + 3 + fit);
                }
                // A receive that does not speak of them.
                send();
                assert_eq!(b.recv(100).unwrap(), b"abc");
                send();
                assert_eq!(b.recvfrom(100).unwrap().0, b"abc");
                // Refused: nothing is there yet.
                let error = b.recvmsg_with_flags(100, 100, MSG_DONTWAIT).unwrap_err();
                assert!(error.is_would_block());
                // In flight when both ends are closed.
                send();
                drop((a, b, files));
                assert_eq!(descriptors(), before - 2);
            }
        }
    });
}

#[test]
fn a_peek_gives_duplicates_each_time() {
    let test = "a_peek_gives_duplicates_each_time";
    in_turn(test, || {
        for (a, b) in unix_pairs(SOCK_STREAM) {
            let before = descriptors();
            send_fds(&a, &[IoSlice::new(b"x")], &[null()]).unwrap();
            let (data, one, flags, _) = b.recvmsg_with_flags(9, 99, MSG_PEEK).unwrap();
            let (_, two, _, _) = b.recvmsg_with_flags(9, 99, MSG_PEEK).unwrap();
            assert_eq!((data.as_ref(), flags), (&b"x"[..], MsgFlags::NONE));
            let (one, two) = (rights(one), rights(two));
            assert_ne!(one[0].as_raw_fd(), two[0].as_raw_fd());
            let (_, last, _, _) = b.recvmsg(9, 99).unwrap();
            assert_eq!(rights(last).len(), 1);
            drop((one, two));
            assert_eq!(descriptors(), before);
        }
    });
}

#[test]
fn descriptors_that_the_process_cannot_have_are_lost_and_said_so() {
    let test = "descriptors_that_the_process_cannot_have_are_lost_and_said_so";
    in_turn(test, || {
        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        let [(a, b), (c, d)] = unix_pairs(SOCK_STREAM).try_into().unwrap();
        // All numbers below it are taken.
        let mut held = vec![null()];
        while held[held.len() - 1].as_raw_fd() < 100 {
            held.push(null());
        }
        let free_from = held[held.len() - 1].as_raw_fd() as u64 + 1;
        for free in 0..9 {
            for (from, to, most, used) in [(&a, &b, 2, 0), (&a, &b, 253, 2), (&c, &d, 253, 2)] {
                let before = descriptors();
                let sent = most.min(5);
                send_fds(from, &[IoSlice::new(b"five")], &vec![&held[0]; sent]).unwrap();
                setrlimit(Resource::RLIMIT_NOFILE, free_from + free, hard).unwrap();
                let (data, fds, flags, _) = recv_fds(to, 100, most).unwrap();
                setrlimit(Resource::RLIMIT_NOFILE, soft, hard).unwrap();
                assert_eq!(data, b"five", "the bytes are there");
                // To own numbers takes two descriptors more for a moment.
                let fit = (free as usize).saturating_sub(used).min(sent);
                assert_eq!(fds.len(), fit, "{free} {most} {used}");
                let cut = match fit == sent {
                    true => MsgFlags::NONE,
                    false => MSG_CTRUNC,
                };
                assert_eq!(flags, cut);
                drop(fds);
                assert_eq!(descriptors(), before);
            }
        }
    });
}

#[test]
fn a_peer_sends_as_many_as_it_can() {
    let test = "a_peer_sends_as_many_as_it_can";
    in_turn(test, || {
        for (a, b) in unix_pairs(SOCK_STREAM) {
            let file = null();
            let most = vec![file.as_fd(); 253];
            let before = descriptors();
            // As many as this process may have.
            let spare = (0..253).map_while(|_| File::open("/dev/null").ok());
            let room = spare.collect::<Vec<_>>().len();
            let cut = if room < 253 {
                MSG_CTRUNC
            } else {
                MsgFlags::NONE
            };
            send_fds(&a, &[IoSlice::new(b"x")], &most).unwrap();
            let (_, fds, flags, _) = recv_fds(&b, 1, usize::MAX).unwrap();
            // Where the crate has to take them over itself, a pair of sockets is among them.
            let pair = if room < 253 { 2 } else { 0 };
            assert!((room - pair..=room).contains(&fds.len()), "{}", fds.len());
            assert_eq!(flags, cut);
            drop(fds);
            // The receiver's bound holds, whatever comes: one that is below this process's own.
            for most_wanted in [0, 1, 2, 3, 7, 252].into_iter().filter(|most| *most < room) {
                send_fds(&a, &[IoSlice::new(b"x")], &most).unwrap();
                let (_, fds, flags, _) = recv_fds(&b, 1, most_wanted).unwrap();
                assert_eq!((fds.len(), flags), (most_wanted, MSG_CTRUNC));
            }
            let error = send_fds(&a, &[IoSlice::new(b"x")], &[file.as_fd(); 254]).unwrap_err();
            assert_eq!((error.call(), error.errno()), (Call::SendFds, Some(EINVAL)));
            assert_eq!(descriptors(), before);
        }
    });
}

#[test]
fn a_socket_in_its_own_queue() {
    let test = "a_socket_in_its_own_queue";
    in_turn(test, || {
        for (a, b) in unix_pairs(SOCK_STREAM) {
            let before = descriptors();
            // The receiver waits in its own queue, and comes out of it as another descriptor.
            send_fds(&a, &[IoSlice::new(b"yourself")], &[&b]).unwrap();
            let (_, fds, _, _) = recv_fds(&b, 100, 1).unwrap();
            let again = Socket::try_from(fds.into_iter().next().unwrap()).unwrap();
            a.sendall(b"hello").unwrap();
            assert_eq!(again.recv(100).unwrap(), b"hello");
            drop(again);
            assert_eq!(descriptors(), before);
            // No one can take it out any more: the kernel has to notice.
            send_fds(&a, &[IoSlice::new(b"yourself")], &[&a, &b]).unwrap();
            drop((a, b));
            assert_eq!(descriptors(), before - 2);
        }
    });
}

/// The kernel has no number for a process of which the receiver's PID namespace knows nothing.
#[test]
fn credentials_of_a_process_that_has_no_number_here() {
    let test = "credentials_of_a_process_that_has_no_number_here";
    if is_child(test) {
        let conn = Socket::try_from(std::io::stdin().as_fd().try_clone_to_owned().unwrap());
        let conn = conn.unwrap();
        for room in [CMSG_SPACE(12), 512] {
            let (data, ancillary, _, _) = conn.recvmsg(1, room).unwrap();
            let [Ancillary::Credentials(who), ..] = &ancillary[..] else {
                panic!("{ancillary:?}");
            };
            assert_eq!((data.as_ref(), who.pid), (&b"x"[..], 0));
        }
        let (_, fds, _, _) = recv_fds(&conn, 1, 1).unwrap();
        assert_eq!(fds.len(), 1);
        return;
    }
    let launchers: [&[&str]; 2] = [
        &["unshare", "--pid", "--fork"],
        &["unshare", "--user", "--map-root-user", "--pid", "--fork"],
    ];
    if !have("unshare") {
        return;
    }
    let works = |launcher: &&&[&str]| {
        let mut command = std::process::Command::new(launcher[0]);
        let output = command.args(&launcher[1..]).arg("true").output();
        output.unwrap().status.success()
    };
    let Some(launcher) = launchers.iter().find(works) else {
        return skipped("no PID namespace here");
    };
    let (near, far) = socketpair().unwrap();
    far.setsockopt(SOL_SOCKET, SO_PASSCRED, true).unwrap();
    for _ in 0..3 {
        // Each descriptor is a message of its own.
        send_fds(&near, &[IoSlice::new(b"x")], &[null()]).unwrap();
    }
    let output = child_under(launcher, test)
        .stdin(far.detach())
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && out.contains("1 passed"), "{out}");
}

#[test]
fn two_descriptors_that_go_round_many_times_leave_none() {
    let test = "two_descriptors_that_go_round_many_times_leave_none";
    in_turn(test, || {
        for (a, b) in unix_pairs(SOCK_SEQPACKET) {
            let before = descriptors();
            let mut round: Vec<OwnedFd> = vec![null().into(), Socket::tcp().unwrap().into()];
            for lap in 0..200 {
                let (from, to) = if lap % 2 == 0 { (&a, &b) } else { (&b, &a) };
                send_fds(from, &[IoSlice::new(b"on")], &round).unwrap();
                let (_, fds, _, _) = recv_fds(to, 9, 2).unwrap();
                round = fds;
                assert_eq!(descriptors(), before + 2);
            }
        }
    });
}
