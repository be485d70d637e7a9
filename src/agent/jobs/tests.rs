use super::*;
use crate::config::job_policy::JobPolicy;
use crate::spool::Lookup;
use crate::spool::folder::{Received, Started};
use crate::spool::spec::Spec;
use wire::command::Command;

const MOST: u64 = 64 << 20;

fn open(home: &Path) -> Jobs {
    let mut jobs = Jobs::open(home).unwrap();
    jobs.most_bytes = MOST;
    jobs
}

fn jobs_with_one_received(home: &Path) -> Jobs {
    let jobs = open(home);
    let command = Command {
        job_id: 5,
        package: "r.io/a".into(),
        function: "f".into(),
        ..Command::default()
    };
    let received = Received {
        job_id: 5,
        package: command.package.clone(),
        function: command.function.clone(),
        at: 1,
        keep: false,
    };
    let spec = Spec::new(
        &command,
        "/no/such/art".into(),
        vec![],
        JobPolicy::default(),
    )
    .unwrap();
    jobs.spool.receive(&spec, &received).unwrap();
    jobs
}

#[test]
fn a_job_whose_spec_is_damaged_ends_and_never_begins() {
    let home = tempfile::tempdir().unwrap();
    let mut jobs = jobs_with_one_received(home.path());
    std::fs::write(jobs.spool.job(5).path().join("request"), "torn").unwrap();
    jobs.resume().unwrap();
    assert!(jobs.is_asking() && !jobs.has_result());
    jobs.confirm();
    let result = jobs.ping().result.unwrap();
    assert_eq!(
        (result.job_id, result.status),
        (5, Some(Status::Interrupted))
    );
    assert!(result.err.contains("never began"), "{}", result.err);
}

#[test]
fn a_result_is_sent_whenever_control_asks_for_it() {
    let home = tempfile::tempdir().unwrap();
    let mut jobs = jobs_with_one_received(home.path());
    jobs.account_for(5).unwrap();
    assert!(!jobs.has_result(), "it has not ended");
    jobs.account_for(4).unwrap();
    let reported = jobs.ping().result.unwrap();
    assert_eq!(
        (reported.job_id, reported.status),
        (4, Some(Status::Interrupted))
    );
    jobs.acknowledge(4, 1_800_000_000);
    jobs.account_for(4).unwrap();
    assert_eq!(jobs.ping().result, Some(reported), "the same, once more");
}

#[test]
fn control_may_ask_for_more_jobs_than_a_ping_may_name() {
    let home = tempfile::tempdir().unwrap();
    let mut jobs = jobs_with_one_received(home.path());
    jobs.resume().unwrap();
    let asked: Vec<i64> = (100..100 + 2 * MOST_HELD as i64).collect();
    let mut reported = Vec::new();
    while reported.len() < asked.len() {
        for id in asked.iter().filter(|id| !reported.contains(*id)) {
            jobs.account_for(*id).unwrap();
        }
        let ping = jobs.ping();
        assert!(ping.received.contains(&5) && ping.received.len() <= MOST_HELD);
        let id = ping.result.unwrap().job_id;
        jobs.acknowledge(id, 1_800_000_000);
        reported.push(id);
    }
    assert!(!jobs.has_result());
}

#[test]
fn a_damaged_result_is_replaced_once() {
    let home = tempfile::tempdir().unwrap();
    let mut jobs = jobs_with_one_received(home.path());
    jobs.waiting.push_back(5);
    jobs.cancel(5);
    let file = jobs.spool.job(5).path().join("result");
    std::fs::write(&file, "torn").unwrap();
    let reported = jobs.ping().result.unwrap();
    assert!(reported.err.contains("is damaged"), "{}", reported.err);
    assert_eq!(jobs.ping().result, Some(reported));
    assert!(file.with_added_extension("damaged").exists());
}

#[test]
fn a_half_received_job_is_taken_when_it_is_offered_again() {
    let home = tempfile::tempdir().unwrap();
    let mut jobs = jobs_with_one_received(home.path());
    jobs.account_for(5).unwrap();
    assert_eq!(jobs.spool.lookup(5), Lookup::New, "it was never taken");
    let mut jobs = jobs_with_one_received(home.path());
    jobs.waiting.push_back(5);
    jobs.account_for(5).unwrap();
    assert_eq!(jobs.spool.lookup(5), Lookup::Held, "it waits for its turn");
}

#[test]
fn an_acknowledgement_that_the_disk_refuses_is_recorded_later() {
    let home = tempfile::tempdir().unwrap();
    let mut jobs = jobs_with_one_received(home.path());
    jobs.waiting.push_back(5);
    jobs.cancel(5);
    let folder = jobs.spool.job(5).path().to_path_buf();
    // A folder of that name makes the write fail, even for root.
    let in_the_way = folder.join("reported.new");
    std::fs::create_dir(&in_the_way).unwrap();
    jobs.acknowledge(5, 1_800_000_000);
    assert!(!jobs.has_result() && !folder.join("reported").exists());
    std::fs::remove_dir(&in_the_way).unwrap();
    jobs.run_retries();
    assert!(folder.join("reported").exists());
}

