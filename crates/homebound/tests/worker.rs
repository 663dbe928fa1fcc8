//! Workers: threads with a loop.

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use homebound::{Outcome, StartError, Worker, WorkerState, Workers};

const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn objects_live_on_the_worker_and_are_dropped_there() {
    struct Tells(mpsc::Sender<String>);
    impl Drop for Tells {
        fn drop(&mut self) {
            self.0
                .send(std::thread::current().name().unwrap_or_default().to_owned())
                .unwrap();
        }
    }
    let (tell, told) = mpsc::channel();

    let worker = Worker::builder("home-of-tells").start().unwrap();
    let owner = worker.insert_with(move |_| Tells(tell));
    let where_it_runs = owner
        .handle()
        .ask(|_| std::thread::current().name().map(str::to_owned))
        .wait()
        .unwrap();
    drop(owner);

    assert_eq!(where_it_runs.as_deref(), Some("home-of-tells"));
    assert_eq!(told.recv_timeout(LIMIT).unwrap(), "home-of-tells");
}

#[test]
fn what_is_sent_before_the_start_waits_and_comes_first() {
    let worker = Worker::new("later");
    let list = worker.insert_with(|_| Vec::new());
    list.handle().post(|list| list.push("before")).unwrap();

    worker.start().unwrap();
    list.handle().post(|list| list.push("after")).unwrap();

    assert_eq!(
        list.handle().ask(|list| list.clone()).wait().unwrap(),
        ["before", "after"]
    );
}

#[test]
fn a_stop_before_the_start_is_not_forgotten_and_is_used_up() {
    let runs = Arc::new(Mutex::new(0));
    let count = Arc::clone(&runs);
    let worker = Worker::builder("stopped early")
        .body(move |home, _| {
            *count.lock().unwrap() += 1;
            home.run();
            Ok(())
        })
        .build();
    worker.stop();

    worker.start().unwrap();
    assert!(matches!(worker.wait(), Outcome::Cancelled(_)));
    assert_eq!((worker.state(), *runs.lock().unwrap()), (WorkerState::Finished, 0));

    worker.start().unwrap();
    assert_eq!(worker.insert_with(|_| 7).handle().ask(|n| *n).wait(), Ok(7));
    worker.stop();
    assert!(worker.wait().is_done());
    assert_eq!(*runs.lock().unwrap(), 1);
}

#[test]
fn stop_delivers_what_was_posted_before_it() {
    let worker = Worker::builder("drains").start().unwrap();
    let seen = Arc::new(Mutex::new(0));

    for _ in 0..10_000 {
        let seen = Arc::clone(&seen);
        worker.proxy().post(move || *seen.lock().unwrap() += 1).unwrap();
    }
    worker.stop();

    assert!(worker.wait_timeout(LIMIT).is_some_and(|outcome| outcome.is_done()));
    assert_eq!(*seen.lock().unwrap(), 10_000);
}

#[test]
fn each_change_of_state_is_told_once_and_in_order() {
    let worker = Worker::new("states");
    let log = Arc::new(Mutex::new(Vec::new()));
    let starts = Arc::clone(&log);
    worker
        .started()
        .with(homebound::Delivery::Direct)
        .connect_direct(move |()| starts.lock().unwrap().push("started".to_owned()))
        .unwrap();
    let states = Arc::clone(&log);
    worker
        .state_changed()
        .with(homebound::Delivery::Direct)
        .connect_direct(move |state: &WorkerState| states.lock().unwrap().push(state.to_string()))
        .unwrap();
    let ends = Arc::clone(&log);
    worker
        .finished()
        .with(homebound::Delivery::Direct)
        .connect_direct(move |outcome: &Outcome<()>| {
            ends.lock().unwrap().push(format!("finished: {}", outcome.is_done()))
        })
        .unwrap();

    worker.start().unwrap();
    worker.insert_with(|_| ()).handle().ask(|()| ()).wait().unwrap();
    worker.stop();
    let outcome = worker.wait();

    assert!(outcome.is_done());
    assert_eq!(
        *log.lock().unwrap(),
        [
            "starting",
            "running",
            "started",
            "stopping",
            "finished",
            "finished: true"
        ]
    );
}

