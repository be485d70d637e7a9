//! Random events in random order: no job runs twice, no result is lost, and the agent always
//! waits for something.
//!
//! The core runs in a simulated world: a disk that refuses writes and reads, a network that loses
//! requests and answers, clocks that jump, a control that is busy, offers jobs again and forgets
//! them, and restarts of the agent. The world keeps the driver's rules and nothing else.

mod control;
mod world;

use super::*;
use std::cell::Cell;
use world::World;

const JOBS: i64 = 12;

thread_local! {
    static DRAWN: Cell<u64> = const { Cell::new(1) };
}

/// The next number below `below` (xorshift).
fn draw(below: u64) -> u64 {
    DRAWN.with(|drawn| {
        let mut x = drawn.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        drawn.set(x);
        (x >> 11) % below
    })
}

fn one_in(count: u64) -> bool {
    draw(count) == 0
}

/// A world after many faults.
fn disturbed(seed: u64) -> World {
    DRAWN.set(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut world = World::new(start(1 + seed as usize % 3, !seed.is_multiple_of(4)));
    for _ in 0..300 {
        world.step();
    }
    world
}

#[test]
fn no_job_runs_twice_and_no_result_is_lost() {
    let mut begun = 0;
    for seed in 0..60 {
        let mut world = disturbed(seed);
        world.has_faults = false;
        for _ in 0..1_000 {
            world.step();
        }
        let settled: Vec<i64> = world.settled().collect();
        let all: Vec<i64> = (1..=JOBS).collect();
        assert_eq!(settled, all, "seed {seed}: {:?}", world.core.link);
        begun += world.begun.len();
    }
    assert!(begun > 60 * JOBS as usize / 2, "few jobs have run: {begun}");
}

/// However it came to this state, the agent does not ping without pauses, though control holds
/// no answer.
#[test]
fn an_agent_with_nothing_to_do_waits_between_its_pings() {
    for seed in 0..60 {
        let mut world = disturbed(seed);
        world.has_faults = false;
        world.is_quiet = true;
        for is_unreadable in [false, true] {
            world.is_unreadable = is_unreadable;
            for _ in 0..200 {
                world.go_on();
            }
            let (began, since) = (world.exchanges, world.now);
            for _ in 0..200 {
                world.go_on();
            }
            let exchanges = u64::from(world.exchanges - began);
            let passed = (world.now - since).as_secs();
            assert!(
                exchanges > 50 && passed >= exchanges * 10,
                "seed {seed}: {exchanges} exchanges in {passed} s"
            );
        }
    }
}
