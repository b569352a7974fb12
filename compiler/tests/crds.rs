//! The folder `crds/` is what `kgwc crds` prints. `KGWC_REWRITE=1 cargo test --workspace --test
//! crds` writes it anew after a change of the types.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

#[test]
fn the_folder_is_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crds");
    let wanted: BTreeMap<String, String> =
        kgwc::api::crds().expect("definitions as YAML").into_iter().collect();
    if env::var_os("KGWC_REWRITE").is_some() {
        fs::create_dir_all(&folder).expect("the folder");
        for (name, text) in &wanted {
            fs::write(folder.join(name), text).expect("a file");
        }
    }
    let found: BTreeMap<String, String> = fs::read_dir(&folder)
        .expect("the folder crds/")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).expect("text"))
        })
        .collect();
    let names: Vec<_> = found.keys().collect();
    assert_eq!(names, wanted.keys().collect::<Vec<_>>(), "files of crds/");
    for (name, text) in wanted {
        assert!(found[&name] == text, "crds/{name} is out of date: KGWC_REWRITE=1 writes it anew");
    }
}
