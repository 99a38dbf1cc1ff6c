use super::*;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// A gate whose waiters are names, with a clock that moves when told.
struct Bench {
    state: State<&'static str>,
    start: Instant,
    now: Instant,
    given: HashMap<&'static str, (u64, Endpoint)>,
}

impl Bench {
    fn new(concurrency: usize) -> Self {
        Self::with_pace(concurrency, None)
    }

    fn with_pace(concurrency: usize, per_second: Option<f64>) -> Self {
        let start = Instant::now();
        Self {
            state: State::new(concurrency, per_second, MINUTE),
            start,
            now: start,
            given: HashMap::new(),
        }
    }

    /// A gate past its first answer, which showed no throttle.
    fn open(concurrency: usize) -> Self {
        let mut bench = Self::new(concurrency);
        bench.arrive("first", Priority::Fresh, Endpoint::Version);
        bench.go();
        bench.answer("first", None, None);
        bench
    }

    /// A gate past its first answer, with so many requests left of 100 until the end of the minute.
    fn with_quota(concurrency: usize, remaining: u64) -> Self {
        let mut bench = Self::new(concurrency);
        bench.arrive("first", Priority::Fresh, Endpoint::Version);
        bench.go();
        bench.answer("first", Some(remaining), None);
        bench
    }

    fn arrive(&mut self, name: &'static str, priority: Priority, endpoint: Endpoint) {
        self.state.arrive(priority, endpoint, name);
    }

    fn arrive_all(&mut self, names: &[&'static str]) {
        for name in names {
            self.arrive(name, Priority::Fresh, Endpoint::GraphQl);
        }
    }

    /// Lets go whoever may: their names in order.
    fn go(&mut self) -> Vec<&'static str> {
        let mut gone = Vec::new();
        while let Turn::Go(name, permit) = self.state.turn(self.now, |_| false) {
            self.given.insert(name, permit);
            gone.push(name);
        }
        gone
    }

    /// How long the gate would sleep.
    fn sleeps(&mut self) -> Option<Duration> {
        match self.state.turn(self.now, |_| false) {
            Turn::Go(name, _) => panic!("`{name}` may go"),
            Turn::Wait(until) => until.map(|until| until - self.now),
        }
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
    }

    /// GitLab's clock: ours since the start, cut to seconds, from a full minute on.
    fn date(&self) -> Timestamp {
        let since = (self.now - self.start).as_secs() as i64;
        Timestamp::from_second(1_795_176_000 + since).unwrap()
    }

    fn answer(&mut self, name: &str, remaining: Option<u64>, throttled: Option<Throttled>) {
        let date = self.date();
        let minute_ends = (date.as_second() / 60 + 1) * 60;
        let seen = remaining.map(|remaining| RateLimit {
            limit: Some(100),
            observed: Some(100 - remaining),
            remaining,
            reset: Some(minute_ends),
        });
        let (permit, endpoint) = self.given[name];
        self.state
            .answered(self.now, permit, endpoint, seen, Some(date), throttled);
        self.state.returned(permit, endpoint, true);
    }
}

#[tokio::test]
async fn one_goes_alone_until_the_first_answer() {
    let mut bench = Bench::new(10);
    bench.arrive_all(&["a", "b", "c"]);
    assert_eq!(bench.go(), ["a"]);
    bench.answer("a", None, None);
    assert_eq!(bench.go(), ["b", "c"]);
}

#[tokio::test]
async fn probe_without_an_answer_is_followed_by_another() {
    let mut bench = Bench::new(10);
    bench.arrive_all(&["a", "b", "c"]);
    bench.go();
    let (permit, endpoint) = bench.given["a"];
    bench.state.returned(permit, endpoint, false);
    assert_eq!(bench.go(), ["b"]);
}

#[tokio::test]
async fn urgent_goes_first_then_who_came_first() {
    let mut bench = Bench::open(10);
    bench.arrive("history", Priority::Backfill, Endpoint::GraphQl);
    bench.arrive("fresh graphql", Priority::Fresh, Endpoint::GraphQl);
    bench.arrive("fresh project", Priority::Fresh, Endpoint::Project);
    bench.arrive("fresh again", Priority::Fresh, Endpoint::GraphQl);
    bench.arrive("running", Priority::Running, Endpoint::GraphQl);
    assert_eq!(
        bench.go(),
        [
            "running",
            "fresh graphql",
            "fresh project",
            "fresh again",
            "history"
        ]
    );
}

#[tokio::test]
async fn no_more_than_concurrency_are_out() {
    let mut bench = Bench::open(2);
    bench.arrive_all(&["a", "b", "c"]);
    assert_eq!(bench.go(), ["a", "b"]);
    assert_eq!(bench.sleeps(), None);
    bench.answer("a", None, None);
    assert_eq!(bench.go(), ["c"]);
}

#[tokio::test]
async fn who_gave_up_is_passed_over() {
    let mut bench = Bench::open(1);
    bench.arrive_all(&["gone", "here"]);
    let Turn::Go(name, _) = bench.state.turn(bench.now, |name| *name == "gone") else {
        panic!("somebody may go");
    };
    assert_eq!(name, "here");
}

#[tokio::test]
async fn requests_under_way_count_against_what_is_left() {
    let mut bench = Bench::with_quota(10, 2);
    bench.arrive_all(&["a", "b", "c"]);
    assert_eq!(bench.go(), ["a", "b"]);
    bench.answer("a", Some(1), None);
    assert_eq!(bench.go(), Vec::<&str>::new());
    bench.answer("b", Some(0), None);
    assert_eq!(bench.go(), Vec::<&str>::new());
}

