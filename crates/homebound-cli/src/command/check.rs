//! `homebound check`: from what was typed to what is printed and answered.

mod input;
mod known;
mod options;
mod show;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use homebound_check::{Checker, Diagnostic, SourceFile};

use super::{here, print, written};
use crate::args::{CheckArgs, Global};
use crate::config::{Cascade, Configuration};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::Unreadable;
use crate::fixing::{Change, Fixed, add_ignores, diff, fix, write_back, write_report};
use crate::output::{Format, Report, Summary, explain_failure, statistics, summary, write};
use crate::project::{Project, projects};
use crate::run::{Loaded, Sources};
use crate::terminal::{Style, say, stdout};
use input::Input;
use known::Known;

pub(super) fn run(args: &CheckArgs, global: &Global) -> Result<Exit> {
    if args.watch {
        return super::watch::run(args, global);
    }
    once(args, global)
}

/// One run. All that it knows is made anew, so that `--watch` can call it again.
pub(super) fn once(args: &CheckArgs, global: &Global) -> Result<Exit> {
    let here = here()?;
    let input = Input::read(args, &here)?;
    let cascade = Arc::new(Cascade::new(global, options::typed(args, &here), &here)?);
    let main = cascade.for_folder(&here)?;
    countable(args, &main)?;
    let walk = input.walk(&cascade)?;
    if args.show_files {
        return show::files(&walk);
    }
    if args.show_settings {
        return show::settings(&walk, &main);
    }
    let session = Session {
        args,
        global,
        main,
        here: &here,
        input: &input,
    };
    if walk.files.is_empty() && walk.unreadable.is_empty() {
        session.tell(format_args!(
            "{}: No Python files found under the given path(s)",
            Style::stderr(global.color).warning("warning")
        ));
        return session.nothing();
    }
    let projects = projects(&walk, &cascade, args.files.no_project || input.is_nameless())?;
    session.check(projects, walk.unreadable)
}

/// Formats of other programs have no place for counts.
fn countable(args: &CheckArgs, main: &Configuration) -> Result<()> {
    let format = main.output_format();
    if !args.output.statistics || format.is_for_people() || matches!(format, Format::Json | Format::JsonLines) {
        return Ok(());
    }
    let name = format
        .to_possible_value()
        .map_or_else(String::new, |value| value.get_name().to_owned());
    let failure = Failure::new(format_args!("`--statistics` cannot be printed as {name}"));
    Err(failure.help("write `--output-format full` or `--output-format json`"))
}

/// What one run was asked for.
struct Session<'a> {
    args: &'a CheckArgs,
    global: &'a Global,
    /// The settings of the present folder decide how things are printed.
    main: Arc<Configuration>,
    here: &'a Path,
    input: &'a Input,
}

/// What `--add-ignore` brought.
#[derive(Default)]
struct Ignored {
    count: usize,
    left: Vec<Diagnostic>,
    sources: Sources,
}

