//! What keeps a thread from anything else for a time that people notice.

use crate::context::Context;
use crate::model::code::Call;
use crate::model::{Class, ExprRef, Infer, Ty};
use crate::syntax::tree::{ExprId, ExprKind, StmtId, StmtKind, Tree};

/// Shorter sleeps are not seen, unless they are repeated.
const SHORTEST_SLEEP: f64 = 0.2;
const SHORTEST_IN_LOOP: f64 = 0.05;

/// Functions that wait for a network, a process or a disk.
const BLOCKING: [&str; 54] = [
    "requests.get",
    "requests.post",
    "requests.put",
    "requests.delete",
    "requests.head",
    "requests.patch",
    "requests.request",
    "requests.Session#get",
    "requests.Session#post",
    "requests.Session#request",
    "requests.Session#put",
    "httpx.get",
    "httpx.post",
    "httpx.put",
    "httpx.delete",
    "httpx.request",
    "urllib.request.urlopen",
    "urllib.request.urlretrieve",
    "urllib2.urlopen",
    "subprocess.run",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.check_output",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "subprocess.Popen#wait",
    "subprocess.Popen#communicate",
    "os.system",
    "socket.create_connection",
    "smtplib.SMTP",
    "smtplib.SMTP_SSL",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "wget.download",
    "ftplib.FTP",
    "requests.Session#delete",
    "requests.Session#patch",
    "requests.Session#head",
    "httpx.Client#get",
    "httpx.Client#post",
    "httpx.Client#request",
    "httpx.patch",
    "httpx.head",
    "youtube_dl.YoutubeDL#download",
    "youtube_dl.YoutubeDL#extract_info",
    "yt_dlp.YoutubeDL#download",
    "yt_dlp.YoutubeDL#extract_info",
    "paramiko.SSHClient#connect",
    "socket.socket#connect",
    "telnetlib.Telnet",
    "imaplib.IMAP4_SSL",
    "imaplib.IMAP4",
    "poplib.POP3_SSL",
    "urllib.urlopen",
];

/// Programs that return at once: they open something in another one.
const BRIEF: [&str; 20] = [
    "xdg-open",
    "open",
    "explorer",
    "start",
    "cls",
    "clear",
    "xclip",
    "kill",
    "taskkill",
    "chmod",
    "which",
    "where",
    "attrib",
    "mkdir",
    "notify-send",
    "pbcopy",
    "shutdown",
    "xset",
    "gsettings",
    "reg",
];

/// What blocks in a call, in words; nothing where it does not.
pub(crate) fn blocks(context: &Context<'_>, call: &Call<'_>) -> Option<String> {
    blocks_in(context.infer, context.at(call.id))
}

pub(crate) fn blocks_in(infer: &Infer<'_>, site: ExprRef) -> Option<String> {
    let tree = infer.project.tree(site.file);
    let call = tree.call(site.expr)?;
    let types = infer.in_file(site.file, call.callee);
    if types.unknown || types.list.is_empty() {
        return None;
    }
    let mut said = None;
    for ty in types.values() {
        said = Some(match ty {
            Ty::Other(name) if name == "time.sleep" => sleep(infer, site, call.args.first().copied(), 1.0)?,
            Ty::QtMethod(class, name, _) if class.is_a("QProcess") && name == "waitForFinished" => {
                waits_long(infer, site, &call)?
            }
            Ty::QtMethod(class, name, _) if class.is_a("QThread") => match &**name {
                "sleep" => sleep(infer, site, call.args.first().copied(), 1.0)?,
                "msleep" => sleep(infer, site, call.args.first().copied(), 1_000.0)?,
                "usleep" => sleep(infer, site, call.args.first().copied(), 1_000_000.0)?,
                _ => return None,
            },
            Ty::Other(name) if &**name == "os.popen" => {
                if !is_read(tree, site.expr) || is_brief(infer, tree, site, &call, name) {
                    return None;
                }
                "reading from `os.popen` waits for another process".to_owned()
            }
            Ty::Other(name) if BLOCKING.contains(&&**name) && !is_brief(infer, tree, site, &call, name) => {
                format!("`{}` waits for {}", name.replace('#', "."), what(name))
            }
            _ => return None,
        });
    }
    said
}

fn what(name: &str) -> &'static str {
    if name.starts_with("subprocess") || name == "os.system" {
        "another process"
    } else {
        "the network"
    }
}

fn sleep(infer: &Infer<'_>, site: ExprRef, length: Option<ExprId>, unit: f64) -> Option<String> {
    let seconds = constant(infer, site.beside(length?))? / unit;
    let tree = infer.project.tree(site.file);
    let around = tree.stmt_of(site.expr).and_then(|stmt| tree.loop_around(stmt));
    if around.is_some_and(|around| awaits_thread(tree, site.expr, around)) {
        return None;
    }
    let repeated = around.is_some();
    (seconds >= if repeated { SHORTEST_IN_LOOP } else { SHORTEST_SLEEP }).then(|| format!("it sleeps for {seconds} s"))
}

/// Whether a loop does nothing but sleep while a thread runs that the function has not just started: that is `wait()` at a thread's end, spelt by hand.
fn awaits_thread(tree: &Tree, sleep: ExprId, around: StmtId) -> bool {
    let StmtKind::While { test, body, .. } = &tree.stmt(around).kind else {
        return false;
    };
    let func = tree.expr(sleep).func;
    let mut asked = tree.calls_within(func, tree.range(*test));
    let starts = tree.calls_in(func).any(|call| call.name == "start");
    !starts && body.len() == 1 && asked.any(|call| matches!(call.name, "isRunning" | "isFinished" | "is_alive"))
}

