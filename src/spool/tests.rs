use super::*;
use crate::spool::folder::Started;
use wire::ping::{JobResult, Status};

const NOW: u64 = 1_800_000_000;

fn received(job_id: i64) -> Received {
    Received {
        job_id,
        package: "r.io/lib/a:b".into(),
        function: "f".into(),
        at: 1,
        keep: false,
    }
}

fn spec(job_id: i64) -> Spec {
    Spec {
        job_id,
        art: "/bin/true".into(),
        package: "r.io/lib/a:b".into(),
        function: "f".into(),
        environment: vec![],
        inputs: vec![],
        timeout: 1,
        max_output: 1,
        detach: false,
        limits: wire::command::Limits::default(),
        job_policy: crate::config::job_policy::JobPolicy::default(),
    }
}

fn states(spool: &Spool) -> Vec<(i64, State)> {
    spool
        .jobs()
        .unwrap()
        .into_iter()
        .map(|(id, _, state)| (id, state))
        .collect()
}

#[test]
fn a_job_goes_through_its_states() {
    let home = tempfile::tempdir().unwrap();
    let spool = Spool::open(home.path()).unwrap();
    assert_eq!(spool.lookup(5), Lookup::New);
    spool.receive(&spec(5), &received(5)).unwrap();
    assert_eq!(
        (spool.lookup(5), states(&spool)),
        (Lookup::Held, vec![(5, State::Received)])
    );
    let job = spool.job(5);
    let lock = job.take_lock().unwrap().unwrap();
    job.mark_started(&Started {
        at: 1,
        boot: "b".into(),
    })
    .unwrap();
    assert_eq!(states(&spool), [(5, State::Running)]);
    drop(lock);
    assert_eq!(states(&spool), [(5, State::Interrupted)]);
    job.finish(&JobResult::without_run(
        5,
        Status::Interrupted,
        "x".into(),
        1,
    ))
    .unwrap();
    assert_eq!(states(&spool), [(5, State::Ended)]);
    job.mark_reported().unwrap();
    assert_eq!(states(&spool), [(5, State::Reported)]);
    job.mark_unreported().unwrap();
    assert_eq!(states(&spool), [(5, State::Ended)]);
}

#[test]
fn what_was_never_received_completely_is_offered_again() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(home.path()).unwrap();
    spool.receive(&spec(1), &received(1)).unwrap();
    fs::create_dir(spool.job(2).path()).unwrap();
    spool.remove_fragments().unwrap();
    assert_eq!(
        [spool.lookup(1), spool.lookup(2)],
        [Lookup::Held, Lookup::New]
    );
}

#[test]
fn a_job_that_was_being_removed_is_no_job() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(home.path()).unwrap();
    spool.receive(&spec(1), &received(1)).unwrap();
    let gone = spool.job(1).path().with_added_extension("gone");
    fs::rename(spool.job(1).path(), &gone).unwrap();
    assert_eq!((spool.lookup(1), states(&spool)), (Lookup::New, vec![]));
    spool.receive(&spec(1), &received(1)).unwrap();
    spool.job(1).remove().unwrap();
    assert!(!gone.exists(), "an earlier removal is not in the way");
    fs::create_dir(&gone).unwrap();
    spool.remove_fragments().unwrap();
    assert!(!gone.exists());
}

/// A folder that cannot be renamed is marked first. What a kill or a power cut leaves of it
/// after that does not count as a job that runs, was interrupted, or has a result.
#[test]
fn a_job_that_was_being_removed_where_it_is_is_no_job() {
    for left in [&["received", "request", "started"][..], &["started"], &[]] {
        let home = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(home.path()).unwrap();
        let job = spool.job(1);
        let gone = job.path().with_added_extension("gone");
        let cut = || {
            fs::create_dir(job.path()).unwrap();
            for name in left {
                fs::write(job.path().join(name), "x").unwrap();
            }
            fs::write(&gone, "").unwrap();
        };
        cut();
        assert_eq!((spool.lookup(1), states(&spool)), (Lookup::New, vec![]));
        assert!(Spool::noted(home.path()).unwrap().is_empty());
        spool.receive(&spec(1), &received(1)).unwrap();
        assert_eq!(states(&spool), [(1, State::Received)]);
        assert!(!gone.exists());

        job.remove().unwrap();
        cut();
        spool.remove_fragments().unwrap();
        assert!(!gone.exists() && !job.path().exists());
        // The folder was gone, and its mark was not.
        fs::write(&gone, "").unwrap();
        spool.remove_fragments().unwrap();
        assert!(!gone.exists());
    }
}

#[test]
fn what_cannot_be_removed_is_complained_of_once() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(home.path()).unwrap();
    let folder = spool.job(1).path().to_owned();
    let [busy, worn] = ["busy", "worn out"].map(io::Error::other);
    let is_new = [&busy, &busy, &worn, &worn].map(|error| spool.is_new_error(&folder, error));
    assert_eq!(is_new, [true, false, true, false]);
    spool.note_removal(&folder, Ok(()));
    assert!(spool.is_new_error(&folder, &worn));
}

#[test]
fn a_job_is_received_into_a_folder_of_its_own() {
    let home = tempfile::tempdir().unwrap();
    let spool = Spool::open(home.path()).unwrap();
    spool.receive(&spec(1), &received(1)).unwrap();
    spool.job(1).mark_started(&Started::now()).unwrap();
    assert!(spool.receive(&spec(1), &received(1)).is_err());
    assert_eq!(states(&spool), [(1, State::Interrupted)]);
}

#[test]
fn abuse_a_job_is_replayed_after_its_records_were_damaged() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(home.path()).unwrap();
    for id in [1, 2] {
        spool.receive(&spec(id), &received(id)).unwrap();
        fs::write(spool.job(id).path().join("received"), "torn").unwrap();
    }
    spool.job(1).mark_started(&Started::now()).unwrap();
    spool.remove_fragments().unwrap();
    assert_eq!(
        [spool.lookup(1), spool.lookup(2)],
        [Lookup::Held, Lookup::Held]
    );
    assert_eq!(
        states(&spool),
        [(1, State::Interrupted), (2, State::Received)]
    );
}

#[test]
fn abuse_an_old_job_is_replayed() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(home.path()).unwrap();
    for id in 1..=34 {
        spool
            .refuse(
                &received(id),
                &JobResult::without_run(id, Status::Refused, "x".into(), 1),
            )
            .unwrap();
        spool.job(id).mark_reported().unwrap();
    }
    spool.prune(u64::MAX, NOW).unwrap();
    assert_eq!(states(&spool).len(), KEPT);
    let spool = Spool::open(home.path()).unwrap();
    assert_eq!(
        [spool.lookup(2), spool.lookup(3), spool.lookup(35)],
        [Lookup::Forgotten, Lookup::Held, Lookup::New]
    );
}

#[test]
fn reported_jobs_make_room_and_others_do_not() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(home.path()).unwrap();
    for id in 1..=3 {
        spool.receive(&spec(id), &received(id)).unwrap();
    }
    for id in 1..=2 {
        let job = spool.job(id);
        job.finish(&JobResult::without_run(id, Status::Failed, "x".into(), 1))
            .unwrap();
        job.mark_reported().unwrap();
    }
    let all = Spool::bytes(home.path()).unwrap();
    spool.prune(all - 1, NOW).unwrap();
    assert_eq!(
        [1, 2, 3].map(|id| spool.lookup(id)),
        [Lookup::Forgotten, Lookup::Held, Lookup::Held]
    );
    spool.prune(0, NOW).unwrap();
    assert_eq!(states(&spool), [(3, State::Received)]);
}
