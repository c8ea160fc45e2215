//! The additional items of a block's fixes. Where they are a list of (id, length, bytes), as in JT/T 808, each
//! item becomes columns of its own; anything else is kept as bytes. What an item means is not known here.

use std::collections::HashMap;

use super::bits::{BitReader, BitWriter};
use super::column::{self, Encoder};
use super::fix::Buffer;

/// More shapes than this in one block are not worth a table; further ones are kept as bytes.
const MAX_SHAPES: usize = 63;

/// An item's id and length.
type Item = (u8, u8);

/// The items of a list; `None` if the bytes are no list. The empty list has no items.
fn items(mut bytes: &[u8]) -> Option<Vec<Item>> {
    let mut items = Vec::new();
    while let [id, len, rest @ ..] = bytes {
        items.push((*id, *len));
        bytes = rest.get(usize::from(*len)..)?;
    }
    bytes.is_empty().then_some(items)
}

/// The columns of one item, by index.
type Lanes = Vec<usize>;

/// A number for each of up to eight bytes of an item.
fn lanes(value: &[u8]) -> impl Iterator<Item = i64> {
    value.chunks(8).map(|chunk| chunk.iter().fold(0_u64, |n, &b| n << 8 | u64::from(b)) as i64)
}

/// The columns of the items: values and their populations.
#[derive(Default)]
struct Lane {
    values: Vec<i64>,
    group: Vec<bool>,
}

/// The items of a fix, and the columns of their bytes in order.
struct Shape {
    items: Vec<Item>,
    lanes: Vec<usize>,
}

impl Shape {
    /// Are the bytes a list of just these items?
    fn fits(&self, mut bytes: &[u8]) -> bool {
        let item = |&(id, len): &Item| match bytes {
            [i, l, rest @ ..] if (*i, *l) == (id, len) && rest.len() >= usize::from(len) => {
                bytes = &rest[usize::from(len)..];
                true
            }
            _ => false,
        };
        self.items.iter().all(item) && bytes.is_empty()
    }
}

/// The shapes of a block and their columns, as they are met.
#[derive(Default)]
struct Shapes {
    all: Vec<Shape>,
    known: HashMap<Vec<Item>, usize>,
    place: HashMap<(Item, usize), usize>,
    lanes: Vec<Lane>,
}

impl Shapes {
    /// Index of the bytes' shape; `None` if they are no list or there are too many shapes.
    fn of(&mut self, bytes: &[u8], last: Option<usize>) -> Option<usize> {
        // Nearly always it is the shape of the fix before.
        if last.and_then(|l| self.all.get(l)).is_some_and(|s| s.fits(bytes)) {
            return last;
        }
        let items = items(bytes)?;
        if let Some(&known) = self.known.get(&items) {
            return Some(known);
        }
        if self.all.len() == MAX_SHAPES {
            return None;
        }
        let mut lanes = Vec::new();
        for &item in &items {
            for i in 0..usize::from(item.1).div_ceil(8) {
                lanes.push(*self.place.entry((item, i)).or_insert_with(|| {
                    self.lanes.push(Lane::default());
                    self.lanes.len() - 1
                }));
            }
        }
        self.known.insert(items.clone(), self.all.len());
        self.all.push(Shape { items, lanes });
        Some(self.all.len() - 1)
    }

    /// Puts the bytes into the columns of their shape.
    fn put(&mut self, shape: usize, bytes: &[u8], group: bool) {
        let Some(shape) = self.all.get(shape) else { return };
        let mut numbers = shape.lanes.iter();
        let mut at = 0;
        for &(_, len) in &shape.items {
            let value = bytes.get(at + 2..at + 2 + usize::from(len)).unwrap_or(&[]);
            at += 2 + usize::from(len);
            for (number, &lane) in lanes(value).zip(&mut numbers) {
                self.lanes[lane].values.push(number);
                self.lanes[lane].group.push(group);
            }
        }
    }
}

