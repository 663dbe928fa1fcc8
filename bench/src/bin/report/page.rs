//! The page: a table for each section, how many goals are met, which are not.

use std::fmt::Write;

use crate::goals::{Goals, Limit, Met, Row, Section};
use crate::plot;
use crate::results::{Figure, Results, is_floor, is_ours, is_qt, median};

/// What people have written for the page.
pub(crate) struct Prose {
    pub(crate) ideas: String,
    pub(crate) open: String,
    pub(crate) checker: String,
}

pub(crate) struct Page<'a> {
    results: &'a Results,
    goals: &'a Goals,
}

/// How many limits are met, of how many that could be judged.
#[derive(Default)]
struct Tally {
    met: usize,
    judged: usize,
    missed: Vec<String>,
}

impl<'a> Page<'a> {
    pub(crate) fn new(results: &'a Results, goals: &'a Goals) -> Self {
        Self { results, goals }
    }

    pub(crate) fn summary(&self) -> String {
        let (least, goals) = (
            self.tally(|row| row.least.as_ref()),
            self.tally(|row| row.goal.as_ref()),
        );
        format!(
            "{} of {} minimal goals met, {} of {} ambitious ones; {} rounds",
            least.met,
            least.judged,
            goals.met,
            goals.judged,
            self.results.rounds()
        )
    }

    fn tally(&self, limit: impl Fn(&Row) -> Option<&Limit>) -> Tally {
        let mut tally = Tally::default();
        for (section, row) in self
            .goals
            .section
            .iter()
            .flat_map(|section| section.row.iter().map(move |row| (section, row)))
        {
            let Some(limit) = limit(row) else { continue };
            match row.met(limit, self.results) {
                Met::Unknown => continue,
                Met::Yes => tally.met += 1,
                Met::No => tally
                    .missed
                    .push(format!("{}: {} ({})", section.title, row.what, limit.show(&row.unit))),
            }
            tally.judged += 1;
        }
        tally
    }

    pub(crate) fn write(&self, prose: &Prose) -> String {
        let mut page = String::from("# What it costs, beside its peers\n\n");
        page += "<!-- Written by `ci/bench.sh` from bench/results, bench/goals.toml, bench/ideas.md, bench/open.md and bench/checker.md. -->\n\n";
        page += &self.head();
        page += prose.ideas.trim();
        page += "\n\n";
        page += &self.standing(&prose.open);
        for section in &self.goals.section {
            page += &self.section(section);
        }
        page += "## How cost grows\n\n";
        for picture in plot::PICTURES {
            let _ = write!(
                page,
                "### {}\n\n![{}](performance/{}.svg)\n\n",
                picture.title, picture.title, picture.file
            );
            page += &plot::table(picture, self.results);
        }
        page += prose.checker.trim();
        page += "\n";
        page
    }

    fn head(&self) -> String {
        let machine = &self.results.machine;
        let commits: Vec<_> = self.results.commits.iter().map(String::as_str).collect();
        let mut head = format!(
            "Measured on {} at commit {}: {} processors ({}), Linux {}, rustc {}, load after the run {}. {} rounds.\n\n",
            machine.date,
            commits.join(" and "),
            machine.cpus,
            machine.cpu.trim(),
            machine.kernel,
            machine.rustc,
            machine.load,
            self.results.rounds()
        );
        if !machine.left_out.trim().is_empty() {
            let _ = write!(
                head,
                "**Left out, since they could not be built here: {}.**\n\n",
                machine.left_out.trim()
            );
        }
        head += "Run it anew with `ci/bench.sh` (all of it takes about half an hour); `ci/bench.sh --report` writes this page from the committed results.\n\n";
        head
    }

    fn standing(&self, open: &str) -> String {
        let least = self.tally(|row| row.least.as_ref());
        let mut text = format!("## Where it stands\n\n{}.\n\n", self.summary());
        if least.missed.is_empty() {
            text += "Every minimal goal is met.\n\n";
        } else {
            text += "Minimal goals that are not met:\n\n";
            for missed in &least.missed {
                let _ = writeln!(text, "- {missed}");
            }
            text += "\n";
        }
        text += open.trim();
        text += "\n\n";
        text
    }

    fn section(&self, section: &Section) -> String {
        let mut text = format!("## {}\n\n", section.title);
        if !section.note.is_empty() {
            let _ = write!(text, "{}\n\n", section.note.trim());
        }
        text += "| | Qt | best peer | floor | Homebound | × Qt | × best peer | × floor | goal | at least |\n";
        text += "|---|---|---|---|---|---|---|---|---|---|\n";
        for row in &section.row {
            text += &self.row(row);
        }
        text + "\n"
    }

