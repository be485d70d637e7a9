//! Archives from a registry: nothing is written outside the folder, and nothing
//! in it leads out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::fs;
use std::path::Path;

fuzz_target!(|archive: &[u8]| {
    if let Some(path) = art::fuzzing::entry_path(archive) {
        assert!(path.is_relative());
        assert!(
            path.components()
                .all(|part| matches!(part, std::path::Component::Normal(_)))
        );
    }
    let outer = tempfile::tempdir_in("/dev/shm").expect("there is memory");
    let inner = outer.path().join("package");
    fs::create_dir(&inner).expect("there is room");
    let _ = art::fuzzing::unpack(archive, &inner);
    let beside = fs::read_dir(outer.path())
        .expect("it is still there")
        .count();
    assert_eq!(beside, 1, "something was written outside");
    check(&inner, &inner);
});

fn check(folder: &Path, root: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, kind) = (entry.path(), entry.file_type().expect("it is there"));
        assert!(kind.is_file() || kind.is_dir() || kind.is_symlink());
        if kind.is_dir() {
            check(&path, root);
        }
        // A link may lead nowhere, but not out.
        if kind.is_symlink()
            && let Ok(target) = path.canonicalize()
        {
            assert!(target.starts_with(root), "{} leads out", path.display());
        }
    }
}
