//! Any bytes give diagnostics or a clear error, and every range lies in the text.
#![no_main]

use homebound_check::{RuleSet, Settings, SourceFile, check, fix};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let settings = Settings { select: RuleSet::all(), ..Settings::default() };
    // Two files, so that imports lead somewhere.
    let (head, tail) = bytes.split_at(bytes.len() / 2);
    let parts = [("a.py", head), ("b.py", tail), ("c.ipynb", bytes)];
    let files: Vec<SourceFile> = parts.iter().filter_map(|(path, part)| SourceFile::new(*path, part.to_vec()).ok()).collect();
    let found = check(&files, &settings);
    for diagnostic in &found.list {
        let file = files.iter().find(|file| file.path == diagnostic.path).unwrap();
        let range = diagnostic.range;
        assert!(file.text.get(range.start as usize..range.end as usize).is_some());
        if let Some(mended) = &diagnostic.fix {
            let (after, applied) = fix::apply(file, &[mended]);
            if let ([0], Ok(bytes)) = (applied.as_slice(), after.encode()) {
                assert_eq!(SourceFile::new(&file.path, bytes).unwrap().text, after.text);
            }
        }
    }
});
