//! Tests of the blocks: every fix comes back as it was, in the space promised, from blocks and from memory.

use proptest::prelude::*;

use super::column::Encoder;
use super::fix::Buffer;
use super::*;
use crate::disk::{Fault, SimDisk};
use crate::sample;

const START: i64 = 1_795_478_400_000_000;
const DAY: i64 = 86_400_000_000;

fn open(disk: &SimDisk, config: BlockConfig) -> BlockStore {
    BlockStore::open(Arc::new(disk.clone()), "/blocks", config).unwrap()
}

fn all(store: &BlockStore, device: u64) -> Vec<Fix> {
    let track = store.read(device, i64::MIN, i64::MAX, usize::MAX).unwrap();
    assert_eq!(track.damaged, 0);
    track.fixes
}

fn round_trip(fixes: &[Fix]) -> usize {
    let mut buffer = Buffer::default();
    fixes.iter().for_each(|f| buffer.push(f));
    let (info, bytes) = block::encode(&mut Encoder::default(), &buffer, 5, 70, 60).unwrap();
    let header = block::Header::decode(&bytes, 70).unwrap();
    assert_eq!((header.info, header.synced, header.end()), (info, 60, 70 + bytes.len() as u64));
    assert!(block::Header::decode(&bytes, 71).is_none());
    let body = &bytes[block::HEADER..];
    assert!(header.holds(body));
    assert_eq!(block::decode(&info, body).unwrap(), fixes);
    bytes.len()
}

