//! Builds again when a migration is added: the compiler cannot see new files in a folder that a macro reads. Names the
//! build by its sources, so that a snapshot on disk is read by the build that wrote it only.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    println!("cargo:rerun-if-changed=migrations");
    let mut sources = vec![PathBuf::from("Cargo.toml")];
    // A packaged crate may come without one.
    sources.extend(Some(PathBuf::from("Cargo.lock")).filter(|path| path.exists()));
    add_files(Path::new("src"), &mut sources)?;
    sources.sort();
    let mut hasher = DefaultHasher::new();
    for source in sources {
        println!("cargo:rerun-if-changed={}", source.display());
        source.hash(&mut hasher);
        std::fs::read(&source)?.hash(&mut hasher);
    }
    println!("cargo:rerun-if-changed=src");
    println!("cargo:rustc-env=KBMATCH_BUILD={:016x}", hasher.finish());
    Ok(())
}

fn add_files(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            add_files(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