#[test]
fn a_cancel_that_the_disk_refuses_is_tried_again() {
    let home = tempfile::tempdir().unwrap();
    let mut jobs = jobs_with_one_received(home.path());
    let folder = jobs.spool.job(5);
    folder.mark_started(&Started::now()).unwrap();
    let shim = folder.take_lock().unwrap();
    jobs.running = Some(RunningJob::adopt(5, folder.clone()));
    let in_the_way = folder.path().join("cancel.new");
    std::fs::create_dir(&in_the_way).unwrap();
    jobs.cancel(5);
    assert!(!folder.is_cancelled());
    std::fs::remove_dir(&in_the_way).unwrap();
    assert!(!jobs.settle());
    assert!(folder.is_cancelled());
    drop(shim);
}

#[test]
fn a_waiting_job_whose_cancel_the_disk_refuses_does_not_begin() {
    for refused in ["started.new", "result.new"] {
        let home = tempfile::tempdir().unwrap();
        let mut jobs = jobs_with_one_received(home.path());
        jobs.waiting.push_back(5);
        let in_the_way = jobs.spool.job(5).path().join(refused);
        std::fs::create_dir(&in_the_way).unwrap();
        jobs.cancel(5);
        jobs.confirm();
        assert!(!jobs.is_running(5) && !jobs.has_result(), "{refused}");
        assert_eq!(jobs.ping().received, [5], "it is not offered again");
        std::fs::remove_dir(&in_the_way).unwrap();
        jobs.settle();
        let result = jobs.ping().result.unwrap();
        assert_eq!(result.status, Some(Status::Cancelled), "{refused}");
        assert!(jobs.is_idle());
    }
}

#[test]
fn a_result_that_control_asks_for_again_is_not_marked_as_reported() {
    let home = tempfile::tempdir().unwrap();
    let mut jobs = jobs_with_one_received(home.path());
    jobs.waiting.push_back(5);
    jobs.cancel(5);
    let folder = jobs.spool.job(5).path().to_path_buf();
    let in_the_way = folder.join("reported.new");
    std::fs::create_dir(&in_the_way).unwrap();
    jobs.acknowledge(5, 1_800_000_000);
    jobs.account_for(5).unwrap();
    std::fs::remove_dir(&in_the_way).unwrap();
    jobs.run_retries();
    assert!(jobs.has_result() && !folder.join("reported").exists());
}

#[test]
fn the_files_of_a_dead_shim_are_removed_when_its_job_has_ended() {
    let home = tempfile::tempdir().unwrap();
    let jobs = jobs_with_one_received(home.path());
    let job = jobs.spool.job(5);
    job.mark_started(&Started::now()).unwrap();
    std::fs::create_dir_all(job.work_folder().join("inner")).unwrap();
    std::fs::write(job.path().join("result.new"), "half").unwrap();
    open(home.path()).resume().unwrap();
    for name in ["request", "work", "reserve", "result.new"] {
        assert!(!job.path().join(name).exists(), "{name}");
    }
    assert!(job.path().join("result").exists());
}

#[test]
fn a_spool_that_is_full_declines_and_recovers() {
    let home = tempfile::tempdir().unwrap();
    let mut jobs = jobs_with_one_received(home.path());
    assert_eq!(jobs.ping().declines, None);
    jobs.most_bytes = 1 << 20;
    assert!(jobs.ping().declines.unwrap().contains("spool is full"));
    jobs.most_bytes = MOST;
    assert_eq!(jobs.ping().declines, None);
}

#[test]
fn a_waiting_job_that_is_cancelled_can_never_begin() {
    let home = tempfile::tempdir().unwrap();
    let mut jobs = jobs_with_one_received(home.path());
    jobs.waiting.push_back(5);
    jobs.cancel(5);
    assert_eq!(jobs.ping().result.unwrap().status, Some(Status::Cancelled));
    let mut after_restart = open(home.path());
    after_restart.resume().unwrap();
    assert!(after_restart.is_idle() && after_restart.has_result());
    assert!(!jobs.spool.job(5).path().join("request").exists());
}

#[test]
fn a_refused_result_is_sent_smaller_and_then_left_out_of_every_other_ping() {
    let home = tempfile::tempdir().unwrap();
    let mut jobs = jobs_with_one_received(home.path());
    jobs.waiting.push_back(5);
    jobs.cancel(5);
    jobs.result_refused();
    assert!(jobs.ping().result.unwrap().log.contains("stay on the host"));
    jobs.result_refused();
    let idle = jobs.ping();
    assert_eq!((idle.result, idle.received), (None, vec![5]));
    assert!(jobs.ping().result.is_some());
    jobs.acknowledge(5, 1_800_000_000);
    assert!(!jobs.has_result());
}
