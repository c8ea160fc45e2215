//! Registration answers, and clocks that lie.

use proptest::prelude::*;

use super::*;

const S: i64 = 1_000_000;
const YEAR: i64 = 365 * 86_400 * S;

fn device() -> Device {
    Device {
        terminal_number: "13800001111".to_owned(),
        plate: "ZA·12345".to_owned(),
        protocol: Protocol::Jt808V2019,
        active: true,
    }
}

fn claim(plate: &str) -> Claim<'_> {
    Claim { plate, plate_known: true, protocol: Protocol::Jt808V2019 }
}

#[test]
fn registration_answers() {
    let known = device();
    let admission = |known, claim: &Claim<'_>| {
        let admission = admit(known, claim);
        (admission.result.code(), admission.refusal)
    };
    assert_eq!(admission(Some(&known), &claim("za12345")), (0, None), "written another way");
    assert_eq!(admission(None, &claim("ZA12345")), (4, Some(Refusal::UnknownTerminal)));
    assert_eq!(admission(Some(&known), &claim("ZA99999")), (3, Some(Refusal::WrongPlate)));
    assert_eq!(
        admission(Some(&known), &claim("")),
        (3, Some(Refusal::WrongPlate)),
        "no plate proves nothing"
    );
    let unknown = Claim { plate_known: false, ..claim("ZZ00000") };
    assert_eq!(admission(Some(&known), &unknown), (2, Some(Refusal::WrongPlate)));
    let suspended = Device { active: false, ..device() };
    assert_eq!(admission(Some(&suspended), &claim("ZA12345")), (4, Some(Refusal::Suspended)));
    let older = Claim { protocol: Protocol::Jt808V2013, ..claim("ZA12345") };
    assert!(admit(Some(&known), &older).protocol_differs, "admitted and shown");
    assert_eq!(RegisterResult::VehicleTaken.code(), 1);
}

#[test]
fn sign_on_needs_terminal_and_code() {
    assert_eq!(authenticate(Some(&device()), true), Ok(()));
    assert_eq!(authenticate(Some(&device()), false), Err(Refusal::WrongKey));
    assert_eq!(authenticate(None, true), Err(Refusal::UnknownTerminal));
    assert_eq!(authenticate(Some(&Device { active: false, ..device() }), true), Err(Refusal::Suspended));
}

fn feed(health: &mut Health, claimed_s: i64, received_s: i64) -> TimeVerdict {
    health.step(claimed_s * S, received_s * S, &Limits::default())
}

#[test]
fn a_sound_clock() {
    let mut health = Health::default();
    let base = 1_000_000_000;
    assert_eq!(feed(&mut health, base, base + 1), TimeVerdict::Use);
    assert_eq!(feed(&mut health, base + 10, base + 11), TimeVerdict::Use);
    assert_eq!(feed(&mut health, base + 10, base + 12), TimeVerdict::Duplicate);
    assert_eq!(feed(&mut health, base + 5, base + 13), TimeVerdict::Late);
    assert_eq!((health.positions, health.late, health.duplicates), (4, 1, 1));
    assert_eq!(health.last_at, Some((base + 10) * S));
    assert!(!health.clock_wrong);
}

#[test]
fn a_clock_a_year_off_shifts_no_track() {
    for year in [-YEAR, YEAR] {
        let mut health = Health::default();
        let base = 1_000_000_000 * S;
        health.step(base, base, &Limits::default());
        for frame in 1..50 {
            let at = base + frame * 10 * S;
            assert_eq!(health.step(at + year, at, &Limits::default()), TimeVerdict::ClockWrong);
        }
        assert_eq!(health.last_at, Some(base), "the track stays where it was");
        assert_eq!(health.quarantined, 49);
        assert_eq!(state(Some(&health), base + 500 * S, &Limits::default()), DeviceState::ClockWrong);
        let healed = base + 600 * S;
        assert_eq!(health.step(healed, healed + S, &Limits::default()), TimeVerdict::Use);
        assert_eq!(state(Some(&health), healed, &Limits::default()), DeviceState::Online);
    }
}

#[test]
fn a_backlog_after_a_dead_spot_is_no_wrong_clock() {
    let mut health = Health::default();
    let base = 1_000_000_000;
    feed(&mut health, base, base);
    for frame in 1..300 {
        // One position every ten seconds, all of them sent within ten minutes, an hour later.
        assert_eq!(
            feed(&mut health, base + frame * 10, base + 3_600 + frame * 2),
            TimeVerdict::Use,
            "{frame}"
        );
    }
    assert!(!health.clock_wrong);
}

#[test]
fn a_clock_that_is_an_hour_behind_is_found_by_its_pace() {
    let mut health = Health::default();
    let base = 1_000_000_000;
    let verdicts: Vec<_> = (0..10).map(|f| feed(&mut health, base + f * 30 - 3_600, base + f * 30)).collect();
    assert_eq!(verdicts.iter().filter(|v| **v == TimeVerdict::ClockWrong).count(), 7, "{verdicts:?}");
    assert_eq!(health.clock_offset_s, Some(-3_600));
}

#[test]
fn a_wrong_clock_is_found_however_fast_the_terminal_reports() {
    let mut health = Health::default();
    let base = 1_000_000_000;
    let verdicts: Vec<_> = (0..60).map(|f| feed(&mut health, base + f - 3_600, base + f)).collect();
    assert!(verdicts.iter().skip(20).all(|v| *v == TimeVerdict::ClockWrong), "{verdicts:?}");
}

#[test]
fn states_by_age() {
    let limits = Limits::default();
    assert_eq!(state(None, 0, &limits), DeviceState::Never);
    let mut health = Health::default();
    health.step(0, 0, &limits);
    for (age, expected) in [
        (300, DeviceState::Online),
        (301, DeviceState::Silent),
        (1_800, DeviceState::Silent),
        (1_801, DeviceState::Offline),
    ] {
        assert_eq!(state(Some(&health), age * S, &limits), expected, "{age}");
    }
}

proptest! {
    /// Whatever a terminal claims: nothing from the future enters the track, the track's end never goes back, and
    /// the counters add up.
    #[test]
    fn no_claim_bends_the_track(frames in proptest::collection::vec((any::<i64>(), 0_i64..100), 0..50)) {
        let limits = Limits::default();
        let mut health = Health::default();
        let mut received = 1_000_000_000 * S;
        let mut used = 0;
        for (wild, step) in frames {
            received += step * S;
            let claimed = if wild % 3 == 0 { wild } else { received + wild % (600 * S) };
            let before = health.last_at;
            let verdict = health.step(claimed, received, &limits);
            if verdict == TimeVerdict::Use {
                used += 1;
                prop_assert!(claimed <= received + (limits.clock_s + 1) * S);
                prop_assert!(before.is_none_or(|before| claimed > before));
            } else {
                prop_assert_eq!(health.last_at, before);
            }
        }
        prop_assert_eq!(health.positions, used + health.late + health.duplicates + health.quarantined);
        let stored = serde_json::to_string(&health).unwrap();
        prop_assert_eq!(serde_json::from_str::<Health>(&stored).unwrap(), health);
    }
}
