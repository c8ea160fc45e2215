use proptest::prelude::*;

use super::*;
use crate::point::tests::p;

const S: i64 = 1_000_000;

fn home() -> Point {
    p(31.9, 120.2)
}

/// A fix at this second, so many metres east of home, with this speed in km/h.
fn fix(second: i64, east_m: f64, kmh: u16) -> Fix {
    Fix { at: second * S, point: home().destination(90.0, east_m), speed_dkmh: kmh * 10, ignition: None }
}

fn run(track: &mut Track, fixes: &[Fix]) -> Vec<TrackEvent> {
    fixes.iter().flat_map(|f| track.step(*f, &Settings::default())).collect()
}

/// Stands at a place from one second to another, dancing by some metres.
fn stand(from: i64, to: i64, east_m: f64) -> Vec<Fix> {
    let dance = [0.0, 8.0, -6.0, 11.0, -9.0, 3.0];
    (from..=to).step_by(10).map(|t| fix(t, east_m + dance[(t / 10 % 6) as usize], 0)).collect()
}

/// Drives east at 60 km/h, a fix every 6 s = 100 m.
fn drive(from: i64, from_m: f64, hundreds: i64) -> Vec<Fix> {
    (1..=hundreds).map(|i| fix(from + 6 * i, from_m + 100.0 * i as f64, 60)).collect()
}

/// Stands 10 min, drives 3 km in 3 min, stands 20 min.
fn errand() -> Vec<Fix> {
    [stand(0, 600, 0.0), drive(600, 0.0, 30), stand(790, 2000, 3000.0)].concat()
}

fn near(a: Point, b: Point, metres: f64) -> bool {
    a.distance_m(b) <= metres
}

#[test]
fn an_errand_by_hand() {
    let mut track = Track::new();
    let events = run(&mut track, &errand());
    let [
        TrackEvent::StopStarted { at: 0, point: first },
        TrackEvent::StopEnded { at: left, since: 0, duration_us, .. },
        TrackEvent::TripStarted { at: started, from },
        TrackEvent::StopStarted { at: arrived, point: there },
        TrackEvent::TripEnded { at: ended, started_at, from: again, to, distance_m },
    ] = events[..]
    else {
        panic!("{events:#?}");
    };
    assert!(near(first, home(), 10.0) && near(from, home(), 10.0));
    // The first fix 100 m away is at 606 s; at 30 km/h that takes 12 s, but at 600 s it was still there.
    assert_eq!((left, started, started_at, duration_us), (600 * S, 600 * S, 600 * S, 600 * S));
    assert_eq!((arrived, ended), (780 * S, 780 * S));
    assert!(near(there, fix(0, 3000.0, 0).point, 15.0) && near(to, there, 15.0));
    assert_eq!(again, from);
    assert!((2985..=3015).contains(&distance_m), "{distance_m}");
    assert_eq!(track.distance_m(), distance_m);
    assert_eq!(track.current_stop().unwrap().since, 780 * S);
    assert_eq!(track.current_stop().unwrap().duration_us(2000 * S), 1220 * S);
    assert_eq!(track.silent_for(2100 * S), Some(100 * S));
    assert_eq!(track.silent_for(0), Some(0));
    assert_eq!((track.trip_start(), track.trip_distance_m()), (None, None));
    assert_eq!(Track::new().silent_for(5), None);
}

#[test]
fn a_day_in_segments() {
    let mut fixes = errand();
    fixes.extend(drive(2000, 3000.0, 10));
    let day = summarise(&fixes, &Settings::default());
    let kinds: Vec<_> = day.iter().map(|s| (s.kind, s.open)).collect();
    use SegmentKind::{Stop, Trip};
    assert_eq!(kinds, [(Stop, false), (Trip, false), (Stop, false), (Trip, true)]);
    assert_eq!(day[3].to_at, 2060 * S);
    assert!((985..=1015).contains(&day[3].distance_m));
    assert!(day.windows(2).all(|w| w[0].to_at == w[1].from_at), "{day:#?}");
    assert!(summarise(&[], &Settings::default()).is_empty());
}

#[test]
fn a_short_stop_stays_within_the_trip() {
    let mut track = Track::new();
    let fixes = [
        stand(0, 300, 0.0),
        drive(300, 0.0, 10),
        stand(370, 770, 1000.0),
        drive(770, 1000.0, 10),
        stand(840, 1840, 2000.0),
    ]
    .concat();
    let events = run(&mut track, &fixes);
    let trips = events.iter().filter(|e| matches!(e, TrackEvent::TripStarted { .. })).count();
    let stops = events.iter().filter(|e| matches!(e, TrackEvent::StopStarted { .. })).count();
    assert_eq!((trips, stops), (1, 3));
    let Some(TrackEvent::TripEnded { distance_m, .. }) = events.last() else { panic!("{events:?}") };
    assert!((1980..=2030).contains(distance_m), "{distance_m}");
}

