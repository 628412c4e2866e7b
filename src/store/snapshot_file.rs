//! A snapshot on disk: sections of bytes beside the database, so that a start need not compile everything anew.
//!
//! The file is a copy of what the database says and may be deleted at any time. Whatever does not fit, another build of
//! the program, a damaged byte, a file that was cut, is as good as no file. It is written beside its place and put there
//! whole, so that a crash leaves the one before.
//!
//! Layout, numbers in little-endian order: the mark, the length of the build's name (32 bits) and the name; the sections;
//! for each section its offset, its length (64 bits each) and its CRC-32; the table's offset (64 bits), the number of
//! sections and the table's CRC-32 (32 bits each), the mark.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Marks the beginning and the end.
const MARK: &[u8; 16] = b"kbmatch-snapshot";
/// What is added to the database's name.
const SUFFIX: &str = "-snapshot";
/// Bytes of a table's row, and of what follows the table.
const ROW: usize = 20;
const TAIL: usize = 16 + MARK.len();

/// Where the snapshot of a database is kept.
#[derive(Debug, Clone)]
pub struct SnapshotFile(PathBuf);

/// A section's place.
#[derive(Debug, Clone, Copy)]
struct Place {
    offset: u64,
    length: u64,
    checksum: u32,
}

/// A snapshot that can be read.
#[derive(Debug)]
pub struct KeptSections {
    path: PathBuf,
    places: Vec<Place>,
}

