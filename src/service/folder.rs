//! Reads the article files of a folder.
//!
//! Markdown, MDX, plain text, HTML, reStructuredText and `AsciiDoc` below the folder, sorted by path; hidden files and
//! folders and the folder's own `README.md` are passed over, and so are files of other kinds, which are counted. Symbolic
//! links are followed, each folder is entered once. What cannot be read is reported and does not stop the rest.

use std::collections::HashSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::{ImportSource, ServiceError};

/// Largest file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 4 << 20;

/// File name endings of articles.
const ENDINGS: [&str; 9] = ["md", "mdx", "markdown", "txt", "html", "htm", "rst", "adoc", "asciidoc"];

/// The articles' files of a folder.
#[derive(Debug, Clone, Default)]
pub struct FolderReading {
    /// The folder, absolute.
    pub root: PathBuf,
    /// The files, sorted by path.
    pub sources: Vec<ImportSource>,
    /// Files and folders that could not be read.
    pub unread: Vec<Unread>,
    /// Number of files of other kinds.
    pub passed_over: usize,
}

/// What was read of files and folders that somebody named.
#[derive(Debug, Clone, Default)]
pub struct FilesRead {
    /// The files.
    pub sources: Vec<ImportSource>,
    /// Files and folders that could not be read.
    pub unread: Vec<Unread>,
    /// Number of files of other kinds in the folders.
    pub passed_over: usize,
}

/// A file or folder that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Name for people.
    pub name: String,
    /// Absolute path.
    pub path: PathBuf,
    /// Why, and what would be right.
    pub reason: String,
}

/// Reads every article file below `folder`. Names are shown as the folder was given.
pub fn read_folder(folder: &Path) -> Result<FolderReading, ServiceError> {
    let refuse = |reason: String| ServiceError::Folder { path: folder.to_owned(), reason };
    let root = folder.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => refuse("there is no such folder".to_owned()),
        _ => refuse(error.to_string()),
    })?;
    if !root.is_dir() {
        return Err(refuse("it is a file, not a folder".to_owned()));
    }
    let mut reading = FolderReading { root: root.clone(), ..FolderReading::default() };
    let mut entered = HashSet::from([root.clone()]);
    let mut waiting = vec![(folder.to_owned(), root.clone())];
    while let Some((shown, path)) = waiting.pop() {
        let entries = match entries(&path) {
            Ok(entries) => entries,
            // Without its own folder there is nothing to say of any article.
            Err(error) if path == root => return Err(refuse(error.to_string())),
            Err(error) => {
                reading.unread.push(Unread { name: shown.display().to_string(), path, reason: error.to_string() });
                continue;
            }
        };
        for entry in entries {
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let (shown, path) = (shown.join(&name), entry.path());
            match std::fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => {
                    let target = path.canonicalize().unwrap_or_else(|_| path.clone());
                    if entered.insert(target) {
                        waiting.push((shown, path));
                    }
                }
                // The folder's own is about the folder; one below it may be the only article of its folder.
                _ if is_readme(&path) && path.parent() == Some(root.as_path()) => {}
                Ok(_) if is_article(&path) => reading.take(&shown, path),
                Err(error) if is_article(&path) => {
                    reading.unread.push(Unread { name: shown.display().to_string(), path, reason: error.to_string() });
                }
                Ok(_) => reading.passed_over += 1,
                Err(_) => {}
            }
        }
    }
    reading.sources.sort_by(|a, b| a.path.cmp(&b.path));
    reading.unread.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(reading)
}

/// What lies in a folder, by name: the order decides which of two links to one folder is entered.
fn entries(folder: &Path) -> std::io::Result<Vec<std::fs::DirEntry>> {
    let mut entries = std::fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    Ok(entries)
}

/// Reads one article file.
pub fn read_file(file: &Path) -> Result<ImportSource, Unread> {
    let path = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let path = path.canonicalize().unwrap_or(path);
    let name = file.display().to_string();
    match read_bounded(&path) {
        Ok(bytes) => Ok(ImportSource { name, path: Some(path), bytes }),
        Err(reason) => Err(Unread { name, path, reason }),
    }
}

impl FolderReading {
    fn take(&mut self, shown: &Path, path: PathBuf) {
        let name = shown.display().to_string();
        let bytes = match path.to_str() {
            Some(_) => read_bounded(&path),
            None => Err("its name is not UTF-8; rename it".to_owned()),
        };
        match bytes {
            Ok(bytes) => self.sources.push(ImportSource { name, path: Some(path), bytes }),
            Err(reason) => self.unread.push(Unread { name, path, reason }),
        }
    }
}

fn is_article(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

fn is_readme(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.eq_ignore_ascii_case("readme.md"))
}

fn read_bounded(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = std::fs::metadata(path).map_err(|error| error.to_string())?;
    // A pipe or a device could keep the reader for ever.
    if !metadata.is_file() {
        return Err("it is no ordinary file".to_owned());
    }
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(format!("it is larger than {} MiB; split it into articles", MAX_FILE_BYTES >> 20));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, name: &str, text: &str) {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn article_files_are_read_sorted_and_others_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.md", "a/z.HTML", "a/y.txt", "c.mdx", "README.md", "a/Readme.md", ".hidden.md", "d.rs", "e.rst"]
        {
            write(folder.path(), name, name);
        }
        write(folder.path(), ".git/e.md", "no");
        let reading = read_folder(folder.path()).unwrap();
        let texts: Vec<_> = reading.sources.iter().map(|s| String::from_utf8_lossy(&s.bytes).into_owned()).collect();
        assert_eq!(texts, ["a/Readme.md", "a/y.txt", "a/z.HTML", "b.md", "c.mdx", "e.rst"]);
        assert!(reading.sources[1].name.ends_with("a/y.txt"));
        assert_eq!((reading.unread, reading.passed_over), (vec![], 1));
    }

    #[test]
    fn a_file_that_is_too_large_is_named_and_the_rest_read() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "ok.md", "ok");
        let size = usize::try_from(MAX_FILE_BYTES).unwrap();
        write(folder.path(), "just.md", &"x".repeat(size));
        write(folder.path(), "large.md", &"x".repeat(size + 1));
        let reading = read_folder(folder.path()).unwrap();
        assert_eq!(reading.sources.len(), 2);
        assert!(reading.unread[0].name.ends_with("large.md"));
        assert!(reading.unread[0].reason.contains("4 MiB"));
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = read_folder(&folder.path().join("none")).unwrap_err();
        assert!(error.to_string().contains("no such folder"), "{error}");
        write(folder.path(), "file.md", "x");
        let error = read_folder(&folder.path().join("file.md")).unwrap_err();
        assert!(error.to_string().contains("it is a file"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn loops_of_links_end_and_broken_links_are_named() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a/one.md", "one");
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/loop")).unwrap();
        std::os::unix::fs::symlink("nowhere.md", folder.path().join("broken.md")).unwrap();
        std::os::unix::fs::symlink("a/one.md", folder.path().join("two.md")).unwrap();
        let reading = read_folder(folder.path()).unwrap();
        assert_eq!(reading.sources.len(), 2);
        assert_eq!(reading.unread.len(), 1);
        assert!(reading.unread[0].name.ends_with("broken.md"));
    }
}