#[tokio::test]
async fn overtaken_answer_does_not_raise_what_is_left() {
    let mut bench = Bench::with_quota(3, 50);
    bench.arrive_all(&["a", "b"]);
    bench.go();
    bench.answer("b", Some(0), None);
    bench.answer("a", Some(1), None);
    bench.arrive_all(&["c"]);
    assert_eq!(bench.go(), Vec::<&str>::new());
}

#[tokio::test]
async fn used_up_window_is_waited_out_and_the_next_one_probed() {
    let mut bench = Bench::with_quota(10, 1);
    bench.wait(20 * SECOND);
    bench.arrive_all(&["a", "b", "c", "d"]);
    assert_eq!(bench.go(), ["a"]);
    bench.answer("a", Some(0), None);
    let sleep = bench.sleeps().unwrap();
    assert!(sleep >= 40 * SECOND && sleep < 41 * SECOND, "{sleep:?}");
    bench.wait(sleep);
    assert_eq!(bench.go(), ["b"]);
    bench.answer("b", Some(99), None);
    assert_eq!(bench.go(), ["c", "d"]);
}

#[tokio::test]
async fn probe_that_finds_the_next_window_empty_waits_again() {
    let mut bench = Bench::with_quota(10, 0);
    bench.arrive_all(&["a", "b"]);
    let sleep = bench.sleeps().unwrap();
    bench.wait(sleep);
    assert_eq!(bench.go(), ["a"]);
    bench.answer("a", Some(0), None);
    assert!(bench.sleeps().unwrap() > 58 * SECOND);
}

#[tokio::test]
async fn window_with_room_left_passes_without_a_stop() {
    let mut bench = Bench::with_quota(10, 90);
    bench.wait(61 * SECOND);
    bench.arrive_all(&["a", "b", "c"]);
    assert_eq!(bench.go(), ["a", "b", "c"]);
}

#[tokio::test]
async fn straggler_of_the_old_window_does_not_empty_the_new_one() {
    let mut bench = Bench::with_quota(10, 5);
    bench.arrive_all(&["old", "older"]);
    bench.go();
    bench.wait(61 * SECOND);
    bench.arrive_all(&["new"]);
    assert_eq!(bench.go(), ["new"]);
    bench.answer("new", Some(99), None);
    let (permit, endpoint) = bench.given["old"];
    let old = RateLimit {
        limit: Some(100),
        observed: Some(100),
        remaining: 0,
        reset: Some(1_795_176_060),
    };
    let date = Timestamp::from_second(1_795_176_059).unwrap();
    bench
        .state
        .answered(bench.now, permit, endpoint, Some(old), Some(date), None);
    bench.arrive_all(&["next"]);
    assert_eq!(bench.go(), ["next"]);
}

#[tokio::test]
async fn history_leaves_some_of_the_quota_to_the_urgent() {
    let mut bench = Bench::with_quota(10, 3);
    bench.arrive("history", Priority::Backfill, Endpoint::GraphQl);
    assert_eq!(bench.go(), Vec::<&str>::new());
    bench.arrive("running", Priority::Running, Endpoint::GraphQl);
    assert_eq!(bench.go(), ["running"]);
}

#[tokio::test]
async fn json_429_closes_one_endpoint_only() {
    let mut bench = Bench::open(10);
    bench.arrive("a", Priority::Fresh, Endpoint::Project);
    bench.go();
    bench.answer("a", None, Some(Throttled::Endpoint(None)));
    bench.arrive("b", Priority::Fresh, Endpoint::Project);
    bench.arrive("c", Priority::Fresh, Endpoint::Project);
    bench.arrive("d", Priority::Backfill, Endpoint::GraphQl);
    assert_eq!(bench.go(), ["d"]);
    assert_eq!(bench.sleeps(), Some(MINUTE));
    bench.wait(MINUTE);
    // One looks whether it is open again, the rest follow.
    assert_eq!(bench.go(), ["b"]);
    bench.answer("b", None, None);
    assert_eq!(bench.go(), ["c"]);
}

#[tokio::test]
async fn text_429_stops_everything_for_as_long_as_it_says() {
    let mut bench = Bench::open(10);
    bench.arrive_all(&["a", "b"]);
    bench.go();
    bench.answer("a", None, Some(Throttled::Everything(Some(7 * SECOND))));
    bench.arrive("c", Priority::Running, Endpoint::Project);
    bench.arrive("d", Priority::Fresh, Endpoint::GraphQl);
    assert_eq!(bench.sleeps(), Some(7 * SECOND));
    bench.wait(7 * SECOND);
    assert_eq!(bench.go(), ["c"]);
    bench.answer("c", None, None);
    assert_eq!(bench.go(), ["d"]);
}

#[tokio::test]
async fn request_without_an_answer_may_have_been_counted() {
    let mut bench = Bench::with_quota(10, 2);
    bench.arrive_all(&["a", "b", "c"]);
    bench.go();
    let (permit, endpoint) = bench.given["a"];
    bench.state.returned(permit, endpoint, false);
    assert_eq!(bench.go(), Vec::<&str>::new());
}

#[tokio::test]
async fn own_pace_holds_whoever_is_first() {
    let mut bench = Bench::with_pace(10, Some(2.0));
    bench.arrive_all(&["a", "b"]);
    bench.go();
    bench.answer("a", None, None);
    assert_eq!(bench.sleeps(), Some(SECOND / 2));
    bench.wait(SECOND / 2);
    assert_eq!(bench.go(), ["b"]);
}
