//! The code of a notebook.

use serde_json::Value;

/// The code cells, joined, and the byte at which each begins.
///
/// Lines for the shell and for `IPython` become comments of the same length: they are not Python.
pub(super) fn code(text: &str) -> Result<(String, Vec<u32>), String> {
    let notebook: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let cells = notebook
        .get("cells")
        .and_then(Value::as_array)
        .ok_or("it has no list of cells")?;
    let mut joined = String::new();
    let mut starts = Vec::new();
    for cell in cells
        .iter()
        .filter(|cell| cell.get("cell_type").and_then(Value::as_str) == Some("code"))
    {
        starts.push(u32::try_from(joined.len()).unwrap_or(u32::MAX));
        let source = source(cell);
        let foreign = source.starts_with("%%");
        for line in source.lines() {
            let magic = foreign || line.trim_start().starts_with(['%', '!', '?']);
            if magic {
                joined.push('#');
                joined.extend(line.chars().skip(1));
            } else {
                joined.push_str(line);
            }
            joined.push('\n');
        }
    }
    Ok((joined, starts))
}

fn source(cell: &Value) -> String {
    match cell.get("source") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(lines)) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
}