#[test]
fn a_slot_of_finished_finds_the_worker_finished_and_may_start_it_again() {
    let worker = Arc::new(Worker::new("again"));
    let runs = Arc::new(Mutex::new(0));
    let (done, ended) = mpsc::channel();
    let (again, count) = (Arc::clone(&worker), Arc::clone(&runs));
    worker
        .finished()
        .with(homebound::Delivery::Direct)
        .connect_direct(move |_| {
            assert_eq!(again.state(), WorkerState::Finished);
            let mut runs = count.lock().unwrap();
            *runs += 1;
            if *runs < 5 {
                again.stop();
                again.start().unwrap();
                again.stop();
            } else {
                done.send(()).unwrap();
            }
        })
        .unwrap();

    worker.stop();
    worker.start().unwrap();

    ended.recv_timeout(LIMIT).unwrap();
    assert_eq!(*runs.lock().unwrap(), 5);
}

#[test]
fn a_second_start_is_refused_with_the_name() {
    let worker = Worker::builder("only once").start().unwrap();

    let second = worker.start();

    assert!(matches!(second, Err(StartError::AlreadyRuns(name)) if name == "only once"));
}

#[test]
fn a_panicking_body_is_the_outcome() {
    let worker = Worker::builder("panics")
        .body(|_, _| panic!("on purpose"))
        .start()
        .unwrap();

    match worker.wait() {
        Outcome::Panicked(report) => assert!(report.to_string().contains("on purpose")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_body_sees_the_request_to_stop_as_cancelled() {
    let worker = Worker::builder("long")
        .body(|_, cx| {
            loop {
                cx.sleep(Duration::from_secs(3600))?;
            }
        })
        .start()
        .unwrap();

    worker.stop();

    assert!(matches!(worker.wait_timeout(LIMIT), Some(Outcome::Cancelled(_))));
}

#[test]
fn dropping_a_running_worker_asks_it_to_stop_and_does_not_wait() {
    let (begun, has_begun) = mpsc::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let (ended, has_ended) = mpsc::channel();
    let may_go = Mutex::new(may_go);
    let worker = Worker::builder("dropped while running")
        .body(move |_, cx| {
            begun.send(()).unwrap();
            may_go.lock().unwrap().recv_timeout(LIMIT).unwrap();
            ended.send(cx.is_cancelled()).unwrap();
            Ok(())
        })
        .start()
        .unwrap();
    has_begun.recv_timeout(LIMIT).unwrap();

    drop(worker); // returns although the body waits
    assert!(Workers::find("dropped while running").is_some());
    go.send(()).unwrap();

    assert!(has_ended.recv_timeout(LIMIT).unwrap(), "it was asked to stop");
}

#[test]
fn a_detached_worker_runs_on_and_is_found_by_name() {
    let handle = Worker::builder("detached").start().unwrap().detach();

    let found = Workers::find("detached").unwrap();
    assert_eq!(found.name(), handle.name());
    found.stop();

    assert!(handle.wait_timeout(LIMIT).is_some());
    assert!(Workers::find("detached").is_none());
}

#[test]
fn the_registry_lists_names_states_and_places() {
    let worker = Worker::builder("listed").start().unwrap();
    worker.proxy().post(|| ()).unwrap();
    worker.insert_with(|_| ()).handle().ask(|()| ()).wait().unwrap();

    let info = Workers::list().into_iter().find(|info| info.name == "listed").unwrap();

    assert_eq!(info.state, WorkerState::Running);
    assert!(info.made_at.file().ends_with("worker.rs"));
}

#[test]
fn waiting_on_its_own_thread_does_not_hang() {
    let worker = Arc::new(Worker::builder("waits for itself").start().unwrap());
    let (tell, told) = mpsc::channel();

    let itself = Arc::clone(&worker);
    worker
        .proxy()
        .post(move || tell.send(itself.wait().is_cancelled()).unwrap())
        .unwrap();

    assert!(told.recv_timeout(LIMIT).unwrap());
}

#[test]
fn what_is_sent_to_a_worker_that_never_starts_is_refused_at_its_end() {
    let worker = Worker::new("never");
    let reply = worker.insert_with(|_| 1).handle().ask(|n| *n);
    let proxy = worker.proxy();

    drop(worker);

    let mut reply = reply;
    assert_eq!(reply.wait_timeout(LIMIT), Err(homebound::ReplyError::Lost));
    assert!(proxy.post(|| ()).is_err());
}

#[cfg(target_os = "linux")]
#[test]
fn the_system_sees_the_name() {
    let worker = Worker::builder("named-thread").start().unwrap();

    let name = worker
        .insert_with(|_| ())
        .handle()
        .ask(|()| std::fs::read_to_string("/proc/thread-self/comm").unwrap())
        .wait()
        .unwrap();

    assert_eq!(name.trim(), "named-thread");
}

#[cfg(target_os = "linux")]
#[test]
fn the_stack_is_as_large_as_asked_for() {
    fn deep(n: u32) -> u32 {
        let frame = std::hint::black_box([n; 256]);
        if n == 0 {
            frame[0]
        } else {
            deep(n - 1) + std::hint::black_box(frame[1] - n)
        }
    }
    // 40,000 frames of a KiB: the default of 2 MiB would not hold them.
    let worker = Worker::builder("deep").stack_size(256 << 20).start().unwrap();

    let depth = worker.insert_with(|_| ()).handle().ask(|()| deep(40_000)).wait();

    assert_eq!(depth, Ok(0));
}

#[test]
fn a_one_shot_worker_returns_its_result_and_ends() {
    let job = Worker::spawn("one shot", |cx| {
        cx.progress(1, 1)?;
        Ok(std::thread::current().name().map(str::to_owned))
    });

    assert_eq!(job.unwrap().wait().ok().flatten().as_deref(), Some("one shot"));
    assert!(Workers::find("one shot").is_none_or(|worker| worker.wait_timeout(LIMIT).is_some()));
}

#[test]
fn a_one_shot_worker_is_stopped_by_name() {
    let (begun, has_begun) = mpsc::channel();
    let job = Worker::spawn("stop me", move |cx| {
        begun.send(()).unwrap();
        cx.sleep(Duration::from_secs(3600))?;
        Ok(())
    })
    .unwrap();
    has_begun.recv_timeout(LIMIT).unwrap();

    assert!(Workers::stop("stop me"));

    assert!(matches!(job.wait(), Outcome::Cancelled(_)));
}

#[test]
fn failures_and_panics_of_one_shot_workers_are_their_outcomes() {
    let failed = Worker::spawn::<(), _>("fails", |_| Err(std::io::Error::other("no disk"))?).unwrap();
    let panicked = Worker::spawn::<(), _>("panics once", |_| panic!("on purpose")).unwrap();

    assert!(matches!(failed.wait(), Outcome::Failed(failure) if failure.to_string().contains("no disk")));
    assert!(matches!(panicked.wait(), Outcome::Panicked(report) if report.message() == "on purpose"));
}

#[test]
fn dropping_the_handle_of_a_one_shot_worker_asks_it_to_stop() {
    let (ended, has_ended) = mpsc::channel();
    let (begun, has_begun) = mpsc::channel();
    let job = Worker::spawn("dropped handle", move |cx| {
        begun.send(()).unwrap();
        let stopped = cx.sleep(Duration::from_secs(3600)).is_err();
        ended.send(stopped).unwrap();
        Ok(())
    })
    .unwrap();
    has_begun.recv_timeout(LIMIT).unwrap();

    drop(job);

    assert!(has_ended.recv_timeout(LIMIT).unwrap());
}

#[test]
fn progress_and_outcome_of_a_one_shot_worker_arrive_at_home_in_this_order() {
    let home = homebound::EventLoop::new().unwrap();
    let log = home.insert(Vec::new());
    let job = Worker::one_shot("reports")
        .task(|cx| {
            (0..=1000).try_for_each(|done| cx.progress(done, 1000))?;
            Ok(7)
        })
        .on_progress(&log, |log, progress| {
            log.push(format!("{}/{:?}", progress.done, progress.total))
        })
        .on_outcome(&log, |log, outcome| log.push(format!("{:?}", outcome.ok())))
        .spawn()
        .unwrap();

    assert!(job.wait().is_done());
    home.drain();

    let log = log.borrow();
    assert_eq!(log.last().unwrap(), "Some(7)");
    assert!(log[log.len() - 2].starts_with("1000/"), "{log:?}");
}

#[test]
fn thousands_of_one_shot_workers_come_and_go() {
    let count = Arc::new(Mutex::new(0));
    let jobs: Vec<_> = (0..2000)
        .map(|n| {
            let count = Arc::clone(&count);
            Worker::spawn(format!("w{n}"), move |_| {
                *count.lock().unwrap() += 1;
                Ok(n)
            })
            .unwrap()
        })
        .collect();

    for (n, job) in jobs.into_iter().enumerate() {
        assert_eq!(job.wait().ok(), Some(n));
    }
    assert_eq!(*count.lock().unwrap(), 2000);
}
