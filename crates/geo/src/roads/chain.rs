//! The network as lines for a map: stretches of one class are joined to long roads wherever one goes straight
//! on, since a map draws few long lines faster than many short ones.

use serde_json::{Value, json};

use crate::plane::Plane;
use crate::point::Point;
use crate::roads::{RoadClass, RoadGraph};

/// A road bends by less than this at a node, degrees.
const MAX_BEND_DEG: f64 = 50.0;

impl RoadGraph {
    /// The network as a collection of GeoJSON: one `LineString` a road with its `class`, widest roads last so
    /// that they are drawn on top. Coordinates have five decimals (about a metre).
    pub fn to_geojson(&self) -> Value {
        let mut features = Vec::new();
        for class in RoadClass::ALL.into_iter().rev() {
            for line in self.roads(class) {
                let round = |e6: i32| (f64::from(e6) / 10.0).round() / 1e5;
                let line: Vec<[f64; 2]> =
                    line.iter().map(|p| [round(p.lon_e6()), round(p.lat_e6())]).collect();
                features.push(json!({
                    "type": "Feature",
                    "properties": {"class": class.as_str()},
                    "geometry": {"type": "LineString", "coordinates": line},
                }));
            }
        }
        json!({"type": "FeatureCollection", "features": features})
    }

    /// Long roads of one class.
    fn roads(&self, class: RoadClass) -> Vec<Vec<Point>> {
        let mut used: Vec<bool> = self.edges().iter().map(|e| e.class != class).collect();
        let mut out = Vec::new();
        for edge in 0..used.len() {
            if used[edge] {
                continue;
            }
            used[edge] = true;
            let ends = [self.edges()[edge].from as usize, self.edges()[edge].to as usize];
            let mut line = self.follow(ends[1], ends[0], &mut used);
            line.reverse();
            line.extend(ends);
            line.extend(self.follow(ends[0], ends[1], &mut used));
            out.push(line.into_iter().map(|n| self.nodes()[n]).collect());
        }
        out
    }

    /// Nodes after `at` when one comes from `before` and goes as straight on as one can.
    fn follow(&self, before: usize, at: usize, used: &mut [bool]) -> Vec<usize> {
        let (mut before, mut at) = (before, at);
        let mut out = Vec::new();
        loop {
            let sheet = Plane::at(self.nodes()[at]);
            let (x, y) = sheet.xy(self.nodes()[before]);
            let ahead = (-x, -y);
            let bend = |next: usize| {
                let (x, y) = sheet.xy(self.nodes()[next]);
                (ahead.0 * y - ahead.1 * x).atan2(ahead.0 * x + ahead.1 * y).to_degrees().abs()
            };
            let free = self.links(at).filter(|(_, e)| !used[*e]).map(|(n, e)| (bend(n), n, e));
            let Some((_, next, edge)) =
                free.filter(|(b, ..)| *b < MAX_BEND_DEG).min_by(|a, b| a.0.total_cmp(&b.0))
            else {
                return out;
            };
            used[edge] = true;
            out.push(next);
            (before, at) = (at, next);
        }
    }
}
