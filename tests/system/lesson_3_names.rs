//! Lesson 3, client calls, with names of the test's own: /etc/hosts in a mount namespace.

use std::time::Duration;

use crate::support::etc::with_etc;
use crate::support::*;
use socketbook::*;

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
    let hosts = b"127.0.0.2 twice\n127.0.0.3 twice\n";
    with_etc(&[("hosts", hosts)], test, body);
}
