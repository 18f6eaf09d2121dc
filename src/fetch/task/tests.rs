use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::FutureExt;
use futures::future::pending;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::*;

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A runtime whose clock jumps to the next timer once it has nothing else to do.
fn paused() -> Runtime {
    let mut runtime = Builder::new_current_thread();
    runtime.enable_all().start_paused(true).build().unwrap()
}

fn never_ending() -> Result<Task<u32>, Error> {
    Task::spawn(1, |sender| async move {
        pending::<()>().await;
        drop(sender);
    })
}

async fn next<T: Send + 'static>(task: &mut Task<T>) -> Progress<T> {
    poll_fn(|cx| task.poll_next(cx)).await
}

#[tokio::test(start_paused = true)]
async fn a_task_runs_on_while_nobody_polls_it() {
    let start = Instant::now();
    let mut task = Task::spawn(1, |sender| async move {
        sleep(Duration::from_secs(5)).await;
        sender.send(start.elapsed()).await.unwrap();
    })
    .unwrap();
    sleep(Duration::from_secs(3600)).await;
    let Progress::Result(took) = next(&mut task).await else {
        panic!("a result");
    };
    assert_eq!(took, Duration::from_secs(5));
    assert!(matches!(next(&mut task).await, Progress::Finished));
}

#[tokio::test]
async fn dropping_a_task_aborts_it() {
    let (held, dropped) = oneshot::channel::<()>();
    let task = Task::<u32>::spawn(1, |sender| async move {
        pending::<()>().await;
        drop((held, sender));
    });
    drop(task);
    dropped.await.unwrap_err();
}

#[test]
fn row_71_outside_a_runtime_there_is_an_error_instead_of_a_task() {
    let error = never_ending().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Runtime);
    let run = run(|| async { 1 }.boxed()).now_or_never().unwrap();
    assert_eq!(run.unwrap_err().kind(), ErrorKind::Runtime);
}

#[test]
fn row_71_a_task_that_is_polled_outside_a_runtime_is_lost() {
    let runtime = current_thread();
    let mut task = runtime.block_on(async { never_ending() }).unwrap();
    let progress = next(&mut task).now_or_never().unwrap();
    assert!(matches!(progress, Progress::Lost));
}

#[test]
fn results_come_before_the_end_of_their_runtime() {
    let runtime = current_thread();
    let mut task = runtime.block_on(async {
        let task = Task::spawn(2, |sender| async move {
            sender.send(1).await.unwrap();
            sender.send(2).await.unwrap();
            pending::<()>().await;
        });
        sleep(Duration::from_millis(1)).await;
        task.unwrap()
    });
    drop(runtime);
    paused().block_on(async {
        assert!(matches!(next(&mut task).await, Progress::Result(1)));
        assert!(matches!(next(&mut task).await, Progress::Result(2)));
        assert!(matches!(next(&mut task).await, Progress::Lost));
    });
}

#[test]
fn row_61_a_task_on_a_runtime_that_nobody_drives_is_lost_after_a_second() {
    let idle = current_thread();
    let mut task = idle.block_on(async { never_ending() }).unwrap();
    paused().block_on(async {
        let start = Instant::now();
        assert!(matches!(next(&mut task).await, Progress::Lost));
        assert_eq!(start.elapsed(), PROBE);
    });
}

#[test]
fn row_61_a_task_on_a_runtime_whose_workers_are_blocked_is_lost_after_a_second() {
    let blocked = Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (entered, is_blocked) = std::sync::mpsc::channel();
    let mut task = blocked.block_on(async {
        let task = never_ending();
        tokio::spawn(async move {
            entered.send(()).unwrap();
            let _ = released.recv();
        });
        task.unwrap()
    });
    is_blocked.recv().unwrap();
    paused().block_on(async {
        assert!(matches!(next(&mut task).await, Progress::Lost));
    });
    drop(release);
}

#[test]
fn a_task_on_a_runtime_that_is_driven_elsewhere_is_awaited() {
    let other = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .unwrap();
    let mut task = other
        .block_on(async {
            Task::spawn(1, |sender| async move {
                sleep(PROBE + Duration::from_millis(200)).await;
                sender.send(1).await.unwrap();
            })
        })
        .unwrap();
    let progress = current_thread().block_on(next(&mut task));
    assert!(matches!(progress, Progress::Result(1)));
}

#[test]
fn a_future_whose_runtime_ended_is_run_once_more_on_the_current_one() {
    let count = Arc::new(AtomicU32::new(0));
    let make = || {
        let number = count.fetch_add(1, Ordering::Relaxed);
        async move {
            if number == 0 {
                pending::<()>().await;
            }
            number
        }
        .boxed()
    };
    let first = current_thread();
    let mut running = Box::pin(run(make));
    first.block_on(async { assert!((&mut running).now_or_never().is_none()) });
    drop(first);
    assert_eq!(current_thread().block_on(running).unwrap(), 1);
}

#[test]
fn a_future_on_a_runtime_that_drops_its_tasks_is_an_error() {
    let ended = current_thread();
    let handle = ended.handle().clone();
    drop(ended);
    let _guard = handle.enter();
    let running = run(|| pending::<u32>().boxed()).now_or_never();
    assert_eq!(running.unwrap().unwrap_err().kind(), ErrorKind::Runtime);
}

#[test]
fn a_future_is_run_again_on_each_runtime_that_polls_it() {
    let mut running = Box::pin(run(|| pending::<u32>().boxed()));
    for _ in 0..4 {
        let runtime = current_thread();
        runtime.block_on(async { assert!((&mut running).now_or_never().is_none()) });
    }
}

#[tokio::test]
#[should_panic(expected = "in the task")]
async fn a_panic_of_the_task_is_passed_on() {
    let _ = run(|| async { panic!("in the task") }.map(|()| 1).boxed()).await;
}

#[tokio::test]
async fn a_task_inherits_span_and_subscriber() {
    let subscriber = tracing_subscriber::fmt()
        .with_writer(std::io::sink)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let name = || {
        async {
            tracing::Span::current()
                .metadata()
                .map(tracing::Metadata::name)
        }
        .boxed()
    };
    let outer = run(name).instrument(tracing::info_span!("outer")).await;
    assert_eq!(outer.unwrap(), Some("outer"));
}
