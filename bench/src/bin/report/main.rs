//! Writes `docs/PERFORMANCE.md` and its plots from the results of a run: the lines in `bench/results`, the goals in `bench/goals.toml`, and the prose in
//! `bench/ideas.md`, `bench/open.md` and `bench/checker.md`.

mod goals;
mod page;
mod plot;
mod results;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use goals::Goals;
use results::Results;

fn main() -> ExitCode {
    match write() {
        Ok(summary) => {
            say(&summary);
            ExitCode::SUCCESS
        }
        Err(message) => {
            complain(&message);
            ExitCode::FAILURE
        }
    }
}

fn write() -> Result<String, String> {
    let bench = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = bench.join("../docs");
    let results = Results::load(&bench.join("results"))?;
    let goals: Goals =
        toml::from_str(&read(&bench.join("goals.toml"))?).map_err(|error| format!("bench/goals.toml: {error}"))?;
    let pictures = docs.join("performance");
    fs::create_dir_all(&pictures).map_err(|error| format!("{}: {error}", pictures.display()))?;
    for picture in plot::PICTURES {
        plot::draw(picture, &results, &pictures)?;
    }
    let prose = page::Prose {
        ideas: read(&bench.join("ideas.md"))?,
        open: read(&bench.join("open.md"))?,
        checker: read(&bench.join("checker.md"))?,
    };
    let page = page::Page::new(&results, &goals);
    let file: PathBuf = docs.join("PERFORMANCE.md");
    fs::write(&file, page.write(&prose)).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(page.summary())
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

#[expect(clippy::print_stdout, reason = "the summary is the output")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "what went wrong")]
fn complain(text: &str) {
    eprintln!("report: {text}");
}
