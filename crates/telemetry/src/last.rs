//! The last value of each device, in memory. It is rebuilt from a snapshot and the log, so it must hold nothing
//! that these do not.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::log::Offset;

/// A device's last value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last<T> {
    /// The time of the value by the device's clock, UTC microseconds.
    pub at: i64,
    /// The value.
    pub value: T,
}

/// The last values of all devices, by the caller's key of the device.
#[derive(Clone, Debug)]
pub struct LastValues<T> {
    devices: HashMap<u64, Last<T>>,
}

/// All last values at a place of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot<T> {
    /// Records before this offset are in the values.
    pub offset: Offset,
    /// Values by device, in ascending order of the key.
    pub devices: Vec<(u64, Last<T>)>,
}

impl<T> Default for LastValues<T> {
    fn default() -> Self {
        Self { devices: HashMap::new() }
    }
}

impl<T> LastValues<T> {
    /// No values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the value if it is newer by `at` than the one there is, and returns whether it is. A value with the
    /// same time is not newer, so a replay changes nothing. A time in the future would keep all true ones out:
    /// the caller must not hand over times that cannot be right.
    pub fn update(&mut self, device: u64, at: i64, value: T) -> bool {
        match self.devices.get_mut(&device) {
            Some(last) if last.at >= at => false,
            Some(last) => {
                *last = Last { at, value };
                true
            }
            None => {
                self.devices.insert(device, Last { at, value });
                true
            }
        }
    }

    /// The device's last value.
    pub fn get(&self, device: u64) -> Option<&Last<T>> {
        self.devices.get(&device)
    }

    /// Forgets a device, as when it leaves the fleet.
    pub fn remove(&mut self, device: u64) -> Option<Last<T>> {
        self.devices.remove(&device)
    }

    /// All devices, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Last<T>)> {
        self.devices.iter().map(|(device, last)| (*device, last))
    }

    /// Number of devices.
    pub fn len(&self) -> usize {
        self.devices.len()
    }

    /// True without devices.
    pub fn is_empty(&self) -> bool {
        self.devices.is_empty()
    }
}

impl<T: Clone> LastValues<T> {
    /// All values, which contain the records before the offset.
    pub fn snapshot(&self, offset: Offset) -> Snapshot<T> {
        let mut devices: Vec<_> = self.devices.iter().map(|(device, last)| (*device, last.clone())).collect();
        devices.sort_unstable_by_key(|d| d.0);
        Snapshot { offset, devices }
    }

    /// The values of a snapshot; the log is to be read from its offset on.
    pub fn restore(snapshot: Snapshot<T>) -> Self {
        Self { devices: snapshot.devices.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_newer_values_are_taken() {
        let mut values = LastValues::new();
        assert!(values.update(7, 100, "a"));
        assert!(!values.update(7, 100, "b"));
        assert!(!values.update(7, 99, "c"));
        assert!(values.update(7, 101, "d"));
        assert!(values.update(8, i64::MIN, "e"));
        assert_eq!(values.get(7), Some(&Last { at: 101, value: "d" }));
        assert_eq!((values.len(), values.is_empty(), values.iter().count()), (2, false, 2));
        assert_eq!(values.remove(8).map(|l| l.value), Some("e"));
        assert_eq!(values.get(8), None);
    }

    #[test]
    fn a_snapshot_comes_back_and_a_replay_changes_nothing() {
        let mut values = LastValues::new();
        for device in 0..50_u64 {
            values.update(device, device as i64, device * 3);
        }
        let snapshot = values.snapshot(1_234);
        let text = serde_json::to_string(&snapshot).unwrap();
        let back: Snapshot<u64> = serde_json::from_str(&text).unwrap();
        assert_eq!(back, snapshot);
        let mut restored = LastValues::restore(back);
        for device in 0..50_u64 {
            assert!(!restored.update(device, device as i64, 0));
        }
        assert_eq!(restored.snapshot(1_234), snapshot);
    }
}