#[test]
fn shunting_in_the_yard_is_no_trip() {
    let mut track = Track::new();
    let fixes = [stand(0, 300, 0.0), vec![fix(310, 130.0, 15)], stand(320, 700, 150.0)].concat();
    let events = run(&mut track, &fixes);
    assert!(!events.iter().any(|e| matches!(e, TrackEvent::TripStarted { .. })), "{events:?}");
    assert_eq!(events.len(), 3, "a stop, its end, a stop: {events:?}");
}

#[test]
fn a_day_of_dancing_adds_no_distance() {
    let mut track = Track::new();
    // One outlier of 150 m at rest is dance, too; so is a drift of 100 m with the engine off.
    let mut fixes = stand(0, 40_000, 0.0);
    fixes.insert(2000, fix(20_000 - 5, 150.0, 0));
    fixes.extend((1..5).map(|i| Fix { ignition: Some(false), ..fix(40_000 + 10 * i, 100.0, 0) }));
    let events = run(&mut track, &fixes);
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(track.distance_m(), 0);
}

#[test]
fn a_leap_is_set_aside_until_confirmed() {
    let mut track = Track::new();
    run(&mut track, &drive(0, 0.0, 10));
    let before = track.distance_m();
    // 50 km in 10 s, and back: one event, nothing believed.
    let leap = run(&mut track, &[fix(70, 50_000.0, 60)]);
    assert!(matches!(leap[..], [TrackEvent::Jump { .. }]));
    assert_eq!(track.last().unwrap().at, 60 * S);
    assert_eq!(track.silent_for(70 * S), Some(0));
    assert!(run(&mut track, &[fix(76, 1200.0, 60)]).is_empty());
    // A second fix at the new place is believed; the leap itself is no distance.
    assert_eq!(run(&mut track, &[fix(80, 50_000.0, 60)]).len(), 1);
    assert!(run(&mut track, &[fix(86, 50_100.0, 60)]).is_empty());
    assert_eq!(track.last().unwrap().at, 86 * S);
    assert!((before + 280..=before + 320).contains(&track.distance_m()), "{}", track.distance_m());
    // Two leaps that contradict each other stay unbelieved.
    let wild = run(&mut track, &[fix(90, 0.0, 0), fix(100, 30_000.0, 0)]);
    assert_eq!(wild.len(), 2);
    assert_eq!(track.last().unwrap().at, 86 * S);
}

#[test]
fn a_leap_while_parked_is_no_trip() {
    let mut track = Track::new();
    let mut fixes = stand(0, 2000, 0.0);
    fixes.extend(stand(2010, 4000, 90_000.0));
    let events = run(&mut track, &fixes);
    use TrackEvent as E;
    assert!(
        matches!(
            events[..],
            [E::StopStarted { .. }, E::Jump { .. }, E::StopEnded { .. }, E::StopStarted { .. }]
        ),
        "{events:#?}"
    );
    assert_eq!(track.distance_m(), 0);
}

#[test]
fn old_and_double_fixes_are_not_used() {
    let mut track = Track::new();
    run(&mut track, &[fix(0, 0.0, 0), fix(10, 0.0, 0)]);
    let state = track;
    assert_eq!(run(&mut track, &[fix(10, 900.0, 0)]), [TrackEvent::Late { at: 10 * S, newest: 10 * S }]);
    assert_eq!(run(&mut track, &[fix(5, 900.0, 0)]), [TrackEvent::Late { at: 5 * S, newest: 10 * S }]);
    assert_eq!(track, state);
}

#[test]
fn a_night_without_signal_is_a_stop_when_it_ends_where_it_began() {
    let mut track = Track::new();
    let mut fixes = drive(0, 0.0, 10);
    fixes.push(fix(36_000, 1010.0, 0));
    let events = run(&mut track, &fixes);
    let [
        TrackEvent::TripStarted { .. },
        TrackEvent::StopStarted { at, .. },
        TrackEvent::TripEnded { distance_m, .. },
    ] = events[..]
    else {
        panic!("{events:#?}");
    };
    assert_eq!(at, 60 * S);
    assert!((890..=1010).contains(&distance_m), "{distance_m}");
}