impl SnapshotFile {
    /// The file beside a database.
    pub fn beside(database: &Path) -> Self {
        let mut path = database.as_os_str().to_owned();
        path.push(SUFFIX);
        Self(path.into())
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes sections in the place of what was kept; `build` names the build of the program that can read them.
    pub fn write(&self, build: &str, sections: impl Iterator<Item = io::Result<Vec<u8>>>) -> io::Result<()> {
        let mut new = self.0.as_os_str().to_owned();
        new.push(".new");
        let new = PathBuf::from(new);
        let written = write_to(&new, build, sections).and_then(|()| std::fs::rename(&new, &self.0));
        if written.is_err() {
            // It is of no use; what cannot be removed either is found by whoever looks after a full disk.
            let _ = std::fs::remove_file(&new);
        }
        written
    }

    /// Removes what was kept, if there is anything.
    pub fn remove(&self) -> io::Result<()> {
        match std::fs::remove_file(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The sections kept; `None` when there is no file, or one of another build.
    pub fn open(&self, build: &str) -> io::Result<Option<KeptSections>> {
        let mut file = match File::open(&self.0) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut head = vec![0; MARK.len() + 4 + build.len()];
        if file.read_exact(&mut head).is_err() || head != head_of(build)? {
            return Ok(None);
        }
        let end = file.seek(SeekFrom::End(0))?;
        let mut tail = [0; TAIL];
        file.seek(SeekFrom::Start(end.checked_sub(TAIL as u64).ok_or_else(|| damaged("it is cut"))?))?;
        file.read_exact(&mut tail)?;
        let mut tail = tail.as_slice();
        let (offset, count, checksum) = (number(&mut tail)?, short(&mut tail)?, short(&mut tail)?);
        if tail != MARK {
            return Err(damaged("it is cut"));
        }
        let length = u64::from(count) * ROW as u64;
        if offset.checked_add(length + TAIL as u64) != Some(end) {
            return Err(damaged("its table is not where it should be"));
        }
        let table = read_checked(&mut file, Place { offset, length, checksum })?;
        let mut rows = table.as_slice();
        let place =
            |_| Ok(Place { offset: number(&mut rows)?, length: number(&mut rows)?, checksum: short(&mut rows)? });
        let places: io::Result<Vec<Place>> = (0..count).map(place).collect();
        Ok(Some(KeptSections { path: self.0.clone(), places: places? }))
    }
}

impl KeptSections {
    /// Number of sections.
    pub fn count(&self) -> usize {
        self.places.len()
    }

    /// Reads a section; may be called from several threads at once.
    pub fn read(&self, at: usize) -> io::Result<Vec<u8>> {
        let place = self.places.get(at).ok_or_else(|| damaged("a section is missing"))?;
        read_checked(&mut File::open(&self.path)?, *place)
    }
}

fn write_to(path: &Path, build: &str, sections: impl Iterator<Item = io::Result<Vec<u8>>>) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = BufWriter::new(options.open(path)?);
    let head = head_of(build)?;
    file.write_all(&head)?;
    let (mut offset, mut table, mut count) = (head.len() as u64, Vec::new(), 0_u32);
    for section in sections {
        let section = section?;
        file.write_all(&section)?;
        table.extend(offset.to_le_bytes());
        table.extend((section.len() as u64).to_le_bytes());
        table.extend(crc32fast::hash(&section).to_le_bytes());
        offset += section.len() as u64;
        count += 1;
    }
    file.write_all(&table)?;
    file.write_all(&offset.to_le_bytes())?;
    file.write_all(&count.to_le_bytes())?;
    file.write_all(&crc32fast::hash(&table).to_le_bytes())?;
    file.write_all(MARK)?;
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

fn head_of(build: &str) -> io::Result<Vec<u8>> {
    let length = u32::try_from(build.len()).map_err(io::Error::other)?;
    Ok([MARK.as_slice(), &length.to_le_bytes(), build.as_bytes()].concat())
}

fn read_checked(file: &mut File, place: Place) -> io::Result<Vec<u8>> {
    let length = usize::try_from(place.length).map_err(io::Error::other)?;
    if place.offset.saturating_add(place.length) > file.metadata()?.len() {
        return Err(damaged("it is cut"));
    }
    file.seek(SeekFrom::Start(place.offset))?;
    let mut bytes = Vec::with_capacity(length);
    file.take(place.length).read_to_end(&mut bytes)?;
    if bytes.len() == length && crc32fast::hash(&bytes) == place.checksum {
        Ok(bytes)
    } else {
        Err(damaged("a checksum differs"))
    }
}

fn number(bytes: &mut &[u8]) -> io::Result<u64> {
    let mut number = [0; 8];
    bytes.read_exact(&mut number)?;
    Ok(u64::from_le_bytes(number))
}

fn short(bytes: &mut &[u8]) -> io::Result<u32> {
    let mut number = [0; 4];
    bytes.read_exact(&mut number)?;
    Ok(u32::from_le_bytes(number))
}

fn damaged(how: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, how)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(sections: &[&[u8]]) -> (tempfile::TempDir, SnapshotFile) {
        let folder = tempfile::tempdir().unwrap();
        let file = SnapshotFile::beside(&folder.path().join("kb.db"));
        file.write("build 1", sections.iter().map(|section| Ok(section.to_vec()))).unwrap();
        (folder, file)
    }

    #[test]
    fn sections_come_back_and_another_build_has_none() {
        let (folder, file) = kept(&[b"one", b"", &[7; 10_000]]);
        let sections = file.open("build 1").unwrap().unwrap();
        assert_eq!(sections.count(), 3);
        assert_eq!((sections.read(0).unwrap(), sections.read(1).unwrap()), (b"one".to_vec(), Vec::new()));
        assert_eq!(sections.read(2).unwrap(), [7; 10_000]);
        assert!(sections.read(3).is_err());
        assert!(file.open("build 2").unwrap().is_none());
        assert!(SnapshotFile::beside(&folder.path().join("other.db")).open("build 1").unwrap().is_none());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "something was left beside it");
    }

    #[test]
    fn every_changed_byte_and_every_cut_is_noticed() {
        let (_folder, file) = kept(&[b"first section", b"second section"]);
        let sound = std::fs::read(file.path()).unwrap();
        let readable = || {
            let Ok(Some(sections)) = file.open("build 1") else { return false };
            (0..sections.count()).all(|at| sections.read(at).is_ok()) && sections.count() == 2
        };
        assert!(readable());
        for at in 0..sound.len() {
            let mut changed = sound.clone();
            changed[at] ^= 1;
            std::fs::write(file.path(), changed).unwrap();
            assert!(!readable(), "byte {at} was changed");
            std::fs::write(file.path(), &sound[..at]).unwrap();
            assert!(!readable(), "cut at byte {at}");
        }
    }

    #[test]
    fn what_could_not_be_written_leaves_the_one_before() {
        let (folder, file) = kept(&[b"before"]);
        let broken = [Ok(b"after".to_vec()), Err(io::Error::other("no more"))];
        assert!(file.write("build 1", broken.into_iter()).is_err());
        assert_eq!(file.open("build 1").unwrap().unwrap().read(0).unwrap(), b"before");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