fn any_fix() -> impl Strategy<Value = Fix> {
    let extras = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..40),
        Just(Vec::new()),
        (any::<u32>(), any::<u8>()).prop_map(|(m, s)| {
            let mut tlv = vec![1, 4];
            tlv.extend_from_slice(&m.to_be_bytes());
            tlv.extend_from_slice(&[0x30, 1, s, 0xfe, 0]);
            tlv
        }),
        // An item twice, and one longer than eight bytes.
        any::<[u8; 11]>().prop_map(|v| [&[9, 1, v[0], 9, 1, v[1], 0xe0, 11][..], &v].concat()),
    ];
    let time = prop_oneof![any::<i64>(), (0..DAY / 1_000_000).prop_map(|s| START + s * 1_000_000)];
    let numbers = (any::<i32>(), any::<i32>(), any::<i16>(), any::<u16>(), any::<u16>());
    (time.clone(), time, numbers, any::<u32>(), any::<u32>(), extras, any::<u64>()).prop_map(
        |(at, received_at, n, alarm, status, extras, offset)| Fix {
            at,
            received_at,
            lat_e6: n.0,
            lon_e6: n.1,
            altitude_m: n.2,
            speed_dkmh: n.3,
            heading_deg: n.4,
            alarm,
            status,
            extras,
            offset,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_fixes_come_back(fixes in proptest::collection::vec(any_fix(), 1..90)) {
        round_trip(&fixes);
    }

    #[test]
    fn rubbish_is_no_block_and_no_panic(
        body in proptest::collection::vec(any::<u8>(), 0..400),
        count in 1..200_u32,
    ) {
        let info = BlockInfo {
            device: 1, count, at: (0, 0), offsets: (0, 0), lat_e6: (0, 0), lon_e6: (0, 0),
            position: 0, size: (block::HEADER + body.len()) as u32,
        };
        if let Some(fixes) = block::decode(&info, &body) {
            prop_assert_eq!(fixes.len(), count as usize);
        }
    }

    /// Through the store: arbitrary times and devices, small blocks, reopened in between.
    #[test]
    fn any_fixes_are_stored_once(
        fixes in proptest::collection::vec((0..3_u64, any_fix()), 1..60),
        block_fixes in 1..9_usize,
        reopen_at in 0..60_usize,
    ) {
        let disk = SimDisk::new();
        let config = BlockConfig { block_fixes, open_files: 2, ..BlockConfig::default() };
        let mut store = open(&disk, config.clone());
        let mut needed = 0;
        let mut expected: Vec<Vec<Fix>> = vec![Vec::new(); 3];
        let mut pushed: Vec<(u64, Fix)> = Vec::new();
        for (i, (device, mut fix)) in fixes.into_iter().enumerate() {
            // Two records in three bring one fix.
            fix.offset = (i - i / 3) as u64;
            store.push(device, &fix).unwrap();
            expected[device as usize].push(fix.clone());
            pushed.push((device, fix));
            // Never between the fixes of a record.
            if i == reopen_at && i % 3 != 2 {
                needed = store.tick(START + DAY / 2, (i - i / 3 + 1) as u64).unwrap();
                drop(store);
                store = open(&disk, config.clone());
                for (device, fix) in pushed.iter().filter(|p| p.1.offset >= needed) {
                    store.push(*device, fix).unwrap();
                }
            }
        }
        prop_assert!(needed <= reopen_at as u64 + 1);
        for (device, mut fixes) in expected.into_iter().enumerate() {
            fixes.sort_by_key(|f| (f.at, f.offset));
            // A read's end is exclusive.
            fixes.retain(|f| f.at < i64::MAX);
            prop_assert_eq!(all(&store, device as u64), fixes);
        }
    }
}

#[test]
fn a_realistic_day_takes_less_than_ten_bytes_a_fix() {
    for (interval, limit) in [(15, 10), (5, 10)] {
        let disk = SimDisk::new();
        let store = open(&disk, BlockConfig { max_wait: i64::MAX, ..BlockConfig::default() });
        let mut count = 0;
        for device in 0..3 {
            // One truck after the other; offsets must not go back.
            for mut fix in sample::truck_day(device, START, interval) {
                fix.offset += device * 100_000_000;
                assert!(store.push(device, &fix).unwrap());
                count += 1;
            }
        }
        store.flush(Offset::MAX).unwrap();
        let bytes: usize = disk
            .list(std::path::Path::new("/blocks"))
            .unwrap()
            .iter()
            .map(|n| disk.bytes(&std::path::Path::new("/blocks").join(n)).unwrap().len())
            .sum();
        assert!(bytes <= limit * count, "{bytes} bytes for {count} fixes");
        let mut day = sample::truck_day(0, START, interval);
        day.sort_by_key(|f| f.at);
        assert_eq!(all(&store, 0), day);
    }
}

#[test]
fn reading_merges_memory_and_blocks_and_finds_late_and_impossible_times() {
    let disk = SimDisk::new();
    let store = open(&disk, BlockConfig { block_fixes: 4, ..BlockConfig::default() });
    let fix = |at: i64, received_at: i64, offset| Fix { at, received_at, offset, ..Fix::default() };
    let now = START + DAY / 2;
    let late = fix(now - 3 * DAY, now, 20);
    let old = fix(0, now, 21);
    let future = fix(now + 900 * DAY, now, 22);
    for n in 0..19 {
        store.push(1, &fix(now + n * 1_000_000, now + n * 1_000_000, n as u64)).unwrap();
    }
    for stray in [&late, &old, &future] {
        store.push(1, stray).unwrap();
    }
    for flushed in [false, true] {
        let read = |from, to, max| store.read(1, from, to, max).unwrap();
        assert_eq!(read(now, now + DAY, 100).fixes.len(), 19);
        let some = read(now + 1, now + DAY, 5);
        let times: Vec<i64> = some.fixes.iter().map(|f| (f.at - now) / 1_000_000).collect();
        assert_eq!((times, some.more), (vec![1, 2, 3, 4, 5], true));
        assert_eq!(read(now - 4 * DAY, now, 100).fixes, std::slice::from_ref(&late));
        assert_eq!(read(-5, 5, 100).fixes, std::slice::from_ref(&old));
        assert_eq!(read(now + DAY, i64::MAX, 100).fixes, std::slice::from_ref(&future));
        assert_eq!(read(i64::MIN, i64::MAX, 100).fixes.len(), 22);
        assert_eq!(read(5, 5, 100), Track::default());
        assert_eq!(store.read(2, i64::MIN, i64::MAX, 9).unwrap(), Track::default());
        assert_eq!(store.devices_in(Day::of(now)).unwrap(), [1]);
        assert_eq!(store.devices_in(Day::of(now - 3 * DAY)).unwrap(), [1]);
        assert_eq!(store.stats().waiting, if flushed { 0 } else { 6 });
        assert_eq!(store.flush(23).unwrap(), 23);
    }
    assert_eq!(store.blocks_in(Day::of(now)).unwrap().len(), 6);
    assert!(store.drop_day(Day::of(now)).unwrap());
    assert!(!store.drop_day(Day::of(now)).unwrap());
    assert_eq!(all(&store, 1), [late]);
    assert_eq!(store.days(), [Day::of(now - 3 * DAY)]);
}

#[test]
fn a_tick_writes_what_has_waited_and_tells_what_the_log_must_keep() {
    let disk = SimDisk::new();
    let config = BlockConfig { max_wait: 600_000_000, ..BlockConfig::default() };
    let store = open(&disk, config.clone());
    let fix = |s: i64, offset| Fix { at: START + s, received_at: START + s, offset, ..Fix::default() };
    store.push(1, &fix(0, 10)).unwrap();
    store.push(2, &fix(300_000_000, 11)).unwrap();
    store.push(1, &fix(400_000_000, 12)).unwrap();
    assert_eq!(store.tick(START + 599_999_999, 13).unwrap(), 10);
    assert_eq!(store.tick(START + 600_000_000, 13).unwrap(), 11);
    assert_eq!(store.tick(START + 900_000_000, 13).unwrap(), 13);
    assert!(matches!(store.push(1, &fix(0, 9)), Err(BlockError::Order { offset: 9, last: 12 })));
    drop(store);
    // A replay stores nothing twice.
    let store = open(&disk, config);
    assert!(!store.push(1, &fix(0, 10)).unwrap());
    assert!(!store.push(2, &fix(300_000_000, 11)).unwrap());
    assert!(!store.push(1, &fix(400_000_000, 12)).unwrap());
    assert!(store.push(1, &fix(500_000_000, 13)).unwrap());
    assert_eq!((all(&store, 1).len(), all(&store, 2).len()), (3, 1));
}

#[test]
fn memory_is_bounded_and_records_stay_whole() {
    let disk = SimDisk::new();
    let config = BlockConfig { buffer_bytes: 20_000, block_fixes: 10, ..BlockConfig::default() };
    let store = open(&disk, config.clone());
    let mut pushed = Vec::new();
    for record in 0..400_u64 {
        // Every seventh record brings thirty fixes, more than a block.
        for part in 0..if record % 7 == 0 { 30 } else { 1 } {
            let at = START + (record * 100 + part) as i64;
            let fix = Fix { at, received_at: START, offset: record, extras: vec![7; 9], ..Fix::default() };
            assert!(store.push(record % 50, &fix).unwrap());
            pushed.push((record % 50, fix));
        }
        assert!(store.stats().waiting_bytes < 40_000, "{}", store.stats().waiting_bytes);
    }
    let needed = store.tick(START, 400).unwrap();
    drop(store);
    let store = open(&disk, config);
    pushed.iter().filter(|p| p.1.offset >= needed).for_each(|(device, fix)| {
        store.push(*device, fix).unwrap();
    });
    for device in 0..50 {
        let expected: Vec<_> = pushed.iter().filter(|p| p.0 == device).map(|p| p.1.clone()).collect();
        assert_eq!(all(&store, device), expected);
    }
}

#[test]
fn a_tail_cut_at_any_byte_loses_the_last_flush_only() {
    let disk = SimDisk::new();
    let store = open(&disk, BlockConfig::default());
    let fix = |offset| Fix { at: START + offset as i64, received_at: START, offset, ..Fix::default() };
    let path = std::path::Path::new("/blocks").join(Key::of(&fix(0)).name());
    (0..5).for_each(|o| assert!(store.push(1, &fix(o)).unwrap()));
    store.flush(5).unwrap();
    let kept = disk.bytes(&path).unwrap().len();
    (5..9).for_each(|o| assert!(store.push(1, &fix(o)).unwrap()));
    store.flush(9).unwrap();
    drop(store);
    let whole = disk.bytes(&path).unwrap();
    for cut in kept..whole.len() {
        for fill in [None, Some(0), Some(0xa5)] {
            let mut bytes = whole[..cut].to_vec();
            bytes.resize(fill.map_or(cut, |_| whole.len()), fill.unwrap_or(0));
            if bytes == whole {
                continue;
            }
            let file = disk.open(&path).unwrap();
            file.truncate(0).unwrap();
            file.write_at(0, &bytes).unwrap();
            let store = open(&disk, BlockConfig::default());
            assert_eq!(all(&store, 1).len(), 5, "cut at {cut}");
            (0..9).for_each(|o| assert_eq!(store.push(1, &fix(o)).unwrap(), o >= 5));
            store.flush(9).unwrap();
            assert_eq!(all(&store, 1).len(), 9);
        }
    }
}

#[test]
fn a_damaged_block_is_reported_and_the_others_are_read() {
    let disk = SimDisk::new();
    let store = open(&disk, BlockConfig { block_fixes: 5, ..BlockConfig::default() });
    let fix = |offset| Fix { at: START + offset as i64, received_at: START, offset, ..Fix::default() };
    let path = std::path::Path::new("/blocks").join(Key::of(&fix(0)).name());
    for o in 0..20 {
        store.push(1, &fix(o)).unwrap();
        store.tick(START, o + 1).unwrap();
    }
    store.flush(20).unwrap();
    let blocks = store.blocks_in(Day::of(START)).unwrap();
    drop(store);
    for (at, in_header) in [(blocks[1].position + 30, true), (blocks[1].position + 95, false)] {
        let file = disk.open(&path).unwrap();
        let mut byte = [0];
        file.read_at(at, &mut byte).unwrap();
        file.write_at(at, &[byte[0] ^ 4]).unwrap();
        let store = open(&disk, BlockConfig::default());
        let track = store.read(1, i64::MIN, i64::MAX, 100).unwrap();
        // A block without a header is in no index; it was reported when the file was opened.
        assert_eq!((track.fixes.len(), track.damaged), (15, u32::from(!in_header)));
        assert_eq!(store.stats().damaged, u64::from(in_header));
        file.write_at(at, &byte).unwrap();
    }
}

#[test]
fn after_a_failed_write_or_sync_nothing_may_be_retired() {
    for fault in [Fault::Write, Fault::Sync, Fault::SyncDir] {
        let disk = SimDisk::new();
        let store = open(&disk, BlockConfig::default());
        let fix = |offset| Fix { at: START, received_at: START, offset, ..Fix::default() };
        store.push(1, &fix(0)).unwrap();
        disk.fail(fault, 0, std::io::ErrorKind::StorageFull);
        assert!(matches!(store.flush(1), Err(BlockError::Poisoned { .. })), "{fault:?}");
        assert!(matches!(store.tick(START, 1), Err(BlockError::Poisoned { .. })));
        assert!(matches!(store.push(1, &fix(1)), Err(BlockError::Poisoned { .. })));
        assert!(store.read(1, 0, i64::MAX, 9).is_ok());
        drop(store);
        // Opened again, it takes the replay, and then a power cut loses nothing.
        let store = open(&disk, BlockConfig::default());
        (0..2).for_each(|o| assert!(store.push(1, &fix(o)).is_ok()));
        assert_eq!(store.flush(2).unwrap(), 2);
        for seed in 0..20 {
            let store = open(&disk.power_cut(seed), BlockConfig::default());
            assert_eq!(all(&store, 1).len(), 2, "{fault:?}");
        }
    }
}
