//! The plots of how cost grows, as SVG, and the same figures as a table.

use std::fmt::Write;
use std::path::Path;

use plotters::prelude::*;

use crate::page::number;
use crate::results::{Figure, Results, is_qt, median};

/// A picture of cost over number.
pub(crate) struct Picture {
    pub(crate) file: &'static str,
    pub(crate) title: &'static str,
    /// What there are more and more of.
    of: &'static str,
    lines: &'static [Line],
}

/// A line of it.
struct Line {
    name: &'static str,
    peer: Peer,
    points: &'static [Point],
}

enum Peer {
    Qt,
    Named(&'static str),
}

/// Where a line passes: at `n`, what a benchmark has measured, divided by `by`.
struct Point {
    n: u64,
    bench: &'static str,
    place: &'static str,
    field: &'static str,
    by: f64,
    /// Whether the benchmark has lines for several `n`.
    of_many: bool,
}

const fn at(n: u64, bench: &'static str) -> Point {
    Point {
        n,
        bench,
        place: "free",
        field: "ns_per_op",
        by: 1.0,
        of_many: true,
    }
}

/// A benchmark whose number is not the one that grows here.
const fn single(n: u64, bench: &'static str, place: &'static str, by: f64) -> Point {
    Point {
        n,
        bench,
        place,
        field: "ns_per_op",
        by,
        of_many: false,
    }
}

const fn field(n: u64, bench: &'static str, field: &'static str) -> Point {
    Point {
        n,
        bench,
        place: "free",
        field,
        by: 1.0,
        of_many: true,
    }
}

const fn ours(name: &'static str, points: &'static [Point]) -> Line {
    Line {
        name,
        peer: Peer::Named("Homebound"),
        points,
    }
}

macro_rules! at_each {
    ($bench:literal: $($n:literal)*) => {
        &[$(at($n, $bench)),*]
    };
}

pub(crate) const PICTURES: &[Picture] = &[
    Picture {
        file: "queue",
        title: "Posting and delivering an event, by how many wait",
        of: "waiting events",
        lines: &[
            ours("Homebound", at_each!("grow_queue": 1 100 10_000 1_000_000)),
            Line {
                name: "Qt",
                peer: Peer::Qt,
                points: &[
                    single(1_000, "queued_burst_1k", "two-cpus", 1.0),
                    single(1_000_000, "queued_same_thread", "two-cpus", 1.0),
                ],
            },
        ],
    },
    Picture {
        file: "timers",
        title: "Starting a timer, by how many run",
        of: "running timers",
        lines: &[
            ours(
                "Homebound",
                at_each!("timer_start": 1 100 1_000 10_000 100_000 1_000_000),
            ),
            Line {
                name: "Qt",
                peer: Peer::Qt,
                points: at_each!("timer_start": 1_000 10_000 100_000),
            },
            Line {
                name: "tokio",
                peer: Peer::Named("tokio sleep"),
                points: at_each!("timer_start": 1_000 10_000 100_000 1_000_000),
            },
            Line {
                name: "async-io",
                peer: Peer::Named("async-io Timer"),
                points: at_each!("timer_start": 1_000 10_000 100_000 1_000_000),
            },
        ],
    },
    Picture {
        file: "connections",
        title: "Emitting to a slot, and one more connection, by how many there are",
        of: "connections of the signal",
        lines: &[
            ours("Homebound, a slot called", at_each!("grow_emit": 1 100 10_000)),
            Line {
                name: "Qt, a slot called",
                peer: Peer::Qt,
                points: &[
                    single(1, "emit_direct_1", "free", 1.0),
                    single(10, "emit_direct_10", "free", 10.0),
                ],
            },
            ours(
                "Homebound, connect and disconnect",
                at_each!("grow_connect_disconnect": 1 100 10_000),
            ),
        ],
    },
    Picture {
        file: "objects",
        title: "One more object, and a closure to one of them, by how many there are",
        of: "objects of the loop",
        lines: &[
            ours("made and dropped", at_each!("grow_object": 1 100 10_000)),
            ours("a closure posted and run", at_each!("grow_post": 1 100 10_000)),
        ],
    },
    Picture {
        file: "loops",
        title: "A question to one loop, and starting and ending a loop, by how many there are",
        of: "loops, each on its thread",
        lines: &[
            ours("asked and answered", at_each!("grow_loops": 1 100 10_000)),
            ours(
                "started",
                &[
                    field(1, "grow_loops", "start_ns"),
                    field(100, "grow_loops", "start_ns"),
                    field(10_000, "grow_loops", "start_ns"),
                ],
            ),
            ours(
                "ended",
                &[
                    field(1, "grow_loops", "end_ns"),
                    field(100, "grow_loops", "end_ns"),
                    field(10_000, "grow_loops", "end_ns"),
                ],
            ),
        ],
    },
];

/// Where the line passes, as far as it was measured.
fn measured(line: &Line, results: &Results) -> Vec<(u64, f64)> {
    let value = |point: &Point| {
        let n = point.of_many.then_some(point.n);
        let figure = Figure {
            place: point.place.into(),
            bench: point.bench.into(),
            n,
            field: point.field.into(),
        };
        let peer = match line.peer {
            Peer::Named(name) => Some(name.to_owned()),
            Peer::Qt => results.peers(&figure).into_iter().find(|peer| is_qt(peer)),
        };
        let values = results.values(&figure, &peer?);
        (!values.is_empty()).then(|| (point.n, median(&values) / point.by))
    };
    line.points.iter().filter_map(value).collect()
}

const COLOURS: [RGBColor; 4] = [
    RGBColor(0, 92, 175),
    RGBColor(60, 140, 60),
    RGBColor(200, 90, 0),
    RGBColor(120, 120, 120),
];

pub(crate) fn draw(picture: &Picture, results: &Results, folder: &Path) -> Result<(), String> {
    let lines: Vec<_> = picture
        .lines
        .iter()
        .map(|line| (line.name, measured(line, results)))
        .collect();
    if lines.iter().all(|(_, points)| points.is_empty()) {
        return Ok(());
    }
    let path = folder.join(format!("{}.svg", picture.file));
    draw_lines(picture, &lines, &path).map_err(|error| format!("{}: {error}", path.display()))
}

#[expect(clippy::cast_precision_loss, reason = "numbers of things are below 2^53")]
fn draw_lines(
    picture: &Picture,
    lines: &[(&str, Vec<(u64, f64)>)],
    path: &Path,
) -> Result<(), Box<dyn std::error::Error>> {
    let all = || lines.iter().flat_map(|(_, points)| points);
    let most_n = all().map(|point| point.0).max().unwrap_or(1) as f64;
    let (least, most) = all().fold((f64::INFINITY, 0.0_f64), |(least, most), point| {
        (least.min(point.1), most.max(point.1))
    });
    let area = SVGBackend::new(path, (820, 440)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(76)
        .build_cartesian_2d((0.9..most_n * 1.2).log_scale(), (least / 3.0..most * 3.0).log_scale())?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_desc(picture.of)
        .y_desc("for each")
        .x_label_formatter(&|n| number(*n, ""))
        .y_label_formatter(&|time| number(*time, "ns"))
        .draw()?;
    for ((name, points), colour) in lines.iter().zip(COLOURS.iter().cycle()) {
        let places = points.iter().map(|(n, time)| (*n as f64, *time));
        let line = LineSeries::new(places.clone(), colour.stroke_width(2));
        let drawn = chart.draw_series(line)?.label(*name);
        drawn.legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
        chart.draw_series(places.map(|place| Circle::new(place, 3, colour.filled())))?;
    }
    chart
        .configure_series_labels()
        .border_style(BLACK.mix(0.3))
        .background_style(WHITE)
        .position(SeriesLabelPosition::UpperLeft)
        .draw()?;
    area.present()?;
    Ok(())
}

/// The same figures in words.
pub(crate) fn table(picture: &Picture, results: &Results) -> String {
    let lines: Vec<_> = picture
        .lines
        .iter()
        .map(|line| (line.name, measured(line, results)))
        .collect();
    let mut sizes: Vec<u64> = lines
        .iter()
        .flat_map(|(_, points)| points)
        .map(|point| point.0)
        .collect();
    sizes.sort_unstable();
    sizes.dedup();
    let mut text = format!("| {} |", picture.of);
    sizes.iter().for_each(|n| _ = write!(text, " {n} |"));
    let _ = writeln!(text, "\n|---{}|", "|---".repeat(sizes.len()));
    for (name, points) in lines {
        let _ = write!(text, "| {name} |");
        for n in &sizes {
            let cell = points
                .iter()
                .find(|point| point.0 == *n)
                .map_or(String::new(), |point| number(point.1, "ns"));
            let _ = write!(text, " {cell} |");
        }
        text.push('\n');
    }
    text + "\n"
}
