//! Control and the network between, as a courier and a checker report them.

use super::world::{Child, World};
use super::*;
use wire::answer::{Reason, Rejection};

impl World {
    /// The checker's verdict on control's answer.
    pub(super) fn verdict(&self, check: Check) -> Verdict {
        if self.goes_wrong(8) {
            return Verdict::Refused("its check broke off".into());
        }
        match check {
            Check::Enrolment if self.goes_wrong(2) => {
                Verdict::Enrolment(Box::new(Enrolment::Clone))
            }
            Check::Enrolment if self.goes_wrong(2) => {
                Verdict::Enrolment(Box::new(Enrolment::Pending))
            }
            Check::Enrolment => Verdict::Enrolment(Box::new(Enrolment::Enrolled {
                interval: 20_000_000_000,
                keys: None,
            })),
            Check::Registration => registered(),
            Check::Rejection => Verdict::Rejected(Rejection {
                reason: match one_in(2) {
                    true => Reason::Clock,
                    false => Reason::Sequence,
                },
                error: "no".into(),
                last: Some(self.n + 5),
            }),
            Check::Envelope(n) => {
                assert_eq!(n, self.n, "the check is for another ping");
                Verdict::Ping(Box::new(Answered {
                    keys: one_in(5).then(|| Err("old".into())),
                    envelope: Ok(self.envelope()),
                    unreadable: one_in(9).then(|| "damaged".into()),
                }))
            }
        }
    }

    /// Control offers the oldest job of which it has no result; with faults, also a job whose
    /// result it has forgotten.
    fn envelope(&self) -> Envelope {
        let any = || 1 + draw(JOBS as u64) as i64;
        let open = (1..=JOBS).find(|id| !self.results.contains_key(id));
        let offered = match self.goes_wrong(3) {
            true => Some(any()),
            false => open,
        };
        let sometimes = |is_so: bool| if is_so { vec![any()] } else { vec![] };
        // Control does not offer a job that it cancels.
        let mut cancel = sometimes(self.goes_wrong(6));
        cancel.retain(|id| Some(*id) != offered);
        Envelope {
            cancel,
            query: sometimes(self.goes_wrong(4)),
            follow: sometimes(one_in(4)),
            rotate: one_in(20),
            ..envelope(offered.unwrap_or_default())
        }
    }

    /// The courier's report. Control has a request that arrived, even if the answer is lost.
    pub(super) fn report(&mut self, begin: &Begin, begun: &Begun) -> Input {
        let arrives = !self.goes_wrong(4);
        let status = self.status(begin.purpose);
        let is_proxy = self.goes_wrong(9);
        if let (true, false, Cargo::Result(id)) = (arrives && status < 300, is_proxy, &begun.cargo)
        {
            *self.results.entry(*id).or_default() += 1;
        }
        if !arrives || self.goes_wrong(5) {
            return link_failed(CLASSES[draw(CLASSES.len() as u64) as usize]);
        }
        let is_authentic = !is_proxy && status != 429 && status != 503;
        let answer = RawAnswer {
            retry_after: match status {
                413 | 429 | 503 if one_in(2) => draw(9_000) as u32,
                _ => 0,
            },
            mac: if is_authentic { vec![1] } else { vec![] },
            ..raw(status)
        };
        self.acts_on_ping = is_authentic && begin.purpose == Purpose::Ping && status < 300;
        Input::Answered(answer, is_authentic.then(|| self.unix()))
    }

    fn status(&self, purpose: Purpose) -> u16 {
        match purpose {
            _ if self.goes_wrong(9) => [401, 404, 413, 429, 503][draw(5) as usize],
            Purpose::Enrol | Purpose::Register => 201,
            Purpose::Rotate => 204,
            Purpose::Ping if self.is_quiet || one_in(3) => 204,
            Purpose::Ping => 200,
        }
    }

    /// The child that runs reports, or its deadline passes.
    pub(super) fn child_ends(&mut self, child: Child) {
        let takes = if self.is_quiet { 0 } else { draw(60) };
        match child {
            child if self.goes_wrong(8) => {
                self.child = Some(child);
                self.now += seconds(80);
                self.feed(Input::Late);
            }
            Child::Checker(verdict) => self.check_ends(verdict),
            Child::Courier(begin, begun) => {
                self.now += seconds(takes);
                let input = self.report(&begin, &begun);
                self.knows_time |=
                    matches!(input, Input::Answered(_, Some(_))) && begin.purpose != Purpose::Enrol;
                self.child = Some(Child::Courier(begin, begun));
                self.feed(input);
            }
        }
    }

    fn check_ends(&mut self, verdict: Verdict) {
        if let Verdict::Ping(answered) = &verdict
            && let Ok(envelope) = &answered.envelope
        {
            self.cancelling.clone_from(&envelope.cancel);
        }
        self.feed(Input::Checked(verdict));
        self.cancelling.clear();
    }
}

const CLASSES: [Class; 5] = [
    Class::Cut,
    Class::Unreached,
    Class::Network,
    Class::Clock,
    Class::Certificate,
];
