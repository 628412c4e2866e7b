//! Messages in tables: the row that a label names (`Message Text | Login failed …`), and the column that is headed as one.
//! Sections are labelled with the same words.

/// What labels a message, in lower case.
const LABELS: [&str; 15] = [
    "error",
    "error message",
    "error string",
    "error text",
    "errors",
    "exception",
    "exception message",
    "full message",
    "log message",
    "message",
    "message string",
    "message text",
    "messages",
    "reported error",
    "text of the message",
];

/// A table as it is read, cell by cell.
#[derive(Debug, Default)]
pub(super) struct Rows {
    cells: Vec<String>,
    /// The column of messages, once the table's head has named one.
    column: Option<usize>,
    /// Rows read so far.
    read: usize,
}

impl Rows {
    /// The row that begins and ends in one paragraph, as other formats' tables are written: `12 | No disk`.
    pub(super) fn of_line(text: &str) -> impl Iterator<Item = &str> {
        text.split(" | ").map(str::trim)
    }

    /// Adds a cell to the row.
    pub(super) fn cell(&mut self, text: &str) {
        self.cells.push(text.trim().to_owned());
    }

    /// Ends the row; the message in it. `is_message` tells a message from another text, in a first row from the name of a
    /// column.
    pub(super) fn end(&mut self, is_message: impl Fn(&str, bool) -> bool) -> Option<String> {
        let mut cells = std::mem::take(&mut self.cells);
        let first = self.read == 0;
        self.read += 1;
        if let [label, message] = cells.as_slice()
            && is_label(label)
            && is_message(message, first)
        {
            return cells.pop();
        }
        if first && cells.len() > 1 {
            self.column = cells.iter().position(|cell| is_label(cell));
            return None;
        }
        let at = self.column.filter(|at| *at < cells.len())?;
        Some(cells.swap_remove(at)).filter(|cell| is_message(cell, false))
    }
}

/// Whether a text is such a label.
pub(super) fn is_label(cell: &str) -> bool {
    let cell = cell.trim_end_matches(':').to_lowercase();
    LABELS.contains(&cell.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(rows: &[&str]) -> Vec<String> {
        let mut table = Rows::default();
        let read = rows.iter().filter_map(|row| {
            Rows::of_line(row).for_each(|cell| table.cell(cell));
            table.end(|text, _| text.split_whitespace().count() > 3)
        });
        read.collect()
    }

    #[test]
    fn a_label_names_the_message_beside_it() {
        let rows =
            ["Attribute | Value", "Event ID | 207", "Message Text | The disk is quite full", "Source | The very disk"];
        assert_eq!(messages(&rows), ["The disk is quite full"]);
        assert_eq!(
            messages(&["Message: | The disk is quite full", "Since | one two three four"]),
            ["The disk is quite full"]
        );
    }

    #[test]
    fn a_head_names_the_column_of_messages() {
        let rows = [
            "Code | Error message | What to do",
            "12 | The disk is quite full | Delete a few more files",
            "13 | Gone | x",
        ];
        assert_eq!(messages(&rows), ["The disk is quite full"]);
        assert!(messages(&["Name | Meaning", "a | the name of a thing"]).is_empty());
    }
}
