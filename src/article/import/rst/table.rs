//! Grid tables and simple tables, row by row.

/// The rows of the table that begins at a line, each a list of cells, and where it ends.
pub(super) fn read(lines: &[&str], at: usize) -> Option<(Vec<Vec<String>>, usize)> {
    let first = lines[at];
    if first.starts_with("+-") && first.ends_with('+') { Some(grid(lines, at)) } else { simple(lines, at) }
}

/// Rows between lines of `+---+`; the lines of a cell are joined.
fn grid(lines: &[&str], at: usize) -> (Vec<Vec<String>>, usize) {
    let (mut rows, mut row, mut end): (Vec<Vec<String>>, Vec<String>, usize) = (Vec::new(), Vec::new(), at);
    while let Some(line) = lines.get(end).filter(|line| line.starts_with(['+', '|'])) {
        end += 1;
        if line.starts_with('+') {
            rows.extend((!row.is_empty()).then(|| std::mem::take(&mut row)));
        } else {
            let cells = line.trim_matches('|').split('|');
            join(&mut row, cells);
        }
    }
    rows.extend((!row.is_empty()).then_some(row));
    (rows, end)
}

/// Rows below a line of `=====  ===`, cut where its columns begin, up to the last such line.
fn simple(lines: &[&str], at: usize) -> Option<(Vec<Vec<String>>, usize)> {
    let is_border =
        |line: &str| line.starts_with('=') && line.contains("= ") && line.bytes().all(|b| matches!(b, b'=' | b' '));
    if !is_border(lines[at]) {
        return None;
    }
    let starts = columns(lines[at]);
    let block = lines[at..].iter().position(|line| line.is_empty()).map_or(lines.len(), |length| at + length);
    let end = (at + 1..block).rfind(|&row| is_border(lines[row]))? + 1;
    let mut rows: Vec<Vec<String>> = Vec::new();
    for line in lines[at + 1..end].iter().filter(|line| !line.is_empty() && !is_border(line)) {
        let cells: Vec<&str> = cut(line, &starts);
        match rows.last_mut() {
            // A row whose first cell is empty goes on with the one before.
            Some(row) if cells.first().is_some_and(|cell| cell.trim().is_empty()) => join(row, cells.into_iter()),
            _ => {
                let mut row = Vec::new();
                join(&mut row, cells.into_iter());
                rows.push(row);
            }
        }
    }
    Some((rows, end))
}

/// Bytes at which the columns of a border begin.
fn columns(border: &str) -> Vec<usize> {
    let bytes = border.as_bytes();
    (0..bytes.len()).filter(|&at| bytes[at] == b'=' && (at == 0 || bytes[at - 1] == b' ')).collect()
}

/// A line cut at columns counted in characters; the last cell takes what is left.
fn cut<'a>(line: &'a str, starts: &[usize]) -> Vec<&'a str> {
    let byte = |column: usize| line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
    let ends = starts.iter().skip(1).map(|&start| byte(start)).chain([line.len()]);
    starts.iter().map(|&start| byte(start)).zip(ends).map(|(start, end)| &line[start..end]).collect()
}

/// Adds the lines of cells to what the cells hold so far.
fn join<'a>(row: &mut Vec<String>, cells: impl Iterator<Item = &'a str>) {
    for (at, cell) in cells.enumerate() {
        if row.len() == at {
            row.push(String::new());
        }
        if !cell.trim().is_empty() {
            if !row[at].is_empty() {
                row[at].push(' ');
            }
            row[at].push_str(cell.trim());
        }
    }
}
