//! Strings that try to be markup, to stall the layout or to blow the stack; speed and memory.

use std::time::Instant;

use super::samples::{NASTY, draft, label, manifest, nasty_manifest};
use super::{CREATED, keep, page_text, texts};
use crate::pdf::{LabelSize, ManifestData, container_label, manifest as make};

#[test]
fn markup_stays_text() {
    let mut data = draft();
    data.consignor.name = NASTY[0].to_owned();
    let document = crate::pdf::manifest::layout(&data, &texts("zh").manifest).expect("manifest");
    let squeeze = |s: &str| s.chars().filter(|c| !c.is_whitespace() && *c != '\u{200B}').collect::<String>();
    assert!(squeeze(&page_text(&document, 0)).contains(&squeeze(NASTY[0])));
}

#[test]
fn hostile_manifests_are_made() {
    for seed in 0..NASTY.len() {
        for lang in ["zh", "en"] {
            let pdf = make(&nasty_manifest(seed), &texts(lang).manifest, CREATED).expect("manifest");
            if lang == "zh" {
                keep(&format!("manifest-nasty-{seed}"), &pdf);
            }
        }
    }
}

/// A blocking thread of the server has 2 MiB; the layout must not need more.
#[test]
fn a_small_stack_is_enough() {
    let work = || {
        make(&nasty_manifest(1), &texts("zh").manifest, CREATED).expect("manifest");
        container_label(&label(), &texts("zh").label, LabelSize::S100, CREATED).expect("label");
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(work).expect("thread").join().expect("no overflow");
}

#[test]
fn several_threads_at_once() {
    let expected = container_label(&label(), &texts("zh").label, LabelSize::S100, CREATED).expect("label");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..3 {
                    let pdf = container_label(&label(), &texts("zh").label, LabelSize::S100, CREATED);
                    assert_eq!(pdf.as_ref(), Ok(&expected));
                }
            });
        }
    });
}

/// Resident memory in KiB, from the kernel.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmRSS:"));
    line.and_then(|l| l.split_whitespace().nth(1)).and_then(|n| n.parse().ok()).unwrap_or(0)
}

#[test]
fn fast_enough_and_memory_does_not_grow() {
    let one = |n: usize| {
        let mut data: ManifestData = manifest();
        data.consignor.name = format!("单位 {n}");
        make(&data, &texts("zh").manifest, CREATED).expect("manifest");
        let mut entry = label();
        entry.name = format!("废物 {n}");
        container_label(&entry, &texts("zh").label, LabelSize::S100, CREATED).expect("label");
    };
    one(0);
    let start = Instant::now();
    for n in 1..=10 {
        one(n);
    }
    let each = start.elapsed() / 10;
    let before = resident();
    for n in 11..=40 {
        one(n);
    }
    let grown = resident().saturating_sub(before);
    let mut large = manifest();
    large.containers = vec![large.containers[0].clone(); 2_000];
    let start = Instant::now();
    make(&large, &texts("zh").manifest, CREATED).expect("manifest");
    let large = start.elapsed();
    eprintln!("2000 containers: {large:?}");
    assert!(large.as_secs_f64() < 30.0, "{large:?}");
    eprintln!("manifest + label: {each:?}; grown {grown} KiB over 30 more");
    assert!(each.as_secs_f64() < 5.0, "{each:?}");
    assert!(grown < 40_000, "{grown} KiB");
}