#[test]
fn events_in_json() {
    let event = TrackEvent::Late { at: 1, newest: 2 };
    assert_eq!(serde_json::to_string(&event).unwrap(), r#"{"kind":"late","at":1,"newest":2}"#);
}

prop_compose! {
    /// A vehicle that stands, dances, creeps, drives and leaps.
    fn any_track()(legs in prop::collection::vec(
        (0..6u8, 1..40usize, -1.0..1.0f64, 0.0..360.0f64, 1..120i64, any::<bool>()), 1..12
    )) -> Vec<Fix> {
        let (mut at, mut point) = (0i64, home());
        let mut out = Vec::new();
        for (kind, count, wobble, bearing, pause, on) in legs {
            for i in 0..count {
                at += pause * S;
                let (step, speed) = match kind {
                    0 => (0.0, 0),
                    1 => (25.0 * wobble, 3),
                    2 => (1.5 * pause as f64, 54),
                    3 => (15.0 * pause as f64, 540),
                    4 => (90.0 * wobble, 0),
                    _ => if i == 0 { (40_000.0, 0) } else { (0.0, 0) },
                };
                let turn = if kind == 4 && i % 2 == 1 { 180.0 } else { 0.0 };
                point = point.destination(bearing + turn, step);
                out.push(Fix { at, point, speed_dkmh: speed, ignition: on.then_some(kind > 1) });
            }
            if kind == 5 {
                // Something late, too.
                out.push(Fix { at: at - pause * S, point, speed_dkmh: 0, ignition: None });
            }
        }
        out
    }
}

prop_compose! {
    fn any_settings()(
        max_speed_kmh in 0..300u32, stop_radius_m in 0..300u32, stop_after_s in 0..600u32,
        trip_start_m in 0..1000u32, trip_end_after_s in 0..1200u32, min_leg_m in 0..50u32, usual in any::<bool>(),
    ) -> Settings {
        let any = Settings { max_speed_kmh, stop_radius_m, stop_after_s, trip_start_m, trip_end_after_s, min_leg_m };
        if usual { Settings::default() } else { any }
    }
}

proptest! {
    #[test]
    fn events_alternate_in_order(fixes in any_track(), settings in any_settings()) {
        let (mut on_trip, mut stopped, mut last) = (false, false, i64::MIN);
        let mut track = Track::new();
        for fix in fixes {
            let before = track.distance_m();
            for event in track.step(fix, &settings) {
                match event {
                    TrackEvent::TripStarted { .. } => { prop_assert!(!on_trip && !stopped); on_trip = true; }
                    TrackEvent::TripEnded { started_at, at, .. } => {
                        prop_assert!(on_trip && stopped && started_at <= at);
                        on_trip = false;
                    }
                    TrackEvent::StopStarted { .. } => { prop_assert!(!stopped); stopped = true; }
                    TrackEvent::StopEnded { at, since, duration_us, .. } => {
                        prop_assert!(stopped);
                        prop_assert_eq!(at - since, duration_us);
                        prop_assert!(duration_us >= i64::from(settings.stop_after_s) * S);
                        stopped = false;
                    }
                    TrackEvent::Jump { .. } | TrackEvent::Late { .. } => continue,
                }
                prop_assert!(event.at() >= last && event.at() <= fix.at, "{event:?}");
                last = event.at();
            }
            prop_assert_eq!(track.current_stop().is_some(), stopped);
            prop_assert_eq!(track.trip_start().is_some(), on_trip);
            prop_assert!(track.distance_m() >= before);
        }
    }

    #[test]
    fn state_survives_a_break(fixes in any_track(), broken in 0..200usize) {
        let at = broken.min(fixes.len());
        let mut whole = Track::new();
        let all = run(&mut whole, &fixes);
        let mut first = Track::new();
        let mut parts = run(&mut first, &fixes[..at]);
        let mut second: Track = serde_json::from_str(&serde_json::to_string(&first).unwrap()).unwrap();
        parts.extend(run(&mut second, &fixes[at..]));
        prop_assert_eq!(parts, all);
        prop_assert_eq!(second, whole);
    }

    #[test]
    fn distance_is_never_more_than_all_moves(fixes in any_track()) {
        let mut track = Track::new();
        run(&mut track, &fixes);
        let moves: f64 = fixes.windows(2).map(|w| w[0].point.distance_m(w[1].point)).sum();
        prop_assert!(track.distance_m() as f64 <= moves * 1.01 + 100.0);
        let segments = summarise(&fixes, &Settings::default());
        prop_assert!(segments.iter().all(|s| s.from_at <= s.to_at));
        let stops: Vec<_> = segments.iter().filter(|s| s.kind == SegmentKind::Stop).collect();
        prop_assert!(stops.windows(2).all(|w| w[0].to_at <= w[1].from_at));
    }

    #[test]
    fn no_fix_makes_it_panic(
        fixes in prop::collection::vec((any::<i64>(), crate::point::tests::any_point(), any::<u16>()), 0..20)
    ) {
        let mut track = Track::new();
        for (at, point, speed_dkmh) in fixes {
            track.step(Fix { at, point, speed_dkmh, ignition: None }, &Settings::default());
        }
        let _ = (track.silent_for(i64::MAX), track.current_stop());
    }
}
