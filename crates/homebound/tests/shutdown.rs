//! The end of a program. Each case is a process of its own, since a process shuts down once.

use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use homebound::{EventLoop, Outcome, ThreadPool, Worker, shutdown};

const LIMIT: Duration = Duration::from_secs(20);

/// Runs the test `name` of this binary in a process of its own, as `case`; returns whether this is that process.
fn in_child(name: &str) -> bool {
    if std::env::var_os("HOMEBOUND_SHUTDOWN_CASE").is_some_and(|case| case == name) {
        return true;
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env("HOMEBOUND_SHUTDOWN_CASE", name)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let (tell, told) = mpsc::channel();
    let id = child.id();
    std::thread::scope(|threads| {
        threads.spawn(move || tell.send(child.wait().unwrap()).unwrap());
        match told.recv_timeout(LIMIT * 3) {
            Ok(status) => assert!(status.success(), "{name}: {status}"),
            Err(_) => {
                Command::new("kill").args(["-9", &id.to_string()]).status().unwrap();
                panic!("{name} hangs");
            }
        }
    });
    false
}

#[test]
fn everything_stops_and_the_report_is_clean() {
    if !in_child("everything_stops_and_the_report_is_clean") {
        return;
    }
    let _idle = Worker::builder("idle").start().unwrap();
    let _busy = Worker::builder("busy")
        .body(|_, cx| Ok(cx.sleep(Duration::from_secs(3600))?))
        .start()
        .unwrap();
    let pool = ThreadPool::builder().max_threads(2).build();
    let jobs: Vec<_> = (0..100)
        .map(|_| {
            pool.task(|cx| Ok(cx.sleep(Duration::from_secs(3600))?))
                .spawn()
                .unwrap()
        })
        .collect();

    let report = shutdown(LIMIT);

    assert!(report.is_clean(), "{report}");
    for job in jobs {
        assert!(matches!(job.wait(), Outcome::Cancelled(_)));
    }
}

#[test]
fn nothing_starts_after_it() {
    if !in_child("nothing_starts_after_it") {
        return;
    }
    let pool = ThreadPool::builder().build();
    assert!(shutdown(LIMIT).is_clean());

    assert!(Worker::builder("too late").start().is_err());
    assert!(pool.spawn(|| ()).is_err());
    assert!(ThreadPool::global().spawn(|| ()).is_err());
}

#[test]
fn a_straggler_is_named_with_the_line_that_made_it() {
    if !in_child("a_straggler_is_named_with_the_line_that_made_it") {
        return;
    }
    let (begun, has_begun) = mpsc::channel();
    let (_go, may_go) = mpsc::channel::<()>();
    let may_go = std::sync::Mutex::new(may_go);
    let line = line!() + 1;
    let worker = Worker::builder("deaf")
        .body(move |_, _| {
            begun.send(()).unwrap();
            let _ = may_go.lock().unwrap().recv();
            Ok(())
        })
        .start()
        .unwrap();
    has_begun.recv_timeout(LIMIT).unwrap();

    let report = shutdown(Duration::from_millis(50));

    let straggler = &report.stragglers[0];
    assert_eq!(straggler.name, "deaf");
    assert_eq!(straggler.made_at.unwrap().line(), line);
    assert!(straggler.doing.contains("stopping"), "{straggler}");
    drop(worker);
    // The process ends all the same.
    std::process::exit(0);
}

#[test]
fn the_callers_loop_turns_meanwhile_and_gets_the_outcomes() {
    if !in_child("the_callers_loop_turns_meanwhile_and_gets_the_outcomes") {
        return;
    }
    let home = EventLoop::new().unwrap();
    let window = home.insert(Vec::new());
    let handle = window.handle();
    let (begun, has_begun) = mpsc::channel();
    // Its last words need this loop: who waits for it without turning would wait in vain.
    let _worker = Worker::builder("last words")
        .body(move |_, cx| {
            begun.send(()).unwrap();
            let _ = cx.sleep(Duration::from_secs(3600));
            handle.ask(|words: &mut Vec<&str>| words.push("goodbye")).wait()?;
            Ok(())
        })
        .start()
        .unwrap();
    has_begun.recv_timeout(LIMIT).unwrap();

    let report = shutdown(LIMIT);

    assert!(report.is_clean(), "{report}");
    assert_eq!(*window.borrow(), ["goodbye"]);
}

#[test]
fn whoever_calls_again_gets_the_same_report() {
    if !in_child("whoever_calls_again_gets_the_same_report") {
        return;
    }
    let _worker = Worker::builder("one").start().unwrap();
    let first = std::thread::spawn(|| shutdown(LIMIT));
    let second = std::thread::spawn(|| shutdown(LIMIT));

    let (first, second) = (first.join().unwrap(), second.join().unwrap());

    assert!(first.is_clean() && second.is_clean());
    assert_eq!(first.took, second.took);
}

#[test]
fn a_worker_may_call_it_and_does_not_wait_for_itself() {
    if !in_child("a_worker_may_call_it_and_does_not_wait_for_itself") {
        return;
    }
    let (tell, told) = mpsc::channel();
    let worker = Worker::builder("calls").start().unwrap();
    worker
        .proxy()
        .post(move || tell.send(shutdown(LIMIT)).unwrap())
        .unwrap();

    let report = told.recv_timeout(LIMIT).unwrap();

    assert!(report.is_clean(), "{report}");
    assert!(report.took < LIMIT);
}

#[cfg(all(unix, feature = "ctrl-c"))]
#[test]
fn ctrl_c_shuts_down_in_order() {
    if !in_child("ctrl_c_shuts_down_in_order") {
        return;
    }
    let home = EventLoop::new().unwrap();
    let (begun, has_begun) = mpsc::channel();
    let job = ThreadPool::global()
        .task(move |cx| {
            begun.send(()).unwrap();
            Ok(cx.sleep(Duration::from_secs(3600))?)
        })
        .spawn()
        .unwrap();
    has_begun.recv_timeout(LIMIT).unwrap();
    let clean = std::sync::Arc::new(std::sync::Mutex::new(None));
    let told = std::sync::Arc::clone(&clean);
    homebound::shutdown_on_ctrl_c(&home.proxy(), LIMIT, move |report| {
        *told.lock().unwrap() = Some(report.is_clean());
    })
    .unwrap();

    let me = std::process::id().to_string();
    assert!(Command::new("kill").args(["-INT", &me]).status().unwrap().success());
    home.run();

    assert_eq!(*clean.lock().unwrap(), Some(true));
    assert!(matches!(job.wait(), Outcome::Cancelled(_)));
}
