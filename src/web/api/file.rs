//! Files on their way out, whole or in part (RFC 9110 14), read beside the tasks that answer others.

use crate::web::problem::Problem;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Bytes read at a time.
const PIECE: u64 = 64 * 1024;

/// The answer with a file; where `Range` asks for one range of bytes, with that.
///
/// # Errors
/// The file cannot be read.
pub(super) async fn sent(
    path: PathBuf,
    media_type: &str,
    disposition: String,
    asked: &HeaderMap,
) -> io::Result<Response> {
    let opened = tokio::task::spawn_blocking(move || open(&path)).await;
    let (file, length) = opened.map_err(io::Error::other)??;
    let asked = asked.get(header::RANGE).and_then(|range| range.to_str().ok());
    let (status, part) = match asked.and_then(|asked| range(asked, length)) {
        None => (StatusCode::OK, 0..length),
        Some(Some(part)) => (StatusCode::PARTIAL_CONTENT, part),
        Some(None) => return Ok(beyond(length)),
    };
    let mut response = (status, Body::from_stream(pieces(file, part.clone()))).into_response();
    let mut line = |name: header::HeaderName, value: String| {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    };
    line(header::CONTENT_TYPE, media_type.to_string());
    line(header::ACCEPT_RANGES, "bytes".into());
    line(header::CONTENT_LENGTH, (part.end - part.start).to_string());
    line(header::CONTENT_DISPOSITION, disposition);
    if status == StatusCode::PARTIAL_CONTENT {
        line(header::CONTENT_RANGE, format!("bytes {}-{}/{length}", part.start, part.end - 1));
    }
    Ok(response)
}

fn beyond(length: u64) -> Response {
    let problem = Problem::new(416, "beyond", "The file is shorter", format!("it has {length} bytes"));
    ([(header::CONTENT_RANGE, format!("bytes */{length}"))], problem).into_response()
}

/// Whether a file of this name lies in the folder itself.
pub(super) fn is_name(file: &str) -> bool {
    Path::new(file).file_name().is_some_and(|name| name == file) && !file.starts_with('.')
}

fn open(path: &Path) -> io::Result<(File, u64)> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

/// What `Range` asks for: none where it asks for nothing that is served in part; none within where there is nothing.
fn range(asked: &str, length: u64) -> Option<Option<Range<u64>>> {
    let (from, to) = asked.strip_prefix("bytes=")?.trim().split_once('-')?;
    let number = |text: &str| text.parse::<u64>().ok();
    let part = match (from.trim(), to.trim()) {
        ("", last) => length.saturating_sub(number(last)?)..length,
        (first, "") => number(first)?..length,
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return None;
            }
            first..length.min(last.saturating_add(1))
        }
    };
    Some((part.start < part.end).then_some(part))
}

/// The bytes of a part, read beside the tasks that answer others.
fn pieces(file: File, part: Range<u64>) -> impl stream::Stream<Item = io::Result<Vec<u8>>> + Send {
    stream::try_unfold((file, part), |(file, part)| async move {
        if part.is_empty() {
            return Ok(None);
        }
        let read = tokio::task::spawn_blocking(move || piece(file, part)).await;
        read.map_err(io::Error::other)?.map(|(bytes, file, rest)| Some((bytes, (file, rest))))
    })
}

fn piece(mut file: File, part: Range<u64>) -> io::Result<(Vec<u8>, File, Range<u64>)> {
    file.seek(SeekFrom::Start(part.start))?;
    let end = part.end.min(part.start + PIECE);
    let mut bytes = vec![0; usize::try_from(end - part.start).unwrap_or(0)];
    file.read_exact(&mut bytes)?;
    Ok((bytes, file, end..part.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_served_in_part_and_nonsense_is_served_whole() {
        for (asked, want) in [
            ("bytes=0-9", Some(Some(0..10))),
            ("bytes=90-", Some(Some(90..100))),
            ("bytes=-10", Some(Some(90..100))),
            ("bytes=-1000", Some(Some(0..100))),
            ("bytes=50-1000", Some(Some(50..100))),
            ("bytes=0-18446744073709551615", Some(Some(0..100))),
            ("bytes=100-", Some(None)),
            ("bytes=-0", Some(None)),
            ("bytes=9-1", None),
            ("bytes=0-1,5-6", None),
            ("samples=0-1", None),
            ("bytes=a-b", None),
        ] {
            assert_eq!(range(asked, 100), want, "{asked}");
        }
    }

    #[test]
    fn only_a_plain_name_is_a_recording() {
        assert!(is_name("boot-1-1.wav"));
        for bad in ["../m.db", "/etc/passwd", "a/b.wav", "..", "", ".x.part"] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