impl Session<'_> {
    /// One project after the other, so that the texts of one are in memory at a time; of each, those with findings stay.
    fn check(&self, projects: Vec<Project>, mut unreadable: Vec<Unreadable>) -> Result<Exit> {
        let (mut loaded, mut fixed, mut added) = (Vec::new(), Fixed::default(), Ignored::default());
        for project in projects {
            let mut project = Loaded::read(project, self.input.given());
            unreadable.append(&mut project.unreadable);
            if self.global.verbose {
                self.tell(project.describe().trim_end());
            }
            match &self.args.add_ignore {
                Some(reason) => self.ignore(&mut project, reason, &mut added)?,
                None => self.fixed(&mut project, &mut fixed),
            }
            loaded.push(project);
        }
        self.tell_unreadable(&unreadable);
        let exit = if self.args.add_ignore.is_some() {
            self.ignored(&added)
        } else {
            self.report(loaded, &fixed, &unreadable)?
        };
        Ok(if unreadable.is_empty() { exit } else { Exit::Failure })
    }

    fn tell_unreadable(&self, unreadable: &[Unreadable]) {
        for problem in unreadable {
            let path = problem.path.strip_prefix(self.here).unwrap_or(&problem.path).display();
            self.tell(format_args!(
                "{}: cannot read {path}: {}",
                Style::stderr(self.global.color).code("error"),
                problem.why
            ));
        }
    }

    fn fixing(&self) -> bool {
        let options = &self.main.options;
        self.args.fix.diff || self.args.fix.fix().or(options.fix).unwrap_or(false) || self.fix_only()
    }

    fn fix_only(&self) -> bool {
        self.args.fix.diff || self.args.fix.fix_only().or(self.main.options.fix_only).unwrap_or(false)
    }

    fn unsafe_fixes(&self) -> bool {
        self.main.options.unsafe_fixes.unwrap_or(false)
    }

    /// What was found, and what was mended on the way, in memory.
    fn fixed(&self, project: &mut Loaded, all: &mut Fixed) {
        let mut one = if self.fixing() {
            fix(project, self.unsafe_fixes())
        } else {
            Fixed {
                left: project.check(&mut Checker::default()),
                ..Fixed::default()
            }
        };
        if self.args.rules.ignore_noqa {
            one.left.iter_mut().for_each(|finding| finding.suppressed = None);
        }
        project.keep(&one.left);
        all.changes.extend(one.changes);
        all.applied.extend(one.applied);
        all.refused.extend(one.refused);
        all.together.extend(one.together);
        all.left.extend(one.left);
    }

    fn report(&self, loaded: Vec<Loaded>, fixed: &Fixed, unreadable: &[Unreadable]) -> Result<Exit> {
        if self.args.fix.diff {
            return self.diff(fixed);
        }
        self.write_changes(fixed)?;
        for refused in &fixed.refused {
            let path = refused.path.strip_prefix(self.here).unwrap_or(&refused.path).display();
            self.tell(format_args!(
                "warning: {path}: {} \"{}\" is not applied: {}",
                refused.code, refused.title, refused.why
            ));
        }
        let known = Known::of(self, &loaded)?;
        let mut sources = Sources::default();
        sources.extend(loaded.into_iter().flat_map(|project| project.files));
        let active: Vec<&Diagnostic> = fixed
            .left
            .iter()
            .filter(|finding| finding.suppressed.is_none())
            .collect();
        if self.args.write_baseline {
            return known.write(self, &active, &sources);
        }
        let comparison = known.compare(active, &sources);
        let report = Report {
            findings: if self.fix_only() { Vec::new() } else { comparison.new },
            suppressed: fixed
                .left
                .iter()
                .filter(|finding| finding.suppressed.is_some())
                .collect(),
            known: comparison.known,
            unreadable,
            sources: &sources,
            here: self.here,
            unsafe_fixes: self.unsafe_fixes(),
        };
        self.print(&report, fixed)?;
        known::tell_stale(self, &comparison.stale);
        Ok(self.answer(&report, fixed))
    }

    fn answer(&self, report: &Report<'_>, fixed: &Fixed) -> Exit {
        let fixed = fixed.count() > 0 && self.args.exit_non_zero_on_fix;
        let found = !report.findings.is_empty() && !self.args.exit_zero;
        if fixed || found { Exit::Findings } else { Exit::Clean }
    }

    /// The fixed text of stdin goes to stdout; files are replaced.
    fn write_changes(&self, fixed: &Fixed) -> Result<()> {
        let Some(stdin) = self.input.stdin() else {
            return self.write_all(&fixed.changes, &fixed.together);
        };
        if !self.fixing() {
            return Ok(());
        }
        let after = fixed
            .changes
            .iter()
            .find(|change| change.after.path == stdin.path)
            .map_or(stdin, |change| &change.after);
        let bytes = after.encode().map_err(Failure::new)?;
        let mut out = stdout();
        written(out.write_all(&bytes).and_then(|()| out.flush()))
    }

    /// One file that cannot be written keeps the others from nothing.
    fn write_all(&self, changes: &[Change], together: &[BTreeSet<PathBuf>]) -> Result<()> {
        let mut failures = write_back(changes, together).into_iter();
        let Some(first) = failures.next() else {
            return Ok(());
        };
        for failure in failures {
            self.tell(explain_failure(&failure, Style::stderr(self.global.color)));
        }
        Err(first)
    }

    fn diff(&self, fixed: &Fixed) -> Result<Exit> {
        let style = self.style();
        let text: String = fixed
            .changes
            .iter()
            .map(|change| diff(change, self.here, style))
            .collect();
        print(&text)?;
        let count = fixed.count();
        if self.main.output_format().is_for_people() && !self.global.quiet {
            let errors = if count == 1 { "error" } else { "errors" };
            let line = if count == 0 {
                "No errors would be fixed.".to_owned()
            } else {
                format!("Would fix {count} {errors}.")
            };
            self.tell(line);
        }
        Ok(if fixed.changes.is_empty() || self.args.exit_zero {
            Exit::Clean
        } else {
            Exit::Findings
        })
    }

    fn ignore(&self, project: &mut Loaded, reason: &str, all: &mut Ignored) -> Result<()> {
        let added = add_ignores(project, reason);
        self.write_all(&added.changes, &[])?;
        all.count += added.count;
        project.keep(&added.left);
        all.left.extend(added.left);
        all.sources.extend(project.files.drain(..));
        Ok(())
    }

    fn ignored(&self, all: &Ignored) -> Exit {
        let findings = if all.count == 1 { "finding" } else { "findings" };
        self.tell(format_args!("Added comments for {} {findings}.", all.count));
        for finding in &all.left {
            let (line, _) = all.sources.span(&finding.path, finding.range).start;
            let path = finding.path.strip_prefix(self.here).unwrap_or(&finding.path).display();
            self.tell(format_args!(
                "warning: {path}:{line}: there is no place for a comment that excuses {}",
                finding.rule.code
            ));
        }
        if all.left.is_empty() || self.args.exit_zero {
            Exit::Clean
        } else {
            Exit::Findings
        }
    }

    fn print(&self, report: &Report<'_>, fixed: &Fixed) -> Result<()> {
        if self.global.silent {
            return Ok(());
        }
        let mut out = Vec::new();
        self.render(report, fixed, &mut out)
            .map_err(|error| Failure::output(&error))?;
        match &self.args.output.output_file {
            Some(path) => write_report(&self.here.join(path), &out),
            None if self.input.stdin().is_some() && self.fixing() => written(io::stderr().write_all(&out)),
            None => {
                let mut stdout = stdout();
                written(stdout.write_all(&out).and_then(|()| stdout.flush()))
            }
        }
    }

    fn render(&self, report: &Report<'_>, fixed: &Fixed, out: &mut dyn Write) -> io::Result<()> {
        let (format, style) = (self.main.output_format(), self.style());
        if self.args.output.statistics {
            statistics(report, format, style, out)?;
        } else if !self.fix_only() || !format.is_for_people() {
            write(report, format, style, out)?;
        }
        if !format.is_for_people() || self.global.quiet {
            return Ok(());
        }
        if self.main.options.show_fixes.unwrap_or(false) {
            show::fixes(fixed, self.here, style, out)?;
        }
        let what = Summary {
            fixed: fixed.count(),
            fixing: self.fixing(),
            fix_only: self.fix_only(),
        };
        out.write_all(summary(report, what, style).as_bytes())
    }

    /// Nothing to check is no mistake; programs get an empty report.
    fn nothing(&self) -> Result<Exit> {
        let sources = Sources::default();
        let report = Report {
            findings: Vec::new(),
            suppressed: Vec::new(),
            known: Vec::new(),
            unreadable: &[],
            sources: &sources,
            here: self.here,
            unsafe_fixes: false,
        };
        if self.args.fix.diff || self.args.add_ignore.is_some() {
            return Ok(Exit::Clean);
        }
        self.print(&report, &Fixed::default())?;
        Ok(Exit::Clean)
    }

    fn style(&self) -> Style {
        match self.args.output.output_file {
            Some(_) => Style::file(self.global.color),
            None => Style::stdout(self.global.color),
        }
    }

    /// A word besides the findings.
    fn tell(&self, line: impl std::fmt::Display) {
        if !self.global.silent {
            say(line);
        }
    }
}