    fn row(&self, row: &Row) -> String {
        let theirs = row.peers_figure();
        let qt = self.results.qt(&theirs);
        let best = self.best(row, &theirs);
        let value = |figure: &Figure, peer: Option<&str>| {
            peer.map_or(String::new(), |peer| {
                show(&self.results.values(figure, peer), &row.unit)
            })
        };
        let ratio = |peer: Option<&str>| {
            let ratios = peer.map_or(Vec::new(), |peer| {
                self.results.ratios((&row.figure(), &row.peer()), (&theirs, peer))
            });
            show(&ratios, "×")
        };
        let floor = row.floor.as_deref();
        let named = best.as_deref().map_or(String::new(), |peer| {
            let name = if is_qt(peer) { "Qt" } else { peer };
            format!("{name} {}", value(&theirs, Some(peer)))
        });
        let limit = |limit: Option<&Limit>| limit.map_or(String::new(), |limit| self.judged(row, limit));
        format!(
            "| {} | {} | {named} | {} | {} | {} | {} | {} | {} | {} |\n",
            row.what,
            value(&theirs, qt.as_deref()),
            value(&theirs, floor),
            value(&row.figure(), Some(&row.peer())),
            ratio(qt.as_deref()),
            ratio(best.as_deref()),
            ratio(floor),
            limit(row.goal.as_ref()),
            limit(row.least.as_ref()),
        )
    }

    fn judged(&self, row: &Row, limit: &Limit) -> String {
        let shown = limit.show(&row.unit);
        match row.met(limit, self.results) {
            Met::Yes => format!("{shown}: met"),
            Met::No => format!("{shown}: **not met**"),
            Met::Unknown => format!("{shown}: not judged"),
        }
    }

    /// The best of the peers that do the whole job: a floor is no peer, and a bare word in a channel calls no slot.
    fn best(&self, row: &Row, theirs: &Figure) -> Option<String> {
        let peers = self.results.peers(theirs).into_iter();
        let peers = peers.filter(|peer| !is_floor(peer) && !is_ours(peer) && !peer.ends_with("(u64)"));
        let mut judged: Vec<_> = peers
            .map(|peer| (median(&self.results.values(theirs, &peer)), peer))
            .collect();
        judged.sort_by(|a, b| a.0.total_cmp(&b.0));
        if row.is_upward() {
            judged.reverse();
        }
        judged.into_iter().next().map(|(_, peer)| peer)
    }
}

/// The median, and the lowest and the highest round in brackets.
fn show(values: &[f64], unit: &str) -> String {
    if values.is_empty() {
        return String::new();
    }
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (low, middle, high) = (number(low, unit), number(median(values), unit), number(high, unit));
    if low == high {
        middle
    } else {
        format!("{middle} [{low}–{high}]")
    }
}

/// A figure with its unit, in three digits.
pub(crate) fn number(value: f64, unit: &str) -> String {
    match unit {
        "ns" => scaled(
            value,
            &[
                (1e3, 1.0, "ns"),
                (1e6, 1e3, "µs"),
                (1e9, 1e6, "ms"),
                (f64::INFINITY, 1e9, "s"),
            ],
        ),
        "µs" => number(value * 1e3, "ns"),
        "ms" => number(value * 1e6, "ns"),
        "/s" => scaled(
            value,
            &[(1e3, 1.0, "/s"), (1e6, 1e3, "k/s"), (f64::INFINITY, 1e6, "M/s")],
        ),
        "×" => format!("{}×", digits(value)),
        _ => format!("{} {unit}", digits(value)).trim_end().to_owned(),
    }
}

fn scaled(value: f64, scales: &[(f64, f64, &str)]) -> String {
    let (_, divisor, unit) = scales
        .iter()
        .find(|(limit, ..)| value.abs() < *limit)
        .unwrap_or(&scales[scales.len() - 1]);
    format!("{} {unit}", digits(value / divisor))
}

fn digits(value: f64) -> String {
    let places = match value.abs() {
        v if v == 0.0 || v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        v if v >= 0.995 => 2,
        v if v >= 0.0995 => 3,
        _ => 4,
    };
    let text = format!("{value:.places$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits_and_a_fitting_unit() {
        assert_eq!(number(0.278, "ns"), "0.278 ns");
        assert_eq!(number(1046.0, "ns"), "1.05 µs");
        assert_eq!(number(16_000_000.0, "ns"), "16 ms");
        assert_eq!(number(187.0, ""), "187");
        assert_eq!(number(0.0626, "×"), "0.0626×");
        assert_eq!(number(3_850_000.0, "/s"), "3.85 M/s");
        assert_eq!(number(0.0, "MiB"), "0 MiB");
    }

    #[test]
    fn a_spread_is_shown_only_where_there_is_one() {
        assert_eq!(show(&[2.0, 1.0, 3.0], "ns"), "2 ns [1 ns–3 ns]");
        assert_eq!(show(&[2.0, 2.0], "B"), "2 B");
        assert_eq!(show(&[], "B"), "");
    }
}
