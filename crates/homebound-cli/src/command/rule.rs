//! `homebound rule`: what a rule finds, why that is bad, what to write instead.

use homebound_check::{FixAvailability, Rule, resolve_selection, rule, rules};
use serde_json::{Value, json};

use super::linter::describe;
use super::print;
use crate::args::{RuleArgs, TextFormat};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::output::rule_url;

pub(super) fn run(args: &RuleArgs) -> Result<Exit> {
    let chosen = chosen(args)?;
    let text = match args.output_format {
        TextFormat::Text | TextFormat::Markdown => {
            let pages: Vec<String> = chosen.iter().map(|rule| rule.page()).collect();
            pages.join("\n")
        }
        TextFormat::Json if args.all => format!(
            "{:#}\n",
            json!(chosen.iter().map(|rule| as_json(rule)).collect::<Vec<_>>())
        ),
        TextFormat::Json => chosen
            .iter()
            .map(|rule| format!("{:#}\n", as_json(rule)))
            .collect::<Vec<_>>()
            .concat(),
    };
    print(&text)?;
    Ok(Exit::Clean)
}

fn chosen(args: &RuleArgs) -> Result<Vec<&'static Rule>> {
    let Some(word) = &args.rule else {
        return Ok(rules().to_vec());
    };
    if let Some(rule) = rule(word.trim()) {
        return Ok(vec![rule]);
    }
    let selectors = homebound_check::Selectors {
        select: Some(vec![word.clone()]),
        ..Default::default()
    };
    // A prefix names all rules of its group; a word that is none of these has a neighbour.
    match resolve_selection(&selectors) {
        Ok(set) => Ok(rules().iter().copied().filter(|rule| set.contains(rule)).collect()),
        Err(error) => {
            let failure = Failure::new(format_args!("there is no rule `{word}`"));
            Err(match error.nearest {
                Some(near) => failure.help(format_args!("did you mean `{near}`?")),
                None => failure.help("`homebound rule --all` prints all rules"),
            })
        }
    }
}

fn as_json(rule: &Rule) -> Value {
    json!({
        "name": rule.name,
        "code": rule.code,
        "linter": describe(rule.group).1,
        "summary": rule.summary,
        "message_formats": [rule.summary],
        "fix": fix(rule.fix),
        "fix_availability": availability(rule.fix),
        "explanation": rule.docs(),
        "preview": false,
        "status": { "Stable": { "since": rule.since } },
        "default": rule.default,
        "level": rule.level,
        "url": rule_url(rule.code),
        "source_location": { "file": rule.source },
    })
}

fn fix(fix: FixAvailability) -> &'static str {
    match fix {
        FixAvailability::None => "Fix is not available.",
        FixAvailability::Sometimes => "Fix is sometimes available.",
        FixAvailability::Always => "Fix is always available.",
    }
}

fn availability(fix: FixAvailability) -> &'static str {
    match fix {
        FixAvailability::None => "None",
        FixAvailability::Sometimes => "Sometimes",
        FixAvailability::Always => "Always",
    }
}
