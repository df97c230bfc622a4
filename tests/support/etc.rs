//! Files of a test's own in /etc, and a network that is nothing but a loopback.

use super::*;

/// Runs the body in a child process that has these files in /etc, a loopback alone, and a host name
/// of its own: as root, or as a user who may make user namespaces.
pub fn with_etc(files: &[(&str, &[u8])], test: &str, body: impl FnOnce()) {
    if is_child(test) {
        return body();
    }
    if !have("ip") {
        return;
    }
    let folder = Folder::new(test);
    let mut setup = String::from("ip link set lo up && ");
    for (name, bytes) in files {
        std::fs::write(folder.0.join(name), bytes).unwrap();
        setup += &format!("mount --bind \"$0/{name}\" /etc/{name} && ");
    }
    setup += "exec \"$@\"";
    let tail = ["sh", "-c", &setup, folder.0.to_str().unwrap()];
    let root = ["unshare", "--net", "--mount", "--uts"];
    let user = ["unshare", "-Urnm", "--uts"];
    let [root, user] = [&root[..], &user].map(|way| [way, &tail[..]].concat());
    in_a_namespace([&root, &user], &["true"], test, body);
}
