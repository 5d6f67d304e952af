//! The spool: a file beside the engine that takes writes in order while the database takes none.
//!
//! A line of it is one batch. What was appended is on disk, and is promised like a row of the database. Lines land in
//! the database in their order before anything newer does; each is a whole state, so that one which lands twice, after a
//! crash, changes nothing. A torn last line was never promised, and is left out.

use super::write::Rows;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Most bytes of it: about a million cases.
const MOST_BYTES: u64 = 1 << 30;

/// The file, open.
#[derive(Debug)]
pub(super) struct Spool {
    path: PathBuf,
    file: File,
    /// Where the first line begins that has not landed.
    landed: u64,
    /// Where the last line ends.
    end: u64,
}

impl Spool {
    /// Opens the file, and makes it where it is missing. What an earlier process left is still to land.
    pub(super) fn open(path: &Path) -> std::io::Result<Spool> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)?;
        }
        let mut options = OpenOptions::new();
        let mut file = options.read(true).write(true).create(true).truncate(false).open(path)?;
        let end = end_of_whole_lines(&mut file)?;
        file.set_len(end)?;
        Ok(Spool { path: path.to_path_buf(), file, landed: 0, end })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether nothing waits to land.
    pub(super) fn is_empty(&self) -> bool {
        self.landed == self.end
    }

    /// Puts a batch behind the others. When this returns, it is on disk.
    pub(super) fn append(&mut self, rows: &Rows) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(rows)?;
        line.push(b'\n');
        if self.end + line.len() as u64 > MOST_BYTES {
            return Err(std::io::Error::other("the spool is full"));
        }
        let written = self.write_at_end(&line);
        match written {
            Ok(()) => self.end += line.len() as u64,
            // A part of a line would make the next one unreadable.
            Err(_) => self.file.set_len(self.end)?,
        }
        written
    }

    /// The first batch that has not landed.
    pub(super) fn first(&mut self) -> std::io::Result<Option<(Rows, Line)>> {
        if self.is_empty() {
            return Ok(None);
        }
        self.file.seek(SeekFrom::Start(self.landed))?;
        let mut line = Vec::new();
        BufReader::new(&self.file).read_until(b'\n', &mut line)?;
        let rows = serde_json::from_slice(&line)?;
        Ok(Some((rows, Line { end: self.landed + line.len() as u64 })))
    }

    /// A batch has landed. The file is emptied with the last.
    pub(super) fn has_landed(&mut self, line: Line) -> std::io::Result<()> {
        self.landed = line.end;
        if self.is_empty() {
            self.file.set_len(0)?;
            self.file.sync_all()?;
            (self.landed, self.end) = (0, 0);
        }
        Ok(())
    }

    /// Takes nothing any more, as one on a full disk.
    #[cfg(test)]
    pub(super) fn fill(&mut self) {
        (self.landed, self.end) = (MOST_BYTES, MOST_BYTES);
    }

    fn write_at_end(&mut self, line: &[u8]) -> std::io::Result<()> {
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(line)?;
        self.file.sync_data()
    }
}

/// A line that was read: where it ends.
#[derive(Debug)]
pub(super) struct Line {
    end: u64,
}

fn end_of_whole_lines(file: &mut File) -> std::io::Result<u64> {
    let mut reader = BufReader::new(file);
    let (mut end, mut line) = (0, Vec::new());
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line)?;
        match line.last() {
            Some(b'\n') => end += read as u64,
            _ => return Ok(end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Write as Kept;
    use super::*;
    use crate::base::UnixTime;
    use crate::store::PlanVersion;

    fn rows(hash: &str) -> Rows {
        let version = PlanVersion {
            name: "desk".into(),
            hash: hash.into(),
            text: "\n窓口".into(),
            kept_at: UnixTime::from_secs(1),
            first_in_force_at: None,
            by: "start".into(),
        };
        Rows::of(&[Kept::KeepPlan(version)])
    }

    fn land(spool: &mut Spool) -> Rows {
        let (rows, line) = spool.first().expect("read").expect("a line");
        spool.has_landed(line).expect("noted");
        rows
    }

    #[test]
    fn lines_land_in_order_also_after_a_crash_and_a_torn_one_is_left_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/spool");
        let mut spool = Spool::open(&path).expect("opened");
        assert!(spool.is_empty() && spool.first().expect("read").is_none());
        ["1", "2", "3"].iter().for_each(|hash| spool.append(&rows(hash)).expect("written"));
        assert_eq!(land(&mut spool), rows("1"));
        let torn = OpenOptions::new()
            .append(true)
            .open(&path)
            .expect("opened")
            .write(b"{\"cases\":\"[")
            .expect("torn");
        assert_eq!(torn, 11);
        let mut again = Spool::open(&path).expect("opened");
        ["1", "2", "3"]
            .iter()
            .for_each(|hash| assert_eq!(land(&mut again), rows(hash), "what had landed lands again"));
        assert!(again.is_empty());
        again.append(&rows("4")).expect("written");
        assert_eq!(land(&mut again), rows("4"));
        assert_eq!(std::fs::metadata(&path).expect("there").len(), 0);
    }
}
