//! Which benchmarks there are, by groups that have the names of the peers' groups.

use crate::{accuracy, emit, flood, grow, idle, latency, memory, pool, queued, thread, timer};

/// One benchmark: a process of its own.
pub(crate) struct Bench {
    pub(crate) name: &'static str,
    pub(crate) run: fn(),
}

pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) benches: &'static [Bench],
}

pub(crate) const GROUPS: &[Group] = &[
    Group {
        name: "emit",
        benches: emit::BENCHES,
    },
    Group {
        name: "queued",
        benches: queued::BENCHES,
    },
    Group {
        name: "latency",
        benches: latency::BENCHES,
    },
    Group {
        name: "pool",
        benches: pool::BENCHES,
    },
    Group {
        name: "timers",
        benches: timer::BENCHES,
    },
    Group {
        name: "accuracy",
        benches: accuracy::BENCHES,
    },
    Group {
        name: "threads",
        benches: thread::BENCHES,
    },
    Group {
        name: "flood",
        benches: flood::BENCHES,
    },
    Group {
        name: "memory",
        benches: memory::BENCHES,
    },
    Group {
        name: "grow",
        benches: grow::BENCHES,
    },
    Group {
        name: "at_rest",
        benches: idle::BENCHES,
    },
];

/// The benchmarks of these groups and with these names; all without a name. Returns the first name that is neither.
pub(crate) fn select(names: &[String]) -> Result<Vec<&'static Bench>, &str> {
    if names.is_empty() {
        return Ok(GROUPS.iter().flat_map(|group| group.benches).collect());
    }
    let mut chosen = Vec::new();
    for name in names {
        let found = of_name(name);
        if found.is_empty() {
            return Err(name);
        }
        chosen.extend(found);
    }
    Ok(chosen)
}

fn of_name(name: &str) -> Vec<&'static Bench> {
    if let Some(group) = GROUPS.iter().find(|group| group.name == name) {
        return group.benches.iter().collect();
    }
    let all = GROUPS.iter().flat_map(|group| group.benches);
    all.filter(|bench| bench.name == name).collect()
}

pub(crate) fn listing() -> String {
    let line = |group: &Group| {
        let names: Vec<_> = group.benches.iter().map(|bench| bench.name).collect();
        format!("{}: {}", group.name, names.join(" "))
    };
    GROUPS.iter().map(line).collect::<Vec<_>>().join("\n")
}
