//! What another program sees or does: a C program's Unix path, CPython's numbers.

use std::time::Duration;

use crate::support::*;
use socketbook::*;

/// A C program may fill all 108 bytes of sun_path. Its datagrams and connections arrive, and
/// nothing panics.
#[test]
fn a_peer_with_a_path_of_108_bytes() {
    if !have("python3") {
        return;
    }
    let folder = Folder::new("108");
    let phone = Socket::new(AF_UNIX, SOCK_DGRAM).unwrap();
    let number = Address::unix(folder.0.join("phone")).unwrap();
    phone.bind(&number).unwrap();
    let peer = "
import ctypes, os, socket, sys
folder, target = sys.argv[1:]
os.chdir(folder)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
name = b'x' * 108
sun = (socket.AF_UNIX).to_bytes(2, sys.byteorder) + name
libc = ctypes.CDLL(None, use_errno=True)
assert libc.bind(s.fileno(), sun, len(sun)) == 0, os.strerror(ctypes.get_errno())
s.sendto(b'from 108', target)
s.connect(target)
sys.stdin.read()
";
    let path = number.as_path().unwrap();
    let mut child = python_command()
        .unwrap()
        .args(["-c", peer])
        .args([&folder.0, path])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    phone.settimeout(Duration::from_secs(20)).unwrap();
    let (data, from) = phone.recvfrom(100).unwrap();
    assert_eq!(data, b"from 108");
    assert_eq!(from, Address::Unnamed);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn python_has_the_same_numbers() {
    if !have("python3") {
        return;
    }
    let named: Vec<Errno> = (1..4096)
        .map(Errno::from_raw)
        .filter(|errno| errno.name() != "errno")
        .collect();
    let script = "import errno, sys; print(*(getattr(errno, name) for name in sys.argv[1:]))";
    let output = python_command()
        .unwrap()
        .args(["-c", script])
        .args(named.iter().map(|errno| errno.name()))
        .output()
        .unwrap();
    let ours: Vec<String> = named.iter().map(|errno| errno.raw().to_string()).collect();
    assert!(ours.len() > 40, "{ours:?}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap().trim(),
        ours.join(" ")
    );
}