/// Whether what a process writes is read on the spot: `os.popen(…).read()`, `with os.popen(…) as lines`.
fn is_read(tree: &Tree, opened: ExprId) -> bool {
    let around = tree.expr(opened).parent.map(|parent| tree.kind(parent));
    let read = matches!(around, Some(ExprKind::Attribute { attr, .. }) if attr.starts_with("read"));
    let entered = |stmt| matches!(&tree.stmt(stmt).kind, StmtKind::With { items, .. } if items.iter().any(|(item, _)| *item == opened));
    read || tree.stmt_of(opened).is_some_and(entered)
}

/// `QProcess.waitForFinished` waits 30 s where nothing else is said.
fn waits_long(infer: &Infer<'_>, site: ExprRef, call: &Call<'_>) -> Option<String> {
    let limit = match call.argument(0, "msecs") {
        Some(limit)
            if infer
                .project
                .file(site.file)
                .slice(infer.project.tree(site.file).range(limit))
                == "-1" =>
        {
            f64::INFINITY
        }
        Some(limit) => constant(infer, site.beside(limit))?,
        None => f64::INFINITY,
    };
    let ended = |other: &Call<'_>| matches!(other.name, "terminate" | "kill");
    let tree = infer.project.tree(site.file);
    let collected = tree.calls_in(tree.expr(site.expr).func).any(|other| ended(&other));
    (limit >= 2_000.0 && !collected).then(|| "`waitForFinished` waits for another process".to_owned())
}

/// A number, also through a name that is bound to one.
fn constant(infer: &Infer<'_>, expr: ExprRef) -> Option<f64> {
    match infer.project.kind(expr) {
        ExprKind::Number(number) => Some(*number),
        ExprKind::Name(name) => {
            let tree = infer.project.tree(expr.file);
            let scope = crate::model::FuncRef::new(expr.file, tree.expr(expr.expr).func);
            let owner = infer.owner(scope, name)?;
            match infer.project.func(owner).bindings.get(name)?.as_slice() {
                [one] => match one.source {
                    crate::syntax::tree::Source::Value(value) => tree.number(value),
                    _ => None,
                },
                _ => None,
            }
        }
        _ => None,
    }
}

fn is_brief(infer: &Infer<'_>, tree: &Tree, site: ExprRef, call: &Call<'_>, name: &str) -> bool {
    if let Some(timeout) = call.keyword("timeout").and_then(|timeout| tree.number(timeout)) {
        let process = name.starts_with("subprocess");
        if process && timeout <= 1.0 {
            return true;
        }
    }
    // The machine's own name is known without the network.
    if name == "socket.gethostbyname" && tree.method_calls("gethostname").next().is_some() {
        return true;
    }
    // A process that was ended just before is only collected.
    if name == "subprocess.Popen#wait" || name == "subprocess.Popen#communicate" {
        let ended = |other: &Call<'_>| matches!(other.name, "terminate" | "kill" | "send_signal");
        if tree.calls_in(tree.expr(site.expr).func).any(|other| ended(&other)) {
            return true;
        }
    }
    let Some(command) = call.args.first() else { return false };
    let first = match tree.kind(*command) {
        ExprKind::Sequence(words) => words.first().copied().unwrap_or(*command),
        _ => *command,
    };
    if let ExprKind::Str(text) = tree.kind(first) {
        let program = text.split_whitespace().next().unwrap_or_default();
        let program = program
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or_default()
            .trim_end_matches(".exe");
        return BRIEF.contains(&program);
    }
    // What it starts is put together elsewhere: its words are in the text.
    let built = tree.range(value_of(infer, site.beside(first)));
    let text = infer.project.file(site.file).slice(built).to_ascii_lowercase();
    let program = text
        .trim_start_matches(['f', 'r', '"', '\'', '(', '['])
        .split_whitespace()
        .next()
        .unwrap_or_default();
    BRIEF.contains(&program.trim_end_matches(['"', '\'', ',']))
        || ["explorer", "xdg-open", "startfile", "nautilus"]
            .iter()
            .any(|program| text.contains(program))
}

/// What a name is bound to, where it is bound once.
fn value_of(infer: &Infer<'_>, expr: ExprRef) -> ExprId {
    let ExprKind::Name(name) = infer.project.kind(expr) else {
        return expr.expr;
    };
    let scope = crate::model::FuncRef::new(expr.file, infer.project.tree(expr.file).expr(expr.expr).func);
    let bindings = infer
        .project
        .func(scope)
        .bindings
        .get(name)
        .map_or(&[] as &[_], smallvec::SmallVec::as_slice);
    match bindings {
        [
            crate::syntax::tree::Binding {
                source: crate::syntax::tree::Source::Value(value),
                ..
            },
        ] => *value,
        _ => expr.expr,
    }
}

/// Whether a value is a lock of Python's.
pub(crate) fn is_python_lock(class: &Class) -> bool {
    matches!(class, Class::Other(name) if matches!(&**name, "threading.Lock" | "threading.RLock" | "multiprocessing.Lock" | "multiprocessing.RLock" | "threading.Semaphore" | "threading.BoundedSemaphore" | "_thread.allocate_lock"))
}
