//! `kgwc graph`: drawn also where the input has errors, which are told and end with status 1.

use crate::run::Folder;

#[test]
fn a_picture_is_drawn_also_where_the_input_has_errors() {
    let folder = Folder::new();
    let fine = folder.run(["graph", "examples/bookinfo"]).fine();
    assert!(fine.starts_with("Gateway default/"), "{fine}");
    let run = folder.run(["graph", "--strict-refs", "--output", "dot", "examples/bookinfo"]);
    assert_eq!(run.status, Some(1));
    assert!(run.stdout.contains("BackendNotFound"), "{}", run.stdout);
    assert!(run.stderr.contains("error[backend-not-found]"), "{}", run.stderr);
    let run = folder.run(["graph", "--gateway", "default/other", "examples/bookinfo"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("no Gateway default/other"), "{}", run.stderr);
}