pub(super) fn encode(out: &mut BitWriter, encoder: &mut Encoder, buffer: &Buffer, group: &[bool]) {
    let mut shapes = Shapes::default();
    let mut shape_of = Vec::with_capacity(group.len());
    let mut opaque: Vec<&[u8]> = Vec::new();
    let mut last = None;
    for (row, &g) in group.iter().enumerate() {
        let bytes = buffer.extras(row);
        let shape = shapes.of(bytes, last);
        match shape {
            Some(shape) => {
                shapes.put(shape, bytes, g);
                last = Some(shape);
            }
            None => opaque.push(bytes),
        }
        // Shape 0 means bytes; the others count from one.
        shape_of.push(shape.map_or(0, |s| s as i64 + 1));
    }
    out.number(shapes.all.len() as u64);
    for shape in &shapes.all {
        out.number(shape.items.len() as u64);
        for &(id, len) in &shape.items {
            out.wide(u64::from(id), 8);
            out.wide(u64::from(len), 8);
        }
    }
    encoder.column(out, shape_of.iter().copied(), group);
    for lane in &shapes.lanes {
        encoder.column(out, lane.values.iter().copied(), &lane.group);
    }
    let even = vec![false; opaque.len()];
    encoder.column(out, opaque.iter().map(|b| b.len() as i64), &even);
    for byte in opaque.into_iter().flatten() {
        out.wide(u64::from(*byte), 8);
    }
}

/// The extras of each fix.
pub(super) fn decode(bits: &mut BitReader<'_>, group: &[bool]) -> Option<Vec<Vec<u8>>> {
    let count = bits.number()? as usize;
    if count > MAX_SHAPES {
        return None;
    }
    let mut shapes: Vec<Vec<Item>> = Vec::with_capacity(count);
    for _ in 0..count {
        let mut shape = Vec::new();
        for _ in 0..bits.number()? {
            shape.push((bits.wide(8)? as u8, bits.wide(8)? as u8));
        }
        shapes.push(shape);
    }
    let shape_of = column::decode(bits, group)?;
    // First the populations, in the order in which the encoder met the columns; then their values.
    let mut place: HashMap<(Item, usize), usize> = HashMap::new();
    let mut groups: Vec<Vec<bool>> = Vec::new();
    let mut lanes_of: Vec<Option<Vec<Lanes>>> = vec![None; count];
    let mut opaque = 0;
    for (&shape, &g) in shape_of.iter().zip(group) {
        let Some(index) = usize::try_from(shape).ok()?.checked_sub(1) else {
            opaque += 1;
            continue;
        };
        let columns = lanes_of.get_mut(index)?.get_or_insert_with(|| {
            let mut lane = |key: (Item, usize)| {
                *place.entry(key).or_insert_with(|| {
                    groups.push(Vec::new());
                    groups.len() - 1
                })
            };
            let item = |&item: &Item| (0..usize::from(item.1).div_ceil(8)).map(|i| lane((item, i))).collect();
            shapes[index].iter().map(item).collect()
        });
        columns.iter().flatten().for_each(|&l| groups[l].push(g));
    }
    let mut values = Vec::with_capacity(groups.len());
    for group in &groups {
        values.push(column::decode(bits, group)?.into_iter());
    }
    let mut lengths = column::decode(bits, &vec![false; opaque])?.into_iter();
    let mut all = Vec::with_capacity(group.len());
    for &shape in &shape_of {
        let mut bytes = Vec::new();
        if let Some(index) = usize::try_from(shape).ok()?.checked_sub(1) {
            let shape = shapes.get(index)?;
            let columns = lanes_of.get(index)?.as_ref()?;
            bytes.reserve(shape.iter().map(|i| usize::from(i.1) + 2).sum());
            for (&(id, len), lanes) in shape.iter().zip(columns) {
                bytes.extend_from_slice(&[id, len]);
                let mut left = usize::from(len);
                for &lane in lanes {
                    let size = left.min(8);
                    let number = values.get_mut(lane)?.next()?.to_be_bytes();
                    bytes.extend_from_slice(number.get(8 - size..)?);
                    left -= size;
                }
            }
        } else {
            for _ in 0..lengths.next()? {
                bytes.push(bits.wide(8)? as u8);
            }
        }
        all.push(bytes);
    }
    Some(all)
}
